package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// licensing is the group of the test tenant.
var licensing = derived("group", "Licensing")

func groupPath(rest string) string { return "/groups/" + licensing.String() + rest }

// groupState is the group's licenseProcessingState.
func (w *world) groupState() string {
	w.t.Helper()
	state, _ := w.get(groupPath("?$select=licenseProcessingState")).json["licenseProcessingState"].(map[string]any)
	return fmt.Sprint(state["state"])
}

func TestGroupLicensesComeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{GroupDelay: 10 * time.Second})
		a := w.call("POST", groupPath("/assignLicense"), assignBody(lic(addon), suite))
		if a.status != 202 || a.header.Get("Location") != graphRoot+groupPath("") || a.json["id"] != licensing.String() || a.json["displayName"] != nil {
			t.Fatalf("answer %d %v %s", a.status, a.header, a.raw)
		}
		for _, step := range []struct {
			after time.Duration
			state string
			holds string
		}{
			{0, "QueuedForProcessing", "SUITE<group-CHAT"},
			{6 * time.Second, "ProcessingInProgress", "SUITE<group-CHAT"},
			{5 * time.Second, "ProcessingComplete", "ADDON<group"},
		} {
			time.Sleep(step.after)
			if got := w.groupState(); got != step.state {
				t.Errorf("state %s, want %s", got, step.state)
			}
			if got := w.licenses(grace); got != step.holds {
				t.Errorf("%s: grace holds %q, want %q", step.state, got, step.holds)
			}
		}
		if got := w.licenses(ken); got != "SUITE, ADDON<group" {
			t.Errorf("ken holds %q; the direct license has to stay", got)
		}
		if w.consumed(suite) != 2 || w.consumed(addon) != 2 {
			t.Errorf("%d and %d seats taken, want 2 and 2", w.consumed(suite), w.consumed(addon))
		}
	})
}

// What is due comes before an edit, were nothing read in between.
func TestEditsComeAfterWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, emulator.Options{GroupDelay: 10 * time.Second})
		w.call("POST", groupPath("/assignLicense"), assignBody(lic(addon)))
		time.Sleep(11 * time.Second)
		if err := w.SetGroupLicenses(licensing); err != nil {
			t.Fatal(err)
		}
		if got := w.licenses(grace); !strings.Contains(got, "ADDON<group") {
			t.Errorf("grace holds %q, and the group gave it the add-on before that was taken away", got)
		}
	})
}

func TestGroupLicensesByHand(t *testing.T) {
	w := start(t, emulator.Options{GroupDelay: -1})
	w.call("POST", groupPath("/assignLicense"), assignBody(lic(addon)))
	if w.licenses(grace) != "SUITE<group-CHAT" || w.groupState() != "QueuedForProcessing" {
		t.Errorf("before: %q, %s", w.licenses(grace), w.groupState())
	}
	w.call("POST", groupPath("/assignLicense"), assignBody(lic(suite, mail))) // before the first was processed
	w.ProcessGroups()
	if w.licenses(grace) != "SUITE<group-MAIL, ADDON<group" || w.groupState() != "ProcessingComplete" {
		t.Errorf("after: %q, %s", w.licenses(grace), w.groupState())
	}
}

func TestGroupAssignLicenseRefusals(t *testing.T) {
	w := start(t, emulator.Options{})
	wantRefused(t, w.call("POST", groupPath("/assignLicense"), assignBody(nil, addon)), "Group does not have a corresponding license.")
	wantRefused(t, w.call("POST", groupPath("/assignLicense"), assignBody(lic(foreign))), fmt.Sprintf("License %s does not correspond to a valid company License.", foreign))
	if a := w.call("POST", "/groups/"+foreign.String()+"/assignLicense", assignBody(nil)); a.status != 404 {
		t.Errorf("an unknown group: %d", a.status)
	}
	if a := w.call("POST", groupPath("/assignLicense"), `{"addLicenses":[]}`); a.status != 400 {
		t.Errorf("a missing parameter: %d", a.status)
	}
}

