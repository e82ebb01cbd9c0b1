package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// Who is in a group with hidden membership is shown, in whatever way it is asked
// for, to those alone who may see it.
func TestHiddenMembersByWhateverWay(t *testing.T) {
	tenant := nestedTenant() // grace is in Licensing, and Licensing in Everybody
	tenant.Groups[0].HiddenMembership = true
	w := startTenant(t, tenant, emulator.Options{})
	everybody, graceID := derived("group", "Everybody").String(), derived("user", grace).String()
	roles := []string{"Group.Read.All", "User.Read.All", "Directory.Read.All"}
	hidden, seeing := w.AppToken(roles...), w.AppToken(append(roles, "Member.Read.Hidden")...)
	for _, tt := range []struct{ method, target, body, shown string }{
		{"GET", groupPath("/members"), "", graceID},
		{"GET", groupPath("/members/microsoft.graph.user?$count=true"), "", graceID},
		{"GET", groupPath("/transitiveMembers"), "", graceID},
		{"GET", groupPath("/transitiveMembers/microsoft.graph.user?$count=true"), "", graceID},
		{"GET", "/groups/" + everybody + "/transitiveMembers/microsoft.graph.user?$count=true", "", graceID},
		{"GET", groupPath("/members/$count"), "", "2"},
		{"GET", groupPath("/transitiveMembers/$count"), "", "2"},
		{"GET", "/groups/" + everybody + "/transitiveMembers/$count", "", "4"},
		{"GET", groupPath("/members/" + graceID + "/$ref"), "", graceID},
		{"GET", groupPath("?$expand=members($select=id)"), "", graceID},
		{"GET", "/groups?$expand=transitiveMembers($select=id)", "", graceID},
		{"GET", "/users/" + graceID + "/memberOf", "", licensing.String()},
		{"GET", "/users/" + graceID + "/memberOf/$count", "", "1"},
		{"GET", "/users/" + graceID + "/transitiveMemberOf", "", everybody},
		{"GET", "/users/" + graceID + "/transitiveMemberOf/$count", "", "2"},
		{"GET", "/users/" + graceID + "?$expand=memberOf($select=id)", "", licensing.String()},
		{"GET", "/users/" + graceID + "?$expand=transitiveMemberOf($select=id)", "", everybody},
		{"POST", "/users/" + graceID + "/getMemberGroups", `{"securityEnabledOnly":false}`, everybody},
		{"POST", "/users/" + graceID + "/checkMemberGroups", `{"groupIds":["` + licensing.String() + `"]}`, licensing.String()},
		{"POST", "/directoryObjects/" + graceID + "/checkMemberGroups", `{"groupIds":["` + everybody + `"]}`, everybody},
		{"GET", "/groups/delta", "", graceID},
	} {
		for token, want := range map[string]bool{hidden: false, seeing: true} {
			w.token = token
			a, err := w.try(tt.method, tt.target, tt.body, eventual...)
			if got := strings.Contains(string(a.raw), tt.shown) && a.status == 200; err != nil || got != want {
				t.Errorf("%s %s shows %s: %v, want %v: %d %s", tt.method, tt.target, tt.shown, got, want, a.status, a.raw)
			}
		}
	}
}

// The owners of such a group are shown to everybody.
func TestOwnersOfHiddenGroups(t *testing.T) {
	tenant := testTenant()
	tenant.Groups[0].HiddenMembership = true
	w := startTenant(t, tenant, emulator.Options{}).administrate()
	w.do(204, "POST", groupPath("/owners/$ref"), `{"@odata.id":"https://graph.microsoft.com/v1.0/users/`+derived("user", ada).String()+`"}`)
	if got := w.get(groupPath("/owners")).values("userPrincipalName"); fmt.Sprint(got) != "["+ada+"]" {
		t.Errorf("owners %q", got)
	}
}
