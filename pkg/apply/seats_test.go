package apply_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// TestRingOfSwaps is the hard case of seats: one is free, and everybody wants
// to move.
func TestRingOfSwaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var users []license.UserState
		want := map[string][]string{}
		for i := range 300 {
			name := fmt.Sprintf("u%03d", i)
			from, to := "E3", "E5"
			if i >= 150 {
				from, to = to, from
			}
			users, want[name] = append(users, holder(name, from)), []string{to}
		}
		p := makePlan(t, users, want)
		s := newTenant(t, users, map[string]int{"E3": 150, "E5": 151})
		s.latency = 100 * time.Millisecond
		out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.WriteRate = 1000 })
		if got := out.Receipt.Counts()[receipt.Done]; got != 300 {
			t.Errorf("%d of 300 got there: %v", got, out.Receipt.Counts())
		}
		if len(s.writes) != 300 {
			t.Errorf("%d writes for 300 users: some were sent without a free seat", len(s.writes))
		}
	})
}

func TestSeatThatDoesNotComeFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob", "E3")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {}})
		s := newTenant(t, users, map[string]int{"E3": 1})
		s.fault = func(w *write) *fault {
			if w.user == id("bob") {
				return &fault{err: status(400, "Something new.")}
			}
			return nil
		}
		out := carryOut(t, t.Context(), s, p, nil)
		if diff := cmp.Diff([]string{"ada blocked", "bob refused"}, outcomes(&out.Receipt)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if s.writesFor(id("ada")) != 0 {
			t.Error("a write was sent for a seat that could not be free")
		}
	})
}
