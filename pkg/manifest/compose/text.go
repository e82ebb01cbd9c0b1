package compose

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
)

// maxComment bounds what a stranger's text takes of a comment, in characters.
const maxComment = 120

// Comment makes a text of a stranger good for the rest of a line behind "# ":
// nothing in it ends the line, acts on what shows it, or is a command to a CI
// system. White space is one blank.
func Comment(text string) string { return safetext.Line(inOneLine(text), maxComment) }

// inOneLine makes white space one blank. Nearly every text is that way already, and is
// not written again.
func inOneLine(text string) string {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c >= utf8.RuneSelf, c == ' ' && (i == 0 || i == len(text)-1 || text[i-1] == ' '):
			return strings.Join(strings.Fields(text), " ")
		}
	}
	return text
}

// Scalar writes a text as YAML: bare where that is the same text to every
// reader, in double quotes else. Its bytes are safe to print.
func Scalar(text string) string {
	if isPlain(text) && !strings.Contains(text, "##") && isText(text) {
		return text
	}
	return safetext.YAML(text)
}

// isPlain reports a text that needs no quotes in any place, unless YAML takes it
// for something other than text.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isAlphanumeric(c) && (i == 0 || strings.IndexByte("._@'+#$-", c) < 0) {
			return false
		}
	}
	return text != ""
}

func isAlphanumeric(c byte) bool {
	c = folded(c)
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}

// isText reports whether YAML, in version 1.1 or 1.2, takes a bare word, as
// isPlain has them, for text, rather than for a number, a date or a truth
// value.
func isText(word string) bool {
	if strings.Contains(word, "@") {
		return true // as nearly all words are that an export writes
	}
	switch strings.ToLower(word) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	if first := folded(word[0]); 'a' <= first && first <= 'z' {
		return true // numbers and dates begin with a digit
	}
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(word), &node); err != nil || len(node.Content) != 1 {
		return false
	}
	const text = "!!str"
	return node.Content[0].Kind == yaml.ScalarNode && node.Content[0].Tag == text && node.Content[0].Value == word
}
