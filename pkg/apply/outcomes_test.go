package apply_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// call is a change of one user that takes one kind of call first.
type call struct {
	held, want []string
	nowhere    bool // the user has no usage location yet
}

func calls() map[string]call {
	return map[string]call{
		"addition": {want: []string{"E3"}},
		"removal":  {held: []string{"E3"}},
		"swap":     {held: []string{"E3"}, want: []string{"E5", "VISIO"}},
		"location": {want: []string{"E3"}, nowhere: true},
	}
}

// one is a tenant with one user, ada, and the plan of a call.
func (c call) one(t testing.TB) (*tenant, *plan.Plan) {
	users := []license.UserState{holder("ada", c.held...)}
	if c.nowhere {
		users[0].UsageLocation = ""
	}
	p := makePlan(t, users, map[string][]string{"ada": c.want})
	return newTenant(t, users, map[string]int{"E3": 1, "E5": 1, "VISIO": 1}), p
}

// answers are the errors that a status can come with: the service's own clear
// word, its envelope with a code that says nothing, and a page of a proxy.
func answers(status int) map[string]*graph.Error {
	code := map[int]string{
		401: "InvalidAuthenticationToken", 403: "Authorization_RequestDenied", 404: "Request_ResourceNotFound",
		409: "Directory_ConcurrencyViolation", 429: "TooManyRequests",
	}[status]
	if code == "" {
		code = "Request_BadRequest"
	}
	out := map[string]*graph.Error{
		"a vague answer":  {Status: status, Code: "UnknownError", RequestID: "request-1"},
		"a proxy's page":  {Status: status},
		"a proxy's error": {Status: status, Code: code, Message: "no request id", ClientRequestID: "ours"},
	}
	if status >= 400 && status < 500 && status != http.StatusRequestTimeout {
		out["a clear refusal"] = &graph.Error{Status: status, Code: code, Message: "Something new.", RequestID: "request-1"}
	}
	return out
}

func statuses() []int {
	return []int{202, 302, 307, 400, 401, 403, 404, 407, 408, 409, 412, 421, 423, 429, 451, 500, 501, 502, 503, 504}
}

// every runs a test for each kind of call, status and answer.
func every(t *testing.T, run func(*testing.T, call, *graph.Error)) {
	for kind, c := range calls() {
		for _, status := range statuses() {
			for said, e := range answers(status) {
				t.Run(fmt.Sprint(kind, " ", status, " ", said), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { run(t, c, e) })
				})
			}
		}
	}
}

// TestCarriedOutAllTheSame: whatever the answer says, a change that was made
// is told as made, and nobody is written to more often than there are parts.
func TestCarriedOutAllTheSame(t *testing.T) {
	for _, lag := range []time.Duration{0, 30 * time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			every(t, func(t *testing.T, c call, e *graph.Error) {
				if lag > 0 && e.Refused() {
					return // the service's own word is looked into once
				}
				s, p := c.one(t)
				s.lag = lag
				s.fault = func(w *write) *fault {
					if w.n == 1 {
						return &fault{err: e, after: true}
					}
					return nil
				}
				out := carryOut(t, t.Context(), s, p, nil)
				res := result(t, out, "ada")
				if res.Outcome != receipt.Done || res.Verification != receipt.Verified || !out.Touched || out.Cause != nil {
					t.Errorf("%s %s, touched %v, cause %v: %+v", res.Outcome, res.Verification, out.Touched, out.Cause, res)
				}
			})
		})
	}
}

