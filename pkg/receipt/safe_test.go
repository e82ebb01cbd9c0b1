package receipt_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// harmful finds in a line what a terminal or a CI system acts on.
var harmful = regexp.MustCompile(`(?i)##\w*\[|::|\p{Cc}|[\x{2028}\x{2029}\x{061c}\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]`)

// Whatever the service calls users and says of them, a receipt can be printed
// into a CI log, and reads back to the letter.
func TestReceiptHarmsNobodyWhoPrintsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := []string{"##vso[task.complete]", "##[error]", "::error::x", "\x1b[2J", "\u009b1m", "\u0085", "\u202e", "\u2066", "\u2028", "\u200b", "\ufeff", "\n", "\r", "#", ":", "Ada", `\u202e`, `"`, "\U000e0041"}
		text := func(label string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, label), "")
		}
		user := plan.UserRef{ID: ref("ada").ID, UserPrincipalName: text("upn")}
		run := receipt.Run{RunID: "run-1", FormatVersion: receipt.FormatVersion, Actor: text("actor"), Commit: text("commit"),
			Tenant: plan.Tenant{DisplayName: text("tenant")}, Missing: []string{text("missing")}, Sources: []plan.SourceFile{{Path: text("file")}}, Changes: 1}
		result := receipt.Result{User: user, Source: plan.Source{File: text("source")}, Outcome: receipt.Refused, Reasons: []string{text("reason")},
			Actions: []plan.Action{{Op: plan.OpAdd, SKUPartNumber: text("product")}},
			Message: text("message"), Hint: text("hint"), ServiceCode: text("code"), ServiceMessage: text("says"), RequestIDs: []string{text("request")}}
		end := receipt.End{StopReason: text("stop")}
		var file buffer
		w := receipt.NewWriter(&file)
		for _, err := range []error{w.Begin(run), w.Result(result), w.End(end)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(file.String(), "\n"), "\n") {
			if found := harmful.FindString(line); found != "" {
				t.Errorf("%q has %q in it", line, found)
			}
		}
		got, err := receipt.Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{run, []receipt.Result{result}, &end}, []any{got.Run, got.Results, got.End}); diff != "" {
			t.Errorf("it reads back as another one (-want +got):\n%s", diff)
		}
	})
}
