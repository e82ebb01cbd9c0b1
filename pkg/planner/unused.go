package planner

import (
	"fmt"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
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
		unused := s.Enabled - s.After - s.Reserve
		if price == nil || unused <= 0 {
			continue
		}
		cost := *price * plan.Money(unused)
		out.add(plan.Finding{
			Severity: plan.SeverityInfo, Code: plan.CodeUnusedSeats, SKUID: s.SKUID, MonthlyCost: &cost,
			Message: fmt.Sprintf("%s: %s of %s will be used by nobody%s", b.catalog.SKUName(s.SKUID), quantity.Text(unused), quantity.Of(s.Enabled, "seat"), setAside(s)),
			Hint:    "buy fewer when the subscription is renewed, or keep them back with seats.reserve in the policy",
		})
	}
	return out
}

// setAside names the seats that are not in the count.
func setAside(s plan.Seats) string {
	var parts []string
	if s.Reserve > 0 {
		parts = append(parts, quantity.Text(s.Reserve)+" kept in reserve")
	}
	if s.Warning > 0 {
		parts = append(parts, quantity.Text(s.Warning)+" that have expired and are in their grace period")
	}
	if len(parts) == 0 {
		return ""
	}
	return ", not counting " + strings.Join(parts, " and ")
}

// price gives what one seat costs a month; nil where the policy does not say,
// or it costs nothing.
func (b *basis) price(sku license.GUID) *plan.Money {
	price := b.prices[sku]
	if price <= 0 {
		return nil
	}
	return &price
}
