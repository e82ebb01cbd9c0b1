package planner_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestMake states the rules of planning, a case each.
func TestMake(t *testing.T) {
	e3, e5, visio := sku("E3", 100, 10), sku("E5", 100, 10), sku("VISIO", 5, 0)
	all := []license.SKU{e3, e5, visio}
	for _, tc := range []struct {
		name     string
		entries  []plan.DesiredUser
		users    []license.UserState
		adjust   func(*planner.Input)
		changes  []string
		findings []string
	}{
		{
			name:    "nothing to do",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada", direct("E3"))},
		},
		{
			name:    "a license that is missing is added",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada")},
			changes: []string{"ada ready: +E3"},
		},
		{
			name:    "a swap is one change",
			entries: []plan.DesiredUser{entry("ada", lic("E5"))},
			users:   []license.UserState{user("ada", direct("E3"))},
			changes: []string{"ada ready: -E3 +E5"},
		},
		{
			name:    "an explicit empty list takes everything",
			entries: []plan.DesiredUser{entry("ada")},
			users:   []license.UserState{user("ada", direct("E3"), direct("VISIO"))},
			changes: []string{"ada ready: -E3 -VISIO"},
		},
		{
			name:    "absent is not empty",
			entries: []plan.DesiredUser{{User: plan.Ref{Name: upn("ada")}, UsageLocation: "GB"}},
			users:   []license.UserState{user("ada", direct("E3"))},
			changes: []string{"ada ready: @GB"},
		},
		{
			name:    "an unmanaged plan choice is kept, and a new license has every plan on",
			entries: []plan.DesiredUser{entry("ada", lic("E3"), lic("E5"))},
			users:   []license.UserState{user("ada", direct("E3", "E3_CHAT"))},
			changes: []string{"ada ready: +E5"},
		},
		{
			name:    "a deny-list says exactly which plans are off",
			entries: []plan.DesiredUser{entry("ada", licWithout("E3", "E3_MAIL")), entry("bob", licWithout("E3"))},
			users:   []license.UserState{user("ada", direct("E3", "E3_CHAT")), user("bob", direct("E3", "E3_CHAT"))},
			changes: []string{"ada ready: ~E3!E3_MAIL", "bob ready: ~E3"},
		},
		{
			name:    "an allow-list turns every other plan off",
			entries: []plan.DesiredUser{entry("ada", licOnly("E3", "E3_MAIL"))},
			users:   []license.UserState{user("ada")},
			changes: []string{"ada ready: +E3!E3_BASE!E3_CHAT"},
		},
		{
			name:    "an allow-list does not depend on whether company plans are listed",
			entries: []plan.DesiredUser{entry("ada", licOnly("E3", "E3_MAIL"))},
			users:   []license.UserState{user("ada", direct("E3", "E3_CHAT"))},
		},
		{
			name:    "plans that the product no longer has make no difference",
			entries: []plan.DesiredUser{entry("ada", licWithout("E3", "E3_CHAT"))},
			users:   []license.UserState{user("ada", direct("E3", "E3_CHAT", "RETIRED"))},
		},
		{
			name:    "an inherited license satisfies the entry",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada", inherited("sales", "E3"))},
		},
		{
			name:    "unless the policy wants it assigned",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada", inherited("sales", "E3"))},
			adjust:  func(in *planner.Input) { in.Policy.Inherited = plan.InheritedAssign },
			changes: []string{"ada ready: +E3"},
		},
		{
			name:     "an inherited license with other plans is pointed out",
			entries:  []plan.DesiredUser{entry("ada", licWithout("E3", "E3_MAIL"))},
			users:    []license.UserState{user("ada", inherited("sales", "E3"))},
			findings: []string{"warning inherited-plans ada"},
		},
		{
			name:     "an inherited license that nobody declares is never removed",
			entries:  []plan.DesiredUser{entry("ada")},
			users:    []license.UserState{user("ada", inherited("sales", "E3"))},
			findings: []string{"warning inherited-license ada"},
		},
		{
			name:     "of a license held both ways only the direct one goes",
			entries:  []plan.DesiredUser{entry("ada")},
			users:    []license.UserState{user("ada", direct("E3"), inherited("sales", "E3"))},
			changes:  []string{"ada ready: -E3"},
			findings: []string{"warning inherited-license ada"},
		},
		{
			name:    "users that no manifest names are ignored",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada", direct("E3")), user("bob", direct("E5"))},
		},
		{
			name:     "or reported",
			entries:  []plan.DesiredUser{entry("ada", lic("E3"))},
			users:    []license.UserState{user("ada", direct("E3")), user("bob", direct("E5")), user("cay")},
			adjust:   func(in *planner.Input) { in.Policy.UnlistedUsers = plan.UnlistedReport },
			findings: []string{"warning unlisted-user bob"},
		},
		{
			name:    "or cleared, but of what is managed alone",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada", direct("E3")), user("bob", direct("E5"), direct("VISIO"))},
			adjust: func(in *planner.Input) {
				in.Policy.UnlistedUsers = plan.UnlistedRemove
				in.Policy.IgnoredSKUs = []plan.Ref{{Name: "VISIO"}}
			},
			changes: []string{"bob ready: -E5"},
		},
		{
			name:    "a user who cannot be read is named and left alone, declared or not",
			entries: []plan.DesiredUser{entry("ada", lic("E3")), entry("cay", lic("E3")), managesLocation(entry("dan"), "CH")},
			users: []license.UserState{
				unreadable("ada"), unreadable("bob"), user("cay"), unreadable("dan"),
			},
			adjust:   func(in *planner.Input) { in.Policy.UnlistedUsers = plan.UnlistedRemove },
			changes:  []string{"ada blocked: [unreadable-user]", "cay ready: +E3", "dan blocked: [unreadable-user]"},
			findings: []string{"warning unreadable-user ada", "warning unreadable-user bob", "warning unreadable-user dan"},
		},
		{
			name:    "but never from a part of the tenant",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada", direct("E3")), user("bob", direct("E5"))},
			adjust: func(in *planner.Input) {
				in.Policy.UnlistedUsers = plan.UnlistedRemove
				in.Observed.Whole = false
			},
		},
		{
			name:     "what the policy does not manage stays",
			entries:  []plan.DesiredUser{entry("ada", lic("E3"), lic("VISIO"))},
			users:    []license.UserState{user("ada", direct("E5"))},
			adjust:   func(in *planner.Input) { in.Policy.ManagedSKUs = []plan.Ref{{Name: "E3"}} },
			changes:  []string{"ada ready: +E3"},
			findings: []string{"warning sku-not-managed ada"},
		},
		{
			name:    "a protected user is never touched",
			entries: []plan.DesiredUser{entry("ada"), entry("bob")},
			users:   []license.UserState{user("ada", direct("E3")), user("bob", direct("E3"))},
			adjust: func(in *planner.Input) {
				in.Policy.Protected = []plan.Ref{{Name: "ADA@contoso.com"}, {Name: id("bob").String()}}
			},
			findings: []string{"warning protected-user ada", "warning protected-user bob"},
		},
		{
			name:     "a protected user who is not there may be a misspelt one, so nothing is touched",
			entries:  []plan.DesiredUser{entry("ada")},
			users:    []license.UserState{user("ada", direct("E3"))},
			adjust:   func(in *planner.Input) { in.Policy.Protected = []plan.Ref{{Name: "adaa@contoso.com"}} },
			changes:  []string{"ada blocked: -E3 [protected-user-not-found]"},
			findings: []string{"error protected-user-not-found adaa"},
		},
		{
			name:     "a misspelt entry keeps those who seem to be unlisted from losing anything",
			entries:  []plan.DesiredUser{entry("adda", lic("E3")), entry("bob", lic("E5"))},
			users:    []license.UserState{user("ada", direct("E3")), user("bob")},
			adjust:   func(in *planner.Input) { in.Policy.UnlistedUsers = plan.UnlistedRemove },
			changes:  []string{"ada blocked: [user-not-found]", "bob ready: +E5"},
			findings: []string{"error user-not-found adda"},
		},
		{
			name:    "accepted drift is left alone until its day",
			entries: []plan.DesiredUser{entry("ada"), entry("bob")},
			users:   []license.UserState{user("ada", direct("E3")), user("bob", direct("E3"))},
			adjust: func(in *planner.Input) {
				in.Policy.AcceptedDrift = []plan.AcceptedDrift{
					{User: plan.Ref{Name: upn("ada")}, SKU: plan.Ref{Name: "E3", Source: where(1)}, Until: day("2026-11-22")},
					{User: plan.Ref{Name: upn("bob")}, SKU: plan.Ref{Name: "E3", Source: where(2)}, Until: day("2026-11-21")},
				}
			},
			changes:  []string{"bob ready: -E3"},
			findings: []string{"warning accepted-drift-expired bob", "warning until-soon ada", "info accepted-drift ada"},
		},
		{
			name:     "a misspelt product blocks its user as a whole",
			entries:  []plan.DesiredUser{entry("ada", lic("E33")), entry("bob", lic("E5"))},
			users:    []license.UserState{user("ada", direct("E3")), user("bob")},
			changes:  []string{"ada blocked: [unknown-sku]", "bob ready: +E5"},
			findings: []string{"error unknown-sku ada"},
		},
		{
			name:     "so does a misspelt service plan",
			entries:  []plan.DesiredUser{entry("ada", licWithout("E3", "E3_MAYL"))},
			users:    []license.UserState{user("ada", direct("E5"))},
			changes:  []string{"ada blocked: [unknown-plan]"},
			findings: []string{"error unknown-plan ada"},
		},
		{
			name: "a misspelt product in a profile is said once",
			entries: []plan.DesiredUser{
				entry("ada", plan.DesiredLicense{SKU: plan.Ref{Name: "E33", Source: where(4)}, Profile: "kw"}),
				entry("bob", plan.DesiredLicense{SKU: plan.Ref{Name: "E33", Source: where(4)}, Profile: "kw"}),
			},
			users:    []license.UserState{user("ada"), user("bob")},
			changes:  []string{"ada blocked: [unknown-sku]", "bob blocked: [unknown-sku]"},
			findings: []string{"error unknown-sku"},
		},
		{
			name:     "a published product that the tenant does not own",
			entries:  []plan.DesiredUser{entry("ada", lic("SPE_E5"))},
			users:    []license.UserState{user("ada")},
			changes:  []string{"ada blocked: [sku-not-in-tenant]"},
			findings: []string{"error sku-not-in-tenant ada"},
		},
		{
			name:    "a product for the company",
			entries: []plan.DesiredUser{entry("ada", lic("E5"))},
			users:   []license.UserState{user("ada")},
			adjust: func(in *planner.Input) {
				in.Observed.SKUs = []license.SKU{e3, {ID: id("E5"), PartNumber: "E5", AppliesTo: license.AppliesToCompany}}
			},
			changes:  []string{"ada blocked: [sku-not-for-users]"},
			findings: []string{"error sku-not-for-users ada"},
		},
		{
			name:     "a misspelt exception in the policy blocks everything",
			entries:  []plan.DesiredUser{entry("ada")},
			users:    []license.UserState{user("ada", direct("E3"))},
			adjust:   func(in *planner.Input) { in.Policy.IgnoredSKUs = []plan.Ref{{Name: "E33"}} },
			changes:  []string{"ada blocked: -E3 [policy-unknown-sku]"},
			findings: []string{"error policy-unknown-sku"},
		},
		{
			name:    "an exception for a product that was never bought is fine",
			entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			users:   []license.UserState{user("ada")},
			adjust:  func(in *planner.Input) { in.Policy.IgnoredSKUs = []plan.Ref{{Name: "FLOW_FREE"}} },
			changes: []string{"ada ready: +E3"},
		},
		{
			name:     "one product under two names with different plans",
			entries:  []plan.DesiredUser{entry("ada", licWithout("E3", "E3_CHAT"), licWithout(id("E3").String()))},
			users:    []license.UserState{user("ada", direct("E5"))},
			changes:  []string{"ada blocked: [sku-declared-twice]"},
			findings: []string{"error sku-declared-twice ada"},
		},
		{
			name:    "one product under two names with the same plans",
			entries: []plan.DesiredUser{entry("ada", licWithout("E3", "E3_CHAT"), licWithout(id("E3").String(), id("E3_CHAT").String()))},
			users:   []license.UserState{user("ada")},
			changes: []string{"ada ready: +E3!E3_CHAT"},
		},
		{
			name: "one user by two names",
			entries: []plan.DesiredUser{
				entry("ada", lic("E3")),
				{User: plan.Ref{Name: id("ada").String(), Source: where(99)}, ManagesLicenses: true},
			},
			users:    []license.UserState{user("ada", direct("E5"))},
			changes:  []string{"ada blocked: [user-declared-twice]"},
			findings: []string{"error user-declared-twice ada"},
		},
		{
			name:     "a user that the tenant does not have",
			entries:  []plan.DesiredUser{entry("zoe", lic("E3"))},
			users:    []license.UserState{user("ada")},
			findings: []string{"error user-not-found zoe"},
		},
		{
			name:    "the signed-in user",
			entries: []plan.DesiredUser{{User: plan.Ref{Name: plan.Me}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("E3")}}},
			users:   []license.UserState{user("ada")},
			adjust:  func(in *planner.Input) { in.Observed.Me = id("ada") },
			changes: []string{"ada ready: +E3"},
		},
		{
			name:    "names of users and products in any case",
			entries: []plan.DesiredUser{{User: plan.Ref{Name: "ADA@Contoso.com"}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("e3")}}},
			users:   []license.UserState{user("ada")},
			changes: []string{"ada ready: +E3"},
		},
		{
			name:     "a license needs a usage location",
			entries:  []plan.DesiredUser{entry("ada", lic("E3")), entry("bob")},
			users:    []license.UserState{placeless(user("ada")), placeless(user("bob", direct("E3")))},
			changes:  []string{"ada blocked: +E3 [no-usage-location]", "bob ready: -E3"},
			findings: []string{"error no-usage-location ada"},
		},
		{
			name: "which the same change can set",
			entries: []plan.DesiredUser{{
				User: plan.Ref{Name: upn("ada")}, UsageLocation: "GB", ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("E3")},
			}},
			users:   []license.UserState{placeless(user("ada"))},
			changes: []string{"ada ready: @GB +E3"},
		},
		{
			name:     "a user whose licenses the tenant does not explain is not touched",
			entries:  []plan.DesiredUser{entry("ada", lic("E5"))},
			users:    []license.UserState{unexplained(user("ada", direct("E3")), "VISIO")},
			changes:  []string{"ada blocked: [contradictory-state]"},
			findings: []string{"error contradictory-state ada"},
		},
		{
			name:    "what a reader should know",
			entries: []plan.DesiredUser{entry("ada", lic("E3")), entry("bob", lic("E3")), entry("cay", lic("E3"))},
			users: []license.UserState{
				edit(user("ada", direct("E3")), func(u *license.UserState) { u.AccountEnabled = false }),
				edit(user("bob", direct("E3")), func(u *license.UserState) { u.UserType = "Guest" }),
				edit(user("cay", inherited("sales", "E3")), func(u *license.UserState) { u.Assignments[0].Error = "CountViolation" }),
			},
			changes:  []string{"cay ready: +E3"},
			findings: []string{"warning assignment-error cay", "info account-disabled ada", "info guest-user bob"},
		},
		{
			name:    "additions only",
			entries: []plan.DesiredUser{entry("ada", lic("E5")), entry("bob", lic("E3")), entry("cay", licWithout("E3", "E3_CHAT"))},
			users:   []license.UserState{user("ada", direct("E3")), user("bob"), user("cay", direct("E3"))},
			adjust:  func(in *planner.Input) { in.Options.AdditionsOnly = true },
			changes: []string{"ada held: -E3 +E5 [additions-only]", "bob ready: +E3", "cay held: ~E3!E3_CHAT [additions-only]"},
		},
		{
			name:    "one user alone",
			entries: []plan.DesiredUser{entry("ada", lic("E5")), entry("bob", lic("E3"))},
			users:   []license.UserState{user("ada", direct("E3")), user("bob")},
			adjust:  func(in *planner.Input) { in.Options.Users = []string{"BOB@contoso.com"} },
			changes: []string{"bob ready: +E3"},
		},
		{
			name:    "one product alone, and never half a swap",
			entries: []plan.DesiredUser{entry("ada", lic("E5")), entry("bob", lic("VISIO"))},
			users:   []license.UserState{user("ada", direct("E3")), user("bob")},
			adjust:  func(in *planner.Input) { in.Options.SKUs = []string{"E5"} },
			changes: []string{"ada ready: -E3 +E5"}, findings: []string{"info guards-narrowed"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world(tc.entries, tc.users, all...)
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(nonNil(tc.changes), lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.findings), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if s := p.Summary; s.Changed+s.Unchanged+s.Blocked+s.Held != s.Users {
				t.Errorf("the summary does not add up: %+v", s)
			}
		})
	}
}

