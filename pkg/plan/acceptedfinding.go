package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
)

// AcceptedFinding is a kind of finding that somebody answers for until a date:
// it is counted and no longer shown one by one. Errors cannot be accepted, since
// they block changes.
type AcceptedFinding struct {
	Code   Code
	Source Source // of the entry
	User   Ref    // only findings about this user; no name: about anybody
	SKU    Ref    // only those about this product; no name: about any

	// Group is the group that they are about; zero: any, or none.
	Group license.GUID

	Owner  string
	Reason string
	Until  Date // the first day on which they are no longer accepted
}

// acceptedFinding is an AcceptedFinding with what was found.
type acceptedFinding struct {
	AcceptedFinding
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
	p.findings.all = slices.DeleteFunc(p.findings.sorted(), func(f Finding) bool {
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
func (a *acceptedFinding) meets(f *Finding) bool {
	return f.Severity != SeverityError && f.Code == a.Code &&
		(a.User.Name == "" || license.UPNKey(a.User.Name) == license.UPNKey(f.User)) &&
		(a.SKU.Name == "" || slices.Contains(a.skus, f.SKUID)) &&
		(a.Group == license.GUID{} || a.Group == f.Group)
}

// finding says what became of an acceptance.
func (a *acceptedFinding) finding() Finding {
	f := Finding{
		Severity: SeverityInfo, Code: CodeAcceptedFinding, Source: at(a.Source),
		Message: fmt.Sprintf("%s %s accepted until %s: %s (%s)", quantity.Of(a.found, string(a.Code)+" finding"), choose(a.found, "is", "are"), a.Until, a.Reason, a.Owner),
	}
	switch {
	case a.found == 0:
		f.Severity, f.Code = SeverityWarning, CodeAcceptedFindingUnused
		f.Message = fmt.Sprintf("acceptedFindings accepts %s%s, and there is no such finding (%s, until %s)", a.Code, a.about(), a.Owner, a.Until)
		f.Hint = "check the code and whom it is about, or remove the entry from the policy"
	case a.over:
		f.Severity, f.Code = SeverityWarning, CodeAcceptedFindingExpired
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

// AcceptableCodes lists the codes of findings that a policy can accept, sorted:
// those that can stand on something else than an error.
func AcceptableCodes() []Code {
	return []Code{
		CodeAcceptedDrift, CodeAcceptedExpired, CodeAcceptedUnused, CodeAccountDisabled, CodeAssignmentError, CodeBaselineGap,
		CodeGuardsNarrowed, CodeGuestUser, CodeInherited, CodeInheritedPlans, CodePendingItem, CodePlanMissing, CodePlansExclude,
		CodeProtectedUser, CodeRedundant, CodeSelectedUserGone, CodeSKUNotManaged, CodeUnlistedUser, CodeUntilSoon, CodeUnusedSeats,
	}
}
