package report

import "strings"

// sectionPages says how each section of a plan is laid out as markdown.
var sectionPages = [sectionCount]struct {
	title string
	fold  bool
	keep  int
}{
	removals:  {"Removals", false, spareRemovals},
	changes:   {"Changes", false, spareChanges},
	additions: {"Additions", true, spareAdditions},
	blocked:   {"Blocked", false, spareBlocked},
	held:      {"Held", true, spareHeld},
}

// section is the changes of one kind as a table: who, what and where.
func (m *planMarkdown) section(s section) leaf {
	page := sectionPages[s.kind]
	l := leaf{notice: "| %s | | |\n", noun: "kind", keep: page.keep, vital: s.kind == removals, whole: s.kind == removals,
		summed: len(m.losses(s)) > 0}
	title := page.title + " (" + sectionSize(s) + ")"
	table := tableHead("who", "what", "where")
	if page.fold {
		l.head, l.tail = folded(title)+table, "\n</details>\n"
	} else {
		l.head = "\n#### " + title + "\n\n" + table
	}
	for _, g := range s.groups {
		l.entries = append(l.entries, m.groupEntry(g, s.kind))
	}
	return l
}

// manyKinds is the number of kinds of removals above which a sum by product helps
// a reader.
const manyKinds = 10

// losses sums removals up by product, where there are many kinds of them: so
// that nothing that is taken away is missing from a page on which not every kind
// has room.
func (m *planMarkdown) losses(s section) leaves {
	if s.kind != removals {
		return nil
	}
	losses := lossesOf(s)
	if len(s.groups) <= manyKinds || len(losses) >= len(s.groups) {
		return nil
	}
	l := leaf{
		head:   "\n#### Taken away, by product\n\n" + tableHead("product", "users:", "given another:", "keeping none:"),
		notice: "| %s | | | |\n", noun: "product", keep: spareLosses, vital: true,
	}
	for _, each := range losses {
		l.entries = append(l.entries, once(tableRow(code(each.product), number(each.users), signed("", each.swapped), signed("", each.bare))))
	}
	return leaves{l}
}

// groupEntry is a row for the users who change alike, naming some of them; as
// its longer forms a row naming all of them, and a row for each, where that is
// worth it.
func (m *planMarkdown) groupEntry(g *group, kind sectionKind) entry {
	what := m.changeText(g)
	e := entry{users: len(g.users), forms: []string{
		tableRow(crowdMarkdown(g.users, shownUsers), what+m.usersText(g.users), placesMarkdown(g.users)),
	}}
	if len(g.users) == 1 {
		return e
	}
	all := kind == removals // whoever loses something is named
	if (all || m.o.Full) && len(g.users) > shownUsers {
		e.forms = append(e.forms, tableRow(everyoneMarkdown(g.users), what+m.usersText(g.users), placesMarkdown(g.users)))
	}
	if m.o.Full || all && len(g.users) <= shownUsers {
		var rows strings.Builder
		for _, u := range g.users {
			one := crowd{u}
			rows.WriteString(tableRow(code(u.name), what+m.usersText(one), placesMarkdown(one)))
		}
		e.forms = append(e.forms, rows.String())
	}
	return e
}

// changeText says what happens to the users of a group.
func (m *planMarkdown) changeText(g *group) string {
	text := partsMarkdown(g.parts)
	if g.losesAll {
		text += ", **keeping no direct license**"
	}
	return text + tagsMarkdown(g.cause, g.reasons)
}

// usersText says for whom users wait, and who changed them in the tenant.
func (m *planMarkdown) usersText(users crowd) string {
	text := ""
	if waits := users.waitsFor(); len(waits) > 0 {
		text += "<br>takes the seat that is given up by " + someCodes(waits, shownUsers)
	}
	if len(users) == 1 {
		for _, e := range users[0].audit[:min(shownEvents, len(users[0].audit))] {
			text += "<br>in the tenant: " + e.markdown()
		}
		return text
	}
	var by []string
	for _, t := range users.changedBy() {
		by = append(by, code(t.what)+" ("+counted(t.users, "user")+")")
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
		text += ", " + prose(e.activity)
	}
	if e.actor == nobodyKnown {
		return text + ", by " + nobodyKnown
	}
	return text + ", by " + code(e.actor)
}

// partsMarkdown gives "+ `Microsoft 365 E5`, − `Microsoft 365 E3`".
func partsMarkdown(parts []part) string {
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		texts = append(texts, signWords(p)+code(p.what)+plansMarkdown(p)+tagsMarkdown(p.cause, nil))
	}
	return strings.Join(texts, ", ")
}

// signWords marks what a part does. A tilde would begin the name of a label on
// GitLab.
func signWords(p part) string {
	switch p.sign {
	case gains:
		return "+ "
	case loses:
		return "− "
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
	return " (" + codes(reasons) + ")"
}

// some gives "a, b and 4 more".
func some(list []string, limit int) string {
	return wording{}.joined(list, limit)
}

// someCodes is some of a list of names.
func someCodes(names []string, limit int) string {
	shown := min(len(names), limit)
	list := make([]string, len(names))
	for i := range shown {
		list[i] = code(names[i])
	}
	return some(list, limit)
}

// crowdMarkdown names at most so many users, and counts the others.
func crowdMarkdown(users crowd, limit int) string {
	if len(users) == 1 {
		return code(users[0].name)
	}
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.name
	}
	return "**" + counted(len(users), "user") + "**: " + someCodes(names, limit)
}

// everyoneMarkdown names every user, those beyond the first few folded away.
func everyoneMarkdown(users crowd) string {
	var first, others []string
	for i, u := range users {
		if i < shownUsers {
			first = append(first, code(u.name))
		} else {
			others = append(others, code(u.name))
		}
	}
	return "**" + counted(len(users), "user") + "**: " + strings.Join(first, ", ") +
		" <details><summary>and " + number(len(others)) + " more</summary>" + strings.Join(others, ", ") + "</details>"
}

// placesMarkdown gives the first place of a crowd, and counts the others.
func placesMarkdown(users crowd) string {
	first, others := users.places()
	if first == noPlace && others == 0 {
		return first
	}
	if others == 0 {
		return code(first)
	}
	return code(first) + " and " + counted(others, "more place")
}
