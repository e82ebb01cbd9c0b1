package report_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

func driftMarkdown(p *plan.Plan, o report.MarkdownOptions) func(io.Writer) error {
	return func(w io.Writer) error { return report.DriftMarkdown(w, p, o) }
}

func planMarkdown(p *plan.Plan, o report.MarkdownOptions) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanMarkdown(w, p, o) }
}

func receiptMarkdown(r *receipt.Receipt, o report.MarkdownOptions) func(io.Writer) error {
	return func(w io.Writer) error { return report.ReceiptMarkdown(w, r, o) }
}

// markdownReports gives every markdown report, with all text that a stranger
// could choose taken from a naming.
func markdownReports(o report.MarkdownOptions) map[string]func(naming) func(io.Writer) error {
	out := map[string]func(naming) func(io.Writer) error{}
	for name, made := range map[string]func() *plan.Plan{"short": short, "guarded": guarded, "told": explainedReason, "groups": func() *plan.Plan { return namingMembers(ofGroups()) }, "sprawl": func() *plan.Plan { return sprawl(30) }} {
		out[name] = func(name naming) func(io.Writer) error {
			o := o
			o.Names = strangeNames{name}
			return planMarkdown(renamed(made(), name), o)
		}
	}
	for name, made := range map[string]func() *plan.Plan{
		"drift":                 func() *plan.Plan { return since(explainedReason()) },
		"drift of groups":       func() *plan.Plan { return caused(namingMembers(ofGroups()), plan.CauseDrift) },
		"differences of groups": ofGroups,
	} {
		out[name] = func(name naming) func(io.Writer) error {
			o := o
			o.Names = strangeNames{name}
			return driftMarkdown(renamed(made(), name), o)
		}
	}
	out["receipt"] = func(name naming) func(io.Writer) error {
		o := o
		o.Names = strangeNames{name}
		return receiptMarkdown(renamed(withGroups(everyOutcome()), name), o)
	}
	return out
}

// Whatever strangers call themselves, a page has the same structure as with
// harmless names, for a reader of CommonMark with GitHub's extensions: the same
// tables with as many cells, the same headings, lists and HTML, no link, no
// image, no emphasis; and outside of code there is nothing that GitHub, GitLab
// or Azure DevOps would turn into a reference.
func TestHostileTextNeverShapesMarkdown(t *testing.T) {
	options := func(full bool) report.MarkdownOptions {
		return report.MarkdownOptions{Options: report.Options{Full: full}, Budget: 4 << 20}
	}
	harmless := map[bool]map[string][]string{}
	for _, full := range []bool{false, true} {
		harmless[full] = map[string][]string{}
		for name, write := range markdownReports(options(full)) {
			harmless[full][name] = structure(written(t, write(harmlessNames)))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(hostileMarkdown(), 1, 20).Draw(t, "names")
		o := options(rapid.Bool().Draw(t, "full"))
		for name, write := range markdownReports(o) {
			got := written(t, write(func(n int) string { return fmt.Sprintf("%s %d", names[n%len(names)], n) }))
			checkLines(t, got)
			checkBareText(t, got)
			if diff := cmp.Diff(harmless[o.Full][name], structure(got)); diff != "" {
				t.Errorf("%s has another structure with hostile names (-harmless +hostile):\n%s\n%s", name, diff, got)
			}
		}
	})
}

// structure is the nodes of a page but for the words in it: text, and code
// within a line.
func structure(page string) []string {
	var out []string
	source := []byte(page)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch {
		case !entering:
			return ast.WalkContinue, nil
		case n.Kind() == ast.KindText, n.Kind() == ast.KindString, n.Kind() == ast.KindCodeSpan:
		case n.Kind() == ast.KindRawHTML, n.Kind() == ast.KindHTMLBlock:
			out = append(out, n.Kind().String()+strings.Repeat(" ", depth(n)))
		default:
			out = append(out, n.Kind().String()+strings.Repeat(" ", depth(n)))
		}
		return ast.WalkContinue, nil
	})
	return out
}

