package reconcile

import (
	"context"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// ExplainRequest says of whom to explain a plan.
type ExplainRequest struct {
	Prepared *Prepared
	User     string // as manifests name users, or an object id
}

// Explain makes a plan for the sake of one user, and gives the names of its
// products. The connection is as for Plan. It reads what a plan reads.
func (s *Session) Explain(ctx context.Context, c *Connection, req ExplainRequest) (*plan.Explanation, *license.Catalog, error) {
	g, err := s.Gather(ctx, c, req.Prepared)
	if err != nil {
		return nil, nil, err
	}
	e, err := planner.Explain(g.Input, req.User)
	if err != nil {
		return nil, nil, err
	}
	g.Input.Observed.Groups, err = s.GroupNames(ctx, g.Reader, e.Groups())
	if err != nil {
		return nil, nil, err
	}
	if g.Input.Observed.Groups != nil {
		e, err = planner.Explain(g.Input, req.User)
	}
	return e, g.Catalog, err
}

// ExplainGroup makes a plan for the sake of one group, by display name or object id,
// and gives the names of its products. The connection is as for Plan.
func (s *Session) ExplainGroup(ctx context.Context, c *Connection, p *Prepared, group string) (*plan.GroupExplanation, *license.Catalog, error) {
	g, err := s.Gather(ctx, c, p)
	if err != nil {
		return nil, nil, err
	}
	e, err := planner.ExplainGroup(g.Input, group)
	return e, g.Catalog, err
}
