package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/plan"
)

// attribute notes what asks for each action. A license is taken away because
// nothing asks for it: where all that the user is to hold comes from one profile
// it is that profile, and otherwise the entry. It does not depend on what else
// changes, so that an action stays the same when another one is done.
func (c *comparer) attribute(d *plannedChange) {
	missing := c.originOf(d.managed)
	if w := d.managed.wants; len(w) > 0 && w[0].asked.Profile != "" {
		if !slices.ContainsFunc(w, func(other wantedLicense) bool { return other.asked.Profile != w[0].asked.Profile }) {
			missing = plan.Origin{Kind: plan.OriginProfile, Name: w[0].asked.Profile, Source: w[0].asked.SKU.Source}
		}
	}
	for i := range d.Actions {
		a, origin := &d.Actions[i], missing
		if assigns(*a) {
			origin = c.askedBy(d.managed, a)
		} else if a.Op == plan.OpSetUsageLocation {
			origin = c.originOf(d.managed)
		} else if r := d.managed.reclaimedBy(a.SKUID); r != nil {
			origin = plan.Origin{Kind: plan.OriginReclaim, Name: r.rule.Name, Source: r.rule.Source}
		}
		a.CausedBy = c.sharedOrigin(origin)
	}
}

// askedBy gives the origin of an action by which a user gets what they should
// hold.
func (b *basis) askedBy(s *managedUser, a *plan.Action) plan.Origin {
	w, wanted := s.wants.of(a.SKUID)
	switch {
	case !wanted:
		return b.originOf(s)
	case w.asked.Profile != "":
		return plan.Origin{Kind: plan.OriginProfile, Name: w.asked.Profile, Source: w.asked.SKU.Source}
	case w.asked.Default:
		return plan.Origin{Kind: plan.OriginDefaults, Name: s.manifest, Source: w.asked.SKU.Source}
	}
	return plan.Origin{Kind: plan.OriginEntry, Source: w.asked.SKU.Source}
}

// originOf is what brings the user in.
func (b *basis) originOf(s *managedUser) plan.Origin {
	switch {
	case s.selection != "":
		return plan.Origin{Kind: plan.OriginSelection, Name: s.selection, Source: s.source}
	case len(s.entries) == 0:
		return plan.Origin{Kind: plan.OriginPolicy, Source: s.source}
	}
	return plan.Origin{Kind: plan.OriginEntry, Source: s.source}
}

// sharedOrigin gives the one copy of an origin: of a million changes few have one of
// their own.
func (c *comparer) sharedOrigin(o plan.Origin) *plan.Origin {
	known := c.origins[o]
	if known == nil {
		known = &o
		if o.Kind != plan.OriginEntry {
			c.origins[o] = known
		}
	}
	return known
}
