package archtest

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the path of the module, and root is where it is from here.
const (
	module = "github.com/licensectl/licensectl"
	root   = "../../.."
)

// testsAlone is a folder with a module of its own that holds tests, and what
// they share.
const testsAlone = "pkg/emulator/interop/"

// source is one file of the tree.
type source struct {
	path    string // from the root, with forward slashes
	pkg     string // the folder, "pkg/plan"
	test    bool
	lines   int
	set     *token.FileSet
	file    *ast.File
	imports []string
}

// wholeTree parses every Go file of the module, once for all rules.
var wholeTree = sync.OnceValues(func() ([]*source, error) {
	var out []*source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return keepOut(entry.Name())
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		parsed, err := parse(filepath.ToSlash(relative), string(text))
		out = append(out, parsed)
		return err
	})
	if err == nil && len(out) == 0 {
		err = errors.New("the tree has no Go files")
	}
	return out, err
})

// keepOut passes by folders that hold no code of ours.
func keepOut(folder string) error {
	if folder == "testdata" || strings.HasPrefix(folder, ".") && !strings.HasPrefix(folder, "..") {
		return fs.SkipDir
	}
	return nil
}

func parse(name, text string) (*source, error) {
	isTest := strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, testsAlone)
	s := &source{path: name, pkg: path.Dir(name), test: isTest, set: token.NewFileSet(), lines: strings.Count(text, "\n")}
	file, err := parser.ParseFile(s.set, name, text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	s.file = file
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}

// at gives "file:line: message" for a place in the file.
func (s *source) at(p token.Pos, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", s.path, s.set.Position(p).Line, fmt.Sprintf(format, args...))
}

// isMain reports whether the file is of a program.
func (s *source) isMain() bool { return s.file.Name.Name == "main" }

// rule finds what is wrong in a tree, a line for each.
type rule func([]*source) []string

// check holds the tree of the module against a rule.
func check(t *testing.T, r rule) {
	t.Helper()
	tree, err := wholeTree()
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range r(tree) {
		t.Error(violation)
	}
}

// catches proves that a rule can fail: of these files it has to complain about
// the last line of each that says so with "// bad".
func catches(t *testing.T, r rule, files map[string]string) {
	t.Helper()
	var tree []*source
	var want []string
	for name, text := range files {
		parsed, err := parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		tree = append(tree, parsed)
		for i, line := range strings.Split(text, "\n") {
			if strings.Contains(line, "// bad") {
				want = append(want, fmt.Sprintf("%s:%d", name, i+1))
			}
		}
	}
	slices.SortFunc(tree, func(a, b *source) int { return cmp.Compare(a.path, b.path) })
	var got []string
	for _, violation := range r(tree) {
		parts := strings.SplitN(violation, ":", 3)
		got = append(got, parts[0]+":"+parts[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the rule complains about %v, want %v", got, want)
	}
}

// packages groups files by folder, tests left out.
func packages(tree []*source) map[string][]*source {
	out := map[string][]*source{}
	for _, s := range tree {
		if !s.test {
			out[s.pkg] = append(out[s.pkg], s)
		}
	}
	return out
}

// uses calls f for every use of a name of another package, such as os.Exit.
// Local variables that hide the package's name are not told apart.
func (s *source) uses(f func(pkg, name string, p token.Pos)) {
	names := map[string]string{}
	for i, spec := range s.file.Imports {
		local := path.Base(s.imports[i])
		if spec.Name != nil {
			local = spec.Name.Name
		}
		names[local] = s.imports[i]
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if ident, ok := sel.X.(*ast.Ident); ok && names[ident.Name] != "" {
				f(names[ident.Name], sel.Sel.Name, sel.Pos())
			}
		}
		return true
	})
}
