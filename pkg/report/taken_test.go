package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// What a plan takes away is told in full at a glance: what the guard counts,
// and of how many users. Only what would be done counts.
func TestWhatIsTakenAway(t *testing.T) {
	off := update(e3, nil, []plan.PlanRef{sway})
	for _, c := range []struct {
		name  string
		fill  func(d *draft)
		want  string // the line
		title string // of markdown
	}{
		{"nothing", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), add(e5))
		}, "Takes away: nothing.", "1 user changes, `+1 -0 ~0`\n"},
		{"a service plan goes on", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), update(e3, []plan.PlanRef{sway}, nil))
		}, "Takes away: nothing.", "1 user changes, `+0 -0 ~1`\n"},
		{"a license", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), remove(e3))
		}, "Takes away: 1 license; 1 user loses a license or a service plan.", "`+0 -1 ~0`, 1 loses a license or a service plan\n"},
		{"the last license", func(d *draft) {
			c := d.change(user(1, "ada@contoso.com"), remove(e3))
			c.Before.Licenses, c.After.Licenses = []plan.StateLicense{{SKUID: e3.id}}, nil
		}, "Takes away: 1 license; 1 user loses a license or a service plan, 1 of them keeps no direct license.",
			"`+0 -1 ~0`, 1 loses a license or a service plan, 1 keeps no direct license\n"},
		{"a swap", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), remove(e3), add(e5))
		}, "Takes away: 1 license; 1 user swaps one license for another.", "`+1 -1 ~0`\n"},
		{"two for one", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), remove(e3), remove(visio), add(e5))
		}, "Takes away: 2 licenses; 1 user loses a license or a service plan.", "`+1 -2 ~0`, 1 loses a license or a service plan\n"},
		{"service plans", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), off)
			d.change(user(2, "ben@contoso.com"), off)
		}, "Takes away: 2 (0 licenses, 2 with a service plan off); 2 users lose a license or a service plan.",
			"`+0 -0 ~2`, 2 lose a license or a service plan\n"},
		{"a swap and a service plan", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), remove(visio), add(e5), off)
			d.change(user(2, "ben@contoso.com"), remove(visio), add(e5))
		}, "Takes away: 3 (2 licenses, 1 with a service plan off); 1 user loses a license or a service plan; 1 user swaps one license for another.",
			"`+2 -2 ~1`, 1 loses a license or a service plan\n"},
		{"only what is done", func(d *draft) {
			d.change(user(1, "ada@contoso.com"), remove(e3)).Status = plan.StatusHeld
			d.change(user(2, "ben@contoso.com"), off).Status = plan.StatusBlocked
		}, "Takes away: nothing.", "`+0 -0 ~0`, 1 blocked, 1 held\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDraft(3)
			c.fill(d)
			p := d.made()
			if text := written(t, planText(p, report.Options{})); !strings.Contains(strings.ReplaceAll(text, "\n    ", " "), "\n"+c.want+"\n") {
				t.Errorf("want the line %q in\n%s", c.want, text)
			}
			markdown := written(t, func(w io.Writer) error { return report.PlanMarkdown(w, p, report.MarkdownOptions{}) })
			for _, want := range []string{"\n**" + c.want + "**\n", c.title} {
				if !strings.Contains(markdown, want) {
					t.Errorf("want %q in\n%s", want, markdown)
				}
			}
		})
	}
}

// A guard that counts more than the plan shows is not said to be made of what
// the plan shows.
func TestGuardIsNotSplitInPart(t *testing.T) {
	d := newDraft(3)
	d.change(user(1, "ada@contoso.com"), remove(visio), update(e3, nil, []plan.PlanRef{sway}))
	p := d.made()
	for actual, want := range map[int]bool{2: true, 3: false} {
		for i := range p.Guards {
			if p.Guards[i].Name == plan.GuardMaxRemovals {
				p.Guards[i].Actual = actual
			}
		}
		text := written(t, planText(p, report.Options{}))
		if got := strings.Contains(text, "allowed  ok  1 license, 1 with a service plan off"); got != want {
			t.Errorf("%d removals: split is %t, want %t, in\n%s", actual, got, want, text)
		}
	}
}

// The title of a section counts what the guards count.
func TestSectionsSayHowMuchTheyAre(t *testing.T) {
	off, on := update(e3, nil, []plan.PlanRef{sway}), update(power, []plan.PlanRef{sway}, nil)
	for _, c := range []struct {
		what  string
		users [][]plan.Action // the actions of each
		want  string
	}{
		{"licenses", [][]plan.Action{{remove(e3)}, {remove(e3), remove(visio)}}, "LOSSES (3 licenses of 2 users)"},
		{"a license and its plans", [][]plan.Action{{remove(visio), off}}, "LOSSES (1 license of 1 user; service plans go off for 1)"},
		{"licenses, and plans of one user", [][]plan.Action{{remove(visio), off}, {remove(visio)}, {remove(visio), on}}, "LOSSES (3 licenses of 3 users; service plans go off for 1)"},
		{"a swap", [][]plan.Action{{remove(e3), add(e5)}}, "SWAPS (1 user)"},
		{"two for two", [][]plan.Action{{remove(e3), remove(visio), add(e5), add(power)}}, "SWAPS (2 licenses of 1 user)"},
		{"plans alone", [][]plan.Action{{off}, {off}}, "SERVICE PLANS OFF (2 users)"},
		{"more", [][]plan.Action{{add(e5)}}, "ADDITIONS (1 user)"},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := newDraft(5)
			for i, actions := range c.users {
				d.change(user(i, fmt.Sprintf("user%d@contoso.com", i)), actions...)
			}
			p := d.made()
			for name, text := range map[string]string{
				"text": written(t, planText(p, report.Options{})), "markdown": written(t, func(w io.Writer) error { return report.PlanMarkdown(w, p, report.MarkdownOptions{}) }),
			} {
				if !strings.Contains(strings.ToLower(text), strings.ToLower(c.want)) {
					t.Errorf("%s: want %q in\n%s", name, c.want, text)
				}
			}
		})
	}
}
