package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanJSON writes a plan as its JSON document, indented and safe to print: what
// plan.Decode reads, but for a redacted one, which has other texts than its id
// stands for.
//
// The error is the writer's.
func PlanJSON(w io.Writer, p *plan.Plan, o Options) error {
	r := newPlanRows(p, o)
	document := *r.head
	document.Changes, document.Findings = p.Changes, p.Findings
	err := writeJSON(w, &document, json.WithMarshalers(json.JoinMarshalers(each(r.changeRows), each(r.findingRows))))
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// each writes the entries of a document as they are to be read.
func each[T any](r rows[T]) *json.Marshalers {
	return json.MarshalToFunc(func(enc *jsontext.Encoder, all []T) error {
		if all == nil {
			return errors.ErrUnsupported // null, as ever
		}
		return writeEach(enc, r.len(), r.at)
	})
}
