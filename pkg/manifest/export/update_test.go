package export_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/plan"
)

func mustUpdate(t rapid.TB, files []manifest.File, observed plan.Observed) export.Updated {
	t.Helper()
	u, err := export.Update(files, observed, export.UpdateOptions{Folder: "manifests", Now: noon})
	if err != nil {
		t.Fatalf("%v\n%s", err, dump(files))
	}
	return u
}

// over puts changed files over the others.
func over(files, changed []manifest.File) []manifest.File {
	out := slices.Clone(changed)
	for _, f := range files {
		if !slices.ContainsFunc(out, func(g manifest.File) bool { return g.Path == f.Path }) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b manifest.File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// drift changes some users of a tenant: their licenses, plans and countries;
// some leave, and some come.
func drift(t *rapid.T, in plan.Observed) plan.Observed {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "drift"), 3))
	out := in
	out.Users = nil
	for i, u := range in.Users {
		switch rng.IntN(8) {
		case 0:
			continue
		case 1:
			u.Assignments = drawHeld(rng, in.SKUs, rng.IntN(4))
			license.SortAssignments(u.Assignments)
		case 2:
			u = addTo(u, drawHeld(rng, in.SKUs, 1))
		case 3:
			if len(u.Assignments) > 0 {
				u.Assignments = slices.Delete(slices.Clone(u.Assignments), 0, 1)
			}
		case 4:
			u.UsageLocation = countries[rng.IntN(5)]
		}
		out.Users = append(out.Users, u)
		if rng.IntN(10) == 0 {
			come := person(fmt.Sprint("new", i))
			come.Assignments = drawHeld(rng, in.SKUs, 1+rng.IntN(2))
			license.SortAssignments(come.Assignments)
			out.Users = append(out.Users, come)
			out.Departments[come.ID] = []string{"Sales", "New", ""}[rng.IntN(3)]
		}
	}
	slices.SortFunc(out.Users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	return out
}

// drawUsual is a tenant in which nothing is strange.
func drawUsual(t *rapid.T) plan.Observed {
	for {
		if in := drawTenant(t, rapid.IntRange(0, 60).Draw(t, "users")); !isStrange(in) {
			return in
		}
	}
}

func isStrange(in plan.Observed) bool {
	company := slices.ContainsFunc(in.SKUs, func(s license.SKU) bool { return s.AppliesTo == license.AppliesToCompany })
	return company || slices.ContainsFunc(in.Users, func(u license.UserState) bool {
		return len(u.Unexplained) > 0 || slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == id("sold") })
	})
}

// After an update the plan is empty, and a second update changes nothing.
func TestUpdateThenPlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawUsual(t)
		files := mustMake(t, before, export.Options{Layout: drawLayout(t)}).Files
		after := drift(t, before)
		u, err := export.Update(files, after, export.UpdateOptions{Folder: "manifests", Now: noon})
		if err != nil && strings.Contains(err.Error(), "usage location that a manifest can name") {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, dump(files))
		}
		files = over(files, u.Files)
		if p := planWith(t, files, after); slices.ContainsFunc(p.Changes, isToDo) || p.HasErrors() {
			t.Fatalf("%d changes, %v\n%s", len(p.Changes), p.Findings, dump(files))
		}
		if again := mustUpdate(t, files, after); len(again.Files) > 0 {
			t.Fatalf("a second update changes\n%s", strings.Join(again.Diff, "\n"))
		}
	})
}

// What is in line stays as it is.
func TestUpdateOfWhatIsInLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawTenant(t, rapid.IntRange(0, 60).Draw(t, "users"))
		files := mustMake(t, observed, export.Options{Layout: drawLayout(t)}).Files
		if u := mustUpdate(t, files, observed); len(u.Files) > 0 || len(u.Diff) > 0 {
			t.Fatalf("it changes\n%s", strings.Join(u.Diff, "\n"))
		}
	})
}

// byHand edits manifests as people do: comments above and beside entries,
// blank lines, brackets, line ends of another system. It gives the comments.
func byHand(rng *rand.Rand, files []manifest.File) (out []manifest.File, above, beside []string) {
	for _, f := range files {
		var lines []string
		ending := []string{"\n", "\r\n"}[rng.IntN(2)]
		for line := range strings.Lines(string(f.Data)) {
			line = strings.TrimSuffix(line, "\n")
			user, isEntry := strings.CutPrefix(line, "    - ")
			isShort := isEntry && !strings.Contains(user, ": ") && !strings.Contains(user, "#")
			if isEntry && rng.IntN(4) == 0 {
				comment := fmt.Sprintf("    # above %d", rng.Uint32())
				above = append(above, comment)
				lines = append(lines, "", comment)
			}
			if isShort && rng.IntN(4) == 0 {
				line = "    - {user: " + user + "}"
			}
			if isEntry && !strings.Contains(line, "#") && !strings.HasSuffix(line, ":") && rng.IntN(3) == 0 {
				name := strings.TrimPrefix(user, "user: ")
				comment := fmt.Sprintf("  # beside %s", name)
				beside = append(beside, name)
				line += comment
			}
			lines = append(lines, line)
		}
		out = append(out, manifest.File{Path: f.Path, Data: []byte(strings.Join(lines, ending) + ending)})
	}
	return out, above, beside
}

