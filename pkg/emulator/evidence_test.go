package emulator_test

import (
	"encoding/csv"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// signalRoles are the permissions of a client that reads all there is of use.
func signalRoles() []string {
	return append(emulator.DefaultRoles(), "AuditLog.Read.All", "User-LifeCycleInfo.Read.All", "MailboxSettings.Read", "Reports.Read.All", "ReportSettings.Read.All")
}

// evidenceTenant has a premium tenant of a few people of whom something is
// known. Its clock stands at the last day of November 2026.
const evidenceTenant = `
apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {displayName: Contoso, defaultDomain: contoso.com%s}
  signedInUser: admin@contoso.com
  products:
    - sku: SPE_E5
      enabled: 10
      subscriptions:
        - {seats: 8, createdDateTime: 2024-01-01, nextLifecycleDateTime: in 31 days}
        - {seats: 2, trial: true, status: Warning}
    - {sku: Microsoft_365_Copilot, enabled: 10, warning: 1}
  users:
    - {user: admin@contoso.com}
    - user: ada@contoso.com
      createdDateTime: 2020-05-01
      employeeHireDate: 2020-04-01
      employeeLeaveDateTime: 30 days ago
      signInActivity: {lastSignInDateTime: 108 days ago, lastNonInteractiveSignInDateTime: 2026-11-02T03:04:05Z}
      usage: {exchange: 20 days ago, teams: 0 days ago, copilot: 2026-09-01}
      licenses: [{sku: SPE_E5, lastUpdatedDateTime: 100 days ago}, {sku: Microsoft_365_Copilot}]
    - {user: bea@contoso.com, signInActivity: {lastSignInDateTime: "0001-01-01T00:00:00Z"}, licenses: [{sku: SPE_E5}]}
    - {user: room@contoso.com, accountEnabled: false, mailbox: {purpose: room, gigabytes: 60, archive: true}}
    - {user: gone@contoso.com, mailbox: {none: true}, licenses: [{sku: SPE_E5}]}
`

func startEvidence(t *testing.T, about string, opts emulator.Options) *world {
	t.Helper()
	tenant, err := emulator.ParseTenant("tenant.yaml", fmt.Appendf(nil, evidenceTenant, about))
	if err != nil {
		t.Fatal(err)
	}
	tenant.Applications = []emulator.Application{{ClientID: clientID, Secret: "any", Roles: signalRoles()}}
	if opts.Now == nil {
		opts.Now = emulator.NewClock(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)).Now
	}
	w := startTenant(t, tenant, opts)
	w.token = w.AppToken(signalRoles()...)
	return w
}

