package report

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// shownGroups is how many groups a short plan shows, beside all by which members
// lose something.
const shownGroups = 8

// groups shows what changes in what groups give, before the changes of users: one of
// them may be worth a thousand of these.
func (t *planText) groups() {
	if len(t.v.groups) == 0 {
		return
	}
	t.page.Title("GROUPS (" + counted(len(t.v.groups), "group") + ")")
	shown := 0
	for i, r := range t.v.groups {
		if i >= t.most(len(t.v.groups), shownGroups) && !r.takes() {
			break
		}
		shown++
		t.page.Add(append(t.groupLines(r), t.losingLines(r)...)...)
	}
	t.page.Add(t.leftOut(len(t.v.groups)-shown, "group")...)
}

// losingLines name the members who lose something: the first of them on one line, or
// everybody.
func (w wording) losingLines(r groupRow) []string {
	const indent = "      "
	switch users := r.losing(); {
	case users.size == 0:
		return nil
	case users.size == 1:
		return []string{indent + losingText + users.at(0).name()}
	case w.full:
		return append([]string{indent + strings.TrimSpace(losingText)}, slices.Collect(w.everyone(users, indent+"  "))...)
	default:
		return slices.Collect(w.list(users, indent+losingText))
	}
}

func (t *planText) groupLines(r groupRow) []string {
	tone := layout.Good
	switch {
	case r.takes():
		tone = layout.Bad
	case r.sign() != gains:
		tone = layout.Worth
	}
	head := "  " + t.style.Paint(tone, string(r.sign())) + " " + r.name
	if len(r.parts) > 0 {
		head += ": " + t.partsText(r.parts)
	}
	means := r.means
	if r.takes() {
		means = t.style.Paint(layout.Bad, means)
	}
	out := []string{head + tags("", r.tags), "      " + means + " " + t.style.Paint(layout.Faint, "("+r.place+")")}
	for _, note := range r.notes {
		out = append(out, "      "+note)
	}
	return out
}
