package graph_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// An error says on one line what there is to say, and ends with what support asks for.
func TestErrorsInWords(t *testing.T) {
	for want, e := range map[string]graph.Error{
		"":                                      {},
		"GET /v1.0/users":                       {Method: "GET", Path: "/v1.0/users"},
		"listing: GET":                          {Op: "listing", Method: "GET"},
		"listing: GET: EOF":                     {Op: "listing", Method: "GET", Err: io.EOF},
		": 1":                                   {Status: 1},
		": 404 Not Found":                       {Status: 404},
		": 404 Not Found c":                     {Status: 404, Code: "c"},
		": 499 c: m":                            {Status: 499, Code: "c", Message: "m"},
		": m: EOF":                              {Message: "m", Err: io.EOF},
		": a b":                                 {Err: errors.New("a\nb")},
		" (request-id r)":                       {RequestID: "r", ClientRequestID: "c"},
		": 404 Not Found (client-request-id c)": {Status: 404, ClientRequestID: "c"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%+v: %q, want %q", e, got, want)
		}
	}
}

// What an error is, is told by its parts alone.
func TestBehaviourAtTheBounds(t *testing.T) {
	throttled := func(e *graph.Error) bool { return e.Throttled() }
	transient := func(e *graph.Error) bool { return e.Transient() }
	doubtful := func(e *graph.Error) bool { return e.Doubtful() }
	notFound := func(e *graph.Error) bool { return e.NotFound() }
	filter := func(e *graph.Error) bool { return e.RefusesFilter() }
	refused := func(e *graph.Error) bool { return e.Refused() }
	for _, tt := range []struct {
		what string
		is   func(*graph.Error) bool
		e    graph.Error
		want bool
	}{
		{"throttled", throttled, graph.Error{Status: 503}, false},
		{"throttled", throttled, graph.Error{Status: 503, RetryAfter: 1}, true},
		{"throttled", throttled, graph.Error{Status: 502, RetryAfter: time.Second}, false},
		{"throttled", throttled, graph.Error{Status: 429}, true},
		{"throttled", throttled, graph.Error{Status: 409, Message: "Request limit exceeded"}, true},
		{"throttled", throttled, graph.Error{Status: 400, Message: "Request limit exceeded"}, false},
		{"transient", transient, graph.Error{Err: io.EOF}, true},
		{"transient", transient, graph.Error{Err: &graph.AuthError{Err: io.EOF}}, false},
		{"transient", transient, graph.Error{Status: 1, Err: io.EOF}, false},
		{"transient", transient, graph.Error{Status: 409, Message: "Another object with the same value for property"}, false},
		{"doubtful", doubtful, graph.Error{}, true},
		{"doubtful", doubtful, graph.Error{NotSent: true}, false},
		{"doubtful", doubtful, graph.Error{Status: 299}, true},
		{"doubtful", doubtful, graph.Error{Status: 300}, false},
		{"doubtful", doubtful, graph.Error{Status: 499}, false},
		{"doubtful", doubtful, graph.Error{Status: 500}, true},
		{"not found", notFound, graph.Error{Status: 399, Code: "Directory_ObjectNotFound"}, false},
		{"not found", notFound, graph.Error{Status: 400, Code: "directory_objectnotfound"}, true},
		{"not found", notFound, graph.Error{Status: 499, Code: "Directory_ObjectNotFound"}, true},
		{"not found", notFound, graph.Error{Status: 500, Code: "Directory_ObjectNotFound"}, false},
		{"a filter refused", filter, graph.Error{Status: 400}, true},
		{"a filter refused", filter, graph.Error{Status: 414}, true},
		{"a filter refused", filter, graph.Error{Status: 404}, false},
		{"refused", refused, graph.Error{Status: 399, Code: "forbidden", RequestID: "r"}, false},
		{"refused", refused, graph.Error{Status: 400, Code: "new", RequestID: "r"}, true},
		{"refused", refused, graph.Error{Status: 401, Code: "new", RequestID: "r"}, false},
		{"refused", refused, graph.Error{Status: 499, Code: "forbidden", RequestID: "r"}, true},
		{"refused", refused, graph.Error{Status: 499, Code: "forbidden"}, false},
		{"refused", refused, graph.Error{Status: 500, Code: "forbidden", RequestID: "r"}, false},
	} {
		if got := tt.is(&tt.e); got != tt.want {
			t.Errorf("%s: %v of %+v", tt.what, got, tt.e)
		}
	}
}

// The reason is in the service's words, or in those of the status.
func TestReasons(t *testing.T) {
	for want, e := range map[string]graph.Error{
		"m":         {Status: 404, Code: "c", Message: "m"},
		"Not Found": {Status: 404, Code: "c"},
		"":          {},
	} {
		if got := e.Reason(); got != want {
			t.Errorf("%+v: %q, want %q", e, got, want)
		}
	}
}

// hinted is a cause with a hint of its own.
type hinted struct{ error }

func (hinted) Hint() string { return "its own" }

// Which hint an error gives where several would do, and where none does.
func TestWhichHint(t *testing.T) {
	signIn := &graph.AuthError{Err: io.EOF}
	unreached := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for _, tt := range []struct {
		e    graph.Error
		want string // that the hint holds; empty: there is none
	}{
		{graph.Error{Status: 403, Err: hinted{io.EOF}}, "its own"},
		{graph.Error{Status: 407}, "USER:PASSWORD"},
		{graph.Error{Err: unreached}, "check the network"},
		{graph.Error{Err: io.EOF}, ""},
		{graph.Error{Status: 500, Err: unreached}, ""},
		{graph.Error{Err: &graph.AuthError{Err: unreached}}, "sign in, or check the credential"},
		{graph.Error{Err: signIn}, "sign in, or check the credential"},
		{graph.Error{Status: 401, Challenged: true, Err: signIn}, "network location"},
		{graph.Error{Status: 401, Code: "OrganizationFromTenantGuidNotFound"}, "does not know whose it is"},
		{graph.Error{Status: 401}, "issued for this cloud"},
		{graph.Error{Op: graph.OpReadMe, Status: 400}, "name the user instead"},
		{graph.Error{Op: graph.OpReadMe, Status: 404}, ""},
		{graph.Error{Op: graph.OpListUsers, Status: 400}, ""},
	} {
		if got := tt.e.Hint(); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%+v: %q, want %q", tt.e, got, tt.want)
		}
	}
}

// Of a reply that is no refusal, no code and no message is taken for the service's.
func TestWordsOfASuccess(t *testing.T) {
	const body = `{"error":{"code":"c","message":"m"}}`
	for status, code := range map[int]string{200: "", 202: "", 299: "", 300: "c", 302: "c", 400: "c", 500: "c"} {
		if e := refuse(t, status, body); e.Code != code || (e.Message == "") != (code == "") {
			t.Errorf("%d: %q, %q", status, e.Code, e.Message)
		}
	}
}
