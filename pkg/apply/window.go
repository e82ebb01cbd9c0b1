package apply

import (
	"sync"
	"time"
)

const (
	// firstWindow is how many users are changed at once to begin with. Nobody
	// documents how many the service bears; reports range from one to twenty.
	firstWindow = 4

	// cutPause is the time in which several complaints count as one: they are
	// about calls that were under way together.
	cutPause = time.Second

	// probePause is how long the window stays below what the tenant has
	// complained of, before one more is tried.
	probePause = time.Minute
)

// window is how many users are changed at once. It doubles with every round
// that goes well until the tenant complains of concurrent requests, is halved
// then, and grows by one a round from there; but not again to where the tenant
// complained, for a while.
type window struct {
	mu      sync.Mutex
	size    float64
	most    float64
	ceiling float64   // what the tenant is known to bear; most at first
	settled bool      // the tenant has complained once
	cut     time.Time // of the last complaint, or the last probe
}

func newWindow(most int) *window {
	return &window{most: float64(most), ceiling: float64(most), size: float64(min(firstWindow, most))}
}

func (w *window) limit() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.size)
}

// widen notes a call that went well.
func (w *window) widen() {
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

// narrow notes a complaint of concurrent requests.
func (w *window) narrow() {
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
