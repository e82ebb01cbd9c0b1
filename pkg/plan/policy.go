package plan

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// Policy is the rules of one tenant. Take DefaultPolicy where no manifest
// gives one: the zero Policy has no guards.
type Policy struct {
	Name   string // metadata.name; empty for the default policy
	Source Source // of the document; zero for the default policy

	TenantID license.GUID // the only tenant to run against; zero: any

	ManagedSKUs []Ref // nil: all of them
	IgnoredSKUs []Ref

	UnlistedUsers UnlistedUsers
	Inherited     Inherited
	Protected     []Ref // users that are never touched: UPN or object id
	Guards        Guards

	Reserve  []Reserve
	Priority []string // names of UserLicenses manifests, the most important first

	Prices        *Prices // nil: costs are not known
	Location      *time.Location
	AcceptedDrift []AcceptedDrift
	DriftRemovals DriftRemovals

	AcceptedFindings []AcceptedFinding

	UnlistedGroups     UnlistedUsers      // of groups that give managed licenses and stand in no manifest
	ProtectedGroups    []Ref              // groups of which nothing changes: display name or object id
	DirectAndInherited DirectAndInherited // empty: report, where manifests or policy speak of groups
	GroupErrors        GroupErrors

	Reclaim      []ReclaimRule // as they are written; nil: nothing is taken back
	MailboxCheck MailboxCheck  // empty: off

	// WarnBeforeUntil is for how many days before an item ends the plan warns
	// of it; 0: it does not.
	WarnBeforeUntil int

	// WarnBeforeSubscriptionEnds is for how many days before a subscription ends
	// unless it is renewed the plan warns of seats that would be missing; 0: it
	// does not, and the subscriptions are not read.
	WarnBeforeSubscriptionEnds int
}

// NamedGroups lists the groups that the policy protects, and those whose drift it
// accepts, as they are written. They are looked for in the tenant, since a misspelt
// name would keep nothing as it is.
func (p Policy) NamedGroups() []string {
	var out []string
	for _, g := range p.ProtectedGroups {
		out = append(out, g.Name)
	}
	for _, a := range p.AcceptedDrift {
		if a.Group.Name != "" {
			out = append(out, a.Group.Name)
		}
	}
	return out
}

// DefaultPolicy is the policy of a tenant whose manifests give none.
func DefaultPolicy() Policy {
	return Policy{
		UnlistedUsers:  UnlistedIgnore,
		UnlistedGroups: UnlistedIgnore,
		Inherited:      InheritedSatisfies,
		GroupErrors:    GroupErrorsReport,
		Guards: Guards{
			MaxRemovals:       Limit{Count: 10, Percent: 5, Most: 50},
			MaxRemovalsPerSKU: Limit{Count: 5, Percent: 10, Most: 50},
			MaxUsersLosingAll: Limit{Count: 2, Percent: 1, Most: 50},
			MaxUsersChanged:   Limit{Count: 25, Percent: 50},
		},
		Location:        time.UTC,
		WarnBeforeUntil: 14,
		DriftRemovals:   DriftRemovalsHold,
		MailboxCheck:    MailboxCheckOff,
	}
}

// UnlistedUsers says what happens to users that hold managed licenses and
// stand in no manifest.
type UnlistedUsers string

// The ways to treat unlisted users.
const (
	UnlistedIgnore UnlistedUsers = "ignore"
	UnlistedReport UnlistedUsers = "report"
	UnlistedRemove UnlistedUsers = "remove"
)

// Inherited says whether a license that comes from a group is enough.
type Inherited string

// The ways to treat inherited licenses.
const (
	InheritedSatisfies Inherited = "satisfies"
	InheritedAssign    Inherited = "assign"
)

// DirectAndInherited says what becomes of a direct license that a group of the
// user gives as well.
type DirectAndInherited string

// The ways to treat them.
const (
	DirectAndInheritedKeep   DirectAndInherited = "keep"
	DirectAndInheritedReport DirectAndInherited = "report"

	// DirectAndInheritedRemove takes the direct one away, where the group's own is in
	// force for that user with all service plans that the direct one has on.
	DirectAndInheritedRemove DirectAndInherited = "remove"
)

// GroupErrors says what happens to members for whom a license of a group is in
// error.
type GroupErrors string

// The ways to treat them. What is neither reports them.
const (
	GroupErrorsReport    GroupErrors = "report"
	GroupErrorsReprocess GroupErrors = "reprocess" // those whose cause is gone
)

// Guards bound how much one plan may take away or touch.
type Guards struct {
	MaxRemovals       Limit
	MaxRemovalsPerSKU Limit
	MaxUsersLosingAll Limit
	MaxUsersChanged   Limit
}

// GuardName names a guard in approvals, flags and plans.
type GuardName string

// The guards.
const (
	GuardMaxRemovals       GuardName = "maxRemovals"
	GuardMaxRemovalsPerSKU GuardName = "maxRemovalsPerSku"
	GuardMaxUsersLosingAll GuardName = "maxUsersLosingAll"
	GuardMaxUsersChanged   GuardName = "maxUsersChanged"
)

// GuardNames lists every guard, in the order in which they are shown.
func GuardNames() []GuardName {
	return []GuardName{GuardMaxRemovals, GuardMaxRemovalsPerSKU, GuardMaxUsersLosingAll, GuardMaxUsersChanged}
}

// Limit is one guard: it trips above the larger of Count and Percent of what
// it is taken of. Both zero means that none is allowed.
type Limit struct {
	Off     bool
	Count   int
	Percent float64 // 0 to 100

	// Most bounds Count where there is little to take it of: no more than this
	// percentage, 0 to 100. Five is few of a thousand, and all of five. Zero: Count
	// holds for any size, as in limits that a policy writes down.
	Most float64
}

// Reserve keeps seats of a SKU back.
type Reserve struct {
	SKU   Ref
	Seats int
}

// Prices are what seats cost.
type Prices struct {
	Currency string // ISO 4217
	Monthly  []Price
}

// Price is what one seat of a SKU costs a month.
type Price struct {
	SKU    Ref
	Amount Money
}

// DriftRemovals says what happens to changes that take something away where
// drift alone is corrected (planner.Options.Cause).
type DriftRemovals string

// The ways to treat them. What is neither holds them.
const (
	DriftRemovalsHold  DriftRemovals = "hold"
	DriftRemovalsApply DriftRemovals = "apply"
)

// AcceptedDrift is a difference between manifests and tenant that somebody
// answers for until a date: of one user, or of what one group gives.
type AcceptedDrift struct {
	User   Ref // no name: it is of Group
	Group  Ref // display name or object id; no name: it is of User
	SKU    Ref
	Owner  string
	Reason string
	Until  Date
}
