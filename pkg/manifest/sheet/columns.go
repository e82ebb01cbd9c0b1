package sheet

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// Columns names the columns of a table. An empty name stands for the usual
// ones.
type Columns struct {
	User       string
	SKU        string
	Plans      string // service plans that are off
	Location   string
	Department string
	Path       string // whether a license is assigned directly or comes from a group
}

// column is one of the columns that a table is searched for.
type column struct {
	what    string
	named   string   // by the options
	usual   []string // folded, the best first
	needed  bool
	flag    string
	example string
}

func (c Columns) all() []column {
	return []column{
		{what: "users", named: c.User, needed: true, flag: "--user-column", example: "UserPrincipalName",
			usual: words("userprincipalname upn userupn username user loginname signinname objectid userid")},
		{what: "products", named: c.SKU, needed: true, flag: "--sku-column", example: "Licenses",
			usual: words("skuid skupartnumber accountskuid licenses assignedlicenses license licensename licenseplan skus sku " +
				"productlicenses licensesassigned products product productname")},
		{what: "disabled service plans", named: c.Plans, flag: "--plans-column",
			usual: words("disabledplans disabledserviceplans disabledplan disabledservices")},
		{what: "usage locations", named: c.Location, flag: "--location-column", usual: words("usagelocation")},
		{what: "departments", named: c.Department, flag: "--department-column", usual: words("department")},
		{what: "assignment paths", named: c.Path, flag: "--path-column",
			usual: words("licenseassignmentpath licenseassignmentpaths assignmentpath assignmentpaths assignmenttype")},
	}
}

func words(list string) []string { return strings.Fields(list) }

// fold makes names of columns equal that differ in case, blanks and marks.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// positions are the numbers of the columns, from 0; -1 where there is none.
type positions struct{ user, sku, plans, location, department, path int }

// fits reports whether a header has the columns that a table needs.
func fits(header []string, columns Columns) bool {
	probe := &reader{header: header}
	at := probe.find(columns)
	return at.user >= 0 && at.sku >= 0 && len(probe.errs) == 0
}

// find finds the columns in the header.
func (r *reader) find(columns Columns) positions {
	var out positions
	for i, c := range columns.all() {
		at := r.findOne(c)
		*[]*int{&out.user, &out.sku, &out.plans, &out.location, &out.department, &out.path}[i] = at
	}
	return out
}

func (r *reader) findOne(c column) int {
	wanted := c.usual
	if c.named != "" {
		wanted = []string{fold(c.named)}
	}
	for _, want := range wanted {
		found := -1
		for i, name := range r.header {
			if fold(name) != want {
				continue
			}
			if found >= 0 {
				r.report(r.head, CodeTable, "two columns are called %q", name).Hint = "name one of them differently"
				return found
			}
			found = i
		}
		if found >= 0 {
			return found
		}
	}
	switch {
	case c.named != "":
		r.report(r.head, CodeTable, "there is no column %q", c.named).Hint = r.headerHint()
	case c.needed:
		r.report(r.head, CodeTable, "no column of %s is recognised, such as %s", c.what, c.example).Hint =
			fmt.Sprintf("name it with %s; %s", c.flag, r.headerHint())
	}
	return -1
}

// maxListed is how many columns a hint lists.
const maxListed = 12

func (r *reader) headerHint() string {
	var names []string
	for _, name := range r.header[:min(len(r.header), maxListed)] {
		names = append(names, fmt.Sprintf("%q", clip(name)))
	}
	if len(r.header) > maxListed {
		names = append(names, "…")
	}
	return "the columns are " + strings.Join(names, ", ")
}

// clip shortens a text to what a message can bear.
func clip(text string) string {
	const limit = 60
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}

// report notes an error. A hint can be added to what it gives.
func (r *reader) report(at place, code manifest.Code, format string, args ...any) *manifest.Error {
	e := &manifest.Error{Pos: posIn(r.file, at), Code: code, Msg: fmt.Sprintf(format, args...)}
	r.errs.Add(e)
	return e
}
