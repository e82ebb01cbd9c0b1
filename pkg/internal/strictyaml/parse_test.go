package strictyaml_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
)

// read parses a text and walks over all of it, taking every scalar as text.
// It returns what it saw and the errors, in one line each, without the file.
func read(text string) (seen []string, problems []string) {
	var errs strictyaml.Errors
	for _, root := range strictyaml.Parse("f.yaml", []byte(text), &errs) {
		seen = append(seen, render(root))
	}
	return seen, lines(errs)
}

func lines(errs strictyaml.Errors) []string {
	errs.Sort()
	var out []string
	for _, e := range errs {
		line := fmt.Sprintf("%s %s", strings.TrimPrefix(e.Error(), "f.yaml:"), e.Code)
		out = append(out, line)
	}
	return out
}

func render(v strictyaml.Value) string {
	switch v.Kind() {
	case strictyaml.KindList:
		var parts []string
		items, _ := v.Items()
		for item := range items {
			parts = append(parts, render(item))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case strictyaml.KindMapping:
		var parts []string
		entries, _ := v.Entries()
		for _, e := range entries {
			parts = append(parts, e.Key.Literal()+":"+render(e.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	default:
		text, _ := v.Str()
		return text
	}
}

func TestParseStreams(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"nothing":             {"", nil},
		"comments alone":      {"# one\n\n  # two\n", nil},
		"marks alone":         {"---\n---\n...\n---\n", nil},
		"one":                 {"a: x\n", []string{"{a:x}"}},
		"no line break":       {"a: x", []string{"{a:x}"}},
		"byte order mark":     {"\ufeffa: x\n", []string{"{a:x}"}},
		"windows line breaks": {"a: x\r\n---\r\nb: y\r\n", []string{"{a:x}", "{b:y}"}},
		"old line breaks":     {"a: x\r---\rb: y\r", []string{"{a:x}", "{b:y}"}},
		"several":             {"---\na: x\n---\nb: y\n...\n---\nc: z\n", []string{"{a:x}", "{b:y}", "{c:z}"}},
		"empty between":       {"a: x\n---\n# nothing\n---\nb: y\n---\n", []string{"{a:x}", "{b:y}"}},
		"content on the mark": {"--- x\n--- [y]\n", []string{"x", "[y]"}},
		"ends twice":          {"a: x\n...\n...\nb: y\n", []string{"{a:x}", "{b:y}"}},
		"mark in a block":     {"a: |-\n  x\n---\nb: y\n", []string{"{a:x}", "{b:y}"}},
		"not a mark":          {"a: x\n---b: y\n", []string{"{a:x ---b:y}"}},
		"indented marks":      {"a: >-\n  ---\n  ...\n", []string{"{a:--- ...}"}},
		"alias":               {"a: &x [p, q]\nb: *x\n", []string{"{a:[p q] b:[p q]}"}},
		"alias as a key":      {"a: &x p\n*x : y\n", []string{"{a:p p:y}"}},
		"anchor of its own":   {"a: &x p\n---\na: &x q\nb: *x\n", []string{"{a:p}", "{a:q b:q}"}},
		"string tag":          {"!!str 12\n", []string{"12"}},
		"beyond ASCII":        {"å: 雪🙂\n", []string{"{å:雪🙂}"}},
		"yes and no are text": {"[yes, no, on, off, NO]\n", []string{"[yes no on off NO]"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			seen, problems := read(test.text)
			if diff := cmp.Diff(test.want, seen); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
			if problems != nil {
				t.Errorf("unexpected errors: %q", problems)
			}
		})
	}
}

func TestParseTellsNullFromEmpty(t *testing.T) {
	for _, text := range []string{"null\n", "~\n", "--- null\n", "!!null\n"} {
		var errs strictyaml.Errors
		roots := strictyaml.Parse("f.yaml", []byte(text), &errs)
		if len(roots) != 1 || roots[0].Kind() != strictyaml.KindNull {
			t.Errorf("%q: want one document that is null, got %d", text, len(roots))
		}
	}
}

func TestParseProblems(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"mapping in a value": {"a: b\n  c: d\n",
			[]string{"2:4: mapping values are not allowed in this context syntax"}},
		"list and mapping": {"a:\n  - x\n  b: c\nd: e\n",
			[]string{"3:3: did not find expected '-' indicator while parsing a block collection (line 2) syntax"}},
		"open list": {"a: [x, y\nb: z\n",
			[]string{"2:2: did not find expected ',' or ']' while parsing a flow sequence (line 1) syntax"}},
		"open mapping at the end": {"{",
			[]string{"1:2: did not find expected node content while parsing a flow node syntax"}},
		"open quotes": {"x: y\na: \"x\nb: y\n",
			[]string{"2:4: found unexpected end of stream while scanning a quoted scalar (line 4) syntax"}},
		"quote in quotes": {"a: 'it's'\n",
			[]string{"1:8: did not find expected key while parsing a block mapping syntax"}},
		"key without colon": {"a: x\nb\nc: y\n",
			[]string{"2:1: could not find expected ':' while scanning a simple key (line 3) syntax"}},
		"reserved character": {"å: @x\n",
			[]string{"1:4: found character that cannot start any token while scanning for the next token syntax"}},
		"tab": {"a:\n\tb: x\n",
			[]string{"2:1: found character that cannot start any token while scanning for the next token syntax"}},
		"bad escape": {`a: "\q"`,
			[]string{"1:5: found unknown escape character while parsing a quoted scalar syntax"}},
		"directive": {"%YAML 1.2\n---\na: x\n", []string{"1:1: YAML directives are not supported syntax"}},
		"every document": {"a: [\n---\nb: x\n---\n{\n",
			[]string{
				"2:1: did not find expected node content while parsing a flow node syntax",
				"6:1: did not find expected node content while parsing a flow node syntax"}},
		"after the end": {"[a]\n... b\n",
			[]string{"2:5: did not find expected <document start> syntax"}},
		"NUL":            {"a: x\x00\n", []string{"1:5: the character U+0000 is not allowed bad-encoding"}},
		"control":        {"a: x\nb: \x1b[31m\n", []string{"2:4: the character U+001B is not allowed bad-encoding"}},
		"line separator": {"a: å\u2028\n", []string{"1:5: the character U+2028 is not allowed bad-encoding"}},
		"next line":      {"a: \u0085\n", []string{"1:4: the character U+0085 is not allowed bad-encoding"}},
		"invalid UTF-8":  {"a: å\n\r\nb: åå\xff\n", []string{"3:6: the byte 0xff is not valid UTF-8 bad-encoding"}},
		"cut UTF-8":      {"a: \xc3", []string{"1:4: the byte 0xc3 is not valid UTF-8 bad-encoding"}},
		"UTF-16":         {"\xff\xfea\x00", []string{"1:1: the byte 0xff is not valid UTF-8 bad-encoding"}},
		"tags":           {"a: !x y\nb: !!int 5\n", []string{`1:4: the tag "!x" is not supported bad-tag`, `2:4: the tag "!!int" is not supported bad-tag`, "2:4: b: want text, found the number 5 wrong-type"}},
		"hostile tag":    {"!x%0Ay z\n", []string{`1:1: the tag "!x\ny" is not supported bad-tag`}},
		"unknown anchor": {"a: b\nc: *x\n", []string{"2:4: unknown anchor 'x' referenced bad-alias"}},
		"value left out": {"? a\n", []string{"1:3: a: want text, found nothing wrong-type"}},
		"foreign anchor": {"a: &x b\n---\nc: *x\n", []string{"3:4: unknown anchor 'x' referenced bad-alias"}},
		"anchor in itself": {"a: &x [b, *x]\n",
			[]string{"1:11: alias *x stands inside what it refers to bad-alias"}},
		"anchor deeper in itself": {"a: &x\n  b: [{c: *x}]\n",
			[]string{"2:11: alias *x stands inside what it refers to bad-alias"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, problems := read(test.text)
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSyntaxHints(t *testing.T) {
	tests := map[string]string{
		"a:\n\tb: x\n":   "indent with spaces, not with tabs",
		"a: |\n\tx\n":    "indent with spaces, not with tabs",
		"a: @x\n":        "text that begins with '@' needs quotes",
		"a: `x`\n":       "text that begins with '`' needs quotes",
		"a: x: y\n":      `check the indentation; text that holds ": " needs quotes`,
		"a: 'x\n":        "the closing quote is missing",
		"a: \"\\d\"\n":   "use single quotes, or write the backslash twice",
		"a: x\nb\nc: y":  "a colon with a space after it is missing, or the indentation is wrong",
		"\xff\xfea\x00":  "the file is UTF-16; save it as UTF-8",
		"caf\xe9":        "save the file as UTF-8",
		"%TAG ! x\n--- ": "remove the line",
	}
	for text, want := range tests {
		var errs strictyaml.Errors
		strictyaml.Parse("f.yaml", []byte(text), &errs)
		if len(errs) != 1 || errs[0].Hint != want {
			t.Errorf("%q: got %v, want one error with the hint %q", text, errs, want)
		}
	}
}

func TestRelatedPlaces(t *testing.T) {
	var errs strictyaml.Errors
	strictyaml.Parse("f.yaml", []byte("x: y\n---\na: [\n\n"), &errs)
	strictyaml.Parse("f.yaml", []byte("---\nx: y\n---\n- a\nb: c\n"), &errs)
	want := []strictyaml.Pos{{File: "f.yaml", Line: 4, Column: 1}}
	if diff := cmp.Diff(want, errs[1].Related); diff != "" {
		t.Errorf("where the list begins (-want +got):\n%s", diff)
	}
}

func TestBounds(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := map[string]struct {
		text string
		want strictyaml.Code // empty: within bounds
	}{
		"deepest":            {deep(strictyaml.MaxDepth), ""},
		"too deep":           {deep(strictyaml.MaxDepth + 1), strictyaml.CodeTooDeep},
		"10,000 lists":       {deep(10_000), strictyaml.CodeTooDeep},
		"a million brackets": {strings.Repeat("[", 1_000_000), strictyaml.CodeTooDeep},
		"10,000 mappings":    {strings.Repeat("{a: ", 10_000) + strings.Repeat("}", 10_000), strictyaml.CodeTooDeep},
		"10,000 dashes":      {strings.Repeat("- ", 10_000), strictyaml.CodeTooDeep},
		"10,000 keys":        {strings.Repeat("? ", 10_000), strictyaml.CodeTooDeep},
		"deep by alias":      {"- &a " + deep(60) + "\n- " + strings.Repeat("[", 60) + "*a" + strings.Repeat("]", 60), strictyaml.CodeTooDeep},
		"alias bomb":         {bomb(30), strictyaml.CodeAlias},
		"wide bomb":          {"- &a [" + strings.Repeat("x,", 1000) + "]\n- [" + strings.Repeat("*a,", 1000) + "]", strictyaml.CodeAlias},
		"many small aliases": {"- &a {b: c}\n" + strings.Repeat("- *a\n", 10_000), ""},
		"tag directives":     {strings.Repeat("%TAG !x! y\n", 10_000) + "--- a\n", strictyaml.CodeSyntax},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var errs strictyaml.Errors
			strictyaml.Parse("f.yaml", []byte(test.text), &errs)
			if test.want == "" {
				if err := errs.Err(); err != nil {
					t.Fatalf("unexpected: %v", err)
				}
				return
			}
			if len(errs) != 1 || errs[0].Code != test.want {
				t.Fatalf("got %v, want one error with code %s", errs, test.want)
			}
		})
	}
}

// bomb doubles its size with every level.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("- &a0 [x, x]\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "- &a%d [*a%d, *a%d]\n", i, i-1, i-1)
	}
	return b.String()
}

func TestTooLarge(t *testing.T) {
	var errs strictyaml.Errors
	data := bytes.Repeat([]byte("#"), strictyaml.MaxBytes)
	if strictyaml.Parse("f.yaml", data, &errs); errs != nil {
		t.Fatalf("a file of the largest size: %v", errs)
	}
	strictyaml.Parse("f.yaml", append(data, '#'), &errs)
	if len(errs) != 1 || errs[0].Error() != "f.yaml: the file is larger than 50 MiB" {
		t.Fatalf("a file beyond it: got %v", errs)
	}
}
