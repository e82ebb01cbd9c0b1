package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// administrate lets a client change the directory as well.
func (w *world) administrate() *world {
	w.token = w.AppToken(append(emulator.DefaultRoles(), "User.ReadWrite.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All")...)
	return w
}

// do is call for a change that has to end with a status.
func (w *world) do(status int, method, target, body string) answer {
	w.t.Helper()
	a := w.call(method, target, body)
	if a.status != status {
		w.t.Fatalf("%s %s: %d %s, want %d", method, target, a.status, a.raw, status)
	}
	return a
}

const newcomer = `{"accountEnabled":true,"displayName":"Nora New","mailNickname":"nora","userPrincipalName":"nora@contoso.com",
	"passwordProfile":{"password":"an example password"},"usageLocation":"DE","department":"Sales"}`

func TestCreateUser(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	a := w.do(201, "POST", "/users", newcomer)
	id, _ := a.json["id"].(string)
	if a.json["displayName"] != "Nora New" || a.json["accountEnabled"] != nil || strings.Contains(string(a.raw), "an example password") {
		t.Errorf("the answer %s", a.raw)
	}
	w.do(200, "POST", "/users/"+id+"/assignLicense", assignBody(lic(suite)))
	if got := w.licenses("nora@contoso.com"); got != "SUITE" || w.consumed(suite) != 4 {
		t.Errorf("nora holds %q, and %d seats are taken", got, w.consumed(suite))
	}
	for target, want := range map[string]string{
		"/users/nora@contoso.com?$select=displayName,usageLocation": "Nora New", "/users/" + id: "Nora New",
		"/users?$filter=userPrincipalName eq 'NORA@contoso.com'": "Nora New", "/users?$filter=id eq '" + id + "'": "Nora New",
	} {
		if a := w.get(target); !strings.Contains(string(a.raw), want) {
			t.Errorf("GET %s: %s", target, a.raw)
		}
	}
	if got := len(w.get("/users").values("id")); got != 6 || len(w.Users()) != 6 {
		t.Errorf("%d users, %d behind the wire", got, len(w.Users()))
	}
	if state, err := w.SaveState(); err != nil || strings.Contains(string(state), id) || start(t, emulator.Options{}).LoadState(state) != nil {
		t.Errorf("the state has who came: %s %v", state, err)
	}
	for body, message := range map[string]string{
		newcomer: "Another object with the same value for property userPrincipalName already exists.",
		strings.Replace(newcomer, "nora@contoso.com", "ADA@contoso.com", 1): "Another object with the same value for property userPrincipalName already exists.",
		strings.Replace(newcomer, "nora@contoso.com", "n@example.com", 1):   "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.",
		strings.Replace(newcomer, "nora@contoso.com", "nora", 1):            "Property userPrincipalName is invalid.",
		`{"displayName":"x"}`:                             "A value is required for property 'accountEnabled' of resource 'User'.",
		strings.Replace(newcomer, `"DE"`, `"Germany"`, 1): "Invalid value specified for property 'usageLocation' of resource 'User'.",
	} {
		wantError(t, w.call("POST", "/users", body), 400, "Request_BadRequest", message)
	}
	if a := w.call("POST", "/users", strings.Replace(newcomer, "department", "onPremisesDomainName", 1)); a.code() != emulator.CodeNotEmulated {
		t.Errorf("a property that is not held: %d %s", a.status, a.raw)
	}
	w.token = w.AppToken()
	if a := w.call("POST", "/users", newcomer); a.status != 403 {
		t.Errorf("without the permission: %d", a.status)
	}
}

