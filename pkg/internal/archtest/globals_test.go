package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// toleratedGlobals are package-level variables that the rule would refuse, each
// with the reason why it may stay. The key is "folder.name".
func toleratedGlobals() map[string]string {
	return map[string]string{
		"cmd/licensectl.version": "the linker sets it, and nothing else",
	}
}

func TestThereIsNoGlobalState(t *testing.T) {
	check(t, noGlobalState)
	catches(t, noGlobalState, map[string]string{
		"a/a.go": `package a
import ("errors"; "sync"; "regexp"; _ "embed")
type face interface{}
var _ face = 1
var errGone = errors.New("gone")
var pattern = regexp.MustCompile("a")
var table = []string{"a", "b"}
//go:embed a.txt
var text string
var (
	counter int // bad
	mu sync.Mutex // bad
	cache = map[string]int{} // bad
	first = "a" // bad
	pointer = &struct{ n int }{} // bad
	made = make([]int, 3) // bad
	sorted = []int{2, 1} // bad
	leaked = 3 // bad
)
func a() {
	first = "b"
	sorted[0] = 1
	_ = &leaked
	_ = table[0]
}
`,
		"a/b.go": "package a\nfunc b() { cache[\"x\"]++ }\n",
	})
}

// noGlobalState lets package-level variables pass that are constants in all but
// name: they have a value from the start, and nothing in the package assigns to
// them, to a part of them, or takes their address.
func noGlobalState(tree []*source) []string {
	var out []string
	tolerated := toleratedGlobals()
	for _, files := range packages(tree) {
		changed := map[string]bool{}
		for _, s := range files {
			noteChanges(s.file, changed)
		}
		for _, s := range files {
			eachGlobal(s, func(spec *ast.ValueSpec, i int, embedded bool) {
				name := spec.Names[i]
				if name.Name == "_" || embedded || tolerated[s.pkg+"."+name.Name] != "" {
					return
				}
				if !startsConstant(spec, i) || changed[name.Name] {
					out = append(out, s.at(name.Pos(), "the variable %s is global state", name.Name))
				}
			})
		}
	}
	return out
}

// eachGlobal calls f for every package-level variable.
func eachGlobal(s *source, f func(spec *ast.ValueSpec, i int, embedded bool)) {
	for _, d := range s.file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, sp := range decl.Specs {
			spec, ok := sp.(*ast.ValueSpec)
			if !ok {
				continue
			}
			embedded := isEmbed(decl.Doc) || isEmbed(spec.Doc)
			for i := range spec.Names {
				f(spec, i, embedded)
			}
		}
	}
}

func isEmbed(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// startsConstant reports whether a variable has a value that is not there to
// be changed.
func startsConstant(spec *ast.ValueSpec, i int) bool {
	if i >= len(spec.Values) {
		return false
	}
	switch v := spec.Values[i].(type) {
	case *ast.UnaryExpr:
		return v.Op != token.AND
	case *ast.CallExpr:
		f, ok := v.Fun.(*ast.Ident)
		return !ok || f.Name != "make" && f.Name != "new"
	case *ast.CompositeLit:
		_, isMap := v.Type.(*ast.MapType)
		return !isMap || len(v.Elts) > 0
	}
	return true
}

// noteChanges takes down the names that something is assigned to, or whose
// address is taken. A local variable of the same name counts as well, which
// errs on the safe side.
func noteChanges(file *ast.File, changed map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, left := range n.Lhs {
					changed[rootName(left)] = true
				}
			}
		case *ast.IncDecStmt:
			changed[rootName(n.X)] = true
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				changed[rootName(n.X)] = true
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") {
				changed[rootName(n.Args[0])] = true
			}
		}
		return true
	})
}

// rootName gives the variable at the root of an expression such as a.b[c].
func rootName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return rootName(e.X)
	case *ast.IndexExpr:
		return rootName(e.X)
	case *ast.ParenExpr:
		return rootName(e.X)
	case *ast.StarExpr:
		return rootName(e.X)
	}
	return ""
}
