package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/cli"
)

// TestPlansWaitForWhatGroupsOwe: an apply has given a group a product, and has not waited
// until its members had it. The plan after it takes from them neither what they have of
// their own nor what another group gives them; once they have it the next one does.
func TestPlansWaitForWhatGroupsOwe(t *testing.T) {
	const tenant = `apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com}
  products: [{sku: VISIOCLIENT, enabled: 9}]
  groups:
    - {name: Old, licenses: [{sku: VISIOCLIENT}], members: [ada@contoso.com]}
    - {name: New, members: [ada@contoso.com, ben@contoso.com]}
  users:
    - {user: ada@contoso.com, usageLocation: DE}
    - {user: ben@contoso.com, usageLocation: DE, licenses: [{sku: VISIOCLIENT}]}
`
	const manifest = `apiVersion: licensectl.dev/v1
kind: GroupLicenses
metadata: {name: groups}
spec: {groups: [{group: Old, licenses: []}, {group: New, licenses: [{sku: VISIOCLIENT}]}]}
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: users}
spec: {users: []}
---
apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: contoso}
spec:
  unlistedUsers: remove
  guards: {maxUsersChanged: {count: 5}, maxRemovals: {count: 5}, maxRemovalsPerSku: {count: 5}, maxUsersLosingAll: {count: 5}}
`
	synctest.Test(t, func(t *testing.T) {
		s := newGroupStationOf(t, tenant, "", time.Hour)
		s.write(filepath.Join("manifests", "groups.yaml"), manifest)
		s.wants(cli.CodePartial, "apply", "--auto-approve", "--group-timeout", "1m")
		out := s.wants(cli.CodeInput, "plan")
		for _, want := range []string{
			`group "Old": - Visio Plan 2 [group-takes-declared]`, "ben@contoso.com: - Visio Plan 2, keeping no direct license [group-blocked]", "Takes away: nothing.",
			`group-not-in-force  Visio Plan 2 from group "New" is not in force for 2 of 2 members: nothing is told of it yet (2)`,
		} {
			if !strings.Contains(out.stdout, want) {
				t.Errorf("the plan does not say %q:\n%s", want, out.stdout)
			}
		}
		time.Sleep(2 * time.Hour)
		s.wants(cli.CodeOK, "apply", "--auto-approve", "--group-timeout", "2h")
		for _, upn := range []string{"ada@contoso.com", "ben@contoso.com"} {
			if u, _ := s.emulator.User(upn); s.holds(upn) != "" || len(u.Given(published(t, "VISIOCLIENT"))) != 1 {
				t.Errorf("%s holds %+v", upn, u.Assignments)
			}
		}
	})
}
