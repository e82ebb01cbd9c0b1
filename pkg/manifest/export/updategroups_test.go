package export_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/export"
	"github.com/licensectl/licensectl/pkg/plan"
)

// giving is a security group that gives licenses.
func giving(name string, held ...license.Assignment) license.Group {
	g := license.Group{ID: id(name), DisplayName: name, SecurityEnabled: true, Licenses: []license.GroupLicense{}, Members: []license.GUID{}}
	for _, a := range held {
		g.Licenses = append(g.Licenses, license.GroupLicense{SKUID: a.SKUID, DisabledPlans: a.DisabledPlans})
	}
	slices.SortFunc(g.Licenses, func(a, b license.GroupLicense) int { return license.CompareGUIDs(a.SKUID, b.SKUID) })
	return g
}

func withGroups(in plan.Observed, groups ...license.Group) plan.Observed {
	in.LicensedGroups = append([]license.Group{}, groups...)
	slices.SortFunc(in.LicensedGroups, func(a, b license.Group) int { return license.CompareGUIDs(a.ID, b.ID) })
	return in
}

// drawGroups gives a tenant groups that give something, of any name.
func drawGroups(rng *rand.Rand, in plan.Observed) plan.Observed {
	groups := []license.Group{}
	for i := range 1 + rng.IntN(5) {
		g := giving(fmt.Sprint("group", i), drawHeld(rng, in.SKUs, 1+rng.IntN(3))...)
		g.DisplayName = append(hostile, "Sales", "Licensing")[rng.IntN(len(hostile)+2)]
		groups = append(groups, g)
	}
	return withGroups(in, groups...)
}

// driftGroups changes what groups give; some go, and some come.
func driftGroups(rng *rand.Rand, in plan.Observed) plan.Observed {
	var out []license.Group
	for i, g := range in.LicensedGroups {
		switch rng.IntN(5) {
		case 0:
			continue
		case 1:
			g.Licenses = giving("", drawHeld(rng, in.SKUs, rng.IntN(4))...).Licenses
		case 2:
			g.Licenses = g.Licenses[1:]
		}
		out = append(out, g)
		if rng.IntN(4) == 0 {
			out = append(out, giving(fmt.Sprint("new", i), drawHeld(rng, in.SKUs, 1+rng.IntN(2))...))
		}
	}
	return withGroups(in, out...)
}

// After an update of users and groups the plan is empty, a second update changes nothing,
// and what people wrote beside entries is there.
func TestUpdateOfGroupsThenPlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "groups"), 6))
		before := drawGroups(rng, drawUsual(t))
		files, above, _ := byHand(rng, mustMake(t, before, export.Options{Layout: drawLayout(t)}).Files)
		if u := mustUpdate(t, files, before); len(u.Files) > 0 {
			t.Fatalf("without a change in the tenant it changes\n%s", strings.Join(u.Diff, "\n"))
		}
		after := driftGroups(rng, drift(t, before))
		u, err := export.Update(files, after, export.UpdateOptions{Folder: "manifests", Now: noon})
		if err != nil && strings.Contains(err.Error(), "usage location that a manifest can name") {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, dump(files))
		}
		files = over(files, u.Files)
		if p := planWith(t, files, after); slices.ContainsFunc(p.Changes, isToDo) || len(p.GroupChanges) > 0 || p.HasErrors() {
			t.Fatalf("%d changes of users, %d of groups, %v\n%s", len(p.Changes), len(p.GroupChanges), p.Findings, dump(files))
		}
		text := strings.ReplaceAll(dump(files), "\r\n", "\n")
		for _, comment := range above {
			if !strings.Contains(text, comment+"\n") {
				t.Fatalf("%q is gone:\n%s", comment, strings.Join(u.Diff, "\n"))
			}
		}
		if again := mustUpdate(t, files, after); len(again.Files) > 0 {
			t.Fatalf("a second update changes\n%s", strings.Join(again.Diff, "\n"))
		}
	})
}