func depth(n ast.Node) int {
	d := 0
	for ; n.Parent() != nil; n = n.Parent() {
		d++
	}
	return d
}

// bareText is the text of a page outside of code, as a filter sees it that runs
// after markdown.
func bareText(page string) []string {
	var out []string
	source := []byte(page)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Kind() == ast.KindCodeSpan || n.Kind() == ast.KindFencedCodeBlock {
			return ast.WalkSkipChildren, nil
		}
		if leaf, ok := n.(*ast.Text); ok && entering {
			out = append(out, string(leaf.Segment.Value(source)))
		}
		return ast.WalkContinue, nil
	})
	return out
}

// references are what forges find in text. They are taken wider than any of
// the forges does.
var references = map[string]*regexp.Regexp{
	"a mention or a mail address":          regexp.MustCompile(`@`),
	"an issue, a label or the like":        regexp.MustCompile(`[#!~%$&^*][\p{L}\p{N}"]`),
	"an issue by key":                      regexp.MustCompile(`\p{L}[\p{L}\p{N}]*-\d`),
	"an address":                           regexp.MustCompile(`(?i)://|www\.|mailto:|xmpp:`),
	"an emoji":                             regexp.MustCompile(`:[\w+-]+:`),
	"a commit":                             regexp.MustCompile(`(?i)[0-9a-f]{7}`),
	"a comment or an element":              regexp.MustCompile(`<[\p{L}!/?]`),
	"a character reference":                regexp.MustCompile(`&[#\w]`),
	"emphasis, a link or code":             regexp.MustCompile("[*_\\[\\]`{}\\\\]"),
	"mathematics":                          regexp.MustCompile(`\$`),
	"a command to GitLab at the beginning": regexp.MustCompile(`^/\p{L}`),
}

// ours is what the program itself says that looks like a reference and is none.
var ours = strings.NewReplacer("[!WARNING]", "")

func checkBareText(t reporter, page string) {
	t.Helper()
	for _, bare := range bareText(page) {
		for what, pattern := range references {
			if found := pattern.FindString(ours.Replace(bare)); found != "" && !strings.Contains("[!WARNING]", bare) {
				t.Errorf("%q could be %s, in the text %q of\n%s", found, what, bare, page)
			}
		}
	}
}

// hostileMarkdown puts names together from what means something to a forge.
func hostileMarkdown() *rapid.Generator[string] {
	pieces := rapid.OneOf(
		rapid.SampledFrom(forgeText), rapid.SampledFrom(hostileText), rapid.String(),
		rapid.StringMatching("[a-z`|\\\\<>&#@!~%$*_:/.() \\[\\]{}0-9-]{0,12}"),
		rapid.SampledFrom([]string{"`", "``", "|", "\\", "\\|", "\\`", "<", "-->", "]", "(", "\n", " ", "$", "*", "_"}))
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(pieces, 1, 5).Draw(t, "pieces"), "")
	})
}

// forgeText is what GitHub, GitLab and Azure DevOps make more of than text.
var forgeText = []string{
	"@octocat", "@org/team", "@here", "#123", "GH-1", "org/repo#1", "org/repo@deadbeef", "deadbeefdeadbeef", "AB#12", "JIRA-77",
	"https://evil.example", "www.evil.example", "ada@contoso.com", "mailto:ada@contoso.com", "mailto:", "www.", "ftp://evil.example", "//evil.example",
	"~label", `~"a label"`, "!123", "%milestone", `%"17.0"`, "$12", "&7", "^alert#1", "[vulnerability:1]", "*iteration:1", "/close", "\n/merge\n", ":smile:", ":+1:",
	"[click](https://evil.example)", "![x](https://evil.example/x.png)", "[x]: https://evil.example", "<https://evil.example>", "[[wiki]]", "[^1]",
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- licensectl:plan v1 id=sha256:0 -->", "-->", "</details>", "</td></tr></table>", "<!--",
	"a | b | c", "\\|", "`code`", "```\nfence\n```", "``", "`", "**bold**", "_under_", "~~gone~~", "$`x`$", "$$x$$", "# title", "- [ ] task", "1. one", "> quote", "---",
	"&lt;b&gt;", "&#64;octocat", "&commat;octocat", "\\@octocat", "{+ added +}", "{- gone -}", "%{project_path}", "::include{file=x}", "[[_TOC_]]", "@<6f0c1b2a>",
}

