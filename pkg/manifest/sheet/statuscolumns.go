package sheet

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/csvtable"
	"github.com/licensectl/licensectl/pkg/license"
)

// planColumn is a column that is called as a service plan and has its status in
// every row, as scripts for Office 365 export them.
type planColumn struct {
	column int
	name   string // as the header has it
}

// findPlans finds the columns that are called as a service plan, and notes
// those that nothing is read of.
func (r *reader) findPlans() {
	plans := map[string]bool{}
	for _, sku := range r.products.catalog.SKUs() {
		for _, plan := range sku.Plans {
			plans[fold(plan.Name)] = true
		}
	}
	c := r.columns
	read := []int{c.user, c.sku, c.plans, c.location, c.department, c.path}
	for i, name := range r.header {
		switch name = strings.TrimSpace(name); {
		case slices.Contains(read, i) || name == "":
		case plans[fold(name)]:
			r.planColumns = append(r.planColumns, planColumn{i, name})
		default:
			r.unread = append(r.unread, name)
		}
	}
}

// The words for a service plan that is not off: what Graph and the scripts on
// top of it call its provisioning status.
func isPlanOn(status string) bool {
	return slices.Contains(words("success enabled on warning error pendinginput pendingactivation pendingprovisioning"), fold(status))
}

// disabled adds the service plans that have a column of their own and are off
// there. Each belongs to the products of the row that have it.
func (r *reader) disabled(off map[license.GUID][]license.GUID, skus []license.SKU, w csvtable.Row) map[license.GUID][]license.GUID {
	for _, c := range r.planColumns {
		switch status := w.Get(c.column); {
		case isNothing(status) || isPlanOn(status):
		case fold(status) != "disabled" && fold(status) != "off":
			r.report(w.Place(c.column), CodeTable, "%q does not say whether the service plan %s is on", clip(status), c.name).Hint =
				"write Success, Disabled or nothing"
		default:
			found, err := r.products.plans(c.name, skus)
			if err != nil {
				r.report(w.Place(c.column), CodeProduct, "%v", err).Hint = hintOf(err)
			}
			for sku, plans := range found {
				if off == nil {
					off = map[license.GUID][]license.GUID{}
				}
				off[sku] = append(off[sku], plans...)
			}
		}
	}
	return off
}
