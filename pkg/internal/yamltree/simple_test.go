package yamltree_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/internal/yamltree"
)

// byYAML gives the tree of a text by way of yaml.v3.
func byYAML(text []byte) (*yamltree.Node, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
		return nil, fmt.Errorf("no document: %w", err)
	}
	return yamltree.Of(document.Content[0]), nil
}

// differs tells how what the package reads differs from what yaml.v3 does; nothing where
// it does not, or leaves the text to it.
func differs(text []byte) string {
	got := yamltree.Simple(text)
	if got == nil {
		return ""
	}
	want, err := byYAML(text)
	if err != nil {
		return fmt.Sprintf("it is read, and yaml.v3 says %v", err)
	}
	return cmp.Diff(want, got)
}

// manifest has everything that the form knows.
const manifest = `---
# yaml-language-server: $schema=manifest.schema.json
apiVersion: licensectl.dev/v1
kind: UserLicenses # of one team
metadata: {name: team, x: 'y'}   # not '''
spec:
  defaults:   {usageLocation: "DE", profiles: [ office worker, kw ], licenses: [{sku: SPE_E5, disabledPlans: []}, {}]}

  users:
  - ada@contoso.com
  -   user: li.wei_example.com#EXT#@contoso.com
      licenses:
        []
      profiles:
      - a # first
      - b: c
        d: [[1, 2.5], true, 2026-12-01]
  - - nested
    - deeper: {a: {b: [c]}}
  - user : zoë@contoso.com   # é
    note: it's a "word" with [all] {of}, them:not
`

func TestTheWholeForm(t *testing.T) {
	for name, text := range map[string]string{
		"as it is":            manifest,
		"of Windows":          strings.ReplaceAll(manifest, "\n", "\r\n"),
		"without a mark":      strings.TrimPrefix(manifest, "---\n"),
		"without a last line": strings.TrimSuffix(manifest, "\n"),
	} {
		if yamltree.Simple([]byte(text)) == nil {
			t.Errorf("%s: it is left to yaml.v3", name)
		}
		if diff := differs([]byte(text)); diff != "" {
			t.Errorf("%s: -yaml.v3 +here\n%s", name, diff)
		}
	}
}

// TestWords holds every word that is no text to YAML, and some that look like it.
func TestWords(t *testing.T) {
	for _, word := range strings.Fields(`true True TRUE false False FALSE null Null NULL ~ .inf .nan <<
		yes no on off y n Yes NO truth falsehood nulls nullify N ya 0 00 0123 0x1F 0o17 0b11 12 1_000 1.5 1e3 1e 6.02e23
		12:30 2026-12-01 2026-12-1 2026-13-01 2026-12-01T10:00:00Z 4711b19b-7a3f-4a53-8c1f-0d8e6a2b9f10 5e123 1.2.3 +5 -5 $x /a _1`) {
		for _, text := range []string{"a: " + word + "\n", "- " + word, "[" + word + ", x" + word + "]", "{" + word + ": b}", word + ": a", "- " + word + ": a"} {
			if diff := differs([]byte(text)); diff != "" {
				t.Errorf("%q: -yaml.v3 +here\n%s", text, diff)
			}
		}
	}
}

