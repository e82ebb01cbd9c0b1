package planner_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// leavers is a world in which n of the users lose their only license, and the
// others keep it.
func leavers(n, users int) planner.Input {
	var entries []plan.DesiredUser
	var states []license.UserState
	for i := range users {
		name := fmt.Sprintf("user%03d", i)
		states = append(states, user(name, direct("E3")))
		if i < n {
			entries = append(entries, entry(name))
		} else {
			entries = append(entries, entry(name, lic("E3")))
		}
	}
	in := world(entries, states, sku("E3", users, users), sku("E5", users, 0))
	in.Policy.Guards = plan.DefaultPolicy().Guards
	return in
}

func guardLines(p *plan.Plan) []string {
	var out []string
	for _, g := range p.Guards {
		limit := "off"
		if g.Limit != nil {
			limit = fmt.Sprint(*g.Limit)
		}
		line := fmt.Sprintf("%s %d of %s", g.Name+plan.GuardName(g.SKUPartNumber), g.Actual, limit)
		if g.Tripped {
			line += " tripped"
		}
		if g.ApprovedBy != "" {
			line += ", approved by " + g.ApprovedBy
		}
		out = append(out, line)
	}
	return out
}

// A limit that is to tighten a guard does something where it is below the
// guard's own, or the same.
func TestIdleLimits(t *testing.T) {
	for _, tc := range []struct {
		name    string
		tighten map[plan.GuardName]int
		idle    []plan.GuardName
	}{
		{"none", nil, nil},
		{"lower", map[plan.GuardName]int{plan.GuardMaxRemovals: 9, plan.GuardMaxUsersChanged: 0}, nil},
		{"the same", map[plan.GuardName]int{plan.GuardMaxRemovals: 10}, nil},
		{"higher", map[plan.GuardName]int{plan.GuardMaxUsersChanged: 26, plan.GuardMaxRemovals: 11, plan.GuardMaxUsersLosingAll: 1},
			[]plan.GuardName{plan.GuardMaxRemovals, plan.GuardMaxUsersChanged}},
		{"higher than for each product", map[plan.GuardName]int{plan.GuardMaxRemovalsPerSKU: 6}, []plan.GuardName{plan.GuardMaxRemovalsPerSKU}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := leavers(2, 20)
			in.Options.Tighten = tc.tighten
			if diff := cmp.Diff(tc.idle, mustMake(t, in).IdleLimits(tc.tighten)); diff != "" {
				t.Errorf("idle limits (-want +got):\n%s", diff)
			}
		})
	}
	in := leavers(2, 20)
	in.Policy.Guards.MaxRemovals = plan.Limit{Off: true}
	in.Options.Tighten = map[plan.GuardName]int{plan.GuardMaxRemovals: 500}
	if idle := mustMake(t, in).IdleLimits(in.Options.Tighten); idle != nil {
		t.Errorf("%v tightens a guard that is off, and is said to do nothing", idle)
	}
}

