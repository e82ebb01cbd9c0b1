package cli

import (
	"strings"
)

// helpPage is a help text in the making.
type helpPage struct {
	strings.Builder
	width int // columns of the terminal; 0: lines are as long as they are
}

// narrowest is the width below which lines are not broken any more: a word in
// each line is harder to read than lines that the terminal breaks.
const narrowest = 40

// text writes paragraphs, which are separated by empty lines. On a terminal that
// is too narrow for their lines they are broken anew.
func (p *helpPage) text(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			p.WriteString("\n")
		}
		if p.fits(paragraph) {
			p.WriteString(paragraph + "\n")
			continue
		}
		p.row("", strings.Join(strings.Fields(paragraph), " "))
	}
}

// row writes a text beside its lead; lines that follow begin below the text.
func (p *helpPage) row(lead, text string) {
	line, room := lead, p.width-len(lead)
	if p.width < narrowest || room < narrowest/2 {
		p.WriteString(lead + text + "\n")
		return
	}
	used := 0
	for word := range strings.FieldsSeq(text) {
		length := len([]rune(word))
		switch {
		case used == 0:
		case used+1+length > room:
			p.WriteString(line + "\n")
			line, used = strings.Repeat(" ", len(lead)), 0
		default:
			line += " "
			used++
		}
		line += word
		used += length
	}
	p.WriteString(line + "\n")
}

func (p *helpPage) fits(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if p.width >= narrowest && len([]rune(line)) > p.width {
			return false
		}
	}
	return true
}

// task is something that people want to do, with the verbs for it.
type task struct {
	title string
	verbs []string
}

// tasks lists every verb once, in the order in which they are met.
func tasks() []task {
	return []task{
		{"To begin", []string{"demo", "doctor", "export", "import"}},
		{"To change licenses", []string{"validate", "plan", "show", "apply"}},
		{"To look", []string{"drift", "explain", "seats", "snapshot"}},
		{"For many tenants", []string{"fleet"}},
		{"For manifests, editors and tests", []string{"fmt", "schema", "emulator"}},
		{"About the program", []string{"help", "version", "completion"}},
	}
}
