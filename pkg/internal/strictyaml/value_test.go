package strictyaml_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
)

// getters take the value under the key v.
var getters = map[string]func(strictyaml.Value) (any, bool){
	"str":    func(v strictyaml.Value) (any, bool) { return result(v.Str()) },
	"date":   func(v strictyaml.Value) (any, bool) { return result(v.DateText()) },
	"bool":   func(v strictyaml.Value) (any, bool) { return result(v.Bool()) },
	"number": func(v strictyaml.Value) (any, bool) { return result(v.Number()) },
	"count":  func(v strictyaml.Value) (any, bool) { return result(v.Count()) },
	"oneof":  func(v strictyaml.Value) (any, bool) { return result(v.OneOf("ignore", "report", "off")) },
	"map": func(v strictyaml.Value) (any, bool) {
		m, ok := v.Mapping([]string{"a"})
		return fmt.Sprint(m.Present()), ok
	},
	"list": func(v strictyaml.Value) (any, bool) {
		_, ok := v.Items()
		return fmt.Sprint(v.Len()), ok
	},
}

func result[T any](v T, ok bool) (any, bool) { return fmt.Sprint(v), ok }

func TestGetters(t *testing.T) {
	tests := []struct {
		getter, text string
		want         string // the value, where there are no problems
		problem      string
		hint         string
	}{
		{getter: "str", text: "v: x", want: "x"},
		{getter: "str", text: "v: ''", want: ""},
		{getter: "str", text: "v: '12'", want: "12"},
		{getter: "str", text: "v: yes", want: "yes"},
		{getter: "str", text: "v: >-\n  x\n  y", want: "x y"},
		{getter: "str", text: "v: 0123", problem: "1:4: v: want text, found the number 0123 wrong-type", hint: `put it in quotes: "0123"`},
		{getter: "str", text: "v: 1e3", problem: "1:4: v: want text, found the number 1e3 wrong-type", hint: `put it in quotes: "1e3"`},
		{getter: "str", text: "v: True", problem: "1:4: v: want text, found True wrong-type", hint: `put it in quotes: "True"`},
		{getter: "str", text: "v: 2026-12-01", problem: "1:4: v: want text, found the date 2026-12-01 wrong-type", hint: `put it in quotes: "2026-12-01"`},
		{getter: "str", text: "v:", problem: "1:1: v: want text, found nothing wrong-type", hint: "write a value, or remove the key"},
		{getter: "str", text: "v: [x]", problem: "1:4: v: want text, found a list wrong-type"},
		{getter: "str", text: "v: {}", problem: "1:4: v: want text, found a mapping wrong-type"},
		{getter: "str", text: "v: |\n  x\n  y\n", problem: "1:4: v: want text in one line bad-string", hint: "write it on one line, or begin it with >-"},
		{getter: "str", text: `v: "x\ty"`, problem: "1:4: v: the character U+0009 is not allowed in text bad-string"},
		{getter: "str", text: `v: "x\e[2J"`, problem: "1:4: v: the character U+001B is not allowed in text bad-string"},
		{getter: "str", text: `v: "\L"`, problem: "1:4: v: the character U+2028 is not allowed in text bad-string"},

		{getter: "date", text: "v: 2026-12-01", want: "2026-12-01"},
		{getter: "date", text: "v: '2026-12-01'", want: "2026-12-01"},
		{getter: "date", text: "v: 20261201", problem: "1:4: v: want a date, found the number 20261201 wrong-type"},
		{getter: "date", text: "v: ~", problem: "1:4: v: want a date, found nothing wrong-type", hint: "write a value, or remove the key"},

		{getter: "bool", text: "v: true", want: "true"},
		{getter: "bool", text: "v: FALSE", want: "false"},
		{getter: "bool", text: "v: yes", problem: `1:4: v: want true or false, found the text "yes" wrong-type`},

		{getter: "number", text: "v: 57.00", want: "57.00"},
		{getter: "number", text: "v: -3", want: "-3"},
		{getter: "number", text: "v: 0", want: "0"},
		{getter: "number", text: "v: '57'", problem: `1:4: v: want a number, found the text "57" wrong-type`, hint: "write it without quotes"},
		{getter: "number", text: "v: 5%", problem: `1:4: v: want a number, found the text "5%" wrong-type`},
		{getter: "number", text: "v: 010", problem: "1:4: v: 010 is not a plain decimal number bad-number", hint: "write digits alone, such as 8 or 57.00"},
		{getter: "number", text: "v: 0x1F", problem: "1:4: v: 0x1F is not a plain decimal number bad-number", hint: "write digits alone, such as 8 or 57.00"},
		{getter: "number", text: "v: 1_000", problem: "1:4: v: 1_000 is not a plain decimal number bad-number", hint: "write digits alone, such as 8 or 57.00"},
		{getter: "number", text: "v: .inf", problem: "1:4: v: .inf is not a plain decimal number bad-number", hint: "write digits alone, such as 8 or 57.00"},

		{getter: "count", text: "v: 0", want: "0"},
		{getter: "count", text: "v: 42", want: "42"},
		{getter: "count", text: "v: -1", problem: "1:4: v: want a whole number from 0, found -1 bad-number"},
		{getter: "count", text: "v: 1.5", problem: "1:4: v: want a whole number from 0, found 1.5 bad-number"},
		{getter: "count", text: "v: 99999999999", problem: "1:4: v: want a whole number from 0, found 99999999999 bad-number"},

		{getter: "oneof", text: "v: report", want: "report"},
		{getter: "oneof", text: "v: off", want: "off"},
		{getter: "oneof", text: "v: Report", problem: `1:4: v: "Report" is not one of ignore, report, off bad-value`, hint: `did you mean "report"?`},
		{getter: "oneof", text: "v: false", problem: "1:4: v: want one of ignore, report, off, found false wrong-type"},
		{getter: "oneof", text: "v:", problem: "1:1: v: want one of ignore, report, off, found nothing wrong-type", hint: "write a value, or remove the key"},
		{getter: "oneof", text: "v: delete", problem: `1:4: v: "delete" is not one of ignore, report, off bad-value`},

		{getter: "map", text: "v: {}", want: "true"},
		{getter: "map", text: "v: [a]", problem: "1:4: v: want a mapping, found a list wrong-type"},

		{getter: "list", text: "v: [x, y]", want: "2"},
		{getter: "list", text: "v: []", want: "0"},
		{getter: "list", text: "v: x", problem: `1:4: v: want a list, found the text "x" wrong-type`, hint: "begin each item with a dash, or put the items in [ ]"},
		{getter: "list", text: "v: ", problem: "1:1: v: want a list, found nothing wrong-type", hint: "write [] for an empty list, or remove the key"},
	}
	for _, test := range tests {
		t.Run(test.getter+" "+test.text, func(t *testing.T) {
			var errs strictyaml.Errors
			m := mapping(t, test.text, &errs)
			got, ok := getters[test.getter](m.Get("v"))
			if ok != (test.problem == "") {
				t.Errorf("ok = %v", ok)
			}
			if ok && got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			var wantProblems []string
			if !ok {
				wantProblems = []string{test.problem}
			}
			if diff := cmp.Diff(wantProblems, lines(errs)); diff != "" {
				t.Fatalf("errors (-want +got):\n%s", diff)
			}
			if len(errs) == 1 && errs[0].Hint != test.hint {
				t.Errorf("hint %q, want %q", errs[0].Hint, test.hint)
			}
		})
	}
}