// TestGroupLicenseErrors lets a group's licenses meet every rule that can be
// against them. All licenses of the group fail together.
func TestGroupLicenseErrors(t *testing.T) {
	a3, phone := published(t, "ENTERPRISEPACKPLUS_FACULTY"), published(t, "MCOEV")
	for _, tt := range []struct {
		name   string
		change func(*emulator.Tenant)
		add    license.SKU
		want   string
	}{
		{"CountViolation", func(tn *emulator.Tenant) { tn.Products[1].SKU.Units.Enabled = 0 }, a3, "CountViolation"},
		{"MutuallyExclusiveViolation", func(tn *emulator.Tenant) {}, a3, "MutuallyExclusiveViolation"},
		{"DependencyViolation", func(tn *emulator.Tenant) { tn.Users[0].Licenses = nil }, phone, "DependencyViolation"},
		{"ProhibitedInUsageLocationViolation", func(tn *emulator.Tenant) { tn.Products[2].ProhibitedIn = []string{"DE"} }, phone, "ProhibitedInUsageLocationViolation"},
		{"UniquenessViolation", func(tn *emulator.Tenant) {
			tn.Users[0].Licenses, tn.Users[0].DuplicateProxyAddress = nil, true
		}, a3, "UniquenessViolation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tenant := realTenant(t, "SPE_E3", "ENTERPRISEPACKPLUS_FACULTY", "MCOEV", "POWER_BI_PRO")
			tenant.Groups = []emulator.Group{{Name: "Licensing", Members: []string{ada}}}
			tt.change(&tenant)
			w := startTenant(t, tenant, emulator.Options{GroupDelay: -1})
			w.call("POST", groupPath("/assignLicense"), assignBody(append(lic(tt.add.ID), lic(published(t, "POWER_BI_PRO").ID)...)))
			w.ProcessGroups()
			got := map[string]string{}
			u, _ := w.User(ada)
			for _, a := range u.Assignments {
				if !a.Direct() {
					got[license.Published().SKUName(a.SKUID)] = a.State + "/" + a.Error
				}
			}
			want := map[string]string{license.Published().SKUName(tt.add.ID): "Error/" + tt.want, "Power BI Pro": "Error/Other"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("inherited licenses (-want +got):\n%s", diff)
			}
			if w.consumed(tt.add.ID) != 0 {
				t.Error("a license in error took a seat")
			}
			if names := w.get(groupPath("/membersWithLicenseErrors")).values("userPrincipalName"); len(names) != 1 {
				t.Errorf("members with errors: %v", names)
			}
			if n := len(w.get("/groups?$filter=hasMembersWithLicenseErrors%20eq%20true").values("id")); n != 1 {
				t.Errorf("%d groups have members with errors", n)
			}
		})
	}
}

func TestGroupLicenseErrorKeepsWhatThereWas(t *testing.T) {
	w := start(t, emulator.Options{GroupDelay: -1})
	w.call("POST", groupPath("/assignLicense"), assignBody(lic(empty)))
	w.ProcessGroups()
	if got := w.licenses(grace); got != "SUITE<group-CHAT ActiveWithError/Other, EMPTY<group Error/CountViolation" {
		t.Errorf("grace holds %q", got)
	}
	if got := w.consumed(suite); got != 3 {
		t.Errorf("%d seats taken, want 3", got)
	}
}

func TestGroupUsageLocationFallsBack(t *testing.T) {
	tenant := testTenant()
	tenant.Groups[0].Members = []string{linus}
	w := startTenant(t, tenant, emulator.Options{})
	if got := w.licenses(linus); got != "SUITE<group-CHAT" {
		t.Errorf("a member without a usage location holds %q", got)
	}
	if u, _ := w.User(linus); u.UsageLocation != "" {
		t.Errorf("the user was given the location %s", u.UsageLocation)
	}
}

func TestGroupRemovalThatAnotherLicenseNeeds(t *testing.T) {
	tenant := realTenant(t, "SPE_E3", "MCOEV")
	tenant.Groups = []emulator.Group{{Name: "Licensing", Members: []string{ada}, Licenses: lic(published(t, "SPE_E3").ID)}}
	tenant.Users[0].Licenses = lic(published(t, "MCOEV").ID)
	w := startTenant(t, tenant, emulator.Options{GroupDelay: -1})
	if err := w.RemoveMember(licensing, ada); err != nil {
		t.Fatal(err)
	}
	w.ProcessGroups()
	if got := w.licenses(ada); got != "SPE_E3<group ActiveWithError/DependencyViolation, MCOEV" && got != "MCOEV, SPE_E3<group ActiveWithError/DependencyViolation" {
		t.Errorf("ada holds %q", got)
	}
}

