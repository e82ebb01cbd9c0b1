package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanText writes a plan for people: what it is about, the guards, the seats,
// then the changes, removals first, the findings, and at the end the summary
// and what to do next. Users with the same change are drawn together. It takes
// about a screenful: what does not fit is counted, additions before removals.
// With Options.Full everything is listed.
//
// The error is the writer's.
func PlanText(w io.Writer, p *plan.Plan, o Options) error {
	t := planText{
		v:       newPlanView(p, o),
		wording: wording{style: o.Style, full: o.Full, losses: o.Losses},
		page:    newPage(w, o.Style),
		apply:   o.applyCommand(), unsaved: o.hasToBeSaved(),
	}
	t.header()
	t.guards()
	t.seats()
	t.found()
	t.origins()
	end := t.end()
	t.wording.blocks(t.page, t.parts(), end)
	t.page.gap()
	t.page.add(end...)
	if err := t.page.close(); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// planText lays a plan out as text.
type planText struct {
	v *planView
	wording
	page    *page
	apply   string // the command that applies the plan
	unsaved bool   // it has to be saved first
}

func (t *planText) header() {
	about := "Plan    as of " + t.v.asOf + " for " + counted(t.v.summary.Users, "user")
	if t.v.files > 0 {
		about += ", from " + counted(t.v.files, "file")
	}
	t.page.add("Tenant  "+t.v.tenant, about)
}

// guards shows the guards where there is anything for them to guard.
func (t *planText) guards() {
	if len(t.v.guards) == 0 || t.v.isQuiet() && t.v.applyable {
		return
	}
	t.page.title("GUARDS")
	rows := table{aligns: []align{left, left, left, left}}
	shown := t.v.guards[:t.most(len(t.v.guards), shownGuards)]
	for _, g := range shown {
		rows.row(plainCell("  "+guardName(g)), plainCell(guardCount(g)), guardVerdict(g), cell{g.split, faint})
	}
	t.page.add(rows.lines(t.style)...)
	t.leftOut(len(t.v.guards)-len(shown), "guard")
	if len(t.v.stopping()) > 0 {
		t.page.add("  Nothing is written while a guard is tripped: apply refuses this plan with exit code 5, in this run",
			"  and in every later one, until it is approved (see the end) or asks for less. The job that runs it",
			"  fails and reports it as any failure.")
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

func guardVerdict(g guardRow) cell {
	switch g.state {
	case guardStops:
		return cell{"TRIPPED", bad}
	case guardApproved:
		return cell{"tripped, approved by " + g.approvedBy, worth}
	case guardOff:
		return cell{"off", faint}
	default:
		return cell{"ok", good}
	}
}

func (t *planText) seats() {
	if len(t.v.seats) == 0 {
		return
	}
	t.page.title("SEATS")
	rows := table{aligns: []align{left, right, right, right, right, right, left}}
	rows.row(plainCell("  product"), plainCell("bought"), plainCell("used"), plainCell("freed"),
		plainCell("needed"), plainCell("after"))
	shown := t.v.seats[:t.most(len(t.v.seats), shownSeats)]
	for _, s := range shown {
		rows.row(plainCell("  "+s.product), plainCell(number(s.seats.Enabled)), plainCell(number(s.seats.Consumed)),
			plainCell(signed("-", s.seats.Remove)), plainCell(signed("+", s.seats.Add)), plainCell(number(s.seats.After)),
			seatsNote(s))
	}
	t.page.add(rows.lines(t.style)...)
	t.leftOut(len(t.v.seats)-len(shown), "product")
}

// leftOut counts the rows that a table leaves out.
func (t *planText) leftOut(n int, noun string) {
	if n > 0 {
		t.page.add("  " + t.style.paint(worth, "... and "+counted(n, "more "+noun)+" (--full shows all)"))
	}
}

// signed gives "-5", or nothing for none.
func signed(mark string, n int) string {
	if n == 0 {
		return ""
	}
	return mark + number(n)
}

func seatsNote(s seatsRow) cell {
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
	note := cell{text: strings.Join(notes, ", ")}
	if s.short > 0 {
		note.tone = bad
	}
	return note
}

// end gives the last lines: the sum, the verdict, and how to go on.
func (t *planText) end() []string {
	lines := []string{t.style.paint(strong, t.v.sum())}
	if !t.v.isQuiet() {
		lines = append(lines, t.style.paint(strong, t.v.taken.text()))
	}
	if t.v.cost != "" {
		lines = append(lines, "Cost: "+t.v.cost+" a month"+t.costs()+".")
	}
	if !t.v.applyable {
		lines = append(lines, t.style.paint(bad, "NOT APPLYABLE: "+strings.Join(t.v.obstaclesInShort(), ", ")+"."))
	}
	lines = append(lines, "Plan id: "+t.v.planID)
	return append(lines, t.howToApprove()...)
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

// howToApprove gives the two ways to let exactly this plan pass its guards.
func (t *planText) howToApprove() []string {
	a := t.v.approval
	if a == nil {
		return nil
	}
	lines := []string{"", "To let this plan, and no other, pass: have this document reviewed and merged among the manifests, and plan again"}
	for _, line := range a.document() {
		lines = append(lines, "  "+line)
	}
	if t.unsaved {
		return append(lines, "or save it with --out PLAN.json and, at a terminal", "  "+a.command(t.apply))
	}
	return append(lines, "or, at a terminal", "  "+a.command(t.apply))
}
