package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestWhatGroupsGiveIsNotInForceYet: what is written down of a group makes up for nothing
// that somebody has.
func TestWhatGroupsGiveIsNotInForceYet(t *testing.T) {
	for _, tc := range []struct {
		name     string
		users    []license.UserState
		groups   []license.Group
		wanted   []plan.DesiredGroup
		adjust   func(*planner.Input)
		group    []string
		changes  []string
		findings []string
	}{
		{
			name:   "what a group gives, and is not in force for a member yet, keeps their own",
			users:  []license.UserState{user("ada", direct("E3")), user("bob", direct("E3"), inherited("ops", "E3")), user("cleo", direct("E3"), as("Error", "CountViolation", inherited("sales", "E3")))},
			groups: []license.Group{giving(group("sales", "ada", "bob", "cleo"), "E3"), giving(group("ops", "bob"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3")), groupEntry("ops", lic("E3"))},
			adjust: func(in *planner.Input) {
				in.Policy.UnlistedUsers, in.Policy.DirectAndInherited = plan.UnlistedRemove, plan.DirectAndInheritedKeep
			},
			changes:  []string{"ada blocked: -E3 [group-blocked]", "bob ready: -E3", "cleo blocked: -E3 [group-blocked]"},
			findings: []string{"warning assignment-error cleo", "warning group-not-in-force"},
		},
		{
			name:     "a group takes nothing that another one gives, and that is not in force yet",
			users:    []license.UserState{user("ada", inherited("sales", "E3")), user("bob", inherited("sales", "E3"), as("Error", "CountViolation", inherited("ops", "E3")))},
			groups:   []license.Group{giving(group("sales", "ada", "bob"), "E3"), giving(group("ops", "ada", "bob"), "E3")},
			wanted:   []plan.DesiredGroup{groupEntry("sales"), groupEntry("ops", lic("E3"))},
			group:    []string{"sales blocked: -E3 (0 gain 2 lose 0 keep 0 wait) [group-takes-declared]"},
			findings: []string{"error group-takes-declared", "warning group-not-in-force"},
		},
		{
			name:  "a group takes what another one is to give no more",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3"), giving(group("ops", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales"), groupEntry("ops")},
			group:  []string{"ops ready: -E3 (0 gain 0 lose 1 keep 0 wait)", "sales ready: -E3 (0 gain 1 lose 0 keep 0 wait)"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(nil, tc.users, sku("E3", 100, 10), sku("E5", 100, 10)), tc.groups, tc.wanted...)
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			for _, c := range []struct {
				of        string
				want, got []string
			}{{"groups", tc.group, groupLines(p)}, {"changes", tc.changes, lines(p)}, {"findings", tc.findings, codes(p)}} {
				if diff := cmp.Diff(append([]string{}, c.want...), c.got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.of, diff)
				}
			}
		})
	}
}

// TestMembersWithoutWhatTheirGroupGives: a finding for each group and product counts them by
// what the tenant says.
func TestMembersWithoutWhatTheirGroupGives(t *testing.T) {
	dan := user("dan")
	dan.Unreadable = license.Masked
	eve := user("eve")
	eve.Unexplained = []license.GUID{id("E3")}
	users := []license.UserState{
		user("ada", inherited("sales", "E3")), user("bob"), user("cleo", as("Error", "CountViolation", inherited("sales", "E3"))),
		user("finn", as("Disabled", "", inherited("sales", "E3")), direct("E3")), dan, eve,
	}
	const all = `E3 from group "sales" is not in force for 6 of 7 members: Disabled (1), Error, CountViolation (1), nothing is told of it yet (1), ` +
		`the tenant contradicts itself about it (1), what they hold is not told (2)`
	for _, tc := range []struct {
		name   string
		narrow planner.Options
		want   []string
	}{
		{"all", planner.Options{}, []string{all}},
		{"of the product", planner.Options{SKUs: []string{"E3"}}, []string{all}},
		{"of another product", planner.Options{SKUs: []string{"E5"}}, nil},
		{"of one user", planner.Options{Users: []string{upn("ada")}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(nil, users, sku("E3", 100, 10), sku("E5", 100, 10)),
				[]license.Group{giving(group("sales", "ada", "bob", "cleo", "dan", "eve", "finn", "gone"), "E3"), giving(group("idle"), "E3")},
				groupEntry("sales", lic("E3"), lic("E5")), groupEntry("idle", lic("E3")))
			in.Options = tc.narrow
			var got []string
			for _, f := range mustMake(t, in).Findings {
				if f.Code == plan.CodeGroupNotInForce {
					got = append(got, f.Message)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
