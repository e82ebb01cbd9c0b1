package emulator

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong with some requests. The first four fields
// say with which; an empty one is any.
type Fault struct {
	Route  string // the operation, as Request.Route names it: "assignLicense", "token"
	Method string
	Path   string // a pattern over the unescaped path, "*" standing for any part between slashes: "/v1.0/users/ada@*/*"

	After       int     // so many matching requests pass first
	Count       int     // then so many are struck; 0: all
	Probability float64 // of each being struck, above 0 and up to 1; 0 stands for 1

	Effect     Effect        // empty: EffectStatus
	Latency    time.Duration // before anything else happens
	Status     int           // of the answer; 0: 503 (EffectHTML: 502)
	Code       string        // of the error body; empty: the status's own
	Message    string        // of the error body; empty: one that says that this is a fault
	Body       string        // of an error answer, as it is, in place of the envelope; empty: the envelope
	RetryAfter time.Duration // 0: no Retry-After header
	Host       string        // of the link that EffectForeignLink gives; empty: graph.example.com
	Property   string        // that EffectAbsent and EffectNulled take out of every object of the answer, and EffectQuoted puts into quotes

	// Headers are put into the answer, whatever the effect, in place of its own:
	// a Retry-After that is no whole number, a challenge in WWW-Authenticate. An
	// empty value takes the header away.
	Headers map[string]string
}

// Effect is what a fault does.
type Effect string

// The effects. Those of the first group keep the request from being carried
// out, those of the second come after it was.
const (
	EffectStatus    Effect = "status"    // an error answer with Status
	EffectHTML      Effect = "html"      // an answer with Status and a proxy's HTML page
	EffectEmptyBody Effect = "emptyBody" // an answer with Status and no body
	EffectReset     Effect = "reset"     // the connection breaks

	// EffectExpiredPage refuses what a next link leads to, unless it is an
	// advanced query: the page token has expired.
	EffectExpiredPage Effect = "expiredPage"

	EffectLateStatus  Effect = "lateStatus"  // an error answer with Status all the same
	EffectLostReply   Effect = "lostReply"   // the connection breaks before the answer
	EffectHalfBody    Effect = "halfBody"    // the connection breaks in the middle of the answer
	EffectForeignLink Effect = "foreignLink" // a list's next link leads to another host
	EffectMasked      Effect = "masked"      // users come with null, and with empty lists of licenses
	EffectOddUser     Effect = "oddUser"     // the first user of an answer has null in place of a list
	EffectUnknownType Effect = "unknownType" // members come with a type that nobody knows
	EffectBrokenList  Effect = "brokenList"  // a list breaks off and goes on with an error

	EffectEmptyList    Effect = "emptyList"    // a list is empty, and ends
	EffectEmptyPage    Effect = "emptyPage"    // a page is empty, and its next link leads to it again
	EffectLoopingLink  Effect = "loopingLink"  // the next link of a page leads to the page itself
	EffectCirclingLink Effect = "circlingLink" // the last page of a list leads to the first one, by a link that never was there before
	EffectNullList     Effect = "nullList"     // null stands in place of a list
	EffectRepeatedItem Effect = "repeatedItem" // the last object of a page is there twice
	EffectMissingState Effect = "missingState" // users lack the first of their licenseAssignmentStates
	EffectAbsent       Effect = "absent"       // objects lack Property
	EffectNulled       Effect = "nulled"       // objects have null for Property
	EffectQuoted       Effect = "quoted"       // objects have text for Property, where a number or a boolean must be
	EffectNullError    Effect = "nullError"    // a success has an error that is null
	EffectUnquotedItem Effect = "unquotedItem" // the first answer of a batch has a page without quotes for a body, which is no JSON

	EffectExpireTokens Effect = "expireTokens" // every token issued so far expires, then the request goes on
	EffectLatency      Effect = "latency"      // nothing but Latency
)

