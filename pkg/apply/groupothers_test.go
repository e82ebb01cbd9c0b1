package apply_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/plan"
)

// others are what somebody else does in a tenant after it was planned, and how long
// ago that was when the plan is applied.
type others struct {
	edits []func(*groupTenant) error
	told  []string // what each of them is
	since time.Duration
}

func drawOthers(t *rapid.T, w groupWorld) others {
	out := others{since: rapid.SampledFrom([]time.Duration{0, w.options.GroupDelay / 2, 3 * w.options.GroupDelay}).Draw(t, "since")}
	for range rapid.IntRange(1, 3).Draw(t, "edits") {
		group := rapid.SampledFrom([]string{"sales", "office", "pilot"}).Draw(t, "group")
		user := rapid.SampledFrom(namesOf(w.tenant.Users)).Draw(t, "user")
		parts := rapid.SliceOfNDistinct(rapid.SampledFrom(allSKUs), 0, 2, rapid.ID[string]).Draw(t, "products")
		what := rapid.SampledFrom([]string{"joins", "leaves", "group", "user"}).Draw(t, "what")
		out.told = append(out.told, fmt.Sprintln(what, group, user, parts))
		out.edits = append(out.edits, func(g *groupTenant) error {
			switch what {
			case "joins":
				return g.emulator.AddMember(id(group), user)
			case "leaves":
				return g.emulator.RemoveMember(id(group), user)
			case "group":
				return g.emulator.SetGroupLicenses(id(group), gives(parts...)...)
			}
			return g.emulator.SetLicenses(user, gives(parts...)...)
		})
	}
	return out
}

// in lets them act. What the tenant does not take does not happen.
func (o others) in(g *groupTenant) {
	for _, edit := range o.edits {
		_ = edit(g)
	}
	time.Sleep(o.since)
}

// TestOthersBetweenPlanAndApply: whoever has something, keeps it by the plan, and keeps
// it by what others have done since, has it in the end. It takes three tenants: one
// that is only planned and applied, one in which only others act, and one with both.
func TestOthersBetweenPlanAndApply(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawGroupWorld(rt)
		w.options.Groups.CompleteEarly = false // nobody lies
		others := drawOthers(rt, w)
		synctest.Test(t, func(t *testing.T) {
			begin := func() (*groupTenant, *plan.Plan) {
				g := newGroupTenant(t, w.tenant, w.options)
				time.Sleep(2 * time.Minute) // what the tenant began with is processed
				return g, g.makeGroupPlan(w)
			}
			end := func(g *groupTenant) map[string]bool {
				time.Sleep(time.Hour)
				g.emulator.ProcessGroups()
				return g.possessions(w)
			}
			undisturbed, p := begin()
			before := undisturbed.possessions(w)
			out, err := undisturbed.run(t.Context(), p)
			if err != nil || !everythingDone(&out.Receipt) {
				return // what it keeps is not known
			}
			byPlan := end(undisturbed)
			unplanned, _ := begin()
			others.in(unplanned)
			byOthers := end(unplanned)
			both, p := begin()
			others.in(both)
			out, err = both.run(t.Context(), p)
			if err != nil {
				return // nothing was sent
			}
			after := end(both)
			for had := range maps.Keys(before) {
				if byPlan[had] && byOthers[had] && !after[had] && !losesByPlan(p, had) {
					t.Errorf("%s: lost, after others did\n%s%s ago: %v", had, strings.Join(others.told, ""), others.since, groupOutcomes(&out.Receipt))
				}
			}
		})
	})
}

// losesByPlan tells whether a plan says of a member that they lose a product, or a
// service plan of it, by a group, and not that they keep a part; or of a user, that they are to lose their own license
// of it, whatever groups give.
func losesByPlan(p *plan.Plan, had string) bool {
	name, what, _ := strings.Cut(had, " ")
	part, _, _ := strings.Cut(what, "_")
	group := slices.ContainsFunc(p.GroupChanges, func(c plan.GroupChange) bool {
		return c.Status == plan.StatusReady && c.Loses(id(name), id(part)) && (what != part || !c.LosesPart(id(name), id(part)))
	})
	return group || slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
		return c.User.ID == id(name) && slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.SKUID == id(part) && a.TakesAway() && len(a.KeptBy) == 0 })
	})
}
