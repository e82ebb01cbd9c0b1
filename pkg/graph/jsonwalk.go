package graph

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// walk reads a JSON document from front to back, one value at a time, without
// building what nobody asks for. It refuses what is not strictly JSON, names
// that come twice within an object, and nesting beyond 10,000 levels. A name
// with half a character in it, which directories have been fed with, is no
// reason to stop: what cannot be read of a text becomes U+FFFD.
type walk struct {
	dec      *jsontext.Decoder
	document []byte
}

func newWalk(document []byte) *walk {
	return &walk{dec: jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowInvalidUTF8(true)), document: document}
}

// mark is a place in a document, before a value.
type mark struct {
	offset int64
	depth  int
}

func (w *walk) mark() mark { return mark{w.dec.InputOffset(), w.dec.StackDepth()} }

// passed reads on to the end of the value that begins at a mark, of which some
// was read, and gives the whole of it. It is false where the document breaks
// off, or is not JSON.
func (w *walk) passed(m mark) ([]byte, bool) {
	for w.dec.StackDepth() > m.depth {
		if _, err := w.dec.ReadToken(); err != nil {
			return nil, false
		}
	}
	return bytes.TrimLeft(w.document[m.offset:w.dec.InputOffset()], ", \t\r\n"), true
}

// object calls member for each name of an object, with the quotes on; member
// has to read or skip the value. It gives false for null.
func (w *walk) object(member func(name []byte) error) (bool, error) {
	if present, err := w.enter('{'); err != nil || !present {
		return false, err
	}
	for w.dec.PeekKind() != '}' {
		name, err := w.dec.ReadValue()
		if err != nil {
			return false, w.malformed(err)
		}
		if err := member(plainName(name)); err != nil {
			return false, err
		}
	}
	return true, w.leave()
}

// plainName writes a name without escapes, so that no other way of writing
// hides it.
func plainName(name []byte) []byte {
	if !bytes.ContainsRune(name, '\\') {
		return name
	}
	text, _ := jsontext.AppendUnquote([]byte{'"'}, name)
	return append(text, '"')
}

// array calls item for each item of an array, which has to read it. It gives
// false for null.
func (w *walk) array(item func() error) (bool, error) {
	if present, err := w.enter('['); err != nil || !present {
		return false, err
	}
	for w.dec.PeekKind() != ']' {
		if err := item(); err != nil {
			return false, err
		}
	}
	return true, w.leave()
}

// enter goes into an object or array. It gives false for null.
func (w *walk) enter(kind jsontext.Kind) (bool, error) {
	token, err := w.dec.ReadToken()
	switch {
	case err != nil:
		return false, w.malformed(err)
	case token.Kind() == 'n':
		return false, nil
	case token.Kind() != kind:
		return false, w.mismatch(token.Kind())
	}
	return true, nil
}

func (w *walk) leave() error {
	if _, err := w.dec.ReadToken(); err != nil {
		return w.malformed(err)
	}
	return nil
}

// text reads a string. It is valid until the next value is read, and nil for
// null.
func (w *walk) text() ([]byte, error) {
	value, err := w.dec.ReadValue()
	switch {
	case err != nil:
		return nil, w.malformed(err)
	case value.Kind() == 'n':
		return nil, nil
	case value.Kind() != '"':
		return nil, w.mismatch(value.Kind())
	case !bytes.ContainsRune(value, '\\') && utf8.Valid(value):
		return value[1 : len(value)-1], nil
	}
	// The decoder has seen that it is a string, so an error can only speak of
	// characters that became U+FFFD.
	text, _ := jsontext.AppendUnquote(nil, value)
	return text, nil
}

// flag reads a boolean, and reports whether there was one: null is none.
func (w *walk) flag() (value, told bool, err error) {
	token, err := w.dec.ReadToken()
	switch {
	case err != nil:
		return false, false, w.malformed(err)
	case token.Kind() == 't':
		return true, true, nil
	case token.Kind() == 'f':
		return false, true, nil
	case token.Kind() == 'n':
		return false, false, nil
	}
	return false, false, w.mismatch(token.Kind())
}

// id reads a GUID; null is the zero GUID.
func (w *walk) id() (guid, error) {
	var out guid
	text, err := w.text()
	if err == nil && text != nil {
		err = out.UnmarshalText(text)
	}
	return out, err
}

// number reads a whole number; null is nil.
func (w *walk) number() (*int, error) {
	value, err := w.dec.ReadValue()
	switch {
	case err != nil:
		return nil, w.malformed(err)
	case value.Kind() == 'n':
		return nil, nil
	case value.Kind() != '0':
		return nil, w.mismatch(value.Kind())
	}
	number, err := strconv.Atoi(string(value))
	if err != nil {
		return nil, fmt.Errorf("%s is no whole number", w.place())
	}
	return &number, nil
}

// raw reads any value as it is written. It is valid until the next value is
// read.
func (w *walk) raw() ([]byte, error) {
	value, err := w.dec.ReadValue()
	if err != nil {
		return nil, w.malformed(err)
	}
	return value, nil
}

func (w *walk) skip() error {
	if err := w.dec.SkipValue(); err != nil {
		return w.malformed(err)
	}
	return nil
}

// end demands that nothing follows.
func (w *walk) end() error {
	if _, err := w.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("it is followed by something else")
	}
	return nil
}

// malformed words an error of the syntax.
func (w *walk) malformed(err error) error {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case ok && errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("a name comes twice (byte %d of %d)", syntax.ByteOffset, len(w.document))
	case ok:
		return fmt.Errorf("it is cut off or not JSON (byte %d of %d)", syntax.ByteOffset, len(w.document))
	case errors.Is(err, io.EOF):
		return fmt.Errorf("it is cut off or not JSON (byte %d of %d)", len(w.document), len(w.document))
	}
	return err
}

// mismatch says that a value is of another kind than it should be, and where.
func (w *walk) mismatch(kind jsontext.Kind) error {
	return fmt.Errorf("%s is a JSON %s", w.place(), kindName(kind))
}

// place is where in the document the value stands that was read last.
func (w *walk) place() string { return firstOf(oneLine(string(w.dec.StackPointer())), "it") }

func kindName(kind jsontext.Kind) string {
	switch kind {
	case '{', '}':
		return "object"
	case '[', ']':
		return "array"
	case '"':
		return "string"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	}
	return "null"
}
