package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
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
		return graph.Audit{At: at, Activity: "Change user license", Actor: actor, Targets: []graph.AuditTarget{{User: id(n)}}}
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
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"no permission":       always(http.StatusForbidden, `{"error":{"code":"Authorization_RequestDenied","message":"no"}}`),
		"an entry of no time": always(http.StatusOK, `{"value":[{"id":"1","activityDisplayName":"x"}]}`),
		"no list":             always(http.StatusOK, `{}`),
	} {
		synctest.Test(t, func(t *testing.T) {
			if got, err := newReader(t, newWire(t, answer)).Audits(t.Context(), licenseChanges(1)); err == nil {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
}

func TestAuditsNeedTwoPermissions(t *testing.T) {
	const want = "AuditLog.Read.All (application) or AuditLog.Read.All (delegated), and Directory.Read.All"
	if got := graph.OpReadAudits.Permission().String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// auditedSide is a side of a changed property, as the log has it.
func auditedSide(licenses ...string) string {
	quoted := make([]string, len(licenses))
	for i, l := range licenses {
		quoted[i] = strconv.Quote("[SkuName=" + l + "]")
	}
	return "[\r\n  " + strings.Join(quoted, ",\r\n  ") + "\r\n]"
}

// TestAuditsTellWhatChanged reads what entries say of what they changed, in the
// forms that have been seen, and that others do not say.
func TestAuditsTellWhatChanged(t *testing.T) {
	named := func(n int, disabled string) string {
		return fmt.Sprintf("PRODUCT_%d, AccountId=%s, SkuId=%s, DisabledPlans=[%s]", n, id(99), id(n), disabled)
	}
	none, one, two := "[]", auditedSide(named(1, "")), auditedSide(named(2, ""), named(1, ""))
	less := auditedSide(named(1, id(7).String()))
	told := func(skus ...license.GUID) graph.AuditTarget {
		return graph.AuditTarget{User: id(5), Told: true, SKUs: skus}
	}
	nothing := graph.AuditTarget{User: id(5)}
	for name, tt := range map[string]struct {
		properties any
		want       graph.AuditTarget
	}{
		"given":                    {[]any{property("AssignedLicense", none, one)}, told(id(1))},
		"taken":                    {[]any{property("AssignedLicense", one, none), property("Included Updated Properties", "", "AssignedLicense")}, told(id(1))},
		"one of two":               {[]any{property("AssignedLicense", one, two)}, told(id(2))},
		"plans off":                {[]any{property("AssignedLicense", one, less)}, told(id(1))},
		"both sides alike":         {[]any{property("AssignedLicense", two, auditedSide(named(1, ""), named(2, "")))}, told()},
		"one of the same two":      {[]any{property("AssignedLicense", auditedSide(named(1, ""), named(1, "")), one)}, told(id(1))},
		"something else":           {[]any{property("Department", "a", "b")}, told()},
		"the usage location":       {[]any{property("UsageLocation", `["DE"]`, `["CH"]`)}, graph.AuditTarget{User: id(5), Told: true, UsageLocation: true}},
		"no list":                  {nil, nothing},
		"an empty list":            {[]any{}, nothing},
		"a side is null":           {[]any{property("AssignedLicense", nil, one)}, nothing},
		"a side is cut off":        {[]any{property("AssignedLicense", none, two[:len(two)-30])}, nothing},
		"no id in it":              {[]any{property("AssignedLicense", none, auditedSide("SPE_E3"))}, nothing},
		"an id that is none":       {[]any{property("AssignedLicense", none, auditedSide("X, SkuId=1"))}, nothing},
		"empty texts":              {[]any{property("AssignedLicense", "", one)}, told(id(1))},
		"plans in another order":   {[]any{property("AssignedLicense", auditedSide(named(1, "p, q")), auditedSide(named(1, "q,  P")))}, told()},
		"the same two, other way":  {[]any{property("AssignedLicense", auditedSide(named(1, "p"), named(1, "q")), auditedSide(named(1, "q"), named(1, "p")))}, told()},
		"an id of dashes alone":    {[]any{property("AssignedLicense", none, auditedSide("X, SkuId="+strings.Repeat("-", 36)))}, nothing},
		"one id of two is none":    {[]any{property("AssignedLicense", none, auditedSide(named(1, ""), "X, SkuId=1"))}, nothing},
		"space around it":          {[]any{property("AssignedLicense", " \n", "\t"+one+" \n")}, told(id(1))},
		"brackets around nothing":  {[]any{property("AssignedLicense", "[\r\n \t]", one)}, told(id(1))},
		"no bracket in front":      {[]any{property("AssignedLicense", none, one[1:])}, nothing},
		"no bracket, nor anything": {[]any{property("AssignedLicense", none, "nothing")}, nothing},
		"without line breaks":      {[]any{property("assignedLicense", none, `["[SkuName=X, AccountId=x, SkuId=`+strings.ToUpper(id(3).String())+`, DisabledPlans=[]]"]`)}, told(id(3))},
	} {
		entry := map[string]any{"activityDateTime": "2026-11-21T03:00:00Z", "activityDisplayName": "Update user.", "result": "success", "correlationId": "c-1",
			"initiatedBy":     map[string]any{"app": map[string]any{"appId": nil, "displayName": "Microsoft Azure AD Group-Based Licensing"}},
			"targetResources": []any{map[string]any{"id": id(5), "type": "User", "modifiedProperties": tt.properties}}}
		text, err := json.Marshal(entry)
		if err != nil {
			t.Fatal(err)
		}
		got, err := newReader(t, newWire(t, always(http.StatusOK, listJSON("", string(text))))).Audits(t.Context(), licenseChanges(1))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := []graph.Audit{{At: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC), Activity: "Update user", Actor: "Microsoft Azure AD Group-Based Licensing",
			Correlation: "c-1", Targets: []graph.AuditTarget{tt.want}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func property(name string, before, after any) map[string]any {
	return map[string]any{"displayName": name, "oldValue": before, "newValue": after}
}