// mapping parses a text of one document with the keys v and w.
func mapping(t *testing.T, text string, errs *strictyaml.Errors) strictyaml.Mapping {
	t.Helper()
	roots := strictyaml.Parse("f.yaml", []byte(text), errs)
	if len(roots) != 1 {
		t.Fatalf("%d documents: %v", len(roots), errs)
	}
	m, ok := roots[0].Mapping([]string{"v", "w"})
	if !ok {
		t.Fatalf("no mapping: %v", errs)
	}
	return m
}

func TestAbsentIsNoError(t *testing.T) {
	var errs strictyaml.Errors
	m := mapping(t, "w: x", &errs)
	for name, get := range getters {
		if _, ok := get(m.Get("v")); ok {
			t.Errorf("%s took an absent value", name)
		}
	}
	if m.Get("v").Kind() != strictyaml.KindAbsent || m.Get("v").Literal() != "" {
		t.Error("the value is not absent")
	}
	if got := m.Get("v").Pos(); got != (strictyaml.Pos{}) {
		t.Errorf("an absent value is at %v", got)
	}
	if errs != nil {
		t.Errorf("unexpected: %v", errs)
	}
}

func TestMappingProblems(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
		hint string // of the first
	}{
		"misspelt":    {"vv: x", []string{`1:1: unknown key "vv" unknown-key`}, `did you mean "v"?`},
		"wrong case":  {"V: x", []string{`1:1: unknown key "V" unknown-key`}, `did you mean "v"?`},
		"strange":     {"\"a\\e\": x", []string{`1:1: unknown key "a\x1b" unknown-key`}, "the keys here are v, w"},
		"a number":    {"1: x", []string{`1:1: unknown key "1" unknown-key`}, "the keys here are v, w"},
		"nothing":     {"'': x", []string{`1:1: unknown key "" unknown-key`}, "the keys here are v, w"},
		"twice":       {"v: x\nw: y\nv: z", []string{`3:1: the key "v" is given twice, first at f.yaml:1:1 duplicate-key`}, ""},
		"three times": {"{v: x, v: y, 'v': z}", []string{`1:8: the key "v" is given twice, first at f.yaml:1:2 duplicate-key`, `1:14: the key "v" is given twice, first at f.yaml:1:2 duplicate-key`}, ""},
		"merge":       {"v: &a {v: x}\n<<: *a", []string{`2:1: the merge key "<<" is not supported merge-key`}, "write the keys out, or put what is shared in one place and refer to it by name"},
		"quoted":      {"'<<': x", []string{`1:1: unknown key "<<" unknown-key`}, "the keys here are v, w"},
		"a list":      {"? [v]\n: x", []string{`1:3: key: want text, found a list wrong-type`}, ""},
		"a mapping":   {"{v: x}: y", []string{`1:1: key: want text, found a mapping wrong-type`}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var errs strictyaml.Errors
			mapping(t, test.text, &errs)
			if diff := cmp.Diff(test.want, lines(errs)); diff != "" {
				t.Fatalf("errors (-want +got):\n%s", diff)
			}
			if errs[0].Hint != test.hint {
				t.Errorf("hint %q, want %q", errs[0].Hint, test.hint)
			}
		})
	}
}

