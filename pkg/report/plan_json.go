package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanJSON writes a plan as its JSON document, as plan.Encode does: what
// plan.Decode reads, but for a redacted one, which has other texts than its id
// stands for.
//
// The error is the writer's.
func PlanJSON(w io.Writer, p *plan.Plan, o Options) error {
	document, how := p, json.JoinOptions()
	if o.Redact {
		document, how = nameless(p, o)
	}
	if err := plan.Encode(w, document, how); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// nameless gives a plan without names, but in its changes and findings, and how
// to write these without: one by one, since a copy of all would be a second
// plan.
func nameless(p *plan.Plan, o Options) (*plan.Plan, json.Options) {
	r := newPlanRows(p, o)
	document := *r.head
	document.Changes, document.Findings = p.Changes, p.Findings
	return &document, json.WithMarshalers(json.JoinMarshalers(each(r.changeRows), each(r.findingRows)))
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
