package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
)

// row is a row of subscribedSkus of product 7, with its state, its seats that
// are enabled, suspended and in use, and its plans.
func row(rowID, status, seats, plans string) string {
	n := strings.Fields(seats)
	return `{"id":"` + rowID + `","skuId":"` + id(7).String() + `","skuPartNumber":"CRM","appliesTo":"User","capabilityStatus":"` + status +
		`","consumedUnits":` + n[2] + `,"prepaidUnits":{"enabled":` + n[0] + `,"suspended":` + n[1] + `},"servicePlans":[` + plans + `]}`
}

func planRow(n int, name, state string) string {
	return `{"servicePlanId":"` + id(n).String() + `","servicePlanName":"` + name + `","appliesTo":"User","provisioningStatus":"` + state + `"}`
}

// TestRowsOfOneProduct: rows of two accounts are one product with the seats of
// both, in whatever order and on whatever pages they come, and a row that comes
// twice counts once.
func TestRowsOfOneProduct(t *testing.T) {
	rows := []string{
		row("a_7", "Suspended", "0 25 4", planRow(70, "CRM_BASE", "Disabled")+","+planRow(71, "CRM_OLD", "Disabled")),
		row("b_7", "Enabled", "10 0 6", planRow(70, "CRM_BASE", "Success")+","+planRow(72, "CRM_NEW", "PendingProvisioning")),
		row("c_7", "Warning", "1 2 3", planRow(70, "CRM_BASE", "PendingActivation")),
		row("b_7", "Enabled", "10 0 6", planRow(70, "CRM_BASE", "Success")+","+planRow(72, "CRM_NEW", "PendingProvisioning")),
	}
	plan := func(n int, name, state string) license.ServicePlan {
		return license.ServicePlan{ID: id(n), Name: name, AppliesTo: license.AppliesToUser, ProvisioningStatus: state}
	}
	want := []license.SKU{{
		ID: id(7), PartNumber: "CRM", AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled",
		Units: license.Units{Enabled: 11, Suspended: 27, Consumed: 13},
		Plans: []license.ServicePlan{plan(70, "CRM_BASE", "Success"), plan(72, "CRM_NEW", "PendingProvisioning"), plan(71, "CRM_OLD", "Disabled")},
	}}
	rapid.Check(t, func(rt *rapid.T) {
		drawn := rapid.Permutation(rows).Draw(rt, "rows")
		cut := rapid.IntRange(0, len(drawn)).Draw(rt, "cut")
		w := newWire(t, inTurn(t,
			always(http.StatusOK, listJSON(testRoot+"/v1.0/subscribedSkus?p=2", drawn[:cut]...)),
			always(http.StatusOK, listJSON("", drawn[cut:]...))))
		got, err := newReader(t, w).SubscribedSKUs(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			rt.Errorf("error %v, (-want +got):\n%s", err, diff)
		}
	})
}

// Seats of every kind are added up, each with its own.
func TestSeatsOfEveryKind(t *testing.T) {
	seats := func(row string, enabled, warning, suspended, lockedOut, consumed int) string {
		return fmt.Sprintf(`{"id":%q,"skuId":%q,"skuPartNumber":"CRM","consumedUnits":%d,"prepaidUnits":{"enabled":%d,"warning":%d,"suspended":%d,"lockedOut":%d},"servicePlans":[]}`,
			row, id(7), consumed, enabled, warning, suspended, lockedOut)
	}
	got, err := newReader(t, newWire(t, always(http.StatusOK, listJSON("", seats("a", 1, 2, 4, 8, 16), seats("b", 100, 200, 400, 800, 1600))))).SubscribedSKUs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(license.Units{Enabled: 101, Warning: 202, Suspended: 404, LockedOut: 808, Consumed: 1616}, got[0].Units); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A product is for users where one of its rows is, whichever comes first.
func TestRowsOfWhomAProductIsFor(t *testing.T) {
	users := row("a_7", "Enabled", "10 0 6", "")
	company := strings.Replace(row("b_7", "Enabled", "1 0 0", ""), `"User"`, `"Company"`, 1)
	for want, rows := range map[license.AppliesTo][][]string{
		license.AppliesToUser:    {{users, company}, {company, users}, {users, strings.Replace(users, "a_7", "c_7", 1)}},
		license.AppliesToCompany: {{company}, {company, strings.Replace(company, "b_7", "c_7", 1)}},
	} {
		for _, some := range rows {
			got, err := newReader(t, newWire(t, always(http.StatusOK, listJSON("", some...)))).SubscribedSKUs(t.Context())
			if err != nil || len(got) != 1 || got[0].AppliesTo != want {
				t.Errorf("%v, error %v, want one for %s", got, err, want)
			}
		}
	}
}

// A row that says two things says nothing.
func TestRowThatContradictsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, always(http.StatusOK, listJSON("", row("a_7", "Enabled", "10 0 6", ""), row("a_7", "Enabled", "10 0 5", ""))))
		_, err := newReader(t, w).SubscribedSKUs(t.Context())
		checkIncomplete(t, "a row twice", err)
	})
}