func TestMappingReadsOnAfterProblems(t *testing.T) {
	var errs strictyaml.Errors
	m := mapping(t, "{x: y, v: first, w: z, v: second}", &errs)
	if got, _ := m.Get("v").Str(); got != "first" {
		t.Errorf("v = %q, want the first", got)
	}
	if got, _ := m.Get("w").Str(); got != "z" {
		t.Errorf("w = %q", got)
	}
}

func TestNeed(t *testing.T) {
	read := func(text string) strictyaml.Errors {
		var errs strictyaml.Errors
		roots := strictyaml.Parse("f.yaml", []byte(text), &errs)
		outer, _ := roots[0].Mapping([]string{"spec"})
		m, _ := outer.Need("spec").Mapping([]string{"name", "seats"})
		m.Need("name")
		m.Get("seats").Count()
		return errs
	}
	tests := map[string][]string{
		"spec: {name: x}":  nil,
		"spec: {seats: 1}": {`1:7: spec: the key "name" is missing missing-key`},
		"spec: {nmae: x}":  {`1:8: unknown key "nmae" unknown-key`},
		"spec: {Name: x}":  {`1:8: unknown key "Name" unknown-key`},
		"spec: [x]":        {"1:7: spec: want a mapping, found a list wrong-type"},
		"{}":               {`1:1: document: the key "spec" is missing missing-key`},
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, lines(read(text))); diff != "" {
			t.Errorf("%s: errors (-want +got):\n%s", text, diff)
		}
	}
}

