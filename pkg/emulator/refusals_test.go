package emulator_test

import (
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// What Graph refuses of a new user, or of a change of one, is refused in its
// words, and changes nothing.
func TestUsersThatAreRefused(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	team := `{"displayName":"Team","mailNickname":"team","groupTypes":["Unified"],"mailEnabled":true,"securityEnabled":false}`
	w.do(201, "POST", "/groups", team)
	with := func(old, next string) string { return strings.Replace(newcomer, old, next, 1) }
	invalid := func(name string) string {
		return "Invalid value specified for property '" + name + "' of resource 'User'."
	}
	const unknown = "Property 'shoeSize' does not exist as a declared property or extension property."
	const noPassword = "A password must be specified to create a new user."
	const taken = "Another object with the same value for property proxyAddresses already exists."
	for _, tt := range []struct{ body, message, detail, target string }{
		{with(`"mailNickname":"nora",`, ""), "A value is required for property 'mailNickname' of resource 'User'.", "", ""},
		{with(`"displayName":"Nora New"`, `"displayName":null`), "A value is required for property 'displayName' of resource 'User'.", "", ""},
		{with(`"displayName":"Nora New"`, `"displayName":""`), invalid("displayName"), "InvalidValue", "displayName"},
		{with(`"Nora New"`, `"`+strings.Repeat("x", 257)+`"`), invalid("displayName"), "InvalidLength", "displayName"},
		{with(`"mailNickname":"nora"`, `"mailNickname":"no ra"`), invalid("mailNickname"), "InvalidValue", "mailNickname"},
		{with(`"mailNickname":"nora"`, `"mailNickname":"nora@contoso.com"`), invalid("mailNickname"), "InvalidValue", "mailNickname"},
		{with(`"mailNickname":"nora"`, `"mailNickname":"nöra"`), invalid("mailNickname"), "InvalidValue", "mailNickname"},
		{with(`"mailNickname":"nora"`, `"mailNickname":"`+strings.Repeat("n", 65)+`"`), invalid("mailNickname"), "InvalidLength", "mailNickname"},
		{with(`"passwordProfile":{"password":"an example password"},`, ""), noPassword, "", ""},
		{with(`{"password":"an example password"}`, `{"forceChangePasswordNextSignIn":true}`), noPassword, "", ""},
		{with(`{"password":"an example password"}`, `"an example password"`), invalid("passwordProfile"), "InvalidValue", "passwordProfile"},
		{with(`"department"`, `"shoeSize"`), unknown, "", ""},
		{with(`"department":"Sales"`, `"assignedLicenses":[]`), "Property 'assignedLicenses' is read-only and cannot be set.", "", ""},
		{with("nora@contoso.com", "nöra@contoso.com"), "Property userPrincipalName is invalid.", "InvalidValue", "userPrincipalName"},
		{with("nora@contoso.com", strings.Repeat("n", 65)+"@contoso.com"), "Property userPrincipalName is invalid.", "InvalidValue", "userPrincipalName"},
		{with("nora@contoso.com", "Team@contoso.com"), taken, "ObjectConflict", "proxyAddresses"},
	} {
		a := w.call("POST", "/users", tt.body)
		wantError(t, a, 400, "Request_BadRequest", tt.message)
		if code, target := a.detail(); code != tt.detail || target != tt.target {
			t.Errorf("%s: detail %q of %q, want %q of %q", tt.message, code, target, tt.detail, tt.target)
		}
	}
	for body, message := range map[string]string{
		`{"shoeSize":44}`: unknown,
		`{"assignedLicenses":[{"skuId":"` + suite.String() + `"}]}`: "Property 'assignedLicenses' is read-only and cannot be set.",
		`{"licenseAssignmentStates":[]}`:                            "Property 'licenseAssignmentStates' is read-only and cannot be set.",
		`{"department":"` + strings.Repeat("x", 65) + `"}`:          invalid("department"),
		`{"mailNickname":"<ada>"}`:                                  invalid("mailNickname"),
		`{"userPrincipalName":"team@contoso.com"}`:                  taken,
	} {
		wantError(t, w.call("PATCH", "/users/"+linus, `{"jobTitle":"x",`+body[1:]), 400, "Request_BadRequest", message)
	}
	if got := w.get("/users/" + linus + "?$select=jobTitle").json["jobTitle"]; got != nil || len(w.get("/users").values("id")) != 5 {
		t.Errorf("the refusals left the job title %v and %d users", got, len(w.get("/users").values("id")))
	}
	for _, body := range []string{`{"manager@odata.bind":"x"}`, `{"extension_b1a5c3f0_shoeSize":44}`} {
		w.do(501, "PATCH", "/users/"+linus, body)
	}
	w.do(204, "PATCH", "/users/"+linus, `{"businessPhones@odata.type":"#Collection(String)","jobTitle":"x"}`)
}

// The same of groups.
func TestGroupsThatAreRefused(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	body := func(rest string) string {
		return `{"displayName":"New","mailEnabled":false,"mailNickname":"new","securityEnabled":true` + rest + `}`
	}
	invalid := func(name string) string {
		return "Invalid value specified for property '" + name + "' of resource 'Group'."
	}
	const taken = "Another object with the same value for property proxyAddresses already exists."
	for _, tt := range []struct{ body, message, detail string }{
		{`{"displayName":"New","mailEnabled":false,"securityEnabled":true}`, "A value is required for property 'mailNickname' of resource 'Group'.", ""},
		{strings.Replace(body(""), `"New"`, `"`+strings.Repeat("x", 257)+`"`, 1), invalid("displayName"), "InvalidLength"},
		{strings.Replace(body(""), `"new"`, `"new group"`, 1), invalid("mailNickname"), "InvalidValue"},
		{strings.Replace(body(""), `"new"`, `""`, 1), invalid("mailNickname"), "InvalidValue"},
		{body(`,"description":"` + strings.Repeat("x", 1025) + `"`), invalid("description"), "InvalidLength"},
		{body(`,"groupTypes":["DynamicMembership"]`), "A value is required for property 'membershipRule'.", ""},
		{body(`,"shoeSize":44`), "Property 'shoeSize' does not exist as a declared property or extension property.", ""},
		{body(`,"mail":"new@contoso.com"`), "Property 'mail' is read-only and cannot be set.", ""},
		{body(`,"assignedLicenses":[]`), "Property 'assignedLicenses' is read-only and cannot be set.", ""},
		{`{"displayName":"New","mailEnabled":true,"mailNickname":"ADA","securityEnabled":false,"groupTypes":["Unified"]}`, taken, "ObjectConflict"},
	} {
		a := w.call("POST", "/groups", tt.body)
		wantError(t, a, 400, "Request_BadRequest", tt.message)
		if code, _ := a.detail(); code != tt.detail {
			t.Errorf("%s: the detail is %q, want %q", tt.message, code, tt.detail)
		}
	}
	if n := len(w.get("/groups").values("id")); n != 1 {
		t.Errorf("%d groups", n)
	}
	for patch, message := range map[string]string{
		`{"id":"` + suite.String() + `"}`:                    "Property 'id' is read-only and cannot be set.",
		`{"onPremisesSyncEnabled":null}`:                     "Property 'onPremisesSyncEnabled' is read-only and cannot be set.",
		`{"hasMembersWithLicenseErrors":true}`:               "Property 'hasMembersWithLicenseErrors' is read-only and cannot be set.",
		`{"shoeSize":44}`:                                    "Property 'shoeSize' does not exist as a declared property or extension property.",
		`{"mailNickname":"a;b"}`:                             invalid("mailNickname"),
		`{"displayName":null}`:                               invalid("displayName"),
		`{"displayName":"` + strings.Repeat("é", 257) + `"}`: invalid("displayName"),
	} {
		wantError(t, w.call("PATCH", groupPath(""), patch), 400, "Request_BadRequest", message)
	}
	w.do(204, "PATCH", groupPath(""), `{"id":"`+licensing.String()+`","groupTypes@odata.type":"#Collection(String)","displayName":"`+strings.Repeat("é", 256)+`"}`)
	w.do(501, "PATCH", groupPath(""), `{"acceptedSenders@odata.bind":[]}`)

	const unified = `{"displayName":"Team","mailNickname":"team","groupTypes":["Unified"],"mailEnabled":true,"securityEnabled":false}`
	w.do(201, "POST", "/groups", unified)
	other := w.do(201, "POST", "/groups", strings.Replace(unified, `"team"`, `"crew"`, 1)).json["id"].(string)
	wantError(t, w.call("PATCH", "/groups/"+other, `{"mailNickname":"TEAM"}`), 400, "Request_BadRequest", "Another object with the same value for property mailNickname already exists.")
}

// detail gives the code and the target of an error's one detail; empty for none.
func (a answer) detail() (code, target string) {
	main, _ := a.json["error"].(map[string]any)
	list, _ := main["details"].([]any)
	if len(list) != 1 {
		return "", ""
	}
	detail := list[0].(map[string]any)
	code, _ = detail["code"].(string)
	target, _ = detail["target"].(string)
	return code, target
}
