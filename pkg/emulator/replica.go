package emulator

import "time"

// Lag makes reads come from replicas that are behind. Writes are always judged
// by the state as it is.
type Lag struct {
	// Delay is how long after a write a lagging replica still shows what was
	// before; 0: none lags.
	Delay time.Duration

	// Share is the part of the reads that a lagging replica answers, above 0
	// and up to 1; 0 stands for 1. Queries with ConsistencyLevel: eventual are
	// served from the index, and always lag.
	Share float64
}

// history keeps what was before each write, for as long as a lagging replica
// shows it.
type history[K comparable, V any] struct {
	delay time.Duration
	past  map[K][]version[V] // the oldest first
	queue []expiry[K]        // in the order of the writes
}

type version[V any] struct {
	value V
	until time.Time
}

type expiry[K comparable] struct {
	key   K
	until time.Time
}

func newHistory[K comparable, V any](delay time.Duration) history[K, V] {
	return history[K, V]{delay: delay, past: map[K][]version[V]{}}
}

// wrote records what a key's value was before a write.
func (h *history[K, V]) wrote(key K, was V, now time.Time) {
	if h.delay == 0 {
		return
	}
	h.forget(now)
	until := now.Add(h.delay)
	h.past[key] = append(h.past[key], version[V]{was, until})
	h.queue = append(h.queue, expiry[K]{key, until})
}

// forget drops what every replica has overcome.
func (h *history[K, V]) forget(now time.Time) {
	for len(h.queue) > 0 && !h.queue[0].until.After(now) {
		key := h.queue[0].key
		h.queue = h.queue[1:]
		if h.past[key] = h.past[key][1:]; len(h.past[key]) == 0 {
			delete(h.past, key)
		}
	}
}

// at returns the value of a key as a lagging replica shows it.
func (h *history[K, V]) at(key K, current V, now time.Time) V {
	for _, v := range h.past[key] {
		if v.until.After(now) {
			return v.value
		}
	}
	return current
}

// view is the directory as one reader sees it. It is good for as long as the
// directory's lock is held.
type view struct {
	*directory
	now     time.Time
	lagging bool
}

// user returns a user as the reader sees them.
func (v view) user(r userRef) user {
	if !v.lagging {
		return v.users[r]
	}
	return v.userHistory.at(r, v.users[r], v.now)
}

// consumed returns how many seats of a product the reader sees taken.
func (v view) consumed(ref skuRef) int {
	if !v.lagging {
		return v.products[ref].consumed
	}
	return v.seatHistory.at(ref, v.products[ref].consumed, v.now)
}

// view returns the directory as the call sees it.
func (e *Emulator) view(c *call) view {
	return view{directory: e.dir, now: e.now(), lagging: c.lagging}
}
