package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// manyIDs gives the first n ids.
func manyIDs(n int) []license.GUID {
	out := make([]license.GUID, n)
	for i := range out {
		out[i] = id(i)
	}
	return out
}

// attributesOf answers for the users that a filter names, or for 400 where
// there is none. Every third of them has no country.
func attributesOf(t *testing.T) *wire {
	return newWire(t, func(req *http.Request) (*http.Response, error) {
		query := req.URL.Query()
		var items []string
		for n := range 400 {
			if filter := query.Get("$filter"); filter != "" && !strings.Contains(filter, id(n).String()) {
				continue
			}
			country := "null"
			if n%3 > 0 {
				country = fmt.Sprintf("%q", fmt.Sprint("Country ", n))
			}
			items = append(items, fmt.Sprintf(`{"id":%q,"country":%s,"department":"Sales "}`, id(n), country))
		}
		return reply(http.StatusOK, listJSON("", items...)), nil
	})
}

// TestAttributes: few users are asked for, many are listed with everybody, and
// every text is as the service has it.
func TestAttributes(t *testing.T) {
	for _, tc := range []struct {
		ids      []license.GUID
		requests int
		want     int
		top      string
	}{
		{manyIDs(1), 1, 1, ""}, {manyIDs(15), 1, 15, ""}, {manyIDs(16), 2, 16, ""}, {manyIDs(300), 20, 300, ""},
		{manyIDs(301), 1, 400, "999"}, {nil, 1, 400, "999"}, {[]license.GUID{}, 0, 0, ""},
	} {
		w := attributesOf(t)
		got, err := newReader(t, w).Attributes(t.Context(), []string{"country", "department"}, tc.ids)
		if err != nil {
			t.Fatal(err)
		}
		var queries []string
		for _, req := range w.requests {
			queries = append(queries, req.URL.Query().Get("$select")+" "+req.URL.Query().Get("$top"))
		}
		if len(queries) != tc.requests || len(queries) > 0 && queries[0] != "id,country,department "+tc.top {
			t.Errorf("%d users took %v", len(tc.ids), queries)
		}
		want := map[string]map[license.GUID]string{"country": {}, "department": {}}
		for n := range tc.want {
			want["department"][id(n)] = "Sales "
			if n%3 > 0 {
				want["country"][id(n)] = fmt.Sprint("Country ", n)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d users (-want +got):\n%s", len(tc.ids), diff)
		}
	}
}

// What nobody tells is never "none".
func TestAttributesThatAreNotTold(t *testing.T) {
	for name, answer := range map[string]string{
		"nobody":        "",
		"somebody else": fmt.Sprintf(`{"id":%q,"country":"CH"}`, id(2)),
		"no country":    fmt.Sprintf(`{"id":%q}`, id(1)),
		"a number":      fmt.Sprintf(`{"id":%q,"country":7}`, id(1)),
		"no id":         `{"country":"CH"}`,
		"no user":       `null`,
	} {
		w := newWire(t, func(*http.Request) (*http.Response, error) {
			if answer == "" {
				return reply(http.StatusOK, listJSON("")), nil
			}
			return reply(http.StatusOK, listJSON("", answer)), nil
		})
		synctest.Test(t, func(t *testing.T) {
			got, err := newReader(t, w).Attributes(t.Context(), []string{"country"}, []license.GUID{id(1)})
			if _, incomplete := errors.AsType[*graph.IncompleteError](err); !incomplete || got != nil {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		})
	}
}
