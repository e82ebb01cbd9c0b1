package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// asError gets the *graph.Error and checks what holds for every one.
func asError(t testing.TB, err error) *graph.Error {
	t.Helper()
	var e *graph.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v of type %T is no *graph.Error", err, err)
	}
	text := err.Error()
	if strings.ContainsAny(text, "\r\n\x1b") || strings.Contains(text, canary) || strings.Contains(text, "?") && strings.Contains(e.Path, "?") {
		t.Errorf("error text %q", text)
	}
	return e
}

// refuse makes one write that is answered with a status and a body.
func refuse(t testing.TB, status int, body string, headers ...string) *graph.Error {
	t.Helper()
	w := newWire(t, always(status, body, headers...))
	_, err := newWriter(t, w).AssignLicense(context.Background(), id(1), graph.LicenseChange{Remove: ids(2)})
	e := asError(t, err)
	if w.count() != 1 {
		t.Errorf("%d attempts at a write", w.count())
	}
	if e.ClientRequestID != w.requests[0].Header.Get("client-request-id") {
		t.Errorf("client request id %q", e.ClientRequestID)
	}
	return e
}

func TestErrorReplies(t *testing.T) {
	for _, tc := range []struct {
		name, body    string
		code, message string
	}{
		{"as documented", `{"error":{"code":"Request_BadRequest","message":"License assignment cannot be done for user with invalid usage location.","innerError":{"date":"2025-01-06T16:14:05","request-id":"r","client-request-id":"c"}}}`,
			"Request_BadRequest", "License assignment cannot be done for user with invalid usage location."},
		{"details and target", `{"error":{"code":"A","message":"b","target":"t","details":[{"code":"c","message":"d","target":"e"}],"innererror":{}}}`, "A", "b"},
		{"code within", `{"error":{"code":"","message":"","innerError":{"code":"429","message":"Please retry after"}}}`, "429", "Please retry after"},
		{"code within, lower case", `{"error":{"innererror":{"code":"X"}}}`, "X", ""},
		{"empty message", `{"error":{"code":"UnknownError","message":""}}`, "UnknownError", ""},
		{"code a number", `{"error":{"code":429,"message":"m"}}`, "429", "m"},
		{"code null", `{"error":{"code":null,"message":null}}`, "", ""},
		{"code an object", `{"error":{"code":{"a":1},"message":["m"]}}`, "", ""},
		{"inner error a text", `{"error":{"code":"c","message":"m","innerError":"x","details":{}}}`, "c", "m"},
		{"error a text", `{"error":"invalid_request","error_description":"AADSTS900144: missing"}`, "invalid_request", "AADSTS900144: missing"},
		{"error null", `{"error":null}`, "", ""},
		{"error a list", `{"error":[]}`, "", ""},
		{"no error", `{"message":"m"}`, "", ""},
		{"HTML", `<html>Bad gateway</html>`, "", ""},
		{"empty", ``, "", ""},
		{"cut off", `{"error":{"code":"Request_BadRe`, "", ""},
		{"lines", `{"error":{"code":"A\r\nB","message":"first\n\n second\u001b[31m\u202e third\u0000"}}`, "A B", "first second [31m third"},
		{"the token", `{"error":{"code":"E","message":"bad token ` + canary + `"}}`, "E", "bad token [token]"},
		{"the token, escaped", `{"error":{"code":"E","message":"bad token ` + strings.ReplaceAll(canary, "e", `\u0065`) + `"}}`, "E", "bad token [token]"},
		{"the token, wrapped", `{"error":{"code":"E","message":"bad token ` + canary[:12] + `\n` + canary[12:] + `"}}`, "E", "bad token [token]"},
		{"the token as a code", `{"error":{"code":"` + canary + `","message":"no"}}`, "[token]", "no"},
	} {
		e := refuse(t, 400, tc.body)
		if e.Code != tc.code || e.Message != tc.message || e.Status != 400 || strings.Contains(e.Error(), "redirect") {
			t.Errorf("%s: %d code %q message %q", tc.name, e.Status, e.Code, e.Message)
		}
	}
}

