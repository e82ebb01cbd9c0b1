package plan

import (
	"cmp"
	"slices"
	"strings"

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

func compareActions(a, b Action) int {
	return cmp.Or(
		cmp.Compare(rank(a.Op), rank(b.Op)),
		strings.Compare(a.SKUPartNumber, b.SKUPartNumber),
		license.CompareGUIDs(a.SKUID, b.SKUID),
	)
}

// rank is the place of an operation in a change.
func rank(o Op) int {
	return slices.Index([]Op{OpSetUsageLocation, OpRemove, OpUpdate, OpAdd}, o)
}

// planRefs names service plans, sorted by name. It never returns nil.
func (p *planner) planRefs(ids []license.GUID) []PlanRef {
	out := make([]PlanRef, 0, len(ids))
	for _, id := range ids {
		out = append(out, PlanRef{ID: id, Name: cmp.Or(p.planNames[id], id.String())})
	}
	slices.SortFunc(out, func(a, b PlanRef) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), license.CompareGUIDs(a.ID, b.ID))
	})
	return out
}

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

// partNumber of a SKU, or its id where the tenant does not list it.
func (p *planner) partNumber(sku license.GUID) string {
	if s, ok := p.catalog.SKU(sku); ok {
		return s.PartNumber
	}
	return sku.String()
}