// TestUpdateOfGroups changes as little of an entry as it takes.
func TestUpdateOfGroups(t *testing.T) {
	const head = "apiVersion: licensectl.dev/v1\nkind: GroupLicenses\nmetadata: {name: groups}\nspec:\n"
	const profile = "apiVersion: licensectl.dev/v1\nkind: LicenseProfile\nmetadata: {name: office}\nspec: {licenses: [{sku: SPE_E3}, {sku: POWER_BI_PRO}]}\n---\n"
	e3, visio, pbi := direct("SPE_E3"), direct("VISIOCLIENT"), direct("POWER_BI_PRO")
	sales, ops := giving("sales", e3), giving("ops", visio)
	for _, tc := range []struct {
		name   string
		text   string
		groups []license.Group
		diff   []string // but for the places
		err    string
	}{
		{"one that is taken and one that is given", head + "  groups:\n    # the office\n    - group: sales # by Ada\n      licenses:\n        # for drawings\n        - sku: VISIOCLIENT\n        - sku: SPE_E3 # all of it\n",
			[]license.Group{giving("sales", e3, pbi)}, []string{"-        - sku: VISIOCLIENT", "+        - sku: POWER_BI_PRO # Power BI Pro"}, ""},
		{"in brackets", head + "  groups:\n    - {group: sales, licenses: [{sku: VISIOCLIENT}]} # by Ada\n",
			[]license.Group{sales}, []string{"-    - {group: sales, licenses: [{sku: VISIOCLIENT}]} # by Ada", "+    - {group: sales, licenses: [{sku: SPE_E3}]} # by Ada"}, ""},
		{"by default", head + "  defaults: {profiles: [office]}\n  groups:\n    - sales # by Ada\n",
			[]license.Group{sales}, []string{"-    - sales # by Ada", "+    - group: sales # by Ada", "+      profiles: []", "+      licenses: [{sku: SPE_E3}]"}, ""},
		{"a profile that fits", head + "  groups:\n    - group: sales\n      licenses: [{sku: VISIOCLIENT}]\n",
			[]license.Group{giving("sales", e3, pbi)}, []string{"+      profiles: [office]", "-      licenses: [{sku: VISIOCLIENT}]"}, ""},
		{"service plans", head + "  groups:\n    - group: sales\n      licenses: [{sku: SPE_E3, disabledPlans: [SWAY]}]\n",
			[]license.Group{giving("sales", direct("SPE_E3", "YAMMER_ENTERPRISE"))},
			[]string{"-      licenses: [{sku: SPE_E3, disabledPlans: [SWAY]}]", "+      licenses: [{sku: SPE_E3, disabledPlans: [YAMMER_ENTERPRISE]}]"}, ""},
		{"nothing any more", head + "  groups:\n    - group: sales\n      licenses: [{sku: SPE_E3}]\n",
			[]license.Group{giving("sales")}, []string{"-      licenses: [{sku: SPE_E3}]", "+      licenses: []"}, ""},
		{"a group that came", head + "  groups:\n    - group: sales\n      licenses: [{sku: SPE_E3}]\n# the end\n",
			[]license.Group{sales, ops}, []string{"+    - group: " + id("ops").String() + " # ops", "+      licenses: [{sku: VISIOCLIENT}] # Visio Plan 2"}, ""},
		{"one by default", head + "  defaults: {profiles: [office]}\n  groups: []\n",
			[]license.Group{giving("sales", e3, pbi), ops}, []string{
				"-  groups: []", "+  groups:", "+    - group: " + id("ops").String() + " # ops", "+      profiles: []", "+      licenses: [{sku: VISIOCLIENT}] # Visio Plan 2",
				"+    - " + id("sales").String() + " # sales"}, ""},
		{"a group that went", head + "  groups:\n    # gone\n    - group: ops\n      licenses: [{sku: SPE_E3}]\n    - group: sales\n      licenses: [{sku: SPE_E3}]\n",
			[]license.Group{sales}, []string{"-    - group: ops", "-      licenses: [{sku: SPE_E3}]"}, ""},
		{"one that is to come is left", head + "  groups:\n    - group: ops\n      from: 2027-01-01\n      licenses: [{sku: SPE_E3}]\n    - group: sales\n      licenses: [{sku: SPE_E3}]\n",
			[]license.Group{sales}, nil, ""},
		{"what the policy protects, leaves out or accepts is left", "apiVersion: licensectl.dev/v1\nkind: Policy\nmetadata: {name: contoso}\nspec:\n  protectedGroups: [ops]\n  skus: {ignored: [POWER_BI_PRO]}\n" +
			"  acceptedDrift: [{group: sales, sku: VISIOCLIENT, owner: it, reason: pilot, until: 2027-01-01}]\n---\n" + head + "  groups:\n    - group: sales\n      licenses: [{sku: SPE_E3}]\n",
			[]license.Group{giving("sales", e3, visio, pbi), ops}, nil, ""},
		{"an entry without licenses manages none", head + "  groups:\n    - group: sales\n", []license.Group{sales}, nil, ""},
		{"dates are for people", head + "  groups:\n    - group: sales\n      licenses: [{sku: SPE_E3, until: 2027-01-01, disabledPlans: [SWAY]}]\n",
			[]license.Group{sales}, nil, "group sales: the entry at manifests/groups.yaml:11:7 has to be changed by hand: the license that differs has dates"},
		{"an entry that has ended", head + "  groups:\n    - group: sales\n      until: 2026-01-01\n      licenses: [{sku: SPE_E3}]\n",
			[]license.Group{sales}, nil, "has ended, and the group gives licenses"},
		{"defaults with licenses", head + "  defaults: {licenses: [{sku: SPE_E3}]}\n  groups:\n    - ops\n",
			[]license.Group{ops}, nil, "the defaults of its document have licenses"},
		{"two groups of the name", head + "  groups:\n    - group: sales\n      licenses: []\n",
			[]license.Group{sales, {ID: id("twin"), DisplayName: "Sales", SecurityEnabled: true, Licenses: []license.GroupLicense{}, Members: []license.GUID{}}}, nil, `the tenant has 2 groups of the name "sales"`},
		{"a list in brackets", head + "  groups: [{group: sales, licenses: []}]\n", []license.Group{sales}, nil, "has to be changed by hand: it is written in a way that is not edited"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			users := "---\napiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: users}\nspec: {users: []}\n"
			files := []manifest.File{{Path: "manifests/groups.yaml", Data: []byte(profile + tc.text + users)}}
			observed := withGroups(tenantOf(nil, published("SPE_E3"), published("VISIOCLIENT"), published("POWER_BI_PRO")), tc.groups...)
			u, err := export.Update(files, observed, export.UpdateOptions{Folder: "manifests", Now: noon})
			if tc.err != "" || err != nil {
				if err == nil || tc.err == "" || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("the error is %v, want %q", err, tc.err)
				}
				return
			}
			diff := slices.DeleteFunc(u.Diff, func(line string) bool { return strings.HasPrefix(line, "@@ ") })
			if d := cmp.Diff(tc.diff, diff); d != "" && len(tc.diff)+len(diff) > 0 {
				t.Errorf("(-want +got):\n%s", d)
			}
			files = over(files, u.Files)
			if p := planWith(t, files, observed); len(p.GroupChanges) > 0 || p.HasErrors() {
				t.Errorf("the plan is not empty: %v\n%s", p.Findings, dump(files))
			}
		})
	}
}

