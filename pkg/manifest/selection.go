package manifest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

var (
	selectionKeys = []string{"group", "filter", "csv", "column", "department", "country", "userType", "accountEnabled",
		"allowEmpty", "from", "until"}
	attributeKeys = []string{"department", "country", "userType", "accountEnabled"}
)

// selection is one selection of a UserLicenses document. Its users are to hold
// the defaults of the document.
type selection struct {
	at         plan.Source
	name       string
	query      plan.Query
	users      []plan.Ref
	allowEmpty bool
	window     plan.Window
}

// readSelections reads what stands under select: one selection, or a list.
func (r *reader) readSelections(v strictyaml.Value) []selection {
	switch v.Kind() {
	case strictyaml.KindAbsent, strictyaml.KindList:
	case strictyaml.KindMapping:
		return []selection{r.readSelection(v)}
	default:
		v.WrongType("a mapping, or a list of them").Hint = "write {group: Sales}, for example"
		return nil
	}
	items, ok := v.Items()
	if ok && v.Len() == 0 {
		v.Errorf(CodeBadSelection, "select: name at least one selection").Hint = "remove the key to select nobody"
	}
	var out []selection
	for item := range items {
		out = append(out, r.readSelection(item))
	}
	return out
}

func (r *reader) readSelection(v strictyaml.Value) selection {
	before := len(r.errs)
	m, _ := v.Mapping(selectionKeys)
	if len(r.errs) > before {
		return selection{} // a key that is misspelt says nothing of what was meant
	}
	s := selection{at: source(v.Pos()), window: readWindow(m)}
	s.allowEmpty, _ = m.Get("allowEmpty").Bool()
	column, filter := m.Get("column"), readAttributes(m)
	given, attributes := presentKeys(m, "group", "filter", "csv"), presentKeys(m, attributeKeys...)
	if column.Present() && !m.Get("csv").Present() {
		column.Errorf(CodeBadSelection, "column is given without csv").Hint = "name the file: {csv: people.csv, column: …}"
	}
	switch {
	case len(given) == 1 && len(attributes) == 0:
		r.readWho(m, &s)
	case len(given) == 0 && len(attributes) > 0:
		s.query.Filter = filter
	default:
		v.Errorf(CodeBadSelection, "a selection is by one of group, filter, csv or attributes, and this is by %s", kindsOf(given, len(attributes))).Hint =
			"the attributes are " + strings.Join(attributeKeys, ", ") + "; for several selections write a list"
	}
	if s.query != (plan.Query{}) {
		s.name = s.query.String()
	}
	return s
}

// readWho reads the one key of group, filter and csv that is given.
func (r *reader) readWho(m strictyaml.Mapping, s *selection) {
	s.query = plan.Query{Group: readGroup(m.Get("group")), Filter: readFilter(m.Get("filter"))}
	if v := m.Get("csv"); v.Present() {
		s.name = v.Literal()
		s.users = r.readTable(v, m.Need("column"))
	}
}

// readGroup reads the display name or the object id of a group. Ids are alike
// in any case.
func readGroup(v strictyaml.Value) string {
	name := readRef(v).Name
	if id, err := license.ParseGUID(name); err == nil {
		return id.String()
	}
	return name
}

// presentKeys gives those of the keys that a mapping has.
func presentKeys(m strictyaml.Mapping, keys ...string) []string {
	var out []string
	for _, key := range keys {
		if m.Get(key).Present() {
			out = append(out, key)
		}
	}
	return out
}

// kindsOf tells for people what a selection is by.
func kindsOf(given []string, attributes int) string {
	if attributes > 0 {
		given = append(given, "attributes")
	}
	if len(given) == 0 {
		return "none of them"
	}
	return strings.Join(given, " and ")
}

// maxFilterLength keeps a filter within the address of a request, in
// characters. With advanced queries that is 2,048 characters as a whole (Graph
// docs, filter parameter).
const maxFilterLength = 1000

func readFilter(v strictyaml.Value) string {
	filter, ok := v.Str()
	switch {
	case !ok:
	case strings.TrimSpace(filter) == "":
		v.Errorf(CodeBadSelection, "the filter is empty").Hint = "write what $filter of GET /users takes, such as \"department eq 'Sales'\""
	case utf8.RuneCountInString(filter) > maxFilterLength:
		v.Errorf(CodeBadSelection, "the filter is longer than %d characters", maxFilterLength).Hint = "write several selections, or make a group"
	}
	return filter
}

// maxValues is how many values a filter of the service takes for one property
// (microsoft-graph-docs#21098).
const maxValues = 15

// readAttributes turns attributes into the filter that they stand for, in the
// order of the documentation.
func readAttributes(m strictyaml.Mapping) string {
	var parts []string
	for _, key := range []string{"department", "country"} {
		if v := m.Get(key); v.Present() {
			parts = append(parts, textFilter(key, readValues(v)))
		}
	}
	if kind, ok := m.Get("userType").OneOf("Member", "Guest"); ok {
		parts = append(parts, textFilter("userType", []string{kind}))
	}
	if enabled, ok := m.Get("accountEnabled").Bool(); ok {
		parts = append(parts, fmt.Sprintf("accountEnabled eq %v", enabled))
	}
	return strings.Join(parts, " and ")
}

// readValues reads one text or a list of them.
func readValues(v strictyaml.Value) []string {
	if v.Kind() != strictyaml.KindList {
		return []string{readAttribute(v)}
	}
	if v.Len() == 0 || v.Len() > maxValues {
		v.Errorf(CodeBadSelection, "want 1 to %d values, found %d", maxValues, v.Len()).Hint = "write several selections, or make a group"
	}
	items, _ := v.Items()
	var out []string
	seen := make(itemIndex, v.Len())
	for item := range items {
		value := readAttribute(item)
		seen.add(item, value)
		out = append(out, value)
	}
	return out
}

func readAttribute(v strictyaml.Value) string {
	text, ok := v.Str()
	if ok && (text == "" || strings.TrimSpace(text) != text || utf8.RuneCountInString(text) > maxRefLength) {
		v.Errorf(CodeBadSelection, "the value %q is empty, too long, or has blanks around it", text)
	}
	return text
}

// textFilter is the OData filter for a property that is one of the values.
func textFilter(property string, values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		// In an OData string an apostrophe is doubled.
		quoted[i] = "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	if len(quoted) == 1 {
		return property + " eq " + quoted[0]
	}
	return property + " in (" + strings.Join(quoted, ",") + ")"
}
