package plan

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// roll finds users by how they are named.
type roll struct {
	me    license.GUID // zero: nobody asked
	byUPN map[string]license.GUID
	byID  map[license.GUID]bool
}

func newRoll(o Observed) roll {
	r := roll{me: o.Me, byUPN: make(map[string]license.GUID, len(o.Users)), byID: make(map[license.GUID]bool, len(o.Users))}
	for _, u := range o.Users {
		r.byUPN[license.UPNKey(u.UserPrincipalName)] = u.ID
		r.byID[u.ID] = true
	}
	return r
}

// find gives the user of a name, and whether the tenant has one.
func (r roll) find(name string) (license.GUID, bool) {
	if name == Me {
		return r.me, r.me != license.GUID{}
	}
	if id, err := license.ParseGUID(name); err == nil {
		return id, r.byID[id]
	}
	id, ok := r.byUPN[license.UPNKey(name)]
	return id, ok
}

// entriesByUser finds the user of each entry. The entries of one user are
// sorted by name and place, so that the order of the input does not show.
func (p *planner) entriesByUser(roll roll) map[license.GUID][]*DesiredUser {
	out := map[license.GUID][]*DesiredUser{}
	for i := range p.in.Desired.Users {
		e := &p.in.Desired.Users[i]
		if id, ok := roll.find(e.User.Name); ok {
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
	if f.Severity == SeverityError {
		p.doubts = noted(p.doubts, f.Code)
	}
	p.findings.add(f)
}

// noted adds why it is not known whom the manifests mean.
func noted(doubts []Code, why Code) []Code {
	if slices.Contains(doubts, why) {
		return doubts
	}
	return append(doubts, why)
}
