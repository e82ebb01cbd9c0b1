package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// firstThen answers the first request with one thing, and all others with another.
func firstThen(first, others answerOf) answerOf {
	var mu sync.Mutex
	answers := []answerOf{first}
	return func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		answer := others
		if len(answers) > 0 {
			answer, answers = answers[0], nil
		}
		mu.Unlock()
		return answer(req)
	}
}

func found(req *http.Request) (*http.Response, error) {
	return reply(http.StatusOK, groupsOrUsers(req)), nil
}

const (
	concurrentJSON = `{"error":{"code":"Request_BadRequest","message":"Error due to concurrent requests being made to the tenant."}}`
	quotaJSON      = `{"error":{"code":"UnknownError","message":"Request limit exceeded."}}`
	conflictJSON   = `{"error":{"code":"Request_BadRequest","message":"m","details":[{"code":"ObjectConflict"}]}}`
)

// Who is turned away for there being too many requests makes everybody wait; who is
// refused for a reason of their own waits alone.
func TestWhoMakesEverybodyWait(t *testing.T) {
	const wait = "Retry-After: 30"
	own := []time.Duration{400 * time.Millisecond, 650 * time.Millisecond}
	half := []time.Duration{30 * time.Second, 30 * time.Second}
	longest := []time.Duration{5 * time.Minute, 5 * time.Minute}
	for name, tc := range map[string]struct {
		answer answerOf
		pause  []time.Duration // of everybody, at the least and at the most; nil: none
		fails  bool            // for who was refused
	}{
		"429":                     {answer: always(429, "", wait), pause: half},
		"503 with a time":         {answer: always(503, "", wait), pause: half},
		"409":                     {answer: always(409, "", wait), pause: half},
		"409, by quota":           {answer: always(409, quotaJSON, wait), pause: half},
		"400, concurrent":         {answer: always(400, concurrentJSON, wait), pause: half},
		"429 without a time":      {answer: always(429, ""), pause: own},
		"409 without a time":      {answer: always(409, ""), pause: own},
		"429, the longest":        {answer: always(429, "", "Retry-After: 300"), pause: longest},
		"429, longer":             {answer: always(429, "", "Retry-After: 301"), pause: longest, fails: true},
		"409, a conflict":         {answer: always(409, conflictJSON, wait), fails: false},
		"503 without a time":      {answer: always(503, "")},
		"500":                     {answer: always(500, "", wait)},
		"400":                     {answer: always(400, "", wait), fails: true},
		"403":                     {answer: always(403, "", wait), fails: true},
		"a connection that broke": {answer: reset},
		"a reply that broke off":  {answer: broken(200, `{"val`)},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newReader(t, newWire(t, firstThen(tc.answer, found)))
			var refused sync.WaitGroup
			refused.Go(func() {
				if names, err := r.GroupNames(t.Context(), guids(1)); (err != nil) != tc.fails || err == nil && len(names) != 1 {
					t.Errorf("%s: %v, %v", name, names, err)
				}
			})
			synctest.Wait()
			begun := time.Now()
			if _, err := r.GroupNames(t.Context(), guids(1)); err != nil {
				t.Errorf("%s: another one: %v", name, err)
			}
			took := time.Since(begun)
			if tc.pause == nil && took > 0 || tc.pause != nil && (took < tc.pause[0] || took > tc.pause[1]) {
				t.Errorf("%s: another one waited %v", name, took)
			}
			refused.Wait()
		})
	}
}

// Who is turned away while others get through is asked again as long as they do, and
// then as often as any request.
func TestAskedAgainWhileOthersGetThrough(t *testing.T) {
	for name, tc := range map[string]struct {
		other answerOf
		wait  string
		sent  int // for the group that is turned away
	}{
		"others get through":   {found, "10", 8},
		"the longest wait":     {found, "300", 8},
		"a longer wait":        {found, "301", 1},
		"nobody gets through":  {always(400, ""), "10", 7},
		"others are forbidden": {always(403, ""), "10", 7},
		"others break off":     {broken(200, "{"), "10", 7},
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			r := newReader(t, newWire(t, func(req *http.Request) (*http.Response, error) {
				if strings.Contains(req.URL.RawQuery, id(2).String()) {
					return tc.other(req)
				}
				sent++
				if sent == 1 {
					time.Sleep(time.Second)
				}
				return reply(http.StatusTooManyRequests, "", "Retry-After: "+tc.wait), nil
			}))
			var asking sync.WaitGroup
			asking.Go(func() {
				_, err := r.GroupNames(t.Context(), guids(1))
				if refused, ok := errors.AsType[*graph.Error](err); !ok || !refused.Throttled() || sent != tc.sent {
					t.Errorf("%s: after %d requests: %v", name, sent, err)
				}
			})
			time.Sleep(time.Second / 2)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, _ = r.GroupNames(ctx, guids(2)[1:])
			cancel()
			asking.Wait()
		})
	}
}

