package observe_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

func byGroup(name string) plan.Query { return plan.Query{Group: name} }

// selectingTenant has the groups Sales (users 1 and 2), Twin twice, and the
// users 3 and 4 pass a filter.
func selectingTenant(t *testing.T) *tenant {
	f := newTenant(t, 10, 10)
	f.groups = []graph.Group{{ID: id(801), DisplayName: "Sales"}, {ID: id(803), DisplayName: "Twin"}, {ID: id(802), DisplayName: "Twin"},
		{ID: id(804), DisplayName: "Nobody"}, {ID: id(805), DisplayName: "Hidden"}}
	f.groups = append(f.groups, graph.Group{ID: id(806), DisplayName: "Above"}, graph.Group{ID: id(807), DisplayName: "Over Sales"})
	f.secret = id(805)
	f.below = map[license.GUID][]license.GUID{id(806): {id(805)}, id(807): {id(801)}}
	f.members = map[license.GUID][]license.GUID{id(801): {id(2), id(1), id(2)}, id(806): {id(1)}, id(807): {id(1), id(2)}}
	f.passing = map[string][]license.GUID{"department eq 'Ops'": {id(4), id(3)}}
	return f
}

func TestAnswers(t *testing.T) {
	sales, ops := plan.Group{ID: id(801), DisplayName: "Sales"}, plan.Query{Filter: "department eq 'Ops'"}
	for _, tc := range []struct {
		name  string
		query plan.Query
		want  plan.Answer
		users int
		log   []string
	}{
		{"a group by name", byGroup("Sales"), plan.Answer{Groups: []plan.Group{sales}, Users: []license.GUID{id(1), id(2)}}, 2,
			[]string{"group Sales", "members of " + id(801).String(), "find"}},
		{"a group by id", byGroup(id(801).String()), plan.Answer{Groups: []plan.Group{sales}, Users: []license.GUID{id(1), id(2)}}, 2,
			[]string{"names of groups", "members of " + id(801).String(), "find"}},
		{"no such name", byGroup("Sails"), plan.Answer{}, 0, []string{"group Sails"}},
		{"no such id", byGroup(id(899).String()), plan.Answer{}, 0, []string{"names of groups"}},
		{"two of one name", byGroup("Twin"), plan.Answer{Groups: []plan.Group{{ID: id(802), DisplayName: "Twin"}, {ID: id(803), DisplayName: "Twin"}}}, 0,
			[]string{"group Twin"}},
		{"a group without users", byGroup("Nobody"), plan.Answer{Groups: []plan.Group{{ID: id(804), DisplayName: "Nobody"}}}, 0,
			[]string{"group Nobody", "members of " + id(804).String(), "whether hidden"}},
		{"a group whose members are hidden", byGroup("Hidden"), plan.Answer{
			Groups: []plan.Group{{ID: id(805), DisplayName: "Hidden"}}, Refused: "its members are hidden, and shown with the permission Member.Read.Hidden alone",
		}, 0, []string{"group Hidden", "members of " + id(805).String(), "whether hidden"}},
		{"a group above one whose members are hidden", byGroup("Above"), plan.Answer{
			Groups: []plan.Group{{ID: id(806), DisplayName: "Above"}}, Refused: "the members of group " + id(805).String() + " in it are hidden, and shown with the permission Member.Read.Hidden alone",
		}, 0, []string{"group Above", "members of " + id(806).String(), "whether hidden", "members of " + id(805).String()}},
		{"a group above others", byGroup("Over Sales"), plan.Answer{Groups: []plan.Group{{ID: id(807), DisplayName: "Over Sales"}}, Users: []license.GUID{id(1), id(2)}}, 2,
			[]string{"group Over Sales", "members of " + id(807).String(), "whether hidden", "find"}},
		{"a filter", ops, plan.Answer{Users: []license.GUID{id(3), id(4)}}, 2, []string{"filter department eq 'Ops'", "find"}},
		{"a filter that nobody passes", plan.Query{Filter: "x"}, plan.Answer{}, 0, []string{"filter x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := selectingTenant(t)
			got := read(t, f, observe.Request{Queries: []plan.Query{tc.query}})
			if diff := cmp.Diff(map[plan.Query]plan.Answer{tc.query: tc.want}, got.Answers); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if len(got.Users) != tc.users {
				t.Errorf("%d users were read, want %d", len(got.Users), tc.users)
			}
			// The products are read beside the answers, at any moment after the organization.
			calls := slices.DeleteFunc(slices.Clone(f.log), func(call string) bool { return call == "skus" })
			if diff := cmp.Diff(append([]string{"organization"}, tc.log...), calls); diff != "" || f.count("skus") != 1 {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// Whom a selection and an entry name is read once, by the cheaper way, and
// whom the tenant has lost meanwhile is simply not among the users.
func TestSelectedUsersAreReadOnce(t *testing.T) {
	f := selectingTenant(t)
	f.members[id(801)] = append(f.members[id(801)], id(777))
	got := read(t, f, observe.Request{Users: []string{id(1).String(), upn(9)}, Queries: []plan.Query{byGroup("Sales")}})
	if len(got.Users) != 3 || f.count("find") != 1 {
		t.Errorf("%d users after %v", len(got.Users), f.log)
	}
	if a := got.Answers[byGroup("Sales")]; !slices.Contains(a.Users, id(777)) {
		t.Errorf("the answer has lost whom the tenant selected: %v", a.Users)
	}
	f = selectingTenant(t)
	got = read(t, f, observe.Request{Queries: []plan.Query{byGroup("Sales")}, Whole: true})
	if len(got.Users) != 10 || f.count("find") != 0 || f.count("page") != 1 {
		t.Errorf("%d users after %v", len(got.Users), f.log)
	}
}

func TestManyQueries(t *testing.T) {
	f := selectingTenant(t)
	var queries []plan.Query
	for _, name := range strings.Fields("a b c d e f g h i j Sales Twin") {
		queries = append(queries, byGroup(name))
	}
	if got := read(t, f, observe.Request{Queries: queries}); len(got.Answers) != len(queries) || len(got.Users) != 2 {
		t.Errorf("%d answers and %d users", len(got.Answers), len(got.Users))
	}
}

// What fails is an error, and never an answer that nobody is selected. That
// the service refuses a filter, and that a group was deleted a moment ago, are
// answers.
func TestFailingQueries(t *testing.T) {
	filter := plan.Query{Filter: "department eq 'Ops'"}
	for _, tc := range []struct {
		call  string
		err   error
		query plan.Query
		want  *plan.Answer // nil: an error
	}{
		{"group Sales", &graph.Error{Status: http.StatusForbidden}, byGroup("Sales"), nil},
		{"group Sales", &graph.IncompleteError{}, byGroup("Sales"), nil},
		{"names of groups", &graph.Error{Status: http.StatusBadRequest}, byGroup(id(801).String()), nil},
		{"members of " + id(801).String(), &graph.Error{Status: http.StatusForbidden}, byGroup("Sales"), nil},
		{"members of " + id(801).String(), &graph.Error{Status: http.StatusBadRequest}, byGroup("Sales"), nil},
		{"members of " + id(801).String(), &graph.Error{Status: http.StatusNotFound}, byGroup("Sales"), &plan.Answer{}},
		{"filter department eq 'Ops'", context.DeadlineExceeded, filter, nil},
		{"filter department eq 'Ops'", &graph.Error{Status: http.StatusNotFound}, filter, nil},
		{"filter department eq 'Ops'", &graph.Error{Status: http.StatusServiceUnavailable}, filter, nil},
		{"filter department eq 'Ops'", &graph.Error{Status: http.StatusBadRequest, Message: "Invalid filter clause"}, filter, &plan.Answer{Refused: "Invalid filter clause"}},
		{"filter department eq 'Ops'", &graph.Error{Status: http.StatusRequestURITooLong}, filter, &plan.Answer{Refused: "Request URI Too Long"}},
	} {
		f := selectingTenant(t)
		f.failures[tc.call] = tc.err
		got, err := observe.Tenant(t.Context(), f, observe.Request{Queries: []plan.Query{tc.query}})
		if tc.want == nil {
			if !errors.Is(err, tc.err) || !strings.Contains(err.Error(), tc.query.String()) {
				t.Errorf("%s with %v: the error is %v", tc.call, tc.err, err)
			}
			continue
		}
		if diff := cmp.Diff(map[plan.Query]plan.Answer{tc.query: *tc.want}, got.Answers); err != nil || diff != "" {
			t.Errorf("%s with %v: %v %s", tc.call, tc.err, err, diff)
		}
	}
}