// Every name of forgeText by itself, so that nothing hides in a mixture.
func TestForgeText(t *testing.T) {
	for report, write := range markdownReports(report.MarkdownOptions{}) {
		harmless := structure(written(t, write(func(int) string { return "name" })))
		for _, name := range forgeText {
			page := written(t, write(func(int) string { return name }))
			checkBareText(t, page)
			if diff := cmp.Diff(harmless, structure(page)); diff != "" {
				t.Errorf("%q shapes %s (-harmless +hostile):\n%s", name, report, diff)
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, text := range forgeText {
		f.Add(text)
	}
	for _, text := range hostileText {
		f.Add(text)
	}
	write := markdownReports(report.MarkdownOptions{Options: report.Options{Full: true}})["told"]
	f.Fuzz(func(t *testing.T, name string) {
		// An empty name is a name that is not there, which is said otherwise.
		page := written(t, write(func(int) string { return "x" + name }))
		harmless := written(t, write(func(int) string { return "name" }))
		checkLines(t, page)
		checkBareText(t, page)
		if diff := cmp.Diff(structure(harmless), structure(page)); diff != "" {
			t.Errorf("%q shapes the page (-harmless +hostile):\n%s", name, diff)
		}
	})
}

// A page never takes more than its budget, whatever is in it; the marker, the
// headline and the plan id are always there; nothing is left out that is not
// counted; and while a loss is left out no other change is shown.
func TestMarkdownKeepsItsBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "users")
		long := strings.Repeat(rapid.SampledFrom([]string{"", "x", "漢", "𐍈"}).Draw(t, "letter"), rapid.IntRange(0, 300).Draw(t, "length"))
		o := report.MarkdownOptions{
			Options: report.Options{Full: rapid.Bool().Draw(t, "full"), Names: strangeNames{func(n int) string { return fmt.Sprintf("%s%d", long, n) }}},
			Budget:  rapid.IntRange(report.MinMarkdownBudget, 100_000).Draw(t, "budget"),
		}
		p := sprawl(n)
		d := &draft{*p}
		d.stop(plan.GuardMaxRemovals, "", n)
		d.stop(plan.GuardMaxRemovalsPerSKU, long, n)
		p = renamed(&d.Plan, func(n int) string { return fmt.Sprintf("%s%d", long, n) })
		p.PlanID = fiveUsers().PlanID
		for name, write := range map[string]func(io.Writer) error{
			"plan":    planMarkdown(p, o),
			"receipt": receiptMarkdown(renamed(everyOutcome(), func(n int) string { return fmt.Sprintf("%s%d", long, n) }), o),
		} {
			page := written(t, write)
			if len(page) > o.Budget {
				t.Errorf("the %s takes %d bytes of %d:\n%s", name, len(page), o.Budget, page)
			}
			if !strings.HasPrefix(page, "<!-- licensectl:"+name+" v1 ") {
				t.Errorf("the %s has no marker:\n%s", name, page)
			}
		}
		page := written(t, planMarkdown(p, o))
		inOrder(t, page, "id=sha256:8c1e", "### licensectl plan", "not applyable", "Plan id `sha256:8c1e")
		if n > 0 {
			inOrder(t, page, "Losses ("+fmt.Sprint((n+4)/5)+" license")
		}
		if strings.Contains(section(page, "Losses ("), "left out") && strings.Contains(section(page, "Additions ("), "+ `") {
			t.Errorf("additions are shown while losses are left out:\n%s", page)
		}
	})
}

// section gives a page from a title to the next.
func section(page, title string) string {
	_, rest, _ := strings.Cut(page, title)
	if i := regexp.MustCompile(`(?m)^(?:#|<)`).FindStringIndex(rest); i != nil {
		return rest[:i[0]]
	}
	return rest
}

