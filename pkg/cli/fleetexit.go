package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/report"
)

// The files of a fleet.
const (
	fileFleet     = "fleet.json"
	fileFleetPage = "fleet.html"
)

// finish sums the run up, keeps and prints the report, and judges it.
func (o *fleetOptions) finish(ctx context.Context, r *fleetRun) error {
	if r.passing {
		r.forgetFiles()
	}
	if err := r.sum(&r.report); err != nil {
		return err
	}
	code := o.exitCode(ctx, &r.report)
	if err := r.keepReport(); err != nil {
		return err
	}
	if err := o.print(&r.report); err != nil {
		return err
	}
	return fleetFailure(code, r.report)
}

// sum sums a report of the run up. The limits of an apply were held against all
// plans before it began, and are not held again against those that took part.
func (r *fleetRun) sum(f *fleet.Report) error {
	if err := f.Sum(); err != nil {
		return err
	}
	if r.plans != nil {
		f.Guards, f.Applyable = r.plans.Guards, r.plans.Applyable
	}
	return nil
}

// forgetFiles leaves the files out of a report that will not be there.
func (r *fleetRun) forgetFiles() {
	for i := range r.report.Tenants {
		r.report.Tenants[i].Files = map[string]string{}
	}
}

// exitCode gives the report its exit code.
func (o *fleetOptions) exitCode(ctx context.Context, r *fleet.Report) Code {
	code := exitOfFleet(*r)
	if ctx.Err() != nil {
		code = CodeInterrupted
	}
	r.ExitCode, r.Exit = int(code), code.row().Name
	return code
}

// keepReport writes fleet.json and fleet.html into the folder of the run. Where
// only some of the planned tenants took part the others stay as they were, so
// that they can still be applied.
func (r *fleetRun) keepReport() error {
	if r.passing {
		return nil
	}
	kept := r.report
	if r.plans != nil && r.inPlace() {
		kept.Tenants = slices.Concat(kept.Tenants, r.others)
		kept.Shard, kept.Selected = r.plans.Shard, r.plans.Selected
	}
	if err := r.sum(&kept); err != nil {
		return err
	}
	return keepReportIn(r.folder, kept)
}

func keepReportIn(folder string, f fleet.Report) error {
	err := disk.WriteFrom(filepath.Join(folder, fileFleet), func(w io.Writer) error { return report.FleetJSON(w, f) })
	page := disk.WriteFrom(filepath.Join(folder, fileFleetPage), func(w io.Writer) error { return report.FleetHTML(w, f, report.Options{}) })
	return errors.Join(err, page)
}

func (o *fleetOptions) print(r *fleet.Report) error {
	return printAs(o.app, fleetFormats(), *r, printing{o.output, license.Published()})
}

// exitOfFleet gives the exit code of one run with all of it: where a tenant was
// written to, what is not as planned makes it partial; else the gravest counts.
// A bug says nothing of what was written, so that it is never taken for less.
func exitOfFleet(r fleet.Report) Code {
	most, written, open, bug := CodeOK, false, false, false
	for _, row := range r.Tenants {
		written = written || row.Written
		open = open || row.Outcome == fleet.NotAttempted
		if row.ExitCode == nil {
			if row.Outcome == fleet.Failed { // a bug, in a report of an earlier version
				bug, written = true, written || r.Verb == "apply"
			}
			continue
		}
		switch code := Code(*row.ExitCode); code {
		case CodeInterrupted:
			return CodeInterrupted
		case CodePartial:
			written, open = true, true
		case CodeInternal, CodeCrashed:
			bug = true
		default:
			open = open || code != CodeOK
			most = worst(most, code)
		}
	}
	if overLimit(r) && !written {
		most = worst(most, CodeRefused)
	}
	switch {
	case written && (open || bug):
		return CodePartial
	case bug:
		return CodeInternal
	case open && most == CodeOK:
		return CodeInternal // the breaker cannot open without a failure
	}
	return most
}

// overLimit reports whether a limit over all tenants stands in the way. An apply
// that has a report has passed them.
func overLimit(r fleet.Report) bool { return !r.Applyable && r.Verb != "apply" }

// fleetFailure is how a run over a fleet ended; nil: well. The rows have told
// everything.
func fleetFailure(code Code, r fleet.Report) error {
	if code == CodeOK {
		return nil
	}
	f := &failure{code: code}
	need := 0
	for outcome, n := range r.Summary.Outcomes {
		if outcome.NeedsPerson() {
			need += n
		}
	}
	switch {
	case code == CodeInterrupted:
		f.what, f.next = "interrupted", "run it again to go on"
	case overLimit(r) && code == CodeRefused:
		f.what, f.next = "the plans trip a limit of the fleet: "+trippedOf(r), "review them; fleet apply DIR --allow GUARD lets these plans pass"
	case code == CodeChanges:
		f.what = quantity.Of(r.Summary.Outcomes[fleet.Changes], "tenant") + " would change"
	default:
		f.what, f.next = quantity.Of(need, "tenant")+" of "+quantity.Text(r.Summary.Tenants)+" need a person", "the rows tell why"
		if need == 1 {
			f.what = "1 tenant of " + quantity.Text(r.Summary.Tenants) + " needs a person"
		}
	}
	if r.Verb == "apply" {
		return unwritten(f)
	}
	return f
}

func trippedOf(r fleet.Report) string {
	text := ""
	for _, g := range r.Guards {
		if !g.Stops() {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += string(g.Name) + ": " + quantity.Text(g.Actual) + " of " + quantity.Text(*g.Limit) + " allowed"
	}
	return text
}
