package emulator

import (
	"bytes"
	"maps"
	"slices"
	"sync"
	"time"
)

// Request is one request in the log: a call from the wire, or an item of a
// batch. Credentials are never in it.
type Request struct {
	Time     time.Time
	Route    string // the operation: "assignLicense", "listUsers", "token", …; empty where there is none
	Method   string
	Path     string // with the query, as sent
	Status   int
	Code     string // of an error answer of Graph; empty: none
	Missing  string // what the emulator does not have, in a sentence, where that is the answer; else empty
	AppID    string // the application that called; empty where nobody signed in
	User     string // the object id of the signed-in user; empty for an application
	Mutated  bool   // the tenant was changed
	Batch    string // the id of the item inside its $batch; empty for a call from the wire
	Body     []byte // of a write to Graph, up to 4 KiB; nil where it may hold a password
	TenantID string // the tenant that answered
	TokenOf  string // the tenant that the token which came along names, refused or not; empty: none, or it names none
	ID       string // request-id
	ClientID string // client-request-id
}

// Counters sum up the requests since the start, log entries that were dropped
// included. Items of a batch count beside the batch itself.
type Counters struct {
	Requests  int
	Mutations int            // requests that changed the tenant
	ByRoute   map[string]int // by Request.Route
	ByStatus  map[int]int

	PeakWrites int // the most writes that were in flight at once
}

// requestLog keeps the last requests in a ring, and counters of all.
type requestLog struct {
	mu       sync.Mutex
	ring     []Request
	next     int
	counters Counters
}

func newRequestLog(size int) *requestLog {
	return &requestLog{
		ring:     make([]Request, 0, size),
		counters: Counters{ByRoute: map[string]int{}, ByStatus: map[int]int{}},
	}
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counters.Requests++
	if r.Mutated {
		l.counters.Mutations++
	}
	l.counters.ByRoute[r.Route]++
	l.counters.ByStatus[r.Status]++
	if len(l.ring) < cap(l.ring) {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[l.next] = r
	l.next = (l.next + 1) % len(l.ring)
}

// Requests returns the requests that the log still holds, the oldest first.
// The items of a batch stand before the batch.
func (e *Emulator) Requests() []Request {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	return slices.Concat(e.log.ring[e.log.next:], e.log.ring[:e.log.next])
}

// Counters returns the counts since the start.
func (e *Emulator) Counters() Counters {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	c := e.log.counters
	c.PeakWrites = e.inFlight.highest()
	c.ByRoute, c.ByStatus = maps.Clone(c.ByRoute), maps.Clone(c.ByStatus)
	return c
}

// record puts an answered call into the log, and tells whoever wants to know.
func (e *Emulator) record(c *call, out reply) {
	r := e.entry(c, out)
	e.log.add(r)
	if e.opts.Observe != nil {
		e.opts.Observe(r)
	}
}

// entry describes an answered call for the log.
func (e *Emulator) entry(c *call, out reply) Request {
	const mostBody = 4 << 10
	r := Request{
		Time: e.now(), Method: c.method, Path: clipTarget(c.target), Status: out.status, Mutated: c.mutated,
		Code: c.code, Missing: c.missing, AppID: c.caller.appID, User: c.caller.user, Batch: c.batchID, ID: c.id, ClientID: c.clientID,
		TenantID: e.dir.tenant.id.String(), TokenOf: tokenTenant(c.header),
	}
	if c.route != nil {
		r.Route = c.route.name
		if c.route.write && !bytes.Contains(bytes.ToLower(c.body), []byte("password")) { // a passwordProfile may be on its way
			r.Body = slices.Clone(c.body[:min(len(c.body), mostBody)])
		}
	}
	return r
}

func clipTarget(s string) string {
	const most = 4 << 10
	return s[:min(len(s), most)]
}
