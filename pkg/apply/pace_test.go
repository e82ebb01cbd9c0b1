package apply_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

func TestRetryAfterPausesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var users []license.UserState
		want := map[string][]string{}
		for i := range 40 {
			name := fmt.Sprintf("u%02d", i)
			users, want[name] = append(users, holder(name)), []string{"E3"}
		}
		p := makePlan(t, users, want)
		s := newTenant(t, users, map[string]int{"E3": 40})
		s.latency = 100 * time.Millisecond
		var throttledAt time.Time
		s.fault = func(w *write) *fault {
			if w.total == 10 {
				throttledAt = time.Now()
				return &fault{err: &graph.Error{Status: http.StatusTooManyRequests, RetryAfter: time.Minute}}
			}
			return nil
		}
		carryOut(t, t.Context(), s, p, nil)
		for _, w := range s.writes {
			if since := w.at.Sub(throttledAt); since > 0 && since < time.Minute {
				t.Fatalf("a write went out %s after the tenant asked to wait a minute", since)
			}
		}
		if len(s.writes) != 41 {
			t.Errorf("%d writes, want 41", len(s.writes))
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var users []license.UserState
		want := map[string][]string{}
		for i := range 620 {
			name := fmt.Sprintf("u%03d", i)
			users, want[name] = append(users, holder(name)), []string{"E3"}
		}
		p := makePlan(t, users, want)
		s := newTenant(t, users, map[string]int{"E3": 1000})
		s.latency = 250 * time.Millisecond
		begun := time.Now()
		carryOut(t, t.Context(), s, p, nil)
		for i, first := range s.writes {
			for n, last := range s.writes[i:] {
				within := last.at.Sub(first.at)
				if most := 20*within.Seconds() + 21; float64(n+1) > most {
					t.Fatalf("%d writes went out within %s", n+1, within)
				}
			}
		}
		if took := time.Since(begun); took > 33*time.Second {
			t.Errorf("620 writes at 20 a second took %s", took)
		}
		if s.peak > 64 {
			t.Errorf("%d users at once", s.peak)
		}
	})
}

func TestWindowShrinksWhenTheTenantComplains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var users []license.UserState
		want := map[string][]string{}
		for i := range 400 {
			name := fmt.Sprintf("u%03d", i)
			users, want[name] = append(users, holder(name)), []string{"E3"}
		}
		p := makePlan(t, users, want)
		s := newTenant(t, users, map[string]int{"E3": 1000})
		s.latency = time.Second
		complaints, late := 0, 0
		s.fault = func(w *write) *fault {
			if s.inFlight <= 8 {
				return nil
			}
			complaints++
			if w.total > 200 {
				late++
			}
			return &fault{err: status(409, "Error due to concurrent requests being made to the tenant.")}
		}
		out := carryOut(t, t.Context(), s, p, nil)
		if got := out.Receipt.Counts()[receipt.Done]; got != 400 {
			t.Errorf("%d of 400 done: %v", got, out.Receipt.Counts())
		}
		if complaints == 0 || late > 3 {
			t.Errorf("%d complaints, %d of them in the second half", complaints, late)
		}
	})
}
