package emulator_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

func TestResourceUnits(t *testing.T) {
	w := start(t, emulator.Options{})
	group := groupPath("")
	for target, want := range map[string]string{
		"/users":                                "2",
		"/users?$select=id":                     "1",
		"/users?$top=5":                         "1",
		"/users?$select=id&$top=5":              "1",
		"/users/ada@contoso.com":                "1",
		"/subscribedSkus":                       "3",
		"/subscribedSkus?$select=skuId":         "2",
		"/users/ken@contoso.com/licenseDetails": "2",
		"/organization":                         "1",
		group + "/members":                      "3",
		group:                                   "1",
	} {
		if got := w.get(target).header.Get("x-ms-resource-unit"); got != want {
			t.Errorf("GET %s costs %s, want %s", target, got, want)
		}
	}
	if got := w.assign(ada, assignBody(lic(suite))).header.Get("x-ms-resource-unit"); got != "1" {
		t.Errorf("assignLicense costs %s, want 1", got)
	}
	if got := w.assign(ada, assignBody(nil, addon)).header.Get("x-ms-resource-unit"); got != "1" {
		t.Errorf("a refused assignLicense costs %s, want 1", got)
	}
}

func TestResourceUnitLimit(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	w := start(t, emulator.Options{Now: clock.Now, Limits: emulator.Limits{ResourceUnits: 10}})
	for i := range 10 {
		a := w.get("/organization")
		want := ""
		if i >= 7 {
			want = strconv.FormatFloat(float64(i+1)/10, 'f', 2, 64)
		}
		if got := a.header.Get("x-ms-throttle-limit-percentage"); got != want {
			t.Errorf("request %d: x-ms-throttle-limit-percentage %q, want %q", i+1, got, want)
		}
	}
	clock.Advance(4 * time.Second)
	a := w.call("GET", "/organization", "")
	wantError(t, a, 429, "TooManyRequests", "Please retry again later.")
	for name, want := range map[string]string{
		"Retry-After": "6", "x-ms-throttle-information": "ResourceUnitLimitExceeded", "x-ms-resource-unit": "",
		"x-ms-throttle-scope": "Tenant_Application/ReadWrite/0a7bdc5c-7b57-40be-9939-d4c5fc7cd417/" + w.TenantID().String(),
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	clock.Advance(6 * time.Second)
	w.get("/organization")
}

func TestWriteLimit(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	w := start(t, emulator.Options{Now: clock.Now, Limits: emulator.Limits{Writes: 3, WriteWindow: 30 * time.Second}})
	for range 3 {
		if a := w.assign(ada, assignBody(lic(suite, files))); a.status != 200 {
			t.Fatalf("answer %d %s", a.status, a.raw)
		}
		clock.Advance(time.Second)
	}
	a := w.assign(ada, assignBody(lic(addon)))
	if a.status != 429 || a.header.Get("Retry-After") != "28" || a.header.Get("x-ms-throttle-information") != "WriteLimitExceeded" {
		t.Errorf("answer %d %v %s", a.status, a.header, a.raw)
	}
	if w.licenses(ada) != "SUITE-FILES" {
		t.Error("the throttled write was carried out")
	}
	w.get("/users") // reads go on
	clock.Advance(28 * time.Second)
	if a := w.assign(ada, assignBody(lic(suite))); a.status != 200 {
		t.Errorf("after Retry-After: %d", a.status)
	}
}

// TestThrottledRequestsCount has a client that does not wait: what it sends
// while it is throttled keeps it throttled.
func TestThrottledRequestsCount(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	w := start(t, emulator.Options{Now: clock.Now, Limits: emulator.Limits{Writes: 10, WriteWindow: 10 * time.Second}})
	accepted := 0
	for range 100 {
		if w.assign(ada, assignBody(lic(suite))).status == 200 {
			accepted++
		}
		clock.Advance(200 * time.Millisecond)
	}
	if accepted >= 20 {
		t.Errorf("%d writes were accepted in 20 s of a quota of 10 in 10 s, though the client never waited", accepted)
	}
}

func TestTenantWriteLimit(t *testing.T) {
	w := start(t, emulator.Options{Limits: emulator.Limits{TenantWrites: 1}})
	w.assign(ada, assignBody(lic(suite)))
	a := w.assign(ada, assignBody(lic(suite)))
	if scope := a.header.Get("x-ms-throttle-scope"); a.status != 429 || !strings.HasPrefix(scope, "Tenant/Write/") {
		t.Errorf("answer %d with the scope %q", a.status, scope)
	}
}

func TestDocumentedLimits(t *testing.T) {
	for users, units := range map[int]int{20: 3500, 200: 5000, 600: 8000} {
		clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
		w := startTenant(t, manyUsers(users), emulator.Options{Now: clock.Now})
		throttledAfter := func(call func() answer) int {
			for n := 0; ; n++ {
				if a := call(); a.status == 429 {
					return n
				}
			}
		}
		if got := throttledAfter(func() answer { a, _ := w.try("GET", "/subscribedSkus", ""); return a }); got != units/3 {
			t.Errorf("%d users: throttled after %d requests of 3 units, want %d", users, got, units/3)
		}
		clock.Advance(time.Minute)
		writes := 0
		for range 40 { // in as many windows of resource units
			clock.Advance(3 * time.Second)
			for range 100 {
				if a, _ := w.try("PATCH", "/users/user0001@contoso.com", `{"usageLocation":"DE"}`); a.status == 204 {
					writes++
				}
			}
		}
		if writes != 3000 {
			t.Errorf("%d users: %d writes in 120 s, want 3,000", users, writes)
		}
	}
}

func TestLimitsCanBeOff(t *testing.T) {
	w := start(t, emulator.Options{Limits: emulator.Limits{Off: true, ResourceUnits: 1, Writes: 1, TenantWrites: 1}})
	for range 5 {
		if a := w.assign(ada, assignBody(lic(suite))); a.status != 200 {
			t.Fatalf("answer %d", a.status)
		}
	}
}

// writeAtOnce sends as many writes at the same time, for different users or
// for one, and counts the answers by status.
func writeAtOnce(w *world, n int, user func(i int) string) (byStatus map[int]int, last answer) {
	var mu sync.Mutex
	var group sync.WaitGroup
	byStatus = map[int]int{}
	for i := range n {
		group.Go(func() {
			a, err := w.try("PATCH", "/users/"+user(i), `{"usageLocation":"DE"}`)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				w.t.Error(err)
			}
			byStatus[a.status]++
			if a.status != 204 {
				last = a
			}
		})
	}
	group.Wait()
	return byStatus, last
}

