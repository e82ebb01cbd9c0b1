package planner_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is a plan with every kind of action, a guard that trips and findings.
func sample(t testing.TB) *plan.Plan {
	in := world(
		[]plan.DesiredUser{
			entry("ada", lic("E5")),
			entry("bob", licOnly("E3", "E3_MAIL")),
			{User: plan.Ref{Name: upn("cay"), Source: where(4)}, UsageLocation: "GB", ManagesLicenses: true, Licenses: []plan.DesiredLicense{lic("E3")}},
			entry("dan", lic("E5")),
		},
		[]license.UserState{user("ada", direct("E3")), user("bob", direct("E3")), placeless(user("cay")), user("dan")},
		sku("E3", 5, 2), sku("E5", 1, 0),
	)
	in.Desired.Files = []plan.SourceFile{{Path: "manifests/users.yaml", SHA256: strings.Repeat("ab", 32)}}
	in.Policy.Guards.MaxRemovals = plan.Limit{Count: 1}
	in.Policy.Prices = &plan.Prices{Currency: "EUR"}
	return mustMake(t, in)
}

func TestEncode(t *testing.T) {
	const golden = "testdata/plan.json"
	var got bytes.Buffer
	if err := plan.Encode(&got, sample(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

// What is wrong with a document is said in words of the document.
func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"# licensectl":                      "the plan is not readable: it is cut off or not JSON (byte 0)",
		`{"formatVersion": "1"`:             "the plan is not readable: it is cut off or not JSON (byte 21)",
		`{"summary": {"changed": "three"}}`: "the plan is not readable: /summary/changed holds something else than it should (byte 24)",
	} {
		if _, err := plan.Decode(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A plan that was laid out in another way, as earlier ones were, is the same plan.
func TestDecodeTakesAnyLayout(t *testing.T) {
	var written, indented, compact bytes.Buffer
	if err := errors.Join(plan.Encode(&written, sample(t)), json.Indent(&indented, written.Bytes(), "", "  "), json.Compact(&compact, written.Bytes())); err != nil {
		t.Fatal(err)
	}
	for _, layout := range []*bytes.Buffer{&indented, &compact} {
		got, err := plan.Decode(bytes.NewReader(layout.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := plan.Encode(&again, got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(written.String(), again.String()); diff != "" {
			t.Errorf("-written +read and written again\n%s", diff)
		}
	}
}

// A file name may hold any bytes. It must not keep the plan from being saved.
func TestEncodeTakesBrokenText(t *testing.T) {
	p := sample(t)
	p.Sources[0].Path = "manifests/\xff.yaml"
	var b bytes.Buffer
	if err := plan.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	again, err := plan.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Sources[0].Path; got != "manifests/\uFFFD.yaml" {
		t.Errorf("the path became %q", got)
	}
}

func TestDecodeRefusesWhatIsNotAWholePlan(t *testing.T) {
	var b bytes.Buffer
	if err := plan.Encode(&b, sample(t)); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	replace := func(old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("the sample has no %s", old)
		}
		return strings.Replace(text, old, new, 1)
	}
	for name, bad := range map[string]string{
		"empty":                 "",
		"cut":                   text[:len(text)/2],
		"two of them":           text + text,
		"another format":        replace(`"formatVersion": "1"`, `"formatVersion": "2"`),
		"another user":          replace(id("ada").String(), id("eve").String()),
		"a changed intent":      replace(`"usageLocation": "GB", "licenses"`, `"usageLocation": "FR", "licenses"`),
		"a changed action":      replace(`"op": "remove"`, `"op": "add"`),
		"users counted down":    replace(`"changed": 3`, `"changed": 0`),
		"removals counted down": replace(`"remove": 1`, `"remove": 0`),
		"fewer users in all":    replace(`"users": 4`, `"users": 1`),
		"a guard counted down":  replace(`"actual": 2`, `"actual": 1`),
		"a product counted down": replace(`"limit": null,
      "actual": 2`, `"limit": null,
      "actual": 1`),
		"a product renamed in its guard": replace(`"skuPartNumber": "E3",
      "limit"`, `"skuPartNumber": "E4",
      "limit"`),
		"a guard left out":   strings.Replace(text, `"name": "maxUsersLosingAll"`, `"name": "maxRemovals"`, 1),
		"another scope":      replace(`"managed": null`, `"managed": []`),
		"an ignored product": replace(`"ignored": []`, `"ignored": ["`+id("E3").String()+`"]`),
		"a guard waved away": replace(`"applyable": false`, `"applyable": true`),
		"another look":       replace(`"formatVersion": "1",`, `"formatVersion": "1", "mailboxCheck": "tell",`),
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := plan.Decode(strings.NewReader(bad)); err == nil {
				t.Errorf("read a plan of %d changes", len(p.Changes))
			}
		})
	}
}

func TestPlanIDStandsForTheIntentAlone(t *testing.T) {
	base := func() planner.Input {
		return world([]plan.DesiredUser{entry("ada", lic("E5"))}, []license.UserState{user("ada", direct("E3"))}, sku("E3", 9, 1), sku("E5", 9, 0))
	}
	idOf := func(adjust func(*planner.Input)) string {
		in := base()
		adjust(&in)
		return mustMake(t, in).PlanID
	}
	same := idOf(func(*planner.Input) {})
	for name, adjust := range map[string]func(*planner.Input){
		"tool":         func(in *planner.Input) { in.Tool.Version = "other" },
		"display name": func(in *planner.Input) { in.Observed.Users[0].DisplayName = "other" },
		"time":         func(in *planner.Input) { in.Now = in.Now.AddDate(0, 0, 1) },
		"place":        func(in *planner.Input) { in.Desired.Users[0].User.Source.Line = 77 },
		"other users":  func(in *planner.Input) { in.Observed.Users = append(in.Observed.Users, user("bob", direct("E5"))) },
	} {
		if got := idOf(adjust); got != same {
			t.Errorf("the plan id depends on the %s", name)
		}
	}
	for name, adjust := range map[string]func(*planner.Input){
		"tenant": func(in *planner.Input) { in.Observed.Tenant.ID = id("other") },
		"before": func(in *planner.Input) { in.Observed.Users[0] = user("ada", direct("E3", "E3_CHAT")) },
		"after":  func(in *planner.Input) { in.Desired.Users[0].Licenses = nil },
	} {
		if got := idOf(adjust); got == same {
			t.Errorf("the plan id does not depend on the %s", name)
		}
	}
	empty := mustMake(t, world(nil, nil))
	if !strings.HasPrefix(empty.PlanID, "sha256:") {
		t.Errorf("an empty plan has the id %q", empty.PlanID)
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := plan.Encode(&b, sample(f)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"formatVersion":"1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := plan.Decode(bytes.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := plan.Encode(&again, p); err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Decode(&again); err != nil {
			t.Fatalf("a plan that was read cannot be read again: %v", err)
		}
	})
}

func FuzzMoney(f *testing.F) {
	for _, s := range []string{"57", "57.00", "-1.5", "0.0001", "", ".", "1e3", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := plan.ParseMoney(s)
		if err != nil {
			return
		}
		if again, err := plan.ParseMoney(m.String()); err != nil || again != m {
			t.Fatalf("%q is %s, which reads as %s, %v", s, m, again, err)
		}
	})
}
