package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

func TestWhatStopsARun(t *testing.T) {
	many := func() ([]license.UserState, map[string][]string) {
		var users []license.UserState
		want := map[string][]string{}
		for i := range 200 {
			name := fmt.Sprintf("u%03d", i)
			users, want[name] = append(users, holder(name)), []string{"E3"}
		}
		return users, want
	}
	always := func(f *fault) func(*write) *fault { return func(*write) *fault { return f } }
	for _, tc := range []struct {
		name   string
		fault  func(*write) *fault
		adjust func(*apply.Options)
		writes int // one after the other
	}{
		{"a missing permission", always(&fault{err: status(403, "")}), nil, 1},
		{"a token that is not accepted", always(&fault{err: status(401, "")}), nil, 1},
		{"many refusals in a row", always(&fault{err: status(400, "Something new.")}), nil, 25},
		{"as many failures as the caller allows", always(&fault{err: status(400, "Something new.")}), func(o *apply.Options) { o.StopAfterFailures = 3 }, 3},
		{"a canary that does not come out", always(&fault{err: status(400, "Something new.")}), func(o *apply.Options) { o.Canary = 2 }, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users, want := many()
				p := makePlan(t, users, want)
				s := newTenant(t, users, map[string]int{"E3": 500})
				s.latency, s.fault = 100*time.Millisecond, tc.fault
				out := carryOut(t, t.Context(), s, p, func(o *apply.Options) {
					alone(o)
					if tc.adjust != nil {
						tc.adjust(o)
					}
				})
				if len(s.writes) != tc.writes {
					t.Errorf("%d writes went out, want %d", len(s.writes), tc.writes)
				}
				if out.Cause == nil || out.Receipt.End.StopReason == "" {
					t.Error("nothing says why the run stopped")
				}
				if counts := out.Receipt.Counts(); counts[receipt.NotAttempted] != 200-len(s.writes) {
					t.Errorf("counts %v after %d writes", counts, len(s.writes))
				}
			})
		})
	}
}

func TestCanaryThatComesOutLetsTheRestGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob"), holder("cay")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E3"}, "cay": {"E3"}})
		s := newTenant(t, users, map[string]int{"E3": 9})
		s.lag = 20 * time.Second
		out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Canary = 1 })
		if got := out.Receipt.Counts()[receipt.Done]; got != 3 {
			t.Errorf("%d done, want 3: %v", got, outcomes(&out.Receipt))
		}
		if gap := s.writes[1].at.Sub(s.writes[0].at); gap < 20*time.Second {
			t.Errorf("the second write went out %s after the canary, before it could be seen", gap)
		}
	})
}

func TestStoppingInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob"), holder("cay"), holder("dan"), holder("eve")}
		want := map[string][]string{"ada": {"E3"}, "bob": {"E3"}, "cay": {"E3"}, "dan": {"E3"}, "eve": {"E3"}}
		p := makePlan(t, users, want)
		s := newTenant(t, users, map[string]int{"E3": 9})
		s.latency = 10 * time.Second
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			time.Sleep(5 * time.Second)
			cancel(errors.New("interrupted"))
		}()
		out := carryOut(t, ctx, s, p, func(o *apply.Options) { o.Parallelism = 2 })
		counts := out.Receipt.Counts()
		if counts[receipt.Done] != 2 || counts[receipt.NotAttempted] != 3 || len(s.writes) != 2 {
			t.Errorf("counts %v after %d writes: what was under way must be finished, and nothing else begun", counts, len(s.writes))
		}
		if out.Cause == nil || out.Cause.Error() != "interrupted" {
			t.Errorf("cause %v", out.Cause)
		}
	})
}

func TestTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var users []license.UserState
		want := map[string][]string{}
		for i := range 100 {
			name := fmt.Sprintf("u%03d", i)
			users, want[name] = append(users, holder(name)), []string{"E3"}
		}
		p := makePlan(t, users, want)
		s := newTenant(t, users, map[string]int{"E3": 500})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		out := carryOut(t, ctx, s, p, nil)
		if !errors.Is(out.Cause, context.DeadlineExceeded) {
			t.Errorf("cause %v", out.Cause)
		}
		counts := out.Receipt.Counts()
		if counts[receipt.Done] == 0 || counts[receipt.NotAttempted] == 0 || counts[receipt.Done]+counts[receipt.NotAttempted] != 100 {
			t.Errorf("counts %v", counts)
		}
	})
}

// brokenJournal fails from its nth line on.
type brokenJournal struct {
	apply.Journal
	lines, good int
}

func (j *brokenJournal) Intent(i receipt.Intent) error {
	if j.lines++; j.lines > j.good {
		return errors.New("no space left on device")
	}
	return j.Journal.Intent(i)
}

func TestNothingIsSentThatCannotBeWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob"), holder("cay"), holder("dan")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E3"}, "cay": {"E3"}, "dan": {"E3"}})
		s := newTenant(t, users, map[string]int{"E3": 9})
		var file memory
		o := options(s, &file)
		o.Journal = &brokenJournal{Journal: o.Journal, good: 1}
		o.Parallelism = 1
		out, err := apply.Run(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		if counts := out.Receipt.Counts(); len(s.writes) != 1 || counts[receipt.Done] != 1 || counts[receipt.NotAttempted] != 3 {
			t.Errorf("%d writes, counts %v", len(s.writes), counts)
		}
		if out.Cause == nil {
			t.Error("nothing says why the run stopped")
		}
	})
}

// TestScatteredFailures: what works in between ends a row of failures, so that
// many of them, far apart, do not end a large run.
func TestScatteredFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := crowd(t, 100)
		s.fault = func(w *write) *fault {
			if w.total%20 != 0 {
				return &fault{err: status(400, "Something new.")}
			}
			return nil
		}
		out := carryOut(t, t.Context(), s, p, alone)
		counts := out.Receipt.Counts()
		if out.Cause != nil || counts[receipt.Done] != 5 || counts[receipt.Refused] != 95 {
			t.Errorf("cause %v, counts %v", out.Cause, counts)
		}
	})
}

// TestStoppedInDoubt: a run that is stopped while a lost answer is looked for
// does not know what the write has done, and says so.
func TestStoppedInDoubt(t *testing.T) {
	for name, late := range map[string]bool{"it was not done": false, "it was done, and reads lag": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{holder("ada", "E3")}
				p := makePlan(t, users, map[string][]string{"ada": {}})
				s := newTenant(t, users, map[string]int{"E3": 1})
				s.lag = time.Hour
				s.fault = func(*write) *fault { return &fault{err: lost(), after: late} }
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					time.Sleep(20 * time.Second)
					cancel(errors.New("interrupted"))
				}()
				out := carryOut(t, ctx, s, p, nil)
				checkOutcomes(t, out, "ada unknown")
				if len(s.writes) != 1 || !out.Touched || out.Cause == nil {
					t.Errorf("%d writes, touched %v, cause %v", len(s.writes), out.Touched, out.Cause)
				}
				if res := result(t, out, "ada"); !strings.Contains(res.Hint, "looks at the user first") {
					t.Errorf("hint %q", res.Hint)
				}
			})
		})
	}
}

// TestOneAttempt: a change that was sent once and did not come through has
// failed; it is not one that was never attempted.
func TestOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := crowd(t, 1)
		s.fault = func(*write) *fault { return &fault{err: status(503, "")} }
		out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.MaxAttempts = 1 })
		checkOutcomes(t, out, "u000 failed")
		if res := result(t, out, "u000"); res.Attempts != 1 || len(s.writes) != 1 {
			t.Errorf("%d writes, %d by the receipt", len(s.writes), res.Attempts)
		}
	})
}
