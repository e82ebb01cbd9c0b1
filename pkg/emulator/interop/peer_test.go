package interop_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// The service in a tenth of the time: 3,000 writes in 15 s instead of 150 s,
// and the other quotas alike. A write of 25 ms is one of 250 ms then.
const (
	tenth     = 10
	writeRate = 3_000 * tenth / 150 // per second
)

// scenario is a tenant's temper.
type scenario struct {
	name    string
	changes int
	latency time.Duration // of a write
	atOnce  int           // writes that the tenant bears at once; 0: any number

	contenders []contender
}

// options is the emulator with that temper.
func (sc scenario) options() emulator.Options {
	return emulator.Options{
		Limits: emulator.Limits{
			Window: 10 * time.Second / tenth, WriteWindow: 150 * time.Second / tenth, TenantWindow: 5 * time.Minute / tenth,
		},
		Concurrency:  emulator.Concurrency{Writes: sc.atOnce},
		WriteLatency: sc.latency,
	}
}

// contender gives the product to every user and returns how many of them it
// gave up on.
type contender struct {
	name string
	run  func(context.Context, *arena) (failed int)
}

// arena is what a contender finds.
type arena struct {
	*service
	users []license.UserState
	sku   license.SKU
}

// BenchmarkApply gives one product to many users, through package apply with
// its receipt on disk, and through a loop over the official SDK with sixteen
// calls at once. The figures:
//
//	%quota      of the rate that the tenant allows for good; the window begins
//	            empty, so that a burst can show more than 100 for a while
//	%quota-writing  the same, between the first write and the last
//	%throttled  of the calls that were sent
//	conflicts   refusals because of too many writes at once
//	at-once     the most writes that were under way together
//	failed      users without the product in the end
func BenchmarkApply(b *testing.B) {
	sdk := contender{"sdk-16", func(ctx context.Context, a *arena) int { return a.loop(ctx, 16) }}
	wide := contender{"sdk-64", func(ctx context.Context, a *arena) int { return a.loop(ctx, 64) }}
	tool := contender{"licensectl", func(ctx context.Context, a *arena) int { return a.apply(ctx) }}
	for _, sc := range []scenario{
		{name: "quota", changes: 9_000, latency: 25 * time.Millisecond, contenders: []contender{sdk, tool}},
		{name: "slow", changes: 3_000, latency: 250 * time.Millisecond, contenders: []contender{sdk, wide, tool}},
		{name: "crowded", changes: 1_000, latency: 25 * time.Millisecond, atOnce: 8, contenders: []contender{sdk, tool}},
	} {
		for _, c := range sc.contenders {
			b.Run(sc.name+"/"+c.name, func(b *testing.B) {
				for b.Loop() {
					compete(b, sc, c)
				}
			})
		}
	}
}

// compete runs a contender once and reports how it went.
func compete(b *testing.B, sc scenario, c contender) {
	b.StopTimer()
	s := serve(b, crowd(b, sc.changes, sc.changes), sc.options())
	a := &arena{service: s, users: s.Users(), sku: s.sku("POWER_BI_PRO")}
	b.StartTimer()
	begin := time.Now()
	failed := c.run(b.Context(), a)
	wall := time.Since(begin).Seconds()
	b.StopTimer()

	done := s.sku("POWER_BI_PRO").Units.Consumed
	if done+failed != sc.changes {
		b.Errorf("%d done and %d failed of %d", done, failed, sc.changes)
	}
	n := s.Counters()
	calls := float64(n.ByRoute["assignLicense"])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(wall, "s")
	b.ReportMetric(float64(done)/wall, "writes/s")
	b.ReportMetric(100*float64(done)/wall/writeRate, "%quota")
	b.ReportMetric(100*float64(done)/s.writing().Seconds()/writeRate, "%quota-writing")
	b.ReportMetric(100*float64(n.ByStatus[http.StatusTooManyRequests])/calls, "%throttled")
	b.ReportMetric(float64(n.ByStatus[http.StatusConflict]), "conflicts")
	b.ReportMetric(float64(n.PeakWrites), "at-once")
	b.ReportMetric(float64(failed), "failed")
	b.StartTimer()
}

