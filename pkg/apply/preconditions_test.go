package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// fromGroup gives a user a license through a group.
func fromGroup(u license.UserState, group, part string) license.UserState {
	u.Assignments = append(slices.Clone(u.Assignments), license.Assignment{SKUID: id(part), Group: id(group), State: "Active"})
	license.SortAssignments(u.Assignments)
	return u
}

// edit changes the assignments of a user by a group.
func edit(u *license.UserState, group string, how func(*license.Assignment)) {
	for i := range u.Assignments {
		if u.Assignments[i].Group == id(group) {
			how(&u.Assignments[i])
		}
	}
}

// TestWhatARemovalRestsOnIsReadAgain changes the tenant between plan and apply:
// what a removal rests on has to be so still.
func TestWhatARemovalRestsOnIsReadAgain(t *testing.T) {
	in := func(state, err string) func(*license.UserState) {
		return func(u *license.UserState) {
			edit(u, "sales", func(a *license.Assignment) { a.State, a.Error = state, err })
		}
	}
	for _, tc := range []struct {
		name    string
		change  func(*license.UserState)
		outcome receipt.Outcome
		says    string
	}{
		{"nothing", func(*license.UserState) {}, receipt.Done, ""},
		{"who left the group", func(u *license.UserState) {
			u.Assignments = slices.DeleteFunc(u.Assignments, func(a license.Assignment) bool { return !a.Direct() })
		}, receipt.Stale, "E5, from group " + id("sales").String() + ", is gone, which the plan counts on"},
		{"no seat for the group", in("Error", "CountViolation"), receipt.Stale, "is not in force (Error, CountViolation)"},
		{"an error beside the state", in("Active", "Other"), receipt.Stale, "is not in force (Active, Other)"},
		{"half in force", in("ActiveWithError", "DependencyViolation"), receipt.Stale, "is not in force"},
		{"switched off", in("Disabled", ""), receipt.Stale, "is not in force (Disabled)"},
		{"a word of tomorrow", in("Waiting", ""), receipt.Stale, "is not in force (Waiting)"},
		{"no state", in("", ""), receipt.Stale, "is not in force (no state is told)"},
		{"other service plans", func(u *license.UserState) {
			edit(u, "sales", func(a *license.Assignment) { a.DisabledPlans = []license.GUID{id("E5_MAIL")} })
		}, receipt.Stale, "has other service plans now"},
		{"another name", func(u *license.UserState) { u.UserPrincipalName = "eve@contoso.com" }, receipt.Stale, "the plan calls this user ada@contoso.com"},
		{"a name in another case", func(u *license.UserState) { u.UserPrincipalName = "Ada@Contoso.com" }, receipt.Done, ""},
		{"lists that disagree", func(u *license.UserState) { u.Unexplained = []license.GUID{id("VISIO")} }, receipt.Stale, "the tenant does not say clearly whether the user holds VISIO"},
		{"another group that gives the same as well", func(u *license.UserState) { *u = fromGroup(*u, "board", "E5") }, receipt.Done, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{fromGroup(holder("ada", "E3"), "sales", "E5"), holder("ben")}
				p := makePlan(t, users, map[string][]string{"ada": {"E5"}, "ben": {"VISIO"}})
				s := newTenant(t, users, map[string]int{"E3": 9, "E5": 9, "VISIO": 9})
				tc.change(s.users[id("ada")])
				out := carryOut(t, t.Context(), s, p, nil)
				res := resultOf(t, out, id("ada"))
				if res.Outcome != tc.outcome || !strings.Contains(res.Message, tc.says) {
					t.Errorf("%s: %q, want %s with %q", res.Outcome, res.Message, tc.outcome, tc.says)
				}
				if tc.outcome == receipt.Stale && s.writesFor(id("ada")) > 0 {
					t.Error("something was written")
				}
				if ben := result(t, out, "ben"); ben.Outcome != receipt.Done {
					t.Errorf("who only gets something is %s: %s", ben.Outcome, ben.Message)
				}
			})
		})
	}
}

