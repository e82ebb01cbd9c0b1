package graph_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
)

// readOnce reads the organization in a bubble of time and gives the number of
// attempts, how long it took, and the error.
func readOnce(t *testing.T, answer func(*http.Request) (*http.Response, error)) (attempts int, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := newWire(t, answer)
		_, err = newReader(t, w).Organization(context.Background())
		attempts, took = w.count(), time.Since(start)
	})
	return attempts, took, err
}

func TestReadsAreRepeated(t *testing.T) {
	good := always(200, organizationJSON)
	for name, bad := range map[string]func(*http.Request) (*http.Response, error){
		"408":               always(408, ""),
		"409":               always(409, ""),
		"429":               always(429, ""),
		"500":               always(500, ""),
		"502":               always(502, "<html>"),
		"503":               always(503, ""),
		"504":               always(504, ""),
		"concurrency":       always(400, `{"error":{"code":"Request_BadRequest","message":"Error due to concurrent requests being made to the tenant."}}`),
		"concurrency, code": always(400, `{"error":{"code":"Directory_ConcurrencyViolation"}}`),
		"reset":             reset,
		"half a reply":      broken(200, `{"value":[`),
		"half an error":     broken(503, `{"err`),
	} {
		attempts, took, err := readOnce(t, inTurn(t, bad, bad, good))
		if err != nil || attempts != 3 || took < time.Second || took > 10*time.Second {
			t.Errorf("%s: %d attempts in %v, error %v", name, attempts, took, err)
		}
	}
}

func TestReadsAreNotRepeated(t *testing.T) {
	for name, bad := range map[string]func(*http.Request) (*http.Response, error){
		"400":         always(400, `{"error":{"code":"Request_UnsupportedQuery","message":"Unsupported."}}`),
		"401":         always(401, ""),
		"403":         always(403, ""),
		"404":         always(404, ""),
		"501":         always(501, ""),
		"half a 400":  broken(400, `{"err`),
		"redirect":    always(307, "", "Location: https://evil.example.net/"),
		"certificate": func(*http.Request) (*http.Response, error) { return nil, x509.UnknownAuthorityError{} },
	} {
		attempts, took, err := readOnce(t, bad)
		if err == nil || attempts != 1 || took != 0 {
			t.Errorf("%s: %d attempts in %v, error %v", name, attempts, took, err)
		}
	}
}

