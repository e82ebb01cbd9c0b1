package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"unsafe"

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
		with(func(a *license.Assignment) { a.DisabledPlans = []license.GUID{sales} }),
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

// TestUsersWhoHoldTheSame: users who hold the same share one copy of it, and of the
// words that they have in common; others between them change nothing.
func TestUsersWhoHoldTheSame(t *testing.T) {
	one := []license.Assignment{{SKUID: id(7), State: "Active", DisabledPlans: []license.GUID{id(8)}}}
	two := append([]license.Assignment{{SKUID: id(6), State: "Active"}}, one...)
	users, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", holdingJSON(0, one...), holdingJSON(1, two...), holdingJSON(2, one...), holdingJSON(3, two...))))))
	if err != nil || len(users) != 4 {
		t.Fatal(len(users), err)
	}
	for i := range 2 {
		a, b := users[i], users[i+2]
		if diff := cmp.Diff(a.Assignments, b.Assignments); diff != "" || &a.Assignments[0] != &b.Assignments[0] {
			t.Errorf("users %d and %d do not share what they hold: %s", i, i+2, diff)
		}
		if a.UsageLocation != "Germany" || unsafe.StringData(a.UsageLocation) != unsafe.StringData(b.UsageLocation) {
			t.Errorf("users %d and %d do not share where they are", i, i+2)
		}
	}
}

// TestPlansThatReadLikeAnAssignment: where plans end, and the next assignment begins, is
// told by their number and not by what they look like.
func TestPlansThatReadLikeAnAssignment(t *testing.T) {
	first := license.Assignment{SKUID: id(1)}
	second := license.Assignment{SKUID: id(2), Group: guid("10000000-0000-4000-8000-000000000241")} // it ends with 2, 'A'
	// What the first lacks, and the second as far as it goes, as two plans.
	bytes := slices.Concat([]byte{0, 0}, second.SKUID[:], second.Group[:14])
	alone := license.Assignment{SKUID: id(1), DisabledPlans: []license.GUID{license.GUID(bytes[:16]), license.GUID(bytes[16:])}, State: "A\x00"}
	for _, holdings := range [][][]license.Assignment{{{first, second}, {alone}}, {{alone}, {first, second}}} {
		users, err := allUsers(newReader(t, newWire(t, always(200, listJSON("", holdingJSON(0, holdings[0]...), holdingJSON(1, holdings[1]...))))))
		if err != nil || len(users) != 2 {
			t.Fatal(len(users), err)
		}
		for i, u := range users {
			if diff := cmp.Diff(holdings[i], u.Assignments); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	}
}

// holdingJSON is a user in Germany with some assignments.
func holdingJSON(n int, assignments ...license.Assignment) string {
	licenses, states := []any{}, []any{}
	for _, a := range assignments {
		group, problem := any(nil), "None"
		if !a.Direct() {
			group = a.Group
		}
		if a.Error != "" {
			problem = a.Error
		}
		licenses = append(licenses, map[string]any{"skuId": a.SKUID})
		states = append(states, map[string]any{"skuId": a.SKUID, "assignedByGroup": group, "disabledPlans": append([]license.GUID{}, a.DisabledPlans...), "state": a.State, "error": problem})
	}
	text, err := json.Marshal(map[string]any{
		"id": id(n + 1), "userPrincipalName": fmt.Sprintf("user%d@contoso.com", n), "accountEnabled": true, "usageLocation": "Germany",
		"assignedLicenses": licenses, "licenseAssignmentStates": states,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}
