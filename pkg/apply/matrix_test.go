package apply_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// fleet is a tenant in the emulator with thirty users, what is wanted of them,
// and the real client in front of it.
type fleet struct {
	t        testing.TB
	emulator *emulator.Emulator
	reader   *graph.Reader
	writer   *graph.Writer
	plan     *plan.Plan
}

// token is a credential that keeps its token until it is asked for with
// claims, as azidentity's do.
type token struct {
	emulator *emulator.Emulator
	roles    []string // nil: the usual ones

	mu   sync.Mutex
	kept string
}

func (c *token) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == "" || opts.Claims != "" {
		c.kept = c.emulator.AppToken(c.roles...)
	}
	return azcore.AccessToken{Token: c.kept, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// published is a product of the built-in table.
func published(t testing.TB, part string) license.SKU {
	t.Helper()
	sku, err := license.Published().ResolveSKU(part)
	if err != nil {
		t.Fatal(err)
	}
	return sku
}

func bought(sku license.SKU, n int) emulator.Product {
	sku.Units.Enabled = n
	return emulator.Product{SKU: sku}
}

// newFleet plans swaps, additions, removals and usage locations for thirty
// users: with one seat to spare, so that some have to wait for others.
func newFleet(t testing.TB, options emulator.Options) *fleet {
	t.Helper()
	e3, e5, visio := published(t, "SPE_E3"), published(t, "SPE_E5"), published(t, "VISIOCLIENT")
	tenant := emulator.Tenant{
		DefaultDomain: "contoso.com",
		Products:      []emulator.Product{bought(e3, 21), bought(e5, 11), bought(visio, 30)},
	}
	var desired plan.Desired
	for i := range 30 {
		u := emulator.User{UserPrincipalName: fmt.Sprintf("u%02d@contoso.com", i), UsageLocation: "DE"}
		want := []string{"SPE_E3", "VISIOCLIENT"}
		switch i % 3 {
		case 0:
			u.Licenses, want = []emulator.License{{SKU: e3.ID}, {SKU: visio.ID}}, []string{"SPE_E5"}
		case 1:
			u.Licenses, want = []emulator.License{{SKU: e5.ID}}, []string{"SPE_E3"}
		case 2:
			u.UsageLocation = ""
		}
		tenant.Users = append(tenant.Users, u)
		entry := plan.DesiredUser{User: plan.Ref{Name: u.UserPrincipalName}, UsageLocation: "DE", ManagesLicenses: true}
		for _, part := range want {
			entry.Licenses = append(entry.Licenses, plan.DesiredLicense{SKU: plan.Ref{Name: part}})
		}
		desired.Users = append(desired.Users, entry)
	}
	e, err := emulator.New(tenant, options)
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{t: t, emulator: e}
	f.connect()
	f.plan = f.makePlan(desired)
	return f
}

func (f *fleet) connect() {
	f.t.Helper()
	client := &http.Client{Transport: f.emulator.Transport()}
	cfg := graph.Config{Root: "https://graph.microsoft.com", Credential: &token{emulator: f.emulator}, Transport: client}
	var err error
	if f.reader, err = graph.NewReader(cfg); err != nil {
		f.t.Fatal(err)
	}
	if f.writer, err = graph.NewWriter(cfg); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fleet) makePlan(desired plan.Desired) *plan.Plan {
	f.t.Helper()
	var names []string
	for _, u := range desired.Users {
		names = append(names, u.User.Name)
	}
	observed, err := observe.Tenant(f.t.Context(), f.reader, observe.Request{Users: names})
	if err != nil {
		f.t.Fatal(err)
	}
	p, err := planner.Make(planner.Input{Desired: desired, Policy: plan.DefaultPolicy(), Observed: observed, Now: time.Now()})
	if err != nil || p.Summary.Changed != 30 {
		f.t.Fatalf("%v, a plan with %+v: %v", err, p.Summary, p.Findings)
	}
	return p
}

// Users lets the fleet's reader be an apply.Reader.
func (f *fleet) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	return observe.Users(ctx, f.reader, ids)
}

