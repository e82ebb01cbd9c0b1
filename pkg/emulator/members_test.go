package emulator_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// Lists of users and groups are filtered, searched and sorted as one.
func TestMembersAreQueried(t *testing.T) {
	tenant := testTenant()
	tenant.Groups[0].Groups = []string{"Inner", "Hall"}
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Inner", Members: []string{ada}}, emulator.Group{Name: "Hall"})
	w := startTenant(t, tenant, emulator.Options{})
	search := func(text string) string { return "$search=" + url.QueryEscape(text) }
	for query, want := range map[string]string{
		"/members?$orderby=displayName":                                     "Grace Example,Hall,Inner,Ken Example",
		"/members?$count=true&$orderby=displayName desc&$top=999":           "Ken Example,Inner,Hall,Grace Example",
		"/members?$count=true&$filter=startsWith(displayName,'in')":         "Inner",
		"/members?$count=true&$filter=startsWith(displayName,'g')":          "Grace Example",
		"/members?" + search(`"displayName:hall" OR "displayName:exam"`):    "Grace Example,Hall,Ken Example",
		"/members/microsoft.graph.user?$count=true&$orderby=displayName":    "Grace Example,Ken Example",
		"/transitiveMembers?$count=true&$orderby=displayName":               "Ada Example,Grace Example,Hall,Inner,Ken Example",
		"/members?$count=true&$filter=accountEnabled eq true&$select=id":    "<nil>,<nil>",
		"/members?$count=true&$filter=accountEnabled eq false":              "",
		"/members?$select=id,displayName,userPrincipalName,securityEnabled": "Grace Example,Hall,Inner,Ken Example",
	} {
		a := w.get(groupPath(query), eventual...)
		got := a.values("displayName")
		if !strings.Contains(query, "$orderby") {
			slices.Sort(got)
		}
		if strings.Join(got, ",") != want {
			t.Errorf("GET %s: %q, want %q", query, got, want)
		}
		if count, told := a.json["@odata.count"]; told && count != float64(len(got)) {
			t.Errorf("GET %s: counts %v, and gives %d", query, count, len(got))
		}
	}
	for _, item := range w.get(groupPath("/members?$select=userPrincipalName,securityEnabled")).json["value"].([]any) {
		fields := item.(map[string]any)
		_, isUser := fields["userPrincipalName"]
		if isUser == (fields["securityEnabled"] == true) || len(fields) != 2 {
			t.Errorf("a member with what its kind has: %v", fields)
		}
	}
	wantError(t, w.call("GET", groupPath("/members?$orderby=department"), ""), 400, "Request_UnsupportedQuery", "Sorting not supported for current query.")
	if a := w.call("GET", groupPath("/members?$select=shoeSize"), ""); a.status != 400 {
		t.Errorf("a property of neither: %d %s", a.status, a.raw)
	}
}

// Pages of members are full, whoever does not pass, and have everybody once.
func TestMembersOverPages(t *testing.T) {
	tenant := manyUsers(40)
	group := emulator.Group{Name: "Many"}
	for i := range tenant.Users {
		tenant.Users[i].Disabled = i%2 == 0
		group.Members = append(group.Members, tenant.Users[i].UserPrincipalName)
	}
	tenant.Groups = []emulator.Group{group}
	w := startTenant(t, tenant, emulator.Options{})
	path := "/groups/" + derived("group", "Many").String() + "/members?$count=true&$top=7&$select=userPrincipalName&"
	for query, want := range map[string]int{"$filter=accountEnabled eq false": 20, "$orderby=userPrincipalName": 40, "": 40} {
		var seen []string
		for target := strings.TrimSuffix(path+query, "&"); target != ""; {
			a := w.get(target, eventual...)
			target, _ = a.json["@odata.nextLink"].(string)
			page := a.values("userPrincipalName")
			if len(page) != 7 && target != "" {
				t.Errorf("%s: a page of %d", query, len(page))
			}
			seen = append(seen, page...)
		}
		if sorted := slices.IsSorted(seen); strings.Contains(query, "orderby") && !sorted {
			t.Errorf("%s: %q", query, seen)
		}
		slices.Sort(seen)
		if got := len(slices.Compact(seen)); got != want {
			t.Errorf("%s: %d members, want %d", query, got, want)
		}
	}
}

