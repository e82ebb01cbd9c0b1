package planner

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
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

// guards holds the ready changes against the limits of the policy. Turning a
// service plan off counts as a removal: users feel it the same. There is one
// row per guard, and one per SKU that loses something for the guard per SKU.
func (p *planner) guards(changes []*draft, c census) []plan.Guard {
	did := plan.NewGuardCounts()
	for _, d := range changes {
		p.tally(&did, d)
	}
	p.warnOfNarrowing(did, c)
	return p.guardsOf(did, c)
}

// tally counts what a change does.
func (p *planner) tally(g *plan.GuardCounts, d *draft) {
	g.Count(&d.Change)
	if d.Status == plan.StatusReady && p.losesAll(d) {
		g.LosingAll++
	}
}

func (p *planner) guardsOf(did plan.GuardCounts, c census) []plan.Guard {
	g := p.in.Policy.Guards
	out := []plan.Guard{p.guard(plan.GuardMaxRemovals, g.MaxRemovals, measureAll(did, c))}
	out = append(out, p.guardsPerSKU(did, c)...)
	return append(out,
		p.guard(plan.GuardMaxUsersLosingAll, g.MaxUsersLosingAll, measure{actual: did.LosingAll, of: c.licensed}),
		p.guard(plan.GuardMaxUsersChanged, g.MaxUsersChanged, measure{actual: did.Changed, of: c.users}),
	)
}

// warnOfNarrowing says what the guards of a plan do not see that options
// narrow: taken user by user, everybody passes.
func (p *planner) warnOfNarrowing(did plan.GuardCounts, c census) {
	if p.leftOut == 0 || did.Removals == 0 {
		return
	}
	f := plan.Finding{
		Severity: plan.SeverityInfo, Code: plan.CodeGuardsNarrowed,
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
		f.Severity = plan.SeverityWarning
		f.Message += "; together with what is left out it would be " + strings.Join(over, ", ")
		f.Hint = "make sure that the whole is meant before you apply it in parts"
	}
	p.findings.add(f)
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

func (p *planner) guardsPerSKU(did plan.GuardCounts, c census) []plan.Guard {
	limit := p.in.Policy.Guards.MaxRemovalsPerSKU
	if len(did.PerSKU) == 0 {
		return []plan.Guard{p.guard(plan.GuardMaxRemovalsPerSKU, limit, measure{})}
	}
	var out []plan.Guard
	for sku := range did.PerSKU {
		g := p.guard(plan.GuardMaxRemovalsPerSKU, limit, measureOf(did, sku, c))
		g.SKUPartNumber = p.partNumber(sku)
		if _, ambiguous := errors.AsType[*license.AmbiguousSKUError](p.resolves(g.SKUPartNumber)); ambiguous {
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
func (p *planner) resolves(name string) error {
	_, err := p.resolveSKU(name)
	return err
}

// guard compares what a plan does with a limit of the policy, or a lower one
// that the options give.
func (p *planner) guard(name plan.GuardName, limit plan.Limit, did measure) plan.Guard {
	g := plan.Guard{Name: name, Actual: did.actual}
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

// approve lets a tripped guard pass that a reviewed Approval names for this
// very plan.
func (p *planner) approve(g *plan.Guard, planID string) {
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
