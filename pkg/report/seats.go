package report

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// seatsRow is one product before and after a plan.
type seatsRow struct {
	product string
	seats   plan.Seats
	short   int // seats that are missing, were every change to be done
	waiting int // blocked changes that need a seat
}

// seatsRows lists the products that the plan touches or that are short of
// seats, the short ones first, each half in the order of the plan.
func seatsRows(p planRows, n namer) []seatsRow {
	waiting := waitingFor(p.changeRows)
	var rows []seatsRow
	for _, s := range p.head.Seats {
		row := seatsRow{
			product: n.sku(s.SKUID, s.SKUPartNumber),
			seats:   s,
			waiting: waiting[s.SKUID],
			short:   max(0, s.After+waiting[s.SKUID]-s.Enabled),
		}
		if s.Add > 0 || s.Remove > 0 || row.short > 0 || row.waiting > 0 {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b seatsRow) int {
		return cmp.Compare(weight(b.short > 0), weight(a.short > 0))
	})
	return rows
}

// isShort reports a product of which there are fewer seats than the plan needs.
func (v *planView) isShort() bool {
	return slices.ContainsFunc(v.seats, func(s seatsRow) bool { return s.short > 0 })
}

// waitingFor counts the changes that add each SKU and are blocked for want of
// seats.
func waitingFor(all rows[plan.Change]) map[license.GUID]int {
	out := make(map[license.GUID]int)
	for i := range all.len() {
		c := all.raw(i)
		if c.Status != plan.StatusBlocked || !slices.Contains(c.Reasons, plan.CodeSeatShortage) {
			continue
		}
		for _, a := range c.Actions {
			if a.Op == plan.OpAdd {
				out[a.SKUID]++
			}
		}
	}
	return out
}
