package sheet

import (
	"slices"
	"strings"
	"unicode"

	"github.com/licensectl/licensectl/pkg/internal/csvtable"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
)

// user is what the rows of a user say together.
type user struct {
	name       string
	location   string
	department string
	held       []sheetLicense
	groups     []string // what comes from groups
}

// sheetLicense is a product of a user, and where that stands.
type sheetLicense struct {
	license.SKU
	off []license.GUID // sorted
	at  place
}

// row takes in one row.
func (r *reader) row(w csvtable.Row) {
	if w.IsEmpty() {
		return
	}
	if len(w.Fields) > len(r.header) {
		r.report(w.Place(len(r.header)), CodeTable, "the row has %d fields, the header %d", len(w.Fields), len(r.header)).Hint =
			"put a field that has the separator in it into quotes"
		return
	}
	u := r.user(w)
	if u == nil {
		return
	}
	r.location(u, w)
	if u.department == "" {
		u.department = w.Get(r.columns.department)
	}
	skus := r.skus(w)
	path := w.Get(r.columns.path)
	r.paths.note(path, w.Place(r.columns.path))
	if isInherited(path) {
		for _, sku := range skus {
			u.groups = append(u.groups, sku.PartNumber+" from "+path)
		}
		return
	}
	off := r.disabled(r.plans(w, skus), skus, w)
	for _, sku := range skus {
		r.hold(u, sku, off[sku.ID], w)
	}
}

// paths is what a table tells of how licenses are assigned.
type paths struct {
	told  bool   // some row uses a known word, or none
	word  string // the first that may be the name of a group, or a word in another language
	place place
}

func (p *paths) note(path string, at place) {
	folded := strings.ToLower(path)
	switch {
	case path == "", strings.Contains(folded, "direct"), strings.Contains(folded, "inherit"):
		p.told = true
	case p.word == "":
		p.word, p.place = path, at
	}
}

// checkPaths refuses a table in which no row says that a license is direct or
// inherited. What is taken for the name of a group is left out of the entry,
// and a license that is the user's own after all would be taken away.
func (r *reader) checkPaths() {
	if r.paths.told || r.paths.word == "" {
		return
	}
	r.report(r.paths.place, CodeTable, "%q may be a group or another word for direct: no row has a known one", clip(r.paths.word)).Hint =
		"write Direct, or nothing, where the license is the user's own, and Inherited where it comes from a group"
}

// isInherited reports an assignment path that names a group alone. One that
// is direct as well is not: left out of the entry, the direct license would be
// taken away.
func isInherited(path string) bool {
	folded := strings.ToLower(path)
	switch {
	case path == "":
		return false
	case strings.Contains(folded, "inherit"):
		words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
		return !slices.Contains(words, "direct") && !slices.Contains(words, "directly")
	default:
		return !strings.Contains(folded, "direct") || strings.Contains(folded, "indirect")
	}
}

// user finds the user of a row.
func (r *reader) user(w csvtable.Row) *user {
	name := w.Get(r.columns.user)
	at := w.Place(r.columns.user)
	switch {
	case name == "":
		r.report(at, manifest.CodeBadUser, "the row names no user")
		return nil
	case !manifest.IsUser(name):
		r.report(at, manifest.CodeBadUser, "%q is not a user", clip(name)).Hint =
			"a user principal name such as ada@contoso.com, or an object id"
		return nil
	}
	key := license.UPNKey(name)
	if r.users[key] == nil {
		r.users[key] = &user{name: name}
		r.order = append(r.order, r.users[key])
	}
	return r.users[key]
}

// location takes in the usage location of a row, which has to be that of the
// user's other rows.
func (r *reader) location(u *user, w csvtable.Row) {
	text := w.Get(r.columns.location)
	if isNothing(text) {
		return
	}
	code := strings.ToUpper(text)
	at := w.Place(r.columns.location)
	switch {
	case !license.IsCountry(code):
		r.report(at, manifest.CodeBadCountry, "%q is not an ISO 3166-1 alpha-2 country code", clip(text)).Hint = "two letters, such as DE or US"
	case u.location != "" && u.location != code:
		r.report(at, manifest.CodeBadCountry, "%s has the usage location %s here and %s above", u.name, code, u.location)
	default:
		u.location = code
	}
}

// skus reads the products of a row.
func (r *reader) skus(w csvtable.Row) []license.SKU {
	text := w.Get(r.columns.sku)
	if isNothing(text) {
		return nil
	}
	found, err := r.products.list(text)
	if err != nil {
		r.report(w.Place(r.columns.sku), CodeProduct, "%v", err).Hint = hintOf(err)
	}
	return found
}

// plans reads the service plans that are off, by product: each goes to the
// products of the row that have it.
func (r *reader) plans(w csvtable.Row, skus []license.SKU) map[license.GUID][]license.GUID {
	text := w.Get(r.columns.plans)
	if isNothing(text) || len(skus) == 0 {
		return nil
	}
	out, err := r.products.plans(text, skus)
	if err != nil {
		r.report(w.Place(r.columns.plans), CodeProduct, "%v", err).Hint = hintOf(err)
	}
	return out
}

// hold notes that a user holds a product, once.
func (r *reader) hold(u *user, sku license.SKU, off []license.GUID, w csvtable.Row) {
	at := w.Place(r.columns.sku)
	off = license.SortedGUIDs(off)
	for _, h := range u.held {
		if h.ID != sku.ID {
			continue
		}
		if !license.EqualGUIDs(h.off, off) {
			r.report(at, manifest.CodeDuplicateSKU, "%s holds %s here and on line %d with other service plans", u.name, sku.PartNumber, h.at.Line)
		}
		return
	}
	u.held = append(u.held, sheetLicense{SKU: sku, off: off, at: at})
	if len(u.held) == manifest.MaxLicenses+1 {
		r.report(at, manifest.CodeTooMany, "these are more than %d licenses for one user", manifest.MaxLicenses)
	}
}

// table gives what was read.
func (r *reader) table() Table {
	out := Table{Unread: r.unread}
	spelling := compose.NewSpelling(r.products.catalog)
	for _, u := range r.order {
		remark := strings.Join(u.groups, ", ")
		if len(u.held) == 0 {
			if remark == "" {
				remark = "no license"
			}
			out.Omitted = append(out.Omitted, compose.OmittedUser{Name: u.name, Department: u.department, Remark: remark})
			continue
		}
		p := compose.Person{Name: u.name, UsageLocation: u.location, Department: u.department, Remark: remark}
		for _, h := range u.held {
			p.Licenses = append(p.Licenses, spelling.License(h.SKU, h.off))
		}
		out.Persons = append(out.Persons, p)
	}
	return out
}
