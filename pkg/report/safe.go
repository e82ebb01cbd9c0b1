package report

import (
	"io"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
)

// ellipsis ends a text that was cut.
const ellipsis = safetext.Ellipsis

// Safe makes a stranger's text fit to stand within a line of a terminal or a
// CI log, as safetext.Name has it: one line of visible characters without a
// workflow command, at most 256 of them.
func Safe(s string) string { return safetext.Name(s) }

// SafeMessage is Safe for sentences, such as findings and answers of the
// service: it keeps 1,024 characters.
func SafeMessage(s string) string { return safetext.Sentence(s) }

// SafeJSON rewrites a JSON document so that it can be printed on a terminal or
// in a CI log (safetext.JSON). It reads back as the same values.
func SafeJSON(document []byte) []byte { return safetext.JSON(document) }

// SafeJSONWriter is SafeJSON for a document that is written piece by piece.
type SafeJSONWriter = safetext.JSONWriter

// NewSafeJSONWriter gives a writer that makes what it is given safe and writes
// it on.
func NewSafeJSONWriter(to io.Writer) *SafeJSONWriter { return safetext.NewJSONWriter(to) }
