package apply_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// throughGroup gives a user a license of a group besides what they hold.
func throughGroup(u license.UserState, part string) license.UserState {
	u.Assignments = append(u.Assignments, license.Assignment{SKUID: id(part), Group: id("sales"), State: "Active"})
	license.SortAssignments(u.Assignments)
	return u
}

// rank sets who goes before whom for a seat, the first before all others.
func rank(p *plan.Plan, names ...string) {
	for i, name := range names {
		changeOf(p, name).Priority = i
	}
}

func changeOf(p *plan.Plan, name string) *plan.Change {
	for i := range p.Changes {
		if p.Changes[i].User.ID == id(name) {
			return &p.Changes[i]
		}
	}
	return nil
}

// alone carries out one change after the other.
func alone(o *apply.Options) { o.Parallelism = 1 }

func checkOutcomes(t testing.TB, out *apply.Outcome, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, outcomes(&out.Receipt)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// TestSeatsThatGroupsGive: a direct license beside one of a group takes no
// seat and frees none.
func TestSeatsThatGroupsGive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), throughGroup(holder("bob", "E3"), "E3"), throughGroup(holder("cay"), "E3")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {}})
		s := newTenant(t, users, map[string]int{"E3": 2})
		out := carryOut(t, t.Context(), s, p, nil)
		checkOutcomes(t, out, "ada blocked", "bob done verified")
		if n := s.writesFor(id("ada")); n != 0 {
			t.Errorf("%d writes were sent for a seat that a group keeps", n)
		}
	})
}

// TestSeatOfTheirOwnBesideAGroups: where no seat is free, whoever has come to
// one through a group since the plan can be given the license directly.
func TestSeatOfTheirOwnBesideAGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := makePlan(t, []license.UserState{holder("ada")}, map[string][]string{"ada": {"E3"}})
		s := newTenant(t, []license.UserState{throughGroup(holder("ada"), "E3")}, map[string]int{"E3": 1})
		checkOutcomes(t, carryOut(t, t.Context(), s, p, nil), "ada done verified")
		if _, direct := s.users[id("ada")].DirectLicense(id("E3")); !direct {
			t.Error("ada has no license of her own")
		}
	})
}

// TestWhoGoesFirst: the seats go to the most important, in whatever order the
// plan lists them.
func TestWhoGoesFirst(t *testing.T) {
	for _, order := range [][]string{{"ada", "bob", "cay"}, {"bob", "cay", "ada"}, {"cay", "ada", "bob"}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{holder("ada"), holder("bob"), holder("cay")}
				p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E3"}, "cay": {"E3"}})
				rank(p, order...)
				s := newTenant(t, users, map[string]int{"E3": 2})
				out := carryOut(t, t.Context(), s, p, alone)
				for i, want := range []receipt.Outcome{receipt.Done, receipt.Done, receipt.Blocked} {
					if got := result(t, out, order[i]).Outcome; got != want {
						t.Errorf("%s, who is number %d: %s, want %s", order[i], i+1, got, want)
					}
				}
				if len(s.writes) != 2 || s.writes[0].user != id(order[0]) {
					t.Errorf("%d writes, and the first is not for %s", len(s.writes), order[0])
				}
			})
		})
	}
}

// TestSeatOfAHalfDoneChange: a change that ends half-way has taken a seat, and
// nobody else is sent after it.
func TestSeatOfAHalfDoneChange(t *testing.T) {
	for name, then := range map[string]*graph.Error{"failed": status(503, ""), "refused": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{holder("ada"), holder("bob")}
				p := makePlan(t, users, map[string][]string{"ada": {"E3", "VISIO"}, "bob": {"E3"}})
				rank(p, "ada", "bob")
				s := newTenant(t, users, map[string]int{"E3": 1, "VISIO": 1})
				s.partial = true
				s.fault = func(w *write) *fault {
					s.bought[id("VISIO")] = 0
					if then != nil && w.n > 1 {
						return &fault{err: then}
					}
					return nil
				}
				out := carryOut(t, t.Context(), s, p, alone)
				checkOutcomes(t, out, "ada "+name, "bob blocked")
				if n := s.writesFor(id("bob")); n != 0 {
					t.Errorf("%d writes were sent for the seat that ada has got", n)
				}
			})
		})
	}
}

// TestSeatThatARefusalLeaves: a change that is refused has taken no seat, and
// the next in the row gets it.
func TestSeatThatARefusalLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E3"}})
		rank(p, "ada", "bob")
		s := newTenant(t, users, map[string]int{"E3": 1})
		s.fault = func(w *write) *fault {
			if w.user == id("ada") {
				return &fault{err: status(400, "Something new.")}
			}
			return nil
		}
		checkOutcomes(t, carryOut(t, t.Context(), s, p, alone), "ada refused", "bob done verified")
	})
}

