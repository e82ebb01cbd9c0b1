package report

import (
	"cmp"
	"fmt"
	"io"
	"iter"

	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// HoldersText writes who holds what for people: a table for each department,
// with a row for every path, and what it costs a month as far as prices are
// known.
//
// The error is the writer's.
func HoldersText(w io.Writer, h Holders, o Options) error {
	v := newHoldersView(h, o)
	p := layout.NewPage(w, o.Style)
	p.Add("Tenant  "+tenantName(h.Tenant, h.Cloud), "Taken   "+h.TakenAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	next, stop := iter.Pull(v.holders())
	defer stop()
	departments, all := v.sums()
	for _, d := range departments {
		p.Title(cmp.Or(Safe(d.department), "No department"))
		t := layout.NewTable(layout.Left, layout.Left, layout.Left, layout.Left, layout.Right, layout.Left)
		t.Row(layout.Text("user"), layout.Text("product"), layout.Text("path"), layout.Text("since"), layout.Text(v.priceHead()))
		for range d.users {
			holder, ok := next()
			if !ok {
				break
			}
			for _, row := range v.cells(holder) {
				t.Row(row...)
			}
		}
		p.Add(t.Lines(o.Style)...)
		p.Add(v.sum(d))
		if p.Failed() {
			break
		}
	}
	p.Gap()
	p.Add(p.Style.Paint(layout.Strong, "All: "+v.sum(all)))
	if err := p.Close(); err != nil {
		return fmt.Errorf("writing who holds what: %w", err)
	}
	return nil
}

// priceHead is the head of the prices; empty where none is known.
func (v holdersView) priceHead() string {
	if v.Currency == "" {
		return ""
	}
	return Safe(v.Currency) + " a month"
}

// cells are the rows of a user. The name stands in the first alone.
func (v holdersView) cells(h holder) [][]layout.Cell {
	name := Safe(h.name)
	if !h.user.AccountEnabled && h.user.Unreadable == "" {
		name += " (disabled)"
	}
	if h.user.Unreadable != "" {
		return [][]layout.Cell{{layout.Text(name), layout.Text(""), layout.Toned("not known: "+Safe(v.text(h.user.Unreadable)), layout.Worth)}}
	}
	var out [][]layout.Cell
	row := func(cells ...layout.Cell) {
		out = append(out, append([]layout.Cell{layout.Text(name)}, cells...))
		name = ""
	}
	for _, p := range h.products {
		product, price := Safe(cmp.Or(p.product, p.partNumber)), ""
		if p.price != nil {
			price = plainAmount(*p.price)
		}
		if len(p.paths) == 0 {
			row(layout.Text(product), layout.Toned("not told", layout.Worth), layout.Text(""), layout.Text(price))
		}
		for _, path := range p.paths {
			since := ""
			if !path.since.IsZero() {
				since = day(path.since)
			}
			row(layout.Text(product), layout.Text(path.inWords()), layout.Text(since), layout.Text(price), path.standing())
			product, price = "", ""
		}
	}
	return out
}

// inWords says by which path somebody holds a product.
func (p licensePath) inWords() string {
	if p.Direct() {
		return "direct"
	}
	return "group " + Safe(cmp.Or(p.groupName, p.Group.String()))
}

// standing says that a path is not in force; nothing where it is.
func (p licensePath) standing() layout.Cell {
	if p.InForce() {
		return layout.Text("")
	}
	return layout.Toned(Safe(p.Standing()), layout.Worth)
}

// sum says what users hold together.
func (v holdersView) sum(s holdersSum) string {
	out := counted(s.users, "user") + ", " + counted(s.seats, "seat")
	if v.Currency == "" {
		return out
	}
	out += ", " + plainAmount(s.cost) + " " + Safe(v.Currency) + " a month"
	if s.unpriced > 0 {
		out += ", not counting " + counted(s.unpriced, "seat") + " without a price"
	}
	return out
}
