package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanJSON writes a plan as its JSON document, as plan.Encode does: what
// plan.Decode reads, but for a redacted one, which has other texts than its id
// stands for.
//
// The error is the writer's.
func PlanJSON(w io.Writer, p *plan.Plan, o Options) error {
	if err := encode(w, p, o); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// encode makes entries without names one by one, since a copy of all would be a
// second plan.
func encode(w io.Writer, p *plan.Plan, o Options) error {
	if !o.Redact {
		return plan.Encode(w, p)
	}
	r := newPlanRows(p, o)
	document := *r.head
	document.Changes, document.Findings = p.Changes, p.Findings
	return plan.EncodeEach(w, &document, r.changeRows.each, r.findingRows.each)
}
