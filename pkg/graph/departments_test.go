package graph_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
)

// TestDepartments reads two pages, in which every other user has a
// department.
func TestDepartments(t *testing.T) {
	want := map[license.GUID]string{}
	var all []string
	for n := range 20 {
		department := "null"
		if n%2 == 0 {
			want[id(n)] = fmt.Sprint("Department ", n)
			department = fmt.Sprintf("%q", want[id(n)])
		}
		all = append(all, fmt.Sprintf(`{"id":%q,"department":%s}`, id(n), department))
	}
	w := newWire(t, func(req *http.Request) (*http.Response, error) {
		query := req.URL.Query()
		if query.Get("page") == "2" {
			return reply(http.StatusOK, listJSON("", all[10:]...)), nil
		}
		if got := query.Get("$select"); got != "id,department" || query.Get("$top") != "999" {
			t.Errorf("$select = %q", got)
		}
		return reply(http.StatusOK, listJSON(testRoot+"/v1.0/users?page=2", all[:10]...)), nil
	})
	got, err := newReader(t, w).Departments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A user that cannot be told from others makes the reading incomplete.
func TestDepartmentsWithoutAnID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, always(http.StatusOK, listJSON("", `{"department":"Sales"}`)))
		if got, err := newReader(t, w).Departments(t.Context()); err == nil {
			t.Errorf("got %v", got)
		}
	})
}
