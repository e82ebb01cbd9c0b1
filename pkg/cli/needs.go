package cli

import (
	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/graph"
)

// The verbs that talk to a tenant, those that read first.
const (
	verbSeats    = "seats"
	verbPlan     = "plan"
	verbDrift    = "drift"
	verbExplain  = "explain"
	verbSnapshot = "snapshot"
	verbExport   = "export"
	verbApply    = "apply"
)

// readingVerbs are those that cannot write.
func readingVerbs() []string {
	return []string{verbSeats, verbPlan, verbDrift, verbExplain, verbSnapshot, verbExport}
}

// tenantVerbs are all of them.
func tenantVerbs() []string { return append(readingVerbs(), verbApply) }

// Needs lists which verbs make which calls to Microsoft Graph, and what each
// takes. docs/permissions.md is made of it.
func Needs() []doctor.Need {
	comparing := []string{verbPlan, verbDrift, verbExplain, verbApply}
	return []doctor.Need{
		need(graph.OpReadOrganization, tenantVerbs()...),
		need(graph.OpReadSKUs, tenantVerbs()...),
		without(need(graph.OpReadSubscriptions, verbSeats, verbSnapshot), "subscriptions and when they end are not shown"),
		when(without(need(graph.OpReadSubscriptions, comparing...), "nobody is warned before subscriptions end"), "where the policy has warnDaysBeforeSubscriptionEnds"),
		need(graph.OpListUsers, verbPlan, verbDrift, verbExplain, verbSnapshot, verbExport, verbApply),
		need(graph.OpListDepartments, verbSnapshot, verbExport),
		when(need(graph.OpReadDates, verbSnapshot), "with --since or --by user"),
		when(need(graph.OpReadAttributes, append(comparing, verbSnapshot)...), "where a manifest selects users by attributes or a filter, and a plan would take something from users whom no entry names"),
		writing(need(graph.OpAssignLicense, verbApply)),
		writing(when(need(graph.OpSetUsageLocation, verbApply), "where a manifest sets a usage location")),
		when(need(graph.OpReadMe, append(comparing, verbExport)...), "where a manifest has an entry for me"),
		when(need(graph.OpListMembers, verbPlan, verbDrift, verbExplain, verbSnapshot, verbExport, verbApply), "where a manifest selects users by group, a rule of the policy leaves one out, or a manifest or the policy speaks of what groups give"),
		when(need(graph.OpReadGroups, verbPlan, verbDrift, verbExplain, verbSnapshot, verbExport, verbApply), "where a manifest or the policy speaks of what groups give"),
		writing(when(need(graph.OpLicenseGroup, verbApply), "where a manifest or the policy changes what groups give")),
		writing(when(need(graph.OpReprocess, verbApply), "where the policy has groupErrors: reprocess")),
		without(need(graph.OpFindGroups, append(comparing, verbExport, verbSnapshot)...), "plans, findings, explanations and comments of manifests show the ids of groups in place of their names"),
		when(without(need(graph.OpReadAudits, verbPlan, verbDrift), "plans do not tell who changed a user"), "with --baseline"),
		when(without(need(graph.OpReadSignIns, append(comparing, verbSnapshot)...), "rules that go by sign-ins take nothing from anybody"), "where a rule of the policy goes by sign-ins (idle by signIn, never)"),
		when(need(graph.OpReadDates, comparing...), "where a rule of the policy has newcomers or never"),
		when(without(need(graph.OpReadLeave, append(comparing, verbSnapshot)...), "rules that go by the day of leaving take nothing from anybody"), "where a rule of the policy goes by the day of leaving (left)"),
		when(without(need(graph.OpReadReports, append(comparing, verbSnapshot)...), "rules that go by reports take nothing from anybody, and mailboxes cannot be told"), "where a rule of the policy goes by reports (idle by report), or mailboxCheck is hold"),
		when(without(need(graph.OpReadPurposes, append(comparing, verbSnapshot)...), "changes that take a mailbox away are held"), "where mailboxCheck is hold in the policy"),
	}
}

// need is what a call takes that verbs always make.
func need(op graph.Op, verbs ...string) doctor.Need {
	p := op.Permission()
	return doctor.Need{Verbs: verbs, Call: string(op), Application: p.Application, Delegated: p.Delegated, Also: p.Also}
}

func writing(n doctor.Need) doctor.Need {
	n.Writes = true
	return n
}

func when(n doctor.Need, text string) doctor.Need {
	n.When = text
	return n
}

func without(n doctor.Need, loss string) doctor.Need {
	n.Without = loss
	return n
}