// Repeating ends: after about a minute, with the last failure.
func TestRetriesAreBounded(t *testing.T) {
	attempts, took, err := readOnce(t, always(503, `{"error":{"code":"ServiceUnavailable","message":"busy"}}`))
	if e := asError(t, err); e.Status != 503 || e.Code != "ServiceUnavailable" || attempts != 7 || took > 90*time.Second {
		t.Errorf("%d attempts in %v, error %v", attempts, took, err)
	}
	// Such were seen that no repeating healed.
	for code, status := range map[string]int{"InternalServerError": 500, "Proxy_InternalServerError": 503, "MailboxInfoStale": 503} {
		attempts, took, err := readOnce(t, always(status, `{"error":{"code":"`+code+`","message":"m"}}`))
		if e := asError(t, err); e.Status != status || e.Code != code || attempts != 7 || took > 90*time.Second {
			t.Errorf("%s: %d attempts in %v, error %v", code, attempts, took, err)
		}
	}
	attempts, _, err = readOnce(t, reset)
	if e := asError(t, err); e.Status != 0 || attempts != 7 || !strings.Contains(err.Error(), "connection reset") {
		t.Errorf("%d attempts, error %v", attempts, err)
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for _, tc := range []struct {
		name    string
		headers []string
		want    time.Duration
	}{
		{"seconds", []string{"Retry-After: 37"}, 37 * time.Second},
		{"minutes", []string{"Retry-After: 300"}, 5 * time.Minute},
		{"date by the service's clock", []string{"Retry-After: Wed, 21 Oct 2026 07:28:42 GMT", "Date: Wed, 21 Oct 2026 07:28:00 GMT"}, 42 * time.Second},
		{"date by our clock", []string{"Retry-After: Sat, 01 Jan 2000 00:01:00 GMT"}, time.Minute}, // a bubble begins in 2000
		{"other headers", []string{"Retry-After-Ms: 1", "X-Ms-Retry-After-Ms: 1", "Retry-After: 20"}, 20 * time.Second},
		{"one", []string{"Retry-After: 1"}, time.Second},
		{"part of one", []string{"Retry-After: 0.25"}, time.Second},
		{"none to speak of", []string{"Retry-After: 0.000000001"}, time.Second},
	} {
		attempts, took, err := readOnce(t, inTurn(t, always(429, "", tc.headers...), always(200, organizationJSON)))
		if err != nil || attempts != 2 || took != tc.want {
			t.Errorf("%s: %d attempts in %v, error %v", tc.name, attempts, took, err)
		}
	}
}

// What names no time to wait is obeyed as little as nothing: the waits are our own.
func TestNoRetryAfter(t *testing.T) {
	for _, headers := range [][]string{
		nil,
		{"Retry-After: 0"},
		{"Retry-After: -7"},
		{"Retry-After: NaN"},
		{"Retry-After: soon"},
		{"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:29:00 GMT"}, // which is to come by our clock
		{"Retry-After: Fri, 01 Jan 1999 00:01:00 GMT"},
		{"Retry-After-Ms: 60000"},
		{"X-Ms-Retry-After-Ms: 60000"},
	} {
		attempts, took, err := readOnce(t, inTurn(t, always(429, "", headers...), always(200, organizationJSON)))
		if err != nil || attempts != 2 || took < 300*time.Millisecond || took > 700*time.Millisecond {
			t.Errorf("%q: %d attempts in %v, error %v", headers, attempts, took, err)
		}
	}
}

// The waits double, and no two readers wait alike: that is how those part who were
// turned away together.
func TestWaitsDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := make([][]time.Duration, 6) // by the attempt before, from 0
		cfg := config(newWire(t, always(200, "no JSON")))
		attempt := 0
		cfg.Waiting = func(w graph.Wait) {
			waits[attempt] = append(waits[attempt], w.For)
			attempt++
		}
		r, err := graph.NewReader(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			attempt = 0
			start := time.Now()
			_, err := r.Organization(t.Context())
			if _, ok := errors.AsType[*graph.IncompleteError](err); !ok || time.Since(start) < 25*time.Second || time.Since(start) > 45*time.Second {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
		}
		for i, some := range waits {
			// The waits lie between 0.8 and 1.3 of this, and are to come near either end.
			unit := float64(500*time.Millisecond) * float64(int(1)<<i)
			shortest, longest := float64(slices.Min(some))/unit, float64(slices.Max(some))/unit
			if len(some) != 100 || shortest < 0.8 || shortest > 0.95 || longest < 1.15 || longest > 1.3 {
				t.Errorf("after %d attempts: %d waits of %.2f to %.2f", i+1, len(some), shortest, longest)
			}
		}
	})
}

func TestLongRetryAfterIsAnError(t *testing.T) {
	attempts, took, err := readOnce(t, always(429, "", "Retry-After: 301"))
	if e := asError(t, err); e.RetryAfter != 301*time.Second || attempts != 1 || took != 0 {
		t.Errorf("%d attempts in %v, error %v", attempts, took, err)
	}
}

func TestCancelWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		start := time.Now()
		w := newWire(t, always(429, "", "Retry-After: 60"))
		_, err := newReader(t, w).Organization(ctx)
		asError(t, err)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second || w.count() != 1 {
			t.Errorf("%d attempts in %v, error %v", w.count(), time.Since(start), err)
		}
	})
}

// A service that never answers does not hold a call up for ever, and the
// failure is not mistaken for the caller's own deadline.
func TestSilentService(t *testing.T) {
	silent := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	attempts, _, err := readOnce(t, inTurn(t, silent, always(200, organizationJSON)))
	if err != nil || attempts != 2 {
		t.Errorf("reading: %d attempts, error %v", attempts, err)
	}
	synctest.Test(t, func(t *testing.T) {
		e, attempts := write(t, silent)
		if !e.Doubtful() || attempts != 1 || errors.Is(e, context.DeadlineExceeded) || !strings.Contains(e.Error(), "no whole reply within 1m40s") {
			t.Errorf("writing: %d attempts, error %v", attempts, e)
		}
	})
}

// A write is cancelled by its own context as well, and remains in doubt.
func TestCancelDuringWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		w := newWire(t, func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		_, err := newWriter(t, w).AssignLicense(ctx, id(1), graph.LicenseChange{Remove: ids(2)})
		if e := asError(t, err); !e.Doubtful() || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}
