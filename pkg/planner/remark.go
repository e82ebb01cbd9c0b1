package planner

import (
	"cmp"
	"maps"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// remarks are the findings about a plan that is worked out, beside what was
// found on the way.
func (b *basis) remarks(c compared, groups *groupWork, p *plan.Plan) findings {
	out, redundant := notes{used: maps.Clone(c.used)}, newRedundancies(b)
	for _, a := range groups.used {
		out.used[a] = true
	}
	for i, d := range c.changes {
		change := &p.Changes[i]
		out.findings.addAll(b.adviseOnPlans(change, d.managed.user))
		if !d.leftOut && change.Status == plan.StatusReady {
			out.addRedundant(b, d.managed, redundant.of(d.managed, change))
		}
	}
	out.findings.addAll(b.unusedSeats(p.Seats))
	out.findings.addAll(b.subscriptionEnds(p.Seats))
	out.findings.addAll(b.unaccountedUnits())
	out.findings.addAll(c.undeclared.findings())
	out.findings.addAll(b.bothFindings(c.both, c.replaced))
	out.findings.addAll(groups.owed(b))
	out.findings.addAll(b.unusedAcceptances(out.used))
	out.findings.addAll(b.baselineGaps())
	return out.findings
}

// remark adds what a reader should know of the user, changed or not.
func (c *comparer) remark(s *managedUser) {
	info := func(of message) {
		c.out.findings.add(finding{message: of, user: s.name(), source: s.source})
	}
	if !s.user.AccountEnabled && s.user.Unreadable == "" && len(s.wants) > 0 {
		info(msgDisabled)
	}
	if strings.EqualFold(s.user.UserType, "Guest") && len(s.wants) > 0 {
		info(msgGuest)
	}
	for _, a := range s.user.Assignments {
		if a.InForce() || !c.scope.Manages(a.SKUID) {
			continue
		}
		c.out.findings.add(finding{
			message: msgAssignmentError, user: s.name(), group: a.Group, sku: a.SKUID, source: s.source,
			args: []any{cmp.Or(a.Error, a.State, "no state"), product(a.SKUID), path(a)},
		})
	}
}
