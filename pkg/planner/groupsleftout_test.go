package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestGroupsLeftOut: a change of a group or of a user that is not in the plan takes
// nothing from anybody who rests on it.
func TestGroupsLeftOut(t *testing.T) {
	toGive := []license.Group{group("sales", "ada")}
	takesTwo := []license.Group{giving(group("sales", "ada", "bob"), "E3", "VISIO")}
	for _, tc := range []struct {
		name    string
		users   []license.UserState
		groups  []license.Group
		entry   plan.DesiredUser
		wanted  plan.DesiredGroup
		adjust  func(*planner.Input)
		group   []string
		changes []string
	}{
		{
			name: "a plan for one user leaves the group out that is to give it", users: []license.UserState{user("ada", direct("E3"))}, groups: toGive,
			entry: entry("ada"), wanted: groupEntry("sales", lic("E3")), adjust: func(in *planner.Input) { in.Options.Users = []string{upn("ada")} },
			changes: []string{"ada blocked: -E3 [group-blocked]"},
		},
		{
			name: "a protected group that is to give it does not", users: []license.UserState{user("ada", direct("E3"))}, groups: toGive,
			entry: entry("ada"), wanted: groupEntry("sales", lic("E3")), adjust: func(in *planner.Input) { in.Policy.ProtectedGroups = []plan.Ref{{Name: "sales"}} },
			changes: []string{"ada blocked: -E3 [group-blocked]"},
		},
		{
			name: "another product takes nothing", users: []license.UserState{user("ada", direct("E3"))}, groups: toGive,
			entry: entry("ada"), wanted: groupEntry("sales", lic("E5")), adjust: func(in *planner.Input) { in.Options.Users = []string{upn("ada")} },
			changes: []string{"ada ready: -E3"},
		},
		{
			name: "a plan for one product leaves the change out by which a member keeps another", users: []license.UserState{user("ada", inherited("sales", "E3"), inherited("sales", "VISIO")), user("bob", inherited("sales", "E3"), inherited("sales", "VISIO"))}, groups: takesTwo,
			entry: entry("ada", lic("VISIO")), wanted: groupEntry("sales"), adjust: func(in *planner.Input) { in.Options.SKUs = []string{"E3"} },
			group: []string{"sales blocked: -E3 -VISIO (0 gain 2 lose 0 keep 0 wait) [group-takes-declared]"},
		},
		{
			name: "who is to get it by a protected group keeps what the old one gives", users: []license.UserState{user("ada", inherited("old", "E3"))},
			groups: []license.Group{giving(group("old", "ada"), "E3"), group("sales", "ada")}, entry: entry("bob"), wanted: groupEntry("sales", lic("E3")),
			adjust: func(in *planner.Input) {
				in.Desired.Groups = append(in.Desired.Groups, groupEntry("old"))
				in.Policy.ProtectedGroups = []plan.Ref{{Name: "sales"}}
			},
			group: []string{"old blocked: -E3 (0 gain 1 lose 0 keep 0 wait) [group-takes-declared]"},
		},
		{
			name: "a group of which nobody knows who is in it may be that of anybody", users: []license.UserState{user("ada", direct("E3"))}, groups: []license.Group{unread(group("sales"))},
			entry: entry("ada"), wanted: groupEntry("sales", lic("E3")), adjust: func(*planner.Input) {},
			group: []string{"sales blocked: +E3 (0 gain 0 lose 0 keep 0 wait) [group-untold]"}, changes: []string{"ada blocked: -E3 [group-untold]"},
		},
		{
			name: "who gets no seat by the new group keeps what the old one gives", users: []license.UserState{user("ada", inherited("old", "E3")), user("cyd", inherited("old", "E3"))},
			groups: []license.Group{giving(group("old", "ada", "cyd"), "E3"), group("sales", "ada", "cyd")}, entry: entry("bob"), wanted: groupEntry("sales", lic("E3"), lic("FULL")),
			adjust: func(in *planner.Input) {
				in.Desired.Groups = append(in.Desired.Groups, groupEntry("old"))
				in.Observed.SKUs = append(in.Observed.SKUs, sku("FULL", 1, 0))
			},
			group: []string{"old blocked: -E3 (0 gain 2 lose 0 keep 0 wait) [group-takes-declared]", "sales ready: +E3 +FULL (1 gain 0 lose 0 keep 1 wait)"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world([]plan.DesiredUser{tc.entry}, tc.users, sku("E3", 100, 10), sku("E5", 100, 10), sku("VISIO", 5, 2)), tc.groups, tc.wanted)
			tc.adjust(&in)
			p := mustMake(t, in)
			if diff := cmp.Diff(append([]string{}, tc.group...), groupLines(p)); diff != "" {
				t.Errorf("group changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.changes...), lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}
