package planner

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// preconditions gives what a change rests on; nil where it takes nothing away.
func (p *planner) preconditions(d *draft) *plan.Preconditions {
	if !d.TakesAway() {
		return nil
	}
	out := &plan.Preconditions{UserPrincipalName: d.User.UserPrincipalName, InForce: p.grounds(d)}
	out.SelectedBy, out.NotSelectedBy = p.selectors.of(d.managed)
	return out
}

// grounds lists the assignments that have to be in force.
func (p *planner) grounds(d *draft) []plan.Ground {
	out, user := []plan.Ground{}, d.managed.user
	for _, w := range d.managed.wants {
		if direct, held := user.DirectLicense(w.sku.ID); held && direct.InForce() {
			out = append(out, p.ground(direct))
		} else if !d.adds(w.sku.ID) {
			for _, a := range user.Given(w.sku.ID) {
				out = append(out, p.ground(a))
			}
		}
	}
	if len(out) == 0 && !slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd }) {
		// That they do not end with nothing rests on all that they are left with.
		out = p.remains(d)
	}
	slices.SortFunc(out, func(a, b plan.Ground) int {
		return cmp.Or(license.CompareGUIDs(a.SKUID, b.SKUID), license.CompareGUIDs(a.Group, b.Group))
	})
	return out
}

// remains lists the assignments in scope that are in force after a change which
// adds nothing. It never returns nil.
func (p *planner) remains(d *draft) []plan.Ground {
	out := []plan.Ground{}
	for _, a := range d.managed.user.Assignments {
		if p.scope.Manages(a.SKUID) && a.InForce() && !(a.Direct() && d.removes(a.SKUID)) {
			out = append(out, p.ground(a))
		}
	}
	return out
}

// removes reports whether the change takes the direct license of a SKU away.
func (d *draft) removes(sku license.GUID) bool {
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.Op == plan.OpRemove && a.SKUID == sku })
}

func (p *planner) ground(a license.Assignment) plan.Ground {
	out := plan.Ground{SKUID: a.SKUID, SKUPartNumber: p.partNumber(a.SKUID), Group: a.Group}
	if !a.Direct() {
		out.DisabledPlans = append([]license.GUID{}, a.DisabledPlans...)
	}
	return out
}

// selectors are the queries of the selections whose answers are known, with
// what they say, by what has to be decided.
type selectors struct {
	day      plan.Date
	answers  map[plan.Query]plan.Answer
	all      []plan.Selection
	prepared map[int][]plan.Query // by how many of decisivePhases matter
}

// decisivePhases are the phases of a selection in which it decides about a user, the
// first before the second; in the third it only keeps them from being unlisted.
func decisivePhases() []plan.Phase { return []plan.Phase{plan.Active, plan.Over, plan.Pending} }

// of splits the queries that could change what is declared of a user by whether
// they select the user. An entry that holds is stronger than all of them.
func (s *selectors) of(u *managedUser) (selected, not []plan.Query) {
	if u.hasOwnEntry {
		return nil, nil
	}
	relevant := s.relevant(u)
	for _, q := range relevant {
		if s.answers[q].Has(u.user.ID) {
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

// relevant gives the queries that matter to a user: all for one whom
// nothing lists; those that decide or have decided where what decides has ended.
// Users share the result.
func (s *selectors) relevant(u *managedUser) []plan.Query {
	phases := 1
	switch {
	case len(u.entries) == 0 && u.selection == "":
		phases = 3
	case u.phase == plan.Over:
		phases = 2
	}
	out, known := s.prepared[phases]
	if known {
		return out
	}
	for _, sel := range s.all {
		matters := slices.Contains(decisivePhases()[:phases], sel.Entry.Window.PhaseOn(s.day))
		if sel.Query != (plan.Query{}) && matters && s.answers[sel.Query].Knows(sel.Query) {
			out = append(out, sel.Query)
		}
	}
	slices.SortFunc(out, plan.Query.Compare)
	out = slices.Compact(out)
	if s.prepared == nil {
		s.prepared = map[int][]plan.Query{}
	}
	s.prepared[phases] = out
	return out
}
