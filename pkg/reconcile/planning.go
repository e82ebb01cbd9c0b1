package reconcile

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// PlanRequest says what to plan.
type PlanRequest struct {
	Set      *manifest.Set   // the manifests
	From     Origin          // what the plan starts from instead
	Baseline string          // the path of a receipt or snapshot that tells drift from what is pending; empty: no causes
	Options  planner.Options // what the plan is narrowed to
	Users    []string        // to read beside those that the plan needs; may be nil
	Groups   []string        // the same of groups, by display name or id
}

// Prepared is a request with everything that can be known without a tenant.
type Prepared struct {
	goal     goal
	policy   plan.Policy
	baseline *plan.Baseline // nil: none
	live     string         // a snapshot that stands for the tenant; empty: none
	options  planner.Options
}

// NeedsTenant reports whether a tenant has to be asked: no snapshot stands for
// it.
func (p *Prepared) NeedsTenant() bool { return p.live == "" }

// Tenant is the tenant of a plan, as far as it takes to show the plan and to
// carry it out.
type Tenant struct {
	Cloud   string           // a name that auth.Clouds has
	Catalog *license.Catalog // of its products
	Reader  *graph.Reader    // nil: a snapshot stands for it

	conn *Connection // nil: the same
}

// Gathered is everything that a plan is made from.
type Gathered struct {
	Tenant
	Input planner.Input

	since time.Time // of the baseline; zero: there is none
}

// Planned is a plan with its tenant.
type Planned struct {
	Tenant
	Plan *plan.Plan

	// Limits says whose limits and approvals hold; empty: those of the
	// manifests that it was made from.
	Limits receipt.LimitsFrom

	since time.Time // of the baseline; zero: there is none
}

// Prepare reads what a request names, and no tenant. The error is that of a
// file, or one that says that its tenant is not that of the policy.
func (s *Session) Prepare(req PlanRequest) (*Prepared, error) {
	goal, err := s.goalOf(req.Set, req.From)
	if err != nil {
		return nil, err
	}
	goal.users = append(goal.users, req.Users...)
	if len(req.Groups) > 0 {
		wanted := observe.GroupRequest{Named: req.Groups}
		if goal.groups != nil {
			wanted.Giving, wanted.Named = goal.groups.Giving, append(wanted.Named, goal.groups.Named...)
		}
		goal.groups = &wanted
	}
	base, err := s.readBaseline(req.Baseline)
	if err != nil {
		return nil, err
	}
	if err := base.narrow(&goal, req.Set); err != nil {
		return nil, err
	}
	policy := req.Set.Policy
	if req.From.Undo != "" || req.From.Restore != "" {
		policy = withoutReclaim(policy)
	}
	return &Prepared{goal: goal, policy: policy, baseline: base.Baseline, live: req.From.Live, options: req.Options}, nil
}

// Plan makes a plan of the tenant as it is now, or was. It reads only. The
// connection is not used where NeedsTenant says no, and may be nil then.
func (s *Session) Plan(ctx context.Context, c *Connection, p *Prepared) (*Planned, error) {
	g, err := s.Gather(ctx, c, p)
	if err != nil {
		return nil, err
	}
	made, err := s.makePlan(ctx, g)
	if err != nil {
		return nil, err
	}
	return &Planned{Tenant: g.Tenant, Plan: made, since: g.since}, nil
}

// Gather brings together what a plan is made from. The connection is as for
// Plan.
func (s *Session) Gather(ctx context.Context, c *Connection, p *Prepared) (*Gathered, error) {
	tenant, observed, err := s.look(ctx, c, p)
	if err != nil {
		return nil, err
	}
	tenant.Catalog = license.NewCatalog(observed.SKUs)
	g := &Gathered{Tenant: tenant, Input: planner.Input{
		Desired: p.goal.desired(observed), Policy: p.policy, Observed: observed, Options: p.options, Baseline: p.baseline,
		Now: s.Now(), Tool: s.Tool, Cloud: tenant.Cloud,
	}}
	if p.baseline != nil {
		g.since = p.baseline.At
	}
	if g.Input.Observed.Signals, err = s.signals(ctx, g.Reader, g.Input); err != nil {
		return nil, err
	}
	g.Input.Observed.Attributes, err = attributes(ctx, g)
	return g, err
}

