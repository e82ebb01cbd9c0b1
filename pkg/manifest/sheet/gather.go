package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/csvtable"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// mostAlike is how many errors of one kind, each about another text, are told
// one by one. More of them have one cause: another column is meant.
const mostAlike = 10

// sampleRows is how many rows are looked at to find out which column is meant.
const sampleRows = 50

// gathered puts errors that are alike together: those that say the same, and
// those of one kind that are too many. Each stands at its first place, with how
// many rows it is about.
func (r *reader) gathered() manifest.Errors {
	kinds := map[manifest.Code]int{}
	for _, e := range r.errs {
		kinds[e.Code]++
	}
	same := map[string][]*manifest.Error{}
	var order []string
	for _, e := range r.errs {
		key := string(e.Code) + " " + e.Msg
		if kinds[e.Code] > mostAlike && isOfText(e.Code) {
			key = string(e.Code)
		}
		if same[key] == nil {
			order = append(order, key)
		}
		same[key] = append(same[key], e)
	}
	var out manifest.Errors
	for _, key := range order {
		out.Add(r.together(same[key]))
	}
	return out
}

// isOfText reports a kind of error that is about the text of a field, and comes
// in every row where another column is meant.
func isOfText(code manifest.Code) bool {
	return code == manifest.CodeBadUser || code == CodeProduct || code == manifest.CodeBadCountry
}

// together makes one error of some that are alike.
func (r *reader) together(alike []*manifest.Error) *manifest.Error {
	first := *alike[0]
	if len(alike) == 1 {
		return &first
	}
	first.Msg += fmt.Sprintf("; %s alike, in lines %s", quantity.Of(len(alike), "error"), linesInShort(alike))
	if column := r.meant(first.Code); column != "" {
		flag := map[manifest.Code]string{manifest.CodeBadUser: "--user-column", CodeProduct: "--sku-column", manifest.CodeBadCountry: "--location-column"}[first.Code]
		first.Hint = fmt.Sprintf("the column %q seems to be meant: name it with %s", clip(column), flag)
	}
	return &first
}

// linesInShort lists the lines of errors: "2-57, 60 and 3 more".
func linesInShort(list []*manifest.Error) string {
	const most = 5
	var lines []int
	for _, e := range list {
		lines = append(lines, e.Pos.Line)
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	var parts []string
	for i := 0; i < len(lines); {
		if len(parts) == most {
			return strings.Join(parts, ", ") + " and " + quantity.Text(len(lines)-i) + " more"
		}
		end := i
		for end+1 < len(lines) && lines[end+1] == lines[end]+1 {
			end++
		}
		part := fmt.Sprint(lines[i])
		if end > i {
			part += fmt.Sprintf("-%d", lines[end])
		}
		parts = append(parts, part)
		i = end + 1
	}
	return strings.Join(parts, ", ")
}

// meant gives the column in which most of the first rows have what an error
// misses; empty where there is none, or the one that was read is right mostly.
func (r *reader) meant(code manifest.Code) string {
	fits, read := map[manifest.Code]func(string) bool{
		manifest.CodeBadUser: manifest.IsUser,
		CodeProduct:          func(text string) bool { _, err := r.products.list(text); return err == nil },
	}[code], r.columns.user
	if fits == nil {
		return ""
	}
	if code == CodeProduct {
		read = r.columns.sku
	}
	best, most := -1, len(r.sample)/2
	for column := range r.header {
		if n := countFitting(r.sample, column, fits); n > most {
			best, most = column, n
		}
	}
	if best < 0 || best == read {
		return ""
	}
	return r.header[best]
}

// countFitting counts the rows whose field is what is looked for.
func countFitting(sample []csvtable.Row, column int, fits func(string) bool) int {
	n := 0
	for _, row := range sample {
		if text := row.Get(column); !isNothing(text) && fits(text) {
			n++
		}
	}
	return n
}
