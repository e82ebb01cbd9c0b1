package safetext

import (
	"strings"
	"unicode/utf8"
)

// YAML writes a text as a double-quoted scalar of YAML on one line, whose
// bytes are as harmless as those of Line. It reads back as the same text, but
// for bytes that are no UTF-8, which become U+FFFD.
func YAML(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	var out strings.Builder
	out.WriteByte('"')
	e := newEscaper()
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		piece := e.next(r, text[:size]) // what it escapes, YAML writes alike
		if piece == `"` || piece == `\` {
			piece = `\` + piece
		}
		out.WriteString(piece)
		text = text[size:]
	}
	out.WriteByte('"')
	return out.String()
}
