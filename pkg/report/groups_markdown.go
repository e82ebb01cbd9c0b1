package report

import (
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// losingMarkdown names the first members who lose something, and counts the others.
func losingMarkdown(users userList) string {
	names := markdown.EachCode(users.names(shownUsers))
	return losingText + andMore(names, users.size-len(names))
}

// groupBlocks is what changes in what groups give, as a table.
func groupBlocks(v *planView) markdown.Blocks {
	if len(v.groups) == 0 {
		return nil
	}
	l := markdown.Block{
		Head:   "\n#### Groups (" + counted(len(v.groups), "group") + ")\n\n" + markdown.Head("group", "what", "for whom", "where"),
		Notice: "| %s | | | |\n", Noun: "group", Keep: spareLosses, Vital: true,
	}
	var rows []markdown.Entry
	for _, r := range v.groups {
		means := r.means
		if r.takes() {
			means = "**" + means + "**"
		}
		if losing := r.losing(); losing.size > 0 {
			means += "<br>" + losingMarkdown(losing)
		}
		for _, note := range r.notes {
			means += "<br>" + markdown.Code(note)
		}
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(r.name), partsMarkdown(r.parts)+tagsMarkdown("", r.tags), means, markdown.Code(r.place))))
	}
	l.List(rows)
	return markdown.Blocks{l}
}
