package report

import (
	"fmt"

	"github.com/licensectl/licensectl/pkg/plan"
)

// htmlGuard is one row of the guards.
type htmlGuard struct {
	Name    string
	Meaning string
	Count   string
	Verdict string
	Tone    string
}

func htmlGuards(rows []guardRow) []htmlGuard {
	var out []htmlGuard
	for _, g := range rows {
		verdict, _ := guardVerdict(g)
		out = append(out, htmlGuard{
			Name: guardName(g), Meaning: guardMeaning(g.name), Count: guardInFull(g),
			Verdict: verdict, Tone: guardTones[g.state],
		})
	}
	return out
}

var guardTones = [...]string{guardStops: "stop", guardApproved: "warn", guardPasses: "go", guardOff: "off"}

// guardMeaning says what a guard counts, or nothing of one that nobody knows.
func guardMeaning(name string) string {
	switch plan.GuardName(name) {
	case plan.GuardMaxRemovals:
		return "licenses taken away, and licenses of which a service plan goes off"
	case plan.GuardMaxRemovalsPerSKU:
		return "the same, of one product"
	case plan.GuardMaxUsersLosingAll:
		return "users who are left without any license"
	case plan.GuardMaxUsersChanged:
		return "users for whom anything changes"
	default:
		return ""
	}
}

// htmlSeats is one product before and after the plan, in words and as bars.
type htmlSeats struct {
	Product                            string
	Bought, Used, Freed, Needed, After string
	Note                               string
	Short                              bool

	// The bars, as shares of the width such as "48.5%". Over is the part of
	// what is used after the plan that nobody bought; it begins where Bought
	// ends. Waiting is the blocked changes that would come on top of After.
	BoughtBar, UsedBar, AfterBar, OverBar, WaitingBar string
}

func htmlSeatsOf(rows []seatsRow) []htmlSeats {
	var out []htmlSeats
	for _, r := range rows {
		s := r.seats
		note, _ := seatsNote(r)
		scale := max(s.Enabled, s.Consumed, s.After+r.waiting, 1)
		share := func(n int) string { return fmt.Sprintf("%.2f%%", 100*float64(max(n, 0))/float64(scale)) }
		out = append(out, htmlSeats{
			Product: r.product, Bought: number(s.Enabled), Used: number(s.Consumed), After: number(s.After),
			Freed: signed("-", s.Remove), Needed: signed("+", s.Add),
			Note: note, Short: r.short > 0,
			BoughtBar: share(s.Enabled), UsedBar: share(s.Consumed),
			AfterBar: share(s.After), OverBar: share(s.After - s.Enabled), WaitingBar: share(r.waiting),
		})
	}
	return out
}

// htmlCost is what the plan costs or saves a month.
type htmlCost struct {
	Sum      string
	Rows     []htmlCostRow
	Unpriced bool // a product has no price, and the sum lacks it
}

type htmlCostRow struct{ Product, Seats, Price, Delta string }

func newHTMLCost(v *planView) *htmlCost {
	if v.cost == "" {
		return nil
	}
	out := &htmlCost{Sum: v.cost}
	for _, r := range v.costs {
		seats := number(r.seats)
		if r.seats > 0 {
			seats = "+" + seats
		}
		out.Rows = append(out.Rows, htmlCostRow{r.product, seats, r.price, r.delta})
		out.Unpriced = out.Unpriced || r.price == ""
	}
	return out
}
