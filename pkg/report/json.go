package report

import (
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FormatVersion is the version of the JSON documents that this package
// defines. Readers refuse another one.
const FormatVersion = "1"

// WriteJSON writes v as one indented document, safe to print, while it is made.
// The error is the writer's, or that of a value that JSON does not have.
func WriteJSON(w io.Writer, v any) error {
	safe := NewSafeJSONWriter(w)
	opts := json.JoinOptions(jsontext.WithIndent("  "), json.FormatNilSliceAsNull(true), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err := json.MarshalWrite(safe, v, opts); err != nil {
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
