package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// apply carries out the plans of a folder, or makes plans and carries these
// out.
func (o *fleetOptions) apply(ctx context.Context) error {
	if len(o.folders) == 0 && o.out == "" {
		// Without its receipts nobody could say what a run did.
		o.out = filepath.Join(o.app.env.State, "fleet", o.app.env.Now().UTC().Format("20060102T150405.000Z"))
		o.app.console.Info("everything is kept in " + o.out)
	}
	r, err := o.begin()
	if err != nil {
		return err
	}
	defer r.close()
	var plans fleet.Report
	if len(o.folders) == 0 {
		plans, err = r.planFirst(ctx)
	} else {
		plans, err = r.takePlans(o.folders[0])
	}
	if err != nil {
		return err
	}
	if len(o.folders) == 0 && r.stopped(plans) {
		r.adopt(plans)
		return o.finish(ctx, r)
	}
	if refused, err := r.consented(ctx, &plans); refused || err != nil {
		return err
	}
	r.adopt(plans)
	if err := r.keepReport(); err != nil {
		return err
	}
	r.all(ctx, r.applyTenant)
	return o.finish(ctx, r)
}

// planFirst makes the plans that are to be carried out.
func (r *fleetRun) planFirst(ctx context.Context) (fleet.Report, error) {
	r.all(ctx, r.planTenant)
	if ctx.Err() != nil {
		return fleet.Report{}, ctx.Err()
	}
	plans := r.report
	if err := plans.Sum(); err != nil {
		return fleet.Report{}, err
	}
	plans.Verb = "plan"
	r.exitCode(ctx, &plans)
	if err := keepReportIn(r.folder, plans); err != nil {
		return fleet.Report{}, err
	}
	err := report.FleetText(r.app.console.screen, plans, report.Options{Names: license.Published()})
	return plans, err
}

// stopped reports whether so many tenants have failed while plans were made that
// none is to be carried out.
func (r *fleetRun) stopped(plans fleet.Report) bool {
	failed := 0
	for _, row := range plans.Tenants {
		if row.Outcome != fleet.NotAttempted && row.Outcome.NeedsPerson() {
			failed++
		}
	}
	return r.stopAfter > 0 && failed >= r.stopAfter
}

// takePlans reads what was planned and reviewed. Limits are those that the fleet
// has now.
func (r *fleetRun) takePlans(folder string) (fleet.Report, error) {
	plans, err := readFleetReport(folder)
	if err != nil {
		return fleet.Report{}, err
	}
	hint := "plan again: licensectl fleet plan --out DIR"
	unfit := func(what string) error {
		return &disk.Error{Doing: "reading", Path: filepath.Join(folder, fileFleet), Err: fmt.Errorf("%s", what), Hint: hint}
	}
	switch {
	case plans.Verb != "plan" && plans.Verb != "apply":
		return fleet.Report{}, unfit("it is of fleet " + plans.Verb + ", and apply takes plans")
	case plans.Fleet != r.fleet.Name:
		return fleet.Report{}, unfit(fmt.Sprintf("it is of the fleet %q, and %s has %q", plans.Fleet, r.file, r.fleet.Name))
	}
	if what := r.narrowTo(&plans); what != "" {
		return fleet.Report{}, unfit(what)
	}
	retake(&plans, folder)
	plans.Limits = r.report.Limits
	if r.out == "" {
		r.close()
		r.folder, r.passing = folder, false
	}
	return plans, plans.Sum()
}

// retake puts what the plans of a folder say in the place of what its report says
// of them: their ids cover the plans, and nothing covers the report, so it may have
// been edited. A plan that cannot be read, or is another one, is refused when its
// turn comes.
func retake(plans *fleet.Report, folder string) {
	for i := range plans.Tenants {
		row := &plans.Tenants[i]
		if row.Plan == nil {
			continue
		}
		if p, err := readPlan(filepath.Join(folder, row.Name, filePlan)); err == nil && p.PlanID == row.Plan.PlanID {
			row.Plan = fleet.FactsOf(p)
		}
	}
}

