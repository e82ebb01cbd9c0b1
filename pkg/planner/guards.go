package planner

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// census is what the guards' percentages are taken of: what the managed users
// hold directly of the SKUs in scope, before any change.
type census struct {
	users    int                  // managed by the plan
	members  int                  // others to whom a managed group gives something
	licensed int                  // of them, those with a license in scope that is in force, by any path
	licenses int                  // direct licenses in scope, and those of managed groups
	perSKU   map[license.GUID]int // the same, by SKU
}

func newCensus() census { return census{perSKU: map[license.GUID]int{}} }

// count takes in a managed user.
func (c *census) count(u *license.UserState, scope plan.Scope) {
	c.users++
	holdsAny := false
	for _, a := range u.Assignments {
		if !scope.Manages(a.SKUID) {
			continue
		}
		holdsAny = holdsAny || a.InForce()
		if a.Direct() {
			c.licenses++
			c.perSKU[a.SKUID]++
		}
	}
	if holdsAny {
		c.licensed++
	}
}

// count counts what planned changes do, and what those of groups do to their
// members.
func (b *basis) count(changes []*plannedChange, p *plan.Plan, groups *groupWork) plan.GuardCounts {
	out := plan.NewGuardCounts()
	out.CountGroups(p.GroupChanges)
	for i, d := range changes {
		b.tally(&out, &p.Changes[i], d.managed)
	}
	own := b.ownChanges(groups, changes, func(i int) *plan.Change { return &p.Changes[i] })
	for i := range groups.forecasts.all {
		o := &groups.forecasts.all[i]
		if c := own.of(o); (c == nil || c.Status != plan.StatusReady) && o.isRead() && b.losesAllBy(o, o.future.Assignments) {
			out.LosingAll++
		}
	}
	return out
}

// tally counts what a change does.
func (b *basis) tally(g *plan.GuardCounts, c *plan.Change, s *managedUser) {
	g.Count(c)
	if c.Status == plan.StatusReady && b.losesAll(c, s) {
		g.LosingAll++
	}
}

// guards holds the ready changes against the limits of the policy. Turning a
// service plan off counts as a removal: users feel it the same. There is one
// row per guard, and one per SKU that loses something for the guard per SKU.
func (b *basis) guards(did plan.GuardCounts, c census) []plan.Guard {
	g := b.in.Policy.Guards
	out := []plan.Guard{b.guard(plan.GuardMaxRemovals, g.MaxRemovals, measureAll(did, c))}
	out = append(out, b.guardsPerSKU(did, c)...)
	return append(out,
		b.guard(plan.GuardMaxUsersLosingAll, g.MaxUsersLosingAll, measure{actual: did.LosingAll, of: c.licensed}),
		b.guard(plan.GuardMaxUsersChanged, g.MaxUsersChanged, measure{actual: did.Changed, of: c.users + c.members}),
	)
}

// warnOfNarrowing says what the guards of a plan do not see that options
// narrow: taken user by user, everybody passes.
func (b *basis) warnOfNarrowing(c compared, p *plan.Plan, did plan.GuardCounts) findings {
	left := c.leftOut
	if p.LeftOutGroups != nil {
		left += *p.LeftOutGroups
	}
	if left == 0 || did.Removals == 0 {
		return nil
	}
	c.whole.CountGroups(p.GroupChanges)
	over := slices.DeleteFunc(b.guards(c.whole, c.census), func(g plan.Guard) bool { return !g.Tripped })
	if len(over) == 0 {
		return findings{{message: msgNarrowed}}
	}
	return findings{{message: msgNarrowedOver, args: []any{trippedGuards(over)}}}
}

// measure is what a guard holds against its limit.
type measure struct {
	actual  int // what the plan does
	of      int // what percentages are taken of
	atLeast int // what one user loses, which Limit.Most always lets pass
	swapped int // of actual, what Limit.Most lets pass beside that
}

// measureAll is the measure of the removals of a plan.
func measureAll(g plan.GuardCounts, c census) measure {
	return measure{g.Removals, c.licenses, g.MostOfOne, g.Swapped}
}

// measureOf is the measure of one SKU.
func measureOf(g plan.GuardCounts, sku license.GUID, c census) measure {
	return measure{actual: g.PerSKU[sku], of: c.perSKU[sku], swapped: g.SwappedPerSKU[sku]}
}

// within gives how many a limit that is not off lets pass.
func (m measure) within(l plan.Limit) int {
	share := func(percent float64) int { return int(percent * float64(m.of) / 100) }
	count := l.Count
	if l.Most > 0 && m.of > 0 {
		count = min(count, max(share(l.Most), m.atLeast, 1)+m.swapped)
	}
	return max(count, share(l.Percent))
}

func (b *basis) guardsPerSKU(did plan.GuardCounts, c census) []plan.Guard {
	limit := b.in.Policy.Guards.MaxRemovalsPerSKU
	if len(did.PerSKU) == 0 {
		return []plan.Guard{b.guard(plan.GuardMaxRemovalsPerSKU, limit, measure{})}
	}
	var out []plan.Guard
	for sku := range did.PerSKU {
		g := b.guard(plan.GuardMaxRemovalsPerSKU, limit, measureOf(did, sku, c))
		g.SKUPartNumber = b.partNumber(sku)
		if _, ambiguous := errors.AsType[*license.AmbiguousSKUError](b.resolves(g.SKUPartNumber)); ambiguous {
			g.SKUID = sku
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b plan.Guard) int {
		return cmp.Or(strings.Compare(a.SKUPartNumber, b.SKUPartNumber), license.CompareGUIDs(a.SKUID, b.SKUID))
	})
	return out
}

// resolves says why a name does not stand for one product.
func (b *basis) resolves(name string) error {
	_, err := b.resolveSKU(name)
	return err
}

// guard compares what a plan does with a limit of the policy, or a lower one
// that the options give.
func (b *basis) guard(name plan.GuardName, limit plan.Limit, did measure) plan.Guard {
	g := plan.Guard{Name: name, Actual: did.actual}
	if !limit.Off {
		most := did.within(limit)
		g.Limit = &most
	}
	if tight, given := b.in.Options.Tighten[name]; given && (g.Limit == nil || tight < *g.Limit) {
		g.Limit = &tight
	}
	g.Tripped = g.Limit != nil && did.actual > *g.Limit
	return g
}

// approved lets those of tripped guards pass that a reviewed Approval names for
// this very plan.
func (b *basis) approved(guards []plan.Guard, planID string) []plan.Guard {
	out := slices.Clone(guards)
	for i := range out {
		g := &out[i]
		by := slices.IndexFunc(b.in.Desired.Approvals, func(a plan.Approval) bool { return a.PlanID == planID && slices.Contains(a.Guards, g.Name) })
		if g.Tripped && by >= 0 {
			g.ApprovedBy = b.in.Desired.Approvals[by].Name
		}
	}
	return out
}