// Who was deleted gives their seats back, and takes them again on their return
// although others hold them by then.
func TestDeleteAndRestoreUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{}).administrate()
		held := w.licenses(ken)
		id := derived("user", ken).String()
		w.do(204, "DELETE", "/users/"+ken, "")
		if a := w.call("GET", "/users/"+ken, ""); a.status != 404 || w.consumed(suite) != 2 {
			t.Errorf("a deleted user: %d, %d seats are taken", a.status, w.consumed(suite))
		}
		list := w.get("/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,deletedDateTime")
		if names := list.values("userPrincipalName"); len(names) != 1 || names[0] != strings.ReplaceAll(id, "-", "")+ken || list.values("deletedDateTime")[0] == "<nil>" {
			t.Errorf("deleted users: %s", list.raw)
		}
		if a := w.get("/directory/deletedItems/" + id); a.json["displayName"] != "Ken Example" {
			t.Errorf("a deleted user: %s", a.raw)
		}
		if n := len(w.get("/directory/deletedItems/microsoft.graph.group").values("id")); n != 0 {
			t.Errorf("%d deleted groups", n)
		}
		for _, name := range []string{"linus@contoso.com", "zoe_example.com#EXT#@contoso.com"} {
			if err := w.SetLicenses(name, lic(suite)...); err != nil {
				t.Fatal(err)
			}
		}
		restored := w.do(200, "POST", "/directory/deletedItems/"+id+"/restore", "{}") // as clients send it
		if kind := restored.json["@odata.type"]; kind != "#microsoft.graph.user" {
			t.Errorf("of the type %v is restored %s", kind, restored.raw)
		}
		if got := w.licenses(ken); got != held || w.consumed(suite) != 5 {
			t.Errorf("ken holds %q, want %q, and %d seats are taken", got, held, w.consumed(suite))
		}
		if a := w.call("POST", "/directory/deletedItems/"+id+"/restore", ""); a.status != 404 {
			t.Errorf("restored twice: %d", a.status)
		}

		w.do(204, "DELETE", "/users/"+ken, "")
		w.do(201, "POST", "/users", strings.Replace(newcomer, "nora@contoso.com", ken, 1))
		wantError(t, w.call("POST", "/directory/deletedItems/"+id+"/restore", ""), 400, "Request_BadRequest",
			"Another object with the same value for property userPrincipalName already exists.")
		w.do(204, "DELETE", "/directory/deletedItems/"+id, "")
		if a := w.call("GET", "/directory/deletedItems/"+id, ""); a.status != 404 {
			t.Errorf("a user who is gone for good: %d", a.status)
		}
	})
}

// A user whose name somebody else has by now comes back under another one.
func TestRestoreUnderAnotherName(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	id := derived("user", ken).String()
	restore := "/directory/deletedItems/" + id + "/restore"
	w.do(204, "DELETE", "/users/"+ken, "")
	w.do(201, "POST", "/users", strings.Replace(newcomer, "nora@contoso.com", ken, 1))
	for body, message := range map[string]string{
		`{"newUserPrincipalName":"ada@contoso.com"}`:  "Another object with the same value for property userPrincipalName already exists.",
		`{"newUserPrincipalName":"k@example.com"}`:    "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.",
		`{"autoReconcileProxyConflict":true}`:         "Another object with the same value for property userPrincipalName already exists.",
		`{"newName":"k@contoso.com"}`:                 "The parameter 'newName' in the request payload is not a valid parameter for the operation 'restore'.",
		`{"autoReconcileProxyConflict":"yes please"}`: "The parameter 'autoReconcileProxyConflict' in the request payload is not a valid parameter for the operation 'restore'.",
	} {
		wantError(t, w.call("POST", restore, body), 400, "Request_BadRequest", message)
	}
	w.do(200, "POST", restore, `{"newUserPrincipalName":"kenneth@contoso.com","autoReconcileProxyConflict":true}`)
	for name, want := range map[string]string{"kenneth@contoso.com": "Ken Example", id: "Ken Example", ken: "Nora New"} {
		if got := w.get("/users/" + name).json["displayName"]; got != want {
			t.Errorf("%s is %v, want %s", name, got, want)
		}
	}
	if got := w.licenses("kenneth@contoso.com"); got != "SUITE, SUITE<group-CHAT" {
		t.Errorf("holds %q", got)
	}
}

