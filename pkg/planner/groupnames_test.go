package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestNamesOfGroupsAreChecked: what a manifest of groups misspells is found without a
// plan, products always, groups where a snapshot tells of them.
func TestNamesOfGroupsAreChecked(t *testing.T) {
	in := world(nil, []license.UserState{user("ada")}, sku("E3", 1, 0))
	in.Desired.Groups = []plan.DesiredGroup{
		groupEntry("salse", from("2027-01-01", lic("E33"))), groupEntry("sales", lic("E3"), licWithout("E3", "E3_CHATT")),
	}
	in.Policy.ProtectedGroups = []plan.Ref{{Name: "gone"}}
	said := func(in planner.Input) []string {
		out := []string{}
		for _, f := range planner.CheckNames(in) {
			out = append(out, string(f.Code))
		}
		return out
	}
	if diff := cmp.Diff([]string{"unknown-plan", "unknown-sku"}, said(in)); diff != "" {
		t.Errorf("without groups (-want +got):\n%s", diff)
	}
	in.Observed.LicensedGroups = []license.Group{group("sales")}
	if diff := cmp.Diff([]string{"group-not-found", "protected-group-not-found", "unknown-plan", "unknown-sku"}, said(in)); diff != "" {
		t.Errorf("with groups (-want +got):\n%s", diff)
	}
	found := planner.UnpublishedNames(in.Desired, in.Policy)
	if len(found) == 0 || !strings.Contains(found[0].Message, "E3") {
		t.Errorf("names that nobody publishes: %v", found)
	}
}

// TestPlansNameGroups: a plan has the names of the groups that changes rest on, as far
// as somebody has read them, and those of namesakes; of what groups are called nothing
// else depends.
func TestPlansNameGroups(t *testing.T) {
	named := func(g license.Group, name string) license.Group {
		g.DisplayName = name
		return g
	}
	users := []license.UserState{
		user("ada", direct("E3"), inherited("sales", "E3")), user("bob", direct("E3"), inherited("pilot", "E3")), user("cleo", inherited("ops", "E5")),
	}
	for name, tc := range map[string]struct {
		groups  []license.Group // beside new, which comes to give Visio
		known   map[license.GUID]string
		unnamed string // the groups of which the names are worth asking for
		want    []plan.Group
		said    string // how a finding about sales calls it
	}{
		"not read": {unnamed: "sales pilot", said: id("sales").String()},
		"read among those that are managed": {
			groups: []license.Group{giving(group("sales", "ada"), "E3")}, unnamed: "pilot",
			want: []plan.Group{{ID: id("sales"), DisplayName: "sales"}}, said: `"sales"`,
		},
		"asked for": {known: map[license.GUID]string{id("sales"): "Sales", id("pilot"): "Pilot"},
			want: []plan.Group{{ID: id("pilot"), DisplayName: "Pilot"}, {ID: id("sales"), DisplayName: "Sales"}}, said: `"Sales"`,
		},
		"a namesake that nothing speaks of": {
			groups: []license.Group{giving(group("sales", "ada"), "E3"), named(giving(group("ops", "cleo"), "E5"), "Sales")}, unnamed: "pilot",
			want: []plan.Group{{ID: id("sales"), DisplayName: "sales"}, {ID: id("ops"), DisplayName: "Sales"}}, said: `"sales" (` + id("sales").String() + ")",
		},
		"a namesake of the group that changes": {
			groups: []license.Group{named(group("ops"), "NEW")}, unnamed: "sales pilot",
			want: []plan.Group{{ID: id("ops"), DisplayName: "NEW"}}, said: id("sales").String(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			byID := plan.Ref{Name: id("new").String(), Source: where(50)}
			entries := []plan.DesiredGroup{{Group: byID, Manifest: "groups", ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("VISIO")}}}
			in := withGroups(world([]plan.DesiredUser{entry("ada", lic("E3")), entry("bob")}, users, sku("E3", 9, 2), sku("E5", 9, 1), sku("VISIO", 9, 0)),
				append(tc.groups, group("new")), entries...)
			in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove
			in.Observed.Groups = tc.known
			result, err := planner.Work(in)
			if err != nil {
				t.Fatal(err)
			}
			if got := namesOf(result.Groups(), "sales", "pilot", "ops", "new"); got != tc.unnamed {
				t.Errorf("asks for the names of %q, want %q", got, tc.unnamed)
			}
			p := mustMake(t, in)
			slices.SortFunc(tc.want, func(a, b plan.Group) int { return license.CompareGUIDs(a.ID, b.ID) })
			if diff := cmp.Diff(tc.want, p.Groups); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			said := slices.ContainsFunc(p.Findings, func(f plan.Finding) bool {
				return f.Group == id("sales") && strings.Contains(f.Message, "group "+tc.said+" ")
			})
			if !said {
				t.Errorf("no finding calls the group %s: %+v", tc.said, p.Findings)
			}
			in.Desired.Groups, in.Observed.LicensedGroups, in.Policy.DirectAndInherited = nil, nil, ""
			if bare := mustMake(t, in); bare.Groups != nil {
				t.Errorf("a plan that nobody asks for groups has names of them: %v", bare.Groups)
			}
		})
	}
}

// TestNamesOfFailingGroups: a plan by which the service tries again has the name of the
// group that fails somebody, for the receipt.
func TestNamesOfFailingGroups(t *testing.T) {
	failing := inherited("sales", "E3")
	failing.State, failing.Error = "Error", "CountViolation"
	in := withGroups(world([]plan.DesiredUser{entry("ada", lic("E3"))}, []license.UserState{user("ada", failing)}, sku("E3", 9, 0)), []license.Group{})
	in.Policy.GroupErrors, in.Observed.Groups = plan.GroupErrorsReprocess, map[license.GUID]string{id("sales"): "Sales"}
	if diff := cmp.Diff([]plan.Group{{ID: id("sales"), DisplayName: "Sales"}}, mustMake(t, in).Groups); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
