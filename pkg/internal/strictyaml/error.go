package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a file. Line 0 stands for the file as a whole, the zero
// Pos for no place.
type Pos struct {
	File   string
	Line   int // from 1
	Column int // from 1, in characters
}

// String gives file:line:col, or as much of it as is known.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Compare orders places by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Error is one problem at one place. A person reads Msg, then Hint on a line
// of its own; a program reads Code and Related.
type Error struct {
	Pos     Pos
	Code    Code
	Msg     string // says what is wrong; names the related places too
	Hint    string // says what to do; empty where that is plain
	Related []Pos  // the other places that are concerned
}

// Error gives "file:line:col: message" in one line.
func (e *Error) Error() string {
	if e.Pos == (Pos{}) {
		return e.Msg
	}
	return e.Pos.String() + ": " + e.Msg
}

func (e *Error) compare(f *Error) int {
	return cmp.Or(e.Pos.Compare(f.Pos), cmp.Compare(e.Code, f.Code), cmp.Compare(e.Msg, f.Msg))
}

// Errors collects problems. The zero Errors is empty and ready to use.
type Errors []*Error

// Add appends a problem.
func (es *Errors) Add(e *Error) { *es = append(*es, e) }

// Sort orders the problems by place and drops repetitions: what stands behind
// an anchor is read, and found wrong, once for every alias.
func (es *Errors) Sort() {
	slices.SortStableFunc(*es, (*Error).compare)
	*es = slices.CompactFunc(*es, func(e, f *Error) bool { return e.compare(f) == 0 })
}

// Err returns the list as an error, or nil where it is empty.
func (es Errors) Err() error {
	if len(es) == 0 {
		return nil
	}
	return es
}

// Error gives the problems in their order, one a line.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As and errors.Is look at each problem.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}
