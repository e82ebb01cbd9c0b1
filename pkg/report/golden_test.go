package report_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

var updateGoldens = flag.Bool("update", false, "write the goldens in testdata anew")

// The goldens are there to be read: look at each of them after an update.
func TestGoldens(t *testing.T) {
	plain := report.Options{Names: names}
	full := report.Options{Names: names, Full: true}
	colored := report.Options{Names: names, Style: report.Color}
	narrow := report.Options{Names: names, Width: 80}
	night := report.Options{Names: names, Apply: "licensectl apply --baseline last.jsonl --cause drift"}
	veiled := report.Options{Names: names, Full: true, Redact: true}

	for _, golden := range []struct {
		file  string
		write func(io.Writer) error
	}{
		{"plan-nothing.txt", planText(nothingToDo(), plain)},
		{"plan-five.txt", planText(fiveUsers(), plain)},
		{"plan-five-full.txt", planText(fiveUsers(), full)},
		{"plan-five-color.txt", planText(fiveUsers(), colored)},
		{"plan-five-no-names.txt", planText(fiveUsers(), report.Options{})},
		{"plan-500.txt", planText(manyUsers(500), plain)},
		{"plan-5000.txt", planText(manyUsers(5000), plain)},
		{"plan-groups.txt", planText(ofGroups(), plain)},
		{"plan-groups.md", planMarkdown(ofGroups(), report.MarkdownOptions{Options: plain})},
		{"plan-groups.diff", planDiff(ofGroups(), plain)},
		{"plan-groups.html", planHTML(ofGroups(), plain)},
		{"damage-groups.txt", planDamage(ofGroups(), plain)},
		{"plan-sprawl.txt", planText(sprawl(5000), plain)},
		{"plan-sprawl-asked.txt", planText(sprawl(5000), report.Options{Names: names, Losses: 40})},
		{"damage-guarded.txt", planDamage(allowed(guarded()), plain)},
		{"damage-5000.txt", planDamage(allowed(manyUsers(5000)), colored)},
		{"plan-guarded.txt", planText(guarded(), plain)},
		{"plan-short.txt", planText(short(), plain)},
		{"plan-short-full.txt", planText(short(), full)},
		{"plan-five-80.txt", planText(fiveUsers(), narrow)},
		{"plan-guarded-80.txt", planText(guarded(), narrow)},
		{"plan-told-80.txt", planText(explainedReason(), report.Options{Names: names, Width: 80, Style: report.Color})},
		{"drift-told-80.txt", driftText(since(explainedReason()), narrow)},
		{"plan-unused.txt", planText(unused(), plain)},
		{"plan-unused-full.txt", planText(unused(), full)},
		{"plan-unused.md", planMarkdown(unused(), report.MarkdownOptions{Options: plain})},
		{"plan-hostile.txt", planText(hostile(), plain)},
		{"plan-told.txt", planText(explainedReason(), plain)},
		{"plan-told-full.txt", planText(explainedReason(), full)},
		{"plan-told-redacted.txt", planText(explainedReason(), veiled)},
		{"drift-nothing.txt", driftText(nothingToDo(), plain)},
		{"drift-told.txt", driftText(since(explainedReason()), night)},
		{"drift-told-redacted.txt", driftText(since(explainedReason()), veiled)},
		{"drift-five.txt", driftText(fiveUsers(), night)},
		{"drift-guarded.txt", driftText(since(guarded()), plain)},
		{"drift-hostile.txt", driftText(since(hostile()), plain)},
		{"drift-5000.txt", driftText(since(manyUsers(5000)), plain)},
		{"drift-nothing.md", driftMarkdown(nothingToDo(), report.MarkdownOptions{Options: plain})},
		{"drift-told.md", driftMarkdown(since(explainedReason()), report.MarkdownOptions{Options: night})},
		{"drift-five.md", driftMarkdown(fiveUsers(), report.MarkdownOptions{Options: night})},
		{"drift-hostile.md", driftMarkdown(since(hostile()), report.MarkdownOptions{Options: plain})},
		{"drift-5000.md", driftMarkdown(since(manyUsers(5000)), report.MarkdownOptions{Options: plain})},
		{"plan-nothing.md", planMarkdown(nothingToDo(), report.MarkdownOptions{Options: plain})},
		{"plan-five.md", planMarkdown(fiveUsers(), report.MarkdownOptions{Options: plain})},
		{"plan-five-full.md", planMarkdown(fiveUsers(), report.MarkdownOptions{Options: full})},
		{"plan-500.md", planMarkdown(manyUsers(500), report.MarkdownOptions{Options: plain})},
		{"plan-5000.md", planMarkdown(manyUsers(5000), report.MarkdownOptions{Options: plain})},
		{"plan-sprawl.md", planMarkdown(sprawl(5000), report.MarkdownOptions{Options: plain, Budget: 12_000})},
		{"plan-guarded.md", planMarkdown(guarded(), report.MarkdownOptions{Options: plain})},
		{"plan-short.md", planMarkdown(short(), report.MarkdownOptions{Options: plain})},
		{"plan-told.md", planMarkdown(explainedReason(), report.MarkdownOptions{Options: plain})},
		{"plan-hostile.md", planMarkdown(hostile(), report.MarkdownOptions{Options: plain})},
		{"plan-nothing.diff", planDiff(nothingToDo(), plain)},
		{"plan-five.diff", planDiff(stated(fiveUsers()), plain)},
		{"plan-five-color.diff", planDiff(stated(fiveUsers()), colored)},
		{"plan-500.diff", head(planDiff(stated(manyUsers(500)), plain))},
		{"plan-5000.diff", head(planDiff(stated(manyUsers(5000)), plain))},
		{"plan-guarded.diff", planDiff(stated(guarded()), plain)},
		{"plan-short.diff", planDiff(stated(short()), plain)},
		{"plan-hostile.diff", planDiff(stated(hostile()), plain)},
		{"plan-nothing.csv", planCSV(nothingToDo(), plain)},
		{"plan-five.csv", planCSV(fiveUsers(), plain)},
		{"plan-500.csv", head(planCSV(manyUsers(500), plain))},
		{"plan-5000.csv", head(planCSV(manyUsers(5000), plain))},
		{"plan-guarded.csv", planCSV(guarded(), plain)},
		{"plan-short.csv", planCSV(short(), plain)},
		{"plan-told.csv", planCSV(explainedReason(), plain)},
		{"plan-hostile.csv", planCSV(hostile(), plain)},
		{"receipt-outcomes.csv", receiptCSV(everyOutcome(), plain)},
		{"seats.csv", func(w io.Writer) error { return report.SeatsCSV(w, inventory(), plain) }},
		{"receipt-done.md", receiptMarkdown(allDone(), report.MarkdownOptions{Options: plain})},
		{"receipt-outcomes.md", receiptMarkdown(everyOutcome(), report.MarkdownOptions{Options: plain})},
		{"receipt-torn.md", receiptMarkdown(torn(), report.MarkdownOptions{Options: plain})},
		{"receipt-done.txt", receiptText(allDone(), plain)},
		{"receipt-outcomes.txt", receiptText(everyOutcome(), plain)},
		{"receipt-outcomes-full.txt", receiptText(everyOutcome(), full)},
		{"receipt-outcomes-color.txt", receiptText(everyOutcome(), colored)},
		{"receipt-groups.txt", receiptText(withGroups(allDone()), plain)},
		{"receipt-groups-alone.txt", receiptText(withGroups(ran()), plain)},
		{"receipt-groups.md", receiptMarkdown(withGroups(allDone()), report.MarkdownOptions{Options: plain})},
		{"receipt-groups.csv", receiptCSV(withGroups(allDone()), plain)},
		{"receipt-groups.json", func(w io.Writer) error { return report.ReceiptJSON(w, withGroups(allDone()), plain) }},
		{"receipt-groups.html", receiptHTML(withGroups(ran()), plain)},
		{"receipt-torn.txt", receiptText(torn(), plain)},
		{"receipt-torn.json", func(w io.Writer) error { return report.ReceiptJSON(w, torn(), plain) }},
		{"receipt-outcomes.json", func(w io.Writer) error { return report.ReceiptJSON(w, everyOutcome(), plain) }},
		{"seats.txt", func(w io.Writer) error { return report.SeatsText(w, inventory(), plain) }},
		{"seats-untold.txt", func(w io.Writer) error { return report.SeatsText(w, untold(), plain) }},
		{"seats-untold.json", func(w io.Writer) error { return report.SeatsJSON(w, untold(), names) }},
		{"seats.prom", func(w io.Writer) error { return report.SeatsPrometheus(w, inventory(), plain) }},
		{"holdings.txt", func(w io.Writer) error { return report.HoldersText(w, holdings(), plain) }},
		{"holdings.csv", func(w io.Writer) error { return report.HoldersCSV(w, holdings(), plain) }},
		{"holdings.json", func(w io.Writer) error { return report.HoldersJSON(w, holdings(), plain) }},
		{"holdings-bare.txt", func(w io.Writer) error { return report.HoldersText(w, bare(), report.Options{}) }},
		{"holdings-bare.json", func(w io.Writer) error { return report.HoldersJSON(w, bare(), report.Options{}) }},
		{"holdings-redacted.txt", func(w io.Writer) error {
			return report.HoldersText(w, holdings(), report.Options{Names: names, Redact: true})
		}},
		{"holdings-redacted.json", func(w io.Writer) error {
			return report.HoldersJSON(w, holdings(), report.Options{Names: names, Redact: true})
		}},
		{"seats-color.txt", func(w io.Writer) error { return report.SeatsText(w, inventory(), colored) }},
		{"seats.json", func(w io.Writer) error { return report.SeatsJSON(w, inventory(), names) }},
		{"explain-swap.txt", explainText(swapping(), plain)},
		{"explain-swap-color.txt", explainText(swapping(), colored)},
		{"explain-blocked-redacted.txt", explainText(stuck(), report.Options{Names: names, Redact: true})},
		{"explain-swap-no-names.txt", explainText(swapping(), report.Options{})},
		{"explain-swap.json", explainJSON(swapping(), plain)},
		{"explain-group.txt", explainGroupText(explainedGroup(), plain)},
		{"explain-group-redacted.txt", explainGroupText(explainedGroup(), veiled)},
		{"explain-verdicts.txt", explainText(everyVerdict(), plain)},
		{"explain-blocked.txt", explainText(stuck(), plain)},
		{"explain-guarded.txt", explainText(guardedUser(), plain)},
		{"explain-unlisted.txt", explainText(unlisted(), plain)},
		{"explain-hostile.txt", explainText(hostileUser(), plain)},
	} {
		t.Run(golden.file, func(t *testing.T) {
			var got bytes.Buffer
			if err := golden.write(&got); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, golden.file, got.String())
		})
	}
}

