package layout

import (
	"fmt"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// diffContext is how many lines stand around what differs, as everywhere.
const diffContext = 3

// diffLine is a line of a comparison, without its end.
type diffLine struct {
	op   diffmatchpatch.Operation
	text string
}

// Diff gives what differs between two texts, as unified diffs have it.
// Every line of them has an end.
func Diff(before, after string) []Hunk { return hunksOf(compareLines(before, after)) }

// compareLines compares two texts line by line.
func compareLines(before, after string) []diffLine {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // no clock: the result depends on the texts alone
	a, b, lines := dmp.DiffLinesToRunes(before, after)
	var out []diffLine
	for _, d := range dmp.DiffCharsToLines(dmp.DiffMainRunes(a, b, false), lines) {
		for line := range strings.Lines(d.Text) {
			out = append(out, diffLine{d.Type, strings.TrimSuffix(line, "\n")})
		}
	}
	return out
}

// Hunk is lines of a comparison that stand together.
type Hunk struct {
	lines         []diffLine
	before, after int // the numbers of the first lines, from 1
}

// hunksOf gives what differs, with its context.
func hunksOf(lines []diffLine) []Hunk {
	var out []Hunk
	before, after := 1, 1
	last := -1 // the last line of the last hunk
	for i, line := range lines {
		if shown(lines, i) {
			if last < 0 || last != i-1 {
				out = append(out, Hunk{before: before, after: after})
			}
			out[len(out)-1].lines = append(out[len(out)-1].lines, line)
			last = i
		}
		if line.op != diffmatchpatch.DiffInsert {
			before++
		}
		if line.op != diffmatchpatch.DiffDelete {
			after++
		}
	}
	return out
}

// shown reports a line that differs, or is near one that does.
func shown(lines []diffLine, i int) bool {
	for near := max(0, i-diffContext); near <= min(len(lines)-1, i+diffContext); near++ {
		if lines[near].op != diffmatchpatch.DiffEqual {
			return true
		}
	}
	return false
}

// header gives the line "@@ -1,4 +1,5 @@". A side without a line begins before
// the first, as patch wants it.
func (h Hunk) header() string {
	var before, after int
	for _, line := range h.lines {
		if line.op != diffmatchpatch.DiffInsert {
			before++
		}
		if line.op != diffmatchpatch.DiffDelete {
			after++
		}
	}
	return fmt.Sprintf("@@ -%s +%s @@", span(h.before, before), span(h.after, after))
}

// Lines gives the lines of the hunk, its header first.
func (h Hunk) Lines(style Style) []string {
	out := []string{style.Paint(Faint, h.header())}
	for _, line := range h.lines {
		out = append(out, line.painted(style))
	}
	return out
}

func span(first, count int) string {
	if count == 0 {
		first--
	}
	return fmt.Sprintf("%d,%d", first, count)
}

// painted gives the line with its mark.
func (l diffLine) painted(style Style) string {
	switch l.op {
	case diffmatchpatch.DiffInsert:
		return style.Paint(Good, "+"+l.text)
	case diffmatchpatch.DiffDelete:
		return style.Paint(Bad, "-"+l.text)
	default:
		return " " + l.text
	}
}
