package plan

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// subject is one user that the plan manages, with what they should hold.
type subject struct {
	user     *license.UserState
	name     string // how findings call the user
	source   Source
	manifest string // for seats.priority; empty for an unlisted user

	manages       bool // licenses are managed, not the usage location alone
	usageLocation string
	wants         map[license.GUID]wish
	pending       map[license.GUID]Source // SKUs of items that begin later

	// problems are why the desired state is not known. Such a user is blocked
	// as a whole: what looks superfluous may be what a misspelt name meant.
	problems []Code

	draft   *draft   // what has to change; nil: nothing, or nothing may
	spared  []Action // what would have to change, were the user not protected
	leftOut bool     // differs, and the options leave the user out
}

// wish is one license that a user should hold, resolved against the tenant.
type wish struct {
	sku     license.SKU
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

// subjects brings the manifests' entries and the tenant's users together:
// one subject for every managed user, sorted by user id.
func (p *planner) subjects() []*subject {
	entries := p.entriesByUser()
	var out []*subject
	for i := range p.in.Observed.Users {
		u := &p.in.Observed.Users[i]
		s := p.subject(u, entries[u.ID])
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

// subject is nil for a user that is not managed.
func (p *planner) subject(u *license.UserState, entries []*DesiredUser) *subject {
	if len(entries) == 0 {
		return p.unlisted(u)
	}
	s := &subject{user: u, name: u.UserPrincipalName, wants: map[license.GUID]wish{}, pending: map[license.GUID]Source{}}
	if p.overlap(s, entries) {
		return s
	}
	inForce := p.inForce(entries)
	if inForce == nil {
		return nil
	}
	s.source, s.manifest, s.manages = inForce.User.Source, inForce.Manifest, inForce.ManagesLicenses
	if inForce.Window.PhaseOn(p.day) == Over {
		return s
	}
	s.usageLocation = inForce.UsageLocation
	for _, l := range inForce.Licenses {
		p.wish(s, l)
	}
	if len(u.Unexplained) > 0 {
		p.contradiction(s)
	}
	return s
}

// inForce picks the entry that speaks for a user on the day of the plan: the
// active one, else the one that ended last. It is nil where all are still to
// come.
func (p *planner) inForce(entries []*DesiredUser) *DesiredUser {
	var over *DesiredUser
	for _, e := range entries {
		switch e.Window.PhaseOn(p.day) {
		case Active:
			return e
		case Over:
			if over == nil || over.Window.Until.Before(e.Window.Until) {
				over = e
			}
		}
	}
	return over
}

// overlap finds entries that claim one user at the same time. Manifests
// cannot see it where one names the user by UPN and another by object id.
func (p *planner) overlap(s *subject, entries []*DesiredUser) bool {
	for i, a := range entries {
		for _, b := range entries[i+1:] {
			if !a.Window.Overlaps(b.Window) {
				continue
			}
			s.source = a.User.Source
			s.problems = append(s.problems, CodeUserDeclaredTwice)
			p.findings.add(Finding{
				Severity: SeverityError, Code: CodeUserDeclaredTwice, User: s.name,
				Message: fmt.Sprintf("declared twice, as %q and as %q", a.User.Name, b.User.Name),
				Hint:    "keep one of the entries, or give them from and until dates that do not overlap",
				Source:  at(a.User.Source), Related: []Source{b.User.Source},
			})
			return true
		}
	}
	return false
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

// entriesByUser finds the user of each entry. The entries of one user are
// sorted by name and place, so that the order of the input does not show.
func (p *planner) entriesByUser() map[license.GUID][]*DesiredUser {
	byUPN := map[string]license.GUID{}
	byID := map[license.GUID]bool{}
	for _, u := range p.in.Observed.Users {
		byUPN[license.UPNKey(u.UserPrincipalName)] = u.ID
		byID[u.ID] = true
	}
	find := func(name string) (license.GUID, bool) {
		if name == Me {
			return p.in.Observed.Me, p.in.Observed.Me != license.GUID{}
		}
		if id, err := license.ParseGUID(name); err == nil {
			return id, byID[id]
		}
		id, ok := byUPN[license.UPNKey(name)]
		return id, ok
	}
	out := map[license.GUID][]*DesiredUser{}
	for i := range p.in.Desired.Users {
		e := &p.in.Desired.Users[i]
		if id, ok := find(e.User.Name); ok {
			out[id] = append(out[id], e)
		} else {
			p.userNotFound(e)
		}
	}
	for _, entries := range out {
		slices.SortFunc(entries, compareEntries)
	}
	return out
}

// userNotFound is an error for an entry in force. Before its time the account
// may not exist yet, and after it the account may be gone.
func (p *planner) userNotFound(e *DesiredUser) {
	f := Finding{
		Severity: SeverityError, Code: CodeUserNotFound, User: e.User.Name, Source: at(e.User.Source),
		Message: "the tenant has no such user",
		Hint:    "check the spelling; deleted users are not found, and a renamed user has a new user principal name",
	}
	switch e.Window.PhaseOn(p.day) {
	case Pending:
		f.Severity, f.Message, f.Hint = SeverityInfo, "the tenant has no such user yet; the entry begins later", ""
	case Over:
		f.Severity, f.Message, f.Hint = SeverityInfo, "the tenant no longer has this user; the entry has ended", "remove the entry"
	}
	p.misspelt = p.misspelt || f.Severity == SeverityError
	p.findings.add(f)
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
	if p.misspelt {
		// Who seems to be unlisted may be whom a misspelt entry meant.
		s.problems = append(s.problems, CodeUserNotFound)
	}
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

func compareEntries(a, b *DesiredUser) int {
	return compareSources(a.User.Source, b.User.Source)
}

// rank is the place of the user's manifest in the policy's priorities.
// Manifests that the policy does not name come last.
func (p *planner) rank(s *subject) int {
	if r, named := p.priority[s.manifest]; named {
		return r
	}
	return len(p.priority)
}
