package plan

import (
	"cmp"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// FormatVersion is the version of the plan document. Readers refuse another
// one.
const FormatVersion = "1"

// Plan is what has to change in one tenant. Its JSON form is the contract of
// docs/plan.md: sorted, and the same to the byte for any order of files,
// documents, users and pages but for CreatedAt and the source positions.
type Plan struct {
	FormatVersion string       `json:"formatVersion"`
	PlanID        string       `json:"planId"` // "sha256:…", over the canonical intent alone
	Applyable     bool         `json:"applyable"`
	CreatedAt     time.Time    `json:"createdAt"`
	Tool          Tool         `json:"tool"`
	Tenant        Tenant       `json:"tenant"`
	Cloud         string       `json:"cloud"`
	Sources       []SourceFile `json:"sources"` // sorted by path
	Manifests     *Manifests   `json:"manifests,omitempty"`
	AsOf          Date         `json:"asOf"`     // the day for which time-bound items were judged
	TimeZone      string       `json:"timeZone"` // in which AsOf begins and ends, as the policy has it; empty: an older plan does not tell
	Scope         Scope        `json:"scope"`
	Summary       Summary      `json:"summary"`
	Cost          *Cost        `json:"cost"` // nil where the policy has no prices
	Seats         []Seats      `json:"seats"`
	Guards        []Guard      `json:"guards"`

	// GroupChanges are what has to change in what groups give, sorted by display
	// name, then id; nil where neither manifests nor policy speak of groups.
	GroupChanges []GroupChange `json:"groupChanges,omitzero"`

	Changes  []Change  `json:"changes"`  // sorted by user principal name, then id
	Findings []Finding `json:"findings"` // the most severe first

	// Selections are those of the manifests with what each found, by place; nil
	// where there is none.
	Selections []FoundSelection `json:"selections,omitempty"`

	// Groups are the names of groups that do not change: of those of which changes speak,
	// and of those that have a name in common with such a group or one that changes, as
	// far as somebody has read them; sorted by id. They are for people alone. Nil: there
	// is none, or neither manifests nor policy speak of groups.
	Groups []Group `json:"groups,omitempty"`

	// MailboxCheck is what the policy has look at mailboxes before they go; empty: nothing,
	// or an older plan does not tell.
	MailboxCheck MailboxCheck `json:"mailboxCheck,omitempty"`

	// Since is the time of the baseline that the causes of actions are held
	// against; zero: there is none.
	Since time.Time `json:"since,omitzero"`

	// LeftOut counts the users of whom --user, --sku or --cause leave
	// something out of the changes: they need not be as declared afterwards.
	LeftOut int `json:"leftOut,omitzero"`

	// LeftOutGroups counts the groups of which they leave something out; nil where
	// neither manifests nor policy speak of groups, or an older plan does not tell.
	LeftOutGroups *int `json:"leftOutGroups,omitempty"`
}

// Manifests say where the manifests of a plan were found, so that one can be
// missed that came to them since. Plans of earlier versions do not have it.
type Manifests struct {
	Paths []string `json:"paths"` // as they were given, with forward slashes

	// Policy are the files of a plan that leads back to a receipt or a snapshot,
	// which is its only source: these give its policy and approvals. Nil: the
	// sources of the plan are the manifests.
	Policy []SourceFile `json:"policy,omitempty"`
}

// Tool says which program made a plan.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Scope is the SKUs that took part, so that a saved plan can be checked
// against the tenant without its manifests.
type Scope struct {
	Managed []license.GUID `json:"managed"` // nil: all; sorted
	Ignored []license.GUID `json:"ignored"` // sorted
}

// Manages reports whether a SKU takes part.
func (s Scope) Manages(sku license.GUID) bool {
	return (s.Managed == nil || license.ContainsGUID(s.Managed, sku)) && !license.ContainsGUID(s.Ignored, sku)
}

// Summary counts users and actions. Users = Changed + Unchanged + Blocked +
// Held; the actions are those of the ready changes, which is what an apply
// would do.
type Summary struct {
	Users            int `json:"users"`
	Changed          int `json:"changed"`
	Unchanged        int `json:"unchanged"`
	Blocked          int `json:"blocked"`
	Held             int `json:"held"`
	Add              int `json:"add"`
	Update           int `json:"update"`
	Remove           int `json:"remove"`
	SetUsageLocation int `json:"setUsageLocation"`
	Reprocess        int `json:"reprocess,omitzero"`

	// Groups are those that manifests and policy manage, GroupsChanged those of
	// them with a ready change. What their members get and lose is not among the
	// actions.
	Groups        int `json:"groups,omitzero"`
	GroupsChanged int `json:"groupsChanged,omitzero"`
}

// Cost is what the ready changes cost or save a month.
type Cost struct {
	Currency     string        `json:"currency"`
	MonthlyDelta Money         `json:"monthlyDelta"`
	Products     []ProductCost `json:"products"` // those of which seats are taken or freed; by part number
}

// ProductCost is what the ready changes cost or save of one SKU.
type ProductCost struct {
	SKUID         license.GUID `json:"skuId"`
	SKUPartNumber string       `json:"skuPartNumber"`
	Seats         int          `json:"seats"`        // taken less freed
	MonthlyPrice  *Money       `json:"monthlyPrice"` // of one seat; nil: the policy has none
	MonthlyDelta  Money        `json:"monthlyDelta"` // zero where the price is not known
}

// Seats is one SKU of the tenant before and after the ready changes.
type Seats struct {
	SKUID         license.GUID `json:"skuId"`
	SKUPartNumber string       `json:"skuPartNumber"`
	Enabled       int          `json:"enabled"`
	Warning       int          `json:"warning"`
	Consumed      int          `json:"consumed"`
	Reserve       int          `json:"reserve"` // kept back by the policy
	Add           int          `json:"add"`     // seats that the plan takes
	Remove        int          `json:"remove"`  // seats that the plan frees
	After         int          `json:"after"`   // consumed after the plan
}

// Guard is one limit of the policy held against the plan.
type Guard struct {
	Name          GuardName    `json:"name"`
	SKUPartNumber string       `json:"skuPartNumber,omitempty"` // the SKU, for a guard per SKU
	SKUID         license.GUID `json:"skuId,omitzero"`          // the same, where the tenant has two products of the part number
	Limit         *int         `json:"limit"`                   // nil: the guard is off
	Actual        int          `json:"actual"`
	Tripped       bool         `json:"tripped"`
	ApprovedBy    string       `json:"approvedBy,omitempty"` // the Approval that lets it pass
}

// Stops reports whether the guard keeps the plan from being applied.
func (g Guard) Stops() bool { return g.Tripped && g.ApprovedBy == "" }

// FoundSelection is a selection and how many users it found.
type FoundSelection struct {
	Source Source `json:"source"`
	Text   string `json:"text"`  // what changes call it: `group "Sales EMEA"`
	Found  *int   `json:"found"` // nil: whom it selects cannot be told
}

// Status says whether a change can be carried out.
type Status string

// The statuses of a change.
const (
	StatusReady   Status = "ready"
	StatusBlocked Status = "blocked" // something is missing: a seat, a usage location
	StatusHeld    Status = "held"    // kept back on purpose
)

// Change is everything that has to change for one user. All its license
// actions are one assignLicense call.
type Change struct {
	User     UserRef        `json:"user"`
	Source   Source         `json:"source"` // the entry that asks for it; zero for unlisted users
	Status   Status         `json:"status"`
	Actions  []Action       `json:"actions"` // setUsageLocation, then remove, update, add; by part number
	Before   State          `json:"before"`
	After    State          `json:"after"`
	Priority int            `json:"priority"` // place in seats.priority, 0 first: who goes before whom for a seat
	WaitsFor []license.GUID `json:"waitsFor"` // users whose change must have freed a seat first; sorted
	Reasons  []Code         `json:"reasons"`  // why it is blocked or held; sorted

	// WaitsForGroups are the groups of which a license must be in force for the user
	// first, with the service plans that the plan counts on; sorted.
	WaitsForGroups []license.GUID `json:"waitsForGroups,omitempty"`

	// WaitsForSeatsOf are the groups that must have lost something first, since
	// that frees the seats which the change takes; sorted.
	WaitsForSeatsOf []license.GUID `json:"waitsForSeatsOf,omitempty"`

	// Selection is what brings the user in, such as `group "Sales EMEA"`;
	// empty: an entry of their own.
	Selection string `json:"selection,omitempty"`

	// Preconditions are what the change rests on; nil where it takes nothing away.
	Preconditions *Preconditions `json:"preconditions,omitzero"`

	// Audit is who changed the licenses of the user in the tenant, the latest
	// first; nil where nobody asked or it may not be known.
	Audit []AuditEvent `json:"audit,omitempty"`
}

// AuditEvent is an entry of the tenant's directory audit log about one user.
type AuditEvent struct {
	At       time.Time `json:"at"`
	Activity string    `json:"activity"` // such as "Change user license"
	Actor    string    `json:"actor"`    // user principal name or name of an app; empty: not told

	// SKUIDs are the products whose license it changed, sorted; nil: it does
	// not say, or changed the usage location.
	SKUIDs []license.GUID `json:"skuIds,omitempty"`
}

// UserRef names a user for machines and for people.
type UserRef struct {
	ID                license.GUID `json:"id"`
	UserPrincipalName string       `json:"userPrincipalName"`
}

// Compare orders users by name, and namesakes by id.
func (u UserRef) Compare(other UserRef) int {
	return cmp.Or(
		strings.Compare(license.UPNKey(u.UserPrincipalName), license.UPNKey(other.UserPrincipalName)),
		license.CompareGUIDs(u.ID, other.ID),
	)
}

// Op is what an action does.
type Op string

// The operations. They sort in the order in which they are shown.
const (
	OpSetUsageLocation Op = "setUsageLocation"
	OpRemove           Op = "remove"
	OpUpdate           Op = "update"
	OpAdd              Op = "add"
	OpReprocess        Op = "reprocess" // has the service try again what groups could not give the user; last, in a call of its own
)

// Action is one step of a change.
type Action struct {
	Op            Op           `json:"op"`
	SKUID         license.GUID `json:"skuId,omitzero"`
	SKUPartNumber string       `json:"skuPartNumber,omitempty"`

	// DisabledPlans are the service plans that are off after an add or an
	// update, sorted by name; nil for the other operations.
	DisabledPlans []PlanRef `json:"disabledPlans,omitzero"`

	UsageLocation string  `json:"usageLocation,omitempty"` // what setUsageLocation sets
	Before        *Before `json:"before"`                  // nil for an add
	Cause         Cause   `json:"cause,omitempty"`         // empty: no baseline was given
	CausedBy      *Origin `json:"causedBy,omitempty"`      // what asks for it; nil in plans of before

	// KeptBy are the groups that give a user the product that a removal takes from them
	// directly, with all the service plans that are on in it; sorted. Nil: they lose
	// something, or the plan does not speak of groups.
	KeptBy []license.GUID `json:"keptBy,omitempty"`
}

// Loses reports whether the action takes a product away that the user does not keep by
// a group.
func (a Action) Loses() bool { return a.Op == OpRemove && len(a.KeptBy) == 0 }

// Cause tells on which side a difference came up since the baseline.
type Cause string

// The causes.
const (
	CauseDrift   Cause = "drift"   // the tenant was changed behind the manifests' back
	CausePending Cause = "pending" // the manifests were changed, and not applied yet
	CauseUnknown Cause = "unknown" // the baseline does not know the user, or the group
	CauseSignal  Cause = "signal"  // a sign of use came or stayed away, by which a rule of the policy takes or gives
)

// Before is what an action replaces.
type Before struct {
	DisabledPlans []PlanRef `json:"disabledPlans,omitzero"` // of the license, sorted by name
	UsageLocation *string   `json:"usageLocation,omitzero"`
}

// PlanRef names a service plan for machines and for people.
type PlanRef struct {
	ID   license.GUID `json:"id"`
	Name string       `json:"name"`
}

// State is what a user holds directly of the SKUs in scope.
type State struct {
	UsageLocation string         `json:"usageLocation"` // empty: none
	Licenses      []StateLicense `json:"licenses"`      // sorted by SKU id
}

// StateLicense is one direct license.
type StateLicense struct {
	SKUID         license.GUID   `json:"skuId"`
	DisabledPlans []license.GUID `json:"disabledPlans"` // sorted
}

// Severity ranks findings.
type Severity string

// The severities, the most severe first.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Finding is something about the plan that a person should know.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     Code     `json:"code"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`

	// MonthlyCost is what the thing found costs; nil where it costs nothing, or
	// the policy has no price.
	MonthlyCost *Money `json:"monthlyCost,omitempty"`

	User    string       `json:"user,omitempty"`    // user principal name, or as the manifest names them
	Group   license.GUID `json:"group,omitzero"`    // the group concerned; zero: none
	SKUID   license.GUID `json:"skuId,omitzero"`    // the product concerned; zero: none, or not told apart
	Source  *Source      `json:"source,omitempty"`  // nil where no manifest is concerned
	Related []Source     `json:"related,omitempty"` // other places concerned
}
