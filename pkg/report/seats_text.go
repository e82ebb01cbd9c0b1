package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// SeatsText writes the products of a tenant as a table for people, sorted by
// part number, with the seats bought, used and free. Products of which more is
// used than bought are marked. Below stand the subscriptions that end, are trials
// or are not in use any more.
//
// The error is the writer's.
func SeatsText(w io.Writer, inv Inventory, o Options) error {
	p := o.page(w)
	p.Add("Tenant  "+tenantName(inv.Tenant, inv.Cloud), "")
	t := layout.NewTable(layout.Left, layout.Left, layout.Right, layout.Right, layout.Right, layout.Right, layout.Right, layout.Left)
	t.Row(layout.Text("part number"), layout.Text("product"), layout.Text("bought"), layout.Text("used"), layout.Text("free"),
		layout.Text("warning"), layout.Text("suspended"))
	rows, over := inv.rows(o.Names), 0
	for _, row := range rows {
		over += weight(row.over > 0)
		t.Row(inventoryCells(row)...)
	}
	p.Add(t.Lines(o.Style)...)
	inv.addSubscriptions(p, o)
	p.Gap()
	p.Add(p.Style.Paint(layout.Strong, inventorySum(len(rows), over)))
	if err := p.Close(); err != nil {
		return fmt.Errorf("writing the seats: %w", err)
	}
	return nil
}

func inventoryCells(row inventoryRow) []layout.Cell {
	u := row.units
	used := layout.Text(number(u.Consumed))
	if row.over > 0 {
		used = layout.Toned(number(u.Consumed), layout.Bad)
	}
	return []layout.Cell{
		layout.Text(row.partNumber), layout.Text(row.product),
		layout.Text(number(u.Enabled)), used, layout.Text(number(u.Available(0))),
		layout.Text(orNothing(u.Warning)), layout.Text(orNothing(u.Suspended)), inventoryNote(row),
	}
}

// orNothing leaves a zero out, so that other numbers catch the eye.
func orNothing(n int) string {
	if n == 0 {
		return ""
	}
	return number(n)
}

func inventoryNote(row inventoryRow) layout.Cell {
	var notes []string
	tone := layout.Normal
	if row.over > 0 {
		notes, tone = append(notes, "OVER by "+number(row.over)), layout.Bad
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
	return layout.Toned(strings.Join(notes, ", "), tone)
}

func inventorySum(products, over int) string {
	sum := counted(products, "product")
	if over > 0 {
		sum += "; " + number(over) + choose(over, " uses", " use") + " more seats than were bought"
	}
	return sum + "."
}
