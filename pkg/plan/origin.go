package plan

import "slices"

// OriginKind is what asks for an action.
type OriginKind string

// The kinds of origins.
const (
	OriginProfile   OriginKind = "profile"   // a license of a profile
	OriginDefaults  OriginKind = "defaults"  // a license of the defaults of a manifest
	OriginEntry     OriginKind = "entry"     // the entry of the user
	OriginSelection OriginKind = "selection" // a selection that the user is in
	OriginPolicy    OriginKind = "policy"    // what the policy says of unlisted users
)

// Origin is the place that asks for an action: not where the user stands, but
// the line that one would change to undo it. Many users share one.
type Origin struct {
	Kind   OriginKind `json:"kind"`
	Name   string     `json:"name,omitempty"` // of the profile, or what the selection is called
	Source Source     `json:"source"`
}

// IsShared reports an origin that other users may have too.
func (o *Origin) IsShared() bool { return o != nil && o.Kind != OriginEntry }

// attribute notes what asks for each action. A license is taken away because
// nothing asks for it: where all that the user is to hold comes from one profile
// it is that profile, and otherwise the entry. It does not depend on what else
// changes, so that an action stays the same when another one is done.
func (p *planner) attribute(d *draft) {
	missing := p.originOf(d.subject)
	if w := d.subject.wants; len(w) > 0 && w[0].asked.Profile != "" {
		if !slices.ContainsFunc(w, func(other wish) bool { return other.asked.Profile != w[0].asked.Profile }) {
			missing = Origin{Kind: OriginProfile, Name: w[0].asked.Profile, Source: w[0].asked.SKU.Source}
		}
	}
	for i := range d.Actions {
		a, origin := &d.Actions[i], missing
		if assigns(*a) {
			origin = p.askedBy(d.subject, a)
		} else if a.Op == OpSetUsageLocation {
			origin = p.originOf(d.subject)
		}
		a.CausedBy = p.shared(origin)
	}
}

// askedBy gives the origin of an action that a wish asks for.
func (p *planner) askedBy(s *subject, a *Action) Origin {
	w, wanted := s.wants.of(a.SKUID)
	switch {
	case !wanted:
		return p.originOf(s)
	case w.asked.Profile != "":
		return Origin{Kind: OriginProfile, Name: w.asked.Profile, Source: w.asked.SKU.Source}
	case w.asked.Default:
		return Origin{Kind: OriginDefaults, Name: s.manifest, Source: w.asked.SKU.Source}
	}
	return Origin{Kind: OriginEntry, Source: w.asked.SKU.Source}
}

// originOf is what brings the user in.
func (p *planner) originOf(s *subject) Origin {
	switch {
	case s.selection != "":
		return Origin{Kind: OriginSelection, Name: s.selection, Source: s.source}
	case len(s.entries) == 0:
		return Origin{Kind: OriginPolicy, Source: s.source}
	}
	return Origin{Kind: OriginEntry, Source: s.source}
}

// shared gives the one copy of an origin: of a million changes few have one of
// their own.
func (p *planner) shared(o Origin) *Origin {
	known := p.origins[o]
	if known == nil {
		known = &o
		if o.Kind != OriginEntry {
			p.origins[o] = known
		}
	}
	return known
}