// TestGroupSwapsWhatAnotherLicenseNeeds replaces a product by another that
// has what the user's own license needs: nothing is in the way.
func TestGroupSwapsWhatAnotherLicenseNeeds(t *testing.T) {
	e3, e5 := published(t, "SPE_E3").ID, published(t, "SPE_E5").ID
	tenant := realTenant(t, "SPE_E3", "MCOEV", "SPE_E5")
	tenant.Groups = []emulator.Group{{Name: "Licensing", Members: []string{ada}, Licenses: lic(e3)}}
	tenant.Users[0].Licenses = lic(published(t, "MCOEV").ID)
	w := startTenant(t, tenant, emulator.Options{GroupDelay: -1})
	w.call("POST", groupPath("/assignLicense"), assignBody(lic(e5), e3))
	w.ProcessGroups()
	if got := w.licenses(ada); strings.Contains(got, "SPE_E3") || !strings.Contains(got, "SPE_E5<group") || strings.Contains(got, "Error") {
		t.Errorf("ada holds %q", got)
	}
}

func TestGroupMembership(t *testing.T) {
	w := start(t, emulator.Options{GroupDelay: -1})
	for _, err := range []error{w.AddMember(licensing, zoe), w.RemoveMember(licensing, grace)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.ProcessGroups()
	if got := w.licenses(zoe); got != "SUITE<group-CHAT" {
		t.Errorf("the new member holds %q", got)
	}
	if got := w.licenses(grace); got != "" {
		t.Errorf("the former member holds %q", got)
	}
	if w.AddMember(foreign, ada) == nil || w.AddMember(licensing, "nobody@contoso.com") == nil {
		t.Error("an unknown group or user was taken")
	}
}

func TestReprocess(t *testing.T) {
	tenant := testTenant()
	tenant.Groups[0].Licenses = lic(addon)
	tenant.Products[1].SKU.Units.Enabled = 1
	w := startTenant(t, tenant, emulator.Options{})
	w.token = w.AppToken("User.ReadWrite.All")
	starved := ken
	if w.licenses(grace) != "ADDON<group" {
		starved = grace
	}
	if got := w.licenses(starved); got != "SUITE, ADDON<group Error/CountViolation" && got != "ADDON<group Error/CountViolation" {
		t.Fatalf("the member without a seat holds %q", got)
	}
	path := "/users/" + starved + "/reprocessLicenseAssignment"
	wantRefused(t, w.call("POST", path, ""), fmt.Sprintf("Subscription with SKU %s does not have any available licenses.", addon))
	if err := w.SetUnits(addon, license.Units{Enabled: 2}); err != nil {
		t.Fatal(err)
	}
	if a := w.call("POST", path, ""); a.status != 200 || a.json["userPrincipalName"] != starved {
		t.Errorf("with a seat: %d %s", a.status, a.raw)
	}
	if got := w.consumed(addon); got != 2 {
		t.Errorf("%d seats taken, want 2", got)
	}
}

func TestGroupReads(t *testing.T) {
	w := start(t, emulator.Options{})
	a := w.get("/groups?$filter=" + url.QueryEscape("displayName eq 'licensing'") + "&$select=id,displayName,assignedLicenses")
	if diff := cmp.Diff([]string{licensing.String()}, a.values("id")); diff != "" {
		t.Errorf("groups by name (-want +got):\n%s", diff)
	}
	if n := len(w.get("/groups?$filter=" + url.QueryEscape(fmt.Sprintf("assignedLicenses/any(s:s/skuId eq %s)", suite))).values("id")); n != 1 {
		t.Errorf("%d groups give the suite out", n)
	}
	for filter, n := range map[string]int{
		"securityEnabled eq true": 1, "mailEnabled eq true": 0, "startsWith(displayName,'Lic')": 1, "id eq '" + licensing.String() + "'": 1, "displayName eq 'x'": 0,
	} {
		if got := len(w.get("/groups?$filter=" + url.QueryEscape(filter)).values("id")); got != n {
			t.Errorf("%s: %d groups, want %d", filter, got, n)
		}
	}
	if a := w.call("GET", "/groups?$filter="+url.QueryEscape("assignedLicenses/$count ne 0"), ""); a.status != 400 {
		t.Errorf("counting licenses without the advanced pair: %d", a.status)
	}
	if n := len(w.get("/groups?$count=true&$filter="+url.QueryEscape("assignedLicenses/$count ne 0"), "ConsistencyLevel", "eventual").values("id")); n != 1 {
		t.Errorf("%d groups with licenses, want 1", n)
	}
	if got := w.get(groupPath("")).json; got["displayName"] != "Licensing" || got["assignedLicenses"] != nil {
		t.Errorf("the group: %v", got)
	}
	for _, path := range []string{"/members", "/transitiveMembers"} {
		if n := len(w.get(groupPath(path)).values("id")); n != 2 {
			t.Errorf("%s lists %d members, want 2", path, n)
		}
	}
	first := w.get(groupPath("/members?$top=1&$select=id"))
	next, _ := first.json["@odata.nextLink"].(string)
	if second := w.get(next); len(second.values("id")) != 1 || second.json["@odata.nextLink"] != nil || second.values("id")[0] == first.values("id")[0] {
		t.Errorf("the second page of members: %s", second.raw)
	}
	wantRefused(t, w.call("GET", "/groups/Licensing", ""), "Invalid object identifier 'Licensing'.")
	if a := w.call("GET", "/groups/"+foreign.String(), ""); a.status != 404 {
		t.Errorf("an unknown group: %d", a.status)
	}
}

func TestGroupsPaging(t *testing.T) {
	tenant := testTenant()
	for i := range 5 {
		tenant.Groups = append(tenant.Groups, emulator.Group{Name: fmt.Sprintf("Team %d", i)})
	}
	w := startTenant(t, tenant, emulator.Options{})
	seen := 0
	for target := "/groups?$top=4"; target != ""; {
		a := w.get(target)
		seen += len(a.values("id"))
		target, _ = a.json["@odata.nextLink"].(string)
	}
	if seen != 6 {
		t.Errorf("%d groups on all pages, want 6", seen)
	}
}

// TestNestedGroups has Licensing > Inner > Deep > Inner, with one user on two
// paths.
func TestNestedGroups(t *testing.T) {
	tenant := testTenant()
	tenant.Groups[0].Groups = []string{"Inner"}
	tenant.Groups[0].Licenses = lic(suite)
	tenant.Groups = append(tenant.Groups,
		emulator.Group{Name: "Inner", Members: []string{ada}, Groups: []string{emulator.DerivedID("group", "Deep").String()}},
		emulator.Group{Name: "Deep", Members: []string{linus, ada}, Groups: []string{"Inner"}})
	w := startTenant(t, tenant, emulator.Options{})
	types := func(path string, header ...string) map[string]int {
		out := map[string]int{}
		for _, kind := range w.get(groupPath(path), header...).values("@odata.type") {
			out[kind]++
		}
		return out
	}
	const users, groups = "#microsoft.graph.user", "#microsoft.graph.group"
	if diff := cmp.Diff(map[string]int{users: 2, groups: 1}, types("/members")); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{users: 4, groups: 2}, types("/transitiveMembers?$select=id")); diff != "" {
		t.Errorf("transitive members (-want +got):\n%s", diff)
	}
	seen := map[string]bool{}
	for next := groupPath("/transitiveMembers?$select=id&$top=1"); next != ""; {
		page := w.get(next)
		for _, id := range page.values("id") {
			seen[id] = true
		}
		next, _ = page.json["@odata.nextLink"].(string)
	}
	if len(seen) != 6 {
		t.Errorf("%d transitive members over pages of one, want 6", len(seen))
	}
	// Licenses reach the group's own members alone.
	if u, _ := w.User(ada); len(u.Inherited(suite)) != 0 {
		t.Error("a member of a nested group inherits")
	}
	for _, wrong := range []string{"Nowhere", "Licensing"} {
		tenant.Groups[0].Groups = []string{wrong}
		if _, err := emulator.New(tenant, emulator.Options{}); err == nil {
			t.Errorf("%s in Licensing was taken", wrong)
		}
	}
}

// TestMembersCast takes the advanced pair for users alone.
func TestMembersCast(t *testing.T) {
	tenant := testTenant()
	tenant.Groups = append(tenant.Groups, emulator.Group{Name: "Inner", Members: []string{ada}})
	tenant.Groups[0].Groups = []string{"Inner"}
	w := startTenant(t, tenant, emulator.Options{})
	for path, want := range map[string]int{"/members/microsoft.graph.user": 2, "/transitiveMembers/microsoft.graph.user": 3} {
		for _, query := range []string{"", "?$count=true"} {
			if a := w.call("GET", groupPath(path+query), ""); a.status != 400 || a.code() != "Request_UnsupportedQuery" {
				t.Errorf("%s%s: %d %s", path, query, a.status, a.code())
			}
		}
		if n := len(w.get(groupPath(path+"?$count=true"), "ConsistencyLevel", "eventual").values("id")); n != want {
			t.Errorf("%s lists %d users, want %d", path, n, want)
		}
	}
}
