package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
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
		err = m.leaves().Write(w, budget, m.begin(), m.end())
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
	out.WriteString("Tenant " + markdown.Code(short(m.v.tenant)) + ". Started " + markdown.Code(m.v.started.UTC().Format("2006-01-02 15:04:05 UTC")))
	if m.v.took != 0 {
		out.WriteString(", took " + m.v.took.Round(time.Second).String())
	}
	if m.v.actor != "" {
		out.WriteString(", by " + markdown.Code(short(m.v.actor)))
	}
	if m.v.commit != "" {
		out.WriteString(", commit " + markdown.Code(short(m.v.commit)))
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
		out.WriteString("\n> [!WARNING]\n> Stopped: " + markdown.Prose(short(m.v.stopped)) + "\n")
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
	return out + "\n---\n\nPlan id " + markdown.Code(short(m.v.planID)) + ", run " + markdown.Code(short(m.v.runID)) +
		". All of it: `licensectl show --full RECEIPT.jsonl`.\n"
}

// leaves gives the changes, those that are not done first.
func (m *receiptMarkdown) leaves() markdown.Blocks {
	var out markdown.Blocks
	if len(m.v.head.GroupResults) > 0 {
		out = append(out, m.groupBlock())
	}
	for i, s := range m.v.outcomes {
		name, meaning := s.words()
		title := capital(name) + " (" + counted(s.users, "user") + ": " + meaning + ")"
		l := markdown.Block{
			Head: "\n#### " + title + "\n\n" + markdown.Head("who", "what", "why", "where"), Notice: "| %s | | | |\n",
			Noun: "kind", Keep: i, Vital: true,
		}
		if isSettled(s) {
			l.Head, l.Tail, l.Vital = markdown.Folded(title)+markdown.Head("who", "what", "why", "where"), "\n</details>\n", false
		}
		l.Size, l.Entry = len(s.batches), func(i int) markdown.Entry { return m.resultEntry(s.batches[i]) }
		out = append(out, l)
	}
	return out
}

// resultEntry is a row for the users whose changes ended alike, and as its
// longer form a row for each, where that is worth it.
func (m *receiptMarkdown) resultEntry(b *resultBatch) markdown.Entry {
	users := m.v.users(b)
	e := markdown.Entry{Users: users.size, Forms: []markdown.Form{func(most int) (string, bool) {
		return markdown.Fixed(resultRow(m.v.words(b), users))(most)
	}}}
	if users.size == 1 || !m.full && users.size > shownUsers {
		return e
	}
	e.Forms = append(e.Forms, markdown.Pieced(func(yield func(string) bool) {
		words := m.v.words(b)
		for u := range users.all() {
			if !yield(resultRow(words, alone(u))) {
				return
			}
		}
	}))
	return e
}

// resultRow is what became of users of a batch.
func resultRow(g resultWords, users userList) string {
	what := partsMarkdown(g.parts) + tagsMarkdown(g.cause, g.reasons)
	return markdown.Row(someUsers(users), what, whyMarkdown(g), sourcesMarkdown(users))
}

// whyMarkdown gives the reason, what to do, and what the service answered.
func whyMarkdown(g resultWords) string {
	var lines []string
	if g.message != "" {
		lines = append(lines, markdown.Prose(g.message))
	}
	if g.hint != "" {
		lines = append(lines, "Hint: "+markdown.Prose(g.hint))
	}
	if g.service != "" {
		lines = append(lines, "Service: "+markdown.Prose(g.service))
	}
	if g.request != "" && g.service != "" {
		lines = append(lines, "Request id: "+markdown.Code(g.request))
	}
	return strings.Join(lines, "<br>")
}
