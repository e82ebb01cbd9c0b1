package observe_test

import (
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// TestSnapshotBaseline: what came from a group is told apart, and of a user
// whose licenses the tenant does not explain nothing is known.
func TestSnapshotBaseline(t *testing.T) {
	sku := func(n byte) license.GUID { return license.GUID{15: n} }
	ada, bob := license.GUID{1}, license.GUID{2}
	s := observe.Snapshot{Observed: plan.Observed{Users: []license.UserState{
		{ID: ada, UsageLocation: "DE", Assignments: []license.Assignment{{SKUID: sku(1), DisabledPlans: []license.GUID{sku(9)}}, {SKUID: sku(2), Group: sku(8), State: "Active"}, {SKUID: sku(3), Group: sku(8), State: "Error", Error: "CountViolation"}}},
		{ID: bob, Unexplained: []license.GUID{sku(1)}},
	}}}
	b := s.Baseline()
	got := b.Users[ada]
	if !got.Whole || got.State.UsageLocation != "DE" || len(got.State.Licenses) != 1 || got.State.Licenses[0].SKUID != sku(1) ||
		len(got.State.Licenses[0].DisabledPlans) != 1 || len(got.Inherited) != 1 || got.Inherited[0] != sku(2) {
		t.Errorf("of Ada is known %+v", got)
	}
	if _, known := b.Users[bob]; known {
		t.Error("of Bob nothing should be known")
	}
	if b.Declared != nil {
		t.Error("a snapshot does not know what was declared")
	}
}
