package doctest

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/manifest"
)

const (
	fleetSchema = "fleet.schema.json"
	fleetPage   = "docs/fleet.md"
)

func TestTheFleetSchemaHasTheKeysOfTheProgram(t *testing.T) {
	for _, problem := range compareKeys("fleet", reflect.TypeFor[fleet.Report](), schemaRoot(t, fleetSchema).forms()) {
		t.Error(problem)
	}
}

func TestFleetOutcomesAreExplained(t *testing.T) {
	sameNames(t, fleetPage, keyed(readPage(t, fleetPage).table(t, "Outcomes")), words(fleet.Outcomes()))
}

// The fleet on the page is one, and what a run over it prints fits the schema.
func TestFleetsFitTheSchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", fleetPage))
	if err != nil {
		t.Fatal(err)
	}
	sample := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
	f, err := manifest.ParseFleet(manifest.File{Path: "fleet.yaml", Data: sample[1]})
	if err != nil || len(f.Tenants) != 2 {
		t.Fatalf("the fleet of the page: %v", err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"fleet.yaml": sample[1], "baseline/a.yaml": []byte("kind: Nothing\n")} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	schema := compile(t, fleetSchema)
	for _, verb := range []string{"validate", "plan", "seats"} {
		out := run(t, contoso(t), "fleet", verb, "--fleet", filepath.Join(dir, "fleet.yaml"), "-o", "json")
		if strings.TrimSpace(out.stdout) == "" {
			t.Fatalf("fleet %s prints nothing:\n%s", verb, out.stderr)
		}
		if err := schema.Validate(decoded(t, []byte(out.stdout))); err != nil {
			t.Errorf("fleet %s: %v", verb, err)
		}
		if !strings.Contains(out.stdout, `"verb": "`+verb+`"`) {
			t.Errorf("fleet %s does not name its verb", verb)
		}
	}
}

// The schema of manifests takes the fleets that the program takes, and refuses
// those that it refuses, as far as one document tells.
func TestTheManifestSchemaReadsFleets(t *testing.T) {
	schema := compile(t, manifestSchema)
	for _, folder := range []string{"ok", "bad"} {
		names, err := filepath.Glob(filepath.Join("..", "..", "manifest", "testdata", "fleet", folder, "*.txtar"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%v %v", names, err)
		}
		for _, name := range names {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range manifestDocuments("fleet.yaml", archive.Files[0].Data) {
				err := schema.Validate(d.value)
				if beyondOne := slices.Contains([]string{"shared.txtar", "others.txtar", "empty.txtar"}, filepath.Base(name)); !beyondOne && (err == nil) != (folder == "ok") {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "..", fleetPage))
	if err != nil {
		t.Fatal(err)
	}
	sample := regexp.MustCompile("(?s)```yaml\\n(.*?)```").FindSubmatch(text)
	for _, secret := range []string{"kX8~a.secret", "two words"} {
		spoilt := strings.Replace(string(sample[1]), "CONTOSO_SECRET", `"`+secret+`"`, 1)
		if schema.Validate(manifestDocuments("fleet.yaml", []byte(spoilt))[0].value) == nil {
			t.Errorf("%q passes for the name of a variable", secret)
		}
	}
}
