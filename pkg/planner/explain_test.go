package planner_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

func mustExplain(t testing.TB, in planner.Input, name string) *plan.Explanation {
	t.Helper()
	e, err := planner.Explain(in, name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// verdicts lists what becomes of each license: "E3 lose", or with what is
// planned where that does not happen: "E3 blocked (remove)".
func verdicts(e *plan.Explanation) []string {
	out := []string{}
	for _, l := range e.Licenses {
		line := l.SKUPartNumber + " " + string(l.Verdict)
		if slices.Contains([]plan.Verdict{plan.VerdictBlocked, plan.VerdictHeld, plan.VerdictProtected}, l.Verdict) {
			line += fmt.Sprintf(" (%s)", l.Op)
		}
		out = append(out, line)
	}
	return out
}

// why gives the reasons of a license, with their places.
func why(e *plan.Explanation, part string) []string {
	for _, l := range e.Licenses {
		if l.SKUPartNumber == part {
			return sentences(l.Reasons)
		}
	}
	return nil
}

func sentences(reasons []plan.Reason) []string {
	out := []string{}
	for _, r := range reasons {
		line := r.Message
		if r.Source != nil {
			line += fmt.Sprintf(" (%s:%d)", r.Source.File, r.Source.Line)
		}
		out = append(out, line)
	}
	return out
}

// TestExplainTellsEveryVerdict has a case for each thing that can become of a
// license.
func TestExplainTellsEveryVerdict(t *testing.T) {
	until := func(l plan.DesiredLicense, s string) plan.DesiredLicense { l.Window.Until = day(s); return l }
	from := func(l plan.DesiredLicense, s string) plan.DesiredLicense { l.Window.From = day(s); return l }
	ofProfile := func(l plan.DesiredLicense) plan.DesiredLicense {
		l.Profile, l.SKU.Source = "office", plan.Source{File: "manifests/profiles.yaml", Line: 12}
		return l
	}
	protect := func(in *planner.Input) {
		in.Policy.Protected = []plan.Ref{{Name: upn("ada"), Source: plan.Source{File: "manifests/policy.yaml", Line: 9}}}
	}
	for _, tc := range []struct {
		name     string
		entry    plan.DesiredUser
		held     []license.Assignment
		adjust   func(*planner.Input)
		verdicts []string
		why      []string // of E3
	}{
		{
			name: "lost", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E3"), direct("E5")},
			verdicts: []string{"E3 lose", "E5 keep"},
			why: []string{
				"the entry does not ask for it, and neither do its profiles (manifests/users.yaml:3)",
				"the policy manages all products (manifests/policy.yaml:1)",
				"the user holds it directly", "it frees a seat: 10 bought, 5 used now, 4 after the plan",
			},
		},
		{
			name: "lost, for nothing is asked for", entry: entry("ada"), held: []license.Assignment{direct("E3")},
			adjust: func(in *planner.Input) {
				in.Policy.ManagedSKUs = []plan.Ref{{Name: "E3", Source: plan.Source{File: "manifests/policy.yaml", Line: 4}}}
			},
			verdicts: []string{"E3 lose"},
			why: []string{
				"the entry asks for no license at all (manifests/users.yaml:3)",
				"the policy manages the product (skus.managed) (manifests/policy.yaml:4)",
				"the user holds it directly", "it frees a seat: 10 bought, 5 used now, 4 after the plan",
			},
		},
		{
			name: "lost, for its time is over", entry: entry("ada", until(lic("E3"), "2026-11-01")), held: []license.Assignment{direct("E3"), inherited("sales", "E3")},
			verdicts: []string{"E3 lose"},
			why: []string{
				"the entry asked for it until 2026-11-01, and that day has come (manifests/users.yaml:7)",
				"the policy manages all products (manifests/policy.yaml:1)",
				`the user holds it directly, and the group "Sales" gives it as well`,
				"it frees no seat, since a group gives it all the same",
			},
		},
		{
			name: "lost, for the entry has ended", entry: plan.DesiredUser{User: plan.Ref{Name: upn("ada"), Source: where(3)}, Manifest: "staff", ManagesLicenses: true, Window: plan.Window{Until: day("2026-11-01")}},
			held: []license.Assignment{direct("E3")}, verdicts: []string{"E3 lose"},
			why: []string{
				"the entry of the user ended on 2026-11-01, and nothing is asked for since (manifests/users.yaml:3)",
				"the policy manages all products (manifests/policy.yaml:1)",
				"the user holds it directly", "it frees a seat: 10 bought, 5 used now, 4 after the plan",
			},
		},
		{
			name: "lost, for nobody lists the user", entry: entry("bob"), held: []license.Assignment{direct("E3")},
			adjust:   func(in *planner.Input) { in.Policy.UnlistedUsers = plan.UnlistedRemove },
			verdicts: []string{"E3 lose"},
			why: []string{
				"no manifest lists the user (unlistedUsers: remove) (manifests/policy.yaml:1)",
				"the policy manages all products (manifests/policy.yaml:1)",
				"the user holds it directly", "it frees a seat: 10 bought, 5 used now, 4 after the plan",
			},
		},
		{
			name: "gained", entry: entry("ada", ofProfile(licWithout("E3", "E3_CHAT"))), verdicts: []string{"E3 gain"},
			why: []string{
				`the profile "office" asks for it (manifests/profiles.yaml:12)`, "the user does not hold it now",
				"service plans that will be off: E3_CHAT; disabledPlans says which are off (manifests/profiles.yaml:12)",
				"it takes a seat: 10 bought, 5 used now, 6 after the plan, 2 kept in reserve",
			},
			adjust: func(in *planner.Input) { in.Policy.Reserve = []plan.Reserve{{SKU: plan.Ref{Name: "E3"}, Seats: 2}} },
		},
		{
			name: "gained beside the group", entry: entry("ada", lic("E3")), held: []license.Assignment{inherited("sales", "E3")},
			adjust:   func(in *planner.Input) { in.Policy.Inherited = plan.InheritedAssign },
			verdicts: []string{"E3 gain"},
			why: []string{
				"the entry asks for it (manifests/users.yaml:7)",
				`the group "Sales" gives it, and the policy wants it assigned directly as well (inherited: assign) (manifests/policy.yaml:1)`,
				"it takes no further seat, since a group gives it already",
			},
		},
		{
			name: "updated", entry: entry("ada", licOnly("E3", "E3_MAIL")), held: []license.Assignment{direct("E3", "E3_MAIL")},
			verdicts: []string{"E3 update"},
			why: []string{
				"the entry asks for it (manifests/users.yaml:7)", "the user holds it directly",
				"service plans that go off: E3_BASE, E3_CHAT; enabledPlans says which are on, and all others are off (manifests/users.yaml:7)",
				"service plans that go on: E3_MAIL; enabledPlans says which are on, and all others are off (manifests/users.yaml:7)",
			},
		},
		{
			name: "kept", entry: entry("ada", until(lic("E3"), "2027-01-01")), held: []license.Assignment{direct("E3", "E3_CHAT")},
			verdicts: []string{"E3 keep"},
			why: []string{
				"the entry asks for it until 2027-01-01 (manifests/users.yaml:7)", "the user holds it directly",
				"service plans that are off: E3_CHAT; no manifest says which service plans are on, so they stay as they are (manifests/users.yaml:7)",
			},
		},
		{
			name: "satisfied", entry: entry("ada", lic("E3")), held: []license.Assignment{inherited("sales", "E3")},
			verdicts: []string{"E3 satisfied"},
			why: []string{
				"the entry asks for it (manifests/users.yaml:7)",
				`the group "Sales" gives it, and that is enough for the policy (inherited: satisfies) (manifests/policy.yaml:1)`,
			},
		},
		{
			name: "inherited", entry: entry("ada", lic("E5")), held: []license.Assignment{inherited("sales", "E3"), direct("E5")},
			verdicts: []string{"E5 keep", "E3 inherited"},
			why: []string{
				"the entry does not ask for it, and neither do its profiles (manifests/users.yaml:3)",
				`the group "Sales" gives it, and only the group can take it away`,
			},
		},
		{
			name: "pending and held", entry: entry("ada", from(lic("E3"), "2027-01-01")), held: []license.Assignment{direct("E3")},
			verdicts: []string{"E3 pending"},
			why: []string{
				"the entry asks for it from 2027-01-01 on (manifests/users.yaml:7)", "the user holds it directly", "what is held is kept until then",
			},
		},
		{
			name: "pending and not held", entry: entry("ada", from(lic("E3"), "2027-01-01")), verdicts: []string{"E3 pending"},
			why: []string{"the entry asks for it from 2027-01-01 on (manifests/users.yaml:7)", "the user does not hold it now"},
		},
		{
			name: "pending with the whole entry", held: []license.Assignment{direct("E5")},
			entry:    plan.DesiredUser{User: plan.Ref{Name: upn("ada")}, Window: plan.Window{From: day("2027-01-01")}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("E3")}},
			verdicts: []string{"E3 pending", "E5 unmanaged"},
			why:      []string{"the entry asks for it from 2027-01-01 on (manifests/users.yaml:7)", "the user does not hold it now"},
		},
		{
			name: "ignored", entry: entry("ada"), held: []license.Assignment{direct("E3")},
			adjust: func(in *planner.Input) {
				in.Policy.IgnoredSKUs = []plan.Ref{{Name: "E3", Source: plan.Source{File: "manifests/policy.yaml", Line: 5}}}
			},
			verdicts: []string{"E3 ignored"},
			why: []string{
				"the policy leaves the product out (skus.ignored): it is neither given nor taken away (manifests/policy.yaml:5)",
				"the user holds it directly",
			},
		},
		{
			name: "not managed, though asked for", entry: entry("ada", lic("E3")),
			adjust:   func(in *planner.Input) { in.Policy.ManagedSKUs = []plan.Ref{{Name: "E5"}} },
			verdicts: []string{"E3 unmanaged"},
			why: []string{
				"the policy does not list the product (skus.managed): it is neither given nor taken away (manifests/policy.yaml:1)",
				"the entry asks for it (manifests/users.yaml:7)", "the user does not hold it now",
			},
		},
		{
			name: "not managed by the entry", entry: plan.DesiredUser{User: plan.Ref{Name: upn("ada")}, Manifest: "staff", UsageLocation: "DE"},
			held: []license.Assignment{direct("E3")}, verdicts: []string{"E3 unmanaged"}, why: []string{"the user holds it directly"},
		},
		{
			name: "not managed, for nobody lists the user", entry: entry("bob"), held: []license.Assignment{direct("E3")},
			verdicts: []string{"E3 unmanaged"}, why: []string{"the user holds it directly"},
		},
		{
			name: "protected", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E3")}, adjust: protect,
			verdicts: []string{"E3 protected (remove)", "E5 protected (add)"},
			why: []string{
				"the entry does not ask for it, and neither do its profiles (manifests/users.yaml:3)",
				"the policy manages all products (manifests/policy.yaml:1)",
				"the user holds it directly",
			},
		},
		{
			name: "protected, and as declared", entry: entry("ada", lic("E3")), held: []license.Assignment{direct("E3")}, adjust: protect,
			verdicts: []string{"E3 keep"}, why: []string{"the entry asks for it (manifests/users.yaml:7)", "the user holds it directly"},
		},
		{
			name: "accepted", entry: entry("ada"), held: []license.Assignment{direct("E3")},
			adjust: func(in *planner.Input) {
				in.Policy.AcceptedDrift = []plan.AcceptedDrift{{
					User: plan.Ref{Name: upn("ada")}, SKU: plan.Ref{Name: "E3", Source: plan.Source{File: "manifests/policy.yaml", Line: 30}},
					Owner: "finance", Reason: "the audit", Until: day("2027-01-31"),
				}}
			},
			verdicts: []string{"E3 accepted"},
			why: []string{
				"the entry asks for no license at all (manifests/users.yaml:3)", "the user holds it directly",
				"the policy accepts the difference until 2027-01-31: the audit (finance) (manifests/policy.yaml:30)",
			},
		},
		{
			name: "blocked with the whole change", entry: entry("ada", lic("VISIO")), held: []license.Assignment{direct("E3")},
			verdicts: []string{"E3 blocked (remove)", "VISIO blocked (add)"},
			why: []string{
				"the entry does not ask for it, and neither do its profiles (manifests/users.yaml:3)",
				"the policy manages all products (manifests/policy.yaml:1)",
				"the user holds it directly",
			},
		},
		{
			name: "blocked, for what is asked for is not known", entry: entry("ada", lic("E3"), lic("E9")), held: []license.Assignment{direct("E5")},
			verdicts: []string{"E3 blocked ()", "E5 blocked ()"},
			why: []string{
				"the entry asks for it (manifests/users.yaml:7)", "the user does not hold it now",
				"nobody knows for sure what the user should hold, so nothing is touched",
			},
		},
		{
			name: "held back", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E3")}, adjust: func(in *planner.Input) { in.Options.AdditionsOnly = true },
			verdicts: []string{"E3 held (remove)", "E5 held (add)"},
			why: []string{
				"the entry does not ask for it, and neither do its profiles (manifests/users.yaml:3)",
				"the policy manages all products (manifests/policy.yaml:1)",
				"the user holds it directly",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world([]plan.DesiredUser{tc.entry}, []license.UserState{user("ada", tc.held...), user("bob")}, sku("E3", 10, 5), sku("E5", 10, 5), sku("VISIO", 0, 0))
			in.Policy.Source = plan.Source{File: "manifests/policy.yaml", Line: 1}
			in.Observed.Groups = map[license.GUID]string{id("sales"): "Sales"}
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			e := mustExplain(t, in, upn("ada"))
			if diff := cmp.Diff(tc.verdicts, verdicts(e)); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.why, why(e, "E3")); diff != "" {
				t.Errorf("why (-want +got):\n%s", diff)
			}
		})
	}
}