// TestNothingCarriedOut: an answer that goes on for ever ends the change with
// what is true: not done, and nothing written.
func TestNothingCarriedOut(t *testing.T) {
	every(t, func(t *testing.T, c call, e *graph.Error) {
		s, p := c.one(t)
		s.fault = func(*write) *fault { return &fault{err: e} }
		begun := time.Now()
		out := carryOut(t, t.Context(), s, p, nil)
		res := result(t, out, "ada")
		if res.Outcome != receipt.Refused && res.Outcome != receipt.Failed || res.Left != nil {
			t.Errorf("%s, left with %v: %+v", res.Outcome, res.Left, res)
		}
		if e.Refused() && e.Status != 429 && e.Status != 409 && res.Outcome != receipt.Refused {
			t.Errorf("%s after the service's own refusal", res.Outcome)
		}
		if res.Attempts != len(s.writes) || !out.Sent || len(res.Reasons) == 0 || res.Message == "" {
			t.Errorf("%d writes, sent %v: %+v", len(s.writes), out.Sent, res)
		}
		if e.Status >= 300 && e.Status < 500 && e.Status != 408 && out.Touched {
			t.Error("it was seen that nothing was written, and is not said")
		}
		if took := time.Since(begun); took > 20*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// TestNobodySawIt: where the user cannot be read after the answer, nothing is
// said of them that nobody knows.
func TestNobodySawIt(t *testing.T) {
	every(t, func(t *testing.T, c call, e *graph.Error) {
		s, p := c.one(t)
		s.fault = func(w *write) *fault {
			s.unread = func() error { return &graph.Error{Op: graph.OpFindUsers, Status: 503} }
			return &fault{err: e}
		}
		out := carryOut(t, t.Context(), s, p, nil)
		res := result(t, out, "ada")
		if !out.Touched {
			t.Error("nothing was written, it says, and nobody has seen that")
		}
		if !e.Refused() && !(e.Status == 429) && res.Outcome != receipt.Unknown {
			t.Errorf("%s: %+v", res.Outcome, res)
		}
	})
}

// TestSaidToBeDone: a write that is acknowledged and was not made does not
// pass for seen.
func TestSaidToBeDone(t *testing.T) {
	for kind, c := range calls() {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := c.one(t)
				s.fault = func(*write) *fault { return &fault{} }
				res := result(t, carryOut(t, t.Context(), s, p, nil), "ada")
				if res.Outcome != receipt.Done || res.Verification != receipt.Unverified {
					t.Errorf("%s %s", res.Outcome, res.Verification)
				}
			})
		})
	}
}

// TestNeverSent: what never left the machine is told as never sent, at once
// where waiting is of no use, and is no refusal of the service.
func TestNeverSent(t *testing.T) {
	noConnection := &graph.Error{Op: graph.OpAssignLicense, NotSent: true, Err: errors.New("connection refused")}
	noToken := &graph.Error{Op: graph.OpAssignLicense, NotSent: true, Err: &graph.AuthError{Err: errors.New("AADSTS700024: the assertion is too old")}}
	for _, tc := range []struct {
		name  string
		err   error
		stops bool          // the run
		most  time.Duration // it takes
	}{
		{"a mistake of our own", errors.New("an ISO 3166-1 alpha-2 code in upper case is needed"), false, time.Second},
		{"no token", noToken, true, time.Second},
		{"no connection", noConnection, true, 2 * time.Minute},
	} {
		for kind, c := range calls() {
			t.Run(tc.name+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, p := c.one(t)
					s.fault = func(*write) *fault { return &fault{err: tc.err} }
					begun := time.Now()
					out := carryOut(t, t.Context(), s, p, nil)
					res := result(t, out, "ada")
					if res.Outcome != receipt.NotAttempted || res.Attempts != 0 || len(res.RequestIDs) > 0 || !slices.Contains(res.Reasons, "not-sent") {
						t.Errorf("%+v", res)
					}
					if !strings.Contains(res.Message, "never sent") || !strings.Contains(res.Message, errors.Unwrap(wrapped{tc.err}).Error()) {
						t.Errorf("message %q", res.Message)
					}
					if out.Sent || out.Touched || (out.Cause != nil) != tc.stops {
						t.Errorf("sent %v, touched %v, cause %v", out.Sent, out.Touched, out.Cause)
					}
					if took := time.Since(begun); took > tc.most {
						t.Errorf("it took %s", took)
					}
				})
			})
		}
	}
}

// wrapped gives the innermost error.
type wrapped struct{ error }

func (w wrapped) Unwrap() error {
	inner := w.error
	for errors.Unwrap(inner) != nil {
		inner = errors.Unwrap(inner)
	}
	return inner
}

// TestNeverSentAfterAPart: what was sent before the connection went is told
// beside it.
func TestNeverSentAfterAPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := calls()["location"].one(t)
		s.fault = func(w *write) *fault {
			if w.where == "assignLicense" {
				return &fault{err: &graph.Error{NotSent: true, Err: errors.New("connection refused")}}
			}
			return nil
		}
		res := result(t, carryOut(t, t.Context(), s, p, nil), "ada")
		if res.Outcome != receipt.Failed || res.Attempts != 1 || res.Left == nil || res.Left.UsageLocation != "DE" {
			t.Errorf("%+v", res)
		}
		if !slices.Contains(res.Reasons, "not-sent") || !slices.Contains(res.Reasons, "partly-done") {
			t.Errorf("reasons %q", res.Reasons)
		}
	})
}

