package pace

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Quota is what a tenant lets one client do in a time.
type Quota interface {
	// take waits until so many units may be used, and uses them.
	take(ctx context.Context, units int) error

	// back takes units back that were not sent after all.
	back(units int)

	// answered notes that what used units has reached the tenant.
	answered(units int)

	// slow lets less through, by a divisor of 1 or more.
	slow(by float64)
}

// headroom keeps a steady pace a little below the quota, because the tenant
// counts over a window of time and requests do not arrive as evenly as they are
// sent: a call that is turned away costs more than it gains.
const headroom = 0.99

// Steady is a quota of close to so many units a second, used evenly. What could
// not be sent within a second, as while a window opens, is made up for; but a
// run begins with little in hand, so that it stays within the quota from its
// first second on.
func Steady(perSecond float64) Quota {
	full, burst := rate.Limit(perSecond*headroom), max(1, int(perSecond))
	limiter := rate.NewLimiter(full, burst)
	limiter.AllowN(time.Now(), burst-max(1, burst/16))
	return &steady{limiter: limiter, full: full}
}

type steady struct {
	limiter *rate.Limiter
	full    rate.Limit
}

func (s *steady) take(ctx context.Context, units int) error {
	err := s.limiter.WaitN(ctx, units)
	if err != nil && ctx.Err() == nil {
		return context.DeadlineExceeded // the limiter sees that the time will not do
	}
	return err
}

// back does nothing: those who waited out a pause together would all go at once
// at its end.
func (s *steady) back(int) {}

func (s *steady) answered(int) {}

func (s *steady) slow(by float64) {
	if limit := s.full / rate.Limit(by); s.limiter.Limit() != limit {
		s.limiter.SetLimit(limit)
	}
}

// Within is a quota of so many units in any span of time of this length, as
// fast as they are asked for. When a request reached the tenant nobody knows,
// but that was before its answer: it counts from when it is sent until it is
// answered, and for the span from there.
func Within(units int, span time.Duration) Quota {
	return &within{full: units, limit: units, span: span, changed: make(chan struct{})}
}

type within struct {
	full int
	span time.Duration

	mu       sync.Mutex
	limit    int           // full, or less while the tenant says so
	open     int           // units that are sent and not answered
	spent    []spending    // in order of time
	counting int           // units in spent
	changed  chan struct{} // closed when units are no longer open
}

// spending is what was answered at a time.
type spending struct {
	at    time.Time
	units int
}

func (q *within) take(ctx context.Context, units int) error {
	for {
		wait, changed := q.tryTake(units)
		if changed == nil {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// tryTake uses the units, or gives what to wait for: a time, or a change before.
// What is more than the whole quota goes alone.
func (q *within) tryTake(units int) (time.Duration, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for len(q.spent) > 0 && now.Sub(q.spent[0].at) >= q.span {
		q.counting -= q.spent[0].units
		q.spent = q.spent[1:]
	}
	if used := q.open + q.counting; used == 0 || used+units <= q.limit {
		q.open += units
		return 0, nil
	}
	if len(q.spent) == 0 {
		return q.span, q.changed
	}
	return q.spent[0].at.Add(q.span).Sub(now), q.changed
}

func (q *within) back(units int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open -= units
	q.change()
}

func (q *within) answered(units int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open -= units
	q.counting += units
	q.spent = append(q.spent, spending{time.Now(), units})
	q.change()
}

// change wakes those who wait. The caller holds the lock.
func (q *within) change() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *within) slow(by float64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.limit = int(float64(q.full) / by)
}
