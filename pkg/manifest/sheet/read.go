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
	file       string
	errs       manifest.Errors
	header     []string
	headerLine int
	columns    places
	products   *products
	users      map[string]*user
	order      []*user
}

func newReader(file string, catalog *license.Catalog) *reader {
	return &reader{file: file, products: newProducts(catalog), users: map[string]*user{}}
}

// row is the fields of a row, with their places.
type row struct {
	fields []string
	at     func(field int) (line, col int)
}

// get gives a field without blanks around it; nothing where the table has no
// such column or the row ends before.
func (w row) get(column int) string {
	if column < 0 || column >= len(w.fields) {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(w.fields[column], "\u00a0", " "))
}

func (w row) place(column int) (line, col int) {
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
	at := func(field int) (line, col int) {
		line, col = in.FieldPos(field)
		return line + skipped, col
	}
	rows := 0
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.syntax(err, skipped)
			return
		}
		if r.header == nil {
			r.header = fields
			r.headerLine, _ = at(0)
			r.columns = r.find(o.Columns)
			if len(r.errs) > 0 {
				return
			}
			continue
		}
		rows++
		r.row(row{fields: fields, at: at})
		if len(r.errs) >= maxErrors {
			line, _ := at(0)
			r.report(line, 1, CodeTable, "there may be more errors below; reading stops here")
			return
		}
	}
	switch {
	case r.header == nil:
		r.report(0, 0, CodeTable, "the file is empty").Hint = "the first row names the columns"
	case rows == 0:
		r.report(r.headerLine, 1, CodeTable, "there is no row below the header")
	}
}

// syntax reports text that is no table.
func (r *reader) syntax(err error, skipped int) {
	line, col, msg := 0, 0, err.Error()
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		line, col, msg = parse.Line+skipped, parse.Column, parse.Err.Error()
	}
	r.report(line, col, CodeTable, "this is not a table: %s", msg).Hint = "check the quotes, and name the separator with --separator"
}

// at is a place in a file.
func at(file string, line, col int) strictyaml.Pos {
	return strictyaml.Pos{File: file, Line: line, Column: max(col, min(line, 1))}
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
