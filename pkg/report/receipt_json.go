package report

import (
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// receiptDocument is a receipt as one JSON document.
type receiptDocument struct {
	FormatVersion string             `json:"formatVersion"`
	RunID         string             `json:"runId"`
	PlanID        string             `json:"planId"`
	Complete      bool               `json:"complete"`   // closed, with a result for every change
	StopReason    string             `json:"stopReason"` // empty: the run came to its end
	Summary       receiptSummary     `json:"summary"`
	Tenant        plan.Tenant        `json:"tenant"`
	Cloud         string             `json:"cloud"`
	Tool          plan.Tool          `json:"tool"`
	Actor         string             `json:"actor"`
	Commit        string             `json:"commit"`
	Limits        receipt.LimitsFrom `json:"limits"` // empty: not of a saved plan
	StartedAt     time.Time          `json:"startedAt"`
	FinishedAt    *time.Time         `json:"finishedAt"` // null where the run was cut short
	Scope         plan.Scope         `json:"scope"`
	Results       resultRows         `json:"results"`

	// GroupResults are sorted by display name; left out where the plan did not speak
	// of groups.
	GroupResults []receipt.GroupResult `json:"groupResults,omitzero"`
}

// resultRows are the results, sorted by user principal name, then id.
type resultRows struct{ rows[receipt.Result] }

// MarshalJSONTo writes the results one by one.
func (r resultRows) MarshalJSONTo(enc *jsontext.Encoder) error { return writeEach(enc, r.len(), r.at) }

// receiptSummary counts the changes by outcome, under the names that the
// results use. The nine outcomes add up to planned.
type receiptSummary struct {
	Planned      int `json:"planned"`
	Done         int `json:"done"`
	Already      int `json:"already"`
	Stale        int `json:"stale"`
	Refused      int `json:"refused"`
	Failed       int `json:"failed"`
	Blocked      int `json:"blocked"`
	Held         int `json:"held"`
	NotAttempted int `json:"not_attempted"` // with the changes that a receipt cut short does not tell of
	Unknown      int `json:"unknown"`
	Verified     int `json:"verified"`
	Unverified   int `json:"unverified"`
}

// ReceiptJSON writes a receipt as one JSON document, indented and safe to
// print: the answer of `apply -o json` and `show -o json`. Where the run was
// cut short, complete is false and finishedAt is null.
//
// The error is the writer's.
func ReceiptJSON(w io.Writer, r *receipt.Receipt, o Options) error {
	read := newReceiptRows(r, o)
	run, end := read.head.Run, read.head.End
	doc := receiptDocument{
		FormatVersion: FormatVersion,
		RunID:         run.RunID,
		PlanID:        run.PlanID,
		Complete:      isComplete(read),
		Summary:       summarize(read),
		Tenant:        run.Tenant,
		Cloud:         run.Cloud,
		Tool:          run.Tool,
		Actor:         run.Actor,
		Commit:        run.Commit,
		Limits:        run.Limits,
		StartedAt:     run.StartedAt,
		Scope:         run.Scope,
		Results:       resultRows{read.resultRows},
		GroupResults:  read.head.GroupResults,
	}
	if doc.Scope.Ignored == nil {
		doc.Scope.Ignored = []license.GUID{}
	}
	if end != nil {
		doc.StopReason, doc.FinishedAt = end.StopReason, &end.FinishedAt
	}
	if err := WriteJSON(w, doc); err != nil {
		return fmt.Errorf("writing the receipt: %w", err)
	}
	return nil
}

func summarize(r receiptRows) receiptSummary {
	counts := countOutcomes(r)
	verified, unverified := countVerified(r.resultRows)
	return receiptSummary{
		Planned:      max(r.head.Run.Changes, r.resultRows.len()),
		Done:         counts[receipt.Done],
		Already:      counts[receipt.Already],
		Stale:        counts[receipt.Stale],
		Refused:      counts[receipt.Refused],
		Failed:       counts[receipt.Failed],
		Blocked:      counts[receipt.Blocked],
		Held:         counts[receipt.Held],
		NotAttempted: counts[receipt.NotAttempted],
		Unknown:      counts[receipt.Unknown],
		Verified:     verified,
		Unverified:   unverified,
	}
}
