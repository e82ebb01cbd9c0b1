package graph

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/blot"
	"github.com/licensectl/licensectl/pkg/internal/network"
)

// Error is a call that did not succeed: the service refused it, failed, or
// gave no whole reply. It is plain data and holds neither the token that was
// sent, where the reply repeats it, nor the body of the reply.
type Error struct {
	Op     Op
	Method string
	Path   string // without the query, which names people
	Status int    // 0: no reply arrived

	// Code and Message are the service's own words on one line, cut to a sane
	// length; empty where its reply held none. Nearly every refused license
	// change has the code Request_BadRequest, so callers that must tell them
	// apart have to look at the message.
	Code    string
	Message string
	Cause   Cause    // of the inner error; zero where it says none
	Details []Detail // nil where there are none

	RequestID       string // the service's id of the request, for its support
	ClientRequestID string // ours, of the last attempt

	// RetryAfter is how long the service asks to wait; 0 where it did not say.
	RetryAfter time.Duration

	// Challenged tells that the service wants another token with the claims that
	// it names, which the credential could not get (continuous access evaluation).
	Challenged bool

	// NotSent tells that the request certainly never reached the service: no
	// token, no connection, or stopped before.
	NotSent bool

	// Err is the cause where there was one besides the reply; may be nil.
	Err error
}

// Error gives one line: what was being done, the request, the reply.
func (e *Error) Error() string {
	var parts []string
	if e.Op != "" {
		parts = append(parts, string(e.Op))
	}
	parts = append(parts, strings.TrimSpace(e.Method+" "+e.Path))
	if e.Status != 0 {
		parts = append(parts, strings.TrimSpace(statusText(e.Status)+" "+e.Code))
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, oneLine(e.Err.Error()))
	}
	return strings.Join(parts, ": ") + e.reference()
}

