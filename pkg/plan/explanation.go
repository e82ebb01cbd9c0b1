package plan

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// Explanation says why one user keeps, gets, loses or lacks each license. It
// is made from a plan over all users, and says nothing that the plan does not
// do: seats and guards are those of everybody. Its JSON form is the contract
// of docs/explain.md.
type Explanation struct {
	FormatVersion string       `json:"formatVersion"`
	PlanID        string       `json:"planId"`    // of the plan that it explains
	Applyable     bool         `json:"applyable"` // of the plan: no guard stops it
	CreatedAt     time.Time    `json:"createdAt"`
	Tool          Tool         `json:"tool"`
	Tenant        Tenant       `json:"tenant"`
	Cloud         string       `json:"cloud"`
	Sources       []SourceFile `json:"sources"` // sorted by path
	AsOf          Date         `json:"asOf"`

	User      ExplainedUser      `json:"user"`
	Standing  Standing           `json:"standing"`
	Entries   []ExplainedEntry   `json:"entries"`            // that name the user; by place
	Protected bool               `json:"protected"`          // by the policy
	Status    Status             `json:"status,omitempty"`   // of the change; empty: nothing changes
	Reprocess bool               `json:"reprocess,omitzero"` // what groups could not give the user is tried again
	Reasons   []Reason           `json:"reasons"`            // what is true of the user as a whole
	Location  ExplainedLocation  `json:"usageLocation"`
	Licenses  []ExplainedLicense `json:"licenses"`         // those that change first; by verdict, then part number
	Groups    []Group            `json:"groups,omitempty"` // names of the groups by which licenses are kept, as Plan.Groups has them
	Findings  []Finding          `json:"findings"`         // those of the plan that concern the user
}

// ExplainedUser is the user as the tenant has them.
type ExplainedUser struct {
	ID                license.GUID `json:"id"`
	UserPrincipalName string       `json:"userPrincipalName"`
	DisplayName       string       `json:"displayName"`
	UserType          string       `json:"userType"` // Member or Guest; open
	AccountEnabled    bool         `json:"accountEnabled"`
}

// Standing says how the manifests treat a user on the day of the plan.
type Standing string

// The standings of a user.
const (
	StandingListed   Standing = "listed"   // an entry is in force
	StandingEnded    Standing = "ended"    // the last entry has ended: no license is desired
	StandingUpcoming Standing = "upcoming" // every entry begins later
	StandingUnlisted Standing = "unlisted" // no entry names the user
)

// ExplainedEntry is one entry that names the user.
type ExplainedEntry struct {
	Name            string `json:"name"`                // as it is written: user principal name, object id or me
	Selection       string `json:"selection,omitempty"` // that brings the user in; empty: an entry of their own
	Manifest        string `json:"manifest"`
	Source          Source `json:"source"`
	From            Date   `json:"from,omitzero"`
	Until           Date   `json:"until,omitzero"`
	Decides         bool   `json:"decides"`         // it is the one that speaks for the user
	ManagesLicenses bool   `json:"managesLicenses"` // it names licenses or profiles
}

// ExplainedLocation is what becomes of the usage location.
type ExplainedLocation struct {
	Verdict Verdict  `json:"verdict"`         // keep, update, blocked, held, protected or unmanaged
	Now     string   `json:"now"`             // empty: none
	Desired string   `json:"desired"`         // empty: no entry says
	Cause   Cause    `json:"cause,omitempty"` // of the update; empty: no baseline was given
	Reasons []Reason `json:"reasons"`
}

// Verdict is what becomes of one license.
type Verdict string