// Whoever is renamed is found by the new name alone.
func TestRenameUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{Lag: emulator.Lag{Delay: 10 * time.Second, Share: 1e-9}}).administrate()
		a := w.call("PATCH", "/users/"+ken, `{"userPrincipalName":"ADA@contoso.com"}`)
		wantError(t, a, 400, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.")
		if !strings.Contains(string(a.raw), `"details":[{"code":"ObjectConflict","message":"Another object with the same value for property userPrincipalName already exists.","target":"userPrincipalName"}]`) {
			t.Errorf("the details: %s", a.raw)
		}
		w.do(204, "PATCH", "/users/"+ken, `{"userPrincipalName":"abe@contoso.com","department":"Sales"}`)
		w.do(404, "GET", "/users/"+ken, "")
		if got := w.get("/users/abe@contoso.com?$select=department").json["department"]; got != "Sales" {
			t.Errorf("the department %v", got)
		}
		if got := w.get("/users?$filter=userPrincipalName in ('abe@contoso.com','" + ken + "')").values("displayName"); len(got) != 1 {
			t.Errorf("found %q", got)
		}
		w.do(204, "PATCH", "/users/abe@contoso.com", `{"userPrincipalName":"ABE@contoso.com"}`)
		w.do(201, "POST", "/users", strings.Replace(newcomer, "nora@contoso.com", ken, 1))
		lagging := w.get("/users?$count=true&$filter=startsWith(displayName,'Ken')", eventual...).values("userPrincipalName")
		if strings.Join(lagging, "") != ken {
			t.Errorf("the index knows %q at once", lagging)
		}
	})
}

// Of several who delete and restore a user at once none makes them lose what
// they hold, and no seat is counted twice.
func TestDeletionsAtOnce(t *testing.T) {
	w := start(t, emulator.Options{Limits: emulator.Limits{Off: true}}).administrate()
	held, seats := w.licenses(ken), w.consumed(suite)
	id := derived("user", ken).String()
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 20 {
				w.try("DELETE", "/users/"+id, "")
				w.try("POST", "/directory/deletedItems/"+id+"/restore", "")
			}
		})
	}
	clients.Wait()
	w.try("POST", "/directory/deletedItems/"+id+"/restore", "")
	if got := w.licenses(ken); got != held || w.consumed(suite) != seats {
		t.Errorf("ken holds %q, want %q; %d seats are taken, want %d", got, held, w.consumed(suite), seats)
	}
}

func TestDeletedUsersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{}).administrate()
		w.do(204, "DELETE", "/users/"+ken, "")
		time.Sleep(30*24*time.Hour + time.Second)
		w.administrate()
		if n := len(w.get("/directory/deletedItems/microsoft.graph.user").values("id")); n != 0 {
			t.Errorf("%d deleted users after 30 days", n)
		}
	})
}

// A replica that lags does not know who came.
func TestNewUsersLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{Lag: emulator.Lag{Delay: 10 * time.Second}}).administrate()
		w.do(201, "POST", "/users", newcomer)
		if a := w.call("GET", "/users/nora@contoso.com", ""); a.status != 404 || len(w.get("/users").values("id")) != 5 {
			t.Errorf("at once: %d", a.status)
		}
		time.Sleep(11 * time.Second)
		w.get("/users/nora@contoso.com")
	})
}

