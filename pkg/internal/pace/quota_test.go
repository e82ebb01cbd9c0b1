package pace_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/internal/pace"
)

// arrivals are the units that a tenant saw, and when.
type arrivals struct {
	mu   sync.Mutex
	seen []arrival
}

type arrival struct {
	at    time.Time
	units int
}

func (a *arrivals) note(units int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, arrival{time.Now(), units})
}

// most is the most that arrived in any span of time.
func (a *arrivals) most(span time.Duration) int {
	slices.SortFunc(a.seen, func(x, y arrival) int { return x.at.Compare(y.at) })
	most := 0
	for i, first := range a.seen {
		sum := 0
		for _, s := range a.seen[i:] {
			if s.at.Sub(first.at) < span {
				sum += s.units
			}
		}
		most = max(most, sum)
	}
	return most
}

// However long requests are on their way, there and back, never does more than
// the quota arrive in a span; and what waits goes as soon as there is room.
func TestWithinIsNeverExceeded(t *testing.T) {
	const quota, span = 100, 10 * time.Second
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		longest := rapid.IntRange(1, 3000).Draw(rt, "longest way, ms")
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			p, tenant := pace.New(pace.Within(quota, span)), &arrivals{}
			begun, total := time.Now(), 0
			var all sync.WaitGroup
			for range 60 {
				units := 1 + rnd.IntN(20)
				there, back := time.Duration(rnd.IntN(longest))*time.Millisecond, time.Duration(rnd.IntN(longest))*time.Millisecond
				total += units
				all.Go(func() {
					if err := p.Wait(t.Context(), units); err != nil {
						t.Error(err)
					}
					time.Sleep(there)
					tenant.note(units)
					time.Sleep(back)
					p.Answered(units)
				})
			}
			all.Wait()
			if got := tenant.most(span); got > quota {
				t.Errorf("%d units in %s", got, span)
			}
			// A request may find less room than it needs, at most 19 units of it.
			round := span + 2*time.Duration(longest)*time.Millisecond
			if took, most := time.Since(begun), time.Duration(total/(quota-19)+1)*round; took > most {
				t.Errorf("%d units took %s, more than %s", total, took, most)
			}
		})
	})
}

// A request that is larger than the quota is sent when nothing else is.
func TestWithinLetsTheLargestThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.Within(10, time.Second))
		for range 3 {
			if err := p.Wait(t.Context(), 30); err != nil {
				t.Fatal(err)
			}
			p.Answered(30)
		}
	})
}

// Where the service says that a limit is exceeded, less goes out; and as much
// as before where it no longer says so.
func TestHeed(t *testing.T) {
	for name, quota := range map[string]func() pace.Quota{
		"within": func() pace.Quota { return pace.Within(100, time.Second) },
		"steady": func() pace.Quota { return pace.Steady(100) },
	} {
		synctest.Test(t, func(t *testing.T) {
			p := pace.New(quota())
			send := func() time.Duration {
				begun := time.Now()
				for range 1000 {
					if err := p.Wait(t.Context(), 1); err != nil {
						t.Fatal(err)
					}
					p.Answered(1)
				}
				return time.Since(begun)
			}
			send()
			plain := send()
			p.Heed(1.6)
			slow := send()
			p.Heed(0)
			again := send()
			if ratio := slow.Seconds() / plain.Seconds(); ratio < 1.4 || ratio > 1.9 || again > plain+2*time.Second {
				t.Errorf("%s: %s, then %s, then %s", name, plain, slow, again)
			}
		})
	}
}

// Whoever waits for the quota while a pause begins waits for its end, and
// nothing that waited is lost from the quota.
func TestPauseHoldsThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.Within(10, time.Second))
		if err := p.Wait(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		p.Answered(10)
		begun := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := p.Wait(t.Context(), 1); err != nil || time.Since(begun) < time.Minute {
					t.Errorf("sent after %s, error %v", time.Since(begun), err)
				}
			})
		}
		time.Sleep(time.Second / 2)
		p.Pause(time.Minute - time.Second/2)
		all.Wait()
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.Within(1, time.Hour))
		if err := p.Wait(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Wait(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for the quota: %v", err)
		}
		p.Pause(time.Hour)
		time.AfterFunc(time.Second, p.Halt)
		if err := p.Wait(t.Context(), 1); !errors.Is(err, pace.ErrHalted) {
			t.Errorf("waiting for the end of a pause: %v", err)
		}
	})
}
