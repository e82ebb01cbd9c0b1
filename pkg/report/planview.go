package report

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// planView is what every format says of a plan: grouped, ordered, named and
// made safe.
type planView struct {
	planID   string
	tenant   string
	asOf     string
	files    int
	summary  plan.Summary
	cost     string // a month; empty where costs are not known
	guards   []guardRow
	seats    []seatsRow
	sections []section
	findings []findingsSection

	applyable bool
	approval  *approval // nil where none is needed
}

func newPlanView(p *plan.Plan, n namer) *planView {
	return &planView{
		planID:    Safe(p.PlanID),
		tenant:    tenantName(p.Tenant, p.Cloud),
		asOf:      p.AsOf.String(),
		files:     len(p.Sources),
		summary:   p.Summary,
		cost:      costText(p.Cost),
		guards:    guardRows(p.Guards),
		seats:     seatsRows(p, n),
		sections:  sectionsOf(p.Changes, n),
		findings:  findingSections(p.Findings),
		applyable: p.Applyable,
		approval:  approvalFor(p),
	}
}

// stopping gives the guards that keep the plan from being applied.
func (v *planView) stopping() []guardRow {
	var out []guardRow
	for _, g := range v.guards {
		if g.state == guardStops {
			out = append(out, g)
		}
	}
	return out
}

// count gives the number of findings of a severity.
func (v *planView) count(s plan.Severity) int {
	for _, f := range v.findings {
		if f.severity == s {
			return f.count
		}
	}
	return 0
}

// isQuiet reports a plan in which nothing is to be done and nothing waits.
func (v *planView) isQuiet() bool { return len(v.sections) == 0 }

// costText gives "+1,234.00 USD", or nothing where costs are not known.
func costText(c *plan.Cost) string {
	if c == nil {
		return ""
	}
	amount, negative := strings.CutPrefix(c.MonthlyDelta.String(), "-")
	whole, fraction, _ := strings.Cut(amount, ".")
	mark := "+"
	if negative {
		mark = "-"
	}
	return mark + separate(whole) + "." + fraction + " " + Safe(c.Currency)
}
