package planner

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// acceptedKey is one user and one SKU that somebody answers for.
type acceptedKey struct {
	user string // UPN key, or object id in text form
	sku  license.GUID
}

// acceptance is an entry of the policy's acceptedDrift.
type acceptance struct {
	plan.AcceptedDrift
	over bool // its day has come: nobody answers for the difference any more
}

// resolveAccepted finds the SKUs of the accepted differences.
func (r *policyResolver) resolveAccepted() {
	r.accepted, r.lostUsers = map[acceptedKey]*acceptance{}, map[license.GUID]bool{}
	for _, drift := range r.in.Policy.AcceptedDrift {
		a := &acceptance{AcceptedDrift: drift, over: !r.day.Before(drift.Until)}
		r.acceptances = append(r.acceptances, a)
		if a.Group.Name != "" {
			r.resolveAcceptedGroup(a)
			continue
		}
		lost := r.isLost(a)
		if lost {
			// Nobody is taken for unlisted: whoever was renamed looks so.
			r.unlistedDoubts = noted(r.unlistedDoubts, plan.CodeAcceptedUnused)
		}
		for _, id := range r.policySKU(a.SKU) {
			r.lostUsers[id] = r.lostUsers[id] || lost
			key := acceptedKey{license.UPNKey(a.User.Name), id}
			if known := r.accepted[key]; known == nil || known.over {
				r.accepted[key] = a
			}
		}
	}
}

// isLost reports whether somebody still answers for the licenses of a user whom the
// tenant does not have by that name: they may have been renamed, and would lose what
// was to be left as it is. An object id stays.
func (b *basis) isLost(a *acceptance) bool {
	_, known := b.users.Find(a.User.Name)
	return !known && a.mayBeRenamed(a.User)
}

// mayBeRenamed reports whether what the acceptance names may have another name by now,
// where the tenant has nobody of that name.
func (a *acceptance) mayBeRenamed(ref plan.Ref) bool { return !a.over && !license.IsGUID(ref.Name) }

// acceptance gives the entry of the policy for what an action would change;
// nil: none.
func (b *basis) acceptance(u *license.UserState, a plan.Action) *acceptance {
	if len(b.accepted) == 0 || a.Op == plan.OpSetUsageLocation {
		return nil
	}
	return b.acceptedFor(u, a.SKUID)
}

func (b *basis) acceptedFor(u *license.UserState, sku license.GUID) *acceptance {
	if len(b.accepted) == 0 {
		return nil
	}
	if a := b.accepted[acceptedKey{license.UPNKey(u.UserPrincipalName), sku}]; a != nil {
		return a
	}
	return b.accepted[acceptedKey{u.ID.String(), sku}]
}

// accept drops the actions whose difference somebody answers for.
func (c *comparer) accept(d *plannedChange) {
	if len(c.accepted) == 0 {
		return
	}
	d.drop(func(a plan.Action) bool { return a.Op != plan.OpSetUsageLocation && c.isAccepted(d.managed, a.SKUID) })
}

// isAccepted reports whether a difference of the user in this SKU is left
// alone, and tells who answers for it, or did until their day came.
func (c *comparer) isAccepted(s *managedUser, sku license.GUID) bool {
	a := c.acceptedFor(s.user, sku)
	if a == nil {
		return false
	}
	c.out.used = append(c.out.used, a)
	of := msgAccepted
	if a.over {
		of = msgAcceptedOver
	}
	c.out.findings.add(finding{message: of, user: s.name(), source: a.SKU.Source, args: []any{product(sku), a.Until, a.Reason, a.Owner}})
	if !a.over {
		c.out.accepted = append(c.out.accepted, sku)
		c.warnOfAccepted(s, a.AcceptedDrift)
	}
	return !a.over
}

// markAccepted counts the accepted differences of a user as used. It is for one
// whose desired state is not known: the differences may exist.
func (c *comparer) markAccepted(s *managedUser) {
	for _, a := range c.acceptances {
		key := license.UPNKey(a.User.Name)
		if key == license.UPNKey(s.user.UserPrincipalName) || key == s.user.ID.String() {
			c.out.used = append(c.out.used, a)
		}
	}
}

// unusedAcceptances warns of accepted differences that do not exist: a misspelt
// user, or a difference that has gone.
func (b *basis) unusedAcceptances(used map[*acceptance]bool) findings {
	var out findings
	for _, a := range b.acceptances {
		if used[a] {
			continue
		}
		if a.Group.Name != "" {
			out.add(b.unusedGroupAcceptance(a))
			continue
		}
		f := finding{message: msgAcceptedUnused, user: a.User.Name, source: a.User.Source, args: []any{a.SKU.Name, a.Owner, a.Until}}
		if _, known := b.users.Find(a.User.Name); !known {
			f.message, f.args = msgAcceptedUserUnknown, []any{a.Owner, a.Until}
		}
		if b.isLost(a) {
			f.message = msgAcceptedUserLost
		}
		out.add(f)
	}
	return out
}
