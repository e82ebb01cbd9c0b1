package cli

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// defaultPath is where manifests are if no path is given.
const defaultPath = "manifests"

func pathsOrDefault(args []string) []string {
	if len(args) == 0 {
		return []string{defaultPath}
	}
	return args
}

// loadManifests reads and parses the manifests. It touches no network.
func (a *app) loadManifests(paths []string) (*manifest.Set, error) {
	files, err := manifest.Load(systemFiles{}, paths, a.env.Stdin)
	if err != nil {
		return nil, err
	}
	return manifest.Parse(files)
}

// narrowing are the flags that make a plan do less. None of them changes what
// is desired, so that what is left out is left alone.
type narrowing struct {
	at            plan.Date
	additionsOnly bool
	users         []string
	skus          []string
	tighten       map[plan.GuardName]int
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
	flags := cmd.Flags()
	flags.BoolVar(&n.additionsOnly, "additions-only", false, "hold every change that takes something away")
	flags.Var(limitsFlag{&n.tighten}, "tighten", "a lower limit for a guard than the policy's; repeatable")
}

// narrowingFlags are the names of the flags that register adds.
func narrowingFlags() []string { return []string{"user", "sku", "additions-only", "tighten"} }

// registerAt adds --at, for plans that are looked at.
func (n *narrowing) registerAt(cmd *cobra.Command) {
	cmd.Flags().Var(dateFlag{&n.at}, "at", "plan for this day instead of today, such as 2026-12-31")
}

func (n *narrowing) options() plan.Options {
	return plan.Options{At: n.at, AdditionsOnly: n.additionsOnly, Users: n.users, SKUs: n.skus, Tighten: n.tighten}
}

// planRequest says what to plan.
type planRequest struct {
	paths      []string
	connection connectionFlags
	options    plan.Options
	undo       string // a receipt to plan back from; empty: plan what the manifests say
}

// drawn is a plan, with what it takes to show it and to carry it out.
type drawn struct {
	plan    *plan.Plan
	catalog *license.Catalog
	conn    *connection
	reader  *graph.Reader
}

// draw makes a plan from manifests, or from the receipt that is to be undone,
// and the tenant as it is now. It reads only.
func (a *app) draw(ctx context.Context, req planRequest) (*drawn, error) {
	set, err := a.loadManifests(req.paths)
	if err != nil {
		return nil, err
	}
	aim, err := aimOf(set, req.undo)
	if err != nil {
		return nil, err
	}
	conn, err := a.connect(req.connection)
	if err != nil {
		return nil, err
	}
	expected, err := conn.expects(set.Policy.TenantID)
	if err != nil {
		return nil, err
	}
	reader, err := conn.reader()
	if err != nil {
		return nil, err
	}
	begun := a.env.Now()
	observed, err := observe.Tenant(ctx, reader, observe.Request{TenantID: cmp.Or(expected, aim.tenant), Users: aim.users, Whole: aim.whole})
	if err != nil {
		return nil, err
	}
	a.console.Debug("read the tenant", "tenant", observed.Tenant.ID, "users", len(observed.Users), "products", len(observed.SKUs), "took", a.env.Now().Sub(begun).String())
	p, err := a.makePlan(ctx, reader, plan.Input{
		Desired: aim.desired(observed), Policy: set.Policy, Observed: observed, Options: req.options,
		Now: a.env.Now(), Tool: a.tool(), Cloud: conn.cloud,
	})
	if err != nil {
		return nil, err
	}
	return &drawn{plan: p, catalog: license.NewCatalog(observed.SKUs), conn: conn, reader: reader}, nil
}

// groupNamesTimeout bounds the wait for something that a plan can do without.
const groupNamesTimeout = 10 * time.Second

// makePlan makes a plan. Where it speaks of groups it asks for their names,
// which takes a permission that a plan does not need otherwise: without it,
// groups are called by their ids.
func (a *app) makePlan(ctx context.Context, reader *graph.Reader, in plan.Input) (*plan.Plan, error) {
	p, err := plan.Make(in)
	if err != nil || len(p.Groups()) == 0 {
		return p, err
	}
	limited, cancel := context.WithTimeout(ctx, groupNamesTimeout)
	defer cancel()
	names, err := reader.GroupNames(limited, p.Groups())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		a.console.Debug("groups are called by their ids, because their names could not be read", "error", err)
		return p, nil
	}
	in.Observed.Groups = names
	return plan.Make(in)
}

func (a *app) tool() plan.Tool { return plan.Tool{Name: toolName, Version: a.env.Version} }
