// Package pace decides how many requests are under way at once, and when the
// next one may go out: within a quota, and not while the tenant has asked
// everybody to wait. Reading and writing go by it alike.
//
// It must not know what a request is.
package pace

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrHalted ends the waiting where nothing more is to be sent.
var ErrHalted = errors.New("the run was stopped")

// Pace decides when the next request may go out. It is safe for concurrent use.
type Pace struct {
	quota  Quota
	halted chan struct{} // closed when nothing more is to be sent

	mu    sync.Mutex
	until time.Time
}

// New makes the pace of requests that share a quota.
func New(quota Quota) *Pace { return &Pace{quota: quota, halted: make(chan struct{})} }

// Wait returns when a request of so many units may be sent, or with the error
// of ctx, or with ErrHalted. Whoever waited for the quota while a pause began
// waits for its end, too. With 0 units it waits for the end of a pause alone.
func (p *Pace) Wait(ctx context.Context, units int) error {
	for {
		if err := p.sleepOut(ctx); err != nil {
			return err
		}
		if err := p.quota.take(ctx, units); err != nil {
			return err
		}
		if !time.Now().Before(p.PausedUntil()) {
			return nil
		}
		p.quota.back(units)
	}
}

// Answered notes that a request was answered, or failed: a quota that counts by
// time begins to forget it.
func (p *Pace) Answered(units int) { p.quota.answered(units) }

// Unused gives units back that Wait let through and that were not sent.
func (p *Pace) Unused(units int) { p.quota.back(units) }

// sleepOut returns when no pause holds.
func (p *Pace) sleepOut(ctx context.Context) error {
	for {
		pause := time.Until(p.PausedUntil())
		if pause <= 0 {
			return nil
		}
		if err := p.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// Sleep waits, and ends with ErrHalted when nothing more is to be sent: a pause
// may be long.
func (p *Pace) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.halted:
		return ErrHalted
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Sleep waits, and ends with the error of ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Halt ends the pauses of everybody. It may be called once.
func (p *Pace) Halt() { close(p.halted) }

// Pause makes everybody wait for at least d from now.
func (p *Pace) Pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

// PausedUntil is when the last pause ends, or ended; zero: there was none.
func (p *Pace) PausedUntil() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// Heed slows down by as much as the service says that a limit is exceeded, and
// goes back to the full quota when it no longer says so. A share of 1 is where
// throttling starts (Graph docs, throttling), and where a run is that uses its
// quota to the full; 0 is none said.
func (p *Pace) Heed(share float64) { p.quota.slow(max(1, share)) }
