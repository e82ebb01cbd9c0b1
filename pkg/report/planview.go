package report

import (
	"fmt"

	"github.com/licensectl/licensectl/pkg/plan"
)

// planView is what every format says of a plan: grouped, ordered, named and
// made safe.
type planView struct {
	planID   string
	tenant   string
	asOf     string
	files    int
	leftOut  int // users of whom options leave something out
	summary  plan.Summary
	cost     string    // a month; empty where there is nothing to say of it
	costs    []costRow // the same by product
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
		leftOut:   p.LeftOut,
		summary:   p.Summary,
		cost:      costText(p.Cost),
		costs:     costRows(p.Cost, n),
		guards:    guardRows(p.Guards),
		seats:     seatsRows(p, n),
		sections:  sectionsOf(p.Changes, n),
		findings:  findingSections(p.Findings, currencyOf(p.Cost)),
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

// changes gives every change in the order of the sections and groups.
func (v *planView) changes() []*plan.Change {
	var out []*plan.Change
	for _, s := range v.sections {
		for _, g := range s.groups {
			out = append(out, g.changes...)
		}
	}
	return out
}

// sum says in one line what an apply would do, and what it would not.
func (v *planView) sum() string {
	s := v.summary
	if v.isQuiet() {
		if n := v.count(plan.SeverityError); n > 0 {
			return "No changes, but " + counted(n, "error") + ": see above."
		}
		return "No changes. " + v.rest() + "."
	}
	sum := fmt.Sprintf("Plan: %s %s, +%s -%s ~%s", counted(s.Changed, "user"), choose(s.Changed, "changes", "change"),
		number(s.Add), number(s.Remove), number(s.Update))
	if s.SetUsageLocation > 0 {
		sum += ", " + counted(s.SetUsageLocation, "usage location")
	}
	sum += fmt.Sprintf("; %s blocked, %s held, %s unchanged.", number(s.Blocked), number(s.Held), number(s.Unchanged))
	if v.leftOut > 0 {
		sum += " " + v.rest() + "."
	}
	return sum
}

// rest says what is with the users who have no change: they are as declared,
// or options leave their changes out.
func (v *planView) rest() string {
	if n := v.leftOut; n > 0 {
		return counted(n, "user") + choose(n, " differs", " differ") + " in what --user, --sku or --cause leave out"
	}
	n := v.summary.Unchanged
	return counted(n, "user") + choose(n, " is", " are") + " as declared"
}

// obstaclesInShort says why the plan cannot be applied in one line, guards per
// SKU drawn together. It is never empty.
func (v *planView) obstaclesInShort() []string {
	var reasons []string
	perSKU := make(map[string]int)
	for _, g := range v.stopping() {
		if g.sku != "" {
			perSKU[g.name]++
		}
	}
	for _, g := range v.stopping() {
		switch n := perSKU[g.name]; {
		case g.sku == "" || n == 1:
			reasons = append(reasons, guardName(g)+" ("+guardCount(g)+")")
		case n > 1:
			reasons = append(reasons, g.name+" ("+counted(n, "product")+")")
			perSKU[g.name] = -1
		}
	}
	if len(reasons) == 0 {
		return v.obstacles()
	}
	return reasons
}

// obstacles says why the plan cannot be applied. It is never empty.
func (v *planView) obstacles() []string {
	var reasons []string
	for _, g := range v.stopping() {
		reasons = append(reasons, guardName(g)+" ("+guardCount(g)+")")
	}
	if n := v.count(plan.SeverityError); n > 0 && len(reasons) == 0 {
		reasons = append(reasons, counted(n, "error"))
	}
	if len(reasons) == 0 {
		return []string{"the plan says so"}
	}
	return reasons
}
