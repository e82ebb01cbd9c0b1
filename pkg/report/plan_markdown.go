package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// PlanMarkdown writes a plan for a pull request or a job summary, in GitHub's
// dialect of markdown, which GitLab and Azure DevOps read as well. Its first
// line is a comment that nobody sees,
//
//	<!-- licensectl:plan v1 id=sha256:… tenant=… -->
//
// by which a program finds what it has posted before. Then come the headline,
// the guards that have tripped, the changes, those first that take something
// away, the findings, the seats, the cost, and the plan id. Where seats are short
// they stand before the changes.
//
// The report takes at most the budget. What does not fit is left out and
// counted: held changes first, then additions, other changes, notes, warnings,
// blocked changes and errors; of what is taken away first the names of users, and
// at the very last whole kinds. With Options.Full every user has a line with their
// place, as far as that fits.
//
// No name of a tenant, a user, a product or a file can shape the page: what is
// not a harmless word is code. See the top of markdown.go.
//
// The error is the writer's, or that of a budget below MinMarkdownBudget.
func PlanMarkdown(w io.Writer, p *plan.Plan, o MarkdownOptions) error {
	budget, err := o.budget()
	if err == nil {
		m := planMarkdown{v: newPlanView(p, o.Options), o: o.Options}
		err = m.leaves().Write(w, budget, m.begin(), m.end())
	}
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// planMarkdown lays a plan out as markdown.
type planMarkdown struct {
	v *planView
	o Options
}

// begin is what stands before everything that can be cut.
func (m *planMarkdown) begin() string {
	about := "As of " + m.v.asOf + ", for " + m.v.managed()
	if m.v.files > 0 {
		about += ", from " + counted(m.v.files, "file")
	}
	begin := marker("plan", "id", m.v.head.PlanID, m.v.head.Tenant.ID) + "### licensectl plan: " + m.headline() + "\n\n" +
		"Tenant " + markdown.Code(short(m.v.tenant)) + ". " + about + ".\n"
	if m.v.isQuiet() {
		return begin
	}
	return begin + "\n**" + m.v.taken.text() + "**\n"
}

// headline gives the counts and the verdict.
func (m *planMarkdown) headline() string {
	text := m.counts()
	if !m.v.applyable {
		text += " — **not applyable**"
	}
	return text
}

func (m *planMarkdown) counts() string {
	s, errors := m.v.summary, m.v.count(plan.SeverityError)
	switch {
	case m.v.isQuiet() && errors > 0:
		return "no changes, but " + counted(errors, "error")
	case m.v.isQuiet():
		return "no changes, " + m.v.rest()
	}
	counts := fmt.Sprintf("`+%s -%s ~%s`", number(s.Add), number(s.Remove), number(s.Update))
	text := ""
	if groups := m.v.groupsText(); groups != "" {
		text = groups + ", "
	}
	if s.Users > 0 || text == "" {
		text += counted(s.Changed, "user") + choose(s.Changed, " changes, ", " change, ") + counts
	}
	text = strings.TrimSuffix(text, ", ") + m.v.taken.headline()
	for _, more := range []struct {
		n    int
		what string
	}{{s.Blocked, "blocked"}, {s.Held, "held"}, {errors, choose(errors, "error", "errors")}, {m.v.leftOut + m.v.leftOutGroups, "left out"}} {
		if more.n > 0 {
			text += fmt.Sprintf(", %s %s", number(more.n), more.what)
		}
	}
	return text
}

// end is what stands after everything that can be cut.
func (m *planMarkdown) end() string {
	return "\n---\n\nPlan id " + markdown.Code(short(m.v.head.PlanID)) + ". The full plan: `" + m.o.showCommand() + "`.\n"
}

// short bounds a name where it has to fit whatever the budget is.
func short(s string) string {
	const most = 120
	s = Safe(s)
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + ellipsis
	}
	return s
}

// The order in which the parts of the page are spared when room is short.
const (
	spareGuards = iota
	spareApproved
	spareSum
	spareLosses
	spareSwaps
	sparePlansOff
	spareErrors
	spareSeats
	spareCost
	spareBlocked
	spareWarnings
	spareNotes
	spareChanges
	spareAdditions
	spareHeld
	sparePassing
	spareSelections
)

