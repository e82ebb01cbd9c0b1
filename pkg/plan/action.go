package plan

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// TakesAway reports whether the change takes a license away or turns a
// service plan off that was on: users feel both the same.
func (c *Change) TakesAway() bool { return slices.ContainsFunc(c.Actions, Action.TakesAway) }

// TakesAway reports whether the action takes something away from the user.
func (a Action) TakesAway() bool {
	if a.Op != OpUpdate {
		return a.Op == OpRemove
	}
	before := ServicePlanIDs(a.Before.DisabledPlans)
	return slices.ContainsFunc(a.DisabledPlans, func(r PlanRef) bool { return !license.ContainsGUID(before, r.ID) })
}

// lacksBefore reports an action that does not say what it replaces, though it
// replaces something.
func (a Action) lacksBefore() bool { return a.Before == nil && (a.Op == OpUpdate || a.Op == OpRemove) }

// gives reports whether the action assigns a license, or alters one.
func (a Action) gives() bool { return a.Op == OpAdd || a.Op == OpUpdate }

// ServicePlanIDs gives the sorted ids of named service plans. It never returns nil.
func ServicePlanIDs(refs []PlanRef) []license.GUID {
	out := make([]license.GUID, 0, len(refs))
	for _, r := range refs {
		out = append(out, r.ID)
	}
	slices.SortFunc(out, license.CompareGUIDs)
	return out
}

// ids copies sorted ids. It never returns nil.
func ids(sorted []license.GUID) []license.GUID {
	return append([]license.GUID{}, sorted...)
}

// OnlyAwaitsForce reports a change in which there is nothing to do: all that is
// declared is assigned, and some of it is not in force.
func (c Change) OnlyAwaitsForce() bool {
	return len(c.Actions) == 0 && slices.Equal(c.Reasons, []Code{CodeNotInForce})
}
