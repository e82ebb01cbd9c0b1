package report

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FormatVersion is the version of the JSON documents that this package
// defines. Readers refuse another one.
const FormatVersion = "1"

// WriteJSON writes v as one indented document, safe to print, while it is made.
// The error is the writer's, or that of a value that JSON does not have.
func WriteJSON(w io.Writer, v any) error { return writeJSON(w, v) }

// writeJSON is WriteJSON with a say in how values are written.
func writeJSON(w io.Writer, v any, opts ...json.Options) error {
	safe := NewSafeJSONWriter(w)
	opts = append(opts, jsontext.WithIndent("  "), json.FormatNilSliceAsNull(true), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err := json.MarshalWrite(safe, v, opts...); err != nil {
		return err
	}
	if _, err := io.WriteString(safe, "\n"); err != nil {
		return err
	}
	return safe.Close()
}

// writeEach writes an array whose entries are made one by one.
func writeEach[T any](enc *jsontext.Encoder, size int, entry func(i int) T) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for i := range size {
		if err := json.MarshalEncode(enc, entry(i)); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}

// SafeJSON rewrites a JSON document so that it can be printed on a terminal or
// in a CI log: characters in its strings that are invisible or act on the text
// around them, and the second # of "##[" and the like, become \u escapes. It
// reads back as the same values. JSON itself escapes no more than the first 32
// control characters.
func SafeJSON(document []byte) []byte {
	var last rune
	return appendSafeJSON(make([]byte, 0, len(document)), document, &last)
}

// appendSafeJSON appends a part of a document; last is the character before
// it, and becomes its last one.
func appendSafeJSON(out, part []byte, last *rune) []byte {
	const del = 0x7f // what is hidden below it is white space of the layout
	for len(part) > 0 {
		plain := 0
		for plain < len(part) && part[plain] < del && part[plain] != '#' {
			plain++
		}
		if plain > 0 {
			out, *last, part = append(out, part[:plain]...), rune(part[plain-1]), part[plain:]
			continue
		}
		r, size := utf8.DecodeRune(part)
		switch {
		case r == utf8.RuneError && size == 1, r >= del && isHidden(r), r == '#' && *last == '#':
			out = appendEscape(out, r)
		default:
			out = append(out, part[:size]...)
		}
		*last = r
		part = part[size:]
	}
	return out
}

// SafeJSONWriter is SafeJSON for a document that is written piece by piece.
type SafeJSONWriter struct {
	to         io.Writer
	out        []byte // room to work in
	unfinished []byte // the bytes at the end that are no whole character yet
	last       rune
}

// NewSafeJSONWriter gives a writer that makes what it is given safe and writes
// it on.
func NewSafeJSONWriter(to io.Writer) *SafeJSONWriter { return &SafeJSONWriter{to: to} }

// Write takes in a piece of the document. The error is the other writer's.
func (s *SafeJSONWriter) Write(piece []byte) (int, error) {
	whole := piece
	if len(s.unfinished) > 0 {
		whole = append(s.unfinished, piece...)
	}
	cut := len(whole)
	for i := 1; i <= min(utf8.UTFMax-1, len(whole)); i++ {
		if tail := whole[len(whole)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				cut = len(whole) - i
			}
			break
		}
	}
	s.out = appendSafeJSON(s.out[:0], whole[:cut], &s.last)
	s.unfinished = append(s.unfinished[:0], whole[cut:]...)
	_, err := s.to.Write(s.out)
	return len(piece), err
}

// Close writes what is left of the document. It does not close the other
// writer.
func (s *SafeJSONWriter) Close() error {
	s.out = appendSafeJSON(s.out[:0], s.unfinished, &s.last)
	s.unfinished = nil
	_, err := s.to.Write(s.out)
	return err
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
