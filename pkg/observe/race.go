package observe

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/license"
)

// race reads the users who are wanted, by listing the tenant, by looking
// them up, or both ways at once, whichever is done first. It ends when of
// everyone is known what they hold, or that they are not there: because they
// were on a page, or because a lookup for them was answered. That the listing
// ended says of nobody that they are not there: a user that moved between two
// pages was on neither.
//
// One goroutine, that of run, owns all of it. A race is run once.
type race struct {
	finder Finder
	lists  func(ctx context.Context, ahead func() bool) iter.Seq2[[]license.UserState, error]
	wanted *wantedUsers
	effort effort

	listing   listing
	ahead     atomic.Bool // the page after the next one is wanted in any case
	pageAsked time.Time   // when the next page was asked for
	pages     chan listed
	more      chan struct{} // asks for the next page

	asking   bool      // lookups are under way
	answer   time.Time // when a lookup was last answered, or asking begun
	failed   error     // why lookups ended before everybody was found; nil: they did not
	found    chan answer
	requests chan chan<- []string // each asks whom to look up next
	doubts   chan doubt
}

// listing is how far the listing is.
type listing int

const (
	notListed listing = iota
	awaited           // the next page is under way
	rested            // there are more pages, and none is asked for
	ended             // there is no further page
)

// listed is a page, or the end of the listing.
type listed struct {
	users []license.UserState
	err   error
	end   bool
}

// doubt asks whether any of these users is to be looked up still.
type doubt struct {
	refs   []string
	wanted chan<- bool
}

// answer is what a lookup gave, or the end of the lookups.
type answer struct {
	found graph.Found
	err   error
	end   bool
}

// newLookups is a race in which nobody is listed.
func newLookups(r Finder, wanted *wantedUsers) *race {
	return &race{
		finder: r, wanted: wanted, listing: ended,
		found: make(chan answer), requests: make(chan chan<- []string), doubts: make(chan doubt),
	}
}

func newRace(r Reader, wanted *wantedUsers, atLeast int) *race {
	out := newLookups(r, wanted)
	out.lists, out.listing = r.UserPages, notListed
	out.effort = effort{budget: wanted.unseen().requests(), atLeast: atLeast}
	out.pages, out.more = make(chan listed), make(chan struct{})
	return out
}

