package planner

import (
	"maps"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// candidates are what may decide about a user: entries that name them, and
// selections that they are in.
type candidates struct {
	entries     []*plan.DesiredUser // by place
	memberships []*membership       // of selections, by place
}

// candidatesFor gives those of a user and their index.
func (d *declaredUsers) candidatesFor(i int, u *license.UserState) candidates {
	return candidates{d.entries.of(i), d.memberships[u.ID]}
}

// decide finds what decides about a user on the day of the plan, and sets what
// they should hold. It is false where all candidates begin later.
func (r *resolver) decide(s *managedUser, who candidates) bool {
	e, m := r.decidingEntry(who)
	switch {
	case m != nil:
		s.entitlement = r.bySelection[m.number]
		s.problems = slices.Concat(s.problems, r.disagreement(s.user, m, who.memberships))
	case e != nil:
		s.entitlement = r.resolve(e, s.name())
		s.hasOwnEntry = s.phase == plan.Active
	}
	return e != nil
}

// decidingEntry picks the entry that decides about a user, and the selection that
// brings it; nil: it is the user's own, or nothing decides. An entry that holds wins over the
// selections; where none does, a selection that holds wins over what has ended.
func (b *basis) decidingEntry(who candidates) (*plan.DesiredUser, *membership) {
	for _, phase := range []plan.Phase{plan.Active, plan.Over} {
		if e := b.inForce(who.entries, phase); e != nil {
			return e, nil
		}
		if m := b.membershipInForce(who.memberships, phase); m != nil {
			return &m.Entry, m
		}
	}
	return nil, nil
}

// inForce picks the entry that decides in a phase: the active one, or of those
// that are over the one that ended last; nil: there is none.
func (b *basis) inForce(entries []*plan.DesiredUser, phase plan.Phase) *plan.DesiredUser {
	var out *plan.DesiredUser
	for _, e := range entries {
		if e.Window.PhaseOn(b.day) == phase && (out == nil || out.Window.Until.Before(e.Window.Until)) {
			out = e
		}
	}
	return out
}

// membershipInForce picks the selection that decides in a phase: the first one,
// or of those that are over the one that ended last; nil: there is none.
func (b *basis) membershipInForce(all []*membership, phase plan.Phase) *membership {
	var out *membership
	for _, m := range all {
		if m.Entry.Window.PhaseOn(b.day) != phase {
			continue
		}
		if out == nil || phase == plan.Over && out.Entry.Window.Until.Before(m.Entry.Window.Until) {
			out = m
		}
	}
	return out
}

// disagreement gives why it is not known what a user should hold whom several
// selections of today want different things of: the one that decides, and one of
// all. It is nil where they agree.
func (r *resolver) disagreement(u *license.UserState, decides *membership, all []*membership) []plan.Code {
	if decides.Entry.Window.PhaseOn(r.day) != plan.Active {
		return nil
	}
	a := &r.bySelection[decides.number]
	for _, m := range all {
		b := &r.bySelection[m.number]
		if m == decides || m.Entry.Window.PhaseOn(r.day) != plan.Active || a.agrees(b) {
			continue
		}
		if len(a.problems)+len(b.problems) > 0 {
			return b.problems // what they say is not known, and said elsewhere
		}
		r.findings.add(finding{
			message: msgDisagree, user: u.UserPrincipalName, args: []any{decides.Name, m.Name},
			source: decides.Entry.User.Source, related: []plan.Source{m.Entry.User.Source},
		})
		return []plan.Code{plan.CodeSelectionsDisagree}
	}
	return nil
}

// agrees reports whether two selections want the same of their users.
func (e *entitlement) agrees(other *entitlement) bool {
	return e.manages == other.manages && e.usageLocation == other.usageLocation &&
		len(e.problems)+len(other.problems) == 0 &&
		e.wants.agree(other.wants) &&
		maps.EqualFunc(e.pending, other.pending, func(plan.Source, plan.Source) bool { return true })
}

// overlap finds entries that name one user for the same day. Manifests
// cannot see it where one names the user by UPN and another by object id.
func (r *resolver) overlap(s *managedUser, entries []*plan.DesiredUser) bool {
	for i, a := range entries {
		for _, b := range entries[i+1:] {
			if !a.Window.Overlaps(b.Window) {
				continue
			}
			s.source = a.User.Source
			s.problems = append(s.problems, plan.CodeUserDeclaredTwice)
			r.findings.add(finding{
				message: msgDeclaredTwice, user: s.name(), args: []any{a.User.Name, b.User.Name},
				source: a.User.Source, related: []plan.Source{b.User.Source},
			})
			return true
		}
	}
	return false
}

func compareEntries(a, b *plan.DesiredUser) int {
	return a.User.Source.Compare(b.User.Source)
}
