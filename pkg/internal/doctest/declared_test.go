package doctest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// parseFolder parses the files of a package, tests left out, by their names.
func parseFolder(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has no files: %v", folder, err)
	}
	out := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = file
	}
	return out
}

// stringLiterals gives every text in the sources of a package.
func stringLiterals(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	for _, file := range parseFolder(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if text, is := stringValue(e); is {
					out = append(out, text)
				}
			}
			return true
		})
	}
	return out
}

func stringValue(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// findingCodes are the constants of type Code in package plan that some other
// of its files uses, or package planner: a code that nobody gives needs no
// explanation.
func findingCodes(t *testing.T) []string {
	t.Helper()
	const declarations = "code.go"
	files := parseFolder(t, "pkg/plan")
	declaring := files[declarations]
	maps.Copy(files, parseFolder(t, "pkg/planner"))
	used := map[string]bool{}
	for name, file := range files {
		if name == declarations {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if ident, ok := n.(*ast.Ident); ok {
				used[ident.Name] = true
			}
			return true
		})
	}
	var out []string
	for name, value := range constants(declaring, "Code") {
		if used[name] {
			out = append(out, value)
		}
	}
	if len(out) < 20 {
		t.Fatalf("the finding codes are %q", out)
	}
	return out
}

// constants gives the constants of a type in a file, by name.
func constants(file *ast.File, typeName string) map[string]string {
	out := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != len(spec.Names) {
			return true
		}
		if ident, ok := spec.Type.(*ast.Ident); !ok || ident.Name != typeName {
			return true
		}
		for i, name := range spec.Names {
			if value, is := stringValue(spec.Values[i]); is {
				out[name.Name] = value
			}
		}
		return true
	})
	return out
}

// refusalCodes are the codes of the values of type reason in package apply.
// Each has to be written out where it is made.
func refusalCodes(t *testing.T) []string {
	t.Helper()
	var out []string
	seen := map[string]bool{}
	for name, file := range parseFolder(t, "pkg/apply") {
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || len(literal.Elts) == 0 {
				return true
			}
			if ident, ok := literal.Type.(*ast.Ident); !ok || ident.Name != "reason" {
				return true
			}
			code, is := codeOf(literal)
			if !is {
				t.Fatalf("%s makes a reason whose code is not written out", name)
			}
			if !seen[code] {
				seen[code] = true
				out = append(out, code)
			}
			return true
		})
	}
	if len(out) < 10 {
		t.Fatalf("the refusal codes are %q", out)
	}
	return out
}

// codeOf gives the code of a reason, which is its first field.
func codeOf(reason *ast.CompositeLit) (string, bool) {
	for _, element := range reason.Elts {
		pair, keyed := element.(*ast.KeyValueExpr)
		if !keyed {
			return stringValue(element)
		}
		if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "code" {
			return stringValue(pair.Value)
		}
	}
	return "", false
}
