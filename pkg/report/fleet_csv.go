package report

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/fleet"
)

// fleetColumns are the columns of the report of a fleet as CSV. Programs rely on
// their names and their order: new ones come at the end.
var fleetColumns = [...]string{
	"tenant", "tenantId", "labels", "outcome", "exitCode", "exit", "written", "users", "changed", "blocked", "held", "add", "update", "remove",
	"setUsageLocation", "errors", "warnings", "guards", "currency", "monthlyDelta", "applied", "message", "hint", "planId", "startedAt", "seconds",
}

// FleetCSV writes the report of a fleet as a table with a row for each tenant,
// sorted by name.
//
// The error is the writer's.
func FleetCSV(w io.Writer, r fleet.Report) error {
	return writeCSV(w, fleetColumns[:], func(yield func([]string) bool) {
		for _, row := range r.Tenants {
			if !yield(fleetRow(row)) {
				return
			}
		}
	})
}

func fleetRow(row fleet.Row) []string {
	facts, currency, delta := fleet.PlanFacts{}, "", ""
	if row.Plan != nil {
		facts = *row.Plan
	}
	if facts.Cost != nil {
		currency, delta = facts.Cost.Currency, facts.Cost.MonthlyDelta.String()
	}
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(row.Labels)) {
		labels = append(labels, key+"="+row.Labels[key])
	}
	begun := ""
	if !row.StartedAt.IsZero() {
		begun = row.StartedAt.UTC().Format(time.RFC3339)
	}
	out := []string{field(row.Name), row.TenantID.String(), fields(labels), field(string(row.Outcome)), exitText(row), field(row.Exit), strconv.FormatBool(row.Written)}
	s := facts.Summary
	for _, n := range []int{s.Users, s.Changed, s.Blocked, s.Held, s.Add, s.Update, s.Remove, s.SetUsageLocation, facts.Errors, facts.Warnings} {
		out = append(out, strconv.Itoa(n))
	}
	return append(out, fields(facts.Tripped), field(currency), delta, field(appliedCounts(row.Outcomes)), field(row.Message), field(row.Hint),
		field(facts.PlanID), begun, strconv.FormatFloat(row.Seconds, 'f', 3, 64))
}
