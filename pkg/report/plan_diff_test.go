package report_test

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

func planDiff(p *plan.Plan, o report.Options) func(io.Writer) error {
	return func(w io.Writer) error { return report.PlanDiff(w, p, o) }
}

// stated gives every change of a plan the states between which its actions
// lead, which the plans of these tests leave out.
func stated(p *plan.Plan) *plan.Plan {
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Before, c.After = plan.State{UsageLocation: "DE"}, plan.State{UsageLocation: "DE"}
		for _, a := range c.Actions {
			switch a.Op {
			case plan.OpSetUsageLocation:
				c.Before.UsageLocation, c.After.UsageLocation = *a.Before.UsageLocation, a.UsageLocation
			case plan.OpAdd:
				c.After.Licenses = append(c.After.Licenses, held(a.SKUID, a.DisabledPlans))
			case plan.OpRemove:
				c.Before.Licenses = append(c.Before.Licenses, held(a.SKUID, a.Before.DisabledPlans))
			case plan.OpUpdate:
				c.Before.Licenses = append(c.Before.Licenses, held(a.SKUID, a.Before.DisabledPlans))
				c.After.Licenses = append(c.After.Licenses, held(a.SKUID, a.DisabledPlans))
			}
		}
	}
	return p
}

func held(sku license.GUID, off []plan.PlanRef) plan.StateLicense {
	out := plan.StateLicense{SKUID: sku}
	for _, ref := range off {
		out.DisabledPlans = append(out.DisabledPlans, ref.ID)
	}
	return out
}

// For any two states the diff is one that patch can apply: the hunks stand where
// they say, count their lines right, and lead from the one to the other.
func TestDiffCanBeApplied(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawState(t, "before"), drawState(t, "after")
		a, b := stateText(t, before), stateText(t, after)
		got, hunks := patched(t, a, diffOf(t, before, after))
		if got != b {
			t.Errorf("patching\n%s\ngives\n%s\nwant\n%s", a, got, b)
		}
		if (hunks == 0) != (a == b) {
			t.Errorf("%d hunks between\n%s\nand\n%s", hunks, a, b)
		}
	})
}

// drawState gives a state of some licenses with many plans, so that hunks have
// gaps between them.
func drawState(t *rapid.T, label string) plan.State {
	out := plan.State{UsageLocation: rapid.SampledFrom([]string{"", "DE", "NO"}).Draw(t, label)}
	for _, sku := range []product{e3, e5, visio} {
		if !rapid.Bool().Draw(t, label+sku.part) {
			continue
		}
		l := plan.StateLicense{SKUID: sku.id}
		for i := range 30 {
			if rapid.IntRange(0, 9).Draw(t, "off") > 0 {
				l.DisabledPlans = append(l.DisabledPlans, id(0x02, i))
			}
		}
		out.Licenses = append(out.Licenses, l)
	}
	return out
}

// diffOf gives the diff of a plan with one user who goes from one state to
// another.
func diffOf(t reporter, before, after plan.State) string {
	d := newDraft(1)
	c := d.change(user(1, "ada@contoso.com"))
	c.Before, c.After = before, after
	return written(t, planDiff(d.made(), report.Options{Names: planNames{}}))
}

// planNames knows the plans of drawState.
type planNames struct{}

func (planNames) SKUName(license.GUID) string     { return "" }
func (planNames) PlanName(id license.GUID) string { return fmt.Sprintf("PLAN_%02d", id[15]) }

// stateText gives a state as the diff has it: that from a state that shares no
// line with it but the first.
func stateText(t reporter, st plan.State) string {
	other := plan.State{UsageLocation: "ZZ", Licenses: []plan.StateLicense{{SKUID: id(0xf0, 9)}}}
	var out strings.Builder
	for line := range strings.Lines(diffOf(t, other, st)) {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "+++") {
			out.WriteString(line[1:])
		}
	}
	return out.String()
}

