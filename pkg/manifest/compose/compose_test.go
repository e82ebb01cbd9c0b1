package compose_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
)

// alike gives so many persons with the same licenses.
func alike(name string, n int, licenses ...compose.License) []compose.Person {
	var out []compose.Person
	for i := range n {
		out = append(out, compose.Person{Name: fmt.Sprintf("%s%d@contoso.com", name, i), UsageLocation: "DE", Licenses: licenses})
	}
	return out
}

func product(sku, name string, weight int, off ...string) compose.License {
	l := compose.License{SKU: sku, Product: name, Weight: weight}
	for _, ref := range off {
		l.DisabledPlans = append(l.DisabledPlans, compose.Plan{Ref: ref})
	}
	return l
}

// Profiles are named after what is in them, and the same content has the same
// name whatever else there is.
func TestNamesOfProfiles(t *testing.T) {
	long := strings.Repeat("very long name ", 9)
	for _, test := range []struct {
		persons []compose.Person
		want    []string
	}{
		{alike("a", 3, product("SPE_E5", "Microsoft 365 E5", 9)), []string{"microsoft-365-e5"}},
		{alike("a", 3, product("SPE_E3", "Microsoft 365 E3", 9, "YAMMER_ENTERPRISE")), []string{"microsoft-365-e3-without-yammer-enterprise"}},
		{alike("a", 3, product("SPE_E3", "Microsoft 365 E3", 9, "B", "A")), []string{"microsoft-365-e3-without-a-and-b"}},
		{alike("a", 3, product("SPE_E3", "Microsoft 365 E3", 9, "A", "B", "C")), []string{"microsoft-365-e3-without-3-plans-ad17c890"}},
		{alike("a", 9, product("VISIO", "Visio", 2), product("SPE_E3", "Microsoft 365 E3", 9)), []string{"microsoft-365-e3-with-visio"}},
		{alike("a", 3, product("X", "日本", 1)), []string{"x"}},
		{alike("a", 3, product("日本", "", 1)), []string{"license-cf2abf0c"}},
		{alike("a", 3, product("LONG", long, 1)), []string{"very-long-name-very-long-name-very-long-name-very-long-a8f3862b"}},
		{
			slices.Concat(alike("a", 3, product("A", "Same Name", 1)), alike("b", 3, product("B", "Same name", 1))),
			[]string{"same-name-559aead0", "same-name-df7e70e5"},
		},
	} {
		files := compose.Files(compose.Input{Persons: test.persons})
		set, err := manifest.Parse(files)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range set.Profiles {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// What is too wide for a line is broken up as fmt does it: a long list of profiles
// in an entry, and in the defaults of a document.
func TestWideListsAreCanonical(t *testing.T) {
	var all []compose.License
	for i := range 5 {
		name := fmt.Sprintf("Product With A Long Name %d", i)
		all = append(all, product(fmt.Sprintf("P%d", i), name, i))
	}
	var persons []compose.Person
	for i, l := range all { // so that each is a profile of its own
		persons = append(persons, alike(fmt.Sprintf("one%d-", i), 30, l)...)
	}
	few := alike("few", 3, all...)
	for name, more := range map[string][]compose.Person{"entry": few, "defaults": alike("many", 30, all...)} {
		broken := 0
		for _, f := range compose.Files(compose.Input{Persons: slices.Concat(persons, more)}) {
			formatted, err := edit.Format(f)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(formatted), string(f.Data)); diff != "" {
				t.Errorf("%s: %s (-formatted +written):\n%s", name, f.Path, diff)
			}
			broken += strings.Count(string(f.Data), "profiles:\n")
		}
		if broken == 0 {
			t.Errorf("%s: no list is broken up", name)
		}
	}
}

// Names of files are made of departments, each of them a stranger's text.
func TestFilesOfDepartments(t *testing.T) {
	for _, test := range []struct {
		departments []string
		want        string
	}{
		{[]string{"Sales", "sales ", "Finance"}, "finance.yaml sales.yaml"},
		{[]string{"Zürich Büro", ""}, "no-department.yaml zurich-buro.yaml"},
		{[]string{"../../etc/passwd", "CON", "日本"}, "department-1143da2b.yaml department-cf2abf0c.yaml etc-passwd.yaml"},
		{[]string{"R&D", "R D"}, "r-d-120d6f1a.yaml r-d-dacc7c16.yaml"},
		{[]string{"No Department", ""}, "department-c507c363.yaml no-department.yaml"},
		{[]string{"", ""}, "users.yaml"},
	} {
		var in compose.Input
		for i, d := range test.departments {
			in.Omitted = append(in.Omitted, compose.OmittedUser{Name: fmt.Sprint(i), Department: d})
		}
		var got []string
		for _, f := range compose.Files(in) {
			got = append(got, path.Base(f.Path))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q: %v, want %s", test.departments, got, test.want)
		}
	}
}

// Text of a stranger is the same text when YAML reads it back, in a list of
// brackets, behind a key and with a comment.
func FuzzScalar(f *testing.F) {
	for _, text := range []string{"", "NO", "no", "1e3", "0x1F", "2026-01-01", "null", "~", "a: b", "- a", "#", "a #b", "{", "é", "\u2028", "'", `"`, "\\", "a@b", "=", "<<", ".5", "a\nb"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		page := "a: [" + compose.Scalar(text) + ", x] # " + compose.Comment(text) + "\nb: " + compose.Scalar(text) + "\n"
		var back struct {
			A []string
			B string
		}
		if err := yaml.Unmarshal([]byte(page), &back); err != nil {
			t.Fatalf("%v\n%q", err, page)
		}
		want := strings.ToValidUTF8(text, "\uFFFD")
		if len(back.A) != 2 || back.A[0] != want || back.B != want {
			t.Fatalf("%q comes back as %q and %q", want, back.A, back.B)
		}
		if comment := compose.Comment(text); strings.ContainsFunc(comment, func(r rune) bool { return r < ' ' || r == 0x2028 || r == 0x202e }) {
			t.Fatalf("the comment is %q", comment)
		}
	})
}
