package emulator_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// audited is a world whose clock goes on by a minute whenever it is asked, and
// whose caller may do everything.
func audited(t *testing.T) *world {
	t.Helper()
	now := time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC)
	w := start(t, emulator.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	w.token = w.AppToken(append(emulator.DefaultRoles(), "AuditLog.Read.All", "Directory.Read.All")...)
	return w
}

const audits = "/auditLogs/directoryAudits"

// events renders the audit log: "Change user license of ada by …".
func (w *world) events(query string) []string {
	w.t.Helper()
	out := []string{}
	list, _ := w.get(audits + query).json["value"].([]any)
	for _, item := range list {
		event := item.(map[string]any)
		target := event["targetResources"].([]any)[0].(map[string]any)
		by := event["initiatedBy"].(map[string]any)
		name := "an application"
		if user, ok := by["user"].(map[string]any); ok {
			name = fmt.Sprint(user["userPrincipalName"])
		} else if app := by["app"].(map[string]any); app["appId"] == "" || app["displayName"] == "" {
			w.t.Errorf("an application without a name: %v", app)
		}
		who, _, _ := strings.Cut(fmt.Sprint(target["userPrincipalName"]), "@")
		out = append(out, fmt.Sprintf("%s of %s by %s", event["activityDisplayName"], who, name))
	}
	return out
}

