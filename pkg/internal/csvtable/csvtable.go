// Package csvtable reads tables as programs and people save them: CSV with a
// header, separated by commas, semicolons, tabs or bars, with the lines before
// the header that some programs write.
//
// It is text in, rows with places out. It must not know what the columns mean.
package csvtable

import (
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Place is a line and a column, both from 1, the column in characters. A zero
// line is the file as a whole.
type Place struct{ Line, Column int }

// Error is text that is no table.
type Error struct {
	At  Place
	Msg string // such as `bare " in non-quoted field`
}

func (e *Error) Error() string { return e.Msg }

// Table is a table whose header has been read.
type Table struct {
	Header []string // as they are in the file
	At     Place    // of the header

	in *csv.Reader
	source
}

// source is the text of a table without the lines before the header.
type source struct {
	text   string
	starts []int // where its lines begin, in bytes
	above  int   // how many lines stood before
}

// Row is one row below the header.
type Row struct {
	Fields []string // as they are in the file

	places []Place
}

// Get gives a field without blanks around it, those of a fixed width included;
// nothing where the row ends before.
func (r Row) Get(field int) string {
	if field < 0 || field >= len(r.Fields) {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(r.Fields[field], "\u00a0", " "))
}

// Place gives where a field stands; that of the nearest one where the row has
// no such field.
func (r Row) Place(field int) Place { return r.places[min(max(field, 0), len(r.places)-1)] }

// IsEmpty reports whether nothing stands in the row, as spreadsheets save the
// rows below the last one.
func (r Row) IsEmpty() bool { return strings.TrimSpace(strings.Join(r.Fields, "")) == "" }

// Fits reports whether a header has the columns that are looked for.
type Fits func(header []string) bool

// Open reads the header of a table. Without a separator (0) it takes the one
// that the text names, or of the usual ones the first with which the header
// fits, in the order of how often they stand in it; where none fits, the first
// of them. The error is of type *Error; io.EOF for an empty text.
func Open(text string, separator rune, fits Fits) (*Table, error) {
	text, named, above := preamble(text)
	s := source{text, lineStarts(text), above}
	if separator == 0 {
		separator = named
	}
	if separator != 0 {
		return s.open(separator)
	}
	candidates := likely(text)
	for _, candidate := range candidates {
		if t, err := s.open(candidate); err == nil && fits(t.Header) {
			return t, nil
		}
	}
	return s.open(candidates[0])
}

func (s source) open(separator rune) (*Table, error) {
	t := &Table{in: csv.NewReader(strings.NewReader(s.text)), source: s}
	t.in.FieldsPerRecord, t.in.Comma = -1, separator
	header, err := t.in.Read()
	if err != nil {
		return nil, t.inWords(err)
	}
	t.Header, t.At = header, Place{t.place(0).Line, 1}
	return t, nil
}

// Rows gives the rows below the header. The last pair has an *Error where the
// text is no table from there on.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			fields, err := t.in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, t.inWords(err))
				return
			}
			row := Row{Fields: fields, places: make([]Place, len(fields))}
			for i := range fields {
				row.places[i] = t.place(i)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// place gives where a field of the last row stands.
func (t *Table) place(field int) Place {
	line, column := t.in.FieldPos(field)
	return t.at(line, column)
}

// at counts characters where the reader counts bytes, and lines of the file.
func (s source) at(line, column int) Place {
	if line < 1 || line > len(s.starts) {
		return Place{line + s.above, column}
	}
	rest := s.text[s.starts[line-1]:]
	return Place{line + s.above, utf8.RuneCountInString(rest[:min(max(column-1, 0), len(rest))]) + 1}
}

// lineStarts gives where each line of a text begins.
func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (t *Table) inWords(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return &Error{At: t.at(parse.Line, parse.Column), Msg: parse.Err.Error()}
	}
	return err
}

// preamble takes off the lines before the header that programs write: the type
// of Export-Csv, and the separator for Excel. It gives the separator if one is
// named, and how many lines were taken off.
func preamble(text string) (rest string, separator rune, lines int) {
	for {
		line, after, found := strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		named, isSeparator := strings.CutPrefix(line, "sep=")
		switch {
		case found && isSeparator && utf8.RuneCountInString(named) == 1 && IsSeparator(firstOf(named)):
			separator = firstOf(named)
		case found && (strings.HasPrefix(line, "#TYPE ") || strings.TrimSpace(line) == ""):
		default:
			return text, separator, lines
		}
		text = after
		lines++
	}
}

func firstOf(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}

// IsSeparator reports whether a character can stand between fields.
func IsSeparator(r rune) bool {
	return r != 0 && r != '"' && r != '\r' && r != '\n' && utf8.ValidRune(r) && r != utf8.RuneError
}

// likely gives the usual separators, those that the header has most of outside
// quotes first.
func likely(text string) []rune {
	header, _, _ := strings.Cut(text, "\n")
	quoted := false
	counts := map[rune]int{}
	for _, r := range header {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[r]++
		}
	}
	out := []rune{',', ';', '\t', '|'}
	slices.SortStableFunc(out, func(a, b rune) int { return counts[b] - counts[a] })
	return out
}
