package report

import (
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// foundRow is a selection of the manifests and how many users it found. All its
// texts are safe.
type foundRow struct {
	Text  string
	Found string // "12 users"
	Place string // "manifests/sales.yaml:7"
	Tone  layout.Tone
}

// foundRows lists the selections, those first that cannot be told, each half in
// the order of the manifests.
func foundRows(p planRows) []foundRow {
	var told, untold []foundRow
	for _, s := range p.head.Selections {
		row := foundRow{Text: Safe(s.Text), Place: sourceName(s.Source), Found: "cannot be told", Tone: layout.Bad}
		if s.Found == nil {
			untold = append(untold, row)
			continue
		}
		row.Found, row.Tone = counted(*s.Found, "user"), layout.Normal
		if *s.Found == 0 {
			row.Found, row.Tone = "nobody", layout.Worth
		}
		told = append(told, row)
	}
	return append(untold, told...)
}

// found says how many users every selection found.
func (t *planText) found() {
	if len(t.v.found) == 0 {
		return
	}
	t.page.Title("SELECTIONS")
	rows := layout.NewTable(layout.Left, layout.Left, layout.Left)
	shown := t.v.found[:t.most(len(t.v.found), shownSelections)]
	for _, s := range shown {
		rows.Row(layout.Text("  "+s.Text), layout.Toned(s.Found, s.Tone), layout.Toned("("+s.Place+")", layout.Faint))
	}
	t.page.Add(rows.Lines(t.style)...)
	t.leftOut(len(t.v.found)-len(shown), "selection")
}

// selections is how many users every selection found, folded away.
func (m *planMarkdown) selections() markdown.Blocks {
	if len(m.v.found) == 0 {
		return nil
	}
	l := markdown.Block{Notice: "| %s | | |\n", Noun: "selection", Keep: spareSelections, Tail: "\n</details>\n"}
	var rows []markdown.Entry
	for _, s := range m.v.found {
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(s.Text), s.Found, markdown.Code(s.Place))))
	}
	l.List(rows)
	l.Head = markdown.Folded("Whom the selections found") + markdown.Head("selection", "found", "")
	return markdown.Blocks{l}
}
