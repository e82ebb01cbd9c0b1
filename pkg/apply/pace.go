package apply

import (
	"context"
	"errors"
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

	halted chan struct{} // closed when nothing more is to be sent

	mu    sync.Mutex
	until time.Time
}

// The pace is set a little below the quota, because the tenant counts over a
// window of time and requests do not arrive as evenly as they are sent: a call
// that is turned away costs more than it gains.
const headroom = 0.99

// newPace allows close to perSecond writes. What could not be sent within a
// second, as while the window opens, is made up for; but a run begins with
// little in hand, so that it stays within the quota from its first second on.
func newPace(perSecond float64, jitter func() float64) *pace {
	full, burst := rate.Limit(perSecond*headroom), max(1, int(perSecond))
	limiter := rate.NewLimiter(full, burst)
	limiter.AllowN(time.Now(), burst-max(1, burst/16))
	return &pace{limiter: limiter, full: full, jitter: jitter, halted: make(chan struct{})}
}

// wait returns when one write may be sent, or with the error of ctx, or with
// errHalted. Whoever
// waited for the quota while a pause began waits for its end, too.
func (p *pace) wait(ctx context.Context) error {
	for {
		if err := p.sleepOut(ctx); err != nil {
			return err
		}
		if err := p.limiter.Wait(ctx); err != nil {
			if ctx.Err() == nil {
				return context.DeadlineExceeded // the limiter sees that the time will not do
			}
			return err
		}
		if !time.Now().Before(p.pausedUntil()) {
			return nil
		}
	}
}

// sleepOut returns when no pause holds.
func (p *pace) sleepOut(ctx context.Context) error {
	for {
		pause := time.Until(p.pausedUntil())
		if pause <= 0 {
			return nil
		}
		if err := p.sleep(ctx, pause); err != nil {
			return err
		}
	}
}

var errHalted = errors.New("the run was stopped")

// sleep is the package's, and ends when nothing more is to be sent: a pause may
// be long.
func (p *pace) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.halted:
		return errHalted
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// halt ends the pauses of all writers. It may be called once.
func (p *pace) halt() { close(p.halted) }

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
