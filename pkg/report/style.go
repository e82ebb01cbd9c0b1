package report

// Style is how text is dressed. The zero Style is plain, which every reader
// understands.
type Style int

// The styles.
const (
	Plain Style = iota
	Color       // with ANSI colours, for a terminal that shows them
)

// tone is the meaning of a piece of text; the style decides what it looks
// like. Tone alone never carries a fact: the words say it too.
type tone int

const (
	normal tone = iota
	strong
	good  // something is gained, or in order
	bad   // something is lost, or wrong
	worth // worth a look
	faint
)

// reset ends whatever one of the ansi codes began.
const reset = "\x1b[0m"

// ansi is the SGR sequence of each tone (ECMA-48, 8.3.117).
var ansi = [...]string{
	normal: "",
	strong: "\x1b[1m",
	good:   "\x1b[32m",
	bad:    "\x1b[31m",
	worth:  "\x1b[33m",
	faint:  "\x1b[2m",
}

// paint dresses a text.
func (s Style) paint(t tone, text string) string {
	if s == Plain || t == normal || text == "" {
		return text
	}
	return ansi[t] + text + reset
}