// TestSettling: what the directory refuses because it does not know yet what
// it has shown or taken a moment ago is sent again, a few times.
func TestSettling(t *testing.T) {
	gone := &graph.Error{Status: 404, Code: "Request_ResourceNotFound", Message: "Resource 'x' does not exist.", RequestID: "r"}
	missing := &graph.Error{Status: 400, Code: "Directory_ObjectNotFound", Message: "m", RequestID: "r"}
	nowhere := status(400, "License assignment cannot be done for user with invalid usage location.")
	for _, tc := range []struct {
		name, kind, where, reason string
		err                       *graph.Error
	}{
		{"no such user", "addition", "assignLicense", "user-not-found", gone},
		{"no such user, in another form", "removal", "assignLicense", "user-not-found", missing},
		{"no such user to be placed", "location", "usageLocation", "user-not-found", gone},
		{"no usage location after it was set", "location", "assignLicense", "no-usage-location", nowhere},
		{"no usage location where there is one", "addition", "assignLicense", "no-usage-location", nowhere},
	} {
		for _, times := range []int{1, 4, 99} {
			t.Run(fmt.Sprint(tc.name, " ", times), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, p := calls()[tc.kind].one(t)
					struck := 0
					s.fault = func(w *write) *fault {
						if struck >= times || w.where != tc.where {
							return nil
						}
						struck++
						return &fault{err: tc.err}
					}
					begun := time.Now()
					res := result(t, carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Jitter = nil }), "ada")
					want := receipt.Done
					if times > 5 {
						want = receipt.Refused
					}
					if res.Outcome != want || want == receipt.Refused && !slices.Contains(res.Reasons, tc.reason) {
						t.Errorf("%s %q after %d refusals", res.Outcome, res.Reasons, struck)
					}
					if took := time.Since(begun); struck > 6 || took > 40*time.Second || times > 1 && took < 5*time.Second {
						t.Errorf("%d refusals in %s", struck, took)
					}
				})
			})
		}
	}
}

// TestNotLetInAfterwards: reads that are refused while the changes are looked
// at are told as that, and no longer waited for.
func TestNotLetInAfterwards(t *testing.T) {
	signIn := &graph.Error{Op: graph.OpFindUsers, NotSent: true, Err: &graph.AuthError{Err: errors.New("the secret has expired")}}
	for name, tc := range map[string]struct {
		err  error
		told bool
		most time.Duration
		good int // so many reads are answered first
	}{
		"no token":        {signIn, true, time.Second, 0},
		"forbidden":       {&graph.Error{Op: graph.OpFindUsers, Status: 403}, true, time.Second, 0},
		"down":            {&graph.Error{Op: graph.OpFindUsers, Status: 503}, true, 3 * time.Minute, 0},
		"lag":             {nil, false, 3 * time.Minute, 0},
		"no answer":       {context.DeadlineExceeded, true, 3 * time.Minute, 0},
		"no answer later": {context.DeadlineExceeded, false, 3 * time.Minute, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := calls()["addition"].one(t)
				s.lag = time.Hour
				s.fault = func(*write) *fault {
					looks := 0
					s.unread = func() error {
						if looks++; looks <= tc.good {
							return nil
						}
						if errors.Is(tc.err, context.DeadlineExceeded) {
							time.Sleep(2 * time.Minute) // the service never answers
						}
						return tc.err
					}
					return nil
				}
				begun := time.Now()
				out := carryOut(t, t.Context(), s, p, nil)
				res := result(t, out, "ada")
				if res.Outcome != receipt.Done || res.Verification != receipt.Unverified {
					t.Errorf("%s %s", res.Outcome, res.Verification)
				}
				if tc.told != (out.Unread != nil) || tc.told != strings.Contains(res.VerificationMessage, "could not be read") {
					t.Errorf("unread %v, message %q", out.Unread, res.VerificationMessage)
				}
				if took := time.Since(begun); took > tc.most {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
