package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// Every property of the published schema can be selected, and is null or an
// empty list where the emulator holds nothing.
func TestSchemaIsSelectable(t *testing.T) {
	w := start(t, emulator.Options{})
	w.token = w.AppToken(append(emulator.DefaultRoles(), "Domain.Read.All")...)
	for target, lists := range map[string][2][]string{
		"/users/ada@contoso.com":                 {nullOfUser, emptyOfUser},
		groupPath(""):                            {nullOfGroup, emptyOfGroup},
		"/domains/contoso.com":                   {nullOfDomain, nil},
		"/organization/" + w.TenantID().String(): {nullOfTenant, emptyOfTenant},
	} {
		a := w.get(target + "?$select=id," + strings.Join(append(append([]string{}, lists[0]...), lists[1]...), ","))
		for _, name := range lists[0] {
			if v, there := a.json[name]; !there || v != nil {
				t.Errorf("GET %s: %s is %v", target, name, v)
			}
		}
		for _, name := range lists[1] {
			if list, ok := a.json[name].([]any); !ok || len(list) != 0 {
				t.Errorf("GET %s: %s is %v", target, name, a.json[name])
			}
		}
		if a := w.get(target); a.json["id"] == nil || target != groupPath("") && strings.Contains(string(a.raw), "securityIdentifier") {
			t.Errorf("GET %s without $select: %s", target, a.raw)
		}
	}
	a := w.get(groupPath(""))
	for name, wanted := range map[string]bool{"description": true, "securityIdentifier": true, "visibility": true, "assignedLicenses": false, "unseenCount": false} {
		if _, there := a.json[name]; there != wanted {
			t.Errorf("a group without $select has %s: %v, want %v", name, there, wanted)
		}
	}
}

func TestSingleObjects(t *testing.T) {
	w := start(t, emulator.Options{})
	w.token = w.AppToken(append(emulator.DefaultRoles(), "Domain.Read.All")...)
	tenant := w.TenantID().String()
	detail := w.get("/users/grace@contoso.com/licenseDetails").values("id")[0]
	for target, want := range map[string]string{
		"/subscribedSkus/" + tenant + "_" + suite.String():                        `"skuPartNumber":"SUITE"`,
		"/subscribedSkus/" + tenant + "_" + suite.String() + "?$select=skuId":     `"skuId":"` + suite.String() + `"`,
		"/organization/" + tenant:                                                 `"displayName":"Contoso"`,
		"/organization/" + tenant + "?$select=id,displayName":                     `"displayName":"Contoso"`,
		"/organization?$select=displayName":                                       `"displayName":"Contoso"`,
		"/domains":                                                                `"id":"contoso.com"`,
		"/domains/contoso.com":                                                    `"isDefault":true`,
		"/users/grace@contoso.com/licenseDetails/" + detail:                       `"skuPartNumber":"SUITE"`,
		"/users/grace@contoso.com/licenseDetails/" + detail + "?$select=id,skuId": `"skuId":"` + suite.String() + `"`,
	} {
		if a := w.get(target); !strings.Contains(string(a.raw), want) {
			t.Errorf("GET %s: %s, want %s in it", target, a.raw, want)
		}
	}
	w.token = w.userToken(ada)
	mine := w.get("/me/licenseDetails").values("id")[0]
	if a := w.get("/me/licenseDetails/" + mine); a.json["skuPartNumber"] != "SUITE" {
		t.Errorf("the own license: %s", a.raw)
	}
	if a := w.call("GET", "/me/licenseDetails/"+detail, ""); a.status != 404 {
		t.Errorf("a license of somebody else: %d %s", a.status, a.raw)
	}
	w.token = w.AppToken(append(emulator.DefaultRoles(), "Domain.Read.All")...)
	for _, target := range []string{"/subscribedSkus/x", "/organization/" + suite.String(), "/domains/example.com", "/users/linus@contoso.com/licenseDetails/" + detail} {
		if a := w.call("GET", target, ""); a.status != 404 || a.code() != "Request_ResourceNotFound" {
			t.Errorf("GET %s: %d %s", target, a.status, a.raw)
		}
	}
}

