package report

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columns is the number of terminal columns that a safe text takes: wide East
// Asian characters and most emoji take two, combining marks none.
func columns(s string) int {
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

// cell is one field of a table.
type cell struct {
	text string
	tone tone
}

func plainCell(text string) cell { return cell{text: text} }

// align tells to which side the cells of a column are pushed.
type align int

const (
	left align = iota
	right
)

// table lays a few rows out in columns. Rows may be shorter than aligns, not
// longer.
type table struct {
	aligns []align
	rows   [][]cell
}

func (t *table) row(cells ...cell) { t.rows = append(t.rows, cells) }

// lines gives the rows as text.
func (t *table) lines(style Style) []string {
	return slices.Collect(layOut(t.aligns, slices.Values(t.rows), style))
}

// layOut gives rows as text, two spaces between the columns, none at the ends.
// It goes through the rows twice, since all of them decide how wide a column
// is, and keeps none.
func layOut(aligns []align, rows iter.Seq[[]cell], style Style) iter.Seq[string] {
	return func(yield func(string) bool) {
		widths := make([]int, len(aligns))
		for row := range rows {
			for i, c := range row {
				widths[i] = min(maxColumn, max(widths[i], columns(c.text)))
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
func (c cell) padded(to align, width int, style Style) string {
	padding := strings.Repeat(" ", max(0, width-columns(c.text)))
	if to == right {
		return padding + style.paint(c.tone, c.text)
	}
	return style.paint(c.tone, c.text) + padding
}

// trimEmpty leaves empty cells at the end of a row out.
func trimEmpty(row []cell) []cell {
	for len(row) > 0 && row[len(row)-1].text == "" {
		row = row[:len(row)-1]
	}
	return row
}
