package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// Knows reports whether the answer tells whom the query selects.
func (a Answer) Knows(q Query) bool {
	return a.Refused == "" && (q.Group == "" || len(a.Groups) == 1)
}

// Has reports whether the answer has a user.
func (a Answer) Has(user license.GUID) bool {
	_, found := slices.BinarySearchFunc(a.Users, user, license.CompareGUIDs)
	return found
}

// Selection declares users whom no entry names: those that the tenant gives as
// the answer to a query, or those of a list. An entry that holds on the day of
// the plan wins over every selection.
type Selection struct {
	Name string // what plans call it, such as `group "Sales EMEA"`

	Query Query // what the tenant is asked; zero: Users are those who are selected
	Users []Ref // a list's; nil where there is a Query

	AllowEmpty bool // selecting nobody is no error

	// Entry is what each of the users is to hold. Its User has no name, and the
	// place of the selection.
	Entry DesiredUser
}

// Query is a question to the tenant: which users are members of a group, be it
// through other groups, or which pass a filter. One of the two is given; the
// zero Query asks nothing. Queries are compared by their text.
type Query struct {
	Group  string `json:"group,omitempty"`  // display name or object id
	Filter string `json:"filter,omitempty"` // OData, of users
}

// Compare orders queries.
func (q Query) Compare(other Query) int {
	return cmp.Or(strings.Compare(q.Group, other.Group), strings.Compare(q.Filter, other.Filter))
}

// String gives what plans call a query: `group "Sales EMEA"`.
func (q Query) String() string {
	if q.Group != "" {
		return fmt.Sprintf("group %q", q.Group)
	}
	return fmt.Sprintf("filter %q", q.Filter)
}

// Answer is what the tenant says to a Query.
type Answer struct {
	// Groups are those that the query's group names, sorted by id; nil for a
	// filter. Only where there is exactly one the members are known.
	Groups []Group

	Users   []license.GUID // the selected users, sorted
	Refused string         // why the service does not take the filter, or shows nobody of the group; empty: it does

	// Untold are members of the group of which the tenant does not say, in words
	// that are known, whether they are users; sorted by id. Where there are any,
	// it is not known who is selected.
	Untold []Member

	// Lagging tells that an index gave the answer, which lags behind the
	// directory: who is not in it may be selected all the same.
	Lagging bool
}

// Member is an object in a group of which little is known.
type Member struct {
	ID   license.GUID `json:"id"`
	Type string       `json:"type"` // as the tenant writes it; may be empty
}

// Group names a group of the tenant.
type Group struct {
	ID          license.GUID `json:"id"`
	DisplayName string       `json:"displayName"`
}

// Queries lists what the tenant has to be asked about the selections, sorted,
// each query once.
func (d Desired) Queries() []Query {
	var out []Query
	for _, s := range d.Selections {
		if s.Query != (Query{}) {
			out = append(out, s.Query)
		}
	}
	slices.SortFunc(out, Query.Compare)
	return slices.Compact(out)
}
