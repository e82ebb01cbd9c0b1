package safetext

import (
	"regexp"
	"strings"
	"unicode"
)

// command is where Azure Pipelines, and TeamCity in the same way, find a
// command wherever it stands in a line: "##[", "##vso[", "##teamcity[".
var command = regexp.MustCompile(`##(\w*\[)`)

// Comment makes a comment of YAML safe that a person has written, its # first,
// and leaves it a comment: what acts on the text around it (controls, line and
// paragraph separators, bidirectional controls, what has no width) becomes a
// visible escape, and a workflow command is taken apart by a blank. What makes
// letters and emoji join or stand apart stays: written languages need it. It
// is idempotent.
func Comment(text string) string {
	var out strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		if acts(r) {
			out.WriteString(visible(r, string(r)))
		} else {
			out.WriteRune(r)
		}
	}
	return command.ReplaceAllString(out.String(), "## $1")
}

// acts reports a character that acts on the text around it.
func acts(r rune) bool {
	const (
		nonJoiner = '\u200c'
		joiner    = '\u200d'
	)
	switch {
	case r == nonJoiner, r == joiner, r == '\t':
		return false
	default:
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	}
}
