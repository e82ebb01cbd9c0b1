package emulator_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// checkSeats compares the counts of seats with the users' licenses.
func checkSeats(t *testing.T, e *emulator.Emulator) {
	t.Helper()
	holders := map[license.GUID]int{}
	for _, u := range e.Users() {
		held := map[license.GUID]bool{}
		for _, a := range u.Assignments {
			if a.State != "Error" && !held[a.SKUID] {
				held[a.SKUID] = true
				holders[a.SKUID]++
			}
		}
	}
	for _, sku := range e.SKUs() {
		if sku.Units.Consumed != holders[sku.ID] {
			t.Errorf("%s: %d seats are counted, and %d users hold it", sku.PartNumber, sku.Units.Consumed, holders[sku.ID])
		}
	}
}

func TestNewCountsSeats(t *testing.T) {
	w := start(t, emulator.Options{})
	checkSeats(t, w.Emulator)
	if w.consumed(suite) != 3 {
		t.Errorf("%d seats taken, want 3: who holds a product twice takes one", w.consumed(suite))
	}
}

func TestNewGivesGroupSeatsByTheRules(t *testing.T) {
	tenant := testTenant()
	tenant.Products[0].SKU.Units.Enabled = 2 // ada and ken hold it directly
	w := startTenant(t, tenant, emulator.Options{})
	if got := w.licenses(grace); got != "SUITE<group-CHAT Error/CountViolation" {
		t.Errorf("grace holds %q", got)
	}
	checkSeats(t, w.Emulator)
}

