package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// managedUser is one user that the plan manages: who they are, and what they
// should hold.
type managedUser struct {
	user     *license.UserState  // with what groups will give them and take from them
	now      *license.UserState  // as they are; the same where no group changes that
	place    int                 // of the user in the tenant
	forecast *forecast           // nil: no group changes what they hold
	entries  []*plan.DesiredUser // that name the user, by place

	// hasOwnEntry tells that an entry of the user's own holds today: nothing else
	// can decide about them.
	hasOwnEntry bool

	entitlement // what decides about the user comes to, with the user's own problems

	reclaimed []reclaimed // what rules of the policy take out of that; nil: nothing
	announced []reclaimed // what they will take; nil: nothing
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
	renewed       plan.Date // of the entry; zero: none
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

// manage finds out what is to become of a user. It is false for one that is
// not managed.
func (r *resolver) manage(s *managedUser, who candidates) bool {
	if s.user.Unreadable != "" {
		return r.manageUnreadable(s, who)
	}
	if len(who.entries)+len(who.memberships) == 0 {
		return r.unlisted(s) || r.onlyByGroups(s)
	}
	s.entries = who.entries
	if r.overlap(s, who.entries) {
		return true
	}
	if !r.decide(s, who) {
		return false
	}
	if len(s.user.Unexplained) > 0 {
		r.contradiction(s)
	}
	r.warnOfEndings(s, who)
	return true
}

// manageUnreadable treats a user of whom the tenant does not say what they
// hold. Nothing is given to them and nothing taken; who is declared is blocked.
func (r *resolver) manageUnreadable(s *managedUser, who candidates) bool {
	declared := len(who.entries)+len(who.memberships) > 0 && r.decide(s, who)
	r.findings.add(finding{message: msgUnreadable, user: s.name(), source: s.source, args: []any{s.user.Unreadable}})
	if declared {
		s.entries = who.entries
		s.problems = append(s.problems, plan.CodeUnreadableUser)
	}
	return declared
}

// contradiction reports a user whose licenses the tenant does not explain:
// whether they are direct or inherited is not known, so nothing is touched.
func (r *resolver) contradiction(s *managedUser) {
	s.problems = append(s.problems, plan.CodeStateConflict)
	for _, sku := range s.user.Unexplained {
		r.findings.add(finding{message: msgContradicted, user: s.name(), source: s.source, args: []any{product(sku)}})
	}
}

// unlisted treats a user that stands in no manifest, as the policy says.
func (r *resolver) unlisted(s *managedUser) bool {
	mode := r.in.Policy.UnlistedUsers
	if !r.in.Observed.Whole || mode != plan.UnlistedReport && mode != plan.UnlistedRemove || !r.holdsManaged(s.user) {
		return false
	}
	if mode == plan.UnlistedReport {
		r.findings.add(finding{message: msgUnlisted, user: s.name()})
		return false
	}
	s.source, s.manages = r.in.Policy.Source, true
	// Who seems to be unlisted may be whom a misspelt entry meant, or a selection
	// that cannot be told.
	s.problems = slices.Concat(s.problems, r.whom.doubts, r.whom.unlistedDoubts)
	if len(s.user.Unexplained) > 0 {
		r.contradiction(s)
	}
	return true
}

func (b *basis) holdsManaged(u *license.UserState) bool {
	return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool {
		return a.Direct() && b.scope.Manages(a.SKUID)
	})
}

// rank is the place of the user's manifest in the policy's priorities.
// Manifests that the policy does not name come last.
func (b *basis) rank(s *managedUser) int {
	if r, named := b.priority[s.manifest]; named {
		return r
	}
	return len(b.priority)
}
