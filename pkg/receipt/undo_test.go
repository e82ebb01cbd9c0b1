package receipt_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

func sku(part string) license.SKU {
	id := uuid.NewSHA1(uuid.Nil, []byte(part))
	return license.SKU{
		ID: id, PartNumber: part, AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: 100},
		Plans: []license.ServicePlan{{ID: uuid.NewSHA1(id, []byte("CHAT")), Name: part + "_CHAT"}},
	}
}

func held(s license.SKU, off ...license.ServicePlan) license.Assignment {
	a := license.Assignment{SKUID: s.ID}
	for _, p := range off {
		a.DisabledPlans = append(a.DisabledPlans, p.ID)
	}
	return a
}

func state(name, location string, held ...license.Assignment) license.UserState {
	license.SortAssignments(held)
	return license.UserState{ID: ref(name).ID, UserPrincipalName: name + "@contoso.com", AccountEnabled: true, UsageLocation: location, Assignments: held}
}

// TestUndoRestoresWhatTheRunTouched applies a plan on paper, lets somebody
// else change the tenant, and plans back.
func TestUndoRestoresWhatTheRunTouched(t *testing.T) {
	e3, e5, visio := sku("E3"), sku("E5"), sku("VISIO")
	before := []license.UserState{state("ada", "GB", held(e3, e3.Plans[0])), state("bob", "")}
	want := []plan.DesiredUser{
		{User: plan.Ref{Name: "ada@contoso.com"}, UsageLocation: "DE", ManagesLicenses: true, Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E5"}}}},
		{User: plan.Ref{Name: "bob@contoso.com"}, UsageLocation: "DE", ManagesLicenses: true, Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E3"}}}},
	}
	observed := func(users ...license.UserState) plan.Observed {
		return plan.Observed{SKUs: []license.SKU{e3, e5, visio}, Users: users}
	}
	planFor := func(desired plan.Desired, o plan.Observed) *plan.Plan {
		t.Helper()
		p, err := plan.Make(plan.Input{Desired: desired, Policy: plan.DefaultPolicy(), Observed: o, Now: noon})
		if err != nil || p.HasErrors() {
			t.Fatal(err, p.Findings)
		}
		return p
	}
	first := planFor(plan.Desired{Users: want}, observed(before...))

	rec := &receipt.Receipt{Run: receipt.Run{Scope: first.Scope}}
	for _, c := range first.Changes {
		rec.Intents = append(rec.Intents, receipt.Intent{User: c.User, Actions: c.Actions, Before: c.Before, After: c.After})
	}
	now := observed(
		state("ada", "DE", held(e5), held(visio)), // somebody gave her VISIO since
		state("bob", "DE", held(e3)),
	)
	back := planFor(rec.Undo(now), now)
	got := map[string]plan.State{}
	for _, c := range back.Changes {
		got[c.User.UserPrincipalName] = c.After
	}
	wantStates := map[string]plan.State{
		"ada@contoso.com": plan.StateOf(state("ada", "GB", held(e3, e3.Plans[0]), held(visio)), plan.Scope{}),
		"bob@contoso.com": plan.StateOf(state("bob", "DE"), plan.Scope{}),
	}
	if diff := cmp.Diff(wantStates, got); diff != "" {
		t.Errorf("after undoing (-want +got):\n%s", diff)
	}
}