// TestLeftToYAML holds that a text of another form is not read, by kinds.
func TestLeftToYAML(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "a comment": "# a", "a mark": "---\n", "a word": "a", "a quoted word": `"a"`,
		"a tab": "a:\tb", "a line break of old": "a: b\rc: d", "a byte order mark": "a: \ufeffb",
		"two documents": "a: b\n---\nc: d", "the end of a document": "a: b\n...\n", "content on the mark": "--- {a: b}",
		"no value": "a:\nb: c", "no value at the end": "a:", "no item": "-\n", "an item below its dash": "-\n  a", "a comment for an item": "- # a\n  b",
		"a word in two lines": "a: b\n  c", "an item in two lines": "- a\n  b", "quotes in two lines": "a: \"b\n  c\"",
		"an escape": `a: "\n"`, "a quote in quotes": "a: 'b''c'", "text after quotes": "a: 'b' c", "a comment at quotes": "a: 'b'#c", "quotes beyond ASCII": "a: 'é'",
		"a quoted key": `"a": b`, "a key beyond ASCII": "é: b", "a key without a blank": "a:b", "a long key": strings.Repeat("a", 2000) + ": b",
		"a key in a value": "a: b: c", "a colon at the end": "a: b:", "a question": "? a\n: b",
		"an anchor": "a: &b c", "an alias": "a: *b", "a tag": "a: !!str b", "a merge": "<<: {a: b}", "a block": "a: |\n  b", "a folded block": "a: >-\n  b",
		"reserved": "a: @b", "a percent": "a: %b", "a backtick": "a: `b`", "a dash alone": "a: -", "a minus": "a: -5", "a dot": "a: .5", "nothing written": "a: ~",
		"brackets in two lines": "a: [b,\n  c]", "a comma at the end": "a: [b,]", "two commas": "a: [b,,c]", "a pair in a list": "a: [b: c]", "a key alone": "a: {b}", "a key without a value": "a: {b: }",
		"no blank in a pair": "a: {b:c}", "a quoted key in brackets": `a: {"b": c}`, "text after brackets": "a: [b] c", "a comment at brackets": "a: [b]#c", "the other bracket": "a: [b}", "brackets beyond ASCII": "a: [é]",
		"an open bracket": "a: [b", "brackets as a key": "[a]: b", "brackets of nothing": "a: [,]",
		"deep brackets": "a: " + strings.Repeat("[", 50) + strings.Repeat("]", 50), "deep dashes": strings.Repeat("- ", 50) + "a",
		"an indent of nobody": "a:\n    b: c\n  d: e", "an indent of the parent's": " a: b\nc: d", "an item where a key stood": "a: b\n- c", "a key where an item stood": "- a\nb: c",
		"a deeper item": "- a\n  - b", "a deeper key": "a: b\n  c: d", "a list, then a deeper key": "a:\n- b\n c: d",
	} {
		if yamltree.Simple([]byte(text)) != nil {
			t.Errorf("%s: %q is read", name, text)
		}
	}
}

// pieces is what lines are put together from: what the form knows, and what YAML knows
// besides.
func pieces() []string {
	return []string{"a", "user", "sku: ", "b:", ": ", ":", "- ", "-", "  ", " ", "\n", "\n", "\n  ", "\n    ", "\n- ", "\r\n", "#", " # c", "[", "]", "{", "}", ", ", ",", `"x"`, "'y'", `"`, "'", "\\",
		"true", "12", "2026-12-01", "ada@contoso.com", "é", "&a", "*a", "|", ">", "!!str ", "? ", "%", "---", "...", "~", "null", "\n---\n", "[]", "{}", "[a, b]", "{a: b}", "a: b", "\nc: d", "\n  - e: f\n    g: h"}
}

func TestReadsAsYAMLDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces()), 1, 12).Draw(t, "pieces"), "")
		if diff := differs([]byte(text)); diff != "" {
			t.Fatalf("%q: -yaml.v3 +here\n%s", text, diff)
		}
	})
}

// TestChangedManifests takes a manifest and puts pieces into it, or takes some out of it.
func TestChangedManifests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := manifest
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			end := rapid.IntRange(at, min(at+4, len(text))).Draw(t, "end")
			text = text[:at] + rapid.SampledFrom(append(pieces(), "")).Draw(t, "piece") + text[end:]
		}
		if diff := differs([]byte(text)); utf8.ValidString(text) && diff != "" {
			t.Fatalf("%s\n-yaml.v3 +here\n%s", text, diff)
		}
	})
}

// TestSamplesHaveTheForm holds that the manifests that people begin with are read here.
func TestSamplesHaveTheForm(t *testing.T) {
	paths, err := filepath.Glob("../../../manifests/users/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found %v: %v", paths, err)
	}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range strings.SplitAfter(string(file), "\n---\n") {
			if yamltree.Simple([]byte(strings.TrimSuffix(text, "---\n"))) == nil {
				t.Errorf("%s is left to yaml.v3:\n%s", path, text)
			}
			if diff := differs([]byte(text)); diff != "" {
				t.Errorf("%s: -yaml.v3 +here\n%s", path, diff)
			}
		}
	}
}

// FuzzSimple looks for a text that is read in another way than yaml.v3 does.
func FuzzSimple(f *testing.F) {
	f.Add(manifest)
	for _, piece := range pieces() {
		f.Add("a:\n- b: c\n  d: [e, {f: g}]\n" + piece)
		f.Add(piece + "a: " + piece)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(strings.Map(allowed, text), "")
		if diff := differs([]byte(text)); diff != "" {
			t.Errorf("%q: -yaml.v3 +here\n%s", text, diff)
		}
	})
}

// allowed drops what a caller has refused before.
func allowed(r rune) rune {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return r
	case unicode.IsControl(r), strings.ContainsRune("\u2028\u2029\ufffe\uffff", r):
		return -1
	default:
		return r
	}
}
