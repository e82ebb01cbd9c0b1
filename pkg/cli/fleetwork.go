package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/fleet/runner"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
	"github.com/licensectl/licensectl/pkg/report"
)

// The files of a tenant.
const (
	filePlan     = "plan.json"
	filePage     = "plan.html"
	fileReview   = "plan.md"
	fileReceipt  = "receipt.jsonl"
	fileSeats    = "seats.json"
	fileSnapshot = "snapshot.json"
	fileDoctor   = "doctor.json"
)

// work gives what a verb does for each tenant.
func (r *fleetRun) work(verb string) runner.Work {
	return map[string]runner.Work{
		"validate": r.validateTenant,
		"plan":     r.planTenant,
		"drift":    r.driftTenant,
		"doctor":   r.doctorTenant,
		"seats":    r.seatsTenant,
		"snapshot": r.snapshotTenant,
	}[verb]
}

// noteFile writes down where a file is.
func noteFile(row fleet.Row, what, name string) { row.Files[what] = path.Join(row.Name, name) }

// planTenant makes the plan of a tenant.
func (r *fleetRun) planTenant(ctx context.Context, t fleet.Tenant, row fleet.Row) fleet.Row {
	saved := r.pathOf(t, filePlan)
	if err := disk.Forget(saved); err != nil {
		return resultOf(r.app, classify(ctx, err)).into(failedRow(row))
	}
	args := append(append([]string{"plan", "--detailed-exitcode", "--out=" + saved}, r.connection(t)...), r.flagsFor("plan")...)
	return r.planned(t, r.try(ctx, t, io.Discard, append(args, r.manifests(t)...)...), row)
}

// driftTenant makes a plan that is only looked at.
func (r *fleetRun) driftTenant(ctx context.Context, t fleet.Tenant, row fleet.Row) fleet.Row {
	args := append(append([]string{"drift", "-o=json"}, r.connection(t)...), r.flagsFor("drift")...)
	res, err := r.keep(t, filePlan, func(w io.Writer) result {
		return r.try(ctx, t, w, append(args, r.manifests(t)...)...)
	})
	if err != nil {
		return resultOf(r.app, classify(ctx, err)).into(failedRow(row))
	}
	return r.planned(t, res, row)
}

// keep has a verb write a file of a tenant. Where it prints nothing there is
// none, and what an earlier run has left is gone.
func (r *fleetRun) keep(t fleet.Tenant, name string, run func(io.Writer) result) (result, error) {
	file := r.pathOf(t, name)
	if err := errors.Join(disk.MakeFolder(r.pathOf(t, "")), disk.Forget(file)); err != nil {
		return result{}, err
	}
	var res result
	printed := &counting{}
	err := disk.WriteFrom(file, func(w io.Writer) error {
		printed.to = w
		res = run(printed)
		return nil
	})
	if err == nil && printed.bytes == 0 {
		err = disk.Forget(file)
	}
	return res, err
}

// counting is a writer that knows how much went through it.
type counting struct {
	to    io.Writer
	bytes int64
}

// Write passes on.
func (c *counting) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}

func failedRow(row fleet.Row) fleet.Row {
	row.Outcome = fleet.Failed
	return row
}

// planned completes the row of a tenant whose plan was made, or should have
// been, and lets the plan go.
func (r *fleetRun) planned(t fleet.Tenant, res result, row fleet.Row) fleet.Row {
	row = res.into(row)
	p, err := readPlan(r.pathOf(t, filePlan))
	if err != nil {
		row.Outcome = fleet.Failed
		if res.code == CodeOK {
			row = resultOf(r.app, classify(context.Background(), err)).into(row)
		}
		return row
	}
	row.Plan = fleet.FactsOf(p)
	noteFile(row, "plan", filePlan)
	row.Outcome = outcomeOfPlan(res.code, *row.Plan)
	if res.code == CodeChanges && r.verb.name != "drift" {
		row.Message, row.Hint = "", ""
		if !r.detailed {
			row = result{}.into(row)
		}
	}
	if err := r.showPlan(t, p, row); err != nil {
		r.app.console.Warn(t.Name+": a page could not be written", "error", err)
	}
	return row
}

func outcomeOfPlan(code Code, f fleet.PlanFacts) fleet.Outcome {
	switch code {
	case CodeOK, CodeChanges:
		if f.Changes() {
			return fleet.Changes
		}
		return fleet.Clean
	case CodeInput:
		return fleet.Findings
	case CodeRefused:
		return fleet.Refused
	}
	return fleet.Failed
}

// readPlan reads the plan of a tenant back. The error is that of the file.
func readPlan(name string) (*plan.Plan, error) {
	file, err := disk.Open(name, disk.MaxDocument)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := plan.Decode(file.Again())
	if err != nil {
		return nil, &disk.Error{Doing: "reading", Path: name, Err: err}
	}
	return p, nil
}

