package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// DriftText writes for people how a tenant differs from its manifests. It
// speaks of what was done in the tenant, and by whom, where a plan speaks of
// what has to be done. Options.Apply is the command that puts it right. Where
// nothing differs it is one line, and the errors and warnings there are. Notes
// that have nothing to do with a difference are left to the plan, unless
// Options.Full.
//
// The error is the writer's.
func DriftText(w io.Writer, p *plan.Plan, o Options) error {
	drift := newDriftView(p, o, o.wording())
	t := driftText{planText{v: drift.planView, wording: drift.text, page: o.page(w), apply: o.repairing()}, drift}
	t.header()
	t.groups()
	t.wording.blocks(t.page, t.parts(), t.end)
	t.end(t.page)
	if err := t.page.Close(); err != nil {
		return fmt.Errorf("writing the drift: %w", err)
	}
	return nil
}

// driftText lays differences out as text.
type driftText struct {
	planText
	drift *driftView
}

func (t *driftText) header() {
	if t.v.isQuiet() {
		t.page.Add(t.drift.nothing())
		return
	}
	about := "Drift   "
	if t.drift.hasBaseline() {
		about += t.drift.since() + ", the time of the baseline"
	} else {
		about += "from the manifests; without --baseline nobody can tell since when, and what is merged and not applied counts too"
	}
	t.page.Add("Tenant  "+t.v.tenant, about)
}

// parts gives the differences and the findings.
func (t *driftText) parts() []layout.Block {
	var out []layout.Block
	for _, s := range t.v.sections {
		out = append(out, t.differenceBlock(s))
	}
	for _, f := range t.v.findings {
		out = append(out, t.findingsBlock(f))
	}
	return out
}

func (t *driftText) differenceBlock(s section) layout.Block {
	look := differenceLooks[s.kind]
	mark := "  " + t.style.Paint(look.tone, string(look.marker)) + " "
	b := layout.Block{
		Title: t.drift.title(s.kind) + " (" + counted(s.users, "user") + ")", Keep: look.keep, Size: len(s.batches),
		Item: func(i int) layout.Item {
			return layout.Item{Users: len(s.batches[i].changes), Lines: func(yield func(string) bool) {
				users, all := t.v.users(s.batches[i]), t.v.differencesOf(s.batches[i])
				head := lines(mark + t.head(users, t.drift.doneText(all)))
				joinLines(head, t.userLines(users), lines(t.rightLines(s.batches[i], all)...))(yield)
			}}
		},
	}
	if s.kind == lost {
		b.Least = leastLosses
	}
	return b
}

// rightLines say what puts a difference right, and what is in the way of it.
func (t *driftText) rightLines(b *batch, all []difference) []string {
	var texts []string
	if parts := rightParts(all); len(parts) > 0 {
		text := "to put right: " + t.partsText(parts)
		if b.losesAll {
			text += t.style.Paint(layout.Bad, ", keeping no direct license")
		}
		texts = append(texts, text)
	}
	if kept := t.drift.keptBack(b, all); kept != "" {
		texts = append(texts, kept)
	}
	if len(texts) == 0 {
		return nil
	}
	return []string{"      " + strings.Join(texts, "; ")}
}

// end adds the last lines: the sum, what putting it right does, and how.
func (t *driftText) end(p *layout.Page) {
	if t.v.isQuiet() {
		return
	}
	p.Gap()
	p.Add(t.style.Paint(layout.Strong, t.drift.driftSum()))
	if repair := t.drift.repair(); !repair.isNothing() {
		p.Add(t.drift.rightAtOnce(repair)...)
		if t.apply != "" {
			p.AddAsIs("To put it right: " + t.apply)
		}
	}
}
