package export_test

import (
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// benchUsers is the size of the tenant of the benchmark.
const benchUsers = 100_000

// largeTenant is a tenant of the emulator as a reader sees it.
func largeTenant() plan.Observed {
	made := emulator.Synthetic(emulator.SyntheticOptions{Users: benchUsers, Seed: 1})
	giving := map[string]emulator.Group{}
	for _, g := range made.Groups {
		giving[g.Name] = g
	}
	var users []license.UserState
	departments := map[license.GUID]string{}
	for u := range made.Stream {
		state := person(u.UserPrincipalName)
		state.UserPrincipalName, state.UsageLocation, state.AccountEnabled = u.UserPrincipalName, u.UsageLocation, !u.Disabled
		for _, l := range u.Licenses {
			state.Assignments = append(state.Assignments, license.Assignment{SKUID: l.SKU, DisabledPlans: l.DisabledPlans, State: "Active"})
		}
		for _, group := range u.MemberOf {
			for _, l := range giving[group].Licenses {
				state.Assignments = append(state.Assignments, license.Assignment{SKUID: l.SKU, Group: id(group), State: "Active"})
			}
		}
		license.SortAssignments(state.Assignments)
		departments[state.ID] = u.Department
		users = append(users, state)
	}
	var skus []license.SKU
	for _, p := range made.Products {
		skus = append(skus, p.SKU)
	}
	out := tenantOf(users, skus...)
	out.Departments = departments
	for name := range giving {
		out.Groups[id(name)] = name
	}
	return out
}

// BenchmarkMake makes manifests of a tenant, which are checked, and beside it
// does what the check takes alone.
func BenchmarkMake(b *testing.B) {
	observed := largeTenant()
	made := mustMake(b, observed, export.Options{})
	for name, work := range map[string]func() error{
		"export": func() error {
			_, err := export.Make(observed, export.Options{Now: noon})
			return err
		},
		"check": func() error {
			set, err := manifest.Parse(made.Files)
			if err != nil {
				return err
			}
			_, err = planner.Make(planner.Input{Desired: set.Desired, Policy: set.Policy, Observed: observed, Now: noon})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchUsers, "ns/user")
		})
	}
}
