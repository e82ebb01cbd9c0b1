package compose

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// maxComment bounds what a stranger's text takes of a comment, in characters.
const maxComment = 120

// Comment makes a text of a stranger good for the rest of a line behind "# ":
// nothing in it ends the line, and nothing turns the direction of the text
// around or hides it.
func Comment(text string) string {
	var b strings.Builder
	count := 0
	for _, r := range strings.ToValidUTF8(text, "?") {
		if count == maxComment {
			b.WriteString("…")
			break
		}
		count++
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	return strings.TrimSpace(b.String())
}

// plainScalar is text that needs no quotes in any place, unless YAML takes it
// for something other than text.
var plainScalar = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@'+#$-]*$`)

// Scalar writes a text as YAML: bare where that is the same text to every
// reader, in double quotes else.
func Scalar(text string) string {
	if plainScalar.MatchString(text) && isText(text) {
		return text
	}
	return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
}

// isText reports whether YAML, in version 1.1 or 1.2, takes a bare word for
// text, rather than for a number, a date or a truth value.
func isText(word string) bool {
	switch strings.ToLower(word) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	if strings.Contains(word, "@") {
		return true
	}
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(word), &node); err != nil || len(node.Content) != 1 {
		return false
	}
	const text = "!!str"
	return node.Content[0].Kind == yaml.ScalarNode && node.Content[0].Tag == text && node.Content[0].Value == word
}