var hunkHeader = regexp.MustCompile(`^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$`)

// patched applies a diff strictly: everything has to be where it says.
func patched(t reporter, text, diff string) (string, int) {
	old := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	var out []string
	next, hunks := 0, 0 // the line of old that comes next
	left, right := 0, 0 // lines that the hunk still has
	for _, line := range strings.Split(strings.TrimSuffix(diff, "\n"), "\n") {
		if head := hunkHeader.FindStringSubmatch(line); head != nil {
			hunks++
			first, start := number(head[1]), number(head[3])
			left, right = number(head[2]), number(head[4])
			out = append(out, old[next:first-1]...)
			next = first - 1
			if len(out) != start-1 {
				t.Fatalf("the hunk %q begins at line %d of what comes out", line, len(out)+1)
			}
			continue
		}
		if left+right == 0 {
			continue
		}
		if line[0] != '+' {
			if old[next] != line[1:] {
				t.Fatalf("the diff has %q where the text has %q", line, old[next])
			}
			next, left = next+1, left-1
		}
		if line[0] != '-' {
			out, right = append(out, line[1:]), right-1
		}
	}
	if left+right != 0 {
		t.Fatalf("a hunk has fewer lines than it says:\n%s", diff)
	}
	return strings.Join(append(out, old[next:]...), "\n") + "\n", hunks
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic(err)
	}
	return n
}

// What stands in the diff is YAML that reads back as what the user holds,
// however things are called.
func TestDiffIsYAML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(hostileMarkdown(), rapid.SampledFrom([]string{"NO", "null", "1.5", "a: b", "- x", "{", "#", "x #y", "é"})).Draw(t, "name")
		d := newDraft(1)
		c := d.change(user(1, "u"+name), add(product{e5.id, "p" + name}, plan.PlanRef{ID: id(1, 1), Name: name}))
		c.After = plan.State{UsageLocation: name, Licenses: []plan.StateLicense{{SKUID: e5.id, DisabledPlans: []license.GUID{id(1, 1)}}}}
		diff := written(t, planDiff(d.made(), report.Options{}))
		checkLines(t, diff)
		var body strings.Builder
		for line := range strings.Lines(diff) {
			if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "+++") {
				body.WriteString(line[1:])
			}
		}
		var got, want any
		if err := yaml.Unmarshal([]byte(body.String()), &got); err != nil {
			t.Fatalf("not YAML: %v\n%s", err, body.String())
		}
		plans := []any{report.Safe(name)}
		if name == "" {
			plans = []any{id(1, 1).String()}
		}
		state := map[string]any{"user": report.Safe("u" + name), "licenses": []any{map[string]any{"sku": report.Safe("p" + name), "disabledPlans": plans}}}
		if name != "" {
			state["usageLocation"] = report.Safe(name)
		}
		want = state
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reads back otherwise (-want +got):\n%s\nof\n%s", diff, body.String())
		}
	})
}

// One pair of headers for each user, each a name without a space or a folder;
// every other line has a mark that the format knows.
func TestDiffHasTheLinesOfADiff(t *testing.T) {
	header := regexp.MustCompile(`^(?:--- a|\+\+\+ b)/[^/ \t]+\.yaml$`)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(hostileMarkdown(), 1, 20).Draw(t, "names")
		p := stated(renamed(short(), func(n int) string { return fmt.Sprintf("%s %d", names[n%len(names)], n) }))
		headers := 0
		for line := range strings.Lines(written(t, planDiff(p, report.Options{}))) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
				headers++
				if !header.MatchString(line) {
					t.Errorf("the header %q is not a name", line)
				}
			case line != "" && !slices.Contains([]byte(" +-@#"), line[0]):
				t.Errorf("the line %q has no mark", line)
			}
		}
		if headers != 2*len(p.Changes) {
			t.Errorf("%d headers of files for %d users", headers, len(p.Changes))
		}
	})
}