// TestAuditLog has two callers change users: both show, the newest first, and
// what changed nothing does not.
func TestAuditLog(t *testing.T) {
	w := audited(t)
	all := w.token
	w.call("POST", "/users/ken@contoso.com/assignLicense", assignBody([]emulator.License{{SKU: addon}}))
	w.call("POST", "/users/linus@contoso.com/assignLicense", assignBody([]emulator.License{{SKU: addon}})) // refused
	w.call("POST", "/users/ken@contoso.com/assignLicense", assignBody(nil))                                // nothing
	w.token = w.userToken(ada, "User.ReadWrite.All")
	w.call("PATCH", "/users/linus@contoso.com", `{"usageLocation":"DE"}`)
	w.token = all
	if diff := cmp.Diff([]string{"Update user of linus by ada@contoso.com", "Change user license of ken by an application"}, w.events("")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAuditDetail has the log tell what was changed, in the forms that the real
// one has been seen to use.
func TestAuditDetail(t *testing.T) {
	for detail, want := range map[emulator.AuditDetail][]string{
		emulator.AuditBare:     {"Update user by user: ", "Change user license by app: "},
		emulator.AuditDetailed: {`Update user by user: UsageLocation ["US"] -> ["DE"]`, "Change user license by app: AssignedLicense [SUITE,SUITE] -> [ADDON,SUITE,SUITE]"},
		emulator.AuditOdd: {`Update user by user: UsageLocation ["US"] -> ["DE"]`,
			"Change user license by Microsoft Azure AD Group-Based Licensing: AssignedLicense [ADDON,SUITE,SUITE] -> [ADDON,SUITE,SUITE]",
			"Update user by nobody: AssignedLicense [SUITE,SUITE] -> [ADDON,SUITE,SUITE] of the same operation", "Change user license by app: "},
	} {
		w := start(t, emulator.Options{AuditLog: detail})
		w.token = w.AppToken(append(emulator.DefaultRoles(), "AuditLog.Read.All", "Directory.Read.All")...)
		all := w.token
		w.call("POST", "/users/ken@contoso.com/assignLicense", assignBody([]emulator.License{{SKU: addon}}))
		w.token = w.userToken(ada, "User.ReadWrite.All")
		w.call("PATCH", "/users/ken@contoso.com", `{"usageLocation":"DE"}`)
		w.token = all
		if diff := cmp.Diff(want, w.details()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", detail, diff)
		}
	}
}

// details renders the audit log with what was changed.
func (w *world) details() []string {
	w.t.Helper()
	var out []string
	list, _ := w.get(audits).json["value"].([]any)
	short := regexp.MustCompile(`"\[SkuName=(\w+), AccountId=[0-9a-f-]{36}, SkuId=[0-9a-f-]{36}, DisabledPlans=\[[^\]]*\]\]"`)
	for i, item := range list {
		event := item.(map[string]any)
		by := event["initiatedBy"].(map[string]any)
		who := "nobody"
		if app, ok := by["app"].(map[string]any); ok {
			who = "app"
			if app["appId"] == nil {
				who = fmt.Sprint(app["displayName"])
			}
		} else if by["user"] != nil {
			who = "user"
		}
		line := fmt.Sprintf("%s by %s: ", event["activityDisplayName"], who)
		for _, p := range event["targetResources"].([]any)[0].(map[string]any)["modifiedProperties"].([]any) {
			p := p.(map[string]any)
			line += short.ReplaceAllString(fmt.Sprintf("%s %s -> %s", p["displayName"], p["oldValue"], p["newValue"]), "$1")
		}
		if i+1 < len(list) && event["correlationId"] == list[i+1].(map[string]any)["correlationId"] {
			line += " of the same operation"
		}
		out = append(out, line)
	}
	return out
}

func TestAuditFilters(t *testing.T) {
	w := audited(t)
	for _, user := range []string{"ken", "ada", "ken"} {
		w.call("POST", "/users/"+user+"@contoso.com/assignLicense", assignBody([]emulator.License{{SKU: addon}}))
	}
	w.call("PATCH", "/users/ken@contoso.com", `{"usageLocation":"DE"}`)
	ken, _ := w.User("ken@contoso.com")
	second := w.get(audits).values("activityDateTime")[2]
	for filter, want := range map[string]int{
		"activityDisplayName eq 'Change user license'":                                                      3,
		"targetResources/any(t: t/id eq '" + ken.ID.String() + "')":                                         3,
		"targetResources/any(t:t/id eq '" + ken.ID.String() + "') and activityDisplayName eq 'Update user'": 1,
		"activityDateTime ge " + second:                                                                     3,
		"activityDateTime le " + second:                                                                     2,
		"activityDateTime ge 2026-11-22":                                                                    0,
		"activityDateTime ge 2026-11-20T00:00:00Z and activityDisplayName eq 'Add user'":                    0,
	} {
		if got := w.events("?$filter=" + filter); len(got) != want {
			t.Errorf("%s: %v, want %d", filter, got, want)
		}
	}
	for _, query := range []string{
		"?$filter=result eq 'success'", "?$filter=activityDateTime ge yesterday", "?$filter=targetResources/any(t:x/id eq 'a')",
		"?$select=id", "?$top=0", "?$skip=1",
	} {
		if a := w.call("GET", audits+query, ""); a.status != 400 {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
	if a := w.call("GET", audits+"?$orderby=activityDateTime asc", ""); a.status != 501 {
		t.Errorf("an order that the emulator does not know: %d", a.status)
	}
}

// TestAuditPaging follows the pages while somebody goes on changing users: each
// event that was there comes once.
func TestAuditPaging(t *testing.T) {
	w := audited(t)
	change := func() {
		w.call("PATCH", "/users/ken@contoso.com", `{"usageLocation":"DE"}`)
	}
	for range 5 {
		change()
	}
	seen, pages := map[string]bool{}, 0
	for next := audits + "?$top=2&$orderby=activityDateTime desc"; next != ""; pages++ {
		a := w.get(next)
		for _, id := range a.values("id") {
			if seen[id] {
				t.Errorf("%s came twice", id)
			}
			seen[id] = true
		}
		next, _ = a.json["@odata.nextLink"].(string)
		change()
	}
	if len(seen) != 5 || pages != 3 {
		t.Errorf("%d events on %d pages, want 5 on 3", len(seen), pages)
	}
}

// TestAuditPermissions: both permissions are needed, and of a signed-in user a
// role as well.
func TestAuditPermissions(t *testing.T) {
	w := start(t, emulator.Options{})
	both := []string{"AuditLog.Read.All", "Directory.Read.All"}
	for name, tt := range map[string]struct {
		token  string
		status int
	}{
		"one alone":               {w.AppToken("AuditLog.Read.All"), 403},
		"the other":               {w.AppToken("Directory.Read.All"), 403},
		"the default permissions": {w.AppToken(), 403},
		"both":                    {w.AppToken(both...), 200},
		"an administrator":        {w.userToken(ada, both...), 200},
		"no administrator":        {w.userToken(grace, both...), 403},
	} {
		w.token = tt.token
		if a := w.call("GET", audits, ""); a.status != tt.status {
			t.Errorf("%s: %d, want %d", name, a.status, tt.status)
		}
	}
}