// showPlan writes the pages of a plan that somebody wants to keep.
func (r *fleetRun) showPlan(t fleet.Tenant, p *plan.Plan, row fleet.Row) error {
	if r.passing {
		return nil
	}
	o := report.Options{Names: namesOf(p), Full: r.output.full, Redact: r.redacts()}
	page := disk.WriteFrom(r.pathOf(t, filePage), func(w io.Writer) error { return report.PlanHTML(w, p, o) })
	review := disk.WriteFrom(r.pathOf(t, fileReview), func(w io.Writer) error {
		return report.PlanMarkdown(w, p, report.MarkdownOptions{Options: o, Budget: report.DefaultMarkdownBudget})
	})
	noteFile(row, "page", filePage)
	noteFile(row, "review", fileReview)
	return errors.Join(page, review)
}

// doctorTenant looks at the setup of a tenant.
func (r *fleetRun) doctorTenant(ctx context.Context, t fleet.Tenant, row fleet.Row) fleet.Row {
	args := append(append([]string{"doctor", "-o=json"}, r.connection(t)...), r.flagsFor("doctor")...)
	return r.document(ctx, t, row, printed{"doctor", fileDoctor, append(args, r.manifests(t)...)})
}

// seatsTenant lists the products of a tenant.
func (r *fleetRun) seatsTenant(ctx context.Context, t fleet.Tenant, row fleet.Row) fleet.Row {
	args := append(append([]string{"seats", "-o=json"}, r.connection(t)...), r.flagsFor("seats")...)
	row = r.document(ctx, t, row, printed{"seats", fileSeats, args})
	if row.Files["seats"] == "" {
		return row
	}
	facts, err := r.countSeats(t)
	if err != nil {
		return resultOf(r.app, classify(ctx, err)).into(failedRow(row))
	}
	row.Products = facts
	return row
}

// countSeats sums up the products of a tenant.
func (r *fleetRun) countSeats(t fleet.Tenant) (*fleet.ProductFacts, error) {
	name := r.pathOf(t, fileSeats)
	data, err := disk.ReadText(name, disk.MaxDocument)
	if err != nil {
		return nil, err
	}
	var list struct {
		Seats []struct{ Enabled, Consumed int }
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, &disk.Error{Doing: "reading", Path: name, Err: err}
	}
	out := &fleet.ProductFacts{Products: len(list.Seats)}
	for _, s := range list.Seats {
		out.Enabled += s.Enabled
		out.Consumed += s.Consumed
		if s.Consumed > s.Enabled {
			out.Over++
		}
	}
	return out, nil
}

// snapshotTenant takes a snapshot of a tenant.
func (r *fleetRun) snapshotTenant(ctx context.Context, t fleet.Tenant, row fleet.Row) fleet.Row {
	args := append(append([]string{"snapshot"}, r.connection(t)...), r.flagsFor("snapshot")...)
	return r.document(ctx, t, row, printed{"snapshot", fileSnapshot, append(args, r.manifests(t)...)})
}

// printed is a document that a verb prints, and the file that keeps it.
type printed struct {
	what, file string
	args       []string
}

// document runs a verb whose document is kept as it is.
func (r *fleetRun) document(ctx context.Context, t fleet.Tenant, row fleet.Row, p printed) fleet.Row {
	res, err := r.keep(t, p.file, func(w io.Writer) result { return r.try(ctx, t, w, p.args...) })
	if err != nil {
		res = resultOf(r.app, classify(ctx, err))
	}
	row = res.into(row)
	row.Outcome = fleet.Failed
	if res.code == CodeOK {
		row.Outcome = fleet.Clean
	}
	if disk.IsThere(r.pathOf(t, p.file)) {
		noteFile(row, p.what, p.file)
	}
	return row
}

// validateTenant checks the manifests of a tenant, together, and that they are
// for this tenant.
func (r *fleetRun) validateTenant(_ context.Context, t fleet.Tenant, row fleet.Row) fleet.Row {
	set, err := r.app.session().LoadManifests(r.manifests(t))
	list, isList := errors.AsType[manifest.Errors](err)
	if err != nil && !isList {
		return resultOf(r.app, classify(context.Background(), err)).into(failedRow(row))
	}
	var warnings manifest.Errors
	if set != nil {
		list = append(list, set.CheckTenant(t)...)
		warnings = reconcile.UnpublishedNames(set)
	}
	if r.on("strict") {
		list, warnings = append(list, warnings...), nil
	}
	r.note(t, list, warnings)
	row = result{}.into(row)
	row.Outcome = fleet.Clean
	if len(list) > 0 {
		row = resultOf(r.app, manifestFailure(list)).into(failedRow(row))
	}
	return row
}

// note takes problems of a tenant down. Several tenants do that at once.
func (r *fleetRun) note(t fleet.Tenant, list, warnings manifest.Errors) {
	r.noting.Lock()
	defer r.noting.Unlock()
	add := func(e *manifest.Error) *fleet.Problem {
		r.report.Problems = append(r.report.Problems, fleet.Problem{
			File: e.Pos.File, Line: e.Pos.Line, Column: e.Pos.Column, Code: string(e.Code), Message: e.Msg, Hint: e.Hint, Tenants: []string{t.Name},
		})
		return &r.report.Problems[len(r.report.Problems)-1]
	}
	for _, e := range list {
		add(e)
	}
	for _, e := range warnings {
		add(e).Warning = true
	}
}
