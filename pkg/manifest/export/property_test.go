package export_test

import (
	"bytes"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// isToDo reports a change beside those that wait for a license to be in force.
func isToDo(c plan.Change) bool { return !c.OnlyAwaitsForce() }

// planWith plans with manifests against a tenant.
func planWith(t rapid.TB, files []manifest.File, observed plan.Observed) *plan.Plan {
	t.Helper()
	set, err := manifest.Parse(files)
	if err != nil {
		t.Fatalf("%v\n%s", err, dump(files))
	}
	p, err := planner.Make(planner.Input{Desired: set.Desired, Policy: set.Policy, Observed: observed, Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// dump shows files one after the other.
func dump(files []manifest.File) string {
	var b strings.Builder
	for _, f := range files {
		b.WriteString("-- " + f.Path + " --\n")
		b.Write(f.Data)
	}
	return b.String()
}

func mustMake(t rapid.TB, observed plan.Observed, o export.Options) export.Result {
	t.Helper()
	o.Now = noon
	r, err := export.Make(observed, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func drawLayout(t *rapid.T) compose.Layout {
	return rapid.SampledFrom(compose.Layouts()).Draw(t, "layout")
}

// A plan from what was exported has no change in it, whoever holds what.
func TestExportThenPlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawTenant(t, rapid.IntRange(0, 120).Draw(t, "users"))
		r := mustMake(t, observed, export.Options{Layout: drawLayout(t)})
		p := planWith(t, r.Files, observed)
		if slices.ContainsFunc(p.Changes, isToDo) || p.HasErrors() {
			t.Fatalf("%d changes, %v\n%s", len(p.Changes), p.Findings, dump(r.Files))
		}
		if p.Summary.Users != r.Users {
			t.Fatalf("%d users are planned for, %d were exported", p.Summary.Users, r.Users)
		}
	})
}

var safePath = regexp.MustCompile(`^(users/)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.yaml$`)

// Names of files are safe on every system, whatever departments are called.
func TestPathsAreSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawTenant(t, rapid.IntRange(0, 60).Draw(t, "users"))
		for _, u := range observed.Users {
			observed.Departments[u.ID] = rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile)).Draw(t, "department")
		}
		seen := map[string]bool{}
		for _, f := range mustMake(t, observed, export.Options{Layout: drawLayout(t)}).Files {
			name, _, _ := strings.Cut(path.Base(f.Path), ".")
			switch {
			case !safePath.MatchString(f.Path), len(path.Base(f.Path)) > 80, seen[f.Path]:
				t.Fatalf("bad path %q", f.Path)
			case regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`).MatchString(name):
				t.Fatalf("%q is a device", f.Path)
			}
			seen[f.Path] = true
		}
	})
}

// Nothing of a stranger's text comes out that could act on who reads it.
func TestFilesArePrintable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawTenant(t, rapid.IntRange(0, 60).Draw(t, "users"))
		for _, f := range mustMake(t, observed, export.Options{Layout: drawLayout(t)}).Files {
			if i := bytes.IndexFunc(f.Data, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
				t.Fatalf("%s has %q", f.Path, f.Data[i:min(i+20, len(f.Data))])
			}
		}
	})
}

// The order in which the tenant is read makes no difference.
func TestExportIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawTenant(t, rapid.IntRange(0, 60).Draw(t, "users"))
		o := export.Options{Layout: drawLayout(t)}
		first := dump(mustMake(t, observed, o).Files)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 1))
		observed.Users = slices.Clone(observed.Users)
		rng.Shuffle(len(observed.Users), func(i, j int) {
			u := observed.Users
			u[i], u[j] = u[j], u[i]
		})
		if second := dump(mustMake(t, observed, o).Files); first != second {
			t.Fatalf("first:\n%s\nthen:\n%s", first, second)
		}
	})
}

// What the options leave out is neither in the manifests nor in a plan.
func TestExportOfSomeProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawTenant(t, rapid.IntRange(0, 60).Draw(t, "users"))
		o := export.Options{Managed: []string{"SPE_E3", "VISIOCLIENT"}, Ignored: []string{"Visio Plan 2"}}
		if rapid.Bool().Draw(t, "ignore only") {
			o.Managed = nil
		}
		if _, err := license.NewCatalog(observed.SKUs).ResolveSKU("Visio Plan 2"); err != nil {
			o.Ignored = []string{published("VISIOCLIENT").ID.String()}
		}
		r := mustMake(t, observed, o)
		if p := planWith(t, r.Files, observed); slices.ContainsFunc(p.Changes, isToDo) || p.HasErrors() {
			t.Fatalf("%d changes, %v\n%s", len(p.Changes), p.Findings, dump(r.Files))
		}
	})
}

// What is exported is in canonical layout already.
func TestExportIsFormatted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		observed := drawTenant(t, rapid.IntRange(0, 60).Draw(t, "users"))
		for _, f := range mustMake(t, observed, export.Options{Layout: drawLayout(t)}).Files {
			formatted, err := edit.Format(f)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Data, formatted) {
				t.Fatalf("%s\nis formatted as\n%s", f.Data, formatted)
			}
		}
	})
}
