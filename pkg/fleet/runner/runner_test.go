package runner_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/fleet/runner"
	"github.com/licensectl/licensectl/pkg/graph"
)

// pool is a fleet of tenants that are called by letters.
func pool(names string) (fleet.Fleet, []fleet.Tenant) {
	var tenants []fleet.Tenant
	for _, name := range names {
		tenants = append(tenants, fleet.Tenant{Name: string(name)})
	}
	return fleet.Fleet{Name: "letters", Guards: fleet.DefaultGuards(), Tenants: tenants}, tenants
}

func options(atOnce, stopAfter int) runner.Options {
	return runner.Options{AtOnce: atOnce, StopAfter: stopAfter, Now: time.Now, Bug: func(row fleet.Row, with any) fleet.Row {
		row.Outcome, row.Message = fleet.Failed, fmt.Sprint(with)
		return row
	}}
}

func outcomes(r fleet.Report) string {
	var words []string
	for _, row := range r.Tenants {
		words = append(words, row.Name+" "+string(row.Outcome))
	}
	return strings.Join(words, ", ")
}

// One tenant that hangs, one that panics and one that fails are nothing to the
// others.
func TestTenantsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, tenants := pool("abcdef")
		r := fleet.Begin(f, tenants)
		done := time.Duration(0)
		begun := time.Now()
		runner.Run(t.Context(), runner.Job{Report: &r, Tenants: tenants, Work: func(_ context.Context, tenant fleet.Tenant, row fleet.Row) fleet.Row {
			row.Outcome = fleet.Clean
			switch tenant.Name {
			case "a":
				time.Sleep(time.Hour)
			case "b":
				panic("at b")
			case "c":
				row.Outcome = fleet.Failed
			case "f":
				done = time.Since(begun)
			}
			time.Sleep(time.Second)
			return row
		}}, options(2, 0))
		if got, want := outcomes(r), "a clean, b failed, c failed, d clean, e clean, f clean"; got != want {
			t.Errorf("outcomes\n%s\n%s", got, want)
		}
		if done != 3*time.Second {
			t.Errorf("the last tenant began after %s", done)
		}
		if got := r.Tenants[1].Message; got != "at b" {
			t.Errorf("the bug is told as %q", got)
		}
		if got := r.Tenants[0].Seconds; got != 3601 {
			t.Errorf("a took %g seconds", got)
		}
	})
}

func TestNoMoreThanAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, tenants := pool("abcdefghijkl")
		r := fleet.Begin(f, tenants)
		var running, most atomic.Int32
		runner.Run(t.Context(), runner.Job{Report: &r, Tenants: tenants, Work: func(_ context.Context, _ fleet.Tenant, row fleet.Row) fleet.Row {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Second)
			return row
		}}, options(3, 0))
		if most.Load() != 3 {
			t.Errorf("%d at once", most.Load())
		}
	})
}

// The breaker: after so many failures nobody else is begun.
func TestStopAfterTenants(t *testing.T) {
	f, tenants := pool("abcdef")
	r := fleet.Begin(f, tenants)
	var told []string
	o := options(1, 2)
	o.Ended = func(row fleet.Row) { told = append(told, row.Name) }
	runner.Run(t.Context(), runner.Job{Report: &r, Tenants: tenants, Work: func(_ context.Context, tenant fleet.Tenant, row fleet.Row) fleet.Row {
		row.Outcome = fleet.Changes
		if strings.Contains("bd", tenant.Name) {
			row.Outcome = fleet.Refused
		}
		return row
	}}, o)
	if got, want := outcomes(r), "a changes, b refused, c changes, d refused, e not_attempted, f not_attempted"; got != want {
		t.Errorf("outcomes\n%s\n%s", got, want)
	}
	if got := strings.Join(told, ""); got != "abcd" {
		t.Errorf("told of %s", got)
	}
}

func TestNobodyIsBegunAfterTheEnd(t *testing.T) {
	f, tenants := pool("abc")
	r := fleet.Begin(f, tenants)
	ctx, cancel := context.WithCancel(t.Context())
	runner.Run(ctx, runner.Job{Report: &r, Tenants: tenants, Work: func(_ context.Context, _ fleet.Tenant, row fleet.Row) fleet.Row {
		cancel()
		row.Outcome = fleet.Done
		return row
	}}, options(1, 0))
	if got, want := outcomes(r), "a done, b not_attempted, c not_attempted"; got != want {
		t.Errorf("outcomes\n%s\n%s", got, want)
	}
}

