package export_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/plan"
)

// team is so many users of a department with the same licenses.
func team(name string, n int, held ...license.Assignment) []license.UserState {
	var out []license.UserState
	for i := range n {
		out = append(out, holding(person(fmt.Sprint(name, i)), held...))
	}
	return out
}

// payload counts the lines that say something, of all files but the policy.
func payload(files []manifest.File) int {
	lines := 0
	for _, f := range files {
		if f.Path == "policy.yaml" {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "#") {
				lines++
			}
		}
	}
	return lines
}

// An export takes hardly more lines than the smallest that could be written by
// hand with the same conventions: block style, a head of four lines for each
// document, licenses in profiles where users share them.
func TestLinesAgainstHandwriting(t *testing.T) {
	e3, e5, visio, noYammer := direct("SPE_E3"), direct("SPE_E5"), direct("VISIOCLIENT"), direct("SPE_E3", "YAMMER_ENTERPRISE")
	abroad := func(users []license.UserState, country string) []license.UserState {
		for i := range users {
			users[i].UsageLocation = country
		}
		return users
	}
	tests := []struct {
		name  string
		users []license.UserState
		hand  int // profiles and heads, then users
		want  int
	}{
		{"ten users with one license", team("a", 10, e3), 6 + 6 + 10, 6 + 6 + 10},
		{"one user", team("a", 1, e3), 6 + 1, 6 + 2},
		{"two suites", slices.Concat(team("a", 30, e3), team("b", 10, e5)), 13 + 6 + 30 + 7 + 10, 13 + 6 + 30 + 2*10},
		{"a suite with an add-on for some", slices.Concat(team("a", 30, e3), team("b", 4, e3, visio)), 6 + 6 + 30 + 2*4, 6 + 6 + 30 + 2*4},
		{"two products that go together", team("a", 12, e3, visio), 7 + 6 + 12, 7 + 6 + 12},
		{"two products that go together but once", slices.Concat(team("a", 12, e3, visio), team("b", 1, e3)), 7 + 6 + 12 + 3, 7 + 6 + 12 + 3},
		{"a plan is off for some", slices.Concat(team("a", 25, e3), team("b", 25, noYammer)), 14 + 6 + 25 + 7 + 25, 14 + 6 + 25 + 7 + 25},
		{"a plan is off for one", slices.Concat(team("a", 25, e3), team("b", 1, noYammer)), 6 + 6 + 25 + 5, 6 + 6 + 25 + 5},
		{"some abroad", slices.Concat(team("a", 25, e3), abroad(team("b", 5, e3), "US")), 6 + 6 + 25 + 2*5, 6 + 6 + 25 + 2*5},
		{"many abroad", slices.Concat(team("a", 25, e3), abroad(team("b", 25, e3), "US")), 6 + 6 + 25 + 7 + 25, 6 + 6 + 25 + 7 + 25},
		{"hundred users", slices.Concat(team("a", 60, e3), team("b", 20, e5), team("c", 8, e3, visio), team("d", 10), team("e", 2, visio)),
			13 + 6 + 60 + 7 + 20 + 2*8 + 2*2, 132},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := mustMake(t, tenantOf(test.users, published("SPE_E3"), published("SPE_E5"), published("VISIOCLIENT")), export.Options{}).Files
			if got := payload(files); got != test.want || got*10 > test.hand*12 {
				t.Errorf("%d lines, want %d; by hand it takes %d\n%s", got, test.want, test.hand, dump(files))
			}
		})
	}
}

// touched counts the lines that are in one of two exports and not in the
// other, file by file.
func touched(before, after []manifest.File) int {
	lines := map[string]int{}
	count := func(files []manifest.File, by int) {
		for _, f := range files {
			for line := range strings.Lines(string(f.Data)) {
				lines[f.Path+"\n"+line] += by
			}
		}
	}
	count(before, 1)
	count(after, -1)
	sum := 0
	for n := range maps.Values(lines) {
		sum += max(n, -n)
	}
	return sum
}

// One user who changes moves few lines, in a hundred tenants.
func TestASmallChangeIsASmallDiff(t *testing.T) {
	var diffs []int
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 2))
		before := companyOf(rng, 40+rng.IntN(300))
		after := withOneChange(rng, before)
		o := export.Options{Layout: compose.Layouts()[rng.IntN(3)]}
		diffs = append(diffs, touched(mustMake(t, before, o).Files, mustMake(t, after, o).Files))
	}
	slices.Sort(diffs)
	median, most, worst := diffs[len(diffs)/2], diffs[len(diffs)*95/100], diffs[len(diffs)-1]
	if median > 5 || most > 40 || worst > 100 {
		t.Errorf("a change of one user touches %d lines in half of the cases, %d in nineteen of twenty, and %d at worst", median, most, worst)
	}
}

// companyOf makes a tenant as companies are: a few suites, add-ons, five
// departments, three countries.
func companyOf(rng *rand.Rand, users int) plan.Observed {
	in := tenantOf(nil, published("SPE_E3"), published("SPE_E5"), published("SPE_F1"), published("VISIOCLIENT"), published("POWER_BI_PRO"))
	for i := range users {
		u := person(fmt.Sprintf("user%03d", i))
		u.Assignments = companyLicenses(rng)
		u.UsageLocation = []string{"DE", "DE", "DE", "US", "GB"}[rng.IntN(5)]
		in.Users = append(in.Users, u)
		in.Departments[u.ID] = []string{"Sales", "Finance", "IT", "Legal", "Production"}[rng.IntN(5)]
	}
	slices.SortFunc(in.Users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	return in
}

func companyLicenses(rng *rand.Rand) []license.Assignment {
	suites := []license.Assignment{direct("SPE_E3"), direct("SPE_E3"), direct("SPE_E5"), direct("SPE_F1"), direct("SPE_E3", "YAMMER_ENTERPRISE")}
	u := license.UserState{Assignments: []license.Assignment{suites[rng.IntN(len(suites))]}}
	if rng.IntN(6) == 0 {
		u = holding(u, direct("VISIOCLIENT"))
	}
	if rng.IntN(4) == 0 {
		u = holding(u, direct("POWER_BI_PRO"))
	}
	return u.Assignments
}

// withOneChange changes the licenses, the country or the department of one
// user.
func withOneChange(rng *rand.Rand, in plan.Observed) plan.Observed {
	in.Users, in.Departments = slices.Clone(in.Users), maps.Clone(in.Departments)
	u := &in.Users[rng.IntN(len(in.Users))]
	switch rng.IntN(4) {
	case 0:
		u.UsageLocation = "FR"
	case 1:
		in.Departments[u.ID] = "Sales"
	default:
		u.Assignments = companyLicenses(rng)
	}
	return in
}
