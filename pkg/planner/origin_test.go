package planner_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// TestActionsTellWhatAsksForThem: the line that one would change, and not where
// the user stands.
func TestActionsTellWhatAsksForThem(t *testing.T) {
	of := func(profile, part string, line int) plan.DesiredLicense {
		return plan.DesiredLicense{SKU: plan.Ref{Name: part, Source: where(line)}, Profile: profile}
	}
	byDefault := of("", "E5", 40)
	byDefault.Default = true
	e3, e5, visio := direct("E3"), direct("E5"), direct("VISIO")
	for _, tc := range []struct {
		name  string
		entry []plan.DesiredUser
		held  []license.Assignment
		want  []string
	}{
		{"a profile", []plan.DesiredUser{entry("ada", of("kw", "E5", 30))}, nil, []string{"+E5 profile kw 30"}},
		{"a swap in a profile", []plan.DesiredUser{entry("ada", of("kw", "E5", 30))}, []license.Assignment{e3}, []string{"-E3 profile kw 30", "+E5 profile kw 30"}},
		{"what a profile no longer has", []plan.DesiredUser{entry("ada", of("kw", "E5", 30))}, []license.Assignment{e5, visio}, []string{"-VISIO profile kw 30"}},
		{"what neither of two profiles has", []plan.DesiredUser{entry("ada", of("kw", "E5", 30), of("lab", "E3", 31))}, []license.Assignment{e3, e5, visio}, []string{"-VISIO entry  3"}},
		{"the defaults", []plan.DesiredUser{entry("ada", byDefault)}, nil, []string{"+E5 defaults staff 40"}},
		{"an entry of one's own", []plan.DesiredUser{entry("ada", lic("E5"))}, nil, []string{"+E5 entry  7"}},
		{"an entry that asks for nothing", []plan.DesiredUser{entry("ada")}, []license.Assignment{e5}, []string{"-E5 entry  3"}},
		{"the policy", nil, []license.Assignment{e5}, []string{"-E5 policy  90"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world(tc.entry, []license.UserState{user("ada", tc.held...)}, sku("E3", 9, 1), sku("E5", 9, 1), sku("VISIO", 9, 1))
			in.Policy.UnlistedUsers, in.Policy.Source = plan.UnlistedRemove, where(90)
			var got []string
			for _, c := range mustMake(t, in).Changes {
				for _, a := range c.Actions {
					got = append(got, fmt.Sprintf("%s %s %s %d", word(a), a.CausedBy.Kind, a.CausedBy.Name, a.CausedBy.Source.Line))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A selection asks for what its defaults do not, and what it takes away.
func TestSelectionsTellThatTheyAsk(t *testing.T) {
	in := world(nil, []license.UserState{user("ada", direct("E5"))}, sku("E3", 9, 0), sku("E5", 9, 1))
	in.Desired.Selections = []plan.Selection{selects(1, salesGroup)}
	in.Observed.Answers = map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")}
	a := mustMake(t, in).Changes[0].Actions[0]
	if want := (plan.Origin{Kind: plan.OriginSelection, Name: `group "Sales"`, Source: where(1)}); *a.CausedBy != want {
		t.Errorf("%+v, want %+v", *a.CausedBy, want)
	}
}
