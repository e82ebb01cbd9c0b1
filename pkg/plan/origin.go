package plan

// OriginKind is what asks for an action.
type OriginKind string

// The kinds of origins.
const (
	OriginProfile   OriginKind = "profile"   // a license of a profile
	OriginDefaults  OriginKind = "defaults"  // a license of the defaults of a manifest
	OriginEntry     OriginKind = "entry"     // the entry of the user
	OriginSelection OriginKind = "selection" // a selection that the user is in
	OriginPolicy    OriginKind = "policy"    // what the policy says of unlisted users
	OriginReclaim   OriginKind = "reclaim"   // a rule of the policy that takes licenses back
)

// Origin is the place that asks for an action: not where the user stands, but
// the line that one would change to undo it. Many users share one.
type Origin struct {
	Kind   OriginKind `json:"kind"`
	Name   string     `json:"name,omitempty"` // of the profile or the rule, or what the selection is called
	Source Source     `json:"source"`
}

// IsShared reports an origin that other users may have too.
func (o *Origin) IsShared() bool { return o != nil && o.Kind != OriginEntry }
