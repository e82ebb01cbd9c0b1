package report

import (
	"math"
	"strings"
)

// What a short text shows of long lists. Options.Full shows all.
const (
	shownUsers  = 5  // of a group
	shownPlans  = 6  // of the service plans that one part of a change turns off or on
	shownGuards = 10 // the tripped ones first
	shownSeats  = 8  // products, the short ones first
	shownCosts  = 3  // products
	shownLosses = 12 // products
	shownEvents = 2  // of the audit log, the latest first

	leastRemovals = 3 // kinds, however full the page is
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
	style Style
	full  bool
}

// room is the number of lines that are left on the page for blocks, with the
// end still to come.
func (w wording) room(p *page, end []string) int {
	if w.full {
		return math.MaxInt
	}
	return pageLines - len(p.lines) - 1 - len(end)
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
		texts = append(texts, w.style.paint(signTone(p.sign), string(p.sign)+" "+p.what+w.plansText(p))+tags(p.cause, nil))
	}
	return strings.Join(texts, ", ")
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

func signTone(s sign) tone {
	switch s {
	case gains:
		return good
	case loses:
		return bad
	default:
		return worth
	}
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
	text := strings.Join(list[:shown], ", ")
	if more := len(list) - shown; more > 0 {
		text += " and " + number(more) + " more"
	}
	return text
}

// head begins an entry: the user, or how many there are, and what is said of
// them, and where a manifest says so. Where every user gets a line of their
// own the places stand there.
func (w wording) head(c crowd, text string) string {
	var head string
	switch {
	case len(c) > 1 && c[0].name != "":
		head = counted(len(c), "user") + ": "
	case len(c) > 0 && c[0].name != "":
		head = c[0].name + ": "
	}
	if len(c) > 1 && w.full {
		return head + text
	}
	if places := placesText(c); places != "" {
		text += w.style.paint(faint, "  ("+places+")")
	}
	return head + text
}

// placesText gives "manifests/sales.yaml:13 and 2 more places", or nothing.
func placesText(c crowd) string {
	first, others := c.places()
	if others == 0 {
		return first
	}
	return first + " and " + counted(others, "more place")
}

// list names the users of an entry that is about several: some in one line, or
// all of them, each with the place.
func (w wording) list(c crowd, indent string) []string {
	switch {
	case len(c) < 2:
		return nil
	case w.full:
		return w.everyone(c, indent)
	case c[0].name == "":
		return nil
	}
	line, shown := indent+c[0].name, 1
	for shown < min(len(c), shownUsers) && columns(line)+columns(c[shown].name) < listColumns {
		line += ", " + c[shown].name
		shown++
	}
	if more := len(c) - shown; more > 0 {
		line += " (" + number(more) + " more: --full)"
	}
	return []string{line}
}

func (w wording) everyone(c crowd, indent string) []string {
	t := table{aligns: []align{left, left, left}}
	for _, m := range c {
		t.row(plainCell(m.name), cell{m.place, faint}, plainCell(m.notes()))
	}
	lines := t.lines(w.style)
	for i := range lines {
		lines[i] = indent + lines[i]
	}
	return lines
}

// notes gives all that is known of one user in one line.
func (m member) notes() string {
	var notes []string
	if len(m.waits) > 0 {
		notes = append(notes, waitsText(strings.Join(m.waits, ", ")))
	}
	for _, e := range m.audit {
		notes = append(notes, "in the tenant: "+e.text())
	}
	return strings.Join(notes, "; ")
}