// A tree that people have edited keeps their comments through an update.
func TestUpdateKeepsComments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawUsual(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "hand"), 4))
		files, above, beside := byHand(rng, mustMake(t, before, export.Options{Layout: drawLayout(t)}).Files)
		if u := mustUpdate(t, files, before); len(u.Files) > 0 {
			t.Fatalf("without a change in the tenant it changes\n%s", strings.Join(u.Diff, "\n"))
		}
		after := drift(t, before)
		u, err := export.Update(files, after, export.UpdateOptions{Folder: "manifests", Now: noon})
		if err != nil {
			return // TestUpdateThenPlanIsEmpty tells which errors there are
		}
		files = over(files, u.Files)
		text := strings.ReplaceAll(dump(files), "\r\n", "\n")
		for _, comment := range above {
			if !strings.Contains(text, comment+"\n") {
				t.Fatalf("%q is gone:\n%s", comment, strings.Join(u.Diff, "\n"))
			}
		}
		isThere := map[string]bool{}
		for _, d := range mustParse(t, files).Desired.Users {
			isThere[d.User.Name] = true
		}
		for _, name := range beside {
			if isThere[name] && !strings.Contains(text, "# beside "+name+"\n") {
				t.Fatalf("the comment beside %s is gone:\n%s", name, strings.Join(u.Diff, "\n"))
			}
		}
		for _, f := range u.Files {
			if n := strings.Count(string(f.Data), "\r\n"); n > 0 && n != strings.Count(string(f.Data), "\n") {
				t.Fatalf("%s has lines that end in two ways", f.Path)
			}
		}
		if again := mustUpdate(t, files, after); len(again.Files) > 0 {
			t.Fatalf("a second update changes\n%s", strings.Join(again.Diff, "\n"))
		}
	})
}

// Who is protected gets no entry: nothing that it said would be carried out.
func TestUpdateLeavesProtectedUsersAlone(t *testing.T) {
	const tree = `apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: contoso}
spec: {protectedUsers: [Break-Glass@contoso.com]}
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: sales}
spec:
  users:
    - {user: ada@contoso.com, licenses: [{sku: SPE_E3}]}
`
	files := []manifest.File{{Path: "manifests/sales.yaml", Data: []byte(tree)}}
	e3 := direct("SPE_E3")
	users := []license.UserState{holding(person("ada"), e3), holding(person("break-glass"), e3)}
	if u := mustUpdate(t, files, tenantOf(users, published("SPE_E3"))); u.Users.Added > 0 || len(u.Files) > 0 {
		t.Errorf("it changes\n%s", strings.Join(u.Diff, "\n"))
	}
}

// A license that has ended, and says other service plans than its user comes to
// have, gives way: one entry cannot say both.
func TestUpdateOfWhatHasEnded(t *testing.T) {
	const tree = `apiVersion: licensectl.dev/v1
kind: LicenseProfile
metadata: {name: flow}
spec: {licenses: [{sku: FLOW_FREE, disabledPlans: []}]}
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: sales}
spec:
  users:
    - user: ada@contoso.com
      profiles: [flow]
      licenses: [{sku: FLOW_FREE, disabledPlans: [], until: 2026-03-31}]
`
	files := []manifest.File{{Path: "manifests/sales.yaml", Data: []byte(tree)}}
	observed := tenantOf([]license.UserState{holding(person("ada"), direct("FLOW_FREE", "DYN365_CDS_VIRAL"))}, published("FLOW_FREE"))
	u := mustUpdate(t, files, observed)
	if p := planWith(t, over(files, u.Files), observed); len(p.Changes) > 0 {
		t.Errorf("%d changes are left after\n%s", len(p.Changes), strings.Join(u.Diff, "\n"))
	}
}

func mustParse(t rapid.TB, files []manifest.File) *manifest.Set {
	t.Helper()
	set, err := manifest.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// What is formatted says the same to the planner, and keeps its comments.
func TestFormattedByHandSaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawUsual(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "hand"), 5))
		files, above, beside := byHand(rng, mustMake(t, observed, export.Options{Layout: drawLayout(t)}).Files)
		for i, f := range files {
			formatted, err := edit.Format(f)
			if err != nil {
				t.Fatal(err)
			}
			files[i].Data = formatted
		}
		if p := planWith(t, files, observed); slices.ContainsFunc(p.Changes, isToDo) {
			t.Fatalf("%d changes\n%s", len(p.Changes), dump(files))
		}
		text := dump(files)
		for _, comment := range above {
			if !strings.Contains(text, comment+"\n") {
				t.Fatalf("%q is gone:\n%s", comment, text)
			}
		}
		for _, name := range beside {
			if !strings.Contains(text, "# beside "+name+"\n") {
				t.Fatalf("the comment beside %s is gone:\n%s", name, text)
			}
		}
	})
}
