package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/csvtable"
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

// tablePath gives the path of a table that a manifest names. It lies in the
// folder of the manifest or below it, whatever is loaded beside: a manifest
// means the same wherever a command is run, and leads nowhere else. The name
// has to be that of a CSV file, so that no other file is quoted in errors.
func tablePath(manifest, name string) (string, *Error) {
	e := &Error{Code: CodeBadPath}
	clean := path.Clean(name)
	switch {
	case manifest == Stdin:
		e.Msg, e.Hint = "a manifest from standard input has no folder to find a table in", "give the manifest as a file"
	case strings.ContainsAny(name, `\:`) || !fs.ValidPath(clean):
		e.Msg = fmt.Sprintf("%q leads out of the folder of the manifest", name)
		e.Hint = "put the table beside the manifest or below, and write its path from there, with forward slashes"
	case !strings.EqualFold(path.Ext(clean), ".csv"):
		e.Msg, e.Hint = fmt.Sprintf("%q is not the name of a CSV file", name), "give the table a name that ends in .csv"
	default:
		return path.Join(path.Dir(manifest), clean), nil
	}
	return "", e
}

// readTable reads the users of a column of the table that v names.
func (r *reader) readTable(v, column strictyaml.Value) []plan.Ref {
	name, named := v.Str()
	header, ok := column.Str()
	if !named || !ok {
		return nil
	}
	file, problem := tablePath(v.Pos().File, name)
	found, loaded := r.tables[file]
	switch {
	case problem != nil:
	case !loaded:
		problem = &Error{Code: CodeBadPath, Msg: fmt.Sprintf("the table %q is not among the files", name)}
	case found.Problem != "":
		problem = &Error{Code: CodeBadPath, Msg: fmt.Sprintf("the table %q: %s", name, found.Problem)}
	}
	if problem != nil {
		v.Errorf(problem.Code, "%s", problem.Msg).Hint = problem.Hint
		return nil
	}
	t := table{reader: r, file: file, text: string(bytes.TrimPrefix(found.Data, []byte("\ufeff")))}
	return t.users(column, header)
}

// table is a CSV file that is being read.
type table struct {
	*reader
	file string
	text string
}

// users gives those in the cells of a column, each once.
func (t table) users(column strictyaml.Value, header string) []plan.Ref {
	switch {
	case len(t.text) > strictyaml.MaxBytes:
		t.add(csvtable.Place{}, &Error{Code: strictyaml.CodeTooLarge, Msg: fmt.Sprintf("the file is larger than %d MiB", strictyaml.MaxBytes>>20)})
		return nil
	case !utf8.ValidString(t.text):
		t.add(csvtable.Place{}, &Error{Code: strictyaml.CodeEncoding, Msg: "the file is neither UTF-8 nor UTF-16", Hint: `save it as "CSV UTF-8"`})
		return nil
	}
	hasColumn := func(names []string) bool { return count(names, header) == 1 }
	read, err := csvtable.Open(t.text, 0, hasColumn)
	switch {
	case errors.Is(err, io.EOF):
		t.reportColumn(column, header, nil)
		return nil
	case err != nil:
		t.reportSyntax(err)
		return nil
	case !hasColumn(read.Header):
		t.reportColumn(column, header, read.Header)
		return nil
	}
	return t.column(read, slices.IndexFunc(read.Header, func(name string) bool { return strings.TrimSpace(name) == header }))
}

// count tells how many columns have a name; blanks around it are nobody's.
func count(names []string, name string) int {
	n := 0
	for _, s := range names {
		if strings.TrimSpace(s) == name {
			n++
		}
	}
	return n
}

// reportColumn reports a column that is not there, or there twice.
func (t table) reportColumn(column strictyaml.Value, header string, names []string) {
	if count(names, header) > 1 {
		column.Errorf(CodeBadTable, "%s has %d columns of the name %q", t.file, count(names, header), header)
		return
	}
	e := column.Errorf(CodeBadTable, "%s has no column %q", t.file, header)
	e.Hint = strictyaml.DidYouMean(header, names)
	if e.Hint == "" {
		e.Hint = "the first line has to name the columns"
	}
}

// column reads the cells of a column below the header. A line of another
// length than the header is an error, since its cells may be others'. A line of
// empty cells, as spreadsheets leave them, names nobody.
func (t table) column(read *csvtable.Table, index int) []plan.Ref {
	var users []plan.Ref
	seen := map[string]bool{}
	for row, err := range read.Rows() {
		switch {
		case err != nil:
			t.reportSyntax(err)
			return users
		case len(row.Fields) != len(read.Header):
			t.add(csvtable.Place{Line: row.Place(0).Line, Column: 1}, &Error{
				Code: CodeBadTable, Msg: fmt.Sprintf("the line has another number of cells than the first one, which has %d", len(read.Header)),
				Hint: "put a cell with a separator in it into quotes",
			})
			continue
		case len(row.Fields) > 1 && row.IsEmpty():
			continue
		}
		name, at := row.Fields[index], row.Place(index)
		if problem := userProblem(name); problem != nil {
			t.add(at, problem)
			continue
		}
		if key := userKey(name); !seen[key] {
			seen[key] = true
			users = append(users, plan.Ref{Name: name, Source: source(t.pos(at))})
		}
	}
	return users
}

func (t table) reportSyntax(err error) {
	at := csvtable.Place{}
	if broken, ok := errors.AsType[*csvtable.Error](err); ok {
		at = csvtable.Place{Line: broken.At.Line, Column: 1}
	}
	t.add(at, &Error{Code: CodeBadTable, Msg: "this is not CSV: " + err.Error(), Hint: "put a cell with quotes in it into quotes, and double those within"})
}

func (t table) pos(at csvtable.Place) strictyaml.Pos {
	return strictyaml.Pos{File: t.file, Line: at.Line, Column: at.Column}
}

func (t table) add(at csvtable.Place, e *Error) {
	e.Pos = t.pos(at)
	t.errs.Add(e)
}
