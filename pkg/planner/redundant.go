package planner

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// A license is redundant where another product that the user holds has every
// one of its service plans that is on. Plans that apply to the company do not
// count, and neither do products that the policy leaves out: they take no part
// in a plan.

// redundancies find the redundant licenses of users. What is redundant is
// remembered by what is assigned, and that nothing is by what is assigned directly and
// by whatever groups: many users have the same.
type redundancies struct {
	*basis
	known   map[string][]*redundancy
	nothing map[string]bool
	plans   map[license.GUID][]license.GUID // the service plans for users of the tenant's products; sorted
	held    []assignedProduct               // room to list what one user holds
	key     []byte                          // and to build its keys
}

func newRedundancies(b *basis) *redundancies {
	r := &redundancies{basis: b, known: map[string][]*redundancy{}, nothing: map[string]bool{}, plans: map[license.GUID][]license.GUID{}}
	for _, sku := range b.catalog.SKUs() {
		var plans []license.GUID
		for _, servicePlan := range sku.Plans {
			if servicePlan.AppliesTo != license.AppliesToCompany {
				plans = append(plans, servicePlan.ID)
			}
		}
		r.plans[sku.ID] = license.SortedGUIDs(plans)
	}
	return r
}

// of gives a user's licenses that add nothing to another one, as a change leaves
// them; nil: nothing changes.
func (r *redundancies) of(s *managedUser, change *plan.Change) []*redundancy {
	if !s.manages {
		return nil
	}
	r.held = r.assignedProducts(s.user, change, r.held[:0])
	if len(r.held) < 2 {
		return nil
	}
	r.key = appendShape(r.key[:0], r.held)
	if r.nothing[string(r.key)] {
		return nil
	}
	shape := len(r.key)
	r.key = appendAssigned(r.key, r.held)
	found, known := r.known[string(r.key[shape:])]
	if known {
		return found
	}
	if found = r.redundant(r.held); len(found) == 0 {
		r.nothing[string(r.key[:shape])] = true
		return nil
	}
	r.known[string(r.key[shape:])] = found
	return found
}

// assignedProduct is one path by which a user holds a product in scope.
type assignedProduct struct {
	sku   license.GUID
	group license.GUID   // zero when direct
	off   []license.GUID // sorted
}

// assignedProducts appends what a user holds after a change, the direct licenses first;
// nil: as they are. A path that is not in force may give no service.
func (r *redundancies) assignedProducts(u *license.UserState, change *plan.Change, out []assignedProduct) []assignedProduct {
	if change != nil {
		for _, l := range change.After.Licenses {
			if was, held := u.DirectLicense(l.SKUID); !held || was.InForce() {
				out = append(out, assignedProduct{sku: l.SKUID, off: l.DisabledPlans})
			}
		}
	}
	for _, direct := range []bool{true, false} {
		for _, a := range u.Assignments {
			if a.Direct() != direct || direct && change != nil {
				continue
			}
			if a.InForce() && r.scope.Manages(a.SKUID) {
				out = append(out, assignedProduct{a.SKUID, a.Group, a.DisabledPlans})
			}
		}
	}
	return out
}

// appendShape appends what decides about what is redundant: of a product that comes from
// a group it does not matter which one it is, or whether it is several.
func appendShape(key []byte, held []assignedProduct) []byte {
	for i, h := range held {
		if i > 0 && h.group != (license.GUID{}) && h.isLike(held[i-1]) {
			continue
		}
		from := byte('g')
		if h.group == (license.GUID{}) {
			from = 'd'
		}
		key = h.appendPlans(append(append(key, h.sku[:]...), from))
	}
	return key
}

// isLike reports whether a group gives what another one gives.
func (h assignedProduct) isLike(other assignedProduct) bool {
	return other.group != (license.GUID{}) && h.sku == other.sku && slices.Equal(h.off, other.off)
}

// appendAssigned appends all that is told of what is redundant: groups too.
func appendAssigned(key []byte, held []assignedProduct) []byte {
	for _, h := range held {
		key = h.appendPlans(append(append(key, h.sku[:]...), h.group[:]...))
	}
	return key
}

