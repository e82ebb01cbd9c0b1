package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
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
	defer a.took("read the manifests", a.env.Now())
	files, err := manifest.Load(disk.System{}, paths, a.env.Stdin)
	if err != nil {
		return nil, err
	}
	set, err := manifest.Parse(files)
	if err == nil {
		set.Desired.Manifests = &plan.Manifests{Paths: slashed(paths)}
	}
	// The syntax trees were many times as large as what is kept of them. What
	// comes next shall take their room, not more.
	if sizeOf(files) > manyManifests {
		runtime.GC()
	}
	return set, err
}

// manyManifests is from how many bytes on collecting their syntax trees is
// worth its time: below, these take less than the Go runtime lets gather anyway.
const manyManifests = 1 << 20

func sizeOf(files []manifest.File) int {
	size := 0
	for _, f := range files {
		size += len(f.Data)
	}
	return size
}

// slashed gives paths as plans and positions have them.
func slashed(paths []string) []string {
	out := make([]string, len(paths))
	for i, path := range paths {
		out[i] = filepath.ToSlash(path)
	}
	return out
}

// took says how long a stage of a command took, for whoever looks for the time.
func (a *app) took(stage string, begun time.Time) {
	a.console.Debug(stage, "took", a.env.Now().Sub(begun).Round(time.Microsecond).String())
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

// planRequest says what to plan.
type planRequest struct {
	paths      []string
	connection connectionFlags
	conn       *connection // nil: it is made
	narrowing  narrowing
	from       planFrom
	users      []string // to read beside those that the plan needs
}

// planFrom says what a plan starts from in place of the manifests and the
// tenant as it is. All are names of files; empty: not so.
type planFrom struct {
	undo    string // a receipt: plan back to what was before it
	restore string // a snapshot: plan back to it
	live    string // a snapshot: take it for the tenant, without a network
}

// drawn is a plan, with what it takes to show it and to carry it out.
type drawn struct {
	plan    *plan.Plan
	catalog *license.Catalog
	cloud   string
	conn    *connection   // nil for a plan from a snapshot
	reader  *graph.Reader // the same
	since   time.Time     // of the baseline; zero: there is none
	limits  receipt.LimitsFrom
}

// draw makes a plan from manifests, or from the file that is to be gone back
// to, and the tenant as it is now, or was. It reads only.
func (a *app) draw(ctx context.Context, req planRequest) (*drawn, error) {
	d, in, err := a.gather(ctx, req)
	if err != nil {
		return nil, err
	}
	d.plan, err = a.makePlan(ctx, d.reader, in)
	if err != nil {
		return nil, err
	}
	for _, name := range d.plan.IdleLimits(in.Options.Tighten) {
		a.console.Warn(fmt.Sprintf("--tighten %s=%d does nothing: the policy allows less", name, in.Options.Tighten[name]))
	}
	return d, nil
}

// gather brings together what a plan is made from.
func (a *app) gather(ctx context.Context, req planRequest) (*drawn, planner.Input, error) {
	set, err := a.loadManifests(req.paths)
	if err != nil {
		return nil, planner.Input{}, err
	}
	aim, err := a.aimOf(set, req.from)
	if err != nil {
		return nil, planner.Input{}, err
	}
	aim.users = append(aim.users, req.users...)
	base, err := a.readBaseline(req.narrowing.baseline)
	if err != nil {
		return nil, planner.Input{}, err
	}
	if err := base.narrow(&aim, set); err != nil {
		return nil, planner.Input{}, err
	}
	d, observed, err := a.look(ctx, req, aim)
	if err != nil {
		return nil, planner.Input{}, err
	}
	d.catalog = license.NewCatalog(observed.SKUs)
	if base.Baseline != nil {
		d.since = base.At
	}
	in := planner.Input{
		Desired: aim.desired(observed), Policy: set.Policy, Observed: observed, Options: req.narrowing.options(), Baseline: base.Baseline,
		Now: a.env.Now(), Tool: a.tool(), Cloud: d.cloud,
	}
	in.Observed.Attributes, err = a.attributes(ctx, d.reader, in)
	return d, in, err
}

// attributes reads the attributes by which selections may have missed users who
// are about to lose something, which takes requests in that case alone. The
// reader is nil where there is no tenant to ask.
func (a *app) attributes(ctx context.Context, reader *graph.Reader, in planner.Input) (plan.Attributes, error) {
	known := in.Observed.Attributes
	users, properties, err := planner.Unsure(in)
	if err != nil || len(users) == 0 {
		return known, err
	}
	if reader == nil {
		return nil, usagef("the snapshot does not tell the %s of users, by which a selection may have missed %s who would lose licenses",
			strings.Join(properties, " and the "), quantity.Of(len(users), "user")).withHint("take it again, with the paths of the manifests: licensectl snapshot %s", defaultPath)
	}
	read, err := reader.Attributes(ctx, properties, users)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(plan.Attributes(read))
	maps.Copy(out, known)
	return out, nil
}

// look reads what a plan with this aim needs of the tenant, or takes it from
// a snapshot.
func (a *app) look(ctx context.Context, req planRequest, aim aim) (*drawn, plan.Observed, error) {
	if req.from.live != "" {
		s, err := a.readSnapshot(req.from.live)
		if err == nil && aim.tenant != (license.GUID{}) && aim.tenant != s.Observed.Tenant.ID {
			err = &observe.TenantError{Expected: aim.tenant, Actual: s.Observed.Tenant}
		}
		s.Observed.Whole = aim.whole
		return &drawn{cloud: s.Cloud}, s.Observed, err
	}
	conn := req.conn
	if conn == nil {
		var err error
		if conn, err = a.connect(req.connection); err != nil {
			return nil, plan.Observed{}, err
		}
	}
	expected, err := conn.expects(aim.tenant)
	if err != nil {
		return nil, plan.Observed{}, err
	}
	reader, err := conn.reader()
	if err != nil {
		return nil, plan.Observed{}, err
	}
	begun := a.env.Now()
	observed, err := observe.Tenant(ctx, reader, observe.Request{TenantID: expected, Users: aim.users, Queries: aim.queries, Whole: aim.whole})
	if err != nil {
		return nil, plan.Observed{}, err
	}
	usage := reader.Usage()
	a.console.Debug("read the tenant", "tenant", observed.Tenant.ID, "users", len(observed.Users), "products", len(observed.SKUs),
		"requests", usage.Requests, "resourceUnits", usage.ResourceUnits, "took", a.env.Now().Sub(begun).Round(time.Microsecond).String())
	return &drawn{cloud: conn.cloud, conn: conn, reader: reader}, observed, nil
}

// groupNamesTimeout bounds the wait for something that a plan can do without.
const groupNamesTimeout = 10 * time.Second

// makePlan makes a plan, and asks for the names of the groups that it speaks of.
// The reader is nil where there is no tenant to ask.
func (a *app) makePlan(ctx context.Context, reader *graph.Reader, in planner.Input) (*plan.Plan, error) {
	defer a.took("made the plan", a.env.Now())
	result, err := planner.Work(in)
	if err != nil {
		return nil, err
	}
	names, err := a.groupNames(ctx, reader, result.Groups())
	if err != nil {
		return nil, err
	}
	return result.Plan(names), nil
}

// groupNames asks for the names of groups, which takes a permission that a plan
// does not need otherwise: without it they are nil, and groups are called by
// their ids. The error is that of the context.
func (a *app) groupNames(ctx context.Context, reader *graph.Reader, groups []license.GUID) (map[license.GUID]string, error) {
	if reader == nil || len(groups) == 0 {
		return nil, nil
	}
	limited, cancel := context.WithTimeout(ctx, groupNamesTimeout)
	defer cancel()
	names, err := reader.GroupNames(limited, groups)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		a.console.Debug("groups are called by their ids, because their names could not be read", "error", err)
		return nil, nil
	}
	return names, nil
}

func (a *app) tool() plan.Tool { return plan.Tool{Name: toolName, Version: a.env.Version} }
