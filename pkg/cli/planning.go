package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// defaultPath is where manifests are if no path is given.
const defaultPath = "manifests"

func pathsOrDefault(args []string) []string {
	if len(args) == 0 {
		return []string{defaultPath}
	}
	return args
}

// narrowing are the flags that make a plan do less. None of them changes what
// is desired, so that what is left out is left alone.
type narrowing struct {
	at            plan.Date
	additionsOnly bool
	users         []string
	skus          []string
	tighten       map[plan.GuardName]int
	baseline      string // the file of a receipt or a snapshot; empty: no causes
	cause         string // a plan.Cause, or causeAll
}

// registerSelection adds the flags that pick changes.
func (n *narrowing) registerSelection(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&n.users, "user", nil, "only changes of this `USER`, a user principal name or object id; repeatable")
	flags.StringArrayVar(&n.skus, "sku", nil, "only changes that touch this `SKU`; repeatable")
}

// register adds the flags that narrow an apply as well as a plan.
func (n *narrowing) register(cmd *cobra.Command) {
	n.registerSelection(cmd)
	n.registerCause(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&n.additionsOnly, "additions-only", false, "hold every change that takes something away")
	flags.Var(limitsFlag{&n.tighten}, "tighten", "a lower limit for a guard than the policy's; repeatable")
}

// narrowingFlags are the names of the flags that register adds.
func narrowingFlags() []string {
	return []string{"user", "sku", "baseline", "cause", "additions-only", "tighten"}
}

// registerAt adds --at, for plans that are looked at.
func (n *narrowing) registerAt(cmd *cobra.Command) {
	cmd.Flags().Var(dateFlag{&n.at}, "at", "plan for this day instead of today, such as 2026-12-31")
}

func (n *narrowing) options() planner.Options {
	return planner.Options{At: n.at, AdditionsOnly: n.additionsOnly, Users: n.users, SKUs: n.skus, Cause: n.only(), Tighten: n.tighten}
}

// planRequest says what to plan, as flags do.
type planRequest struct {
	paths      []string
	connection connectionFlags
	narrowing  narrowing
	from       reconcile.Origin
	users      []string // to read beside those that the plan needs
	groups     []string // the same of groups
}

// planned is a plan, with what it takes to show it and to carry it out.
type planned struct {
	*reconcile.Planned
	emulated *emulation // nil: a real tenant, or a snapshot
}

// plan makes a plan from manifests, or from the file that is to be gone back
// to, and the tenant as it is now, or was. It reads only.
func (a *app) plan(ctx context.Context, req planRequest) (*planned, error) {
	prepared, err := a.prepared(req)
	if err != nil {
		return nil, err
	}
	conn, err := a.connectFor(prepared, req)
	if err != nil {
		return nil, err
	}
	made, err := a.session().Plan(ctx, conn.Connection, prepared)
	if err != nil {
		return nil, err
	}
	for _, name := range made.Plan.IdleLimits(req.narrowing.tighten) {
		a.console.Warn(fmt.Sprintf("--tighten %s=%d does nothing: the policy allows less", name, req.narrowing.tighten[name]))
	}
	return &planned{made, conn.emulated}, nil
}

// prepared reads the manifests and the files that the flags name.
func (a *app) prepared(req planRequest) (*reconcile.Prepared, error) {
	set, err := a.session().LoadManifests(req.paths)
	if err != nil {
		return nil, err
	}
	return a.session().Prepare(reconcile.PlanRequest{
		Set: set, From: req.from, Baseline: req.narrowing.baseline, Options: req.narrowing.options(), Users: req.users, Groups: req.groups,
	})
}

// connectFor connects to the tenant that a plan needs, if it needs one.
func (a *app) connectFor(p *reconcile.Prepared, req planRequest) (connection, error) {
	if !p.NeedsTenant() {
		return connection{}, nil
	}
	return a.connect(req.connection)
}
