package report_test

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// everyView gives all views of a plan, of a receipt and of an explanation, but
// for the pages.
func everyView(p *plan.Plan, r *receipt.Receipt, e *plan.Explanation, o report.Options) map[string]func(io.Writer) error {
	o.Names, o.Full = names, true
	return map[string]func(io.Writer) error{
		"text": planText(p, o), "markdown": planMarkdown(p, report.MarkdownOptions{Options: o, Budget: 1 << 20}),
		"diff": planDiff(p, o), "csv": planCSV(p, o), "json": planJSON(p, o),
		"receipt text": receiptText(r, o), "receipt markdown": receiptMarkdown(r, report.MarkdownOptions{Options: o, Budget: 1 << 20}),
		"explanation": explainText(e, o), "explanation json": explainJSON(e, o),
		"receipt csv": receiptCSV(r, o), "receipt json": receiptJSON(r, o),
		"prometheus":    func(w io.Writer) error { return report.PlanPrometheus(w, p, o) },
		"teams":         func(w io.Writer) error { return report.PlanTeams(w, p, o) },
		"slack":         func(w io.Writer) error { return report.PlanSlack(w, p, o) },
		"receipt teams": func(w io.Writer) error { return report.ReceiptTeams(w, r, o) },
		"receipt slack": func(w io.Writer) error { return report.ReceiptSlack(w, r, o) },
	}
}

// drawUPN gives a user principal name of the characters that Entra allows, in
// any case.
func drawUPN() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		local := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9'._!#^~-]{0,12}`).Draw(t, "local")
		return local + "@" + rapid.SampledFrom([]string{"contoso.com", "Contoso.onmicrosoft.com", "fabrikam.example"}).Draw(t, "domain")
	})
}

// No user principal name stands in any view of a redacted document, whatever
// text of the document it stood in, alone or within a sentence.
func TestRedactedViewsNameNobody(t *testing.T) {
	sentences := []string{"%s", "%s", "as %s, whom nobody knows.", "people/%s.yaml", "'%s'", `group "%s"`, "(%s)", "%s's entry", "%s: no", "user=%s;x", "x %s, %s"}
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfNDistinct(drawUPN(), 1, 30, license.UPNKey).Draw(t, "people")
		upn := func(n int) string {
			name := people[n%len(people)]
			if n%3 == 0 {
				name = strings.ToUpper(name)
			}
			return name
		}
		sentence := func(n int) string {
			s := sentences[n%len(sentences)]
			return strings.ReplaceAll(s, "%s", upn(n))
		}
		p := renamed(rapid.SampledFrom([]func() *plan.Plan{explainedReason, short, fiveUsers, guarded, func() *plan.Plan { return namingMembers(ofGroups()) }}).Draw(t, "plan")(), sentence)
		r := renamed(withGroups(everyOutcome()), sentence)
		e := renamed(swapping(), sentence)
		for i := range p.Changes {
			p.Changes[i].User.UserPrincipalName = people[i%len(people)]
		}
		veiled := report.Options{Names: names, Full: true, Redact: true}
		views := everyView(p, r, e, veiled)
		views["html"], views["receipt html"] = planHTML(p, veiled), receiptHTML(r, veiled)
		g := renamed(explainedGroup(), sentence)
		views["group explanation"], views["group explanation json"] = explainGroupText(g, veiled), explainGroupJSON(g, veiled)
		for since, p := range map[string]*plan.Plan{"drift": p, "drift since a baseline": caused(p, plan.CauseDrift)} {
			views[since], views[since+" html"] = driftText(p, veiled), driftHTML(p, veiled)
			views[since+" markdown"] = driftMarkdown(p, report.MarkdownOptions{Options: veiled, Budget: 1 << 20})
		}
		for name, write := range views {
			text := license.UPNKey(written(t, write))
			for _, person := range people {
				if strings.Contains(text, license.UPNKey(person)) {
					t.Errorf("%s stands in the redacted %s:\n%s", person, name, text)
				}
			}
		}
	})
}

