package doctest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// node is a place in one of the schemas.
type node struct {
	schemas map[string]map[string]any // by file name
	file    string
	value   map[string]any
}

// schemaRoot reads the schemas and gives the root of one of them.
func schemaRoot(t *testing.T, file string) node {
	t.Helper()
	schemas := map[string]map[string]any{}
	for _, name := range []string{planSchema, receiptSchema, explainSchema, fleetSchema} {
		var schema map[string]any
		if err := json.Unmarshal(readFile(t, "docs/"+name), &schema); err != nil {
			t.Fatal(err)
		}
		schemas[name] = schema
	}
	return node{schemas, file, schemas[file]}
}

func (n node) child(value any) node {
	m, _ := value.(map[string]any)
	return node{n.schemas, n.file, m}
}

// forms gives what a node stands for: references are followed, and
// alternatives are listed.
func (n node) forms() []node {
	if ref, ok := n.value["$ref"].(string); ok {
		file, pointer, _ := strings.Cut(ref, "#/$defs/")
		to := node{n.schemas, n.file, nil}
		if file != "" {
			to.file = file
		}
		defs, _ := to.schemas[to.file]["$defs"].(map[string]any)
		return to.child(defs[pointer]).forms()
	}
	for _, word := range []string{"oneOf", "anyOf"} {
		if alternatives, ok := n.value[word].([]any); ok {
			var out []node
			for _, a := range alternatives {
				out = append(out, n.child(a).forms()...)
			}
			return out
		}
	}
	return []node{n}
}

func (n node) properties() map[string]any {
	m, _ := n.value["properties"].(map[string]any)
	return m
}

func (n node) requires(key string) bool {
	required, _ := n.value["required"].([]any)
	return slices.Contains(required, any(key))
}

// types are the JSON types that a form allows.
func (n node) types() []string {
	values, _ := n.value["enum"].([]any)
	if c, ok := n.value["const"]; ok {
		values = append(values, c)
	}
	if len(values) > 0 {
		return []string{fmt.Sprintf("%T", values[0])}
	}
	switch t := n.value["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var out []string
		for _, word := range t {
			out = append(out, fmt.Sprint(word))
		}
		return out
	}
	return nil
}

// compareKeys holds a Go type against the forms that a schema gives it, and
// says where they differ.
func compareKeys(where string, t reflect.Type, forms []node) []string {
	nullable := t.Kind() == reflect.Pointer
	if nullable {
		t = t.Elem()
	}
	if out := compareTypes(where, t, forms, nullable); len(out) > 0 {
		return out
	}
	forms = slices.DeleteFunc(slices.Clone(forms), func(f node) bool { return slices.Equal(f.types(), []string{"null"}) })
	switch {
	case isLeaf(t):
		return nil
	case t.Kind() == reflect.Struct:
		return compareStructs(where, t, forms)
	case t.Kind() == reflect.Slice:
		var items []node
		for _, f := range forms {
			items = append(items, f.child(f.value["items"]).forms()...)
		}
		return compareKeys(where+"[]", t.Elem(), items)
	}
	return nil
}

func compareStructs(where string, t reflect.Type, forms []node) []string {
	var out []string
	known := map[string]bool{}
	for _, k := range keysOf(t) {
		known[k.name] = true
		var below []node
		always := true
		for _, f := range forms {
			value, has := f.properties()[k.name]
			if has {
				below = append(below, f.child(value).forms()...)
			}
			always = always && f.requires(k.name)
		}
		switch {
		case len(below) == 0:
			out = append(out, fmt.Sprintf("%s: the schema has no %s", where, k.name))
			continue
		case always == k.optional:
			out = append(out, fmt.Sprintf("%s.%s: required by the schema: %t, left out at times: %t", where, k.name, always, k.optional))
		}
		out = append(out, compareKeys(where+"."+k.name, k.typ, below)...)
	}
	for _, f := range forms {
		if f.value["additionalProperties"] != false {
			out = append(out, where+": the schema lets other keys pass")
		}
		for name := range f.properties() {
			if !known[name] {
				out = append(out, fmt.Sprintf("%s: the program has no %s", where, name))
			}
		}
	}
	return out
}

// compareTypes holds the kind of a Go type against the types of JSON.
func compareTypes(where string, t reflect.Type, forms []node, nullable bool) []string {
	want := map[reflect.Kind]string{
		reflect.Struct: "object", reflect.Map: "object", reflect.Slice: "array",
		reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Float64: "number",
	}[t.Kind()]
	if isLeaf(t) {
		want = "string"
		if t == reflect.TypeFor[plan.Money]() {
			want = "number"
		}
	}
	var out []string
	for _, f := range forms {
		for _, got := range f.types() {
			if got != want && (got != "null" || !nullable && t.Kind() != reflect.Slice) {
				out = append(out, fmt.Sprintf("%s: %s in the schema, %s in the program", where, got, t))
			}
		}
		if len(f.types()) == 0 {
			out = append(out, where+": the schema gives no type")
		}
	}
	return out
}

