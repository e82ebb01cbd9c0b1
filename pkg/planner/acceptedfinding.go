package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// acceptedFinding is an AcceptedFinding, resolved against the tenant and held
// against the day.
type acceptedFinding struct {
	plan.AcceptedFinding
	skus []license.GUID
	over bool
}

// resolveAcceptedFindings finds the products that the policy accepts findings
// about.
func (r *policyResolver) resolveAcceptedFindings() {
	for _, a := range r.in.Policy.AcceptedFindings {
		e := acceptedFinding{AcceptedFinding: a, over: !r.day.Before(a.Until)}
		if a.SKU.Name != "" {
			e.skus = r.policySKU(a.SKU)
		}
		r.acceptedFindings = append(r.acceptedFindings, e)
	}
}

// accept gives the findings without those that the policy accepts, and says how
// many these are, which acceptances are over, and which find nothing. Both the
// findings and the result are as words.findings gives them.
func accept(accepted []acceptedFinding, all []plan.Finding, w words) []plan.Finding {
	if len(accepted) == 0 {
		return all
	}
	found := make([]int, len(accepted))
	rest := slices.DeleteFunc(all, func(f plan.Finding) bool {
		i := meeting(accepted, f)
		if i < 0 {
			return false
		}
		found[i]++
		return !accepted[i].over
	})
	for i := range accepted {
		f := accepted[i].finding(found[i])
		rest = append(rest, w.finding(&f))
	}
	return plan.SortFindings(rest)
}

// meeting gives the index of the first acceptance that a finding meets; -1: none.
func meeting(accepted []acceptedFinding, f plan.Finding) int {
	return slices.IndexFunc(accepted, func(a acceptedFinding) bool { return a.meets(f) })
}

// meets reports whether a finding is one of those that are accepted.
func (a *acceptedFinding) meets(f plan.Finding) bool {
	return f.Severity != plan.SeverityError && f.Code == a.Code &&
		(a.User.Name == "" || license.UPNKey(a.User.Name) == license.UPNKey(f.User)) &&
		(a.SKU.Name == "" || slices.Contains(a.skus, f.SKUID)) &&
		(a.Group == license.GUID{} || a.Group == f.Group)
}

// finding says what became of an acceptance that so many findings meet.
func (a *acceptedFinding) finding(found int) finding {
	many := quantity.Of(found, string(a.Code)+" finding")
	switch {
	case found == 0:
		return finding{message: msgFindingsNone, source: a.Source, args: []any{a.Code, a, a.Owner, a.Until}}
	case a.over:
		return finding{message: msgFindingsOver, source: a.Source, args: []any{many, choose(found, "was", "were"), a.Until, a.Reason, a.Owner}}
	}
	return finding{message: msgFindingsAccepted, source: a.Source, args: []any{many, choose(found, "is", "are"), a.Until, a.Reason, a.Owner}}
}

func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