func (h assignedProduct) appendPlans(key []byte) []byte {
	key = binary.AppendUvarint(key, uint64(len(h.off)))
	for _, servicePlan := range h.off {
		key = append(key, servicePlan[:]...)
	}
	return key
}

// redundancy is a product that adds nothing to another one. Users share it.
type redundancy struct {
	*bundle
	by *bundle // has all that it has on
}

// redundant compares all products that somebody holds.
func (r *redundancies) redundant(held []assignedProduct) []*redundancy {
	products := r.bundles(held)
	var out []*redundancy
	for _, b := range products {
		// The best one is never redundant, so that of two equal ones a single
		// side is told, and of several the same one stays.
		i := slices.IndexFunc(products, func(other *bundle) bool { return other != b && other.replaces(b) })
		if i < 0 {
			continue
		}
		out = append(out, &redundancy{b, products[i]})
	}
	return out
}

// bundle is a product that somebody holds, by whatever paths.
type bundle struct {
	sku    license.GUID
	on     []license.GUID // service plans for users that are on by any path; sorted
	direct bool
	groups []license.GUID // in the order of the user's assignments

	price plan.Money // zero: not known
	size  int        // service plans of the product
	part  string
}

// bundles brings the paths of each product together. The products come in the
// order of preference, the one to keep first. Those without a service for
// users are left out.
func (r *redundancies) bundles(held []assignedProduct) []*bundle {
	var out []*bundle
	for _, h := range held {
		i := slices.IndexFunc(out, func(b *bundle) bool { return b.sku == h.sku })
		if i < 0 {
			sku, _ := r.catalog.SKU(h.sku)
			i, out = len(out), append(out, &bundle{sku: h.sku, price: r.prices[h.sku], size: len(sku.Plans), part: r.partNumber(h.sku)})
		}
		b := out[i]
		if plans := r.plans[h.sku]; len(h.off) == 0 {
			b.on = plans
		} else {
			on := filter(plans, func(id license.GUID) bool { return !license.ContainsGUID(h.off, id) })
			b.on = license.SortedGUIDs(slices.Concat(b.on, on))
		}
		if h.group == (license.GUID{}) {
			b.direct = true
		} else {
			b.groups = append(b.groups, h.group)
		}
	}
	out = slices.DeleteFunc(out, func(b *bundle) bool { return len(b.on) == 0 })
	slices.SortFunc(out, preferred)
	return out
}

// preferred orders products, the one to keep first: the one with more on; of
// two that have the same on, the one from a group, since the other can be
// taken away without it; then the one that saves less, and the larger one.
func preferred(a, b *bundle) int {
	fromGroup := func(b *bundle) int { return min(len(b.groups), 1) }
	return cmp.Or(
		cmp.Compare(len(b.on), len(a.on)),
		cmp.Compare(fromGroup(b), fromGroup(a)),
		cmp.Compare(a.price, b.price),
		cmp.Compare(b.size, a.size),
		strings.Compare(a.part, b.part),
		license.CompareGUIDs(a.sku, b.sku),
	)
}

// replaces reports whether all that other has on is on in b as well, and b is
// the one to keep.
func (b *bundle) replaces(other *bundle) bool {
	return preferred(b, other) < 0 && !slices.ContainsFunc(other.on, func(servicePlan license.GUID) bool { return !license.ContainsGUID(b.on, servicePlan) })
}

// redundancyFinding tells of one redundant license of one user. Only a seat that
// the user alone takes is saved by taking it away from them.
func (b *basis) redundancyFinding(s *managedUser, r *redundancy) finding {
	w, asked := s.wants.of(r.sku)
	f := finding{message: msgRedundant, user: s.name(), sku: r.sku, source: s.source, args: []any{r, whereToGiveUp{r, w.asked}}}
	if asked {
		f.source = w.asked.SKU.Source
	}
	if len(r.groups) > 0 {
		f.group = r.groups[0]
	} else {
		f.cost = b.price(r.sku)
	}
	return f
}
