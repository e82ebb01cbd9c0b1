package report

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
	var above *findingGroup
	for _, g := range s.groups {
		l.entries = append(l.entries, m.findingEntry(g, above))
		above = g
	}
	return l
}

func (m *planMarkdown) findingEntry(g, above *findingGroup) entry {
	text := findingText(g, above)
	e := entry{forms: []string{"- " + code(g.code) + findingUsers(g.about, shownUsers) + ": " + text + "\n"}}
	if g.about[0].name != "" {
		e.users = len(g.about)
	}
	if m.o.Full && e.users > shownUsers {
		e.forms = append(e.forms, "- "+code(g.code)+findingUsers(g.about, e.users)+": "+text+"\n")
	}
	return e
}

func findingUsers(about crowd, limit int) string {
	if about[0].name == "" {
		return ""
	}
	return " " + crowdMarkdown(about, limit)
}

// findingText gives the message, the places, the cost and what to do.
func findingText(g, above *findingGroup) string {
	text := prose(g.message)
	if first, _ := g.about.places(); first != "" {
		text += " (" + placesMarkdown(g.about) + ")"
	}
	if len(g.related) > 0 {
		text += ", see also " + someCodes(g.related, shownUsers)
	}
	if g.cost != "" {
		text += ", costs " + code(g.cost) + " a month"
	}
	if hint := g.hintAfter(above); hint != "" {
		text += ". Hint: " + prose(hint)
	}
	return text
}
