package plan_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// TestGroupsOfAnExplanation: the groups are asked for by name, once each; what
// comes from none asks for none.
func TestGroupsOfAnExplanation(t *testing.T) {
	sales, support := uuid.NewSHA1(uuid.Nil, []byte("sales")), uuid.NewSHA1(uuid.Nil, []byte("support"))
	e := &plan.Explanation{
		Licenses: []plan.ExplainedLicense{{Paths: []plan.Path{{}, {Group: sales}}}},
		Findings: []plan.Finding{{}, {Group: support}, {Group: sales}},
	}
	if got, want := e.MentionedGroups(), license.SortedGUIDs([]license.GUID{sales, support}); !slices.Equal(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
}