// TestCanaryAmongOthers: users who need no write do not spoil the canary, nor
// are they taken for it.
func TestCanaryAmongOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob"), holder("cay"), holder("dan"), holder("eve"), holder("fay")}
		want := map[string][]string{}
		for _, name := range []string{"ada", "bob", "cay", "dan", "eve", "fay"} {
			want[name] = []string{"E3"}
		}
		p := makePlan(t, users, want)
		changeOf(p, "ada").Status = plan.StatusBlocked
		changeOf(p, "bob").Status = plan.StatusHeld
		now := []license.UserState{holder("ada"), holder("bob"), holder("cay", "E3"), holder("dan", "VISIO"), holder("eve"), holder("fay")}
		s := newTenant(t, now, map[string]int{"E3": 9})
		s.lag = 20 * time.Second
		out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Canary = 1 })
		checkOutcomes(t, out, "ada blocked", "bob held", "cay already", "dan stale", "eve done verified", "fay done verified")
		if out.Cause != nil {
			t.Errorf("cause %v", out.Cause)
		}
		if gap := s.writes[1].at.Sub(s.writes[0].at); gap < 20*time.Second {
			t.Errorf("the second write went out %s after the canary, before it could be seen", gap)
		}
	})
}

// TestSeatOfAChangeThatFailed: reads may lag for longer than anybody waits, so
// that a change which failed may have taken its seat.
func TestSeatOfAChangeThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E3"}})
		rank(p, "ada", "bob")
		s := newTenant(t, users, map[string]int{"E3": 1})
		s.lag = time.Hour
		s.fault = func(*write) *fault { return &fault{err: status(503, ""), after: true} }
		out := carryOut(t, t.Context(), s, p, alone)
		checkOutcomes(t, out, "ada failed", "bob blocked")
		if n := s.writesFor(id("bob")); n != 0 {
			t.Errorf("%d writes were sent for a seat that ada may have", n)
		}
	})
}

// verifications counts what is told of users who were looked at.
type verifications struct {
	apply.Journal
	of map[license.GUID]int
}

func (v *verifications) Verify(seen receipt.Verify) error {
	v.of[seen.User]++
	return v.Journal.Verify(seen)
}

// TestCanaryIsVerifiedOnce: the receipt tells once of each user what was seen,
// also of those who went before all others.
func TestCanaryIsVerifiedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := crowd(t, 5)
		told := &verifications{of: map[license.GUID]int{}}
		carryOut(t, t.Context(), s, p, func(o *apply.Options) {
			told.Journal, o.Journal, o.Canary = o.Journal, told, 2
		})
		for _, c := range p.Changes {
			if n := told.of[c.User.ID]; n != 1 {
				t.Errorf("%s was told of %d times", c.User.UserPrincipalName, n)
			}
		}
	})
}

// full is a journal that has no room for what was seen afterwards.
type full struct{ apply.Journal }

func (full) Verify(receipt.Verify) error { return errLost }

// TestVerificationThatCannotBeWritten: the run says that its receipt has an end
// that was not meant.
func TestVerificationThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := crowd(t, 3)
		var file memory
		o := options(s, &file)
		o.Journal = full{o.Journal}
		out, err := apply.Run(t.Context(), p, o)
		if err != nil || !errors.Is(out.Cause, errLost) || !out.Touched {
			t.Errorf("%v, %+v", err, out)
		}
	})
}

// TestWhatToDoAboutStaleUsers: planning again helps where somebody has changed,
// and not where they are gone; who is called otherwise is to be looked at.
func TestWhatToDoAboutStaleUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob"), holder("cay")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E3"}, "cay": {"E3"}})
		renamed := holder("cay")
		renamed.UserPrincipalName = "kay@contoso.com"
		s := newTenant(t, []license.UserState{holder("ada", "VISIO"), renamed}, map[string]int{"E3": 9, "VISIO": 9})
		out := carryOut(t, t.Context(), s, p, nil)
		for name, want := range map[string]string{
			"ada": "plan again",
			"bob": "",
			"cay": "somebody was renamed, or the plan was edited: plan again and look who is meant",
		} {
			if res := result(t, out, name); res.Outcome != receipt.Stale || res.Hint != want {
				t.Errorf("%s is %s, hint %q, want %q", name, res.Outcome, res.Hint, want)
			}
		}
	})
}
