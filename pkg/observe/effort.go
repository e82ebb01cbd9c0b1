package observe

import "github.com/licensectl/licensectl/pkg/graph"

// effort weighs the two ways to read users, in requests.
//
// Listing the tenant takes one request for every graph.PageSize of its users,
// wanted or not; asking for the wanted users takes one for every 300 of them.
// Nobody tells the size of the tenant beforehand (a count comes from an index
// that lags), but it has at least as many users as its most consumed SKU has
// units in use, and at least those that are wanted.
//
// So asking is chosen where it takes no more requests than listing takes at
// the least, and otherwise listing is begun and reconsidered with every page:
// as soon as asking for the rest takes no more than listing on would at the
// least, and at the latest when as many pages were read as asking for everyone
// would have taken. It never takes more than twice the requests of the better
// way.
type effort struct {
	pages   int // listed so far
	listed  int // users on them
	budget  int // requests to ask for everyone who was wanted at first
	atLeast int // users that the tenant has at the least
}

// asks tells whether to ask for the rest rather than to list another page.
func (e effort) asks(rest unseen) bool {
	return e.pages >= e.budget || rest.requests() <= e.pagesLeft(rest)
}

// listsOn tells, before the next page is known, that another one will be
// listed after it: even if it has nothing but users who are wanted, asking for
// the rest would not be chosen.
func (e effort) listsOn(rest unseen) bool {
	e.pages++
	e.listed += graph.PageSize
	return !e.asks(unseen{ids: max(rest.ids+rest.names-graph.PageSize, 0)})
}

// pagesLeft is how many pages are still to come, at the least.
func (e effort) pagesLeft(rest unseen) int {
	users := max(rest.ids+rest.names, e.atLeast-e.listed, 0)
	return (users + graph.PageSize - 1) / graph.PageSize
}

// unseen counts the wanted users that were not read yet, by how they are
// named.
type unseen struct{ ids, names int }

func (u unseen) requests() int { return graph.FindRequests(u.ids, u.names) }