// effects lists them all, for the file that names them.
func effects() []string {
	var out []string
	for _, e := range []Effect{
		EffectStatus, EffectHTML, EffectEmptyBody, EffectReset, EffectLateStatus, EffectLostReply, EffectHalfBody,
		EffectExpiredPage, EffectForeignLink, EffectMasked, EffectOddUser, EffectUnknownType, EffectBrokenList,
		EffectEmptyList, EffectEmptyPage, EffectLoopingLink, EffectCirclingLink, EffectNullList, EffectRepeatedItem, EffectMissingState,
		EffectAbsent, EffectNulled, EffectQuoted, EffectNullError, EffectUnquotedItem, EffectExpireTokens, EffectLatency,
	} {
		out = append(out, string(e))
	}
	return out
}

// faults are the faults of an emulator, and how often each was met.
type faults struct {
	mu   sync.Mutex
	list []armed
	dice *dice
}

type armed struct {
	Fault
	seen, struck int
}

func newFaults(list []Fault, dice *dice) *faults {
	f := &faults{dice: dice}
	for _, fault := range list {
		f.add(fault)
	}
	return f
}

func (f *faults) add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fault.Effect = cmp.Or(fault.Effect, EffectStatus)
	f.list = append(f.list, armed{Fault: fault})
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// Inject adds a fault to those of the options. One that could never strike, or
// would do nothing, is an error and is not added.
func (e *Emulator) Inject(f Fault) error {
	err := f.check()
	if err == nil {
		e.faults.add(f)
	}
	return err
}

// checkFaults reports every fault that is none.
func checkFaults(list []Fault) error {
	var errs []error
	for _, f := range list {
		errs = append(errs, f.check())
	}
	return errors.Join(errs...)
}

// check reports what keeps a fault from being one: an operation, an effect or
// a pattern that does not exist, or a number that is out of its range.
func (f Fault) check() error {
	routes := routeNames()
	isRoute := func(name string) bool { return strings.EqualFold(name, f.Route) }
	_, badPath := path.Match(f.Path, "")
	switch {
	case f.Route != "" && !slices.ContainsFunc(routes, isRoute):
		return fmt.Errorf("a fault: there is no operation %q; those that there are: %s", f.Route, strings.Join(routes, ", "))
	case f.Effect != "" && !slices.Contains(effects(), string(f.Effect)):
		return fmt.Errorf("a fault: there is no effect %q; those that there are: %s", f.Effect, strings.Join(effects(), ", "))
	case badPath != nil:
		return fmt.Errorf("a fault: %q is not a pattern of a path", f.Path)
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("a fault: the probability %v is not from 0 to 1", f.Probability)
	case f.After < 0 || f.Count < 0 || f.Latency < 0 || f.RetryAfter < 0:
		return errors.New("a fault: after, count, latency and retryAfter are not below 0")
	case (f.Property != "") != (f.Effect == EffectAbsent || f.Effect == EffectNulled || f.Effect == EffectQuoted):
		return fmt.Errorf("a fault: %s, %s and %s, and no other effect, need a property", EffectAbsent, EffectNulled, EffectQuoted)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("a fault: the status %d is not from 200 to 599", f.Status)
	}
	return nil
}

// Heal removes every fault.
func (e *Emulator) Heal() { e.faults.clear() }

// strike returns the fault that hits a call, if one does: the first in order
// whose turn it is.
func (f *faults) strike(c *call) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		a := &f.list[i]
		if !a.matches(c) {
			continue
		}
		a.seen++
		if a.seen <= a.After || a.Count > 0 && a.struck >= a.Count {
			continue
		}
		if a.Probability > 0 && !f.dice.chance(a.Probability) {
			continue
		}
		a.struck++
		return a.Fault, true
	}
	return Fault{}, false
}

func (f Fault) matches(c *call) bool {
	if f.Route != "" && !strings.EqualFold(f.Route, c.route.name) {
		return false
	}
	if f.Method != "" && !strings.EqualFold(f.Method, c.method) {
		return false
	}
	if f.Effect == EffectExpiredPage && (c.query.Get("$skiptoken") == "" || c.level() == queryAdvanced) {
		return false
	}
	if f.Path == "" {
		return true
	}
	plain := "/" + strings.ReplaceAll(strings.Join(c.path, "/"), quotedKey, "")
	ok, err := path.Match(strings.ToLower(f.Path), strings.ToLower(plain))
	return ok && err == nil
}

