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
		m := receiptMarkdown{v: newReceiptView(r, o.Options), full: o.Full}
		err = m.leaves().write(w, budget, m.begin(), m.end())
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

func (m *receiptMarkdown) begin() string {
	var out strings.Builder
	out.WriteString(marker("receipt", "plan", m.v.head.Run.PlanID, m.v.head.Run.Tenant.ID))
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
	if m.v.limits != "" {
		out.WriteString("; " + m.v.limits)
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
		l.size, l.entry = len(s.groups), func(i int) entry { return m.resultEntry(s.groups[i]) }
		out = append(out, l)
	}
	return out
}

// resultEntry is a row for the users whose changes ended alike, and as its
// longer form a row for each, where that is worth it.
func (m *receiptMarkdown) resultEntry(g *resultGroup) entry {
	users := m.v.users(g)
	e := entry{users: users.size, forms: []form{func(most int) (string, bool) {
		return fixed(resultRow(m.v.words(g), users))(most)
	}}}
	if users.size == 1 || !m.full && users.size > shownUsers {
		return e
	}
	e.forms = append(e.forms, pieced(func(yield func(string) bool) {
		words := m.v.words(g)
		for u := range users.all() {
			if !yield(resultRow(words, alone(u))) {
				return
			}
		}
	}))
	return e
}

// resultRow is what became of users of a group.
func resultRow(g resultWords, users crowd) string {
	what := partsMarkdown(g.parts) + tagsMarkdown(g.cause, g.reasons)
	return tableRow(crowdMarkdown(users), what, whyMarkdown(g), placesMarkdown(users))
}

// whyMarkdown gives the reason, what to do, and what the service answered.
func whyMarkdown(g resultWords) string {
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
