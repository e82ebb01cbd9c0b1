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
	"subscriptions", "nextLifecycleDateTime", "seatsThatEnd",
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
		row = append(row, subscriptionCells(inv.subscriptionsOf(sku.ID))...)
		rows = append(rows, row)
	}
	return writeCSV(w, seatsColumns[:], slices.Values(rows))
}

// subscriptionCells are the subscriptions of a product in words, the first day
// on which seats end unless they are renewed, and how many do on that day. What
// is not known is empty.
func subscriptionCells(all []subscription) []string {
	cells := []string{field(subscriptionsInWords(all)), "", ""}
	if first, seats := nextChange(all); first != nil {
		cells[1], cells[2] = day(*first), strconv.Itoa(seats)
	}
	return cells
}
