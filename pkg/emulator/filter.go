package emulator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// filter is a $filter that the service supports, ready to be asked. A nil
// filter lets everything pass.
type filter struct{ root node }

// subject is what a filter is asked of: a user, a group or an item of a list of
// theirs.
type subject interface {
	text(property string) string   // empty for none; of a time its timeText
	holds(skuID license.GUID) bool // by whatever path
	holdsAny() bool
	items(list string) []item // nil for none
}

// item is what a list of an object holds: its properties, or with an empty name
// the value that it is.
type item map[string]string

func (i item) text(property string) string { return i[property] }
func (item) holds(license.GUID) bool       { return false }
func (item) holdsAny() bool                { return false }
func (item) items(string) []item           { return nil }

// filterSchema is what a filter may name in a kind of object.
type filterSchema struct {
	resource string // as the service calls it: "User"
	texts    []string
	sorts    []string // what a list is sorted by without an advanced query
	flags    []string // true, false or null
	times    []string
	lists    []string // of texts
	maybe    []string // what Graph filters by, and the emulator does not
}

// The service's bounds on a filter (microsoft-graph-docs#21098 and #3641).
const (
	mostAlternatives = 15
	mostHeight       = 3
)

// newFilter reads a $filter and checks that the service supports it. An empty
// text is no filter.
func (schema filterSchema) newFilter(text string, level queryLevel) (*filter, *apiError) {
	if text == "" {
		return nil, nil
	}
	root, err := parseFilter(text)
	if err != nil {
		return nil, ptr(malformed("Invalid filter clause: " + err.Error()))
	}
	if root.height() > mostHeight {
		return nil, ptr(unsupported("The filter expression is of excessive height."))
	}
	check := filterCheck{schema: schema, level: level}
	if err := check.node(root); err != nil {
		return nil, err
	}
	if check.needsIndex && level == queryDefault || check.signIns && check.others {
		return nil, ptr(unsupported("Unsupported Query."))
	}
	return &filter{root: root}, nil
}

// queryLevel tells a query with what advanced queries need, the header
// ConsistencyLevel: eventual and $count=true, from one without.
type queryLevel int

const (
	queryDefault queryLevel = iota
	queryAdvanced
)

// filterCheck walks a filter and finds what the service does not support.
type filterCheck struct {
	schema     filterSchema
	level      queryLevel
	needsIndex bool // an advanced feature was seen
	signIns    bool // a time of a sign-in was seen, which goes with nothing else
	others     bool // another property was seen
}

func (f *filterCheck) node(n node) *apiError {
	switch n := n.(type) {
	case junction:
		return f.junction(n)
	case negation:
		f.needsIndex = true
		return f.node(n.part)
	case comparison:
		return f.comparison(n)
	case affix:
		f.needsIndex, f.others = f.needsIndex || n.end, true
		return f.schema.checkProperty(n.path, literal{kind: literalString})
	case anyItem:
		f.others = true
		return f.anyItem(n)
	}
	panic(fmt.Sprintf("emulator: a filter node of type %T", n))
}

func (f *filterCheck) junction(n junction) *apiError {
	if n.word == joinOr {
		if err := f.alternatives(len(n.parts)); err != nil {
			return err
		}
		if slices.ContainsFunc(n.parts, aboutLicenses) {
			return ptr(unsupported("Complex query on property assignedLicenses is not supported."))
		}
	}
	for _, part := range n.parts {
		if err := f.node(part); err != nil {
			return err
		}
	}
	return nil
}

func (f *filterCheck) alternatives(n int) *apiError {
	if n <= mostAlternatives || f.level == queryAdvanced {
		return nil
	}
	return ptr(unsupported(fmt.Sprintf(
		"Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: %d", n, mostAlternatives)))
}

func aboutLicenses(n node) bool {
	switch n := n.(type) {
	case anyItem:
		return n.path == "assignedLicenses"
	case comparison:
		return n.path == licenseCount
	case negation:
		return aboutLicenses(n.part)
	case junction:
		return slices.ContainsFunc(n.parts, aboutLicenses)
	}
	return false
}

// signInPath begins the times of a user's sign-ins, which a filter names with
// nothing else (Graph docs, user resource: signInActivity).
const signInPath = "signInActivity/"

// licenseCount is the one collection that can be counted in a filter.
const licenseCount = "assignedLicenses/$count"

func (f *filterCheck) comparison(n comparison) *apiError {
	if n.op == "gt" || n.op == "lt" {
		return f.schema.unsupportedClause(n.path)
	}
	aboutSignIns := strings.HasPrefix(n.path, signInPath)
	f.needsIndex = f.needsIndex || n.op == "ne" && !aboutSignIns
	f.signIns, f.others = f.signIns || aboutSignIns, f.others || !aboutSignIns
	if n.path == licenseCount {
		f.needsIndex = true
		if n.values[0] != (literal{literalNumber, "0"}) || n.op != "eq" && n.op != "ne" {
			return f.schema.unsupportedClause("assignedLicenses")
		}
		return nil
	}
	if n.op == "in" {
		if err := f.alternatives(len(n.values)); err != nil {
			return err
		}
	}
	for _, value := range n.values {
		if err := f.schema.checkProperty(n.path, value); err != nil {
			return err
		}
	}
	return nil
}