// attributes reads the attributes by which selections may have missed users who
// are about to lose something, which takes requests in that case alone.
func attributes(ctx context.Context, g *Gathered) (plan.Attributes, error) {
	known := g.Input.Observed.Attributes
	users, properties, err := planner.Unsure(g.Input)
	if err != nil || len(users) == 0 {
		return known, err
	}
	if g.Reader == nil {
		return nil, misused("the snapshot does not tell the "+strings.Join(properties, " and the ")+" of users, by which a selection may have missed "+
			quantity.Of(len(users), "user")+" who would lose licenses", "take it again, with the paths of the manifests: licensectl snapshot manifests")
	}
	read, err := g.Reader.Attributes(ctx, properties, users)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(plan.Attributes(read))
	maps.Copy(out, known)
	return out, nil
}

// look reads what a plan needs of the tenant, or takes it from a snapshot.
func (s *Session) look(ctx context.Context, c *Connection, p *Prepared) (Tenant, plan.Observed, error) {
	if !p.NeedsTenant() {
		return s.lookAt(p)
	}
	expected, err := c.Expects(p.goal.tenant)
	if err != nil {
		return Tenant{}, plan.Observed{}, err
	}
	reader, err := c.Reader()
	if err != nil {
		return Tenant{}, plan.Observed{}, err
	}
	begun := s.Now()
	request := observe.Request{TenantID: expected, Users: p.goal.users, Queries: p.goal.queries, Groups: p.goal.groups, Whole: p.goal.whole}
	var subscriptions *license.Subscriptions
	if p.policy.WarnBeforeSubscriptionEnds > 0 {
		request.Beside = func(ctx context.Context) (err error) {
			subscriptions, err = observe.Subscriptions(ctx, reader, begun.UTC())
			return err
		}
	}
	observed, err := observe.Tenant(ctx, reader, request)
	if err != nil {
		return Tenant{}, plan.Observed{}, err
	}
	observed.Subscriptions = subscriptions
	usage := reader.Usage()
	s.Log.Debug("read the tenant", "tenant", observed.Tenant.ID, "users", len(observed.Users), "products", len(observed.SKUs),
		"requests", usage.Requests, "resourceUnits", usage.ResourceUnits, "took", s.Now().Sub(begun).Round(time.Microsecond).String())
	return Tenant{Cloud: c.Cloud().Name, Reader: reader, conn: c}, observed, nil
}

// lookAt takes the tenant from the snapshot of a request.
func (s *Session) lookAt(p *Prepared) (Tenant, plan.Observed, error) {
	snapshot, err := s.ReadSnapshotOf(p.goal.tenant, p.live)
	snapshot.Observed.Whole = p.goal.whole
	return Tenant{Cloud: snapshot.Cloud}, snapshot.Observed, err
}

// makePlan makes a plan, and asks for the names of the groups that it speaks of.
func (s *Session) makePlan(ctx context.Context, g *Gathered) (*plan.Plan, error) {
	defer s.took("made the plan", s.Now())
	result, err := planner.Work(g.Input)
	if err != nil {
		return nil, err
	}
	names, err := s.GroupNames(ctx, g.Reader, result.Groups())
	if err != nil {
		return nil, err
	}
	return result.Plan(names), nil
}

// groupNamesTimeout bounds the wait for something that a plan can do without.
const groupNamesTimeout = 10 * time.Second

// GroupNames asks for the names of groups, which takes a permission that a plan
// does not need otherwise: without it, and without a reader, they are nil, and
// groups are called by their ids. The error is that of the context.
func (s *Session) GroupNames(ctx context.Context, reader *graph.Reader, groups []license.GUID) (map[license.GUID]string, error) {
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
		s.Log.Debug("groups are called by their ids, because their names could not be read", "error", err)
		return nil, nil
	}
	return names, nil
}
