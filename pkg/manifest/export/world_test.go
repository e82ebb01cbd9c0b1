package export_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// id makes a stable GUID from a name.
func id(name string) license.GUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }

// products is what Microsoft publishes; making the catalog takes a while.
var products = sync.OnceValue(license.Published)

// published is a product as Microsoft sells it.
func published(part string) license.SKU {
	sku, err := products().ResolveSKU(part)
	if err != nil {
		panic(err)
	}
	sku.AppliesTo = license.AppliesToUser
	return sku
}

// planOf is the id of a service plan of a published product.
func planOf(part, name string) license.GUID {
	p, err := products().ResolvePlan(published(part), name)
	if err != nil {
		panic(err)
	}
	return p.ID
}

// person is a user in Germany without licenses.
func person(name string) license.UserState {
	return license.UserState{
		ID: id(name), UserPrincipalName: name + "@contoso.com", DisplayName: name,
		AccountEnabled: true, UserType: "Member", UsageLocation: "DE",
	}
}

// holding gives a user licenses.
func holding(u license.UserState, held ...license.Assignment) license.UserState {
	u.Assignments = append(slices.Clone(u.Assignments), held...)
	license.SortAssignments(u.Assignments)
	return u
}

// direct is a license in the user's own name, with the named plans off.
func direct(part string, off ...string) license.Assignment {
	a := license.Assignment{SKUID: published(part).ID, State: "Active"}
	for _, name := range off {
		a.DisabledPlans = append(a.DisabledPlans, planOf(part, name))
	}
	a.DisabledPlans = license.SortedGUIDs(a.DisabledPlans)
	return a
}

// fromGroup is a license that comes from a group.
func fromGroup(group, part string, off ...string) license.Assignment {
	a := direct(part, off...)
	a.Group = id(group)
	return a
}

