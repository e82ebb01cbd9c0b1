package planner

import (
	"cmp"
	"maps"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// remarks are the findings about a plan that is worked out, beside what was
// found on the way.
func (b *basis) remarks(c compared, p *plan.Plan) findings {
	out, redundant := notes{used: maps.Clone(c.used)}, newRedundancies(b)
	for i, d := range c.drafts {
		change := &p.Changes[i]
		out.findings.addAll(b.adviseOnPlans(change, d.managed.user))
		if !d.leftOut && change.Status == plan.StatusReady {
			out.addRedundant(b, d.managed, redundant.of(d.managed, change))
		}
	}
	out.findings.addAll(b.unusedSeats(p.Seats))
	out.findings.addAll(b.unaccountedUnits())
	out.findings.addAll(b.giftFindings(c.gifts))
	out.findings.addAll(b.unusedAcceptances(out.used))
	out.findings.addAll(b.baselineGaps())
	return out.findings
}

// remark adds what a reader should know of the user, changed or not.
func (c *comparer) remark(s *managedUser) {
	info := func(code plan.Code, message string) {
		c.out.findings.add(plan.Finding{Severity: plan.SeverityInfo, Code: code, User: s.name(), Source: at(s.source), Message: message})
	}
	if !s.user.AccountEnabled && s.user.Unreadable == "" && len(s.wants) > 0 {
		info(plan.CodeAccountDisabled, "is declared to hold licenses, but the account is disabled")
	}
	if strings.EqualFold(s.user.UserType, "Guest") && len(s.wants) > 0 {
		info(plan.CodeGuestUser, "is a guest that is declared to hold licenses")
	}
	for _, a := range s.user.Assignments {
		if a.InForce() || !c.scope.Manages(a.SKUID) {
			continue
		}
		said := a.Error
		if said == "" {
			said = cmp.Or(a.State, "no state")
		}
		path, group := pathOf(a)
		c.out.findings.addText(plan.Finding{
			Severity: plan.SeverityWarning, Code: plan.CodeAssignmentError, User: s.name(), Group: a.Group, SKUID: a.SKUID, Source: at(s.source),
			Hint: "it is not in force and counts as not held; mend the cause, then reprocess the user's licenses",
		}, &text{"the tenant reports %s for %s, %s%s", []any{said, c.catalog.SKUName(a.SKUID), path, group}})
	}
}
