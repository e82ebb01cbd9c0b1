package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// The counts of every report of a receipt add up to the plan, whatever is in
// it and wherever it was cut off.
func TestOutcomesAddUp(t *testing.T) {
	outcomes := rapid.SampledFrom(append(receipt.Outcomes(), "nonsense"))
	rapid.Check(t, func(t *rapid.T) {
		var results []receipt.Result
		for i, outcome := range rapid.SliceOfN(outcomes, 0, 30).Draw(t, "outcomes") {
			results = append(results, receipt.Result{User: user(i, fmt.Sprintf("u%d@contoso.com", i)), Outcome: outcome})
		}
		r := ran(results...)
		r.Run.Changes += rapid.IntRange(0, 2000).Draw(t, "missing")

		planned, sum := textCounts(t, written(t, receiptText(r, report.Options{})))
		if planned != r.Run.Changes || sum != planned {
			t.Errorf("the text counts %d outcomes of %d planned, want %d", sum, planned, r.Run.Changes)
		}
		summary := jsonSummary(t, r)
		sum = 0
		for _, outcome := range receipt.Outcomes() {
			sum += summary[string(outcome)]
		}
		if summary["planned"] != r.Run.Changes || sum != r.Run.Changes {
			t.Errorf("the JSON counts %d outcomes of %d planned, want %d", sum, summary["planned"], r.Run.Changes)
		}
	})
}

var (
	countLine = regexp.MustCompile(`(?m)^Apply: (.*) \(([0-9,]+) planned\)\.$`)
	counts    = regexp.MustCompile(`[0-9,]*[0-9] [a-z]`)
)

// textCounts reads the line of counts back.
func textCounts(t reporter, text string) (planned, sum int) {
	line := countLine.FindStringSubmatch(text)
	if line == nil {
		t.Fatalf("no line of counts in\n%s", text)
	}
	for _, count := range counts.FindAllString(line[1], -1) {
		sum += integer(t, count[:len(count)-2])
	}
	return integer(t, line[2]), sum
}

func integer(t reporter, text string) int {
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		t.Fatalf("the count %q: %v", text, err)
	}
	return n
}

func jsonSummary(t reporter, r *receipt.Receipt) map[string]int {
	var out bytes.Buffer
	if err := report.ReceiptJSON(&out, r, report.Options{}); err != nil {
		t.Fatalf("writing: %v", err)
	}
	var doc struct{ Summary map[string]int }
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatalf("reading back: %v", err)
	}
	return doc.Summary
}

// Results come in the order of time; reports give them in the order of users.
func TestReceiptOrderIsStable(t *testing.T) {
	r := everyOutcome()
	text, doc := written(t, receiptText(r, report.Options{})), jsonText(t, r)
	slices.Reverse(r.Results)
	if diff := cmp.Diff(text, written(t, receiptText(r, report.Options{}))); diff != "" {
		t.Errorf("the text depends on the order of the results:\n%s", diff)
	}
	if diff := cmp.Diff(doc, jsonText(t, r)); diff != "" {
		t.Errorf("the JSON depends on the order of the results:\n%s", diff)
	}
}

func jsonText(t *testing.T, r *receipt.Receipt) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.ReceiptJSON(&out, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCompleteness(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*receipt.Receipt)
		says  string // in the text; empty for a complete receipt
	}{
		{"complete", func(*receipt.Receipt) {}, ""},
		{"stopped in order", func(r *receipt.Receipt) { r.End.StopReason = "interrupted" }, ""},
		{"no end", func(r *receipt.Receipt) { r.End = nil }, "was killed, or is still going"},
		{"torn", func(r *receipt.Receipt) { r.End, r.Torn = nil, true }, "killed while writing it"},
		{"torn after the end", func(r *receipt.Receipt) { r.Torn = true }, "killed while writing it"},
		{"result missing", func(r *receipt.Receipt) { r.Results = r.Results[1:] }, "was closed, but lacks results. It says nothing of 1 change; no write was announced for it."},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := allDone()
			c.spoil(r)
			text := written(t, receiptText(r, report.Options{}))
			if got := strings.Contains(text, "Cut short: "); got != (c.says != "") || !strings.Contains(text, c.says) {
				t.Errorf("want %q in\n%s", c.says, text)
			}
			var doc struct{ Complete bool }
			if err := json.Unmarshal([]byte(jsonText(t, r)), &doc); err != nil {
				t.Fatal(err)
			}
			if doc.Complete != (c.says == "") {
				t.Errorf("the JSON says complete: %v", doc.Complete)
			}
		})
	}
}

// A receipt says to go on where going on can do something.
func TestReceiptSaysHowToGoOn(t *testing.T) {
	for outcome, goOn := range map[receipt.Outcome]bool{
		receipt.Done: false, receipt.Already: false, receipt.Blocked: false, receipt.Held: false, receipt.Refused: false, receipt.Stale: false,
		receipt.Failed: true, receipt.Unknown: true, receipt.NotAttempted: true,
	} {
		res := done(1, "ada@contoso.com")
		res.Outcome = outcome
		text := written(t, receiptText(ran(res), report.Options{}))
		if got := strings.Contains(text, "Apply the same plan again"); got != goOn {
			t.Errorf("%s: says to apply again: %v, want %v, in\n%s", outcome, got, goOn, text)
		}
	}
}

// The same refusal of many users is one entry; another reason is another. A
// reason stands once, above all that it is of.
func TestResultsAreDrawnTogetherByReason(t *testing.T) {
	refused := func(n int, message string) receipt.Result {
		return receipt.Result{
			User: user(n, fmt.Sprintf("user%d@contoso.com", n)), Actions: []plan.Action{add(e5)}, Outcome: receipt.Refused,
			Message: message, RequestIDs: []string{fmt.Sprintf("request-%d", n)}, Attempts: 1,
		}
	}
	other := refused(4, "no seat is left")
	other.Actions = []plan.Action{remove(e3), add(e5)}
	r := ran(refused(1, "no seat is left"), refused(2, "no seat is left"), refused(3, "no usage location"), other)
	text := written(t, receiptText(r, report.Options{Names: names}))
	want := `REFUSED (4 users: the service said no)
  no seat is left
    2 users: + Microsoft 365 E5  (manifests/sales.yaml:10 and 1 more place)
      user1@contoso.com, user2@contoso.com
      request id: request-1 for user1@contoso.com
    user4@contoso.com: + Microsoft 365 E5, - Microsoft 365 E3  (manifests/sales.yaml:13)
      request id: request-4
  no usage location
    user3@contoso.com: + Microsoft 365 E5  (manifests/sales.yaml:12)
      request id: request-3
`
	if !strings.Contains(text, want) {
		t.Errorf("want\n%s\nin\n%s", want, text)
	}
}
