package apply_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// scenario is a random tenant, what is wanted of it, and what goes wrong.
type scenario struct {
	users   []license.UserState
	want    map[string][]string
	bought  map[string]int
	partial bool
	lag     time.Duration
	faults  map[int]fault              // by the number of the write
	turns   map[license.GUID][2]string // state and error that a user's group licenses come to have after the plan; "gone": none
}

func drawScenario(t *rapid.T) scenario {
	s := scenario{want: map[string][]string{}, bought: map[string]int{}, faults: map[int]fault{}, turns: map[license.GUID][2]string{}}
	products := func(label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(allSKUs), 0, 2, rapid.ID[string]).Draw(t, label)
	}
	used := map[string]int{}
	for i := range rapid.IntRange(1, 10).Draw(t, "users") {
		name := fmt.Sprintf("u%d", i)
		held := products("held")
		u := holder(name, held...)
		if rapid.IntRange(0, 4).Draw(t, "place") == 0 {
			u.UsageLocation = ""
		}
		if rapid.IntRange(0, 2).Draw(t, "group") == 0 {
			part := rapid.SampledFrom(allSKUs).Draw(t, "of the group")
			u = fromGroup(u, "sales", part)
			used[part]++ // there is a seat, should it come to be in force
			s.turn(t, &u)
		}
		s.users, s.want[name] = append(s.users, u), products("want")
		for _, part := range held {
			used[part]++
		}
	}
	for _, part := range allSKUs {
		s.bought[part] = used[part] + rapid.IntRange(0, 3).Draw(t, "spare")
	}
	s.partial = rapid.Bool().Draw(t, "partial")
	s.lag = rapid.SampledFrom([]time.Duration{0, 0, 3 * time.Second, 30 * time.Second}).Draw(t, "lag")
	for range rapid.IntRange(0, 6).Draw(t, "faults") {
		s.faults[rapid.IntRange(1, 12).Draw(t, "at")] = drawFault(t)
	}
	return s
}

// turn lets a user's group license be in some state, and come to another one
// between plan and apply, or to an end.
func (s *scenario) turn(t *rapid.T, u *license.UserState) {
	standings := [][2]string{{"Active", ""}, {"Active", ""}, {"Error", "CountViolation"}, {"ActiveWithError", "Other"}, {"Disabled", ""}, {"", ""}}
	first := rapid.SampledFrom(standings).Draw(t, "standing")
	edit(u, "sales", func(a *license.Assignment) { a.State, a.Error = first[0], first[1] })
	if rapid.IntRange(0, 2).Draw(t, "turns") == 0 {
		s.turns[u.ID] = rapid.SampledFrom(append(standings, [2]string{"gone", ""})).Draw(t, "later")
	}
}

// turned brings the tenant to what it is when the plan is applied.
func (s scenario) turned(tenant *tenant) {
	for id, later := range s.turns {
		u := tenant.users[id]
		edit(u, "sales", func(a *license.Assignment) { a.State, a.Error = later[0], later[1] })
		u.Assignments = slices.DeleteFunc(u.Assignments, func(a license.Assignment) bool { return a.State == "gone" })
	}
}

func drawFault(t *rapid.T) fault {
	after := rapid.Bool().Draw(t, "after")
	switch rapid.SampledFrom([]string{"429", "wait", "409", "400", "5xx", "lost", "new"}).Draw(t, "fault") {
	case "429":
		return fault{err: &graph.Error{Status: http.StatusTooManyRequests}}
	case "wait":
		return fault{err: &graph.Error{Status: http.StatusTooManyRequests, RetryAfter: 20 * time.Second}}
	case "409":
		return fault{err: status(http.StatusConflict, "")}
	case "400":
		return fault{err: status(http.StatusBadRequest, "Error due to concurrent requests being made to the tenant.")}
	case "5xx":
		code := rapid.SampledFrom([]int{500, 502, 503, 504}).Draw(t, "status")
		return fault{err: status(code, ""), after: after}
	case "lost":
		return fault{err: lost(), after: after}
	default:
		return fault{err: status(http.StatusBadRequest, "Something new.")}
	}
}

