package graph_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
)

// TestGroupNames asks for 40 groups, of which the tenant has the even ones.
func TestGroupNames(t *testing.T) {
	var ids []license.GUID
	want := map[license.GUID]string{}
	for n := range 40 {
		ids = append(ids, id(n))
		if n%2 == 0 {
			want[id(n)] = "Group " + id(n).String()
		}
	}
	quoted := regexp.MustCompile(`'([0-9a-f-]{36})'`)
	w := newWire(t, func(req *http.Request) (*http.Response, error) {
		if got := req.URL.Query().Get("$select"); got != "id,displayName" {
			t.Errorf("$select = %q", got)
		}
		asked := quoted.FindAllStringSubmatch(req.URL.Query().Get("$filter"), -1)
		if len(asked) == 0 || len(asked) > 15 {
			t.Errorf("%d groups in one filter", len(asked))
		}
		var found []string
		for _, m := range asked {
			if group, _ := license.ParseGUID(m[1]); want[group] != "" {
				found = append(found, fmt.Sprintf(`{"id":%q,"displayName":%q}`, m[1], want[group]))
			}
		}
		return reply(http.StatusOK, listJSON("", found...)), nil
	})
	got, err := newReader(t, w).GroupNames(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if w.count() != 3 {
		t.Errorf("%d requests, want 3", w.count())
	}
}

func TestGroupNamesNeedAPermission(t *testing.T) {
	w := newWire(t, always(http.StatusForbidden, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`))
	if got, err := newReader(t, w).GroupNames(t.Context(), []license.GUID{id(1)}); err == nil {
		t.Errorf("names %v without a permission", got)
	}
	if w.count() != 1 {
		t.Errorf("%d requests, want 1", w.count())
	}
}