// narrowTo leaves out the tenants that were not planned, as those of other
// shards, unless somebody names them. It says how the plans do not fit the fleet;
// empty: they do.
func (r *fleetRun) narrowTo(plans *fleet.Report) string {
	now := map[string]fleet.Tenant{}
	for _, t := range r.fleet.Tenants {
		now[t.Name] = t
	}
	for _, row := range plans.Tenants {
		t, there := now[row.Name]
		switch {
		case !there:
			return fmt.Sprintf("tenant %s was planned, and is not in the fleet any more", row.Name)
		case t.TenantID != row.TenantID:
			return fmt.Sprintf("%s was tenant %s when it was planned, and is %s now", row.Name, row.TenantID, t.TenantID)
		}
	}
	r.tenants = slices.DeleteFunc(r.tenants, func(t fleet.Tenant) bool {
		_, planned := rowOf(*plans, t.Name)
		return !planned && !slices.Contains(r.selection.Names, t.Name)
	})
	begun := fleet.Begin(r.fleet, r.tenants)
	r.report.Tenants = begun.Tenants
	if r.report.Shard == "" {
		r.report.Shard = plans.Shard
	}
	return ""
}

func rowOf(r fleet.Report, name string) (fleet.Row, bool) {
	for _, row := range r.Tenants {
		if row.Name == name {
			return row, true
		}
	}
	return fleet.Row{}, false
}

// readFleetReport reads fleet.json of a folder.
func readFleetReport(folder string) (fleet.Report, error) {
	name := filepath.Join(folder, fileFleet)
	file, err := disk.Open(name, disk.MaxDocument)
	if err != nil {
		return fleet.Report{}, err
	}
	defer file.Close()
	out, err := fleet.Decode(file.Again())
	if err != nil {
		return fleet.Report{}, &disk.Error{Doing: "reading", Path: name, Err: err, Hint: "name the folder of fleet plan --out"}
	}
	return out, nil
}

// consented holds the limits of the fleet against the plans, and has them
// approved. Where it refuses, the error says so.
func (r *fleetRun) consented(ctx context.Context, plans *fleet.Report) (refused bool, err error) {
	for _, name := range plans.Allow(r.consent.allow) {
		r.app.console.Warn("--allow " + string(name) + " does nothing: the limit does not stand in the way")
	}
	switch {
	case r.consent.planID != "" && r.consent.planID != plans.PlanID:
		return true, unwritten(&failure{code: CodeStale, what: "the plans together are " + plans.PlanID + ", and --plan-id names " + r.consent.planID, next: "review them again"})
	case !plans.Applyable:
		return true, unwritten(&failure{code: CodeRefused, what: "the plans trip a limit of the fleet: " + trippedOf(*plans),
			next: "review them; --allow GUARD lets these plans pass"})
	case len(r.folders) > 0 || r.consent.planID != "" || r.consent.autoApprove || plans.Summary.Changed == 0:
		return false, nil
	case !r.app.canAsk(nil):
		return true, unwritten(&failure{code: CodeRefused, what: "nobody has approved the plans",
			next: "give --plan-id " + plans.PlanID + " after a review, or --auto-approve"})
	}
	return r.ask(ctx, *plans)
}

// ask has a person approve all plans at once.
func (r *fleetRun) ask(ctx context.Context, plans fleet.Report) (refused bool, err error) {
	fmt.Fprintf(r.app.console.screen, "%s of %s will be changed. Type %q to go on: ",
		groupsAndUsers(plans.Summary.Users.GroupsChanged, plans.Summary.Users.Changed), quantity.Of(plans.Summary.Changed, "tenant"), confirmWord)
	answer, err := r.app.answer(ctx, newAnswers(r.app.env.Stdin))
	if err != nil {
		return true, err
	}
	if answer != confirmWord {
		return true, unwritten(&failure{code: CodeRefused, what: "not confirmed"})
	}
	return false, nil
}

// adopt begins the report of the apply with what the plans say. Who has no plan
// stays as the plan left them.
func (r *fleetRun) adopt(plans fleet.Report) {
	r.plans = &plans
	apart := !r.inPlace()
	for _, row := range plans.Tenants {
		if _, takesPart := rowOf(r.report, row.Name); !takesPart {
			r.others = append(r.others, row)
		}
	}
	for i := range r.report.Tenants {
		row := &r.report.Tenants[i]
		planned, found := rowOf(plans, row.Name)
		if !found {
			*row = unplanned(*row)
			continue
		}
		labels := row.Labels
		*row = planned
		row.Labels, row.Outcomes, row.Written = labels, nil, false
		if apart {
			row.Files = map[string]string{} // those of the plan are in the other folder
		}
		if row.Plan != nil {
			row.Outcome, row.ExitCode, row.Exit, row.Message, row.Hint = fleet.NotAttempted, nil, "", "", ""
		}
	}
}

