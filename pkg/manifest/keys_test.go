package manifest_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// sample is one archive of good manifests.
type sample struct {
	name  string
	files []manifest.File
}

func samples(t testing.TB) []sample {
	t.Helper()
	names, err := filepath.Glob("testdata/ok/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	var out []sample
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files, _ := splitArchive(archive, goldenSet)
		// Manifests come first, so that the tests can take them one by one.
		slices.SortStableFunc(files, func(a, b manifest.File) int { return tables(a) - tables(b) })
		out = append(out, sample{name: name, files: files})
	}
	return out
}

func tables(f manifest.File) int {
	if f.Table {
		return 1
	}
	return 0
}

// manifests are the first of the files.
func (s sample) manifests() []manifest.File {
	return slices.DeleteFunc(slices.Clone(s.files), func(f manifest.File) bool { return f.Table })
}

// with returns the files of a sample with other bytes for one of them.
func (s sample) with(i int, data []byte) []manifest.File {
	files := slices.Clone(s.files)
	files[i].Data = data
	return files
}

func documents(data []byte) []*yaml.Node {
	var out []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		if err := decoder.Decode(&n); err != nil {
			return out
		}
		out = append(out, &n)
	}
}

// mappings lists the mappings of fixed keys; those under reserve and monthly
// have SKUs for keys.
func mappings(nodes []*yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, n := range nodes {
		if n.Kind == yaml.MappingNode {
			out = append(out, n)
		}
		for i, child := range n.Content {
			free := n.Kind == yaml.MappingNode && i%2 == 1 &&
				(n.Content[i-1].Value == "reserve" || n.Content[i-1].Value == "monthly")
			if !free {
				out = append(out, mappings([]*yaml.Node{child})...)
			}
		}
	}
	return out
}

// misspell gives mistakes that people make with a key. One letter is no word that
// could be told from others.
func misspell(key string) []string {
	out := []string{key + "s", "x" + key, strings.ToUpper(key[:1]) + key[1:]}
	if len(key) > 2 {
		out = append(out, key[:len(key)-1])
	}
	if lower := strings.ToLower(key); lower != key {
		out = append(out, lower)
	}
	return out
}

// TestEveryKeyMisspelt puts mistakes into each key of the good samples. They
// have to be found at their place, with the right key as the hint.
func TestEveryKeyMisspelt(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range samples(t) {
		for i, file := range s.manifests() {
			for _, m := range mappings(documents(file.Data)) {
				for k := 0; k < len(m.Content); k += 2 {
					key := m.Content[k]
					seen[key.Value] = true
					for _, wrong := range misspell(key.Value) {
						at := fmt.Sprintf("%s:%d:%d", file.Path, key.Line, key.Column)
						errs := parseErrors(t, s.with(i, replaceAt(file.Data, key, wrong)))
						want := fmt.Sprintf("unknown-key: unknown key %q, did you mean %q?", wrong, key.Value)
						if got := describeAt(errs, at); got != want {
							t.Errorf("%s: at %s got %q, want %q", s.name, at, got, want)
						}
					}
				}
			}
		}
	}
	for _, key := range []string{"apiVersion", "defaults", "enabledPlans", "profile", "planId", "acceptedDrift", "removals", "percent", "until", "select", "csv"} {
		if !seen[key] {
			t.Errorf("no sample has the key %q", key)
		}
	}
}

func parseErrors(t *testing.T, files []manifest.File) manifest.Errors {
	t.Helper()
	_, err := manifest.Parse(files)
	var errs manifest.Errors
	if !errors.As(err, &errs) {
		t.Fatalf("want errors, got %v", err)
	}
	return errs
}

func describeAt(errs manifest.Errors, at string) string {
	var found []string
	for _, e := range errs {
		if e.Pos.String() == at {
			found = append(found, fmt.Sprintf("%s: %s, %s", e.Code, e.Msg, e.Hint))
		}
	}
	return strings.Join(found, "; ")
}

// replaceAt puts another text in the place of a plain scalar.
func replaceAt(data []byte, n *yaml.Node, text string) []byte {
	lines := strings.SplitAfter(string(data), "\n")
	line := []rune(lines[n.Line-1])
	at := n.Column - 1
	lines[n.Line-1] = string(line[:at]) + text + string(line[at+len(n.Value):])
	return []byte(strings.Join(lines, ""))
}

// TestEveryKeyTwice gives each key of the good samples a second time.
func TestEveryKeyTwice(t *testing.T) {
	for _, s := range samples(t) {
		for i, file := range s.manifests() {
			nodes := documents(file.Data)
			for _, m := range mappings(nodes) {
				original := m.Content
				for k := 0; k < len(original); k += 2 {
					m.Content = append(slices.Clone(original), original[k], original[k+1])
					errs := parseErrors(t, s.with(i, encode(t, nodes)))
					want := fmt.Sprintf("the key %q is given twice", original[k].Value)
					if errs[0].Code != "duplicate-key" || !strings.HasPrefix(errs[0].Msg, want) {
						t.Errorf("%s: got %v, want %s", s.name, errs, want)
					}
				}
				m.Content = original
			}
		}
	}
}

func encode(t *testing.T, nodes []*yaml.Node) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	for _, n := range nodes {
		if err := encoder.Encode(n); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