func TestMembershipsAreCounted(t *testing.T) {
	w := startTenant(t, nestedTenant(), emulator.Options{})
	for target, want := range map[string]string{
		"/users/grace@contoso.com/memberOf/$count":                                          "1",
		"/users/grace@contoso.com/transitiveMemberOf/$count":                                "2",
		"/users/grace@contoso.com/transitiveMemberOf/microsoft.graph.group/$count":          "2",
		"/users/grace@contoso.com/transitiveMemberOf/$count?$filter=displayName eq 'x'":     "0",
		"/users/grace@contoso.com/memberOf/$count?$search=%22displayName:lic%22":            "1",
		groupPath("/memberOf/$count"):                                                       "1",
		groupPath("/transitiveMemberOf/$count"):                                             "1",
		groupPath("/members/microsoft.graph.user/$count"):                                   "2",
		"/groups/" + derived("group", "Everybody").String() + "/transitiveMembers/$count":   "4",
		"/groups/" + derived("group", "Everybody").String() + "/transitiveMemberOf/$count":  "0",
		"/users/grace@contoso.com/directReports/$count":                                     "0",
		"/groups/" + derived("group", "Everybody").String() + "/members/$count?$count=true": "2",
	} {
		if got := string(w.get(target, eventual...).raw); got != want {
			t.Errorf("GET %s: %s, want %s", target, got, want)
		}
		wantError(t, w.call("GET", target, ""), 400, "Request_BadRequest", "$count is not currently supported.")
	}
	if a := w.call("GET", "/users/nobody@contoso.com/memberOf/$count", "", eventual...); a.status != 404 {
		t.Errorf("of nobody: %d", a.status)
	}
	wantError(t, w.call("GET", "/users/$count?shoes=1", "", eventual...), 400, "Request_BadRequest", "Unrecognized query argument specified: 'shoes'.")
}

// A group is in groups, as a user is.
func TestGroupsOfGroups(t *testing.T) {
	tenant := nestedTenant()
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "World", Groups: []string{"Everybody"}})
	w := startTenant(t, tenant, emulator.Options{})
	for path, want := range map[string]string{
		"/memberOf": "Everybody", "/transitiveMemberOf": "Everybody World", "/memberOf/microsoft.graph.group": "Everybody",
		"/transitiveMemberOf/microsoft.graph.group?$filter=displayName eq 'World'": "World",
	} {
		a := w.get(groupPath(path))
		if got := strings.Join(a.values("displayName"), " "); got != want || a.values("@odata.type")[0] != "#microsoft.graph.group" {
			t.Errorf("GET %s: %s", path, a.raw)
		}
	}
	a, err := w.try("GET", groupPath("?$expand=transitiveMemberOf($select=displayName)"), "")
	if err != nil || strings.Count(string(a.raw), `"displayName"`) != 3 {
		t.Errorf("expanded: %s %v", a.raw, err)
	}
}