func (r *race) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var both sync.WaitGroup
	defer both.Wait()
	defer cancel()
	for !r.wanted.unseen().none() {
		if r.listsNow() {
			r.turnPage(ctx, &both)
		}
		if r.asksNow() {
			r.asking, r.answer = true, time.Now()
			r.ahead.Store(false)
			both.Go(func() {
				if bug := caught.In(func() error { r.lookUp(ctx); return nil })(); bug != nil {
					offer(ctx, r.found, answer{err: bug, end: true})
				}
			})
		}
		if err := r.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// listsNow tells whether to ask for a page.
func (r *race) listsNow() bool {
	if r.listing == awaited || r.listing == ended {
		return false
	}
	return !r.effort.asks(r.wanted.unseen()) || r.failed != nil || r.asking && r.silence() >= patience
}

// asksNow tells whether to begin to look users up.
func (r *race) asksNow() bool {
	switch {
	case r.asking:
		return false
	case r.listing != awaited:
		return true
	}
	return r.failed == nil && r.effort.asksToo(r.wanted.unseen(), time.Since(r.pageAsked))
}

// silence is how long no lookup was answered.
func (r *race) silence() time.Duration { return time.Since(r.answer) }

// turnPage asks for the next page.
func (r *race) turnPage(ctx context.Context, both *sync.WaitGroup) {
	begun := r.listing
	r.listing, r.pageAsked = awaited, time.Now()
	r.ahead.Store(!r.asking && r.effort.listsOn(r.wanted.unseen()))
	if begun == notListed {
		both.Go(func() {
			if bug := caught.In(func() error { r.list(ctx); return nil })(); bug != nil {
				offer(ctx, r.pages, listed{err: bug})
			}
		})
		return
	}
	offer(ctx, r.more, struct{}{})
}

// list gives page after page, as they are asked for.
func (r *race) list(ctx context.Context) {
	for users, err := range r.lists(ctx, r.ahead.Load) {
		if !offer(ctx, r.pages, listed{users: users, err: err}) || err != nil {
			return
		}
		select {
		case <-r.more:
		case <-ctx.Done():
			return
		}
	}
	offer(ctx, r.pages, listed{end: true})
}

// lookUp looks users up until nobody is asked for any more.
func (r *race) lookUp(ctx context.Context) {
	next := func() []string {
		refs := make(chan []string, 1)
		if !offer(ctx, r.requests, chan<- []string(refs)) {
			return nil
		}
		return <-refs
	}
	wanted := func(refs []string) bool {
		reply := make(chan bool, 1)
		return !offer(ctx, r.doubts, doubt{refs, reply}) || <-reply
	}
	for found, err := range r.finder.FindEach(ctx, graph.Lookups{Next: next, Wanted: wanted}) {
		if !offer(ctx, r.found, answer{found: found, err: err, end: err != nil}) || err != nil {
			return
		}
	}
	offer(ctx, r.found, answer{end: true})
}

// offer sends a value, and reports whether somebody took it.
func offer[T any](ctx context.Context, to chan<- T, value T) bool {
	select {
	case to <- value:
		return true
	case <-ctx.Done():
		return false
	}
}

// await waits for the next thing to happen, and takes it in.
func (r *race) await(ctx context.Context) error {
	timer := time.NewTimer(r.reconsider())
	defer timer.Stop()
	select {
	case page := <-r.pages:
		return r.take(page)
	case answer := <-r.found:
		return r.hear(answer)
	case refs := <-r.requests:
		refs <- r.whoNext()
	case asked := <-r.doubts:
		asked.wanted <- r.wanted.wants(asked.refs)
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// longest is the time in which something else happens anyway.
const longest = time.Hour

// reconsider is when the passing of time alone may let another way begin.
func (r *race) reconsider() time.Duration {
	switch {
	case r.listing == awaited && !r.asking && r.failed == nil:
		return r.effort.asksTooAfter(r.wanted.unseen()) - time.Since(r.pageAsked)
	case r.asking && (r.listing == notListed || r.listing == rested):
		return patience - r.silence()
	}
	return longest
}

// take takes a page in. A listing that fails or breaks off ends the reading, but
// where lookups are under way, which can do without. Whoever was on its pages was
// read all the same.
func (r *race) take(page listed) error {
	switch {
	case page.end, page.err != nil && r.asking:
		r.listing = ended
	case page.err != nil:
		return fmt.Errorf("page %d: %w", r.effort.pages+1, page.err)
	default:
		r.listing = rested
		r.effort.turning += time.Since(r.pageAsked)
		r.effort.pages++
		r.effort.listed += len(page.users)
		r.wanted.add(byListing, page.users...)
	}
	return nil
}

// hear takes the answer to a lookup in. Where lookups fail beside a listing, that
// goes on as if there had been none: it may find everybody. Where the listing has
// ended, or they were to take its place and fail for a reason that is not theirs
// alone, that ends the reading.
func (r *race) hear(a answer) error {
	if a.end {
		r.asking = false
		r.wanted.askAnew()
		needed := r.listing == ended || r.listing != awaited && !mayBeListed(a.err)
		if a.err != nil && needed {
			return a.err
		}
		r.failed = a.err
		return nil
	}
	r.answer = time.Now()
	r.effort.answered++
	r.effort.waited += a.found.Took
	r.wanted.add(byLookup, a.found.Users...)
	r.wanted.answer(a.found.Refs)
	return nil
}

// mayBeListed reports a failure of lookups that says nothing of listing: the
// tenant turns them away, or breaks down over them.
func mayBeListed(err error) bool {
	refused, ok := errors.AsType[*graph.Error](err)
	return ok && refused.Transient()
}

// whoNext gives those to look up next; nobody where listing is done first.
func (r *race) whoNext() []string {
	if r.listing == awaited && !r.effort.asksOn(r.wanted.unseen(), time.Since(r.pageAsked)) {
		return nil
	}
	refs := r.wanted.next()
	if len(refs) > 0 {
		r.effort.ask()
	}
	return refs
}