// Held changes go first, losses last, and every change is shown or counted.
func TestMarkdownCutOrder(t *testing.T) {
	p := sprawl(500)
	order := []string{"Held (", "Additions (", "Blocked (", "Errors (", "Service plans off (", "Losses ("}
	whole := written(t, planMarkdown(p, report.MarkdownOptions{Budget: 1 << 20}))
	cut := map[string]int{} // the largest budget with which a part is cut
	for budget := report.MinMarkdownBudget; budget <= 70_000; budget += 1000 {
		page := written(t, planMarkdown(p, report.MarkdownOptions{Budget: budget}))
		for _, title := range order {
			want, _ := entries(t, section(whole, title))
			shown, hidden := entries(t, section(page, title))
			if want == 0 || shown+hidden != want {
				t.Fatalf("with %d bytes %s shows %d kinds and counts %d more, want %d in all:\n%s", budget, title, shown, hidden, want, page)
			}
			if hidden > 0 {
				cut[title] = budget
			}
		}
	}
	for i := range order[1:] {
		if cut[order[i]] < cut[order[i+1]] {
			t.Errorf("%s is cut up to %d bytes, before %s, which is cut up to %d", order[i+1], cut[order[i+1]], order[i], cut[order[i]])
		}
	}
}

// Removals that have a sum by product do not push the seats off the page.
func TestMarkdownKeepsSeatsBesideSummedRemovals(t *testing.T) {
	d := newDraft(1000)
	for i := range 600 {
		gone := product{id(0xf0, i%6), fmt.Sprintf("PRODUCT_%d", i%6)}
		name := fmt.Sprintf("swapped%03d@contoso.com", i)
		d.change(user(len(d.Changes), name), remove(gone), add(product{id(0xf1, i), fmt.Sprintf("OTHER_%d", i)}))
	}
	for i := range 6 {
		d.Seats = append(d.Seats, plan.Seats{SKUID: id(0xf0, i), SKUPartNumber: fmt.Sprintf("PRODUCT_%d", i), Enabled: 900, Consumed: 500})
	}
	p := d.made()
	for _, budget := range []int{10_000, 30_000} {
		page := written(t, planMarkdown(p, report.MarkdownOptions{Budget: budget}))
		if len(page) > budget {
			t.Errorf("%d bytes for a budget of %d", len(page), budget)
		}
		for _, want := range []string{
			"| `PRODUCT_5` | 900 | 500 | -100 |  | 400 |  |\n", // seats
			"| `PRODUCT_5` | 100 | 100 |  |\n",                 // the sum
			"more kinds for ",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("with %d bytes %q is missing in\n%s", budget, want, page)
			}
		}
	}
}

var leftOut = regexp.MustCompile(`… (?:and )?(\d+) (?:more )?kind`)

// entries reads back how many kinds a part of a page shows, and counts.
func entries(t *testing.T, part string) (shown, hidden int) {
	t.Helper()
	for line := range strings.Lines(part) {
		switch found := leftOut.FindStringSubmatch(line); {
		case found != nil:
			hidden += integer(t, found[1])
		case strings.HasPrefix(line, "| `"), strings.HasPrefix(line, "| **"), strings.HasPrefix(line, "- `"):
			shown++
		}
	}
	return shown, hidden
}

// TestMarkdownCountsGroupsAsGroups: a group that is left out stands for no user.
func TestMarkdownCountsGroupsAsGroups(t *testing.T) {
	r := withGroups(allDone())
	for i := range 900 {
		again := r.GroupResults[0]
		again.Group = plan.Group{ID: id(0xbc, i), DisplayName: fmt.Sprintf("Licensing - %03d", i)}
		r.GroupResults = append(r.GroupResults, again)
	}
	page := written(t, receiptMarkdown(r, report.MarkdownOptions{}))
	if left := regexp.MustCompile(`and [0-9]+ more groups[^|]*`).FindString(page); left == "" || strings.Contains(left, "user") {
		t.Errorf("what is left out is told as %q", left)
	}
}

