package observe

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// wireSnapshot names things as Graph does.
type wireSnapshot struct {
	Version string    `json:"snapshotVersion"`
	TakenAt time.Time `json:"takenAt"`

	// Checksum is the hash of everything else. Older snapshots have none.
	Checksum string `json:"checksum,omitempty"`

	Tool   plan.Tool          `json:"tool"`
	Tenant plan.Tenant        `json:"tenant"`
	Cloud  string             `json:"cloud"`
	SKUs   []wireSnapshotSKU  `json:"subscribedSkus"`
	Users  []wireSnapshotUser `json:"users"`

	// Attributes are the properties that users have Attributes of: those that
	// selections compare. They came later than version 1 as well.
	Attributes []string `json:"attributes,omitempty"` // sorted

	// GroupNames are those of groups, as far as somebody asked; sorted by id. They
	// came later than version 1.
	GroupNames []plan.Group `json:"groupNames,omitempty"`

	// Signals and Subscriptions came later than version 1: an older snapshot has
	// none, and neither has one of which nobody asked for them.
	Signals       map[license.Signal]wireReading `json:"signals,omitempty"`
	Subscriptions *wireSubscriptions             `json:"subscriptions,omitempty"`

	// Selections came later than version 1: an older snapshot has none.
	Selections []wireSelection `json:"selections,omitempty"` // sorted by query

	// Groups came later than version 1 as well. An empty list is a tenant in which
	// no group gives a license; nil is one of which nobody asked.
	Groups []wireGroup `json:"groups,omitzero"` // sorted by id
}

type wireSelection struct {
	plan.Query

	Groups  []plan.Group   `json:"groups,omitempty"`
	Refused string         `json:"refused,omitempty"`
	Users   []license.GUID `json:"users"`
	Untold  []plan.Member  `json:"untold,omitempty"`
	Lagging bool           `json:"lagging,omitempty"`
}

type wireSnapshotSKU struct {
	ID               license.GUID       `json:"skuId"`
	PartNumber       string             `json:"skuPartNumber"`
	AppliesTo        license.AppliesTo  `json:"appliesTo"`
	CapabilityStatus string             `json:"capabilityStatus"`
	Consumed         int                `json:"consumedUnits"`
	Prepaid          wirePrepaid        `json:"prepaidUnits"`
	Plans            []wireSnapshotPlan `json:"servicePlans"`
}

type wirePrepaid struct {
	Enabled   int `json:"enabled"`
	Warning   int `json:"warning"`
	Suspended int `json:"suspended"`
	LockedOut int `json:"lockedOut"`
}

type wireSnapshotPlan struct {
	ID                 license.GUID      `json:"servicePlanId"`
	Name               string            `json:"servicePlanName"`
	AppliesTo          license.AppliesTo `json:"appliesTo"`
	ProvisioningStatus string            `json:"provisioningStatus"`
}

type wireSnapshotUser struct {
	ID                license.GUID `json:"id"`
	UserPrincipalName string       `json:"userPrincipalName"`
	DisplayName       string       `json:"displayName,omitempty"`
	AccountEnabled    bool         `json:"accountEnabled"`
	UserType          string       `json:"userType,omitempty"`
	UsageLocation     string       `json:"usageLocation,omitempty"`
	Department        string       `json:"department,omitempty"`

	Attributes map[string]string `json:"attributes,omitempty"` // by property, without those that the user lacks

	Assignments []wireAssignment `json:"licenseAssignmentStates"`
	Unexplained []license.GUID   `json:"unexplained,omitempty"`
	Unreadable  string           `json:"unreadable,omitempty"`
}

type wireAssignment struct {
	SKUID         license.GUID   `json:"skuId"`
	Group         license.GUID   `json:"assignedByGroup,omitzero"`
	DisabledPlans []license.GUID `json:"disabledPlans"`
	State         string         `json:"state,omitempty"`
	Error         string         `json:"error,omitempty"`
}

