package emulator

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Concurrency bounds how many writes the tenant bears at once. Where the real
// service begins to refuse is not documented.
type Concurrency struct {
	// Writes is how many writes may be in flight; one more is refused, as is a
	// second one for the same user. 0: any number.
	Writes int

	// BadRequest answers with status 400 and the code Request_BadRequest, as
	// some projects report, instead of 409 and Directory_ConcurrencyViolation.
	BadRequest bool
}

// inFlight counts the writes that are under way.
type inFlight struct {
	mu      sync.Mutex
	writes  int
	peak    int
	targets map[string]int
}

func newInFlight() *inFlight { return &inFlight{targets: map[string]int{}} }

// enter takes a write in and reports whether the tenant bears it.
func (f *inFlight) enter(limit int, target string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes++
	f.peak = max(f.peak, f.writes)
	f.targets[target]++
	return limit == 0 || f.writes <= limit && f.targets[target] == 1
}

func (f *inFlight) leave(target string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes--
	if f.targets[target]--; f.targets[target] == 0 {
		delete(f.targets, target)
	}
}

// highest is the most writes that were in flight at once.
func (f *inFlight) highest() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.peak
}

// write carries a write out in the time that writes take, unless there are too
// many already. A client that does not wait for the reply has written all the
// same.
func (e *Emulator) write(c *call) reply {
	target := e.writeTarget(c)
	borne := e.inFlight.enter(e.opts.Concurrency.Writes, target)
	defer e.inFlight.leave(target)
	if !borne {
		return e.failure(c, e.opts.Concurrency.refusal())
	}
	pause(c, e.opts.WriteLatency)
	return c.route.handle(e, c)
}

// writeTarget names the object that a write is about.
func (e *Emulator) writeTarget(c *call) string {
	name := c.caller.user
	if len(c.params) > 0 {
		name = strings.TrimPrefix(c.params[0], quotedKey)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	if r, ok := e.dir.find(name); ok {
		return e.dir.users[r].id.String()
	}
	return strings.ToLower(name)
}

func (o Concurrency) refusal() apiError {
	const message = "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."
	if o.BadRequest {
		return badRequest(message)
	}
	return newError(http.StatusConflict, "Directory_ConcurrencyViolation", message)
}

// pause waits, but not for a client that is gone.
func pause(c *call, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}