func TestSignIns(t *testing.T) {
	w := startEvidence(t, "", emulator.Options{})
	found := w.get("/users?$select=userPrincipalName,signInActivity").json["value"].([]any)
	times := func(i int) []any {
		activity, ok := found[i].(map[string]any)["signInActivity"].(map[string]any)
		if !ok {
			return nil
		}
		return []any{activity["lastSignInDateTime"], activity["lastNonInteractiveSignInDateTime"], activity["lastSuccessfulSignInDateTime"]}
	}
	got := map[string][]any{}
	for i := range found {
		got[fmt.Sprint(found[i].(map[string]any)["userPrincipalName"])] = times(i)
	}
	want := map[string][]any{
		"admin@contoso.com": nil, "room@contoso.com": nil, "gone@contoso.com": nil,
		"ada@contoso.com": {"2026-08-14T12:00:00Z", "2026-11-02T03:04:05Z", nil},
		"bea@contoso.com": {"0001-01-01T00:00:00Z", nil, nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sign-ins (-want +got):\n%s", diff)
	}
}

func TestSignInPermissions(t *testing.T) {
	const target = "/users?$select=id,signInActivity"
	w := startEvidence(t, "", emulator.Options{})
	w.token = w.AppToken()
	wantError(t, w.call("GET", target, ""), 403, "Authentication_MSGraphPermissionMissing",
		"The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call this API.")
	w.get("/users?$select=id")
	var err error
	if w.token, err = w.UserToken("ada@contoso.com", signalRoles()...); err != nil {
		t.Fatal(err)
	}
	wantError(t, w.call("GET", target, ""), 403, "Authentication_RequestFromUnsupportedUserRole", "User is not in the allowed roles.")
	if w.token, err = w.UserToken("admin@contoso.com", signalRoles()...); err != nil {
		t.Fatal(err)
	}
	w.get(target)

	refused := func(w *world) bool {
		t.Helper()
		a := w.call("GET", target, "")
		if a.status == 200 {
			return false
		}
		wantError(t, a, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license")
		return true
	}
	poor := start(t, emulator.Options{}) // whose products have no premium plan
	poor.token = poor.AppToken(signalRoles()...)
	if !refused(poor) {
		t.Error("a tenant without a premium license is told sign-ins")
	}
	flapping, count := startEvidence(t, "", emulator.Options{PremiumRefusals: 0.9, Seed: 3}), 0
	for range 100 {
		if refused(flapping) {
			count++
		}
	}
	if count < 80 || count > 97 {
		t.Errorf("refused %d times of 100", count)
	}
}

func TestSignInPages(t *testing.T) {
	tenant := testTenant()
	tenant.Products = append(tenant.Products, emulator.Product{SKU: license.SKU{PartNumber: "P1", Plans: []license.ServicePlan{plan(derived("plan", "P1"), "AAD_PREMIUM")}}})
	for i := range 700 {
		tenant.Users = append(tenant.Users, emulator.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i)})
	}
	for _, tt := range []struct {
		pages  emulator.SignInPages
		target string
		want   int // of users; 0: refused
	}{
		{emulator.SignInPagesClipped, "/users?$top=999&$select=id,signInActivity", 500},
		{emulator.SignInPagesClipped, "/users?$top=999&$select=id", 705},
		{emulator.SignInPagesRefused, "/users?$top=120&$select=id,signInActivity", 120},
		{emulator.SignInPagesRefused, "/users?$top=500&$select=id,signInActivity", 0},
		{emulator.SignInPagesRefused, "/users?$top=500&$select=id", 500},
	} {
		w := startTenant(t, tenant, emulator.Options{SignInPages: tt.pages})
		w.token = w.AppToken(signalRoles()...)
		a, err := w.try("GET", tt.target, "")
		if err != nil {
			t.Fatal(err)
		}
		if tt.want > 0 && (a.status != 200 || len(a.values("id")) != tt.want) {
			t.Errorf("%q %s: %d with %d users, want %d", tt.pages, tt.target, a.status, len(a.values("id")), tt.want)
		}
		if tt.want == 0 && (a.status != 400 || a.json["value"] != "Cannot query data for more than 120 users at a time." || a.json["error"] != nil) {
			t.Errorf("%q %s: %d %s", tt.pages, tt.target, a.status, a.raw)
		}
	}
}

func TestDatesOfEmployees(t *testing.T) {
	w := startEvidence(t, "", emulator.Options{})
	const target = "/users/ada@contoso.com?$select=createdDateTime,employeeHireDate,employeeLeaveDateTime"
	got := w.get(target).json
	if got["createdDateTime"] != "2020-05-01T00:00:00Z" || got["employeeHireDate"] != "2020-04-01T00:00:00Z" || got["employeeLeaveDateTime"] != "2026-10-31T12:00:00Z" {
		t.Errorf("%v", got)
	}
	w.token = w.AppToken()
	if got := w.get(target).json; got["employeeLeaveDateTime"] != nil || got["createdDateTime"] == nil {
		t.Errorf("without the permission: %v", got)
	}
	if got := w.get("/users/admin@contoso.com?$select=createdDateTime").json; got["createdDateTime"] != nil {
		t.Errorf("of an account without a date: %v", got)
	}
	ada, _ := w.User("ada@contoso.com")
	states := w.get("/users/" + ada.ID.String() + "?$select=licenseAssignmentStates").json["licenseAssignmentStates"].([]any)
	var updated []string
	for _, s := range states {
		updated = append(updated, fmt.Sprint(s.(map[string]any)["lastUpdatedDateTime"]))
	}
	slices.Sort(updated)
	if want := []string{"2020-05-01T00:00:00Z", "2026-08-22T12:00:00Z"}; !slices.Equal(updated, want) {
		t.Errorf("licenses were touched at %v, want %v", updated, want)
	}
}