func (f *fleet) Answers(ctx context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	return observe.Answers(ctx, f.reader, queries)
}

func (f *fleet) SubscribedSKUs(ctx context.Context) ([]license.SKU, error) {
	return f.reader.SubscribedSKUs(ctx)
}

// apply carries the plan out and checks that the result is true.
func (f *fleet) apply() *apply.Outcome {
	f.t.Helper()
	var file memory
	out, err := apply.Run(f.t.Context(), f.plan, apply.Options{
		Reader: f, Writer: f.writer, Journal: receipt.NewWriter(&file),
		Names: license.NewCatalog(f.emulator.SKUs()), Run: receipt.Run{RunID: "run-1"},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	f.checkTruth(out)
	return out
}

// checkTruth holds every result against what the tenant holds, without lag.
func (f *fleet) checkTruth(out *apply.Outcome) {
	f.t.Helper()
	if n := len(out.Receipt.Results); n != len(f.plan.Changes) {
		f.t.Errorf("%d results for %d changes", n, len(f.plan.Changes))
	}
	for i, res := range out.Receipt.Results {
		change := f.plan.Changes[i]
		u, _ := f.emulator.User(res.User.UserPrincipalName)
		now := plan.StateOf(u, f.plan.Scope)
		if done := res.Outcome == receipt.Done || res.Outcome == receipt.Already; done && !now.Equal(change.After) {
			f.t.Errorf("%s is %s and holds %+v", res.User.UserPrincipalName, res.Outcome, now)
		}
		for _, l := range slices.Concat(now.Licenses, change.Before.Licenses) {
			if inState(now, l.SKUID) != inState(change.Before, l.SKUID) && inState(now, l.SKUID) != inState(change.After, l.SKUID) {
				f.t.Errorf("%s is %s, and %s is neither as before nor as planned", res.User.UserPrincipalName, res.Outcome, l.SKUID)
			}
		}
	}
	for _, sku := range f.emulator.SKUs() {
		if sku.Units.Consumed > sku.Units.Enabled {
			f.t.Errorf("%d of %d seats of %s are used", sku.Units.Consumed, sku.Units.Enabled, sku.PartNumber)
		}
	}
}

// written counts the license calls for each user that the tenant carried out.
func (f *fleet) written() map[string]int {
	out := map[string]int{}
	for _, r := range f.emulator.Requests() {
		if r.Route == "assignLicense" && r.Mutated {
			parts := strings.Split(r.Path, "/")
			out[parts[len(parts)-2]]++
		}
	}
	return out
}

// TestFaultMatrix strikes every kind of call with every kind of fault. All of
// them pass, so in the end everybody holds what was planned, and nobody's
// licenses were changed twice.
func TestFaultMatrix(t *testing.T) {
	faults := map[string]emulator.Fault{
		"429 with Retry-After": {Effect: emulator.EffectStatus, Status: 429, RetryAfter: 7 * time.Second},
		"429 without":          {Effect: emulator.EffectStatus, Status: 429},
		"409":                  {Effect: emulator.EffectStatus, Status: 409, Code: "Directory_ConcurrencyViolation"},
		"400 spelling of it":   {Effect: emulator.EffectStatus, Status: 400, Code: "Directory_ConcurrencyViolation"},
		"500":                  {Effect: emulator.EffectStatus, Status: 500},
		"502":                  {Effect: emulator.EffectStatus, Status: 502},
		"503":                  {Effect: emulator.EffectStatus, Status: 503},
		"503 with Retry-After": {Effect: emulator.EffectStatus, Status: 503, RetryAfter: 7 * time.Second},
		"504 afterwards":       {Effect: emulator.EffectLateStatus, Status: 504},
		"500 afterwards":       {Effect: emulator.EffectLateStatus, Status: 500},
		"reset":                {Effect: emulator.EffectReset},
		"lost reply":           {Effect: emulator.EffectLostReply},
		"half a body":          {Effect: emulator.EffectHalfBody},
		"HTML from a proxy":    {Effect: emulator.EffectHTML, Status: 502},
		"an empty body":        {Effect: emulator.EffectEmptyBody, Status: 503},
		"expired tokens":       {Effect: emulator.EffectExpireTokens},
	}
	lags := map[string]emulator.Lag{"": {}, ", reads lag": {Delay: 30 * time.Second}}
	for _, route := range []string{"assignLicense", "patchUser", "batch", "subscribedSkus"} {
		for name, fault := range faults {
			for lagging, lag := range lags {
				t.Run(route+" "+name+lagging, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						f := newFleet(t, emulator.Options{Lag: lag, WriteLatency: 250 * time.Millisecond})
						fault.Route, fault.After, fault.Count = route, 1, 2
						f.emulator.Inject(fault)
						out := f.apply()
						if counts := out.Receipt.Counts(); counts[receipt.Done] != 30 || out.Receipt.Unverified() != 0 {
							t.Errorf("counts %v, %d unverified, cause %v", counts, out.Receipt.Unverified(), out.Cause)
						}
						for user, n := range f.written() {
							if n != 1 {
								t.Errorf("the licenses of %s were changed %d times", user, n)
							}
						}
					})
				})
			}
		}
	}
}