func TestGuards(t *testing.T) {
	for _, tc := range []struct {
		name      string
		in        planner.Input
		adjust    func(*planner.Input)
		guards    []string
		applyable bool
	}{
		{
			name: "within the counts", in: leavers(2, 20), applyable: true,
			guards: []string{"maxRemovals 2 of 10", "maxRemovalsPerSkuE3 2 of 5", "maxUsersLosingAll 2 of 2", "maxUsersChanged 2 of 25"},
		},
		{
			name: "one more than the count", in: leavers(3, 20),
			guards: []string{"maxRemovals 3 of 10", "maxRemovalsPerSkuE3 3 of 5", "maxUsersLosingAll 3 of 2 tripped", "maxUsersChanged 3 of 25"},
		},
		{
			name: "the percentage counts where it is larger", in: leavers(6, 600), applyable: true,
			guards: []string{"maxRemovals 6 of 30", "maxRemovalsPerSkuE3 6 of 60", "maxUsersLosingAll 6 of 6", "maxUsersChanged 6 of 300"},
		},
		{
			name: "zero means none", in: leavers(1, 20),
			adjust: func(in *planner.Input) { in.Policy.Guards.MaxRemovals = plan.Limit{} },
			guards: []string{"maxRemovals 1 of 0 tripped", "maxRemovalsPerSkuE3 1 of 5", "maxUsersLosingAll 1 of 2", "maxUsersChanged 1 of 25"},
		},
		{
			name: "off is off", in: leavers(20, 20), applyable: true,
			adjust: func(in *planner.Input) {
				off := plan.Limit{Off: true}
				in.Policy.Guards = plan.Guards{MaxRemovals: off, MaxRemovalsPerSKU: off, MaxUsersLosingAll: off, MaxUsersChanged: off}
			},
			guards: []string{"maxRemovals 20 of off", "maxRemovalsPerSkuE3 20 of off", "maxUsersLosingAll 20 of off", "maxUsersChanged 20 of off"},
		},
		{
			name: "a flag tightens and does not loosen", in: leavers(2, 20),
			adjust: func(in *planner.Input) {
				in.Options.Tighten = map[plan.GuardName]int{plan.GuardMaxRemovals: 1, plan.GuardMaxUsersChanged: 1000}
			},
			guards: []string{"maxRemovals 2 of 1 tripped", "maxRemovalsPerSkuE3 2 of 5", "maxUsersLosingAll 2 of 2", "maxUsersChanged 2 of 25"},
		},
		{
			name: "a swap loses nobody everything", in: leavers(0, 4), applyable: true,
			adjust: func(in *planner.Input) { in.Desired.Users[0].Licenses = []plan.DesiredLicense{lic("E5")} },
			guards: []string{"maxRemovals 1 of 3", "maxRemovalsPerSkuE3 1 of 3", "maxUsersLosingAll 0 of 2", "maxUsersChanged 1 of 25"},
		},
		{
			name: "switching a service plan off counts as a removal, switching one on does not", in: leavers(0, 4), applyable: true,
			adjust: func(in *planner.Input) {
				in.Desired.Users[0].Licenses = []plan.DesiredLicense{licWithout("E3", "E3_CHAT")}
				in.Desired.Users[1].Licenses = []plan.DesiredLicense{licWithout("E3")}
				for i := range in.Observed.Users {
					if in.Observed.Users[i].ID == id("user001") {
						in.Observed.Users[i] = user("user001", direct("E3", "E3_CHAT"))
					}
				}
			},
			guards: []string{"maxRemovals 1 of 2", "maxRemovalsPerSkuE3 1 of 2", "maxUsersLosingAll 0 of 2", "maxUsersChanged 2 of 25"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.adjust != nil {
				tc.adjust(&tc.in)
			}
			p := mustMake(t, tc.in)
			if diff := cmp.Diff(tc.guards, guardLines(p)); diff != "" {
				t.Errorf("guards (-want +got):\n%s", diff)
			}
			if p.Applyable != tc.applyable {
				t.Errorf("applyable is %v", p.Applyable)
			}
			if len(p.Changes) == 0 && tc.in.Desired.Users[0].Licenses == nil {
				t.Error("the guard hid the changes")
			}
		})
	}
}

func TestApprovalIsForOneGuardAndOnePlan(t *testing.T) {
	in := leavers(12, 20)
	first := mustMake(t, in)
	in.Desired.Approvals = []plan.Approval{{Name: "reorg", PlanID: first.PlanID, Guards: []plan.GuardName{plan.GuardMaxRemovals, plan.GuardMaxRemovalsPerSKU}}}
	second := mustMake(t, in)
	want := []string{
		"maxRemovals 12 of 10 tripped, approved by reorg", "maxRemovalsPerSkuE3 12 of 5 tripped, approved by reorg",
		"maxUsersLosingAll 12 of 2 tripped", "maxUsersChanged 12 of 25",
	}
	if diff := cmp.Diff(want, guardLines(second)); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
	if second.PlanID != first.PlanID || second.Applyable {
		t.Errorf("plan id %s, then %s; applyable %v", first.PlanID, second.PlanID, second.Applyable)
	}
	if allowed, idle := second.Allowed([]plan.GuardName{plan.GuardMaxUsersLosingAll}); len(idle) != 0 || !allowed.Applyable {
		t.Errorf("allowed: idle %v, applyable %v", idle, allowed.Applyable)
	}
	if second.Applyable {
		t.Error("the plan that was there before has changed")
	}
	if _, idle := second.Allowed([]plan.GuardName{plan.GuardMaxUsersChanged}); len(idle) != 1 {
		t.Error("a guard that does not trip was allowed without a word")
	}

	in.Desired.Users[12].Licenses = nil
	if third := mustMake(t, in); third.PlanID == first.PlanID || guardLines(third)[0] != "maxRemovals 13 of 10 tripped" {
		t.Errorf("the approval outlives its plan: %v", guardLines(third))
	}
}

// smallTenant is a tenant of so many users under the default guards. Each of
// them holds E3 and a free product beside it, and keeps both.
func smallTenant(users int) planner.Input {
	in := leavers(0, users)
	for i := range in.Observed.Users {
		u := &in.Observed.Users[i]
		u.Assignments = []license.Assignment{direct("E3"), direct("FREE")}
		license.SortAssignments(u.Assignments)
	}
	for i := range in.Desired.Users {
		in.Desired.Users[i].Licenses = []plan.DesiredLicense{lic("E3"), lic("FREE")}
	}
	in.Observed.SKUs = append(in.Observed.SKUs, sku("FREE", 10_000, users))
	return in
}

