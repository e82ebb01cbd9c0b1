package report

import (
	"bufio"
	"io"

	"github.com/licensectl/licensectl/pkg/fleet"
)

// FleetPrometheus writes the numbers of a fleet as PlanPrometheus does those of a
// plan, with the tenant as a label.
//
// The error is the writer's.
func FleetPrometheus(w io.Writer, r fleet.Report) error {
	m := &metrics{out: bufio.NewWriter(w), tenant: label{"fleet", r.Fleet}}
	m.family("licensectl_fleet_started_timestamp_seconds", "When the first tenant was begun.")
	m.add(int(max(r.StartedAt.Unix(), 0)))
	m.family("licensectl_fleet_exit_code", "The exit code of the run.")
	m.add(r.ExitCode)
	m.family("licensectl_fleet_tenants", "Tenants by what became of them.")
	for _, o := range fleet.Outcomes() {
		m.add(r.Summary.Outcomes[o], label{"outcome", string(o)})
	}
	m.family("licensectl_fleet_limit_tripped", "1 if a limit over all tenants stands in the way.")
	for _, g := range r.Guards {
		m.add(oneIf(g.Stops()), label{"guard", string(g.Name)})
	}
	m.eachTenant(r, tenantFamily{"licensectl_fleet_tenant_needs_person", "1 if somebody has to look at the tenant.", func(row fleet.Row) int { return oneIf(row.Outcome.NeedsPerson()) }})
	m.eachTenant(r, tenantFamily{"licensectl_fleet_tenant_duration_milliseconds", "How long the tenant took.", func(row fleet.Row) int { return int(row.Seconds * 1000) }})
	planned := func(of func(fleet.PlanFacts) int) func(fleet.Row) int {
		return func(row fleet.Row) int {
			if row.Plan == nil {
				return -1
			}
			return of(*row.Plan)
		}
	}
	m.eachTenant(r, tenantFamily{"licensectl_fleet_tenant_users_changed", "Users that a plan would change; -1: there is no plan.", planned(func(p fleet.PlanFacts) int { return p.Summary.Changed })})
	m.eachTenant(r, tenantFamily{"licensectl_fleet_tenant_removals", "Licenses and service plans that a plan takes away; -1: there is no plan.", planned(func(p fleet.PlanFacts) int { return p.Removals })})
	m.eachTenant(r, tenantFamily{"licensectl_fleet_tenant_errors", "Errors among the findings of a plan; -1: there is no plan.", planned(func(p fleet.PlanFacts) int { return p.Errors })})
	return m.end()
}

// eachTenant writes a family with a sample for each tenant.
func (m *metrics) eachTenant(r fleet.Report, f tenantFamily) {
	m.family(f.name, f.help)
	for _, row := range r.Tenants {
		m.add(f.of(row), label{"tenant", row.Name}, label{"tenant_id", row.TenantID.String()})
	}
}

// tenantFamily is a number of each tenant.
type tenantFamily struct {
	name, help string
	of         func(fleet.Row) int
}
