package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestUnpublishedNames: every place is told once, ids and names of published
// products are not, and neither are plans of a product that is not known.
func TestUnpublishedNames(t *testing.T) {
	at := func(name string, line int) plan.Ref { return plan.Ref{Name: name, Source: where(line)} }
	of := func(sku plan.Ref, plans ...plan.Ref) plan.DesiredLicense {
		return plan.DesiredLicense{SKU: sku, Plans: plan.PlanChoice{Mode: plan.PlansDisabled, Plans: plans}}
	}
	shared := of(at("SPE_E33", 1), at("NONE", 2))
	d := plan.Desired{
		Users:      []plan.DesiredUser{entry("ada", shared), entry("bob", shared, of(at("spe_e5", 3), at("NONE", 4), at(id("x").String(), 5)))},
		Selections: []plan.Selection{selects(1, salesGroup, of(at(id("x").String(), 6)), of(at("Microsoft 365 E3", 7), at("exchange_s_enterprise", 8)))},
	}
	policy := plan.Policy{
		ManagedSKUs: []plan.Ref{at("OUR_A", 11)}, IgnoredSKUs: []plan.Ref{at("OUR_B", 12)},
		Reserve: []plan.Reserve{{SKU: at("OUR_C", 13)}}, Prices: &plan.Prices{Monthly: []plan.Price{{SKU: at("OUR_D", 14)}}},
		AcceptedDrift: []plan.AcceptedDrift{{SKU: at("OUR_E", 15)}}, AcceptedFindings: []plan.AcceptedFinding{{SKU: at("OUR_F", 16)}, {}},
	}
	lines := map[int]string{}
	for _, f := range planner.UnpublishedNames(d, policy) {
		lines[f.Source.Line] += string(f.Severity) + " " + string(f.Code)
	}
	want := map[int]string{1: "warning unknown-sku", 4: "warning unknown-plan"}
	for line := 11; line <= 16; line++ {
		want[line] = "warning unknown-sku"
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
