package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// customers is the report of a run over so many tenants, in which one in ten
// could not be signed in to and one in seven trips a guard.
func customers(t *testing.T, tenants int) fleet.Report {
	t.Helper()
	r := fleet.Begin(fleet.Fleet{Name: "customers", Guards: fleet.DefaultGuards()}, nil)
	r.Verb, r.Tool = "plan", plan.Tool{Name: "licensectl", Version: "v1.2.3"}
	for n := range tenants {
		name, zero, four, five := fmt.Sprintf("tenant-%03d", n), 0, 4, 5
		row := fleet.Row{
			Name: name, Outcome: fleet.Clean, ExitCode: &zero, Exit: "ok", Seconds: float64(n%7) + 0.25, StartedAt: time.Date(2026, 11, 21, 2, 10, n%60, 0, time.UTC),
			Files: map[string]string{"page": name + "/plan.html", "plan": name + "/plan.json"}, Labels: map[string]string{"tier": "gold"},
			Plan: &fleet.PlanFacts{PlanID: "sha256:" + strings.Repeat("8c1e", 16), Applyable: true, Summary: plan.Summary{Users: 200}, SeatsInUse: 190, Tripped: []string{}},
		}
		switch {
		case n%10 == 3:
			row.Outcome, row.ExitCode, row.Exit, row.Plan = fleet.Failed, &four, "auth", nil
			row.Message, row.Hint = "not signed in: the variable "+strings.ToUpper(name[:6])+"_SECRET is not set", "set it where the command runs"
			row.Files = map[string]string{}
		case n%7 == 2:
			row.Outcome, row.ExitCode, row.Exit = fleet.Refused, &five, "refused"
			row.Message = "the plan trips maxRemovals: 40 of 10 allowed"
			row.Plan.Summary = plan.Summary{Users: 200, Changed: 40, Remove: 40}
			row.Plan.Removals, row.Plan.Tripped = 40, []string{"maxRemovals"}
		case n%3 == 1:
			row.Outcome = fleet.Changes
			row.Plan.Summary = plan.Summary{Users: 200, Changed: 3, Add: 2, Remove: 1, Unchanged: 197}
			row.Plan.Removals, row.Plan.Warnings = 1, 2
			row.Plan.Cost = &fleet.Cost{Currency: "EUR", MonthlyDelta: 105_000}
		}
		r.Tenants = append(r.Tenants, row)
	}
	if err := r.Sum(); err != nil {
		t.Fatal(err)
	}
	return r
}

// fleetViews are the ways to show a run over many tenants.
func fleetViews(r fleet.Report) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"text":       func(w io.Writer) error { return report.FleetText(w, r, report.Options{}) },
		"full":       func(w io.Writer) error { return report.FleetText(w, r, report.Options{Full: true}) },
		"json":       func(w io.Writer) error { return report.FleetJSON(w, r) },
		"markdown":   func(w io.Writer) error { return report.FleetMarkdown(w, r, report.MarkdownOptions{}) },
		"html":       func(w io.Writer) error { return report.FleetHTML(w, r, report.Options{}) },
		"csv":        func(w io.Writer) error { return report.FleetCSV(w, r) },
		"prometheus": func(w io.Writer) error { return report.FleetPrometheus(w, r) },
	}
}

