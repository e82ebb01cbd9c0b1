package report

import (
	"iter"
	"strings"

	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// sectionPages says how each section of a plan is laid out as markdown.
var sectionPages = [sectionCount]struct {
	title string
	fold  bool
	keep  int
}{
	losses:    {"Losses", false, spareLosses},
	swaps:     {"Swaps", false, spareSwaps},
	plansOff:  {"Service plans off", false, sparePlansOff},
	moves:     {"Moves to groups", false, spareChanges},
	changes:   {"Other changes", false, spareChanges},
	additions: {"Additions", true, spareAdditions},
	blocked:   {"Blocked", false, spareBlocked},
	held:      {"Held", true, spareHeld},
}

// section is the changes of one kind as a table: who, what and where.
func (m *planMarkdown) section(s section) markdown.Block {
	page := sectionPages[s.kind]
	l := markdown.Block{Notice: "| %s | | |\n", Noun: "kind", Keep: page.keep, Vital: takesAway(s.kind), Whole: takesAway(s.kind)}
	title := page.title + " (" + sectionSize(s) + ")"
	table := markdown.Head("who", "what", "where")
	if page.fold {
		l.Head, l.Tail = markdown.Folded(title)+table, "\n</details>\n"
	} else {
		l.Head = "\n#### " + title + "\n\n" + table
	}
	l.Size, l.Entry = len(s.batches), func(i int) markdown.Entry { return m.batchEntry(s.batches[i], s.kind) }
	return l
}

// takesAway reports a section whose users are named one and all, for they lose
// something.
func takesAway(k sectionKind) bool { return k == losses || k == swaps || k == plansOff }

// manyKinds is the number of kinds of removals above which a sum by product helps
// a reader.
const manyKinds = 10

// lossSum sums up by product what is taken away, where there are many kinds of
// it: so that none of it is missing from a page on which not every kind has room.
func (m *planMarkdown) lossSum() markdown.Blocks {
	removing, kinds := m.v.removing(), 0
	for _, s := range removing {
		kinds += len(s.batches)
	}
	losses := m.v.lossesOf(removing...)
	if kinds <= manyKinds || len(losses) >= kinds {
		return nil
	}
	l := markdown.Block{
		Head:   "\n#### Taken away, by product\n\n" + markdown.Head("product", "users:", "given another:", "keeping none:"),
		Notice: "| %s | | | |\n", Noun: "product", Keep: spareSum, Vital: true,
	}
	rows := make([]markdown.Entry, 0, len(losses))
	for _, each := range losses {
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(each.product), number(each.users), signed("", each.swapped), signed("", each.bare))))
	}
	l.List(rows)
	return markdown.Blocks{l}
}

// batchEntry is a row for the users who change alike, naming some of them; as
// its longer forms a row naming all of them, and a row for each, where that is
// worth it.
func (m *planMarkdown) batchEntry(b *batch, kind sectionKind) markdown.Entry {
	users := m.v.users(b)
	e := markdown.Entry{Users: users.size, Forms: []markdown.Form{func(most int) (string, bool) {
		return markdown.Fixed(m.changeRow(b, users))(most)
	}}}
	if users.size == 1 {
		return e
	}
	all := takesAway(kind) // whoever loses something is named
	if (all || m.o.Full) && users.size > shownUsers {
		e.Forms = append(e.Forms, markdown.Pieced(func(yield func(string) bool) {
			rest := " | " + m.changeText(b) + m.usersText(users) + " | " + sourcesMarkdown(users) + " |\n"
			joinLines(lines("| "), everyoneMarkdown(users), lines(rest))(yield)
		}))
	}
	if m.o.Full || all && users.size <= shownUsers {
		e.Forms = append(e.Forms, markdown.Pieced(func(yield func(string) bool) {
			for u := range users.all() {
				if !yield(m.changeRow(b, alone(u))) {
					return
				}
			}
		}))
	}
	return e
}

// changeRow is what happens to users of a batch.
func (m *planMarkdown) changeRow(b *batch, users userList) string {
	return markdown.Row(someUsers(users), m.changeText(b)+m.usersText(users), sourcesMarkdown(users))
}

// changeText says what happens to the users of a batch.
func (m *planMarkdown) changeText(b *batch) string {
	words := m.v.words(b)
	text := partsMarkdown(words.parts)
	if words.swap {
		text = swapMarkdown(words.parts)
	}
	if words.losesAll {
		text += ", **keeping no direct license**"
	}
	return text + tagsMarkdown(words.cause, words.reasons)
}

