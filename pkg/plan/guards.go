package plan

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
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
	did := NewGuardCounts()
	for _, d := range changes {
		p.tally(&did, d)
	}
	p.warnOfNarrowing(did, c)
	return p.guardsOf(did, c)
}

// tally counts what a change does.
func (p *planner) tally(g *GuardCounts, d *draft) {
	g.Count(&d.Change)
	if d.Status == StatusReady && p.losesAll(d) {
		g.LosingAll++
	}
}

func (p *planner) guardsOf(did GuardCounts, c census) []Guard {
	g := p.in.Policy.Guards
	out := []Guard{p.guard(GuardMaxRemovals, g.MaxRemovals, measureAll(did, c))}
	out = append(out, p.guardsPerSKU(did, c)...)
	return append(out,
		p.guard(GuardMaxUsersLosingAll, g.MaxUsersLosingAll, measure{actual: did.LosingAll, of: c.licensed}),
		p.guard(GuardMaxUsersChanged, g.MaxUsersChanged, measure{actual: did.Changed, of: c.users}),
	)
}

// warnOfNarrowing says what the guards of a plan do not see that options
// narrow: taken user by user, everybody passes.
func (p *planner) warnOfNarrowing(did GuardCounts, c census) {
	if p.leftOut == 0 || did.Removals == 0 {
		return
	}
	f := Finding{
		Severity: SeverityInfo, Code: CodeGuardsNarrowed,
		Message: "the guards count this plan alone: neither what --user, --sku or --cause leave out, nor what earlier runs have taken away",
		Hint:    "a plan without these flags shows what the guards make of the whole",
	}
	var over []string
	for _, g := range p.guardsOf(p.whole, c) {
		if g.Tripped {
			over = append(over, strings.TrimSpace(string(g.Name)+" "+g.Product())+": "+quantity.Text(g.Actual)+" of "+quantity.Text(*g.Limit)+" allowed")
		}
	}
	if len(over) > 0 {
		f.Severity = SeverityWarning
		f.Message += "; together with what is left out it would be " + strings.Join(over, ", ")
		f.Hint = "make sure that the whole is meant before you apply it in parts"
	}
	p.findings.add(f)
}

// GuardCounts is what the guards bound.
type GuardCounts struct {
	Changed   int // users
	Removals  int // licenses taken away, and licenses of which a service plan is switched off
	MostOfOne int // the most removals of one user
	LosingAll int // users who end with no license; Count leaves it alone, since a change does not tell it
	Swapped   int // of the removals, those for which the user gets another product

	PerSKU        map[license.GUID]int // the removals by product
	SwappedPerSKU map[license.GUID]int // of these, those for which the user gets another product
}

// NewGuardCounts gives the counts of no change.
func NewGuardCounts() GuardCounts {
	return GuardCounts{PerSKU: map[license.GUID]int{}, SwappedPerSKU: map[license.GUID]int{}}
}

// Count takes in what a change does, if it is ready.
func (g *GuardCounts) Count(c *Change) {
	if c.Status != StatusReady {
		return
	}
	g.Changed++
	before, swap := g.Removals, c.swaps()
	for _, a := range c.Actions {
		if !a.TakesAway() {
			continue
		}
		g.Removals++
		g.PerSKU[a.SKUID]++
		if swap && a.Op == OpRemove {
			g.Swapped++
			g.SwappedPerSKU[a.SKUID]++
		}
	}
	g.MostOfOne = max(g.MostOfOne, g.Removals-before)
}

// swaps reports a change that gives at least as many products as it takes.
func (c *Change) swaps() bool {
	var s Summary
	s.count(c.Actions)
	return s.Remove > 0 && s.Add >= s.Remove
}

// measure is what a guard holds against its limit.
type measure struct {
	actual  int // what the plan does
	of      int // what percentages are taken of
	atLeast int // what one user loses, which Limit.Most always lets pass
	swapped int // of actual, what Limit.Most lets pass beside that
}

// measureAll is the measure of the removals of a plan.
func measureAll(g GuardCounts, c census) measure {
	return measure{g.Removals, c.licenses, g.MostOfOne, g.Swapped}
}

// measureOf is the measure of one SKU.
func measureOf(g GuardCounts, sku license.GUID, c census) measure {
	return measure{actual: g.PerSKU[sku], of: c.perSKU[sku], swapped: g.SwappedPerSKU[sku]}
}

// within gives how many a limit that is not off lets pass.
func (m measure) within(l Limit) int {
	share := func(percent float64) int { return int(percent * float64(m.of) / 100) }
	count := l.Count
	if l.Most > 0 && m.of > 0 {
		count = min(count, max(share(l.Most), m.atLeast, 1)+m.swapped)
	}
	return max(count, share(l.Percent))
}

func (p *planner) guardsPerSKU(did GuardCounts, c census) []Guard {
	limit := p.in.Policy.Guards.MaxRemovalsPerSKU
	if len(did.PerSKU) == 0 {
		return []Guard{p.guard(GuardMaxRemovalsPerSKU, limit, measure{})}
	}
	var out []Guard
	for sku := range did.PerSKU {
		g := p.guard(GuardMaxRemovalsPerSKU, limit, measureOf(did, sku, c))
		g.SKUPartNumber = p.partNumber(sku)
		if _, ambiguous := errors.AsType[*license.AmbiguousSKUError](p.resolves(g.SKUPartNumber)); ambiguous {
			g.SKUID = sku
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Guard) int {
		return cmp.Or(strings.Compare(a.SKUPartNumber, b.SKUPartNumber), license.CompareGUIDs(a.SKUID, b.SKUID))
	})
	return out
}

// resolves says why a name does not stand for one product.
func (p *planner) resolves(name string) error {
	_, err := p.resolveSKU(name)
	return err
}

// guard compares what a plan does with a limit of the policy, or a lower one
// that the options give.
func (p *planner) guard(name GuardName, limit Limit, did measure) Guard {
	g := Guard{Name: name, Actual: did.actual}
	if !limit.Off {
		most := did.within(limit)
		g.Limit = &most
	}
	if tight, given := p.in.Options.Tighten[name]; given && (g.Limit == nil || tight < *g.Limit) {
		g.Limit = &tight
	}
	g.Tripped = g.Limit != nil && did.actual > *g.Limit
	return g
}

// Product gives the part number of a guard's product, with the id where that
// does not tell it; empty for a guard of the whole plan.
func (g Guard) Product() string {
	if g.SKUID == (license.GUID{}) {
		return g.SKUPartNumber
	}
	return g.SKUPartNumber + " (" + g.SKUID.String() + ")"
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
