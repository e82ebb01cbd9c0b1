package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// groupsTenant is the test tenant with three more groups, one of which has the
// first for a member.
func groupsTenant() emulator.Tenant {
	tenant := testTenant()
	tenant.Groups = append(tenant.Groups,
		emulator.Group{Name: "Sales Berlin", Members: []string{"ada@contoso.com"}},
		emulator.Group{Name: "sales Aachen", Members: []string{"ada@contoso.com"}},
		emulator.Group{Name: "Everybody", Groups: []string{"Licensing"}},
	)
	return tenant
}

var eventual = []string{"ConsistencyLevel", "eventual"}

func TestOrder(t *testing.T) {
	w := startTenant(t, groupsTenant(), emulator.Options{})
	for target, want := range map[string]string{
		"/users?$orderby=displayName":                                                 "ada grace ken linus zoe_example.com#EXT#",
		"/users?$orderby=userPrincipalName desc":                                      "zoe_example.com#EXT# linus ken grace ada",
		"/users?$count=true&$orderby=usageLocation desc,displayName asc":              "grace ken zoe_example.com#EXT# ada linus",
		"/users?$count=true&$filter=startsWith(department,'s')&$orderby=surname,mail": "ada",
	} {
		var got []string
		for _, name := range w.get(target, eventual...).values("userPrincipalName") {
			local, _, _ := strings.Cut(name, "@")
			got = append(got, local)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("GET %s: %q, want %q", target, got, want)
		}
	}
	for target, want := range map[string]string{
		"/groups?$orderby=displayName":                                     "Everybody,Licensing,sales Aachen,Sales Berlin",
		"/groups?$orderby=displayName desc&$select=displayName":            "Sales Berlin,sales Aachen,Licensing,Everybody",
		"/users/ada@contoso.com/memberOf?$count=true&$orderby=displayName": "sales Aachen,Sales Berlin",
	} {
		if got := strings.Join(w.get(target, eventual...).values("displayName"), ","); got != want {
			t.Errorf("GET %s: %q, want %q", target, got, want)
		}
	}
	for _, target := range []string{
		"/users?$orderby=displayName&$filter=accountEnabled eq true", "/users?$orderby=department", "/users?$orderby=shoeSize",
		"/groups?$orderby=displayName&$filter=startsWith(displayName,'a')", "/groups?$orderby=createdDateTime",
	} {
		wantError(t, w.call("GET", target, ""), 400, "Request_UnsupportedQuery", "Sorting not supported for current query.")
	}
	for _, target := range []string{"/users?$orderby=displayName down", "/users?$orderby=,", "/groups?$orderby=a b c"} {
		if a := w.call("GET", target, ""); a.status != 400 || a.code() != "BadRequest" {
			t.Errorf("GET %s: %d %s", target, a.status, a.raw)
		}
	}
}

