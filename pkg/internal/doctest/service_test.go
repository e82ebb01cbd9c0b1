package doctest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryOddAnswerHasATest holds the rows of docs/service.md to the tests
// that they name: at least one each, and every one exists.
func TestEveryOddAnswerHasATest(t *testing.T) {
	tests, rows := packageTests(t), 0
	for line := range strings.Lines(readPage(t, "docs/service.md").text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what comes") {
			continue
		}
		rows++
		if len(cells) != 3 {
			t.Errorf("a row that is not what comes, what is done, tests: %s", line)
			continue
		}
		named := regexp.MustCompile("`([a-z]+\\.Test[A-Za-z0-9]+)`").FindAllStringSubmatch(cells[2], -1)
		if len(named) == 0 {
			t.Errorf("a row without a test: %s", line)
		}
		for _, m := range named {
			if !tests[m[1]] {
				t.Errorf("there is no test %s", m[1])
			}
		}
	}
	if rows < 3 {
		t.Errorf("only %d rows were found", rows)
	}
}

// packageTests are the tests of the module, as package.Test. A package is
// called by its folder.
func packageTests(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := fs.WalkDir(os.DirFS(filepath.Join(root, "pkg")), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "pkg", name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Test") {
				out[path.Base(path.Dir(name))+"."+fn.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
