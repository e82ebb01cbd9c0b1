package report

import (
	"io"
	"slices"
	"strconv"
)

// seatsColumns are the columns of the products as CSV, under the names that
// the JSON document has.
var seatsColumns = [...]string{
	"skuPartNumber", "skuId", "displayName", "appliesTo", "capabilityStatus",
	"enabled", "warning", "suspended", "lockedOut", "consumed", "available",
}

// SeatsCSV writes the products of a tenant as a table, sorted by part number.
//
// The error is the writer's.
func SeatsCSV(w io.Writer, inv Inventory, o Options) error {
	var rows [][]string
	for _, sku := range inv.sorted() {
		row := []string{field(sku.PartNumber), sku.ID.String(), field(productName(sku, o.Names)), field(string(sku.AppliesTo)), field(sku.CapabilityStatus)}
		for _, n := range []int{
			sku.Units.Enabled, sku.Units.Warning, sku.Units.Suspended, sku.Units.LockedOut, sku.Units.Consumed, sku.Units.Available(0),
		} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return writeCSV(w, seatsColumns[:], slices.Values(rows))
}
