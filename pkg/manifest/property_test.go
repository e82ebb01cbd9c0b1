package manifest_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
)

// world is manifests in pieces that can be put into any order.
type world struct {
	profiles  []string   // documents
	manifests []userList //
	rest      []string   // documents
}

type userList struct {
	head  string
	users []string // entries, without what comes before them in a list
}

func drawWorld(t *rapid.T) world {
	var w world
	skus := []string{"SPE_E5", "SPE_E3", "VISIOCLIENT", "POWER_BI_PRO"}
	profiles := rapid.IntRange(1, len(skus)).Draw(t, "profiles")
	for i := range profiles {
		w.profiles = append(w.profiles, fmt.Sprintf(
			"apiVersion: licensectl.dev/v1\nkind: LicenseProfile\nmetadata: {name: p%d}\nspec: {licenses: [{sku: %s%s}, {sku: EMS}]}\n",
			i, skus[i], rapid.SampledFrom([]string{"", ", disabledPlans: [A, B]", ", disabledPlans: []", ", enabledPlans: [C]", ", until: 2027-01-01"}).Draw(t, "plans")))
	}
	request := func(label string) string {
		var keys []string
		add := func(text string) {
			if rapid.Bool().Draw(t, label) {
				keys = append(keys, text)
			}
		}
		add("usageLocation: " + rapid.SampledFrom([]string{"DE", "NO", "US"}).Draw(t, "country"))
		add(fmt.Sprintf("profiles: [p%d, {profile: p%d, from: 2026-05-05}]", rapid.IntRange(0, profiles-1).Draw(t, "p"), rapid.IntRange(0, profiles-1).Draw(t, "p")))
		add(rapid.SampledFrom([]string{"licenses: []", "licenses: [{sku: FLOW_FREE}]", "licenses: [{sku: FLOW_FREE, until: 2026-09-09}, {sku: PROJECTPROFESSIONAL}]"}).Draw(t, "licenses"))
		return strings.Join(keys, ", ")
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "manifests") {
		list := userList{head: fmt.Sprintf("apiVersion: licensectl.dev/v1\nkind: UserLicenses\nmetadata: {name: m%d}\nspec:\n  defaults: {%s}\n  users:\n", i, request("default"))}
		list.users = append(list.users, fmt.Sprintf("short%d@contoso.com", i))
		for k := range rapid.IntRange(0, 5).Draw(t, "users") {
			list.users = append(list.users, fmt.Sprintf("{user: u%d-%d@contoso.com, %s}", i, k, request("entry")))
		}
		w.manifests = append(w.manifests, list)
	}
	w.rest = []string{
		"apiVersion: licensectl.dev/v1\nkind: Policy\nmetadata: {name: p}\nspec: {seats: {priority: [m0]}, timeZone: UTC}\n",
		"apiVersion: licensectl.dev/v1\nkind: Approval\nmetadata: {name: b}\nspec: {planId: \"sha256:" + strings.Repeat("b", 64) + "\", guards: [maxUsersChanged]}\n",
		"apiVersion: licensectl.dev/v1\nkind: Approval\nmetadata: {name: a}\nspec: {planId: \"sha256:" + strings.Repeat("a", 64) + "\", guards: [maxRemovals]}\n",
	}
	return w
}

// write puts the pieces in some order into some files.
func (w world) write(random *rand.Rand) []manifest.File {
	docs := slices.Concat(w.profiles, w.rest)
	for _, m := range w.manifests {
		users := shuffled(random, m.users)
		docs = append(docs, m.head+"  - "+strings.Join(users, "\n  - ")+"\n")
	}
	docs = shuffled(random, docs)
	files := make([]manifest.File, 1+random.IntN(3))
	for i := range files {
		files[i] = manifest.File{Path: fmt.Sprintf("%d.yaml", i)}
	}
	for i, doc := range docs {
		f := &files[i%len(files)]
		f.Data = append(f.Data, "---\n"+doc...)
	}
	return shuffled(random, files)
}

func shuffled[T any](random *rand.Rand, in []T) []T {
	out := slices.Clone(in)
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// TestOrderCarriesNoMeaning holds that the same documents and users in
// another order, in other files, say the same.
func TestOrderCarriesNoMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		first := mustParse(t, w.write(rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "first")))))
		second := mustParse(t, w.write(rand.New(rand.NewPCG(2, rapid.Uint64().Draw(t, "second")))))
		options := gocmp.Options{
			cmpopts.IgnoreTypes(plan.Source{}),
			cmpopts.IgnoreFields(plan.Desired{}, "Files"),
			cmpopts.IgnoreFields(plan.DesiredUser{}, "Files"),
			cmpopts.IgnoreFields(plan.Policy{}, "Location"),
			cmpopts.SortSlices(func(a, b plan.DesiredUser) int { return cmp.Compare(a.User.Name, b.User.Name) }),
		}
		if diff := gocmp.Diff(first, second, options); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}

func mustParse(t *rapid.T, files []manifest.File) *manifest.Set {
	set, err := manifest.Parse(files)
	if err != nil {
		for _, f := range files {
			t.Logf("%s:\n%s", f.Path, f.Data)
		}
		t.Fatal(err)
	}
	return set
}

// TestOrderOfErrors holds that errors do not depend on the order in which
// files are given.
func TestOrderOfErrors(t *testing.T) {
	files := []manifest.File{
		{Path: "a.yaml", Data: []byte(head + "spec: {users: [ada@contoso.com, {user: ada, x: y}]}\n")},
		{Path: "b.yaml", Data: []byte(head + "spec: {users: [ADA@contoso.com]}\n")},
		{Path: "c.yaml", Data: []byte("{")},
	}
	want := parseErrors(t, files).Error()
	slices.Reverse(files)
	if got := parseErrors(t, files).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if files[0].Path != "c.yaml" {
		t.Error("the files of the caller were sorted")
	}
}
