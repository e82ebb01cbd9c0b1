package apply_test

import (
	"context"
	"errors"
	"fmt"
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
		most   int // writes
	}{
		{"a missing permission", always(&fault{err: status(403, "")}), nil, 4},
		{"a token that is not accepted", always(&fault{err: status(401, "")}), nil, 4},
		{"many refusals in a row", always(&fault{err: status(400, "Something new.")}), nil, 60},
		{"as many failures as the caller allows", always(&fault{err: status(400, "Something new.")}), func(o *apply.Options) { o.StopAfterFailures = 3 }, 10},
		{"a canary that does not come out", always(&fault{err: status(400, "Something new.")}), func(o *apply.Options) { o.Canary = 2 }, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users, want := many()
				p := makePlan(t, users, want)
				s := newTenant(t, users, map[string]int{"E3": 500})
				s.latency, s.fault = 100*time.Millisecond, tc.fault
				out := carryOut(t, t.Context(), s, p, tc.adjust)
				if len(s.writes) > tc.most {
					t.Errorf("%d writes went out, want at most %d", len(s.writes), tc.most)
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
