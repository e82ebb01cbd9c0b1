package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

func planHTML(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanHTML(w, p, o) }
}

func driftHTML(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.DriftHTML(w, p, o) }
}

func receiptHTML(r *receipt.Receipt, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ReceiptHTML(w, r, o) }
}

// The goldens hold the page as a reader without scripts has it, and below it
// what the script is given, laid out. The style and the script themselves stand
// in the folder html.
func TestHTMLGoldens(t *testing.T) {
	plain := report.Options{Names: names}
	for file, write := range map[string]func(io.Writer) error{
		"plan-nothing.html":     planHTML(nothingToDo(), plain),
		"plan-five.html":        planHTML(fiveUsers(), plain),
		"plan-told.html":        planHTML(explainedReason(), plain),
		"drift-nothing.html":    driftHTML(nothingToDo(), plain),
		"drift-told.html":       driftHTML(since(explainedReason()), report.Options{Names: names, Apply: "licensectl apply --baseline last.jsonl --cause drift"}),
		"plan-guarded.html":     planHTML(guarded(), plain),
		"receipt-outcomes.html": receiptHTML(everyOutcome(), plain),
	} {
		t.Run(file, func(t *testing.T) {
			text := written(t, write)
			page := parsed(t, text)
			for _, asset := range []*html.Node{page.style, page.script} {
				text = strings.ReplaceAll(text, content(asset), "…")
			}
			text = regexp.MustCompile(`'sha256-[^']+'`).ReplaceAllString(text, "'sha256-…'")
			var data bytes.Buffer
			if err := json.Indent(&data, []byte(content(page.data)), "", " "); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, file, strings.ReplaceAll(text, content(page.data), "\n"+data.String()+"\n"))
		})
	}
}

// Whoever reads the verdict alone learns whether an apply would do anything: a
// plan in which everything waits is neither quiet nor to be applied.
func TestHTMLVerdicts(t *testing.T) {
	waits := func(status plan.Status) *plan.Plan {
		d := newDraft(60)
		c := d.change(user(1, "ada@contoso.com"), add(e5))
		c.Status, c.Reasons = status, []plan.Code{plan.CodeSeatShortage}
		return d.made()
	}
	ofGroups := newDraft(60)
	ofGroups.GroupChanges = []plan.GroupChange{{Status: plan.StatusReady, Actions: []plan.Action{add(e5)}}}
	ofGroups.Summary.Groups, ofGroups.Summary.GroupsChanged = 1, 1
	for _, tt := range []struct {
		what        string
		plan        *plan.Plan
		tone, state string
	}{
		{"nothing to do", nothingToDo(), "quiet", "Nothing to do"},
		{"users change", fiveUsers(), "go", "Can be applied"},
		{"a group alone changes", ofGroups.made(), "go", "Can be applied"},
		{"everybody is blocked", waits(plan.StatusBlocked), "warn", "Nothing can be applied"},
		{"everybody is held", waits(plan.StatusHeld), "warn", "Nothing can be applied"},
		{"a guard stops it", guarded(), "stop", "Not applyable"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			page := written(t, planHTML(tt.plan, report.Options{}))
			if want := fmt.Sprintf("<p class=\"state\">%s</p>", tt.state); !strings.Contains(page, want) {
				t.Errorf("the page has no %s", want)
			}
			if want := fmt.Sprintf("verdict %s\"", tt.tone); !strings.Contains(page, want) {
				t.Errorf("the page has no %s", want)
			}
		})
	}
}

// htmlPage is a page, parsed as browsers do.
type htmlPage struct {
	root                *html.Node
	style, script, data *html.Node // of which there is one each
}

func parsed(t reporter, text string) htmlPage {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("parsing the page: %v", err)
	}
	page := htmlPage{root: root}
	for n := range root.Descendants() {
		switch {
		case n.DataAtom == atom.Style:
			page.style = n
		case n.DataAtom == atom.Script && attribute(n, "type") == "application/json":
			page.data = n
		case n.DataAtom == atom.Script:
			page.script = n
		}
	}
	if page.style == nil || page.script == nil || page.data == nil {
		t.Fatalf("the page lacks its style, script or data:\n%s", text)
	}
	return page
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// content is the text below a node.
func content(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return out.String()
}

