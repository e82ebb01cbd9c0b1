package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
)

// CSV is read by spreadsheets, which take what begins with one of a few
// characters for a formula, and run it. They do so whatever quotes stand around
// it (OWASP, "CSV Injection"). So such a text gets an apostrophe in front. As
// spreadsheets do not agree on what separates fields, and import wizards let
// people choose, the same is done behind everything within a text that could
// be taken for a separator.

// formulaStart is where a spreadsheet could see a formula begin: at the start
// of a text or behind a separator, with white space before it or not.
var formulaStart = regexp.MustCompile(`(^|[,;|'"])( *)([=+@＝＋－＠−-])`)

// field makes a stranger's text fit for a field of a CSV document. What is safe
// to print holds no control character: a tab at the beginning, which
// spreadsheets skip, is spelled out like the others.
func field(s string) string {
	return formulaStart.ReplaceAllString(SafeMessage(s), "${1}'${2}${3}")
}

// fields makes several names one field.
func fields(names []string) string { return field(strings.Join(names, "; ")) }

// writeCSV writes a table, the head first, as RFC 4180 has it but for the line
// ends, which are those of Unix.
func writeCSV(w io.Writer, head []string, rows iter.Seq[[]string]) error {
	out := csv.NewWriter(w)
	// Errors stay with the writer until Error asks for them.
	_ = out.Write(head)
	for row := range rows {
		if out.Write(row) != nil {
			break
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	return nil
}