func planText(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanText(w, p, o) }
}

func planDamage(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanDamage(w, p, o) }
}

// allowed gives a plan that is let pass its guards.
func allowed(p *plan.Plan) *plan.Plan {
	p, _ = p.Allowed(plan.GuardNames())
	return p
}

func driftText(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.DriftText(w, p, o) }
}

// since gives a plan that was held against a baseline, and has told the cause
// of every difference: what did not is drift.
func since(p *plan.Plan) *plan.Plan {
	p.Since = morning.Add(-100 * time.Hour)
	for i := range p.Changes {
		for j := range p.Changes[i].Actions {
			if a := &p.Changes[i].Actions[j]; a.Cause == "" {
				a.Cause = plan.CauseDrift
			}
		}
	}
	return p
}

func receiptText(r *receipt.Receipt, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.ReceiptText(w, r, o) }
}

// head keeps the beginning of a long report, and what the whole of it comes to.
func head(write func(io.Writer) error) func(io.Writer) error {
	const most = 60
	return func(w io.Writer) error {
		var all bytes.Buffer
		if err := write(&all); err != nil {
			return err
		}
		lines := strings.SplitAfter(all.String(), "\n")
		if len(lines) <= most {
			return fmt.Errorf("%d lines need not be cut", len(lines))
		}
		_, err := fmt.Fprintf(w, "%s… %d more lines, SHA-256 %x\n", strings.Join(lines[:most], ""), len(lines)-1-most, sha256.Sum256(all.Bytes()))
		return err
	}
}

// compareGolden holds a text against its golden. The escape character stands
// there as ␛, so that the file can be looked at.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	got = strings.ReplaceAll(got, "\x1b", "␛")
	if *updateGoldens {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("differs from %s (-want +got):\n%s", path, diff)
	}
}