func TestUserPurpose(t *testing.T) {
	w := startEvidence(t, "", emulator.Options{})
	for name, want := range map[string]string{"ada": "user", "room": "room", "admin": "", "gone": ""} {
		target := "/users/" + name + "@contoso.com/mailboxSettings/userPurpose"
		a := w.call("GET", target, "")
		if want == "" {
			wantError(t, a, 404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
		} else if a.json["value"] != want {
			t.Errorf("%s: %v, want %s", name, a.json["value"], want)
		}
	}
	w.token = w.AppToken()
	wantError(t, w.call("GET", "/users/ada@contoso.com/mailboxSettings/userPurpose", ""), 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

const activeUsers = "/reports/getOffice365ActiveUserDetail(period='D30')"

// report downloads a report and gives its rows by the user's name, each as a
// map of its columns.
func (w *world) report(target string) map[string]map[string]string {
	w.t.Helper()
	a := w.redirected(target)
	download, err := read(w.client.Get(a.header.Get("Location")))
	if err != nil || download.status != 200 {
		w.t.Fatalf("%s: %d %v", target, download.status, err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(download.raw), "\ufeff"))).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row {
			cells[rows[0][i]] = cell
		}
		out[cells["User Principal Name"]] = cells
	}
	return out
}

// redirected asks for a report and gives the answer that leads to it.
func (w *world) redirected(target string) answer {
	w.t.Helper()
	plain := *w
	client := *w.client
	plain.client = &client
	client.CheckRedirect = stay
	a, err := plain.try("GET", target, "")
	if err != nil || a.status != 302 || len(a.raw) > 0 {
		w.t.Fatalf("%s: %d %s %v", target, a.status, a.raw, err)
	}
	return a
}

func TestUsageReports(t *testing.T) {
	w := startEvidence(t, ", displayConcealedNames: false", emulator.Options{})
	cells := func(row map[string]string, columns ...string) string {
		var out []string
		for _, c := range columns {
			value, ok := row[c]
			if !ok {
				t.Errorf("no column %q", c)
			}
			out = append(out, value)
		}
		return strings.Join(out, "|")
	}
	users := w.report(activeUsers)
	// What happened since the report was made is on its last day.
	got := cells(users["ada@contoso.com"], "Report Refresh Date", "Has Teams License", "Exchange Last Activity Date", "Teams Last Activity Date", "Yammer Last Activity Date", "Report Period")
	if want := "2026-11-28|TRUE|2026-11-10|2026-11-28||30"; got != want || len(users) != 3 {
		t.Errorf("%s of %d users, want %s", got, len(users), want)
	}
	boxes := w.report("/reports/getMailboxUsageDetail(period='D7')")
	if got, want := cells(boxes["room@contoso.com"], "Storage Used (Byte)", "Has Archive"), "64424509440|TRUE"; got != want || len(boxes) != 3 {
		t.Errorf("%s of %d mailboxes, want %s", got, len(boxes), want)
	}
	copilot := w.report("/copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='D180')?$format=text/csv")
	if got, want := cells(copilot["ada@contoso.com"], "Last Activity Date"), "2026-09-01"; got != want || len(copilot) != 1 {
		t.Errorf("%s of %d users, want %s", got, len(copilot), want)
	}
	wantError(t, w.call("GET", "/reports/getMailboxUsageDetail(period='D8')", ""), 400, "InvalidArgument", "Invalid period value specified: 'D8'.")
	a := w.oauth("/contoso.com/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"any"}, "scope": {"https://graph.microsoft.us/.default"}})
	w.token, _ = a.json["access_token"].(string)
	wantError(t, w.call("GET", "https://graph.microsoft.us/v1.0"+activeUsers, ""), 400, "BadRequest", "Resource not found for the segment 'getOffice365ActiveUserDetail'.")
}

// The report is not Graph's to give, and a token is not for whoever has it.
func TestReportsAreDownloadedWithoutAToken(t *testing.T) {
	w := startEvidence(t, "", emulator.Options{})
	location := w.redirected(activeUsers).header.Get("Location")
	if strings.HasPrefix(location, "https://graph.microsoft.com") {
		t.Errorf("the report is at %s", location)
	}
	if a, err := w.try("GET", location, ""); err != nil || a.status != 403 {
		t.Errorf("with a token: %d %v", a.status, err)
	}
	if a, err := read(w.client.Get(location)); err != nil || a.status != 200 {
		t.Errorf("without: %d %v", a.status, err)
	}
	_, key, _ := strings.Cut(location, "/data/download/")
	for _, r := range w.Requests() {
		if strings.Contains(fmt.Sprint(r), key) {
			t.Errorf("the log holds the key of the report: %+v", r)
		}
	}
	if a, err := read(w.client.Get(location + "x")); err != nil || a.status != 404 {
		t.Errorf("another address: %d %v", a.status, err)
	}
}

func TestReportsOnTheWire(t *testing.T) {
	elsewhere := httptest.NewUnstartedServer(nil)
	w := startEvidence(t, "", emulator.Options{Downloads: "http://" + elsewhere.Listener.Addr().String()})
	elsewhere.Config.Handler = w.Emulator
	elsewhere.Start()
	defer elsewhere.Close()
	here := httptest.NewServer(w.Emulator)
	defer here.Close()
	w.client = here.Client()
	location := w.redirected(here.URL + "/v1.0" + activeUsers).header.Get("Location")
	if !strings.HasPrefix(location, elsewhere.URL+"/") {
		t.Fatalf("the report is at %s, not at %s", location, elsewhere.URL)
	}
	if a, err := read(w.client.Get(location)); err != nil || a.status != 200 {
		t.Errorf("there: %d %v", a.status, err)
	}
	if a, err := read(w.client.Get(strings.Replace(location, elsewhere.URL, here.URL, 1))); err != nil || a.status != 404 {
		t.Errorf("where Graph is: %d %v", a.status, err)
	}
	lost := startEvidence(t, "", emulator.Options{})
	there := httptest.NewServer(lost.Emulator)
	defer there.Close()
	if a := lost.call("GET", there.URL+"/v1.0"+activeUsers, ""); a.code() != emulator.CodeNotEmulated {
		t.Errorf("without a place to download from: %d %s", a.status, a.raw)
	}
}

func TestReportsConcealNames(t *testing.T) {
	for about, conceals := range map[string]bool{"": true, ", displayConcealedNames: true": true, ", displayConcealedNames: false": false} {
		w := startEvidence(t, about, emulator.Options{})
		if got := w.get("/admin/reportSettings").json["displayConcealedNames"]; got != conceals {
			t.Errorf("%q: displayConcealedNames is %v", about, got)
		}
		for name, row := range w.report(activeUsers) {
			if strings.Contains(name, "@") == conceals || strings.Contains(row["Display Name"], "@") == conceals {
				t.Errorf("%q: a row of %s, %s", about, name, row["Display Name"])
			}
		}
	}
}

func TestReportsAreLimited(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	w := startEvidence(t, "", emulator.Options{Now: clock.Now})
	tag := ""
	for range 14 {
		tag = w.redirected(activeUsers).header.Get("ETag")
	}
	if a := w.call("GET", activeUsers, ""); a.status != 429 || a.header.Get("Retry-After") != "600" {
		t.Errorf("the fifteenth: %d after %s", a.status, a.header.Get("Retry-After"))
	}
	w.redirected("/reports/getMailboxUsageDetail(period='D30')")
	clock.Advance(10 * time.Minute)
	if a := w.call("GET", activeUsers, "", "If-None-Match", tag); a.status != 304 || len(a.raw) > 0 {
		t.Errorf("unchanged: %d %s", a.status, a.raw)
	}
	w.token = w.AppToken()
	wantError(t, w.call("GET", activeUsers, ""), 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

func TestSubscriptions(t *testing.T) {
	w := startEvidence(t, "", emulator.Options{})
	var got []string
	for _, item := range w.get("/directory/subscriptions").json["value"].([]any) {
		s := item.(map[string]any)
		got = append(got, fmt.Sprint(s["skuPartNumber"], s["status"], s["totalLicenses"], s["isTrial"], s["nextLifecycleDateTime"]))
	}
	want := []string{
		"Microsoft_365_CopilotEnabled10 false <nil>", "Microsoft_365_CopilotWarning1 false <nil>",
		"SPE_E5Enabled8 false2026-12-31T12:00:00Z", "SPE_E5Warning2 true <nil>",
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("subscriptions (-want +got):\n%s", diff)
	}
	w.token = w.AppToken("User.Read.All")
	wantError(t, w.call("GET", "/directory/subscriptions", ""), 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

func TestEvidenceChanges(t *testing.T) {
	w := startEvidence(t, "", emulator.Options{})
	if !w.SetEvidence("bea@contoso.com", emulator.Evidence{SignIns: &emulator.SignIns{Interactive: emulator.InDays(-1)}}) || w.SetEvidence("nobody", emulator.Evidence{}) {
		t.Error("it is not told whose evidence changed")
	}
	activity := w.get("/users/bea@contoso.com?$select=signInActivity").json["signInActivity"].(map[string]any)
	if activity["lastSignInDateTime"] != "2026-11-29T12:00:00Z" {
		t.Errorf("%v", activity)
	}
}

func TestEvidenceThatIsNoTime(t *testing.T) {
	for _, text := range []string{"yesterday", "3 days", "in days", "2026-13-01", "-3 days ago"} {
		_, err := emulator.ParseTenant("tenant.yaml", fmt.Appendf(nil, strings.Replace(evidenceTenant, "30 days ago", text, 1), ""))
		if err == nil || !strings.Contains(err.Error(), "is not a time") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