// wire is the document but for the users, who are written one by one.
func (s Snapshot) wire() wireSnapshot {
	out := wireSnapshot{
		Version: SnapshotVersion, TakenAt: s.TakenAt, Tool: s.Tool, Tenant: s.Observed.Tenant, Cloud: s.Cloud,
		SKUs: []wireSnapshotSKU{}, Users: []wireSnapshotUser{},
	}
	for _, sku := range s.Observed.SKUs {
		u := sku.Units
		w := wireSnapshotSKU{
			ID: sku.ID, PartNumber: sku.PartNumber, AppliesTo: sku.AppliesTo, CapabilityStatus: sku.CapabilityStatus, Consumed: u.Consumed,
			Prepaid: wirePrepaid{u.Enabled, u.Warning, u.Suspended, u.LockedOut}, Plans: []wireSnapshotPlan{},
		}
		for _, p := range sku.Plans {
			w.Plans = append(w.Plans, wireSnapshotPlan{p.ID, p.Name, p.AppliesTo, p.ProvisioningStatus})
		}
		out.SKUs = append(out.SKUs, w)
	}
	out.Groups = wireGroups(s.Observed.LicensedGroups)
	out.Attributes = slices.Sorted(maps.Keys(s.Observed.Attributes))
	for _, id := range slices.SortedFunc(maps.Keys(s.Observed.Groups), license.CompareGUIDs) {
		out.GroupNames = append(out.GroupNames, plan.Group{ID: id, DisplayName: s.Observed.Groups[id]})
	}
	out.Signals, out.Subscriptions = wireSignals(s.Observed.Signals), wireSubscriptionsOf(s.Observed.Subscriptions)
	for _, q := range slices.SortedFunc(maps.Keys(s.Observed.Answers), plan.Query.Compare) {
		a := s.Observed.Answers[q]
		out.Selections = append(out.Selections, wireSelection{q, a.Groups, a.Refused, append([]license.GUID{}, license.SortedGUIDs(a.Users)...), a.Untold, a.Lagging})
	}
	return out
}

func (s Snapshot) wireUser(u license.UserState) wireSnapshotUser {
	out := wireSnapshotUser{
		ID: u.ID, UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName, AccountEnabled: u.AccountEnabled,
		UserType: u.UserType, UsageLocation: u.UsageLocation, Assignments: []wireAssignment{}, Unexplained: u.Unexplained,
		Department: s.Observed.Departments[u.ID], Unreadable: u.Unreadable,
	}
	for property, texts := range s.Observed.Attributes {
		if text := texts[u.ID]; text != "" {
			if out.Attributes == nil {
				out.Attributes = map[string]string{}
			}
			out.Attributes[property] = text
		}
	}
	for _, a := range u.Assignments {
		out.Assignments = append(out.Assignments, wireAssignment{a.SKUID, a.Group, append([]license.GUID{}, a.DisabledPlans...), a.State, a.Error})
	}
	return out
}

