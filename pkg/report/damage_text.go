package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// PlanDamage writes what somebody should have in mind who lets a plan pass its
// guards: the guards that it trips, who lets it pass, and what the plan takes
// away, product by product. Users are counted, not named.
//
// The error is the writer's.
func PlanDamage(w io.Writer, p *plan.Plan, o Options) error {
	t := planText{v: newPlanView(p, o), wording: o.wording(), page: o.page(w)}
	t.page.Add("")
	t.page.Title("THIS PLAN DOES MORE THAN THE POLICY ALLOWS, AND IS LET PASS")
	rows := layout.NewTable(layout.Left, layout.Left, layout.Left)
	for _, g := range t.v.guards {
		if g.state == guardApproved {
			rows.Row(layout.Text("  "+guardName(g)), layout.Text(guardCount(g)), layout.Toned(guardVerdict(g)))
		}
	}
	t.page.Add(rows.Lines(t.style)...)
	t.page.Add("")
	t.damage()
	if err := t.page.Close(); err != nil {
		return fmt.Errorf("writing what the plan takes away: %w", err)
	}
	return nil
}

// damage sums up the ready changes that take something away.
func (t *planText) damage() {
	if removing := t.v.removing(); len(removing) > 0 {
		t.page.Add(t.lossTable(t.v.lossesOf(removing...))...)
	}
	for _, r := range t.v.groups {
		if r.takes() {
			t.page.Add(t.groupLines(r)...)
		}
	}
	off := 0
	for _, s := range t.v.sections {
		if s.kind == losses || s.kind == plansOff {
			off += s.plansOff
		}
	}
	if off > 0 {
		t.page.Add("  " + t.style.Paint(layout.Bad, "service plans go off for "+counted(off, "user")))
	}
	t.page.Add(t.style.Paint(layout.Strong, t.v.sum()))
}
