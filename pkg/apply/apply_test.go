package apply_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

var allSKUs = []string{"E3", "E5", "VISIO"}

// holder is a user with direct licenses.
func holder(name string, parts ...string) license.UserState {
	u := license.UserState{ID: id(name), UserPrincipalName: name + "@contoso.com", AccountEnabled: true, UserType: "Member", UsageLocation: "DE"}
	for _, part := range parts {
		u.Assignments = append(u.Assignments, license.Assignment{SKUID: id(part), State: "Active"})
	}
	license.SortAssignments(u.Assignments)
	return u
}

// makePlan plans what brings the users to the wanted products, with seats for
// everybody: what the tenant has when applying is another matter.
func makePlan(t testing.TB, users []license.UserState, want map[string][]string) *plan.Plan {
	t.Helper()
	plenty := map[string]int{}
	for _, part := range allSKUs {
		plenty[part] = 1 << 20
	}
	return makePlanWithSeats(t, users, want, plenty)
}

func makePlanWithSeats(t testing.TB, users []license.UserState, want map[string][]string, bought map[string]int) *plan.Plan {
	t.Helper()
	var desired plan.Desired
	for _, u := range users {
		name, _, _ := strings.Cut(u.UserPrincipalName, "@")
		parts, listed := want[name]
		if !listed {
			continue
		}
		e := plan.DesiredUser{User: plan.Ref{Name: u.UserPrincipalName, Source: plan.Source{File: "users.yaml", Line: 1}}, ManagesLicenses: true, UsageLocation: "DE"}
		for _, part := range parts {
			e.Licenses = append(e.Licenses, plan.DesiredLicense{SKU: plan.Ref{Name: part}})
		}
		desired.Users = append(desired.Users, e)
	}
	var skus []license.SKU
	for _, part := range allSKUs {
		units := license.Units{Enabled: bought[part]}
		for i := range users {
			if users[i].Holds(id(part)) {
				units.Consumed++
			}
		}
		skus = append(skus, license.SKU{ID: id(part), PartNumber: part, AppliesTo: license.AppliesToUser, Units: units})
	}
	slices.SortFunc(users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	policy := plan.DefaultPolicy()
	policy.Guards = plan.Guards{}
	p, err := planner.Make(planner.Input{Desired: desired, Policy: policy, Observed: plan.Observed{Users: users, SKUs: skus, Tenant: plan.Tenant{ID: id("tenant")}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// memory is a receipt in memory.
type memory struct{ bytes.Buffer }

func (*memory) Sync() error  { return nil }
func (*memory) Close() error { return nil }

func options(s *tenant, file *memory) apply.Options {
	return apply.Options{
		Reader: s, Writer: s, Journal: receipt.NewWriter(file), Names: names{},
		Run: receipt.Run{RunID: "run-1"}, Jitter: func() float64 { return 0 },
	}
}

// carryOut applies a plan and checks what holds for every run: one outcome for
// every change, and a receipt that says the same as the outcome.
func carryOut(t testing.TB, ctx context.Context, s *tenant, p *plan.Plan, adjust func(*apply.Options)) *apply.Outcome {
	t.Helper()
	var file memory
	o := options(s, &file)
	if adjust != nil {
		adjust(&o)
	}
	out, err := apply.Run(ctx, p, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Receipt.Results) != len(p.Changes) {
		t.Errorf("%d changes have %d results", len(p.Changes), len(out.Receipt.Results))
	}
	if _, lines, _ := strings.Cut(file.String(), "\n"); strings.Contains(lines, `t":"0001-01-01`) { // when it began its caller says
		t.Errorf("a line of the receipt does not say when:\n%s", file.String())
	}
	read, err := receipt.Read(&file.Buffer)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outcomes(&out.Receipt), outcomes(read)); diff != "" {
		t.Errorf("the receipt differs from the outcome (-outcome +receipt):\n%s", diff)
	}
	return out
}

// outcomes lists "ada done verified".
func outcomes(r *receipt.Receipt) []string {
	var out []string
	for _, res := range r.Results {
		name, _, _ := strings.Cut(res.User.UserPrincipalName, "@")
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", name, res.Outcome, res.Verification)))
	}
	return out
}

func result(t testing.TB, out *apply.Outcome, name string) receipt.Result {
	t.Helper()
	i := slices.IndexFunc(out.Receipt.Results, func(r receipt.Result) bool { return r.User.ID == id(name) })
	if i < 0 {
		t.Fatalf("no result for %s", name)
	}
	return out.Receipt.Results[i]
}

func TestStraightPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada", "E3"), holder("bob"), holder("cay", "VISIO"), holder("dan", "E5")}
		users[1].UsageLocation = ""
		p := makePlan(t, users, map[string][]string{"ada": {"E5"}, "bob": {"E3"}, "cay": {}, "dan": {"E5"}})
		s := newTenant(t, users, map[string]int{"E3": 5, "E5": 5, "VISIO": 5})
		out := carryOut(t, t.Context(), s, p, nil)
		if diff := cmp.Diff([]string{"ada done verified", "bob done verified", "cay done verified"}, outcomes(&out.Receipt)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		for _, c := range p.Changes {
			if got := s.state(c.User.ID); !got.Equal(c.After) {
				t.Errorf("%s holds %+v, want %+v", c.User.UserPrincipalName, got, c.After)
			}
		}
		for name, want := range map[string]int{"ada": 1, "bob": 2, "cay": 1, "dan": 0} {
			if got := s.writesFor(id(name)); got != want {
				t.Errorf("%s was written %d times, want %d", name, got, want)
			}
		}
		if out.Cause != nil || !out.Sent {
			t.Errorf("cause %v, sent %v", out.Cause, out.Sent)
		}

		again := carryOut(t, t.Context(), s, p, nil)
		if diff := cmp.Diff([]string{"ada already", "bob already", "cay already"}, outcomes(&again.Receipt)); diff != "" || again.Sent {
			t.Errorf("applied twice: sent %v, outcomes (-want +got):\n%s", again.Sent, diff)
		}
	})
}

// TestOneUser runs a change from E3 to E5 and VISIO through everything that
// can happen to it.
func TestOneUser(t *testing.T) {
	fail := func(f *fault, times int) func(*write) *fault {
		return func(w *write) *fault {
			if w.n <= times {
				return f
			}
			return nil
		}
	}
	for _, tc := range []struct {
		name   string
		fault  func(*write) *fault
		adjust func(*tenant)
		want   string // outcome
		reason string
		writes int
		least  time.Duration // the run takes
	}{
		{name: "nothing", want: "done verified", writes: 1},
		{name: "429 with Retry-After", want: "done verified", writes: 2, least: 10 * time.Second,
			fault: fail(&fault{err: &graph.Error{Status: 429, RetryAfter: 10 * time.Second}}, 1)},
		{name: "429 without", want: "done verified", writes: 4, fault: fail(&fault{err: &graph.Error{Status: 429}}, 3)},
		{name: "429 for a long time is no failure", want: "done verified", writes: 21,
			fault: fail(&fault{err: &graph.Error{Status: 429, RetryAfter: time.Second}}, 20)},
		{name: "409", want: "done verified", writes: 3, fault: fail(&fault{err: status(409, "Error due to concurrent requests being made to the tenant.")}, 2)},
		{name: "the 400 spelling of it", want: "done verified", writes: 3,
			fault: fail(&fault{err: status(400, "Error due to concurrent requests being made to the tenant.")}, 2)},
		{name: "409 for ever", want: "failed", reason: "concurrent", writes: 6, fault: fail(&fault{err: status(409, "")}, 99)},
		{name: "500 before the write", want: "done verified", writes: 2, fault: fail(&fault{err: status(500, "")}, 1)},
		{name: "504 after the write", want: "done verified", writes: 1, fault: fail(&fault{err: status(504, ""), after: true}, 1)},
		{name: "connection lost before the write", want: "done verified", writes: 2, fault: fail(&fault{err: lost()}, 1)},
		{name: "connection lost after the write", want: "done verified", writes: 1, fault: fail(&fault{err: lost(), after: true}, 1)},
		{name: "the answer is lost and reads lag", want: "done verified", writes: 1, least: 30 * time.Second,
			fault: fail(&fault{err: lost(), after: true}, 1), adjust: func(s *tenant) { s.lag = 30 * time.Second }},
		{name: "503 for ever", want: "failed", reason: "unavailable", writes: 6, fault: fail(&fault{err: status(503, "")}, 99)},
		{name: "reads lag", want: "done verified", writes: 1, least: 30 * time.Second, adjust: func(s *tenant) { s.lag = 30 * time.Second }},
		{name: "reads lag too long", want: "done unverified", writes: 1, least: 2 * time.Minute, adjust: func(s *tenant) { s.lag = time.Hour }},
		{name: "no seat, all or nothing", want: "refused", reason: "seat-shortage", writes: 1,
			adjust: func(s *tenant) { s.fault = s.sellOut("VISIO") }},
		{name: "no seat, as far as it gets", want: "refused", reason: "seat-shortage", writes: 2,
			adjust: func(s *tenant) { s.fault, s.partial = s.sellOut("VISIO"), true }},
		{name: "a license that is gone by itself", want: "done verified", writes: 2,
			adjust: func(s *tenant) { s.fault = s.strip }},
		{name: "forbidden", want: "refused", reason: "permission", writes: 1, fault: fail(&fault{err: status(403, "Insufficient privileges to complete the operation.")}, 9)},
		{name: "a refusal that nobody knows", want: "refused", reason: "refused", writes: 1, fault: fail(&fault{err: status(400, "Something new.")}, 9)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{holder("ada", "E3")}
				p := makePlan(t, users, map[string][]string{"ada": {"E5", "VISIO"}})
				s := newTenant(t, users, map[string]int{"E3": 1, "E5": 1, "VISIO": 1})
				s.fault = tc.fault
				if tc.adjust != nil {
					tc.adjust(s)
				}
				begun := time.Now()
				out := carryOut(t, t.Context(), s, p, nil)
				res := result(t, out, "ada")
				if got := strings.TrimSpace(fmt.Sprint(res.Outcome, " ", res.Verification)); got != tc.want {
					t.Errorf("outcome %q, want %q: %+v", got, tc.want, res)
				}
				if tc.reason != "" && !slices.Contains(res.Reasons, tc.reason) {
					t.Errorf("reasons %q, want %q", res.Reasons, tc.reason)
				}
				if tc.reason != "" && res.Message == "" {
					t.Error("no message says why")
				}
				if res.Attempts != tc.writes || len(s.writes) != tc.writes {
					t.Errorf("%d writes, %d by the receipt, want %d", len(s.writes), res.Attempts, tc.writes)
				}
				if took := time.Since(begun); took < tc.least {
					t.Errorf("took %s, want at least %s", took, tc.least)
				}
				if now := s.state(id("ada")); res.Outcome == receipt.Done && !now.Equal(p.Changes[0].After) {
					t.Errorf("done, but ada holds %+v", now)
				}
			})
		})
	}
}

func TestOneFailureDoesNotStopTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob"), holder("cay")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E3"}, "cay": {"E3"}})
		s := newTenant(t, users, map[string]int{"E3": 9})
		s.fault = func(w *write) *fault {
			if w.user == id("bob") {
				return &fault{err: status(400, "Something new.")}
			}
			return nil
		}
		out := carryOut(t, t.Context(), s, p, nil)
		if diff := cmp.Diff([]string{"ada done verified", "bob refused", "cay done verified"}, outcomes(&out.Receipt)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func TestStaleUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada"), holder("bob", "E3"), holder("cay")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3"}, "bob": {"E5"}, "cay": {"E3"}})
		changed := []license.UserState{holder("ada"), holder("bob", "VISIO")}
		s := newTenant(t, changed, map[string]int{"E3": 9, "E5": 9})

		var file memory
		o := options(s, &file)
		o.RefuseStale = true
		_, err := apply.Run(t.Context(), p, o)
		stale, ok := errors.AsType[*apply.StaleError](err)
		if !ok || len(stale.Users) != 2 || len(s.writes) != 0 || file.Len() != 0 {
			t.Errorf("refusing stale users: %v, %d writes, receipt of %d bytes", err, len(s.writes), file.Len())
		}

		out := carryOut(t, t.Context(), s, p, nil)
		if diff := cmp.Diff([]string{"ada done verified", "bob stale", "cay stale"}, outcomes(&out.Receipt)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

// TestStaleErrorNamesTheFirst: users before groups, since they are who is asked
// about.
func TestStaleErrorNamesTheFirst(t *testing.T) {
	ada, bob := plan.UserRef{UserPrincipalName: "ada@contoso.com"}, plan.UserRef{UserPrincipalName: "bob@contoso.com"}
	sales, board := plan.Group{DisplayName: "Sales"}, plan.Group{DisplayName: "Board"}
	for want, e := range map[string]*apply.StaleError{
		"1 user changed since the plan was made, the first is ada@contoso.com":  {Users: []plan.UserRef{ada}},
		"2 users changed since the plan was made, the first is bob@contoso.com": {Users: []plan.UserRef{bob, ada}, Groups: []plan.Group{sales}},
		`1 group changed since the plan was made, the first is "Sales"`:         {Groups: []plan.Group{sales}},
		`2 groups changed since the plan was made, the first is "Board"`:        {Groups: []plan.Group{board, sales}},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}

// TestReasons: what the service says by id is said by name, with what this
// user's licenses have to do with it.
func TestReasons(t *testing.T) {
	for _, tc := range []struct{ said, code, want string }{
		{"Subscription with SKU " + id("E5").String() + " does not have any available licenses.", "seat-shortage",
			"no seat is free: Subscription with SKU E5 does not have any available licenses."},
		{"License assignment failed because service plan " + id("VISIO_CHAT").String() + " depends on the service plan(s) " + id("E5_CHAT").String(), "plan-needs-another",
			"a service plan needs another one that is off: VISIO_CHAT of VISIO needs E5_CHAT, which E5 has switched off"},
		{"License assignment failed because service plan " + id("VISIO_CHAT").String() + " depends on the service plan(s) " + id("E3_CHAT").String(), "plan-needs-another",
			"a service plan needs another one that is off: VISIO_CHAT of VISIO needs E3_CHAT, which is on in no license beside it"},
		{"License assignment failed because service plans " + id("VISIO_MAIL").String() + "," + id("E5_MAIL").String() + " are mutually exclusive.", "plans-exclude",
			"two service plans exclude each other: VISIO_MAIL of VISIO and E5_MAIL of E5 exclude each other"},
		{"License assignment cannot be done for user with invalid usage location.", "no-usage-location", "the user has no usage location that the service accepts"},
		{"Something about " + id("E3").String() + " that nobody has seen.", "refused", "the service refused the change: Something about E3 that nobody has seen."},
	} {
		t.Run(tc.code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{holder("ada", "E5")}
				users[0].Assignments[0].DisabledPlans = []license.GUID{id("E5_CHAT")}
				p := makePlan(t, users, map[string][]string{"ada": {"E5", "VISIO"}})
				s := newTenant(t, users, map[string]int{"E5": 1, "VISIO": 1})
				s.fault = func(*write) *fault { return &fault{err: status(400, tc.said)} }
				res := result(t, carryOut(t, t.Context(), s, p, nil), "ada")
				if res.Message != tc.want || !slices.Contains(res.Reasons, tc.code) || res.ServiceMessage != tc.said {
					t.Errorf("%q %q (%q), want %q %q", res.Reasons, res.Message, res.ServiceMessage, tc.code, tc.want)
				}
			})
		})
	}
}

