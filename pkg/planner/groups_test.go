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

// group is a security group with members that gives nothing.
func group(name string, members ...string) license.Group {
	return license.Group{
		ID: id(name), DisplayName: name, SecurityEnabled: true, ProcessingState: "ProcessingComplete",
		Licenses: []license.GroupLicense{}, Members: append([]license.GUID{}, ids(members)...),
	}
}

// giving is a group that gives products with all service plans.
func giving(g license.Group, parts ...string) license.Group {
	for _, part := range parts {
		g.Licenses = append(g.Licenses, license.GroupLicense{SKUID: id(part)})
	}
	license.SortGroupLicenses(g.Licenses)
	return g
}

// groupEntry is an entry of a manifest for a group.
func groupEntry(name string, wanted ...plan.DesiredLicense) plan.DesiredGroup {
	return plan.DesiredGroup{Group: plan.Ref{Name: name, Source: where(50)}, Manifest: "groups", ManagesLicenses: true, Licenses: wanted}
}

// withGroups gives an input the groups of the tenant and the entries for them.
func withGroups(in planner.Input, groups []license.Group, entries ...plan.DesiredGroup) planner.Input {
	slices.SortFunc(groups, func(a, b license.Group) int { return license.CompareGUIDs(a.ID, b.ID) })
	in.Observed.LicensedGroups, in.Desired.Groups = groups, append([]plan.DesiredGroup{}, entries...)
	return in
}

// groupLines says what the group changes of a plan do: "sales ready: +E5 (2 gain 1 lose 0 keep 0 wait)".
func groupLines(p *plan.Plan) []string {
	out := []string{}
	for _, c := range p.GroupChanges {
		line := fmt.Sprintf("%s %s:", c.Group.DisplayName, c.Status)
		for _, a := range c.Actions {
			line += " " + word(a)
		}
		line += fmt.Sprintf(" (%d gain %d lose %d keep %d wait)", c.Members.Gain, c.Members.Lose, c.Members.Keep, c.Members.Wait)
		for _, r := range c.Reasons {
			line += " [" + string(r) + "]"
		}
		out = append(out, line)
	}
	return out
}

// groupNames gives names for the ids of groups and users.
func namesOf(all []license.GUID, names ...string) string {
	var out []string
	for _, name := range names {
		if slices.Contains(all, id(name)) {
			out = append(out, name)
		}
	}
	if len(out) != len(all) {
		out = append(out, fmt.Sprintf("of %d", len(all)))
	}
	return strings.Join(out, " ")
}

