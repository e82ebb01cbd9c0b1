package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// extend notes until when an item asks for a SKU; a zero day has no end. Where
// several items do, the last one counts.
func (r *resolving) extend(sku license.GUID, until plan.Date) {
	known, again := r.ends[sku]
	switch {
	case r.ends == nil: // no item has an end
	case again && (known.IsZero() || !until.IsZero() && until.Before(known)):
	default:
		r.ends[sku] = until
	}
}

// postpone notes that an item asks for a SKU from a later day on.
func (r *resolving) postpone(sku license.GUID, place plan.Source) {
	if r.pending == nil {
		r.pending = map[license.GUID]plan.Source{}
	}
	r.pending[sku] = place
}

// endsSoon reports whether a day is near enough to be warned of.
func (b *basis) endsSoon(end plan.Date) bool {
	days := b.in.Policy.WarnBeforeUntil
	return days > 0 && !end.IsZero() && b.day.Before(end) && !b.day.AddDays(days).Before(end)
}

// warnOfEndings tells which licenses that a user is to hold today will soon no
// longer be declared. Whether the user gets them until then nobody knows here:
// the change may be blocked.
func (r *resolver) warnOfEndings(s *managedUser, who candidates) {
	if !s.manages || len(s.problems) > 0 || r.isProtected(s.user) {
		return
	}
	entryEnd := s.until
	for _, w := range s.wants {
		sku := w.sku.ID
		end, place := s.ends[sku], w.asked.SKU.Source
		if end.IsZero() || !entryEnd.IsZero() && !end.Before(entryEnd) {
			end, place = entryEnd, s.source
		}
		if r.endsSoon(end) && r.isOwn(s, sku) && !r.staysOn(who, sku, end) {
			r.findings.add(finding{message: msgEndsSoon, user: s.name(), source: place, args: []any{product(sku), end}})
		}
	}
}

// warnOfAccepted tells which difference will soon no longer be left alone.
func (c *comparer) warnOfAccepted(s *managedUser, a plan.AcceptedDrift) {
	if !c.endsSoon(a.Until) {
		return
	}
	c.out.findings.add(finding{message: msgAcceptedEndsSoon, user: s.name(), source: a.SKU.Source, args: []any{a.SKU.Name, a.Until, a.Owner}})
}

// isOwn reports whether the user holds a license in their own name, or is to
// get it: what a group gives does not end with the manifests.
func (b *basis) isOwn(s *managedUser, sku license.GUID) bool {
	_, direct := s.user.DirectLicense(sku)
	return direct || len(s.user.Given(sku)) == 0 || b.in.Policy.Inherited == plan.InheritedAssign
}

// staysOn reports whether a user keeps a license on the day on which an item
// that asks for it ends: another one asks for it then, or nothing decides about
// the user.
func (b *basis) staysOn(who candidates, sku license.GUID, day plan.Date) bool {
	var over bool
	decides := func(e *plan.DesiredUser) bool {
		phase := e.Window.PhaseOn(day)
		over = over || phase == plan.Over
		return phase == plan.Active
	}
	if i := slices.IndexFunc(who.entries, decides); i >= 0 {
		return b.keeps(who.entries[i], sku, day)
	}
	if i := slices.IndexFunc(who.memberships, func(m *membership) bool { return decides(&m.Entry) }); i >= 0 {
		return b.keeps(&who.memberships[i].Entry, sku, day)
	}
	return !over
}

// keeps reports whether a user of the entry keeps a license on the day.
func (b *basis) keeps(e *plan.DesiredUser, sku license.GUID, day plan.Date) bool {
	return !e.ManagesLicenses || slices.ContainsFunc(e.Licenses, func(l plan.DesiredLicense) bool {
		named, err := b.resolveSKU(l.SKU.Name)
		return err == nil && named.ID == sku && l.Window.PhaseOn(day) != plan.Over
	})
}

// renew notes the day on which an item asked for a SKU anew. Of several the
// latest counts.
func (r *resolving) renew(sku license.GUID, day plan.Date) {
	if day.IsZero() {
		return
	}
	if r.renewals == nil {
		r.renewals = map[license.GUID]plan.Date{}
	}
	r.renewals[sku] = plan.LaterDate(r.renewals[sku], day)
}