func TestCreateGroup(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	a := w.do(201, "POST", "/groups", `{"displayName":"E3 Berlin","description":"Seats of Berlin","mailEnabled":false,"mailNickname":"e3","securityEnabled":true,
		"members@odata.bind":["https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"],
		"owners@odata.bind":["https://graph.microsoft.com/v1.0/directoryObjects/`+derived("user", grace).String()+`"]}`)
	group := "/groups/" + a.json["id"].(string)
	if got := w.get(group + "?$select=displayName,description,mailNickname"); got.json["description"] != "Seats of Berlin" || got.json["mailNickname"] != "e3" {
		t.Errorf("the group %s", got.raw)
	}
	w.do(202, "POST", group+"/assignLicense", assignBody(lic(addon)))
	w.ProcessGroups()
	if got := w.licenses(ada); !strings.Contains(got, "ADDON<group") {
		t.Errorf("ada holds %q", got)
	}
	wantError(t, w.call("DELETE", group, ""), 400, "Request_BadRequest", "Groups with active license assignments cannot be deleted.")
	if state, err := w.SaveState(); err != nil || start(t, emulator.Options{}).LoadState(state) != nil {
		t.Errorf("the state has the group: %s %v", state, err)
	}
	w.do(202, "POST", group+"/assignLicense", assignBody(nil, addon))
	w.do(204, "PATCH", group, `{"displayName":"E3 Potsdam","description":null}`)
	if got := w.get("/groups?$filter=displayName eq 'E3 Potsdam'&$select=description"); len(got.values("description")) != 1 || got.values("description")[0] != "<nil>" {
		t.Errorf("the group %s", got.raw)
	}
	w.do(204, "DELETE", group, "")
	if a := w.call("GET", group, ""); a.status != 404 || strings.Contains(w.licenses(ada), "ADDON") {
		t.Errorf("a deleted group: %d, ada holds %q", a.status, w.licenses(ada))
	}
	w.do(201, "POST", "/groups", `{"displayName":"Made","mailEnabled":false,"mailNickname":"made","securityEnabled":true,"description":null,"groupTypes":[],
		"isAssignableToRole":false,"membershipRule":null,"resourceBehaviorOptions":[],"resourceProvisioningOptions":[]}`)
	for body, want := range map[string]int{
		`{"displayName":"x"}`: 400,
		`{"displayName":"","mailEnabled":false,"mailNickname":"x","securityEnabled":true}`:                            400,
		`{"displayName":"x","mailEnabled":false,"mailNickname":"x","securityEnabled":true,"groupTypes":["Unified"]}`:  400,
		`{"displayName":"x","mailEnabled":false,"mailNickname":"x","securityEnabled":true,"groupTypes":["Secret"]}`:   400,
		`{"displayName":"x","mailEnabled":false,"mailNickname":"x","securityEnabled":true,"visibility":"Secret"}`:     400,
		`{"displayName":"x","mailEnabled":false,"mailNickname":"x","securityEnabled":true,"theme":"Blue"}`:            501,
		`{"displayName":"x","mailEnabled":false,"mailNickname":"x","securityEnabled":true,"isAssignableToRole":true}`: 501,
	} {
		w.do(want, "POST", "/groups", body)
	}
}

