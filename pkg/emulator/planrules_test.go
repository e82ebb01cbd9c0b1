package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
)

// published returns a product of the built-in table.
func published(t *testing.T, partNumber string) license.SKU {
	t.Helper()
	sku, err := license.Published().ResolveSKU(partNumber)
	if err != nil {
		t.Fatal(err)
	}
	return sku
}

func planOf(t *testing.T, sku license.SKU, name string) license.GUID {
	t.Helper()
	plan, err := license.Published().ResolvePlan(sku, name)
	if err != nil {
		t.Fatal(err)
	}
	return plan.ID
}

// realTenant has some published products, ten seats of each, and one user who
// holds the first.
func realTenant(t *testing.T, partNumbers ...string) emulator.Tenant {
	t.Helper()
	tenant := emulator.Tenant{DefaultDomain: "contoso.com"}
	for _, name := range partNumbers {
		sku := published(t, name)
		sku.Units.Enabled = 10
		tenant.Products = append(tenant.Products, emulator.Product{SKU: sku})
	}
	tenant.Users = []emulator.User{{UserPrincipalName: ada, UsageLocation: "DE", Licenses: lic(tenant.Products[0].SKU.ID)}}
	return tenant
}

func TestPlansExcludeEachOther(t *testing.T) {
	e3, a3 := published(t, "SPE_E3"), published(t, "ENTERPRISEPACKPLUS_FACULTY")
	core, academic := planOf(t, e3, "YAMMER_ENTERPRISE"), planOf(t, a3, "YAMMER_EDU")
	w := startTenant(t, realTenant(t, "SPE_E3", "ENTERPRISEPACKPLUS_FACULTY"), emulator.Options{})
	first, second := core, academic
	if license.CompareGUIDs(first, second) > 0 {
		first, second = second, first
	}
	wantRefused(t, w.assign(ada, assignBody(lic(a3.ID))),
		fmt.Sprintf("License assignment failed because service plans %s,%s are mutually exclusive.", first, second))
	if w.consumed(a3.ID) != 0 {
		t.Error("the refused license took a seat")
	}
	if a := w.assign(ada, assignBody(lic(a3.ID, academic))); a.status != 200 {
		t.Errorf("with the excluded plan off: %d %s", a.status, a.raw)
	}
	if a := w.assign(ada, assignBody(lic(a3.ID, academic))); a.status != 200 {
		t.Errorf("the same again: %d %s", a.status, a.raw)
	}
	if a := w.assign(ada, assignBody(lic(a3.ID), e3.ID)); a.status != 200 {
		t.Errorf("with the other product going in the same call: %d %s", a.status, a.raw)
	}
}

func TestPublishedRulesAreStricter(t *testing.T) {
	f3 := published(t, "DESKLESSPACK")
	for _, tt := range []struct {
		name   string
		rules  *license.Rules
		status int
	}{
		{"observed by default", nil, 200},
		{"observed", license.ObservedRules(), 200},
		{"published", license.PublishedRules(), 400},
		{"none", &license.Rules{}, 200},
	} {
		w := startTenant(t, realTenant(t, "STANDARDPACK", "DESKLESSPACK"), emulator.Options{Rules: tt.rules})
		if a := w.assign(ada, assignBody(lic(f3.ID))); a.status != tt.status {
			t.Errorf("%s rules: F3 beside E1: %d %s, want %d", tt.name, a.status, a.raw, tt.status)
		}
	}
}

func TestPlanNeedsAnother(t *testing.T) {
	e3, phone := published(t, "SPE_E3"), published(t, "MCOEV")
	teams, skype := planOf(t, e3, "TEAMS1"), planOf(t, e3, "MCOSTANDARD")
	wantMissing := func(a answer) {
		t.Helper()
		want := fmt.Sprintf("License assignment failed because service plan %s depends on the service plan(s) ", planOf(t, phone, "MCOEV"))
		if a.status != 400 || a.code() != "Request_BadRequest" || !strings.HasPrefix(a.message(), want) ||
			!strings.Contains(a.message(), teams.String()) || !strings.Contains(a.message(), skype.String()) {
			t.Errorf("answer %d %s", a.status, a.raw)
		}
	}
	w := startTenant(t, realTenant(t, "SPE_E3", "MCOEV", "SPE_E5"), emulator.Options{})

	w.assign(ada, assignBody(nil, e3.ID))
	wantMissing(w.assign(ada, assignBody(lic(phone.ID)))) // added without what it needs
	if a := w.assign(ada, assignBody(append(lic(e3.ID), lic(phone.ID)...))); a.status != 200 {
		t.Fatalf("both in one call: %d %s", a.status, a.raw)
	}
	wantMissing(w.assign(ada, assignBody(nil, e3.ID)))                      // what it needs is removed
	wantMissing(w.assign(ada, assignBody(lic(e3.ID, teams, skype))))        // or switched off
	if a := w.assign(ada, assignBody(lic(e3.ID, teams))); a.status != 200 { // one of the two will do
		t.Errorf("with Teams off: %d %s", a.status, a.raw)
	}
	if a := w.assign(ada, assignBody(lic(published(t, "SPE_E5").ID), e3.ID)); a.status != 200 {
		t.Errorf("swapped for another product that has it: %d %s", a.status, a.raw)
	}
}

// TestOldPlanProblemsDoNotHinder has a user who got into a conflict before the
// rules: other changes of theirs must still be possible.
func TestOldPlanProblemsDoNotHinder(t *testing.T) {
	tenant := realTenant(t, "SPE_E3", "ENTERPRISEPACKPLUS_FACULTY", "POWER_BI_PRO")
	tenant.Users[0].Licenses = append(lic(published(t, "SPE_E3").ID), lic(published(t, "ENTERPRISEPACKPLUS_FACULTY").ID)...)
	w := startTenant(t, tenant, emulator.Options{})
	if a := w.assign(ada, assignBody(lic(published(t, "POWER_BI_PRO").ID))); a.status != 200 {
		t.Errorf("an unrelated addition: %d %s", a.status, a.raw)
	}
}