// leaves gives the parts of the page that may be cut.
func (m *planMarkdown) leaves() markdown.Blocks {
	var out markdown.Blocks
	out = append(out, m.stopping()...)
	out = append(out, m.approved()...)
	seats := m.seats()
	if m.v.isShort() {
		out, seats = append(out, seats...), nil
	}
	out = append(out, groupBlocks(m.v)...)
	out = append(out, m.origins()...)
	sum := m.lossSum()
	out = append(out, sum...)
	for _, s := range m.v.sections {
		section := m.section(s)
		section.Summed = len(sum) > 0 && (s.kind == losses || s.kind == swaps)
		out = append(out, section)
	}
	for _, f := range m.v.findings {
		out = append(out, m.findings(f))
	}
	out = append(append(out, seats...), m.costs()...)
	return append(append(out, m.passing()...), m.selections()...)
}

// stopping is a warning with the guards that stop the plan, what that means,
// and what would let it pass.
func (m *planMarkdown) stopping() markdown.Blocks {
	if m.v.applyable {
		return nil
	}
	l := markdown.Block{
		Head:   "\n> [!WARNING]\n> **This plan is not applied. Nothing was written.**\n>\n",
		Notice: "> - %s\n", Noun: "guard", Keep: spareGuards, Vital: true,
		Tail: ">\n> Approve it, or ask for less. Until then every `licensectl apply` refuses it with exit code 5, and the job that runs it\n" +
			"> fails.\n",
	}
	var rows []markdown.Entry
	for _, g := range m.v.stopping() {
		rows = append(rows, markdown.Once("> - "+guardMarkdown(g)+": "+actualMarkdown(g)+", and "+number(g.limit)+choose(g.limit, " is", " are")+" allowed\n"))
	}
	if len(rows) == 0 {
		rows = append(rows, markdown.Once("> - "+strings.Join(m.v.obstacles(), ", ")+"\n"))
	}
	l.List(rows)
	if a := m.v.approval; a != nil {
		l.Tail += "\nTo let this plan, and no other, pass: have this document reviewed and merged among the manifests, and plan again.\n\n```yaml\n" +
			strings.Join(a.document(), "\n") + "\n```\n"
	}
	return markdown.Blocks{l}
}

// approved is the guards that have tripped and that somebody lets pass: a
// reader has to see them, though they stop nothing.
func (m *planMarkdown) approved() markdown.Blocks {
	l := markdown.Block{
		Head:   "\n> **Tripped, and approved for this plan:**\n>\n",
		Notice: "> - %s\n", Noun: "guard", Keep: spareApproved, Vital: true,
	}
	var rows []markdown.Entry
	for _, g := range m.v.guards {
		if g.state == guardApproved {
			rows = append(rows, markdown.Once("> - "+guardMarkdown(g)+": "+actualMarkdown(g)+", and "+number(g.limit)+choose(g.limit, " is", " are")+" allowed; approved by "+
				markdown.Code(g.approvedBy)+"\n"))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	l.List(rows)
	return markdown.Blocks{l}
}

func guardMarkdown(g guardRow) string {
	text := "**" + markdown.Code(g.name) + "**"
	if g.sku != "" && g.together < 2 {
		text += " for " + markdown.Code(g.sku)
	}
	return text
}

// actualMarkdown gives "4 (3 licenses, 1 with a service plan off)".
func actualMarkdown(g guardRow) string {
	if g.split == "" {
		return number(g.actual)
	}
	return number(g.actual) + " (" + g.split + ")"
}

// passing is the guards that have not tripped, folded away.
func (m *planMarkdown) passing() markdown.Blocks {
	if m.v.isQuiet() && m.v.applyable {
		return nil
	}
	l := markdown.Block{Notice: "| %s | | |\n", Noun: "guard", Keep: sparePassing, Tail: "\n</details>\n"}
	var rows []markdown.Entry
	for _, g := range m.v.guards {
		if g.state < guardPasses {
			continue
		}
		name := guardMarkdown(g)
		if g.together > 1 {
			name += " of " + counted(g.together, "product")
		}
		rows = append(rows, markdown.Once(markdown.Row(name, guardInFull(g), passingVerdict(g))))
	}
	if len(rows) == 0 {
		return nil
	}
	l.List(rows)
	l.Head = markdown.Folded("Guards that have not tripped") + markdown.Head("guard", "count", "")
	return markdown.Blocks{l}
}

func passingVerdict(g guardRow) string {
	if g.state == guardOff {
		return "off"
	}
	return "ok"
}

func (m *planMarkdown) seats() markdown.Blocks {
	if len(m.v.seats) == 0 {
		return nil
	}
	l := markdown.Block{
		Head:   "\n#### Seats\n\n" + markdown.Head("product", "bought:", "used:", "freed:", "needed:", "after:", ""),
		Notice: "| %s | | | | | | |\n", Noun: "product", Keep: spareSeats, Brief: true,
	}
	var rows []markdown.Entry
	for _, s := range m.v.seats {
		note, _ := seatsNote(s)
		if s.short > 0 {
			note = "**" + note + "**"
		}
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(s.product), number(s.seats.Enabled), number(s.seats.Consumed),
			signed("-", s.seats.Remove), signed("+", s.seats.Add), number(s.seats.After), note)))
	}
	l.List(rows)
	return markdown.Blocks{l}
}

