package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/plan"
)

// entryIndex is which entries are about which user.
type entryIndex struct {
	entries []*plan.DesiredUser // user by user
	first   []int32             // by the user's index: where their entries begin; one more at the end
}

// of gives the entries of a user, sorted by place.
func (r entryIndex) of(user int) []*plan.DesiredUser {
	from, to := r.first[user], r.first[user+1]
	return r.entries[from:to:to]
}

// indexEntries finds the user of each entry. The entries of one user are
// sorted by place, so that the order of the input does not show.
func (p *planner) indexEntries() entryIndex {
	entries, users := p.in.Desired.Users, len(p.in.Observed.Users)
	whom := make([]int, len(entries))
	r := entryIndex{first: make([]int32, users+1)}
	for i := range entries {
		user, ok := p.users.find(entries[i].User.Name)
		if !ok {
			user = nobody
			p.userNotFound(&entries[i])
		} else {
			r.first[user]++
		}
		whom[i] = user
	}
	for i := range users {
		r.first[i+1] += r.first[i]
	}
	// So far these are the ends. Filled from behind they become the beginnings.
	r.entries = make([]*plan.DesiredUser, r.first[users])
	for i := range slices.Backward(entries) {
		if user := whom[i]; user != nobody {
			r.first[user]--
			r.entries[r.first[user]] = &entries[i]
		}
	}
	for i := range users {
		slices.SortFunc(r.of(i), compareEntries)
	}
	return r
}

// nobody is the index of no user.
const nobody = -1

// userNotFound is an error for an entry in force. Before its time the account
// may not exist yet, and after it the account may be gone; or it has another
// name, so that its user looks unlisted.
func (p *planner) userNotFound(e *plan.DesiredUser) {
	f := plan.Finding{
		Severity: plan.SeverityError, Code: plan.CodeUserNotFound, User: e.User.Name, Source: at(e.User.Source),
		Message: "the tenant has no such user",
		Hint:    "check the spelling; deleted users are not found, and a renamed user has a new user principal name",
	}
	switch e.Window.PhaseOn(p.day) {
	case plan.Pending:
		f.Severity, f.Message, f.Hint = plan.SeverityInfo, "the tenant has no such user yet; the entry begins later", ""
	case plan.Over:
		f.Severity, f.Message, f.Hint = plan.SeverityInfo, "the tenant no longer has this user; the entry has ended", "remove the entry"
	}
	switch {
	case f.Severity == plan.SeverityError:
		p.doubts = noted(p.doubts, f.Code)
	case p.spares(e):
		p.unlistedDoubts = noted(p.unlistedDoubts, f.Code)
	}
	p.findings.add(f)
}

// spares reports whether a user keeps something by an entry that is not in force:
// until it begins they keep all, and after its end what it did not manage, or as
// one of a list did not give. A renamed user whom it means looks unlisted, and
// would lose that too.
func (p *planner) spares(e *plan.DesiredUser) bool {
	return e.Window.PhaseOn(p.day) == plan.Pending || !e.ManagesLicenses
}

// noted adds why it is not known whom the manifests mean.
func noted(doubts []plan.Code, why plan.Code) []plan.Code {
	if slices.Contains(doubts, why) {
		return doubts
	}
	return append(doubts, why)
}
