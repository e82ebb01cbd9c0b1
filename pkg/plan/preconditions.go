package plan

import (
	"cmp"
	"errors"
	"slices"

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

// Knows reports whether the answer tells whom the query selects.
func (a Answer) Knows(q Query) bool {
	return a.Refused == "" && (q.Group == "" || len(a.Groups) == 1)
}

// Has reports whether the answer has a user.
func (a Answer) Has(user license.GUID) bool {
	_, found := slices.BinarySearchFunc(a.Users, user, license.CompareGUIDs)
	return found
}

// preconditions gives what a change rests on; nil where it takes nothing away.
func (p *planner) preconditions(d *draft) *Preconditions {
	if !d.TakesAway() {
		return nil
	}
	out := &Preconditions{UserPrincipalName: d.User.UserPrincipalName, InForce: p.grounds(d)}
	out.SelectedBy, out.NotSelectedBy = p.selectors.of(d.subject)
	return out
}

// grounds lists the assignments that have to be in force.
func (p *planner) grounds(d *draft) []Ground {
	out, user := []Ground{}, d.subject.user
	for _, w := range d.subject.wants {
		if direct, held := user.DirectLicense(w.sku.ID); held && direct.InForce() {
			out = append(out, p.ground(direct))
		} else if !d.adds(w.sku.ID) {
			for _, a := range user.Given(w.sku.ID) {
				out = append(out, p.ground(a))
			}
		}
	}
	if len(out) == 0 && !slices.ContainsFunc(d.Actions, func(a Action) bool { return a.Op == OpAdd }) {
		// That they do not end with nothing rests on all that they are left with.
		out = p.remains(d)
	}
	slices.SortFunc(out, func(a, b Ground) int {
		return cmp.Or(license.CompareGUIDs(a.SKUID, b.SKUID), license.CompareGUIDs(a.Group, b.Group))
	})
	return out
}

// remains lists the assignments in scope that are in force after a change which
// adds nothing. It never returns nil.
func (p *planner) remains(d *draft) []Ground {
	out := []Ground{}
	for _, a := range d.subject.user.Assignments {
		if p.scope.Manages(a.SKUID) && a.InForce() && !(a.Direct() && d.removes(a.SKUID)) {
			out = append(out, p.ground(a))
		}
	}
	return out
}

// removes reports whether the change takes the direct license of a SKU away.
func (d *draft) removes(sku license.GUID) bool {
	return slices.ContainsFunc(d.Actions, func(a Action) bool { return a.Op == OpRemove && a.SKUID == sku })
}

func (p *planner) ground(a license.Assignment) Ground {
	out := Ground{SKUID: a.SKUID, SKUPartNumber: p.partNumber(a.SKUID), Group: a.Group}
	if !a.Direct() {
		out.DisabledPlans = append([]license.GUID{}, a.DisabledPlans...)
	}
	return out
}

// selectors are the queries of the selections whose answers are known, with
// what they say, by what has to be decided.
type selectors struct {
	day      Date
	answers  map[Query]Answer
	all      []Selection
	prepared map[int][]Query // by how many of decisivePhases matter
}

// decisivePhases are the phases of a selection in which it speaks for a user, the
// first before the second; in the third it only keeps them from being unlisted.
func decisivePhases() []Phase { return []Phase{Active, Over, Pending} }

// of splits the queries that could change what is declared of a user by whether
// they select the user. An entry that holds is stronger than all of them.
func (s *selectors) of(u *subject) (selected, not []Query) {
	if u.vouched {
		return nil, nil
	}
	relevant := s.relevant(u)
	for _, q := range relevant {
		if s.answers[q].Has(u.user.ID) {
			selected = append(selected, q)
		}
	}
	if selected == nil {
		return nil, relevant
	}
	for _, q := range relevant {
		if !slices.Contains(selected, q) {
			not = append(not, q)
		}
	}
	return selected, not
}

// relevant gives the queries that matter to a user: for one whom nobody lists
// all, for one whose last speaker has ended those that speak or have spoken.
// Users share the result.
func (s *selectors) relevant(u *subject) []Query {
	phases := 1
	switch {
	case len(u.entries) == 0 && u.selection == "":
		phases = 3
	case u.phase == Over:
		phases = 2
	}
	out, known := s.prepared[phases]
	if known {
		return out
	}
	for _, sel := range s.all {
		matters := slices.Contains(decisivePhases()[:phases], sel.Entry.Window.PhaseOn(s.day))
		if sel.Query != (Query{}) && matters && s.answers[sel.Query].Knows(sel.Query) {
			out = append(out, sel.Query)
		}
	}
	slices.SortFunc(out, Query.Compare)
	out = slices.Compact(out)
	if s.prepared == nil {
		s.prepared = map[int][]Query{}
	}
	s.prepared[phases] = out
	return out
}