func TestConcurrencyViolation(t *testing.T) {
	const message = "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."
	different := func(i int) string { return "user000" + strconv.Itoa(i) + "@contoso.com" }
	for _, tt := range []struct {
		name     string
		opts     emulator.Concurrency
		user     func(int) string
		accepted int
		status   int
		code     string
	}{
		{"409", emulator.Concurrency{Writes: 3}, different, 3, 409, "Directory_ConcurrencyViolation"},
		{"400", emulator.Concurrency{Writes: 3, BadRequest: true}, different, 3, 400, "Request_BadRequest"},
		{"one user", emulator.Concurrency{Writes: 9}, func(int) string { return "user0001@contoso.com" }, 1, 409, "Directory_ConcurrencyViolation"},
		{"unbounded", emulator.Concurrency{}, different, 8, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := startTenant(t, manyUsers(10), emulator.Options{Concurrency: tt.opts, WriteLatency: time.Second})
				byStatus, last := writeAtOnce(w, 8, tt.user)
				if byStatus[204] != tt.accepted {
					t.Errorf("answers %v, want %d accepted", byStatus, tt.accepted)
				}
				if tt.status != 0 {
					wantError(t, last, tt.status, tt.code, message)
				}
				if peak := w.Counters().PeakWrites; peak < tt.accepted {
					t.Errorf("peak of %d writes, want %d at least", peak, tt.accepted)
				}
			})
		})
	}
}
