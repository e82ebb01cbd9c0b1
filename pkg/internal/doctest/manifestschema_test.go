package doctest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
)

const (
	manifestSchema = "manifest.schema.json"
	tenantSchema   = "tenant.schema.json"
)

// beyond are the mistakes that a schema of one document cannot see, or that an
// editor sees before it looks at the schema. Any other code of manifests has to
// be refused by the schema, at the same place.
func beyond() []manifest.Code {
	return []manifest.Code{
		// Files, and the text itself.
		manifest.CodeBadPath, manifest.CodeEmptyFolder, manifest.CodeNoDocument, manifest.CodeNoUsers, manifest.CodeBadTable,
		"too-large", "bad-encoding", "syntax", "too-deep", "bad-alias", "bad-tag", "duplicate-key",
		// What takes several documents, or several places of one.
		manifest.CodeDuplicateName, manifest.CodeDuplicateUser, manifest.CodeDuplicateGroup, manifest.CodeNoGroups, manifest.CodeDuplicateSKU, manifest.CodeDuplicateItem,
		manifest.CodeUnknownName, manifest.CodeTooMany, manifest.CodeBadWindow,
		// What takes a database.
		manifest.CodeBadTimeZone,
	}
}

// beyondHere are single mistakes of the bad samples that a schema cannot see
// although it sees others of their code.
func beyondHere() map[string]string {
	return map[string]string{
		"more.yaml:10:32":   "010 is a number to YAML, whatever people mean by it",
		"policy.yaml:16:58": "a key that is a number is text in JSON",
		"policy.yaml:18:62": "editors compute with binary fractions, in which multiples of 0.0001 are none",
	}
}

// manifestDocument is one document of a file, as an editor hands it to a
// schema.
type manifestDocument struct {
	file        string
	first, last int // its lines
	node        *yaml.Node
	value       any
}

// manifestDocuments takes a file apart. Documents that are no YAML are left
// out, and so are tables.
func manifestDocuments(file string, data []byte) []manifestDocument {
	if strings.HasSuffix(file, ".csv") {
		return nil
	}
	var out []manifestDocument
	lines := strings.SplitAfter(string(data), "\n")
	begin := 0
	cut := func(end int) {
		text := strings.Repeat("\n", begin) + strings.Join(lines[begin:end], "")
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(text), &node); err == nil && len(node.Content) == 1 {
			out = append(out, manifestDocument{file, begin + 1, end, node.Content[0], editorValue(node.Content[0])})
		}
		begin = end
	}
	for i, line := range lines {
		if i > begin && (strings.HasPrefix(line, "---\n") || strings.HasPrefix(line, "--- ")) {
			cut(i)
		}
	}
	cut(len(lines))
	return out
}

// editorValue gives what a node stands for in JSON, by the rules of YAML 1.2
// that editors follow: dates are text. Of keys that are given twice the first
// counts, as for validate; editors mark them without a schema.
func editorValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.AliasNode:
		return editorValue(n.Alias)
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range n.Content {
			out = append(out, editorValue(item))
		}
		return out
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			if _, twice := out[n.Content[i].Value]; !twice {
				out[n.Content[i].Value] = editorValue(n.Content[i+1])
			}
		}
		return out
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if number := strings.TrimLeft(n.Value, "0"); jsonNumber.MatchString(number) {
			return json.Number(number)
		}
		return json.Number(n.Value)
	}
	return n.Value
}

var jsonNumber = regexp.MustCompile(`^-?[1-9][0-9]*(\.[0-9]+)?$`)

// places gives the JSON pointers of what stands at a line and column: a value,
// a key, or both where they begin together.
func places(n *yaml.Node, at []string, out map[string][][]string) map[string][][]string {
	note := func(n *yaml.Node, at []string) {
		key := fmt.Sprintf("%d:%d", n.Line, n.Column)
		out[key] = append(out[key], slices.Clone(at))
	}
	note(n, at)
	if n.Kind == yaml.AliasNode {
		return out
	}
	for i := 0; i < len(n.Content); i++ {
		below := append(slices.Clone(at), strconv.Itoa(i))
		if n.Kind == yaml.MappingNode {
			below[len(at)] = n.Content[i].Value
			note(n.Content[i], below)
			i++
		}
		places(n.Content[i], below, out)
	}
	return out
}

