package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// cost is what the seats taken and freed come to a month, by product and in
// all; nil where the policy has no prices.
func (b *basis) cost(ledger seatLedger) *plan.Cost {
	prices := b.in.Policy.Prices
	if prices == nil {
		return nil
	}
	out := &plan.Cost{Currency: prices.Currency, Products: []plan.ProductCost{}}
	for sku, a := range ledger {
		if a.taken == 0 && a.freed == 0 {
			continue
		}
		product := b.productCost(sku, a.taken-a.freed)
		out.MonthlyDelta += product.MonthlyDelta
		out.Products = append(out.Products, product)
	}
	slices.SortFunc(out.Products, func(a, b plan.ProductCost) int {
		return cmp.Or(strings.Compare(a.SKUPartNumber, b.SKUPartNumber), license.CompareGUIDs(a.SKUID, b.SKUID))
	})
	return out
}

func (b *basis) productCost(sku license.GUID, seats int) plan.ProductCost {
	out := plan.ProductCost{SKUID: sku, SKUPartNumber: b.partNumber(sku), Seats: seats}
	if price, known := b.prices[sku]; known {
		out.MonthlyPrice, out.MonthlyDelta = &price, price*plan.Money(seats)
	}
	return out
}
