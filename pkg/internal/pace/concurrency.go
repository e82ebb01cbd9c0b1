package pace

import (
	"sync"
	"time"
)

const (
	// cutPause is the time in which several complaints count as one: they are
	// about requests that were under way together.
	cutPause = time.Second

	// probePause is how long the window stays below what the tenant has
	// complained of, before one more is tried.
	probePause = time.Minute
)

// Concurrency is how many requests may be under way at once. It doubles with every
// round that goes well until the tenant complains, is halved then, and grows by
// one a round from there; but not again to where the tenant complained, for a
// while. It is safe for concurrent use.
type Concurrency struct {
	mu      sync.Mutex
	size    float64
	most    float64
	ceiling float64   // what the tenant is known to bear; most at first
	settled bool      // the tenant has complained once
	cut     time.Time // of the last complaint, or the last probe
}

// NewConcurrency begins with so many requests at once, and never lets more through
// than most.
func NewConcurrency(first, most int) *Concurrency {
	return &Concurrency{most: float64(most), ceiling: float64(most), size: float64(min(first, most))}
}

// Limit is how many may be under way now; 1 at the least.
func (w *Concurrency) Limit() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.size)
}

// Widen notes a request that went well.
func (w *Concurrency) Widen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); w.settled && now.Sub(w.cut) >= probePause {
		w.ceiling, w.cut = min(w.most, w.ceiling+1), now
	}
	step := 1.0
	if w.settled {
		step = 1 / w.size
	}
	w.size = min(w.ceiling, w.size+step)
}

// Narrow notes a complaint.
func (w *Concurrency) Narrow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.settled && now.Sub(w.cut) < cutPause {
		return
	}
	w.settled, w.cut = true, now
	w.ceiling = max(1, min(w.ceiling, float64(int(w.size)))-1)
	w.size = max(1, w.size/2)
}
