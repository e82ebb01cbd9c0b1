package emulator_test

import (
	"slices"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// nestedTenant has grace in Licensing, Licensing in Everybody, and ada in
// Everybody.
func nestedTenant() emulator.Tenant {
	tenant := testTenant()
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Everybody", Members: []string{ada}, Groups: []string{"Licensing"}})
	return tenant
}

func TestMemberOf(t *testing.T) {
	w := startTenant(t, nestedTenant(), emulator.Options{})
	for target, want := range map[string][]string{
		"/users/grace@contoso.com/memberOf":                                                   {"Licensing"},
		"/users/grace@contoso.com/memberOf/microsoft.graph.group?$select=id,displayName":      {"Licensing"},
		"/users/grace@contoso.com/transitiveMemberOf":                                         {"Everybody", "Licensing"},
		"/users/grace@contoso.com/transitiveMemberOf?$filter=displayName eq 'Everybody'":      {"Everybody"},
		"/users/ada@contoso.com/transitiveMemberOf/microsoft.graph.group?$select=displayName": {"Everybody"},
		"/users/linus@contoso.com/memberOf":                                                   nil,
	} {
		a := w.get(target)
		got := a.values("displayName")
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("GET %s: %v, want %v", target, got, want)
		}
		for _, kind := range a.values("@odata.type") {
			if kind != "#microsoft.graph.group" {
				t.Errorf("GET %s: a member of the type %s", target, kind)
			}
		}
	}
	first := w.get("/users/grace@contoso.com/transitiveMemberOf?$top=1")
	next, _ := first.json["@odata.nextLink"].(string)
	if second := w.get(next); len(first.values("id")) != 1 || len(second.values("id")) != 1 || second.json["@odata.nextLink"] != nil {
		t.Errorf("pages of one: %s and %s", first.raw, second.raw)
	}
	w.token = w.userToken(grace)
	if got := w.get("/me/memberOf").values("displayName"); !slices.Equal(got, []string{"Licensing"}) {
		t.Errorf("/me/memberOf: %v", got)
	}
	if a := w.call("GET", "/users/nobody@contoso.com/memberOf", ""); a.status != 404 {
		t.Errorf("of nobody: %d", a.status)
	}
}

func TestMemberGroups(t *testing.T) {
	tenant := nestedTenant()
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Mail", NotSecurityEnabled: true, Members: []string{grace}})
	w := startTenant(t, tenant, emulator.Options{})
	licensing, everybody, mail := derived("group", "Licensing").String(), derived("group", "Everybody").String(), derived("group", "Mail").String()
	ids := func(target, body string) []string {
		a := w.call("POST", "/users/grace@contoso.com/"+target, body)
		if a.status != 200 {
			t.Fatalf("%s: %d %s", target, a.status, a.raw)
		}
		var out []string
		for _, id := range a.json["value"].([]any) {
			out = append(out, id.(string))
		}
		return out
	}
	if got := ids("getMemberGroups", `{"securityEnabledOnly":true}`); len(got) != 2 || !slices.Contains(got, licensing) || !slices.Contains(got, everybody) {
		t.Errorf("getMemberGroups: %v", got)
	}
	if got := ids("getMemberGroups", `{"securityEnabledOnly":false}`); len(got) != 3 || !slices.Contains(got, mail) {
		t.Errorf("getMemberGroups of all kinds: %v", got)
	}
	if got := ids("checkMemberGroups", `{"groupIds":["`+everybody+`","`+foreign.String()+`"]}`); !slices.Equal(got, []string{everybody}) {
		t.Errorf("checkMemberGroups: %v", got)
	}
	for _, target := range []string{"/directoryObjects/" + derived("user", grace).String(), "/directoryObjects/" + licensing, "/groups/" + licensing} {
		a := w.do(200, "POST", target+"/checkMemberGroups", `{"groupIds":["`+everybody+`","`+foreign.String()+`"]}`)
		if got := a.json["value"].([]any); len(got) != 1 || got[0] != everybody {
			t.Errorf("checkMemberGroups of %s: %s", target, a.raw)
		}
	}
	w.do(404, "POST", "/directoryObjects/"+foreign.String()+"/getMemberGroups", `{"securityEnabledOnly":true}`)
	if a := w.call("POST", "/users/grace@contoso.com/checkMemberGroups", `{}`); a.status != 400 {
		t.Errorf("without groups: %d", a.status)
	}
	if n := w.Counters().Mutations; n != 0 {
		t.Errorf("%d changes", n)
	}
}
