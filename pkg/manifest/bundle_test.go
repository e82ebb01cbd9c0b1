package manifest_test

import (
	"testing"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Entries that leave all to the defaults, and those that name the same profiles
// and nothing else, have one bundle each; who asks for more has none.
func TestEntriesShareBundles(t *testing.T) {
	const text = `apiVersion: licensectl.dev/v1
kind: LicenseProfile
metadata: {name: office}
spec: {licenses: [{sku: SPE_E3}]}
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: staff}
spec:
  defaults: {licenses: [{sku: POWER_BI_STANDARD}]}
  users:
    - default1@contoso.com
    - default2@contoso.com
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: others}
spec:
  users:
    - {user: office1@contoso.com, profiles: [office]}
    - {user: office2@contoso.com, profiles: [office]}
    - {user: own1@contoso.com, profiles: [office], licenses: [{sku: VISIOCLIENT}]}
    - {user: own2@contoso.com, profiles: [office], licenses: [{sku: VISIOCLIENT}]}
    - {user: timed@contoso.com, profiles: [{profile: office, until: 2030-01-01}]}
`
	set, err := manifest.Parse([]manifest.File{{Path: "staff.yaml", Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]*plan.Bundle{}
	for _, u := range set.Desired.Users {
		of[u.User.Name] = u.Bundle
		if u.Bundle != nil && &u.Bundle.Licenses[0] != &u.Licenses[0] {
			t.Errorf("%s: the bundle has other licenses than the entry", u.User.Name)
		}
	}
	for _, same := range [][2]string{{"default1@contoso.com", "default2@contoso.com"}, {"office1@contoso.com", "office2@contoso.com"}} {
		if a, b := of[same[0]], of[same[1]]; a == nil || a != b {
			t.Errorf("%s and %s: got the bundles %p and %p, want one", same[0], same[1], a, b)
		}
	}
	if of["default1@contoso.com"] == of["office1@contoso.com"] {
		t.Error("the defaults and the profile have one bundle")
	}
	for _, alone := range []string{"own1@contoso.com", "own2@contoso.com", "timed@contoso.com"} {
		if of[alone] != nil {
			t.Errorf("%s has a bundle", alone)
		}
	}
}
