package edit_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// mustFormat formats a text and checks that nothing is left to format.
func mustFormat(t testing.TB, text string) string {
	t.Helper()
	out, err := edit.Format(manifest.File{Path: "x.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	again, err := edit.Format(manifest.File{Path: "x.yaml", Data: out})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if diff := cmp.Diff(string(out), string(again)); diff != "" {
		t.Fatalf("formatted twice it differs (-once +twice):\n%s\nof:\n%s", diff, text)
	}
	return string(out)
}

// TestFormat formats the files of testdata/format: "in" has to become "out".
func TestFormat(t *testing.T) {
	names, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no test data", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := mustFormat(t, string(archive.Files[0].Data))
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "out", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The samples of the repository are in canonical layout.
func TestSamplesAreFormatted(t *testing.T) {
	err := filepath.WalkDir("../../../manifests", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(string(data), mustFormat(t, string(data))); diff != "" {
			t.Errorf("%s (-is +formatted):\n%s", path, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A file that is no YAML is refused with its place.
func TestFormatRefuses(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a: [", "x.yaml:1:"},
		{"a: 1\n b: 2\n", "x.yaml:2:"},
		{"a: \xff\n", "x.yaml:1:4"},
		{"---\nok: 1\n---\na: 'x\n", "x.yaml:"},
	} {
		_, err := edit.Format(manifest.File{Path: "x.yaml", Data: []byte(test.text)})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, name := range must(filepath.Glob("testdata/format/*.txtar")) {
		f.Add(must(txtar.ParseFile(name)).Files[0].Data)
	}
	for _, name := range must(filepath.Glob("../testdata/*/*.txtar")) {
		for _, file := range must(txtar.ParseFile(name)).Files {
			f.Add(file.Data)
		}
	}
	for _, name := range must(filepath.Glob("../../../manifests/users/*.yaml")) {
		f.Add(must(os.ReadFile(name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := edit.Format(manifest.File{Path: "x.yaml", Data: data})
		if _, isInput := errors.AsType[manifest.Errors](err); isInput {
			return
		}
		if err != nil {
			t.Fatalf("%v: %q", err, data)
		}
		if got, want := comments(out), comments(data); got < want {
			t.Fatalf("%d comments of %d are left\n%s\nof\n%s", got, want, out, data)
		}
		again, err := edit.Format(manifest.File{Path: "x.yaml", Data: out})
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%v: formatted twice it differs:\n%q\n%q\nof %q", err, out, again, data)
		}
	})
}

// comments counts the lines that are a comment and nothing else.
func comments(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			n++
		}
	}
	return n
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
