package manifest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

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
	t := table{reader: r, file: file, data: bytes.TrimPrefix(found.Data, []byte("\ufeff"))}
	return t.users(column, header)
}

// table is a CSV file that is being read.
type table struct {
	*reader
	file string
	data []byte
}

// separators are what stands between the cells of a CSV file: a comma, or what
// Excel writes in countries where the comma is in numbers, or a tab.
func separators() []rune { return []rune{',', ';', '\t'} }

// users gives those in the cells of a column, each once.
func (t table) users(column strictyaml.Value, header string) []plan.Ref {
	switch {
	case len(t.data) > strictyaml.MaxBytes:
		t.add(strictyaml.Pos{File: t.file}, &Error{Code: strictyaml.CodeTooLarge, Msg: fmt.Sprintf("the file is larger than %d MiB", strictyaml.MaxBytes>>20)})
		return nil
	case !utf8.Valid(t.data):
		t.add(strictyaml.Pos{File: t.file}, &Error{Code: strictyaml.CodeEncoding, Msg: "the file is not UTF-8", Hint: `save it as "CSV UTF-8"`})
		return nil
	}
	var headers [][]string
	for _, separator := range separators() {
		rows := t.rows(separator)
		names, err := rows.Read()
		if err == nil && count(names, header) == 1 {
			return t.column(rows, slices.Index(names, header))
		}
		headers = append(headers, names)
	}
	t.reportColumn(column, header, headers)
	return nil
}

func (t table) rows(separator rune) *csv.Reader {
	rows := csv.NewReader(bytes.NewReader(t.data))
	rows.Comma = separator
	return rows
}

func count(names []string, name string) int {
	n := 0
	for _, s := range names {
		if s == name {
			n++
		}
	}
	return n
}

// reportColumn reports a column that is not there, or there twice. The headers
// are the first line as each separator splits it.
func (t table) reportColumn(column strictyaml.Value, header string, headers [][]string) {
	names := slices.MaxFunc(headers, func(a, b []string) int { return len(a) - len(b) })
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
// length than the header is an error, since its cells may be others'.
func (t table) column(rows *csv.Reader, index int) []plan.Ref {
	lines := lineStarts(t.data)
	var users []plan.Ref
	seen := map[string]bool{}
	for {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return users
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			t.reportLine(broken, rows.FieldsPerRecord)
			if errors.Is(err, csv.ErrFieldCount) {
				continue
			}
			return users
		}
		line, at := rows.FieldPos(index)
		start := lines[line-1]
		pos := strictyaml.Pos{File: t.file, Line: line, Column: utf8.RuneCount(t.data[start:start+at-1]) + 1}
		name := cells[index]
		if problem := userProblem(name); problem != nil {
			t.add(pos, problem)
			continue
		}
		if key := userKey(name); !seen[key] {
			seen[key] = true
			users = append(users, plan.Ref{Name: name, Source: source(pos)})
		}
	}
}

func (t table) reportLine(broken *csv.ParseError, cells int) {
	e := &Error{Code: CodeBadTable, Msg: "this is not CSV: " + broken.Err.Error(), Hint: "put a cell with quotes in it into quotes, and double those within"}
	if errors.Is(broken.Err, csv.ErrFieldCount) {
		e.Msg, e.Hint = fmt.Sprintf("the line has another number of cells than the first one, which has %d", cells), "put a cell with a separator in it into quotes"
	}
	t.add(strictyaml.Pos{File: t.file, Line: broken.StartLine, Column: 1}, e)
}

func (t table) add(at strictyaml.Pos, e *Error) {
	e.Pos = at
	t.errs.Add(e)
}

// lineStarts gives where each line of a text begins.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