func TestErrorText(t *testing.T) {
	e := refuse(t, 403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`)
	want := "assigning licenses: POST /v1.0/users/00000000-0000-4000-8000-000000000001/assignLicense: 403 Forbidden Authorization_RequestDenied: Insufficient privileges to complete the operation. (request-id 9f0c1c4e-0000-4000-8000-000000000001)"
	if diff := cmp.Diff(want, e.Error()); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(e.Hint(), "LicenseAssignment.ReadWrite.All") {
		t.Errorf("hint %q", e.Hint())
	}
	if long := refuse(t, 400, `{"error":{"code":"E","message":"`+strings.Repeat("ä", 5000)+`"}}`); len(long.Message) > 1100 || !utf8.ValidString(long.Message) {
		t.Errorf("a message of %d bytes", len(long.Message))
	}
	if empty := (&graph.Error{}).Error(); strings.Contains(empty, "nil") {
		t.Errorf("the empty error is %q", empty)
	}
}

// The request id comes from the header, or from the body where a proxy took
// the header away.
func TestRequestIDFromBody(t *testing.T) {
	e := refuse(t, 400, `{"error":{"code":"E","message":"m","innerError":{"request-id":"from-the-body"}}}`, "Request-Id: ")
	if e.RequestID != "from-the-body" {
		t.Errorf("request id %q", e.RequestID)
	}
}

// What a refusal says beside its code and message is kept, on one line and of
// bounded length like these.
func TestErrorDetails(t *testing.T) {
	e := refuse(t, 400, `{"error":{"code":"badRequest","message":"m","innerError":{"code":"notFound","propertyName":"disabledServicePlanIds[1]\n"},
		"details":[{"code":"ObjectConflict","message":"a\nb","target":"proxyAddresses"},"x",{"code":"ConflictingObjects","target":null}]}}`)
	if want := (graph.Cause{Code: "notFound", Property: "disabledServicePlanIds[1]"}); e.Cause != want {
		t.Errorf("cause %+v, want %+v", e.Cause, want)
	}
	want := []graph.Detail{{Code: "ObjectConflict", Message: "a b", Target: "proxyAddresses"}, {Code: "ConflictingObjects"}}
	if diff := cmp.Diff(want, e.Details); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	for n, want := range map[int]int{0: 1, 18: 19, 19: 20, 20: 20, 500: 20} {
		many := refuse(t, 400, `{"error":{"code":"c","details":[`+strings.Repeat(`{"code":"d"},`, n)+`{"code":"d"}]}}`)
		if got := len(many.Details); got != want {
			t.Errorf("of %d details %d are kept, want %d", n+1, got, want)
		}
	}
}

// A code is a text or a number, and nothing else.
func TestFormsOfCodes(t *testing.T) {
	for raw, want := range map[string]string{
		`"c"`: "c", `""`: "", `" c\n d "`: "c d", `0`: "0", `9`: "9", `-1`: "-1", `429`: "429", `1e3`: "1e3", `0.5`: "0.5",
		`null`: "", `true`: "", `{}`: "", `[]`: "", `["c"]`: "", `"429"`: "429",
	} {
		for _, body := range []string{`{"error":{"code": ` + raw + ` ,"message":"m"}}`, `{"error":{"message":"m","innerError":{"code":` + raw + `}}}`} {
			if e := refuse(t, 400, body); e.Code != want || e.Message != "m" {
				t.Errorf("%s: code %q, message %q, want %q", body, e.Code, e.Message, want)
			}
		}
	}
}

// Whatever of a reply repeats the token, the error does not.
func TestNoPartOfAnErrorShowsTheToken(t *testing.T) {
	body := `{"error":{"code":"c T","message":"m T","innerError":{"code":"i T","propertyName":"p T","request-id":"r T"},"details":[{"code":"d T","message":"e T","target":"t T"}]}}`
	e := refuse(t, 400, strings.ReplaceAll(body, "T", canary), "Request-Id: ")
	want := graph.Error{
		Code: "c [token]", Message: "m [token]", RequestID: "r [token]", Cause: graph.Cause{Code: "i [token]", Property: "p [token]"},
		Details: []graph.Detail{{Code: "d [token]", Message: "e [token]", Target: "t [token]"}},
	}
	got := graph.Error{Code: e.Code, Message: e.Message, RequestID: e.RequestID, Cause: e.Cause, Details: e.Details}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A refusal counts as the service's own where it has the envelope, the request
// id, and a code that means that nothing was done.
func TestClearRefusals(t *testing.T) {
	const whole = `{"error":{"code":"Authorization_RequestDenied","message":"m","innerError":{"request-id":"r"}}}`
	for _, tc := range []struct {
		name, body string
		status     int
		headers    []string
		want       bool
	}{
		{name: "forbidden", status: 403, body: whole, want: true},
		{name: "another case of letters", status: 400, body: `{"error":{"code":"badRequest","message":"m","innerError":{"request-id":"r"}}}`, want: true},
		{name: "the id in the header alone", status: 400, body: `{"error":{"code":"Request_BadRequest","message":"m"}}`, want: true},
		{name: "no id", status: 403, body: `{"error":{"code":"Authorization_RequestDenied","message":"m"}}`, headers: []string{"Request-Id: "}},
		{name: "no id, and the code of a bad request", status: 400, body: `{"error":{"code":"Request_BadRequest","message":"m"}}`, headers: []string{"Request-Id: "}, want: true},
		{name: "a bad request of a new kind", status: 400, body: `{"error":{"code":"Request_SomethingNew","message":"m"}}`, want: true},
		{name: "a bad request that says nothing", status: 400, body: `{"error":{"code":"UnknownError","message":"m"}}`},
		{name: "a code that comes with everything", status: 409, body: `{"error":{"code":"UnknownError","message":"m","innerError":{"request-id":"r"}}}`},
		{name: "a page of a proxy", status: 403, body: "<html>"},
		{name: "nothing", status: 401},
		{name: "too slow", status: 408, body: whole},
		{name: "broken down", status: 500, body: whole},
		{name: "elsewhere", status: 302, body: whole, headers: []string{"Location: https://proxy.example.com/"}},
	} {
		if e := refuse(t, tc.status, tc.body, tc.headers...); e.Refused() != tc.want {
			t.Errorf("%s: %v, want %v: %v", tc.name, e.Refused(), tc.want, e)
		}
	}
}

type behaviour struct {
	Throttled, Concurrent, Transient, Doubtful, Unauthorized, Forbidden, NotFound bool
}

func behaviourOf(e *graph.Error) behaviour {
	return behaviour{e.Throttled(), e.Concurrent(), e.Transient(), e.Doubtful(), e.Unauthorized(), e.Forbidden(), e.NotFound()}
}

func TestBehaviour(t *testing.T) {
	const concurrent = `"Error due to concurrent requests being made to the tenant. Please wait briefly and retry."`
	for _, tc := range []struct {
		name    string
		status  int
		body    string
		headers []string
		want    behaviour
	}{
		{name: "refused", status: 400, body: `{"error":{"code":"Request_BadRequest","message":"User does not have a corresponding license."}}`},
		{name: "no token", status: 401, want: behaviour{Unauthorized: true}},
		{name: "forbidden", status: 403, want: behaviour{Forbidden: true}},
		{name: "not found", status: 404, want: behaviour{NotFound: true}},
		{name: "timeout", status: 408, want: behaviour{Transient: true, Doubtful: true}},
		{name: "conflict", status: 409, want: behaviour{Transient: true, Concurrent: true}},
		{name: "concurrency by code", status: 400, body: `{"error":{"code":"Directory_ConcurrencyViolation","message":""}}`, want: behaviour{Transient: true, Concurrent: true}},
		{name: "concurrency by text", status: 400, body: `{"error":{"code":"Request_BadRequest","message":` + concurrent + `}}`, want: behaviour{Transient: true, Concurrent: true}},
		{name: "quota under another status", status: 409, body: `{"error":{"code":"UnknownError","message":"{\"Message\":\"Request limit exceeded. Try again later.\"}"}}`, want: behaviour{Transient: true, Throttled: true}},
		{name: "not found under another status", status: 400, body: `{"error":{"code":"Directory_ObjectNotFound","message":"m"}}`, want: behaviour{NotFound: true}},
		{name: "not found by a service that broke", status: 500, body: `{"error":{"code":"Directory_ObjectNotFound","message":"m"}}`, want: behaviour{Transient: true, Doubtful: true}},
		{name: "conflict with another object", status: 409, body: `{"error":{"code":"Request_BadRequest","message":"m","details":[{"code":"ObjectConflict"}]}}`},
		{name: "throttled", status: 429, want: behaviour{Transient: true, Throttled: true}},
		{name: "throttled by an odd code", status: 429, body: `{"error":{"code":"UnknownError","message":""}}`, want: behaviour{Transient: true, Throttled: true}},
		{name: "internal", status: 500, want: behaviour{Transient: true, Doubtful: true}},
		{name: "not implemented", status: 501, want: behaviour{Doubtful: true}},
		{name: "gateway", status: 502, body: "<html>", want: behaviour{Transient: true, Doubtful: true}},
		{name: "unavailable", status: 503, want: behaviour{Transient: true, Doubtful: true}},
		{name: "unavailable for a while", status: 503, headers: []string{"Retry-After: 3"}, want: behaviour{Transient: true, Doubtful: true, Throttled: true}},
		{name: "a backend that always fails", status: 500, body: `{"error":{"code":"InternalServerError","message":"Error processing response from backend service."}}`, want: behaviour{Transient: true, Doubtful: true}},
		{name: "no site to forward to", status: 503, body: `{"error":{"code":"Proxy_InternalServerError","message":"Failure in forwarding request."}}`, want: behaviour{Transient: true, Doubtful: true}},
		{name: "a mailbox that is moving", status: 503, body: `{"error":{"code":"MailboxInfoStale","message":"Target resource is currently on backend 'Unknown'"}}`, want: behaviour{Transient: true, Doubtful: true}},
		{name: "the directory behind it failed", status: 503, body: `{"error":{"code":"ErrorServiceUnavailable","message":"Active Directory operation did not succeed. Try again later."}}`, want: behaviour{Transient: true, Doubtful: true}},
		{name: "concurrency under its status", status: 409, body: `{"error":{"code":"Directory_ConcurrencyViolation","message":` + concurrent + `,"innerError":{"client-request-id":"c","request-id":"r"}}}`, want: behaviour{Transient: true, Concurrent: true}},
		{name: "gateway timeout", status: 504, want: behaviour{Transient: true, Doubtful: true}},
		{name: "redirect", status: 302, headers: []string{"Location: https://evil.example.net/"}},
		{name: "accepted", status: 202, want: behaviour{Doubtful: true}},
		{name: "success that is a web page", status: 200, body: "<html>", want: behaviour{Doubtful: true}},
		{name: "success that is empty", status: 200, want: behaviour{Doubtful: true}},
		{name: "success that is an error", status: 200, body: `{"error":{"code":"x","message":"y"}}`, want: behaviour{Doubtful: true}},
	} {
		e := refuse(t, tc.status, tc.body, tc.headers...)
		if diff := cmp.Diff(tc.want, behaviourOf(e)); diff != "" || e.Status != tc.status {
			t.Errorf("%s: %v: %s", tc.name, e, diff)
		}
	}
}

func TestRetryAfterIsReported(t *testing.T) {
	now := time.Now()
	for _, tc := range []struct {
		headers []string
		want    time.Duration
	}{
		{nil, 0},
		{[]string{"Retry-After: 10"}, 10 * time.Second},
		{[]string{"Retry-After: 0"}, 0},
		{[]string{"Retry-After: -5"}, 0},
		{[]string{"Retry-After: soon"}, 0},
		{[]string{"Retry-After: NaN"}, 0},
		{[]string{"Retry-After: 99999999999999999999"}, 24 * time.Hour},
		{[]string{"Retry-After: 1.2"}, 2 * time.Second},
		{[]string{"Retry-After: Wed, 21 Oct 2026 07:28:30 GMT", "Date: Wed, 21 Oct 2026 07:28:00 GMT"}, 30 * time.Second},
		{[]string{"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:29:00 GMT"}, 0},
		{[]string{"Retry-After-Ms: 1", "X-Ms-Retry-After-Ms: 2", "Retry-After: 7"}, 7 * time.Second},
		{[]string{"X-Ms-Retry-After-Ms: 2000"}, 0},
	} {
		if e := refuse(t, 429, "", tc.headers...); e.RetryAfter != tc.want {
			t.Errorf("%v: %v, want %v", tc.headers, e.RetryAfter, tc.want)
		}
	}
	if time.Since(now) > time.Minute {
		t.Error("a write waited")
	}
}

// Every operation names a permission to grant.
func TestPermissions(t *testing.T) {
	for _, op := range []graph.Op{
		graph.OpReadOrganization, graph.OpReadSKUs, graph.OpReadMe, graph.OpListUsers,
		graph.OpFindUsers, graph.OpFilterUsers, graph.OpFindGroups, graph.OpListDepartments, graph.OpReadAttributes, graph.OpListMembers, graph.OpReadAudits, graph.OpAssignLicense, graph.OpSetUsageLocation,
	} {
		p := op.Permission()
		if len(p.Delegated) == 0 || (len(p.Application) == 0) != (op == graph.OpReadMe) {
			t.Errorf("%s: %v", op, p)
		}
		e := &graph.Error{Op: op, Status: 403}
		if !strings.Contains(e.Hint(), p.Delegated[0]) || strings.Contains(e.Hint(), "  ") {
			t.Errorf("%s: hint %q", op, e.Hint())
		}
	}
	// Setting a location takes more than assigning licenses does.
	for _, p := range graph.OpSetUsageLocation.Permission().Application {
		if p == "LicenseAssignment.ReadWrite.All" {
			t.Error("LicenseAssignment.ReadWrite.All does not set a usage location")
		}
	}
}

func FuzzErrorReply(f *testing.F) {
	f.Add(400, `{"error":{"code":"Request_BadRequest","message":"m","innerError":{"request-id":"r"}}}`)
	f.Add(429, `{"error":{"code":429,"innererror":{"code":"x"}}}`)
	f.Add(502, `<html>`)
	f.Add(401, `{"error":"invalid","error_description":"`+canary+`"}`)
	f.Add(200, `{"error":{"message":"a\nb"}}`)
	f.Add(307, `{"error":"`+canary+`"}`)
	f.Add(200, `{"error":"`+canary+`"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		w := newWire(t, always(status, body))
		_, err := newWriter(t, w).AssignLicense(context.Background(), id(1), graph.LicenseChange{Remove: ids(2)})
		if err == nil {
			if status != 200 && status != 204 {
				t.Errorf("status %d passes for success", status)
			}
			return
		}
		e := asError(t, err)
		if len(err.Error()) > 6000 || !utf8.ValidString(err.Error()) || len(e.Code) > 1100 || len(e.Message) > 1100 {
			t.Errorf("an error of %d bytes: %q", len(err.Error()), err)
		}
	})
}

