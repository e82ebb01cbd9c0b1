package apply_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// crowd is a tenant with n users without licenses, and a plan that gives each
// of them E3.
func crowd(t testing.TB, n int) (*tenant, *plan.Plan) {
	var users []license.UserState
	want := map[string][]string{}
	for i := range n {
		name := fmt.Sprintf("u%03d", i)
		users, want[name] = append(users, holder(name)), []string{"E3"}
	}
	p := makePlan(t, users, want)
	s := newTenant(t, users, map[string]int{"E3": n})
	s.latency = 100 * time.Millisecond
	return s, p
}

// throttled is the answer of a tenant that asks to slow down, in each form.
func throttled() map[string]*graph.Error {
	quota := `{"Message":"Request limit exceeded. Try again later."}`
	return map[string]*graph.Error{
		"429":             {Status: http.StatusTooManyRequests, RetryAfter: time.Second},
		"429 in clear":    {Status: http.StatusTooManyRequests, Code: "TooManyRequests", RequestID: "r", RetryAfter: time.Second},
		"429 without":     {Status: http.StatusTooManyRequests, Code: "UnknownError", RequestID: "r"},
		"409 of the kind": {Status: http.StatusConflict, Code: "UnknownError", Message: quota, RequestID: "r"},
	}
}

// pulse takes down when progress is told, and checks that it is told every ten
// seconds.
type pulse struct {
	t    testing.TB
	mu   sync.Mutex
	last time.Time
}

func (p *pulse) told(apply.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); !p.last.IsZero() && now.Sub(p.last) > 10*time.Second {
		p.t.Errorf("nothing was told for %s", now.Sub(p.last))
	}
	p.last = time.Now()
}

// TestOneThrottledUserGivesWay: a user who alone is turned away, for ever,
// holds nobody up for long, and ends as throttled. (With the last one nobody can
// tell that they alone are meant.)
func TestOneThrottledUserGivesWay(t *testing.T) {
	for said, e := range throttled() {
		for _, who := range []string{"u000", "u100", "u199"} {
			t.Run(said+" "+who, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, p := crowd(t, 200)
					s.fault = func(w *write) *fault {
						if w.user == id(who) {
							return &fault{err: e}
						}
						return nil
					}
					beat := &pulse{t: t}
					begun := time.Now()
					out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Progress = beat.told })
					counts, res := out.Receipt.Counts(), result(t, out, who)
					if counts[receipt.Done] != 199 || res.Outcome != receipt.Failed || !slices.Contains(res.Reasons, "throttled") || out.Cause != nil && who != "u199" {
						t.Errorf("counts %v, cause %v: %+v", counts, out.Cause, res)
					}
					if took := time.Since(begun); took > 16*time.Minute {
						t.Errorf("it took %s", took)
					}
					for _, w := range s.writes {
						if w.user != id(who) && w.at.Sub(begun) > time.Minute {
							t.Fatalf("a write for another waited for %s", w.at.Sub(begun))
						}
					}
				})
			})
		}
	}
}

// TestThrottledForEver: a tenant that turns everybody away ends the run in the
// time that is stated, or in what the caller gives.
func TestThrottledForEver(t *testing.T) {
	for said, e := range throttled() {
		for _, limit := range []time.Duration{0, time.Minute} {
			t.Run(fmt.Sprint(said, " ", limit), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, p := crowd(t, 50)
					s.fault = func(w *write) *fault {
						if w.total > 10 {
							return &fault{err: e}
						}
						return nil
					}
					beat := &pulse{t: t}
					begun := time.Now()
					out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Progress, o.ThrottleTimeout = beat.told, limit })
					counts := out.Receipt.Counts()
					if out.Cause == nil || counts[receipt.Done] != 10 || counts[receipt.Done]+counts[receipt.Failed]+counts[receipt.NotAttempted] != 50 {
						t.Errorf("counts %v, cause %v", counts, out.Cause)
					}
					most := max(limit, 15*time.Minute*time.Duration(1-min(limit, 1)))
					if took := time.Since(begun); took > most+30*time.Second {
						t.Errorf("it took %s, of %s", took, most)
					}
				})
			})
		}
	}
}

// TestLongRetryAfter: what one user is asked to wait, longer than the run
// waits, ends that change alone; two in a row end the run.
func TestLongRetryAfter(t *testing.T) {
	hour := &graph.Error{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RequestID: "r", RetryAfter: time.Hour}
	for _, tc := range []struct {
		name        string
		strikes     func(*write) bool
		limit       time.Duration
		done        int
		stops       bool
		least, most time.Duration
	}{
		{"once", func(w *write) bool { return w.total == 20 }, 0, 99, false, 5 * time.Minute, 6 * time.Minute},
		{"one user", func(w *write) bool { return w.user == id("u050") }, 0, 99, false, 5 * time.Minute, 6 * time.Minute},
		{"everybody", func(w *write) bool { return w.total > 20 }, 0, 20, true, 0, 6 * time.Minute},
		{"once, and there is time", func(w *write) bool { return w.total == 20 }, 2 * time.Hour, 100, false, time.Hour, 61 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := crowd(t, 100)
				s.fault = func(w *write) *fault {
					if tc.strikes(w) {
						return &fault{err: hour}
					}
					return nil
				}
				begun := time.Now()
				out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.ThrottleTimeout = tc.limit })
				counts := out.Receipt.Counts()
				if counts[receipt.Done] != tc.done || (out.Cause != nil) != tc.stops {
					t.Errorf("counts %v, cause %v", counts, out.Cause)
				}
				if took := time.Since(begun); took < tc.least || took > tc.most {
					t.Errorf("it took %s", took)
				}
				for _, res := range out.Receipt.Results {
					if res.Outcome == receipt.Failed && !strings.Contains(res.Message, "asks to wait") {
						t.Errorf("message %q", res.Message)
					}
				}
			})
		})
	}
}
