package plan

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// GroupExplanation says why one group gives, comes to give or stops giving each
// product, and what that means for its members. It is made from a plan, and says nothing
// that the plan does not do. Its JSON form is the contract of docs/explain.md.
type GroupExplanation struct {
	FormatVersion string       `json:"formatVersion"`
	PlanID        string       `json:"planId"`    // of the plan that it explains
	Applyable     bool         `json:"applyable"` // of the plan: no guard stops it
	CreatedAt     time.Time    `json:"createdAt"`
	Tool          Tool         `json:"tool"`
	Tenant        Tenant       `json:"tenant"`
	Cloud         string       `json:"cloud"`
	Sources       []SourceFile `json:"sources"` // sorted by path
	AsOf          Date         `json:"asOf"`

	Group     ExplainedGroup          `json:"group"`
	Protected bool                    `json:"protected"`        // by the policy
	Reasons   []Reason                `json:"reasons"`          // what is true of the group as a whole
	Licenses  []ExplainedGroupLicense `json:"licenses"`         // that it gives, or is to give; by part number
	Change    *GroupChange            `json:"change"`           // nil: nothing changes
	Groups    []Group                 `json:"groups,omitempty"` // names of the groups that the change speaks of, as Plan.Groups has them
	Findings  []Finding               `json:"findings"`         // those of the plan that concern the group
}

// ExplainedGroup is the group as the tenant has it.
type ExplainedGroup struct {
	ID               license.GUID `json:"id"`
	DisplayName      string       `json:"displayName"`
	SecurityEnabled  bool         `json:"securityEnabled"`
	Dynamic          bool         `json:"dynamic"`
	OnPremisesSynced bool         `json:"onPremisesSynced"`
	ProcessingState  string       `json:"processingState"` // empty: not told
	Members          *int         `json:"members"`         // direct members that are users; nil: not told
	Untold           bool         `json:"untold,omitzero"` // what the group gives is not told
}

// ExplainedGroupLicense is one product that a group gives, or is to give.
type ExplainedGroupLicense struct {
	SKUID         license.GUID `json:"skuId"`
	SKUPartNumber string       `json:"skuPartNumber"`
	Gives         bool         `json:"gives"`           // now
	DisabledPlans []PlanRef    `json:"disabledPlans"`   // now; sorted by name
	Op            Op           `json:"op,omitempty"`    // what the plan does, or would do; empty: nothing
	Cause         Cause        `json:"cause,omitempty"` // of Op; empty: no baseline was given
	Reasons       []Reason     `json:"reasons"`
}
