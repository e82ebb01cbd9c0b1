package graph_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
)

// TestUsersWhoDifferInOneThing: users who hold nearly the same share nothing
// that is not the same, whichever of them comes first.
func TestUsersWhoDifferInOneThing(t *testing.T) {
	const sku = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
	const plan = "7547a3fe-08ee-4ccb-b430-5077c5041653"
	sales := guid("10000000-0000-4000-8000-000000000001")
	base := license.Assignment{SKUID: guid(sku), State: "Active"}
	with := func(change func(*license.Assignment)) license.Assignment {
		a := base
		change(&a)
		return a
	}
	variants := []license.Assignment{
		base,
		with(func(a *license.Assignment) { a.State = "Disabled" }),
		with(func(a *license.Assignment) { a.State, a.Error = "Error", "Other" }),
		with(func(a *license.Assignment) { a.State, a.Error = "Error", "CountViolation" }),
		with(func(a *license.Assignment) { a.State, a.Error = "ErrorO", "ther" }),
		with(func(a *license.Assignment) { a.Group = sales }),
		with(func(a *license.Assignment) { a.DisabledPlans = []license.GUID{guid(plan)} }),
		with(func(a *license.Assignment) { a.SKUID = guid("05e9a617-0261-4cee-bb44-138d3ef5d965") }),
	}
	for first := range variants {
		var users []string
		var want [][]license.Assignment
		for i := range variants {
			a := variants[(first+i)%len(variants)]
			users, want = append(users, holdingJSON(i, a)), append(want, []license.Assignment{a})
		}
		page, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", users...)))))
		if err != nil {
			t.Fatal(err)
		}
		var got [][]license.Assignment
		for _, u := range page {
			got = append(got, u.Assignments)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with number %d first (-want +got):\n%s", first, diff)
		}
	}
}

// holdingJSON is a user with one assignment.
func holdingJSON(n int, a license.Assignment) string {
	group, plans, problem := "null", "", a.Error
	if !a.Direct() {
		group = fmt.Sprintf("%q", a.Group)
	}
	for _, p := range a.DisabledPlans {
		plans = fmt.Sprintf("%q", p)
	}
	if problem == "" {
		problem = "None"
	}
	return fmt.Sprintf(`{"id": %q, "userPrincipalName": "user%d@contoso.com", "accountEnabled": true, "assignedLicenses": [{"skuId": %q}],
		"licenseAssignmentStates": [{"skuId": %q, "assignedByGroup": %s, "disabledPlans": [%s], "state": %q, "error": %q}]}`,
		id(n+1), n, a.SKUID, a.SKUID, group, plans, a.State, problem)
}