// skeleton is a page without its text: the elements with their attributes.
func skeleton(page htmlPage) string {
	var out strings.Builder
	for n := range page.root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			depth := 0
			for range n.Ancestors() {
				depth++
			}
			fmt.Fprintf(&out, "%*s%s %v\n", depth, "", n.Data, n.Attr)
		case html.CommentNode:
			fmt.Fprintf(&out, "comment %q\n", n.Data)
		}
	}
	return out.String()
}

// readLists reads what the script is given.
func readLists(t reporter, page htmlPage) (lists []struct {
	Name     string
	Total    int
	Facets   []struct{ Name string }
	Sections []struct {
		Groups []struct {
			Tags    map[string][]string
			Members []struct{ Name, Place string }
		}
	}
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(content(page.data)), &lists); err != nil {
		t.Fatalf("reading the data of the page: %v", err)
	}
	return lists
}

func cspHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// The page allows its own style and script by their hashes and nothing else,
// and names no address.
func TestHTMLAsksTheNetworkForNothing(t *testing.T) {
	page := parsed(t, written(t, planHTML(guarded(), report.Options{})))
	want := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		cspHash(content(page.style)), cspHash(content(page.script)))
	scripts, policy := 0, ""
	for n := range page.root.Descendants() {
		if attribute(n, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(n, "content")
		}
		if n.DataAtom == atom.Script {
			scripts++
		}
		for _, a := range n.Attr {
			inPage := strings.HasPrefix(a.Val, "#") || a.Val == "data:,"
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "href" && !inPage {
				t.Errorf("<%s %s=%q> does what the policy forbids", n.Data, a.Key, a.Val)
			}
		}
	}
	if policy != want {
		t.Errorf("the policy is\n%s\nwant\n%s", policy, want)
	}
	if scripts != 2 {
		t.Errorf("%d scripts, want the data and the script", scripts)
	}
	if strings.Contains(content(page.style)+content(page.script), "://") {
		t.Error("the style or the script names an address")
	}
}

// Whatever the names, the elements of a page and their attributes are those
// that it has with harmless names.
func TestHostileTextNeverShapesAPage(t *testing.T) {
	harmless := map[bool]map[string]htmlPage{}
	for _, full := range []bool{false, true} {
		harmless[full] = harmlessPages(t, report.Options{Full: full})
	}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.OneOf(hostileName(), rapid.SampledFrom(hostileMarkup())), 1, 20).Draw(t, "names")
		options := report.Options{Full: rapid.Bool().Draw(t, "full")}
		page := rapid.SampledFrom(slices.Sorted(maps.Keys(harmless[options.Full]))).Draw(t, "page")
		checkPage(t, page, harmless[options.Full][page], options, func(n int) string { return fmt.Sprintf("%s %d", names[n%len(names)], n) })
	})
}

func harmlessPages(t reporter, o report.Options) map[string]htmlPage {
	t.Helper()
	out := map[string]htmlPage{}
	for name, write := range pages(o) {
		out[name] = parsed(t, written(t, write(harmlessNames)))
	}
	return out
}

// checkPage holds a page with hostile names against the one with harmless
// ones.
func checkPage(t reporter, name string, want htmlPage, o report.Options, hostile naming) {
	t.Helper()
	got := parsed(t, written(t, pages(o)[name](hostile)))
	if diff := cmp.Diff(skeleton(want), skeleton(got)); diff != "" {
		t.Errorf("%s has other elements with hostile names (-harmless +hostile):\n%s", name, diff)
	}
	if diff := cmp.Diff(content(want.script), content(got.script)); diff != "" {
		t.Errorf("%s has another script with hostile names:\n%s", name, diff)
	}
	for i, list := range readLists(t, want) {
		if other := readLists(t, got)[i]; len(other.Sections) != len(list.Sections) || other.Total != list.Total {
			t.Errorf("%s: the list %s differs with hostile names", name, list.Name)
		}
	}
}

