package receipt

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// GroupIDs lists the groups of which the run announced a change, sorted; nil: there is
// none.
func (r *Receipt) GroupIDs() []license.GUID {
	var out []license.GUID
	for _, i := range r.GroupIntents {
		out = append(out, i.Group.ID)
	}
	return license.SortedGUIDs(out)
}

// undoGroups gives what the groups that the run has changed should give again: the
// products that it changed as they were, and the others as they are now. Where nobody
// knows what became of a change, what is missing is given back, and nothing is taken
// away. Groups that the tenant does not tell of now are left to the plan.
func (r *Receipt) undoGroups(now []license.Group) ([]plan.DesiredGroup, []plan.NotUndone) {
	var out []plan.DesiredGroup
	var notUndone []plan.NotUndone
	for _, id := range r.GroupIDs() {
		first, last := r.announced(id)
		states := groupStates{before: first.Before, left: last.After, now: groupNow(now, id, r.Run.Scope)}
		doubtful := doubtfulness(false)
		switch res := r.groupResult(id); {
		case res == nil || res.inDoubt():
			doubtful = true
			notUndone = append(notUndone, plan.NotUndone{Group: first.Group})
		case res.Left != nil:
			states.left = *res.Left
		case res.Outcome != Done:
			notUndone = append(notUndone, plan.NotUndone{Group: first.Group, Outcome: strings.ReplaceAll(string(res.Outcome), "_", " ")})
			continue
		}
		out = append(out, states.back(first, doubtful))
	}
	return out, notUndone
}

// groupResult finds what became of a group's change; nil: that is not known.
func (r *Receipt) groupResult(id license.GUID) *GroupResult {
	i := slices.IndexFunc(r.GroupResults, func(res GroupResult) bool { return res.Group.ID == id })
	if i < 0 {
		return nil
	}
	return &r.GroupResults[i]
}

// inDoubt reports whether nobody knows what the group was left with. That the
// service accepted a call is not enough where the group was not seen to give what
// was sent: another change may have overlapped with it, and one of two is lost.
func (r *GroupResult) inDoubt() bool {
	return r.Outcome == Unknown || slices.Contains(r.Reasons, ReasonNotSeen) || !slices.Contains(Outcomes(), r.Outcome)
}

// announced gives the first and the last call of a run about a group.
func (r *Receipt) announced(id license.GUID) (first, last GroupIntent) {
	for _, i := range r.GroupIntents {
		if i.Group.ID != id {
			continue
		}
		if first.Group.ID != id {
			first = i
		}
		last = i
	}
	return first, last
}

// groupNow is what a group gives now of the products in scope; empty where that is not
// told, which takes nothing away.
func groupNow(now []license.Group, id license.GUID, scope plan.Scope) plan.GroupState {
	for _, g := range now {
		if g.ID == id {
			return plan.GroupStateOf(g, scope)
		}
	}
	return plan.GroupState{}
}

// skusOf lists the products of states, sorted, each once.
func skusOf(states ...plan.GroupState) []license.GUID {
	var out []license.GUID
	for _, st := range states {
		for _, l := range st.Licenses {
			out = append(out, l.SKUID)
		}
	}
	return license.SortedGUIDs(out)
}

// groupStates are what a group gave before a run, was left with by it, and gives now.
type groupStates struct{ before, left, now plan.GroupState }

// doubtfulness is whether nobody knows what became of a change.
type doubtfulness bool

// back is the entry of a group whose change is taken back.
func (st groupStates) back(first GroupIntent, doubtful doubtfulness) plan.DesiredGroup {
	entry := plan.DesiredGroup{Group: plan.Ref{Name: first.Group.ID.String(), Source: first.Source}, ManagesLicenses: true}
	for _, sku := range skusOf(st.before, st.left, st.now) {
		if l, wanted := st.backOf(sku, doubtful); wanted {
			entry.Licenses = append(entry.Licenses, exactly(l, first.Source))
		}
	}
	return entry
}

// backOf gives what a group should give again of a product, and whether it should give
// it. What the run did not change stays as it is now.
func (st groupStates) backOf(sku license.GUID, doubtful doubtfulness) (plan.StateLicense, bool) {
	before, gave := st.before.License(sku)
	now, gives := st.now.License(sku)
	left, leaves := st.left.License(sku)
	changed := gave != leaves || gave && !slices.Equal(before.DisabledPlans, left.DisabledPlans)
	switch {
	case !changed:
		return now, gives
	case bool(doubtful) && gives: // nothing is taken away, not even by service plans
		return now, true
	}
	return before, gave
}

// exactly asks for a license with just the service plans that it had.
func exactly(l plan.StateLicense, source plan.Source) plan.DesiredLicense {
	out := plan.DesiredLicense{SKU: plan.Ref{Name: l.SKUID.String(), Source: source}, Plans: plan.PlanChoice{Mode: plan.PlansDisabled}}
	for _, id := range l.DisabledPlans {
		out.Plans.Plans = append(out.Plans.Plans, plan.Ref{Name: id.String(), Source: source})
	}
	return out
}
