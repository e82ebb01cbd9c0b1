package plan

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// GroupChange is everything that has to change in what one group gives its
// members. What it gives comes first, and what it takes away when that is proven,
// in a call of its own, unless OneCall.
type GroupChange struct {
	Group   Group        `json:"group"`
	Source  Source       `json:"source"` // the entry that asks for it; the policy's for groups that stand in no manifest
	Status  Status       `json:"status"`
	Actions []Action     `json:"actions"` // remove, update, add; by part number
	Before  GroupState   `json:"before"`
	After   GroupState   `json:"after"`
	Members MemberCounts `json:"members"`

	// WaitsFor are the groups that must have lost something first, since that
	// frees the seats that this group's members take; sorted.
	WaitsFor []license.GUID `json:"waitsFor"`

	// WaitsForUsers are the users whose change must have freed a seat first, in the
	// same way; sorted.
	WaitsForUsers []license.GUID `json:"waitsForUsers,omitempty"`

	Reasons []Code `json:"reasons"` // why it is blocked or held; sorted

	// OneCall tells that what is given and what is taken cannot be held together,
	// so that both are one call.
	OneCall bool `json:"oneCall,omitzero"`

	// Effects say what the change means for every direct member that is a user,
	// each in exactly one of them; those whom the same happens to are together. In
	// order of what happens to them. They are also what the change rests on: whoever
	// would lose a product and is not in an effect that says so came later, and
	// makes the group stale.
	Effects []MemberEffect `json:"effects"`

	// KeptBy is by what members go on holding what the group takes away; nil where
	// nobody does by something that the plan changes.
	KeptBy *KeptBy `json:"keptBy,omitzero"`

	// Mailboxes are members who lose the last service plan with a mailbox: it has to
	// be one that may go. Sorted; nil: nobody does, or the policy does not ask.
	Mailboxes []license.GUID `json:"mailboxes,omitempty"`
}

// GroupState is what a group gives of the SKUs in scope.
type GroupState struct {
	Licenses []StateLicense `json:"licenses"` // sorted by SKU id
}

// MemberCounts count the members of a group by what a change means for them. A
// member who gets one product and loses another is counted twice.
type MemberCounts struct {
	Total int `json:"total"`
	Gain  int `json:"gain"` // get a product or a service plan
	Lose  int `json:"lose"` // lose a product or a service plan
	Keep  int `json:"keep"` // see no difference
	Wait  int `json:"wait"` // are to get a product, and cannot yet
}

// MemberEffect is what a group change means for some of the members. Where all
// lists are empty they see no difference: they hold by another path what the
// group comes to give them, or what it takes away.
type MemberEffect struct {
	// Gain are the products that they get, or of which they get a service plan, and
	// have by no other path; sorted.
	Gain []license.GUID `json:"gain"`

	// Lose are the products that they end without, or of which they lose a service
	// plan, by this group's change alone or with other changes; sorted.
	Lose []license.GUID `json:"lose"`

	// Part are those of Lose that they go on having, with fewer service plans; sorted.
	// Nil: none, or it is an older plan.
	Part []license.GUID `json:"part,omitempty"`

	Wait    []Waiting      `json:"wait"`    // what the group will not give them yet; sorted
	Members []license.GUID `json:"members"` // sorted

	// Names are the user principal names of the members, in their order, where they lose
	// something; an empty one is not known. Nil: they lose nothing, or it is an older plan.
	Names []string `json:"names,omitempty"`
}

// Waiting is a product that a member does not get, though the group is to give
// it.
type Waiting struct {
	SKUID  license.GUID `json:"skuId"`
	Reason Code         `json:"reason"` // seat-shortage, no-usage-location, plans-exclude, plan-needs-another, unreadable-user
}

// KeptBy is what must be proven before a group takes something away that members
// keep by another path.
type KeptBy struct {
	Groups []license.GUID `json:"groups"` // whose gain it is; sorted
	Users  []license.GUID `json:"users"`  // whose own change assigns it; sorted
}

