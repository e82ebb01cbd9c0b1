package export_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// A tree with dates: profiles whose licenses begin and end, and mentions of
// them that do.
const dated = `apiVersion: licensectl.dev/v1
kind: LicenseProfile
metadata: {name: project}
spec: {licenses: [{sku: SPE_E3}, {sku: VISIOCLIENT, until: 2027-03-31}]}
---
apiVersion: licensectl.dev/v1
kind: LicenseProfile
metadata: {name: ended}
spec: {licenses: [{sku: SPE_E3}, {sku: VISIOCLIENT, until: 2026-03-31}]}
---
apiVersion: licensectl.dev/v1
kind: LicenseProfile
metadata: {name: reader}
spec: {licenses: [{sku: POWER_BI_PRO, enabledPlans: [BI_AZURE_P2]}, {sku: SPE_E3}]}
---
apiVersion: licensectl.dev/v1
kind: LicenseProfile
metadata: {name: visio}
spec: {licenses: [{sku: VISIOCLIENT}]}
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: sales}
spec:
  defaults: {profiles: [%s]}
  users:
    - %s
`

func TestUpdateAndDates(t *testing.T) {
	e3, visio, bi := direct("SPE_E3"), direct("VISIOCLIENT"), direct("POWER_BI_PRO")
	tests := []struct {
		name, defaults, entry string
		users                 []license.UserState
		want                  []string
	}{
		{
			"who comes does not come under an end that nobody gave them", "project", "ada@contoso.com",
			[]license.UserState{holding(person("ada"), e3, visio), holding(person("ben"), e3, visio)},
			[]string{"+    - user: ben@contoso.com", "+      usageLocation: DE", "+      profiles: [visio]", "+      licenses: [{sku: SPE_E3}] # Microsoft 365 E3"},
		},
		{
			"a license that ends in a profile that goes", "", "{user: ada@contoso.com, profiles: [project], usageLocation: DE}",
			[]license.UserState{holding(person("ada"), visio)},
			[]string{
				"-    - {user: ada@contoso.com, profiles: [project], usageLocation: DE}",
				"+    - {user: ada@contoso.com, usageLocation: DE, licenses: [{sku: VISIOCLIENT, until: 2027-03-31}]}",
			},
		},
		{
			"a license that has ended in a profile that stays", "", "{user: ada@contoso.com, profiles: [ended]}",
			[]license.UserState{holding(person("ada"), e3, visio)},
			[]string{"-    - {user: ada@contoso.com, profiles: [ended]}", "+    - {user: ada@contoso.com, profiles: [ended, visio]}"},
		},
		{
			"a license that has ended", "", "{user: ada@contoso.com, licenses: [{sku: SPE_E3}, {sku: VISIOCLIENT, until: 2026-03-31}]}",
			[]license.UserState{holding(person("ada"), e3, visio)},
			[]string{
				"-    - {user: ada@contoso.com, licenses: [{sku: SPE_E3}, {sku: VISIOCLIENT, until: 2026-03-31}]}",
				"+    - {user: ada@contoso.com, licenses: [{sku: SPE_E3}, {sku: VISIOCLIENT}]}",
			},
		},
		{
			"an allow-list in a profile that goes", "", "{user: ada@contoso.com, profiles: [reader]}",
			[]license.UserState{holding(person("ada"), direct("POWER_BI_PRO", "EXCHANGE_S_FOUNDATION"))},
			[]string{
				"-    - {user: ada@contoso.com, profiles: [reader]}",
				"+    - {user: ada@contoso.com, licenses: [{sku: POWER_BI_PRO, enabledPlans: [BI_AZURE_P2]}]}",
			},
		},
		{
			"a mention that has ended", "", "{user: ada@contoso.com, profiles: [{profile: visio, until: 2026-03-31}]}",
			[]license.UserState{holding(person("ada"), visio)},
			[]string{
				"-    - {user: ada@contoso.com, profiles: [{profile: visio, until: 2026-03-31}]}",
				"+    - {user: ada@contoso.com, profiles: [{profile: visio, until: 2026-03-31}, visio]}",
			},
		},
		{
			"a default that ends beside one that goes", "reader, {profile: visio, until: 2027-05-01}", "ada@contoso.com",
			[]license.UserState{holding(person("ada"), visio, e3)},
			[]string{
				"-    - ada@contoso.com", "+    - user: ada@contoso.com", "+      profiles:", "+        - profile: visio", "+          until: 2027-05-01",
				"+      licenses: [{sku: SPE_E3}]",
			},
		},
		{
			"a mention that ends of a profile that goes", "", "{user: ada@contoso.com, profiles: [{profile: project, until: 2027-02-01}]}",
			[]license.UserState{holding(person("ada"), e3)},
			[]string{
				"-    - {user: ada@contoso.com, profiles: [{profile: project, until: 2027-02-01}]}",
				"+    - {user: ada@contoso.com, licenses: [{sku: SPE_E3, until: 2027-02-01}]}",
			},
		},
		{
			"one that is to come in a profile that goes", "", "{user: ada@contoso.com, profiles: [project, {profile: reader, from: 2027-02-01}]}",
			[]license.UserState{holding(person("ada"), bi, e3)},
			[]string{
				"-    - {user: ada@contoso.com, profiles: [project, {profile: reader, from: 2027-02-01}]}",
				"+    - {user: ada@contoso.com, profiles: [{profile: reader, from: 2027-02-01}], licenses: [{sku: SPE_E3}]}",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := []manifest.File{{Path: "manifests/sales.yaml", Data: fmt.Appendf(nil, dated, tt.defaults, tt.entry)}}
			observed := tenantOf(tt.users, published("SPE_E3"), published("VISIOCLIENT"), published("POWER_BI_PRO"))
			u := mustUpdate(t, files, observed)
			var got []string
			for _, line := range u.Diff {
				if !strings.HasPrefix(line, "@@") {
					got = append(got, strings.TrimRight(line, " "))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the diff is other than expected (-want +got):\n%s", diff)
			}
		})
	}
}

// drawDated makes a tree as people write it, with dates wherever one may stand.
func drawDated(rng *rand.Rand, users int) []manifest.File {
	for {
		files := drawWithDates(rng, users)
		if _, err := manifest.Parse(files); err == nil {
			return files
		}
	}
}

func drawWithDates(rng *rand.Rand, users int) []manifest.File {
	dates := func() string {
		return []string{"", "", "", ", until: 2026-03-31", ", until: 2027-03-31", ", from: 2027-02-01", ", from: 2026-02-01, until: 2027-02-15"}[rng.IntN(7)]
	}
	skus := []string{"SPE_E3", "VISIOCLIENT", "POWER_BI_PRO, enabledPlans: [BI_AZURE_P2]", "FLOW_FREE, disabledPlans: []"}
	licenses := func(n int) string {
		var out []string
		for _, i := range rng.Perm(len(skus))[:n] {
			out = append(out, "{sku: "+skus[i]+dates()+"}")
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	profiles := func() string {
		var out []string
		for _, i := range rng.Perm(4)[:rng.IntN(3)] {
			if d := dates(); d == "" {
				out = append(out, fmt.Sprint("p", i))
			} else {
				out = append(out, fmt.Sprintf("{profile: p%d%s}", i, d))
			}
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	const head = "---\napiVersion: licensectl.dev/v1\nkind: %s\nmetadata: {name: %s}\n"
	var b strings.Builder
	for i := range 4 {
		fmt.Fprintf(&b, head+"spec: {licenses: %s}\n", "LicenseProfile", fmt.Sprint("p", i), licenses(1+rng.IntN(3)))
	}
	for list := range 2 {
		fmt.Fprintf(&b, head+"spec:\n  defaults: {profiles: %s}\n  users:\n", "UserLicenses", fmt.Sprint("list", list), profiles())
		for i := list; i < users; i += 2 {
			entry := fmt.Sprintf("user%d@contoso.com", i)
			switch rng.IntN(4) {
			case 0:
				entry = fmt.Sprintf("{user: %s, profiles: %s}", entry, profiles())
			case 1:
				entry = fmt.Sprintf("user: %s\n      licenses: %s", entry, licenses(rng.IntN(3)))
			case 2:
				entry = fmt.Sprintf("user: %s\n      profiles: %s\n      licenses: %s", entry, profiles(), licenses(rng.IntN(3)))
			}
			b.WriteString("    - " + entry + "\n")
		}
	}
	return []manifest.File{{Path: "manifests/all.yaml", Data: []byte(b.String())}}
}

// takes lists what the manifests come to take away on a day, service plans
// included.
func takes(t rapid.TB, files []manifest.File, observed plan.Observed, day plan.Date) map[string]bool {
	t.Helper()
	set := mustParse(t, files)
	p, err := planner.Make(planner.Input{Desired: set.Desired, Policy: set.Policy, Observed: observed, Now: noon, Options: planner.Options{At: day}})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, c := range p.Changes {
		for _, a := range c.Actions {
			if a.Op == plan.OpRemove || a.Op == plan.OpUpdate {
				out[c.User.UserPrincipalName+" "+a.SKUPartNumber] = true
			}
		}
	}
	return out
}

// What an update writes takes nothing from anybody, on any day to come, that
// the manifests would not have taken before.
func TestUpdateTakesNothingLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "tree"), 6))
		const listed, others = 3, 3
		files := drawDated(rng, listed)
		skus := []license.SKU{published("SPE_E3"), published("VISIOCLIENT"), published("POWER_BI_PRO"), published("FLOW_FREE")}
		var users []license.UserState
		for i := range listed + others {
			users = append(users, addTo(person(fmt.Sprint("user", i)), drawHeld(rng, skus, rng.IntN(4))))
		}
		observed := tenantOf(users, skus...)
		u, err := export.Update(files, observed, export.UpdateOptions{Folder: "manifests", Now: noon})
		if err != nil { // it is said what has to be done by hand
			if _, isSaid := err.(*export.UpdateError); !isSaid {
				t.Fatalf("%v\n%s", err, dump(files))
			}
			return
		}
		for _, day := range []plan.Date{plan.NewDate(2027, time.February, 10), plan.NewDate(2027, time.March, 1), plan.NewDate(2030, time.January, 1)} {
			before := takes(t, files, observed, day)
			for what := range takes(t, over(files, u.Files), observed, day) {
				if !before[what] {
					t.Fatalf("on %s it takes %s\n%s\n%s", day, what, dump(files), strings.Join(u.Diff, "\n"))
				}
			}
		}
	})
}
