package emulator_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// manyUsers is a tenant of n users without licenses.
func manyUsers(n int) emulator.Tenant {
	tenant := emulator.Tenant{DefaultDomain: "contoso.com"}
	for i := range n {
		tenant.Users = append(tenant.Users, emulator.User{UserPrincipalName: fmt.Sprintf("user%04d@contoso.com", i)})
	}
	return tenant
}

func TestUsersDefaultProperties(t *testing.T) {
	w := start(t, emulator.Options{})
	first := w.get("/users").json["value"].([]any)[0].(map[string]any)
	var names []string
	for name := range first {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
		"preferredLanguage", "surname", "userPrincipalName"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("properties without $select (-want +got):\n%s", diff)
	}
}

func TestUsersSelect(t *testing.T) {
	w := start(t, emulator.Options{})
	a := w.get("/users/ada@contoso.com?$select=id,userprincipalname,accountEnabled,userType,usageLocation,department,assignedLicenses")
	want := `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(id,userPrincipalName,accountEnabled,userType,usageLocation,department,assignedLicenses)/$entity",` +
		`"id":"d87f2c5a-a713-57fe-a0b9-01ca77d12899","userPrincipalName":"ada@contoso.com","accountEnabled":true,"userType":"Member","usageLocation":"DE","department":"Sales",` +
		`"assignedLicenses":[{"disabledPlans":["` + files.String() + `"],"skuId":"` + suite.String() + `"}]}`
	if string(a.raw) != want {
		t.Errorf("answer %s\nwant   %s", a.raw, want)
	}
	wantError(t, w.call("GET", "/users?$select=id,shoeSize", ""), 400, "BadRequest",
		"Parsing OData Select and Expand failed: Could not find a property named 'shoeSize' on type 'microsoft.graph.user'.")
	if a := w.call("GET", "/users?$select=id,aboutMe", ""); a.status != 501 {
		t.Errorf("a property that is not given for lists: %d, want 501", a.status)
	}
}

func TestLicenseAssignmentStates(t *testing.T) {
	now := time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC)
	w := start(t, emulator.Options{Now: func() time.Time { return now }})
	a := w.get("/users/ken@contoso.com?$select=licenseAssignmentStates,assignedLicenses")
	group := derived("group", "Licensing")
	want := fmt.Sprintf(`"licenseAssignmentStates":[`+
		`{"skuId":"%[1]s","disabledPlans":[],"assignedByGroup":null,"state":"Active","error":"None","lastUpdatedDateTime":"2026-11-01T09:30:00Z"},`+
		`{"skuId":"%[1]s","disabledPlans":["%[2]s"],"assignedByGroup":"%[3]s","state":"Active","error":"None","lastUpdatedDateTime":"2026-11-01T09:30:00Z"}],`+
		`"assignedLicenses":[{"disabledPlans":[],"skuId":"%[1]s"}]}`, suite, chat, group)
	if !strings.HasSuffix(string(a.raw), want) {
		t.Errorf("answer %s\nwant … %s", a.raw, want)
	}
}

func TestAssignedPlans(t *testing.T) {
	w := start(t, emulator.Options{})
	var got []string
	for _, p := range w.get("/users/ada@contoso.com?$select=assignedPlans").json["assignedPlans"].([]any) {
		got = append(got, p.(map[string]any)["servicePlanId"].(string))
	}
	want := []string{mail.String(), chat.String()}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("enabled plans of users (-want +got):\n%s", diff)
	}
}

