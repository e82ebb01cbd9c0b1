package doctest

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLinksLeadSomewhere(t *testing.T) {
	tree := os.DirFS(root)
	for _, p := range readPages(t) {
		for _, problem := range deadLinks(p, tree) {
			t.Error(problem)
		}
	}
}

// deadLinks follows the links of a page within a tree of files. What is
// elsewhere is not looked at.
func deadLinks(p page, tree fs.FS) []string {
	var out []string
	_, prose := p.parts()
	for _, m := range link.FindAllStringSubmatch(span.ReplaceAllString(prose, "code"), -1) {
		target := m[1]
		if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		file, anchor, hasAnchor := strings.Cut(target, "#")
		leadsTo := p
		if file != "" {
			leadsTo.path = path.Join(path.Dir(p.path), file)
			if _, err := fs.Stat(tree, leadsTo.path); err != nil {
				out = append(out, fmt.Sprintf("%s: the link to %s leads nowhere", p.path, target))
				continue
			}
		}
		if hasAnchor {
			text, err := fs.ReadFile(tree, leadsTo.path)
			leadsTo.text = string(text)
			if err != nil || !slices.Contains(leadsTo.anchors(), anchor) {
				out = append(out, fmt.Sprintf("%s: %s has no heading %q", p.path, leadsTo.path, anchor))
			}
		}
	}
	return out
}

var link = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)

func TestDeadLinksShow(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "b.md"), []byte("# The heading\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "[1](b.md) [2](b.md#the-heading) [3](https://example.com/x) `[4](no.md)` [5](a.md) [6](b.md#heading) [7](#here) [8](../b.md)\n"
	got := deadLinks(page{"sub/a.md", strings.ReplaceAll(text, "(b.md", "(../b.md")}, os.DirFS(dir))
	if len(got) != 3 {
		t.Errorf("want [5], [6] and [7], got %q", got)
	}
}

// Paths of the module that pages name exist.
func TestPathsOnPagesExist(t *testing.T) {
	for _, p := range readPages(t) {
		_, prose := p.parts()
		for _, s := range spans(prose) {
			if !modulePath.MatchString(s) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(s))); err != nil {
				t.Errorf("%s: %s does not exist", p.path, s)
			}
		}
	}
}

var modulePath = regexp.MustCompile(`^(pkg|cmd|docs|examples)/[\w./-]+$`)

// Tests that pages name exist.
func TestTestsOnPagesExist(t *testing.T) {
	declared := declaredTests(t)
	for _, p := range readPages(t) {
		for _, s := range spans(p.text) {
			if testName.MatchString(s) && !declared[s] {
				t.Errorf("%s: there is no %s", p.path, s)
			}
		}
	}
}

var (
	testName        = regexp.MustCompile(`^Test[A-Z]\w*$`)
	testDeclaration = regexp.MustCompile(`(?m)^func (Test[A-Z]\w*)\(`)
)

func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(root, "pkg"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range testDeclaration.FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = true
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("no tests were found: %v", err)
	}
	return out
}
