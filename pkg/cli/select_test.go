package cli_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/emulator"
)

// selecting is a manifest that selects users, who are to hold Microsoft 365 E3.
func selecting(selections ...string) string {
	return "apiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: selected}\nspec:\n" +
		"  defaults: {usageLocation: DE, licenses: [{sku: SPE_E3}]}\n  select: [" + strings.Join(selections, ", ") + "]\n"
}

// newCrowd is a station with many users who hold Microsoft 365 E3: 1,500 in a
// group below the group All, the first 30 of them in Sales. The roles are those
// of the application that signs in; none: the usual ones.
func newCrowd(t *testing.T, roles ...string) *station {
	t.Helper()
	tenant, err := emulator.ParseTenant("tenant.yaml", must(os.ReadFile("testdata/contoso/tenant.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	everybody := emulator.Group{Name: "Below"}
	for i := range 1500 {
		u := emulator.User{UserPrincipalName: fmt.Sprintf("user%04d@contoso.com", i), UsageLocation: "DE", Licenses: []emulator.License{{SKU: tenant.Products[0].SKU.ID}}}
		if i < 30 {
			u.Department = "Sales"
		}
		tenant.Users = append(tenant.Users, u)
		everybody.Members = append(everybody.Members, u.UserPrincipalName)
	}
	tenant.Groups = append(tenant.Groups, everybody, emulator.Group{Name: "All", Groups: []string{"Below"}})
	tenant.Products[0].SKU.Units.Enabled = 2000
	if len(roles) > 0 {
		tenant.Applications = []emulator.Application{{ClientID: clientID, Secret: canary, Roles: roles}}
	}
	return newStationOf(t, tenant, emulator.Options{})
}

// reads lists the requests to Graph in their order, but for the tenant and its
// products.
func (s *station) reads() []string {
	var out []string
	for _, r := range s.emulator.Requests() {
		inBatch := r.Batch != ""
		isAbout := r.Route == "organization" || r.Route == "subscribedSkus" || !strings.HasPrefix(r.Path, "/v1.0/")
		if !inBatch && !isAbout {
			out = append(out, r.Route)
		}
	}
	return out
}

// TestSelectionRequests holds the number of requests to what the page about
// manifests says: one for every 999 who are selected, one for the name of a
// group, one for the groups below it that may hide their members, one more for an
// advanced query; then the users as if they were listed.
func TestSelectionRequests(t *testing.T) {
	for _, tc := range []struct {
		name, selection string
		want            []string
	}{
		// 1,500 users and a group are two pages, and so is the tenant.
		{"a group and those below", "{group: All}", []string{"listGroups", "groupMembers", "groupMembers", "listGroups", "listUsers", "listUsers"}},
		{"a group by its id", "{group: " + emulator.DerivedID("group", "All").String() + "}", []string{"listGroups", "groupMembers", "groupMembers", "listGroups", "listUsers", "listUsers"}},
		{"attributes", "{department: Sales}", []string{"listUsers", "batch"}},
		{"a filter", `{filter: "startsWith(userPrincipalName,'user000')"}`, []string{"listUsers", "batch"}},
		{"an advanced filter", `{filter: "department ne 'Sales' and startsWith(userPrincipalName,'user003')"}`, []string{"listUsers", "listUsers", "batch"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newCrowd(t)
			s.write("select.yaml", selecting(tc.selection))
			s.wants(cli.CodeOK, "plan", "select.yaml")
			if diff := cmp.Diff(tc.want, s.reads()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// Without the permission to read groups nothing is planned, and the permission
// is named.
func TestSelectingByGroupNeedsAPermission(t *testing.T) {
	s := newCrowd(t, "User.Read.All", "LicenseAssignment.Read.All", "Organization.Read.All")
	s.write("group.yaml", selecting("{group: All}"))
	out := s.wants(cli.CodeAuth, "plan", "group.yaml")
	if out.stdout != "" || !strings.Contains(out.stderr, "GroupMember.Read.All") || !strings.Contains(out.stderr, `group "All"`) {
		t.Errorf("stdout %q, stderr %s", out.stdout, out.stderr)
	}
	s.write("filter.yaml", selecting("{department: Sales}"))
	s.wants(cli.CodeOK, "plan", "filter.yaml")
}
