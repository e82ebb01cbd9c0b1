package layout

// Style is how text is dressed. The zero Style is plain, which every reader
// understands.
type Style int

// The styles.
const (
	Plain Style = iota
	Color       // with ANSI colours, for a terminal that shows them
)

// Tone is the meaning of a piece of text; the style decides what it looks
// like. Tone alone never carries a fact: the words say it too.
type Tone int

const (
	Normal Tone = iota
	Strong
	Good  // something is gained, or in order
	Bad   // something is lost, or wrong
	Worth // worth a look
	Faint
)

// reset ends whatever one of the ansi codes began.
const reset = "\x1b[0m"

// ansi is the SGR sequence of each tone (ECMA-48, 8.3.117).
var ansi = [...]string{
	Normal: "",
	Strong: "\x1b[1m",
	Good:   "\x1b[32m",
	Bad:    "\x1b[31m",
	Worth:  "\x1b[33m",
	Faint:  "\x1b[2m",
}

// Paint dresses a text.
func (s Style) Paint(t Tone, text string) string {
	if s == Plain || t == Normal || text == "" {
		return text
	}
	return ansi[t] + text + reset
}
