package graph_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// pauses is a quota that notes how long it was told to pause.
type pauses struct {
	told []time.Duration
	held error
}

func (p *pauses) Hold(context.Context) error { return p.held }
func (p *pauses) Pause(d time.Duration)      { p.told = append(p.told, d) }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestWatchApplication: what the service turns away for the application pauses it in all
// tenants, for as long as the service asks, and nothing else does.
func TestWatchApplication(t *testing.T) {
	const scope = "Application/Limit/ReadWrite"
	for name, tc := range map[string]struct {
		status            int
		scope, retryAfter string
		want              time.Duration // 0: none
	}{
		"seconds":            {429, scope, "7", 7 * time.Second},
		"half a second":      {429, scope, " 0.5 ", time.Second / 2},
		"in lower case":      {429, "application/limit/readwrite", "7", 7 * time.Second},
		"no time":            {429, scope, "", 10 * time.Second},
		"words":              {429, scope, "soon", 10 * time.Second},
		"none":               {429, scope, "0", 10 * time.Second},
		"a past":             {429, scope, "-3", 10 * time.Second},
		"no number":          {429, scope, "NaN", 10 * time.Second},
		"an hour":            {429, scope, "3600", time.Hour},
		"a day":              {429, scope, "86400", time.Hour},
		"for ever":           {429, scope, "Inf", time.Hour},
		"of the tenant":      {429, "Tenant_Application/Limit/ReadWrite", "7", 0},
		"of nobody":          {429, "", "7", 0},
		"broken":             {503, scope, "7", 0},
		"the one before 429": {428, scope, "7", 0},
	} {
		var q pauses
		next := roundTripper(func(*http.Request) (*http.Response, error) {
			return reply(tc.status, "", "x-ms-throttle-scope: "+tc.scope, "Retry-After: "+tc.retryAfter), nil
		})
		resp, err := graph.WatchApplication(next, &q).RoundTrip(httpRequest(t))
		switch {
		case err != nil || resp.StatusCode != tc.status:
			t.Errorf("%s: %v, %v", name, resp, err)
		case tc.want == 0 && len(q.told) > 0, tc.want > 0 && (len(q.told) != 1 || q.told[0] != tc.want):
			t.Errorf("%s: it paused for %v, want %v", name, q.told, tc.want)
		}
	}
}

// TestAnApplicationThatPausesSendsNothing, and takes no failure on the way for a word of
// the service.
func TestAnApplicationThatPausesSendsNothing(t *testing.T) {
	stopped, broken := errors.New("stopped"), errors.New("broken")
	sent := 0
	next := roundTripper(func(*http.Request) (*http.Response, error) { sent++; return nil, broken })
	if _, err := graph.WatchApplication(next, &pauses{held: stopped}).RoundTrip(httpRequest(t)); !errors.Is(err, stopped) || sent > 0 {
		t.Errorf("%d sent, error %v", sent, err)
	}
	var q pauses
	if _, err := graph.WatchApplication(next, &q).RoundTrip(httpRequest(t)); !errors.Is(err, broken) || sent != 1 || len(q.told) > 0 {
		t.Errorf("%d sent, %d pauses, error %v", sent, len(q.told), err)
	}
}

func httpRequest(t *testing.T) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, testRoot+"/v1.0/organization", nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}