// TestLongTextsAreCut: of a stranger's text a thousand bytes are kept, and no half
// character.
func TestLongTextsAreCut(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("a", 1000):                      strings.Repeat("a", 1000),
		strings.Repeat("a", 1001):                      strings.Repeat("a", 1000) + "…",
		strings.Repeat("a", 999) + "éé":                strings.Repeat("a", 999) + "…",
		strings.Repeat("a", 998) + "éé":                strings.Repeat("a", 998) + "é…",
		strings.Repeat("a", 997) + "🙂🙂":                strings.Repeat("a", 997) + "…",
		"\x80" + strings.Repeat("\x80", 2000):          "…",
		"a\u2028b\u2029c\u0085d\u200ee":                "a b c d e",
		"a\n\tb" + strings.Repeat("\u202e", 400) + "c": "a b c",
	} {
		err := &graph.AuthError{Err: errors.New(text)}
		if got := strings.TrimPrefix(err.Error(), "signing in: "); got != want {
			t.Errorf("%.20q… of %d bytes becomes %q, want %q", text, len(text), got, want)
		}
	}
}

// TestUnavailable: what the service refuses to tell of signs of use, and why; that it
// did not answer is nothing that it said.
func TestUnavailable(t *testing.T) {
	nonPremium := "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
	for name, tc := range map[string]struct {
		err    error
		why    license.Unavailable
		reason string
	}{
		"no premium tenant":       {&graph.Error{Status: 403, Code: nonPremium, Message: "Tenant is not a B2C tenant and doesn't have premium license"}, license.UnavailablePremium, "Tenant is not a B2C tenant and doesn't have premium license"},
		"not permitted":           {&graph.Error{Status: 403, Code: "Authorization_RequestDenied"}, license.UnavailablePermission, "Authorization_RequestDenied"},
		"not permitted, no words": {&graph.Error{Status: 403}, license.UnavailablePermission, "403 Forbidden"},
		"refused":                 {&graph.Error{Status: 400, Message: "no"}, license.UnavailableRefused, "no"},
		"not there":               {&graph.Error{Status: 404, Message: "no"}, license.UnavailableRefused, "no"},
		"not built":               {&graph.Error{Status: 501, Message: "no"}, license.UnavailableRefused, "no"},
		"wrapped":                 {fmt.Errorf("reading: %w", &graph.Error{Status: 400, Message: "no"}), license.UnavailableRefused, "no"},
		"the token":               {&graph.Error{Status: 401, Message: "no"}, "", ""},
		"a proxy":                 {&graph.Error{Status: 407, Message: "no"}, "", ""},
		"throttled":               {&graph.Error{Status: 429, Message: "no"}, "", ""},
		"broken":                  {&graph.Error{Status: 500, Message: "no"}, "", ""},
		"busy":                    {&graph.Error{Status: 503, Message: "no"}, "", ""},
		"of a version to come":    {&graph.Error{Status: 505, Message: "no"}, "", ""},
		"a redirect":              {&graph.Error{Status: 302, Message: "no"}, "", ""},
		"not reached":             {&graph.Error{Err: io.EOF}, "", ""},
		"something else":          {io.EOF, "", ""},
		"nothing":                 {nil, "", ""},
	} {
		why, reason, ok := graph.Unavailable(tc.err)
		if why != tc.why || reason != tc.reason || ok != (tc.why != "") {
			t.Errorf("%s: %q, %q, %v", name, why, reason, ok)
		}
	}
}

