package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Inventory is the products of one tenant, with their seats.
type Inventory struct {
	Tenant plan.Tenant
	Cloud  string        // global, usgov, usgov-dod or china
	SKUs   []license.SKU // in any order

	// Subscriptions are those of the tenant; nil where nobody asked.
	Subscriptions *license.Subscriptions
}

// sorted gives the products by part number, and by id where two share one.
func (inv Inventory) sorted() []license.SKU {
	return slices.SortedFunc(slices.Values(inv.SKUs), func(a, b license.SKU) int {
		return cmp.Or(strings.Compare(a.PartNumber, b.PartNumber), license.CompareGUIDs(a.ID, b.ID))
	})
}

// inventoryRow is one product, made safe.
type inventoryRow struct {
	partNumber string
	product    string // empty where nobody published a name
	units      license.Units
	over       int    // seats in use that nobody bought
	status     string // empty where it is as it should be
	forCompany bool   // cannot be assigned to users
}

func (inv Inventory) rows(names Names) []inventoryRow {
	rows := make([]inventoryRow, 0, len(inv.SKUs))
	alike := make(map[string]int, len(inv.SKUs)) // how many products have a part number
	for _, sku := range inv.SKUs {
		alike[strings.ToLower(sku.PartNumber)]++
	}
	for _, sku := range inv.sorted() {
		row := inventoryRow{
			partNumber: Safe(sku.PartNumber),
			product:    Safe(productName(sku, names)),
			units:      sku.Units,
			over:       max(0, sku.Units.Consumed-sku.Units.Enabled),
			forCompany: sku.AppliesTo == license.AppliesToCompany,
		}
		if alike[strings.ToLower(sku.PartNumber)] > 1 {
			row.partNumber += " (" + sku.ID.String() + ")"
		}
		if sku.CapabilityStatus != "Enabled" {
			row.status = Safe(sku.CapabilityStatus)
		}
		rows = append(rows, row)
	}
	return rows
}

// productName gives the name of a product, or nothing where nobody published
// one. It is not safe yet.
func productName(sku license.SKU, names Names) string {
	if sku.Name != "" || names == nil {
		return sku.Name
	}
	if name := names.SKUName(sku.ID); name != sku.PartNumber && name != sku.ID.String() {
		return name
	}
	return ""
}