// The smallest budget is enough for any page, with names as long as they get,
// of characters that take as many bytes as they can.
func TestMarkdownMinimumIsEnough(t *testing.T) {
	for _, letter := range []string{"x", "|", "`", "𐍈", "𐍈 ", "\x00"} {
		name := func(n int) string { return strings.Repeat(letter, 400) + fmt.Sprint(n) }
		o := report.MarkdownOptions{Budget: report.MinMarkdownBudget}
		o.Names, o.PlanFile = strangeNames{name}, strings.Repeat("p", 5000)
		o.Apply = "licensectl apply " + strings.Repeat("manifests/a.yaml ", 300) + "x"
		stopped := everyOutcome()
		stopped.Torn, stopped.End.StopReason = true, name(0)
		busy := &draft{*sprawl(100)}
		for _, guard := range plan.GuardNames() {
			busy.stop(guard, "", 100)
		}
		busy.Cost = explainedReason().Cost
		for severity, code := range map[plan.Severity]plan.Code{plan.SeverityWarning: "w", plan.SeverityInfo: "i"} {
			busy.find(severity, code, name(1))
		}
		everything := renamed(&busy.Plan, name)
		for i, guard := range plan.GuardNames() { // the approval names them
			everything.Guards[len(everything.Guards)-len(plan.GuardNames())+i].Name = guard
		}
		everything.PlanID = fiveUsers().PlanID
		for what, write := range map[string]func(io.Writer) error{
			"plan": planMarkdown(everything, o), "receipt": receiptMarkdown(renamed(stopped, name), o),
		} {
			if page := written(t, write); len(page) > o.Budget {
				t.Errorf("a %s with names of %q takes %d bytes of %d:\n%s", what, letter, len(page), o.Budget, page)
			}
		}
	}
}

func TestMarkdownBudgetHasAMinimum(t *testing.T) {
	var out bytes.Buffer
	for _, budget := range []int{-1, 1, report.MinMarkdownBudget - 1} {
		o := report.MarkdownOptions{Budget: budget}
		if err := report.PlanMarkdown(&out, fiveUsers(), o); err == nil || out.Len() > 0 {
			t.Errorf("a plan was written in %d bytes: %v", budget, err)
		}
		if err := report.ReceiptMarkdown(&out, allDone(), o); err == nil || out.Len() > 0 {
			t.Errorf("a receipt was written in %d bytes: %v", budget, err)
		}
	}
}

// The marker holds a digest and a GUID, and nothing else of what a saved file
// says.
func TestMarkdownMarker(t *testing.T) {
	p := fiveUsers()
	first, _, _ := strings.Cut(written(t, planMarkdown(p, report.MarkdownOptions{})), "\n")
	if want := "<!-- licensectl:plan v1 id=" + p.PlanID + " tenant=" + p.Tenant.ID.String() + " -->"; first != want {
		t.Errorf("the marker is %q, want %q", first, want)
	}
	p.PlanID = "sha256:--><script>"
	first, _, _ = strings.Cut(written(t, planMarkdown(p, report.MarkdownOptions{})), "\n")
	if want := "<!-- licensectl:plan v1 id=none tenant=" + p.Tenant.ID.String() + " -->"; first != want {
		t.Errorf("the marker is %q, want %q", first, want)
	}
}

// A bracket stands with what it belongs to: one that a word before has opened
// is no part of a name.
func TestBracketsStandOutsideOfCode(t *testing.T) {
	for message, want := range map[string]string{
		"kept (by SPE_E3)":              "kept (by `SPE_E3`)",
		"kept (SPE_E3 is there)":        "kept (`SPE_E3` is there)",
		"kept (by SPE_E3), as declared": "kept (by `SPE_E3`), as declared",
		"kept (SPE_E3)":                 "kept `(SPE_E3)`",
		"ask func(x) there":             "ask `func(x)` there",
	} {
		d := newDraft(1)
		d.find(plan.SeverityWarning, plan.CodeInherited, message)
		if text := written(t, planMarkdown(d.made(), report.MarkdownOptions{})); !strings.Contains(text, ": "+want+"\n") {
			t.Errorf("%q is not %q in\n%s", message, want, text)
		}
	}
}