// Clients of old put the tenant into the path, and many speak beta; links in
// the answers stay where the client is.
func TestBetaAndTenantInThePath(t *testing.T) {
	w := startTenant(t, manyUsers(3), emulator.Options{})
	for _, root := range []string{
		"/beta", "/BETA", "/v1.0/" + w.TenantID().String(), "/v1.0/contoso.com", "/beta/myorganization",
	} {
		pages := 0
		for target := "https://graph.microsoft.com" + root + "/users?$select=id&$top=2"; target != ""; pages++ {
			a, err := w.try("GET", target, "")
			if err != nil || a.status != 200 {
				t.Fatalf("GET %s: %d %s %v", target, a.status, a.raw, err)
			}
			if want := "/" + strings.ToLower(strings.Split(root, "/")[1]) + "/$metadata#users"; !strings.Contains(string(a.raw), want) {
				t.Errorf("GET %s: %s", target, a.raw)
			}
			target, _ = a.json["@odata.nextLink"].(string)
			if target != "" && !strings.Contains(target, root+"/users?") {
				t.Errorf("the next link %s is not below %s", target, root)
			}
		}
		if pages != 2 {
			t.Errorf("%s: %d pages, want 2", root, pages)
		}
	}
	a, err := w.try("POST", "https://graph.microsoft.com/beta/$batch", `{"requests":[`+batchGet("1", "/users/user0001@contoso.com")+`]}`)
	if err != nil || a.status != 200 || !strings.Contains(string(a.raw), "/beta/$metadata#users/$entity") {
		t.Errorf("a batch: %d %s %v", a.status, a.raw, err)
	}
}

// Without $select /beta gives more of a user than v1.0.
func TestBetaDefaults(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, path := range []string{"/users/" + ada, "/users", "/users/delta"} {
		a, err := w.try("GET", "https://graph.microsoft.com/beta"+path, "")
		if err != nil {
			t.Fatal(err)
		}
		user := a.json
		if list, ok := a.json["value"].([]any); ok {
			user = list[0].(map[string]any)
		}
		for name, want := range map[string]bool{"accountEnabled": true, "assignedLicenses": true, "usageLocation": true, "licenseAssignmentStates": false, "signInActivity": false} {
			if _, there := user[name]; there != want {
				t.Errorf("GET /beta%s: %s is there: %v, want %v", path, name, there, want)
			}
		}
		if context := fmt.Sprint(a.json["@odata.context"]); strings.Contains(context, "(") {
			t.Errorf("GET /beta%s: %s", path, context)
		}
	}
}

// A property of a user or a group has an address of its own; one that holds
// nothing is an answer without a body.
func TestPropertiesByPath(t *testing.T) {
	w := start(t, emulator.Options{})
	for target, want := range map[string]string{
		"/users/" + ada + "/usageLocation":    `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users('` + derived("user", ada).String() + `')/usageLocation","value":"DE"}`,
		"/users/" + ada + "/accountenabled":   `"value":true}`,
		"/users/" + ada + "/assignedLicenses": `"value":[{"disabledPlans":["` + files.String() + `"],"skuId":"` + suite.String() + `"}]}`,
		groupPath("/displayName"):             `"value":"Licensing"}`,
		groupPath("/assignedLicenses"):        `"value":[{"disabledPlans":["` + chat.String() + `"],"skuId":"` + suite.String() + `"}]}`,
	} {
		if a := w.get(target); !strings.HasSuffix(string(a.raw), want) {
			t.Errorf("GET %s: %s", target, a.raw)
		}
	}
	for target, want := range map[string]int{
		"/users/" + linus + "/usageLocation": 204, groupPath("/description"): 204, "/users/nobody@contoso.com/usageLocation": 404,
		"/users/" + ada + "/signInActivity": 403, "/users/" + ada + "/shoeSize": 501, groupPath("/shoeSize"): 501,
		"/users/" + ada + "/usageLocation?$top=1": 400,
	} {
		w.do(want, "GET", target, "")
	}
	w.token = w.userToken(grace)
	if a := w.get("/me/usageLocation"); a.json["value"] != "US" {
		t.Errorf("of the signed-in user: %s", a.raw)
	}
	w.token = w.AppToken("GroupMember.Read.All")
	w.do(403, "GET", groupPath("/assignedLicenses"), "")
}

// Objects go by other keys as well, where Graph has them.
func TestAlternateKeys(t *testing.T) {
	w := start(t, emulator.Options{})
	app := w.callerID()
	w.token = w.AppToken("User.Read.All", "Application.Read.All", "Group.Read.All")
	appID := w.get("/servicePrincipals/" + app).json["appId"].(string)
	for target, want := range map[string]string{
		"/users(userPrincipalName='ada@contoso.com')?$select=id":                derived("user", ada).String(),
		"/users(userPrincipalName='ada@contoso.com')/memberOf/$count":           "0",
		"/servicePrincipals(appId='" + strings.ToUpper(appID) + "')?$select=id": app,
	} {
		if a := w.get(target, eventual...); !strings.Contains(string(a.raw), want) {
			t.Errorf("GET %s: %s", target, a.raw)
		}
	}
	for target, want := range map[string]int{
		"/users(userPrincipalName='nobody@contoso.com')": 404, "/servicePrincipals(appId='x')": 404, "/groups(uniqueName='x')": 501,
		"/users(mail='ada@contoso.com')": 501, "/subscribedSkus(skuId='x')": 501,
	} {
		w.do(want, "GET", target, "")
	}
}