// Users are brought up to date against what their groups give, and not against what the
// manifests said that these should.
func TestUpdateOfUsersInGroups(t *testing.T) {
	const tree = `apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: contoso}
spec: {directAndInherited: remove}
---
apiVersion: licensectl.dev/v1
kind: GroupLicenses
metadata: {name: groups}
spec:
  groups:
    - group: sales
      licenses: [{sku: SPE_E3}]
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: users}
spec:
  users:
    - ada@contoso.com
    - user: ben@contoso.com
      licenses: [{sku: VISIOCLIENT}]
`
	files := []manifest.File{{Path: "manifests/all.yaml", Data: []byte(tree)}}
	e3, visio := direct("SPE_E3"), direct("VISIOCLIENT")
	sales := giving("sales", visio)
	sales.Members = license.SortedGUIDs([]license.GUID{id("ada"), id("ben")})
	observed := withGroups(tenantOf([]license.UserState{
		holding(person("ada"), fromGroup("sales", "VISIOCLIENT")), holding(person("ben"), e3, fromGroup("sales", "VISIOCLIENT")),
	}, published("SPE_E3"), published("VISIOCLIENT")), sales)
	u := mustUpdate(t, files, observed)
	want := export.UpdatedEntries{Changed: 1}
	if u.Groups != want || u.Users != want {
		t.Errorf("changed groups %+v and users %+v, want one of each:\n%s", u.Groups, u.Users, strings.Join(u.Diff, "\n"))
	}
	files = over(files, u.Files)
	if p := planWith(t, files, observed); len(p.Changes)+len(p.GroupChanges) > 0 || p.HasErrors() {
		t.Errorf("the plan is not empty: %v\n%s", p.Findings, dump(files))
	}
}

// What the policy has done whatever an entry says is no reason to change the entry: a
// direct license goes for that of a group, and the service is to try again what failed.
func TestUpdateLeavesToThePolicyWhatIsItsOwn(t *testing.T) {
	const tree = `apiVersion: licensectl.dev/v1
kind: Policy
metadata: {name: contoso}
spec: {directAndInherited: remove, groupErrors: reprocess}
---
apiVersion: licensectl.dev/v1
kind: GroupLicenses
metadata: {name: groups}
spec:
  groups:
    - group: sales
      licenses: [{sku: SPE_E3}]
---
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: users}
spec:
  users:
    - user: ada@contoso.com
      licenses: [{sku: SPE_E3}]
    - user: ben@contoso.com
      licenses: []
`
	files := []manifest.File{{Path: "manifests/all.yaml", Data: []byte(tree)}}
	e3 := direct("SPE_E3")
	sales := giving("sales", e3)
	sales.Members = license.SortedGUIDs([]license.GUID{id("ada"), id("ben")})
	failed := fromGroup("sales", "SPE_E3")
	failed.State, failed.Error = "Error", "CountViolation"
	sku := published("SPE_E3")
	sku.Units.Enabled = 9
	observed := withGroups(tenantOf([]license.UserState{holding(person("ada"), e3, fromGroup("sales", "SPE_E3")), holding(person("ben"), failed)}, sku), sales)
	if p := planWith(t, files, observed); len(p.Changes) != 2 {
		t.Fatalf("the plan has %d changes, want one of each user", len(p.Changes))
	}
	if u := mustUpdate(t, files, observed); len(u.Files) > 0 {
		t.Errorf("it changes\n%s", strings.Join(u.Diff, "\n"))
	}
}
