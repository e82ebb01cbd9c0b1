package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// However large a plan is, it takes a page; what is left out is counted; and
// nothing else is shown of the changes while anything is left out that is taken
// away.
func TestShortPlanFitsOnAPage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDraft(1000)
		kinds := map[string]int{
			"LOSSES":            rapid.IntRange(0, 40).Draw(t, "losses"),
			"SWAPS":             rapid.IntRange(0, 40).Draw(t, "swaps"),
			"SERVICE PLANS OFF": rapid.IntRange(0, 40).Draw(t, "service plans off"),
			"OTHER CHANGES":     rapid.IntRange(0, 40).Draw(t, "changes"),
			"ADDITIONS":         rapid.IntRange(0, 40).Draw(t, "additions"),
			"BLOCKED":           rapid.IntRange(0, 40).Draw(t, "blocked"),
		}
		for kind, n := range kinds {
			for i := range n {
				d.oneOf(kind, i)
			}
		}
		for i := range rapid.IntRange(0, 30).Draw(t, "guards") {
			d.stop(plan.GuardMaxRemovalsPerSKU, fmt.Sprintf("PRODUCT_%d", i), 11)
		}
		for i := range rapid.IntRange(0, 30).Draw(t, "short products") {
			d.Seats = append(d.Seats, plan.Seats{SKUID: id(0xf0, i), SKUPartNumber: fmt.Sprintf("PRODUCT_%d", i), Consumed: 1})
		}
		text := written(t, planText(d.made(), report.Options{}))
		if lines := strings.Count(text, "\n"); lines > 60 {
			t.Errorf("the plan takes %d lines:\n%s", lines, text)
		}
		taking := []string{"LOSSES", "SWAPS", "SERVICE PLANS OFF"}
		for kind, n := range kinds {
			shown, hidden := sectionItems(t, text, kind)
			if shown+hidden != n {
				t.Errorf("%s shows %d and counts %d more of %d:\n%s", kind, shown, hidden, n, text)
			}
			takes := slices.Contains(taking, kind)
			if kind == "LOSSES" && shown < min(n, 3) {
				t.Errorf("%d of %d kinds are shown of %s:\n%s", shown, n, kind, text)
			}
			for _, other := range taking {
				if _, cut := sectionItems(t, text, other); !takes && cut > 0 && shown > 0 {
					t.Errorf("%s shows %d while %s are cut:\n%s", kind, shown, other, text)
				}
			}
		}
	})
}

// On a terminal no line is wider than it, but for one word and for what people
// copy; and the page still takes a screenful.
func TestPlanFitsTheTerminal(t *testing.T) {
	for _, width := range []int{60, 80, 132} {
		for name, p := range map[string]*plan.Plan{"five": fiveUsers(), "many": manyUsers(5000), "sprawl": sprawl(5000), "short": short(), "told": explainedReason(), "unused": unused()} {
			text := written(t, planText(p, report.Options{Names: names, Width: width}))
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(lines) > 75 {
				t.Errorf("%s takes %d lines of %d columns", name, len(lines), width)
			}
			for _, line := range lines {
				if len([]rune(line)) > width && len(strings.Fields(line)) > 1 {
					t.Errorf("%s: the line is wider than %d: %q", name, width, line)
				}
			}
		}
	}
}