// reference is what Microsoft's support asks for.
func (e *Error) reference() string {
	switch {
	case e.RequestID != "":
		return " (request-id " + e.RequestID + ")"
	case e.ClientRequestID != "":
		return " (client-request-id " + e.ClientRequestID + ")"
	}
	return ""
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// Unwrap gives the cause: an *AuthError, a network error, a context error.
func (e *Error) Unwrap() error { return e.Err }

// Throttled reports that the service asks to slow down: 429, or 503 with a
// Retry-After (Graph docs, throttling), or 409 in words of its own. Codes vary
// and are not looked at.
func (e *Error) Throttled() bool {
	return e.Status == http.StatusTooManyRequests ||
		e.Status == http.StatusServiceUnavailable && e.RetryAfter > 0 ||
		e.Status == http.StatusConflict && isThrottle(e.said())
}

// Concurrent reports that the service was busy with another change of the
// tenant. It says so with 409, and has been seen to say it with 400.
func (e *Error) Concurrent() bool {
	return e.Status == http.StatusConflict && !e.Throttled() && !e.collides() ||
		e.Status == http.StatusBadRequest && isConcurrency(e.said())
}

// collides reports a conflict with another object, over an address or a name,
// which no waiting heals.
func (e *Error) collides() bool {
	return slices.ContainsFunc(e.Details, func(d Detail) bool { return strings.EqualFold(d.Code, "ObjectConflict") }) ||
		strings.HasPrefix(strings.ToLower(e.Message), "another object with the same value")
}

func (e *Error) said() envelope { return envelope{Code: e.Code, Message: e.Message} }

// Spoken reports that the reply is Graph's own: it has the envelope of its
// errors, and the id that Graph gives to every request. A proxy or a gateway
// that answers in its place has neither; but none of them turns a request away
// as a bad one in Graph's words.
func (e *Error) Spoken() bool {
	return e.Code != "" && (e.RequestID != "" || e.Status == http.StatusBadRequest && meansNotDone(e.Code))
}

// Refused reports that the service itself says clearly that it did not carry a
// write out: a 4xx of its own, with a code that it gives to what it turned
// away, or a 400 with any code that says something. After any other answer the
// write may have happened.
func (e *Error) Refused() bool {
	switch {
	case e.Status < 400 || e.Status >= 500 || e.Status == http.StatusRequestTimeout || !e.Spoken():
		return false
	case e.Status == http.StatusBadRequest:
		return !strings.EqualFold(e.Code, "UnknownError")
	}
	return meansNotDone(e.Code)
}

// meansNotDone tells the codes of refusals (Graph docs, errors, and replies
// that were seen). UnknownError is none: it comes with everything.
func meansNotDone(code string) bool {
	switch strings.ToLower(code) {
	case "badrequest", "request_badrequest", "invalidrequest", "request_unsupportedquery",
		"notfound", "resourcenotfound", "request_resourcenotfound", "directory_objectnotfound",
		"unauthenticated", "invalidauthenticationtoken", "authorization_identitynotfound", "organizationfromtenantguidnotfound",
		"forbidden", "accessdenied", "authorization_requestdenied",
		"directory_concurrencyviolation", "directory_quotaexceeded",
		"toomanyrequests", "activitylimitreached", "request_throttledtemporarily", "request_throttledpermanently":
		return true
	}
	return false
}

// Transient reports that the same request may well succeed later.
func (e *Error) Transient() bool {
	if e.Status == 0 {
		return !e.unauthenticated() && !network.Standing(e.Err)
	}
	return transientStatus(e.Status) && !e.collides() || e.Concurrent()
}

// ForeignPage reports that a web page came in place of Graph's answer: a
// proxy, a gateway or a sign-in page of the network has spoken.
func (e *Error) ForeignPage() bool { return errors.Is(e.Err, errForeignPage) }

// Doubtful reports that a write may have been carried out although it seems
// to have failed: the service broke down over it, or no whole reply arrived.
// Only the user's state tells.
func (e *Error) Doubtful() bool {
	switch {
	case e.NotSent:
		return false
	case e.Status == http.StatusRequestTimeout, e.Status >= 500:
		return true
	}
	return e.Status < 300 // 0 too: there was no reply
}

// Unauthorized reports that the token was not accepted, or that there was
// none.
func (e *Error) Unauthorized() bool {
	return e.Status == http.StatusUnauthorized || e.unauthenticated()
}

// Forbidden reports a missing permission; Op.Permission names it.
func (e *Error) Forbidden() bool { return e.Status == http.StatusForbidden }

// NotFound reports that the object does not exist. It is said of a user that
// was created a moment ago, too, and then under other statuses as well.
func (e *Error) NotFound() bool {
	return e.Status == http.StatusNotFound || e.Status >= 400 && e.Status < 500 && strings.EqualFold(e.Code, "Directory_ObjectNotFound")
}

// RefusesFilter reports that the service says of a filter that it is wrong, or
// that it is too long to be sent.
func (e *Error) RefusesFilter() bool {
	return e.Status == http.StatusBadRequest || e.Status == http.StatusRequestURITooLong
}

// Reason gives the service's own words, or the name of the status where it has
// none.
func (e *Error) Reason() string {
	if e.Message == "" {
		return http.StatusText(e.Status)
	}
	return e.Message
}

// Hint says what to do, or nothing where the message is all there is to say. A
// cause that has a hint of its own, as a credential's error may, speaks first.
func (e *Error) Hint() string {
	var cause interface{ Hint() string }
	switch {
	case errors.As(e.Err, &cause):
		return cause.Hint()
	case e.Status == http.StatusProxyAuthRequired:
		return network.Advice(network.ErrProxyAuth)
	case e.Status == 0 && !e.unauthenticated() && neverSent(e.Err):
		return network.Advice(e.Err)
	case e.Challenged:
		return "the tenant does not take this token any more or not from here, as after a sign-in was revoked, a Conditional Access policy changed or the network location did: sign in anew from a network location that the policies allow"
	case e.Code == "Authorization_IdentityNotFound" || e.Code == "OrganizationFromTenantGuidNotFound":
		return "the token is good, and this tenant does not know whose it is: check the tenant (--tenant-id), and that the app is there"
	case e.unauthenticated():
		return "sign in, or check the credential"
	case e.Unauthorized():
		return "the token was refused: sign in again, and check that it was issued for this cloud and tenant"
	case e.Forbidden():
		return "grant the app the permission " + e.Op.Permission().String() + ", with an administrator's consent; what was granted a moment ago is in new tokens alone, and a managed identity keeps its token for up to 24 hours"
	case e.Throttled() && e.RetryAfter > maxWait:
		return "the service asks to wait for " + e.RetryAfter.Round(time.Second).String() + ", which is longer than a run does"
	case e.Op == OpReadMe && e.Status == http.StatusBadRequest:
		return "an app that signs in as itself has no signed-in user: name the user instead"
	}
	return ""
}

// callError makes the error of a call from what was exchanged. The cause may
// be nil: the reply itself is.
func callError(req request, ex *exchange, cause error) *Error {
	if cause == nil && ex.foreignPage() {
		cause = errForeignPage
	}
	hide := ex.withoutToken()
	said := parseEnvelope(ex.body).hiding(hide)
	if ex.status < 300 {
		said = envelope{}
	}
	return &Error{
		Op:              req.op,
		Method:          req.method,
		Path:            req.path(),
		Status:          ex.status,
		Code:            said.Code,
		Message:         said.Message,
		Cause:           said.Cause,
		Details:         said.Details,
		RequestID:       hide(oneLine(firstOf(ex.requestID(), said.RequestID))),
		ClientRequestID: ex.clientRequestID,
		RetryAfter:      retryAfter(ex.header, time.Now()),
		Challenged:      ex.status == http.StatusUnauthorized && strings.Contains(strings.Join(ex.header.Values("WWW-Authenticate"), " "), insufficientClaims),
		NotSent:         !ex.sent && !ex.sentBefore,
		Err:             hideIn(cause, hide),
	}
}

// withoutToken keeps the token that was sent out of what a reply says. It is
// for texts that are decoded: before that it may be spelt in many ways.
func (ex *exchange) withoutToken() func(string) string {
	var token blot.Secrets
	token.Add(ex.token)
	return func(text string) string { return token.Replace(text, "[token]") }
}

// hideIn does it in the words of an error; nil stays nil.
func hideIn(err error, hide func(string) string) error {
	if err == nil {
		return nil
	}
	if said := err.Error(); hide(said) != said {
		return &reworded{hide(said), err}
	}
	return err
}

// reworded is an error that is told in other words.
type reworded struct {
	text string
	err  error
}

func (e *reworded) Error() string { return e.text }

// Unwrap gives the error as it was.
func (e *reworded) Unwrap() error { return e.err }