func shownAs(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFleetGoldens(t *testing.T) {
	r := customers(t, 12)
	r.Problems = []fleet.Problem{
		{File: "baseline/all.yaml", Line: 3, Column: 8, Code: "unknown-key", Message: `unknown key "colour"`, Hint: `did you mean "color"?`, Tenants: []string{"tenant-000", "tenant-001", "tenant-002", "tenant-003"}},
		{File: "tenants/tenant-002.yaml", Line: 7, Column: 1, Code: "unknown-sku", Message: "unknown product", Warning: true, Tenants: []string{"tenant-002"}},
	}
	for file, view := range map[string]string{
		"fleet.txt": "text", "fleet.json": "json", "fleet.md": "markdown", "fleet.csv": "csv", "fleet.prom": "prometheus",
	} {
		compareGolden(t, file, shownAs(t, fleetViews(r)[view]))
	}
	compareGolden(t, "fleet-300.txt", shownAs(t, fleetViews(customers(t, 300))["text"]))
}

// fleetOfEveryOutcome is a fleet with a tenant of each outcome, and all that a row can tell.
func fleetOfEveryOutcome(t *testing.T) fleet.Report {
	t.Helper()
	r := fleet.Begin(fleet.Fleet{Name: "customers", Guards: fleet.DefaultGuards()}, nil)
	r.Verb, r.Tool, r.Shard = "apply", plan.Tool{Name: "licensectl", Version: "v1.2.3"}, "1/2"
	for n, outcome := range fleet.Outcomes() {
		code := n
		r.Tenants = append(r.Tenants, fleet.Row{
			Name: fmt.Sprintf("tenant-%d", n), TenantID: id(0x11, n), Outcome: outcome, ExitCode: &code, Exit: "exit-" + string(outcome), Files: map[string]string{},
			Seconds: float64(n) + 0.5, StartedAt: time.Date(2026, 11, 21, 2, 10, n, 0, time.UTC),
		})
	}
	byOutcome := func(o fleet.Outcome) *fleet.Row {
		return &r.Tenants[slices.IndexFunc(r.Tenants, func(row fleet.Row) bool { return row.Outcome == o })]
	}
	failed := byOutcome(fleet.Failed)
	failed.Products, failed.Hint = &fleet.ProductFacts{Products: 2, Enabled: 1200, Consumed: 1100}, "look into its log"
	partial := byOutcome(fleet.Partial)
	partial.Written, partial.Outcomes, partial.Message = true, map[string]int{"done": 1100, "not_attempted": 2}, strings.Repeat("a long message ", 9)
	refused := byOutcome(fleet.Refused)
	refused.Plan = &fleet.PlanFacts{Tripped: []string{"maxRemovals", "maxUsersChanged"}, Removals: 4, Errors: 1, Warnings: 0, Summary: plan.Summary{
		Users: 30, Changed: 8, Blocked: 2, Held: 3, Add: 5, Update: 6, Remove: 4, SetUsageLocation: 7, Groups: 2, GroupsChanged: 1,
	}}
	begun := byOutcome(fleet.NotAttempted)
	begun.ExitCode, begun.Exit, begun.StartedAt, begun.Seconds = nil, "", time.Time{}, 0
	found := byOutcome(fleet.Findings)
	found.Plan = &fleet.PlanFacts{Errors: 2, Warnings: 3, Tripped: []string{}, Summary: plan.Summary{Users: 7}, Cost: &fleet.Cost{Currency: "USD", MonthlyDelta: -1_234_5000}}
	changes := byOutcome(fleet.Changes)
	changes.Plan = &fleet.PlanFacts{Warnings: 1, Tripped: []string{}, Summary: plan.Summary{Users: 5, Changed: 1, Update: 1}, Cost: &fleet.Cost{Currency: "EUR", MonthlyDelta: 10_0000}}
	done := byOutcome(fleet.Done)
	done.Written, done.Outcomes, done.Labels = true, map[string]int{"done": 3}, map[string]string{"tier": "gold", "region": "emea"}
	for n := range 13 {
		names := []string{"tenant-0", "tenant-1", "tenant-2", "tenant-3", "tenant-4"}
		r.Problems = append(r.Problems, fleet.Problem{File: "all.yaml", Line: n + 1, Column: 2, Code: "unknown-sku", Message: "unknown product", Tenants: names[:n%5+1]})
	}
	r.Problems[1].File, r.Problems[1].Warning, r.Problems[2].Hint = "", true, "look into the catalog"
	if err := r.Sum(); err != nil {
		t.Fatal(err)
	}
	three := 3
	r.Guards = []fleet.Guard{
		{Name: fleet.MaxTenantsChanged, Limit: &three, Actual: 1004, Tripped: true, ApprovedBy: "reorg-2026"},
		{Name: fleet.MaxRemovals, Limit: &three, Actual: 4, Tripped: true},
		{Name: "maxNothing", Limit: &three, Actual: 3},
		{Name: "maxOff", Actual: 9},
	}
	return r
}

func TestFleetGoldensOfEveryOutcome(t *testing.T) {
	for file, view := range map[string]string{
		"fleet-outcomes.txt": "text", "fleet-outcomes-full.txt": "full", "fleet-outcomes.md": "markdown", "fleet-outcomes.csv": "csv", "fleet-outcomes.prom": "prometheus",
	} {
		compareGolden(t, file, shownAs(t, fleetViews(fleetOfEveryOutcome(t))[view]))
	}
}

// A fleet of which nobody took part says so, and has no table.
func TestFleetOfNobody(t *testing.T) {
	r := fleet.Report{Verb: "plan", Fleet: "customers"}
	if text := shownAs(t, fleetViews(r)["text"]); text != "licensectl fleet plan: 0 tenants, nobody took part.\n" {
		t.Errorf("it says:\n%s", text)
	}
}

// Three hundred tenants fit a screen, and those are on it who need a person.
func TestFleetTextFitsAScreen(t *testing.T) {
	text := shownAs(t, fleetViews(customers(t, 300))["text"])
	if lines := strings.Count(text, "\n"); lines > 30 {
		t.Errorf("%d lines:\n%s", lines, text)
	}
	if !strings.Contains(text, "tenant-003") || strings.Contains(text, "tenant-000") || !strings.Contains(text, "more tenants: ") {
		t.Errorf("the wrong ones are shown:\n%s", text)
	}
	for line := range strings.Lines(text) {
		if len([]rune(line)) > 220 {
			t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
		}
	}
	full := shownAs(t, fleetViews(customers(t, 300))["full"])
	if n := strings.Count(full, "\ntenant-"); n != 300 {
		t.Errorf("%d of 300 tenants are listed", n)
	}
}

// Whatever the budget, nothing is left out without a word.
func TestFleetMarkdownKeepsItsBudget(t *testing.T) {
	r := customers(t, 1000)
	for _, budget := range []int{report.MinMarkdownBudget, 10_000, report.DefaultMarkdownBudget} {
		text := shownAs(t, func(w io.Writer) error { return report.FleetMarkdown(w, r, report.MarkdownOptions{Budget: budget}) })
		if len(text) > budget || !strings.HasPrefix(text, "<!-- licensectl:fleet v1 verb=plan fleet=customers plan=sha256:") {
			t.Errorf("%d bytes of %d:\n%.300s", len(text), budget, text)
		}
		for _, title := range []string{"#### Failed (100 tenants)", "#### Refused (", "#### Changes ("} {
			if !strings.Contains(text, title) {
				t.Errorf("with %d bytes %s is missing", budget, title)
			}
		}
	}
	if err := report.FleetMarkdown(io.Discard, r, report.MarkdownOptions{Budget: 100}); err == nil {
		t.Error("a budget of 100 bytes is taken")
	}
}

// TestFleetMarkersTellFleetsApart: a pipeline finds its comment by the name of the fleet,
// and no name ends the comment in which it stands.
func TestFleetMarkersTellFleetsApart(t *testing.T) {
	for name, want := range map[string]string{
		"contoso-group": "contoso-group", "contosogroup": "contosogroup", "a-->b": "a-b", "--": "-", "a--!>": "a-", "a->": "a-", "a -- b": "a-b",
	} {
		r := customers(t, 1)
		r.Fleet = name
		first, _, _ := strings.Cut(shownAs(t, fleetViews(r)["markdown"]), "\n")
		if begin := "<!-- licensectl:fleet v1 verb=plan fleet=" + want + " plan="; !strings.HasPrefix(first, begin) || strings.Count(first, "--") != 2 {
			t.Errorf("the fleet %q has the marker %s", name, first)
		}
	}
}

// changedFleet is a report in which somebody has put this text everywhere.
func changedFleet(t *testing.T, text string) fleet.Report {
	t.Helper()
	r := customers(t, 20)
	r.Fleet, r.Verb, r.Exit, r.PlanID = text, text, text, text
	for i := range r.Tenants {
		row := &r.Tenants[i]
		row.Name, row.Message, row.Hint, row.Exit = "="+text, text, text, text
		row.Labels, row.Outcomes = map[string]string{text: text}, map[string]int{text: 1}
		row.Files = map[string]string{"page": "javascript:alert(1)", "receiptPage": "https://elsewhere.example/x.html", "plan": `../../"onclick="alert(1).json`}
		if row.Plan != nil {
			row.Plan.Tripped = []string{text}
			row.Plan.Cost = &fleet.Cost{Currency: text, MonthlyDelta: 1}
		}
	}
	r.Problems = []fleet.Problem{{File: text, Line: 1, Column: 1, Message: text, Hint: text, Tenants: []string{text, text + "2"}}}
	if err := r.Sum(); err != nil {
		t.Fatal(err)
	}
	return r
}

// A report that was changed by somebody acts nowhere.
func TestHostileFleets(t *testing.T) {
	const bad = "\x1b]0;x\a\r\n::error::x\u202e<script>alert(1)</script><img src=x onerror=alert(1)>|`=cmd()"
	r := changedFleet(t, bad)
	for name, write := range fleetViews(r) {
		text := shownAs(t, write)
		if strings.ContainsAny(text, "\x1b\a\r\u202e") {
			t.Errorf("%s: a control character gets through", name)
		}
		if name != "json" && strings.Contains(text, "\n::error::") {
			t.Errorf("%s: a workflow command gets through", name)
		}
		switch name {
		case "html":
			for _, part := range []string{"<script>alert", "<img src=x", "javascript:", "elsewhere.example/x.html\"", "../../"} {
				if strings.Contains(text, part) {
					t.Errorf("the page holds %q", part)
				}
			}
		case "markdown":
			checkLines(t, text)
			checkBareText(t, text)
			harmless := shownAs(t, fleetViews(changedFleet(t, "name"))["markdown"])
			if diff := cmp.Diff(structure(harmless), structure(text)); diff != "" {
				t.Errorf("another structure (-harmless +hostile):\n%s\n%s", diff, text)
			}
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for _, cell := range row {
					if strings.HasPrefix(cell, "=") {
						t.Errorf("a formula gets through: %s", cell)
					}
				}
			}
		}
	}
}

// The page leads to the page of each tenant, and nowhere else.
func TestFleetPageLeadsToTenants(t *testing.T) {
	text := shownAs(t, fleetViews(customers(t, 12))["html"])
	if !strings.Contains(text, `<a href="tenant-001/plan.html">`) || strings.Contains(text, `href="tenant-003/`) {
		t.Error("the links are not those of the files that there are")
	}
	if strings.Contains(text, "http://") || strings.Contains(text, `src="http`) {
		t.Error("the page loads something")
	}
}
