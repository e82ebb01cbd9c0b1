package cli

import (
	"errors"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// planExit gives what a plan that was only looked at means for the exit code: nil
// for 0. Of the given codes those that hold are weighed as the table says.
func planExit(p *plan.Plan, codes ...Code) error {
	holding := exitsOfPlan(p)
	most := CodeOK
	for _, code := range codes {
		if holding[code] != nil {
			most = worst(most, code)
		}
	}
	if most == CodeOK {
		return nil
	}
	return holding[most]
}

// driftExit is judge for a plan whose differences have causes: what is merged
// and not applied yet is no reason to wake anybody. What nobody can tell is
// one.
func driftExit(p *plan.Plan) error {
	if err := planExit(p, CodeInput); err != nil {
		return err
	}
	var parts []string
	if who := whoHas(p, plan.CauseDrift); who != "" {
		parts = append(parts, who+" changed in the tenant")
	}
	if who := whoHas(p, plan.CauseUnknown); who != "" {
		parts = append(parts, who+" that the baseline says nothing about")
	}
	if n := countFunc(p.Changes, plan.Change.OnlyAwaitsForce); n > 0 {
		parts = append(parts, "of "+quantity.Of(n, "user")+" a license is assigned and not in force")
	}
	if len(parts) == 0 {
		return nil
	}
	return &failure{code: CodeChanges, what: strings.Join(parts, "; ")}
}

// whoHas counts the groups and users of whom something has a cause; empty: there are
// none.
func whoHas(p *plan.Plan, cause plan.Cause) string {
	return groupsAndUsers(p.CountGroupCause(cause), p.CountCause(cause))
}

// groupsAndUsers gives "1 group and 2 users", without what there is none of.
func groupsAndUsers(groups, users int) string {
	var who []string
	if groups > 0 {
		who = append(who, quantity.Of(groups, "group"))
	}
	if users > 0 {
		who = append(who, quantity.Of(users, "user"))
	}
	return strings.Join(who, " and ")
}

// countFunc counts the changes for which something holds.
func countFunc(changes []plan.Change, holds func(plan.Change) bool) int {
	n := 0
	for _, c := range changes {
		if holds(c) {
			n++
		}
	}
	return n
}

// exitsOfPlan gives every code that holds for a plan.
func exitsOfPlan(p *plan.Plan) map[Code]*failure {
	out := map[Code]*failure{}
	if p.HasErrors() {
		out[CodeInput] = findingsFailure(p)
	}
	if f, refused := errors.AsType[*reconcile.Failure](reconcile.CheckGuards(p)); refused {
		out[CodeRefused] = failureOf(f)
	}
	if len(p.Changes)+len(p.GroupChanges) > 0 {
		out[CodeChanges] = &failure{code: CodeChanges, what: whoWouldChange(p)}
	}
	return out
}

// whoWouldChange counts the groups and users of whom there is a change.
func whoWouldChange(p *plan.Plan) string {
	return groupsAndUsers(len(p.GroupChanges), len(p.Changes)) + " would change"
}

// findingsFailure counts the error findings of a plan.
func findingsFailure(p *plan.Plan) *failure {
	n := 0
	for _, f := range p.Findings {
		if f.Severity == plan.SeverityError {
			n++
		}
	}
	return &failure{code: CodeInput, what: quantity.Of(n, "error") + " among the findings of the plan", next: "correct the manifests, or the tenant"}
}
