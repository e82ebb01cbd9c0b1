package layout

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Columns is the number of terminal columns that a safe text takes: wide East
// Asian characters and most emoji take two, combining marks none.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// maxColumn is the widest a column of a table gets. A longer text sticks out of
// its column, and does not widen it for all.
const maxColumn = 60

// Cell is one field of a table.
type Cell struct {
	text string
	tone Tone
}

// Text is a cell without a tone.
func Text(text string) Cell { return Cell{text: text} }

// Toned is a cell with a tone.
func Toned(text string, t Tone) Cell { return Cell{text, t} }

// Align tells to which side the cells of a column are pushed.
type Align int

const (
	Left Align = iota
	Right
)

// Table lays a few rows out in columns. Rows may be shorter than aligns, not
// longer.
type Table struct {
	aligns []Align
	rows   [][]Cell
}

// NewTable makes a table with a column for each alignment.
func NewTable(aligns ...Align) *Table { return &Table{aligns: aligns} }

// Row adds a row.
func (t *Table) Row(cells ...Cell) { t.rows = append(t.rows, cells) }

// Lines gives the rows as text.
func (t *Table) Lines(style Style) []string {
	return slices.Collect(Rows(t.aligns, slices.Values(t.rows), style))
}

// Rows gives rows as text, two spaces between the columns, none at the ends.
// It goes through the rows twice, since all of them decide how wide a column
// is, and keeps none.
func Rows(aligns []Align, rows iter.Seq[[]Cell], style Style) iter.Seq[string] {
	return func(yield func(string) bool) {
		widths := make([]int, len(aligns))
		for row := range rows {
			for i, c := range row {
				widths[i] = min(maxColumn, max(widths[i], Columns(c.text)))
			}
		}
		for row := range rows {
			fields := make([]string, 0, len(row))
			for i, c := range trimEmpty(row) {
				fields = append(fields, c.padded(aligns[i], widths[i], style))
			}
			if !yield(strings.TrimRight(strings.Join(fields, "  "), " ")) {
				return
			}
		}
	}
}

// padded fills a column. It pads before it paints, so that colours do not
// disturb the columns.
func (c Cell) padded(to Align, width int, style Style) string {
	padding := strings.Repeat(" ", max(0, width-Columns(c.text)))
	if to == Right {
		return padding + style.Paint(c.tone, c.text)
	}
	return style.Paint(c.tone, c.text) + padding
}

// trimEmpty leaves empty cells at the end of a row out.
func trimEmpty(row []Cell) []Cell {
	for len(row) > 0 && row[len(row)-1].text == "" {
		row = row[:len(row)-1]
	}
	return row
}