func nonNil(s []string) []string { return append([]string{}, s...) }

func edit(u license.UserState, how func(*license.UserState)) license.UserState {
	how(&u)
	return u
}

func placeless(u license.UserState) license.UserState {
	u.UsageLocation = ""
	return u
}

// unreadable is a user as a reader gives them of whom it could not read what
// they hold.
func unreadable(name string) license.UserState {
	return license.UserState{ID: id(name), UserPrincipalName: upn(name), Unreadable: "no assignedLicenses"}
}

func managesLocation(e plan.DesiredUser, country string) plan.DesiredUser {
	e.UsageLocation = country
	return e
}

func unexplained(u license.UserState, part string) license.UserState {
	u.Unexplained = []license.GUID{id(part)}
	return u
}

// TestUnitsUnaccounted warns where far fewer users show a license of a product
// than units of it are in use, with room for users that were deleted lately.
func TestUnitsUnaccounted(t *testing.T) {
	for _, tc := range []struct {
		consumed int
		whole    bool
		want     bool
	}{{21, true, false}, {22, true, true}, {22, false, false}} {
		in := world([]plan.DesiredUser{entry("ada", lic("E3"))}, []license.UserState{user("ada", direct("E3"), inherited("G", "E3"))}, sku("E3", 100, tc.consumed))
		in.Observed.Whole = tc.whole
		found := slices.ContainsFunc(mustMake(t, in).Findings, func(f plan.Finding) bool { return f.Code == plan.CodeUnitsUnaccounted })
		if found != tc.want {
			t.Errorf("%+v: warned: %v", tc, found)
		}
	}
}

