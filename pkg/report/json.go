package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// FormatVersion is the version of the JSON documents that this package
// defines. Readers refuse another one.
const FormatVersion = "1"

// writeJSON writes v as one indented document, safe to print.
func writeJSON(w io.Writer, v any) error {
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(SafeJSON(doc.Bytes()))
	return err
}

// SafeJSON rewrites a JSON document so that it can be printed on a terminal or
// in a CI log: characters in its strings that are invisible or act on the text
// around them, and the second # of "##[" and the like, become \u escapes. It
// reads back as the same values. JSON itself escapes no more than the first 32
// control characters.
func SafeJSON(document []byte) []byte {
	const del = 0x7f // what is hidden below it is white space of the layout
	out := make([]byte, 0, len(document))
	var last rune
	for len(document) > 0 {
		r, size := utf8.DecodeRune(document)
		switch {
		case r == utf8.RuneError && size == 1, r >= del && isHidden(r), r == '#' && last == '#':
			out = appendEscape(out, r)
		default:
			out = append(out, document[:size]...)
		}
		last = r
		document = document[size:]
	}
	return out
}

// appendEscape writes a character as JSON does, those beyond 16 bits as a
// surrogate pair.
func appendEscape(out []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}
