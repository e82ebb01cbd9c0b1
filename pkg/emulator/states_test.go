package emulator_test

import (
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
)

const statesTenant = `
apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {displayName: Contoso, defaultDomain: contoso.com}
  products: [{sku: SPE_E3, enabled: 9}]
  users:
    - {user: a@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E3}]}
    - {user: b@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E3, state: Error, error: Other}]}
    - {user: c@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E3, state: Disabled}]}
    - {user: d@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E3, state: ActiveWithError, error: DependencyViolation}]}
    - {user: e@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E3, state: PendingInput}]}
`

// A user's license starts in the state that the tenant file gives it.
func TestLicensesInOtherStates(t *testing.T) {
	tenant, err := emulator.ParseTenant("tenant.yaml", []byte(statesTenant))
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.New(tenant, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "Active", "b": "Error, Other", "c": "Disabled", "d": "ActiveWithError, DependencyViolation", "e": "PendingInput"}
	for _, u := range e.Users() {
		name, _, _ := strings.Cut(u.UserPrincipalName, "@")
		if got := u.Assignments[0].Standing(); got != want[name] {
			t.Errorf("%s: %s, want %s", name, got, want[name])
		}
	}
	if used := e.SKUs()[0].Units.Consumed; used != 3 {
		t.Errorf("%d seats are used, want those of a, d and e", used)
	}
}

func TestStatesThatNobodyKnowsAreRefused(t *testing.T) {
	for _, edited := range []string{
		strings.Replace(statesTenant, "state: Disabled", "state: disabled", 1),
		strings.Replace(statesTenant, "error: Other", "error: Others", 1),
		statesTenant + "  groups: [{name: G, licenses: [{sku: SPE_E3, state: Error}]}]\n",
	} {
		tenant, err := emulator.ParseTenant("tenant.yaml", []byte(edited))
		if err == nil {
			_, err = emulator.New(tenant, emulator.Options{})
		}
		if err == nil {
			t.Errorf("accepted:\n%s", edited)
		}
	}
}
