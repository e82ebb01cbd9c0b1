package doctest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/cli"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

const errorsPage = "docs/errors.md"

func TestExitCodesAreExplained(t *testing.T) {
	var want, got [][]string
	for _, row := range cli.ExitCodes() {
		want = append(want, []string{strconv.Itoa(int(row.Code)), row.Name})
	}
	for _, row := range readPage(t, errorsPage).table(t, "Exit codes") {
		got = append(got, row[:2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the exit codes differ (-want +got):\n%s", errorsPage, diff)
	}
}

// The meanings are the program's own words.
func TestManifestCodesAreExplained(t *testing.T) {
	var want, got [][]string
	for _, m := range manifest.Meanings() {
		want = append(want, []string{"`" + string(m.Code) + "`", m.Text})
	}
	for _, row := range readPage(t, errorsPage).table(t, "Manifest codes") {
		got = append(got, row[:2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the manifest codes differ (-want +got):\n%s", errorsPage, diff)
	}
}

func TestFindingCodesAreExplained(t *testing.T) {
	sameNames(t, errorsPage, keyed(readPage(t, errorsPage).table(t, "Finding codes")), findingCodes(t))
}

func TestRefusalCodesAreExplained(t *testing.T) {
	sameNames(t, errorsPage, keyed(readPage(t, errorsPage).table(t, "Refusal codes")), refusalCodes(t))
}

func TestOutcomesAreExplained(t *testing.T) {
	var want []string
	for _, o := range receipt.Outcomes() {
		want = append(want, string(o))
	}
	if diff := cmp.Diff(want, keyed(readPage(t, errorsPage).table(t, "Outcomes"))); diff != "" {
		t.Errorf("%s: the outcomes differ (-want +got):\n%s", errorsPage, diff)
	}
}

func TestSignInCodesAreExplained(t *testing.T) {
	var b strings.Builder
	b.WriteString("| code | meaning | what to do |\n|---|---|---|\n")
	for _, r := range auth.Refusals() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Code, r.Meaning, strings.ToUpper(r.Advice[:1])+r.Advice[1:])
	}
	checkGenerated(t, errorsPage, "sign-in codes", b.String())
}

// Every cell says something: a code without advice helps nobody.
func TestEveryCodeHasAdvice(t *testing.T) {
	p := readPage(t, errorsPage)
	for _, heading := range []string{"Exit codes", "Manifest codes", "Finding codes", "Outcomes", "Refusal codes", "Sign-in codes"} {
		for _, row := range p.table(t, heading) {
			for i, cell := range row {
				if cell == "" {
					t.Errorf("%s: column %d of %s is empty", errorsPage, i+1, row[0])
				}
			}
		}
	}
}

// The severities are those of the plan, but for the one code that is never a
// finding.
// reasonsAlone are the codes that never stand on a finding.
func reasonsAlone() []string {
	return []string{"`" + string(plan.CodeAdditionsOnly) + "`", "`" + string(plan.CodeDriftRemoval) + "`", "`" + string(plan.CodeGroupBlocked) + "`"}
}

func TestSeveritiesExist(t *testing.T) {
	known := map[string]bool{string(plan.SeverityError): true, string(plan.SeverityWarning): true, string(plan.SeverityInfo): true}
	for _, row := range readPage(t, errorsPage).table(t, "Finding codes") {
		onlyReason := slices.Contains(reasonsAlone(), row[0])
		if !known[row[1]] && !(onlyReason && row[1] == "reason") {
			t.Errorf("%s: %s has the severity %q", errorsPage, row[0], row[1])
		}
	}
}
