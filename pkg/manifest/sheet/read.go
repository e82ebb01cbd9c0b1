package sheet

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
)

// The problems of tables that manifests do not have.
const (
	CodeTable   manifest.Code = "bad-table"       // no table, or without a column that is needed
	CodeProduct manifest.Code = "unknown-product" // a name of a product or service plan that nobody knows
)

// Options say how to read a table.
type Options struct {
	Columns   Columns
	Separator rune             // 0: found out
	Catalog   *license.Catalog // in which products are looked up
}

// Table is what a table says.
type Table struct {
	Persons    []compose.Person    // who hold a license directly, as the table has them
	Bystanders []compose.Bystander // who hold none
}

// Read reads a table: a header, and rows of a user with one product or with
// all of theirs. The error is of type manifest.Errors.
func Read(f manifest.File, o Options) (Table, error) {
	r := newReader(f.Path, o.Catalog)
	text, bad := decode(f.Path, f.Data)
	if bad != nil {
		return Table{}, manifest.Errors{bad}
	}
	r.read(text, o)
	if len(r.errs) > 0 {
		r.errs.Sort()
		return Table{}, r.errs
	}
	return r.table(), nil
}

// reader is a table being read.
type reader struct {
	file     string
	errs     manifest.Errors
	header   []string
	head     place // of the header
	columns  positions
	products *products
	users    map[string]*user
	order    []*user
	paths    paths
}

func newReader(file string, catalog *license.Catalog) *reader {
	return &reader{file: file, products: newProducts(catalog), users: map[string]*user{}}
}

// row is the fields of a row, with their places.
type row struct {
	fields []string
	at     func(field int) place
}

// get gives a field without blanks around it; nothing where the table has no
// such column or the row ends before.
func (w row) get(column int) string {
	if column < 0 || column >= len(w.fields) {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(w.fields[column], "\u00a0", " "))
}

// place is where a column stands in the row, or the row itself where it does
// not reach so far.
func (w row) place(column int) place {
	return w.at(min(max(column, 0), len(w.fields)-1))
}

// maxErrors bounds the errors that are reported: working out what an unknown
// name may mean takes a moment each.
const maxErrors = 200

func (r *reader) read(text string, o Options) {
	text, named, skipped := preamble(text)
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord, in.Comma = -1, o.Separator
	if in.Comma == 0 {
		in.Comma = named
	}
	if in.Comma == 0 {
		in.Comma = guessSeparator(text)
	}
	at := func(field int) place {
		line, col := in.FieldPos(field)
		return place{line + skipped, col}
	}
	for rows := 0; ; rows++ {
		fields, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			r.end(rows)
			return
		case err != nil:
			r.syntax(err, skipped)
			return
		case rows == 0:
			r.header, r.head = fields, place{at(0).line, 1}
			r.columns = r.find(o.Columns)
			if len(r.errs) > 0 {
				return
			}
		default:
			r.row(row{fields: fields, at: at})
			if len(r.errs) >= maxErrors {
				r.report(place{at(0).line, 1}, CodeTable, "there may be more errors below; reading stops here")
				return
			}
		}
	}
}

// end judges how many rows there were, the header among them.
func (r *reader) end(rows int) {
	switch rows {
	case 0:
		r.report(place{}, CodeTable, "the file is empty").Hint = "the first row names the columns"
	case 1:
		r.report(r.head, CodeTable, "there is no row below the header")
	default:
		r.checkPaths()
	}
}

// syntax reports text that is no table.
func (r *reader) syntax(err error, skipped int) {
	at, msg := place{}, err.Error()
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		at, msg = place{parse.Line + skipped, parse.Column}, parse.Err.Error()
	}
	r.report(at, CodeTable, "this is not a table: %s", msg).Hint = "check the quotes, and name the separator with --separator"
}

// place is a line and a column, both from 1; a zero line is the file as a
// whole.
type place struct{ line, col int }

func (p place) in(file string) strictyaml.Pos {
	return strictyaml.Pos{File: file, Line: p.line, Column: max(p.col, min(p.line, 1))}
}

// isNothing reports a field that says that there is nothing.
func isNothing(text string) bool {
	switch strings.ToLower(text) {
	case "", "-", "none", "unlicensed", "no license", "no licenses", "no license assigned", "n/a":
		return true
	}
	return false
}

// validSeparator reports whether the CSV reader takes a separator.
func validSeparator(r rune) bool {
	return r != 0 && r != '"' && r != '\r' && r != '\n' && utf8.ValidRune(r) && r != utf8.RuneError
}

// ParseSeparator reads a separator as people type it: one character, or the
// word tab.
func ParseSeparator(text string) (rune, error) {
	if strings.EqualFold(text, "tab") || text == `\t` {
		return '\t', nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || !validSeparator(r) {
		return 0, errors.New("a separator is one character, such as ; or tab")
	}
	return r, nil
}