// resultOf is the result of a user, whatever they are called.
func resultOf(t testing.TB, out *apply.Outcome, user license.GUID) receipt.Result {
	t.Helper()
	i := slices.IndexFunc(out.Receipt.Results, func(r receipt.Result) bool { return r.User.ID == user })
	if i < 0 {
		t.Fatalf("no result of %s", user)
	}
	return out.Receipt.Results[i]
}

var sales = plan.Query{Group: "Sales"}

func salesOf(names ...string) plan.Answer {
	out := plan.Answer{Groups: []plan.Group{{ID: id("sales"), DisplayName: "Sales"}}}
	for _, name := range names {
		out.Users = append(out.Users, id(name))
	}
	out.Users = license.SortedGUIDs(out.Users)
	return out
}

// selecting plans E5 for the members of a group, in place of E3, and takes
// everything from those whom nobody lists: ada is a member, ben is not, and cy
// has an entry of her own.
func selecting(t testing.TB) (*plan.Plan, *tenant) {
	t.Helper()
	users := []license.UserState{holder("ada", "E3"), holder("ben", "E3"), holder("cy", "E3")}
	slices.SortFunc(users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	want := plan.DesiredUser{User: plan.Ref{Source: plan.Source{File: "users.yaml", Line: 1}}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E5"}}}}
	own := want
	own.User.Name = "cy@contoso.com"
	var skus []license.SKU
	for _, part := range allSKUs {
		skus = append(skus, license.SKU{ID: id(part), PartNumber: part, AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: 9}})
	}
	policy := plan.DefaultPolicy()
	policy.UnlistedUsers = plan.UnlistedRemove
	p, err := planner.Make(planner.Input{
		Desired: plan.Desired{Users: []plan.DesiredUser{own}, Selections: []plan.Selection{{Name: sales.String(), Query: sales, Entry: want}}},
		Policy:  policy,
		Observed: plan.Observed{
			Users: users, SKUs: skus, Tenant: plan.Tenant{ID: id("tenant")}, Whole: true, Answers: map[plan.Query]plan.Answer{sales: salesOf("ada")},
		},
	})
	if err != nil || p.Summary.Changed != 3 {
		t.Fatalf("%v, %+v", err, p)
	}
	s := newTenant(t, users, map[string]int{"E3": 9, "E5": 9})
	s.answers = map[plan.Query]plan.Answer{sales: salesOf("ada")}
	return p, s
}

func TestWhoIsSelectedIsAskedAgain(t *testing.T) {
	for _, tc := range []struct {
		name     string
		answer   plan.Answer
		ada, ben receipt.Outcome
		says     string
	}{
		{"nothing has changed", salesOf("ada"), receipt.Done, receipt.Done, ""},
		{"somebody left", salesOf("zoe"), receipt.Stale, receipt.Done, `group "Sales" does not select the user any more`},
		{"somebody joined", salesOf("ada", "ben"), receipt.Done, receipt.Stale, `group "Sales" selects the user now`},
		{"the group is gone", plan.Answer{}, receipt.Stale, receipt.Stale, `whom group "Sales" selects cannot be told any more`},
		{"two have the name", plan.Answer{Groups: make([]plan.Group, 2)}, receipt.Stale, receipt.Stale, "cannot be told any more"},
		{"it is refused", plan.Answer{Groups: make([]plan.Group, 1), Refused: "no", Users: salesOf("ada").Users}, receipt.Stale, receipt.Stale, "cannot be told any more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, s := selecting(t)
				s.answers[sales] = tc.answer
				out := carryOut(t, t.Context(), s, p, nil)
				ada, ben, cy := result(t, out, "ada"), result(t, out, "ben"), result(t, out, "cy")
				if ada.Outcome != tc.ada || ben.Outcome != tc.ben || cy.Outcome != receipt.Done {
					t.Errorf("ada is %s, ben %s, cy %s: %s %s", ada.Outcome, ben.Outcome, cy.Outcome, ada.Message, ben.Message)
				}
				if !strings.Contains(ada.Message+ben.Message, tc.says) {
					t.Errorf("%q does not say %q", ada.Message+ben.Message, tc.says)
				}
				if s.asked[sales] != 1 {
					t.Errorf("asked %d times", s.asked[sales])
				}
			})
		})
	}
}

