package strictyaml_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
)

// FuzzParse checks that no input breaks the package, that every place lies
// inside its file, and that every message is one line of printable text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a: x\n---\nb: [1, y]\n", "\ufeffa: {b: c}\r\n", "a: &x [*x]\n", "*x", "{", "'", "\"\\q", "- - a\n b", "a: b: c",
		"%TAG ! x\n---\n", "\xff", "\x00", "a:\n\t- b", "<<: {}", "? [a]\n: b", "!!str 1", "|\n x", "...\n...", "? h", bomb(20),
		"a: 1\na: 2", "é: ü\né: ", "# c\n- # d\n  e # f", "--- >\n\n", "a: [\n---\n]", "-\u2028",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var errs strictyaml.Errors
		for _, root := range strictyaml.Parse("f", data, &errs) {
			readAnyway(root)
		}
		errs.Sort()
		for _, e := range errs {
			checkInside(t, data, e)
			if strings.ContainsFunc(e.Msg+e.Hint, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
				t.Errorf("message %q with hint %q", e.Msg, e.Hint)
			}
		}
	})
}

// readAnyway takes a value as everything at once.
func readAnyway(v strictyaml.Value) {
	for _, get := range getters {
		get(v)
	}
	items, _ := v.Items()
	for item := range items {
		readAnyway(item)
	}
	entries, _ := v.Entries()
	for _, e := range entries {
		readAnyway(e.Value)
	}
}

func checkInside(t *testing.T, data []byte, e *strictyaml.Error) {
	t.Helper()
	text := bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	rows := bytes.Split(bytes.ReplaceAll(text, []byte("\r"), []byte("\n")), []byte("\n"))
	if e.Pos.Line < 1 || e.Pos.Line > len(rows) {
		t.Fatalf("%v: the file has %d lines", e, len(rows))
	}
	if width := utf8.RuneCount(rows[e.Pos.Line-1]); e.Pos.Column < 1 || e.Pos.Column > width+1 {
		t.Fatalf("%v: the line has %d characters", e, width)
	}
}