// TestMixedFaults strikes at random, under both behaviours of a refused call.
// Whatever happens, the receipt is true, and once the tenant is well again
// applying the same plan completes it.
func TestMixedFaults(t *testing.T) {
	effects := []emulator.Effect{
		emulator.EffectStatus, emulator.EffectLateStatus, emulator.EffectReset, emulator.EffectLostReply,
		emulator.EffectHalfBody, emulator.EffectHTML, emulator.EffectEmptyBody, emulator.EffectExpireTokens,
	}
	rapid.Check(t, func(rt *rapid.T) {
		options := emulator.Options{Seed: rapid.Uint64().Draw(rt, "seed"), WriteLatency: 100 * time.Millisecond}
		options.Lag = emulator.Lag{Delay: rapid.SampledFrom([]time.Duration{0, 5 * time.Second, 30 * time.Second}).Draw(rt, "lag"), Share: 0.5}
		if rapid.Bool().Draw(rt, "partial") {
			options.Atomicity = emulator.AsFarAsItGets
		}
		var faults []emulator.Fault
		for range rapid.IntRange(0, 4).Draw(rt, "faults") {
			faults = append(faults, emulator.Fault{
				Route:       rapid.SampledFrom([]string{"assignLicense", "patchUser", "batch", ""}).Draw(rt, "route"),
				Effect:      rapid.SampledFrom(effects).Draw(rt, "effect"),
				Status:      rapid.SampledFrom([]int{429, 409, 500, 502, 503, 504}).Draw(rt, "status"),
				Probability: rapid.SampledFrom([]float64{0.05, 0.2, 0.5}).Draw(rt, "probability"),
				Count:       rapid.IntRange(1, 40).Draw(rt, "count"),
			})
		}
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(t, options)
			before := f.emulator
			for _, fault := range faults {
				before.Inject(fault)
			}
			f.tryApply()
			f.emulator.Heal()
			time.Sleep(time.Minute) // the replicas catch up
			out := f.apply()
			for _, res := range out.Receipt.Results {
				if res.Outcome != receipt.Done && res.Outcome != receipt.Already {
					t.Errorf("applied again, %s is %s: %s", res.User.UserPrincipalName, res.Outcome, res.Message)
				}
			}
		})
		if t.Failed() {
			rt.Fatalf("with %+v and %+v", options, faults)
		}
	})
}

// tryApply carries the plan out as far as the faults let it: a run that
// cannot even begin has sent nothing.
func (f *fleet) tryApply() {
	f.t.Helper()
	var file memory
	out, err := apply.Run(f.t.Context(), f.plan, apply.Options{
		Reader: f, Writer: f.writer, Journal: receipt.NewWriter(&file),
		Names: license.NewCatalog(f.emulator.SKUs()), Run: receipt.Run{RunID: "run-1"},
	})
	if err == nil {
		f.checkTruth(out)
	} else if n := len(f.written()); n > 0 {
		f.t.Errorf("the run did not begin (%v), and changed %d users", err, n)
	}
}
