package report

import (
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// What a short text shows of long lists. Options.Full shows all.
const (
	shownUsers      = 5  // of a batch
	shownPlans      = 6  // of the service plans that one part of a change turns off or on
	shownGuards     = 8  // the tripped ones first
	shownOrigins    = 5  // lines of the manifests that ask for changes of many
	shownSelections = 8  // those first that cannot be told
	shownSeats      = 8  // products, the short ones first
	shownCosts      = 3  // products
	shownLosses     = 12 // products
	shownEvents     = 2  // of the audit log, the latest first

	leastLosses = 3 // kinds, however full the page is
)

// The size of a short text, about a screenful. Lines that name one thing each
// may be longer; a list of names is cut.
const (
	pageLines   = 55
	listColumns = 100
)

// wording puts the pieces of views into words. It is shared by the text
// formats.
type wording struct {
	style  layout.Style
	full   bool
	losses int // kinds of losses that are shown in any case
	width  int // columns of the terminal; 0: it is none
}

// blocks lays out the blocks of a page, as far as there is room on it with the
// end still to come.
func (w wording) blocks(p *layout.Page, blocks []layout.Block, end func(*layout.Page)) {
	if w.full {
		p.AddWhole(blocks)
		return
	}
	measured := layout.NewPage(io.Discard, w.style)
	measured.Width = w.width
	end(measured)
	p.AddBlocks(blocks, pageLines-p.Length()-1-measured.Length())
}

// columns is how wide a list of names and a long sentence of ours get, also
// where they are for no terminal.
func (w wording) columns() int {
	if w.width > 0 {
		return min(w.width, listColumns)
	}
	return listColumns
}

// most is how many entries of a list are shown.
func (w wording) most(n, limit int) int {
	if w.full {
		return n
	}
	return min(n, limit)
}

// partsText gives "+ Microsoft 365 E5, - Microsoft 365 E3".
func (w wording) partsText(parts []part) string {
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		texts = append(texts, w.style.Paint(p.tone(), string(p.sign)+" "+p.what+w.plansText(p))+tags(p.cause, nil))
	}
	return strings.Join(texts, ", ")
}

// swapText gives "Microsoft 365 E3 -> Microsoft 365 E5": what goes, what comes in
// its place, and what else changes.
func (w wording) swapText(parts []part) string {
	text, before := "", ""
	for i, p := range parts {
		piece := p.what + w.plansText(p)
		switch {
		case p.sign == alters:
			before, piece = ", ", string(p.sign)+" "+piece
		case i > 0 && p.sign != parts[i-1].sign:
			before = " -> "
		case i > 0:
			before = ", "
		}
		text += before + w.style.Paint(signTone(p.sign), piece) + tags(p.cause, nil)
	}
	return text
}

// tags gives " [drift, seat-shortage]", or nothing where nothing is to be said.
func tags(cause string, reasons []string) string {
	if cause != "" {
		reasons = append([]string{cause}, reasons...)
	}
	if len(reasons) == 0 {
		return ""
	}
	return " [" + strings.Join(reasons, ", ") + "]"
}

func signTone(s sign) layout.Tone {
	switch s {
	case gains:
		return layout.Good
	case loses:
		return layout.Bad
	default:
		return layout.Worth
	}
}

// tone is the colour of a part: what a group goes on giving is no loss.
func (p part) tone() layout.Tone {
	if len(p.kept) > 0 {
		return layout.Worth
	}
	return signTone(p.sign)
}

// plansText gives " (YAMMER_ENTERPRISE off; TEAMS1 on)" for a license that is
// altered, " (without YAMMER_ENTERPRISE)" for a new one.
func (w wording) plansText(p part) string {
	if text := w.switched(p); text != "" {
		return " (" + text + ")"
	}
	return ""
}

// switched gives the same without the parentheses.
func (w wording) switched(p part) string {
	if p.sign == gains {
		if len(p.off) == 0 {
			return ""
		}
		return "without " + w.joined(p.off, shownPlans)
	}
	var switched []string
	if len(p.off) > 0 {
		switched = append(switched, w.joined(p.off, shownPlans)+" off")
	}
	if len(p.on) > 0 {
		switched = append(switched, w.joined(p.on, shownPlans)+" on")
	}
	return strings.Join(switched, "; ")
}

// joined gives "A, B and 4 more", or all of a list.
func (w wording) joined(list []string, limit int) string {
	shown := w.most(len(list), limit)
	return andMore(list[:shown], len(list)-shown)
}

// andMore gives "A, B and 4 more", or the list alone.
func andMore(list []string, more int) string {
	text := strings.Join(list, ", ")
	if more > 0 {
		text += " and " + number(more) + " more"
	}
	return text
}

// head begins an entry: the user, or how many there are, and what is said of
// them, and where a manifest says so. Where every user gets a line of their
// own the places stand there.
func (w wording) head(c userList, text string) string {
	var head string
	switch {
	case c.size > 1 && c.isNamed():
		head = counted(c.size, "user") + ": "
	case c.isNamed():
		head = c.at(0).name() + ": "
	}
	if c.size > 1 && w.full {
		return head + text
	}
	if places := sourcesText(c); places != "" {
		text += w.style.Paint(layout.Faint, "  ("+places+")")
	}
	return head + text
}

// sourcesText gives "manifests/sales.yaml:13 and 2 more places", or nothing.
func sourcesText(c userList) string {
	first, others := c.sources()
	if others == 0 {
		return first
	}
	return first + " and " + counted(others, "more place")
}

// list names the users of an entry that is about several: some in one line, or
// all of them, each with the place.
func (w wording) list(c userList, indent string) iter.Seq[string] {
	switch {
	case c.size < 2:
		return lines()
	case w.full:
		return w.everyone(c, indent)
	case !c.isNamed():
		return lines()
	}
	names := c.names(shownUsers)
	line, shown, room := indent+names[0], 1, w.columns()
	if w.width > 0 {
		room -= len(" (999 more: --full)")
	}
	for shown < len(names) && layout.Columns(line)+layout.Columns(names[shown]) < room {
		line += ", " + names[shown]
		shown++
	}
	if more := c.size - shown; more > 0 {
		line += " (" + number(more) + " more: --full)"
	}
	return lines(line)
}

func (w wording) everyone(c userList, indent string) iter.Seq[string] {
	rows := func(yield func([]layout.Cell) bool) {
		for m := range c.all() {
			if !yield([]layout.Cell{layout.Text(m.name()), layout.Toned(m.source.text(), layout.Faint), layout.Text(m.remarksText())}) {
				return
			}
		}
	}
	aligns := []layout.Align{layout.Left, layout.Left, layout.Left}
	return func(yield func(string) bool) {
		for line := range layout.Rows(aligns, rows, w.style) {
			if !yield(indent + line) {
				return
			}
		}
	}
}

// remarksText gives all that is known of one user in one line.
func (m member) remarksText() string {
	var notes []string
	if len(m.waits) > 0 {
		notes = append(notes, waitsText(strings.Join(m.waitsFor(), ", ")))
	}
	for _, e := range m.events(len(m.audit)) {
		notes = append(notes, "in the tenant: "+e.text())
	}
	return strings.Join(notes, "; ")
}

// lines gives lines one by one.
func lines(all ...string) iter.Seq[string] { return slices.Values(all) }

// joinLines gives the lines of each in turn.
func joinLines(all ...iter.Seq[string]) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, each := range all {
			for line := range each {
				if !yield(line) {
					return
				}
			}
		}
	}
}
