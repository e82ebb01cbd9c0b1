package planner

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// unusedSeats tells what is paid for seats that nobody uses once the plan is
// carried out. Seats that the policy keeps in reserve are wanted. Where the
// policy has no price it would be noise: free products come with a million
// seats.
func (b *basis) unusedSeats(seats []plan.Seats) findings {
	var out findings
	for _, s := range seats {
		price := b.price(s.SKUID)
		if price == nil || unused(s) <= 0 {
			continue
		}
		cost := *price * plan.Money(unused(s))
		out.add(finding{message: msgUnusedSeats, sku: s.SKUID, cost: &cost, args: []any{product(s.SKUID), b.toGiveBack(s)}})
	}
	return out
}

// unused counts the seats that nobody uses and that are not kept in reserve.
func unused(s plan.Seats) int { return s.Enabled - s.After - s.Reserve }

// price gives what one seat costs a month; nil where the policy does not say,
// or it costs nothing.
func (b *basis) price(sku license.GUID) *plan.Money {
	price := b.prices[sku]
	if price <= 0 {
		return nil
	}
	return &price
}
