package planner

import (
	"maps"
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
)

// What a group gives is written down at once, and comes into force for one member after
// the other, which may take a day, or never for some (entra-docs,
// licensing-group-advanced). Until then they do not have it.

// owes reports whether a group gives a product and is to go on giving it, and a member
// does not have it in force by that group.
func (m *managedGroup) owes(u *license.UserState, sku license.GUID) bool {
	_, wanted := m.wants.of(sku)
	_, gives := m.group.License(sku)
	return wanted && gives && license.ContainsGUID(m.group.Members, u.ID) && !isGivenBy(u, m.group.ID, sku)
}

// isGivenBy reports whether a user has a product in force by one group.
func isGivenBy(u *license.UserState, group, sku license.GUID) bool {
	return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == sku && a.Group == group && a.InForce() })
}

// owes reports whether any managed group owes a user a product.
func (w *groupWork) owes(u *license.UserState, sku license.GUID) bool {
	return slices.ContainsFunc(w.managed.all, func(m *managedGroup) bool { return m.owes(u, sku) })
}

// owed tells of groups for whose members something is not in force that they give and
// are to go on giving: a finding for each group and product.
func (w *groupWork) owed(b *basis) findings {
	var out findings
	if b.in.Desired.OnlyListed || b.narrowed.users != nil {
		return nil
	}
	for _, m := range w.managed.all {
		var places []int32
		for _, wanted := range m.wants {
			sku := wanted.sku.ID
			if _, gives := m.group.License(sku); !gives || !b.scope.Manages(sku) || b.narrowed.skus != nil && !b.narrowed.skus[sku] {
				continue
			}
			if places == nil {
				places = b.placesOf(m.group)
			}
			if why := b.lacking(m.group.ID, sku, places); len(why) > 0 {
				out.add(finding{message: msgNotInForceForMembers, group: m.group.ID, sku: sku, source: m.source,
					args: []any{product(sku), groupID(m.group.ID), quantity.Text(why.total()), quantity.Of(len(places), "member"), why}})
			}
		}
	}
	return out
}

// membersLacking are members without a product that their group gives, counted by what
// the tenant says of it.
type membersLacking map[string]int

// words says how many there are of whom what is said.
func (all membersLacking) words() string {
	return listOf(slices.Sorted(maps.Keys(all)), ", ", func(why string) string { return why + " (" + quantity.Text(all[why]) + ")" })
}

// total is how many there are.
func (all membersLacking) total() int {
	n := 0
	for _, of := range all {
		n += of
	}
	return n
}

// lacking counts the members at some places of the tenant for whom a group's license of a
// product is not in force.
func (b *basis) lacking(group, sku license.GUID, places []int32) membersLacking {
	out := membersLacking{}
	for _, place := range places {
		if place == nobody || b.in.Observed.Users[place].Unreadable != "" {
			out["what they hold is not told"]++
			continue
		}
		u := &b.in.Observed.Users[place]
		at := slices.IndexFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == sku && a.Group == group })
		switch {
		case slices.Contains(u.Unexplained, sku):
			out["the tenant contradicts itself about it"]++
		case at < 0:
			out["nothing is told of it yet"]++
		case !u.Assignments[at].InForce():
			out[u.Assignments[at].Standing()]++
		}
	}
	return out
}
