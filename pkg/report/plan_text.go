package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// PlanText writes a plan for people: what it is about, the guards, the changes,
// those first that take something away, the findings, the seats, and at the end
// the summary and what to do next. Where seats are short they stand before the
// changes. Users with the same change are drawn together. It takes about a
// screenful: what does not fit is counted, additions before losses. With
// Options.Full everything is listed.
//
// The error is the writer's.
func PlanText(w io.Writer, p *plan.Plan, o Options) error {
	t := planText{
		v:       newPlanView(p, o),
		wording: o.wording(),
		page:    o.page(w),
		apply:   o.applyCommand(), unsaved: o.hasToBeSaved(),
	}
	t.header()
	t.guards()
	if t.v.isShort() {
		t.seats(t.page)
	}
	t.groups()
	t.found()
	t.origins()
	t.wording.blocks(t.page, t.parts(), t.end)
	t.end(t.page)
	if err := t.page.Close(); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// planText lays a plan out as text.
type planText struct {
	v *planView
	wording
	page    *layout.Page
	apply   string // the command that applies the plan
	unsaved bool   // it has to be saved first
}

func (t *planText) header() {
	about := "Plan    as of " + t.v.asOf + " for " + t.v.managed()
	if t.v.files > 0 {
		about += ", from " + counted(t.v.files, "file")
	}
	t.page.Add("Tenant  "+t.v.tenant, about)
}

// guards shows the guards where there is anything for them to guard.
func (t *planText) guards() {
	if len(t.v.guards) == 0 || t.v.isQuiet() && t.v.applyable {
		return
	}
	t.page.Title("GUARDS")
	rows := layout.NewTable(layout.Left, layout.Left, layout.Left, layout.Left)
	shown := t.v.guards[:t.most(len(t.v.guards), shownGuards)]
	for _, g := range shown {
		rows.Row(layout.Text("  "+guardName(g)), layout.Text(guardCount(g)), layout.Toned(guardVerdict(g)), layout.Toned(g.split, layout.Faint))
	}
	t.page.Add(rows.Lines(t.style)...)
	t.page.Add(t.leftOut(len(t.v.guards)-len(shown), "guard")...)
	if len(t.v.stopping()) > 0 {
		t.page.Add(layout.Wrap("  Nothing is written while a guard is tripped. Approve this plan (see the end), or ask for less. Until then"+
			" every apply refuses it with exit code 5, and the job that runs it fails.", t.columns())...)
	}
}

func guardName(g guardRow) string {
	switch {
	case g.together > 1:
		return g.name + " (" + counted(g.together, "product") + ")"
	case g.sku != "":
		return g.name + " " + g.sku
	default:
		return g.name
	}
}

func guardCount(g guardRow) string {
	switch {
	case g.together > 1:
		return ""
	case g.state == guardOff:
		return number(g.actual)
	default:
		return number(g.actual) + " of " + number(g.limit) + " allowed"
	}
}

// guardInFull gives "4 of 10 allowed: 3 licenses, 1 with a service plan off".
func guardInFull(g guardRow) string {
	if g.split == "" {
		return guardCount(g)
	}
	return guardCount(g) + ": " + g.split
}

func guardVerdict(g guardRow) (string, layout.Tone) {
	switch g.state {
	case guardStops:
		return "TRIPPED", layout.Bad
	case guardApproved:
		return "tripped, approved by " + g.approvedBy, layout.Worth
	case guardOff:
		return "off", layout.Faint
	default:
		return "ok", layout.Good
	}
}

// seats adds the table of seats.
func (t *planText) seats(p *layout.Page) {
	if len(t.v.seats) == 0 {
		return
	}
	p.Title("SEATS")
	rows := layout.NewTable(layout.Left, layout.Right, layout.Right, layout.Right, layout.Right, layout.Right, layout.Left)
	rows.Row(layout.Text("  product"), layout.Text("bought"), layout.Text("used"), layout.Text("freed"),
		layout.Text("needed"), layout.Text("after"))
	shown := t.v.seats[:t.most(len(t.v.seats), shownSeats)]
	for _, s := range shown {
		rows.Row(layout.Text("  "+s.product), layout.Text(number(s.seats.Enabled)), layout.Text(number(s.seats.Consumed)),
			layout.Text(signed("-", s.seats.Remove)), layout.Text(signed("+", s.seats.Add)), layout.Text(number(s.seats.After)),
			layout.Toned(seatsNote(s)))
	}
	p.Add(rows.Lines(t.style)...)
	p.Add(t.leftOut(len(t.v.seats)-len(shown), "product")...)
}

// found says how many users every selection found.
func (t *planText) found() {
	if len(t.v.found) == 0 {
		return
	}
	t.page.Title("SELECTIONS")
	rows := layout.NewTable(layout.Left, layout.Left)
	shown := t.v.found[:t.most(len(t.v.found), shownSelections)]
	for _, s := range shown {
		rows.Row(layout.Toned("  "+s.Found, s.Tone), layout.Text(s.Text+t.style.Paint(layout.Faint, "  ("+s.Place+")")))
	}
	t.page.Add(rows.Lines(t.style)...)
	t.page.Add(t.leftOut(len(t.v.found)-len(shown), "selection")...)
}

// origins says which lines ask for most of the changes.
func (t *planText) origins() {
	if len(t.v.origins) == 0 {
		return
	}
	t.page.Title("ASKED FOR BY")
	rows := layout.NewTable(layout.Right, layout.Left, layout.Left)
	shown := t.v.origins[:t.most(len(t.v.origins), shownOrigins)]
	for _, r := range shown {
		rows.Row(layout.Text("  "+r.Users), layout.Text(r.Does), layout.Text(r.Text+t.style.Paint(layout.Faint, "  ("+r.Place+")")))
	}
	t.page.Add(rows.Lines(t.style)...)
	t.page.Add(t.leftOut(len(t.v.origins)-len(shown), "line")...)
}

// leftOut counts the rows that a table leaves out; nil for none.
func (w wording) leftOut(n int, noun string) []string {
	if n <= 0 {
		return nil
	}
	return []string{"  " + w.style.Paint(layout.Worth, "... and "+counted(n, "more "+noun)+" (--full shows all)")}
}

// signed gives "-5", or nothing for none.
func signed(mark string, n int) string {
	if n == 0 {
		return ""
	}
	return mark + number(n)
}

func seatsNote(s seatsRow) (string, layout.Tone) {
	var notes []string
	if s.short > 0 {
		notes = append(notes, "SHORT "+number(s.short))
	}
	if s.waiting > 0 {
		notes = append(notes, number(s.waiting)+" blocked")
	}
	if s.seats.Warning > 0 {
		notes = append(notes, number(s.seats.Warning)+" expired, not counted")
	}
	if s.short > 0 {
		return strings.Join(notes, ", "), layout.Bad
	}
	return strings.Join(notes, ", "), layout.Normal
}

// end adds what stands behind the changes and findings: the seats where they
// are enough, the sum, the verdict, and how to go on.
func (t *planText) end(p *layout.Page) {
	if !t.v.isShort() {
		t.seats(p)
	}
	p.Gap()
	lines := []string{t.style.Paint(layout.Strong, t.v.sum())}
	if !t.v.isQuiet() {
		lines = append(lines, layout.Wrap(t.style.Paint(layout.Strong, t.v.taken.text()), t.columns())...)
	}
	if t.v.cost != "" {
		lines = append(lines, "Cost: "+t.v.cost+" a month"+t.costs()+".")
	}
	if !t.v.applyable {
		lines = append(lines, t.style.Paint(layout.Bad, "NOT APPLYABLE: "+strings.Join(t.v.obstaclesInShort(), ", ")+"."))
	}
	p.Add(append(lines, "Plan id: "+t.v.planID)...)
	t.howToApprove(p)
}

// costs says in short which products make up the cost, the largest amounts
// first, and whether the sum lacks any: that must not be left out.
func (t *planText) costs() string {
	byAmount := slices.SortedStableFunc(slices.Values(t.v.costs), func(a, b costRow) int {
		return cmp.Compare(max(b.amount, -b.amount), max(a.amount, -a.amount))
	})
	var texts []string
	unpriced := 0
	for _, c := range byAmount {
		texts = append(texts, c.product+" "+c.text())
		unpriced += weight(c.price == "" && c.seats != 0)
	}
	if len(texts) == 0 {
		return ""
	}
	text := ": " + t.joined(texts, shownCosts)
	if unpriced > 0 {
		text += "; " + counted(unpriced, "product") + " without a price " + choose(unpriced, "is", "are") + " not in the sum"
	}
	return text
}

// text gives "+2 seats +114.00".
func (c costRow) text() string {
	text := "+" + counted(c.seats, "seat")
	if c.seats < 0 {
		text = "-" + counted(-c.seats, "seat")
	}
	if c.delta == "" {
		return text + " (no price)"
	}
	return text + " " + c.delta
}

// howToApprove adds the two ways to let exactly this plan pass its guards.
func (t *planText) howToApprove(p *layout.Page) {
	a := t.v.approval
	if a == nil {
		return
	}
	p.Add("", "To let this plan, and no other, pass: have this document reviewed and merged among the manifests, and plan again")
	for _, line := range a.document() {
		p.AddAsIs("  " + line)
	}
	if t.unsaved {
		p.Add("or save it with --out PLAN.json and, at a terminal")
	} else {
		p.Add("or, at a terminal")
	}
	p.AddAsIs("  " + a.command(t.apply))
}