// IsTold reports whether it is known what the change means for the members: what it is,
// and who they are.
func (c *GroupChange) IsTold() bool {
	return len(c.Actions) > 0 && !(c.Members.Total == 0 && slices.Contains(c.Reasons, CodeGroupUntold))
}

// TakesAway reports whether the change takes a license away or turns a service
// plan off that was on, whether or not members have it by another path.
func (c *GroupChange) TakesAway() bool { return slices.ContainsFunc(c.Actions, Action.TakesAway) }

// MemberIDs lists the direct members that are users when the plan was made,
// sorted.
func (c *GroupChange) MemberIDs() []license.GUID {
	var out []license.GUID
	for _, e := range c.Effects {
		out = append(out, e.Members...)
	}
	slices.SortFunc(out, license.CompareGUIDs)
	return out
}

// Loses reports whether the plan says that a member ends without a product, or
// without a service plan of it.
func (c *GroupChange) Loses(user, sku license.GUID) bool {
	return slices.ContainsFunc(c.Effects, func(e MemberEffect) bool {
		return slices.Contains(e.Lose, sku) && license.ContainsGUID(e.Members, user)
	})
}

// LosesPart reports whether the plan says that a member loses service plans of a product
// and goes on having it.
func (c *GroupChange) LosesPart(user, sku license.GUID) bool {
	return slices.ContainsFunc(c.Effects, func(e MemberEffect) bool {
		return slices.Contains(e.Part, sku) && license.ContainsGUID(e.Members, user)
	})
}

// Promises lists the members for whom the license of a product that the group
// comes to give, or gives already, must show as in force: all but those who are
// known to wait for it. Sorted.
func (c *GroupChange) Promises(sku license.GUID) []license.GUID {
	var out []license.GUID
	for _, e := range c.Effects {
		if !slices.ContainsFunc(e.Wait, func(w Waiting) bool { return w.SKUID == sku }) {
			out = append(out, e.Members...)
		}
	}
	slices.SortFunc(out, license.CompareGUIDs)
	return out
}

// CountMembers counts the members of effects.
func CountMembers(effects []MemberEffect) MemberCounts {
	var out MemberCounts
	for _, e := range effects {
		n := len(e.Members)
		out.Total += n
		out.Gain += n * min(len(e.Gain), 1)
		out.Lose += n * min(len(e.Lose), 1)
		out.Wait += n * min(len(e.Wait), 1)
		if len(e.Gain)+len(e.Lose)+len(e.Wait) == 0 {
			out.Keep += n
		}
	}
	return out
}

// GroupStateOf gives what a group gives of the SKUs in scope: the form in which
// plans and receipts keep it.
func GroupStateOf(g license.Group, scope Scope) GroupState {
	out := GroupState{Licenses: []StateLicense{}}
	for _, l := range g.Licenses {
		if scope.Manages(l.SKUID) {
			out.Licenses = append(out.Licenses, StateLicense{SKUID: l.SKUID, DisabledPlans: ids(l.DisabledPlans)})
		}
	}
	slices.SortFunc(out.Licenses, func(a, b StateLicense) int { return license.CompareGUIDs(a.SKUID, b.SKUID) })
	return out
}

// License gives the license of a SKU.
func (st GroupState) License(sku license.GUID) (StateLicense, bool) { return st.state().License(sku) }

// After gives the state after the actions.
func (st GroupState) After(actions []Action) GroupState {
	return GroupState{Licenses: st.state().After(actions).Licenses}
}

// Equal reports whether two states are the same.
func (st GroupState) Equal(other GroupState) bool { return st.state().Equal(other.state()) }

func (st GroupState) state() State { return State{Licenses: st.Licenses} }

// Compare orders what members wait for.
func (w Waiting) Compare(other Waiting) int {
	return cmp.Or(license.CompareGUIDs(w.SKUID, other.SKUID), cmp.Compare(w.Reason, other.Reason))
}
