package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
	"github.com/licensectl/licensectl/pkg/report"
)

// isSavedPlan tells a saved plan from a manifest: by its name, or by its first
// character where it has neither name.
func isSavedPlan(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json":
		return true
	case ".yaml", ".yml":
		return false
	}
	return disk.IsRegular(path) && disk.FirstCharacter(path) == '{'
}

// approved gives the plan that may be carried out. It is an error that says
// why there is none.
func (o *applyOptions) approved(ctx context.Context) (*planned, error) {
	if o.saved != "" {
		return o.approvedFile(ctx)
	}
	return o.approvedFresh(ctx)
}

// approvedFile takes a saved plan: somebody has reviewed it. It has to fit the
// tenant and the manifests still.
func (o *applyOptions) approvedFile(ctx context.Context) (*planned, error) {
	p, err := readPlan(o.saved)
	if err != nil {
		return nil, err
	}
	if err := o.consent.checkID(p); err != nil {
		return nil, err
	}
	ground, err := o.app.findGround(p, o.paths)
	if err != nil {
		return nil, err
	}
	if err := o.app.checkDay(p, ground.location(p), o.maxAge); err != nil {
		return nil, err
	}
	conn, err := o.app.connect(o.connection)
	if err != nil {
		return nil, err
	}
	reader, err := conn.Reader()
	if err != nil {
		return nil, err
	}
	d := &planned{&reconcile.Planned{Tenant: reconcile.Tenant{Cloud: p.Cloud, Reader: reader}, Plan: p, Limits: ground.limits()}, conn}
	if err := d.checkTenant(ctx); err != nil {
		return nil, err
	}
	skus, err := d.Reader.SubscribedSKUs(ctx)
	if err != nil {
		return nil, err
	}
	d.Catalog = license.NewCatalog(skus)
	o.output = o.output.advising(adviseFile(o.saved))
	if err := o.retake(ctx, d, ground); err != nil {
		return nil, err
	}
	o.allow(d)
	if !d.Plan.Applyable {
		return nil, o.refusePlan(d)
	}
	return d, o.confirm(ctx, d)
}

// readPlan reads a saved plan.
func readPlan(path string) (*plan.Plan, error) {
	file, err := disk.Open(path, disk.MaxDocument)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := plan.Decode(file.Again())
	if err != nil {
		return nil, &disk.Error{Doing: "reading", Path: path, Err: err, Hint: "make a new one with licensectl plan --out"}
	}
	return p, nil
}

// checkID holds a plan against the id that was approved.
func (c *consentFlags) checkID(p *plan.Plan) error {
	if c.planID == "" || c.planID == p.PlanID {
		return nil
	}
	return &failure{code: CodeStale, what: "this plan is not the approved one", next: "review the new plan", problems: []problem{{
		text: fmt.Sprintf("the plan has the id %s, and %s was approved", p.PlanID, c.planID),
		hint: "manifests, policy or tenant have changed since the review, or the plan was narrowed by other flags",
	}}}
}

// checkTenant refuses a plan that was made for another tenant than this one.
func (d *planned) checkTenant(ctx context.Context) error {
	org, err := d.Reader.Organization(ctx)
	if err != nil {
		return err
	}
	if org.ID == d.Plan.Tenant.ID && d.conn.Cloud().Name == d.Plan.Cloud {
		return nil
	}
	return &failure{code: CodeStale, what: "the plan is for another tenant", next: "sign in to that tenant, or plan again", problems: []problem{{
		text: fmt.Sprintf("the plan is for tenant %s in the cloud %s, and this is tenant %s in the cloud %s", d.Plan.Tenant.ID, d.Plan.Cloud, org.ID, d.conn.Cloud().Name),
	}}}
}

// allow lets the plan pass the guards that --allow names.
func (o *applyOptions) allow(d *planned) {
	allowed, idle := d.Plan.Allowed(o.consent.allow)
	d.Plan = allowed
	for _, name := range idle {
		o.app.console.Warn(fmt.Sprintf("--allow %s does nothing: no such guard stops this plan", name))
	}
}

// refusePlan shows a plan that a guard keeps from being applied.
func (o *applyOptions) refusePlan(d *planned) error {
	if err := o.showPlan(d); err != nil {
		return err
	}
	return guardsFailure(d.Plan)
}

// approvedFresh plans from the manifests and has the plan approved.
func (o *applyOptions) approvedFresh(ctx context.Context) (*planned, error) {
	req := planRequest{paths: o.paths, connection: o.connection, narrowing: o.narrowing}
	d, err := o.app.plan(ctx, req)
	if err != nil {
		return nil, err
	}
	o.output = o.output.advising(adviseFresh(d.Plan, req))
	o.allow(d)
	if err := o.showPlan(d); err != nil {
		return nil, err
	}
	if err := o.consent.checkID(d.Plan); err != nil {
		return nil, err
	}
	if !d.Plan.Applyable {
		return nil, guardsFailure(d.Plan)
	}
	return d, o.confirm(ctx, d)
}

// showPlan shows the plan that is to be approved, or cannot be. Standard output is for the
// receipt; where standard error is for machines, the plan's id has to do.
func (o *applyOptions) showPlan(d *planned) error {
	if o.app.console.json {
		o.app.console.Info("planned", "planId", d.Plan.PlanID, "changes", d.Plan.Summary.Changed, "applyable", d.Plan.Applyable)
		return nil
	}
	return report.PlanText(o.app.console.screen, d.Plan, o.shownPlan(d))
}

// shownPlan is what a plan looks like on standard error.
func (o *applyOptions) shownPlan(d *planned) report.Options {
	out := report.Options{
		Names: d.Catalog, Full: o.output.full, Redact: o.output.redacts(), Losses: shownLosses,
		PlanFile: o.output.advice.file, Apply: o.output.advice.apply,
	}
	if o.app.env.Terminals.Stderr && o.app.env.takesColor() {
		out.Style = report.Color
	}
	return out
}

// tenantName names a tenant for people, made safe.
func tenantName(t plan.Tenant) string {
	if t.DisplayName == "" {
		return t.ID.String()
	}
	return report.Safe(t.DisplayName)
}
