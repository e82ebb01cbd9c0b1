package graph

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ApplicationQuota is what one application may do in all of its tenants
// together. Hold keeps a request back while it has to pause; Pause makes it.
type ApplicationQuota interface {
	Hold(ctx context.Context) error
	Pause(d time.Duration)
}

// WatchApplication watches over the requests to one tenant: where the service
// turns one away for what the application does in all of its tenants, the quota
// pauses, and with it whoever shares it.
func WatchApplication(next http.RoundTripper, q ApplicationQuota) http.RoundTripper {
	return &watched{next, q}
}

type watched struct {
	next  http.RoundTripper
	quota ApplicationQuota
}

// RoundTrip sends a request on, when no pause holds.
func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := w.quota.Hold(r.Context()); err != nil {
		return nil, err
	}
	resp, err := w.next.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests && ofApplication(resp.Header) {
		w.quota.Pause(applicationWait(resp.Header))
	}
	return resp, err
}

// ofApplication reports whether a request was turned away for what its
// application does in all tenants together: the scope is Application/Limit/…
// (Graph docs, throttling limits, response headers, 2026-02).
func ofApplication(h http.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get("x-ms-throttle-scope")), "application/")
}

// applicationWait is how long the service asks to wait; where it names no time,
// as long as in its own example (Graph docs, throttling). More than an hour is
// nobody's to wait.
func applicationWait(h http.Header) time.Duration {
	const usual, longest = 10 * time.Second, time.Hour
	seconds, err := strconv.ParseFloat(strings.TrimSpace(h.Get("Retry-After")), 64)
	if err != nil || !(seconds > 0) { // which NaN is not either
		return usual
	}
	return time.Duration(min(seconds, longest.Seconds()) * float64(time.Second))
}
