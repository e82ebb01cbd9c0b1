package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// guardState is what became of a guard.
type guardState int

// In the order in which guards are shown.
const (
	guardStops guardState = iota
	guardApproved
	guardPasses
	guardOff
)

// guardRow is one guard, or the first of all guards per SKU that pass.
type guardRow struct {
	state      guardState
	name       string
	sku        string // part number, for a guard per SKU, with the id where that does not tell it
	limit      int
	actual     int
	approvedBy string
	split      string // what actual is made of, where that is of two kinds; safe
	together   int    // guards per SKU that the row stands for, where it is more than one
}

// listedGuards is how many passing guards per SKU are shown one by one.
const listedGuards = 4

// guardRows lists the guards, those that stop the plan first, and among equals
// those for the whole plan before those for one SKU. Guards per SKU
// that pass are drawn together where they are many: a tenant may have fifty.
func guardRows(guards []plan.Guard) []guardRow {
	var rows, passing []guardRow
	for _, g := range guards {
		row := newGuardRow(g)
		if row.sku != "" && row.state >= guardPasses {
			passing = append(passing, row)
		} else {
			rows = append(rows, row)
		}
	}
	if len(passing) > listedGuards {
		passing[0].together = len(passing)
		passing = passing[:1]
	}
	rows = append(rows, passing...)
	slices.SortStableFunc(rows, func(a, b guardRow) int {
		return cmp.Or(cmp.Compare(a.state, b.state), cmp.Compare(weight(a.sku != ""), weight(b.sku != "")))
	})
	return rows
}

func newGuardRow(g plan.Guard) guardRow {
	row := guardRow{
		state: guardPasses, name: Safe(string(g.Name)), sku: Safe(g.Product()),
		actual: g.Actual, approvedBy: Safe(g.ApprovedBy),
	}
	switch {
	case g.Stops():
		row.state = guardStops
	case g.Tripped:
		row.state = guardApproved
	case g.Limit == nil:
		row.state = guardOff
	}
	if g.Limit != nil {
		row.limit = *g.Limit
	}
	return row
}

// approval is what would let a stopped plan pass.
type approval struct {
	name   string // for the document
	planID string
	guards []string
}

// approvalFor gives the approval that a plan needs, or nil for none. A person
// will copy it into a manifest or a shell, so it is only given where every word
// of it is known to be harmless: a saved plan may hold anything. What --allow
// lets pass is in it as well, for the next run does not know of that.
func approvalFor(p *plan.Plan) *approval {
	sum, ok := planDigest(p.PlanID)
	if !ok {
		return nil
	}
	if !slices.ContainsFunc(p.Guards, plan.Guard.Stops) {
		return nil
	}
	a := &approval{name: "plan-" + sum[:8], planID: p.PlanID}
	for _, name := range plan.GuardNames() {
		if slices.ContainsFunc(p.Guards, func(g plan.Guard) bool { return g.Name == name && needsApproval(g) }) {
			a.guards = append(a.guards, string(name))
		}
	}
	if len(a.guards) == 0 {
		return nil
	}
	return a
}

func needsApproval(g plan.Guard) bool { return g.Stops() || g.Tripped && g.ApprovedBy == plan.ByAllow }

// document gives the lines of the Approval.
func (a *approval) document() []string {
	out := []string{
		"apiVersion: licensectl.dev/v1",
		"kind: Approval",
		"metadata:",
		"  name: " + a.name,
		"spec:",
		"  planId: " + strconv.Quote(a.planID),
		"  guards:",
	}
	for _, guard := range a.guards {
		out = append(out, "    - "+guard)
	}
	return out
}

// command completes the command that applies the plan.
func (a *approval) command(apply string) string {
	return apply + " --allow " + strings.Join(a.guards, " --allow ")
}

// planDigest gives the hexadecimal digest of a plan id, if it is one.
func planDigest(planID string) (string, bool) {
	digest, ok := strings.CutPrefix(planID, "sha256:")
	sum, err := hex.DecodeString(digest)
	return digest, ok && err == nil && len(sum) == sha256.Size
}
