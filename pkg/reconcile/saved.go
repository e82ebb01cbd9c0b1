package reconcile

import (
	"context"
	"fmt"

	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// SavedRequest says which saved plan to take up.
type SavedRequest struct {
	Path      string
	Manifests []string // their paths; empty: where they were when the plan was made
	PlanID    string   // what was approved; empty: nobody says
	MaxAge    PlanAge
}

// Saved is a saved plan that fits the day and its manifests.
type Saved struct {
	Plan *plan.Plan

	ground savedManifests
}

// OpenSaved reads a saved plan and holds it against the id that was approved,
// against its manifests and against the day. It touches no network. The error
// is that of a file, of the manifests, or a *Failure of kind stale.
func (s *Session) OpenSaved(req SavedRequest) (*Saved, error) {
	p, err := readPlan(req.Path)
	if err != nil {
		return nil, err
	}
	if err := CheckID(p, req.PlanID); err != nil {
		return nil, err
	}
	ground, err := s.findManifests(p, req.Manifests)
	if err != nil {
		return nil, err
	}
	if err := s.checkDay(p, ground.location(p), req.MaxAge); err != nil {
		return nil, err
	}
	return &Saved{p, ground}, nil
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

// TakeUp holds a saved plan against the tenant, and its guards against the
// limits and approvals of its manifests. It reads only.
func (s *Session) TakeUp(ctx context.Context, c *Connection, saved *Saved) (*Planned, error) {
	reader, err := c.Reader()
	if err != nil {
		return nil, err
	}
	p := &Planned{Tenant: Tenant{Cloud: saved.Plan.Cloud, Reader: reader, conn: c}, Plan: saved.Plan, Limits: saved.ground.limits()}
	if err := p.checkTenant(ctx); err != nil {
		return nil, err
	}
	skus, err := reader.SubscribedSKUs(ctx)
	if err != nil {
		return nil, err
	}
	p.Catalog = license.NewCatalog(skus)
	return p, s.retake(ctx, p, saved.ground)
}

// checkTenant refuses a plan that was made for another tenant than this one.
func (p *Planned) checkTenant(ctx context.Context) error {
	org, err := p.Reader.Organization(ctx)
	if err != nil {
		return err
	}
	cloud := p.conn.Cloud().Name
	if org.ID == p.Plan.Tenant.ID && cloud == p.Plan.Cloud {
		return nil
	}
	return (&Failure{Kind: KindStale, What: "the plan is for another tenant", Next: "sign in to that tenant, or plan again"}).because(
		fmt.Sprintf("the plan is for tenant %s in the cloud %s, and this is tenant %s in the cloud %s", p.Plan.Tenant.ID, p.Plan.Cloud, org.ID, cloud), "")
}

// retake holds the guards of a saved plan against the limits and approvals of
// its manifests, which takes reading what their percentages are taken of. A
// plan that takes nothing away and that nobody approves needs none of it: what
// is left to count is users, and these are counted by what the plan does.
func (s *Session) retake(ctx context.Context, p *Planned, g savedManifests) error {
	isBack := p.Plan.Manifests != nil && p.Plan.Manifests.Policy != nil
	switch {
	case g.set == nil:
		return nil
	case isBack && g.from == (Origin{}):
		p.Limits = receipt.LimitsOfPlan
		s.Log.Warn("what the plan leads back to is not here: its limits and approvals are taken from the file")
		return nil
	case !p.Plan.Removes() && p.Plan.Summary.GroupsChanged == 0 && !p.Plan.IsApproved() && p.Plan.Summary.Changed <= g.set.Policy.Guards.MaxUsersChanged.Count:
		return nil
	}
	prepared, err := s.Prepare(PlanRequest{Set: g.set, From: g.from})
	if err != nil {
		return err
	}
	gathered, err := s.Gather(ctx, p.conn, prepared)
	if err != nil {
		return err
	}
	retaken, err := planner.Retake(p.Plan, gathered.Input)
	if err == nil {
		p.Plan = retaken
	}
	return err
}

// CheckID holds a plan against the id that was approved; empty: nobody says
// one. The error is a *Failure of kind stale.
func CheckID(p *plan.Plan, approved string) error {
	if approved == "" || approved == p.PlanID {
		return nil
	}
	return (&Failure{Kind: KindStale, What: "this plan is not the approved one", Next: "review the new plan"}).because(
		fmt.Sprintf("the plan has the id %s, and %s was approved", p.PlanID, approved),
		"manifests, policy or tenant have changed since the review, or the plan was narrowed by other flags")
}

// CheckGuards names the guards that stand in the way of a plan. The error is a
// *Failure of kind refused.
func CheckGuards(p *plan.Plan) error {
	if p.Applyable {
		return nil
	}
	trips := ""
	for _, g := range p.Guards {
		if !g.Stops() {
			continue
		}
		if trips != "" {
			trips += ", "
		}
		trips += string(g.Name)
		if product := g.Product(); product != "" {
			trips += " " + product
		}
		trips += fmt.Sprintf(": %s of %s allowed", quantity.Text(g.Actual), quantity.Text(*g.Limit))
	}
	return &Failure{Kind: KindRefused, What: "the plan trips " + trips,
		Next: "review it; an Approval, or apply --allow GUARD with the saved plan or its --plan-id, lets this one plan pass"}
}