// TestEveryRunIsTrue plays random faults through: whatever happens, the
// receipt says what the tenant holds, nothing outside the plan is touched,
// seats suffice, and applying again finishes what can be finished.
func TestEveryRunIsTrue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sc := drawScenario(rt)
		synctest.Test(t, func(t *testing.T) {
			p := sc.plan(t)
			s := newTenant(t, sc.users, sc.bought)
			sc.turned(s)
			s.partial, s.lag, s.latency = sc.partial, sc.lag, 50*time.Millisecond
			hit := map[license.GUID]int{}
			s.fault = func(w *write) *fault {
				f, ok := sc.faults[w.total]
				if !ok {
					return nil
				}
				hit[w.user]++
				return &f
			}
			out := carryOut(t, t.Context(), s, p, nil)
			for _, c := range p.Changes {
				sc.checkGrounds(t, s, c)
				checkTruth(t, s, c, result(t, out, strings.TrimSuffix(c.User.UserPrincipalName, "@contoso.com")))
				// One write for the licenses, one for the usage location, one
				// for each fault, and one for what a refused call left undone.
				if n := s.writesFor(c.User.ID); n > 3+hit[c.User.ID] {
					t.Errorf("%s was written %d times with %d faults", c.User.UserPrincipalName, n, hit[c.User.ID])
				}
			}
			s.fault = nil
			time.Sleep(sc.lag)
			again := carryOut(t, t.Context(), s, p, nil)
			for _, res := range again.Receipt.Results {
				_, turned := sc.turns[res.User.ID]
				if res.Outcome != receipt.Done && res.Outcome != receipt.Already && res.Outcome != receipt.Blocked && !(turned && res.Outcome == receipt.Stale) {
					t.Errorf("applied again, %s is %s: %s", res.User.UserPrincipalName, res.Outcome, res.Message)
				}
			}
			for part, n := range sc.bought {
				if used := s.consumed(id(part)); used > n {
					t.Errorf("%d of %d seats of %s are used", used, n, part)
				}
			}
		})
		if t.Failed() {
			rt.Fatalf("with %+v", sc)
		}
	})
}

// checkGrounds fails where something was taken from a user who has not by now
// what they are to have from a group.
func (sc scenario) checkGrounds(t *testing.T, s *tenant, c plan.Change) {
	t.Helper()
	now := s.state(c.User.ID)
	if !slices.ContainsFunc(c.Before.Licenses, func(l plan.StateLicense) bool { return !inState(now, l.SKUID) }) {
		return
	}
	name, _, _ := strings.Cut(c.User.UserPrincipalName, "@")
	for _, part := range sc.want[name] {
		if !inState(c.After, id(part)) && !s.users[c.User.ID].Holds(id(part)) {
			t.Errorf("%s lost something, and %s is not in force", name, part)
		}
	}
}

// checkTruth holds a result against what the tenant holds.
func checkTruth(t *testing.T, s *tenant, c plan.Change, res receipt.Result) {
	t.Helper()
	now := s.state(c.User.ID)
	switch res.Outcome {
	case receipt.Done, receipt.Already:
		if !now.Equal(c.After) {
			t.Errorf("%s is %s, but holds %+v, not %+v", c.User.UserPrincipalName, res.Outcome, now, c.After)
		}
	case receipt.Blocked, receipt.NotAttempted, receipt.Held, receipt.Stale:
		if !now.Equal(c.Before) {
			t.Errorf("%s is %s, but holds %+v, not %+v", c.User.UserPrincipalName, res.Outcome, now, c.Before)
		}
	}
	for _, l := range c.Before.Licenses {
		if inState(c.After, l.SKUID) && !inState(now, l.SKUID) {
			t.Errorf("%s lost %s, which the plan keeps", c.User.UserPrincipalName, l.SKUID)
		}
	}
	for _, l := range now.Licenses {
		if !inState(c.Before, l.SKUID) && !inState(c.After, l.SKUID) {
			t.Errorf("%s got %s, which is not in the plan", c.User.UserPrincipalName, l.SKUID)
		}
	}
}

func inState(st plan.State, sku license.GUID) bool {
	for _, l := range st.Licenses {
		if l.SKUID == sku {
			return true
		}
	}
	return false
}

// plan plans the scenario with the seats that the tenant has.
func (sc scenario) plan(t testing.TB) *plan.Plan {
	return makePlanWithSeats(t, sc.users, sc.want, sc.bought)
}
