package planner

import (
	"fmt"
	"iter"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// subject is one user that the plan manages, with what they should hold.
type subject struct {
	user      *license.UserState
	entries   []*plan.DesiredUser // that name the user, by place
	name      string              // how findings call the user; empty for what a selection says of all its users
	source    plan.Source
	manifest  string // for seats.priority; empty for an unlisted user
	selection string // what brings the user in; empty: an entry of their own

	// vouched tells that an entry of the user's own holds today: nobody else can
	// be the one who speaks for them.
	vouched bool
	phase   plan.Phase // of what decides about the user

	until         plan.Date // of the entry; zero: no end
	manages       bool      // licenses are managed, not the usage location alone
	usageLocation string
	wanted

	// gave are the SKUs of a selection that has ended, and all that it takes
	// away: whoever it selects today need not have been selected in its time.
	// Nil: everything that is not wanted is taken away.
	gave map[license.GUID]bool

	// problems are why the desired state is not known. Such a user is blocked
	// as a whole: what looks superfluous may be what a misspelt name meant.
	problems []plan.Code

	draft   *draft        // what has to change; nil: nothing, or nothing may
	spared  []plan.Action // what would have to change, were the user not protected
	leftOut bool          // differs, and the options leave something of it out

	accepted []license.GUID // SKUs in which they differ, and somebody answers for it
}

// speaksOf reports whether what decides about the user has a say in a SKU.
func (s *subject) speaksOf(sku license.GUID) bool { return s.gave == nil || s.gave[sku] }

// subjects brings the manifests' entries, their selections and the tenant's
// users together: every managed user, sorted by id. A subject lasts until the
// next one: of a million users few have anything to be remembered.
func (p *planner) subjects() iter.Seq[*subject] {
	roll := newRoll(p.in.Observed)
	p.entries, p.claims = p.newRegister(roll), p.claimUsers(roll)
	return func(yield func(*subject) bool) {
		var s subject
		for i := range p.in.Observed.Users {
			s = subject{user: &p.in.Observed.Users[i]}
			s.name = s.user.UserPrincipalName
			if p.manage(&s, p.speakersOf(i)) && !yield(&s) {
				return
			}
		}
	}
}

// kept is a subject that lasts.
func (s *subject) kept() *subject {
	out := *s
	return &out
}

// manage finds out what is to become of a user. It is false for one that is
// not managed.
func (p *planner) manage(s *subject, who speakers) bool {
	if s.user.Unreadable != "" {
		return p.manageUnreadable(s, who)
	}
	if len(who.entries)+len(who.claims) == 0 {
		return p.unlisted(s)
	}
	s.entries = who.entries
	if p.overlap(s, who.entries) {
		return true
	}
	if !p.speak(s, who) {
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
func (p *planner) manageUnreadable(s *subject, who speakers) bool {
	declared := len(who.entries)+len(who.claims) > 0 && p.speak(s, who)
	p.findings.add(plan.Finding{
		Severity: plan.SeverityWarning, Code: plan.CodeUnreadableUser, User: s.name, Source: at(s.source),
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
func (p *planner) contradiction(s *subject) {
	s.problems = append(s.problems, plan.CodeStateConflict)
	for _, sku := range s.user.Unexplained {
		p.findings.add(plan.Finding{
			Severity: plan.SeverityError, Code: plan.CodeStateConflict, User: s.name, Source: at(s.source),
			Message: fmt.Sprintf("holds %s, but the tenant does not say whether directly or through a group", p.catalog.SKUName(sku)),
			Hint:    "the service sends assignedLicenses and licenseAssignmentStates that disagree; try again later",
		})
	}
}

// unlisted treats a user that stands in no manifest, as the policy says.
func (p *planner) unlisted(s *subject) bool {
	mode := p.in.Policy.UnlistedUsers
	if !p.in.Observed.Whole || mode != plan.UnlistedReport && mode != plan.UnlistedRemove || !p.holdsManaged(s.user) {
		return false
	}
	if mode == plan.UnlistedReport {
		p.findings.add(plan.Finding{
			Severity: plan.SeverityWarning, Code: plan.CodeUnlistedUser, User: s.name,
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
func (p *planner) rank(s *subject) int {
	if r, named := p.priority[s.manifest]; named {
		return r
	}
	return len(p.priority)
}