// usersText says for whom users wait, and who changed them in the tenant.
func (m *planMarkdown) usersText(users userList) string {
	text := ""
	if first, others := users.waitsFor(shownUsers); len(first) > 0 {
		text += "<br>takes the seat that is given up by " + andMore(markdown.EachCode(first), others)
	}
	if users.size == 1 {
		for _, e := range users.at(0).events(shownEvents) {
			text += "<br>in the tenant: " + e.markdown()
		}
		return text
	}
	var by []string
	for _, t := range users.changedBy() {
		by = append(by, markdown.Code(t.who)+" ("+counted(t.users, "user")+")")
	}
	if len(by) > 0 {
		text += "<br>changed in the tenant by " + some(by, shownUsers)
	}
	return text
}

// markdown gives the time, what was done and by whom.
func (e auditedEvent) markdown() string {
	text := e.at
	if e.activity != "" {
		text += ", " + markdown.Prose(e.activity)
	}
	if e.actor == nobodyKnown {
		return text + ", by " + nobodyKnown
	}
	return text + ", by " + markdown.Code(e.actor)
}

// partsMarkdown gives "+ `Microsoft 365 E5`, - `Microsoft 365 E3`".
func partsMarkdown(parts []part) string {
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		texts = append(texts, signWords(p)+markdown.Code(p.what)+plansMarkdown(p)+tagsMarkdown(p.cause, nil))
	}
	return strings.Join(texts, ", ")
}

// swapMarkdown gives "`Microsoft 365 E3` → `Microsoft 365 E5`".
func swapMarkdown(parts []part) string {
	text, before := "", ""
	for i, p := range parts {
		piece := markdown.Code(p.what) + plansMarkdown(p) + tagsMarkdown(p.cause, nil)
		switch {
		case p.sign == alters:
			before, piece = ", ", signWords(p)+piece
		case i > 0 && p.sign != parts[i-1].sign:
			before = " → "
		case i > 0:
			before = ", "
		}
		text += before + piece
	}
	return text
}

// signWords marks what a part does. A tilde would begin the name of a label on
// GitLab.
func signWords(p part) string {
	switch p.sign {
	case gains:
		return "+ "
	case loses:
		return "- "
	default:
		return "change "
	}
}

func plansMarkdown(p part) string {
	if p.sign == gains {
		if len(p.off) == 0 {
			return ""
		}
		return " without " + someCodes(p.off, shownPlans)
	}
	text := ""
	if len(p.off) > 0 {
		text += ", " + someCodes(p.off, shownPlans) + " off"
	}
	if len(p.on) > 0 {
		text += ", " + someCodes(p.on, shownPlans) + " on"
	}
	return text
}

func tagsMarkdown(cause string, reasons []string) string {
	if cause != "" {
		reasons = append([]string{cause}, reasons...)
	}
	if len(reasons) == 0 {
		return ""
	}
	return " (" + markdown.Codes(reasons) + ")"
}

// some gives "a, b and 4 more".
func some(list []string, limit int) string {
	return wording{}.joined(list, limit)
}

// someCodes is some of a list of names.
func someCodes(names []string, limit int) string {
	shown := min(len(names), limit)
	return andMore(markdown.EachCode(names[:shown]), len(names)-shown)
}

// someUsers names the first users, and counts the others.
func someUsers(users userList) string {
	if users.size == 1 {
		return markdown.Code(users.at(0).name())
	}
	names := markdown.EachCode(users.names(shownUsers))
	return usersMarkdown(users) + andMore(names, users.size-len(names))
}

// usersMarkdown says how many users will be named.
func usersMarkdown(users userList) string { return "**" + counted(users.size, "user") + "**: " }

// namesMarkdown names the users from one on, up to another.
func namesMarkdown(users userList, from, to int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := from; i < to; i++ {
			name := markdown.Code(users.at(i).name())
			if i > from {
				name = ", " + name
			}
			if !yield(name) {
				return
			}
		}
	}
}

// everyoneMarkdown names every user, those beyond the first few folded away.
func everyoneMarkdown(users userList) iter.Seq[string] {
	return joinLines(
		lines(usersMarkdown(users)), namesMarkdown(users, 0, shownUsers),
		lines(" <details><summary>and "+number(users.size-shownUsers)+" more</summary>"), namesMarkdown(users, shownUsers, users.size),
		lines("</details>"))
}

// sourcesMarkdown gives the first place of a list of users, and counts the others.
func sourcesMarkdown(users userList) string {
	first, others := users.sources()
	if first == noSource && others == 0 {
		return first
	}
	if others == 0 {
		return markdown.Code(first)
	}
	return markdown.Code(first) + " and " + counted(others, "more place")
}
