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

// Nobody has a manager, which is said as the service says it of somebody who has
// none.
func TestNobodyHasAManager(t *testing.T) {
	w := start(t, emulator.Options{})
	wantError(t, w.call("GET", "/users/ada@contoso.com/manager", ""), 404, "Request_ResourceNotFound",
		"Resource 'manager' does not exist or one of its queried reference-property objects are not present.")
	wantError(t, w.call("GET", "/users/nobody@contoso.com/manager", ""), 404, "Request_ResourceNotFound",
		"Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.")
	if a := w.get("/users/ada@contoso.com/directReports?$count=true", eventual...); fmt.Sprint(a.json["value"], a.json["@odata.count"]) != "[] 0" {
		t.Errorf("direct reports: %s", a.raw)
	}
	w.token = w.userToken(grace)
	if a := w.call("GET", "/me/manager", ""); a.status != 404 {
		t.Errorf("of the signed-in user: %d", a.status)
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
