package layout

import (
	"regexp"
	"strings"
)

const (
	// narrowest is the width below which lines are not broken: a word in each
	// line is harder to read than what the terminal makes of it.
	narrowest = 40

	// hanging is how much further the rest of a broken line is indented.
	hanging = 4
)

// Wrap breaks a line between words where it is wider than so many columns. What
// follows hangs below the line, indented further than it, so that no word of a
// stranger begins a line where one of ours could. A width of 0 leaves lines as
// they are, and so does one that is too narrow. A word that is wider is not
// broken.
func Wrap(line string, width int) []string {
	if fits(line, width) {
		return []string{line}
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	w := wrapping{width: width, hang: strings.Repeat(" ", min(indent+hanging, width/2))}
	for _, word := range spacedWord.FindAllString(line, -1) {
		w.add(word)
	}
	return append(w.lines, w.line.String())
}

// fits reports a line that is not broken, which nearly every one is. No character
// takes more columns than bytes.
func fits(line string, width int) bool {
	return width < narrowest || len(line) <= width || shownColumns(line) <= width
}

// spacedWord is a word with the spaces in front of it.
var spacedWord = regexp.MustCompile(` *[^ ]+`)

// painting is a sequence that begins or ends a tone.
var painting = regexp.MustCompile("\x1b\\[[0-9]*m")

// shownColumns is what a line takes on a terminal, its colours aside.
func shownColumns(line string) int { return Columns(painting.ReplaceAllString(line, "")) }

// wrapping is a line that is being broken.
type wrapping struct {
	width int
	hang  string

	lines []string
	line  strings.Builder
	used  int    // columns of the line
	open  string // the sequence of the tone that has not ended; empty: none
}

// add takes in a word with the spaces in front of it. A tone ends with its line
// and begins anew on the next, for pagers look at lines one by one.
func (w *wrapping) add(word string) {
	columns := shownColumns(word)
	if w.used > 0 && w.used+columns > w.width {
		if w.open != "" {
			w.line.WriteString(reset)
		}
		w.lines = append(w.lines, w.line.String())
		w.line.Reset()
		word = strings.TrimLeft(word, " ")
		w.line.WriteString(w.hang + w.open)
		w.used, columns = len(w.hang), shownColumns(word)
	}
	w.line.WriteString(word)
	w.used += columns
	for _, sequence := range painting.FindAllString(word, -1) {
		w.open = sequence
		if sequence == reset {
			w.open = ""
		}
	}
}
