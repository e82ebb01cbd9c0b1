package report

import (
	"iter"

	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// findingPages says how the findings of each severity are laid out as
// markdown, by Severity.Rank.
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
func (m *planMarkdown) findings(s findingsSection) markdown.Block {
	page := findingPages[s.severity.Rank()]
	l := markdown.Block{Notice: "- %s\n", Noun: "kind", Keep: page.keep, Vital: page.keep == spareErrors}
	title := page.title + " (" + number(s.count) + ")"
	if page.fold {
		l.Head, l.Tail = markdown.Folded(title), "\n</details>\n"
	} else {
		l.Head = "\n#### " + title + "\n\n"
	}
	l.Size, l.Entry = len(s.batches), func(i int) markdown.Entry { return m.findingEntry(s, i) }
	return l
}

func (m *planMarkdown) findingEntry(s findingsSection, i int) markdown.Entry {
	about := m.v.about(s.batches[i])
	e := markdown.Entry{Forms: []markdown.Form{m.findingForm(s, i, func(yield func(string) bool) { yield(someUsers(about)) })}}
	if s.batches[i].named {
		e.Users = about.size
	}
	if m.o.Full && e.Users > shownUsers {
		e.Forms = append(e.Forms, m.findingForm(s, i, joinLines(lines(usersMarkdown(about)), namesMarkdown(about, 0, about.size))))
	}
	return e
}

// findingForm is a line of the list that names these users, where the finding
// is about users.
func (m *planMarkdown) findingForm(s findingsSection, i int, users iter.Seq[string]) markdown.Form {
	return markdown.Pieced(func(yield func(string) bool) {
		g := m.v.findingWords(s, i)
		named := lines()
		if s.batches[i].named {
			named = joinLines(lines(" "), users)
		}
		joinLines(lines("- "+markdown.Code(g.code)), named, lines(": "+findingText(g, m.v.about(s.batches[i]))+"\n"))(yield)
	})
}

// findingText gives the message, the places, the cost and what to do.
func findingText(g findingWords, about userList) string {
	text := markdown.Prose(g.message)
	if len(g.each) > 0 {
		text += ": " + someCodes(g.each, shownCosts)
	}
	if first, _ := about.sources(); first != "" {
		text += " (" + sourcesMarkdown(about) + ")"
	}
	if len(g.related) > 0 {
		text += ", see also " + someCodes(g.related, shownUsers)
	}
	if g.cost != "" {
		text += ", costs " + markdown.Code(g.cost) + " a month"
	}
	if g.newHint != "" {
		text += ". Hint: " + markdown.Prose(g.newHint)
	}
	return text
}
