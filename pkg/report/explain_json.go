package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/plan"
)

// ExplainJSON writes an explanation as one JSON document, indented and safe to
// print.
//
// The error is the writer's.
func ExplainJSON(w io.Writer, e *plan.Explanation, o Options) error {
	if o.Redact {
		e = redactExplanation(e)
	}
	if err := WriteJSON(w, e); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}
