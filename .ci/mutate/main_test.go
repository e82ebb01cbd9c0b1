package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sample = `package sample

const most = 3

func ok(a, b bool, n int) bool {
	switch {
	case a && n < most:
		note(n)
	case b:
		return !a
	}
	return false
}

func note(int) {}
`

func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sample.go"), []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "other.go"), []byte("package sample\n\nconst other = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mistakes, err := mistakesIn(dir, "s*.go")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range mistakes {
		_, lines, _ := strings.Cut(m.key(), "\n")
		got = append(got, strings.ReplaceAll(lines, "\n", " "))
	}
	want := []string{
		"- const most = 3 + const most = 4",
		"- case a && n < most: + case a || n < most:",
		"- case a && n < most: + case a && n <= most:",
		"- case a && n < most: + case a && n >= most:",
		"- note(n) +",
		"- case b: + case !b:",
		"- return !a + return a",
	}
	if !slices.Equal(got, want) {
		t.Errorf("mistakes:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDraw: a seed draws the same mistakes every time, and each of them once.
func TestDraw(t *testing.T) {
	var mistakes []mistake
	for line := range 50 {
		mistakes = append(mistakes, mistake{line: line})
	}
	lines := func(e extent) (out []int) {
		for _, m := range e.draw(mistakes) {
			out = append(out, m.line)
		}
		return out
	}
	in := lines(extent{})
	one := lines(extent{sample: 20, seed: 1})
	if !slices.IsSorted(in) || slices.Equal(one, in) || !slices.Equal(one, lines(extent{sample: 20, seed: 1})) || slices.Equal(one, lines(extent{sample: 20, seed: 2})) {
		t.Errorf("without a sample %v, by seed 1 %v", in, one)
	}
	if slices.Sort(one); !slices.Equal(one, in) {
		t.Errorf("some are drawn twice, or not at all: %v", one)
	}
}

// TestJudge: an unnamed survivor fails a run, and so do too many named ones.
func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name string
		sum  tally
		ok   bool
	}{
		{"all noticed", tally{noticed: 9}, true},
		{"one in ten named", tally{noticed: 9, named: 1}, true},
		{"two in ten named", tally{noticed: 8, named: 2}, false},
		{"one in a hundred unnamed", tally{noticed: 99, unnamed: 1}, false},
		{"nothing to try", tally{}, true},
	} {
		if err := tc.sum.judge("sample"); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestSurvivors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "survivors.txt")
	for text, ok := range map[string]bool{
		"# why\n\na.go f\n- a && b\n+ a || b\nthe same\n": true,
		"a.go f\n- a && b\n+ a || b\n\nno reason\n":       false,
		"": true,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		named, err := readSurvivors(path)
		if (err == nil) != ok || ok && text != "" && named["a.go f\n- a && b\n+ a || b"] != "the same" {
			t.Errorf("%q: %v, %v", text, named, err)
		}
	}
}
