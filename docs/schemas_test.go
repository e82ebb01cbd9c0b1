package docs_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/licensectl/licensectl/docs"
)

func TestSchemas(t *testing.T) {
	names := docs.Schemas()
	if !slices.IsSorted(names) || !slices.Contains(names, "manifest") {
		t.Errorf("the schemas are %q", names)
	}
	for _, name := range names {
		text, err := docs.Schema(name)
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A schema that refers to no other is given as it is.
func TestASchemaOfItsOwnIsUnchanged(t *testing.T) {
	want, err := os.ReadFile("manifest.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := docs.Schema("manifest"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("it is changed: %v", err)
	}
}

func TestSchemasThatDoNotExist(t *testing.T) {
	for _, name := range []string{"", "plans", "../docs/plan", "plan.schema.json"} {
		if _, err := docs.Schema(name); err == nil {
			t.Errorf("there is a schema %q", name)
		}
	}
}
