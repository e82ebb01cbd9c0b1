package reconcile

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
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

	Subscriptions *license.Subscriptions // as far as they are told; never nil
}

// ReadInventory reads the products of a tenant with their subscriptions, and no
// user.
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
	if out.Subscriptions, err = observe.Subscriptions(ctx, reader, s.Now().UTC()); err != nil {
		return Inventory{}, err
	}
	return out, nil
}

// SnapshotRequest says what a snapshot is to have beside all users and products.
type SnapshotRequest struct {
	Set   *manifest.Set // whom its manifests select, and what groups give where they speak of it; nil: neither
	Dates bool          // when licenses were given, or changed since
	Names bool          // the names of the groups that give licenses, as far as they may be read
}

// TakeSnapshot reads everything that a tenant has of licenses, and what else is
// asked for. The time is when reading began.
func (s *Session) TakeSnapshot(ctx context.Context, c *Connection, req SnapshotRequest) (observe.Snapshot, error) {
	set := req.Set
	if set == nil {
		set = &manifest.Set{}
	}
	taken := s.Now().UTC().Truncate(time.Second)
	request := WholeRequest{Policy: set.Policy, Queries: queriesOf(set), Groups: groupsOf(set.Desired, set.Policy)}
	if request.Groups != nil {
		request.Groups.Giving = true // whatever the manifests come to say of groups, it stands for the tenant
	}
	observed, err := s.ReadWhole(ctx, c, request)
	if err != nil {
		return observe.Snapshot{}, err
	}
	reader, err := c.Reader()
	if err != nil {
		return observe.Snapshot{}, err
	}
	if req.Dates {
		if err := readDates(ctx, reader, &observed, taken); err != nil {
			return observe.Snapshot{}, err
		}
	}
	observed.Signals, err = s.signals(ctx, reader, planner.Input{Desired: set.Desired, Policy: set.Policy, Observed: observed, Now: taken})
	if err != nil {
		return observe.Snapshot{}, err
	}
	if req.Names {
		if observed.Groups, err = s.GroupNames(ctx, reader, givingGroups(observed.Users)); err != nil {
			return observe.Snapshot{}, err
		}
	}
	if observed.Subscriptions, err = observe.Subscriptions(ctx, reader, taken); err != nil {
		return observe.Snapshot{}, err
	}
	return observe.Snapshot{TakenAt: taken, Cloud: c.Cloud().Name, Tool: s.Tool, Observed: observed}, nil
}

// readDates reads when the licenses of everybody came.
func readDates(ctx context.Context, r observe.SignalReader, observed *plan.Observed, now time.Time) error {
	var ids []license.GUID
	for _, u := range observed.Users {
		if len(u.Assignments) > 0 {
			ids = append(ids, u.ID)
		}
	}
	read, err := observe.Signals(ctx, r, observe.SignalsRequest{
		Wanted: license.SignalRequest{license.SignalAssigned: ids}, Users: observed.Users, AtLeast: len(observed.Users), At: now,
	})
	observed.Signals.Assigned = read.Assigned
	return err
}

// givingGroups are the groups that users have licenses from, sorted.
func givingGroups(users []license.UserState) []license.GUID {
	groups := map[license.GUID]bool{}
	for _, u := range users {
		for _, a := range u.Assignments {
			if !a.Direct() {
				groups[a.Group] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(groups), license.CompareGUIDs)
}

// WholeRequest says what to read of a tenant beside all users and products.
type WholeRequest struct {
	Policy  plan.Policy  // of the only tenant that may answer
	Users   []string     // as manifests name them, such as me; may be nil
	Queries []plan.Query // who is selected; may be nil

	Groups *observe.GroupRequest // what groups give; nil: nobody asks
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
	var texts plan.Attributes
	properties := planner.TextProperties(req.Queries)
	observed, err := observe.Tenant(ctx, reader, observe.Request{
		TenantID: expected, Users: req.Users, Queries: req.Queries, Groups: req.Groups, Whole: true,
		// A listing of its own, which takes as long as that of the users.
		Beside: func(ctx context.Context) (err error) {
			texts, err = readTexts(ctx, reader, properties)
			return err
		},
	})
	if err != nil {
		return plan.Observed{}, err
	}
	observed.Departments = texts["department"]
	if len(properties) > 0 {
		observed.Attributes = plan.Attributes{}
	}
	for _, property := range properties {
		observed.Attributes[property] = texts[property]
	}
	return observed, nil
}

// readTexts reads the department of everybody, and other properties where there
// are some.
func readTexts(ctx context.Context, reader *graph.Reader, properties []string) (plan.Attributes, error) {
	if len(properties) == 0 {
		departments, err := reader.Departments(ctx)
		return plan.Attributes{"department": departments}, err
	}
	return reader.Attributes(ctx, unique(slices.Concat(properties, []string{"department"})), nil)
}

// unique gives names sorted, each once.
func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
