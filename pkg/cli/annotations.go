package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/report"
)

// writeAnnotations writes errors as workflow commands of GitHub Actions, which
// show them beside the lines of a pull request (GitHub docs, workflow commands
// for GitHub Actions, "Setting an error message").
func writeAnnotations(w io.Writer, list manifest.Errors) error { return annotateAs(w, "error", list) }

// annotateAs writes annotations of a level: error or warning.
func annotateAs(w io.Writer, level string, list manifest.Errors) error {
	for _, e := range list {
		message := e.Msg
		if e.Hint != "" {
			message += " (" + e.Hint + ")"
		}
		if _, err := fmt.Fprintf(w, "::%s %stitle=%s::%s\n", level, annotationPlace(e), annotationProperty(string(e.Code)), annotationText(message)); err != nil {
			return err
		}
	}
	return nil
}

// annotationPlace gives the properties for the place of an error, as far as it
// is known.
func annotationPlace(e *manifest.Error) string {
	place := ""
	if e.Pos.File != "" {
		place += "file=" + annotationProperty(e.Pos.File) + ","
	}
	if e.Pos.Line > 0 {
		place += fmt.Sprintf("line=%d,col=%d,", e.Pos.Line, e.Pos.Column)
	}
	return place
}

// annotationText escapes a message as the runner reads it back: what would end
// the command is percent-encoded.
func annotationText(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(report.SafeMessage(s))
}

// annotationProperty also escapes what would end a property.
func annotationProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(report.Safe(s))
}
