package runner

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/fleet"
)

// Work does with one tenant what is to be done, and completes its row. The
// context is the run's. It is called for several tenants at once.
type Work func(ctx context.Context, t fleet.Tenant, row fleet.Row) fleet.Row

// Options say how tenants are run.
type Options struct {
	AtOnce    int              // most tenants at once; at least 1
	StopAfter int              // tenants that need a person, after which no other is begun; 0: never
	Now       func() time.Time // the clock
	Ended     func(fleet.Row)  // told of every row that is complete, one at a time; may be nil

	// Bug makes the row of work that has panicked with a value, of the row as it was.
	// It is called where the stack is still there.
	Bug func(row fleet.Row, with any) fleet.Row
}

// Job is what there is to do: the work for each tenant, with a report that has a
// row for each of them, in their order.
type Job struct {
	Report  *fleet.Report
	Tenants []fleet.Tenant
	Work    Work
}

// Run does the work for each tenant and puts the rows into the report. Where the context ends, or too many
// tenants have failed, no other is begun: its row stays as it was. Work that
// panics is a row of Options.Bug, and nothing to the others; but for a panic in a
// goroutine that the work has begun, which nobody else can catch.
func Run(ctx context.Context, job Job, o Options) {
	c := &pool{Options: o, Job: job}
	var running errgroup.Group
	running.SetLimit(max(o.AtOnce, 1))
	for i, t := range job.Tenants {
		running.Go(func() error {
			if c.goesOn(ctx) {
				c.one(ctx, i, t)
			}
			return nil
		})
	}
	_ = running.Wait() // nobody gives an error
}

// pool is one run.
type pool struct {
	Options
	Job

	mu     sync.Mutex // of the report and what follows
	failed int
}

func (c *pool) goesOn(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return ctx.Err() == nil && (c.StopAfter == 0 || c.failed < c.StopAfter)
}

func (c *pool) one(ctx context.Context, i int, t fleet.Tenant) {
	begun := c.Now()
	row := c.recovered(ctx, t, c.row(i))
	row.StartedAt = begun.UTC()
	row.Seconds = c.Now().Sub(begun).Round(time.Millisecond).Seconds()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Report.Tenants[i] = row
	if row.Outcome.NeedsPerson() {
		c.failed++
	}
	if c.Ended != nil {
		c.Ended(row)
	}
}

func (c *pool) row(i int) fleet.Row {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Report.Tenants[i]
}

// recovered does the work, and has a row made of a bug.
func (c *pool) recovered(ctx context.Context, t fleet.Tenant, row fleet.Row) (out fleet.Row) {
	defer func() {
		if with := recover(); with != nil {
			out = c.Bug(row, with)
		}
	}()
	return c.Work(ctx, t, row)
}