// A client makes Microsoft 365 groups and groups with a rule, and no groups for
// mail of other kinds.
func TestCreateGroupsOfOtherKinds(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	body := func(rest string) string { return `{"displayName":"Team","mailNickname":"team",` + rest + `}` }
	const unified = `"groupTypes":["Unified"],"mailEnabled":true,"securityEnabled":false`
	a := w.do(201, "POST", "/groups", body(unified))
	team := "/groups/" + a.json["id"].(string)
	got := w.get(team + "?$select=groupTypes,mailEnabled,securityEnabled,mail,proxyAddresses,visibility")
	want := `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#groups/$entity","groupTypes":["Unified"],"mail":"team@contoso.com",` +
		`"mailEnabled":true,"proxyAddresses":["SMTP:team@contoso.com"],"securityEnabled":false,"visibility":"Public"}`
	if string(got.raw) != want {
		t.Errorf("a Microsoft 365 group:\n%s, want\n%s", got.raw, want)
	}
	wantError(t, w.call("POST", "/groups", body(unified)), 400, "Request_BadRequest", "Another object with the same value for property mailNickname already exists.")
	wantError(t, w.call("POST", "/groups", body(`"mailEnabled":true,"securityEnabled":true`)), 400, "Request_BadRequest",
		"The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.")
	w.do(400, "POST", team+"/assignLicense", assignBody(lic(addon))) // it is not for security
	w.do(204, "PATCH", team, `{"securityEnabled":true,"visibility":"Private"}`)
	w.do(202, "POST", team+"/assignLicense", assignBody(lic(addon)))
	w.do(400, "PATCH", team, `{"groupTypes":[]}`)
	w.do(400, "PATCH", team, `{"visibility":"HiddenMembership"}`)
	for filter, n := range map[string]int{
		"groupTypes/any(c:c eq 'Unified')": 1, "proxyAddresses/any(p:p eq 'smtp:team@contoso.com')": 1, "mail eq 'team@contoso.com'": 1, "visibility eq 'Private'": 1,
	} {
		if got := w.get("/groups?$filter=" + url.QueryEscape(filter)).values("id"); len(got) != n {
			t.Errorf("%s: %d groups, want %d", filter, len(got), n)
		}
	}

	const rule = `"mailEnabled":false,"securityEnabled":true,"groupTypes":["DynamicMembership"],"membershipRule":"user.department -eq \"Sales\"","membershipRuleProcessingState":"Paused"`
	a = w.do(201, "POST", "/groups", body(rule))
	if fmt.Sprint(a.json["groupTypes"], a.json["membershipRuleProcessingState"]) != "[DynamicMembership]Paused" {
		t.Errorf("a group with a rule: %s", a.raw)
	}
	dynamic := "/groups/" + a.json["id"].(string)
	w.do(403, "POST", dynamic+"/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"}`)
	w.do(204, "PATCH", dynamic, `{"groupTypes":[],"membershipRule":null}`)
	w.do(204, "POST", dynamic+"/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"}`)
	w.do(400, "POST", "/groups", body(`"mailEnabled":false,"securityEnabled":true,"groupTypes":["DynamicMembership"]`))
	w.do(400, "POST", "/groups", body(`"mailEnabled":false,"securityEnabled":true,"membershipRule":"x"`))
	w.do(400, "POST", "/groups", body(rule+`,"members@odata.bind":["https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"]`))
}

