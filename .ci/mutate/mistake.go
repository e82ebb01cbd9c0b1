package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mistake is one small change of one file.
type mistake struct {
	file     string // as given, below the root
	function string // that it is in; empty: in none
	line     int    // from 1
	from, to int    // the bytes that go
	with     string // what comes in their place
	source   []byte // of the whole file
}

// key names a mistake so that the name outlives lines that move.
func (m mistake) key() string {
	start := strings.LastIndexByte(string(m.source[:m.from]), '\n') + 1
	end := m.to
	if i := strings.IndexByte(string(m.source[m.to:]), '\n'); i >= 0 {
		end += i
	}
	was, is := string(m.source[start:end]), string(m.source[start:m.from])+m.with+string(m.source[m.to:end])
	return strings.Join([]string{m.file + " " + cmp.Or(m.function, "-"), oneLine("- " + was), oneLine("+ " + is)}, "\n")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (m mistake) text() []byte {
	return slices.Concat(m.source[:m.from], []byte(m.with), m.source[m.to:])
}

// mistakesIn lists the mistakes of a package's files whose names match, tests
// aside, in their order.
func mistakesIn(pkg, pattern string) ([]mistake, error) {
	files, err := filepath.Glob(filepath.Join(pkg, pattern))
	if err != nil {
		return nil, err
	}
	var out []mistake
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		some, err := mistakesOf(file)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

func mistakesOf(path string) ([]mistake, error) {
	source, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	f := &file{path: filepath.ToSlash(path), source: source, set: token.NewFileSet()}
	tree, err := parser.ParseFile(f.set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range tree.Decls {
		f.function = ""
		if fn, ok := d.(*ast.FuncDecl); ok {
			f.function = fn.Name.Name
		}
		ast.Inspect(d, f.visit)
	}
	slices.SortStableFunc(f.found, func(a, b mistake) int { return cmp.Compare(a.from, b.from) })
	return f.found, nil
}

// file gathers the mistakes of one file.
type file struct {
	path     string
	source   []byte
	set      *token.FileSet
	function string
	found    []mistake
}

// add notes a mistake: with takes the place of what stands from pos to end.
func (f *file) add(pos, end token.Pos, with string) {
	at := f.set.Position(pos)
	f.found = append(f.found, mistake{
		file: f.path, function: f.function, line: at.Line,
		from: at.Offset, to: f.set.Position(end).Offset, with: with, source: f.source,
	})
}

// operators are what is written for what.
var operators = map[token.Token][]token.Token{
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL},
	token.INC: {token.DEC}, token.DEC: {token.INC},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN},
}

func (f *file) swap(pos token.Pos, op token.Token) {
	for _, other := range operators[op] {
		f.add(pos, pos+token.Pos(len(op.String())), other.String())
	}
}

func (f *file) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		f.swap(n.OpPos, n.Op)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			f.add(n.OpPos, n.X.Pos(), "")
		}
	case *ast.IncDecStmt:
		f.swap(n.TokPos, n.Tok)
	case *ast.AssignStmt:
		f.swap(n.TokPos, n.Tok)
		if n.Tok != token.DEFINE {
			f.add(n.Pos(), n.End(), "")
		}
	case *ast.ExprStmt:
		f.add(n.Pos(), n.End(), "")
	case *ast.IfStmt:
		f.negate(n.Cond)
	case *ast.SwitchStmt:
		if n.Tag == nil {
			f.negateCases(n.Body)
		}
	case *ast.BasicLit:
		f.count(n)
	}
	return true
}

func (f *file) negateCases(body *ast.BlockStmt) {
	for _, s := range body.List {
		if c, ok := s.(*ast.CaseClause); ok {
			for _, e := range c.List {
				f.negate(e)
			}
		}
	}
}

// negate turns a condition round that has no operator of its own to change.
func (f *file) negate(e ast.Expr) {
	switch e.(type) {
	case *ast.BinaryExpr, *ast.UnaryExpr:
	default:
		f.add(e.Pos(), e.Pos(), "!")
	}
}

// count makes a number one larger.
func (f *file) count(n *ast.BasicLit) {
	if n.Kind != token.INT {
		return
	}
	if value, err := strconv.Atoi(n.Value); err == nil {
		f.add(n.Pos(), n.End(), strconv.Itoa(value+1))
	}
}