// complaints gives the places of a document of which a schema complains.
func complaints(schema *jsonschema.Schema, value any) [][]string {
	failed, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(value))
	if !ok {
		return nil
	}
	var out [][]string
	var leaves func(*jsonschema.ValidationError)
	leaves = func(e *jsonschema.ValidationError) {
		if name, ok := e.ErrorKind.(*kind.PropertyNames); ok {
			// The place that comes with it is of no use.
			out = append(out, placesOfKey(value, name.Property)...)
			return
		}
		if len(e.Causes) == 0 {
			out = append(out, e.InstanceLocation)
		}
		for _, cause := range e.Causes {
			leaves(cause)
		}
	}
	leaves(failed)
	return out
}

// placesOfKey gives every place of a value that stands under a key.
func placesOfKey(value any, key string) [][]string {
	var out [][]string
	for _, path := range keyPaths(value, nil) {
		if path[len(path)-1] != any(key) {
			continue
		}
		var place []string
		for _, step := range path {
			place = append(place, fmt.Sprint(step))
		}
		out = append(out, place)
	}
	return out
}

// isNear reports whether two places are the same, one above the other, or one
// step apart: what is wrong with a key is said of its mapping.
func isNear(complaint, place []string) bool {
	n := min(len(complaint), len(place))
	return slices.Equal(complaint[:n], place[:n]) && len(complaint) >= len(place)-1
}

// verdicts are the errors of one document by whether the schema must see them.
type verdicts struct {
	visible, hidden []*manifest.Error
	stopped         bool // the document was not read to its end
}

func verdictsOf(d manifestDocument, list manifest.Errors) verdicts {
	var v verdicts
	known := beyondHere()
	for _, e := range list {
		if e.Pos.File != d.file || e.Pos.Line < d.first || e.Pos.Line > d.last {
			continue
		}
		if slices.Contains(beyond(), e.Code) || known[e.Pos.String()] != "" {
			v.hidden = append(v.hidden, e)
		} else {
			v.visible = append(v.visible, e)
		}
		v.stopped = v.stopped || e.Code == manifest.CodeBadVersion || e.Code == manifest.CodeUnknownKind
	}
	return v
}

// compareVerdicts holds the schema against validate, mistake by mistake.
func compareVerdicts(t *testing.T, schema *jsonschema.Schema, d manifestDocument, list manifest.Errors) {
	t.Helper()
	found := complaints(schema, d.value)
	v := verdictsOf(d, list)
	where := places(d.node, nil, map[string][][]string{})
	at := func(e *manifest.Error) [][]string {
		out := slices.Clone(where[fmt.Sprintf("%d:%d", e.Pos.Line, e.Pos.Column)])
		for _, other := range e.Related {
			out = append(out, where[fmt.Sprintf("%d:%d", other.Line, other.Column)]...)
		}
		return out
	}
	for _, e := range v.visible {
		near := func(complaint []string) bool {
			return slices.ContainsFunc(at(e), func(place []string) bool { return isNear(complaint, place) })
		}
		if !slices.ContainsFunc(found, near) {
			t.Errorf("the schema does not see %s %s (it complains of %q)", e.Code, e, found)
		}
	}
	_, isMapping := d.value.(map[string]any)
	if v.stopped || !isMapping || d.value.(map[string]any)["kind"] == nil {
		return
	}
	for _, complaint := range found {
		justified := func(e *manifest.Error) bool {
			return slices.ContainsFunc(at(e), func(place []string) bool { return isNear(complaint, place) })
		}
		if !slices.ContainsFunc(slices.Concat(v.visible, v.hidden), justified) {
			t.Errorf("%s:%d: the schema complains of /%s, validate does not", d.file, d.first, strings.Join(complaint, "/"))
		}
	}
}

// manifestSamples are archives of manifests, by name.
func manifestSamples(t *testing.T, folder string) map[string][]manifest.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "pkg/manifest/testdata", folder, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	out := map[string][]manifest.File{}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			isTable := strings.HasSuffix(f.Name, ".csv")
			if isTable || strings.HasSuffix(f.Name, ".yaml") {
				out[filepath.Base(name)] = append(out[filepath.Base(name)], manifest.File{Path: f.Name, Data: f.Data, Table: isTable})
			}
		}
	}
	return out
}

