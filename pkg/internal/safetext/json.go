package safetext

import (
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON rewrites a JSON document so that it can be printed on a terminal or in
// a CI log: characters in its strings that are invisible or act on the text
// around them, the second # of "##[" and the like, and the second colon of "::"
// become \u escapes. It reads back as the same values. JSON itself escapes no
// more than the first 32 control characters.
func JSON(document []byte) []byte { return AppendJSON(make([]byte, 0, len(document)), document) }

// AppendJSON is JSON for a string or another value within a document, which it
// appends to out.
func AppendJSON(out, value []byte) []byte {
	var r jsonRewriter
	return r.append(out, value)
}

// jsonRewriter rewrites a document in parts, and remembers how the last one
// ended.
type jsonRewriter struct {
	last  rune
	marks int // combining marks since the last character that can carry one
}

// append appends a part of a document.
func (j *jsonRewriter) append(out, part []byte) []byte {
	for len(part) > 0 {
		if plain := j.plain(part); plain > 0 {
			out, j.last, j.marks, part = append(out, part[:plain]...), rune(part[plain-1]), 0, part[plain:]
			continue
		}
		r, size := utf8.DecodeRune(part)
		if j.escapes(r, size) {
			out = appendEscape(out, r)
			j.marks = 0
		} else {
			out = append(out, part[:size]...)
		}
		j.last, part = r, part[size:]
	}
	return out
}

// plain is how many bytes at the beginning need no second look.
func (j *jsonRewriter) plain(part []byte) int {
	const del = 0x7f // what is hidden below it is white space of the layout
	before := j.last
	for i, c := range part {
		if c >= del || c == '#' || c == ':' && before == ':' {
			return i
		}
		before = rune(c)
	}
	return len(part)
}

// escapes decides about one character; size is how many bytes it takes.
func (j *jsonRewriter) escapes(r rune, size int) bool {
	switch {
	case r == utf8.RuneError && size == 1:
		return true
	case r == '#', r == ':':
		return j.last == r
	case unicode.IsMark(r):
		j.marks++
		return IsHidden(r) || j.marks > maxMarks
	default:
		j.marks = 0
		return IsHidden(r)
	}
}

// JSONWriter is JSON for a document that is written piece by piece.
type JSONWriter struct {
	to         io.Writer
	out        []byte // room to work in
	unfinished []byte // the bytes at the end that are no whole character yet
	rewriter   jsonRewriter
}

// NewJSONWriter gives a writer that makes what it is given safe and writes it
// on.
func NewJSONWriter(to io.Writer) *JSONWriter { return &JSONWriter{to: to} }

// Write takes in a piece of the document. The error is the other writer's.
func (s *JSONWriter) Write(piece []byte) (int, error) {
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
	s.out = s.rewriter.append(s.out[:0], whole[:cut])
	s.unfinished = append(s.unfinished[:0], whole[cut:]...)
	_, err := s.to.Write(s.out)
	return len(piece), err
}

// Close writes what is left of the document. It does not close the other
// writer.
func (s *JSONWriter) Close() error {
	s.out = s.rewriter.append(s.out[:0], s.unfinished)
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