// Every read counts with what it costs the tenant: the first one that exceeds the
// quota waits for the next ten seconds.
func TestWhatReadsCost(t *testing.T) {
	// What is looked up is taken to fill a batch, until it is known how much of it there is.
	const lookups = 780 - 20
	for name, tc := range map[string]struct {
		units int
		read  func(context.Context, *graph.Reader) error
	}{
		"names of groups":    {1, func(ctx context.Context, r *graph.Reader) error { _, err := r.GroupNames(ctx, guids(1)); return err }},
		"groups named":       {1, func(ctx context.Context, r *graph.Reader) error { _, err := r.GroupsNamed(ctx, "Group"); return err }},
		"groups by id":       {1, func(ctx context.Context, r *graph.Reader) error { _, err := r.GroupsByID(ctx, guids(1)); return err }},
		"hidden groups":      {1, func(ctx context.Context, r *graph.Reader) error { _, err := r.HiddenGroups(ctx, guids(1)); return err }},
		"members":            {3, func(ctx context.Context, r *graph.Reader) error { _, err := r.DirectMembers(ctx, id(1)); return err }},
		"transitive members": {3, func(ctx context.Context, r *graph.Reader) error { _, err := r.GroupMembers(ctx, id(1)); return err }},
		"filtered users":     {1, func(ctx context.Context, r *graph.Reader) error { _, err := r.UserIDs(ctx, "x"); return err }},
		"attributes": {1, func(ctx context.Context, r *graph.Reader) error {
			_, err := r.Attributes(ctx, []string{"country"}, guids(1))
			return err
		}},
		"lookups": {2, func(ctx context.Context, r *graph.Reader) error {
			_, err := findUsers(ctx, r, texts(guids(16))...)
			return err
		}},
		"signals": {2, func(ctx context.Context, r *graph.Reader) error {
			_, err := r.UserSignals(ctx, graph.SignalQuery{Signals: []license.Signal{license.SignalCreated}, Users: guids(16)})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The service says that its limit is exceeded ten times over, so that little is left.
				var batched atomic.Bool
				r := newReader(t, newWire(t, func(req *http.Request) (*http.Response, error) {
					if req.Method == http.MethodPost {
						batched.Store(true)
						item := `"status":200,"headers":{"x-ms-throttle-limit-percentage":"10"},"body":{"value":[]}}`
						return reply(http.StatusOK, `{"responses":[{"id":"1",`+item+`,{"id":"2",`+item+`]}`), nil
					}
					resp, err := found(req)
					resp.Header.Set("x-ms-throttle-limit-percentage", "10")
					return resp, err
				}))
				begun := time.Now()
				if err := tc.read(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				quota := 780
				if batched.Load() {
					quota = lookups + tc.units
				}
				var reading errgroup.Group
				reading.SetLimit(20)
				for range quota/tc.units - 1 {
					reading.Go(func() error { return tc.read(t.Context(), r) })
				}
				if err := reading.Wait(); err != nil || time.Since(begun) != 0 {
					t.Errorf("within the quota: after %v: %v", time.Since(begun), err)
				}
				if err := tc.read(t.Context(), r); err != nil || time.Since(begun) != 10*time.Second {
					t.Errorf("beyond the quota: after %v: %v", time.Since(begun), err)
				}
			})
		})
	}
}

func texts(ids []license.GUID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

// What is turned away side by side waits in one queue, and goes out in full batches, and
// no fuller ones.
func TestBatchesAreFilledUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, d, w := newCrowd(t, 1_500)
		away := 0
		c.turn = func(int) *http.Response {
			if away++; away > 5 {
				return nil
			}
			return reply(http.StatusTooManyRequests, "", "Retry-After: 10")
		}
		waiting := names(1_500)
		next := func() []string {
			some := waiting[:min(300, len(waiting))]
			waiting = waiting[len(some):]
			return some
		}
		users := 0
		for found, err := range newReader(t, w).FindEach(t.Context(), graph.Lookups{Next: next, Wanted: func([]string) bool { return true }}) {
			if err != nil {
				t.Fatal(err)
			}
			users += len(found.Users)
		}
		if users != 1_500 || len(d.asked) != 5 {
			t.Errorf("%d users in %d batches", users, len(d.asked))
		}
	})
}

