package report

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/plan"
)

// costRow is what the ready changes cost or save of one product.
type costRow struct {
	product string
	seats   int    // taken less freed
	price   string // of one seat; empty: the policy has none
	delta   string // "+57.00", empty where the price is not known
	amount  plan.Money
}

// costRows lists the products in the order of the plan; nil where costs are
// not known.
func costRows(c *plan.Cost, n namer) []costRow {
	if c == nil {
		return nil
	}
	var out []costRow
	for _, p := range c.Products {
		if p.Seats == 0 && p.MonthlyDelta == 0 {
			continue // as many seats are taken as freed
		}
		row := costRow{product: n.sku(p.SKUID, p.SKUPartNumber), seats: p.Seats}
		if p.MonthlyPrice != nil {
			row.price, row.delta, row.amount = plainAmount(*p.MonthlyPrice), signedAmount(p.MonthlyDelta), p.MonthlyDelta
		}
		out = append(out, row)
	}
	return out
}

// seatsText gives "+2", "0", or "-2".
func (c costRow) seatsText() string {
	switch {
	case c.seats < 0:
		return "-" + number(-c.seats)
	case c.seats > 0:
		return "+" + number(c.seats)
	}
	return number(0)
}

// costText gives "+1,234.00 USD", or nothing where costs are not known, or no
// seat is taken or freed.
func costText(c *plan.Cost) string {
	if c == nil || len(c.Products) == 0 && c.MonthlyDelta == 0 {
		return ""
	}
	return signedAmount(c.MonthlyDelta) + " " + Safe(c.Currency)
}

// currencyOf gives the currency of a plan, safe; empty where costs are not
// known.
func currencyOf(c *plan.Cost) string {
	if c == nil {
		return ""
	}
	return Safe(c.Currency)
}

// amountText gives "57.00 USD".
func amountText(m plan.Money, currency string) string {
	return strings.TrimSpace(plainAmount(m) + " " + currency)
}

// signedAmount gives "+1,234.00": what comes on top and what is saved both say
// so.
func signedAmount(m plan.Money) string {
	if m < 0 {
		return plainAmount(m)
	}
	return "+" + plainAmount(m)
}

// plainAmount gives "1,234.00".
func plainAmount(m plan.Money) string {
	amount, negative := strings.CutPrefix(m.String(), "-")
	whole, fraction, _ := strings.Cut(amount, ".")
	text := quantity.Separate(whole) + "." + fraction
	if negative {
		return "-" + text
	}
	return text
}
