package report

import "github.com/licensectl/licensectl/pkg/internal/safetext"

// The bounds of safe text, in characters.
const (
	maxName    = 256  // of a name, a path or a code
	maxMessage = 1024 // of a sentence
)

// ellipsis ends a text that was cut.
const ellipsis = safetext.Ellipsis

// Safe makes a stranger's text fit to stand within a line of a terminal or a
// CI log, as safetext.Line has it: one line of visible characters without a
// workflow command, at most 256 of them.
func Safe(s string) string { return safetext.Line(s, maxName) }

// SafeMessage is Safe for sentences, such as findings and answers of the
// service: it keeps 1,024 characters.
func SafeMessage(s string) string { return safetext.Line(s, maxMessage) }
