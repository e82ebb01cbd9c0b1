package apply_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

func id(name string) license.GUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }

// tenant is a small service in memory: it counts seats, refuses what the real
// one refuses, and can lose answers, lag and break down. It polices its
// caller: two calls for one user at once, and a call that changes nothing
// without a doubt before, fail the test.
type tenant struct {
	t testing.TB

	// fault decides what happens to a write; nil: it is carried out. It is
	// called with the lock held.
	fault func(w *write) *fault

	latency time.Duration
	lag     time.Duration // how long reads show the state before a write
	unread  func() error  // why the next read fails; nil: it does not. Called with the lock held
	partial bool          // carries out what it can of a refused call
	failing bool          // a license that is assigned is not in force
	lists   bool          // a license that is taken away stays in assignedLicenses

	// answers tell whom queries select, and asked how often each was asked.
	answers map[plan.Query]plan.Answer
	asked   map[plan.Query]int

	// signals are the signs of use, and signsAsked those that were asked for.
	signals    license.Signals
	signsAsked []license.Signal

	mu       sync.Mutex
	users    map[license.GUID]*license.UserState
	former   map[license.GUID][]former
	bought   map[license.GUID]int
	busy     map[license.GUID]bool
	doubted  map[license.GUID]bool
	inFlight int
	peak     int
	gave     map[license.GUID]map[license.GUID]bool // the SKUs that writes gave a user
	writes   []*write                               // that arrived
	unsent   int                                    // that did not
	reads    int
}

// former is a state that reads show until a time.
type former struct {
	until time.Time
	state license.UserState
}

// write is one call as the tenant saw it.
type write struct {
	user  license.GUID
	n     int // of this user's writes, from 1
	total int // of all writes, from 1
	where string
	at    time.Time
}

// fault is an answer other than the right one. After says that the write is
// carried out all the same; an error that is nil says that it was, and it was
// not.
type fault struct {
	err   error
	after bool
}

// doubtful reports whether the caller cannot know what the fault has done.
func (f *fault) doubtful() bool {
	e, ok := errors.AsType[*graph.Error](f.err)
	return f.after || f.err == nil || ok && e.Doubtful()
}

// unsent reports whether the fault keeps the write from leaving.
func (f *fault) unsent() bool {
	e, ok := errors.AsType[*graph.Error](f.err)
	return f.err != nil && (!ok || e.NotSent)
}

func status(code int, message string) *graph.Error {
	return &graph.Error{Status: code, Code: "Request_BadRequest", Message: message, RequestID: "request-1"}
}

func newTenant(t testing.TB, users []license.UserState, bought map[string]int) *tenant {
	out := &tenant{
		t: t, users: map[license.GUID]*license.UserState{}, former: map[license.GUID][]former{},
		bought: map[license.GUID]int{}, busy: map[license.GUID]bool{}, doubted: map[license.GUID]bool{}, asked: map[plan.Query]int{},
	}
	for _, u := range users {
		u.Assignments = slices.Clone(u.Assignments)
		out.users[u.ID] = &u
	}
	for part, n := range bought {
		out.bought[id(part)] = n
	}
	return out
}

func (s *tenant) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if s.unread != nil {
		if err := s.unread(); err != nil {
			return nil, err
		}
	}
	var out []license.UserState
	for _, id := range ids {
		u, ok := s.users[id]
		if !ok {
			continue
		}
		shown := *u
		for _, f := range slices.Backward(s.former[id]) {
			if time.Now().Before(f.until) {
				shown = f.state
			}
		}
		shown.Assignments = slices.Clone(shown.Assignments)
		out = append(out, shown)
	}
	return out, nil
}

func (s *tenant) Answers(_ context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[plan.Query]plan.Answer{}
	for _, q := range queries {
		answer, known := s.answers[q]
		if !known {
			return nil, errLost
		}
		out[q] = answer
		s.asked[q]++
	}
	return out, nil
}

func (s *tenant) SubscribedSKUs(context.Context) ([]license.SKU, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []license.SKU
	for sku, n := range s.bought {
		out = append(out, license.SKU{ID: sku, AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: n, Consumed: s.consumed(sku)}})
	}
	return out, nil
}

func (s *tenant) consumed(sku license.GUID) int {
	n := 0
	for _, u := range s.users {
		if u.Holds(sku) {
			n++
		}
	}
	return n
}

func (s *tenant) SetUsageLocation(ctx context.Context, user license.GUID, country string) (graph.Reply, error) {
	return s.serve(ctx, user, "usageLocation", func(u *license.UserState) *graph.Error {
		if u.UsageLocation == country {
			s.pointless(u)
		}
		u.UsageLocation = country
		return nil
	})
}

func (s *tenant) AssignLicense(ctx context.Context, user license.GUID, change graph.LicenseChange) (graph.Reply, error) {
	return s.serve(ctx, user, "assignLicense", func(u *license.UserState) *graph.Error {
		before := fmt.Sprint(u.Assignments)
		err := s.assign(u, change)
		if err == nil && before == fmt.Sprint(u.Assignments) {
			s.pointless(u)
		}
		return err
	})
}

// pointless fails the test for a call that changes nothing, unless the caller
// could not know better.
func (s *tenant) pointless(u *license.UserState) {
	if !s.doubted[u.ID] {
		s.t.Errorf("a call for %s changed nothing", u.UserPrincipalName)
	}
}

