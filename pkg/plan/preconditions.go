package plan

import (
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/license"
)

// Preconditions are what a change that takes something away rests on, beside
// what the user holds directly before it. An apply looks at them again, without
// the manifests, and leaves the user alone where one is not so any more. A kind
// of precondition that comes later gets a key of its own.
type Preconditions struct {
	// UserPrincipalName is the user's name, by which an entry means them, or none
	// does.
	UserPrincipalName string `json:"userPrincipalName"`

	// InForce are assignments that have to be in force: of what the user is
	// declared to hold, and the change does not assign; and where nothing is
	// declared, of all that they are left with. Sorted; never nil.
	InForce []RequiredAssignment `json:"inForce"`

	// SelectedBy and NotSelectedBy are queries by whether their answer has to have
	// the user: of the manifests' selections those that could change what is declared
	// of a user without an entry of their own, and of the groups that a rule leaves
	// out all, where it takes something. Sorted; may be nil.
	SelectedBy    []Query `json:"selectedBy,omitempty"`
	NotSelectedBy []Query `json:"notSelectedBy,omitempty"`

	// Reclaims are what the rules rest on that take something; sorted by product.
	// Nil: none does.
	Reclaims []ReclaimEvidence `json:"reclaims,omitempty"`

	// Mailbox tells that a mailbox goes: it has to be one that may.
	Mailbox bool `json:"mailbox,omitzero"`
}

// ReclaimEvidence is what a rule saw by which it takes a product.
type ReclaimEvidence struct {
	SKUID    license.GUID `json:"skuId"`
	Rule     string       `json:"rule"`
	Disabled bool         `json:"disabled,omitzero"` // the account has to be disabled
	Signals  []SignalSeen `json:"signs"`             // sorted by signal; never nil
}

// SignalSeen is what a signal told of a user: it has to tell the same still, or nothing
// later.
type SignalSeen struct {
	Signal license.Signal `json:"signal"`
	At     time.Time      `json:"at,omitzero"` // zero: it tells that there was nothing

	// Workloads are the services whose use counts; nil: the signal is not about
	// services.
	Workloads []license.Workload `json:"workloads,omitempty"`
}

// Reclaim gives what the rule rests on that takes a product; false: none is told.
func (p *Preconditions) Reclaim(sku license.GUID) (ReclaimEvidence, bool) {
	if p == nil {
		return ReclaimEvidence{}, false
	}
	i := slices.IndexFunc(p.Reclaims, func(g ReclaimEvidence) bool { return g.SKUID == sku })
	if i < 0 {
		return ReclaimEvidence{}, false
	}
	return p.Reclaims[i], true
}

// RequiredAssignment is an assignment by which a user has a product.
type RequiredAssignment struct {
	SKUID         license.GUID `json:"skuId"`
	SKUPartNumber string       `json:"skuPartNumber"`
	Group         license.GUID `json:"group,omitzero"` // zero: the user's own

	// DisabledPlans are the service plans of a group's license that may be off: those
	// that are, and those that the plan has the group switch off. Nil for the user's
	// own, which Before has.
	DisabledPlans []license.GUID `json:"disabledPlans,omitzero"`
}

// UnmarshalJSONFrom refuses what this program does not know: a precondition that is
// not looked at is none.
func (p *Preconditions) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain Preconditions
	if err := json.UnmarshalDecode(dec, (*plain)(p), json.RejectUnknownMembers(true)); err != nil {
		return err
	}
	if p.UserPrincipalName == "" || p.InForce == nil {
		return errors.New("preconditions that are not whole")
	}
	return nil
}
