package report

import (
	"io"
	"strconv"
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
	inv.subscriptionMetrics(m)
	return m.end()
}

// subscriptionMetrics writes the seats of the subscriptions by what they are,
// and when they end unless they are renewed.
func (inv Inventory) subscriptionMetrics(m *metrics) {
	if inv.Subscriptions == nil || inv.Subscriptions.Untold != "" {
		return
	}
	m.family("licensectl_subscription_seats", "Units of subscriptions by status and by the day on which they end unless renewed.")
	for _, sku := range inv.sorted() {
		for _, s := range sameTerms(inv.subscriptionsOf(sku.ID)) {
			ends := ""
			if s.Changes != nil {
				ends = day(*s.Changes)
			}
			m.add(s.Seats, append(productLabels(sku.ID, sku.PartNumber), label{"status", s.Status}, label{"trial", strconv.FormatBool(s.Trial)}, label{"ends", ends})...)
		}
	}
	m.family("licensectl_subscription_ends_timestamp_seconds", "The first day on which enabled seats of a product end unless renewed.")
	for _, sku := range inv.sorted() {
		if first, _ := nextChange(inv.subscriptionsOf(sku.ID)); first != nil {
			m.add(int(first.Unix()), productLabels(sku.ID, sku.PartNumber)...)
		}
	}
}