// The verdicts, in the order in which they are shown.
const (
	VerdictLose      Verdict = "lose"      // held directly, and the plan takes it away
	VerdictUpdate    Verdict = "update"    // held directly, and the plan alters its service plans
	VerdictGain      Verdict = "gain"      // the plan assigns it
	VerdictBlocked   Verdict = "blocked"   // the plan would change it, or cannot tell, and something is missing
	VerdictHeld      Verdict = "held"      // the plan would change it, and keeps it back on purpose
	VerdictProtected Verdict = "protected" // it differs, and the policy protects the user
	VerdictAccepted  Verdict = "accepted"  // the policy accepts the difference
	VerdictFailing   Verdict = "failing"   // asked for and assigned, and not in force; the plan cannot alter that
	VerdictReclaimed Verdict = "reclaimed" // asked for, and a rule of the policy does not give it
	VerdictPending   Verdict = "pending"   // asked for from a later day on; what is held is kept
	VerdictKeep      Verdict = "keep"      // held directly, in force, and asked for
	VerdictSatisfied Verdict = "satisfied" // asked for, and a group gives it, in force
	VerdictInherited Verdict = "inherited" // not asked for, and only the group can take it away
	VerdictUnmanaged Verdict = "unmanaged" // the policy, or the entry, does not manage it
	VerdictIgnored   Verdict = "ignored"   // the policy leaves the product out
)

// Verdicts lists every verdict, in the order in which they are shown.
func Verdicts() []Verdict {
	return []Verdict{
		VerdictLose, VerdictUpdate, VerdictGain, VerdictBlocked, VerdictHeld, VerdictProtected, VerdictAccepted,
		VerdictFailing, VerdictReclaimed, VerdictPending, VerdictKeep, VerdictSatisfied, VerdictInherited, VerdictUnmanaged, VerdictIgnored,
	}
}

// ExplainedLicense is one product that the user holds, or is to hold.
type ExplainedLicense struct {
	SKUID         license.GUID `json:"skuId"`
	SKUPartNumber string       `json:"skuPartNumber"`
	Verdict       Verdict      `json:"verdict"`

	// Op is what the plan does, or would do were it not blocked, held or
	// protected; empty: nothing, or it cannot tell.
	Op Op `json:"op,omitempty"`

	// KeptBy are the groups that go on giving the user all that is on in the license of
	// their own that goes; sorted. Nil: they lose something, or nothing goes.
	KeptBy []license.GUID `json:"keptBy,omitempty"`

	Cause Cause `json:"cause,omitempty"` // of Op; empty: no baseline was given

	Paths   []Path   `json:"paths"`           // by which it is held now, the direct one first
	Asks    []Ask    `json:"asks"`            // places in manifests that ask for it; by place
	Seats   *Seats   `json:"seats,omitempty"` // of the plan; nil where the product is not in scope
	Reasons []Reason `json:"reasons"`         // in the order in which they are told
}

// Path is one way in which a license is held.
type Path struct {
	Kind          PathKind     `json:"kind"`
	Group         license.GUID `json:"group,omitzero"`      // of kind PathGroup
	GroupName     string       `json:"groupName,omitempty"` // empty: not known
	DisabledPlans []PlanRef    `json:"disabledPlans"`       // sorted by name
	State         string       `json:"state"`               // Active, Error …; open
	Error         string       `json:"error,omitempty"`     // CountViolation …; open
	InForce       bool         `json:"inForce"`             // it is known to give the license
}

// PathKind tells a license of the user's own from one of a group.
type PathKind string

// The kinds of paths.
const (
	PathDirect  PathKind = "direct"
	PathGroup   PathKind = "group"
	PathUnknown PathKind = "unknown" // the tenant contradicts itself
)

// Ask is one place in a manifest that asks for a product.
type Ask struct {
	Source  Source `json:"source"`
	Profile string `json:"profile,omitempty"` // that brings it; empty: the entry's own
	Phase   string `json:"phase"`             // active, pending or over
	From    Date   `json:"from,omitzero"`
	Until   Date   `json:"until,omitzero"`
}

// Reason is one sentence of an explanation, with the place that it rests on.
type Reason struct {
	Message string  `json:"message"`
	Source  *Source `json:"source,omitempty"` // nil where no manifest is concerned
}

// MentionedGroups lists the groups that the explanation speaks of, sorted: those whose
// names are worth asking the tenant for.
func (e *Explanation) MentionedGroups() []license.GUID {
	var out []license.GUID
	add := func(group license.GUID) {
		if group != (license.GUID{}) {
			out = append(out, group)
		}
	}
	for _, l := range e.Licenses {
		for _, path := range l.Paths {
			add(path.Group)
		}
		out = append(out, l.KeptBy...)
	}
	for _, f := range e.Findings {
		add(f.Group)
	}
	return license.SortedGUIDs(out)
}