// A group for mail that the tenant has is not changed by clients.
func TestGroupsForMailAreReadOnly(t *testing.T) {
	tenant := testTenant()
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "List", NotSecurityEnabled: true})
	w := startTenant(t, tenant, emulator.Options{}).administrate()
	list := "/groups/" + derived("group", "List").String()
	const no = "Cannot Update a mail-enabled security groups and or distribution list."
	wantError(t, w.call("PATCH", list, `{"displayName":"x"}`), 400, "Request_BadRequest", no)
	wantError(t, w.call("POST", list+"/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"}`), 400, "Request_BadRequest", no)
}

// A deleted Microsoft 365 group can be restored for 30 days.
func TestDeleteAndRestoreGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{}).administrate()
		const body = `{"displayName":"Team","mailNickname":"team","groupTypes":["Unified"],"mailEnabled":true,"securityEnabled":false}`
		id := w.do(201, "POST", "/groups", body).json["id"].(string)
		const list, item = "/directory/deletedItems/microsoft.graph.group", "/directory/deletedItems/"
		w.do(204, "DELETE", "/groups/"+id, "")
		w.do(404, "GET", "/groups/"+id, "")
		if got := w.get(list + "?$select=displayName,deletedDateTime"); strings.Join(got.values("displayName"), "") != "Team" || got.values("deletedDateTime")[0] == "<nil>" {
			t.Errorf("deleted groups: %s", got.raw)
		}
		if got, err := w.try("GET", item+id, ""); err != nil || got.json["@odata.type"] != "#microsoft.graph.group" {
			t.Errorf("a deleted group: %s %v", got.raw, err)
		}
		other := w.do(201, "POST", "/groups", body).json["id"].(string)
		wantError(t, w.call("POST", item+id+"/restore", ""), 400, "Request_BadRequest", "Another object with the same value for property mailNickname already exists.")
		w.do(204, "DELETE", "/groups/"+other, "")
		w.do(204, "DELETE", item+other, "")
		if a, err := w.try("POST", item+id+"/restore", ""); err != nil || a.status != 200 || a.json["displayName"] != "Team" || a.json["@odata.type"] != "#microsoft.graph.group" {
			t.Errorf("restored: %d %s %v", a.status, a.raw, err)
		}
		w.do(404, "POST", item+id+"/restore", "")
		w.do(204, "DELETE", "/groups/"+id, "")
		time.Sleep(31 * 24 * time.Hour)
		w.administrate()
		if n := len(w.get(list).values("id")); n != 0 {
			t.Errorf("%d deleted groups after 31 days", n)
		}
	})
}

func TestMembersByReference(t *testing.T) {
	tenant := groupsTenant()
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Rule", Dynamic: true}, emulator.Group{Name: "Old", OnPremisesSynced: true})
	w := startTenant(t, tenant, emulator.Options{}).administrate()
	link := func(kind, name string) string {
		return `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + derived(kind, name).String() + `"}`
	}
	w.do(204, "POST", groupPath("/members/$ref"), link("user", ada))
	w.ProcessGroups()
	if got := w.licenses(ada); !strings.Contains(got, "SUITE<group") {
		t.Errorf("ada holds %q", got)
	}
	wantError(t, w.call("POST", groupPath("/members/$ref"), link("user", ada)), 400, "Request_BadRequest",
		"One or more added object references already exist for the following modified properties: 'members'.")
	w.do(204, "DELETE", groupPath("/members/"+derived("user", ada).String()+"/$ref"), "")
	w.ProcessGroups()
	if got := w.licenses(ada); got != "SUITE-FILES" {
		t.Errorf("ada holds %q", got)
	}
	w.do(404, "DELETE", groupPath("/members/"+derived("user", ada).String()+"/$ref"), "")
	w.do(404, "POST", groupPath("/members/$ref"), link("user", "nobody"))
	w.do(400, "POST", groupPath("/members/$ref"), `{"@odata.id":"ada"}`)
	w.do(400, "POST", groupPath("/members/$ref"), link("group", "Licensing"))
	w.do(204, "POST", groupPath("/members/$ref"), link("group", "Sales Berlin"))
	for rest, want := range map[string]string{"/members/$count": "3", "/owners/$count": "0", "/transitiveMembers/$count": "4"} {
		if got := string(w.get(groupPath(rest), eventual...).raw); got != want {
			t.Errorf("GET %s: %s, want %s", rest, got, want)
		}
		w.do(400, "GET", groupPath(rest), "")
	}
	if a := w.get(groupPath("/members?$count=true"), eventual...); a.json["@odata.count"] != 3.0 {
		t.Errorf("members with their count: %s", a.raw)
	}
	if got := string(w.get("/groups/$count?$filter=startsWith(displayName,'sales')", eventual...).raw); got != "2" {
		t.Errorf("%s groups", got)
	}
	w.do(204, "POST", groupPath("/owners/$ref"), link("user", grace))
	if got := w.get(groupPath("/owners")).values("userPrincipalName"); len(got) != 1 || got[0] != grace {
		t.Errorf("owners %q", got)
	}
	for path, want := range map[string]int{
		"/owners/" + derived("user", grace).String(): 200, "/owners/" + derived("user", ada).String(): 404,
		"/members/" + derived("user", grace).String(): 200, "/members/" + derived("user", ada).String(): 404, "/members/nobody": 404,
	} {
		if a := w.call("GET", groupPath(path+"/$ref"), ""); a.status != want || want == 200 && a.json["id"] != derived("user", grace).String() {
			t.Errorf("GET %s/$ref: %d %s, want %d", path, a.status, a.raw, want)
		}
	}
	w.do(400, "POST", groupPath("/owners/$ref"), link("group", "Sales Berlin"))
	w.do(204, "DELETE", groupPath("/owners/"+derived("user", grace).String()+"/$ref"), "")
	if got := w.get(groupPath("/memberOf")).values("displayName"); len(got) != 1 || got[0] != "Everybody" {
		t.Errorf("the group is in %q", got)
	}
	w.do(403, "POST", "/groups/"+derived("group", "Rule").String()+"/members/$ref", link("user", ada))
	w.do(400, "POST", "/groups/"+derived("group", "Old").String()+"/members/$ref", link("user", ada))
	w.token = w.AppToken("Group.Read.All")
	w.do(403, "POST", groupPath("/members/$ref"), link("user", ada))
}

