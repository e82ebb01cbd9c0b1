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

// suite is a product that has the service plans of other products as well.
func suite(part string, others ...license.SKU) license.SKU {
	s := sku(part, 100, 10)
	for _, o := range others {
		s.Plans = append(s.Plans, o.Plans...)
	}
	return s
}

// alike is a product with exactly the service plans of another one.
func alike(part string, other license.SKU) license.SKU {
	s := sku(part, 100, 10)
	s.Plans = other.Plans
	return s
}

// redundant lists the findings about redundant licenses in short: "ada: E1
// (direct) < E5 (direct) = 10.00".
func redundant(p *plan.Plan) []string {
	out := costs(p, plan.CodeRedundant)
	for i := range out {
		out[i] = strings.Replace(out[i], " adds nothing to ", " < ", 1)
		out[i] = strings.Replace(out[i], ", which has every service plan of it that is on", "", 1)
		out[i] = strings.Replace(out[i], "@contoso.com", "", 1)
	}
	return out
}

func TestRedundantLicenses(t *testing.T) {
	e1, visio := sku("E1", 100, 10), sku("VISIO", 100, 10)
	e3 := suite("E3", e1)
	e5 := suite("E5", e3)
	twin := alike("VISIO_DEPT", visio)
	skus := []license.SKU{e1, e3, e5, visio, twin}
	for _, tc := range []struct {
		name   string
		entry  plan.DesiredUser
		held   []license.Assignment
		adjust func(*planner.Input)
		want   []string
	}{
		{name: "a part beside the whole", entry: entry("ada", lic("E1"), lic("E5")), held: []license.Assignment{direct("E1"), direct("E5")},
			want: []string{"ada: E1 (direct) < E5 (direct) = 10.00"}},
		{name: "products of their own", entry: entry("ada", lic("VISIO"), lic("E5")), held: []license.Assignment{direct("VISIO"), direct("E5")}},
		{name: "one product by two paths is one", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E5"), inherited("sales", "E5")}},
		{name: "the whole comes from a group", entry: entry("ada", lic("E1")), held: []license.Assignment{direct("E1"), inherited("sales", "E5")},
			want: []string{`ada: E1 (direct) < E5 (from group "Sales") = 10.00`}},
		{name: "the part comes from a group, which saves nothing here", entry: entry("ada", lic("E5")), held: []license.Assignment{inherited("sales", "E1"), direct("E5")},
			want: []string{`ada: E1 (from group "Sales") < E5 (direct)`}},
		{name: "the part comes from a group as well", entry: entry("ada", lic("E1"), lic("E5")), held: []license.Assignment{direct("E1"), inherited("sales", "E1"), direct("E5")},
			want: []string{`ada: E1 (direct, from group "Sales") < E5 (direct)`}},
		{name: "a plan that is off in the whole is missed", entry: entry("ada", lic("E1"), lic("E5")), held: []license.Assignment{direct("E1"), direct("E5", "E1_MAIL")}},
		{name: "a plan that is off in the part is not", entry: entry("ada", lic("E1"), lic("E5")), held: []license.Assignment{direct("E1", "E1_MAIL"), direct("E5", "E1_MAIL")},
			want: []string{"ada: E1 (direct) < E5 (direct) = 10.00"}},
		{name: "a plan for the company is never missed", entry: entry("ada", lic("E1"), lic("E5")), held: []license.Assignment{direct("E1"), direct("E5", "E1_BASE")},
			want: []string{"ada: E1 (direct) < E5 (direct) = 10.00"}},
		{name: "a product with everything off is no part of another", entry: entry("ada", lic("E1"), lic("E5")),
			held: []license.Assignment{direct("E1", "E1_CHAT", "E1_MAIL"), direct("E5")}},
		{name: "two groups make up the whole", entry: entry("ada", lic("E1")),
			held: []license.Assignment{direct("E1"), inherited("sales", "E5", "E1_MAIL"), inherited("ops", "E5", "E1_CHAT")},
			want: []string{fmt.Sprintf(`ada: E1 (direct) < E5 (from group %s, from group "Sales") = 10.00`, id("ops"))}},
		{name: "a group that has no seat to give gives nothing", entry: entry("ada", lic("E1")), held: []license.Assignment{direct("E1"), inError(inherited("sales", "E5"))}},
		{name: "of a chain the largest stays", entry: entry("ada", lic("E1"), lic("E3"), lic("E5")), held: []license.Assignment{direct("E1"), direct("E3"), direct("E5")},
			want: []string{"ada: E1 (direct) < E5 (direct) = 10.00", "ada: E3 (direct) < E5 (direct) = 36.00"}},
		{name: "of two alike one is told", entry: entry("ada", lic("VISIO"), lic("VISIO_DEPT")), held: []license.Assignment{direct("VISIO"), direct("VISIO_DEPT")},
			want: []string{"ada: VISIO_DEPT (direct) < VISIO (direct)"}},
		{name: "of two alike the direct one", entry: entry("ada", lic("VISIO")), held: []license.Assignment{direct("VISIO"), inherited("sales", "VISIO_DEPT")},
			want: []string{`ada: VISIO (direct) < VISIO_DEPT (from group "Sales")`}},
		{name: "of two alike the dearer one", entry: entry("ada", lic("VISIO"), lic("VISIO_DEPT")), held: []license.Assignment{direct("VISIO"), direct("VISIO_DEPT")},
			adjust: func(in *planner.Input) {
				in.Policy.Prices.Monthly = append(in.Policy.Prices.Monthly, plan.Price{SKU: plan.Ref{Name: "VISIO"}, Amount: money("15")})
			},
			want: []string{"ada: VISIO (direct) < VISIO_DEPT (direct) = 15.00"}},

		{name: "what goes covers nothing", entry: entry("ada", lic("E1")), held: []license.Assignment{direct("E1"), direct("E5")}},
		{name: "what goes is not told", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E1"), direct("E5")}},
		{name: "what comes counts", entry: entry("ada", lic("E1"), lic("E5")), held: []license.Assignment{direct("E1")},
			want: []string{"ada: E1 (direct) < E5 (direct) = 10.00"}},
		{name: "plans count as they will be", entry: entry("ada", lic("E1"), licWithout("E5", "E1_MAIL")), held: []license.Assignment{direct("E1"), direct("E5")}},
		{name: "of a blocked change nobody knows", entry: entry("ada", lic("E1"), lic("E5"), lic("E9")), held: []license.Assignment{direct("E1"), direct("E5")}},
		{name: "nor of a held one", entry: entry("ada", lic("E1"), licWithout("E5", "E5_MAIL")), held: []license.Assignment{direct("E1"), direct("E5")},
			adjust: func(in *planner.Input) { in.Options.AdditionsOnly = true }},
		{name: "nor of one that is left out", entry: entry("ada", lic("E1"), lic("E5"), lic("VISIO")), held: []license.Assignment{direct("E1"), direct("E5")},
			adjust: func(in *planner.Input) { in.Options.SKUs = []string{"E3"} }},

		{name: "what the policy leaves out is none of its business", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E1"), direct("E5")},
			adjust: func(in *planner.Input) { in.Policy.IgnoredSKUs = []plan.Ref{{Name: "E1"}} }},
		{name: "and covers nothing", entry: entry("ada", lic("E1")), held: []license.Assignment{direct("E1"), direct("E5")},
			adjust: func(in *planner.Input) { in.Policy.ManagedSKUs = []plan.Ref{{Name: "E1"}} }},
		{name: "what somebody answers for is passed over", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E1"), direct("E5")},
			adjust: func(in *planner.Input) {
				in.Policy.AcceptedDrift = []plan.AcceptedDrift{{User: plan.Ref{Name: upn("ada")}, SKU: plan.Ref{Name: "E1"}, Owner: "finance", Until: day("2099-01-01")}}
			}},
		{name: "an entry that manages no license", entry: plan.DesiredUser{User: plan.Ref{Name: upn("ada")}}, held: []license.Assignment{direct("E1"), direct("E5")}},
		{name: "a user who stands in no manifest", entry: entry("bob"), held: []license.Assignment{direct("E1"), direct("E5")}},
		{name: "a protected user stays as they are", entry: entry("ada", lic("E5")), held: []license.Assignment{direct("E1"), direct("E5")},
			adjust: func(in *planner.Input) { in.Policy.Protected = []plan.Ref{{Name: upn("ada")}} },
			want:   []string{"ada: E1 (direct) < E5 (direct) = 10.00"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world([]plan.DesiredUser{tc.entry}, []license.UserState{user("ada", tc.held...), user("bob")}, skus...)
			in.Observed.Groups = map[license.GUID]string{id("sales"): "Sales"}
			priced(&in)
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			if diff := cmp.Diff(append([]string{}, tc.want...), redundant(mustMake(t, in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func inError(a license.Assignment) license.Assignment {
	a.State, a.Error = "Error", "CountViolation"
	return a
}

// Where the license can be given up depends on who asks for it.
func TestRedundantLicensesSayWhereTheyComeFrom(t *testing.T) {
	e1 := sku("E1", 100, 10)
	skus := []license.SKU{e1, suite("E5", e1)}
	ofProfile := lic("E1")
	ofProfile.Profile, ofProfile.SKU.Source = "office", plan.Source{File: "manifests/profiles.yaml", Line: 12}
	later := lic("E1")
	later.Window.From = day("2030-01-01")
	for _, tc := range []struct {
		name  string
		entry plan.DesiredUser
		held  license.Assignment
		hint  string
		place string
	}{
		{"a profile", entry("ada", ofProfile, lic("E5")), direct("E1"), `take it out of the profile "office", or give the user another profile`, "manifests/profiles.yaml:12"},
		{"the entry", entry("ada", lic("E1"), lic("E5")), direct("E1"), "take it out of the user's entry", "manifests/users.yaml:7:3"},
		{"nobody yet", entry("ada", later, lic("E5")), direct("E1"), "no manifest asks for it; `licensectl explain` says why it is kept", "manifests/users.yaml:3:3"},
		{"a group", entry("ada", lic("E5")), inherited("sales", "E1"), "take the product off the group, or the user out of it", "manifests/users.yaml:3:3"},
		{"a group and a profile", entry("ada", ofProfile, lic("E5")), inherited("sales", "E1"),
			"take the product off the group, or the user out of it; the manifests ask for it as well", "manifests/profiles.yaml:12"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := mustMake(t, world([]plan.DesiredUser{tc.entry}, []license.UserState{user("ada", tc.held, direct("E5"))}, skus...))
			for _, f := range p.Findings {
				if f.Code != plan.CodeRedundant {
					continue
				}
				if f.Hint != tc.hint || f.Source.String() != tc.place || f.Group != tc.held.Group || f.Severity != plan.SeverityInfo {
					t.Errorf("%+v from %s", f, f.Source)
				}
				return
			}
			t.Errorf("nothing is found: %v", codes(p))
		})
	}
}

// Without what is told to be redundant the users have the same services on.
func TestRedundantLicensesAreNotMissed(t *testing.T) {
	seen := 0
	defer func() {
		if seen == 0 {
			t.Error("no world had a redundant license")
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		overlapping(in.Observed.SKUs)
		p := mustMake2(t, in)
		seen += len(redundant(p))
		drop := map[string][]string{}
		for _, line := range redundant(p) {
			name, rest, _ := strings.Cut(line, ": ")
			part, _, _ := strings.Cut(rest, " ")
			drop[upn(name)] = append(drop[upn(name)], part)
		}
		for _, u := range after(in.Observed.Users, p) {
			if all, rest := servicesOf(u, in.Observed.SKUs, nil), servicesOf(u, in.Observed.SKUs, drop[u.UserPrincipalName]); !cmp.Equal(all, rest) {
				t.Fatalf("%s misses something without %v: %v, %v", u.UserPrincipalName, drop[u.UserPrincipalName], all, rest)
			}
		}
	})
}

// overlapping gives each product the plans of the one before, so that E5 has
// all of E3, which has all of E1, and VISIO is the same as E5.
func overlapping(skus []license.SKU) {
	for i := 1; i < len(skus); i++ {
		skus[i].Plans = append(skus[i].Plans[:len(skus[i].Plans):len(skus[i].Plans)], skus[i-1].Plans...)
	}
	skus[len(skus)-1].Plans = skus[len(skus)-2].Plans
}

// servicesOf tells which service plans for users are on, over all products but
// those that are dropped. What is not in force gives nobody anything.
func servicesOf(u license.UserState, skus []license.SKU, drop []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range skus {
		for _, a := range u.Assignments {
			if a.SKUID != s.ID || !a.InForce() || slices.Contains(drop, s.PartNumber) {
				continue
			}
			for _, p := range s.Plans {
				if p.AppliesTo == license.AppliesToUser && !license.ContainsGUID(a.DisabledPlans, p.ID) {
					out[p.Name] = true
				}
			}
		}
	}
	return out
}

// BenchmarkRedundant plans for users of whom nobody or everybody holds
// a license that adds nothing.
func BenchmarkRedundant(b *testing.B) {
	for name, merge := range map[string]func(skus []license.SKU){
		"none": func([]license.SKU) {},
		"all":  func(skus []license.SKU) { skus[0].Plans = append(skus[0].Plans, skus[2].Plans...) },
	} {
		b.Run(name, func(b *testing.B) {
			in := crowd("E3")
			merge(in.Observed.SKUs)
			b.ReportAllocs()
			for b.Loop() {
				if found := len(mustMake(b, in).Findings); (found == benchUsers) != (name == "all") {
					b.Fatalf("%d findings", found)
				}
			}
			perUser(b)
		})
	}
}