func TestSchemasHaveTheKeysOfTheProgram(t *testing.T) {
	problems := compareKeys("plan", reflect.TypeFor[plan.Plan](), schemaRoot(t, planSchema).forms())
	for _, k := range keysOf(reflect.TypeFor[receipt.Line]()) {
		root := schemaRoot(t, receiptSchema)
		problems = append(problems, compareKeys(k.name, k.typ, root.child(root.properties()[k.name]).forms())...)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

func TestDifferencesOfKeysShow(t *testing.T) {
	type inner struct {
		A string `json:"a"`
	}
	type outer struct {
		A    string         `json:"a"`
		B    int            `json:"b,omitempty"`
		C    *inner         `json:"c"`
		D    []inner        `json:"d"`
		E    license.GUID   `json:"e"`
		F    map[string]int `json:"f,omitempty"`
		None int            `json:"-"`
	}
	object := func(properties, required string) string {
		return `{"type": "object", "additionalProperties": false, "properties": {` + properties + `}, "required": [` + required + `]}`
	}
	in := object(`"a": {"const": "x"}`, `"a"`)
	good := `"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"oneOf": [{"type": "null"}, ` + in + `]}, ` +
		`"d": {"type": "array", "items": ` + in + `}, "e": {"type": "string"}, "f": {"type": "object"}`
	required := `"a", "c", "d", "e"`
	for name, c := range map[string]struct {
		schema string
		wrong  int
	}{
		"the same":           {object(good, required), 0},
		"a key too many":     {object(good+`, "g": {"type": "string"}`, required), 1},
		"a key too few":      {object(strings.Replace(good, `"b"`, `"bb"`, 1), required), 2},
		"another type":       {object(strings.Replace(good, "integer", "string", 1), required), 1},
		"never null":         {object(strings.Replace(good, `"a": {"type": "string"}`, `"a": {"type": ["string", "null"]}`, 1), required), 1},
		"required":           {object(good, required+`, "b"`), 1},
		"not required":       {object(good, `"a", "c", "d"`), 1},
		"no type":            {object(strings.Replace(good, `{"type": "integer"}`, `{}`, 1), required), 1},
		"a list's own":       {object(strings.Replace(good, `"items": `+in, `"items": `+object("", ""), 1), required), 1},
		"other keys may be":  {strings.Replace(object(good, required), `"additionalProperties": false, `, "", 1), 1},
		"a nested one's own": {object(strings.Replace(good, in+`]`, object(`"z": {"const": "x"}`, `"z"`)+`]`, 1), required), 2},
	} {
		var schema map[string]any
		if err := json.Unmarshal([]byte(c.schema), &schema); err != nil {
			t.Fatal(err)
		}
		if got := compareKeys("x", reflect.TypeFor[outer](), []node{{value: schema}}); len(got) != c.wrong {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// The words that the schemas allow are those of the program.
func TestSchemasHaveTheWordsOfTheProgram(t *testing.T) {
	var clouds, guards []string
	for _, c := range auth.Clouds() {
		clouds = append(clouds, c.Name)
	}
	for _, g := range plan.GuardNames() {
		guards = append(guards, string(g))
	}
	outcomes := words(receipt.Outcomes())
	compareWords(t, []schemaWords{
		{planSchema, "$defs/cloud/enum", clouds},
		{planSchema, "$defs/findingCode/enum", findingCodes(t)},
		{planSchema, "$defs/guard/properties/name/enum", guards},
		{planSchema, "$defs/finding/properties/severity/enum", words([]plan.Severity{plan.SeverityError, plan.SeverityWarning, plan.SeverityInfo})},
		{planSchema, "$defs/change/properties/status/enum", words([]plan.Status{plan.StatusReady, plan.StatusBlocked, plan.StatusHeld})},
		{receiptSchema, "$defs/refusalCode/enum", refusalCodes(t)},
		{receiptSchema, "$defs/result/properties/outcome/enum", outcomes},
		{receiptSchema, "$defs/end/properties/counts/properties", outcomes},
		{receiptSchema, "$defs/verification/enum", words([]receipt.Verification{receipt.Verified, receipt.Unverified})},
	})
}

// schemaWords are the words that a schema should allow in one place.
type schemaWords struct {
	schema, pointer string
	want            []string
}

func compareWords(t *testing.T, all []schemaWords) {
	t.Helper()
	for _, c := range all {
		value := decoded(t, readFile(t, "docs/"+c.schema))
		for step := range strings.SplitSeq(c.pointer, "/") {
			value = value.(map[string]any)[step]
		}
		var got []string
		switch value := value.(type) {
		case []any:
			for _, word := range value {
				got = append(got, word.(string))
			}
		case map[string]any:
			got = names(value)
		}
		sameNames(t, c.schema+"#/"+c.pointer, got, c.want)
	}
}

func words[T ~string](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}