// Where the removals are too many for the page, a table has all of them in it,
// product by product.
func TestCutRemovalsAreSummedUp(t *testing.T) {
	d := newDraft(1000)
	for i := range 14 {
		d.oneOf("LOSSES", i)
	}
	for i := range 20 {
		d.change(user(len(d.Changes), "less@contoso.com"), remove(product{id(0xf0, i%14), fmt.Sprintf("PRODUCT_%d", i%14)}),
			update(e3, nil, []plan.PlanRef{{ID: id(0x02, i), Name: fmt.Sprintf("PLAN_%d", i)}}))
	}
	for i := range 40 {
		gone := product{id(0xf0, i%14), fmt.Sprintf("PRODUCT_%d", i%14)}
		name := fmt.Sprintf("swapped%02d@contoso.com", i)
		d.change(user(len(d.Changes), name), remove(gone), add(product{id(0xf1, i), fmt.Sprintf("OTHER_%d", i)}))
	}
	bare := d.change(user(len(d.Changes), "leaver@contoso.com"), remove(product{id(0xf0, 3), "PRODUCT_3"}))
	bare.Before.Licenses, bare.After.Licenses = []plan.StateLicense{{SKUID: id(0xf0, 3)}}, nil
	p := d.made()
	text := written(t, planText(p, report.Options{}))
	for _, want := range []string{
		"LOSSES (42 licenses of 42 users; service plans go off for 20)\n" +
			"  taken away  users  given another  keeping none\n" +
			"  PRODUCT_3       8              3             1\n" +
			"  PRODUCT_1       7              3\n",
		"  ... and 9 licenses of 2 more products (--full shows all)\n\n  - leaver@",
		"SWAPS (40 users)  ... 40 kinds, for 40 users (--full shows all)\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	page := written(t, planMarkdown(p, report.MarkdownOptions{}))
	if !strings.Contains(page, "| `PRODUCT_3` | 8 | 3 | 1 |\n") {
		t.Errorf("the sum is missing in\n%s", page)
	}
	p.Changes = slices.DeleteFunc(p.Changes, func(c plan.Change) bool { return !strings.HasPrefix(c.User.UserPrincipalName, "swapped") })
	swaps := written(t, planText(p, report.Options{}))
	if want := "SWAPS (40 users)\n  taken away  users  given another\n  PRODUCT_0       3              3\n"; !strings.Contains(swaps, want) {
		t.Errorf("%q is missing in\n%s", want, swaps)
	}
	full := written(t, planText(p, report.Options{Full: true}))
	if strings.Contains(full, "taken away") {
		t.Errorf("a page with all removals sums them up:\n%s", full)
	}
}

// oneOf adds the ith change of a section, which is like no other. Some are of
// one user, some of two, which takes more lines.
func (d *draft) oneOf(kind string, i int) {
	p := product{id(0xf0, i), fmt.Sprintf("PRODUCT_%d", i)}
	for range 1 + i%2 {
		u := user(len(d.Changes), fmt.Sprintf("user%d@contoso.com", len(d.Changes)))
		switch kind {
		case "LOSSES":
			d.change(u, remove(p))
		case "SWAPS":
			d.change(u, remove(product{id(0xf2, i), "OLD_" + p.part}), add(e5))
		case "SERVICE PLANS OFF":
			d.change(u, update(p, nil, []plan.PlanRef{yammer}))
		case "OTHER CHANGES":
			d.change(u, update(p, []plan.PlanRef{yammer}, nil))
		case "ADDITIONS":
			d.change(u, add(p))
		case "BLOCKED":
			d.change(u, add(p)).Status = plan.StatusBlocked
		}
	}
}

var cutNotice = regexp.MustCompile(`^  \.\.\. (?:and )?([0-9,]+)`)

// sectionItems reads back how many entries a section shows and how many it
// says it leaves out.
func sectionItems(t reporter, text, title string) (shown, hidden int) {
	_, rest, found := strings.Cut(text, "\n"+title+" (")
	if !found {
		return 0, 0
	}
	lines := strings.Split(rest, "\n")
	if _, notice, cut := strings.Cut(lines[0], ")  ..."); cut {
		lines = []string{"", "  ..." + notice, ""}
	}
	for _, line := range lines[1:] {
		if line == "" {
			break
		}
		if match := cutNotice.FindStringSubmatch(line); match != nil {
			n, err := strconv.Atoi(strings.ReplaceAll(match[1], ",", ""))
			if err != nil {
				t.Fatalf("the notice %q: %v", line, err)
			}
			hidden += n
		} else if !strings.HasPrefix(line, "      ") {
			shown++
		}
	}
	return shown, hidden
}

func TestFullPlanListsEveryUserWithTheirPlace(t *testing.T) {
	p := manyUsers(500)
	text := written(t, planText(p, report.Options{Names: names, Full: true}))
	changes, _, _ := strings.Cut(text, "\nWARNINGS")
	for _, c := range p.Changes {
		pattern := c.User.UserPrincipalName + `:? .*` + regexp.QuoteMeta(fmt.Sprintf("%s:%d", c.Source.File, c.Source.Line)) + `\b`
		if n := len(regexp.MustCompile(pattern).FindAllString(changes, -1)); n != 1 {
			t.Fatalf("%s stands in the plan %d times with the place, want 1", c.User.UserPrincipalName, n)
		}
	}
	if strings.Contains(text, "more") || strings.Contains(text, "--full") {
		t.Errorf("the full plan leaves something out:\n%s", text)
	}
}

// Products are told apart by id, whatever they are called.
func TestSameNameIsNotSameProduct(t *testing.T) {
	d := newDraft(10)
	twin := product{id(0xe5, 9), "SPE_E5_NEW"}
	d.change(user(1, "ada@contoso.com"), add(e5))
	d.change(user(2, "ben@contoso.com"), add(twin))
	both := nameTable{e5.id: "Microsoft 365 E5", twin.id: "Microsoft 365 E5"}
	text := written(t, planText(d.made(), report.Options{Names: both}))
	if shown, _ := sectionItems(t, text, "ADDITIONS"); shown != 2 {
		t.Errorf("two products of one name are drawn together:\n%s", text)
	}
}

// A user who keeps something is not drawn together with one who loses all.
func TestLosingAllStandsApart(t *testing.T) {
	d := newDraft(10)
	d.change(user(1, "ada@contoso.com"), remove(e5))
	leaver := d.change(user(2, "leaver@contoso.com"), remove(e5))
	leaver.Before.Licenses, leaver.After.Licenses = []plan.StateLicense{{SKUID: e5.id}}, nil
	text := written(t, planText(d.made(), report.Options{Names: names}))
	want := "  - leaver@contoso.com: - Microsoft 365 E5, keeping no direct license  (manifests/sales.yaml:11)\n" +
		"  - ada@contoso.com: - Microsoft 365 E5  (manifests/sales.yaml:10)\n"
	if !strings.Contains(text, want) {
		t.Errorf("want the lines\n%sin\n%s", want, text)
	}
}

// Within a section what hurts most comes first.
func TestHeaviestGroupsComeFirst(t *testing.T) {
	d := newDraft(10)
	d.change(user(1, "a@contoso.com"), update(e3, []plan.PlanRef{yammer}, nil))
	d.change(user(2, "b@contoso.com"), update(e3, []plan.PlanRef{yammer}, nil))
	d.change(user(3, "c@contoso.com"), update(e3, nil, []plan.PlanRef{sway}))
	d.change(user(4, "d@contoso.com"), add(power))
	d.change(user(5, "e@contoso.com"), add(visio))
	d.change(user(6, "f@contoso.com"), add(visio))
	text := written(t, planText(d.made(), report.Options{}))
	inOrder(t, text, "c@contoso.com: ~ SPE_E3 (SWAY off)", "2 users: ~ SPE_E3 (YAMMER_ENTERPRISE on)",
		"2 users: + VISIOCLIENT", "d@contoso.com: + POWER_BI_PRO")
}

// inOrder wants all the parts, each after the one before.
func inOrder(t reporter, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("want %q, in this order, in\n%s", parts, text)
		}
		rest = after
	}
}

