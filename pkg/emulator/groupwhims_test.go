package emulator_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// assignGroup changes the licenses of the test tenant's group.
func (w *world) assignGroup(add []emulator.License, remove ...license.GUID) {
	w.t.Helper()
	if a := w.call("POST", groupPath("/assignLicense"), assignBody(add, remove...)); a.status != 202 {
		w.t.Fatalf("changing the group: %d %s", a.status, a.raw)
	}
}

func TestOverlappingGroupChangesLose(t *testing.T) {
	w := start(t, emulator.Options{GroupDelay: -1, Groups: emulator.GroupWhims{LoseOverlapping: true}})
	w.assignGroup(lic(addon))
	w.assignGroup(lic(suite, mail)) // before the first was processed
	w.ProcessGroups()
	if got := w.licenses(grace); got != "SUITE<group-MAIL" {
		t.Errorf("after two changes at once: %q", got)
	}
	w.assignGroup(lic(addon))
	w.ProcessGroups()
	if got := w.licenses(grace); got != "SUITE<group-MAIL, ADDON<group" {
		t.Errorf("one after the other: %q", got)
	}
}

func TestGroupLicensesComeBackWithMorePlansOff(t *testing.T) {
	w := start(t, emulator.Options{GroupDelay: -1, Groups: emulator.GroupWhims{AlsoDisabled: []emulator.License{{SKU: suite, DisabledPlans: []license.GUID{files}}}}})
	w.assignGroup(lic(suite, chat))
	w.ProcessGroups()
	if got := w.licenses(grace); got != "SUITE<group-FILES-CHAT" && got != "SUITE<group-CHAT-FILES" {
		t.Errorf("grace holds %q", got)
	}
}

func TestProcessingStatesThatLie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{GroupDelay: 10 * time.Second, Groups: emulator.GroupWhims{CompleteEarly: true}})
		w.assignGroup(lic(addon))
		for range 2 {
			if w.groupState() != "ProcessingComplete" || w.licenses(grace) != "SUITE<group-CHAT" {
				t.Errorf("state %s, grace holds %q", w.groupState(), w.licenses(grace))
			}
			time.Sleep(6 * time.Second)
		}
		if got := w.licenses(grace); got != "SUITE<group-CHAT, ADDON<group" {
			t.Errorf("grace holds %q", got)
		}
	})
	w := start(t, emulator.Options{GroupDelay: -1, Groups: emulator.GroupWhims{EndsAs: "ProcessingFailed"}})
	w.assignGroup(lic(addon))
	w.ProcessGroups()
	if got := w.licenses(grace); w.groupState() != "ProcessingFailed" || got != "SUITE<group-CHAT, ADDON<group" {
		t.Errorf("state %s, grace holds %q", w.groupState(), got)
	}
}

func TestGroupsOfAllKinds(t *testing.T) {
	tenant := testTenant()
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Mail", NotSecurityEnabled: true}, emulator.Group{Name: "Rule", Dynamic: true, OnPremisesSynced: true})
	w := startTenant(t, tenant, emulator.Options{})
	for filter, want := range map[string]string{"securityEnabled eq false": "Mail", "mailEnabled eq true": "Mail"} {
		if got := w.get("/groups?$filter=" + url.QueryEscape(filter)).values("displayName"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v", filter, got)
		}
	}
	rule := w.get("/groups/" + derived("group", "Rule").String() + "?$select=groupTypes,membershipRule,onPremisesSyncEnabled").json
	if diff := cmp.Diff([]any{"DynamicMembership"}, rule["groupTypes"]); diff != "" || rule["membershipRule"] == nil || rule["onPremisesSyncEnabled"] != true {
		t.Errorf("a group with a rule: %v", rule)
	}
	wantRefused(t, w.call("POST", "/groups/"+derived("group", "Mail").String()+"/assignLicense", assignBody(lic(addon))), "Group licenses can only be assigned to security groups.")
	tenant.Groups[1].Licenses = lic(addon)
	if _, err := emulator.New(tenant, emulator.Options{}); err == nil {
		t.Error("a group for mail with licenses was taken")
	}
}

func TestHiddenMembers(t *testing.T) {
	tenant := testTenant()
	for i := range tenant.Groups {
		tenant.Groups[i].HiddenMembership = true
	}
	w := startTenant(t, tenant, emulator.Options{})
	if got := w.get(groupPath("?$select=visibility")).json["visibility"]; got != "HiddenMembership" {
		t.Errorf("visibility %v", got)
	}
	w.token = w.AppToken("Group.Read.All", "GroupMember.Read.All", "User.Read.All")
	for _, path := range []string{"/members?$select=id", "/transitiveMembers?$select=id"} {
		if got := w.get(groupPath(path)).values("id"); len(got) > 0 {
			t.Errorf("%s shows %v", path, got)
		}
	}
	w.token = w.AppToken("Group.Read.All", "GroupMember.Read.All", "User.Read.All", "Member.Read.Hidden")
	if got := w.get(groupPath("/members?$select=id")).values("id"); len(got) == 0 {
		t.Error("nobody is shown to whom may see all")
	}
}

