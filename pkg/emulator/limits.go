package emulator

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits are the quotas of the identity and access service (Graph docs,
// throttling limits, 2026-02). A zero field has the documented value. Every
// one can be made small, so that a test meets it in seconds.
type Limits struct {
	Off bool // no quotas at all

	ResourceUnits int           // per application, in Window; 0: 3,500, 5,000 or 8,000 by the tenant's size
	Window        time.Duration // 0: 10 s

	Writes      int           // per application, in WriteWindow; 0: 3,000
	WriteWindow time.Duration // 0: 150 s

	TenantWrites int           // of all applications, in TenantWindow; 0: 18,000
	TenantWindow time.Duration // 0: 5 min

	// What one application has over all tenants of one service.
	ApplicationWrites int           // in ApplicationWindow; 0: 35,000
	ApplicationWindow time.Duration // 0: 5 min
}

func (l Limits) withDefaults(users int) Limits {
	l.ResourceUnits = cmp.Or(l.ResourceUnits, unitsFor(users))
	l.Window = cmp.Or(l.Window, 10*time.Second)
	l.Writes = cmp.Or(l.Writes, 3_000)
	l.WriteWindow = cmp.Or(l.WriteWindow, 150*time.Second)
	l.TenantWrites = cmp.Or(l.TenantWrites, 18_000)
	l.TenantWindow = cmp.Or(l.TenantWindow, 5*time.Minute)
	l.ApplicationWrites = cmp.Or(l.ApplicationWrites, 35_000)
	l.ApplicationWindow = cmp.Or(l.ApplicationWindow, 5*time.Minute)
	return l
}

// unitsFor is the quota of resource units of a tenant's size: S, M or L.
func unitsFor(users int) int {
	switch {
	case users < 50:
		return 3_500
	case users <= 500:
		return 5_000
	}
	return 8_000
}

// meter holds what has been used of every quota.
type meter struct {
	mu     sync.Mutex
	limits Limits
	apps   map[string]*appUsage
	tenant *usage
	shared *sharedMeter
}

// sharedMeter holds what applications have used of their quota over all tenants
// of one service. It locks for itself: every tenant has a meter of its own.
type sharedMeter struct {
	mu   sync.Mutex
	apps map[string]*usage
}

func newSharedMeter() *sharedMeter { return &sharedMeter{apps: map[string]*usage{}} }

// app gives the usage of an application. The lock must be held.
func (s *sharedMeter) app(id string, l Limits) *usage {
	if len(s.apps) >= mostApps && s.apps[id] == nil {
		id = ""
	}
	if s.apps[id] == nil {
		s.apps[id] = newUsage(l.ApplicationWrites, l.ApplicationWindow)
	}
	return s.apps[id]
}

type appUsage struct{ units, writes *usage }

func newMeter(limits Limits, users int) *meter {
	limits = limits.withDefaults(users)
	return &meter{limits: limits, apps: map[string]*appUsage{}, tenant: newUsage(limits.TenantWrites, limits.TenantWindow), shared: newSharedMeter()}
}

// mostApps bounds the applications that are told apart; more share one quota.
const mostApps = 1000

func (m *meter) app(id string) *appUsage {
	if len(m.apps) >= mostApps && m.apps[id] == nil {
		id = ""
	}
	if m.apps[id] == nil {
		m.apps[id] = &appUsage{newUsage(m.limits.ResourceUnits, m.limits.Window), newUsage(m.limits.Writes, m.limits.WriteWindow)}
	}
	return m.apps[id]
}

// charge is what a request costs.
type charge struct {
	app   string
	units int
	write bool
}

// verdict is what the meter says of a request.
type verdict struct {
	throttled  bool
	scope      string // "Tenant_Application/Write"
	reason     string // of x-ms-throttle-information
	retryAfter int    // in whole seconds
	percentage float64
}

// take charges a request to the quotas. A throttled one is charged as well:
// usage counts on while a client does not wait.
func (m *meter) take(c charge, now time.Time) verdict {
	if m.limits.Off {
		return verdict{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	app := m.app(c.app)
	quotas := []quota{{app.units, c.units, "Tenant_Application/ReadWrite", "ResourceUnitLimitExceeded"}}
	if c.write {
		m.shared.mu.Lock()
		defer m.shared.mu.Unlock()
		quotas = append(quotas,
			quota{app.writes, 1, "Tenant_Application/Write", "WriteLimitExceeded"},
			quota{m.tenant, 1, "Tenant/Write", "WriteLimitExceeded"},
			quota{m.shared.app(c.app, m.limits), 1, "Application/Write", "WriteLimitExceeded"})
	}
	var v verdict
	for _, q := range quotas {
		if wait := q.usage.take(q.cost, now); wait > 0 && !v.throttled {
			v = verdict{throttled: true, scope: q.scope, reason: q.reason, retryAfter: wholeSeconds(wait)}
		}
	}
	for _, q := range quotas {
		v.percentage = max(v.percentage, q.usage.share())
	}
	return v
}

// wholeSeconds is a wait as Retry-After gives it: rounded up.
func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

type quota struct {
	usage  *usage
	cost   int
	scope  string
	reason string
}

// usage is what was used of one quota in a sliding window, exactly: every
// request counts until the window has passed over it.
type usage struct {
	limit  int
	window time.Duration
	spent  []spending // in order of time
	total  int
}

type spending struct {
	at   time.Time
	cost int
}

func newUsage(limit int, window time.Duration) *usage { return &usage{limit: limit, window: window} }

// mostOveruse bounds how far usage counts on above the limit: the service
// reports up to 1.8.
const mostOveruse = 1.8

// take spends a cost, and returns how long the caller should wait if the limit
// does not allow it. What is spent in vain is part of the wait.
func (u *usage) take(cost int, now time.Time) (wait time.Duration) {
	for len(u.spent) > 0 && now.Sub(u.spent[0].at) >= u.window {
		u.total -= u.spent[0].cost
		u.spent = u.spent[1:]
	}
	throttled := u.total+cost > u.limit
	if float64(u.total+cost) <= mostOveruse*float64(u.limit) {
		u.spent = append(u.spent, spending{now, cost})
		u.total += cost
	}
	if throttled {
		wait = u.untilFree(cost, now)
	}
	return wait
}

// untilFree is how long it takes until there is room for a cost.
func (u *usage) untilFree(cost int, now time.Time) time.Duration {
	left := u.total
	for _, s := range u.spent {
		left -= s.cost
		if left+cost <= u.limit {
			return max(s.at.Add(u.window).Sub(now), time.Nanosecond)
		}
	}
	return u.window
}

func (u *usage) share() float64 { return float64(u.total) / float64(u.limit) }

// unitsOf is what a call costs: the operation's price, less for $select and a
// small $top, more for $expand, and 1 at least.
func unitsOf(c *call) int {
	units := c.route.cost
	if c.query.Has("$select") {
		units--
	}
	if c.query.Has("$expand") {
		units++
	}
	if top, err := strconv.Atoi(c.query.Get("$top")); err == nil && top < 20 {
		units--
	}
	return max(units, 1)
}

// metered reports whether a call is charged: the token service and the
// envelope of a batch are not.
func (c *call) metered() bool { return c.route.cost > 0 }

// throttle answers for a call that a quota does not allow.
func (e *Emulator) throttle(c *call, v verdict) reply {
	out := jsonReply(http.StatusTooManyRequests, errorBody{errorMain{
		Code: "TooManyRequests", Message: "Please retry again later.",
		Inner: innerError{
			Code: "429", Message: "Please retry after", Status: "429", Date: e.errorDate(),
			RequestID: c.id, ClientRequestID: c.clientID,
		},
	}})
	out.header.Set("Retry-After", strconv.Itoa(v.retryAfter))
	out.header.Set("x-ms-throttle-scope", fmt.Sprintf("%s/%s/%s", v.scope, c.caller.appID, e.dir.tenant.id))
	out.header.Set("x-ms-throttle-information", v.reason)
	return out
}

// mark adds the headers that tell a client what a call cost and how close it
// is to a limit.
func (v verdict) mark(out reply, units int) {
	const reportFrom = 0.8
	if out.status != http.StatusTooManyRequests {
		out.header.Set("x-ms-resource-unit", strconv.Itoa(units))
	}
	if v.percentage >= reportFrom {
		out.header.Set("x-ms-throttle-limit-percentage", strconv.FormatFloat(min(v.percentage, mostOveruse), 'f', 2, 64))
	}
}