// withFault answers a call that a fault has hit.
func (e *Emulator) withFault(c *call, f Fault, carryOut func() reply) reply {
	pause(c, f.Latency)
	out := e.faulty(c, f, carryOut)
	for name, value := range f.Headers {
		out.header.Set(name, value)
		if value == "" {
			out.header.Del(name)
		}
	}
	return out
}

func (e *Emulator) faulty(c *call, f Fault, carryOut func() reply) reply {
	switch f.Effect {
	case EffectStatus, EffectHTML, EffectEmptyBody:
		return e.faultReply(c, f)
	case EffectExpiredPage:
		return e.failure(c, newError(http.StatusBadRequest, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."))
	case EffectReset:
		return reply{fate: fateCut, status: http.StatusBadGateway, header: http.Header{}}
	case EffectExpireTokens:
		e.RevokeTokens()
	}
	out := carryOut()
	switch f.Effect {
	case EffectLateStatus:
		return e.faultReply(c, f)
	case EffectLostReply:
		out.fate = fateCut
	case EffectHalfBody:
		out.fate = fateHalf
	case EffectForeignLink:
		out.body = redirectLink(out.body, c.base, f.host())
	case EffectCirclingLink:
		// A moment of chance makes the link another one where time stands still.
		out.body = circling(out.body, e.pageLinkOf(c, "$skiptoken", 0, e.now().Add(-e.dice.moment())))
	}
	if out.status < http.StatusMultipleChoices {
		out.body = oddBody(f, c, out.body)
	}
	return out
}

// faultReply is the answer that a fault puts in place of the real one.
func (e *Emulator) faultReply(c *call, f Fault) reply {
	status := f.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
		if f.Effect == EffectHTML {
			status = http.StatusBadGateway
		}
	}
	var out reply
	switch f.Effect {
	case EffectHTML:
		page := "<!DOCTYPE html><html><head><title>" + http.StatusText(status) + "</title></head><body><h1>" + http.StatusText(status) + "</h1></body></html>"
		out = reply{status: status, body: []byte(page), header: http.Header{"Content-Type": {"text/html"}}}
	case EffectEmptyBody:
		out = reply{status: status, header: http.Header{}}
	default:
		out = e.faultError(c, f, status)
	}
	if f.RetryAfter > 0 {
		out.header.Set("Retry-After", strconv.Itoa(wholeSeconds(f.RetryAfter)))
	}
	return out
}

// faultError is an error answer of the service that was called.
func (e *Emulator) faultError(c *call, f Fault, status int) reply {
	if f.Body != "" {
		return reply{status: status, body: []byte(f.Body), header: http.Header{"Content-Type": {"application/json"}}}
	}
	message := cmp.Or(f.Message, "The service is not able to answer the request. This fault was asked for.")
	if isVersion(c.version) {
		return e.failure(c, newError(status, f.code(status), message))
	}
	out := e.oauthFailure(c, oauthError{cmp.Or(f.Code, "temporarily_unavailable"), 90033, message})
	out.status = status
	return out
}

// code is the error code that goes with a status where the fault names none.
func (f Fault) code(status int) string {
	if f.Code != "" {
		return f.Code
	}
	switch status {
	case http.StatusBadRequest:
		return "Request_BadRequest"
	case http.StatusUnauthorized:
		return "InvalidAuthenticationToken"
	case http.StatusForbidden:
		return "Authorization_RequestDenied"
	case http.StatusNotFound:
		return "Request_ResourceNotFound"
	case http.StatusTooManyRequests:
		return "TooManyRequests"
	case http.StatusServiceUnavailable:
		return "ServiceUnavailable"
	case http.StatusConflict:
		return "Directory_ConcurrencyViolation"
	case http.StatusInternalServerError:
		return "Service_InternalServerError"
	}
	return "UnknownError"
}

func (f Fault) host() string {
	if f.Host != "" {
		return f.Host
	}
	return "graph.example.com"
}

// redirectLink gives a list's next link another host.
func redirectLink(body []byte, base, host string) []byte {
	u, err := url.Parse(base)
	if err != nil {
		return body
	}
	own := []byte(`"@odata.nextLink":"` + base)
	return bytes.Replace(body, own, []byte(`"@odata.nextLink":"`+u.Scheme+"://"+host), 1)
}
