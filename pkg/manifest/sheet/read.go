package sheet

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/csvtable"
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

	// Aliases are names of products that the table has and the catalog does not,
	// with what the catalog calls these; case and blanks around do not count. Nil:
	// there are none.
	Aliases map[string]string
}

// Table is what a table says.
type Table struct {
	Persons []compose.Person      // who hold a license directly, as the table has them
	Omitted []compose.OmittedUser // who hold none
	Unread  []string              // the columns that nothing is read of, in the order of the table; nil: none
}

// Read reads a table: a header, and rows of a user with one product or with
// all of theirs. The error is of type manifest.Errors.
func Read(f manifest.File, o Options) (Table, error) {
	r := newReader(f.Path, newProducts(o.Catalog, o.Aliases))
	text, bad := decode(f.Path, f.Data)
	if bad != nil {
		return Table{}, manifest.Errors{bad}
	}
	r.read(text, o)
	if len(r.errs) > 0 {
		errs := r.gathered()
		errs.Sort()
		return Table{}, errs
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

	planColumns []planColumn
	unread      []string       // names of columns
	sample      []csvtable.Row // the first ones
}

func newReader(file string, products *products) *reader {
	return &reader{file: file, products: products, users: map[string]*user{}}
}

// maxErrors bounds the errors that are reported: working out what an unknown
// name may mean takes a moment each.
const maxErrors = 200

func (r *reader) read(text string, o Options) {
	table, err := csvtable.Open(text, o.Separator, func(header []string) bool { return fits(header, o.Columns) })
	switch {
	case errors.Is(err, io.EOF):
		r.report(place{}, CodeTable, "the file is empty").Hint = "the first row names the columns"
		return
	case err != nil:
		r.syntax(err)
		return
	}
	r.header, r.head = table.Header, table.At
	r.columns = r.find(o.Columns)
	if len(r.errs) > 0 {
		return
	}
	r.findPlans()
	rows := 0
	for row, err := range table.Rows() {
		if err != nil {
			r.syntax(err)
			return
		}
		rows++
		if len(r.sample) < sampleRows {
			r.sample = append(r.sample, row)
		}
		r.row(row)
		if len(r.errs) >= maxErrors {
			r.report(place{Line: row.Place(0).Line, Column: 1}, CodeTable, "there may be more errors below; reading stops here")
			return
		}
	}
	if rows == 0 {
		r.report(r.head, CodeTable, "there is no row below the header")
		return
	}
	r.checkPaths()
}

// syntax reports text that is no table.
func (r *reader) syntax(err error) {
	at := place{}
	if broken, ok := errors.AsType[*csvtable.Error](err); ok {
		at = broken.At
	}
	r.report(at, CodeTable, "this is not a table: %s", err).Hint = "check the quotes, and name the separator with --separator"
}

// place is where something stands in the table.
type place = csvtable.Place

// posIn is a place in a file, as errors have it.
func posIn(file string, p place) strictyaml.Pos {
	return strictyaml.Pos{File: file, Line: p.Line, Column: max(p.Column, min(p.Line, 1))}
}

// isNothing reports a field that says that there is nothing.
func isNothing(text string) bool {
	switch strings.ToLower(text) {
	case "", "-", "none", "unlicensed", "no license", "no licenses", "no license assigned", "n/a":
		return true
	}
	return false
}

// ParseSeparator reads a separator as people type it: one character, or the
// word tab.
func ParseSeparator(text string) (rune, error) {
	if strings.EqualFold(text, "tab") || text == `\t` {
		return '\t', nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || !csvtable.IsSeparator(r) {
		return 0, errors.New("a separator is one character, such as ; or tab")
	}
	return r, nil
}
