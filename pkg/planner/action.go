package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

func compareActions(a, b plan.Action) int {
	return cmp.Or(
		cmp.Compare(rank(a.Op), rank(b.Op)),
		strings.Compare(a.SKUPartNumber, b.SKUPartNumber),
		license.CompareGUIDs(a.SKUID, b.SKUID),
	)
}

// rank is the place of an operation in a change.
func rank(o plan.Op) int {
	return slices.Index([]plan.Op{plan.OpSetUsageLocation, plan.OpRemove, plan.OpUpdate, plan.OpAdd, plan.OpReprocess}, o)
}

// servicePlanRefs names service plans, sorted by name. It never returns nil.
func (b *basis) servicePlanRefs(ids []license.GUID) []plan.PlanRef {
	out := make([]plan.PlanRef, 0, len(ids))
	for _, id := range ids {
		out = append(out, plan.PlanRef{ID: id, Name: cmp.Or(b.servicePlanNames[id], id.String())})
	}
	slices.SortFunc(out, func(a, b plan.PlanRef) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), license.CompareGUIDs(a.ID, b.ID))
	})
	return out
}

// partNumber of a SKU, or its id where the tenant does not list it.
func (b *basis) partNumber(sku license.GUID) string {
	if s, ok := b.catalog.SKU(sku); ok {
		return s.PartNumber
	}
	return sku.String()
}

// state is what the user holds directly of the SKUs in scope.
func (b *basis) state(u *license.UserState) plan.State {
	return plan.StateOf(*u, b.scope)
}
