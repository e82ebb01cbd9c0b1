package report

import "iter"

// findingPages says how the findings of each severity are laid out as
// markdown, by severityRank.
var findingPages = [...]struct {
	title string
	fold  bool
	keep  int
}{
	{"Errors", false, spareErrors},
	{"Warnings", false, spareWarnings},
	{"Notes", true, spareNotes},
}

// findings is the findings of one severity as a list.
func (m *planMarkdown) findings(s findingsSection) leaf {
	page := findingPages[severityRank(s.severity)]
	l := leaf{notice: "- %s\n", noun: "kind", keep: page.keep, vital: page.keep == spareErrors}
	title := page.title + " (" + number(s.count) + ")"
	if page.fold {
		l.head, l.tail = folded(title), "\n</details>\n"
	} else {
		l.head = "\n#### " + title + "\n\n"
	}
	l.size, l.entry = len(s.groups), func(i int) entry { return m.findingEntry(s, i) }
	return l
}

func (m *planMarkdown) findingEntry(s findingsSection, i int) entry {
	about := m.v.about(s.groups[i])
	e := entry{forms: []form{m.findingForm(s, i, func(yield func(string) bool) { yield(crowdMarkdown(about)) })}}
	if s.groups[i].named {
		e.users = about.size
	}
	if m.o.Full && e.users > shownUsers {
		e.forms = append(e.forms, m.findingForm(s, i, joinLines(lines(usersMarkdown(about)), namesMarkdown(about, 0, about.size))))
	}
	return e
}

// findingForm is a line of the list that names these users, where the finding
// is about users.
func (m *planMarkdown) findingForm(s findingsSection, i int, users iter.Seq[string]) form {
	return pieced(func(yield func(string) bool) {
		g := m.v.findingWords(s, i)
		named := lines()
		if s.groups[i].named {
			named = joinLines(lines(" "), users)
		}
		joinLines(lines("- "+code(g.code)), named, lines(": "+findingText(g, m.v.about(s.groups[i]))+"\n"))(yield)
	})
}

// findingText gives the message, the places, the cost and what to do.
func findingText(g findingWords, about crowd) string {
	text := prose(g.message)
	if first, _ := about.places(); first != "" {
		text += " (" + placesMarkdown(about) + ")"
	}
	if len(g.related) > 0 {
		text += ", see also " + someCodes(g.related, shownUsers)
	}
	if g.cost != "" {
		text += ", costs " + code(g.cost) + " a month"
	}
	if g.newHint != "" {
		text += ". Hint: " + prose(g.newHint)
	}
	return text
}
