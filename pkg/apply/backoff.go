package apply

import (
	"math/rand/v2"
	"time"
)

// firstWindow is how many users are changed at once to begin with. Nobody
// documents how many the service bears; reports range from one to twenty.
const firstWindow = 4

// The back-off where the service names no time: doubled for every attempt.
const (
	firstBackoff = time.Second
	maxBackoff   = time.Minute
)

func randomJitter() float64 { return rand.Float64() }

// backoff is how long to wait after the given number of attempts, from 1: a
// random half of the doubling time is taken off, so that writers which failed
// together do not come back together.
func (r *run) backoff(attempts int) time.Duration {
	d := maxBackoff
	if attempts <= 6 {
		d = min(d, firstBackoff<<(attempts-1))
	}
	return d/2 + time.Duration(r.o.Jitter()*float64(d/2))
}