// What machines need stays: everything but texts is as it was, and texts
// without an address are too.
func TestRedactingChangesNamesAlone(t *testing.T) {
	p := explainedReason()
	before := encoded(t, p)
	got := redacted(t, p)
	if diff := cmp.Diff(before, encoded(t, p)); diff != "" {
		t.Errorf("redacting changed the original:\n%s", diff)
	}
	slices.SortFunc(p.Changes, func(a, b plan.Change) int { return license.CompareGUIDs(a.User.ID, b.User.ID) })
	slices.SortFunc(got.Changes, func(a, b plan.Change) int { return license.CompareGUIDs(a.User.ID, b.User.ID) })
	pseudonyms := map[string]string{}
	for i := range p.Changes {
		pseudonyms[p.Changes[i].User.UserPrincipalName] = got.Changes[i].User.UserPrincipalName
	}
	replaceStrings(reflect.ValueOf(p).Elem(), func(s string) string {
		if name, known := pseudonyms[s]; known {
			return name
		}
		return s
	}, nil)
	want := strings.NewReplacer("twice0@contoso.com", "u-unknown-2", "twice1@contoso.com", "u-unknown-3", "helpdesk@contoso.com", "u-unknown-1").Replace(encoded(t, p))
	if diff := cmp.Diff(want, encoded(t, got)); diff != "" {
		t.Errorf("redacted (-want +got):\n%s", diff)
	}
}

func encoded(t *testing.T, p *plan.Plan) string {
	t.Helper()
	return written(t, planJSON(p, report.Options{}))
}

func planJSON(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanJSON(w, p, o) }
}

func receiptJSON(r *receipt.Receipt, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ReceiptJSON(w, r, o) }
}

