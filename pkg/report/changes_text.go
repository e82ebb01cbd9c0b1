package report

import (
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// The order in which blocks are spared when a plan does not fit on the page.
const (
	keepLosses = iota
	keepSwaps
	keepPlansOff
	keepErrors
	keepChanges
	keepAdditions
	keepBlocked
	keepWarnings
	keepHeld
	keepNotes
)

// sectionLooks says how each section of a plan is laid out.
var sectionLooks = [sectionCount]struct {
	title  string
	marker sign
	tone   layout.Tone
	keep   int
}{
	losses:    {"LOSSES", loses, layout.Bad, keepLosses},
	swaps:     {"SWAPS", swapped, layout.Worth, keepSwaps},
	plansOff:  {"SERVICE PLANS OFF", alters, layout.Bad, keepPlansOff},
	moves:     {"MOVES TO GROUPS", alters, layout.Worth, keepChanges},
	changes:   {"OTHER CHANGES", alters, layout.Worth, keepChanges},
	additions: {"ADDITIONS", gains, layout.Good, keepAdditions},
	blocked:   {"BLOCKED", "!", layout.Bad, keepBlocked},
	held:      {"HELD", "=", layout.Faint, keepHeld},
}

// parts gives the changes and findings of the plan.
func (t *planText) parts() []layout.Block {
	var out []layout.Block
	for _, s := range t.v.sections {
		out = append(out, t.sectionBlock(s))
	}
	for _, f := range t.v.findings {
		out = append(out, t.findingsBlock(f))
	}
	return out
}

func (t *planText) sectionBlock(s section) layout.Block {
	look := sectionLooks[s.kind]
	mark := "  " + t.style.Paint(look.tone, string(look.marker)) + " "
	b := layout.Block{
		Title: look.title + " (" + sectionSize(s) + ")", Keep: look.keep, Size: len(s.batches),
		Item: func(i int) layout.Item {
			return layout.Item{Users: len(s.batches[i].changes), Lines: func(yield func(string) bool) {
				users := t.v.users(s.batches[i])
				head := lines(mark + t.head(users, t.batchText(t.v.words(s.batches[i]))))
				joinLines(head, t.userLines(users))(yield)
			}}
		},
	}
	switch s.kind {
	case losses:
		b.First, b.Least, b.Sum = true, max(leastLosses, t.losses), t.lossLines(t.v.removing()) // while losses are cut no swap is shown
	case swaps:
		b.First, b.Least, b.Sum = true, t.losses, t.lossLines([]section{s})
	case plansOff:
		b.First, b.Least = true, t.losses
	}
	return b
}

// lossLines sums up by product what sections take away, for a page on which not
// all of it has room. Where the kinds are no more than the products they are the
// sum.
func (t *planText) lossLines(sections []section) []string {
	losses, kinds := t.v.lossesOf(sections...), 0
	for _, s := range sections {
		kinds += len(s.batches)
	}
	if len(losses) >= kinds {
		return nil
	}
	return append(t.lossTable(losses), "")
}

// lossTable says product by product what is taken away, and what becomes of the
// users.
func (t *planText) lossTable(losses []loss) []string {
	rows := layout.NewTable(layout.Left, layout.Right, layout.Right, layout.Right)
	head := []layout.Cell{layout.Text("  taken away"), layout.Text("users")}
	anySwapped := slices.ContainsFunc(losses, func(l loss) bool { return l.swapped > 0 })
	anyBare := slices.ContainsFunc(losses, func(l loss) bool { return l.bare > 0 })
	if anySwapped {
		head = append(head, layout.Text("given another"))
	}
	if anyBare {
		head = append(head, layout.Text("keeping none"))
	}
	rows.Row(head...)
	shown := losses[:t.most(len(losses), shownLosses)]
	for _, l := range shown {
		row := []layout.Cell{layout.Toned("  "+l.product, layout.Bad), layout.Text(number(l.users))}
		if anySwapped {
			row = append(row, layout.Text(signed("", l.swapped)))
		}
		if anyBare {
			row = append(row, layout.Text(signed("", l.bare)))
		}
		rows.Row(row...)
	}
	lines := rows.Lines(t.style)
	if rest := losses[len(shown):]; len(rest) > 0 {
		lines = append(lines, "  "+t.style.Paint(layout.Worth, "... and "+counted(licenses(rest), "license")+" of "+
			counted(len(rest), "more product")+" (--full shows all)"))
	}
	return lines
}

// sectionSize says how much a section is, so that it can be held against the
// guards.
func sectionSize(s section) string {
	size := counted(s.users, "user")
	if s.kind == losses && s.licenses > 0 || s.kind == swaps && s.licenses > s.users {
		size = counted(s.licenses, "license") + " of " + size
	}
	if s.plansOff > 0 && s.kind != plansOff {
		size += "; service plans go off for " + number(s.plansOff)
	}
	return size
}

// batchText says what happens to the users of a batch.
func (t *planText) batchText(g changeWords) string {
	text := t.partsText(g.parts)
	if g.swap {
		text = t.swapText(g.parts)
	}
	if g.losesAll {
		text += t.style.Paint(layout.Bad, ", keeping no direct license")
	}
	return text + tags(g.cause, g.reasons)
}

// userLines names the users of a batch, whom they wait for, and who changed
// them in the tenant.
func (t *planText) userLines(users userList) iter.Seq[string] {
	const indent = "      "
	list := t.list(users, indent)
	if users.size > 1 && t.full {
		return list
	}
	var notes []string
	if first, others := users.waitsFor(t.most(math.MaxInt, shownUsers)); len(first) > 0 {
		notes = append(notes, indent+waitsText(andMore(first, others)))
	}
	if users.size == 1 {
		for _, e := range users.at(0).events(t.most(math.MaxInt, shownEvents)) {
			notes = append(notes, indent+"in the tenant: "+e.text())
		}
	} else if by := users.changedBy(); len(by) > 0 {
		notes = append(notes, indent+"changed in the tenant by "+t.joined(countTexts(by), shownUsers))
	}
	return joinLines(list, lines(notes...))
}

// waitsText says for whom a change waits.
func waitsText(names string) string { return "takes the seat that is given up by " + names }

// text gives "2026-11-19 22:10 UTC, Change user license, by bob@contoso.com".
func (e auditedEvent) text() string {
	parts := []string{e.at}
	if e.activity != "" {
		parts = append(parts, e.activity)
	}
	return strings.Join(append(parts, "by "+e.actor), ", ")
}

// countTexts gives "bob@contoso.com (3 users)" for each.
func countTexts(all []userCount) []string {
	out := make([]string, len(all))
	for i, t := range all {
		out[i] = t.who + " (" + counted(t.users, "user") + ")"
	}
	return out
}

// findingLooks says how the findings of each severity are laid out, by
// Severity.Rank.
var findingLooks = [...]struct {
	title string
	tone  layout.Tone
	keep  int
}{
	{"ERRORS", layout.Bad, keepErrors},
	{"WARNINGS", layout.Worth, keepWarnings},
	{"NOTES", layout.Faint, keepNotes},
}

func (t *planText) findingsBlock(s findingsSection) layout.Block {
	look := findingLooks[s.severity.Rank()]
	return layout.Block{
		Title: look.title + " (" + number(s.count) + ")", Keep: look.keep, Least: weight(look.keep == keepErrors), Size: len(s.batches),
		Item: func(i int) layout.Item {
			it := layout.Item{Lines: func(yield func(string) bool) { t.findingLines(s, i)(yield) }}
			if s.batches[i].named {
				it.Users = len(s.batches[i].findings)
			}
			return it
		},
	}
}

func (t *planText) findingLines(s findingsSection, i int) iter.Seq[string] {
	const indent = "      "
	g, about := t.v.findingWords(s, i), t.v.about(s.batches[i])
	message := g.message
	if len(g.each) > 0 {
		message += ": " + t.joined(g.each, shownCosts)
	}
	head := "  " + t.style.Paint(findingLooks[s.severity.Rank()].tone, g.code) + "  " + t.head(about, message)
	var notes []string
	if g.cost != "" {
		notes = append(notes, indent+"costs "+g.cost+" a month")
	}
	if len(g.related) > 0 {
		notes = append(notes, indent+"see also "+t.joined(g.related, shownUsers))
	}
	if g.newHint != "" {
		notes = append(notes, indent+"hint: "+g.newHint)
	}
	return joinLines(lines(head), t.list(about, indent), lines(notes...))
}
