package plan

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// subject is one user that the plan manages, with what they should hold.
type subject struct {
	user      *license.UserState
	name      string // how findings call the user; empty for what a selection says of all its users
	source    Source
	manifest  string // for seats.priority; empty for an unlisted user
	selection string // what brings the user in; empty: an entry of their own

	// vouched tells that an entry of the user's own holds today: nobody else can
	// be the one who speaks for them.
	vouched bool

	until         Date // of the entry; zero: no end
	manages       bool // licenses are managed, not the usage location alone
	usageLocation string
	wants         map[license.GUID]wish
	pending       map[license.GUID]Source // SKUs of items that begin later
	ends          map[license.GUID]Date   // of the SKUs: the first day on which no item asks for them; absent: no end

	// gave are the SKUs of a selection that has ended, and all that it takes
	// away: whoever it selects today need not have been selected in its time.
	// Nil: everything that is not wanted is taken away.
	gave map[license.GUID]bool

	// problems are why the desired state is not known. Such a user is blocked
	// as a whole: what looks superfluous may be what a misspelt name meant.
	problems []Code

	draft   *draft   // what has to change; nil: nothing, or nothing may
	spared  []Action // what would have to change, were the user not protected
	leftOut bool     // differs, and the options leave something of it out

	accepted []license.GUID // SKUs in which they differ, and somebody answers for it
}

// wish is one license that a user should hold, resolved against the tenant.
type wish struct {
	sku     *license.SKU
	source  Source
	profile string // that brings it; empty for the entry's own
	plans   wishedPlans
}

// wishedPlans is a PlanChoice with ids.
type wishedPlans struct {
	mode     PlanMode
	disabled []license.GUID // sorted; what is off where mode is not PlansUnmanaged
}

func (w wishedPlans) equal(v wishedPlans) bool {
	return w.mode == v.mode && slices.Equal(w.disabled, v.disabled)
}

// speaksOf reports whether what decides about the user has a say in a SKU.
func (s *subject) speaksOf(sku license.GUID) bool { return s.gave == nil || s.gave[sku] }

// subjects brings the manifests' entries, their selections and the tenant's
// users together: one subject for every managed user, sorted by user id.
func (p *planner) subjects() []*subject {
	roll := newRoll(p.in.Observed)
	p.entries, p.claims = p.entriesByUser(roll), p.claimUsers(roll)
	var out []*subject
	for i := range p.in.Observed.Users {
		u := &p.in.Observed.Users[i]
		s := p.subject(u, p.speakersOf(u))
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

// subject is nil for a user that is not managed.
func (p *planner) subject(u *license.UserState, who speakers) *subject {
	if len(who.entries)+len(who.claims) == 0 {
		return p.unlisted(u)
	}
	s := &subject{user: u, name: u.UserPrincipalName}
	if p.overlap(s, who.entries) {
		return s
	}
	s = p.speak(u, who)
	if s == nil {
		return nil
	}
	if len(u.Unexplained) > 0 {
		p.contradiction(s)
	}
	p.warnOfEndings(s, who)
	return s
}

// ask resolves what an entry asks for on the day of the plan, and makes it the
// one that speaks for the subject.
func (p *planner) ask(s *subject, e *DesiredUser) *subject {
	// Of a million subjects, few have items that begin or end.
	s.wants, s.pending, s.ends = make(map[license.GUID]wish, len(e.Licenses)), nil, nil
	if slices.ContainsFunc(e.Licenses, func(l DesiredLicense) bool { return !l.Window.Until.IsZero() }) {
		s.ends = map[license.GUID]Date{}
	}
	s.source, s.manifest, s.until, s.manages = e.User.Source, e.Manifest, e.Window.Until, e.ManagesLicenses
	if e.Window.PhaseOn(p.day) == Over {
		return s
	}
	s.usageLocation = e.UsageLocation
	for _, l := range e.Licenses {
		p.wish(s, l)
	}
	return s
}

// contradiction reports a user whose licenses the tenant does not explain:
// whether they are direct or inherited is not known, so nothing is touched.
func (p *planner) contradiction(s *subject) {
	s.problems = append(s.problems, CodeStateConflict)
	for _, sku := range s.user.Unexplained {
		p.findings.add(Finding{
			Severity: SeverityError, Code: CodeStateConflict, User: s.name, Source: at(s.source),
			Message: fmt.Sprintf("holds %s, but the tenant does not say whether directly or through a group", p.catalog.SKUName(sku)),
			Hint:    "the service sends assignedLicenses and licenseAssignmentStates that disagree; try again later",
		})
	}
}

// unlisted treats a user that stands in no manifest, as the policy says.
func (p *planner) unlisted(u *license.UserState) *subject {
	mode := p.in.Policy.UnlistedUsers
	if !p.in.Observed.Whole || mode != UnlistedReport && mode != UnlistedRemove || !p.holdsManaged(u) {
		return nil
	}
	if mode == UnlistedReport {
		p.findings.add(Finding{
			Severity: SeverityWarning, Code: CodeUnlistedUser, User: u.UserPrincipalName,
			Message: "holds managed licenses and stands in no manifest",
			Hint:    "add an entry for the user, or take the licenses away by hand",
		})
		return nil
	}
	s := &subject{user: u, name: u.UserPrincipalName, source: p.in.Policy.Source, manages: true}
	// Who seems to be unlisted may be whom a misspelt entry meant, or a selection
	// that cannot be told.
	s.problems = slices.Concat(s.problems, p.doubts, p.laterDoubts)
	if len(u.Unexplained) > 0 {
		p.contradiction(s)
	}
	return s
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