// snapshot puts the document into the form and the order that planning wants,
// and refuses what it does not hold: what is absent must not look like none.
func (w wireSnapshot) snapshot() (Snapshot, error) {
	if w.SKUs == nil || w.Users == nil || w.Tenant.ID == (license.GUID{}) {
		return Snapshot{}, errors.New("the snapshot lacks its tenant, products or users")
	}
	if err := w.bounded(); err != nil {
		return Snapshot{}, err
	}
	out := Snapshot{TakenAt: w.TakenAt, Cloud: w.Cloud, Tool: w.Tool, Observed: plan.Observed{Tenant: w.Tenant, Whole: true}}
	products := make(map[license.GUID]bool, len(w.SKUs))
	for i, s := range w.SKUs {
		if s.ID == (license.GUID{}) || s.PartNumber == "" || s.Plans == nil || products[s.ID] {
			return Snapshot{}, fmt.Errorf("product %d of the snapshot is not whole, or is there twice", i+1)
		}
		products[s.ID] = true
		out.Observed.SKUs = append(out.Observed.SKUs, s.sku())
	}
	seen, named := make(map[license.GUID]bool, len(w.Users)), make(map[string]bool, len(w.Users))
	for i, u := range w.Users {
		key := license.UPNKey(u.UserPrincipalName)
		if u.ID == (license.GUID{}) || key == "" || !u.isExplained() || seen[u.ID] || named[key] {
			return Snapshot{}, fmt.Errorf("user %d of the snapshot is not whole, or is there twice", i+1)
		}
		seen[u.ID], named[key] = true, true
		state := u.state()
		if repeatsPath(state.Assignments) {
			return Snapshot{}, fmt.Errorf("user %d of the snapshot holds a license twice by one path", i+1)
		}
		out.Observed.Users = append(out.Observed.Users, state)
		if u.Department != "" {
			if out.Observed.Departments == nil {
				out.Observed.Departments = make(map[license.GUID]string)
			}
			out.Observed.Departments[u.ID] = u.Department
		}
	}
	var err error
	if out.Observed.LicensedGroups, err = w.groups(); err != nil {
		return Snapshot{}, err
	}
	if out.Observed.Groups, err = w.groupNames(); err != nil {
		return Snapshot{}, err
	}
	if out.Observed.Signals, err = w.signals(); err != nil {
		return Snapshot{}, err
	}
	if out.Observed.Subscriptions, err = w.Subscriptions.subscriptions(); err != nil {
		return Snapshot{}, err
	}
	out.Observed.Attributes = w.attributes()
	slices.SortFunc(out.Observed.Users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	out.Observed.Answers, err = w.answers()
	return out, err
}

// attributes gives the texts of users by property; nil where the snapshot does
// not tell any.
func (w wireSnapshot) attributes() plan.Attributes {
	if w.Attributes == nil {
		return nil
	}
	out := plan.Attributes{}
	for _, property := range w.Attributes {
		texts := map[license.GUID]string{}
		for _, u := range w.Users {
			if text := u.Attributes[property]; text != "" {
				texts[u.ID] = text
			}
		}
		out[property] = texts
	}
	return out
}

// repeatsPath reports whether sorted assignments have a path twice.
func repeatsPath(sorted []license.Assignment) bool {
	once := slices.CompactFunc(slices.Clone(sorted), func(a, b license.Assignment) bool { return license.CompareAssignments(a, b) == 0 })
	return len(once) < len(sorted)
}

// answers gives who is selected; nil where the snapshot does not tell.
func (w wireSnapshot) answers() (map[plan.Query]plan.Answer, error) {
	if w.Selections == nil {
		return nil, nil
	}
	out := make(map[plan.Query]plan.Answer, len(w.Selections))
	for i, s := range w.Selections {
		_, twice := out[s.Query]
		if twice || s.Users == nil || (s.Group == "") == (s.Filter == "") {
			return nil, fmt.Errorf("selection %d of the snapshot is not whole, or is there twice", i+1)
		}
		out[s.Query] = plan.Answer{Groups: s.Groups, Refused: s.Refused, Users: license.SortedGUIDs(s.Users), Untold: s.Untold, Lagging: s.Lagging}
	}
	return out, nil
}

// bounded refuses a snapshot that holds more than any tenant has: it comes
// from a file.
func (w wireSnapshot) bounded() error {
	if len(w.SKUs) > maxSnapshotSKUs || len(w.Users) > maxSnapshotUsers || len(w.Selections) > maxSnapshotSelections ||
		len(w.Attributes) > maxSnapshotAttributes || len(w.Groups) > maxSnapshotGroups {
		return fmt.Errorf("the snapshot has %d products, %d users, %d selections and %d groups, more than are read", len(w.SKUs), len(w.Users), len(w.Selections), len(w.Groups))
	}
	for i, g := range w.Groups {
		if err := g.bounded(); err != nil {
			return fmt.Errorf("group %d of the snapshot %w", i+1, err)
		}
	}
	texts := append([]string{w.Tenant.DisplayName, w.Cloud, w.Tool.Name, w.Tool.Version}, w.Attributes...)
	for i, s := range w.SKUs {
		texts = append(texts, s.PartNumber, s.CapabilityStatus, string(s.AppliesTo))
		for _, p := range s.Plans {
			texts = append(texts, p.Name, p.ProvisioningStatus, string(p.AppliesTo))
		}
		if len(s.Plans) > maxSnapshotPlans {
			return fmt.Errorf("product %d of the snapshot has %d service plans, more than are read", i+1, len(s.Plans))
		}
	}
	for i, s := range w.Selections {
		texts = append(texts, s.Group, s.Filter, s.Refused)
		if len(s.Users) > maxSnapshotUsers || len(s.Untold) > maxSnapshotUsers || len(s.Groups) > maxSnapshotSelections {
			return fmt.Errorf("selection %d of the snapshot holds more than is read", i+1)
		}
		for _, g := range s.Groups {
			texts = append(texts, g.DisplayName)
		}
		for _, m := range s.Untold {
			texts = append(texts, m.Type)
		}
	}
	if slices.ContainsFunc(texts, isTooLong) {
		return fmt.Errorf("the snapshot has a name of more than %d bytes", maxSnapshotText)
	}
	for i, u := range w.Users {
		if err := u.bounded(); err != nil {
			return fmt.Errorf("user %d of the snapshot %w", i+1, err)
		}
	}
	return nil
}

// isExplained reports whether the licenses of the user are all there.
func (w wireSnapshotUser) isExplained() bool {
	vague := func(a wireAssignment) bool { return a.SKUID == license.GUID{} || a.DisabledPlans == nil }
	if w.Unreadable != "" && len(w.Assignments)+len(w.Unexplained) > 0 {
		return false // it cannot be both
	}
	return w.Assignments != nil && !slices.ContainsFunc(w.Assignments, vague)
}

func (w wireSnapshotUser) bounded() error {
	long := isTooLong(w.UserPrincipalName) || isTooLong(w.DisplayName) || isTooLong(w.UserType) || isTooLong(w.UsageLocation) ||
		isTooLong(w.Department) || isTooLong(w.Unreadable) || slices.ContainsFunc(slices.Collect(maps.Values(w.Attributes)), isTooLong)
	many := len(w.Assignments) > maxSnapshotAssignments || len(w.Attributes) > maxSnapshotAttributes || len(w.Unexplained) > maxSnapshotAssignments
	for _, a := range w.Assignments {
		long = long || isTooLong(a.State) || isTooLong(a.Error)
		many = many || len(a.DisabledPlans) > maxSnapshotPlans
	}
	switch {
	case long:
		return fmt.Errorf("has a name of more than %d bytes", maxSnapshotText)
	case many:
		return errors.New("holds more than is read")
	}
	return nil
}

func isTooLong(text string) bool { return len(text) > maxSnapshotText }

func (w wireSnapshotSKU) sku() license.SKU {
	out := license.SKU{
		ID: w.ID, PartNumber: w.PartNumber, AppliesTo: w.AppliesTo, CapabilityStatus: w.CapabilityStatus,
		Units: license.Units{
			Enabled: w.Prepaid.Enabled, Warning: w.Prepaid.Warning, Suspended: w.Prepaid.Suspended, LockedOut: w.Prepaid.LockedOut,
			Consumed: w.Consumed,
		},
	}
	for _, p := range w.Plans {
		out.Plans = append(out.Plans, license.ServicePlan{ID: p.ID, Name: p.Name, AppliesTo: p.AppliesTo, ProvisioningStatus: p.ProvisioningStatus})
	}
	return out
}

func (w wireSnapshotUser) state() license.UserState {
	out := license.UserState{
		ID: w.ID, UserPrincipalName: w.UserPrincipalName, DisplayName: w.DisplayName, AccountEnabled: w.AccountEnabled,
		UserType: w.UserType, UsageLocation: w.UsageLocation, Unexplained: license.SortedGUIDs(w.Unexplained), Unreadable: w.Unreadable,
	}
	for _, a := range w.Assignments {
		out.Assignments = append(out.Assignments, license.Assignment{
			SKUID: a.SKUID, Group: a.Group, DisabledPlans: license.SortedGUIDs(a.DisabledPlans), State: a.State, Error: a.Error,
		})
	}
	license.SortAssignments(out.Assignments)
	return out
}
