package plan_test

import (
	"bytes"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// TestActionsThatReplaceNothing: an update or a removal says what it replaces; a file
// in which one does not was edited, and is refused.
func TestActionsThatReplaceNothing(t *testing.T) {
	tests := map[string]func(p *plan.Plan){
		"of a group": func(p *plan.Plan) { p.GroupChanges[0].Actions[1].Op = plan.OpUpdate },
		"of a user": func(p *plan.Plan) {
			e5 := []plan.StateLicense{{SKUID: id("E5"), DisabledPlans: []license.GUID{}}}
			p.Changes = []plan.Change{{
				User: plan.UserRef{ID: id("eve"), UserPrincipalName: "eve@contoso.com"}, Status: plan.StatusReady, Before: plan.State{Licenses: e5}, After: plan.State{Licenses: e5},
				Actions: []plan.Action{{Op: plan.OpUpdate, SKUID: id("E5"), SKUPartNumber: "E5", DisabledPlans: []plan.PlanRef{}}},
			}}
			p.Summary = plan.Summarize(p.Changes, 1).WithGroups(p.GroupChanges, 1)
			p.Guards[3].Actual++
		},
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			p := planOfGroups()
			edit(p)
			p.PlanID = plan.Identify(p)
			var text bytes.Buffer
			if err := plan.Encode(&text, p); err != nil {
				t.Fatal(err)
			}
			if _, err := plan.Decode(&text); err == nil {
				t.Error("is taken for a plan")
			}
		})
	}
}
