package graph_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// waiting keeps what a client tells of its pauses, and when.
type waiting struct {
	mu    sync.Mutex
	begun time.Time
	told  []graph.Wait
	after []time.Duration
}

func (w *waiting) note(p graph.Wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told, w.after = append(w.told, p), append(w.after, time.Since(w.begun))
}

// Every pause is told of when it begins, and nothing else is.
func TestPausesAreToldWhenTheyBegin(t *testing.T) {
	good := always(200, organizationJSON)
	for name, c := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		pauses int
		first  time.Duration // that the service asks for
		why    string
	}{
		"nothing wrong":    {good, 0, 0, ""},
		"asked to wait":    {inTurn(t, always(429, `{"error":{"code":"TooManyRequests","message":"Slow down."}}`, "Retry-After: 30"), good), 1, 30 * time.Second, "reading the organization: GET /v1.0/organization: 429 Too Many Requests TooManyRequests: Slow down."},
		"asked twice":      {inTurn(t, always(429, "", "Retry-After: 9"), always(503, "", "Retry-After: 1"), good), 2, 9 * time.Second, "429"},
		"no connection":    {inTurn(t, reset, good), 1, 0, "reset"},
		"half a reply":     {inTurn(t, broken(200, `{"value":[`), good), 1, 0, "broke off"},
		"no sense":         {inTurn(t, always(200, `[]`), good), 1, 0, "reading the organization"},
		"never well again": {always(503, ""), 6, 0, "503"},
		"too long a wait":  {always(429, "", "Retry-After: 3600"), 0, 0, ""},
		"refused":          {always(403, ""), 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := &waiting{begun: time.Now()}
				cfg := config(newWire(t, c.answer))
				cfg.Waiting = told.note
				r, err := graph.NewReader(cfg)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = r.Organization(context.Background())
				if len(told.told) != c.pauses {
					t.Fatalf("%d pauses were told, not %d: %v", len(told.told), c.pauses, told.told)
				}
				if c.pauses == 0 {
					return
				}
				first := told.told[0]
				if first.Op != graph.OpReadOrganization || c.first > 0 && first.For != c.first || !strings.Contains(first.Why.Error(), c.why) {
					t.Errorf("tells %v", first)
				}
				if strings.Contains(first.Why.Error(), canary) || told.after[0] != 0 {
					t.Errorf("tells after %v: %v", told.after[0], first.Why)
				}
			})
		})
	}
}

// What is cut off because it is no longer wanted is not asked for again, and nobody
// is told that it is.
func TestWhatIsCutOffIsNotToldOf(t *testing.T) {
	for name, refuses := range map[string]bool{"one lookup is refused": true, "the caller is stopped": false} {
		synctest.Test(t, func(t *testing.T) {
			c, _, w := newCrowd(t, 3_000)
			c.latency = time.Minute
			c.turn = func(now int) *http.Response {
				if refuses && now == 5 {
					return reply(403, `{"error":{"code":"Forbidden"}}`)
				}
				return nil
			}
			told := &waiting{begun: time.Now()}
			cfg := config(w)
			cfg.Waiting = told.note
			r, err := graph.NewReader(cfg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := findUsers(ctx, r, names(3_000)...); err == nil || c.peak < 5 || len(told.told) > 0 {
				t.Errorf("%s: %d at once, error %v, told %v", name, c.peak, err, told.told)
			}
		})
	}
}

// A writer repeats nothing, so it does not announce that either.
func TestWritersTellOfNoPause(t *testing.T) {
	told := &waiting{begun: time.Now()}
	cfg := config(newWire(t, always(429, "", "Retry-After: 3")))
	cfg.Waiting = told.note
	w, err := graph.NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SetUsageLocation(context.Background(), id(1), "DE"); err == nil || len(told.told) > 0 {
		t.Errorf("error %v, told %v", err, told.told)
	}
}
