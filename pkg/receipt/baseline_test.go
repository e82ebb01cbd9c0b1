package receipt_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// swap is the change of a user from E3 without a plan to E5, and to Germany.
func swap(name string, e3, e5 license.SKU) plan.Change {
	off := []plan.PlanRef{{ID: e3.Plans[0].ID, Name: e3.Plans[0].Name}}
	return plan.Change{
		User: ref(name),
		Actions: []plan.Action{
			{Op: plan.OpSetUsageLocation, UsageLocation: "DE", Before: &plan.Before{UsageLocation: new("GB")}},
			{Op: plan.OpRemove, SKUID: e3.ID, Before: &plan.Before{DisabledPlans: off}},
			{Op: plan.OpAdd, SKUID: e5.ID, DisabledPlans: []plan.PlanRef{}},
		},
		Before: plan.StateOf(state(name, "GB", stateLicense(e3, e3.Plans[0])), plan.Scope{}),
		After:  plan.StateOf(state(name, "DE", stateLicense(e5)), plan.Scope{}),
	}
}

// run is a receipt with one result, and an intent where something was sent.
func run(c plan.Change, outcome receipt.Outcome, sent bool) *receipt.Receipt {
	r := &receipt.Receipt{
		Run:     receipt.Run{Changes: 1, Sources: []plan.SourceFile{{Path: "users.yaml", SHA256: "00"}}, StartedAt: noon},
		Results: []receipt.Result{{User: c.User, Actions: c.Actions, Outcome: outcome}},
		End:     &receipt.End{FinishedAt: noon.Add(time.Minute)},
	}
	if sent {
		r.Intents = []receipt.Intent{{User: c.User, Actions: c.Actions, Before: c.Before, After: c.After}}
	}
	return r
}

// TestBaselineOfEachOutcome says what a receipt knows of a user whose change
// ended so.
func TestBaselineOfEachOutcome(t *testing.T) {
	e3, e5 := sku("E3"), sku("E5")
	c := swap("ada", e3, e5)
	all := license.SortedGUIDs([]license.GUID{{}, e3.ID, e5.ID})
	known := func(s plan.State, whole, declared bool) plan.BaselineUser {
		return plan.BaselineUser{State: s, Acted: all, Whole: whole, AsDeclared: declared}
	}
	left := plan.StateOf(state("ada", "DE", stateLicense(e3, e3.Plans[0])), plan.Scope{})
	for _, tc := range []struct {
		name    string
		receipt *receipt.Receipt
		want    plan.BaselineUser
	}{
		{"done", run(c, receipt.Done, true), known(c.After, true, true)},
		{"already", run(c, receipt.Already, false), known(c.After, false, true)},
		{"refused", run(c, receipt.Refused, true), known(c.Before, true, true)},
		{"failed", run(c, receipt.Failed, true), known(c.Before, true, true)},
		{"failed half-way", func() *receipt.Receipt {
			r := run(c, receipt.Failed, true)
			r.Results[0].Left = &left
			return r
		}(), known(left, true, true)},
		{"not attempted", run(c, receipt.NotAttempted, false), known(c.Before, false, true)},
		{"held", run(c, receipt.Held, false), known(c.Before, false, true)},
		{"blocked", run(c, receipt.Blocked, false), known(c.Before, false, false)},
		{"stale", run(c, receipt.Stale, false), plan.BaselineUser{}},
		{"stale when its turn came", run(c, receipt.Stale, true), plan.BaselineUser{}},
		{"refused after a part was there", func() *receipt.Receipt {
			r := run(c, receipt.Refused, true)
			r.Intents[0].Found = &left
			return r
		}(), known(left, true, true)},
		{"unknown", run(c, receipt.Unknown, true), plan.BaselineUser{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.receipt.Baseline()
			if diff := cmp.Diff(tc.want, got.Users[c.User.ID], stateByContent()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Declared == nil || len(got.Gaps) > 0 || !got.At.Equal(noon.Add(time.Minute)) {
				t.Errorf("a whole receipt knows everybody: %+v", got)
			}
		})
	}
}

// stateByContent compares states as plans do.
func stateByContent() cmp.Option {
	return cmp.Comparer(func(a, b plan.State) bool { return a.Equal(b) })
}

func TestBaselineGaps(t *testing.T) {
	e3, e5 := sku("E3"), sku("E5")
	for _, tc := range []struct {
		name   string
		damage func(*receipt.Receipt)
	}{
		{"cut short", func(r *receipt.Receipt) { r.End = nil }},
		{"a result is missing", func(r *receipt.Receipt) { r.Run.Changes = 2 }},
		{"narrowed", func(r *receipt.Receipt) { r.Run.LeftOut = 1 }},
		{"of an earlier version", func(r *receipt.Receipt) { r.Run.Sources = nil }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := run(swap("ada", e3, e5), receipt.Done, true)
			tc.damage(r)
			b := r.Baseline()
			if b.Declared != nil || len(b.Gaps) != 1 {
				t.Errorf("users who are not in it count as declared; gaps %q", b.Gaps)
			}
			if user := b.Users[ref("ada").ID]; len(user.Acted) != 3 || user.AsDeclared && r.Run.LeftOut > 0 {
				t.Errorf("of the user in it is known %+v", user)
			}
		})
	}
}