// Pages in an order have everybody once.
func TestOrderedPages(t *testing.T) {
	w := startTenant(t, manyUsers(25), emulator.Options{})
	var got []string
	for target := "/users?$select=userPrincipalName&$top=10&$orderby=userPrincipalName desc"; target != ""; {
		a := w.get(target)
		got = append(got, a.values("userPrincipalName")...)
		target, _ = a.json["@odata.nextLink"].(string)
	}
	var want []string
	for i := 24; i >= 0; i-- {
		want = append(want, fmt.Sprintf("user%04d@contoso.com", i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

func TestSearch(t *testing.T) {
	w := startTenant(t, groupsTenant(), emulator.Options{})
	for search, want := range map[string]string{
		`"displayName:exam"`:                                           "Ada Example,Grace Example,Ken Example,Linus Example,Zoë O'Example",
		`"displayName:exam ad"`:                                        "Ada Example",
		`"displayName:xample"`:                                         "",
		`"userPrincipalName:GRACE@"`:                                   "Grace Example",
		`"mail:zoe" OR "mail:ken"`:                                     "Ken Example,Zoë O'Example",
		`"displayName:example" AND ("mail:ken" OR "mail:ada")`:         "Ada Example,Ken Example",
		`"mail:zoe" OR "displayName:example" AND "department:\"sales"`: "Zoë O'Example",
	} {
		got := w.get("/users?$count=true&$orderby=displayName&$search="+url.QueryEscape(search), eventual...)
		if names := strings.Join(got.values("displayName"), ","); names != want || got.json["@odata.count"] != float64(len(got.values("id"))) {
			t.Errorf("%s: %s, want %s", search, got.raw, want)
		}
	}
	both := w.get("/users?$count=true&$filter=accountEnabled eq false&$search="+url.QueryEscape(`"displayName:example"`), eventual...).values("displayName")
	if strings.Join(both, ",") != "Linus Example" {
		t.Errorf("with a filter: %q", both)
	}
	if got := w.get("/groups?$search="+url.QueryEscape(`"displayName:sales"`), eventual...).values("displayName"); len(got) != 2 {
		t.Errorf("groups: %q", got)
	}
	if got := w.get(groupPath("/members?$search=")+url.QueryEscape(`"displayName:grace"`), eventual...).values("displayName"); len(got) != 1 {
		t.Errorf("members: %q", got)
	}
	if got := string(w.get("/users/$count?$search="+url.QueryEscape(`"displayName:ken"`), eventual...).raw); got != "1" {
		t.Errorf("counted: %s", got)
	}
	wantError(t, w.call("GET", `/users?$search="displayName:ada"`, ""), 400, "Request_UnsupportedQuery",
		"Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	wantError(t, w.call("GET", `/users?$search=displayName:ada`, "", eventual...), 400, "BadRequest",
		"Syntax error: character ':' is not valid at position 11 in 'displayName:ada'.")
	for _, search := range []string{`"displayName:ada`, `"ada"`, `"displayName:ada" "mail:x"`, `("displayName:a"`, `"displayName:a" AND`, `"aboutMe:x"`, `"displayName:a" and "mail:x"`} {
		if a := w.call("GET", "/users?$search="+url.QueryEscape(search), "", eventual...); a.status != 400 {
			t.Errorf("%s: %d %s", search, a.status, a.raw)
		}
	}
}

// FuzzQueries looks for an $orderby, $search or $expand that breaks its parser.
func FuzzQueries(f *testing.F) {
	for _, seed := range [][3]string{
		{"displayName desc,mail", `"displayName:ada" AND ("mail:x" OR "mail:\"y")`, "memberOf($select=id,displayName)"},
		{"", `((("`, "manager"}, {",", `"a:b`, "memberOf($levels=max)"}, {" ", "é", "("},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	e, err := emulator.New(groupsTenant(), emulator.Options{Limits: emulator.Limits{Off: true}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, order, search, expand string) {
		w := &world{t: t, Emulator: e, client: httpClient(e), token: e.AppToken()}
		for _, list := range []string{"/users", "/groups"} {
			target := list + "?$count=true&$orderby=" + url.QueryEscape(order) + "&$search=" + url.QueryEscape(search) + "&$expand=" + url.QueryEscape(expand)
			a, err := w.try("GET", target, "", eventual...)
			tooLong := a.status == 414 && len(target) > 1900
			if err != nil || a.status != 200 && a.status != 400 && a.code() != emulator.CodeNotEmulated && !tooLong {
				t.Errorf("GET %s: %d %s %v", target, a.status, a.raw, err)
			}
		}
	})
}

func TestExpand(t *testing.T) {
	w := startTenant(t, groupsTenant(), emulator.Options{})
	related := func(target, relation string) string {
		t.Helper()
		a, err := w.try("GET", target, "")
		if err != nil || a.status != 200 {
			t.Fatalf("GET %s: %d %s %v", target, a.status, a.raw, err)
		}
		object := a.json
		if list, ok := a.json["value"].([]any); ok {
			object = list[0].(map[string]any)
		}
		var out []string
		list, ok := object[relation].([]any)
		for _, item := range list {
			fields := item.(map[string]any)
			out = append(out, fmt.Sprint(fields["@odata.type"], " ", fields["displayName"]))
		}
		return fmt.Sprint(ok, " ", strings.Join(out, ", "))
	}
	for target, want := range map[string][2]string{
		"/users/ada@contoso.com?$expand=memberOf":                                 {"memberOf", "true #microsoft.graph.group Sales Berlin, #microsoft.graph.group sales Aachen"},
		"/users/ada@contoso.com?$select=id&$expand=memberOf($select=displayName)": {"memberOf", "true #microsoft.graph.group Sales Berlin, #microsoft.graph.group sales Aachen"},
		"/users/grace@contoso.com?$expand=transitiveMemberOf":                     {"transitiveMemberOf", "true #microsoft.graph.group Licensing, #microsoft.graph.group Everybody"},
		"/users/ada@contoso.com?$expand=manager":                                  {"manager", "false "},
		"/users/ada@contoso.com?$expand=directReports":                            {"directReports", "true "},
		groupPath("?$expand=members($select=id,displayName)"):                     {"members", "true #microsoft.graph.user Ken Example, #microsoft.graph.user Grace Example"},
		groupPath("?$expand=memberOf"):                                            {"memberOf", "true #microsoft.graph.group Everybody"},
		"/groups?$filter=displayName eq 'Licensing'&$expand=members":              {"members", "true #microsoft.graph.user Ken Example, #microsoft.graph.user Grace Example"},
		"/groups?$filter=displayName eq 'Everybody'&$expand=transitiveMembers":    {"transitiveMembers", "true #microsoft.graph.user Ken Example, #microsoft.graph.user Grace Example, #microsoft.graph.group Licensing"},
	} {
		if got := related(target, want[0]); got != want[1] {
			t.Errorf("GET %s: %q, want %q", target, got, want[1])
		}
	}
	for _, target := range []string{
		"/users?$expand=extensions", "/users/ada@contoso.com?$expand=memberOf,manager", "/users?$expand=memberOf($levels=max)", "/groups?$expand=drive",
	} {
		if a := w.call("GET", target, ""); a.code() != emulator.CodeNotEmulated {
			t.Errorf("GET %s: %d %s", target, a.status, a.raw)
		}
	}
	if a := w.call("GET", "/users?$expand=memberOf($select=shoeSize)", ""); a.status != 400 {
		t.Errorf("an unknown property of the expanded: %d %s", a.status, a.raw)
	}
	w.token = w.AppToken("User.Read.All", "GroupMember.Read.All")
	if a := w.call("GET", "/users?$expand=memberOf($select=assignedLicenses)", ""); a.status != 403 {
		t.Errorf("licenses of the expanded: %d %s", a.status, a.raw)
	}
}

// At most twenty of a relation come along.
func TestExpandIsBounded(t *testing.T) {
	tenant := manyUsers(30)
	group := emulator.Group{Name: "Many"}
	for _, u := range tenant.Users {
		group.Members = append(group.Members, u.UserPrincipalName)
	}
	tenant.Groups = []emulator.Group{group}
	w := startTenant(t, tenant, emulator.Options{})
	a, err := w.try("GET", "/groups?$expand=members($select=id)", "")
	if err != nil || strings.Count(string(a.raw), "#microsoft.graph.user") != 20 {
		t.Errorf("%d %s %v", a.status, a.raw, err)
	}
}
