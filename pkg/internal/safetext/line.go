package safetext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of what is let through, in characters.
const (
	maxMarks  = 4 // combining marks on one character; real scripts need fewer
	maxSpaces = 2 // in a row; more could move text to where it does not belong
)

// The longest texts that are shown, in characters.
const (
	maxName     = 256  // of a name, a path or a code
	maxSentence = 1024 // of a finding, or an answer of the service
)

// Name is Line for a name, a path or a code: it keeps 256 characters.
func Name(s string) string { return Line(s, maxName) }

// Sentence is Line for sentences: it keeps 1,024 characters.
func Sentence(s string) string { return Line(s, maxSentence) }

// Ellipsis ends a text that was cut.
const Ellipsis = "…"

// Line makes a stranger's text fit to stand within a line of a terminal or a
// CI log. The result is one line of visible characters, at most limit of them:
//
//   - control characters, escape sequences, line breaks, tabs, bidirectional
//     controls, zero-width and other invisible characters and invalid UTF-8
//     become visible escapes such as \x1b, \n and \u202e;
//   - it holds no workflow command: neither "##[…]" and "##vso[…]" of Azure
//     Pipelines anywhere (the second of two # is escaped), nor "::…::" of
//     GitHub Actions where a line can begin, which is where a word does (a colon
//     at the beginning is escaped, and the second of two that begin a word);
//   - a longer text ends in "…".
//
// Line is idempotent. A backslash stays as it is, so an escape cannot be told
// from the same characters in the original: the result is for reading.
func Line(s string, limit int) string {
	if isPlain(s, limit) {
		return s
	}
	var out strings.Builder
	e := newEscaper()
	length, cut := 0, 0 // characters written; bytes to keep where the text is too long
	for len(s) > 0 && length <= limit {
		r, size := utf8.DecodeRuneInString(s)
		piece := e.next(r, s[:size])
		s = s[size:]
		out.WriteString(piece)
		length += utf8.RuneCountInString(piece)
		if length < limit {
			cut = out.Len()
		}
	}
	if length > limit {
		return out.String()[:cut] + Ellipsis
	}
	return out.String()
}

// isPlain recognises the common case: printable ASCII in which nothing can
// need an escape.
func isPlain(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	for i := range len(s) {
		c := s[i]
		shown := c > ' ' && c <= '~' && c != '#' && (c != ':' || i > 0 && s[i-1] != ' ')
		spaced := c == ' ' && i > 0 && s[i-1] != ' '
		if !shown && !spaced {
			return false
		}
	}
	return true
}

// escaper decides character by character. It remembers what it wrote last.
type escaper struct {
	begun  bool
	hash   bool // the last character was a #
	colon  bool // the last character was a colon that began a word
	marks  int  // combining marks since the last character that can carry one
	spaces int  // spaces since the last other character
}

// newEscaper starts where a mark has nothing to stand on, and a space would
// only indent.
func newEscaper() *escaper { return &escaper{marks: maxMarks, spaces: maxSpaces} }

// next gives what stands for the next character; raw is its encoding.
func (e *escaper) next(r rune, raw string) string {
	escaped := e.escapes(r, raw)
	switch {
	case escaped:
		*e = escaper{begun: true}
		return visible(r, raw)
	case unicode.IsMark(r):
		*e = escaper{begun: true, marks: e.marks + 1}
	case r == ' ':
		*e = escaper{begun: true, spaces: e.spaces + 1}
	default:
		*e = escaper{begun: true, hash: r == '#', colon: r == ':' && e.spaces > 0}
	}
	return raw
}

func (e *escaper) escapes(r rune, raw string) bool {
	switch {
	case r == utf8.RuneError && len(raw) == 1, IsHidden(r):
		return true
	case r == ':':
		return !e.begun || e.colon
	case r == '#':
		return e.hash
	case r == ' ':
		return e.spaces >= maxSpaces
	default:
		return unicode.IsMark(r) && e.marks >= maxMarks
	}
}

// IsHidden reports a character that a reader cannot see, or that acts on the
// text around it: controls, formats, separators other than the space, private
// and unassigned characters, and letters and marks that are drawn as nothing.
func IsHidden(r rune) bool {
	const brailleBlank = '\u2800'
	return !unicode.IsPrint(r) || r == brailleBlank ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// visible writes a character, or a byte that is none, so that it can be seen.
func visible(r rune, raw string) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}