func tenantOf(users []license.UserState, skus ...license.SKU) plan.Observed {
	slices.SortFunc(users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	slices.SortFunc(skus, func(a, b license.SKU) int { return license.CompareGUIDs(a.ID, b.ID) })
	return plan.Observed{
		Tenant: plan.Tenant{ID: id("tenant"), DisplayName: "Contoso"}, SKUs: skus, Users: users, Whole: true,
		Departments: map[license.GUID]string{}, Groups: map[license.GUID]string{},
	}
}

// What strangers call things.
var (
	hostile = []string{
		"", " ", "a: b", "# no comment", "- x", "{a: b}", "[x]", "x\ny", "x\r\n---\nkind: Policy", "\x1b[31mred", "\u202etxet", "\u2028",
		"'", `"`, "&anchor", "*alias", "!!str x", "%YAML 1.2", "../../etc/passwd", "C:\\x", "CON", "nul.txt", "ÄÖÜ ß", "日本", "NO", "null", "1e3",
		"2026-01-01", "0x1F", "\xff\xfe", "x\x00y", "no department", "users", "Users", "\U0001f600", "a\tb", "...", "---", "${{ x }}", "::error::x",
	}
	countries = []string{"DE", "DE", "DE", "US", "GB", "NO", "", "de", "XX", "Germany"}
)

// drawTenant makes a random tenant of up to that many users: suites and
// add-ons in the combinations that people hold, and what goes wrong in real
// directories.
func drawTenant(t *rapid.T, users int) plan.Observed {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	skus := drawProducts(rng)
	strange := rapid.Bool().Draw(t, "strange")
	departments := []string{"Sales", "sales ", "SALES", "Sales DE", "R&D", "R D", "Finance", ""}
	bases := make([][]license.Assignment, 1+rng.IntN(6))
	for i := range bases {
		bases[i] = drawHeld(rng, skus, 1+rng.IntN(3))
	}
	var out []license.UserState
	in := tenantOf(nil, skus...)
	for i := range users {
		u := person(fmt.Sprintf("user%d", i))
		u.UsageLocation = countries[rng.IntN(4)]
		u.AccountEnabled = rng.IntN(10) > 0
		if rng.IntN(10) > 0 {
			u.Assignments = slices.Clone(bases[rng.IntN(len(bases))])
		}
		if rng.IntN(3) == 0 {
			u = addTo(u, drawHeld(rng, skus, 1+rng.IntN(2)))
		}
		if rng.IntN(4) == 0 {
			inherited := drawHeld(rng, skus, 1)
			inherited[0].Group = id(fmt.Sprint("group", rng.IntN(3)))
			u = holding(u, inherited...)
		}
		if strange {
			u = makeStrange(rng, u)
			departments = hostile
		}
		in.Departments[u.ID] = departments[rng.IntN(len(departments))]
		out = append(out, u)
	}
	in.Groups[id("group0")], in.Groups[id("group1")] = "Sales", hostile[rng.IntN(len(hostile))]
	slices.SortFunc(out, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	in.Users = out
	return in
}

// drawProducts makes the products of a tenant: well-known ones, and some of
// which nobody has heard, or that have names which mean something else.
func drawProducts(rng *rand.Rand) []license.SKU {
	out := []license.SKU{published("SPE_E3"), published("SPE_E5"), published("VISIOCLIENT"), published("POWER_BI_PRO"), published("FLOW_FREE")}
	names := append([]string{"SPE_F1", "e3", "spe_e3", "Microsoft 365 E5", "6fd2c87f-b296-42f0-b197-1e91e994b900"}, hostile...)
	for i := range rng.IntN(6) {
		sku := license.SKU{ID: id(fmt.Sprint("sku", i)), PartNumber: names[rng.IntN(len(names))], AppliesTo: license.AppliesToUser}
		if rng.IntN(6) == 0 {
			sku.AppliesTo = license.AppliesToCompany
		}
		for j := range rng.IntN(5) {
			sku.Plans = append(sku.Plans, license.ServicePlan{ID: id(fmt.Sprint("plan", i, j)), Name: names[rng.IntN(len(names))]})
		}
		out = append(out, sku)
	}
	return out
}

// drawHeld draws licenses of different products, some with plans off, of
// which the product may know nothing.
func drawHeld(rng *rand.Rand, skus []license.SKU, n int) []license.Assignment {
	var out []license.Assignment
	for _, i := range rng.Perm(len(skus))[:min(n, len(skus))] {
		a := license.Assignment{SKUID: skus[i].ID, State: "Active"}
		if plans := skus[i].Plans; rng.IntN(3) == 0 && len(plans) > 0 {
			for range 1 + rng.IntN(min(len(plans), 9)) {
				a.DisabledPlans = append(a.DisabledPlans, plans[rng.IntN(len(plans))].ID)
			}
		}
		if rng.IntN(12) == 0 {
			a.DisabledPlans = append(a.DisabledPlans, id("gone"))
		}
		if rng.IntN(20) == 0 {
			a.State, a.Error = "Error", "CountViolation"
		}
		a.DisabledPlans = license.SortedGUIDs(a.DisabledPlans)
		out = append(out, a)
	}
	return out
}

// addTo gives a user those products that they do not hold.
func addTo(u license.UserState, more []license.Assignment) license.UserState {
	for _, a := range more {
		if _, holds := u.DirectLicense(a.SKUID); !holds {
			u = holding(u, a)
		}
	}
	return u
}

func makeStrange(rng *rand.Rand, u license.UserState) license.UserState {
	u.UsageLocation = countries[rng.IntN(len(countries))]
	switch rng.IntN(12) {
	case 0:
		u.UserPrincipalName = hostile[rng.IntN(len(hostile))] + "@contoso.com"
	case 1:
		u.UserPrincipalName = "li.wei_example.com#EXT#@contoso.onmicrosoft.com"
		u.UserType = "Guest"
	case 2:
		u.UserPrincipalName = "TWICE@contoso.com"
	case 3:
		u.UserPrincipalName = "twice@contoso.com"
	case 4:
		u.Unexplained = []license.GUID{published("SPE_E5").ID}
	case 5:
		u = holding(u, license.Assignment{SKUID: id("sold")})
	case 6:
		u.DisplayName = hostile[rng.IntN(len(hostile))]
	case 7:
		u.UserPrincipalName = hostile[rng.IntN(len(hostile))]
		if u.UserPrincipalName == "" {
			u.UserPrincipalName = "me"
		}
	}
	return u
}