// writing is the time from the first write to the last.
func (s *service) writing() time.Duration {
	var first, last time.Time
	for _, r := range s.Requests() {
		if r.Route != "assignLicense" {
			continue
		}
		if first.IsZero() {
			first = r.Time
		}
		last = r.Time
	}
	return last.Sub(first)
}

// loop is what one would write with the SDK.
func (a *arena) loop(ctx context.Context, atOnce int) int {
	client := a.sdk(a.app())
	var failed atomic.Int64
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, u := range a.users {
		group.Go(func() error {
			if _, err := client.Users().ByUserId(u.ID.String()).AssignLicense().Post(ctx, change(a.sku.ID), nil); err != nil {
				failed.Add(1)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		a.t.Fatal(err)
	}
	return int(failed.Load())
}

// apply carries out the plan that gives every user the product. It does not
// look at the users afterwards, since the loop does not either.
func (a *arena) apply(ctx context.Context) int {
	cfg := graph.Config{Root: "https://" + graphHost, Credential: a.app(), Transport: a.http}
	reader, err := graph.NewReader(cfg)
	if err != nil {
		a.t.Fatal(err)
	}
	writer, err := graph.NewWriter(cfg)
	if err != nil {
		a.t.Fatal(err)
	}
	journal, err := receipt.Create(filepath.Join(a.t.TempDir(), "receipt.jsonl"))
	if err != nil {
		a.t.Fatal(err)
	}
	defer journal.Close()
	outcome, err := apply.Run(ctx, a.plan(), apply.Options{
		Reader: liveUsers{reader}, Writer: writer, Journal: journal, Names: license.NewCatalog(a.SKUs()),
		Run:       receipt.Run{RunID: uuid.NewString(), Tool: plan.Tool{Name: "interop"}, StartedAt: time.Now().UTC()},
		WriteRate: writeRate, VerifyTimeout: -1,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	if outcome.Cause != nil {
		a.t.Error(outcome.Cause)
	}
	counts := outcome.Receipt.Counts()
	return len(a.users) - counts[receipt.Done]
}

// plan gives every user the product.
func (a *arena) plan() *plan.Plan {
	a.t.Helper()
	desired := plan.Desired{}
	for _, u := range a.users {
		desired.Users = append(desired.Users, plan.DesiredUser{
			User: plan.Ref{Name: u.UserPrincipalName}, ManagesLicenses: true,
			Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: a.sku.PartNumber}}},
		})
	}
	policy := plan.DefaultPolicy()
	policy.Guards.MaxUsersChanged = plan.Limit{Off: true}
	p, err := planner.Make(planner.Input{
		Desired: desired, Policy: policy,
		Observed: plan.Observed{Tenant: plan.Tenant{ID: a.TenantID()}, SKUs: a.SKUs(), Users: a.users, Whole: true},
		Now:      time.Now(), Tool: plan.Tool{Name: "interop"}, Cloud: "global",
	})
	if err != nil {
		a.t.Fatal(err)
	}
	if !p.Applyable || len(p.Changes) != len(a.users) {
		a.t.Fatalf("the plan has %d changes for %d users, applyable %t", len(p.Changes), len(a.users), p.Applyable)
	}
	return p
}

// liveUsers reads users by their ids.
type liveUsers struct{ *graph.Reader }

func (r liveUsers) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	return observe.Users(ctx, r.Reader, ids)
}

func (r liveUsers) Answers(ctx context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	return observe.Answers(ctx, r.Reader, queries)
}

func (r liveUsers) Signals(ctx context.Context, wanted license.SignalRequest, users []license.UserState) (license.Signals, error) {
	return observe.Signals(ctx, r.Reader, observe.SignalsRequest{Wanted: wanted, Users: users, At: time.Now()})
}