// Many users of one place, such as a selection, are from one place.
func TestPlacesAreCountedOnce(t *testing.T) {
	d := newDraft(10)
	for i := range 3 {
		d.change(user(i, fmt.Sprintf("user%d@contoso.com", i)), add(e5)).Source = plan.Source{File: "manifests/ops.yaml", Line: 4}
	}
	text := written(t, planText(d.made(), report.Options{}))
	if want := "3 users: + SPE_E5  (manifests/ops.yaml:4)\n"; !strings.Contains(text, want) {
		t.Errorf("want %q in\n%s", want, text)
	}
}

// A product that is over-used is shown though the plan does not touch it, and
// before those that are in order.
func TestShortSeatsAreShown(t *testing.T) {
	d := newDraft(10)
	d.change(user(1, "ada@contoso.com"), add(e3))
	d.Seats[3].Consumed = 53
	text := written(t, planText(d.made(), report.Options{}))
	inOrder(t, text, "VISIOCLIENT      50     53", "SHORT 3", "SPE_E3        9,000")
}

// Findings are drawn together when they say the same of several users, and
// only then.
func TestFindingsAreDrawnTogether(t *testing.T) {
	d := newDraft(10)
	note := func(user, message, hint string) {
		f := d.find(plan.SeverityInfo, plan.CodeGuestUser, message)
		f.User, f.Hint = user, hint
	}
	note("a@contoso.com", "is a guest", "")
	note("b@contoso.com", "is a guest", "")
	note("c@contoso.com", "is a guest", "look here")
	note("", "is a guest", "")
	note("d@contoso.com", "is a visitor", "")
	text := written(t, planText(d.made(), report.Options{}))
	want := `NOTES (5)
  guest-user  2 users: is a guest
      a@contoso.com, b@contoso.com
  guest-user  c@contoso.com: is a guest
      hint: look here
  guest-user  is a guest
  guest-user  d@contoso.com: is a visitor
`
	if !strings.Contains(text, want) {
		t.Errorf("want\n%s\nin\n%s", want, text)
	}
}

