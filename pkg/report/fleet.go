package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/fleet"
)

// FleetJSON writes the report of a fleet as one JSON document, indented and safe
// to print: fleet.json.
//
// The error is the writer's.
func FleetJSON(w io.Writer, r fleet.Report) error { return WriteJSON(w, r) }

// outcomeWord is what a person reads for the outcome of a tenant.
func outcomeWord(o fleet.Outcome) string { return strings.ReplaceAll(string(o), "_", " ") }

// fleetTone gives the class of an outcome in a page.
func fleetTone(o fleet.Outcome) string {
	switch o {
	case fleet.Failed, fleet.Partial:
		return "error"
	case fleet.Refused, fleet.NotAttempted, fleet.Findings:
		return "warning"
	case fleet.Changes:
		return "go"
	}
	return "off"
}

// fleetHeadline says in a line what the run came to.
func fleetHeadline(r fleet.Report) string {
	return "licensectl fleet " + short(r.Verb) + ": " + counted(r.Summary.Tenants, "tenant") + ", " + outcomeCounts(r.Summary)
}

// outcomeCounts counts tenants by outcome, those first that need a person.
func outcomeCounts(s fleet.Summary) string {
	var parts []string
	for _, o := range fleet.Outcomes() {
		if n := s.Outcomes[o]; n > 0 {
			parts = append(parts, number(n)+" "+outcomeWord(o))
		}
	}
	if len(parts) == 0 {
		return "nobody took part"
	}
	return strings.Join(parts, ", ")
}

// changeCounts says what plans would do: "+12 ~3 -4, 2 blocked".
func changeCounts(p fleet.PlanFacts) string {
	var parts []string
	count := func(n int, sign, word string) {
		if n > 0 {
			parts = append(parts, sign+number(n)+word)
		}
	}
	count(p.Summary.Add, "+", "")
	count(p.Summary.Update, "~", "")
	count(p.Summary.Remove, "-", "")
	count(p.Summary.SetUsageLocation, "", choose(p.Summary.SetUsageLocation, " location", " locations"))
	count(p.Summary.GroupsChanged, "", choose(p.Summary.GroupsChanged, " group", " groups"))
	count(p.Summary.Blocked, "", " blocked")
	count(p.Summary.Held, "", " held")
	return strings.Join(parts, " ")
}

// rowChanges says what is to change, or what was done, in one tenant.
func rowChanges(row fleet.Row) string {
	switch {
	case len(row.Outcomes) > 0:
		return appliedCounts(row.Outcomes)
	case row.Plan != nil:
		return changeCounts(*row.Plan)
	case row.Products != nil:
		return counted(row.Products.Products, "product") + ", " + number(row.Products.Consumed) + " of " + number(row.Products.Enabled) + " seats"
	}
	return ""
}

func appliedCounts(outcomes map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		parts = append(parts, number(outcomes[name])+" "+Safe(strings.ReplaceAll(name, "_", " ")))
	}
	return strings.Join(parts, ", ")
}

// rowFindings counts errors and warnings.
func rowFindings(row fleet.Row) string {
	if row.Plan == nil || row.Plan.Errors+row.Plan.Warnings == 0 {
		return ""
	}
	var parts []string
	if n := row.Plan.Errors; n > 0 {
		parts = append(parts, counted(n, "error"))
	}
	if n := row.Plan.Warnings; n > 0 {
		parts = append(parts, counted(n, "warning"))
	}
	return strings.Join(parts, ", ")
}

// rowGuards names the limits that stand in the way.
func rowGuards(row fleet.Row) string {
	if row.Plan == nil {
		return ""
	}
	return Safe(strings.Join(row.Plan.Tripped, ", "))
}

// rowCost is what the plan of a tenant costs or saves a month; empty: its policy
// has no prices.
func rowCost(row fleet.Row) string {
	if row.Plan == nil || row.Plan.Cost == nil {
		return ""
	}
	return fleetCost(*row.Plan.Cost)
}

func fleetCost(c fleet.Cost) string { return signedAmount(c.MonthlyDelta) + " " + Safe(c.Currency) }

// rowMessage says what happened, with what to do about it.
func rowMessage(row fleet.Row) string {
	text := SafeMessage(row.Message)
	if row.Hint != "" && text != "" {
		text += " (" + SafeMessage(row.Hint) + ")"
	}
	return text
}

// rowTime is how long a tenant took; empty: it was not run.
func rowTime(row fleet.Row) string {
	if row.StartedAt.IsZero() {
		return ""
	}
	return seconds(row.Seconds)
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond).String()
}

// fleetGuards tells of the limits over all tenants, each in a sentence.
func fleetGuards(r fleet.Report) []string {
	var out []string
	for _, g := range r.Guards {
		switch {
		case g.Limit == nil || !g.Tripped:
		case g.ApprovedBy != "":
			out = append(out, "Limit "+Safe(string(g.Name))+": "+number(g.Actual)+" of "+number(*g.Limit)+" allowed, let pass by "+Safe(g.ApprovedBy))
		default:
			out = append(out, "Limit "+Safe(string(g.Name))+" is tripped: "+number(g.Actual)+" of "+number(*g.Limit)+" allowed; nothing can be applied")
		}
	}
	return out
}

// fleetSums says in a few facts what all tenants come to.
func fleetSums(r fleet.Report) []note {
	s := r.Summary
	var out []note
	if s.Users.Users > 0 {
		out = append(out, note{"Users", number(s.Users.Users) + ", " + number(s.Users.Changed) + " to change, " + number(s.Users.Blocked) + " blocked, " + number(s.Users.Held) + " held"})
		out = append(out, note{"Actions", number(s.Users.Add) + " to add, " + number(s.Users.Update) + " to update, " + number(s.Users.Remove) + " to remove"})
	}
	if s.Users.Groups > 0 {
		out = append(out, note{"Groups", number(s.Users.Groups) + ", " + number(s.Users.GroupsChanged) + " to change"})
	}
	if len(s.Applied) > 0 {
		out = append(out, note{"Applied", appliedCounts(s.Applied)})
	}
	if s.Errors+s.Warnings > 0 {
		out = append(out, note{"Findings", counted(s.Errors, "error") + ", " + counted(s.Warnings, "warning")})
	}
	for _, c := range s.Cost {
		out = append(out, note{"Cost", fleetCost(c) + " a month"})
	}
	if r.Shard != "" {
		out = append(out, note{"Part", Safe(r.Shard) + " of the fleet"})
	}
	if r.PlanID != "" {
		out = append(out, note{"Plan id", Safe(r.PlanID)})
	}
	return out
}

// problemLine gives a mistake of a manifest, with whom it concerns.
func problemLine(p fleet.Problem) string {
	text := ""
	if p.Warning {
		text = "warning: "
	}
	if p.File != "" {
		text += Safe(p.File) + fmt.Sprintf(":%d:%d: ", p.Line, p.Column)
	}
	return text + SafeMessage(p.Message) + ", in " + namesOfSome(p.Tenants)
}

// namesOfSome names a few, and counts the others.
func namesOfSome(names []string) string {
	const most = 3
	shown := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, Safe(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += " and " + number(more) + " more"
	}
	return text
}