func TestMakeRefusesOptionsThatNameNothing(t *testing.T) {
	for _, options := range []planner.Options{
		{Users: []string{"nobody@contoso.com"}},
		{SKUs: []string{"E33"}},
		{Cause: plan.CauseDrift}, // without a baseline
	} {
		in := world([]plan.DesiredUser{entry("ada", lic("E3"))}, []license.UserState{user("ada")}, sku("E3", 1, 0))
		in.Options = options
		if p, err := planner.Make(in); err == nil {
			t.Errorf("%+v: made a plan of %d changes", options, len(p.Changes))
		}
	}
}

func TestGroupsAreNamedWhereTheirNamesAreKnown(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada")}, []license.UserState{user("ada", inherited("sales", "E3"))}, sku("E3", 1, 1))
	result, err := planner.Work(in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]license.GUID{id("sales")}, result.Groups()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	first := result.Plan(nil)
	in.Observed.Groups = map[license.GUID]string{id("sales"): "Sales EMEA"}
	second := mustMake(t, in)
	if got, want := second.Findings[0].Message, `E3 is not declared, but comes from group "Sales EMEA"`; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if first.PlanID != second.PlanID {
		t.Error("the plan id depends on the name of a group")
	}
}

// A group is named where the plan speaks of it, and nowhere else: what somebody
// wrote stays as it was written, be it the id of a group.
func TestNamesOfGroupsLeaveWordsOfOthersAlone(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada"), entry("bob", lic("E5"))},
		[]license.UserState{user("ada", inherited("sales", "E3")), user("bob")}, sku("E3", 1, 1), sku("E5", 1, 0))
	in.Policy.AcceptedDrift = []plan.AcceptedDrift{{
		User: plan.Ref{Name: upn("bob")}, SKU: plan.Ref{Name: "E5"}, Owner: "ops", Reason: "comes from " + id("sales").String(), Until: day("2999-01-01"),
	}}
	result, err := planner.Work(in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range result.Plan(map[license.GUID]string{id("sales"): "Sales EMEA"}).Findings {
		got = append(got, f.Message)
	}
	want := []string{
		`E3 is not declared, but comes from group "Sales EMEA"`,
		"E5 is left as it is until 2999-01-01: comes from " + id("sales").String() + " (ops)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}