// TestPartIsTold: a service that carries calls out as far as it gets can leave
// a user without a license. The receipt says so, and what they hold.
func TestPartIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada", "E3")}
		p := makePlan(t, users, map[string][]string{"ada": {"E5"}})
		s := newTenant(t, users, map[string]int{"E3": 1, "E5": 1})
		s.fault, s.partial = s.sellOut("E5"), true
		res := result(t, carryOut(t, t.Context(), s, p, nil), "ada")
		if res.Outcome != receipt.Refused || !slices.Contains(res.Reasons, "partly-done") {
			t.Errorf("%s %q", res.Outcome, res.Reasons)
		}
		if res.Left == nil || !res.Left.Equal(s.state(id("ada"))) {
			t.Errorf("left with %+v, and holds %+v", res.Left, s.state(id("ada")))
		}
		const want = "carried out in part: lost E3, holds no managed license of their own now; then: no seat is free"
		if !strings.HasPrefix(res.Message, want) {
			t.Errorf("message %q", res.Message)
		}
	})
}

// TestServiceKnowsBetterThanALaggingRead: a run whose reads lag behind the one
// before takes users for unchanged; the service's refusal says otherwise.
func TestServiceKnowsBetterThanALaggingRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada", "E3")}
		p := makePlan(t, users, map[string][]string{"ada": {"E5"}})
		s := newTenant(t, users, map[string]int{"E3": 1, "E5": 2})
		s.lag = 20 * time.Second
		carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.VerifyTimeout = -1 })
		again := carryOut(t, t.Context(), s, p, nil)
		if diff := cmp.Diff([]string{"ada done verified"}, outcomes(&again.Receipt)); diff != "" {
			t.Errorf("applied again at once (-want +got):\n%s", diff)
		}
	})
}