// TestBaselineJudgesThePlan goes the whole way: a plan, a receipt of it, and
// the plan after somebody has taken a license away.
func TestBaselineJudgesThePlan(t *testing.T) {
	e3, e5 := sku("E3"), sku("E5")
	source := plan.Source{File: "users.yaml", Line: 1}
	want := func(name, part string) plan.DesiredUser {
		return plan.DesiredUser{User: plan.Ref{Name: name + "@contoso.com", Source: source}, ManagesLicenses: true,
			Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: part, Source: source}}}}
	}
	in := planner.Input{
		Desired: plan.Desired{Users: []plan.DesiredUser{want("ada", "E5"), want("bob", "E3"), want("zoe", "E3")},
			Files: []plan.SourceFile{{Path: "users.yaml", SHA256: "00"}}},
		Policy:   plan.DefaultPolicy(),
		Observed: plan.Observed{SKUs: []license.SKU{e3, e5}, Users: []license.UserState{state("ada", "DE", stateLicense(e3)), state("bob", "DE", stateLicense(e3))}},
		Now:      noon,
	}
	first, err := planner.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	r := &receipt.Receipt{Run: receipt.Run{}.Carries(first), End: &receipt.End{FinishedAt: noon}}
	if diff := cmp.Diff([]string{"zoe@contoso.com"}, r.Run.Missing); diff != "" {
		t.Fatalf("missing (-want +got):\n%s", diff)
	}
	for _, c := range first.Changes {
		r.Intents = append(r.Intents, receipt.Intent{User: c.User, Actions: c.Actions, Before: c.Before, After: c.After})
		r.Results = append(r.Results, receipt.Result{User: c.User, Actions: c.Actions, Outcome: receipt.Done})
	}
	in.Observed.Users = []license.UserState{state("ada", "DE"), state("bob", "DE"), state("zoe", "DE")}
	in.Baseline = r.Baseline()
	second, err := planner.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]plan.Cause{}
	for _, c := range second.Changes {
		got[c.User.UserPrincipalName] = c.Actions[0].Cause
	}
	if diff := cmp.Diff(map[string]plan.Cause{
		"ada@contoso.com": plan.CauseDrift,   // in the receipt
		"bob@contoso.com": plan.CauseDrift,   // was as declared
		"zoe@contoso.com": plan.CauseUnknown, // was not there
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBaselineOfGroups says what a receipt knows of a group whose change ended so,
// where a call was announced.
func TestBaselineOfGroups(t *testing.T) {
	sales, e3 := plan.Group{ID: sku("sales").ID, DisplayName: "Sales"}, sku("E3")
	before, after := plan.GroupState{}, plan.GroupState{Licenses: []plan.StateLicense{{SKUID: e3.ID}}}
	add := []plan.Action{{Op: plan.OpAdd, SKUID: e3.ID}}
	known := func(s plan.GroupState) plan.BaselineGroup {
		return plan.BaselineGroup{State: s, Acted: []license.GUID{e3.ID}, Whole: true, AsDeclared: true}
	}
	for outcome, want := range map[receipt.Outcome]plan.BaselineGroup{
		receipt.Done: known(after), receipt.Refused: known(before), receipt.NotAttempted: known(before), receipt.Stale: {}, receipt.Unknown: {},
	} {
		r := &receipt.Receipt{
			Run:          receipt.Run{GroupChanges: 1, LeftOutGroups: new(0), StartedAt: noon},
			GroupIntents: []receipt.GroupIntent{{Group: sales, Actions: add, Before: before, After: after}},
			GroupResults: []receipt.GroupResult{{Group: sales, Actions: add, Outcome: outcome}},
		}
		if diff := cmp.Diff(want, r.Baseline().Groups[sales.ID]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", outcome, diff)
		}
	}
}

// TestBaselineOfWhatCameBackOff: a group was seen without service plans that it was asked
// to give: they were off when the run ended.
func TestBaselineOfWhatCameBackOff(t *testing.T) {
	sales, e3, e5 := plan.Group{ID: sku("sales").ID}, sku("E3").ID, sku("E5").ID
	off := []plan.StateLicense{{SKUID: e3, DisabledPlans: []license.GUID{sku("chat").ID}}}
	after := plan.GroupState{Licenses: []plan.StateLicense{{SKUID: e3}, {SKUID: e5}}}
	r := &receipt.Receipt{
		Run:          receipt.Run{GroupChanges: 1, LeftOutGroups: new(0), StartedAt: noon},
		GroupIntents: []receipt.GroupIntent{{Group: sales, After: after}},
		GroupResults: []receipt.GroupResult{{Group: sales, Outcome: receipt.Done, SwitchedOff: off}},
	}
	got := r.Baseline().Groups[sales.ID]
	want := plan.GroupState{Licenses: []plan.StateLicense{off[0], {SKUID: e5}}}
	if diff := cmp.Diff(want, got.State); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(off, got.SwitchedOff); diff != "" {
		t.Errorf("what came back off (-want +got):\n%s", diff)
	}
	if len(after.Licenses[0].DisabledPlans) > 0 {
		t.Error("the receipt was changed")
	}
}

// TestWhatAReceiptTellsOfGroupsItDoesNotName: that a run dealt with groups and changed
// none is something else than that nothing is told of groups.
func TestWhatAReceiptTellsOfGroupsItDoesNotName(t *testing.T) {
	sales := plan.Group{ID: sku("sales").ID, DisplayName: "Sales"}
	results := []receipt.GroupResult{{Group: sales, Outcome: receipt.Done}}
	for name, tc := range map[string]struct {
		leftOut *int
		results []receipt.GroupResult
		want    map[license.GUID]plan.BaselineGroup
	}{
		"of an old program":             {nil, nil, nil},
		"of an old program with groups": {nil, results, map[license.GUID]plan.BaselineGroup{sales.ID: {}}},
		"nothing to do":                 {new(0), nil, map[license.GUID]plan.BaselineGroup{}},
		"something left out":            {new(2), nil, map[license.GUID]plan.BaselineGroup{}},
	} {
		r := &receipt.Receipt{Run: receipt.Run{LeftOutGroups: tc.leftOut, StartedAt: noon}, GroupResults: tc.results}
		if diff := cmp.Diff(tc.want, r.Baseline().Groups); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
