package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanDamage writes what somebody should have in mind who lets a plan pass its
// guards: the guards that it trips, who lets it pass, and what the plan takes
// away, product by product. Users are counted, not named.
//
// The error is the writer's.
func PlanDamage(w io.Writer, p *plan.Plan, o Options) error {
	t := planText{v: newPlanView(p, o), wording: wording{style: o.Style, full: o.Full}, page: newPage(w, o.Style)}
	t.page.add("")
	t.page.title("THIS PLAN DOES MORE THAN THE POLICY ALLOWS, AND IS LET PASS")
	rows := table{aligns: []align{left, left, left}}
	for _, g := range t.v.guards {
		if g.state == guardApproved {
			rows.row(plainCell("  "+guardName(g)), plainCell(guardCount(g)), guardVerdict(g))
		}
	}
	t.page.add(rows.lines(t.style)...)
	t.page.add("")
	t.damage()
	if err := t.page.close(); err != nil {
		return fmt.Errorf("writing what the plan takes away: %w", err)
	}
	return nil
}

// damage sums up the ready changes that take something away.
func (t *planText) damage() {
	for _, s := range t.v.sections {
		if s.kind == removals {
			t.page.add(t.lossTable(t.v.lossesOf(s))...)
		}
	}
	off := 0
	for _, s := range t.v.sections {
		if s.kind == removals || s.kind == changes {
			off += s.plansOff
		}
	}
	if off > 0 {
		t.page.add("  " + t.style.paint(bad, "service plans go off for "+counted(off, "user")))
	}
	t.page.add(t.style.paint(strong, t.v.sum()))
}
