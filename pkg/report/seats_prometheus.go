package report

import (
	"io"
)

// SeatsPrometheus writes the seats of the products of a tenant as Prometheus
// reads them.
//
// The error is the writer's.
func SeatsPrometheus(w io.Writer, inv Inventory, _ Options) error {
	m := newMetrics(w, inv.Tenant)
	m.family("licensectl_seats", "Units of a product by state.")
	for _, sku := range inv.sorted() {
		product := productLabels(sku.ID, sku.PartNumber)
		for _, n := range []struct {
			state string
			units int
		}{
			{"enabled", sku.Units.Enabled}, {"warning", sku.Units.Warning}, {"suspended", sku.Units.Suspended},
			{"locked_out", sku.Units.LockedOut}, {"consumed", sku.Units.Consumed}, {"available", sku.Units.Available(0)},
		} {
			m.add(n.units, append(product, label{"state", n.state})...)
		}
	}
	return m.end()
}
