package planner_test

import (
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
