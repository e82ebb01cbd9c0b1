package receipt_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

func sku(part string) license.SKU {
	id := uuid.NewSHA1(uuid.Nil, []byte(part))
	return license.SKU{
		ID: id, PartNumber: part, AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: 100},
		Plans: []license.ServicePlan{{ID: uuid.NewSHA1(id, []byte("CHAT")), Name: part + "_CHAT"}},
	}
}

func stateLicense(s license.SKU, off ...license.ServicePlan) license.Assignment {
	a := license.Assignment{SKUID: s.ID, State: "Active"}
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
	before := []license.UserState{state("ada", "GB", stateLicense(e3, e3.Plans[0])), state("bob", "")}
	want := []plan.DesiredUser{
		{User: plan.Ref{Name: "ada@contoso.com"}, UsageLocation: "DE", ManagesLicenses: true, Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E5"}}}},
		{User: plan.Ref{Name: "bob@contoso.com"}, UsageLocation: "DE", ManagesLicenses: true, Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E3"}}}},
	}
	observed := func(users ...license.UserState) plan.Observed {
		return plan.Observed{SKUs: []license.SKU{e3, e5, visio}, Users: users}
	}
	planFor := func(desired plan.Desired, o plan.Observed) *plan.Plan {
		t.Helper()
		p, err := planner.Make(planner.Input{Desired: desired, Policy: plan.DefaultPolicy(), Observed: o, Now: noon})
		if err != nil || p.HasErrors() {
			t.Fatal(err, p.Findings)
		}
		return p
	}
	first := planFor(plan.Desired{Users: want}, observed(before...))

	rec := &receipt.Receipt{Run: receipt.Run{Scope: first.Scope}}
	for _, c := range first.Changes {
		rec.Intents = append(rec.Intents, receipt.Intent{User: c.User, Actions: c.Actions, Before: c.Before, After: c.After})
		rec.Results = append(rec.Results, receipt.Result{User: c.User, Outcome: receipt.Done})
	}
	now := observed(
		state("ada", "DE", stateLicense(e5), stateLicense(visio)), // somebody gave her VISIO since
		state("bob", "DE", stateLicense(e3)),
	)
	back := planFor(rec.Undo(now), now)
	got := map[string]plan.State{}
	for _, c := range back.Changes {
		got[c.User.UserPrincipalName] = c.After
	}
	wantStates := map[string]plan.State{
		"ada@contoso.com": plan.StateOf(state("ada", "GB", stateLicense(e3, e3.Plans[0]), stateLicense(visio)), plan.Scope{}),
		"bob@contoso.com": plan.StateOf(state("bob", "DE"), plan.Scope{}),
	}
	if diff := cmp.Diff(wantStates, got); diff != "" {
		t.Errorf("after undoing (-want +got):\n%s", diff)
	}
}

// TestUndoTakesBackWhatIsKnownToBeDone lets ada, who has E3, be changed to E5 and
// VISIO, ends that in every way, and looks at what is taken back from whom.
func TestUndoTakesBackWhatIsKnownToBeDone(t *testing.T) {
	e3, e5, visio := sku("E3"), sku("E5"), sku("VISIO")
	observed := func(users ...license.UserState) plan.Observed {
		return plan.Observed{SKUs: []license.SKU{e3, e5, visio}, Users: users}
	}
	make := func(desired plan.Desired, o plan.Observed) *plan.Plan {
		p, err := planner.Make(planner.Input{Desired: desired, Policy: plan.DefaultPolicy(), Observed: o, Now: noon})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	holds := func(held ...license.Assignment) license.UserState { return state("ada", "DE", held...) }
	left := func(held ...license.Assignment) *plan.State {
		st := plan.StateOf(holds(held...), plan.Scope{})
		return &st
	}
	want := plan.Desired{Users: []plan.DesiredUser{{
		User: plan.Ref{Name: "ada@contoso.com"}, ManagesLicenses: true,
		Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E5"}}, {SKU: plan.Ref{Name: "VISIO"}}},
	}}}
	first := make(want, observed(holds(stateLicense(e3)))).Changes[0]
	const unseen = "done and unverified"
	for _, tc := range []struct {
		name    string
		outcome receipt.Outcome
		found   *plan.State // when the run began; nil: E3
		left    *plan.State // after it, where it ended half-way
		now     license.UserState
		want    *plan.State // after the undo; nil: no change
		told    bool        // a finding says that not everything is taken back
	}{
		{"done", receipt.Done, nil, nil, holds(stateLicense(e5), stateLicense(visio)), left(stateLicense(e3)), false},
		{"done, and VISIO was there", receipt.Done, left(stateLicense(e3), stateLicense(visio)), nil, holds(stateLicense(e5), stateLicense(visio)), left(stateLicense(e3), stateLicense(visio)), false},
		{"done, and E3 was gone", receipt.Done, left(), nil, holds(stateLicense(e5), stateLicense(visio)), left(), false},
		{"refused, and somebody else gave E5", receipt.Refused, nil, nil, holds(stateLicense(e3), stateLicense(e5)), nil, true},
		{"never sent, and somebody else gave all", receipt.NotAttempted, nil, nil, holds(stateLicense(e5), stateLicense(visio)), nil, true},
		{"failed, as before", receipt.Failed, nil, nil, holds(stateLicense(e3), stateLicense(visio)), nil, true},
		{"refused half-way", receipt.Refused, nil, left(stateLicense(e5)), holds(stateLicense(e5), stateLicense(visio)), left(stateLicense(e3), stateLicense(visio)), false},
		{"failed half-way, with something else", receipt.Failed, nil, left(stateLicense(e3), stateLicense(visio, visio.Plans[0])), holds(stateLicense(e3), stateLicense(visio, visio.Plans[0])), nil, false},
		{"unknown, and done", receipt.Unknown, nil, nil, holds(stateLicense(e5), stateLicense(visio)), left(stateLicense(e3), stateLicense(e5), stateLicense(visio)), true},
		{"unknown, and not done", receipt.Unknown, nil, nil, holds(stateLicense(e3)), nil, true},
		{"unknown, and somebody else changed E3", receipt.Unknown, nil, nil, holds(stateLicense(e3, e3.Plans[0])), nil, true},
		{"unknown, and half-way", receipt.Unknown, nil, left(), holds(stateLicense(visio)), left(stateLicense(e3), stateLicense(visio)), true},
		{"acknowledged and not seen, and somebody else gave E5", unseen, nil, nil, holds(stateLicense(e3), stateLicense(e5)), nil, true},
		{"acknowledged and not seen, and done", unseen, nil, nil, holds(stateLicense(e5), stateLicense(visio)), left(stateLicense(e3), stateLicense(e5), stateLicense(visio)), true},
		{"no result", "", nil, nil, holds(stateLicense(e5)), left(stateLicense(e3), stateLicense(e5)), true},
		{"an outcome of a later version", "new", nil, nil, holds(stateLicense(e5)), left(stateLicense(e3), stateLicense(e5)), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rec := &receipt.Receipt{Intents: []receipt.Intent{{User: first.User, Actions: first.Actions, Before: first.Before, After: first.After, Found: tc.found}}}
			if tc.outcome != "" {
				rec.Results = []receipt.Result{{User: first.User, Outcome: tc.outcome, Left: tc.left}}
			}
			if tc.outcome == unseen {
				rec.Results[0].Outcome, rec.Results[0].Verification = receipt.Done, receipt.Unverified
			}
			now := observed(tc.now)
			back := make(rec.Undo(now), now)
			var got *plan.State
			if len(back.Changes) > 0 {
				got = &back.Changes[0].After
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("after undoing (-want +got):\n%s", diff)
			}
			told := slices.ContainsFunc(back.Findings, func(f plan.Finding) bool {
				return (f.Code == plan.CodeNotUndone || f.Code == plan.CodeUndoUnknown) && f.User == "ada@contoso.com"
			})
			if told != tc.told {
				t.Errorf("findings %+v", back.Findings)
			}
		})
	}
}

// TestUndoOfALocationThatIsNoCountry: what no manifest may have cannot be set
// back, and the plan says so before anything is sent.
func TestUndoOfALocationThatIsNoCountry(t *testing.T) {
	e3 := sku("E3")
	for before, want := range map[string]plan.Status{"UK": plan.StatusBlocked, "uk": plan.StatusBlocked, "Germany": plan.StatusBlocked, "GB": plan.StatusReady, "gb": plan.StatusReady} {
		was, is := state("ada", before), state("ada", "DE", stateLicense(e3))
		rec := &receipt.Receipt{
			Intents: []receipt.Intent{{User: ref("ada"), Before: plan.StateOf(was, plan.Scope{}), After: plan.StateOf(is, plan.Scope{}), Actions: []plan.Action{{Op: plan.OpAdd, SKUID: e3.ID}}}},
			Results: []receipt.Result{{User: ref("ada"), Outcome: receipt.Done}},
		}
		now := plan.Observed{SKUs: []license.SKU{e3}, Users: []license.UserState{is}}
		back, err := planner.Make(planner.Input{Desired: rec.Undo(now), Policy: plan.DefaultPolicy(), Observed: now, Now: noon})
		if err != nil {
			t.Fatal(err)
		}
		if len(back.Changes) != 1 || back.Changes[0].Status != want {
			t.Errorf("%s: %+v", before, back.Changes)
		}
		told := slices.ContainsFunc(back.Findings, func(f plan.Finding) bool { return f.Code == plan.CodeBadUsageLocation })
		if told != (want == plan.StatusBlocked) {
			t.Errorf("%s: findings %+v", before, back.Findings)
		}
	}
}