// A lookup that is turned away is counted anew when others got through meanwhile.
func TestLookupsAreCountedAnewWhereOthersGetThrough(t *testing.T) {
	for other, want := range map[bool]int{false: 7, true: 9} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			r := newReader(t, newWire(t, func(req *http.Request) (*http.Response, error) {
				if body, _ := io.ReadAll(req.Body); strings.Contains(string(body), id(2).String()) {
					return reply(http.StatusOK, `{"responses":[{"id":"1","status":200,"body":{"value":[]}}]}`), nil
				}
				sent++
				time.Sleep(time.Second)
				return reply(http.StatusTooManyRequests, "", "Retry-After: 10"), nil
			}))
			var asking sync.WaitGroup
			asking.Go(func() {
				if _, err := findUsers(t.Context(), r, id(1).String()); !asError(t, err).Throttled() {
					t.Errorf("error %v", err)
				}
			})
			time.Sleep(15 * time.Second) // the second time it was turned away
			if other {
				if _, err := findUsers(t.Context(), r, id(2).String()); err != nil {
					t.Error(err)
				}
			}
			asking.Wait()
			if sent != want {
				t.Errorf("others %v: sent %d times, want %d", other, sent, want)
			}
		})
	}
}

// A lookup waits as long as it is told to, up to five minutes, says so, and counts that to
// the time that it took.
func TestHowLongALookupWaits(t *testing.T) {
	for wait, fails := range map[int]bool{1: false, 300: false, 301: true} {
		synctest.Test(t, func(t *testing.T) {
			cfg := config(newWire(t, firstThen(always(http.StatusTooManyRequests, "", fmt.Sprint("Retry-After: ", wait)), func(*http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return reply(http.StatusOK, `{"responses":[{"id":"1","status":200,"body":{"value":[]}}]}`), nil
			})))
			var told []time.Duration
			cfg.Waiting = func(w graph.Wait) { told = append(told, w.For) }
			r, err := graph.NewReader(cfg)
			if err != nil {
				t.Fatal(err)
			}
			asked := names(1)
			next := func() []string {
				some := asked
				asked = nil
				return some
			}
			answers := 0
			for found, err := range r.FindEach(t.Context(), graph.Lookups{Next: next}) {
				answers++
				if pause := time.Duration(wait) * time.Second; (err != nil) != fails || !fails && (found.Took != pause+time.Second || !slices.Equal(told, []time.Duration{pause})) || fails && len(told) > 0 {
					t.Errorf("asked to wait %d s: took %v, told %v, error %v", wait, found.Took, told, err)
				}
			}
			if answers != 1 {
				t.Errorf("%d answers", answers)
			}
		})
	}
}

// A lookup that failed is sent again while it is wanted, and no longer.
func TestFailedLookupsThatAreWanted(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			r := newReader(t, newWire(t, func(*http.Request) (*http.Response, error) {
				sent++
				return reply(http.StatusOK, fmt.Sprintf(`{"responses":[{"id":"1","status":%d,"body":{"value":[]}}]}`, map[bool]int{true: 500, false: 200}[sent == 1])), nil
			}))
			asked := names(1)
			next := func() []string {
				some := asked
				asked = nil
				return some
			}
			var answered []string
			for found, err := range r.FindEach(t.Context(), graph.Lookups{Next: next, Wanted: func([]string) bool { return sent == 0 || wanted }}) {
				if err != nil {
					t.Fatal(err)
				}
				answered = append(answered, found.Refs...)
			}
			if want := map[bool]int{true: 2, false: 1}[wanted]; sent != want || len(answered) != want-1 {
				t.Errorf("wanted %v: %d requests, answered %q", wanted, sent, answered)
			}
		})
	}
}

// Of a batch what the tenant wrongly says that it has no license for is asked again, as
// often as any other such read.
func TestLookupsThatNeedALicense(t *testing.T) {
	const flap = `"status":403,"body":{"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant"}}`
	for refusals, fails := range map[int]bool{0: false, 3: false, 4: true} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			r := newReader(t, newWire(t, func(*http.Request) (*http.Response, error) {
				item := `"status":200,"body":{"value":[]}`
				if sent++; sent <= refusals {
					item = flap
				}
				return reply(http.StatusOK, `{"responses":[{"id":"1",`+item+`}]}`), nil
			}))
			begun := time.Now()
			_, err := r.UserSignals(t.Context(), graph.SignalQuery{Signals: []license.Signal{license.SignalSignIns}, Users: guids(1)})
			if (err != nil) != fails || sent != min(refusals+1, 4) || (time.Since(begun) > 0) != (refusals > 0) {
				t.Errorf("%d refusals: %d requests in %v, error %v", refusals, sent, time.Since(begun), err)
			}
		})
	}
}

// A wait for a place ends with whoever waits.
func TestWaitsForAPlaceEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReader(t, newWire(t, func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Minute)
			return found(req)
		}))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("too long"))
		defer cancel()
		var reading sync.WaitGroup
		for n := range 49 {
			reading.Go(func() {
				begun, of := time.Now(), t.Context()
				if n == 48 {
					time.Sleep(time.Second / 2)
					of = ctx
				}
				_, err := r.GroupNames(of, guids(1))
				took := time.Since(begun)
				if n == 48 && (err == nil || took != time.Second) || n < 48 && (err != nil || took != time.Minute) {
					t.Errorf("%d: after %v: %v", n, took, err)
				}
			})
		}
		reading.Wait()
	})
}
