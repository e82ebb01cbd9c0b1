package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/plan"
)

// TestRemoves: what is ready and takes something away counts, of users as of groups,
// and each of them alone is enough.
func TestRemoves(t *testing.T) {
	remove, add := []plan.Action{{Op: plan.OpRemove}}, []plan.Action{{Op: plan.OpAdd}}
	user := func(s plan.Status, actions []plan.Action) plan.Plan {
		return plan.Plan{Changes: []plan.Change{{Status: s, Actions: actions}}}
	}
	group := func(s plan.Status, actions []plan.Action) plan.Plan {
		return plan.Plan{GroupChanges: []plan.GroupChange{{Status: s, Actions: actions}}}
	}
	for name, tc := range map[string]struct {
		plan plan.Plan
		want bool
	}{
		"nothing":                  {plan.Plan{}, false},
		"a user loses":             {user(plan.StatusReady, remove), true},
		"a user gets":              {user(plan.StatusReady, add), false},
		"a user would lose":        {user(plan.StatusHeld, remove), false},
		"members of a group lose":  {group(plan.StatusReady, remove), true},
		"members of a group get":   {group(plan.StatusReady, add), false},
		"members of a group would": {group(plan.StatusBlocked, remove), false},
	} {
		if got := tc.plan.Removes(); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// guarded is a plan that two guards stop; a third is approved, a fourth is off.
func guarded() *plan.Plan {
	two := 2
	return &plan.Plan{Guards: []plan.Guard{
		{Name: plan.GuardMaxRemovals, Limit: &two, Actual: 3, Tripped: true},
		{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: "E3", SKUID: id("E3"), Limit: &two, Actual: 3, Tripped: true},
		{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: "E5", Limit: &two, Actual: 2},
		{Name: plan.GuardMaxUsersChanged, Limit: &two, Actual: 3, Tripped: true, ApprovedBy: "reorg"},
		{Name: plan.GuardMaxUsersLosingAll},
	}}
}

// TestGuardsThatAreLetPass: what stops the plan is let pass by its name, and a name
// that stops nothing is told.
func TestGuardsThatAreLetPass(t *testing.T) {
	const removals, perSKU, changed = plan.GuardMaxRemovals, plan.GuardMaxRemovalsPerSKU, plan.GuardMaxUsersChanged
	for _, tc := range []struct {
		names     []plan.GuardName
		approved  []string // by each guard
		applyable bool
		idle      []plan.GuardName
	}{
		{nil, []string{"", "", "", "reorg", ""}, false, nil},
		{[]plan.GuardName{removals}, []string{plan.ByAllow, "", "", "reorg", ""}, false, nil},
		{[]plan.GuardName{removals, perSKU}, []string{plan.ByAllow, plan.ByAllow, "", "reorg", ""}, true, nil},
		{[]plan.GuardName{changed, removals}, []string{plan.ByAllow, "", "", "reorg", ""}, false, []plan.GuardName{changed}},
	} {
		p := guarded()
		got, idle := p.Allowed(tc.names)
		var approved []string
		for _, g := range got.Guards {
			approved = append(approved, g.ApprovedBy)
		}
		if diff := cmp.Diff(tc.approved, approved); diff != "" || got.Applyable != tc.applyable || cmp.Diff(tc.idle, idle) != "" {
			t.Errorf("%v: applyable %v, idle %v (-want +got):\n%s", tc.names, got.Applyable, idle, diff)
		}
		if diff := cmp.Diff(guarded(), p); diff != "" {
			t.Errorf("%v: the plan itself changed:\n%s", tc.names, diff)
		}
	}
	if !guarded().IsApproved() || (&plan.Plan{Guards: guarded().Guards[:3]}).IsApproved() {
		t.Error("a plan is approved where one of its guards is")
	}
}

// TestLimitsThatTightenNothing: a limit does something where a guard has as high a
// one, or a higher.
func TestLimitsThatTightenNothing(t *testing.T) {
	got := guarded().IdleLimits(map[plan.GuardName]int{plan.GuardMaxRemovals: 1, plan.GuardMaxRemovalsPerSKU: 2, plan.GuardMaxUsersChanged: 3, plan.GuardMaxUsersLosingAll: 0})
	if diff := cmp.Diff([]plan.GuardName{plan.GuardMaxUsersLosingAll, plan.GuardMaxUsersChanged}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := guarded().IdleLimits(nil); got != nil {
		t.Errorf("%v, where nobody tightens any", got)
	}
}

// TestProductsOfGuards: a part number that two products have does not tell which.
func TestProductsOfGuards(t *testing.T) {
	guards := guarded().Guards
	if got, want := guards[1].Product()+", "+guards[2].Product()+", "+guards[0].Product(), "E3 ("+id("E3").String()+"), E5, "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestGroupsThatAPolicyNames: both those that it protects and those of accepted drift.
func TestGroupsThatAPolicyNames(t *testing.T) {
	p := plan.Policy{
		ProtectedGroups: []plan.Ref{{Name: "Board"}, {Name: "Legal"}},
		AcceptedDrift:   []plan.AcceptedDrift{{Group: plan.Ref{Name: "Sales"}}, {User: plan.Ref{Name: "ada@contoso.com"}}},
	}
	if diff := cmp.Diff([]string{"Board", "Legal", "Sales"}, p.NamedGroups()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
