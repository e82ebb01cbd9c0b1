package fleet

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/plan"
)

// FactsOf sums a plan up, so that it can be let go.
func FactsOf(p *plan.Plan) *PlanFacts {
	f := &PlanFacts{PlanID: p.PlanID, Applyable: p.Applyable, Summary: p.Summary, Tripped: []string{}}
	for _, s := range p.Seats {
		f.SeatsInUse += s.Consumed
	}
	for _, g := range p.Guards {
		if g.Name == plan.GuardMaxRemovals {
			f.Removals = g.Actual
		}
		if name := string(g.Name); g.Stops() && !slices.Contains(f.Tripped, name) {
			f.Tripped = append(f.Tripped, name)
		}
	}
	slices.Sort(f.Tripped)
	for _, finding := range p.Findings {
		switch finding.Severity {
		case plan.SeverityError:
			f.Errors++
		case plan.SeverityWarning:
			f.Warnings++
		}
	}
	if p.Cost != nil {
		f.Cost = &Cost{p.Cost.Currency, p.Cost.MonthlyDelta}
	}
	return f
}

// Ready reports whether an apply would change something.
func (f PlanFacts) Ready() bool { return f.Summary.ChangesSomething() }

// Changes reports whether something has to change, be it blocked or held.
func (f PlanFacts) Changes() bool { return f.Ready() || f.Summary.Blocked+f.Summary.Held > 0 }
