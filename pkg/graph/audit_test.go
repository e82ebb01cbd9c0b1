package graph_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

var since = time.Date(2026, 11, 21, 2, 10, 0, 0, time.UTC)

func licenseChanges(pages int) graph.AuditQuery {
	return graph.AuditQuery{Activity: graph.ActivityLicense, Since: since, Pages: pages}
}

// auditJSON is an entry about a user, by whoever the JSON says.
func auditJSON(user, by, result string) string {
	return fmt.Sprintf(`{"id":"Directory_1","activityDateTime":"2026-11-21T03:00:00.1234567Z","activityDisplayName":"Change user license","result":%q,
		"initiatedBy":%s,"targetResources":[{"id":%q,"type":"User","userPrincipalName":null},{"id":"x","type":"Other"}]}`, result, by, user)
}

func TestAudits(t *testing.T) {
	w := newWire(t, func(req *http.Request) (*http.Response, error) {
		q := req.URL.Query()
		if got, want := q.Get("$filter"), "activityDisplayName eq 'Change user license' and activityDateTime ge 2026-11-21T02:10:00Z"; got != want {
			t.Errorf("$filter = %q, want %q", got, want)
		}
		if q.Get("$orderby") != "activityDateTime desc" {
			t.Errorf("$orderby = %q", q.Get("$orderby"))
		}
		return reply(http.StatusOK, listJSON("",
			auditJSON(id(1).String(), `{"app":null,"user":{"id":"7","displayName":"Ada","userPrincipalName":"ada@contoso.com"}}`, "success"),
			auditJSON(id(2).String(), `{"user":null,"app":{"appId":"8","displayName":"HR\nsync"}}`, "success"),
			auditJSON(id(3).String(), `{"user":null,"app":null}`, "success"),
			auditJSON(id(4).String(), `null`, "success"),
			auditJSON(id(5).String(), `null`, "failure"),
			auditJSON("", `null`, "success"),
		)), nil
	})
	got, err := newReader(t, w).Audits(t.Context(), licenseChanges(3))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 3, 0, 0, 123456700, time.UTC)
	entry := func(n int, actor string) graph.Audit {
		return graph.Audit{At: at, Activity: "Change user license", Actor: actor, Users: []license.GUID{id(n)}}
	}
	want := []graph.Audit{entry(1, "ada@contoso.com"), entry(2, "HR sync"), entry(3, ""), entry(4, "")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAuditsAreBounded: the log of a large tenant is not read to its end.
func TestAuditsAreBounded(t *testing.T) {
	n := 0
	w := newWire(t, func(req *http.Request) (*http.Response, error) {
		n++
		next := fmt.Sprintf("%s://%s/v1.0/auditLogs/directoryAudits?$skiptoken=%d", req.URL.Scheme, req.URL.Host, n)
		return reply(http.StatusOK, listJSON(next, auditJSON(id(n).String(), `null`, "success"))), nil
	})
	got, err := newReader(t, w).Audits(t.Context(), licenseChanges(3))
	if err != nil || len(got) != 3 || w.count() != 3 {
		t.Errorf("%d entries by %d requests, want 3 by 3: %v", len(got), w.count(), err)
	}
}

func TestAuditsRefused(t *testing.T) {
	for name, w := range map[string]*wire{
		"no permission":       newWire(t, always(http.StatusForbidden, `{"error":{"code":"Authorization_RequestDenied","message":"no"}}`)),
		"an entry of no time": newWire(t, always(http.StatusOK, `{"value":[{"id":"1","activityDisplayName":"x"}]}`)),
		"no list":             newWire(t, always(http.StatusOK, `{}`)),
	} {
		if got, err := newReader(t, w).Audits(t.Context(), licenseChanges(1)); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAuditsNeedTwoPermissions(t *testing.T) {
	const want = "AuditLog.Read.All (application) or AuditLog.Read.All (delegated), and Directory.Read.All"
	if got := graph.OpReadAudits.Permission().String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
