package runner

import (
	"context"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/internal/pace"
)

// Quotas are what applications may write over all of their tenants: one quota
// for each application. It is safe for concurrent use.
type Quotas struct {
	perSecond float64

	mu   sync.Mutex
	apps map[fleet.Application]*Quota
}

// NewQuotas gives each application its share of a quota, of which there are so
// many: one for each shard of a fleet.
func NewQuotas(q fleet.Quota, shares int) *Quotas {
	return &Quotas{perSecond: float64(q.Count) / q.Per.Seconds() / float64(shares), apps: map[fleet.Application]*Quota{}}
}

// Of gives the quota of an application, the same whenever it is asked for.
func (q *Quotas) Of(app fleet.Application) *Quota {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.apps[app] == nil {
		q.apps[app] = &Quota{pace: pace.New(pace.Steady(q.perSecond))}
	}
	return q.apps[app]
}

// Quota is what one application may write over all of its tenants.
type Quota struct{ pace *pace.Pace }

// Wait returns when one write may be sent to any of the tenants, or with the
// error of ctx.
func (q *Quota) Wait(ctx context.Context) error { return q.pace.Wait(ctx, 1) }

// longestHold is how long a request is held back at most while the application
// has to pause, so that whoever sent it does not give it up for lost. A write has
// waited before it is sent.
const longestHold = 30 * time.Second

// Hold keeps a request back while the application has to pause, but not for
// long. The error is that of ctx.
func (q *Quota) Hold(ctx context.Context) error {
	pause := min(time.Until(q.pace.PausedUntil()), longestHold)
	if pause <= 0 {
		return nil
	}
	return q.pace.Sleep(ctx, pause)
}

// Pause makes all tenants of the application wait for at least d from now.
func (q *Quota) Pause(d time.Duration) { q.pace.Pause(d) }
