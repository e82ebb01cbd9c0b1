package emulator

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// dice is the one source of randomness, seeded and safe for concurrent use.
type dice struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newDice(seed uint64) *dice {
	return &dice{rng: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))}
}

// Read fills p. It never fails; it is what uuid wants of a source.
func (d *dice) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range p {
		p[i] = byte(d.rng.Uint32())
	}
	return len(p), nil
}

// requestID returns a fresh id for a request.
func (d *dice) requestID() string {
	id, err := uuid.NewRandomFromReader(d)
	if err != nil {
		panic("emulator: " + err.Error())
	}
	return id.String()
}

// moment is a part of a second.
func (d *dice) moment() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.rng.Int64N(int64(time.Second)))
}

// chance is true with the given probability.
func (d *dice) chance(p float64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.Float64() < p
}

// shuffle puts n things in random order.
func (d *dice) shuffle(n int, swap func(i, j int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rng.Shuffle(n, swap)
}
