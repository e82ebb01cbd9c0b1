package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// unmet lists the products that a user should hold, of which there are assignments
// and none is in force, and which the change does not add: the user may be without
// them, and the change does not alter that.
func (b *basis) unmet(d *plannedChange) []license.GUID {
	s := d.managed
	if !s.manages || len(s.problems) > 0 {
		return nil
	}
	var out []license.GUID
	for _, w := range s.wants {
		sku := w.sku.ID
		assigned := slices.ContainsFunc(s.user.Assignments, func(a license.Assignment) bool { return a.SKUID == sku })
		if assigned && !s.user.Holds(sku) && !d.adds(sku) {
			out = append(out, sku)
		}
	}
	return out
}

// adds reports whether the change assigns a SKU that is not held directly.
func (d *plannedChange) adds(sku license.GUID) bool {
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd && a.SKUID == sku })
}

// checkInForce tells of what a user should hold, is assigned, and is not in
// force. Nothing may be taken from them meanwhile: what looks superfluous may be
// all that they have. What only gives, or sets a usage location, may be the cure.
func (c *comparer) checkInForce(d *plannedChange) {
	s := d.managed
	unmet := c.unmet(d)
	for _, a := range s.user.Assignments {
		if !slices.Contains(unmet, a.SKUID) {
			continue
		}
		w, _ := s.wants.of(a.SKUID)
		c.out.findings.add(finding{
			message: msgNotInForce, user: s.name(), group: a.Group, source: w.asked.SKU.Source,
			args: []any{product(a.SKUID), path(a), a.Standing()},
		})
	}
	if len(unmet) > 0 && (len(d.Actions) == 0 || d.TakesAway()) {
		d.block([]plan.Code{plan.CodeNotInForce})
	}
}

// losesAll reports whether a user who may hold a license in scope ends with
// none that is known to be in force. What is known to give nothing is no loss.
func (b *basis) losesAll(c *plan.Change, s *managedUser) bool {
	before, after := false, false
	for _, a := range s.now.Assignments {
		before = before || b.scope.Manages(a.SKUID) && !a.GivesNothing()
	}
	for _, a := range s.user.Assignments {
		if !b.scope.Manages(a.SKUID) {
			continue
		}
		_, stays := c.After.License(a.SKUID)
		after = after || a.InForce() && (stays || !a.Direct())
	}
	return before && !after && !slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd })
}