// anyItem checks a lambda: over the products, the plans or the texts of a list.
func (f *filterCheck) anyItem(n anyItem) *apiError {
	switch {
	case n.path == "assignedLicenses":
		return f.schema.checkLicense(n)
	case n.path == "assignedPlans" && f.schema.resource == "User":
		f.needsIndex = true
		return f.schema.checkParts(n, map[string]literalKind{"servicePlanId": literalGUID, "capabilityStatus": literalString, "service": literalString})
	case n.path == "identities" && f.schema.resource == "User":
		if _, both := n.body.(junction); !both {
			return f.schema.unsupportedClause(n.path)
		}
		return f.schema.checkParts(n, map[string]literalKind{"issuer": literalString, "issuerAssignedId": literalString})
	case slices.Contains(f.schema.lists, n.path):
		return f.listItem(n)
	}
	return f.schema.unsupportedClause(n.path)
}

// checkLicense checks assignedLicenses/any(u:u/skuId eq GUID), the one lambda
// over products that is documented. The GUID is not quoted.
func (schema filterSchema) checkLicense(n anyItem) *apiError {
	body, ok := n.body.(comparison)
	if !ok || body.path != "skuId" || body.op != "eq" {
		return schema.unsupportedClause(n.path)
	}
	if body.values[0].kind != literalGUID {
		return incompatible("Edm.Guid", body.values[0])
	}
	return nil
}

// checkParts checks a lambda over items that have properties, which are compared
// by eq and joined with "and".
func (schema filterSchema) checkParts(n anyItem, kinds map[string]literalKind) *apiError {
	parts := []node{n.body}
	if all, ok := n.body.(junction); ok && all.word == joinAnd {
		parts = all.parts
	}
	for _, part := range parts {
		body, ok := part.(comparison)
		kind, known := kinds[body.path]
		switch {
		case !ok:
			return schema.unsupportedClause(n.path)
		case !known || body.op != "eq":
			return schema.unsupportedClause(n.path + "/" + body.path)
		case body.values[0].kind != kind:
			return incompatible(map[literalKind]string{literalGUID: "Edm.Guid", literalString: "Edm.String"}[kind], body.values[0])
		}
	}
	return nil
}

// listItem checks a lambda over a list of texts: x eq 'y', startsWith(x,'y') or
// endsWith(x,'y').
func (f *filterCheck) listItem(n anyItem) *apiError {
	switch body := n.body.(type) {
	case comparison:
		if body.path != "" || body.op != "eq" {
			return f.schema.unsupportedClause(n.path)
		}
		if body.values[0].kind != literalString {
			return incompatible("Edm.String", body.values[0])
		}
		return nil
	case affix:
		f.needsIndex = f.needsIndex || body.end
		if body.path == "" {
			return nil
		}
	}
	return f.schema.unsupportedClause(n.path)
}

func (schema filterSchema) unsupportedClause(path string) *apiError {
	if name, _, _ := strings.Cut(path, "/"); slices.Contains(schema.maybe, name) {
		return ptr(notEmulated(fmt.Sprintf("filters by '%s'", name)))
	}
	return ptr(unsupported(fmt.Sprintf("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", clip(path), schema.resource)))
}

func incompatible(kind string, value literal) *apiError {
	found := [...]string{"Edm.String", "Edm.Guid", "Edm.Int32", "Edm.Boolean", "null", "Edm.DateTimeOffset"}[value.kind]
	return ptr(malformed(fmt.Sprintf(
		"Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind 'Equal'.", kind, found)))
}

func (schema filterSchema) checkProperty(path string, value literal) *apiError {
	switch {
	case slices.Contains(schema.texts, path):
		if value.kind != literalString && value.kind != literalNull {
			return incompatible("Edm.String", value)
		}
	case slices.Contains(schema.flags, path):
		if value.kind != literalBool && value.kind != literalNull {
			return incompatible("Edm.Boolean", value)
		}
	case slices.Contains(schema.times, path):
		if value.kind != literalTime && value.kind != literalNull {
			return incompatible("Edm.DateTimeOffset", value)
		}
	default:
		return schema.unsupportedClause(path)
	}
	return nil
}

// matches reports whether an object passes the filter.
func (f *filter) matches(s subject) bool { return f == nil || eval(f.root, s) }

func eval(n node, s subject) bool {
	switch n := n.(type) {
	case junction:
		decides := n.word == joinOr // one part that is true decides an "or", one that is false an "and"
		return slices.ContainsFunc(n.parts, func(part node) bool { return eval(part, s) == decides }) == decides
	case negation:
		return !eval(n.part, s)
	case comparison:
		return n.matches(s)
	case searchTerm:
		return n.matches(s)
	case affix:
		text, affix := strings.ToLower(s.text(n.path)), strings.ToLower(n.text)
		if n.end {
			return strings.HasSuffix(text, affix)
		}
		return strings.HasPrefix(text, affix)
	case anyItem:
		return n.matches(s)
	}
	panic(fmt.Sprintf("emulator: a filter node of type %T", n))
}

// matches reports whether an item of the list passes.
func (n anyItem) matches(s subject) bool {
	if n.path == "assignedLicenses" {
		id, err := license.ParseGUID(n.body.(comparison).values[0].text)
		return err == nil && s.holds(id)
	}
	return slices.ContainsFunc(s.items(n.path), func(i item) bool { return eval(n.body, i) })
}

// matches compares as the directory does, without regard to case.
func (n comparison) matches(s subject) bool {
	if n.path == licenseCount {
		return s.holdsAny() == (n.op == "ne")
	}
	got := strings.ToLower(s.text(n.path))
	equal := func(value literal) bool {
		if value.kind == literalNull {
			return got == ""
		}
		return got == strings.ToLower(value.text)
	}
	switch n.op {
	case "ne":
		return !equal(n.values[0])
	case "ge":
		return got != "" && got >= strings.ToLower(n.values[0].text)
	case "le":
		return got != "" && got <= strings.ToLower(n.values[0].text)
	}
	return slices.ContainsFunc(n.values, equal)
}