func TestUsersTop(t *testing.T) {
	w := startTenant(t, manyUsers(1100), emulator.Options{})
	for target, n := range map[string]int{"/users": 100, "/users?$top=1": 1, "/users?$top=999": 999} {
		if got := len(w.get(target).values("id")); got != n {
			t.Errorf("GET %s gives %d users, want %d", target, got, n)
		}
	}
	wantError(t, w.call("GET", "/users?$top=1000", ""), 400, "Request_UnsupportedQuery", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.")
	wantError(t, w.call("GET", "/users?$top=0", ""), 400, "Request_UnsupportedQuery", "Invalid page size specified: '0'. Must be between 1 and 999 inclusive.")
	if a := w.call("GET", "/users?$top=many", ""); a.status != 400 {
		t.Errorf("$top=many: %d", a.status)
	}
}

func TestUsersPaging(t *testing.T) {
	w := startTenant(t, manyUsers(250), emulator.Options{})
	seen := map[string]bool{}
	pages := 0
	for target := graphRoot + "/users?$select=id,userPrincipalName&$top=99"; target != ""; pages++ {
		a := w.get(target)
		for _, id := range a.values("id") {
			if seen[id] {
				t.Fatalf("user %s is on two pages", id)
			}
			seen[id] = true
		}
		target, _ = a.json["@odata.nextLink"].(string)
		if target != "" && !strings.HasPrefix(target, graphRoot+"/users?") {
			t.Fatalf("next link %s", target)
		}
	}
	if len(seen) != 250 || pages != 3 {
		t.Errorf("%d users on %d pages, want 250 on 3", len(seen), pages)
	}
}

func TestNextLinksAreOpaque(t *testing.T) {
	clock := emulator.NewClock(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	w := startTenant(t, manyUsers(30), emulator.Options{Now: clock.Now, PageTokenLifetime: 10 * time.Minute})
	next := w.get("/users?$top=10").json["@odata.nextLink"].(string)
	for name, target := range map[string]string{
		"another query":   strings.Replace(next, "$top=10", "$top=20", 1),
		"a changed token": strings.Replace(next, "$skiptoken=A", "$skiptoken=B", 1),
		"no token":        graphRoot + "/users?$top=10&$skiptoken=x",
	} {
		if a := w.call("GET", target, ""); a.status != 400 || a.code() != "Request_BadRequest" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	w.get(next)
	clock.Advance(11 * time.Minute)
	wantError(t, w.call("GET", next, ""), 400, "Directory_ExpiredPageToken",
		"The specified page token value has expired and can no longer be included in your request.")
}

func TestUserPaths(t *testing.T) {
	tenant := testTenant()
	tenant.Users = append(tenant.Users,
		emulator.User{UserPrincipalName: "o'brien@contoso.com"},
		emulator.User{UserPrincipalName: "$dollar@contoso.com"},
		emulator.User{UserPrincipalName: "jürgen@contoso.com"})
	w := startTenant(t, tenant, emulator.Options{})
	for path, want := range map[string]string{
		"/users/ada@contoso.com":                                 ada,
		"/users/Ada%40Contoso.com":                               ada,
		"/users('ada@contoso.com')":                              ada,
		"/users/d87f2c5a-a713-57fe-a0b9-01ca77d12899":            ada,
		"/users/D87F2C5A-A713-57FE-A0B9-01CA77D12899":            ada,
		"/users/zoe_example.com%23EXT%23@contoso.com":            zoe,
		"/users/o'brien@contoso.com":                             "o'brien@contoso.com",
		"/users('o''brien@contoso.com')":                         "o'brien@contoso.com",
		"/users('$dollar@contoso.com')":                          "$dollar@contoso.com",
		"/users/" + url.PathEscape("jürgen@contoso.com"):         "jürgen@contoso.com",
		"/users('" + url.PathEscape("jürgen@contoso.com") + "')": "jürgen@contoso.com",
	} {
		if got := w.get(path + "?$select=userPrincipalName").json["userPrincipalName"]; got != want {
			t.Errorf("GET %s gives %v, want %s", path, got, want)
		}
	}
	if a := w.call("GET", "/users/$dollar@contoso.com", ""); a.status != 400 {
		t.Errorf("a leading $ outside of parentheses: %d, want 400", a.status)
	}
	wantError(t, w.call("GET", "/users/nobody@contoso.com", ""), 404, "Request_ResourceNotFound",
		"Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.")
}

func TestMe(t *testing.T) {
	w := start(t, emulator.Options{})
	wantError(t, w.call("GET", "/me", ""), 400, "BadRequest", "/me request is only valid with delegated authentication flow.")
	w.token = w.userToken(grace)
	if got := w.get("/me").json["userPrincipalName"]; got != grace {
		t.Errorf("/me is %v, want %s", got, grace)
	}
}

func TestUsersCount(t *testing.T) {
	w := start(t, emulator.Options{})
	if a := w.get("/users?$count=true"); a.json["@odata.count"] != nil {
		t.Errorf("a count without ConsistencyLevel: %v", a.json["@odata.count"])
	}
	if a := w.get("/users?$count=true&$top=1", "ConsistencyLevel", "eventual"); a.json["@odata.count"] != 5.0 {
		t.Errorf("@odata.count is %v, want 5", a.json["@odata.count"])
	}
	if a := w.get("/users/$count", "ConsistencyLevel", "eventual"); string(a.raw) != "5" {
		t.Errorf("/users/$count is %s, want 5", a.raw)
	}
	wantRefused(t, w.call("GET", "/users/$count", ""), "$count is not currently supported.")
}

func TestUnsupportedOptions(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, target := range []string{
		"/users?$skip=1", "/users/ada@contoso.com?$filter=id eq 'x'",
		"/subscribedSkus?$filter=x", "/subscribedSkus?$top=1",
	} {
		if a := w.call("GET", target, ""); a.status != 400 || a.code() != "Request_UnsupportedQuery" {
			t.Errorf("GET %s: %d %s", target, a.status, a.raw)
		}
	}
	w.token = w.AppToken("User.Read.All", "Organization.Read.All", "Domain.Read.All")
	for _, target := range []string{"/organization?$filter=displayName eq 'x'", "/users/ada@contoso.com/licenseDetails?$top=1", "/directory/subscriptions?$count=true", "/domains?$filter=isDefault eq true"} {
		if a := w.call("GET", target, ""); a.code() != emulator.CodeNotEmulated {
			t.Errorf("GET %s: %d %s", target, a.status, a.raw)
		}
	}
}

func TestUnknownOptions(t *testing.T) {
	w := start(t, emulator.Options{})
	for target, want := range map[string]string{
		"/users?select=id":                         "Unrecognized query argument specified: 'select'.",
		"/users?$shoe=7":                           "Unrecognized query argument specified: '$shoe'.",
		"/users/ada@contoso.com?color=red":         "Unrecognized query argument specified: 'color'.",
		"/groups?limit=3":                          "Unrecognized query argument specified: 'limit'.",
		"/users/delta?$filtr=displayName eq 'Ada'": "Unrecognized query argument specified: '$filtr'.",
	} {
		wantRefused(t, w.call("GET", target, ""), want)
	}
	for target, name := range map[string]string{
		"/users?$top=1&$top=2": "$top", "/groups?$filter=a&$filter=b": "$filter", "/users/ada@contoso.com?$select=id&$select=mail": "$select",
	} {
		wantError(t, w.call("GET", target, ""), 400, "BadRequest",
			"Query option '"+name+"' was specified more than once, but it must be specified at most once.")
	}
}

// What Graph may have and the emulator has not is said in the emulator's own
// name, and told to whoever observes it.
func TestNotEmulated(t *testing.T) {
	var seen []string
	w := start(t, emulator.Options{Observe: func(r emulator.Request) { seen = append(seen, r.Missing) }})
	const sentence = "The licensectl emulator does not have %s. This is not an answer of Microsoft Graph, which may have it."
	for _, tt := range []struct{ method, target, what string }{
		{"GET", "/users/delta?$expand=x", "the query option '$expand' for this request"},
		{"GET", "/planets", "GET /planets"},
		{"GET", "/users/ada@contoso.com/photo", "GET /users/{id}/photo"},
		{"GET", "/users('ada@contoso.com')/photo", "GET /users/{id}/photo"},
		{"PUT", "/users/" + derived("user", ada).String() + "/photo/$value", "PUT /users/{id}/photo/$value"},
		{"DELETE", "/subscribedSkus", "DELETE /subscribedSkus"},
	} {
		seen = nil
		want := fmt.Sprintf(sentence, tt.what)
		wantError(t, w.call(tt.method, tt.target, ""), 501, emulator.CodeNotEmulated, want)
		if !slices.Equal(seen, []string{want}) {
			t.Errorf("%s %s: observed %q", tt.method, tt.target, seen)
		}
	}
	w.token = ""
	if a := w.call("GET", "/planets", ""); a.status != 401 {
		t.Errorf("without a token: %d", a.status)
	}
	if a := w.call("GET", "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize", ""); a.status != 501 || a.code() != emulator.CodeNotEmulated {
		t.Errorf("the token service: %d %s", a.status, a.raw)
	}
}

func TestInvalidVersion(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, target := range []string{
		"https://graph.microsoft.com/v2.0/users", "https://graph.microsoft.com/users",
		"http://127.0.0.1:8080/v1.1/me", "http://127.0.0.1:8080/V3/users",
	} {
		wantError(t, w.call("GET", target, ""), 400, "BadRequest", "Invalid version.")
	}
}

// A user in a restricted administrative unit is not changed, and tells it to
// those who ask for it.
func TestRestrictedUser(t *testing.T) {
	tenant := testTenant()
	tenant.Users[0].ManagementRestricted = true
	w := startTenant(t, tenant, emulator.Options{})
	const no = "Insufficient privileges to complete the operation."
	if a := w.call("PATCH", "/users/ada@contoso.com", `{"usageLocation":"GB"}`); a.status != 403 || a.errorField("message") != no {
		t.Errorf("PATCH: %d %s", a.status, a.raw)
	}
	if a := w.assign(ada, assignBody(lic(addon))); a.status != 403 || a.errorField("message") != no || w.licenses(ada) != "SUITE-FILES" {
		t.Errorf("assignLicense: %d %s, holds %s", a.status, a.raw, w.licenses(ada))
	}
	for user, want := range map[string]any{"ada": true, "grace": nil} {
		a := w.get("/users/" + user + "@contoso.com?$select=id,isManagementRestricted")
		if got, told := a.json["isManagementRestricted"]; got != want || !told {
			t.Errorf("%s: %s", user, a.raw)
		}
	}
	if a := w.get("/users/ada@contoso.com"); a.json["isManagementRestricted"] != nil {
		t.Errorf("told without being asked: %s", a.raw)
	}
}

func TestPatchUsageLocation(t *testing.T) {
	w := start(t, emulator.Options{})
	a := w.call("PATCH", "/users/linus@contoso.com", `{"usageLocation":"GB"}`)
	if a.status != 204 || len(a.raw) != 0 {
		t.Errorf("answer %d %q, want 204 without a body", a.status, a.raw)
	}
	if u, _ := w.User(linus); u.UsageLocation != "GB" {
		t.Errorf("usage location %q, want GB", u.UsageLocation)
	}
	for _, body := range []string{
		`{"usageLocation":"XX"}`, `{"usageLocation":"gb"}`, `{"usageLocation":"GBR"}`, `{"usageLocation":""}`, `{"usageLocation":null}`, `{"usageLocation":7}`,
	} {
		wantRefused(t, w.call("PATCH", "/users/linus@contoso.com", body), "Invalid value specified for property 'usageLocation' of resource 'User'.")
	}
	wantRefused(t, w.call("PATCH", "/users/linus@contoso.com", `{"shoeSize":7}`), "Property 'shoeSize' does not exist as a declared property or extension property.")
	wantRefused(t, w.call("PATCH", "/users/linus@contoso.com", `{}`), "Empty Payload. JSON content expected.")
	if a := w.call("PATCH", "/users/linus@contoso.com", `{"usageLocation":"DE","onPremisesDomainName":"x"}`); a.status != 501 || a.code() != emulator.CodeNotEmulated {
		t.Errorf("a property that the emulator does not change: %d %s", a.status, a.raw)
	}
	if a := w.call("PATCH", "/users/linus@contoso.com", `{`); a.status != 400 {
		t.Errorf("a body that is not JSON: %d", a.status)
	}
	if a := w.call("PATCH", "/users/nobody@contoso.com", `{"usageLocation":"DE"}`); a.status != 404 {
		t.Errorf("an unknown user: %d", a.status)
	}
	if u, _ := w.User(linus); u.UsageLocation != "GB" {
		t.Errorf("the refused changes left the usage location %q", u.UsageLocation)
	}
}

// Other properties of a user, and the id that clients send along.
func TestPatchOtherProperties(t *testing.T) {
	w := start(t, emulator.Options{})
	linusID := derived("user", linus).String()
	delta := w.get("/users/delta?$deltatoken=latest").json["@odata.deltaLink"].(string)
	body := `{"id":"` + linusID + `","@odata.type":"#microsoft.graph.user","accountEnabled":true,"displayName":"Linus Other","department":"Legal","country":"FI","jobTitle":"Counsel"}`
	if a := w.call("PATCH", "/users/linus@contoso.com", body); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	const selected = "?$select=accountEnabled,displayName,department,country,jobTitle,usageLocation"
	a := w.get("/users/linus@contoso.com" + selected)
	for name, want := range map[string]any{
		"accountEnabled": true, "displayName": "Linus Other", "department": "Legal", "country": "FI", "jobTitle": "Counsel", "usageLocation": nil,
	} {
		if a.json[name] != want {
			t.Errorf("%s is %v, want %v", name, a.json[name], want)
		}
	}
	if got := w.get(delta).values("id"); !slices.Equal(got, []string{linusID}) {
		t.Errorf("the delta has %v", got)
	}
	if a := w.call("PATCH", "/users/linus@contoso.com", `{"department":null}`); a.status != 204 {
		t.Errorf("null: %d %s", a.status, a.raw)
	}
	wantRefused(t, w.call("PATCH", "/users/linus@contoso.com", `{"id":"`+suite.String()+`","department":"x"}`), "Property 'id' is read-only and cannot be set.")
	for name, value := range map[string]string{"displayName": "null", "accountEnabled": `"yes"`, "jobTitle": "7"} {
		wantRefused(t, w.call("PATCH", "/users/linus@contoso.com", `{"department":"x","`+name+`":`+value+`}`),
			"Invalid value specified for property '"+name+"' of resource 'User'.")
	}
	if a := w.get("/users/linus@contoso.com" + selected); a.json["department"] != nil {
		t.Errorf("a refused change left %s", a.raw)
	}
}

// What has nothing to do with licenses is kept as it was set.
func TestPatchTexts(t *testing.T) {
	w := start(t, emulator.Options{})
	delta := w.get("/users/delta?$deltatoken=latest").json["@odata.deltaLink"].(string)
	texts := map[string]string{"givenName": "Li", "city": "Berlin", "employeeId": "4711", "officeLocation": "7/3", "mailNickname": "lin"}
	for name, value := range texts {
		if a := w.call("PATCH", "/users/linus@contoso.com", `{"`+name+`":"`+value+`"}`); a.status != 204 {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
		if a := w.get("/users/linus@contoso.com?$select=" + name); a.json[name] != value {
			t.Errorf("%s: %s", name, a.raw)
		}
		if got := w.filtered(name + " eq '" + value + "'"); !slices.Equal(got, []string{"linus"}) {
			t.Errorf("%s eq %q: %q", name, value, got)
		}
	}
	if got := w.get(delta).values("displayName"); !slices.Equal(got, []string{"Linus Example"}) {
		t.Errorf("the delta has %q", got)
	}
	if a := w.call("PATCH", "/users/linus@contoso.com", `{"givenName":null,"city":null}`); a.status != 204 {
		t.Errorf("null: %d %s", a.status, a.raw)
	}
	if a := w.get("/users/linus@contoso.com?$select=givenName,city"); a.json["givenName"] != "Linus" || a.json["city"] != nil {
		t.Errorf("taken away: %s", a.raw)
	}
	w.do(204, "PATCH", "/users/linus@contoso.com", `{"showInAddressList":false,"passwordPolicies":"DisablePasswordExpiration"}`)
	if a := w.get("/users/linus@contoso.com?$select=showInAddressList,passwordPolicies"); a.json["showInAddressList"] != false || a.json["passwordPolicies"] != "DisablePasswordExpiration" {
		t.Errorf("a flag: %s", a.raw)
	}
	w.do(204, "PATCH", "/users/linus@contoso.com", `{"showInAddressList":null,"otherMails":[],"employeeOrgData":{"costCenter":null,"division":null}}`)
	if a := w.get("/users/linus@contoso.com?$select=showInAddressList,otherMails,employeeOrgData"); a.json["showInAddressList"] != nil || a.json["employeeOrgData"] != nil {
		t.Errorf("set to nothing: %s", a.raw)
	}
	for _, body := range []string{`{"otherMails":["lin@example.com"]}`, `{"employeeOrgData":{"costCenter":"7"}}`} {
		w.do(501, "PATCH", "/users/linus@contoso.com", body)
	}
	wantRefused(t, w.call("PATCH", "/users/linus@contoso.com", `{"showInAddressList":"no"}`), "Invalid value specified for property 'showInAddressList' of resource 'User'.")
	wantRefused(t, w.call("PATCH", "/users/linus@contoso.com", `{"city":7}`), "Invalid value specified for property 'city' of resource 'User'.")
}

func TestLicenseDetails(t *testing.T) {
	w := start(t, emulator.Options{})
	a := w.get("/users/grace@contoso.com/licenseDetails")
	if diff := cmp.Diff([]string{"SUITE"}, a.values("skuPartNumber")); diff != "" {
		t.Errorf("products (-want +got):\n%s", diff)
	}
	got := map[string]string{}
	for _, p := range a.json["value"].([]any)[0].(map[string]any)["servicePlans"].([]any) {
		plan := p.(map[string]any)
		got[plan["servicePlanName"].(string)] = plan["provisioningStatus"].(string)
	}
	want := map[string]string{"MAIL": "Success", "FILES": "Success", "CHAT": "Disabled", "CORE": "Success"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("service plans (-want +got):\n%s", diff)
	}
	if n := len(w.get("/users/ken@contoso.com/licenseDetails?$select=skuId").values("skuId")); n != 1 {
		t.Errorf("a product held by two paths is listed %d times", n)
	}
	w.token = w.userToken(ken)
	if a := w.get("/me/licenseDetails"); len(a.values("skuId")) != 1 {
		t.Errorf("/me/licenseDetails: %s", a.raw)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, tt := range []struct {
		method, target string
		status         int
	}{
		{"GET", "/users/ada@contoso.com/assignLicense", 405}, {"DELETE", "/users/$count", 405}, {"POST", "/users/delta", 405},
		{"GET", "/$batch", 405}, {"GET", "/planets", 501}, {"POST", "/subscribedSkus", 501},
	} {
		if a, err := w.try(tt.method, tt.target, ""); err != nil || a.status != tt.status {
			t.Errorf("%s %s: %d %s %v, want %d", tt.method, tt.target, a.status, a.raw, err, tt.status)
		}
	}
}

func TestSubscribedSkus(t *testing.T) {
	tenant := testTenant()
	tenant.Products = tenant.Products[:1]
	tenant.Products[0].SKU.Units = license.Units{Enabled: 4, Warning: 3, Suspended: 2, LockedOut: 1, Consumed: 99}
	w := startTenant(t, tenant, emulator.Options{})
	plan := func(id license.GUID, name, appliesTo string) string {
		return fmt.Sprintf(`{"appliesTo":"%s","provisioningStatus":"Success","servicePlanId":"%s","servicePlanName":"%s"}`, appliesTo, id, name)
	}
	want := fmt.Sprintf(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#subscribedSkus","value":[{"accountId":"%[1]s","accountName":"Contoso",`+
		`"appliesTo":"User","capabilityStatus":"Enabled","consumedUnits":3,"id":"%[1]s_%[2]s","prepaidUnits":{"enabled":4,"lockedOut":1,"suspended":2,"warning":3},`+
		`"servicePlans":[%[3]s],"skuId":"%[2]s","skuPartNumber":"SUITE","subscriptionIds":["%[4]s"]}]}`,
		w.TenantID(), suite, strings.Join([]string{plan(mail, "MAIL", "User"), plan(files, "FILES", "User"), plan(chat, "CHAT", "User"), plan(core, "CORE", "Company")}, ","),
		derived("subscription", suite.String()))
	if got := w.get("/subscribedSkus"); string(got.raw) != want {
		t.Errorf("answer %s\nwant   %s", got.raw, want)
	}
	if got := w.get("/subscribedSkus?$select=skuId").json["value"].([]any)[0].(map[string]any); len(got) != 1 || got["skuId"] != suite.String() {
		t.Errorf("with $select: %v", got)
	}
	for status, units := range map[string]license.Units{
		"Enabled": {Enabled: 1, Warning: 1}, "Warning": {Warning: 1, Suspended: 1}, "Suspended": {Suspended: 1, LockedOut: 1}, "LockedOut": {LockedOut: 1}, "Deleted": {},
	} {
		if err := w.SetUnits(suite, units); err != nil {
			t.Fatal(err)
		}
		if got := w.get("/subscribedSkus").values("capabilityStatus")[0]; got != status {
			t.Errorf("%+v: capabilityStatus %s, want %s", units, got, status)
		}
	}
}

func TestOrganization(t *testing.T) {
	w := start(t, emulator.Options{})
	got := w.get("/organization").json["value"].([]any)
	first := got[0].(map[string]any)
	if len(got) != 1 || first["id"] != w.TenantID().String() || first["displayName"] != "Contoso" || first["countryLetterCode"] != "US" {
		t.Errorf("organization %v", got)
	}
	domain := first["verifiedDomains"].([]any)[0].(map[string]any)
	if domain["name"] != "contoso.com" || domain["isDefault"] != true {
		t.Errorf("domain %v", domain)
	}
}
