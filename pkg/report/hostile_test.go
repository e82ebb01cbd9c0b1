package report_test

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report"
)

// Whatever stands in a plan, a receipt or an inventory, every line of every
// report is safe, and there are as many lines as with harmless names: nobody
// can add one.
func TestHostileTextNeverShapesAReport(t *testing.T) {
	harmless := map[bool]map[string]int{} // lines
	for _, full := range []bool{false, true} {
		harmless[full] = map[string]int{}
		for name, write := range reports(report.Options{Full: full}) {
			harmless[full][name] = strings.Count(written(t, write(harmlessNames)), "\n")
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(hostileName(), 1, 20).Draw(t, "names")
		options := report.Options{Full: rapid.Bool().Draw(t, "full")}
		for name, write := range reports(options) {
			got := written(t, write(func(n int) string { return fmt.Sprintf("%s %d", names[n%len(names)], n) }))
			checkLines(t, got)
			if want, lines := harmless[options.Full][name], strings.Count(got, "\n"); lines != want {
				t.Errorf("%s has %d lines with hostile names, %d with harmless ones:\n%s", name, lines, want, got)
			}
		}
	})
}

func harmlessNames(n int) string { return fmt.Sprintf("name %d", n) }

// A tool that reads the codes of a saved file, and finds none that it knows,
// still writes a safe report.
func TestHostileCodes(t *testing.T) {
	for _, text := range hostileText {
		p, r, e := short(), withGroups(everyOutcome()), stuck()
		replaceStrings(reflect.ValueOf(p).Elem(), func(string) string { return text }, nil)
		replaceStrings(reflect.ValueOf(r).Elem(), func(string) string { return text }, nil)
		replaceStrings(reflect.ValueOf(e).Elem(), func(string) string { return text }, nil)
		checkLines(t, written(t, planText(p, report.Options{})))
		checkLines(t, written(t, receiptText(r, report.Options{})))
		for _, o := range []report.Options{{}, {Redact: true}} {
			for _, write := range everyView(p, r, e, o) {
				checkLines(t, written(t, write))
			}
		}
	}
}

// Colour adds its own sequences and nothing else.
func TestColorOnlyDressesText(t *testing.T) {
	plain := written(t, planText(hostile(), report.Options{}))
	colored := written(t, planText(hostile(), report.Options{Style: report.Color}))
	for _, sequence := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"} {
		colored = strings.ReplaceAll(colored, sequence, "")
	}
	if colored != plain {
		t.Errorf("without its colours the text is not the plain one:\n%s", colored)
	}
}

// A plan id that a person is asked to copy into a shell cannot hold anything
// but a digest.
func TestNoApprovalForAForgedPlanID(t *testing.T) {
	for _, forged := range []string{"", "sha256:", "sha256:8c1e; rm -rf ~", strings.Repeat("a", 64), "sha256:" + strings.Repeat("g", 64)} {
		p := guarded()
		p.PlanID = forged
		text := written(t, planText(p, report.Options{}))
		if strings.Contains(text, "--plan-id") || strings.Contains(text, "kind: Approval") {
			t.Errorf("the plan id %q is offered for copying:\n%s", forged, text)
		}
		if !strings.Contains(text, "NOT APPLYABLE: maxRemovals") {
			t.Errorf("the plan id %q hides the verdict:\n%s", forged, text)
		}
	}
}

// naming gives the nth stranger's text of a report.
type naming func(n int) string