// Who has no manager is answered as the service answers it.
func TestManagers(t *testing.T) {
	tenant := testTenant()
	tenant.Users[1].Manager, tenant.Users[2].Manager = ada, derived("user", ada).String() // grace and linus
	w := startTenant(t, tenant, emulator.Options{}).administrate()
	for target, want := range map[string]string{
		"/users/" + grace + "/manager": ada, "/users/" + linus + "/manager?$select=userPrincipalName": ada,
	} {
		if a := w.get(target); a.json["userPrincipalName"] != want || a.json["@odata.type"] != "#microsoft.graph.user" {
			t.Errorf("GET %s: %s", target, a.raw)
		}
	}
	if got := w.get("/users/"+ada+"/directReports?$count=true&$orderby=displayName desc", eventual...); fmt.Sprint(got.values("userPrincipalName"), got.json["@odata.count"]) != "["+linus+" "+grace+"] 2" {
		t.Errorf("reports: %s", got.raw)
	}
	if got := string(w.get("/users/"+ada+"/directReports/$count?$filter=accountEnabled eq true", eventual...).raw); got != "1" {
		t.Errorf("%s reports with an account", got)
	}
	expanded, err := w.try("GET", "/users?$select=userPrincipalName&$expand=manager($select=displayName)", "")
	if err != nil {
		t.Fatal(err)
	}
	managed := 0
	for _, item := range expanded.json["value"].([]any) {
		if manager, ok := item.(map[string]any)["manager"].(map[string]any); ok && manager["displayName"] == "Ada Example" && len(manager) == 2 {
			managed++
		} else if _, there := item.(map[string]any)["manager"]; there {
			t.Errorf("expanded: %v", item)
		}
	}
	if managed != 2 {
		t.Errorf("%d users have a manager", managed)
	}
	if a, err := w.try("GET", "/users/"+ada+"?$expand=directReports($select=id)", ""); err != nil || len(a.json["directReports"].([]any)) != 2 {
		t.Errorf("expanded: %s %v", a.raw, err)
	}

	const none = "Resource 'manager' does not exist or one of its queried reference-property objects are not present."
	link := func(kind, name string) string {
		return `{"@odata.id":"https://graph.microsoft.com/v1.0/` + kind + `s/` + derived(kind, name).String() + `"}`
	}
	wantError(t, w.call("GET", "/users/"+ken+"/manager", ""), 404, "Request_ResourceNotFound", none)
	w.do(204, "PUT", "/users/"+ken+"/manager/$ref", link("user", grace))
	if a := w.get("/users/" + ken + "/manager/$ref"); a.json["@odata.id"] != graphRoot+"/directoryObjects/"+derived("user", grace).String() {
		t.Errorf("the link: %s", a.raw)
	}
	w.do(400, "PUT", "/users/"+ken+"/manager/$ref", link("group", "Licensing"))
	w.do(400, "PUT", "/users/"+ken+"/manager/$ref", "{}")
	w.do(404, "PUT", "/users/"+ken+"/manager/$ref", link("user", "nobody"))
	w.do(404, "PUT", "/users/nobody@contoso.com/manager/$ref", link("user", grace))
	w.do(204, "DELETE", "/users/"+linus+"/manager/$ref", "")
	wantError(t, w.call("DELETE", "/users/"+linus+"/manager/$ref", ""), 404, "Request_ResourceNotFound", none)
	w.do(204, "DELETE", "/users/"+grace, "")
	wantError(t, w.call("GET", "/users/"+ken+"/manager/$ref", ""), 404, "Request_ResourceNotFound", none)
	if n := len(w.get("/users/" + ada + "/directReports").values("id")); n != 0 {
		t.Errorf("%d reports", n)
	}
	wantError(t, w.call("GET", "/users/nobody@contoso.com/manager", ""), 404, "Request_ResourceNotFound",
		"Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.")
	w.token = w.userToken(linus)
	w.do(404, "GET", "/me/manager", "")

	tenant.Users[0].Manager = "nobody@contoso.com"
	if _, err := emulator.New(tenant, emulator.Options{}); err == nil || !strings.Contains(err.Error(), `no user "nobody@contoso.com", who is to be the manager`) {
		t.Errorf("a manager who is not there: %v", err)
	}
}

func TestDeletedUsersAreQueried(t *testing.T) {
	w := start(t, emulator.Options{}).administrate()
	for _, name := range []string{ken, linus, grace} {
		w.do(204, "DELETE", "/users/"+name, "")
	}
	const list = "/directory/deletedItems/microsoft.graph.user"
	for query, want := range map[string]string{
		"?$filter=displayName eq 'Ken Example'":                                   "Ken Example",
		"?$count=true&$filter=endsWith(userPrincipalName,'linus@contoso.com')":    "Linus Example",
		"?$orderby=displayName desc":                                              "Linus Example,Ken Example,Grace Example",
		"?$count=true&$filter=deletedDateTime ge 2001-01-01&$orderby=displayName": "Grace Example,Ken Example,Linus Example",
		"?$count=true&$filter=deletedDateTime le 2001-01-01":                      "",
		"?$search=%22displayName:ken%22":                                          "Ken Example",
	} {
		if got := strings.Join(w.get(list+query, eventual...).values("displayName"), ","); got != want {
			t.Errorf("GET %s: %q, want %q", query, got, want)
		}
	}
	first := w.get(list + "?$top=2")
	next, _ := first.json["@odata.nextLink"].(string)
	if second := w.get(next); len(first.values("id")) != 2 || len(second.values("id")) != 1 {
		t.Errorf("pages of two: %s and %s", first.raw, second.raw)
	}
	if got := string(w.get(list+"/$count", eventual...).raw); got != "3" {
		t.Errorf("%s deleted users", got)
	}
}