// What is true of the user as a whole stands by itself.
func TestExplainTellsOfTheUser(t *testing.T) {
	ended := entry("ada", lic("E3"))
	ended.Window.Until = day("2026-11-01")
	upcoming := entry("ada", lic("E3"))
	upcoming.Window.From, upcoming.User.Source = day("2027-01-01"), where(20)
	byID := entry("ada", lic("E3"))
	byID.User.Name = id("ada").String()
	unmanaged := entry("ada")
	unmanaged.ManagesLicenses = false
	for _, tc := range []struct {
		name     string
		entries  []plan.DesiredUser
		users    []license.UserState
		adjust   func(*planner.Input)
		standing plan.Standing
		status   plan.Status
		want     []string
	}{
		{name: "listed", entries: []plan.DesiredUser{entry("ada")}, standing: plan.StandingListed,
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`}},
		{name: "by object id", entries: []plan.DesiredUser{byID}, standing: plan.StandingListed, status: plan.StatusReady, want: []string{
			`the manifest "staff" lists the user as ` + id("ada").String() + ` (manifests/users.yaml:3)`,
			"the change is ready: an apply makes it, in one call for all licenses of the user"}},
		{name: "for nothing", entries: []plan.DesiredUser{unmanaged}, standing: plan.StandingListed, want: []string{
			`the manifest "staff" lists the user (manifests/users.yaml:3)`,
			"the entry names neither licenses nor profiles, so it manages no license of the user (manifests/users.yaml:3)"}},
		{name: "once, and again later", entries: []plan.DesiredUser{upcoming, ended}, standing: plan.StandingEnded, want: []string{
			`the manifest "staff" lists the user until 2026-11-01: it has ended, so it asks for nothing any more (manifests/users.yaml:3)`,
			`the manifest "staff" lists the user from 2027-01-01: it has not begun, so it asks for nothing and takes nothing away (manifests/users.yaml:20)`}},
		{name: "later", entries: []plan.DesiredUser{upcoming}, standing: plan.StandingUpcoming, want: []string{
			`the manifest "staff" lists the user from 2027-01-01: it has not begun, so it asks for nothing and takes nothing away (manifests/users.yaml:20)`}},
		{name: "not listed", standing: plan.StandingUnlisted, want: []string{"no manifest lists the user, and the policy leaves such users alone (unlistedUsers: ignore)"}},
		{name: "reported", standing: plan.StandingUnlisted, adjust: func(in *planner.Input) { in.Policy.UnlistedUsers = plan.UnlistedReport },
			want: []string{"no manifest lists the user; the policy reports such users and leaves them alone (unlistedUsers: report)"}},
		{name: "not listed, or misspelt", standing: plan.StandingUnlisted, status: plan.StatusBlocked, entries: []plan.DesiredUser{entry("zoe")},
			users:  []license.UserState{user("ada", direct("E3"))},
			adjust: func(in *planner.Input) { in.Policy.UnlistedUsers = plan.UnlistedRemove },
			want: []string{
				"no manifest lists the user, and the policy takes managed licenses away from such users (unlistedUsers: remove)",
				"the change is blocked: an entry names somebody whom the tenant does not have, and that may be this user"}},
		{name: "protected", entries: []plan.DesiredUser{entry("ada", lic("E3"))}, standing: plan.StandingListed,
			adjust: func(in *planner.Input) {
				in.Policy.Protected = []plan.Ref{{Name: id("ada").String(), Source: where(40)}}
			},
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`,
				"the policy protects the user: nothing is changed, whatever a manifest says (manifests/users.yaml:40)"}},
		{name: "blocked by a seat", entries: []plan.DesiredUser{entry("ada", lic("VISIO"))}, standing: plan.StandingListed, status: plan.StatusBlocked,
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`, "the change is blocked: no seat of VISIO is free: 0 bought, 0 used (manifests/users.yaml:3)"}},
		{name: "blocked by the profile", entries: []plan.DesiredUser{entry("ada", plan.DesiredLicense{SKU: plan.Ref{Name: "E9", Source: where(50)}, Profile: "office"})},
			standing: plan.StandingListed, status: plan.StatusBlocked,
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`, `the change is blocked: no product "E9" is known (manifests/users.yaml:50)`}},
		{name: "blocked by the policy", entries: []plan.DesiredUser{entry("ada", lic("E3"))}, standing: plan.StandingListed, status: plan.StatusBlocked,
			adjust: func(in *planner.Input) { in.Policy.IgnoredSKUs = []plan.Ref{{Name: "E9", Source: where(60)}} },
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`,
				`the change is blocked: the policy names a product that is not known: no product "E9" is known (manifests/users.yaml:60)`}},
		{name: "blocked by a missing country", entries: []plan.DesiredUser{entry("ada", lic("E3"))}, users: []license.UserState{{ID: id("ada"), UserPrincipalName: upn("ada")}},
			standing: plan.StandingListed, status: plan.StatusBlocked,
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`,
				"the change is blocked: the user has no usage location, which a license needs (manifests/users.yaml:3)"}},
		{name: "blocked by somebody else's protection", entries: []plan.DesiredUser{entry("ada", lic("E3"))}, standing: plan.StandingListed, status: plan.StatusBlocked,
			adjust: func(in *planner.Input) { in.Policy.Protected = []plan.Ref{{Name: upn("zoe"), Source: where(70)}} },
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`,
				"the change is blocked: zoe@contoso.com is protected by the policy, and the tenant has no such user: nobody is protected by this name (manifests/users.yaml:70)"}},
		{name: "declared twice", entries: []plan.DesiredUser{entry("ada", lic("E3")), byID}, standing: plan.StandingListed, status: plan.StatusBlocked,
			want: []string{
				`the manifest "staff" lists the user (manifests/users.yaml:3)`,
				`the manifest "staff" lists the user as ` + id("ada").String() + ` (manifests/users.yaml:3)`,
				`the change is blocked: the user is declared twice, as "ada@contoso.com" and as "` + id("ada").String() + `" (manifests/users.yaml:3)`}},
		{name: "held", entries: []plan.DesiredUser{entry("ada")}, users: []license.UserState{user("ada", direct("E3"))}, standing: plan.StandingListed, status: plan.StatusHeld,
			adjust: func(in *planner.Input) { in.Options.AdditionsOnly = true },
			want:   []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`, "the change is held: it takes something away, and only additions are planned"}},
		{name: "stopped by a guard", entries: []plan.DesiredUser{entry("ada")}, users: []license.UserState{user("ada", direct("E3"))}, standing: plan.StandingListed, status: plan.StatusReady,
			adjust: func(in *planner.Input) { in.Options.Tighten = map[plan.GuardName]int{plan.GuardMaxRemovalsPerSKU: 0} },
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`, "the change is ready: an apply makes it, in one call for all licenses of the user",
				"the guard maxRemovalsPerSku E3 stops the whole plan, this change included: 1 of 0 allowed"}},
		{name: "waiting for somebody else", entries: []plan.DesiredUser{entry("ada", lic("FULL")), entry("bob")}, users: []license.UserState{user("ada"), user("bob", direct("FULL"))},
			standing: plan.StandingListed, status: plan.StatusReady,
			want: []string{`the manifest "staff" lists the user (manifests/users.yaml:3)`, "the change is ready: an apply makes it, in one call for all licenses of the user",
				"it waits for a seat until others have given theirs up: bob@contoso.com"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			users := tc.users
			if users == nil {
				users = []license.UserState{user("ada")}
			}
			in := world(tc.entries, users, sku("E3", 10, 5), sku("VISIO", 0, 0), sku("FULL", 1, 1))
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			e := mustExplain(t, in, upn("ada"))
			if e.Standing != tc.standing || e.Status != tc.status {
				t.Errorf("%s, %s", e.Standing, e.Status)
			}
			if diff := cmp.Diff(tc.want, sentences(e.Reasons)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExplainTellsOfTheUsageLocation(t *testing.T) {
	abroad := entry("ada")
	abroad.UsageLocation = "GB"
	none := user("ada", direct("E3"))
	none.UsageLocation = ""
	for _, tc := range []struct {
		name   string
		entry  plan.DesiredUser
		user   license.UserState
		adjust func(*planner.Input)
		want   string
	}{
		{"nobody says", entry("ada"), user("ada"), nil, "unmanaged DE "},
		{"changed", abroad, user("ada"), nil, "update DE GB"},
		{"set", abroad, none, nil, "update  GB"},
		{"protected", abroad, user("ada"), func(in *planner.Input) { in.Policy.Protected = []plan.Ref{{Name: upn("ada")}} }, "protected DE GB"},
		{"held", abroad, none, func(in *planner.Input) { in.Options.AdditionsOnly = true }, "held  GB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world([]plan.DesiredUser{tc.entry}, []license.UserState{tc.user}, sku("E3", 10, 5))
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			l := mustExplain(t, in, upn("ada")).Location
			if got := fmt.Sprintf("%s %s %s", l.Verdict, l.Now, l.Desired); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// A license whose path the tenant does not tell is shown, and nothing is
// concluded from it.
func TestExplainContradictoryState(t *testing.T) {
	u := user("ada", direct("E5"))
	u.Unexplained = []license.GUID{id("E3")}
	e := mustExplain(t, world([]plan.DesiredUser{entry("ada", lic("E5"))}, []license.UserState{u}, sku("E3", 10, 5), sku("E5", 10, 5)), upn("ada"))
	if diff := cmp.Diff([]string{"E3 blocked ()", "E5 blocked ()"}, verdicts(e)); diff != "" {
		t.Error(diff)
	}
	if e.Licenses[0].Paths[0].Kind != plan.PathUnknown || !slices.Contains(why(e, "E3"), "the user holds it, and the tenant does not say whether directly or through a group") {
		t.Errorf("%+v", e.Licenses[0])
	}
}

func TestExplainFindsTheUser(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada.brandt"), entry("zoe"), {User: plan.Ref{Name: plan.Me}}},
		[]license.UserState{user("ada.brandt"), user("ben"), user("bea")}, sku("E3", 10, 5))
	in.Observed.Me = id("ben")
	for name, want := range map[string]string{
		"ADA.brandt@Contoso.com":            "ada.brandt",
		id("ada.brandt").String():           "ada.brandt",
		strings.ToUpper(id("ben").String()): "ben",
		plan.Me:                             "ben",
		"bea@contoso.com":                   "bea",
	} {
		if e := mustExplain(t, in, name); e.User.UserPrincipalName != upn(want) {
			t.Errorf("%s is taken for %s", name, e.User.UserPrincipalName)
		}
	}
	in.Observed.Me = license.GUID{}
	for name, want := range map[string]string{
		"ada.brand@contoso.com":    `the tenant has no user "ada.brand@contoso.com": did you mean ada.brandt@contoso.com?`,
		"ada@contoso.com":          `the tenant has no user "ada@contoso.com": did you mean ada.brandt@contoso.com?`,
		"ada.brandt@fabrikam.test": `the tenant has no user "ada.brandt@fabrikam.test": did you mean ada.brandt@contoso.com?`,
		"Zoe@contoso.com":          `manifests/users.yaml:3:3 lists "Zoe@contoso.com", and the tenant has no such user: give the user principal name in full`,
		id("nobody").String():      fmt.Sprintf(`the tenant has no user %q: give the user principal name in full`, id("nobody")),
		plan.Me:                    `nobody is signed in, so "me" is nobody: give the user principal name or object id`,
	} {
		_, err := planner.Explain(in, name)
		var unknown *planner.UnknownUserError
		if !errors.As(err, &unknown) {
			t.Fatalf("%s: %v", name, err)
		}
		if got := unknown.Error() + ": " + unknown.Hint(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Narrowing a plan does not narrow what is explained.
func TestExplainHeedsTheWholePlan(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada", lic("E3")), entry("ben", lic("E3"))}, []license.UserState{user("ada"), user("ben")}, sku("E3", 10, 5))
	want := mustMake(t, in).PlanID
	in.Options.Users, in.Options.SKUs = []string{upn("ben")}, []string{"nonsense"}
	if e := mustExplain(t, in, upn("ada")); e.PlanID != want || e.Licenses[0].Verdict != plan.VerdictGain {
		t.Errorf("explains %s as %v", e.PlanID, verdicts(e))
	}
}
