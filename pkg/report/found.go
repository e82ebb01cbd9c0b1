package report

// foundRow is a selection of the manifests and how many users it found. All its
// texts are safe.
type foundRow struct {
	Text  string
	Found string // "12 users"
	Place string // "manifests/sales.yaml:7"
	Tone  tone
}

// foundRows lists the selections, those first that cannot be told, each half in
// the order of the manifests.
func foundRows(p planRows) []foundRow {
	var told, untold []foundRow
	for _, s := range p.head.Selections {
		row := foundRow{Text: Safe(s.Text), Place: placeName(s.Source), Found: "cannot be told", Tone: bad}
		if s.Found == nil {
			untold = append(untold, row)
			continue
		}
		row.Found, row.Tone = counted(*s.Found, "user"), normal
		if *s.Found == 0 {
			row.Found, row.Tone = "nobody", worth
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
	t.page.title("SELECTIONS")
	rows := table{aligns: []align{left, left, left}}
	shown := t.v.found[:t.most(len(t.v.found), shownSelections)]
	for _, s := range shown {
		rows.row(plainCell("  "+s.Text), cell{s.Found, s.Tone}, cell{"(" + s.Place + ")", faint})
	}
	t.page.add(rows.lines(t.style)...)
	t.leftOut(len(t.v.found)-len(shown), "selection")
}

// selections is how many users every selection found, folded away.
func (m *planMarkdown) selections() leaves {
	if len(m.v.found) == 0 {
		return nil
	}
	l := leaf{notice: "| %s | | |\n", noun: "selection", keep: spareSelections, tail: "\n</details>\n"}
	var rows []entry
	for _, s := range m.v.found {
		rows = append(rows, once(tableRow(code(s.Text), s.Found, code(s.Place))))
	}
	l.listing(rows)
	l.head = folded("Whom the selections found") + tableHead("selection", "found", "")
	return leaves{l}
}