// pages gives every page, with all text that a stranger could choose taken
// from a naming.
func pages(o report.Options) map[string]func(naming) func(io.Writer) error {
	return map[string]func(naming) func(io.Writer) error{
		"five": func(name naming) func(io.Writer) error {
			return planHTML(renamed(explainedReason(), name), named(o, name))
		},
		"drift": func(name naming) func(io.Writer) error {
			return driftHTML(renamed(since(explainedReason()), name), named(o, name))
		},
		"groups": func(name naming) func(io.Writer) error {
			return planHTML(renamed(namingMembers(ofGroups()), name), named(o, name))
		},
		"drift of groups": func(name naming) func(io.Writer) error {
			return driftHTML(renamed(caused(namingMembers(ofGroups()), plan.CauseDrift), name), named(o, name))
		},
		"short":   func(name naming) func(io.Writer) error { return planHTML(renamed(short(), name), named(o, name)) },
		"guarded": func(name naming) func(io.Writer) error { return planHTML(renamed(guarded(), name), named(o, name)) },
		"receipt": func(name naming) func(io.Writer) error {
			return receiptHTML(renamed(everyOutcome(), name), named(o, name))
		},
	}
}

// hostileMarkup is names that try to become elements, scripts or templates.
func hostileMarkup() []string {
	return []string{
		"<script>alert(1)</script>", "</script><script>alert(1)</script>", "<!--<script>", "-->", "]]>",
		`"><img src=x onerror=alert(1)>`, "' autofocus onfocus='alert(1)", "</title></style></textarea></noscript><p>",
		"{{.Style}}", `{{template "page" .}}`, "javascript:alert(1)", "`${alert(1)}", "\\u003cscript>", "&lt;script&gt;", "&#x3c;b>",
	}
}

// A file whose codes, states and names are all a stranger's still gives a
// page.
func TestHostileCodesInAPage(t *testing.T) {
	for _, text := range append(hostileMarkup(), hostileText...) {
		p, r := short(), everyOutcome()
		replaceStrings(reflect.ValueOf(p).Elem(), func(string) string { return text }, nil)
		replaceStrings(reflect.ValueOf(r).Elem(), func(string) string { return text }, nil)
		for name, write := range map[string]func(io.Writer) error{"plan": planHTML(p, report.Options{}), "receipt": receiptHTML(r, report.Options{})} {
			page := parsed(t, written(t, write))
			for n := range page.root.Descendants() {
				if n.Type == html.TextNode && unsafe(strings.ReplaceAll(n.Data, "\n", "")) != "" && n.Parent.Type == html.ElementNode &&
					n.Parent != page.style && n.Parent != page.script {
					t.Errorf("%s: the text %q is not safe", name, n.Data)
				}
			}
			if lists := readLists(t, page); lists[0].Total == 0 {
				t.Errorf("%s: the page of %q lists nothing", name, text)
			}
		}
	}
}