// All tenants of one application share a quota; another application has its own.
func TestApplicationsHaveAQuotaEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const writes, shares = 3000, 3
		quotas := runner.NewQuotas(fleet.Quota{Count: writes, Per: time.Minute}, shares)
		one, other := quotas.Of(fleet.Application{ClientID: "one"}), quotas.Of(fleet.Application{ClientID: "other"})
		if one == other || one != quotas.Of(fleet.Application{ClientID: "one"}) {
			t.Fatal("the quota is not one for each application")
		}
		begun := time.Now()
		for range writes / shares {
			if err := one.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 59*time.Second || took > 62*time.Second {
			t.Errorf("a third of a minute's quota took %s", took)
		}
		begun = time.Now()
		if err := other.Wait(t.Context()); err != nil || time.Since(begun) > 0 {
			t.Errorf("the other application waited %s: %v", time.Since(begun), err)
		}
	})
}

// answering answers every request alike.
type answering struct {
	status int
	header http.Header
	asked  *atomic.Int32
}

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	a.asked.Add(1)
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(""))}, nil
}

// A throttle of the application pauses all of its tenants, one of a tenant does
// not.
func TestThrottleOfTheApplication(t *testing.T) {
	for scope, want := range map[string]time.Duration{
		"Application/Write/a/b":        20 * time.Second,
		"application/ReadWrite/a":      20 * time.Second,
		"Tenant_Application/Write/a/b": 0,
		"Tenant/Write/b":               0,
		"":                             0,
	} {
		t.Run(scope, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := runner.NewQuotas(fleet.DefaultQuota(), 1).Of(fleet.Application{})
				var asked atomic.Int32
				turned := graph.WatchApplication(answering{429, http.Header{"X-Ms-Throttle-Scope": {scope}, "Retry-After": {"20"}}, &asked}, q)
				others := graph.WatchApplication(answering{200, http.Header{}, &asked}, q)
				req, err := http.NewRequestWithContext(t.Context(), "GET", "https://graph.microsoft.com/v1.0/users", nil)
				if err != nil {
					t.Fatal(err)
				}
				send := func(through http.RoundTripper) {
					t.Helper()
					resp, err := through.RoundTrip(req)
					if err != nil {
						t.Fatal(err)
					}
					_ = resp.Body.Close()
				}
				send(turned)
				begun := time.Now()
				if err := q.Wait(t.Context()); err != nil || time.Since(begun) != want {
					t.Errorf("a write of another tenant waits %s, want %s: %v", time.Since(begun), want, err)
				}
				send(others)
				if asked.Load() != 2 {
					t.Errorf("%d requests", asked.Load())
				}
			})
		})
	}
}

// Where the service names no time, a pause is that of its own example; a read
// is held back, but not for so long that it is given up for lost.
func TestReadsWaitForTheApplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := runner.NewQuotas(fleet.DefaultQuota(), 1).Of(fleet.Application{})
		var asked atomic.Int32
		for retryAfter, want := range map[string]time.Duration{"": 10 * time.Second, "0.5": 500 * time.Millisecond, "3600": 30 * time.Second} {
			q = runner.NewQuotas(fleet.DefaultQuota(), 1).Of(fleet.Application{})
			turned := graph.WatchApplication(answering{429, http.Header{"X-Ms-Throttle-Scope": {"Application/Write/a"}, "Retry-After": {retryAfter}}, &asked}, q)
			req, err := http.NewRequestWithContext(t.Context(), "GET", "https://graph.microsoft.com/v1.0/users", nil)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				begun := time.Now()
				resp, err := turned.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if waited := time.Since(begun); waited != 0 && waited != want {
					t.Errorf("%q: a read waits %s, want %s", retryAfter, waited, want)
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", "https://graph.microsoft.com/v1.0/users", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := graph.WatchApplication(answering{200, nil, &asked}, q).RoundTrip(req); err == nil {
			_ = resp.Body.Close()
			t.Error("a request without a context to live in is sent")
		}
	})
}