func TestHiddenMembersBelow(t *testing.T) {
	tenant := testTenant()
	tenant.Groups[0].HiddenMembership = true
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Above", Groups: []string{tenant.Groups[0].Name}})
	w := startTenant(t, tenant, emulator.Options{})
	members := "/groups/" + derived("group", "Above").String() + "/transitiveMembers?$select=id"
	w.token = w.AppToken("GroupMember.Read.All")
	if got := w.get(members).values("id"); len(got) != 1 {
		t.Errorf("beside the group below there is %v", got)
	}
	w.token = w.AppToken("GroupMember.Read.All", "Member.Read.Hidden")
	if got := w.get(members).values("id"); len(got) < 2 {
		t.Errorf("to whom may see all is shown %v", got)
	}
}

func TestAgentUsersAreMembers(t *testing.T) {
	tenant := testTenant()
	tenant.Users[1].Agent = true
	w := startTenant(t, tenant, emulator.Options{})
	kinds := w.get(groupPath("/members?$select=id")).values("@odata.type")
	slices.Sort(kinds)
	if diff := cmp.Diff([]string{"#microsoft.graph.agentUser", "#microsoft.graph.user"}, kinds); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if got := w.licenses(grace); got != "SUITE<group-CHAT" {
		t.Errorf("the agent holds %q", got)
	}
}

func TestLicensesOfGroupsTakeAPermission(t *testing.T) {
	w := start(t, emulator.Options{})
	w.token = w.AppToken("GroupMember.Read.All")
	if a := w.call("GET", "/groups?$select=id,displayName,securityEnabled", ""); a.status != 200 {
		t.Errorf("names: %d", a.status)
	}
	for _, target := range []string{"/groups?$select=id,assignedLicenses", groupPath("?$select=assignedLicenses"), "/groups?$filter=" + url.QueryEscape("assignedLicenses/any(s:s/skuId eq "+suite.String()+")")} {
		if a := w.call("GET", target, ""); a.status != 403 {
			t.Errorf("%s: %d", target, a.status)
		}
	}
}

// TestGroupsAreChangedBehindTheBack has another administrator at work.
func TestGroupsAreChangedBehindTheBack(t *testing.T) {
	w := start(t, emulator.Options{GroupDelay: -1})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.SetInherited(grace, license.Assignment{SKUID: suite, Group: licensing, State: "ActiveWithError", Error: "Other"}))
	if got := w.licenses(grace); got != "SUITE<group-CHAT ActiveWithError/Other" {
		t.Errorf("grace holds %q", got)
	}
	must(w.SetGroupLicenses(licensing, emulator.License{SKU: addon}))
	must(w.RenameGroup(licensing, "Other"))
	w.ProcessGroups()
	if got := w.licenses(grace); got != "ADDON<group" || w.get(groupPath("")).json["displayName"] != "Other" {
		t.Errorf("grace holds %q", got)
	}
	must(w.DisableSecurity(licensing))
	if got := w.get(groupPath("")).json["securityEnabled"]; got != false {
		t.Errorf("securityEnabled: %v", got)
	}
	must(w.DeleteGroup(licensing))
	if a := w.call("GET", groupPath(""), ""); a.status != 404 || w.licenses(grace) != "" || len(w.get("/groups").values("id")) != 0 {
		t.Errorf("a deleted group: %d, grace holds %q", a.status, w.licenses(grace))
	}
	for _, err := range []error{
		w.RenameGroup(foreign, "x"), w.SetGroupLicenses(licensing, emulator.License{SKU: foreign}),
		w.SetInherited(grace, license.Assignment{SKUID: addon, Group: licensing}), w.SetInherited(ada, license.Assignment{SKUID: suite}),
	} {
		if err == nil {
			t.Error("what is not there was changed")
		}
	}
}

func TestChangesAreTold(t *testing.T) {
	var told []string
	w := start(t, emulator.Options{GroupDelay: -1, Changed: func(before, after license.UserState) {
		name, _, _ := strings.Cut(after.UserPrincipalName, "@")
		told = append(told, name+strings.Repeat("-", len(before.Assignments))+strings.Repeat("+", len(after.Assignments)))
	}})
	w.assignGroup(lic(addon))
	w.ProcessGroups()
	w.call("POST", "/users/ada@contoso.com/assignLicense", assignBody(nil, suite))
	slices.Sort(told)
	if diff := cmp.Diff([]string{"ada-", "grace-++", "ken--+++"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
