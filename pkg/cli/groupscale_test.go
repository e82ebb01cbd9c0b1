//go:build scale && unix

package cli_test

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// groupScale is a tenant of which groups license a part, and what the manifests say of
// these groups.
type groupScale struct {
	scale
	groups int
	swaps  bool // each group is declared to give another product than it gives
}

func (s groupScale) String() string {
	name := fmt.Sprintf("%s/groups=%d", s.scale, s.groups)
	if s.swaps {
		name += "/all-swap"
	}
	return name
}

// The groups have from fewest members to most, each a user drawn by chance, so that
// some are in several.
const (
	fewestMembers = 500
	mostMembers   = 5_000
)

// BenchmarkGroupScale lets the program plan for a tenant in which 40 groups give
// licenses, with and without manifests of what they give. The floor is that of
// BenchmarkScale, and reads the pages of groups and of their members besides.
func BenchmarkGroupScale(b *testing.B) {
	binary := buildProgram(b)
	for _, s := range []groupScale{
		{scale: scale{users: 100_000, files: 100}, groups: 40},
		{scale: scale{users: 100_000, files: 100}, groups: 40, swaps: true},
	} {
		b.Run(s.String(), func(b *testing.B) { s.measure(b, binary) })
	}
}

func buildProgram(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "licensectl")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/licensectl").CombinedOutput(); err != nil {
		b.Fatalf("building the program: %v\n%s", err, out)
	}
	return binary
}

func (s groupScale) measure(b *testing.B, binary string) {
	with, without := b.TempDir(), b.TempDir()
	for _, dir := range []string{with, without} {
		s.declare(b, dir)
	}
	s.declareGroups(with)
	tenant := s.serve(b)
	for _, dir := range []string{with, without} {
		tenant.save(b, filepath.Join(dir, "pages"))
	}
	tenant.saveGroups(b, s, filepath.Join(with, "pages"))
	program := program{path: binary, name: binary}
	var grouped, plain, floor usage
	var stages map[string]float64
	for b.Loop() {
		floor.add(runFloor(b, with))
		used, log := tenant.plan(b, program, with)
		grouped.add(used)
		stages = stagesOf(b, log)
		used, _ = tenant.plan(b, program, without)
		plain.add(used)
	}
	tenant.profile(b, s.String(), with, planning()...)
	n := float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(grouped.wall.Seconds()/n, "plan-s")
	b.ReportMetric(grouped.cpu.Seconds()/n, "plan-cpu-s")
	b.ReportMetric(plain.cpu.Seconds()/n, "without-cpu-s")
	b.ReportMetric(floor.cpu.Seconds()/n, "floor-cpu-s")
	b.ReportMetric(grouped.cpu.Seconds()/floor.cpu.Seconds(), "x-floor-cpu")
	b.ReportMetric(float64(grouped.peak)/1e6, "peak-MB")
	b.ReportMetric(float64(plain.peak)/1e6, "without-peak-MB")
	b.ReportMetric(float64(grouped.peak)/float64(plain.peak), "x-peak")
	for name, value := range stages {
		b.ReportMetric(value, name)
	}
}

// given are the products that the groups give, in turns. Of the last the tenant has
// too few seats, unless a plan is to give it to others.
func given() []license.SKU {
	var out []license.SKU
	for _, part := range []string{"POWER_BI_PRO", "VISIOCLIENT", "PROJECTPROFESSIONAL", "AAD_PREMIUM_P2", "Microsoft_Intune_Suite"} {
		out = append(out, must(license.Published().ResolveSKU(part)))
	}
	return out
}

func groupName(i int) string { return fmt.Sprintf("Licensed %02d", i) }

// serve serves the tenant from this process.
func (s groupScale) serve(b *testing.B) *servedTenant {
	b.Helper()
	tenant := emulator.Synthetic(emulator.SyntheticOptions{Users: s.users, Seed: 1})
	products := given()
	for i := range s.groups {
		tenant.Groups = append(tenant.Groups, emulator.Group{Name: groupName(i), Licenses: []emulator.License{{SKU: products[i%len(products)].ID}}})
	}
	for i := range tenant.Products {
		sku := &tenant.Products[i].SKU
		if s.swaps || sku.ID != products[len(products)-1].ID {
			sku.Units.Enabled += s.users
		}
	}
	users, rng := tenant.Stream, rand.New(rand.NewPCG(1, 2))
	tenant.Stream = func(yield func(emulator.User) bool) {
		for u := range users {
			for i := range s.groups {
				size := fewestMembers + i*(mostMembers-fewestMembers)/(s.groups-1)
				if rng.IntN(s.users) < size {
					u.MemberOf = append(u.MemberOf, groupName(i))
				}
			}
			if !yield(u) {
				return
			}
		}
	}
	e := must(emulator.New(tenant, emulator.Options{LogSize: 1}))
	server := httptest.NewServer(e)
	b.Cleanup(server.Close)
	return &servedTenant{url: server.URL, token: e.AppToken()}
}

// declareGroups writes what the groups give, or another product.
func (s groupScale) declareGroups(dir string) {
	var text strings.Builder
	text.WriteString("apiVersion: licensectl.dev/v1\nkind: GroupLicenses\nmetadata: {name: groups}\nspec:\n  groups:\n")
	products := given()
	for i := range s.groups {
		at := i
		if s.swaps {
			at++
		}
		fmt.Fprintf(&text, "    - {group: %s, licenses: [{sku: %s}]}\n", groupName(i), products[at%len(products)].PartNumber)
	}
	must(dir, os.WriteFile(filepath.Join(dir, "manifests", "groups.yaml"), []byte(text.String()), 0o600))
}

// saveGroups keeps for the floor what a plan reads of groups: each by its name, and
// its members.
func (t *servedTenant) saveGroups(b *testing.B, s groupScale, folder string) {
	const properties = "id,displayName,securityEnabled,groupTypes,onPremisesSyncEnabled,licenseProcessingState,visibility,assignedLicenses"
	for i := range s.groups {
		name := fmt.Sprintf("group-%02d", i)
		t.savePages(b, filepath.Join(folder, name), "/groups?$top=999&$select="+properties+"&$filter=displayName%20eq%20%27"+strings.ReplaceAll(groupName(i), " ", "%20")+"%27")
		id := emulator.DerivedID("group", groupName(i))
		t.savePages(b, filepath.Join(folder, name+"-members"), "/groups/"+id.String()+"/members?$select=id&$top=999")
	}
}
