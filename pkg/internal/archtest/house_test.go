package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageHasOneComment(t *testing.T) {
	check(t, oneComment)
	catches(t, oneComment, map[string]string{
		"a/a.go": "// Package a is.\npackage a\n",
		"a/b.go": "package a\n",
		"b/b.go": "package b // bad\n",
		"c/c.go": "// Package c is.\npackage c // bad\n",
		"c/d.go": "// Package c is as well.\npackage c\n",
	})
}

func oneComment(tree []*source) []string {
	var out []string
	for pkg, files := range packages(tree) {
		comments := 0
		for _, s := range files {
			if s.file.Doc != nil && strings.TrimSpace(s.file.Doc.Text()) != "" {
				comments++
			}
		}
		if comments != 1 {
			out = append(out, files[0].at(files[0].file.Name.Pos(), "package %s has %d package comments", pkg, comments))
		}
	}
	return out
}

func TestNobodyButMainTouchesTheProcess(t *testing.T) {
	check(t, processIsMains)
	catches(t, processIsMains, map[string]string{
		"a/a.go": `package a
import ("fmt"; "log"; "os")
func a() {
	fmt.Println("x") // bad
	fmt.Fprintln(os.Stderr, "x") // bad
	log.Fatal("x") // bad
	println("x") // bad
	os.Exit(1) // bad
	_ = fmt.Sprint("x")
}
`,
		"b/b.go": "package main\nimport \"os\"\nfunc main() { os.Exit(1) }\n",
	})
}

// processIsMains keeps exits and standard streams where main hands them out.
func processIsMains(tree []*source) []string {
	forbidden := map[string][]string{
		"os":  {"Exit", "Stdin", "Stdout", "Stderr"},
		"fmt": {"Print", "Printf", "Println"},
		"log": {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Print", "Printf", "Println"},
	}
	var out []string
	for _, s := range tree {
		if s.test || s.isMain() {
			continue
		}
		s.uses(func(pkg, name string, p token.Pos) {
			if slices.Contains(forbidden[pkg], name) {
				out = append(out, s.at(p, "%s.%s is for main alone", pkg, name))
			}
		})
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
					out = append(out, s.at(call.Pos(), "%s is for debugging alone", f.Name))
				}
			}
			return true
		})
	}
	return out
}

func TestThereIsNoInit(t *testing.T) {
	check(t, noInit)
	catches(t, noInit, map[string]string{"a/a.go": "package a\nfunc init() {} // bad\ntype t int\nfunc (t) init() {}\n"})
}

func noInit(tree []*source) []string {
	var out []string
	for _, s := range tree {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				out = append(out, s.at(f.Pos(), "init runs behind everybody's back"))
			}
		}
	}
	return out
}

func TestNoTestIsSkipped(t *testing.T) {
	check(t, noSkip)
	catches(t, noSkip, map[string]string{"a/a_test.go": `package a
import "testing"
func TestA(t *testing.T) {
	if testing.Short() { // bad
		t.Skip("later") // bad
	}
}
`})
}

func noSkip(tree []*source) []string {
	var out []string
	for _, s := range tree {
		if !s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow", "Short"}, sel.Sel.Name) {
				out = append(out, s.at(call.Pos(), "a test that is skipped shows nothing"))
			}
			return true
		})
	}
	return out
}

func TestParametersSayWhatTheyAre(t *testing.T) {
	check(t, tellingParameters)
	catches(t, tellingParameters, map[string]string{
		"a/a.go":      "package a\nfunc a(b bool) {} // bad\nfunc c(d, e, f int, g, h string) {} // bad\nfunc i(j func(bool) bool) {}\nfunc k(is bool) int { return 0 }\n",
		"a/a_test.go": "package a\nfunc l(m bool) {}\n",
	})
}

// maxParameters is how many a call can have whose reader does not look them up.
const maxParameters = 4

// tellingParameters refuses a bool, of which a call says true or false and not
// what: two functions, or a field of options, say it. A number made of a bool
// is no decision.
func tellingParameters(tree []*source) []string {
	var out []string
	for _, s := range tree {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || s.test {
				continue
			}
			if f.Type.Params.NumFields() > maxParameters {
				out = append(out, s.at(f.Pos(), "%s has %d parameters, more than %d", f.Name.Name, f.Type.Params.NumFields(), maxParameters))
			}
			for _, p := range f.Type.Params.List {
				if isNamed(p.Type, "bool") && !isConversion(f) {
					out = append(out, s.at(p.Pos(), "a call of %s says true or false, and not what", f.Name.Name))
				}
			}
		}
	}
	return out
}

// isConversion reports a function of one value that gives a number.
func isConversion(f *ast.FuncDecl) bool {
	results := f.Type.Results
	return f.Type.Params.NumFields() == 1 && results.NumFields() == 1 && isNamed(results.List[0].Type, "int")
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// The sizes that a reader can keep in mind.
const (
	maxFunctionLines = 80
	maxFileLines     = 600
)

func TestFunctionsAndFilesAreShort(t *testing.T) {
	check(t, shortEnough)
	long := strings.Repeat("\t_ = 0\n", maxFunctionLines)
	catches(t, shortEnough, map[string]string{
		"a/a.go":      "package a\nfunc a() { // bad\n" + long + "}\n",
		"a/a_test.go": "package a\nfunc b() {\n" + long + "}\n",
		"a/b.go":      "package a // bad\n" + strings.Repeat("\n", maxFileLines),
	})
}

// shortEnough lets the functions of tests be long: a table is read row by row.
func shortEnough(tree []*source) []string {
	var out []string
	for _, s := range tree {
		if s.lines > maxFileLines {
			out = append(out, s.at(s.file.Name.Pos(), "the file has %d lines, more than %d", s.lines, maxFileLines))
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || s.test {
				continue
			}
			lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if lines > maxFunctionLines {
				out = append(out, s.at(f.Pos(), "%s has %d lines, more than %d", f.Name.Name, lines, maxFunctionLines))
			}
		}
	}
	return out
}

func TestNoPackageIsADrawer(t *testing.T) {
	rule := func(tree []*source) []string {
		drawers := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "misc", "shared"}
		var out []string
		for _, s := range tree {
			if slices.Contains(drawers, s.file.Name.Name) {
				out = append(out, s.at(s.file.Name.Pos(), "%s says nothing about what is in it", s.file.Name.Name))
			}
		}
		return out
	}
	check(t, rule)
	catches(t, rule, map[string]string{"a/a.go": "package utils // bad\n"})
}

func TestNoWorkIsLeftForLater(t *testing.T) {
	// Put together, so that this file does not complain about itself.
	marks := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"}
	rule := func(tree []*source) []string {
		var out []string
		for _, s := range tree {
			for _, group := range s.file.Comments {
				for _, c := range group.List {
					if slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(c.Text, mark) }) {
						out = append(out, s.at(c.Pos(), "work that is left for later belongs in an issue"))
					}
				}
			}
		}
		return out
	}
	check(t, rule)
	catches(t, rule, map[string]string{"a/a.go": fmt.Sprintf("package a\n\n// %s: later // bad\n", marks[0])})
}
