package planner

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// speakers are those that say what a user should hold.
type speakers struct {
	entries []*plan.DesiredUser // by place
	claims  []*claim            // of selections, by place
}

// speakersOf gives those of the user with the index.
func (p *planner) speakersOf(user int) speakers {
	return speakers{p.entries.of(user), p.claims[p.in.Observed.Users[user].ID]}
}

// speak finds what is to become of a user on the day of the plan. It is false
// where all is still to come.
func (p *planner) speak(s *managedUser, who speakers) bool {
	e, c := p.speaker(s.user, who)
	switch {
	case c != nil:
		s.entitlement = c.entitlement
		s.problems = slices.Clip(s.problems) // others share them
	case e != nil:
		s.entitlement = p.resolve(e, s.name())
		s.hasOwnEntry = s.phase == plan.Active
	}
	return e != nil
}

// speaker picks the entry that decides about a user, and the claim that brings
// it, if it is not the user's own. An entry that holds wins over the
// selections; where none does, a selection that holds wins over what has ended.
func (p *planner) speaker(u *license.UserState, who speakers) (*plan.DesiredUser, *claim) {
	for _, phase := range []plan.Phase{plan.Active, plan.Over} {
		if e := p.inForce(who.entries, phase); e != nil {
			return e, nil
		}
		if c := p.claimInForce(u, who.claims, phase); c != nil {
			return &c.Entry, c
		}
	}
	return nil, nil
}

// inForce picks the entry that speaks for a user in a phase: the active one, or
// of those that are over the one that ended last. It is nil where there is none.
func (p *planner) inForce(entries []*plan.DesiredUser, phase plan.Phase) *plan.DesiredUser {
	var out *plan.DesiredUser
	for _, e := range entries {
		if e.Window.PhaseOn(p.day) == phase && (out == nil || out.Window.Until.Before(e.Window.Until)) {
			out = e
		}
	}
	return out
}

// overlap finds entries that claim one user at the same time. Manifests
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
