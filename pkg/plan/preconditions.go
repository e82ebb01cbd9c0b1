package plan

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/licensectl/licensectl/pkg/license"
)

// Preconditions are what a change that takes something away rests on, beside
// what the user holds directly before it. An apply looks at them again, without
// the manifests, and leaves the user alone where one is not so any more. A kind
// of ground that comes later gets a key of its own.
type Preconditions struct {
	// UserPrincipalName is the user's name, by which an entry means them, or none
	// does.
	UserPrincipalName string `json:"userPrincipalName"`

	// InForce are assignments that have to be in force: of what the user is
	// declared to hold, and the change does not assign; and where nothing is
	// declared, of all that they are left with. Sorted; never nil.
	InForce []Ground `json:"inForce"`

	// SelectedBy and NotSelectedBy are queries of the manifests' selections, by
	// whether their answer has to have the user: those that could change what is
	// declared of them. Sorted; nil for a user with an entry of their own.
	SelectedBy    []Query `json:"selectedBy,omitempty"`
	NotSelectedBy []Query `json:"notSelectedBy,omitempty"`
}

// Ground is an assignment by which a user has a product.
type Ground struct {
	SKUID         license.GUID   `json:"skuId"`
	SKUPartNumber string         `json:"skuPartNumber"`
	Group         license.GUID   `json:"group,omitzero"`         // zero: the user's own
	DisabledPlans []license.GUID `json:"disabledPlans,omitzero"` // of a group's; nil for the user's own, which Before has
}

// UnmarshalJSONFrom refuses what this program does not know: a ground that is
// not looked at is no ground.
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
