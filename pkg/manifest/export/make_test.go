package export_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/plan"
)

// ownProduct is a product that nobody published.
func ownProduct(part string, plans ...string) license.SKU {
	out := license.SKU{ID: id("sku " + part), PartNumber: part, AppliesTo: license.AppliesToUser}
	for _, name := range plans {
		out.Plans = append(out.Plans, license.ServicePlan{ID: id("plan " + name), Name: name})
	}
	return out
}

func heldOf(sku license.SKU, off ...license.GUID) license.Assignment {
	return license.Assignment{SKUID: sku.ID, DisabledPlans: license.SortedGUIDs(off), State: "Active"}
}

// usersOf gives the lines below users of the one file of users.
func usersOf(t *testing.T, observed plan.Observed) []string {
	t.Helper()
	for _, f := range mustMake(t, observed, export.Options{}).Files {
		if strings.HasPrefix(f.Path, "users/") {
			_, below, _ := strings.Cut(string(f.Data), "  users:")
			return strings.Split(strings.Trim(below, "\n"), "\n")
		}
	}
	t.Fatal("there is no file of users")
	return nil
}

// What cannot be named by its name is named by its id; what cannot be said is
// left out, with the reason.
func TestOddities(t *testing.T) {
	ada, ben := person("ada"), person("ben")
	upper, lower, both := ownProduct("USERS"), ownProduct("users"), ownProduct("BOTH", "MAIL", "mail")
	fake := ownProduct("SPE_E3") // not what Microsoft calls so
	company := ownProduct("COMPANY")
	company.AppliesTo = license.AppliesToCompany
	unexplained := ada
	unexplained.Unexplained = []license.GUID{published("SPE_E5").ID}
	blank := ada
	blank.UserPrincipalName = "ada lovelace@contoso.com"
	veiled := ada
	veiled.UserPrincipalName = ada.ID.String() + "@redacted.example"
	twin := ben
	twin.UserPrincipalName = "ADA@contoso.com"
	for _, test := range []struct {
		name     string
		observed plan.Observed
		want     string
	}{
		{"part numbers that differ in case", tenantOf([]license.UserState{holding(ada, heldOf(upper), heldOf(lower))}, upper, lower),
			"    - user: ada@contoso.com\n      licenses:\n        - sku: " + upper.ID.String() + " # USERS\n        - sku: " + lower.ID.String() + " # users"},
		{"a part number of another product", tenantOf([]license.UserState{holding(ada, heldOf(fake))}, fake),
			"    - user: ada@contoso.com\n      licenses: [{sku: " + fake.ID.String() + "}] # SPE_E3"},
		{"plans that differ in case", tenantOf([]license.UserState{holding(ada, heldOf(both, id("plan MAIL"), id("plan gone")))}, both),
			"    - user: ada@contoso.com\n      licenses:\n        - sku: BOTH\n          disabledPlans: [" + id("plan MAIL").String() + "]"},
		{"a principal name that no manifest takes", tenantOf([]license.UserState{holding(blank, direct("SPE_E3"))}, published("SPE_E3")),
			"    - user: " + ada.ID.String() + " # ada lovelace@contoso.com\n      licenses: [{sku: SPE_E3}] # Microsoft 365 E3"},
		{"two users of one principal name", tenantOf([]license.UserState{holding(ada, direct("SPE_E3")), twin}, published("SPE_E3")),
			"    - user: " + ada.ID.String() + " # ada@contoso.com\n      licenses: [{sku: SPE_E3}] # Microsoft 365 E3"},
		{"a user of a redacted snapshot", tenantOf([]license.UserState{holding(veiled, direct("SPE_E3"))}, published("SPE_E3")),
			"    - user: " + ada.ID.String() + "\n      licenses: [{sku: SPE_E3}] # Microsoft 365 E3"},
		{"a product for the company", tenantOf([]license.UserState{holding(ada, heldOf(company))}, company),
			" []\n\n# Users without an entry:\n#   ada@contoso.com: left out: COMPANY applies to the company as a whole"},
		{"a product that is gone", tenantOf([]license.UserState{holding(ada, direct("SPE_E3"))}),
			" []\n\n# Users without an entry:\n#   ada@contoso.com: left out: Microsoft 365 E3 is not among the products of the tenant"},
		{"a license of which the path is not told", tenantOf([]license.UserState{unexplained}, published("SPE_E5")),
			" []\n\n# Users without an entry:\n#   ada@contoso.com: left out: the tenant does not say whether Microsoft 365 E5 comes from a group"},
		{"a license from a group, and none", tenantOf([]license.UserState{holding(ada, fromGroup("sales", "SPE_E3")), ben}, published("SPE_E3")),
			" []\n\n# Users without an entry:\n#   ada@contoso.com: SPE_E3 from group " + id("sales").String()},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.Split(test.want, "\n"), usersOf(t, test.observed)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// An option that names nothing is an error, and nothing is made.
func TestOptionsThatNameNothing(t *testing.T) {
	for _, o := range []export.Options{{Managed: []string{"SPE_E33"}}, {Ignored: []string{"SPE_E5"}}} {
		_, err := export.Make(tenantOf(nil, published("SPE_E3")), o)
		if _, ok := errors.AsType[*export.NameError](err); !ok {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestGroups: what groups give is written by object id, with the name beside it, and a
// plan of it changes nothing; what no manifest can say is left out, and where groups
// were not read nothing is said of them.
func TestGroups(t *testing.T) {
	e3, e5 := published("SPE_E3"), published("SPE_E5")
	observed := tenantOf([]license.UserState{holding(person("ada"), fromGroup("sales", "SPE_E3"))}, e3, e5)
	observed.LicensedGroups = []license.Group{
		{ID: id("sales"), DisplayName: "Sales # EMEA", SecurityEnabled: true, Members: []license.GUID{id("ada")}, Licenses: []license.GroupLicense{
			{SKUID: e3.ID, DisabledPlans: []license.GUID{planOf("SPE_E3", "SWAY")}}, {SKUID: e5.ID, DisabledPlans: []license.GUID{}},
		}},
		{ID: id("empty"), DisplayName: "Empty", SecurityEnabled: true, Members: []license.GUID{}, Licenses: []license.GroupLicense{}},
		{ID: id("vague"), DisplayName: "Vague", SecurityEnabled: true, Members: []license.GUID{}},
	}
	slices.SortFunc(observed.LicensedGroups, func(a, b license.Group) int { return license.CompareGUIDs(a.ID, b.ID) })
	made := mustMake(t, observed, export.Options{})
	want := `apiVersion: licensectl.dev/v1
kind: GroupLicenses
metadata: {name: licensing-groups}
spec:
  groups:
    - group: ` + id("sales").String() + ` # Sales # EMEA
      licenses:
        - sku: SPE_E3 # Microsoft 365 E3
          disabledPlans: [SWAY]
        - sku: SPE_E5 # Microsoft 365 E5
`
	if got := fileOf(made, "groups.yaml"); got != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
	if made.Groups != 1 || len(made.LeftOut) != 1 || !strings.Contains(made.LeftOut[0].User, "Vague") {
		t.Errorf("%d groups, left out %v", made.Groups, made.LeftOut)
	}
	if single := fileOf(mustMake(t, observed, export.Options{Layout: "single"}), "licenses.yaml"); !strings.Contains(single, "kind: GroupLicenses") {
		t.Errorf("one file for all is without the groups:\n%s", single)
	}
	observed.LicensedGroups = nil
	if made := mustMake(t, observed, export.Options{}); fileOf(made, "groups.yaml") != "" || made.Groups != 0 {
		t.Error("groups that were not read are written")
	}
}

func fileOf(made export.Result, path string) string {
	for _, f := range made.Files {
		if f.Path == path {
			return string(f.Data)
		}
	}
	return ""
}