// redacted reads back what is shown of a plan without names.
func redacted(t *testing.T, p *plan.Plan) *plan.Plan {
	t.Helper()
	var out plan.Plan
	if err := json.Unmarshal([]byte(written(t, planJSON(p, report.Options{Redact: true}))), &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// redactedReceipt is the part of a redacted receipt that names people.
type redactedReceipt struct {
	Actor   string
	Results []struct{ User plan.UserRef }
}

func readRedacted(t *testing.T, r *receipt.Receipt) (out redactedReceipt) {
	t.Helper()
	if err := json.Unmarshal([]byte(written(t, receiptJSON(r, report.Options{Redact: true}))), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A pseudonym is the same wherever the user is met, another in another tenant,
// and does not depend on the name.
func TestPseudonymsAreStable(t *testing.T) {
	form := regexp.MustCompile(`^u-[0-9a-f]{8}$`)
	call := func(tenant license.GUID, n int, upn string) string {
		d := newDraft(1)
		d.Tenant.ID = tenant
		d.change(user(n, upn), add(e5))
		d.change(user(99, "other@contoso.com"), add(e5))
		for _, c := range redacted(t, d.made()).Changes {
			if c.User.ID == id(0xaa, n) {
				return c.User.UserPrincipalName
			}
		}
		t.Fatal("the user is gone")
		return ""
	}
	ada := call(contoso.ID, 1, "ada@contoso.com")
	if !form.MatchString(ada) {
		t.Errorf("the pseudonym is %q", ada)
	}
	if again := call(contoso.ID, 1, "ada.lovelace@contoso.com"); again != ada {
		t.Errorf("the pseudonym depends on the name: %s and %s", ada, again)
	}
	for what, other := range map[string]string{"another user": call(contoso.ID, 2, "ada@contoso.com"), "another tenant": call(id(0x11, 2), 1, "ada@contoso.com")} {
		if other == ada {
			t.Errorf("%s has the pseudonym %s too", what, ada)
		}
	}
	r := ran(done(1, "ada@contoso.com"))
	if got := readRedacted(t, r).Results[0].User.UserPrincipalName; got != ada {
		t.Errorf("the receipt calls the user %s, the plan %s", got, ada)
	}
}

// A redacted explanation calls the user as a redacted plan does, and has no
// other name of them.
func TestRedactedExplanation(t *testing.T) {
	d := newDraft(1)
	d.change(user(1, "ada@contoso.com"), add(e5))
	e := swapping()
	var got plan.Explanation
	if err := json.Unmarshal([]byte(written(t, explainJSON(e, report.Options{Redact: true}))), &got); err != nil {
		t.Fatal(err)
	}
	want := plan.ExplainedUser{
		ID: e.User.ID, UserPrincipalName: redacted(t, d.made()).Changes[0].User.UserPrincipalName, UserType: "Member", AccountEnabled: true,
	}
	if diff := cmp.Diff(want, got.User); diff != "" {
		t.Errorf("the user of the explanation (-want +got):\n%s", diff)
	}
	if e.User.UserPrincipalName != "ada@contoso.com" {
		t.Error("redacting changed the original")
	}
}

// Two users never have one pseudonym in one document: where the digits are the
// same there are more of them.
func TestPseudonymsDoNotCollide(t *testing.T) {
	const one, other = 78_018, 91_447 // found by trying
	pseudonyms := func(users ...int) []string {
		d := newDraft(len(users))
		for _, n := range users {
			d.change(user(n, fmt.Sprintf("u%d@contoso.com", n)), add(e5))
		}
		var out []string
		for _, c := range redacted(t, d.made()).Changes {
			out = append(out, c.User.UserPrincipalName)
		}
		return out
	}
	if a, b := pseudonyms(one), pseudonyms(other); a[0] != b[0] {
		t.Fatalf("%s and %s differ, so the test shows nothing: find two that do not", a, b)
	}
	long := regexp.MustCompile(`^u-[0-9a-f]{16}$`)
	if both := pseudonyms(one, other); both[0] == both[1] || !long.MatchString(both[0]) || !long.MatchString(both[1]) {
		t.Errorf("the two are called %q", both)
	}
}

// A redacted receipt is in the order of its new names, and does not tell who
// started the run.
func TestRedactedReceipt(t *testing.T) {
	doc := readRedacted(t, everyOutcome())
	if doc.Actor != "redacted" {
		t.Errorf("the actor is %q", doc.Actor)
	}
	if !slices.IsSortedFunc(doc.Results, func(a, b struct{ User plan.UserRef }) int {
		return strings.Compare(a.User.UserPrincipalName, b.User.UserPrincipalName)
	}) {
		t.Error("the results are in the order of the old names")
	}
}

// Names are found however they are spelled: as URLs, JSON and HTML escape them,
// as names of guests and of files have them, in any case.
func TestRedactedSpellings(t *testing.T) {
	for text, want := range map[string]string{
		"https://graph.microsoft.com/v1.0/users/ada.lovelace%40contoso.com/assignLicense": "https://graph.microsoft.com/v1.0/users/PSEUDONYM/assignLicense",
		"ADA.LOVELACE%40CONTOSO.COM is not found":                                         "PSEUDONYM is not found",
		"twice: ada.lovelace%2540contoso.com":                                             "twice: PSEUDONYM",
		`{"upn":"ada.lovelace\u0040contoso.com"}`:                                         `{"upn":"PSEUDONYM"}`,
		"ada.lovelace&#64;contoso.com, and so on":                                         "PSEUDONYM, and so on",
		"ada.lovelace&commat;contoso.com":                                                 "PSEUDONYM",
		"ada.lovelace＠contoso.com":                                                        "PSEUDONYM",
		"people/ada.lovelace%40contoso.com.yaml":                                          "people/PSEUDONYM.yaml",
		"people/ada.lovelace_contoso.com.yaml":                                            "people/PSEUDONYM.yaml",
		"people/Ada.Lovelace_Contoso.com":                                                 "people/PSEUDONYM",
		"bob_fabrikam.com#EXT# is a guest":                                                "GUEST is a guest",
		"BOB_FABRIKAM.COM#ext# is a guest":                                                "GUEST is a guest",
		"users/bob_fabrikam.com%23EXT%23":                                                 "users/GUEST",
		"users/bob_fabrikam.com%23EXT%23%40contoso.com/x":                                 "users/GUEST/x",
		"bob_fabrikam.com#EXT#@contoso.com has no mailbox":                                "GUEST has no mailbox",
		"eve_fabrikam.com#EXT# is nobody of ours":                                         "u-unknown-1 is nobody of ours",
		"eve%40fabrikam.com is nobody of ours":                                            "u-unknown-1 is nobody of ours",
		"EXCHANGE_S_ENTERPRISE, 100%, a_b.c, C#":                                          "EXCHANGE_S_ENTERPRISE, 100%, a_b.c, C#",
	} {
		p := fiveUsers()
		p.Changes[0].User.UserPrincipalName, p.Changes[1].User.UserPrincipalName = "Ada.Lovelace@contoso.com", "bob_fabrikam.com#EXT#@contoso.com"
		p.Findings = []plan.Finding{{Severity: plan.SeverityInfo, Code: plan.CodeGuestUser, Message: text}}
		var out struct {
			Changes  []plan.Change
			Findings []plan.Finding
		}
		written := written(t, planJSON(p, report.Options{Names: names, Redact: true}))
		if err := json.Unmarshal([]byte(written), &out); err != nil {
			t.Fatal(err)
		}
		for _, c := range out.Changes {
			switch c.User.ID {
			case p.Changes[0].User.ID:
				want = strings.ReplaceAll(want, "PSEUDONYM", c.User.UserPrincipalName)
			case p.Changes[1].User.ID:
				want = strings.ReplaceAll(want, "GUEST", c.User.UserPrincipalName)
			}
		}
		if got := out.Findings[0].Message; got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}
