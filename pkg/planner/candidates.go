package planner

import (
	"fmt"
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

// candidatesFor gives those of the user with the index.
func (p *planner) candidatesFor(user int) candidates {
	return candidates{p.entries.of(user), p.memberships[p.in.Observed.Users[user].ID]}
}

// decide finds what decides about a user on the day of the plan, and sets what
// they should hold. It is false where all candidates begin later.
func (p *planner) decide(s *managedUser, who candidates) bool {
	e, m := p.decidingEntry(s.user, who)
	switch {
	case m != nil:
		s.entitlement = m.entitlement
		s.problems = slices.Clip(s.problems) // others share them
	case e != nil:
		s.entitlement = p.resolve(e, s.name())
		s.hasOwnEntry = s.phase == plan.Active
	}
	return e != nil
}

// decidingEntry picks the entry that decides about a user, and the selection that
// brings it; nil: it is the user's own, or nothing decides. An entry that holds wins over the
// selections; where none does, a selection that holds wins over what has ended.
func (p *planner) decidingEntry(u *license.UserState, who candidates) (*plan.DesiredUser, *membership) {
	for _, phase := range []plan.Phase{plan.Active, plan.Over} {
		if e := p.inForce(who.entries, phase); e != nil {
			return e, nil
		}
		if m := p.membershipInForce(u, who.memberships, phase); m != nil {
			return &m.Entry, m
		}
	}
	return nil, nil
}

// inForce picks the entry that decides in a phase: the active one, or of those
// that are over the one that ended last; nil: there is none.
func (p *planner) inForce(entries []*plan.DesiredUser, phase plan.Phase) *plan.DesiredUser {
	var out *plan.DesiredUser
	for _, e := range entries {
		if e.Window.PhaseOn(p.day) == phase && (out == nil || out.Window.Until.Before(e.Window.Until)) {
			out = e
		}
	}
	return out
}

// overlap finds entries that name one user for the same day. Manifests
// cannot see it where one names the user by UPN and another by object id.
func (p *planner) overlap(s *managedUser, entries []*plan.DesiredUser) bool {
	for i, a := range entries {
		for _, b := range entries[i+1:] {
			if !a.Window.Overlaps(b.Window) {
				continue
			}
			s.source = a.User.Source
			s.problems = append(s.problems, plan.CodeUserDeclaredTwice)
			p.findings.add(plan.Finding{
				Severity: plan.SeverityError, Code: plan.CodeUserDeclaredTwice, User: s.name(),
				Message: fmt.Sprintf("declared twice, as %q and as %q", a.User.Name, b.User.Name),
				Hint:    "keep one of the entries, or give them from and until dates that do not overlap",
				Source:  at(a.User.Source), Related: []plan.Source{b.User.Source},
			})
			return true
		}
	}
	return false
}

func compareEntries(a, b *plan.DesiredUser) int {
	return a.User.Source.Compare(b.User.Source)
}
