package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// resolveAcceptedGroup finds the group and the SKUs of an accepted difference. Of
// several groups with its name each is left as it is.
func (r *policyResolver) resolveAcceptedGroup(a *acceptance) {
	if r.acceptedOfGroups == nil {
		r.acceptedOfGroups, r.lostGroups = map[groupProduct]*acceptance{}, map[license.GUID]bool{}
	}
	found := r.groupsNamed(a.Group.Name)
	for _, sku := range r.policySKU(a.SKU) {
		if len(found) == 0 && a.mayBeRenamed(a.Group) {
			r.lostGroups[sku] = true
		}
		for _, g := range found {
			key := groupProduct{g.ID, sku}
			if known := r.acceptedOfGroups[key]; known == nil || known.over {
				r.acceptedOfGroups[key] = a
			}
		}
	}
}

// groupAcceptance gives the entry of the policy for a difference of a group; nil:
// none.
func (b *basis) groupAcceptance(g *license.Group, sku license.GUID) *acceptance {
	return b.acceptedOfGroups[groupProduct{g.ID, sku}]
}

// acceptGroup drops the actions whose difference somebody answers for, and says so. One
// whose day has come stays.
func (w *groupWork) acceptGroup(b *basis, d *plannedGroupChange) {
	kept := d.Actions[:0]
	for _, a := range d.Actions {
		x := b.groupAcceptance(d.managed.group, a.SKUID)
		if x == nil || x.over {
			kept = append(kept, a)
		}
		if x != nil {
			w.used = append(w.used, x)
			w.findings.addAll(b.acceptedSayings(x, d, a.SKUID))
		}
	}
	d.Actions = kept
}

// acceptedSayings tell who answers for a difference of a group, or did until their day
// came.
func (b *basis) acceptedSayings(x *acceptance, d *plannedGroupChange, sku license.GUID) findings {
	f := finding{message: msgGroupAccepted, group: d.Group.ID, sku: sku, source: x.SKU.Source,
		args: []any{product(sku), groupID(d.Group.ID), x.Until, x.Reason, x.Owner}}
	if x.over {
		f.message = msgGroupAcceptedOver
		return findings{f}
	}
	out := findings{f}
	if b.endsSoon(x.Until) {
		f.message, f.args = msgGroupAcceptedEndsSoon, []any{product(sku), groupID(d.Group.ID), x.Until, x.Owner}
		out.add(f)
	}
	return out
}

// doubtAccepted lets no group lose a product while somebody answers for what a group
// gives of it that the tenant does not have: whichever was renamed looks like another.
func (b *basis) doubtAccepted(d *plannedGroupChange) {
	for sku := range b.lostGroups {
		if d.takes(sku) {
			d.block(plan.CodeAcceptedUnused)
		}
	}
}

// markAccepted counts the accepted differences of a group as used. It is for one of
// which it is not known what it should give, or gives: the differences may exist.
func (w *groupWork) markAccepted(b *basis, g *license.Group) {
	for of, a := range b.acceptedOfGroups {
		if of.group == g.ID {
			w.used = append(w.used, a)
		}
	}
}

// unusedGroupAcceptance warns of an accepted difference of a group that does not exist.
func (b *basis) unusedGroupAcceptance(a *acceptance) finding {
	f := finding{message: msgAcceptedGroupUnused, source: a.Group.Source, args: []any{a.SKU.Name, a.Group.Name, a.Owner, a.Until}}
	if b.in.Observed.LicensedGroups != nil && len(b.groupsNamed(a.Group.Name)) == 0 {
		f.message, f.args = msgAcceptedGroupUnknown, f.args[1:]
		if a.mayBeRenamed(a.Group) {
			f.message = msgAcceptedGroupLost
		}
	}
	return f
}

// keepAccepted blocks the changes of groups that would take from a member what the
// policy leaves them, or may leave them, and reports whether there were any.
func (w *groupWork) keepAccepted(b *basis, own ownChanges) (blocked bool) {
	if len(b.accepted) == 0 {
		return false
	}
	for _, d := range w.ready() {
		var left someNames
		doubtful := false // a member who loses a product may be the one whom an acceptance calls by an old name
		for _, o := range w.forecasts.of[d] {
			taken := b.takenFrom(o, b.final(o, own.of(o)), d)
			doubtful = doubtful || slices.ContainsFunc(taken, func(sku license.GUID) bool { return b.lostUsers[sku] })
			if answered := b.answeredFor(o.now, taken); answered != nil {
				w.used = append(w.used, answered...)
				left = append(left, o.now.UserPrincipalName)
			}
		}
		if doubtful {
			blocked = true
			d.block(plan.CodeAcceptedUnused)
		}
		if left == nil {
			continue
		}
		blocked = true
		d.block(plan.CodeGroupTakesAccepted)
		w.findings.add(finding{message: msgTakesAccepted, group: d.Group.ID, source: d.Source, args: []any{groupID(d.Group.ID), left}})
	}
	return blocked
}

// takenFrom lists the products that a change of a group takes from a member, or of which
// it takes a service plan.
func (b *basis) takenFrom(o *forecast, final []license.Assignment, d *plannedGroupChange) []license.GUID {
	if o.now == nil {
		return nil
	}
	var out []license.GUID
	for _, a := range d.Actions {
		if a.TakesAway() && b.loses(o, final, d.Group.ID, a.SKUID) {
			out = append(out, a.SKUID)
		}
	}
	return out
}

// answeredFor lists the acceptances of a user in some products whose day has not come.
func (b *basis) answeredFor(u *license.UserState, skus []license.GUID) []*acceptance {
	var out []*acceptance
	for _, sku := range skus {
		if x := b.acceptedFor(u, sku); x != nil && !x.over {
			out = append(out, x)
		}
	}
	return out
}
