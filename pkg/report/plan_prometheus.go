package report

import (
	"io"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanPrometheus writes the numbers of a plan as Prometheus reads them (text
// exposition format, version 0.0.4), for a textfile collector or a push
// gateway. All are gauges of one moment, and name no user.
//
// The error is the writer's.
func PlanPrometheus(w io.Writer, p *plan.Plan, o Options) error {
	rows := newPlanRows(p, o)
	shown := rows.head
	m := newMetrics(w, p.Tenant)
	s := p.Summary
	m.family("licensectl_plan_created_timestamp_seconds", "When the plan was made.")
	m.add(int(p.CreatedAt.Unix()))
	m.family("licensectl_plan_applyable", "1 if the plan can be applied, 0 if a guard stops it or it has errors that do.")
	m.add(oneIf(p.Applyable))
	m.family("licensectl_plan_users", "Users by what is planned for them.")
	m.add(s.Changed, label{"state", "changed"})
	m.add(s.Unchanged, label{"state", "unchanged"})
	m.add(s.Blocked, label{"state", "blocked"})
	m.add(s.Held, label{"state", "held"})
	m.family("licensectl_plan_actions", "What an apply would do, by kind.")
	m.add(s.Add, label{"op", string(plan.OpAdd)})
	m.add(s.Update, label{"op", string(plan.OpUpdate)})
	m.add(s.Remove, label{"op", string(plan.OpRemove)})
	m.add(s.SetUsageLocation, label{"op", string(plan.OpSetUsageLocation)})
	sections := sectionsOf(rows.changeRows, byEffect())
	takes := takenBy(rows.changeRows, sections)
	takes.countGroups(rows, sections)
	m.taken(takes)
	m.losingAll(shown.Guards)
	m.groups(p)
	m.causes(p)
	m.findings(p.Findings)
	m.guards(shown.Guards)
	m.planSeats(shown.Seats)
	return m.end()
}

// taken counts what an apply would take away.
func (m *metrics) taken(t taken) {
	m.family("licensectl_plan_taken_licenses", "Licenses that an apply would take away, and licenses that stay of which a service plan goes off: what the guard maxRemovals counts.")
	m.add(t.licenses, label{"what", "removed"})
	m.add(t.plansOff, label{"what", "service_plan_off"})
	m.family("licensectl_plan_losing_users", "Users from whom an apply would take something away. Those who keep no direct license are among those who lose.")
	m.add(t.bare, label{"effect", "keeps_no_direct_license"})
	m.add(t.losing, label{"effect", "loses"})
	m.add(t.swapping, label{"effect", "swaps"})
	m.add(t.moving, label{"effect", "keeps_by_group"})
}

// losingAll counts the users who end without any license, by changes of their own or of
// groups: what the guard maxUsersLosingAll counts.
func (m *metrics) losingAll(guards []plan.Guard) {
	for _, g := range guards {
		if g.Name == plan.GuardMaxUsersLosingAll {
			m.family("licensectl_plan_users_losing_all", "Users who would be left without any license, by changes of their own or of groups: what the guard maxUsersLosingAll counts.")
			m.add(g.Actual)
			return
		}
	}
}

// groups counts groups, and their members by what becomes of them; nothing in a plan
// that does not speak of groups.
func (m *metrics) groups(p *plan.Plan) {
	if p.GroupChanges == nil {
		return
	}
	counts := map[plan.Status]int{}
	var members plan.MemberCounts
	for _, c := range p.GroupChanges {
		counts[c.Status]++
		if c.Status == plan.StatusReady {
			members.Gain += c.Members.Gain
			members.Lose += c.Members.Lose
			members.Wait += c.Members.Wait
		}
	}
	m.family("licensectl_plan_groups", "Groups by what is planned for them.")
	m.add(counts[plan.StatusReady], label{"state", "changed"})
	m.add(counts[plan.StatusBlocked], label{"state", "blocked"})
	m.add(counts[plan.StatusHeld], label{"state", "held"})
	m.family("licensectl_plan_group_members", "Members of groups with a ready change, by what it means for them.")
	m.add(members.Gain, label{"effect", "gain"})
	m.add(members.Lose, label{"effect", "lose"})
	m.add(members.Wait, label{"effect", "wait"})
}

// causes counts users and groups where a baseline tells on which side they differ.
func (m *metrics) causes(p *plan.Plan) {
	counts, known := map[plan.Cause]int{}, 0
	causes := []plan.Cause{plan.CauseDrift, plan.CausePending, plan.CauseSignal, plan.CauseUnknown}
	for _, cause := range causes {
		counts[cause] = p.CountCause(cause)
		known += counts[cause] + p.CountGroupCause(cause)
	}
	if known == 0 {
		return
	}
	m.family("licensectl_plan_cause_users", "Users who differ, by what was changed since the baseline.")
	for _, cause := range causes {
		m.add(counts[cause], label{"cause", string(cause)})
	}
	if p.GroupChanges == nil {
		return
	}
	m.family("licensectl_plan_cause_groups", "Groups that differ, by what was changed since the baseline.")
	for _, cause := range causes {
		m.add(p.CountGroupCause(cause), label{"cause", string(cause)})
	}
}

func (m *metrics) findings(all []plan.Finding) {
	counts := map[plan.Severity]int{}
	for _, f := range all {
		counts[f.Severity]++
	}
	m.family("licensectl_plan_findings", "Findings by severity.")
	for _, severity := range []plan.Severity{plan.SeverityError, plan.SeverityWarning, plan.SeverityInfo} {
		m.add(counts[severity], label{"severity", string(severity)})
	}
}

func (m *metrics) guards(all []plan.Guard) {
	m.family("licensectl_plan_guard_tripped", "1 for a guard whose limit is passed, also where an approval lets it.")
	type series struct{ guard, sku string } // two products may share a part number, but no two samples their labels
	tripped := map[series]bool{}
	var order []series
	for _, g := range all {
		s := series{Safe(string(g.Name)), Safe(g.SKUPartNumber)}
		if _, there := tripped[s]; !there {
			order = append(order, s)
		}
		tripped[s] = tripped[s] || g.Tripped
	}
	for _, s := range order {
		m.add(oneIf(tripped[s]), label{"guard", s.guard}, label{"sku", s.sku})
	}
}

func (m *metrics) planSeats(all []plan.Seats) {
	m.family("licensectl_plan_seats", "Seats of the products that the plan is about: usable, in use, and in use after an apply.")
	for _, s := range all {
		product := productLabels(s.SKUID, s.SKUPartNumber)
		m.add(s.Enabled, append(product, label{"state", "enabled"})...)
		m.add(s.Consumed, append(product, label{"state", "consumed"})...)
		m.add(s.After, append(product, label{"state", "after"})...)
	}
}
