package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// acceptedFinding is an AcceptedFinding with what was found.
type acceptedFinding struct {
	plan.AcceptedFinding
	skus  []license.GUID
	over  bool
	found int
}

// resolveAcceptedFindings finds the products that the policy accepts findings
// about.
func (p *planner) resolveAcceptedFindings() {
	for _, a := range p.in.Policy.AcceptedFindings {
		e := &acceptedFinding{AcceptedFinding: a, over: !p.day.Before(a.Until)}
		if a.SKU.Name != "" {
			e.skus = p.policySKU(a.SKU)
		}
		p.acceptedFindings = append(p.acceptedFindings, e)
	}
}

// acceptFindings leaves out the findings that the policy accepts, and says how
// many these are, which acceptances are over, and which find nothing.
func (p *planner) acceptFindings() {
	accepted := p.acceptedFindings
	if len(accepted) == 0 {
		return
	}
	p.findings.all = slices.DeleteFunc(p.findings.sorted(), func(f plan.Finding) bool {
		for _, a := range accepted {
			if a.meets(&f) {
				a.found++
				return !a.over
			}
		}
		return false
	})
	for _, a := range accepted {
		p.findings.add(a.finding())
	}
}

// meets reports whether a finding is one of those that are accepted.
func (a *acceptedFinding) meets(f *plan.Finding) bool {
	return f.Severity != plan.SeverityError && f.Code == a.Code &&
		(a.User.Name == "" || license.UPNKey(a.User.Name) == license.UPNKey(f.User)) &&
		(a.SKU.Name == "" || slices.Contains(a.skus, f.SKUID)) &&
		(a.Group == license.GUID{} || a.Group == f.Group)
}

// finding says what became of an acceptance.
func (a *acceptedFinding) finding() plan.Finding {
	f := plan.Finding{
		Severity: plan.SeverityInfo, Code: plan.CodeAcceptedFinding, Source: at(a.Source),
		Message: fmt.Sprintf("%s %s accepted until %s: %s (%s)", quantity.Of(a.found, string(a.Code)+" finding"), choose(a.found, "is", "are"), a.Until, a.Reason, a.Owner),
	}
	switch {
	case a.found == 0:
		f.Severity, f.Code = plan.SeverityWarning, plan.CodeAcceptedFindingUnused
		f.Message = fmt.Sprintf("acceptedFindings accepts %s%s, and there is no such finding (%s, until %s)", a.Code, a.about(), a.Owner, a.Until)
		f.Hint = "check the code and whom it is about, or remove the entry from the policy"
	case a.over:
		f.Severity, f.Code = plan.SeverityWarning, plan.CodeAcceptedFindingExpired
		f.Message = fmt.Sprintf("%s %s accepted until %s, which is over: %s (%s)", quantity.Of(a.found, string(a.Code)+" finding"), choose(a.found, "was", "were"), a.Until, a.Reason, a.Owner)
		f.Hint = "agree on a later date with its owner, or remove the entry from acceptedFindings"
	}
	return f
}

// about says what an acceptance is narrowed to.
func (a *acceptedFinding) about() string {
	var parts []string
	for _, name := range []string{a.User.Name, a.SKU.Name} {
		if name != "" {
			parts = append(parts, name)
		}
	}
	if a.Group != (license.GUID{}) {
		parts = append(parts, "group "+a.Group.String())
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
