package receipt_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// lines takes down a receipt by hand.
func lines(t *testing.T, write func(*receipt.Writer) []error) string {
	t.Helper()
	var file buffer
	for _, err := range write(receipt.NewWriter(&file)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return file.String()
}

// TestTheRunComesFirst: a file that only later says what run it is of is none
// of ours.
func TestTheRunComesFirst(t *testing.T) {
	text := lines(t, func(w *receipt.Writer) []error {
		return []error{w.Intent(receipt.Intent{User: ref("ada")}), w.Begin(receipt.Run{RunID: "run-1"})}
	})
	if _, err := receipt.Read(strings.NewReader(text)); !errors.Is(err, receipt.ErrNotReceipt) {
		t.Errorf("error %v", err)
	}
}

// TestDamageIsFound: the error counts lines as an editor does.
func TestDamageIsFound(t *testing.T) {
	text := lines(t, func(w *receipt.Writer) []error {
		return []error{w.Begin(receipt.Run{RunID: "run-1"}), w.Intent(receipt.Intent{User: ref("ada")})}
	})
	for bad, want := range map[string]string{
		text + "{\n":                                     "line 3 of the receipt",
		text + "{}\n{\n":                                 "line 4 of the receipt",
		text + strings.Repeat("x", 17<<20):               "reading line 3 of the receipt",
		strings.Replace(text, `{"intent`, "{\n{", 1):     "line 2 of the receipt",
		strings.Replace(text, `{"intent`, `{"other"`, 1): "line 2 of the receipt",
	} {
		if _, err := receipt.Read(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestLongestLine: a line of just the bound is read, and a longer one is not.
func TestLongestLine(t *testing.T) {
	text := lines(t, func(w *receipt.Writer) []error { return []error{w.Begin(receipt.Run{RunID: "run-1"})} })
	for length, want := range map[int]bool{16 << 20: true, 16<<20 + 1: false} {
		line := "{}" + strings.Repeat(" ", length-3) + "\n"
		if _, err := receipt.Read(strings.NewReader(text + line)); (err == nil) != want {
			t.Errorf("a line of %d bytes: %v", length, err)
		}
	}
}

// TestAnnouncedTwice: of a user who was announced twice the first counts, also
// where the results are read alone.
func TestAnnouncedTwice(t *testing.T) {
	later := noon.Add(time.Hour)
	done := receipt.Result{User: ref("ada"), Outcome: receipt.Done, At: noon}
	for name, rest := range map[string]func(*receipt.Writer) []error{
		"without a result": func(w *receipt.Writer) []error {
			return []error{w.Intent(receipt.Intent{User: ref("ada"), At: noon}), w.Intent(receipt.Intent{User: ref("ada"), At: later})}
		},
		"after the result": func(w *receipt.Writer) []error {
			return []error{w.Intent(receipt.Intent{User: ref("ada"), At: noon}), w.Result(done), w.Intent(receipt.Intent{User: ref("ada"), At: later})}
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := lines(t, func(w *receipt.Writer) []error {
				return append([]error{w.Begin(receipt.Run{RunID: "run-1", Changes: 1})}, rest(w)...)
			})
			got, err := receipt.Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Results) != 1 || !got.Results[0].At.Equal(noon) {
				t.Errorf("results %+v", got.Results)
			}
			checkResults(t, []byte(text), got)
		})
	}
}

// TestCountsOfAWholeRun: where every change has its outcome, none is left that
// was not attempted.
func TestCountsOfAWholeRun(t *testing.T) {
	rec := receipt.Receipt{Run: receipt.Run{Changes: 3}, Results: []receipt.Result{
		{User: ref("ada"), Outcome: receipt.Done, Verification: receipt.Verified}, {User: ref("bob"), Outcome: receipt.Done, Verification: receipt.Unverified},
		{User: ref("cay"), Outcome: receipt.Done, Verification: receipt.Verified},
	}}
	if diff := cmp.Diff(map[receipt.Outcome]int{receipt.Done: 3}, rec.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if n := rec.Unverified(); n != 1 {
		t.Errorf("%d unverified, want 1", n)
	}
}

// TestCountsOfGroups: with those of which the run did not come to tell they add up to
// the plan.
func TestCountsOfGroups(t *testing.T) {
	results := []receipt.GroupResult{{Outcome: receipt.Done}, {Outcome: receipt.Blocked}, {Outcome: receipt.Done}}
	for planned, want := range map[int]map[receipt.Outcome]int{
		3: {receipt.Done: 2, receipt.Blocked: 1},
		5: {receipt.Done: 2, receipt.Blocked: 1, receipt.NotAttempted: 2},
	} {
		rec := receipt.Receipt{Run: receipt.Run{GroupChanges: planned}, GroupResults: results}
		if diff := cmp.Diff(want, rec.GroupCounts()); diff != "" {
			t.Errorf("%d planned (-want +got):\n%s", planned, diff)
		}
	}
}

// TestWhatARunCarries: the receipt begins with the plan that it is of.
func TestWhatARunCarries(t *testing.T) {
	p := &plan.Plan{
		PlanID: "sha256:00", Tenant: plan.Tenant{ID: uuid.NewSHA1(uuid.Nil, []byte("tenant"))}, Cloud: "global",
		Scope: plan.Scope{Managed: []uuid.UUID{sku("E3").ID}}, Changes: make([]plan.Change, 3), AsOf: plan.DateOf(noon), LeftOut: 4,
		Findings: []plan.Finding{
			{Code: plan.CodeUserNotFound, User: "cay@contoso.com"}, {Code: plan.CodeUserNotFound, User: "bob@contoso.com"},
			{Code: plan.CodeUserNotFound, User: "cay@contoso.com"}, {Code: plan.CodeSeatShortage, User: "dan@contoso.com"},
		},
	}
	want := receipt.Run{
		RunID: "run-1", PlanID: p.PlanID, Tenant: p.Tenant, Cloud: p.Cloud, Scope: p.Scope, Changes: 3, Sources: p.Sources, AsOf: p.AsOf, LeftOut: 4,
		Missing: []string{"bob@contoso.com", "cay@contoso.com"},
	}
	if diff := cmp.Diff(want, receipt.Run{RunID: "run-1", Missing: []string{"of another plan"}}.Carries(p)); diff != "" {
		t.Errorf("the run (-want +got):\n%s", diff)
	}
}

// TestResultsAreSortedByName: in the order of a plan's changes, whatever their
// ids and the case of their names.
func TestResultsAreSortedByName(t *testing.T) {
	want := []string{"ada", "Bob", "cay", "Dan", "eve", "fay", "Gus", "hal"}
	for first := range want {
		var rec receipt.Receipt
		for i := range want {
			rec.Results = append(rec.Results, receipt.Result{User: ref(want[(first+i)%len(want)])})
		}
		rec.Sort()
		var got []string
		for _, r := range rec.Results {
			name, _, _ := strings.Cut(r.User.UserPrincipalName, "@")
			got = append(got, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %s on (-want +got):\n%s", want[first], diff)
		}
	}
}

// TestUndoOfWhoWasAnnouncedTwice: the user has one entry, for two would
// contradict each other.
func TestUndoOfWhoWasAnnouncedTwice(t *testing.T) {
	rec := &receipt.Receipt{
		Intents: []receipt.Intent{{User: ref("ada")}, {User: ref("ada")}},
		Results: []receipt.Result{{User: ref("ada"), Outcome: receipt.Done}},
	}
	if got := rec.Undo(plan.Observed{}); len(got.Users) != 1 {
		t.Errorf("%d entries, want 1", len(got.Users))
	}
}
