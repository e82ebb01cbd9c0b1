package emulator_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// callerID is the object id of the application that AppToken signs in.
func (w *world) callerID() string {
	w.t.Helper()
	token := w.token
	w.token = w.AppToken("Application.Read.All")
	defer func() { w.token = token }()
	ids := w.get("/servicePrincipals").values("id")
	if len(ids) != 1 {
		w.t.Fatalf("the applications are %q", ids)
	}
	return ids[0]
}

// Terraform's provider makes the application that calls the owner of each group
// that it creates, and takes it away again where others are named.
func TestApplicationsOwnGroups(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	caller := `"https://graph.microsoft.com/v1.0/directoryObjects/` + w.callerID() + `"`
	made := w.do(201, "POST", "/groups", `{"displayName":"Made","mailEnabled":false,"mailNickname":"made","securityEnabled":true,"owners@odata.bind":[`+caller+`]}`)
	group := "/groups/" + made.json["id"].(string)
	if got := w.get(group + "/owners?$select=id"); strings.Join(got.values("@odata.type"), " ") != "#microsoft.graph.servicePrincipal" || got.values("id")[0] != w.callerID() {
		t.Errorf("owners: %s", got.raw)
	}
	w.do(204, "POST", group+"/owners/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"}`)
	if got := string(w.get(group+"/owners/$count", eventual...).raw); got != "2" {
		t.Errorf("%s owners", got)
	}
	w.do(400, "POST", group+"/owners/$ref", `{"@odata.id":`+caller+`}`)
	w.do(204, "DELETE", group+"/owners/"+w.callerID()+"/$ref", "")
	w.do(404, "DELETE", group+"/owners/"+w.callerID()+"/$ref", "")
	if got := w.get(group + "/owners").values("userPrincipalName"); len(got) != 1 || got[0] != ada {
		t.Errorf("owners %q", got)
	}
	for _, a := range []answer{
		w.call("POST", group+"/members/$ref", `{"@odata.id":`+caller+`}`),
		w.call("PATCH", group, `{"members@odata.bind":[`+caller+`]}`),
	} {
		if a.status != 501 || a.code() != emulator.CodeNotEmulated {
			t.Errorf("an application as a member: %d %s", a.status, a.raw)
		}
	}
}

func TestObjectsOfAllTypes(t *testing.T) {
	w := start(t, emulator.Options{})
	app := w.callerID()
	for id, want := range map[string]string{
		app: "#microsoft.graph.servicePrincipal", derived("user", ada).String(): "#microsoft.graph.user", derived("group", "Licensing").String(): "#microsoft.graph.group",
	} {
		got := w.get("/directoryObjects/" + id)
		if got.json["@odata.type"] != want || got.json["id"] != id {
			t.Errorf("%s: %s, want the type %s", id, got.raw, want)
		}
	}
	w.do(404, "GET", "/directoryObjects/"+derived("user", "nobody").String(), "")
	w.do(404, "GET", "/directoryObjects/ada@contoso.com", "")
	w.do(403, "GET", "/servicePrincipals/"+app, "")
	if got := w.do(200, "POST", "/directoryObjects/getByIds", `{"ids":["`+app+`"],"types":["servicePrincipal"]}`).values("id"); len(got) != 1 {
		t.Errorf("the application by its id: %q", got)
	}

	w.token = w.AppToken("Application.Read.All")
	one := w.get("/servicePrincipals/" + app).json
	found := w.get("/servicePrincipals?$filter=" + url.QueryEscape("appId eq '"+one["appId"].(string)+"'") + "&$select=id,displayName")
	if got := found.values("id"); len(got) != 1 || got[0] != app {
		t.Errorf("the application by its client id: %s", found.raw)
	}
	for filter, want := range map[string]int{
		"appId eq '" + app + "'": 0, "servicePrincipalNames/any(c:c eq '" + strings.ToUpper(one["appId"].(string)) + "')": 1,
		"servicePrincipalNames/any(c:c eq 'api://x')": 0, "startsWith(displayName,'" + one["displayName"].(string)[:4] + "')": 1, "displayName eq 'x'": 0,
		"accountEnabled eq true and servicePrincipalType eq 'Application'": 1,
	} {
		a := w.get("/servicePrincipals?$count=true&$filter="+url.QueryEscape(filter), eventual...)
		if got := a.values("id"); len(got) != want || a.json["@odata.count"] != float64(want) {
			t.Errorf("%s: %s, want %d", filter, a.raw, want)
		}
	}
	wantError(t, w.call("GET", "/servicePrincipals?$filter=shoeSize%20eq%20'x'", ""), 400, "Request_UnsupportedQuery",
		"Unsupported or invalid query filter clause specified for property 'shoeSize' of resource 'ServicePrincipal'.")
	w.do(404, "GET", "/servicePrincipals/"+derived("user", ada).String(), "")
	for _, target := range []string{"/servicePrincipals?$select=tags", "/servicePrincipals/" + app + "?$select=tags", "/servicePrincipals?$filter=" + url.QueryEscape("publisherName eq 'x'")} {
		if a := w.call("GET", target, ""); a.status != 501 || a.code() != emulator.CodeNotEmulated {
			t.Errorf("GET %s: %d %s", target, a.status, a.raw)
		}
	}
}

// Older libraries ask for a resource, and read numbers as text.
func TestSignInOfVersionOne(t *testing.T) {
	w := startTenant(t, withApplication(emulator.Application{Secret: clientSecret}), emulator.Options{})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "resource": {"https://graph.microsoft.com/"}}
	a := w.oauth("/contoso.com/oauth2/token?api-version=1.0", form)
	if a.status != 200 || a.json["expires_in"] != "3600" || a.json["resource"] != "https://graph.microsoft.com/" {
		t.Fatalf("a token of version 1: %d %s", a.status, a.raw)
	}
	w.token = a.json["access_token"].(string)
	w.get("/users")
	form.Set("resource", "https://graph.windows.net/")
	w.token = w.oauth("/contoso.com/oauth2/token", form).json["access_token"].(string)
	w.do(401, "GET", "/users", "")
	form.Set("client_secret", "wrong")
	if a := w.oauth("/contoso.com/oauth2/token", form); a.status != 401 || !strings.Contains(string(a.raw), "AADSTS7000215") {
		t.Errorf("a wrong secret: %d %s", a.status, a.raw)
	}
	form.Set("grant_type", "password")
	if a := w.oauth("/contoso.com/oauth2/token", form); a.status != 501 || a.code() != emulator.CodeNotEmulated {
		t.Errorf("another grant: %d %s", a.status, a.raw)
	}
}
