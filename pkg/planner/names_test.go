package planner_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestCheckNames states which names are looked at, a case each. Findings are
// given as code and user.
func TestCheckNames(t *testing.T) {
	e3, company := sku("E3", 0, 9), sku("COMPANY", 1, 0)
	company.AppliesTo = license.AppliesToCompany
	later := plan.Window{From: plan.NewDate(2099, time.January, 1)}
	over := plan.Window{Until: plan.NewDate(2000, time.January, 1)}
	with := func(e plan.DesiredUser, w plan.Window) plan.DesiredUser { e.Window = w; return e }
	during := func(l plan.DesiredLicense, w plan.Window) plan.DesiredLicense { l.Window = w; return l }
	without := func(l plan.DesiredLicense, names ...string) plan.DesiredLicense {
		l.Plans = choice(plan.PlansDisabled, names...)
		return l
	}
	brought := lic("E33")
	brought.Profile = "base"
	byID := entry("ada", lic("E3"))
	byID.User.Name = id("ada").String()
	for _, tc := range []struct {
		name    string
		entries []plan.DesiredUser
		adjust  func(*planner.Input)
		want    []string
	}{
		{name: "all is known, although no seat is free", entries: []plan.DesiredUser{entry("ada", lic("E3"))}},
		{name: "nobody knows the product", entries: []plan.DesiredUser{entry("ada", lic("E33"))}, want: []string{"unknown-sku ada@contoso.com"}},
		{name: "the tenant does not own it", entries: []plan.DesiredUser{entry("ada", lic("SPE_E5"))}, want: []string{"sku-not-in-tenant ada@contoso.com"}},
		{name: "not for users", entries: []plan.DesiredUser{entry("ada", lic("COMPANY"))}, want: []string{"sku-not-for-users ada@contoso.com"}},
		{name: "no such service plan", entries: []plan.DesiredUser{entry("ada", without(lic("E3"), "E3_CHAT", "E3_CHATS"))}, want: []string{"unknown-plan ada@contoso.com"}},
		{name: "no such user, whose licenses are looked at too", entries: []plan.DesiredUser{entry("bo", lic("E33"))},
			want: []string{"unknown-sku bo@contoso.com", "user-not-found bo@contoso.com"}},
		{name: "a license that begins later", entries: []plan.DesiredUser{entry("ada", during(without(lic("E3"), "X"), later))}, want: []string{"unknown-plan ada@contoso.com"}},
		{name: "a license that has ended", entries: []plan.DesiredUser{entry("ada", during(lic("E33"), over))}, want: []string{"unknown-sku ada@contoso.com"}},
		{name: "an entry that begins later may be for somebody who is still to come", entries: []plan.DesiredUser{with(entry("bo", lic("E33")), later)},
			want: []string{"unknown-sku bo@contoso.com"}},
		{name: "a profile's mistake is said once", entries: []plan.DesiredUser{entry("ada", brought), entry("eve", brought)}, want: []string{"unknown-sku "}},
		{name: "one product by two names", entries: []plan.DesiredUser{entry("ada", lic("E3"), without(plan.DesiredLicense{SKU: plan.Ref{Name: id("E3").String(), Source: where(9)}}, "E3_CHAT"))},
			want: []string{"sku-declared-twice ada@contoso.com"}},
		{name: "one product at two times", entries: []plan.DesiredUser{entry("ada", during(lic("E3"), over), during(without(lic("E3"), "E3_CHAT"), later))}},
		{name: "one user by two names", entries: []plan.DesiredUser{entry("ada", lic("E3")), byID}, want: []string{"user-declared-twice ada@contoso.com"}},
		{name: "me is whoever will sign in", entries: []plan.DesiredUser{{User: plan.Ref{Name: plan.Me}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("E33")}}},
			want: []string{"unknown-sku me"}},
		{name: "the policy's names", entries: []plan.DesiredUser{entry("ada", lic("E3"))}, adjust: func(in *planner.Input) {
			in.Policy.IgnoredSKUs = []plan.Ref{{Name: "E33"}}
			in.Policy.Protected = []plan.Ref{{Name: upn("bo")}}
		}, want: []string{"policy-unknown-sku ", "protected-user-not-found bo@contoso.com"}},
		{name: "selections that the tenant answers", adjust: func(in *planner.Input) {
			plain := func(name string) plan.Query { return plan.Query{Group: name} }
			in.Desired.Selections = []plan.Selection{
				selects(1, plain("known"), lic("E3")), selects(2, plain("unknown"), lic("E33")), selects(3, plan.Query{Filter: "x"}, lic("E3")),
				selects(4, plain("empty"), lic("E3")), list(5, []string{"ada", "bo"}, lic("E3")),
			}
			in.Observed.Answers = map[plan.Query]plan.Answer{
				plain("known"): answer(plain("known"), "ada"), plain("unknown"): {}, {Filter: "x"}: {Refused: "no"}, plain("empty"): answer(plain("empty")),
			}
		}, want: []string{"filter-refused ", "group-not-found ", "selection-empty ", "unknown-sku ", "user-not-found bo@contoso.com"}},
		{name: "selections that nobody asked about", adjust: func(in *planner.Input) {
			in.Desired.Selections = []plan.Selection{selects(1, plan.Query{Group: "unknown"}, lic("E33"))}
		}, want: []string{"unknown-sku "}},
		{name: "what is not about names", entries: []plan.DesiredUser{entry("ada", lic("E3"))}, adjust: func(in *planner.Input) {
			in.Policy.UnlistedUsers = plan.UnlistedReport
			in.Observed.Users[0].Unexplained = []license.GUID{id("E3")}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := planner.Input{
				Desired: plan.Desired{Users: tc.entries}, Policy: plan.DefaultPolicy(),
				Observed: plan.Observed{SKUs: []license.SKU{company, e3}, Users: []license.UserState{user("ada"), user("eve", direct("E3"))}, Whole: true},
				Now:      time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
			}
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			var got []string
			for _, f := range planner.CheckNames(in) {
				got = append(got, string(f.Code)+" "+f.User)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever Make finds wrong with names, CheckNames finds, word for word.
func TestCheckNamesFindsWhatAPlanFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		for i := range in.Desired.Users {
			e := &in.Desired.Users[i]
			if rapid.IntRange(0, 3).Draw(t, "misspelt") == 0 {
				e.User.Name = "x" + e.User.Name
			}
			if rapid.IntRange(0, 3).Draw(t, "wrong product") == 0 {
				e.Licenses = append(slices.Clone(e.Licenses), lic(rapid.SampledFrom([]string{"E33", "SPE_E5"}).Draw(t, "product")))
			}
		}
		p, err := planner.Make(in)
		if err != nil {
			t.Fatal(err)
		}
		found := planner.CheckNames(in)
		for _, f := range p.Findings {
			aboutNames := slices.Contains([]plan.Code{plan.CodeUnknownSKU, plan.CodeSKUNotInTenant, plan.CodeUnknownPlan, plan.CodeUserNotFound}, f.Code)
			if f.Severity == plan.SeverityError && aboutNames && !slices.ContainsFunc(found, func(g plan.Finding) bool { return cmp.Equal(f, g) }) {
				t.Errorf("CheckNames misses %+v", f)
			}
		}
	})
}