// declare makes the first n entries ask for these products.
func declare(in planner.Input, n int, parts ...string) planner.Input {
	for i := range n {
		in.Desired.Users[i].Licenses = nil
		for _, part := range parts {
			in.Desired.Users[i].Licenses = append(in.Desired.Users[i].Licenses, lic(part))
		}
	}
	return in
}

// Under the default guards nobody empties a small tenant in silence, and its
// ordinary days need no approval.
func TestDefaultGuardsOfSmallTenants(t *testing.T) {
	for users := 2; users <= 50; users++ {
		fine := map[string]planner.Input{
			"one leaver":               declare(smallTenant(users), 1),
			"one swap":                 declare(smallTenant(users), 1, "E5", "FREE"),
			"a swap of a few":          declare(smallTenant(users), min(users, 5), "E5", "FREE"),
			"a product for everybody":  declare(smallTenant(users), min(users, 25), "E3", "FREE", "E5"),
			"one leaver and one swap":  declare(declare(smallTenant(users), 2, "E5", "FREE"), 1),
			"the free product for one": declare(smallTenant(users), 1, "E3"),
			"one loses a paid product": declare(smallTenant(users), 1, "FREE"),
			"a swap by the free one":   declare(smallTenant(users), 1, "E5"),
			"nobody":                   smallTenant(users),
		}
		for name, in := range fine {
			if p := mustMake(t, in); !p.Applyable {
				t.Errorf("%s of %d users trips: %v", name, users, guardLines(p))
			}
		}
		wrong := map[string]planner.Input{
			"all lose E3":           declare(smallTenant(users), users, "FREE"),
			"all lose everything":   declare(smallTenant(users), users),
			"all lose the free one": declare(smallTenant(users), users, "E3"),
			"most lose E3":          declare(smallTenant(users), users/2+1, "FREE"),
			"most lose everything":  declare(smallTenant(users), users/2+1),
			"all but one lose E3":   declare(smallTenant(users), max(2, users-1), "FREE"),
		}
		off := smallTenant(users)
		for i := range off.Desired.Users {
			off.Desired.Users[i].Licenses = []plan.DesiredLicense{licWithout("E3", "E3_MAIL"), lic("FREE")}
		}
		wrong["all lose a service"] = off
		for name, in := range wrong {
			if p := mustMake(t, in); p.Applyable {
				t.Errorf("%s of %d users passes: %v", name, users, guardLines(p))
			}
		}
	}
}

// A limit that a policy writes down holds for any number of users.
func TestWrittenLimitsAreNotBounded(t *testing.T) {
	in := declare(smallTenant(5), 5, "FREE")
	in.Policy.Guards = plan.Guards{
		MaxRemovals: plan.Limit{Count: 10, Percent: 5}, MaxRemovalsPerSKU: plan.Limit{Count: 5, Percent: 10},
		MaxUsersLosingAll: plan.Limit{Count: 2, Percent: 1}, MaxUsersChanged: plan.Limit{Count: 25, Percent: 50},
	}
	if p := mustMake(t, in); !p.Applyable {
		t.Errorf("the limits are not those of the policy: %v", guardLines(p))
	}
}

// A plan that is narrowed says that its guards do not see the rest, and what
// they would make of it.
func TestNarrowedPlansSayWhatGuardsDoNotSee(t *testing.T) {
	said := func(in planner.Input) string {
		for _, f := range mustMake(t, in).Findings {
			if f.Code == plan.CodeGuardsNarrowed {
				return string(f.Severity) + " " + f.Message
			}
		}
		return ""
	}
	narrowed := func(in planner.Input, user string) planner.Input {
		in.Options.Users = []string{upn(user)}
		return in
	}
	const alone = "the guards count this plan alone: neither what --user, --sku or --cause leave out, nor what earlier runs have taken away"
	for _, tc := range []struct {
		name string
		in   planner.Input
		want string
	}{
		{"the whole plan", leavers(3, 20), ""},
		{"one of three", narrowed(leavers(3, 20), "user000"), "warning " + alone + "; together with what is left out it would be maxUsersLosingAll: 3 of 2 allowed"},
		{"one of two", narrowed(leavers(2, 20), "user000"), "info " + alone},
		{"all there is", narrowed(leavers(1, 20), "user000"), ""},
		{"nothing taken away", narrowed(declare(leavers(2, 20), 1, "E3", "E5"), "user000"), ""},
	} {
		if got := said(tc.in); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