// serve answers a write: it polices, takes its time, and asks fault.
func (s *tenant) serve(ctx context.Context, user license.GUID, where string, do func(*license.UserState) *graph.Error) (graph.Reply, error) {
	s.mu.Lock()
	w := &write{user: user, where: where, n: 1, at: time.Now()}
	for _, earlier := range s.writes {
		if earlier.user == user {
			w.n++
		}
	}
	s.writes = append(s.writes, w)
	w.total = len(s.writes)
	if s.busy[user] {
		s.t.Errorf("two calls for one user at once")
	}
	s.busy[user] = true
	s.inFlight++
	s.peak = max(s.peak, s.inFlight)
	s.mu.Unlock()

	time.Sleep(s.latency)

	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.busy[user] = false; s.inFlight-- }()
	u := s.users[user]
	if u == nil {
		return graph.Reply{}, status(http.StatusNotFound, "Resource does not exist")
	}
	var f *fault
	if s.fault != nil {
		f = s.fault(w)
	}
	if f != nil && f.unsent() {
		s.writes = slices.DeleteFunc(s.writes, func(one *write) bool { return one == w })
		s.unsent++
		return graph.Reply{}, f.err
	}
	if f != nil && f.doubtful() {
		s.doubted[user] = true
	}
	if f != nil && !f.after {
		return graph.Reply{RequestID: "request-0"}, f.err
	}
	was := *u
	was.Assignments = slices.Clone(u.Assignments)
	if err := do(u); err != nil {
		return graph.Reply{}, err
	}
	s.former[user] = append(s.former[user], former{until: time.Now().Add(s.lag), state: was})
	if f != nil {
		return graph.Reply{}, f.err
	}
	return graph.Reply{RequestID: "request-0"}, ctx.Err()
}

// assign carries a license call out as the service does: all or nothing, or
// as far as it gets.
func (s *tenant) assign(u *license.UserState, change graph.LicenseChange) *graph.Error {
	was := slices.Clone(u.Assignments)
	var refusal *graph.Error
	for _, sku := range change.Remove {
		refusal = cmpOr(refusal, s.removeOne(u, sku))
	}
	for _, add := range change.Add {
		refusal = cmpOr(refusal, s.addOne(u, add))
	}
	if refusal != nil && !s.partial {
		u.Assignments = was
	}
	license.SortAssignments(u.Assignments)
	return refusal
}

func cmpOr(a, b *graph.Error) *graph.Error {
	if a != nil {
		return a
	}
	return b
}

func (s *tenant) removeOne(u *license.UserState, sku license.GUID) *graph.Error {
	if _, direct := u.DirectLicense(sku); !direct {
		return status(http.StatusBadRequest, "User does not have a corresponding license.")
	}
	u.Assignments = slices.DeleteFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == sku && a.Direct() })
	if s.lists {
		u.Unexplained = append(u.Unexplained, sku)
	}
	return nil
}

func (s *tenant) addOne(u *license.UserState, add graph.AssignedLicense) *graph.Error {
	switch {
	case u.UsageLocation == "":
		return status(http.StatusBadRequest, "License assignment cannot be done for user with invalid usage location.")
	case !u.Holds(add.SKUID) && s.consumed(add.SKUID) >= s.bought[add.SKUID]:
		return status(http.StatusBadRequest, fmt.Sprintf("Subscription with SKU %s does not have any available licenses.", add.SKUID))
	}
	if !u.Holds(add.SKUID) {
		s.noteGiven(u.ID, add.SKUID)
	}
	u.Assignments = slices.DeleteFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == add.SKUID && a.Direct() })
	came := license.Assignment{SKUID: add.SKUID, DisabledPlans: add.DisabledPlans, State: "Active"}
	if s.failing {
		came.State, came.Error = "Error", "Other"
	}
	u.Assignments = append(u.Assignments, came)
	return nil
}

func (s *tenant) noteGiven(user, sku license.GUID) {
	if s.gave == nil {
		s.gave = map[license.GUID]map[license.GUID]bool{}
	}
	if s.gave[user] == nil {
		s.gave[user] = map[license.GUID]bool{}
	}
	s.gave[user][sku] = true
}

// sellOut is a fault that takes all seats of a product away as soon as
// somebody writes, which no plan can foresee.
func (s *tenant) sellOut(part string) func(*write) *fault {
	return func(*write) *fault {
		s.bought[id(part)] = 0
		return nil
	}
}

// strip is a fault that takes every license of a user away just before the
// first write for them is carried out.
func (s *tenant) strip(w *write) *fault {
	if w.n == 1 {
		s.users[w.user].Assignments = nil
	}
	return nil
}

// state is what a user holds, as plans keep it.
func (s *tenant) state(user license.GUID) plan.State {
	return plan.StateOf(*s.users[user], plan.Scope{})
}

func (s *tenant) writesFor(user license.GUID) int {
	n := 0
	for _, w := range s.writes {
		if w.user == user {
			n++
		}
	}
	return n
}

// names gives products and plans the names that the tests use: a product is
// made of the plans MAIL and CHAT.
type names struct{}

func (names) SKU(g license.GUID) (license.SKU, bool) {
	for _, part := range allSKUs {
		if id(part) == g {
			return license.SKU{ID: g, PartNumber: part, Plans: []license.ServicePlan{{ID: id(part + "_CHAT")}, {ID: id(part + "_MAIL")}}}, true
		}
	}
	return license.SKU{}, false
}

func (names) SKUName(g license.GUID) string {
	sku, _ := names{}.SKU(g)
	return cmp.Or(sku.PartNumber, g.String())
}

func (names) PlanName(g license.GUID) string {
	for _, part := range allSKUs {
		for _, plan := range []string{"_CHAT", "_MAIL"} {
			if id(part+plan) == g {
				return part + plan
			}
		}
	}
	return g.String()
}

var errLost = errors.New("connection reset by peer")

func lost() *graph.Error { return &graph.Error{Err: errLost} }
