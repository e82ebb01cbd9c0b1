package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/license"
)

// gate stands before a tenant of groups: replies take half a second, and it
// polices that nobody comes while everybody was told to wait.
type gate struct {
	t     testing.TB
	bears int    // so many requests at once; more are turned away. 0: any number
	wait  string // the Retry-After then
	share string // how far it says that its limit is exceeded

	mu                    sync.Mutex
	underway, peak, sent  int
	away                  int
	spent                 []spending
	pausedFrom, pausedFor time.Time
}

// spending is what a request cost when it arrived.
type spending struct {
	at    time.Time
	units int
}

const gateTime = time.Second / 2

func (g *gate) answer(req *http.Request) (*http.Response, error) {
	if refused := g.enter(req); refused != nil {
		return refused, nil
	}
	defer func() {
		g.mu.Lock()
		g.underway--
		g.mu.Unlock()
	}()
	select {
	case <-time.After(gateTime):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return reply(http.StatusOK, groupsOrUsers(req), "x-ms-throttle-limit-percentage: "+g.share), nil
}

func (g *gate) enter(req *http.Request) *http.Response {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, units := time.Now(), 1
	if strings.HasSuffix(req.URL.Path, "embers") {
		units = 3
	}
	if now.After(g.pausedFrom) && now.Before(g.pausedFor) {
		g.t.Errorf("a request came %s before the end of a pause", g.pausedFor.Sub(now))
	}
	g.sent++
	g.spent = append(g.spent, spending{now, units})
	if g.bears > 0 && g.underway >= g.bears {
		g.away++
		wait, _ := time.ParseDuration(g.wait + "s")
		g.pausedFrom, g.pausedFor = now, now.Add(wait)
		return reply(http.StatusTooManyRequests, `{"error":{"code":"TooManyRequests"}}`, "Retry-After: "+g.wait)
	}
	g.underway++
	g.peak = max(g.peak, g.underway)
	return nil
}

// mostInTenSeconds is how many resource units were used in any ten seconds.
func (g *gate) mostInTenSeconds() int {
	most := 0
	for i, first := range g.spent {
		sum := 0
		for _, s := range g.spent[i:] {
			if s.at.Sub(first.at) < 10*time.Second {
				sum += s.units
			}
		}
		most = max(most, sum)
	}
	return most
}

var guidInQuotes = regexp.MustCompile(`'([0-9a-f-]{36})'`)

// groupsOrUsers answers for everybody who is asked for, and with one member.
func groupsOrUsers(req *http.Request) string {
	if strings.HasSuffix(req.URL.Path, "embers") {
		return listJSON("", fmt.Sprintf(`{"@odata.type":"#microsoft.graph.user","id":%q}`, id(1)))
	}
	var found []string
	for _, m := range guidInQuotes.FindAllStringSubmatch(req.URL.Query().Get("$filter"), -1) {
		found = append(found, fmt.Sprintf(`{"id":%q,"displayName":"Group","country":"DE","securityEnabled":true,"assignedLicenses":[]}`, m[1]))
	}
	return listJSON("", found...)
}

func guids(n int) []license.GUID {
	out := make([]license.GUID, n)
	for i := range out {
		out[i] = id(i + 1)
	}
	return out
}

// What is asked for in several requests, none of which needs another, goes side
// by side: as many requests as before, in a few round trips. Of one thing no more
// than MostAbreast are asked for at once, and the tenant is asked for more from
// round to round.
func TestRequestsGoSideBySide(t *testing.T) {
	for _, tc := range []struct {
		name     string
		read     func(context.Context, *graph.Reader) (int, error)
		found    int
		requests int
		peak     int // of requests at once
		most     time.Duration
	}{
		{"names of groups", func(ctx context.Context, r *graph.Reader) (int, error) {
			found, err := r.GroupNames(ctx, guids(3000))
			return len(found), err
		}, 3000, 200, 64, 4 * gateTime},
		{"groups by id", func(ctx context.Context, r *graph.Reader) (int, error) {
			found, err := r.GroupsByID(ctx, guids(3000))
			return len(found), err
		}, 3000, 200, 64, 4 * gateTime},
		{"attributes", func(ctx context.Context, r *graph.Reader) (int, error) {
			found, err := r.Attributes(ctx, []string{"country"}, guids(300))
			return len(found["country"]), err
		}, 300, 20, 20, gateTime},
		{"members", func(ctx context.Context, r *graph.Reader) (int, error) { return members(ctx, r, 144) }, 144, 144, 96, 2 * gateTime},
		{"one group", func(ctx context.Context, r *graph.Reader) (int, error) {
			found, err := r.GroupsByID(ctx, guids(1))
			return len(found), err
		}, 1, 1, 1, gateTime},
		{"none", func(ctx context.Context, r *graph.Reader) (int, error) {
			found, err := r.GroupNames(ctx, nil)
			return len(found), err
		}, 0, 0, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gate{t: t}
				begun := time.Now()
				found, err := tc.read(t.Context(), newReader(t, newWire(t, g.answer)))
				if took := time.Since(begun); err != nil || found != tc.found || took > tc.most {
					t.Errorf("%d of %d after %s, at most %s; error %v", found, tc.found, took, tc.most, err)
				}
				if g.sent != tc.requests || g.peak != tc.peak {
					t.Errorf("%d requests, want %d; %d at once, want %d", g.sent, tc.requests, g.peak, tc.peak)
				}
			})
		})
	}
}

