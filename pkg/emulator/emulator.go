package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Emulator is one tenant of Microsoft Graph with its token service. It is an
// http.Handler for the Graph host and the authority host alike, and safe for
// concurrent use. It starts no goroutines.
type Emulator struct {
	opts     Options
	dir      *directory
	apps     []Application
	admin    string // Tenant.SignedInUser
	tokens   *tokenService
	devices  *devices
	pages    *pageTokens
	dice     *dice
	log      *requestLog
	meter    *meter
	inFlight *inFlight
	faults   *faults
	audits   *auditLog
	reports  *usageReports

	graphRoutes     []route
	authorityRoutes []route
	properties      []property
}

// New starts an emulator from a tenant. The error lists every mistake of the
// tenant: ids or names that are there twice, products or users that are not
// there at all.
func New(tenant Tenant, opts Options) (*Emulator, error) {
	opts = opts.withDefaults()
	if err := checkFaults(opts.Faults); err != nil {
		return nil, err
	}
	dir, err := newDirectory(tenant, opts.rulebook(), opts.Now())
	if err != nil {
		return nil, fmt.Errorf("building the emulated tenant: %w", err)
	}
	if _, ok := dir.findUPN(tenant.SignedInUser); tenant.SignedInUser != "" && !ok {
		return nil, fmt.Errorf("building the emulated tenant: no user %q, who is to be the signed-in user", tenant.SignedInUser)
	}
	dir.userHistory = newHistory[userRef, user](opts.Lag.Delay)
	dir.seatHistory = newHistory[skuRef, int](opts.Lag.Delay)
	dir.changed = opts.Changed
	dice := newDice(opts.Seed)
	return &Emulator{
		opts: opts, dir: dir, apps: tenant.Applications, admin: tenant.SignedInUser,
		tokens: newTokenService(opts), devices: newDevices(), pages: newPageTokens(opts.PageTokenLifetime),
		dice: dice, log: newRequestLog(opts.LogSize), meter: newMeter(opts.Limits, len(dir.users)),
		inFlight: newInFlight(), faults: newFaults(opts.Faults, dice), audits: &auditLog{}, reports: newUsageReports(),
		graphRoutes: graphRoutes(), authorityRoutes: authorityRoutes(), properties: userProperties(),
	}, nil
}

func (e *Emulator) now() time.Time { return e.opts.Now() }

// ServeHTTP answers a request to Graph (/v1.0/… and /beta/…) or to the token service. What
// is neither is answered as Graph answers an address without a version, if it
// begins like one or the host is Graph's.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := e.newCall(r)
	var out reply
	switch {
	case err != nil:
		out = e.failure(c, unreadableCall(err))
	case isVersion(c.path[0]):
		c.version = strings.ToLower(c.path[0])
		out = e.answer(c, e.graphRoutes, e.resource(c.path[1:]))
	case isForGraph(c):
		out = e.perform(c, ptr(malformed("Invalid version.")))
	case isMetadataHost(c.base):
		out = e.oauthFailure(c, oauthError{"invalid_request", 0, "Identity not found"})
	default:
		out = e.answer(c, e.authorityRoutes, c.path)
	}
	out = c.withMetadata(out)
	e.record(c, out)
	out.header.Set("Date", e.now().UTC().Format(http.TimeFormat))
	send(w, c, out)
}

// isVersion reports whether a segment is a version of Graph. Of beta there is
// what v1.0 has, in the form that it has there.
func isVersion(segment string) bool {
	return strings.EqualFold(segment, "v1.0") || strings.EqualFold(segment, "beta")
}

// resource gives a path below the version without the tenant, which older
// clients put there: its id, its domain or "myorganization". The root is one
// empty segment.
func (e *Emulator) resource(path []string) []string {
	if len(path) == 0 {
		return []string{""}
	}
	tenant := e.dir.tenant
	isTenant := func(name string) bool { return strings.EqualFold(name, path[0]) }
	if len(path) > 1 && slices.ContainsFunc([]string{tenant.id.String(), tenant.defaultDomain, "myorganization"}, isTenant) {
		return path[1:]
	}
	return path
}

