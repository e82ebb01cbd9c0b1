package planner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// Whatever the tenant says of an assignment but that it is active and has no
// error, it counts for nothing that somebody could lose by.
func TestOnlyWhatIsInForceCounts(t *testing.T) {
	e5, e3, visio := lic("E5"), direct("E3"), lic("VISIO")
	assign := func(in *planner.Input) { in.Policy.Inherited = plan.InheritedAssign }
	for _, s := range standings()[1:] {
		group, own := as(s[0], s[1], inherited("sales", "E5")), as(s[0], s[1], direct("E5"))
		for _, tc := range []struct {
			name    string
			held    []license.Assignment
			wanted  []plan.DesiredLicense
			spare   int // seats of E5
			adjust  func(*planner.Input)
			changes []string
		}{
			{"a group's is to be assigned directly, in one call with the removal", []license.Assignment{e3, group}, []plan.DesiredLicense{e5}, 1, nil, []string{"ada ready: -E3 +E5"}},
			{"which takes a seat", []license.Assignment{e3, group}, []plan.DesiredLicense{e5}, 0, nil, []string{"ada blocked: -E3 +E5 [seat-shortage]"}},
			{"whatever the policy says of inherited licenses", []license.Assignment{e3, group}, []plan.DesiredLicense{e5}, 0, assign, []string{"ada blocked: -E3 +E5 [seat-shortage]"}},
			{"another group's that is in force is enough", []license.Assignment{e3, group, inherited("board", "E5")}, []plan.DesiredLicense{e5}, 0, nil, []string{"ada ready: -E3"}},
			{"the user's own is no ground for a removal", []license.Assignment{e3, own}, []plan.DesiredLicense{e5}, 1, nil, []string{"ada blocked: -E3 [not-in-force]"}},
			{"nor for switching a plan off", []license.Assignment{e3, own}, []plan.DesiredLicense{e5, licWithout("E3", "E3_CHAT")}, 1, nil, []string{"ada blocked: ~E3!E3_CHAT [not-in-force]"}},
			{"by itself it is a difference", []license.Assignment{own}, []plan.DesiredLicense{e5}, 1, nil, []string{"ada blocked: [not-in-force]"}},
			{"which holds up nothing that is given", []license.Assignment{own}, []plan.DesiredLicense{e5, visio}, 1, nil, []string{"ada ready: +VISIO"}},
			{"its own plans may be on and off, as nobody knows which it gives", []license.Assignment{own}, []plan.DesiredLicense{licWithout("E5", "E5_CHAT")}, 1, nil, []string{"ada blocked: ~E5!E5_CHAT [not-in-force]"}},
			{"a group that gives the same is enough", []license.Assignment{e3, own, inherited("board", "E5")}, []plan.DesiredLicense{e5}, 0, nil, []string{"ada ready: -E3"}},
			{"what is superfluous goes, in force or not", []license.Assignment{e3, own}, []plan.DesiredLicense{lic("E3")}, 0, nil, []string{"ada ready: -E5"}},
			{"what is accepted as it is takes nothing either", []license.Assignment{e3, group}, []plan.DesiredLicense{e5}, 1, acceptE5, []string{"ada blocked: -E3 [not-in-force]"}},
			{"nothing has to be in force for a user without licenses", []license.Assignment{e3, own, group}, nil, 0, nil, []string{"ada ready: -E3 -E5"}},
		} {
			t.Run(strings.Join(s[:], ",")+": "+tc.name, func(t *testing.T) {
				in := world([]plan.DesiredUser{entry("ada", tc.wanted...)}, []license.UserState{user("ada", slices.Clone(tc.held)...)}, sku("E3", 25, 9), sku("E5", 9+tc.spare, 9), sku("VISIO", 9, 0))
				if tc.adjust != nil {
					tc.adjust(&in)
				}
				p := mustMake(t, in)
				if diff := cmp.Diff(tc.changes, lines(p)); diff != "" {
					t.Errorf("changes (-want +got):\n%s", diff)
				}
				if p.HasErrors() {
					t.Errorf("a state of the tenant is an error of the manifests: %v", codes(p))
				}
				if !slices.Contains(codes(p), "warning assignment-error ada") {
					t.Errorf("it is not told: %v", codes(p))
				}
			})
		}
	}
}

func acceptE5(in *planner.Input) {
	in.Policy.AcceptedDrift = []plan.AcceptedDrift{{User: plan.Ref{Name: upn("ada")}, SKU: plan.Ref{Name: "E5"}, Owner: "ops", Reason: "moving", Until: day("2027-01-01")}}
}

// A seat is counted as free only where it certainly comes free.
func TestSeatsOfWhatIsNotInForce(t *testing.T) {
	for _, tc := range []struct {
		held  []license.Assignment
		frees int
	}{
		{[]license.Assignment{direct("E5")}, 1},
		{[]license.Assignment{direct("E5"), inherited("sales", "E5")}, 0},
		{[]license.Assignment{direct("E5"), as("Error", "CountViolation", inherited("sales", "E5"))}, 1},
		{[]license.Assignment{direct("E5"), as("Disabled", "", inherited("sales", "E5"))}, 1},
		{[]license.Assignment{direct("E5"), as("ActiveWithError", "Other", inherited("sales", "E5"))}, 0},
		{[]license.Assignment{as("Error", "CountViolation", direct("E5"))}, 0},
		{[]license.Assignment{as("ActiveWithError", "DependencyViolation", direct("E5"))}, 0},
	} {
		in := world([]plan.DesiredUser{entry("ada")}, []license.UserState{user("ada", tc.held...)}, sku("E5", 9, 9))
		p := mustMake(t, in)
		if got := p.Seats[0].Remove; got != tc.frees || lines(p)[0] != "ada ready: -E5" {
			t.Errorf("%v: %v frees %d seats, want %d", tc.held, lines(p), got, tc.frees)
		}
	}
}

