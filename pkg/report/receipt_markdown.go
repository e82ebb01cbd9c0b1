package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/receipt"
)

// ReceiptMarkdown writes a receipt for a pull request or a job summary, as
// PlanMarkdown does a plan. Its first line is
//
//	<!-- licensectl:receipt v1 plan=sha256:… tenant=… -->
//
// What went wrong comes first, and what was done last and folded away. The
// report takes at most the budget: what does not fit is left out from the end,
// and counted.
//
// The error is the writer's, or that of a budget below MinMarkdownBudget.
func ReceiptMarkdown(w io.Writer, r *receipt.Receipt, o MarkdownOptions) error {
	budget, err := o.budget()
	if err == nil {
		m := receiptMarkdown{v: newReceiptView(r, namer{o.Names}), full: o.Full}
		err = m.leaves().write(w, budget, m.begin(r), m.end())
	}
	if err != nil {
		return fmt.Errorf("writing the receipt: %w", err)
	}
	return nil
}

// receiptMarkdown lays a receipt out as markdown.
type receiptMarkdown struct {
	v    *receiptView
	full bool
}

func (m *receiptMarkdown) begin(r *receipt.Receipt) string {
	var out strings.Builder
	out.WriteString(marker("receipt", "plan", r.Run.PlanID, r.Run.Tenant.ID))
	out.WriteString("### licensectl apply: " + m.v.countsText() + "\n\n")
	out.WriteString("Tenant " + code(short(m.v.tenant)) + ". Started " + code(m.v.started.UTC().Format("2006-01-02 15:04:05 UTC")))
	if m.v.took != 0 {
		out.WriteString(", took " + m.v.took.Round(time.Second).String())
	}
	if m.v.actor != "" {
		out.WriteString(", by " + code(short(m.v.actor)))
	}
	if m.v.commit != "" {
		out.WriteString(", commit " + code(short(m.v.commit)))
	}
	out.WriteString(".")
	if seen := m.v.verifiedText(); seen != "" {
		out.WriteString(" " + seen)
	}
	out.WriteString("\n")
	if m.v.stopped != "" {
		out.WriteString("\n> [!WARNING]\n> Stopped: " + prose(short(m.v.stopped)) + "\n")
	}
	if !m.v.complete {
		out.WriteString("\n> [!WARNING]\n> Cut short: " + m.v.whatIsMissing() + "\n")
	}
	return out.String()
}

func (m *receiptMarkdown) end() string {
	out := ""
	if next := m.v.howToGoOn(); next != "" {
		out += "\n" + next + "\n"
	}
	return out + "\n---\n\nPlan id " + code(short(m.v.planID)) + ", run " + code(short(m.v.runID)) +
		". All of it: `licensectl show --full RECEIPT.jsonl`.\n"
}

// leaves gives the changes, those that are not done first.
func (m *receiptMarkdown) leaves() leaves {
	var out leaves
	for i, s := range m.v.outcomes {
		name, meaning := s.words()
		title := capital(name) + " (" + counted(s.users, "user") + ": " + meaning + ")"
		l := leaf{
			head: "\n#### " + title + "\n\n" + tableHead("who", "what", "why", "where"), notice: "| %s | | | |\n",
			noun: "kind", keep: i, vital: true,
		}
		if isSettled(s) {
			l.head, l.tail, l.vital = folded(title)+tableHead("who", "what", "why", "where"), "\n</details>\n", false
		}
		for _, g := range s.groups {
			l.entries = append(l.entries, m.resultEntry(g))
		}
		out = append(out, l)
	}
	return out
}

// resultEntry is a row for the users whose changes ended alike.
func (m *receiptMarkdown) resultEntry(g *resultGroup) entry {
	what := partsMarkdown(g.parts) + tagsMarkdown(g.cause, g.reasons)
	why := whyMarkdown(g)
	e := entry{users: len(g.users), forms: []string{
		tableRow(crowdMarkdown(g.users, shownUsers), what, why, placesMarkdown(g.users)),
	}}
	if len(g.users) == 1 || !m.full && len(g.users) > shownUsers {
		return e
	}
	var rows strings.Builder
	for _, u := range g.users {
		rows.WriteString(tableRow(code(u.name), what, why, placesMarkdown(crowd{u})))
	}
	e.forms = append(e.forms, rows.String())
	return e
}

// whyMarkdown gives the reason, what to do, and what the service answered.
func whyMarkdown(g *resultGroup) string {
	var lines []string
	if g.message != "" {
		lines = append(lines, prose(g.message))
	}
	if g.hint != "" {
		lines = append(lines, "Hint: "+prose(g.hint))
	}
	if g.service != "" {
		lines = append(lines, "Service: "+prose(g.service))
	}
	if g.request != "" && g.service != "" {
		lines = append(lines, "Request id: "+code(g.request))
	}
	return strings.Join(lines, "<br>")
}
