package planner_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// priced gives the products of the tenant their prices. VISIO has none.
func priced(in *planner.Input) {
	in.Policy.Prices = &plan.Prices{Currency: "USD"}
	for _, s := range in.Observed.SKUs {
		if price := map[string]string{"E1": "10", "E3": "36", "E5": "57.50"}[s.PartNumber]; price != "" {
			in.Policy.Prices.Monthly = append(in.Policy.Prices.Monthly, plan.Price{SKU: plan.Ref{Name: s.PartNumber}, Amount: money(price)})
		}
	}
}

func money(s string) plan.Money {
	m, err := plan.ParseMoney(s)
	if err != nil {
		panic(err)
	}
	return m
}

// costs lists the findings of a code: what is said, of whom, and what it costs.
func costs(p *plan.Plan, code plan.Code) []string {
	out := []string{}
	for _, f := range p.Findings {
		if f.Code != code {
			continue
		}
		line := f.Message
		if f.User != "" {
			line = f.User + ": " + line
		}
		if f.MonthlyCost != nil {
			line += " = " + f.MonthlyCost.String()
		}
		out = append(out, line)
	}
	return out
}

func TestUnusedSeats(t *testing.T) {
	warned := sku("E3", 10, 2)
	warned.Units.Warning = 3
	ignored := func(in *planner.Input) { in.Policy.IgnoredSKUs = []plan.Ref{{Name: "E3"}} }
	reserve := func(seats int) func(*planner.Input) {
		return func(in *planner.Input) { in.Policy.Reserve = []plan.Reserve{{SKU: plan.Ref{Name: "E3"}, Seats: seats}} }
	}
	for _, tc := range []struct {
		name   string
		skus   []license.SKU
		adjust func(*planner.Input)
		want   []string
	}{
		{name: "of each product with a price", skus: []license.SKU{sku("E3", 10, 2), sku("E5", 5, 4)}, want: []string{
			"E3: 7 of 10 seats will be used by nobody = 252.00", "E5: 1 of 5 seats will be used by nobody = 57.50"}},
		{name: "none without a price", skus: []license.SKU{sku("E3", 3, 2), sku("VISIO", 1_000_000, 1)}},
		{name: "none where the price is nothing", skus: []license.SKU{sku("E3", 10_000, 2)}, adjust: func(in *planner.Input) {
			in.Policy.Prices.Monthly[0].Amount = 0
		}},
		{name: "none without prices at all", skus: []license.SKU{sku("E3", 10, 2)}, adjust: func(in *planner.Input) { in.Policy.Prices = nil }},
		{name: "none that the policy leaves out", skus: []license.SKU{sku("E3", 10, 2)}, adjust: ignored},
		{name: "none where more is used than bought", skus: []license.SKU{sku("E3", 10, 12)}},
		{name: "the reserve is wanted", skus: []license.SKU{sku("E3", 10, 2)}, adjust: reserve(5), want: []string{
			"E3: 2 of 10 seats will be used by nobody, not counting 5 kept in reserve = 72.00"}},
		{name: "a large reserve leaves none", skus: []license.SKU{sku("E3", 10, 2)}, adjust: reserve(50)},
		{name: "expired seats are told", skus: []license.SKU{warned}, adjust: reserve(1), want: []string{
			"E3: 6 of 10 seats will be used by nobody, not counting 1 kept in reserve and 3 that have expired and are in their grace period = 216.00"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			// One user gets E3: what counts is how the plan leaves the seats.
			in := world([]plan.DesiredUser{entry("ada", lic("E3"))}, []license.UserState{user("ada")}, tc.skus...)
			priced(&in)
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			if diff := cmp.Diff(append([]string{}, tc.want...), costs(mustMake(t, in), plan.CodeUnusedSeats)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is found about costs changes nothing of what is done.
func TestCostFindingsChangeNoPlan(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ada", lic("E3"))}, []license.UserState{user("ada", direct("E1"))}, sku("E1", 9, 1), sku("E3", 9, 0))
	without := mustMake(t, in)
	priced(&in)
	with := mustMake(t, in)
	if without.PlanID != with.PlanID || slices.ContainsFunc(without.Findings, func(f plan.Finding) bool { return f.MonthlyCost != nil }) {
		t.Errorf("the plan %s becomes %s", without.PlanID, with.PlanID)
	}
}
