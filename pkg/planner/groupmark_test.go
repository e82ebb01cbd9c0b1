package planner_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestGroupsOfOneNameAreToldApart: beside each id stands what was read of the group, in the
// plan and for whoever asks.
func TestGroupsOfOneNameAreToldApart(t *testing.T) {
	hidden := license.Group{ID: id("b"), DisplayName: "twin", Dynamic: true, OnPremisesSynced: true}
	plain := giving(group("Twin", "ada"), "E3", "E5")
	groups := []license.Group{plain, hidden, {ID: id("c"), DisplayName: "TWIN", SecurityEnabled: true, Licenses: []license.GroupLicense{}, Members: []license.GUID{}}}
	in := withGroups(world(nil, []license.UserState{user("ada")}, sku("E3", 9, 0), sku("E5", 9, 0)), groups, groupEntry("twin", lic("E3")))
	want := map[license.GUID]string{
		plain.ID: " (1 member, gives E3, E5)", id("b"): " (members not told, by a rule, synchronized from elsewhere, not security-enabled, what it gives is not told)",
		id("c"): " (0 members, gives nothing)",
	}
	var listed string
	for i, g := range in.Observed.LicensedGroups {
		if i > 0 {
			listed += "; "
		}
		listed += g.ID.String() + want[g.ID]
	}
	for _, f := range mustMake(t, in).Findings {
		if f.Code != plan.CodeAmbiguousGroup {
			continue
		}
		if diff := cmp.Diff("write the object id of the one that is meant: "+listed, f.Hint); diff != "" {
			t.Errorf("the plan (-want +got):\n%s", diff)
		}
		listed = "give the object id of the one that is meant: " + listed
	}
	_, err := planner.ExplainGroup(in, "twin")
	unknown, ok := errors.AsType[*planner.UnknownGroupError](err)
	if !ok {
		t.Fatal(err)
	}
	if diff := cmp.Diff(listed, unknown.Hint()); diff != "" {
		t.Errorf("explain (-want +got):\n%s", diff)
	}
}