// Who ends with nothing is counted by what is in force before and after.
func TestLosingAllCountsWhatIsInForce(t *testing.T) {
	failing := as("Error", "CountViolation", inherited("sales", "VISIO"))
	for _, tc := range []struct {
		name   string
		held   []license.Assignment
		wanted []plan.DesiredLicense
		losing int
	}{
		{"all that they had", []license.Assignment{direct("E3")}, nil, 1},
		{"what a group gives stays", []license.Assignment{direct("E3"), inherited("sales", "VISIO")}, nil, 0},
		{"what a group does not give is no help", []license.Assignment{direct("E3"), failing}, nil, 1},
		{"of what may be in force nobody knows", []license.Assignment{as("ActiveWithError", "Other", direct("E3"))}, nil, 1},
		{"what gave nothing is no loss", []license.Assignment{as("Error", "Other", direct("E3")), as("Disabled", "", direct("E5"))}, nil, 0},
		{"what is kept and gives nothing is no help", []license.Assignment{direct("E3"), as("Disabled", "", direct("E5"))}, nil, 1},
		{"what comes with the same call", []license.Assignment{direct("E3"), failing}, []plan.DesiredLicense{lic("VISIO")}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world([]plan.DesiredUser{entry("ada", tc.wanted...)}, []license.UserState{user("ada", tc.held...)}, sku("E3", 9, 9), sku("E5", 9, 9), sku("VISIO", 9, 5))
			p := mustMake(t, in)
			i := slices.IndexFunc(p.Guards, func(g plan.Guard) bool { return g.Name == plan.GuardMaxUsersLosingAll })
			if p.Guards[i].Actual != tc.losing || p.Summary.Changed != 1 {
				t.Errorf("%d users lose all, want %d: %v", p.Guards[i].Actual, tc.losing, lines(p))
			}
		})
	}
}

// No ready change of any world takes something from a user while something that
// they are declared to hold is neither in force nor comes with the same call.
func TestNothingGoesBeforeWhatIsDeclaredIsInForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		in.Policy.Reclaim = nil // what a rule takes back is not declared
		p := mustMake2(t, in)
		for _, c := range p.Changes {
			i := slices.IndexFunc(in.Desired.Users, func(e plan.DesiredUser) bool { return e.User.Name == c.User.UserPrincipalName })
			if c.Status != plan.StatusReady || !c.TakesAway() || i < 0 {
				continue
			}
			for _, l := range in.Desired.Users[i].Licenses {
				if sku := id(l.SKU.Name); p.Scope.Manages(sku) && !active(in, c.User.ID, sku) && !slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd && a.SKUID == sku }) {
					t.Fatalf("%s is not in force, and yet %v", l.SKU.Name, lines(p))
				}
			}
		}
	})
}

// active says in the plainest way whether a user has a product.
func active(in planner.Input, user, sku license.GUID) bool {
	for _, u := range in.Observed.Users {
		for _, a := range u.Assignments {
			if u.ID == user && a.SKUID == sku && fmt.Sprint(a.State, a.Error) == "Active" {
				return true
			}
		}
	}
	return false
}

// An explanation says that a group assigns a license, and why that does not
// count.
func TestExplainSaysWhatIsNotInForce(t *testing.T) {
	failing := as("Error", "CountViolation", inherited("sales", "E5"))
	for _, tc := range []struct {
		name    string
		held    license.Assignment
		verdict plan.Verdict
		says    string
	}{
		{"a group's", failing, plan.VerdictBlocked, "the group \"Sales EMEA\" assigns it and it is not in force (Error, CountViolation), so it does not count"},
		{"the user's own", as("Disabled", "", direct("E5")), plan.VerdictFailing, "it is assigned directly and is not in force (Disabled), so it does not count"},
		{"in no state", as("", "", direct("E5")), plan.VerdictFailing, "it is assigned directly and is not in force (no state is told), so it does not count"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world([]plan.DesiredUser{entry("ada", lic("E5"))}, []license.UserState{user("ada", direct("E3"), tc.held)}, sku("E3", 9, 9), sku("E5", 1, 1))
			in.Observed.Groups = map[license.GUID]string{id("sales"): "Sales EMEA"}
			e := mustExplain(t, in, upn("ada"))
			i := slices.IndexFunc(e.Licenses, func(l plan.ExplainedLicense) bool { return l.SKUPartNumber == "E5" })
			l := e.Licenses[i]
			if l.Verdict != tc.verdict || l.Paths[0].InForce {
				t.Errorf("the verdict is %s, want %s: %+v", l.Verdict, tc.verdict, l.Paths)
			}
			if !slices.ContainsFunc(l.Reasons, func(r plan.Reason) bool { return r.Message == tc.says }) {
				t.Errorf("it does not say %q: %v", tc.says, l.Reasons)
			}
		})
	}
}