// Every status is told by its class: a success, a redirect that is not followed, or a
// refusal.
func TestEveryStatus(t *testing.T) {
	for status := 100; status < 600; status++ {
		err := func() error {
			_, err := newWriter(t, newWire(t, always(status, defaultUserJSON))).AssignLicense(t.Context(), id(1), graph.LicenseChange{Remove: ids(2)})
			return err
		}()
		if status == 200 || status == 204 {
			if err != nil {
				t.Errorf("%d: %v", status, err)
			}
			continue
		}
		e := asError(t, err)
		redirect, unclear := strings.Contains(e.Error(), "redirects are not followed"), strings.Contains(e.Error(), "does not say that the change was made")
		if e.Status != status || redirect != (status/100 == 3) || unclear != (status/100 == 2) {
			t.Errorf("%d: %v", status, e)
		}
		if e.Doubtful() != (status < 300 || status == 408 || status >= 500) {
			t.Errorf("%d: doubtful %v", status, e.Doubtful())
		}
	}
}

// A permission that one kind of app cannot have is named for the other one alone.
func TestPermissionsOfOneKind(t *testing.T) {
	for want, p := range map[string]graph.Permission{
		"A (application)":                  {Application: []string{"A", "B"}},
		"D (delegated)":                    {Delegated: []string{"D", "E"}},
		"A (application) or D (delegated)": {Application: []string{"A"}, Delegated: []string{"D"}},
		"D (delegated), and C":             {Delegated: []string{"D"}, Also: []string{"C"}},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
