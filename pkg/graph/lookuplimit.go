package graph

import (
	"context"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/pace"
)

const (
	// firstBatches is how many batches are under way at once to begin with: 960
	// lookups. Of one resource unit each they are little more than a quarter of what
	// the smallest tenants are given in ten seconds (3,500; Graph docs, throttling
	// limits), and doubled twice they are all that a hundred thousand users take.
	firstBatches = 48

	// mostBatches is how many are under way at once at the most. As long as a
	// batch takes less than six seconds, that is more than the units last for.
	mostBatches = 256

	// lookupUnits are the resource units that lookups use up in unitSpan, of the
	// 8,000 that a tenant of more than 500 users is given (Graph docs, throttling
	// limits). What is read beside them, page by page, needs the others. A
	// smaller tenant is given less, and says so.
	lookupUnits = 7_800
	unitSpan    = 10 * time.Second
)

// lookupLimit is what all lookups of a reader share: how many batches are under way,
// within which quota, and until when the tenant has asked them to wait. It is
// safe for concurrent use.
type lookupLimit struct {
	window *pace.Concurrency
	pace   *pace.Pace

	mu       sync.Mutex
	underway int
	answers  int           // queries that were answered so far
	changed  chan struct{} // closed when a place may have come free
}

func newLookupLimit() *lookupLimit {
	return &lookupLimit{
		window:  pace.NewConcurrency(firstBatches, mostBatches),
		pace:    pace.New(pace.Within(lookupUnits, unitSpan)),
		changed: make(chan struct{}),
	}
}

// enter takes a place, which leave gives back; after an error there is none.
func (l *lookupLimit) enter(ctx context.Context) error {
	for {
		if ctx.Err() != nil { // a free place is no reason to go on
			return context.Cause(ctx)
		}
		changed := l.tryEnter()
		if changed == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// tryEnter takes a place, or gives what to wait for.
func (l *lookupLimit) tryEnter() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.underway < l.window.Limit() {
		l.underway++
		return nil
	}
	return l.changed
}

func (l *lookupLimit) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.underway--
	close(l.changed)
	l.changed = make(chan struct{})
}

// went notes so many queries that were answered, and what the service says of
// its limit.
func (l *lookupLimit) went(answers int, share float64) {
	l.pace.Heed(share)
	l.mu.Lock()
	l.answers += answers
	l.mu.Unlock()
}

// answered is how many queries were answered so far, of all lookups.
func (l *lookupLimit) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answers
}

// complain makes all lookups wait, and fewer of them go at once.
func (l *lookupLimit) complain(wait time.Duration) {
	l.window.Narrow()
	l.pace.Pause(wait)
}