func (m *planMarkdown) costs() markdown.Blocks {
	if m.v.cost == "" {
		return nil
	}
	l := markdown.Block{
		Head:   "\n#### Cost: " + markdown.Code(short(m.v.cost)) + " a month\n",
		Notice: "| %s | | | |\n", Noun: "product", Keep: spareCost, Brief: true,
	}
	if len(m.v.costs) > 0 {
		l.Head += "\n" + markdown.Head("product", "seats:", "price:", "cost:")
	}
	var rows []markdown.Entry
	for _, c := range m.v.costs {
		price, delta := c.price, c.delta
		if price == "" {
			price, delta = "not known", ""
		}
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(c.product), c.seatsText(), price, delta)))
	}
	l.List(rows)
	return markdown.Blocks{l}
}

// marker is a comment by which a program finds what it has posted before, to
// update it in place. Of a plan id it takes a digest and nothing else.
func marker(kind, key, planID string, tenant license.GUID) string {
	return "<!-- licensectl:" + kind + " v1 " + key + "=" + digest(planID) + " tenant=" + tenant.String() + " -->\n"
}

// digest gives a plan id that can be trusted to be one, else "none".
func digest(planID string) string {
	if sum, ok := planDigest(planID); ok {
		return "sha256:" + sum
	}
	return "none"
}

// selections is how many users every selection found, folded away.
func (m *planMarkdown) selections() markdown.Blocks {
	if len(m.v.found) == 0 {
		return nil
	}
	l := markdown.Block{Notice: "| %s | | |\n", Noun: "selection", Keep: spareSelections, Tail: "\n</details>\n"}
	var rows []markdown.Entry
	for _, s := range m.v.found {
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(s.Text), s.Found, markdown.Code(s.Place))))
	}
	l.List(rows)
	l.Head = markdown.Folded("Whom the selections found") + markdown.Head("selection", "found", "")
	return markdown.Blocks{l}
}

// origins is the lines that ask for most of the changes.
func (m *planMarkdown) origins() markdown.Blocks {
	if len(m.v.origins) == 0 {
		return nil
	}
	l := markdown.Block{Head: "\n#### Asked for by\n\n" + markdown.Head("line of the manifests", "users:", "licenses", "place"),
		Notice: "| %s | | | |\n", Noun: "line", Keep: spareSeats, Brief: true}
	var rows []markdown.Entry
	for _, r := range m.v.origins {
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(r.Text), r.Users, "`"+r.Does+"`", markdown.Code(r.Place))))
	}
	l.List(rows)
	return markdown.Blocks{l}
}
