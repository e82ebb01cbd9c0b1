package report

import (
	"fmt"
	"io"
	"strings"
)

// SeatsText writes the products of a tenant as a table for people, sorted by
// part number, with the seats bought, used and free. Products of which more is
// used than bought are marked.
//
// The error is the writer's.
func SeatsText(w io.Writer, inv Inventory, o Options) error {
	p := newPage(w, o.Style)
	p.add("Tenant  "+tenantName(inv.Tenant, inv.Cloud), "")
	t := table{aligns: []align{left, left, right, right, right, right, right, left}}
	t.row(plainCell("part number"), plainCell("product"), plainCell("bought"), plainCell("used"), plainCell("free"),
		plainCell("warning"), plainCell("suspended"))
	rows, over := inv.rows(o.Names), 0
	for _, row := range rows {
		over += weight(row.over > 0)
		t.row(inventoryCells(row)...)
	}
	p.add(t.lines(o.Style)...)
	p.gap()
	p.add(p.style.paint(strong, inventorySum(len(rows), over)))
	if err := p.close(); err != nil {
		return fmt.Errorf("writing the seats: %w", err)
	}
	return nil
}

func inventoryCells(row inventoryRow) []cell {
	u := row.units
	used := plainCell(number(u.Consumed))
	if row.over > 0 {
		used.tone = bad
	}
	return []cell{
		plainCell(row.partNumber), plainCell(row.product),
		plainCell(number(u.Enabled)), used, plainCell(number(u.Available(0))),
		plainCell(orNothing(u.Warning)), plainCell(orNothing(u.Suspended)), inventoryNote(row),
	}
}

// orNothing leaves a zero out, so that other numbers catch the eye.
func orNothing(n int) string {
	if n == 0 {
		return ""
	}
	return number(n)
}

func inventoryNote(row inventoryRow) cell {
	var notes []string
	tone := normal
	if row.over > 0 {
		notes, tone = append(notes, "OVER by "+number(row.over)), bad
	}
	if row.units.LockedOut > 0 {
		notes = append(notes, number(row.units.LockedOut)+" locked out")
	}
	if row.status != "" {
		notes = append(notes, row.status)
	}
	if row.forCompany {
		notes = append(notes, "not for users")
	}
	return cell{strings.Join(notes, ", "), tone}
}

func inventorySum(products, over int) string {
	sum := counted(products, "product")
	if over > 0 {
		sum += "; " + number(over) + choose(over, " uses", " use") + " more seats than were bought"
	}
	return sum + "."
}
