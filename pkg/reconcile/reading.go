package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// Inventory is what a tenant has bought.
type Inventory struct {
	Tenant plan.Tenant
	Cloud  string // a name that auth.Clouds has
	SKUs   []license.SKU
}

// ReadInventory reads the products of a tenant, and no user.
func (s *Session) ReadInventory(ctx context.Context, c *Connection) (Inventory, error) {
	reader, err := c.Reader()
	if err != nil {
		return Inventory{}, err
	}
	org, err := reader.Organization(ctx)
	if err != nil {
		return Inventory{}, err
	}
	out := Inventory{Tenant: plan.Tenant{ID: org.ID, DisplayName: org.DisplayName}, Cloud: c.Cloud().Name}
	if expected := c.target.TenantID; expected != (license.GUID{}) && expected != org.ID {
		return Inventory{}, &observe.TenantError{Expected: expected, Actual: out.Tenant}
	}
	if out.SKUs, err = reader.SubscribedSKUs(ctx); err != nil {
		return Inventory{}, err
	}
	return out, nil
}

// TakeSnapshot reads everything that a tenant has of licenses, and whom the
// manifests select; nil: none are asked for. The time is when reading began.
func (s *Session) TakeSnapshot(ctx context.Context, c *Connection, set *manifest.Set) (observe.Snapshot, error) {
	if set == nil {
		set = &manifest.Set{}
	}
	taken := s.Now().UTC().Truncate(time.Second)
	observed, err := s.ReadWhole(ctx, c, WholeRequest{Policy: set.Policy, Queries: set.Desired.Queries()})
	if err != nil {
		return observe.Snapshot{}, err
	}
	return observe.Snapshot{TakenAt: taken, Cloud: c.Cloud().Name, Tool: s.Tool, Observed: observed}, nil
}

// WholeRequest says what to read of a tenant beside all users and products.
type WholeRequest struct {
	Policy  plan.Policy  // of the only tenant that may answer
	Users   []string     // as manifests name them, such as me; may be nil
	Queries []plan.Query // who is selected; may be nil
}

// ReadWhole reads everything that a tenant has of licenses, and the departments
// of its users.
func (s *Session) ReadWhole(ctx context.Context, c *Connection, req WholeRequest) (plan.Observed, error) {
	expected, err := c.Expects(req.Policy.TenantID)
	if err != nil {
		return plan.Observed{}, err
	}
	reader, err := c.Reader()
	if err != nil {
		return plan.Observed{}, err
	}
	observed, err := observe.Tenant(ctx, reader, observe.Request{TenantID: expected, Users: req.Users, Queries: req.Queries, Whole: true})
	if err != nil {
		return plan.Observed{}, err
	}
	properties := planner.TextProperties(req.Queries)
	if len(properties) == 0 {
		observed.Departments, err = reader.Departments(ctx)
		return observed, err
	}
	texts, err := reader.Attributes(ctx, unique(append(properties, "department")), nil)
	if err != nil {
		return plan.Observed{}, err
	}
	observed.Departments, observed.Attributes = texts["department"], plan.Attributes{}
	for _, property := range properties {
		observed.Attributes[property] = texts[property]
	}
	return observed, nil
}

// unique gives names sorted, each once.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
