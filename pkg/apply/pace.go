package apply

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The back-off where the service names no time: doubled for every attempt.
const (
	firstBackoff = time.Second
	maxBackoff   = time.Minute
)

func randomJitter() float64 { return rand.Float64() }

// pace decides when the next write may go out: within the tenant's write
// quota, and not while the tenant has asked everybody to wait.
type pace struct {
	limiter *rate.Limiter
	full    rate.Limit
	jitter  func() float64

	mu    sync.Mutex
	until time.Time
}

// newPace allows perSecond writes, and after a pause as many at once as one
// second has.
func newPace(perSecond float64, jitter func() float64) *pace {
	full := rate.Limit(perSecond)
	return &pace{limiter: rate.NewLimiter(full, max(1, int(perSecond))), full: full, jitter: jitter}
}

// wait returns when one write may be sent, or with the error of ctx.
func (p *pace) wait(ctx context.Context) error {
	for {
		pause := time.Until(p.pausedUntil())
		if pause <= 0 {
			break
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	err := p.limiter.Wait(ctx)
	if err != nil && ctx.Err() == nil {
		return context.DeadlineExceeded // the limiter sees that the time will not do
	}
	return err
}

// pause makes every writer wait for at least d from now.
func (p *pace) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

// heed slows down by as much as the service says that a limit is exceeded,
// and goes back to the full rate when it no longer says so. A share of 1 is
// where throttling starts (Graph docs, throttling), and where a run is that
// uses its quota to the full; 0 is none said.
func (p *pace) heed(share float64) {
	rate := p.full / rate.Limit(max(1, share))
	if p.limiter.Limit() != rate {
		p.limiter.SetLimit(rate)
	}
}

func (p *pace) pausedUntil() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// backoff is how long to wait after the given number of attempts, from 1: a
// random half of the doubling time is taken off, so that writers which failed
// together do not come back together.
func (p *pace) backoff(attempts int) time.Duration {
	d := maxBackoff
	if attempts <= 6 {
		d = min(d, firstBackoff<<(attempts-1))
	}
	return d/2 + time.Duration(p.jitter()*float64(d/2))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
