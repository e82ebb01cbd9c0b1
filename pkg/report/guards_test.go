package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// TestApprovalNamesWhatWasAllowed: a guard that --allow lets pass stands in the
// approval as well, for the next run does not know of the flag; one that a
// document approves does not.
func TestApprovalNamesWhatWasAllowed(t *testing.T) {
	for by, want := range map[string]string{
		plan.ByAllow: "guards:\n      - maxRemovals\n      - maxRemovalsPerSku\n      - maxUsersChanged\n",
		"reorg-2026": "guards:\n      - maxRemovals\n      - maxRemovalsPerSku\nor ",
	} {
		p := guarded()
		for i := range p.Guards {
			if p.Guards[i].Name == plan.GuardMaxUsersChanged {
				p.Guards[i].ApprovedBy = by
			}
		}
		if text := written(t, planText(p, report.Options{Names: names})); !strings.Contains(text, want) {
			t.Errorf("approved by %s: no %q in\n%s", by, want, text)
		}
	}
}

// TestManyPassingGuardsAreDrawnTogether: up to four products are shown one by
// one.
func TestManyPassingGuardsAreDrawnTogether(t *testing.T) {
	for products, shown := range map[int]int{1: 1, 4: 4, 5: 1, 50: 1} {
		p := guarded()
		p.Guards = p.Guards[:1]
		limit := 25
		for i := range products {
			p.Guards = append(p.Guards, plan.Guard{Name: plan.GuardMaxRemovalsPerSKU, SKUPartNumber: fmt.Sprintf("PRODUCT_%02d", i), Limit: &limit, Actual: 1})
		}
		text := written(t, planText(p, report.Options{Names: names}))
		if n := strings.Count(text, string(plan.GuardMaxRemovalsPerSKU)); n != shown {
			t.Errorf("%d products have %d lines, want %d:\n%s", products, n, shown, text)
		}
	}
}
