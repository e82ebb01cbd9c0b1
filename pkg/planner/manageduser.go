package planner

import (
	"fmt"
	"iter"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// managedUser is one user that the plan manages: who they are, what they should
// hold, and what became of the difference.
type managedUser struct {
	user    *license.UserState
	entries []*plan.DesiredUser // that name the user, by place

	// hasOwnEntry tells that an entry of the user's own holds today: nothing else
	// can decide about them.
	hasOwnEntry bool

	entitlement // what decides about the user comes to, with the user's own problems

	suppressed []plan.Action  // what would have to change, were the user not protected
	leftOut    bool           // differs, and the options leave something of it out
	accepted   []license.GUID // SKUs in which they differ, and somebody answers for it
}

// name is how findings call the user.
func (s *managedUser) name() string { return s.user.UserPrincipalName }

// clone is a managed user that lasts.
func (s *managedUser) clone() *managedUser {
	out := *s
	return &out
}

// entitlement is what an entry comes to on the day of the plan, or what the
// policy says of unlisted users. All users of a selection have the same.
type entitlement struct {
	source    plan.Source
	manifest  string     // for seats.priority; empty for an unlisted user
	selection string     // what brings the user in; empty: an entry of their own
	phase     plan.Phase // of the entry

	until         plan.Date // of the entry; zero: no end
	manages       bool      // licenses are managed, not the usage location alone
	usageLocation string
	wanted

	// grantedBySelection are the SKUs that a selection asked for which has ended.
	// It takes away nothing else: whoever it selects today need not have been
	// selected in its time. Nil: everything that is not wanted is taken away.
	grantedBySelection map[license.GUID]bool

	// problems are why the desired state is not known. Such a user is blocked
	// as a whole: what looks superfluous may be what a misspelt name meant.
	problems []plan.Code
}

// mayRemove reports whether what decides about a user has a say in a SKU that it
// does not ask for.
func (e *entitlement) mayRemove(sku license.GUID) bool {
	return e.grantedBySelection == nil || e.grantedBySelection[sku]
}

// managedUsers brings the manifests' entries, their selections and the tenant's
// users together: every managed user, sorted by id. One lasts until the next
// one: of a million users few have anything to be remembered.
func (p *planner) managedUsers() iter.Seq[*managedUser] {
	return func(yield func(*managedUser) bool) {
		var s managedUser
		for i := range p.in.Observed.Users {
			s = managedUser{user: &p.in.Observed.Users[i]}
			if p.manage(&s, p.candidatesFor(i)) && !yield(&s) {
				return
			}
		}
	}
}

// manage finds out what is to become of a user. It is false for one that is
// not managed.
func (p *planner) manage(s *managedUser, who candidates) bool {
	if s.user.Unreadable != "" {
		return p.manageUnreadable(s, who)
	}
	if len(who.entries)+len(who.memberships) == 0 {
		return p.unlisted(s)
	}
	s.entries = who.entries
	if p.overlap(s, who.entries) {
		return true
	}
	if !p.decide(s, who) {
		return false
	}
	if len(s.user.Unexplained) > 0 {
		p.contradiction(s)
	}
	p.warnOfEndings(s, who)
	return true
}

// manageUnreadable treats a user of whom the tenant does not say what they
// hold. Nothing is given to them and nothing taken; who is declared is blocked.
func (p *planner) manageUnreadable(s *managedUser, who candidates) bool {
	declared := len(who.entries)+len(who.memberships) > 0 && p.decide(s, who)
	p.findings.add(plan.Finding{
		Severity: plan.SeverityWarning, Code: plan.CodeUnreadableUser, User: s.name(), Source: at(s.source),
		Message: "is left alone, since the tenant does not say what the user holds: " + s.user.Unreadable,
		Hint:    "read the user by another way, such as the admin center, and report it to Microsoft if it stays so",
	})
	if declared {
		s.entries = who.entries
		s.problems = append(s.problems, plan.CodeUnreadableUser)
	}
	return declared
}

// contradiction reports a user whose licenses the tenant does not explain:
// whether they are direct or inherited is not known, so nothing is touched.
func (p *planner) contradiction(s *managedUser) {
	s.problems = append(s.problems, plan.CodeStateConflict)
	for _, sku := range s.user.Unexplained {
		p.findings.add(plan.Finding{
			Severity: plan.SeverityError, Code: plan.CodeStateConflict, User: s.name(), Source: at(s.source),
			Message: fmt.Sprintf("the tenant does not say clearly whether the user holds %s, and whether directly or through a group", p.catalog.SKUName(sku)),
			Hint:    "the service sends assignedLicenses and licenseAssignmentStates that disagree; try again later",
		})
	}
}

// unlisted treats a user that stands in no manifest, as the policy says.
func (p *planner) unlisted(s *managedUser) bool {
	mode := p.in.Policy.UnlistedUsers
	if !p.in.Observed.Whole || mode != plan.UnlistedReport && mode != plan.UnlistedRemove || !p.holdsManaged(s.user) {
		return false
	}
	if mode == plan.UnlistedReport {
		p.findings.add(plan.Finding{
			Severity: plan.SeverityWarning, Code: plan.CodeUnlistedUser, User: s.name(),
			Message: "holds managed licenses and stands in no manifest",
			Hint:    "add an entry for the user, or take the licenses away by hand",
		})
		return false
	}
	s.source, s.manages = p.in.Policy.Source, true
	// Who seems to be unlisted may be whom a misspelt entry meant, or a selection
	// that cannot be told.
	s.problems = slices.Concat(s.problems, p.doubts, p.unlistedDoubts)
	if len(s.user.Unexplained) > 0 {
		p.contradiction(s)
	}
	return true
}

func (p *planner) holdsManaged(u *license.UserState) bool {
	return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool {
		return a.Direct() && p.scope.Manages(a.SKUID)
	})
}

// rank is the place of the user's manifest in the policy's priorities.
// Manifests that the policy does not name come last.
func (p *planner) rank(s *managedUser) int {
	if r, named := p.priority[s.manifest]; named {
		return r
	}
	return len(p.priority)
}
