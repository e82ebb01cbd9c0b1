package report

import (
	"fmt"
	"io"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// The rows that a text shows, so that it fits a screen.
const (
	fleetRows     = 18 // of tenants
	fleetProblems = 12 // of mistakes in manifests
	fleetHints    = 5  // which take the room of tenants
)

// FleetText writes the report of a fleet for people: about a screenful, however
// many tenants there are. Those that need a person come first; with Options.Full
// every tenant is listed.
//
// The error is the writer's.
func FleetText(w io.Writer, r fleet.Report, o Options) error {
	p := layout.NewPage(w, o.Style)
	p.Add(p.Style.Paint(layout.Strong, fleetHeadline(r)+"."))
	for _, n := range fleetSums(r) {
		p.Add(fmt.Sprintf("%-9s%s", n.Label, n.Text))
	}
	for _, line := range fleetGuards(r) {
		p.Add(p.Style.Paint(layout.Bad, line))
	}
	fleetProblemLines(p, r.Problems, o)
	if len(r.Tenants) > 0 {
		p.Gap()
		fleetTable(p, r, o)
	}
	if err := p.Close(); err != nil {
		return fmt.Errorf("writing the report of the fleet: %w", err)
	}
	return nil
}

// shownOf is how many of so many rows are shown.
func shownOf(size, most int, o Options) int {
	if o.Full {
		return size
	}
	return min(size, most)
}

func fleetProblemLines(p *layout.Page, problems []fleet.Problem, o Options) {
	if len(problems) == 0 {
		return
	}
	p.Gap()
	shown := shownOf(len(problems), fleetProblems, o)
	for _, problem := range problems[:shown] {
		p.Add(problemLine(problem))
		if problem.Hint != "" {
			p.Add("  hint: " + SafeMessage(problem.Hint))
		}
	}
	if left := len(problems) - shown; left > 0 {
		p.Add("and " + number(left) + " more in the manifests")
	}
}

func fleetTable(p *layout.Page, r fleet.Report, o Options) {
	rows := r.ByNeed()
	hints := hintLines(rows, o)
	shown := shownOf(len(rows), fleetRows-len(hints), o)
	t := layout.NewTable(layout.Left, layout.Left, layout.Right, layout.Left, layout.Left, layout.Right, layout.Left)
	t.Row(layout.Text("tenant"), layout.Text("outcome"), layout.Text("exit"), layout.Text("changes"), layout.Text("findings"), layout.Text("time"), layout.Text(""))
	for _, row := range rows[:shown] {
		tone := layout.Normal
		if row.Outcome.NeedsPerson() {
			tone = layout.Bad
		}
		t.Row(layout.Text(Safe(row.Name)), layout.Toned(outcomeWord(row.Outcome), tone), layout.Text(exitText(row)), layout.Text(rowChanges(row)),
			layout.Text(rowFindings(row)), layout.Text(rowTime(row)), layout.Text(remark(row)))
	}
	p.Add(t.Lines(o.Style)...)
	if left := rows[shown:]; len(left) > 0 {
		rest := fleet.Summary{Outcomes: map[fleet.Outcome]int{}}
		for _, row := range left {
			rest.Outcomes[row.Outcome]++
		}
		p.Add("and " + counted(len(left), "more tenant") + ": " + outcomeCounts(rest))
	}
	if len(hints) > 0 {
		p.Gap()
		p.Add(hints...)
	}
}

// hintLines say what to do about tenants, each hint once with those whom it is for: what
// is missing in one is often missing in many.
func hintLines(rows []fleet.Row, o Options) []string {
	var hints []string
	tenants := map[string][]string{}
	for _, row := range rows {
		if row.Hint == "" {
			continue
		}
		if tenants[row.Hint] == nil {
			hints = append(hints, row.Hint)
		}
		tenants[row.Hint] = append(tenants[row.Hint], row.Name)
	}
	var out []string
	shown := shownOf(len(hints), fleetHints, o)
	for _, hint := range hints[:shown] {
		out = append(out, "hint for "+namesOfSome(tenants[hint])+": "+SafeMessage(hint))
	}
	if left := len(hints) - shown; left > 0 {
		out = append(out, "and "+counted(left, "more hint"))
	}
	return out
}

func exitText(row fleet.Row) string {
	if row.ExitCode == nil {
		return ""
	}
	return fmt.Sprint(*row.ExitCode)
}

// remark is what else a line says of a tenant: what is in the way, or what it
// costs. It is cut, so that a line stays one.
func remark(row fleet.Row) string {
	const most = 100
	text := SafeMessage(row.Message)
	if text == "" {
		text = rowCost(row)
	}
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}
