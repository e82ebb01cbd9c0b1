package cli

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/manifest"
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

	formatPrometheus = "prometheus"
	formatTeams      = "teams"
	formatSlack      = "slack"
)

// formats are the ways to write documents of one kind.
type formats[T any] struct {
	kind string // "a plan"
	all  []format[T]
}

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
func planFormats() formats[*plan.Plan] {
	return formats[*plan.Plan]{"a plan", []format[*plan.Plan]{
		{formatText, formatted(report.PlanText)},
		{formatJSON, formatted(report.PlanJSON)},
		{formatMarkdown, report.PlanMarkdown},
		{formatDiff, formatted(report.PlanDiff)},
		{formatCSV, formatted(report.PlanCSV)},
		{formatHTML, formatted(report.PlanHTML)},
		{formatPrometheus, formatted(report.PlanPrometheus)},
		{formatTeams, formatted(report.PlanTeams)},
		{formatSlack, formatted(report.PlanSlack)},
	}}
}

// driftFormats are the formats of a plan that is looked at for what differs.
func driftFormats() formats[*plan.Plan] {
	out := planFormats()
	for i, f := range out.all {
		switch f.name {
		case formatText:
			out.all[i].write = formatted(report.DriftText)
		case formatMarkdown:
			out.all[i].write = report.DriftMarkdown
		case formatHTML:
			out.all[i].write = formatted(report.DriftHTML)
		}
	}
	return out
}

// receiptFormats are the formats of a receipt.
func receiptFormats() formats[*receipt.Receipt] {
	return formats[*receipt.Receipt]{"a receipt", []format[*receipt.Receipt]{
		{formatText, formatted(report.ReceiptText)},
		{formatJSON, formatted(report.ReceiptJSON)},
		{formatMarkdown, report.ReceiptMarkdown},
		{formatCSV, formatted(report.ReceiptCSV)},
		{formatHTML, formatted(report.ReceiptHTML)},
		{formatTeams, formatted(report.ReceiptTeams)},
		{formatSlack, formatted(report.ReceiptSlack)},
	}}
}

// explainFormats are the formats of an explanation.
func explainFormats() formats[*plan.Explanation] {
	return formats[*plan.Explanation]{"an explanation", []format[*plan.Explanation]{
		{formatText, formatted(report.ExplainText)},
		{formatJSON, formatted(report.ExplainJSON)},
	}}
}

// explainGroupFormats are the formats of the explanation of a group.
func explainGroupFormats() formats[*plan.GroupExplanation] {
	return formats[*plan.GroupExplanation]{"an explanation", []format[*plan.GroupExplanation]{
		{formatText, formatted(report.ExplainGroupText)},
		{formatJSON, formatted(report.ExplainGroupJSON)},
	}}
}

// seatsFormats are the formats of the products of a tenant.
func seatsFormats() formats[report.Inventory] {
	return formats[report.Inventory]{"a list of products", []format[report.Inventory]{
		{formatText, formatted(report.SeatsText)},
		{formatJSON, func(w io.Writer, inv report.Inventory, o report.MarkdownOptions) error {
			return report.SeatsJSON(w, inv, o.Names)
		}},
		{formatCSV, formatted(report.SeatsCSV)},
		{formatPrometheus, formatted(report.SeatsPrometheus)},
	}}
}

// diagnosisFormats are the formats of what a doctor has found.
func diagnosisFormats() formats[report.Diagnosis] {
	return formats[report.Diagnosis]{"a diagnosis", []format[report.Diagnosis]{
		{formatText, formatted(report.DiagnosisText)},
		{formatJSON, asIs(report.DiagnosisJSON)},
	}}
}

// snapshotFormats are the formats of a snapshot: whole as JSON, and else the
// products with their seats.
func snapshotFormats() formats[observe.Snapshot] {
	return formats[observe.Snapshot]{"a snapshot", []format[observe.Snapshot]{
		{formatText, formatted(ofSeats(report.SeatsText))},
		{formatJSON, asIs(writeSnapshotJSON)},
		{formatCSV, formatted(ofSeats(report.SeatsCSV))},
	}}
}

// fleetFormats are the formats of a run over many tenants.
func fleetFormats() formats[fleet.Report] {
	return formats[fleet.Report]{"the report of a fleet", []format[fleet.Report]{
		{formatText, formatted(report.FleetText)},
		{formatJSON, asIs(report.FleetJSON)},
		{formatMarkdown, report.FleetMarkdown},
		{formatHTML, formatted(report.FleetHTML)},
		{formatCSV, asIs(report.FleetCSV)},
		{formatGitHub, asIs(annotateFleet)},
		{formatPrometheus, asIs(report.FleetPrometheus)},
	}}
}

// annotateFleet writes the mistakes of the manifests as annotations, each once.
func annotateFleet(w io.Writer, r fleet.Report) error {
	var mistakes, warnings manifest.Errors
	for _, p := range r.Problems {
		e := &manifest.Error{Pos: manifest.Pos{File: p.File, Line: p.Line, Column: p.Column}, Code: manifest.Code(p.Code), Msg: p.Message, Hint: p.Hint}
		if p.Warning {
			warnings.Add(e)
		} else {
			mistakes.Add(e)
		}
	}
	return errors.Join(writeAnnotations(w, mistakes), annotateAs(w, "warning", warnings))
}

// ofSeats writes the products of a snapshot.
func ofSeats(write func(io.Writer, report.Inventory, report.Options) error) func(io.Writer, observe.Snapshot, report.Options) error {
	return func(w io.Writer, s observe.Snapshot, o report.Options) error {
		return write(w, report.Inventory{Tenant: s.Observed.Tenant, Cloud: s.Cloud, SKUs: s.Observed.SKUs, Subscriptions: s.Observed.Subscriptions}, o)
	}
}

// names lists the formats.
func (f formats[T]) names() []string {
	out := make([]string, len(f.all))
	for i, each := range f.all {
		out[i] = each.name
	}
	return out
}

// anyFormat lists the formats that some document has.
func anyFormat() []string {
	var out []string
	for _, name := range slices.Concat(planFormats().names(), receiptFormats().names(), snapshotFormats().names()) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// writer finds the format that was asked for. It is an error that names the
// others where this kind of document does not have it.
func (f formats[T]) writer(name string) (writer[T], error) {
	for _, each := range f.all {
		if each.name == name {
			return each.write, nil
		}
	}
	return nil, usagef("%s cannot be shown as %s", f.kind, name).
		withHint("of %s there is %s", f.kind, strings.Join(f.names(), ", "))
}
