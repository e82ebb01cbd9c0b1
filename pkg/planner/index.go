package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// declaredUsers are whom the manifests declare: which entries and selections are about
// which users of the tenant.
type declaredUsers struct {
	entries     entryIndex
	memberships map[license.GUID][]*membership // by user
	selections  []*membership                  // those that select somebody, by place
	found       []plan.FoundSelection          // what every selection found, by place
	comparing   []textSelection                // the selections that compare texts, by place
	deciding    decidingQueries

	// doubts are why it is not known whom the manifests mean: an entry names a
	// user that the tenant does not have, or a selection cannot be told.
	doubts []plan.Code

	// unlistedDoubts are the same of entries and selections that begin later, or
	// have ended. Whom these mean may keep something by them, so nobody may be taken
	// for unlisted.
	unlistedDoubts []plan.Code

	findings findings

	groups *groupWork // against which the users are planned; nil until they are
}

// index finds the users of entries and selections.
func (b *basis) index() *declaredUsers {
	x := indexer{basis: b}
	x.unlistedDoubts = slices.Clone(b.rules.unlistedDoubts)
	x.indexEntries()
	x.indexSelections()
	x.deciding = b.decidingQueries()
	return &x.declaredUsers
}

// indexer is declaredUsers in the making.
type indexer struct {
	*basis
	declaredUsers
}

// indexEntries finds the user of each entry. The entries of one user are
// sorted by place, so that the order of the input does not show.
func (x *indexer) indexEntries() {
	entries, users := x.in.Desired.Users, len(x.in.Observed.Users)
	whom := make([]int, len(entries))
	r := entryIndex{first: make([]int32, users+1)}
	for i := range entries {
		user, ok := x.find(entries[i].User.Name)
		if !ok {
			user = nobody
			x.userNotFound(&entries[i])
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
	x.entries = r
}

// nobody is the index of no user.
const nobody = -1

// userNotFound is an error for an entry in force. Before its time the account
// may not exist yet, and after it the account may be gone; or it has another
// name, so that its user looks unlisted.
func (x *indexer) userNotFound(e *plan.DesiredUser) {
	of := msgUserNotFound
	switch e.Window.PhaseOn(x.day) {
	case plan.Pending:
		of = msgUserNotYetFound
	case plan.Over:
		of = msgUserNoLongerFound
	}
	switch {
	case of.severity == plan.SeverityError:
		x.doubts = noted(x.doubts, of.code)
	case x.keepsSomething(e):
		x.unlistedDoubts = noted(x.unlistedDoubts, of.code)
	}
	x.findings.add(finding{message: of, user: e.User.Name, source: e.User.Source})
}

// keepsSomething reports whether a user keeps something by an entry that is not in force:
// until it begins they keep all, and after its end what it did not manage, or as
// one of a list did not give. A renamed user whom it means looks unlisted, and
// would lose that too.
func (x *indexer) keepsSomething(e *plan.DesiredUser) bool {
	return e.Window.PhaseOn(x.day) == plan.Pending || !e.ManagesLicenses
}

// noted adds why it is not known whom the manifests mean.
func noted(doubts []plan.Code, why plan.Code) []plan.Code {
	if slices.Contains(doubts, why) {
		return doubts
	}
	return append(doubts, why)
}
