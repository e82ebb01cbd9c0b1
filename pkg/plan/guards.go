package plan

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

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

// ByAllow stands in Guard.ApprovedBy where no reviewed Approval lets a guard
// pass, but Plan.Allowed. No Approval can have that name.
const ByAllow = "--allow"

// Allowed gives the plan with the tripped guards of these names let pass, as an
// approval does that is given when applying. Idle are the names of which no guard
// stops the plan.
func (p *Plan) Allowed(names []GuardName) (out *Plan, idle []GuardName) {
	guards := slices.Clone(p.Guards)
	for _, name := range names {
		used := false
		for i := range guards {
			if g := &guards[i]; g.Name == name && g.Stops() {
				g.ApprovedBy, used = ByAllow, true
			}
		}
		if !used {
			idle = append(idle, name)
		}
	}
	return p.WithGuards(guards), idle
}

// WithGuards gives the plan with other guards, applyable where none of them stops
// it.
func (p *Plan) WithGuards(guards []Guard) *Plan {
	out := *p
	out.Guards, out.Applyable = guards, !slices.ContainsFunc(guards, Guard.Stops)
	return &out
}

// Removes reports whether the ready changes take something away, so that the
// limits of the policy have something to say.
func (p *Plan) Removes() bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Status == StatusReady && c.TakesAway() }) ||
		slices.ContainsFunc(p.GroupChanges, func(c GroupChange) bool { return c.Status == StatusReady && c.TakesAway() })
}

// IsApproved reports whether the plan says that somebody lets it pass a guard.
func (p *Plan) IsApproved() bool {
	return slices.ContainsFunc(p.Guards, func(g Guard) bool { return g.ApprovedBy != "" })
}
