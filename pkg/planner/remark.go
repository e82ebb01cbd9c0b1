package planner

import (
	"cmp"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// remark adds what a reader should know of the user, changed or not.
func (p *planner) remark(s *managedUser) {
	info := func(code plan.Code, message string) {
		p.findings.add(plan.Finding{Severity: plan.SeverityInfo, Code: code, User: s.name(), Source: at(s.source), Message: message})
	}
	if !s.user.AccountEnabled && s.user.Unreadable == "" && len(s.wants) > 0 {
		info(plan.CodeAccountDisabled, "is declared to hold licenses, but the account is disabled")
	}
	if strings.EqualFold(s.user.UserType, "Guest") && len(s.wants) > 0 {
		info(plan.CodeGuestUser, "is a guest that is declared to hold licenses")
	}
	for _, a := range s.user.Assignments {
		if a.InForce() || !p.scope.Manages(a.SKUID) {
			continue
		}
		said := a.Error
		if said == "" {
			said = cmp.Or(a.State, "no state")
		}
		path, group := pathOf(a)
		p.findings.addText(plan.Finding{
			Severity: plan.SeverityWarning, Code: plan.CodeAssignmentError, User: s.name(), Group: a.Group, SKUID: a.SKUID, Source: at(s.source),
			Hint: "it is not in force and counts as not held; mend the cause, then reprocess the user's licenses",
		}, &text{"the tenant reports %s for %s, %s%s", []any{said, p.catalog.SKUName(a.SKUID), path, group}})
	}
}