// shownManifests are the files below a folder of the module that hold
// documents of a kind of ours.
func shownManifests(t *testing.T, folder string, kinds ...string) []manifest.File {
	t.Helper()
	var out []manifest.File
	err := filepath.WalkDir(filepath.Join(root, folder), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found := documentKind.FindStringSubmatch(string(data))
		if found != nil && slices.Contains(kinds, found[1]) {
			out = append(out, manifest.File{Path: name, Data: data})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheManifestSchemaAcceptsTheSamples(t *testing.T) {
	schema := compile(t, manifestSchema)
	samples := manifestSamples(t, "ok")
	samples["manifests"] = shownManifests(t, "manifests", manifest.Kinds()...)
	samples["examples"] = shownManifests(t, "examples", manifest.Kinds()...)
	samples["scripts"] = shownManifests(t, "pkg/cli/testdata/contoso", manifest.Kinds()...)
	n := 0
	for name, files := range samples {
		for _, f := range files {
			for _, d := range manifestDocuments(f.Path, f.Data) {
				n++
				if err := schema.Validate(d.value); err != nil {
					t.Errorf("%s, %s:%d: %v", name, f.Path, d.first, err)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("there are %d documents", n)
	}
}

// What is exported fits the schema that comes with it, in every layout.
func TestExportsFitTheManifestSchema(t *testing.T) {
	schema := compile(t, manifestSchema)
	env := contoso(t)
	for _, layout := range compose.Layouts() {
		n := 0
		for path := range strings.Lines(mustRun(t, env, "export", "by-"+string(layout), "--layout", string(layout))) {
			path = strings.TrimSpace(path)
			if !strings.HasSuffix(path, ".yaml") {
				continue
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range manifestDocuments(path, data) {
				n++
				if err := schema.Validate(d.value); err != nil {
					t.Errorf("%s:%d: %v", path, d.first, err)
				}
			}
		}
		if n < 5 {
			t.Errorf("by %s there are %d documents", layout, n)
		}
	}
}

func TestTheManifestSchemaRefusesWhatValidateRefuses(t *testing.T) {
	schema := compile(t, manifestSchema)
	for name, files := range manifestSamples(t, "bad") {
		t.Run(name, func(t *testing.T) {
			_, err := manifest.Parse(files)
			list, ok := errors.AsType[manifest.Errors](err)
			if !ok {
				t.Fatalf("the sample is not bad: %v", err)
			}
			for _, f := range files {
				for _, d := range manifestDocuments(f.Path, f.Data) {
					compareVerdicts(t, schema, d, list)
				}
			}
		})
	}
}

// Mistakes that nobody thought of: each key of each good document is dropped,
// misspelt, and given values of other types.
func TestTheManifestSchemaSeesWhatValidateSees(t *testing.T) {
	schema := compile(t, manifestSchema)
	n := 0
	for name, files := range manifestSamples(t, "ok") {
		for _, f := range files {
			for _, d := range manifestDocuments(f.Path, f.Data) {
				for _, m := range mutations(d.node) {
					n++
					text, err := yaml.Marshal(m.node)
					if err != nil {
						t.Fatal(err)
					}
					_, err = manifest.Parse([]manifest.File{{Path: d.file, Data: text}})
					list, _ := errors.AsType[manifest.Errors](err)
					again := manifestDocuments(d.file, text)
					if len(again) == 0 {
						continue // what an alias stands for is gone
					}
					mutant := again[0]
					refused := schema.Validate(mutant.value) != nil
					if seen := len(verdictsOf(mutant, list).visible) > 0; seen != refused {
						t.Errorf("%s, %s:%d, %s: the schema refuses it: %t; validate: %v", name, filepath.Base(d.file), d.first, m.name, refused, list)
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("there are %d mutations", n)
	}
}

type mutation struct {
	name string
	node *yaml.Node
}

// mutations gives copies of a document with one mistake each.
func mutations(root *yaml.Node) []mutation {
	var out []mutation
	with := func(name string, change func()) {
		change()
		out = append(out, mutation{name, copyNode(root)})
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			key, value, content := n.Content[i], n.Content[i+1], n.Content
			with("without "+key.Value, func() { n.Content = slices.Delete(slices.Clone(content), i, i+2) })
			n.Content = content
			misspelt := *key
			misspelt.Value += "x"
			with("misspelt "+key.Value, func() { n.Content[i] = &misspelt })
			n.Content[i] = key
			for _, other := range []string{"[[]]", "{}", "5", "-1", "x", "true", "", "2026-13-01"} {
				var wrong yaml.Node
				if err := yaml.Unmarshal([]byte("a: "+other), &wrong); err != nil {
					panic(err)
				}
				with(key.Value+": "+other, func() { n.Content[i+1] = wrong.Content[0].Content[1] })
				n.Content[i+1] = value
			}
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	walk(root)
	return out
}

func copyNode(n *yaml.Node) *yaml.Node {
	out := *n
	out.HeadComment, out.LineComment, out.FootComment = "", "", ""
	out.Content = nil
	for _, child := range n.Content {
		out.Content = append(out.Content, copyNode(child))
	}
	return &out
}
