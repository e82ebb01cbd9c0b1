package planner

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// preconditions gives what a change rests on; nil where it takes nothing away.
func (c *comparer) preconditions(d *plannedChange) *plan.Preconditions {
	if !d.TakesAway() {
		return nil
	}
	out := &plan.Preconditions{UserPrincipalName: d.User.UserPrincipalName, InForce: c.requiredAssignments(d)}
	out.SelectedBy, out.NotSelectedBy = c.selectors(d.managed)
	grounds, outside := c.reclaimEvidence(d)
	out.Reclaims, out.Mailbox = grounds, d.mailbox
	if outside != nil {
		// Users share the queries of selections.
		out.NotSelectedBy = slices.Concat(out.NotSelectedBy, outside)
		slices.SortFunc(out.NotSelectedBy, plan.Query.Compare)
		out.NotSelectedBy = slices.Compact(out.NotSelectedBy)
	}
	return out
}

// requiredAssignments lists the assignments that have to be in force.
func (c *comparer) requiredAssignments(d *plannedChange) []plan.RequiredAssignment {
	out, user := []plan.RequiredAssignment{}, d.managed.user
	for _, w := range d.managed.wants {
		if direct, held := user.DirectLicense(w.sku.ID); held && direct.InForce() && !d.removes(w.sku.ID) {
			out = append(out, c.requiredAssignment(d, direct))
		} else if !d.adds(w.sku.ID) {
			for _, a := range user.Given(w.sku.ID) {
				if !d.managed.forecast.promised(a) {
					out = append(out, c.requiredAssignment(d, a))
				}
			}
		}
	}
	for _, a := range d.Actions {
		for _, group := range a.KeptBy {
			given := license.Assignment{SKUID: a.SKUID, Group: group}
			if now := pathOf(user, given); now != nil && !d.managed.forecast.promised(*now) {
				out = append(out, c.requiredAssignment(d, *now))
			}
		}
	}
	if len(out) == 0 && !slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd }) {
		// That they do not end with nothing rests on all that they are left with.
		out = c.remains(d)
	}
	order := func(a, b plan.RequiredAssignment) int {
		return cmp.Or(license.CompareGUIDs(a.SKUID, b.SKUID), license.CompareGUIDs(a.Group, b.Group))
	}
	slices.SortFunc(out, order)
	return slices.CompactFunc(out, func(a, b plan.RequiredAssignment) bool { return order(a, b) == 0 })
}

// remains lists the assignments in scope that are in force after a change which
// adds nothing. It never returns nil.
func (b *basis) remains(d *plannedChange) []plan.RequiredAssignment {
	out := []plan.RequiredAssignment{}
	for _, a := range d.managed.user.Assignments {
		if b.scope.Manages(a.SKUID) && a.InForce() && !(a.Direct() && d.removes(a.SKUID)) && !d.managed.forecast.promised(a) {
			out = append(out, b.requiredAssignment(d, a))
		}
	}
	return out
}

// removes reports whether the change takes the direct license of a SKU away.
func (d *plannedChange) removes(sku license.GUID) bool {
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.Op == plan.OpRemove && a.SKUID == sku })
}

func (b *basis) requiredAssignment(d *plannedChange, a license.Assignment) plan.RequiredAssignment {
	out := plan.RequiredAssignment{SKUID: a.SKUID, SKUPartNumber: b.partNumber(a.SKUID), Group: a.Group}
	if !a.Direct() {
		// The group's own change of the plan may come before this one or after it.
		off := slices.Clone(a.DisabledPlans)
		if was := pathOf(d.managed.now, a); was != nil {
			off = append(off, was.DisabledPlans...)
		}
		out.DisabledPlans = append([]license.GUID{}, license.SortedGUIDs(off)...)
	}
	return out
}

// decidingQueries are the queries of the selections whose answers are known, by
// how many of decisivePhases matter; sorted.
type decidingQueries [4][]plan.Query

// decisivePhases are the phases of a selection in which it decides about a user, the
// first before the second; in the third it only keeps them from being unlisted.
func decisivePhases() []plan.Phase { return []plan.Phase{plan.Active, plan.Over, plan.Pending} }

func (b *basis) decidingQueries() decidingQueries {
	var out decidingQueries
	for n := range out {
		for _, s := range b.in.Desired.Selections {
			matters := slices.Contains(decisivePhases()[:n], s.Entry.Window.PhaseOn(b.day))
			if s.Query != (plan.Query{}) && matters && b.in.Observed.Answers[s.Query].Knows(s.Query) {
				out[n] = append(out[n], s.Query)
			}
		}
		slices.SortFunc(out[n], plan.Query.Compare)
		out[n] = slices.Compact(out[n])
	}
	return out
}

// selectors splits the queries that could change what is declared of a user by whether
// they select the user. An entry that holds is stronger than all of them.
func (c *comparer) selectors(s *managedUser) (selected, not []plan.Query) {
	if s.hasOwnEntry {
		return nil, nil
	}
	relevant := c.whom.deciding.about(s)
	for _, q := range relevant {
		if c.in.Observed.Answers[q].Has(s.user.ID) {
			selected = append(selected, q)
		}
	}
	if selected == nil {
		return nil, relevant
	}
	for _, q := range relevant {
		if !slices.Contains(selected, q) {
			not = append(not, q)
		}
	}
	return selected, not
}

// about gives the queries that matter to a user: all for one whom
// nothing lists; those that decide or have decided where what decides has ended.
// Users share the result.
func (q decidingQueries) about(s *managedUser) []plan.Query {
	switch {
	case len(s.entries) == 0 && s.selection == "":
		return q[3]
	case s.phase == plan.Over:
		return q[2]
	}
	return q[1]
}