// isForGraph reports whether a call that names no version is for Graph all the
// same: by its host, or by a first segment that looks like a version, or that
// stands below one.
func isForGraph(c *call) bool {
	if isGraphHost(c.base) || slices.Contains(graphRoots, strings.ToLower(c.path[0])) {
		return true
	}
	version := strings.ToLower(c.path[0])
	return isVersion(version) || len(version) > 1 && version[0] == 'v' && version[1] >= '0' && version[1] <= '9'
}

// graphRoots are what addresses of Graph begin with, below the version.
var graphRoots = []string{"$batch", "$metadata", "auditlogs", "directory", "directoryobjects", "domains", "groups", "me", "organization", "reports", "subscribedskus", "users"}

// answer finds the operation that a call means and carries it out, unless a
// fault is in the way: for a call from the wire and for an item of a batch
// alike.
func (e *Emulator) answer(c *call, routes []route, path []string) reply {
	missing := findRoute(c, routes, path)
	c.readOptions()
	if missing == nil {
		if fault, hit := e.faults.strike(c); hit {
			return e.withFault(c, fault, func() reply { return e.perform(c, nil) })
		}
	}
	return e.perform(c, missing)
}

// perform does what the service does with a call, in its order: who is it, is
// there such a thing, may they, is there quota left.
func (e *Emulator) perform(c *call, missing *apiError) reply {
	if c.route != nil && c.route.open {
		return c.route.handle(e, c)
	}
	if missing != nil && missing.code == CodeNotEmulated && !isForGraph(c) {
		return e.failure(c, *missing) // of the token service, where nobody has signed in yet
	}
	if err := e.authenticate(c); err != nil {
		out := e.failure(c, *err)
		out.header.Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+c.base+`/common/oauth2/authorize", client_id="`+graphAppID+`"`)
		return out
	}
	if missing != nil {
		return e.failure(c, *missing)
	}
	if err := c.checkContentType(); err != nil {
		return e.failure(c, *err)
	}
	if err := e.authorize(c); err != nil {
		return e.failure(c, *err)
	}
	if err := checkOptionNames(c.query); err != nil {
		return e.failure(c, *err)
	}
	if !c.metered() {
		return c.route.handle(e, c)
	}
	units := unitsOf(c)
	v := e.meter.take(charge{app: c.caller.appID, units: units, write: c.route.write}, e.now())
	if v.throttled {
		out := e.throttle(c, v)
		v.mark(out, units)
		return out
	}
	out := e.operate(c)
	v.mark(out, units)
	return out
}

// operate carries an operation out, from the replica that the call has met.
func (e *Emulator) operate(c *call) reply {
	e.dir.settle(e.now())
	if c.route.write {
		return e.write(c)
	}
	c.lagging = e.opts.Lag.Delay > 0 && (isEventual(c) || e.opts.Lag.Share == 0 || e.dice.chance(e.opts.Lag.Share))
	return c.route.handle(e, c)
}

// send writes a reply with the headers that every answer has, or breaks the
// connection off if that is the reply's fate.
func send(w http.ResponseWriter, c *call, out reply) {
	if out.fate == fateCut {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for name, values := range out.header {
		h[name] = values
	}
	h.Set("request-id", c.id)
	h.Set("client-request-id", c.clientID)
	h.Set("Cache-Control", "no-cache")
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Emulator","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"EMULATOR"}}`)
	if out.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(out.body)))
	}
	w.WriteHeader(out.status)
	if out.fate == fateHalf {
		w.Write(out.body[:len(out.body)/2])
		http.NewResponseController(w).Flush() // where it cannot, the recipient gets nothing, which is as good
		panic(http.ErrAbortHandler)
	}
	w.Write(out.body) // a client that went away is its own affair
}
