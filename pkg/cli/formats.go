package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// The formats of documents and of messages.
const (
	formatText     = "text"
	formatJSON     = "json"
	formatMarkdown = "markdown"
	formatDiff     = "diff"
	formatCSV      = "csv"
	formatHTML     = "html"
	formatGitHub   = "github"
)

// format is a way to write documents of one kind.
type format[T any] struct {
	name  string
	write writer[T]
}

// writer writes a document.
type writer[T any] func(io.Writer, T, report.MarkdownOptions) error

// formatted is a writer that has no use for a budget.
func formatted[T any](write func(io.Writer, T, report.Options) error) writer[T] {
	return func(w io.Writer, document T, o report.MarkdownOptions) error { return write(w, document, o.Options) }
}

// asIs is a writer that has no use for options at all.
func asIs[T any](write func(io.Writer, T) error) writer[T] {
	return func(w io.Writer, document T, _ report.MarkdownOptions) error { return write(w, document) }
}

// planFormats are the formats of a plan.
func planFormats() []format[*plan.Plan] {
	return []format[*plan.Plan]{
		{formatText, formatted(report.PlanText)},
		{formatJSON, asIs(writePlanJSON)},
		{formatMarkdown, report.PlanMarkdown},
		{formatDiff, formatted(report.PlanDiff)},
		{formatCSV, formatted(report.PlanCSV)},
		{formatHTML, formatted(report.PlanHTML)},
	}
}

// receiptFormats are the formats of a receipt.
func receiptFormats() []format[*receipt.Receipt] {
	return []format[*receipt.Receipt]{
		{formatText, formatted(report.ReceiptText)},
		{formatJSON, asIs(report.ReceiptJSON)},
		{formatMarkdown, report.ReceiptMarkdown},
		{formatCSV, formatted(report.ReceiptCSV)},
		{formatHTML, formatted(report.ReceiptHTML)},
	}
}

// explainFormats are the formats of an explanation.
func explainFormats() []format[*plan.Explanation] {
	return []format[*plan.Explanation]{
		{formatText, formatted(report.ExplainText)},
		{formatJSON, asIs(report.ExplainJSON)},
	}
}

// seatsFormats are the formats of the products of a tenant.
func seatsFormats() []format[report.Inventory] {
	return []format[report.Inventory]{
		{formatText, formatted(report.SeatsText)},
		{formatJSON, func(w io.Writer, inv report.Inventory, o report.MarkdownOptions) error {
			return report.SeatsJSON(w, inv, o.Names)
		}},
		{formatCSV, formatted(report.SeatsCSV)},
	}
}

// diagnosisFormats are the formats of what a doctor has found.
func diagnosisFormats() []format[report.Diagnosis] {
	return []format[report.Diagnosis]{
		{formatText, formatted(report.DiagnosisText)},
		{formatJSON, asIs(report.DiagnosisJSON)},
	}
}

// snapshotFormats are the formats of a snapshot: whole as JSON, and else the
// products with their seats.
func snapshotFormats() []format[observe.Snapshot] {
	return []format[observe.Snapshot]{
		{formatText, formatted(ofSeats(report.SeatsText))},
		{formatJSON, asIs(writeSnapshotJSON)},
		{formatCSV, formatted(ofSeats(report.SeatsCSV))},
	}
}

// ofSeats writes the products of a snapshot.
func ofSeats(write func(io.Writer, report.Inventory, report.Options) error) func(io.Writer, observe.Snapshot, report.Options) error {
	return func(w io.Writer, s observe.Snapshot, o report.Options) error {
		return write(w, report.Inventory{Tenant: s.Observed.Tenant, Cloud: s.Cloud, SKUs: s.Observed.SKUs}, o)
	}
}

// formatNames lists the formats of one kind of document.
func formatNames[T any](formats []format[T]) []string {
	out := make([]string, len(formats))
	for i, f := range formats {
		out[i] = f.name
	}
	return out
}

// anyFormat lists the formats that some document has.
func anyFormat() []string {
	var out []string
	for _, name := range slices.Concat(formatNames(planFormats()), formatNames(receiptFormats()), formatNames(snapshotFormats())) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// writerOf finds the format that was asked for. It is an error that names the
// others where this kind of document does not have it.
func writerOf[T any](formats []format[T], kind, name string) (writer[T], error) {
	for _, f := range formats {
		if f.name == name {
			return f.write, nil
		}
	}
	return nil, usagef("%s cannot be shown as %s", kind, name).
		withHint("of %s there is %s", kind, strings.Join(formatNames(formats), ", "))
}
