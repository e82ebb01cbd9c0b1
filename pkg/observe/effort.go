package observe

import (
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// patience is how much longer one way to read users has to take than the other
// must, for all that is known, before that is begun as well.
const patience = time.Second

// atOnce is how short a page takes no time: nothing but the work on both ends of
// a short line, which more requests would only make more of.
const atOnce = 40 * time.Millisecond

// firstRequests is how many lookups are begun beside a listing before one of
// them has told how long it takes. So many may be in vain.
const firstRequests = 48

// effort weighs the two ways to read users: by requests, and where these take
// their time, by that.
//
// Listing the tenant takes one request for every graph.PageSize of its users,
// wanted or not, one after the other; asking for the wanted users takes one for
// every 300 of them, many at a time. Nobody tells the size of the tenant
// beforehand (a count comes from an index that lags), but it has at least as
// many users as its most consumed SKU has units in use, and at least those that
// are wanted.
//
// So asking is chosen where it takes no more requests than listing takes at
// the least, and otherwise listing is begun and reconsidered with every page:
// as soon as asking for the rest takes no more than listing on would at the
// least, and at the latest when as many pages were read as asking for everyone
// would have taken. Where replies come at once it never takes more than twice
// the requests of the better way.
//
// Where they do not, the other way is begun as well: asking, when it would be done
// before the pages that are still to come, at the pace seen so far, the page that is
// waited for included, and these and those before it would take patience longer than
// it; listing, when no lookup was answered for that long. Asking goes on for as long as
// it will be done before the listing.
type effort struct {
	pages   int // listed so far
	listed  int // users on them
	budget  int // requests to ask for everyone who was wanted at first
	atLeast int // users that the tenant has at the least

	turning  time.Duration // that the pages took, in all
	asked    int           // requests for lookups, answered or not
	answered int           // of them
	abreast  int           // of them under way at once, at the most
	waited   time.Duration // that those took, each from its sending
}

// asks tells whether to ask for the rest rather than to list another page, by
// the number of requests.
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

// asksToo tells whether to ask beside a listing, whose next page is waited for
// so long already. What the pages before took counts, since there are often more to
// come than the least.
func (e effort) asksToo(rest unseen, waiting time.Duration) bool {
	return e.listTime(rest, waiting) >= e.tooLong(rest)
}

// tooLong is how long the pages that are still to come may take before asking is
// begun as well.
func (e effort) tooLong(rest unseen) time.Duration {
	asking := e.askTime(rest)
	return max(asking+patience-e.turning, asking+1)
}

// asksOn tells whether to go on asking beside a listing.
func (e effort) asksOn(rest unseen, waiting time.Duration) bool {
	if e.answered == 0 {
		return e.asked < firstRequests
	}
	return e.listTime(rest, waiting) > e.askTime(rest)
}

// asksTooAfter is for how long the next page may be waited for until asksToo.
func (e effort) asksTooAfter(rest unseen) time.Duration {
	pages := time.Duration(max(1, e.pagesLeft(rest)))
	return max(atOnce, (e.tooLong(rest)+pages-1)/pages)
}

// listTime is how long the pages take that are still to come, at the least:
// each as long as those before on average, or as the next one already does.
func (e effort) listTime(rest unseen, waiting time.Duration) time.Duration {
	page := waiting
	if e.pages > 0 {
		page = max(page, e.turning/time.Duration(e.pages))
	}
	if page < atOnce {
		return 0
	}
	return time.Duration(e.pagesLeft(rest)) * page
}

// ask notes that a request for lookups goes out.
func (e *effort) ask() {
	e.asked++
	e.abreast = max(e.abreast, e.asked-e.answered)
}

// askTime is how long asking for the rest takes: as many at once as were so far
// at the most, since many may just have been answered together; each as long as
// those before on average, and not faster than the resource units allow. Before
// the first answer these are all that is known.
func (e effort) askTime(rest unseen) time.Duration {
	least := graph.FindTime(rest.ids, rest.names)
	if e.answered == 0 {
		return least
	}
	each := e.waited / time.Duration(e.answered)
	rounds := float64(rest.requests()) / float64(max(1, e.abreast))
	return max(least, time.Duration(max(1, rounds)*float64(each)))
}

// unseen counts the wanted users of whom is not known yet whether they are
// there, by how they are named.
type unseen struct{ ids, names int }

func (u unseen) none() bool { return u == unseen{} }

func (u unseen) requests() int { return graph.FindRequests(u.ids, u.names) }
