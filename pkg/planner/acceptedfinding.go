package planner

import (
	"fmt"
	"slices"
	"strings"

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
// findings and the result are as findings.worded gives them; the names are those
// of groups.
func accept(accepted []acceptedFinding, all []plan.Finding, names map[license.GUID]string) []plan.Finding {
	if len(accepted) == 0 {
		return all
	}
	found := make([]int, len(accepted))
	rest := slices.DeleteFunc(all, func(f plan.Finding) bool {
		i := meeting(accepted, &f)
		if i < 0 {
			return false
		}
		found[i]++
		return !accepted[i].over
	})
	for i, a := range accepted {
		rest = append(rest, a.finding(found[i], names))
	}
	return plan.SortFindings(rest)
}

// meeting gives the index of the first acceptance that a finding meets; -1: none.
func meeting(accepted []acceptedFinding, f *plan.Finding) int {
	return slices.IndexFunc(accepted, func(a acceptedFinding) bool { return a.meets(f) })
}

// meets reports whether a finding is one of those that are accepted.
func (a *acceptedFinding) meets(f *plan.Finding) bool {
	return f.Severity != plan.SeverityError && f.Code == a.Code &&
		(a.User.Name == "" || license.UPNKey(a.User.Name) == license.UPNKey(f.User)) &&
		(a.SKU.Name == "" || slices.Contains(a.skus, f.SKUID)) &&
		(a.Group == license.GUID{} || a.Group == f.Group)
}

// finding says what became of an acceptance that so many findings meet.
func (a *acceptedFinding) finding(found int, names map[license.GUID]string) plan.Finding {
	f := plan.Finding{
		Severity: plan.SeverityInfo, Code: plan.CodeAcceptedFinding, Source: at(a.Source),
		Message: fmt.Sprintf("%s %s accepted until %s: %s (%s)", quantity.Of(found, string(a.Code)+" finding"), choose(found, "is", "are"), a.Until, a.Reason, a.Owner),
	}
	switch {
	case found == 0:
		f.Severity, f.Code = plan.SeverityWarning, plan.CodeAcceptedFindingUnused
		f.Message = fmt.Sprintf("acceptedFindings accepts %s%s, and there is no such finding (%s, until %s)", a.Code, a.about(names), a.Owner, a.Until)
		f.Hint = "check the code and whom it is about, or remove the entry from the policy"
	case a.over:
		f.Severity, f.Code = plan.SeverityWarning, plan.CodeAcceptedFindingExpired
		f.Message = fmt.Sprintf("%s %s accepted until %s, which is over: %s (%s)", quantity.Of(found, string(a.Code)+" finding"), choose(found, "was", "were"), a.Until, a.Reason, a.Owner)
		f.Hint = "agree on a later date with its owner, or remove the entry from acceptedFindings"
	}
	return f
}

// about says what an acceptance is narrowed to.
func (a *acceptedFinding) about(names map[license.GUID]string) string {
	var parts []string
	for _, name := range []string{a.User.Name, a.SKU.Name} {
		if name != "" {
			parts = append(parts, name)
		}
	}
	if a.Group != (license.GUID{}) {
		parts = append(parts, "group "+groupName(names, a.Group))
	}
	if len(parts) == 0 {
		return ""
	}
	return " for " + strings.Join(parts, ", ")
}

func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