// applyTenant carries the plan of a tenant out, exactly as it was reviewed.
func (r *fleetRun) applyTenant(ctx context.Context, t fleet.Tenant, row fleet.Row) fleet.Row {
	switch {
	case row.Plan == nil && row.ExitCode == nil:
		return unplanned(row)
	case row.Plan == nil:
		row.Message = strings.TrimPrefix(row.Message, noPlan)
		row.Message, row.Outcome = noPlan+row.Message, fleet.Failed
		return row
	}
	saved := filepath.Join(r.planFolder(), t.Name, filePlan)
	name := r.nextReceipt(t)
	args := append([]string{"apply", saved, "--plan-id=" + row.Plan.PlanID, "--receipt=" + r.pathOf(t, name)}, r.connection(t)...)
	args = append(append(args, r.flagsFor("apply", narrowingFlags()...)...), rate(t)...)
	res := r.try(ctx, t, io.Discard, append(args, r.manifests(t)...)...)
	row = res.into(row)
	row.Outcome = outcomeOfApply(res.code, *row.Plan)
	return r.received(t, name, row)
}

// unplanned is the row of an apply for a tenant that nobody has planned.
func unplanned(row fleet.Row) fleet.Row {
	return result{code: CodeInput, message: "there is no plan of this tenant", hint: "plan it, or pick others with --tenant"}.into(failedRow(row))
}

// noPlan begins the message of a tenant whose plan could not be made.
const noPlan = "there is no plan to carry out: "

// planFolder is where the plans are.
func (r *fleetRun) planFolder() string {
	if len(r.folders) > 0 {
		return r.folders[0]
	}
	return r.folder
}

// inPlace reports whether an apply leaves its report where the plans are.
func (r *fleetRun) inPlace() bool { return filepath.Clean(r.planFolder()) == filepath.Clean(r.folder) }

// nextReceipt gives the name of a receipt that is not there yet. Those of
// earlier runs stay: they say what these have done.
func (r *fleetRun) nextReceipt(t fleet.Tenant) string {
	name := fileReceipt
	for n := 2; disk.IsThere(r.pathOf(t, name)); n++ {
		name = fmt.Sprintf("receipt-%d.jsonl", n)
	}
	return name
}

func outcomeOfApply(code Code, f fleet.PlanFacts) fleet.Outcome {
	switch code {
	case CodeOK:
		if !f.Ready() {
			return fleet.Clean
		}
		return fleet.Done
	case CodePartial, CodeInterrupted:
		return fleet.Partial
	case CodeRefused, CodeStale:
		return fleet.Refused
	}
	return fleet.Failed
}

// received completes a row with what the receipt says.
func (r *fleetRun) received(t fleet.Tenant, name string, row fleet.Row) fleet.Row {
	file, err := disk.Open(r.pathOf(t, name), disk.MaxDocument)
	if err != nil {
		row.Written = row.Outcome == fleet.Partial // there is no receipt of a run that sent nothing
		return row
	}
	defer file.Close()
	noteFile(row, "receipt", name)
	got, err := receipt.ReadResults(file.Again())
	if err != nil {
		r.app.console.Warn(t.Name+": the receipt could not be read", "error", err)
		row.Written = true
		return row
	}
	row.Outcomes = map[string]int{}
	for outcome, n := range got.Counts() {
		if n > 0 {
			row.Outcomes[string(outcome)] = n
		}
	}
	for _, g := range got.GroupResults {
		row.Outcomes[string(g.Outcome)]++
	}
	row.Written = wroteSomething(row)
	r.showReceipt(t, got, row)
	return row
}

// wroteSomething reports whether the tenant was written to, or may have been.
func wroteSomething(row fleet.Row) bool {
	switch Code(*row.ExitCode) {
	case CodePartial, CodeInternal, CodeCrashed, CodeInterrupted:
		return true
	}
	return row.Outcomes[string(receipt.Done)]+row.Outcomes[string(receipt.Unknown)] > 0
}

// showReceipt writes the page of a receipt.
func (r *fleetRun) showReceipt(t fleet.Tenant, got *receipt.Receipt, row fleet.Row) {
	const page = "receipt.html"
	o := report.Options{Names: license.Published(), Full: r.output.full, Redact: r.redacts()}
	if err := disk.WriteFrom(r.pathOf(t, page), func(w io.Writer) error { return report.ReceiptHTML(w, got, o) }); err != nil {
		r.app.console.Warn(t.Name+": a page could not be written", "error", err)
		return
	}
	noteFile(row, "receiptPage", page)
}

// redacts reports whether names are to be left out of pages.
func (o *fleetOptions) redacts() bool {
	given := o.passed["redact"]
	return len(given) > 0 && given[len(given)-1] == redactUPN
}
