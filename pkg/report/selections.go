package report

import (
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
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