// TestTwoProductsOfOneName: a part number is no key. Two ids under one stay two
// products, each with its own seats.
func TestTwoProductsOfOneName(t *testing.T) {
	other := strings.Replace(row("a_8", "Enabled", "25 0 4", ""), id(7).String(), id(8).String(), 1)
	got, err := newReader(t, newWire(t, always(http.StatusOK, listJSON("", row("a_7", "Enabled", "10 0 10", ""), other)))).SubscribedSKUs(t.Context())
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, error %v", got, err)
	}
	for i, want := range []license.SKU{{ID: id(7), Units: license.Units{Enabled: 10, Consumed: 10}}, {ID: id(8), Units: license.Units{Enabled: 25, Consumed: 4}}} {
		if got[i].ID != want.ID || got[i].PartNumber != "CRM" || got[i].Units != want.Units {
			t.Errorf("%+v, want %s with %+v", got[i], want.ID, want.Units)
		}
	}
}

// TestProductsAsTheyCome reads what tenants have that the docs do not show.
func TestProductsAsTheyCome(t *testing.T) {
	of := func(name, body string, want license.SKU) {
		t.Helper()
		got, err := newReader(t, newWire(t, always(http.StatusOK, listJSON("", body)))).SubscribedSKUs(t.Context())
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, error %v", name, got, err)
		}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	crm := license.SKU{ID: id(7), PartNumber: "CRM", AppliesTo: license.AppliesToUser, CapabilityStatus: "Enabled", Plans: []license.ServicePlan{}}
	crm.Units = license.Units{Enabled: 5, Consumed: 6}
	of("more in use than bought", row("a_7", "Enabled", "5 0 6", ""), crm)
	if free := crm.Units.Available(0); free != 0 {
		t.Errorf("%d seats are free", free)
	}
	old := `{"capabilityStatus":"Enabled","consumedUnits":6,"prepaidUnits":{"enabled":5,"suspended":0,"warning":0},"servicePlans":[],"skuId":"` + id(7).String() + `","skuPartNumber":"CRM","appliesTo":"User"}`
	of("without lockedOut, account and subscriptions, appliesTo last", old, crm)
	odd := crm
	odd.PartNumber = "CRM [Viral] (v2)\u200b"
	of("brackets, blanks and what nobody sees", strings.Replace(row("a_7", "Enabled", "5 0 6", ""), `"CRM"`, `"CRM [Viral] (v2)\u200b"`, 1), odd)
	company := crm
	company.AppliesTo = license.AppliesToCompany
	of("for the company", strings.Replace(row("a_7", "Enabled", "5 0 6", ""), `"User"`, `"Company"`, 1), company)
	// Trimmed by whoever passed it on: refused.
	for _, body := range []string{
		`{"capabilityStatus":"Enabled","consumedUnits":6,"prepaidUnits":{"enabled":5,"suspended":5,"warning":2}}`,
		strings.Replace(row("a_7", "Enabled", "5 0 6", ""), `"CRM"`, `"\u200b"`, 1),
		strings.Replace(row("a_7", "Enabled", "5 0 6", ""), `"consumedUnits":6`, `"consumedUnits":null`, 1),
		strings.Replace(row("a_7", "Enabled", "5 0 6", ""), `"enabled":5`, `"enabled":null`, 1),
		strings.Replace(row("a_7", "Enabled", "5 0 6", ""), `"consumedUnits":6`, `"consumedUnits":6.5`, 1),
	} {
		synctest.Test(t, func(t *testing.T) {
			_, err := newReader(t, newWire(t, always(http.StatusOK, listJSON("", body)))).SubscribedSKUs(t.Context())
			checkIncomplete(t, body, err)
		})
	}
}

// Organizations come with capitals in their domains and with null: none of it
// is needed.
func TestOrganizationAsItComes(t *testing.T) {
	body := listJSON("", `{"id":"`+id(1).String()+`","country":null,"displayName":"Contoso","verifiedDomains":[{"name":"CONTOSO.com","isDefault":true,"isInitial":true}]}`)
	org, err := newReader(t, newWire(t, always(http.StatusOK, body))).Organization(t.Context())
	if err != nil || org.ID != id(1) || org.DisplayName != "Contoso" {
		t.Errorf("%+v, error %v", org, err)
	}
}