// members reads who is in so many groups, all at once.
func members(ctx context.Context, r *graph.Reader, groups int) (int, error) {
	var asking errgroup.Group
	found := make([]graph.Selected, groups)
	for i := range groups {
		asking.Go(func() (err error) {
			found[i], err = r.DirectMembers(ctx, id(i+1))
			return err
		})
	}
	err := asking.Wait()
	n := 0
	for _, s := range found {
		n += len(s.Users)
	}
	return n, err
}

// Requests side by side use no more than the quota of lookups, in any ten seconds, and
// a tenth of it where the tenant says so.
func TestRequestsSideBySideKeepToTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{t: t, share: "10"}
		if found, err := members(t.Context(), newReader(t, newWire(t, g.answer)), 600); err != nil || found != 600 {
			t.Errorf("%d members, error %v", found, err)
		}
		if most := g.mostInTenSeconds(); most > 780 || most < 770 {
			t.Errorf("%d units in ten seconds", most)
		}
	})
}

// A tenant that bears few at once makes everybody wait, and gets all of them in
// the end, with a bounded number in vain.
func TestRequestsSideBySideAreTurnedAway(t *testing.T) {
	for _, bears := range []int{1, 8, 30} {
		t.Run(fmt.Sprint(bears), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gate{t: t, bears: bears, wait: "10"}
				found, err := newReader(t, newWire(t, g.answer)).GroupNames(t.Context(), guids(3000))
				if err != nil || len(found) != 3000 {
					t.Errorf("%d names, error %v", len(found), err)
				}
				if g.away > 100 {
					t.Errorf("%d requests were turned away", g.away)
				}
			})
		})
	}
}

// Lookups and what goes beside them wait for each other's pauses.
func TestOnePauseForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refusedAt time.Time
		var after []time.Duration
		r := newReader(t, newWire(t, func(req *http.Request) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, "/$batch") {
				refusedAt = time.Now()
				return reply(http.StatusTooManyRequests, `{"error":{"code":"TooManyRequests"}}`, "Retry-After: 30"), nil
			}
			after = append(after, time.Since(refusedAt))
			return reply(http.StatusOK, groupsOrUsers(req)), nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var lookups sync.WaitGroup
		lookups.Go(func() {
			asked := false
			for range r.FindEach(ctx, graph.Lookups{Next: func() []string {
				if asked {
					return nil
				}
				asked = true
				return names(1)
			}}) {
			}
		})
		time.Sleep(time.Second)
		found, err := r.GroupNames(t.Context(), guids(1))
		lookups.Wait()
		if err != nil || len(found) != 1 || len(after) != 1 || after[0] < 30*time.Second {
			t.Errorf("%d names, asked for %s after the pause began; error %v", len(found), after, err)
		}
	})
}

// A tenant that turns everything away is given up on, as one request would be.
func TestRequestsSideBySideGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		answer := func(*http.Request) (*http.Response, error) {
			sent++
			return reply(http.StatusTooManyRequests, `{"error":{"code":"TooManyRequests"}}`, "Retry-After: 10"), nil
		}
		begun := time.Now()
		_, err := newReader(t, newWire(t, answer)).GroupNames(t.Context(), guids(15))
		refused, ok := errors.AsType[*graph.Error](err)
		if !ok || !refused.Throttled() || sent != 7 || time.Since(begun) > 2*time.Minute {
			t.Errorf("%d requests in %s, error %v", sent, time.Since(begun), err)
		}
	})
}

// A bug in what is done side by side is an error for whoever waits for it, and does
// not end the process.
func TestABugIsAnError(t *testing.T) {
	for name, read := range map[string]func(*graph.Reader) error{
		"pages":       func(r *graph.Reader) error { _, err := allUsers(r); return err },
		"lookups":     func(r *graph.Reader) error { _, err := findUsers(t.Context(), r, id(1).String()); return err },
		"groups":      func(r *graph.Reader) error { _, err := r.GroupsByID(t.Context(), guids(40)); return err },
		"one by one":  func(r *graph.Reader) error { _, err := r.DirectMembers(t.Context(), id(1)); return err },
		"and members": func(r *graph.Reader) error { _, err := r.GroupMembers(t.Context(), id(1)); return err },
	} {
		err := read(newReader(t, newWire(t, func(*http.Request) (*http.Response, error) { panic("out of order") })))
		bug, ok := errors.AsType[*caught.Panic](err)
		if !ok || bug.Value != "out of order" || !strings.Contains(bug.Stack, "abreast_test.go") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