func TestNamesFallBack(t *testing.T) {
	unknown := product{id(0xf0, 1), "BRAND_NEW"}
	nameless := product{id(0xf0, 2), ""}
	for _, c := range []struct {
		name    string
		names   report.Names
		product product
		want    string
	}{
		{"no catalog", nil, e5, "+ SPE_E5"},
		{"known", names, e5, "+ Microsoft 365 E5"},
		{"catalog knows nothing", nameTable{}, unknown, "+ BRAND_NEW"},
		{"catalog gives the id", nameTable{unknown.id: unknown.id.String()}, unknown, "+ BRAND_NEW"},
		{"nobody knows anything", nameTable{}, nameless, "+ f0000000-0000-4000-8000-000000000002"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDraft(10)
			d.change(user(1, "ada@contoso.com"), add(c.product))
			text := written(t, planText(d.made(), report.Options{Names: c.names}))
			if want := "ada@contoso.com: " + c.want + "  ("; !strings.Contains(text, want) {
				t.Errorf("want %q in\n%s", want, text)
			}
		})
	}
}

func TestSummaryLine(t *testing.T) {
	for _, c := range []struct {
		name string
		plan func() *plan.Plan
		want string
	}{
		{"nothing", nothingToDo, "No changes. 60 users are as declared."},
		{"nothing for one", newDraft(1).made, "No changes. 1 user is as declared."},
		{"nothing, with errors", func() *plan.Plan {
			d := newDraft(60)
			d.find(plan.SeverityError, plan.CodeUnknownSKU, "no product is called SPE_E6")
			return d.made()
		}, "No changes, but 1 error: see above."},
		{"one", func() *plan.Plan {
			d := newDraft(4712)
			d.change(user(1, "ada@contoso.com"), locate("", "DE"), add(e5))
			return d.made()
		}, "Plan: 1 user changes, +1 -0 ~0, 1 usage location; 0 blocked, 0 held, 4,711 unchanged."},
		{"only blocked", func() *plan.Plan {
			d := newDraft(2)
			d.change(user(1, "ada@contoso.com"), add(e5)).Status = plan.StatusBlocked
			return d.made()
		}, "Plan: 0 users change, +0 -0 ~0; 1 blocked, 0 held, 1 unchanged."},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := written(t, planText(c.plan(), report.Options{}))
			if !strings.Contains(text, "\n"+c.want+"\n") {
				t.Errorf("want the line %q in\n%s", c.want, text)
			}
		})
	}
}

// What to do about several findings of a kind is said once, below the first of
// them; another kind says it again.
func TestHintsAreNotRepeated(t *testing.T) {
	d := newDraft(1)
	for code, messages := range map[plan.Code][]string{
		plan.CodeUnusedSeats: {"E3: 1 of 3 seats", "E5: 1 of 2 seats", "F3: 2 of 9 seats"},
		plan.CodeRedundant:   {"E3 is in E5"},
	} {
		for _, message := range messages {
			d.find(plan.SeverityInfo, code, message).Hint = "buy fewer"
		}
	}
	p := d.made()
	slices.SortFunc(p.Findings, func(a, b plan.Finding) int { return strings.Compare(string(a.Code), string(b.Code)) })
	for name, got := range map[string]string{
		"text":     written(t, planText(p, report.Options{})),
		"markdown": written(t, func(w io.Writer) error { return report.PlanMarkdown(w, p, report.MarkdownOptions{}) }),
	} {
		if n := strings.Count(got, "buy fewer"); n != 2 {
			t.Errorf("%s says %d times what to do:\n%s", name, n, got)
		}
	}
}