func TestNewRefuses(t *testing.T) {
	tenant := emulator.Tenant{
		CountryLetterCode: "XX",
		Products:          []emulator.Product{{SKU: license.SKU{ID: suite, PartNumber: "A"}}, {SKU: license.SKU{ID: suite, PartNumber: "B"}}},
		Users: []emulator.User{
			{UserPrincipalName: ada, UsageLocation: "DEU"}, {UserPrincipalName: "ADA@contoso.com", ID: addon},
			{UserPrincipalName: ken, Licenses: lic(foreign)}, {UserPrincipalName: grace, Licenses: lic(suite, mail)},
			{UserPrincipalName: zoe, Licenses: append(lic(suite), lic(suite)...)}, {UserPrincipalName: linus, MemberOf: []string{"Nowhere"}}, {},
		},
		Groups: []emulator.Group{{Name: "G", Members: []string{"nobody@contoso.com"}, Licenses: lic(foreign)}, {Name: "g"}},
	}
	_, err := emulator.New(tenant, emulator.Options{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`"XX" is not an ISO 3166-1 country code`, `product "B": the id`, `"DEU" is not an ISO 3166-1 country code`, `the name is there twice`,
		`user "ken@contoso.com": the tenant has no product`, `the product A has no service plan`, `the product ` + suite.String() + ` is there twice`,
		`no group "Nowhere"`, `no userPrincipalName`, `group "G": no user "nobody@contoso.com"`, `group "G": the tenant has no product`, `group "g": the id`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	if _, err := emulator.New(emulator.Tenant{SignedInUser: ada}, emulator.Options{}); err == nil {
		t.Error("a signed-in user who is not there was taken")
	}
}

func TestParseTenant(t *testing.T) {
	const text = `
apiVersion: licensectl.dev/v1
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {id: 11111111-2222-4333-8444-555555555555, displayName: Contoso, defaultDomain: contoso.com, countryLetterCode: US}
  signedInUser: ADA@contoso.com
  products:
    - {sku: SPE_E3, enabled: 25, warning: 1, suspended: 2, lockedOut: 3}
    - {sku: CONTOSO_PRIVATE, id: 22222222-2222-4333-8444-555555555555, name: Private, enabled: 5, prohibitedIn: [FR], plans: [{name: X, id: 33333333-2222-4333-8444-555555555555, appliesTo: User}]}
  groups:
    - {name: Licensing E3, licenses: [{sku: Microsoft 365 E3, disabledPlans: [SWAY]}], members: [ada@contoso.com]}
  users:
    - user: ada@contoso.com
      id: 44444444-2222-4333-8444-555555555555
      displayName: Ada Example
      usageLocation: NO
      accountEnabled: false
      userType: Guest
      department: Sales
      country: Norway
      jobTitle: Analyst
      manager: grace@contoso.com
      duplicateProxyAddress: true
      managementRestricted: true
      licenses: [{sku: contoso_private, disabledPlans: [X]}]
    - {user: grace@contoso.com}
  applications:
    - {clientId: 11111111-2222-4333-8444-555555555555, secret: x, roles: [], federated: [{issuer: https://ci.example.com, subject: s}]}
`
	got, err := emulator.ParseTenant("tenant.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	guid := func(text string) license.GUID {
		id, err := license.ParseGUID(text)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	private, planX := guid("22222222-2222-4333-8444-555555555555"), guid("33333333-2222-4333-8444-555555555555")
	e3 := published(t, "SPE_E3")
	e3.Units = license.Units{Enabled: 25, Warning: 1, Suspended: 2, LockedOut: 3}
	want := emulator.Tenant{
		ID: guid("11111111-2222-4333-8444-555555555555"), DisplayName: "Contoso", DefaultDomain: "contoso.com", CountryLetterCode: "US",
		SignedInUser: "ADA@contoso.com",
		Products: []emulator.Product{{SKU: e3}, {ProhibitedIn: []string{"FR"}, SKU: license.SKU{
			ID: private, PartNumber: "CONTOSO_PRIVATE", Name: "Private", AppliesTo: "User", Units: license.Units{Enabled: 5},
			Plans: []license.ServicePlan{{ID: planX, Name: "X", AppliesTo: "User"}},
		}}},
		Groups: []emulator.Group{{ID: derived("group", "Licensing E3"), Name: "Licensing E3", Members: []string{ada},
			Licenses: lic(e3.ID, planOf(t, e3, "SWAY"))}},
		Users: []emulator.User{
			{ID: guid("44444444-2222-4333-8444-555555555555"), UserPrincipalName: ada, DisplayName: "Ada Example", UsageLocation: "NO",
				Disabled: true, Guest: true, Department: "Sales", Country: "Norway", JobTitle: "Analyst", Manager: grace, DuplicateProxyAddress: true, ManagementRestricted: true,
				Licenses: lic(private, planX)},
			{ID: derived("user", grace), UserPrincipalName: grace},
		},
		Applications: []emulator.Application{{ClientID: clientID, Secret: "x", Roles: []string{},
			Federated: []emulator.FederatedCredential{{Issuer: "https://ci.example.com", Subject: "s"}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tenant (-want +got):\n%s", diff)
	}
	if _, err := emulator.New(got, emulator.Options{}); err != nil {
		t.Error(err)
	}
}

func TestParseTenantReportsEveryMistake(t *testing.T) {
	const text = `apiVersion: licensectl.dev/v2
kind: EmulatedTenant
metadata: {name: contoso}
spec:
  tenant: {id: x, displayName: Contoso, defaultDomain: contoso.com, countryLetterCode: Germany}
  signedInUser: nobody@contoso.com
  products:
    - {sku: SPE_E33, enabled: 25}
    - {sku: SPE_E3, enabled: many}
    - {sku: SPE_E3, enabled: 1, colour: red}
  groups:
    - {name: A, members: [nobody@contoso.com], licenses: [{sku: SPE_E5}]}
    - {name: a}
  users:
    - {user: ada@contoso.com, usageLocation: de, licenses: [{sku: SPE_E3, disabledPlans: [NONE]}, {sku: SPE_E3}], manager: nobody}
    - {user: Ada@contoso.com}
    - {displayName: x, userType: Robot}
---
kind: More
`
	_, err := emulator.ParseTenant("t.yaml", []byte(text))
	if err == nil {
		t.Fatal("no error")
	}
	want := strings.Join([]string{
		"t.yaml:1:13", "t.yaml:5:16", "t.yaml:5:88", "t.yaml:6:17", "t.yaml:8:13", "t.yaml:9:30", "t.yaml:10:13", "t.yaml:10:33",
		"t.yaml:12:27", "t.yaml:12:65", "t.yaml:13:14", "t.yaml:15:46", "t.yaml:15:91", "t.yaml:15:105", "t.yaml:15:124", "t.yaml:16:14", "t.yaml:17:7", "t.yaml:19:1",
	}, "\n")
	var got []string
	for line := range strings.Lines(err.Error()) {
		parts := strings.SplitN(line, ":", 4)
		got = append(got, strings.Join(parts[:3], ":"))
	}
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Errorf("places (-want +got):\n%s\n%v", diff, err)
	}
}

func TestParseTenantWantsADocument(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "kind: EmulatedTenant\n", "[]\n"} {
		if _, err := emulator.ParseTenant("t.yaml", []byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// FuzzParseTenant looks for files that break the parser, or that it takes and
// New does not.
func FuzzParseTenant(f *testing.F) {
	const head = "apiVersion: licensectl.dev/v1\nkind: EmulatedTenant\nmetadata: {name: x}\nspec:\n  tenant: {displayName: C, defaultDomain: contoso.com}\n"
	f.Add(head + "  products: [{sku: SPE_E3, enabled: 1}]\n  users: [{user: ada@contoso.com, usageLocation: DE, licenses: [{sku: SPE_E3}]}]\n")
	f.Add(head + "  products: []\n  groups: [{name: g, members: [a]}]\n")
	f.Add("spec: [")
	f.Fuzz(func(t *testing.T, text string) {
		tenant, err := emulator.ParseTenant("t.yaml", []byte(text))
		if err != nil {
			return
		}
		if _, err := emulator.New(tenant, emulator.Options{}); err != nil {
			t.Errorf("a tenant was parsed that cannot be started: %v", err)
		}
	})
}