// TestMakeGroups states the rules of planning for groups, a case each.
func TestMakeGroups(t *testing.T) {
	for _, tc := range []struct {
		name     string
		entries  []plan.DesiredUser
		users    []license.UserState
		groups   []license.Group
		wanted   []plan.DesiredGroup
		adjust   func(*planner.Input)
		group    []string
		changes  []string
		findings []string
	}{
		{
			name:  "a group comes to give a product",
			users: []license.UserState{user("ada"), user("bob", direct("E3"))}, groups: []license.Group{group("sales", "ada", "bob")},
			wanted: []plan.DesiredGroup{groupEntry("Sales", lic("E3"))},
			group:  []string{"sales ready: +E3 (1 gain 0 lose 1 keep 0 wait)"}, findings: []string{"info direct-and-inherited"},
		},
		{
			name:  "what a group gives already needs no change",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry(id("sales").String(), lic("E3"))},
		},
		{
			name:  "an explicit empty list takes everything, and leaves what other paths give",
			users: []license.UserState{user("ada", inherited("sales", "E3")), user("bob", inherited("sales", "E3"), direct("E3"))}, groups: []license.Group{giving(group("sales", "ada", "bob"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales")},
			group:  []string{"sales ready: -E3 (0 gain 1 lose 1 keep 0 wait)"},
		},
		{
			name:  "absent is not empty",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{{Group: plan.Ref{Name: "sales"}}},
		},
		{
			name:  "products that the policy does not manage are left alone",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3", "VISIO")},
			wanted: []plan.DesiredGroup{groupEntry("sales")},
			adjust: func(in *planner.Input) { in.Policy.IgnoredSKUs = []plan.Ref{{Name: "VISIO"}} },
			group:  []string{"sales ready: -E3 (0 gain 1 lose 0 keep 0 wait)"},
		},
		{
			name:  "service plans are switched for all members",
			users: []license.UserState{user("ada", inherited("sales", "E3")), user("bob", inherited("sales", "E3"), direct("E3"))}, groups: []license.Group{giving(group("sales", "ada", "bob"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales", licWithout("E3", "E3_CHAT"))},
			group:  []string{"sales ready: ~E3!E3_CHAT (0 gain 1 lose 1 keep 0 wait)"}, findings: []string{"info direct-and-inherited"},
		},
		{
			name:  "service plans of trials that the service keeps off are left off, and told",
			users: []license.UserState{user("ada", inherited("sales", "E3", "E3_VIRAL"))}, groups: []license.Group{givingWithout(group("sales", "ada"), "E3", "E3_VIRAL")},
			wanted: []plan.DesiredGroup{groupEntry("sales", licWithout("E3"))}, adjust: withTrial, findings: []string{"info plans-kept-off"},
		},
		{
			name:  "another service plan is switched beside those that the service keeps off",
			users: []license.UserState{user("ada", inherited("sales", "E3", "E3_VIRAL", "E3_CHAT"))}, groups: []license.Group{givingWithout(group("sales", "ada"), "E3", "E3_VIRAL", "E3_CHAT")},
			wanted: []plan.DesiredGroup{groupEntry("sales", licWithout("E3", "E3_MAIL"))}, adjust: withTrial,
			group: []string{"sales ready: ~E3!E3_MAIL!E3_VIRAL (1 gain 1 lose 0 keep 0 wait)"}, findings: []string{"info plans-kept-off"},
		},
		{
			name:  "service plans of trials that a manifest names are as it says",
			users: []license.UserState{user("ada", inherited("sales", "E3", "E3_VIRAL"))}, groups: []license.Group{givingWithout(group("sales", "ada"), "E3", "E3_VIRAL")},
			wanted: []plan.DesiredGroup{groupEntry("sales", licOnly("E3", "E3_BASE", "E3_CHAT", "E3_MAIL", "E3_VIRAL"))}, adjust: withTrial,
			group: []string{"sales ready: ~E3 (1 gain 0 lose 0 keep 0 wait)"},
		},
		{
			name:  "a direct license goes only when the group's is there",
			users: []license.UserState{user("ada", direct("E3"))}, groups: []license.Group{group("sales", "ada")},
			entries: []plan.DesiredUser{entry("ada")}, wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"))},
			group: []string{"sales ready: +E3 (0 gain 0 lose 1 keep 0 wait)"}, changes: []string{"ada ready: -E3"},
		},
		{
			name:  "users get directly only what their groups will not give",
			users: []license.UserState{user("ada"), user("bob")}, groups: []license.Group{group("sales", "ada")},
			entries: []plan.DesiredUser{entry("ada", lic("E3")), entry("bob", lic("E3"))}, wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"))},
			group: []string{"sales ready: +E3 (1 gain 0 lose 0 keep 0 wait)"}, changes: []string{"bob ready: +E3"},
		},
		{
			name:  "who is declared gets directly what a group takes away",
			users: []license.UserState{user("ada", inherited("sales", "E3")), user("bob", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada", "bob"), "E3")},
			entries: []plan.DesiredUser{entry("ada", lic("E3"))}, wanted: []plan.DesiredGroup{groupEntry("sales")},
			adjust: func(in *planner.Input) { in.Observed.SKUs = []license.SKU{sku("E3", 2, 2)} },
			group:  []string{"sales ready: -E3 (0 gain 1 lose 1 keep 0 wait)"}, changes: []string{"ada ready: +E3"},
		},
		{
			name:  "a group takes nothing from who is declared to hold it and cannot get it directly",
			users: []license.UserState{nowhere(user("ada", inherited("sales", "E3")))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			entries: []plan.DesiredUser{entry("ada", lic("E3"))}, wanted: []plan.DesiredGroup{groupEntry("sales")},
			group: []string{"sales blocked: -E3 (0 gain 1 lose 0 keep 0 wait) [group-takes-declared]"}, findings: []string{"error group-takes-declared"},
		},
		{
			name:  "a group takes nothing from who is protected",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales")}, adjust: func(in *planner.Input) { in.Policy.Protected = []plan.Ref{{Name: upn("ada")}} },
			group: []string{"sales blocked: -E3 (0 gain 1 lose 0 keep 0 wait) [protected-user]"}, findings: []string{"error protected-user"},
		},
		{
			name:  "a member who moves from one group to the other keeps the product",
			users: []license.UserState{user("ada", inherited("old", "E3"))}, groups: []license.Group{giving(group("old", "ada"), "E3"), group("new", "ada")},
			wanted: []plan.DesiredGroup{groupEntry("old"), groupEntry("new", lic("E3"))},
			group:  []string{"new ready: +E3 (0 gain 0 lose 1 keep 0 wait)", "old ready: -E3 (0 gain 0 lose 1 keep 0 wait)"},
		},
		{
			name:  "a swap counts members twice",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("E5"))},
			group:  []string{"sales ready: -E3 +E5 (1 gain 1 lose 0 keep 0 wait)"},
		},
		{
			name:  "who has no usage location waits, and keeps their own",
			users: []license.UserState{nowhere(user("ada")), nowhere(user("bob", direct("E5")))}, groups: []license.Group{group("sales", "ada", "bob")},
			entries: []plan.DesiredUser{entry("bob")}, wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"), lic("E5"))},
			group: []string{"sales ready: +E3 +E5 (0 gain 0 lose 0 keep 2 wait)"}, changes: []string{"bob blocked: -E5 [group-blocked]"},
			findings: []string{"warning no-usage-location", "warning no-usage-location"},
		},
		{
			name:  "seats are for as many members as there are",
			users: []license.UserState{user("ada"), user("bob"), user("cleo", direct("VISIO"))}, groups: []license.Group{group("sales", "ada", "bob", "cleo")},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("VISIO"))}, adjust: func(in *planner.Input) { in.Observed.SKUs = []license.SKU{sku("VISIO", 2, 1)} },
			group: []string{"sales ready: +VISIO (1 gain 0 lose 1 keep 1 wait)"}, findings: []string{"error seat-shortage", "info direct-and-inherited"},
		},
		{
			name:  "who lacks a seat by a group of which their own license waits keeps it",
			users: []license.UserState{user("ada", direct("E3"))}, groups: []license.Group{group("sales", "ada")},
			entries: []plan.DesiredUser{entry("ada")}, wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"), lic("VISIO"))},
			adjust: func(in *planner.Input) { in.Observed.SKUs = []license.SKU{sku("E3", 9, 1), sku("VISIO", 0, 0)} },
			group:  []string{"sales ready: +E3 +VISIO (0 gain 0 lose 0 keep 1 wait)"}, changes: []string{"ada blocked: -E3 [group-blocked]"},
			findings: []string{"error seat-shortage", "error seat-shortage"},
		},
		{
			name: "a group that is not there takes nothing", users: []license.UserState{user("ada", direct("E3"), direct("E5"))}, groups: []license.Group{},
			entries: []plan.DesiredUser{entry("ada", lic("E5"))}, wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"))},
			changes: []string{"ada blocked: -E3 [group-not-found]"}, findings: []string{"error group-not-found"},
		},
		{
			name: "a name that two groups share is refused", groups: []license.Group{group("sales"), {ID: id("twin"), DisplayName: "SALES"}},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"))}, findings: []string{"error ambiguous-group"},
		},
		{
			name: "a group that is not security-enabled is refused", users: []license.UserState{user("ada", direct("E3"))},
			groups: []license.Group{{ID: id("sales"), DisplayName: "sales", Licenses: []license.GroupLicense{}, Members: ids([]string{"ada"})}},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"))}, entries: []plan.DesiredUser{entry("ada")},
			group:    []string{"sales blocked: +E3 (0 gain 0 lose 1 keep 0 wait) [group-not-security-enabled]"},
			changes:  []string{"ada blocked: -E3 [group-blocked]"},
			findings: []string{"error group-not-security-enabled"},
		},
		{
			name: "a product that is not for users is refused", groups: []license.Group{group("sales")},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("CORP"))}, adjust: func(in *planner.Input) {
				corp := sku("CORP", 1, 0)
				corp.AppliesTo = license.AppliesToCompany
				in.Observed.SKUs = append(in.Observed.SKUs, corp)
			},
			group: []string{"sales blocked: (0 gain 0 lose 0 keep 0 wait) [sku-not-for-users]"}, findings: []string{"error sku-not-for-users"},
		},
		{
			name: "licenses that were not told are not none", groups: []license.Group{{ID: id("sales"), DisplayName: "sales", SecurityEnabled: true, Members: []license.GUID{}}},
			wanted: []plan.DesiredGroup{groupEntry("sales")}, group: []string{"sales blocked: (0 gain 0 lose 0 keep 0 wait) [group-untold]"}, findings: []string{"error group-untold"},
		},
		{
			name: "members that were not told are not none", groups: []license.Group{unread(giving(group("sales"), "E3"))},
			wanted: []plan.DesiredGroup{groupEntry("sales")}, group: []string{"sales blocked: -E3 (0 gain 0 lose 0 keep 0 wait) [group-untold]"}, findings: []string{"error group-untold"},
		},
		{
			name: "a member who was not read may lose something", groups: []license.Group{giving(group("sales", "zoe"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales")}, group: []string{"sales blocked: -E3 (0 gain 0 lose 1 keep 0 wait) [group-untold]"}, findings: []string{"error group-untold"},
		},
		{
			name:  "a member of whom the tenant contradicts itself may lose something",
			users: []license.UserState{contradicted(user("ada"), "E3")}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales")}, group: []string{"sales blocked: -E3 (0 gain 0 lose 1 keep 0 wait) [group-untold]"}, findings: []string{"error group-untold"},
		},
		{
			name:  "unlisted groups are reported",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3"), group("empty")},
			adjust: func(in *planner.Input) { in.Policy.UnlistedGroups = plan.UnlistedReport }, findings: []string{"warning unlisted-group"},
		},
		{
			name:  "unlisted groups lose what is managed",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3"), group("empty")},
			adjust: func(in *planner.Input) { in.Policy.UnlistedGroups = plan.UnlistedRemove },
			group:  []string{"sales ready: -E3 (0 gain 1 lose 0 keep 0 wait)"},
		},
		{
			name:  "no group is unlisted while an entry may mean it",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("salse", lic("E3"))},
			adjust: func(in *planner.Input) { in.Policy.UnlistedGroups = plan.UnlistedRemove },
			group:  []string{"sales blocked: (0 gain 0 lose 1 keep 0 wait) [group-not-found]"}, findings: []string{"error group-not-found"},
		},
		{
			name:  "protected groups are left alone, and named",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales")},
			adjust: func(in *planner.Input) {
				in.Policy.ProtectedGroups = []plan.Ref{{Name: "SALES"}, {Name: "gone"}}
			},
			findings: []string{"error protected-group-not-found", "warning protected-group"},
		},
		{
			name:  "a protected group that is not there may be any",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales")},
			adjust: func(in *planner.Input) { in.Policy.ProtectedGroups = []plan.Ref{{Name: "salse"}} },
			group:  []string{"sales blocked: -E3 (0 gain 1 lose 0 keep 0 wait) [protected-group-not-found]"}, findings: []string{"error protected-group-not-found"},
		},
		{
			name:  "an item that begins later is kept",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales", from("2027-01-01", lic("E3")))}, findings: []string{"info pending-item"},
		},
		{
			name:  "an entry that has ended gives nothing any more",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{{Group: plan.Ref{Name: "sales"}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("E3")}, Window: plan.Window{Until: day("2026-11-01")}}},
			group:  []string{"sales ready: -E3 (0 gain 1 lose 0 keep 0 wait)"},
		},
		{
			name: "one group by name and by id", groups: []license.Group{group("sales")},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3")), groupEntry(id("sales").String(), lic("E3"))},
			group:  []string{"sales blocked: (0 gain 0 lose 0 keep 0 wait) [group-declared-twice]"}, findings: []string{"error group-declared-twice"},
		},
		{
			name:  "additions only",
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3"), group("ops", "ada")},
			wanted: []plan.DesiredGroup{groupEntry("sales"), groupEntry("ops", lic("E5"))}, adjust: func(in *planner.Input) { in.Options.AdditionsOnly = true },
			group: []string{"ops ready: +E5 (1 gain 0 lose 0 keep 0 wait)", "sales held: -E3 (0 gain 1 lose 0 keep 0 wait) [additions-only]"},
		},
		{
			name:  "a group that the service is still at is told",
			users: []license.UserState{user("ada")}, groups: []license.Group{processing(group("sales", "ada"))},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"))},
			group:  []string{"sales ready: +E3 (1 gain 0 lose 0 keep 0 wait)"}, findings: []string{"warning group-processing"},
		},
		{
			name:  "direct and inherited: remove, with what the group gives or will give",
			users: []license.UserState{user("ada", direct("E3"), inherited("sales", "E3")), user("bob", direct("E3")), user("cleo", direct("E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3"), group("ops", "bob")},
			entries: []plan.DesiredUser{entry("bob", lic("E3"))}, wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3")), groupEntry("ops", lic("E3"))},
			adjust: func(in *planner.Input) { in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove },
			group:  []string{"ops ready: +E3 (0 gain 0 lose 1 keep 0 wait)"}, changes: []string{"ada ready: -E3", "bob ready: -E3"},
			findings: []string{"info direct-and-inherited", "info direct-and-inherited"},
		},
		{
			name: "direct and inherited: what the group has as it is declared takes the place of a direct license that differs",
			users: []license.UserState{
				user("ada", direct("E3"), inherited("sales", "E3", "E3_CHAT")), user("bob", direct("E3", "E3_MAIL"), inherited("sales", "E3", "E3_CHAT")),
				user("cleo", direct("E3"), inherited("sales", "E3", "E3_CHAT")),
			},
			groups:  []license.Group{givingWithout(group("sales", "ada", "bob", "cleo"), "E3", "E3_CHAT")},
			entries: []plan.DesiredUser{entry("ada", licWithout("E3", "E3_CHAT")), entry("bob", licWithout("E3", "E3_CHAT")), entry("cleo", licWithout("E3"))},
			wanted:  []plan.DesiredGroup{groupEntry("sales", licWithout("E3", "E3_CHAT"))},
			adjust:  func(in *planner.Input) { in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove },
			changes: []string{"ada ready: -E3", "bob ready: -E3"}, findings: []string{"info direct-and-inherited", "info direct-and-inherited"},
		},
		{
			name:  "direct and inherited: a direct license stays while its group fails at something else",
			users: []license.UserState{user("ada", direct("E3"), inherited("sales", "E3"))}, groups: []license.Group{giving(group("sales", "ada"), "E3")},
			wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"), lic("FULL"))},
			adjust: func(in *planner.Input) {
				in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove
				in.Observed.SKUs = append(in.Observed.SKUs, sku("FULL", 0, 0))
			},
			group: []string{"sales ready: +FULL (0 gain 0 lose 0 keep 1 wait)"}, changes: []string{"ada blocked: -E3 [group-blocked]"},
			findings: []string{"error seat-shortage", "info direct-and-inherited"},
		},
		{
			name: "direct and inherited: a service plan less, an error or another group keep the direct one",
			users: []license.UserState{
				user("ada", direct("E3"), inherited("sales", "E3", "E3_CHAT")), user("bob", direct("E3"), as("Error", "CountViolation", inherited("sales", "E3"))),
				user("cleo", direct("E3"), inherited("other", "E3")), user("dan", direct("E3", "E3_CHAT"), inherited("sales", "E3", "E3_CHAT")),
			},
			groups: []license.Group{{ID: id("sales"), DisplayName: "sales", SecurityEnabled: true, Licenses: []license.GroupLicense{{SKUID: id("E3"), DisabledPlans: ids([]string{"E3_CHAT"})}}, Members: ids([]string{"ada", "bob", "dan"})}},
			wanted: []plan.DesiredGroup{groupEntry("sales", licWithout("E3", "E3_CHAT"))},
			adjust: func(in *planner.Input) { in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove }, changes: []string{"dan ready: -E3"}, findings: []string{"warning group-not-in-force", "info direct-and-inherited", "info direct-and-inherited"},
		},
		{
			name: "members in error are tried again where the cause is gone",
			users: []license.UserState{
				user("ada", as("Error", "CountViolation", inherited("sales", "E3"))), user("bob", as("Error", "ProhibitedInUsageLocationViolation", inherited("sales", "E3"))),
				user("cleo", as("Error", "CountViolation", inherited("sales", "FULL"))),
			},
			groups: []license.Group{giving(group("sales", "ada", "bob", "cleo"), "E3", "FULL")}, wanted: []plan.DesiredGroup{groupEntry("sales", lic("E3"), lic("FULL"))},
			adjust: func(in *planner.Input) {
				in.Policy.GroupErrors = plan.GroupErrorsReprocess
				in.Observed.SKUs = append(in.Observed.SKUs, sku("FULL", 0, 0))
			},
			changes: []string{"ada ready: *"}, findings: []string{"warning assignment-error ada", "warning group-not-in-force", "warning group-not-in-force"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(tc.entries, tc.users, sku("E3", 100, 10), sku("E5", 100, 10), sku("VISIO", 5, 0)), tc.groups, tc.wanted...)
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(append([]string{}, tc.group...), groupLines(p)); diff != "" {
				t.Errorf("group changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.changes...), lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.findings...), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// givingWithout is a group that gives a product with service plans off.
func givingWithout(g license.Group, part string, off ...string) license.Group {
	g.Licenses = append(g.Licenses, license.GroupLicense{SKUID: id(part), DisabledPlans: ids(off)})
	license.SortGroupLicenses(g.Licenses)
	return g
}

// withTrial gives the first product a service plan of a trial.
func withTrial(in *planner.Input) {
	s := &in.Observed.SKUs[0]
	s.Plans = append(s.Plans, license.ServicePlan{ID: id(s.PartNumber + "_VIRAL"), Name: s.PartNumber + "_VIRAL", AppliesTo: license.AppliesToUser})
}

func nowhere(u license.UserState) license.UserState {
	u.UsageLocation = ""
	return u
}

func contradicted(u license.UserState, part string) license.UserState {
	u.Unexplained = []license.GUID{id(part)}
	return u
}

func unread(g license.Group) license.Group {
	g.Members = nil
	return g
}

func processing(g license.Group) license.Group {
	g.ProcessingState = "ProcessingInProgress"
	return g
}

func from(date string, l plan.DesiredLicense) plan.DesiredLicense {
	l.Window.From = day(date)
	return l
}

// TestOrderOfGroupChanges: a gain is proven before a loss that rests on it, whoever
// the members keep by.
func TestOrderOfGroupChanges(t *testing.T) {
	users := []license.UserState{
		user("ada", direct("E3")), user("bob", inherited("old", "E3")), user("cleo", inherited("old", "E3")), user("dan", inherited("older", "VISIO")), user("eve"),
	}
	groups := []license.Group{giving(group("old", "bob", "cleo"), "E3"), giving(group("older", "dan"), "VISIO"), group("new", "ada", "bob"), group("visio", "eve")}
	in := withGroups(world([]plan.DesiredUser{entry("ada"), entry("cleo", lic("E3"))}, users, sku("E3", 3, 3), sku("VISIO", 1, 1)), groups,
		groupEntry("old"), groupEntry("older"), groupEntry("new", lic("E3")), groupEntry("visio", lic("VISIO")))
	p := mustMake(t, in)
	want := []string{"new ready: +E3 (0 gain 0 lose 2 keep 0 wait)", "old ready: -E3 (0 gain 0 lose 2 keep 0 wait)", "older ready: -VISIO (0 gain 1 lose 0 keep 0 wait)", "visio ready: +VISIO (1 gain 0 lose 0 keep 0 wait)"}
	if diff := cmp.Diff(want, groupLines(p)); diff != "" {
		t.Fatalf("group changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ada ready: -E3", "cleo ready: +E3"}, lines(p)); diff != "" {
		t.Fatalf("changes (-want +got):\n%s", diff)
	}
	old, visio := p.GroupChanges[1], p.GroupChanges[3]
	if old.KeptBy == nil || namesOf(old.KeptBy.Groups, "new", "visio") != "new" || namesOf(old.KeptBy.Users, "ada", "cleo") != "cleo" {
		t.Errorf("bob keeps E3 by the new group and cleo by a change of their own: %+v", old.KeptBy)
	}
	if namesOf(visio.WaitsFor, "older", "old", "new") != "older" || visio.WaitsForUsers != nil {
		t.Errorf("eve's seat is the one that dan loses: %v %v", visio.WaitsFor, visio.WaitsForUsers)
	}
	if got := namesOf(p.Changes[0].WaitsForGroups, "new", "old"); got != "new" {
		t.Errorf("ada's own license waits for %s", got)
	}
	if p.Changes[0].Preconditions == nil || len(p.Changes[0].Preconditions.InForce) != 0 {
		t.Errorf("what is not there yet cannot be looked at before: %+v", p.Changes[0].Preconditions)
	}
	if p.Summary.Groups != 4 || p.Summary.GroupsChanged != 4 {
		t.Errorf("summary %+v", p.Summary)
	}
}

// TestOrderOfServicePlans: what rests on service plans that a group is to switch on
// waits until they are on.
func TestOrderOfServicePlans(t *testing.T) {
	users := []license.UserState{user("ada", direct("E3"), inherited("new", "E3", "E3_CHAT")), user("bob", inherited("old", "E3"), inherited("new", "E3", "E3_CHAT"))}
	groups := []license.Group{giving(group("old", "bob"), "E3"), givingWithout(group("new", "ada", "bob"), "E3", "E3_CHAT")}
	in := withGroups(world([]plan.DesiredUser{entry("ada", lic("E3"))}, users, sku("E3", 9, 2)), groups, groupEntry("old"), groupEntry("new", licWithout("E3")))
	in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove
	p := mustMake(t, in)
	if diff := cmp.Diff([]string{"new ready: ~E3 (0 gain 0 lose 2 keep 0 wait)", "old ready: -E3 (0 gain 0 lose 1 keep 0 wait)"}, groupLines(p)); diff != "" {
		t.Fatalf("group changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ada ready: -E3"}, lines(p)); diff != "" {
		t.Fatalf("changes (-want +got):\n%s", diff)
	}
	ada, old := p.Changes[0], p.GroupChanges[1]
	if got := namesOf(ada.WaitsForGroups, "new", "old"); got != "new" || len(ada.Preconditions.InForce) > 0 {
		t.Errorf("ada's own license waits for %q, and rests on %+v", got, ada.Preconditions.InForce)
	}
	if old.KeptBy == nil || namesOf(old.KeptBy.Groups, "new") != "new" {
		t.Errorf("bob keeps chat by the new group: %+v", old.KeptBy)
	}
}

// TestKeptBy: a removal names the groups by which a user keeps all that is on in their
// own license, and rests on those that give it already.
func TestKeptBy(t *testing.T) {
	users := []license.UserState{
		user("ada", direct("E3"), inherited("sales", "E3")), user("bob", direct("E3"), inherited("sales", "E3", "E3_CHAT")), user("cleo", direct("E3")), user("dan", direct("E3")),
	}
	groups := []license.Group{giving(group("sales", "ada"), "E3"), givingWithout(group("ops", "bob"), "E3", "E3_CHAT"), group("new", "cleo")}
	in := withGroups(world([]plan.DesiredUser{entry("ada"), entry("bob"), entry("cleo"), entry("dan")}, users, sku("E3", 9, 4)), groups, groupEntry("sales", lic("E3")), groupEntry("new", lic("E3")))
	for _, c := range mustMake(t, in).Changes {
		want, rests := map[license.GUID]string{id("ada"): "sales", id("cleo"): "new"}[c.User.ID], map[license.GUID]int{id("ada"): 1, id("bob"): 1}[c.User.ID]
		if got := namesOf(c.Actions[0].KeptBy, "sales", "ops", "new"); got != want || c.Actions[0].Loses() == (want != "") {
			t.Errorf("%s keeps E3 by %q, want %q", c.User.UserPrincipalName, got, want)
		}
		if len(c.Preconditions.InForce) != rests {
			t.Errorf("%s: the removal rests on %+v", c.User.UserPrincipalName, c.Preconditions.InForce)
		}
	}
	in.Desired.Groups, in.Observed.LicensedGroups = nil, nil
	for _, c := range mustMake(t, in).Changes {
		if c.Actions[0].KeptBy != nil {
			t.Error("a plan that nobody asks for groups speaks of them")
		}
	}
}

// TestGroundsOfServicePlans: what a group switches off by the same plan may be off or
// on when a user is looked at again.
func TestGroundsOfServicePlans(t *testing.T) {
	in := withGroups(world([]plan.DesiredUser{entry("ada", licWithout("E3", "E3_CHAT"))}, []license.UserState{user("ada", direct("E5"), inherited("sales", "E3"))}, sku("E3", 9, 1), sku("E5", 9, 1)),
		[]license.Group{giving(group("sales", "ada"), "E3")}, groupEntry("sales", licWithout("E3", "E3_CHAT")))
	p := mustMake(t, in)
	if len(p.Changes) != 1 || p.Changes[0].Preconditions == nil {
		t.Fatalf("changes %v", lines(p))
	}
	want := []plan.RequiredAssignment{{SKUID: id("E3"), SKUPartNumber: "E3", Group: id("sales"), DisabledPlans: ids([]string{"E3_CHAT"})}}
	if diff := cmp.Diff(want, p.Changes[0].Preconditions.InForce); diff != "" {
		t.Errorf("rests on (-want +got):\n%s", diff)
	}
}

// TestSeatsBetweenUsersAndGroups: a user's removal frees the seat that a member
// takes, and a group's loss the one that a user takes.
func TestSeatsBetweenUsersAndGroups(t *testing.T) {
	users := []license.UserState{user("ada", direct("E3")), user("bob"), user("cleo", inherited("old", "E5")), user("dan")}
	groups := []license.Group{group("new", "bob"), giving(group("old", "cleo"), "E5")}
	in := withGroups(world([]plan.DesiredUser{entry("ada"), entry("dan", lic("E5"))}, users, sku("E3", 1, 1), sku("E5", 1, 1)), groups, groupEntry("new", lic("E3")), groupEntry("old"))
	p := mustMake(t, in)
	if diff := cmp.Diff([]string{"new ready: +E3 (1 gain 0 lose 0 keep 0 wait)", "old ready: -E5 (0 gain 1 lose 0 keep 0 wait)"}, groupLines(p)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if namesOf(p.GroupChanges[0].WaitsForUsers, "ada") != "ada" || len(p.GroupChanges[0].WaitsFor) != 0 {
		t.Errorf("bob's seat is the one that ada loses: %+v", p.GroupChanges[0])
	}
	dan := p.Changes[1]
	if dan.Status != plan.StatusReady || namesOf(dan.WaitsForSeatsOf, "old") != "old" || len(dan.WaitsFor) != 0 {
		t.Errorf("dan's seat is the one that cleo loses: %+v", dan)
	}
	for _, s := range p.Seats {
		if s.Add != 1 || s.Remove != 1 || s.After != 1 {
			t.Errorf("seats %+v", s)
		}
	}
}

// TestGroupsCountForGuards: a group that takes a product from 900 members is as
// frightening as 900 users who lose it.
func TestGroupsCountForGuards(t *testing.T) {
	var users []license.UserState
	var members []string
	for i := range 900 {
		members = append(members, fmt.Sprintf("u%d", i))
		users = append(users, user(members[i], inherited("sales", "E3")))
	}
	in := withGroups(world(nil, users, sku("E3", 900, 900)), []license.Group{giving(group("sales", members...), "E3")}, groupEntry("sales"))
	in.Policy.Guards = plan.DefaultPolicy().Guards
	p := mustMake(t, in)
	if p.Applyable {
		t.Error("nothing stops the plan")
	}
	for _, g := range p.Guards {
		if g.Actual != 900 || !g.Tripped || g.Limit == nil {
			t.Errorf("%s: %d of %v", g.Name, g.Actual, g.Limit)
		}
	}
	if got := []int{*p.Guards[0].Limit, *p.Guards[1].Limit, *p.Guards[3].Limit}; !slices.Equal(got, []int{45, 90, 450}) {
		t.Errorf("percentages are of what the groups give: %v", got)
	}
}

// TestUnreadGroups: where groups matter and were not read there is no plan.
func TestUnreadGroups(t *testing.T) {
	in := world(nil, []license.UserState{user("ada")}, sku("E3", 1, 0))
	in.Desired.Groups = []plan.DesiredGroup{groupEntry("sales")}
	_, err := planner.Make(in)
	if unread, ok := errors.AsType[*planner.UnreadGroupsError](err); !ok || unread.Source != where(50) {
		t.Errorf("got %v", err)
	}
	in.Desired.Groups = nil
	if p := mustMake(t, in); p.GroupChanges != nil || p.Summary.Groups != 0 {
		t.Error("a plan that nobody asks for groups speaks of them")
	}
}
