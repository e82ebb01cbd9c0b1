package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/disk"
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
	saved, err := o.app.session().OpenSaved(reconcile.SavedRequest{Path: o.saved, Manifests: o.paths, PlanID: o.consent.planID, MaxAge: o.maxAge})
	if err != nil {
		return nil, err
	}
	conn, err := o.app.connect(o.connection)
	if err != nil {
		return nil, err
	}
	made, err := o.app.session().TakeUp(ctx, conn.Connection, saved)
	if err != nil {
		return nil, err
	}
	p := &planned{made, conn.emulated}
	o.output = o.output.advising(adviseFile(o.saved))
	o.allow(p)
	if err := reconcile.CheckGuards(p.Plan); err != nil {
		if shown := o.showPlan(p); shown != nil {
			return nil, shown
		}
		return nil, err
	}
	return p, o.confirm(ctx, p)
}

// allow lets the plan pass the guards that --allow names.
func (o *applyOptions) allow(p *planned) {
	allowed, idle := p.Plan.Allowed(o.consent.allow)
	p.Plan = allowed
	for _, name := range idle {
		o.app.console.Warn(fmt.Sprintf("--allow %s does nothing: no such guard stops this plan", name))
	}
}

// approvedFresh plans from the manifests and has the plan approved.
func (o *applyOptions) approvedFresh(ctx context.Context) (*planned, error) {
	req := planRequest{paths: o.paths, connection: o.connection, narrowing: o.narrowing}
	p, err := o.app.plan(ctx, req)
	if err != nil {
		return nil, err
	}
	o.output = o.output.advising(adviseFresh(p.Plan, req))
	o.allow(p)
	if err := o.showPlan(p); err != nil {
		return nil, err
	}
	if err := reconcile.CheckID(p.Plan, o.consent.planID); err != nil {
		return nil, err
	}
	if err := reconcile.CheckGuards(p.Plan); err != nil {
		return nil, err
	}
	return p, o.confirm(ctx, p)
}

// showPlan shows the plan that is to be approved, or cannot be. Standard output is for the
// receipt; where standard error is for machines, the plan's id has to do.
func (o *applyOptions) showPlan(p *planned) error {
	if o.app.console.json {
		o.app.console.Info("planned", "planId", p.Plan.PlanID, "changes", p.Plan.Summary.Changed, "applyable", p.Plan.Applyable)
		return nil
	}
	return report.PlanText(o.app.console.screen, p.Plan, o.shownPlan(p))
}

// shownPlan is what a plan looks like on standard error.
func (o *applyOptions) shownPlan(p *planned) report.Options {
	out := report.Options{
		Names: p.Catalog, Full: o.output.full, Redact: o.output.redacts(), Losses: shownLosses,
		PlanFile: o.output.advice.file, Apply: o.output.advice.apply,
	}
	if o.app.env.Terminals.Stderr && o.app.env.takesColor() {
		out.Style = report.Color
	}
	if o.app.env.Terminals.Stderr {
		out.Width = o.app.env.Width
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
