package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

func groupJSON(n int, name string) string {
	return fmt.Sprintf(`{"id":%q,"displayName":%q}`, id(n), name)
}

func memberJSON(kind string, n int) string {
	return fmt.Sprintf(`{"@odata.type":"#microsoft.graph.%s","id":%q}`, kind, id(n))
}

func TestGroupsNamed(t *testing.T) {
	w := newWire(t, inTurn(t, func(req *http.Request) (*http.Response, error) {
		if got, want := req.URL.RawQuery, "$select=id,displayName&$filter=displayName%20eq%20%27O%27%27Hara%20%26%20Sons%20%2B%20%23%27"; got != want {
			t.Errorf("the query is %s, want %s", got, want)
		}
		return reply(http.StatusOK, listJSON(testRoot+"/v1.0/groups?$skiptoken=x", groupJSON(1, "O'Hara & Sons + #"))), nil
	}, always(http.StatusOK, listJSON("", groupJSON(2, "o'hara & sons + #")))))
	got, err := newReader(t, w).GroupsNamed(t.Context(), "O'Hara & Sons + #")
	if err != nil {
		t.Fatal(err)
	}
	want := []graph.Group{{ID: id(1), DisplayName: "O'Hara & Sons + #"}, {ID: id(2), DisplayName: "o'hara & sons + #"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Members are read page by page, without the index, and users alone count.
func TestGroupMembers(t *testing.T) {
	w := newWire(t, inTurn(t, func(req *http.Request) (*http.Response, error) {
		if got, want := req.URL.RequestURI(), "/v1.0/groups/"+id(9).String()+"/transitiveMembers?$select=id&$top=999"; got != want {
			t.Errorf("the request is %s, want %s", got, want)
		}
		if got := req.Header.Get("ConsistencyLevel"); got != "" {
			t.Errorf("ConsistencyLevel = %q", got)
		}
		return reply(http.StatusOK, listJSON(testRoot+"/v1.0/groups/x?$skiptoken=2", memberJSON("user", 1), memberJSON("group", 2), memberJSON("device", 3))), nil
	}, always(http.StatusOK, listJSON("", memberJSON("user", 4), memberJSON("servicePrincipal", 5), memberJSON("orgContact", 6)))))
	got, err := newReader(t, w).GroupMembers(t.Context(), id(9))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]license.GUID{id(1), id(4)}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A page that does not say everything of its members is no answer.
func TestIncompleteMembers(t *testing.T) {
	for name, body := range map[string]string{
		"no type":     listJSON("", memberJSON("user", 1), fmt.Sprintf(`{"id":%q}`, id(2))),
		"no id":       listJSON("", `{"@odata.type":"#microsoft.graph.user"}`),
		"no value":    `{}`,
		"cut off":     `{"value":[`,
		"an error":    `{"error":{"code":"x"},"value":[]}`,
		"not a GUID":  listJSON("", `{"@odata.type":"#microsoft.graph.user","id":"ada"}`),
		"null for id": listJSON("", `{"@odata.type":"#microsoft.graph.user","id":null}`),
	} {
		w := newWire(t, always(http.StatusOK, body))
		got, err := newReader(t, w).GroupMembers(t.Context(), id(9))
		if incomplete, ok := errors.AsType[*graph.IncompleteError](err); !ok || incomplete.Op != graph.OpListMembers {
			t.Errorf("%s: got %v, error %v", name, got, err)
		}
	}
	// Nor is a list whose second page fails.
	w := newWire(t, inTurn(t,
		always(http.StatusOK, listJSON(testRoot+"/v1.0/groups/x?$skiptoken=2", memberJSON("user", 1))),
		always(http.StatusForbidden, `{"error":{"code":"Authorization_RequestDenied","message":"no"}}`)))
	got, err := newReader(t, w).GroupMembers(t.Context(), id(9))
	if refused, ok := errors.AsType[*graph.Error](err); !ok || !refused.Forbidden() || got != nil {
		t.Errorf("got %v, error %v", got, err)
	}
}

func TestUserIDs(t *testing.T) {
	w := newWire(t, inTurn(t, func(req *http.Request) (*http.Response, error) {
		q := req.URL.Query()
		if q.Get("$filter") != "department eq 'R&D'" || q.Get("$select") != "id" || q.Get("$top") != "999" || q.Has("$count") || req.Header.Get("ConsistencyLevel") != "" {
			t.Errorf("the request is %s with %v", req.URL, req.Header)
		}
		return reply(http.StatusOK, listJSON("", fmt.Sprintf(`{"id":%q}`, id(1)), fmt.Sprintf(`{"id":%q}`, id(2)))), nil
	}))
	got, err := newReader(t, w).UserIDs(t.Context(), "department eq 'R&D'")
	if diff := cmp.Diff([]license.GUID{id(1), id(2)}, got); err != nil || diff != "" {
		t.Errorf("error %v, (-want +got):\n%s", err, diff)
	}
}

// A filter that takes an advanced query is asked for as one, to its last page.
func TestUserIDsOfAnAdvancedFilter(t *testing.T) {
	unsupported := always(http.StatusBadRequest, `{"error":{"code":"Request_UnsupportedQuery","message":"Unsupported Query."}}`)
	advanced := func(body string) func(*http.Request) (*http.Response, error) {
		return func(req *http.Request) (*http.Response, error) {
			if req.Header.Get("ConsistencyLevel") != "eventual" || req.URL.Query().Get("$count") != "true" {
				t.Errorf("the request is %s with %v", req.URL, req.Header)
			}
			return reply(http.StatusOK, body), nil
		}
	}
	w := newWire(t, inTurn(t, unsupported,
		advanced(listJSON(testRoot+"/v1.0/users?$select=id&$count=true&$skiptoken=2", fmt.Sprintf(`{"id":%q}`, id(1)))),
		advanced(listJSON("", fmt.Sprintf(`{"id":%q}`, id(2))))))
	got, err := newReader(t, w).UserIDs(t.Context(), "not(department eq 'Sales')")
	if diff := cmp.Diff([]license.GUID{id(1), id(2)}, got); err != nil || diff != "" {
		t.Errorf("error %v, (-want +got):\n%s", err, diff)
	}
	w = newWire(t, inTurn(t, unsupported, always(http.StatusBadRequest, `{"error":{"code":"BadRequest","message":"Invalid filter clause: no property nmae"}}`)))
	_, err = newReader(t, w).UserIDs(t.Context(), "nmae eq 'x'")
	if refused, ok := errors.AsType[*graph.Error](err); !ok || !strings.Contains(refused.Message, "nmae") || refused.Op != graph.OpFilterUsers {
		t.Errorf("the error is %v", err)
	}
	// What the service says to a later page is not about the filter, and another
	// query might miss what the first page has shown.
	w = newWire(t, inTurn(t,
		always(http.StatusOK, listJSON(testRoot+"/v1.0/users?$skiptoken=2", fmt.Sprintf(`{"id":%q}`, id(1)))),
		always(http.StatusBadRequest, `{"error":{"code":"Directory_ExpiredPageToken","message":"The specified page token value has expired."}}`)))
	got, err = newReader(t, w).UserIDs(t.Context(), "department eq 'Sales'")
	if incomplete, ok := errors.AsType[*graph.IncompleteError](err); !ok || got != nil || !strings.Contains(incomplete.Reason, "expired") {
		t.Errorf("got %v, error %v", got, err)
	}
	w = newWire(t, inTurn(t, always(http.StatusForbidden, `{"error":{"code":"x"}}`)))
	if _, err := newReader(t, w).UserIDs(t.Context(), "x"); err == nil {
		t.Error("no error")
	}
}

// No filter and no name gets out of its place in the address.
func TestFiltersStayInTheirPlace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab'\"&=#?/%+ $\\;,()é世"))).Draw(rt, "text")
		w := newWire(t, func(req *http.Request) (*http.Response, error) {
			q := req.URL.Query()
			want := map[bool]string{true: "displayName eq '" + strings.ReplaceAll(text, "'", "''") + "'", false: text}[strings.HasSuffix(req.URL.Path, "/groups")]
			if len(q) > 3 || q.Get("$filter") != want || strings.Contains(req.URL.RawQuery, "+") || req.URL.Fragment != "" {
				rt.Errorf("%q is sent as %s", text, req.URL)
			}
			return reply(http.StatusOK, listJSON("")), nil
		})
		r := newReader(t, w)
		if _, err := r.UserIDs(t.Context(), text); err != nil {
			rt.Fatal(err)
		}
		if _, err := r.GroupsNamed(t.Context(), text); err != nil {
			rt.Fatal(err)
		}
	})
}