// reports gives every report, with all text that a stranger could choose taken
// from a naming.
func reports(o report.Options) map[string]func(naming) func(io.Writer) error {
	return map[string]func(naming) func(io.Writer) error{
		"five":    func(name naming) func(io.Writer) error { return planText(renamed(fiveUsers(), name), named(o, name)) },
		"short":   func(name naming) func(io.Writer) error { return planText(renamed(short(), name), named(o, name)) },
		"guarded": func(name naming) func(io.Writer) error { return planText(renamed(guarded(), name), named(o, name)) },
		"groups": func(name naming) func(io.Writer) error {
			return planText(renamed(namingMembers(ofGroups()), name), named(o, name))
		},
		"drift": func(name naming) func(io.Writer) error {
			return func(w io.Writer) error {
				return report.DriftText(w, renamed(namingMembers(ofGroups()), name), named(o, name))
			}
		},
		"drift since a baseline": func(name naming) func(io.Writer) error {
			return driftText(renamed(caused(namingMembers(ofGroups()), plan.CauseDrift), name), named(o, name))
		},
		"drift markdown": func(name naming) func(io.Writer) error {
			return driftMarkdown(renamed(caused(namingMembers(ofGroups()), plan.CauseDrift), name), report.MarkdownOptions{Options: named(o, name), Budget: 1 << 20})
		},
		"receipt": func(name naming) func(io.Writer) error {
			return receiptText(renamed(withGroups(everyOutcome()), name), named(o, name))
		},
		"receipt json": func(name naming) func(io.Writer) error {
			return func(w io.Writer) error { return report.ReceiptJSON(w, renamed(everyOutcome(), name), named(o, name)) }
		},
		"markdown": func(name naming) func(io.Writer) error {
			return planMarkdown(renamed(explainedReason(), name), report.MarkdownOptions{Options: named(o, name), Budget: 1 << 20})
		},
		"diff": func(name naming) func(io.Writer) error {
			return planDiff(renamed(stated(short()), name), named(o, name))
		},
		"csv": func(name naming) func(io.Writer) error {
			return planCSV(renamed(explainedReason(), name), named(o, name))
		},
		"csv of groups": func(name naming) func(io.Writer) error {
			return planCSV(renamed(namingMembers(ofGroups()), name), named(o, name))
		},
		"diff of groups": func(name naming) func(io.Writer) error {
			return planDiff(renamed(namingMembers(ofGroups()), name), named(o, name))
		},
		"told": func(name naming) func(io.Writer) error {
			return planText(renamed(explainedReason(), name), named(o, name))
		},
		"redacted": func(name naming) func(io.Writer) error {
			o.Redact = true
			return planText(renamed(explainedReason(), name), named(o, name))
		},
		"receipt markdown": func(name naming) func(io.Writer) error {
			return receiptMarkdown(renamed(everyOutcome(), name), report.MarkdownOptions{Options: named(o, name), Budget: 1 << 20})
		},
		"receipt csv": func(name naming) func(io.Writer) error {
			return receiptCSV(renamed(withGroups(everyOutcome()), name), named(o, name))
		},
		"seats csv": func(name naming) func(io.Writer) error {
			inv := inventory()
			return func(w io.Writer) error { return report.SeatsCSV(w, *renamed(&inv, name), named(o, name)) }
		},
		"seats": func(name naming) func(io.Writer) error {
			inv := inventory()
			return func(w io.Writer) error { return report.SeatsText(w, *renamed(&inv, name), named(o, name)) }
		},
		"explanation":      func(name naming) func(io.Writer) error { return explainText(renamed(swapping(), name), named(o, name)) },
		"explanation json": func(name naming) func(io.Writer) error { return explainJSON(renamed(swapping(), name), o) },
		"seats json": func(name naming) func(io.Writer) error {
			inv := inventory()
			return func(w io.Writer) error { return report.SeatsJSON(w, *renamed(&inv, name), strangeNames{name}) }
		},
	}
}

func named(o report.Options, name naming) report.Options {
	o.Names = strangeNames{name}
	return o
}

// strangeNames calls every product the same, as a stranger would have it.
type strangeNames struct{ name naming }

func (s strangeNames) SKUName(license.GUID) string  { return s.name(0) }
func (s strangeNames) PlanName(license.GUID) string { return s.name(1) }

// steering are the types whose values decide what is shown where.
var steering = []reflect.Type{
	reflect.TypeFor[plan.Op](), reflect.TypeFor[plan.Status](), reflect.TypeFor[plan.Severity](),
	reflect.TypeFor[receipt.Outcome](), reflect.TypeFor[receipt.Verification](), reflect.TypeFor[license.AppliesTo](),
	reflect.TypeFor[plan.Verdict](), reflect.TypeFor[plan.PathKind](),
}

// renamed replaces every text in v, however deep, the same text always by the
// same one.
func renamed[T any](v *T, name naming) *T {
	given := map[string]string{"": "", "global": "global", "Enabled": "Enabled"}
	replaceStrings(reflect.ValueOf(v).Elem(), func(old string) string {
		if _, known := given[old]; !known {
			given[old] = name(len(given))
		}
		return given[old]
	}, steering)
	return v
}

// replaceStrings visits every string in v but those of the excepted types.
func replaceStrings(v reflect.Value, replace func(string) string, except []reflect.Type) {
	if slices.Contains(except, v.Type()) || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(replace(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			replaceStrings(v.Field(i), replace, except)
		}
	case reflect.Slice:
		for i := range v.Len() {
			replaceStrings(v.Index(i), replace, except)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			replaceStrings(v.Elem(), replace, except)
		}
	}
}

// hostileName puts names together from what is known to do harm.
func hostileName() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		pieces := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostileText), rapid.String(),
			rapid.SampledFrom([]string{"::", "#", "##[", "##vso[", "\n", "\r", "\x1b", " ", ":"})), 1, 5).Draw(t, "pieces")
		return strings.Join(pieces, "")
	})
}

// reporter is what *testing.T and *rapid.T share.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func written(t reporter, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatalf("writing: %v", err)
	}
	return out.String()
}

func checkLines(t reporter, text string) {
	t.Helper()
	if !strings.HasSuffix(text, "\n") {
		t.Errorf("the last line has no end: %q", text)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if complaint := unsafe(line); complaint != "" {
			t.Errorf("the line %q is not safe: %s", line, complaint)
		}
	}
}
