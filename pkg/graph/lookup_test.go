package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// crowd stands before a directory: batches take their time, and somebody may
// be turned away.
type crowd struct {
	latency time.Duration
	turn    func(now int) *http.Response // so many batches under way; nil: lets it through
	behind  func(*http.Request) (*http.Response, error)

	mu       sync.Mutex
	underway int
	peak     int
	sent     []time.Time
}

// newCrowd has n users and batches of half a second.
func newCrowd(t testing.TB, n int) (*crowd, *directory, *wire) {
	d, w := newDirectory(t, n)
	c := &crowd{latency: time.Second / 2, behind: w.answer}
	w.answer = c.answer
	return c, d, w
}

func (c *crowd) answer(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.underway++
	c.peak = max(c.peak, c.underway)
	c.sent = append(c.sent, time.Now())
	var away *http.Response
	if c.turn != nil {
		away = c.turn(c.underway)
	}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.underway--
		c.mu.Unlock()
	}()
	if away != nil {
		return away, nil
	}
	select {
	case <-time.After(c.latency):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return c.behind(req)
}

func names(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("user%d@contoso.com", i+1)
	}
	return out
}

// Sixty-seven batches of half a second are two rounds.
func TestBatchesGoSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, w := newCrowd(t, 20_000)
		begun := time.Now()
		got, err := find(t, w, names(20_000)...)
		if took := time.Since(begun); err != nil || len(got) != 20_000 || w.count() != 67 || took > 1500*time.Millisecond || c.peak > 256 {
			t.Errorf("%d users in %d requests after %s, %d at once, error %v", len(got), w.count(), took, c.peak, err)
		}
	})
}

// However many are looked up, and however fast the tenant is: in ten seconds
// never more than 8,000 queries, of a resource unit each, but close to them.
func TestLookupsStayWithinTheUnits(t *testing.T) {
	for _, latency := range []time.Duration{0, 100 * time.Millisecond, 1500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			c, d, w := newCrowd(t, 0)
			c.latency = latency
			const batches = 1000
			begun := time.Now()
			if _, err := find(t, w, names(batches*300)...); err != nil {
				t.Fatal(err)
			}
			took := time.Since(begun)
			most, first := 0, 0
			for i := range c.sent {
				for c.sent[i].Sub(c.sent[first]) >= 10*time.Second {
					first++
				}
				most = max(most, 20*(i-first+1))
			}
			if len(d.asked) != batches || most > 8000 {
				t.Errorf("%s: %d batches, %d units in ten seconds", latency, len(d.asked), most)
			}
			if took > 2*(10*time.Second+latency)+12*latency+time.Second {
				t.Errorf("%s: it took %s", latency, took)
			}
		})
	}
}

// One who is asked to wait is asked for all.
func TestRetryAfterHoldsAllLookups(t *testing.T) {
	for name, fault := range map[string]func(c *crowd, d *directory){
		"a batch": func(c *crowd, _ *directory) {
			c.turn = func(int) *http.Response {
				if len(c.sent) != 20 {
					return nil
				}
				return reply(429, `{"error":{"code":"TooManyRequests"}}`, "Retry-After: 40")
			}
		},
		"an item": func(_ *crowd, d *directory) {
			n := 0
			d.fault = func(batchItem) string {
				if n++; n != 100 {
					return ""
				}
				return `{"id":"ID","status":429,"headers":{"Retry-After":"40"},"body":{"error":{"code":"TooManyRequests"}}}`
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, d, w := newCrowd(t, 12_000)
			fault(c, d)
			begun := time.Now()
			got, err := find(t, w, names(12_000)...)
			if took := time.Since(begun); err != nil || len(got) != 12_000 || took < 40*time.Second || took > 44*time.Second {
				t.Errorf("%s: %d users after %s, error %v", name, len(got), took, err)
			}
			for _, s := range c.sent {
				if since := s.Sub(begun); since > time.Second && since < 40*time.Second {
					t.Errorf("%s: a batch went out after %s", name, since)
				}
			}
		})
	}
}

// A tenant that bears five batches at once, or gives a hundredth of the usual
// units, is read to the end, without many complaints.
func TestTenantsThatBearLittle(t *testing.T) {
	turnAway := func() *http.Response { return reply(429, `{"error":{"code":"TooManyRequests"}}`, "Retry-After: 10") }
	for name, turn := range map[string]func(c *crowd) func(now int) *http.Response{
		"five at once": func(*crowd) func(int) *http.Response {
			return func(now int) *http.Response {
				if now <= 5 {
					return nil
				}
				return turnAway()
			}
		},
		"five in ten seconds": func(*crowd) func(int) *http.Response {
			var let []time.Time
			return func(int) *http.Response {
				let = slices.DeleteFunc(let, func(at time.Time) bool { return time.Since(at) >= 10*time.Second })
				if len(let) >= 5 {
					return turnAway()
				}
				let = append(let, time.Now())
				return nil
			}
		},
		"concurrency": func(*crowd) func(int) *http.Response {
			return func(now int) *http.Response {
				if now <= 5 {
					return nil
				}
				return reply(409, `{"error":{"code":"Directory_ConcurrencyViolation"}}`)
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _, w := newCrowd(t, 30_000)
			c.turn = turn(c)
			begun := time.Now()
			got, err := find(t, w, names(30_000)...)
			if took := time.Since(begun); err != nil || len(got) != 30_000 || took > 5*time.Minute || w.count() > 300 {
				t.Errorf("%s: %d users in %d requests after %s, error %v", name, len(got), w.count(), took, err)
			}
		})
	}
}

