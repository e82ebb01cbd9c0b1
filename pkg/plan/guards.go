package plan

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// census is what the guards' percentages are taken of: what the managed users
// hold directly of the SKUs in scope, before any change.
type census struct {
	users    int                  // managed by the plan
	licensed int                  // of them, those with a license in scope that is in force, by any path
	licenses int                  // direct licenses in scope
	perSKU   map[license.GUID]int // the same, by SKU
}

func newCensus() census { return census{perSKU: map[license.GUID]int{}} }

// count takes in a managed user.
func (c *census) count(u *license.UserState, scope Scope) {
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

// guards holds the ready changes against the limits of the policy. Turning a
// service plan off counts as a removal: users feel it the same. There is one
// row per guard, and one per SKU that loses something for the guard per SKU.
func (p *planner) guards(changes []*draft, c census) []Guard {
	did := newGuarded()
	losingAll := 0
	for _, d := range changes {
		did.count(&d.Change)
		if d.Status == StatusReady && p.losesAll(d) {
			losingAll++
		}
	}
	g := p.in.Policy.Guards
	out := []Guard{p.guard(GuardMaxRemovals, g.MaxRemovals, did.removals, c.licenses)}
	out = append(out, p.guardsPerSKU(did.perSKU, c)...)
	out = append(out,
		p.guard(GuardMaxUsersLosingAll, g.MaxUsersLosingAll, losingAll, c.licensed),
		p.guard(GuardMaxUsersChanged, g.MaxUsersChanged, did.changed, c.users),
	)
	return out
}

// guarded counts what the guards bound.
type guarded struct {
	changed  int // users
	removals int // licenses taken away, and licenses of which a plan is switched off
	perSKU   map[license.GUID]int
}

func newGuarded() guarded { return guarded{perSKU: map[license.GUID]int{}} }

// count takes in what a change does, if it is ready.
func (g *guarded) count(c *Change) {
	if c.Status != StatusReady {
		return
	}
	g.changed++
	for _, a := range c.Actions {
		if a.TakesAway() {
			g.removals++
			g.perSKU[a.SKUID]++
		}
	}
}

func (p *planner) guardsPerSKU(removals map[license.GUID]int, c census) []Guard {
	limit := p.in.Policy.Guards.MaxRemovalsPerSKU
	if len(removals) == 0 {
		return []Guard{p.guard(GuardMaxRemovalsPerSKU, limit, 0, 0)}
	}
	var out []Guard
	for sku, n := range removals {
		g := p.guard(GuardMaxRemovalsPerSKU, limit, n, c.perSKU[sku])
		g.SKUPartNumber = p.partNumber(sku)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Guard) int { return strings.Compare(a.SKUPartNumber, b.SKUPartNumber) })
	return out
}

// guard compares what a plan does with a limit: the larger of the count and
// the percentage, or a lower one that the options give.
func (p *planner) guard(name GuardName, limit Limit, actual, of int) Guard {
	g := Guard{Name: name, Actual: actual}
	if !limit.Off {
		most := max(limit.Count, int(limit.Percent*float64(of)/100))
		g.Limit = &most
	}
	if tight, given := p.in.Options.Tighten[name]; given && (g.Limit == nil || tight < *g.Limit) {
		g.Limit = &tight
	}
	g.Tripped = g.Limit != nil && actual > *g.Limit
	return g
}

// IdleLimits returns the names, in the order of GuardNames, of which no limit
// that is to tighten a guard does anything: the guard has a lower one already.
func (p *Plan) IdleLimits(tighten map[GuardName]int) []GuardName {
	var idle []GuardName
	for _, name := range GuardNames() {
		limit, given := tighten[name]
		counts := func(g Guard) bool { return g.Name == name && g.Limit != nil && *g.Limit >= limit }
		if given && !slices.ContainsFunc(p.Guards, counts) {
			idle = append(idle, name)
		}
	}
	return idle
}

// approve lets a tripped guard pass that a reviewed Approval names for this
// very plan.
func (p *planner) approve(g *Guard, planID string) {
	if !g.Tripped {
		return
	}
	for _, a := range p.in.Desired.Approvals {
		if a.PlanID == planID && slices.Contains(a.Guards, g.Name) {
			g.ApprovedBy = a.Name
			return
		}
	}
}

// ByAllow stands in Guard.ApprovedBy where no reviewed Approval lets a guard
// pass, but Plan.Allow. No Approval can have that name.
const ByAllow = "--allow"

// Allow lets the tripped guards of these names pass, as an approval does that
// is given when applying. It returns the names of which no guard stops the
// plan.
func (p *Plan) Allow(names []GuardName) (idle []GuardName) {
	for _, name := range names {
		used := false
		for i := range p.Guards {
			if g := &p.Guards[i]; g.Name == name && g.Stops() {
				g.ApprovedBy, used = ByAllow, true
			}
		}
		if !used {
			idle = append(idle, name)
		}
	}
	p.Applyable = !slices.ContainsFunc(p.Guards, Guard.Stops)
	return idle
}