func TestEntries(t *testing.T) {
	var errs strictyaml.Errors
	m := mapping(t, "v: {b: 1, a: 2, b: 3, 7: 4, null: 5, \"\\0\": 6, <<: {c: 8}}", &errs)
	entries, ok := m.Get("v").Entries()
	var got []string
	for _, e := range entries {
		n, _ := e.Value.Count()
		got = append(got, fmt.Sprintf("%s=%d at %s", e.Key.Literal(), n, e.Key.Pos()))
	}
	if want := []string{"b=1 at f.yaml:1:5", "a=2 at f.yaml:1:11"}; !ok || !cmp.Equal(want, got) {
		t.Errorf("entries %q, ok %v, want %q", got, ok, want)
	}
	want := []string{
		`1:17: the key "b" is given twice, first at f.yaml:1:5 duplicate-key`,
		"1:23: key of v: want text, found the number 7 wrong-type",
		"1:29: key of v: want text, found nothing wrong-type",
		"1:38: key of v: the character U+0000 is not allowed in text bad-string",
		`1:47: the merge key "<<" is not supported merge-key`,
	}
	if diff := cmp.Diff(want, lines(errs)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestLabelsAreSafe(t *testing.T) {
	var errs strictyaml.Errors
	m := mapping(t, "v: {\"a\u202eb\": [x]}\nw: [[y], {}]", &errs)
	entries, _ := m.Get("v").Entries()
	entries[0].Value.Count()
	items, _ := m.Get("w").Items()
	for item := range items {
		item.Str()
	}
	want := []string{
		`1:12: "a\u202eb": want a number, found a list wrong-type`,
		"2:5: item of w: want text, found a list wrong-type",
		"2:10: item of w: want text, found a mapping wrong-type",
	}
	if diff := cmp.Diff(want, lines(errs)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestAliasPlaces(t *testing.T) {
	var errs strictyaml.Errors
	m := mapping(t, "v: &x {a: [1]}\nw: [*x, *x]", &errs)
	items, _ := m.Get("w").Items()
	var places []string
	for item := range items {
		places = append(places, item.Pos().String())
		inner, _ := item.Mapping([]string{"a"})
		inner.Get("a").Str()
	}
	if want := []string{"f.yaml:2:5", "f.yaml:2:9"}; !cmp.Equal(want, places) {
		t.Errorf("aliases at %q, want %q", places, want)
	}
	// One mistake in the text is one error, however often it is read.
	if diff := cmp.Diff([]string{"1:11: a: want text, found a list wrong-type"}, lines(errs)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestErrorf(t *testing.T) {
	var errs strictyaml.Errors
	m := mapping(t, "v: x", &errs)
	m.Get("v").Errorf("my-code", "%s is not %d", "x", 5).Hint = "write 5"
	want := strictyaml.Errors{{
		Pos: strictyaml.Pos{File: "f.yaml", Line: 1, Column: 4}, Code: "my-code", Msg: "x is not 5", Hint: "write 5",
	}}
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// Drain gives what Items gives, with the same places, and leaves a list alone
// that an alias stands for too, or for an item of it.
func TestDrain(t *testing.T) {
	var errs strictyaml.Errors
	m, _ := strictyaml.Parse("x.yaml", []byte("w: &list [a, {k: v}, [b]]\nx: *list\ny: [a, {k: v}, [b]]\nz: [{k: &item v}, *item, c]\n"), &errs)[0].Mapping([]string{"w", "x", "y", "z"})
	places := func(v strictyaml.Value, read func(strictyaml.Value) (iter.Seq[strictyaml.Value], bool)) []string {
		var out []string
		items, ok := read(v)
		if !ok {
			t.Fatalf("%s is no list", v.Pos())
		}
		for item := range items {
			out = append(out, fmt.Sprintf("%s %d %s", item.Pos(), item.Kind(), item.Literal()))
		}
		return out
	}
	for _, key := range []string{"w", "x", "w", "y", "z"} {
		want := places(m.Get(key), strictyaml.Value.Items)
		if got := places(m.Get(key), strictyaml.Value.Drain); len(got) != 3 || !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if _, ok := m.Drain(); ok || len(errs) != 1 {
		t.Errorf("a mapping is no list: %v", errs)
	}
}