// Who is looked up is asked for when there is room, every one once; and an
// answer tells whom it is for.
func TestFindEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d, w := newCrowd(t, 20_000)
		refs := append([]string{id(4).String(), id(7).String(), id(99_999).String()}, names(20_010)[10:]...)
		waiting, latest := refs, time.Duration(0)
		begun := time.Now()
		next := func() []string {
			latest = time.Since(begun)
			some := waiting[:min(300, len(waiting))]
			waiting = waiting[len(some):]
			return some
		}
		answered, users := []string{}, 0
		for found, err := range newReader(t, w).FindEach(t.Context(), graph.Lookups{Next: next}) {
			if err != nil {
				t.Fatal(err)
			}
			answered, users = append(answered, found.Refs...), users+len(found.Users)
		}
		slices.Sort(answered)
		slices.Sort(refs)
		if !slices.Equal(answered, refs) || users != 19_992 || latest < time.Second/2 || len(d.asked) != 67 {
			t.Errorf("%d answers for %d refs, %d users in %d batches, asked until %s", len(answered), len(refs), users, len(d.asked), latest)
		}
	})
}

// Where it can be said who is still needed, everybody is asked for once all the same.
func TestLookupsThatAreWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d, w := newCrowd(t, 2_000)
		waiting, users := names(2_000), 0
		next := func() []string {
			some := waiting[:min(150, len(waiting))]
			waiting = waiting[len(some):]
			return some
		}
		wanted := func([]string) bool { return true }
		for found, err := range newReader(t, w).FindEach(t.Context(), graph.Lookups{Next: next, Wanted: wanted}) {
			if err != nil {
				t.Fatal(err)
			}
			users += len(found.Users)
		}
		asked := 0
		for _, batch := range d.asked {
			asked += len(batch)
		}
		if users != 2_000 || len(d.asked) != 7 || asked != 134 {
			t.Errorf("%d users by %d queries in %d batches", users, asked, len(d.asked))
		}
	})
}

// padded is a reply that ends with so many blanks, a part at a time, and notes how much
// of all of them was read and is not closed yet.
type padded struct {
	io.Reader
	blanks int
	held   int
	all    *held
}

type held struct {
	mu        sync.Mutex
	now, most int
}

func (h *held) add(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now += n
	h.most = max(h.most, h.now)
}

func (p *padded) Read(to []byte) (int, error) {
	n, err := p.Reader.Read(to)
	if err == io.EOF && p.blanks > 0 {
		time.Sleep(time.Millisecond) // all of them come at the same time
		n, err = min(len(to), p.blanks, 1<<20), nil
		copy(to, bytes.Repeat([]byte(" "), n))
		p.blanks -= n
	}
	p.held += n
	p.all.add(n)
	return n, err
}

func (p *padded) Close() error {
	p.all.add(-p.held)
	p.held = 0
	return nil
}

// However large replies are, hundreds of them side by side take bounded room: what is
// beyond two megabytes comes one after the other.
func TestLargeRepliesComeOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, w := newCrowd(t, 14_000)
		all := &held{}
		w.answer = func(req *http.Request) (*http.Response, error) {
			resp, err := c.answer(req)
			if err == nil {
				resp.Body = &padded{Reader: resp.Body, blanks: 5 << 20, all: all}
			}
			return resp, err
		}
		got, err := find(t, w, names(14_000)...)
		if most := (48*3 + 5) << 20; err != nil || len(got) != 14_000 || all.most > most || all.most < 48<<21 {
			t.Errorf("%d users, error %v, %d MB at once", len(got), err, all.most>>20)
		}
	})
}

// Whoever waits for a large reply of somebody else can stop.
func TestWaitingForALargeReplyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, w := newCrowd(t, 600)
		w.answer = func(req *http.Request) (*http.Response, error) {
			resp, err := c.answer(req)
			if err == nil {
				resp.Body = io.NopCloser(&never{blanks: 3 << 20, over: req.Context().Done()})
			}
			return resp, err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := findUsers(ctx, newReader(t, w), names(600)...)
		if took := time.Since(begun); err == nil || took > 11*time.Second {
			t.Errorf("it took %s, error %v", took, err)
		}
	})
}

// never is a reply of blanks that stops in the middle, and has no end.
type never struct {
	blanks int
	over   <-chan struct{}
}

func (n *never) Read(to []byte) (int, error) {
	if n.blanks <= 0 {
		<-n.over
		return 0, context.Canceled
	}
	got := min(len(to), n.blanks)
	copy(to, bytes.Repeat([]byte(" "), got))
	n.blanks -= got
	return got, nil
}

// Whoever stops listening, or is stopped, leaves nothing behind; and what was
// stopped does not look as if it were complete.
func TestFindEachEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, w := newCrowd(t, 10)
		next := func() []string { return names(300) }
		for range newReader(t, w).FindEach(t.Context(), graph.Lookups{Next: next}) {
			break
		}
		if c.underway != 0 {
			t.Errorf("%d batches are under way", c.underway)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var last error
		for _, err := range newReader(t, w).FindEach(ctx, graph.Lookups{Next: next}) {
			last = err
		}
		if !errors.Is(last, context.DeadlineExceeded) {
			t.Errorf("ends with %v", last)
		}
		for _, err := range newReader(t, newWire(t, always(403, ""))).FindEach(t.Context(), graph.Lookups{Next: next}) {
			last = err
		}
		if e, ok := errors.AsType[*graph.Error](last); !ok || !e.Forbidden() {
			t.Errorf("refused, it ends with %v", last)
		}
	})
}