// Money keeps its sign and its cents, and long amounts are separated.
func TestCostLine(t *testing.T) {
	for amount, want := range map[string]string{
		"57": "+57.00", "-0.5": "-0.50", "-1234567.125": "-1,234,567.125", "999": "+999.00", "1000": "+1,000.00",
	} {
		d := newDraft(1)
		delta, err := plan.ParseMoney(amount)
		if err != nil {
			t.Fatal(err)
		}
		d.Cost = &plan.Cost{Currency: "EUR", MonthlyDelta: delta}
		text := written(t, planText(d.made(), report.Options{}))
		if line := "\nCost: " + want + " EUR a month.\n"; !strings.Contains(text, line) {
			t.Errorf("%s: want %q in\n%s", amount, line, text)
		}
	}
}

// What is taken and given up for the same price is worth a line; that nothing
// is taken or given up is not.
func TestCostOfNothing(t *testing.T) {
	d := newDraft(1)
	d.Cost = &plan.Cost{Currency: "EUR", Products: []plan.ProductCost{{SKUID: e3.id, Seats: -1}, {SKUID: e5.id, Seats: 1}}}
	text := written(t, planText(d.made(), report.Options{}))
	if !strings.Contains(text, "\nCost: +0.00 EUR a month: ") {
		t.Errorf("the products of a swap have no cost:\n%s", text)
	}
	for format, write := range map[string]func(io.Writer) error{
		"text":     planText(nothingToDo(), report.Options{}),
		"markdown": planMarkdown(nothingToDo(), report.MarkdownOptions{}),
		"html":     planHTML(nothingToDo(), report.Options{}),
	} {
		if text := written(t, write); strings.Contains(text, "0.00") {
			t.Errorf("%s tells what no change costs:\n%s", format, text)
		}
	}
}

func TestWriteErrorsAreTheCallers(t *testing.T) {
	full := errors.New("disk full")
	w := brokenWriter{full}
	for name, err := range map[string]error{
		"markdown":     report.PlanMarkdown(w, fiveUsers(), report.MarkdownOptions{}),
		"diff":         report.PlanDiff(w, fiveUsers(), report.Options{}),
		"csv":          report.PlanCSV(w, fiveUsers(), report.Options{}),
		"receipt md":   report.ReceiptMarkdown(w, allDone(), report.MarkdownOptions{}),
		"receipt csv":  report.ReceiptCSV(w, allDone(), report.Options{}),
		"seats csv":    report.SeatsCSV(w, inventory(), report.Options{}),
		"plan":         report.PlanText(w, fiveUsers(), report.Options{}),
		"receipt":      report.ReceiptText(w, allDone(), report.Options{}),
		"receipt json": report.ReceiptJSON(w, allDone(), report.Options{}),
		"json":         report.PlanJSON(w, fiveUsers(), report.Options{}),
		"seats":        report.SeatsText(w, inventory(), report.Options{}),
		"seats json":   report.SeatsJSON(w, inventory(), nil),
	} {
		if !errors.Is(err, full) {
			t.Errorf("%s: got %v, want one that wraps %v", name, err, full)
		}
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// TestLeftOutIsSaid: a plan that options narrow does not claim that everybody
// is as declared.
func TestLeftOutIsSaid(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *plan.Plan, report.Options) error{
		"text": report.PlanText, "markdown": func(w io.Writer, p *plan.Plan, o report.Options) error {
			return report.PlanMarkdown(w, p, report.MarkdownOptions{Options: o})
		},
		"html": report.PlanHTML, "diff": report.PlanDiff,
	} {
		var page bytes.Buffer
		p := &plan.Plan{FormatVersion: plan.FormatVersion, Applyable: true, Summary: plan.Summary{Users: 9, Unchanged: 9}, LeftOut: 3}
		if err := write(&page, p, report.Options{Names: license.Published()}); err != nil {
			t.Fatal(err)
		}
		if text := page.String(); !strings.Contains(text, "3 users differ in what") || strings.Contains(text, "as declared") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

// Subscriptions that are in use for as long as they are paid are nothing to
// tell: no table stands there with a head and no row.
func TestSeatsWithoutAnythingToSayOfSubscriptions(t *testing.T) {
	inv := inventory()
	inv.Subscriptions = &license.Subscriptions{AsOf: morning, All: []license.Subscription{{SKUID: e5.id, Status: "Enabled", Seats: 5000}}}
	seats := func(w io.Writer) error { return report.SeatsText(w, inv, report.Options{}) }
	told := written(t, seats)
	inv.Subscriptions = nil
	if unasked := written(t, seats); told != unasked {
		t.Errorf("with a subscription of which there is nothing to say:\n%s\nand without any:\n%s", told, unasked)
	}
}