// TestServicePlansThatGoOffAreTakenAway: to turn a service plan off is to take
// something away, so it is asked again who is selected; to turn one on is not.
func TestServicePlansThatGoOffAreTakenAway(t *testing.T) {
	sku := license.SKU{ID: id("E3"), PartNumber: "E3", AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: 9, Consumed: 1}, Plans: []license.ServicePlan{
		{ID: id("E3_CHAT"), Name: "E3_CHAT", AppliesTo: license.AppliesToUser}, {ID: id("E3_MAIL"), Name: "E3_MAIL", AppliesTo: license.AppliesToUser},
	}}
	for _, tc := range []struct {
		name      string
		off, want []string // service plans before and after
		outcome   receipt.Outcome
		asked     int
	}{
		{"one goes off", nil, []string{"E3_CHAT"}, receipt.Stale, 1},
		{"one more goes off", []string{"E3_MAIL"}, []string{"E3_CHAT", "E3_MAIL"}, receipt.Stale, 1},
		{"one goes off for another", []string{"E3_MAIL"}, []string{"E3_CHAT"}, receipt.Stale, 1},
		{"one goes on", []string{"E3_CHAT", "E3_MAIL"}, []string{"E3_MAIL"}, receipt.Done, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ada := holder("ada", "E3")
				for _, name := range tc.off {
					ada.Assignments[0].DisabledPlans = license.SortedGUIDs(append(ada.Assignments[0].DisabledPlans, id(name)))
				}
				choice := plan.PlanChoice{Mode: plan.PlansDisabled}
				for _, name := range tc.want {
					choice.Plans = append(choice.Plans, plan.Ref{Name: name})
				}
				want := plan.DesiredUser{User: plan.Ref{Source: plan.Source{File: "users.yaml", Line: 1}}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E3"}, Plans: choice}}}
				p, err := planner.Make(planner.Input{
					Desired: plan.Desired{Selections: []plan.Selection{{Name: sales.String(), Query: sales, Entry: want}}},
					Policy:  plan.DefaultPolicy(),
					Observed: plan.Observed{
						Users: []license.UserState{ada}, SKUs: []license.SKU{sku}, Tenant: plan.Tenant{ID: id("tenant")}, Whole: true, Answers: map[plan.Query]plan.Answer{sales: salesOf("ada")},
					},
				})
				if err != nil || p.Summary.Changed != 1 {
					t.Fatalf("%v, %+v", err, p)
				}
				s := newTenant(t, []license.UserState{ada}, map[string]int{"E3": 9})
				s.answers = map[plan.Query]plan.Answer{sales: salesOf("zoe")} // ada left
				if res := result(t, carryOut(t, t.Context(), s, p, nil), "ada"); res.Outcome != tc.outcome || s.asked[sales] != tc.asked {
					t.Errorf("%s, asked %d times: %s", res.Outcome, s.asked[sales], res.Message)
				}
			})
		})
	}
}

// Where it cannot be asked who is selected, nothing is written.
func TestNothingIsWrittenWhereSelectionsCannotBeAsked(t *testing.T) {
	p, s := selecting(t)
	s.answers = nil
	if _, err := apply.Run(t.Context(), p, options(s, &memory{})); err == nil || len(s.writes) > 0 {
		t.Errorf("%v, and %d writes", err, len(s.writes))
	}
}

// A plan in which nothing is taken away costs no more than one look.
func TestAdditionsAskNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada", "E3")}
		p := makePlan(t, users, map[string][]string{"ada": {"E3", "E5"}})
		s := newTenant(t, users, map[string]int{"E3": 9, "E5": 9})
		if p.Changes[0].Preconditions != nil {
			t.Errorf("an addition rests on %+v", p.Changes[0].Preconditions)
		}
		carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.VerifyTimeout = -1 })
		if s.reads != 1 || len(s.asked) != 0 {
			t.Errorf("%d reads, asked %v", s.reads, s.asked)
		}
	})
}

