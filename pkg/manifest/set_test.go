package manifest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

func TestSetWithoutPolicy(t *testing.T) {
	set, err := manifest.Parse([]manifest.File{{Path: "a.yaml", Data: []byte(head + "spec: {users: [me]}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if set.HasPolicy() {
		t.Error("a policy is there that nobody wrote")
	}
	if diff := cmp.Diff(plan.DefaultPolicy().Guards, set.Policy.Guards); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
}

// TestAllIsNotNone holds a difference that the goldens show in one word:
// ManagedSKUs is nil where all SKUs are managed, and only there.
func TestAllIsNotNone(t *testing.T) {
	tests := map[string]bool{
		"{}":                     true,
		"{skus: {}}":             true,
		"{skus: {managed: all}}": true,
		"{skus: {managed: []}}":  false,
		"{skus: {managed: [X]}}": false,
	}
	for spec, wantAll := range tests {
		text := head + "spec: {users: []}\n---\napiVersion: licensectl.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec: " + spec + "\n"
		set, err := manifest.Parse([]manifest.File{{Path: "a.yaml", Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		if all := set.Policy.ManagedSKUs == nil; all != wantAll {
			t.Errorf("%s: manages all: %v, want %v", spec, all, wantAll)
		}
	}
}

func TestFilesAreSortedWithTheirSums(t *testing.T) {
	set, err := manifest.Parse([]manifest.File{
		{Path: "b.yaml", Data: []byte(head + "spec: {users: []}\n")},
		{Path: "a.yaml", Data: []byte("apiVersion: licensectl.dev/v1\nkind: LicenseProfile\nmetadata: {name: a}\nspec: {licenses: []}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []plan.SourceFile{
		{Path: "a.yaml", SHA256: "d3ac4f68d87480a0771a9246e45442e5f85d5d0a826694cfd47089e833ad4009"},
		{Path: "b.yaml", SHA256: "ed92b5c12a9ffa5df8505916208f7da540578a8220ddd839a629878b7008c7c8"},
	}
	if diff := cmp.Diff(want, set.Desired.Files); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUsersShareLicenses holds what keeps a manifest of a million users small.
func TestUsersShareLicenses(t *testing.T) {
	set, err := manifest.Parse([]manifest.File{{Path: "a.yaml", Data: []byte(
		"apiVersion: licensectl.dev/v1\nkind: LicenseProfile\nmetadata: {name: p}\nspec: {licenses: [{sku: SPE_E5}]}\n---\n" +
			head + "spec:\n  defaults: {profiles: [p]}\n  users:\n  - a@contoso.com\n  - b@contoso.com\n  - {user: c@contoso.com, profiles: [p]}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	users := set.Desired.Users
	if &users[0].Licenses[0] != &users[1].Licenses[0] || &users[0].Licenses[0] != &users[2].Licenses[0] {
		t.Error("equal requests were expanded one by one")
	}
}

// TestCountries counts the codes that are taken: the 249 of ISO 3166-1 and
// XK, out of all pairs of letters.
func TestCountries(t *testing.T) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var b strings.Builder
	b.WriteString(head + "spec:\n  users:\n")
	for _, x := range letters {
		for _, y := range letters {
			b.WriteString("  - {user: " + string([]rune{x, y}) + "@contoso.com, usageLocation: " + string([]rune{x, y}) + "}\n")
		}
	}
	errs := parseErrors(t, []manifest.File{{Path: "a.yaml", Data: []byte(b.String())}})
	for _, e := range errs {
		if e.Code != manifest.CodeBadCountry {
			t.Errorf("unexpected: %v", e)
		}
	}
	if taken := len(letters)*len(letters) - len(errs); taken != 250 {
		t.Errorf("%d codes are taken, want 250", taken)
	}
}

// TestMeanings holds that every code is explained once, and that each one is
// shown by a golden file or by a test that says so here.
func TestMeanings(t *testing.T) {
	var want []string
	for _, m := range manifest.Meanings() {
		want = append(want, string(m.Code))
		if m.Text == "" || !strings.HasSuffix(m.Text, ".") {
			t.Errorf("%s: the meaning %q is no sentence", m.Code, m.Text)
		}
	}
	slices.Sort(want)
	got := append(goldenCodes(t),
		"empty-folder",          // TestLoad
		"foreign-policy",        // TestPolicyOfAnotherTenant
		"too-large", "too-deep", // TestHostileInput
		"too-many") // TestTooManyLicenses
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-explained +shown):\n%s", diff)
	}
}

func goldenCodes(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^[^ \n]* ([a-z-]+): `)
	seen := make(map[string]bool)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, section, _ := strings.Cut(string(data), "-- errors --\n")
		for _, match := range line.FindAllStringSubmatch(section, -1) {
			seen[match[1]] = true
		}
	}
	var codes []string
	for code := range seen {
		codes = append(codes, code)
	}
	return codes
}