// The data of a page holds every change once, with its place, in a group that
// says what it does.
func TestHTMLDataHoldsEveryChange(t *testing.T) {
	for name, p := range map[string]*plan.Plan{"grouped": manyUsers(5000), "sprawling": sprawl(5000), "short": short()} {
		t.Run(name, func(t *testing.T) {
			changes := readLists(t, parsed(t, written(t, planHTML(p, report.Options{}))))[0]
			actions := map[string]string{}
			for _, s := range changes.Sections {
				for _, g := range s.Groups {
					for _, m := range g.Members {
						if _, twice := actions[m.Name]; twice {
							t.Errorf("%s is listed twice", m.Name)
						}
						actions[m.Name] = fmt.Sprintf("%s %s %s", m.Place, g.Tags["status"], g.Tags["action"])
					}
				}
			}
			if changes.Total != len(p.Changes) || len(actions) != len(p.Changes) {
				t.Errorf("%d users of %d changes, and a total of %d", len(actions), len(p.Changes), changes.Total)
			}
			for _, c := range p.Changes {
				var ops []string
				for _, a := range c.Actions {
					ops = append(ops, string(a.Op))
				}
				want := fmt.Sprintf("%s:%d [%s] ", c.Source.File, c.Source.Line, c.Status)
				if got := actions[c.User.UserPrincipalName]; !strings.HasPrefix(got, want) || !containsAll(got, ops) {
					t.Fatalf("%s is listed as %q, want %s%v", c.User.UserPrincipalName, got, want, ops)
				}
			}
		})
	}
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// Without its script a page shows the first of everything and counts the
// rest; with Full it shows everybody.
func TestHTMLWithoutItsScript(t *testing.T) {
	p := manyUsers(5000)
	cut := visibleText(parsed(t, written(t, planHTML(p, report.Options{Names: names}))))
	inOrder(t, cut, "Guards", "Changes", "Scripts are off", "Losses", "50 users", "user0007@contoso.com", "… and 40 more",
		"500 users", "… and 490 more", "Additions", "Findings", "Warnings", "100 users", "… and 90 more", "Seats", p.PlanID)

	full := visibleText(parsed(t, written(t, planHTML(p, report.Options{Names: names, Full: true}))))
	if strings.Contains(full, "… and") {
		t.Error("the full page leaves something out")
	}
	for _, c := range p.Changes {
		if !strings.Contains(full, c.User.UserPrincipalName) {
			t.Fatalf("the full page lacks %s", c.User.UserPrincipalName)
		}
	}

	many := visibleText(parsed(t, written(t, planHTML(sprawl(5000), report.Options{Names: names}))))
	inOrder(t, many, "Seats", "Losses", "Service plans off", "Additions", "Blocked", "Held", "more kinds of change, for ", "Findings", "Errors", "PRODUKT_39")
}

// visibleText is what a reader without scripts sees.
func visibleText(page htmlPage) string {
	for _, n := range []*html.Node{page.style, page.script, page.data} {
		n.Parent.RemoveChild(n)
	}
	return content(page.root)
}

// An approval and a plan id are offered for copying only where they are
// genuine.
func TestNoForgedPlanIDIsOfferedForCopying(t *testing.T) {
	offered := func(p *plan.Plan) (out []string) {
		for n := range parsed(t, written(t, planHTML(p, report.Options{}))).root.Descendants() {
			if source := attribute(n, "data-copy"); source != "" {
				out = append(out, source)
			}
		}
		return out
	}
	p := guarded()
	if diff := cmp.Diff([]string{"approval", "command", "plan-id"}, offered(p)); diff != "" {
		t.Errorf("of a genuine plan (-want +got):\n%s", diff)
	}
	p.PlanID = "sha256:8c1e; rm -rf ~"
	if got := offered(p); got != nil {
		t.Errorf("of a forged plan %v is offered", got)
	}
}

func TestHTMLWriteErrorsAreTheCallers(t *testing.T) {
	full := errors.New("disk full")
	for name, err := range map[string]error{
		"plan":    report.PlanHTML(brokenWriter{full}, fiveUsers(), report.Options{}),
		"receipt": report.ReceiptHTML(brokenWriter{full}, allDone(), report.Options{}),
	} {
		if !errors.Is(err, full) {
			t.Errorf("%s: got %v, want one that wraps %v", name, err, full)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, text := range hostileMarkup() {
		f.Add(text)
	}
	harmless := harmlessPages(f, report.Options{})
	f.Fuzz(func(t *testing.T, text string) {
		for name, page := range harmless {
			checkPage(t, name, page, report.Options{}, func(n int) string { return fmt.Sprintf("%s %d", text, n) })
		}
	})
}