// A plan of a version that did not write down what its removals rest on takes
// nothing away; what it only gives is carried out.
func TestPlanThatDoesNotSayWhatItRestsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada", "E3"), holder("ben")}
		p := makePlan(t, users, map[string][]string{"ada": {"E5"}, "ben": {"E5"}})
		for i := range p.Changes {
			p.Changes[i].Preconditions = nil
		}
		s := newTenant(t, users, map[string]int{"E3": 9, "E5": 9})
		out := carryOut(t, t.Context(), s, p, nil)
		if ada := result(t, out, "ada"); ada.Outcome != receipt.Stale || !strings.Contains(ada.Message, "another version made it") {
			t.Errorf("%s: %s", ada.Outcome, ada.Message)
		}
		if ben := result(t, out, "ben"); ben.Outcome != receipt.Done {
			t.Errorf("%s: %s", ben.Outcome, ben.Message)
		}
	})
}

// Whoever waits long for their turn is looked at again just before the write.
func TestLongWaitIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{fromGroup(holder("ada", "E3"), "sales", "E5"), fromGroup(holder("ben", "E3"), "sales", "E5"), holder("cy")}
		p := makePlan(t, users, map[string][]string{"ada": {"E5"}, "ben": {"E5"}, "cy": {"VISIO"}})
		s := newTenant(t, users, map[string]int{"E3": 9, "E5": 9, "VISIO": 9})
		s.latency = 10 * time.Minute
		s.fault = func(w *write) *fault { // while the first is under way, all leave the group
			for _, u := range s.users {
				u.Assignments = slices.DeleteFunc(u.Assignments, func(a license.Assignment) bool { return !a.Direct() && u.ID != w.user })
			}
			return nil
		}
		out := carryOut(t, t.Context(), s, p, func(o *apply.Options) { o.Parallelism, o.VerifyTimeout = 1, -1 })
		stale := 0
		for _, res := range out.Receipt.Results {
			if res.Outcome == receipt.Stale {
				stale++
			}
		}
		if stale == 0 || len(s.writes)+stale != 3 {
			t.Errorf("%v after %d writes", outcomes(&out.Receipt), len(s.writes))
		}
	})
}

// What does not show as planned is not verified, and it is said what shows.
func TestNotVerifiedWhatIsNotInForceOrNotExplained(t *testing.T) {
	for _, tc := range []struct {
		name   string
		adjust func(*tenant)
		says   string
	}{
		{"a license that came and is not in force", func(s *tenant) { s.failing = true }, "E5 is assigned and not in force (Error, Other)"},
		{"a license that one of the lists still has", func(s *tenant) { s.lists = true }, "the tenant does not say clearly whether the user holds E3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := []license.UserState{holder("ada", "E3")}
				p := makePlan(t, users, map[string][]string{"ada": {"E5"}})
				s := newTenant(t, users, map[string]int{"E3": 9, "E5": 9})
				tc.adjust(s)
				ada := result(t, carryOut(t, t.Context(), s, p, nil), "ada")
				if ada.Outcome != receipt.Done || ada.Verification != receipt.Unverified || !strings.Contains(ada.VerificationMessage, tc.says) {
					t.Errorf("%s, %s: %q", ada.Outcome, ada.Verification, ada.VerificationMessage)
				}
				// Applied again it is not "already" either.
				again := result(t, carryOut(t, t.Context(), s, p, nil), "ada")
				if again.Outcome != receipt.Stale || !strings.Contains(again.Message, tc.says) {
					t.Errorf("applied again: %s, %q", again.Outcome, again.Message)
				}
			})
		})
	}
}

// A run that was cut short is not gone on with where what came of it is not in
// force: the rest would be taken for it.
func TestHalfASwapWaitsForWhatCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []license.UserState{holder("ada", "E3")}
		p := makePlan(t, users, map[string][]string{"ada": {"E5"}})
		s := newTenant(t, users, map[string]int{"E3": 9, "E5": 9})
		s.failing = true
		if err := s.assign(s.users[id("ada")], addition("E5")); err != nil {
			t.Fatal(err)
		}
		ada := result(t, carryOut(t, context.Background(), s, p, nil), "ada")
		if ada.Outcome != receipt.Stale || len(s.writes) > 0 {
			t.Errorf("%s after %d writes: %s", ada.Outcome, len(s.writes), ada.Message)
		}
	})
}

func addition(part string) graph.LicenseChange {
	return graph.LicenseChange{Add: []graph.AssignedLicense{{SKUID: id(part)}}}
}
