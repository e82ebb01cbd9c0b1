package doctest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestDefaultGuardsAreTrue holds the table of what the default guards let pass
// against plans for tenants of these sizes.
func TestDefaultGuardsAreTrue(t *testing.T) {
	table := "| users | licenses | of one product | users who lose everything | users with a change |\n|---|---|---|---|---|\n"
	for _, users := range []int{2, 3, 5, 10, 20, 50} {
		row := fmt.Sprintf("| %d |", users)
		for _, name := range plan.GuardNames() {
			of := users
			if name == plan.GuardMaxRemovals {
				of = len(heldByEach()) * users
			}
			row += fmt.Sprintf(" %d of %d |", min(of, defaultLimit(t, users, name)), of)
		}
		table += row + "\n"
	}
	checkGenerated(t, "docs/manifest.md", "default-guards", table)
}

// heldByEach are the products that each of the users holds.
func heldByEach() []string { return []string{"E3", "VISIO"} }

// defaultLimit gives how many a default guard lets pass where each of the users
// holds two products and the first of them loses one.
func defaultLimit(t *testing.T, users int, name plan.GuardName) int {
	t.Helper()
	in := planner.Input{
		Policy:   plan.DefaultPolicy(),
		Observed: plan.Observed{Tenant: plan.Tenant{ID: id("tenant")}, Whole: true},
		Now:      noon(),
	}
	held := heldByEach()
	for _, part := range held {
		in.Observed.SKUs = append(in.Observed.SKUs, license.SKU{ID: id(part), PartNumber: part, AppliesTo: license.AppliesToUser})
	}
	for i := range users {
		u := license.UserState{ID: id(fmt.Sprint(i)), UserPrincipalName: fmt.Sprintf("u%d@contoso.com", i), AccountEnabled: true, UsageLocation: "DE"}
		e := plan.DesiredUser{User: plan.Ref{Name: u.UserPrincipalName}, ManagesLicenses: true}
		for k, part := range held {
			if i > 0 || k > 0 {
				e.Licenses = append(e.Licenses, plan.DesiredLicense{SKU: plan.Ref{Name: part}})
			}
			u.Assignments = append(u.Assignments, license.Assignment{SKUID: id(part), State: "Active"})
		}
		license.SortAssignments(u.Assignments)
		in.Observed.Users, in.Desired.Users = append(in.Observed.Users, u), append(in.Desired.Users, e)
	}
	slices.SortFunc(in.Observed.Users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	p, err := planner.Make(in)
	if err != nil || p.Summary.Remove != 1 {
		t.Fatalf("%v: %+v", err, p)
	}
	i := slices.IndexFunc(p.Guards, func(g plan.Guard) bool { return g.Name == name })
	return *p.Guards[i].Limit
}
