package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// longestPause is how long all writers wait at most for what the tenant has
// asked of one of them, where that is more than the run waits for at all: the
// next who is turned away shows whether everybody is meant.
const longestPause = 5 * time.Minute

var errThrottled = errors.New("the tenant turns every write away, for longer than this run waits")

// wait does what a tenant wants that asks to slow down: everybody pauses. But
// where others got through since this change was last turned away, it alone is
// meant, and it gives way to them. What would have to wait for longer than a
// change may be held up ends.
func (f *flight) wait(ctx context.Context, e *graph.Error) ending {
	f.throttled++
	if !e.Refused() {
		f.glance(ctx)
	}
	now := time.Now()
	pause := max(e.RetryAfter, f.run.backoff(f.throttled))
	if f.turnedAway.IsZero() {
		f.turnedAway = now
	}
	f.alone = f.alone || !f.asked.IsZero() && f.run.acceptedSince(f.asked)
	f.asked = now
	if held := now.Add(pause).Sub(f.turnedAway); held > f.run.o.ThrottleTimeout {
		var stop error
		if !f.alone {
			stop = f.run.hold(pause)
		}
		return ending{f.abandon(ctx, f.turnedAwayFor(pause)), stop}
	}
	if f.alone {
		f.notBefore = now.Add(pause)
		return ending{}
	}
	if stop := f.run.hold(pause); stop != nil {
		return ending{f.abandon(ctx, f.turnedAwayFor(pause)), stop}
	}
	return ending{}
}

// turnedAwayFor says why a throttled change is given up.
func (f *flight) turnedAwayFor(pause time.Duration) string {
	return fmt.Sprintf("the tenant has turned the change away for %s and asks to wait for another %s, and %s is the most",
		time.Since(f.turnedAway).Round(time.Second), pause.Round(time.Second), f.run.o.ThrottleTimeout)
}

// glance looks at the user once, where something else than the service asks to
// slow down and the write may have happened.
func (f *flight) glance(ctx context.Context) {
	now, err := f.look(ctx)
	f.doubt = err != nil
	if f.doubt {
		f.run.noteTouched()
		return
	}
	f.progress(now)
}

// throttling is what a run remembers of the tenant's asking to slow down.
type throttling struct {
	accepted time.Time // when a write last got through
	since    time.Time // since when none does; zero: the last one did
	tooLong  bool      // since then it was asked to wait for longer than the run waits
}

// accepted notes a write that got through.
func (r *run) accepted(op graph.Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.throttling = throttling{accepted: time.Now()}
	r.permission.granted(op)
}

func (r *run) acceptedSince(t time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.throttling.accepted.After(t)
}

// hold makes all writers pause. It gives an error where that takes longer than
// the run waits: one who was asked to wait for so long may be meant alone, but
// not two of whom none got through.
func (r *run) hold(pause time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, t := time.Now(), &r.throttling
	if t.since.IsZero() {
		t.since = now
	}
	if pause > r.o.ThrottleTimeout {
		if t.tooLong {
			return errThrottled
		}
		t.tooLong, pause = true, min(longestPause, r.o.ThrottleTimeout)
	}
	if now.Add(pause).Sub(t.since) > r.o.ThrottleTimeout {
		return errThrottled
	}
	r.pace.Pause(pause)
	return nil
}
