package reconcile

import (
	"context"
	"maps"
	"slices"

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
	names, err := s.GroupNames(ctx, g.Reader, unnamed(e.MentionedGroups(), g.Input.Observed))
	if err != nil {
		return nil, nil, err
	}
	if len(names) > 0 {
		maps.Copy(names, g.Input.Observed.Groups)
		g.Input.Observed.Groups = names
		e, err = planner.Explain(g.Input, req.User)
	}
	return e, g.Catalog, err
}

// unnamed leaves out the groups whose names were read with everything else.
func unnamed(groups []license.GUID, o plan.Observed) []license.GUID {
	return slices.DeleteFunc(groups, func(id license.GUID) bool {
		_, named := o.Groups[id]
		return named || slices.ContainsFunc(o.LicensedGroups, func(g license.Group) bool { return g.ID == id })
	})
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
