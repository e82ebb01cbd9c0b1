package observe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// TestSnapshotBaseline: what came from a group is told apart, and of a user
// whose licenses the tenant does not explain nothing is known.
func TestSnapshotBaseline(t *testing.T) {
	sku := func(n byte) license.GUID { return license.GUID{15: n} }
	ada, bob, cay := license.GUID{1}, license.GUID{2}, license.GUID{3}
	s := observe.Snapshot{Observed: plan.Observed{Users: []license.UserState{
		{ID: ada, UsageLocation: "DE", Assignments: []license.Assignment{{SKUID: sku(1), DisabledPlans: []license.GUID{sku(9)}}, {SKUID: sku(2), Group: sku(8), State: "Active"}, {SKUID: sku(3), Group: sku(8), State: "Error", Error: "CountViolation"}}},
		{ID: bob, Unexplained: []license.GUID{sku(1)}}, {ID: cay, Unreadable: license.Masked},
	}}}
	b := s.Baseline()
	got := b.Users[ada]
	if !got.Whole || got.State.UsageLocation != "DE" || len(got.State.Licenses) != 1 || got.State.Licenses[0].SKUID != sku(1) ||
		len(got.State.Licenses[0].DisabledPlans) != 1 || len(got.Inherited) != 1 || got.Inherited[0] != sku(2) {
		t.Errorf("of Ada is known %+v", got)
	}
	if len(b.Users) != 1 {
		t.Errorf("of %d users something is known; of Bob and of Cay nothing should be", len(b.Users))
	}
	if b.Declared != nil {
		t.Error("a snapshot does not know what was declared")
	}
}

// TestSnapshotBaselineOfGroups: what groups gave is known where they were asked for
// and told; that nobody asked is a gap.
func TestSnapshotBaselineOfGroups(t *testing.T) {
	gives := []license.GroupLicense{{SKUID: id(900_001), DisabledPlans: []license.GUID{id(9)}}}
	given := plan.GroupState{Licenses: []plan.StateLicense{{SKUID: id(900_001), DisabledPlans: []license.GUID{id(9)}}}}
	none := plan.GroupState{Licenses: []plan.StateLicense{}}
	for name, tc := range map[string]struct {
		groups []license.Group
		want   map[license.GUID]plan.BaselineGroup
		gaps   int
	}{
		"nobody asked": {nil, nil, 1},
		"no group":     {[]license.Group{}, map[license.GUID]plan.BaselineGroup{}, 0},
		"groups": {
			[]license.Group{{ID: id(801), Licenses: gives}, {ID: id(802), Licenses: []license.GroupLicense{}}, {ID: id(803)}},
			map[license.GUID]plan.BaselineGroup{id(801): {State: given, Whole: true}, id(802): {State: none, Whole: true}}, 0,
		},
	} {
		b := observe.Snapshot{Observed: plan.Observed{LicensedGroups: tc.groups}}.Baseline()
		if diff := cmp.Diff(tc.want, b.Groups); diff != "" || len(b.GroupGaps) != tc.gaps {
			t.Errorf("%s: %d gaps (-want +got):\n%s", name, len(b.GroupGaps), diff)
		}
	}
}