func TestGroupsDelta(t *testing.T) {
	w := startTenant(t, groupsTenant(), emulator.Options{}).administrate()
	// follow reads pages up to the delta link, and what they tell of members.
	follow := func(target string) (told []string, next string) {
		t.Helper()
		for target != "" {
			a := w.get(target)
			for _, item := range a.json["value"].([]any) {
				fields := item.(map[string]any)
				name := fmt.Sprint(fields["displayName"])
				if fields["@removed"] != nil {
					name = "removed"
				}
				changes, _ := fields["members@delta"].([]any)
				for _, change := range changes {
					member := change.(map[string]any)
					sign := "+"
					if member["@removed"] != nil {
						sign = "-"
					}
					name += " " + sign + strings.TrimPrefix(member["@odata.type"].(string), "#microsoft.graph.")
				}
				told = append(told, name)
			}
			next, _ = a.json["@odata.deltaLink"].(string)
			target, _ = a.json["@odata.nextLink"].(string)
		}
		return told, next
	}
	told, next := follow("/groups/delta?$top=2")
	if diff := cmp.Diff([]string{"Licensing +user +user", "Sales Berlin +user", "sales Aachen +user", "Everybody +group"}, told); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	_, latest := follow("/groups/delta?$select=displayName&$deltatoken=latest")
	w.do(204, "DELETE", groupPath("/members/"+derived("user", grace).String()+"/$ref"), "")
	w.do(204, "POST", groupPath("/members/$ref"), `{"@odata.id":"https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"}`)
	w.do(204, "PATCH", "/groups/"+derived("group", "Everybody").String(), `{"displayName":"All"}`)
	w.do(204, "DELETE", "/groups/"+derived("group", "Sales Berlin").String(), "")
	want := []string{"Licensing +user -user", "removed", "All"}
	told, next = follow(next)
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("after changes (-want +got):\n%s", diff)
	}
	if told, _ = follow(latest); strings.Join(told, ",") != "Licensing,removed,All" {
		t.Errorf("without members: %q", told)
	}
	if told, _ = follow(next); len(told) != 0 {
		t.Errorf("with no change: %q", told)
	}
	if a := w.call("GET", "/groups/delta?$deltatoken="+url.QueryEscape("x"), ""); a.status != 400 {
		t.Errorf("a token that is none: %d", a.status)
	}
}

func TestObjectsByIDs(t *testing.T) {
	w := start(t, emulator.Options{})
	body := func(types string) string {
		return fmt.Sprintf(`{"ids":["%s","%s","%s"]%s}`, derived("user", ada), licensing, derived("user", "nobody"), types)
	}
	for types, want := range map[string]string{
		"":                             "#microsoft.graph.user #microsoft.graph.group",
		`,"types":["user"]`:            "#microsoft.graph.user",
		`,"types":["group","device"]`:  "#microsoft.graph.group",
		`,"types":["directoryObject"]`: "#microsoft.graph.user #microsoft.graph.group",
	} {
		if got := strings.Join(w.do(200, "POST", "/directoryObjects/getByIds", body(types)).values("@odata.type"), " "); got != want {
			t.Errorf("%s: %s, want %s", types, got, want)
		}
	}
	w.do(400, "POST", "/directoryObjects/getByIds", `{}`)
	w.do(400, "POST", "/directoryObjects/getByIds", `{"ids":["x"]}`)
	w.do(405, "GET", "/directoryObjects/getByIds", "")
}
