package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/receipt"
)

// ReceiptText writes a receipt for people: how many changes ended in which
// outcome, then every change that is not done, with the reason, what to do
// about it, what the service answered, and the place in the manifests. A
// receipt that was cut short says so. Users with the same change and the same
// reason are drawn together, and the text takes about a screenful; with
// Options.Full every change is listed, the done ones too.
//
// The error is the writer's.
func ReceiptText(w io.Writer, r *receipt.Receipt, o Options) error {
	t := receiptText{
		v:       newReceiptView(r, namer{o.Names}),
		wording: wording{style: o.Style, full: o.Full},
		page:    page{style: o.Style},
	}
	t.header()
	t.verdict()
	end := t.end()
	t.page.addBlocks(t.blocks(), t.room(&t.page, end))
	if len(end) > 0 {
		t.page.gap()
		t.page.add(end...)
	}
	if err := t.page.writeTo(w); err != nil {
		return fmt.Errorf("writing the receipt: %w", err)
	}
	return nil
}

// receiptText lays a receipt out as text.
type receiptText struct {
	v *receiptView
	wording
	page page
}

func (t *receiptText) header() {
	run := "Run      " + t.v.runID + ", started " + t.v.started.UTC().Format("2006-01-02 15:04:05 UTC")
	if t.v.took != 0 {
		run += ", took " + t.v.took.Round(time.Second).String()
	}
	if t.v.actor != "" {
		run += ", by " + t.v.actor
	}
	if t.v.commit != "" {
		run += ", commit " + t.v.commit
	}
	t.page.add("Tenant   "+t.v.tenant, run, "Plan id  "+t.v.planID)
}

// outcomeWords gives what an outcome is called, and what it means.
func outcomeWords(o receipt.Outcome) (name, meaning string) {
	switch o {
	case receipt.Done:
		return "done", "acknowledged by the service"
	case receipt.Already:
		return "already", "as planned before the run; nothing was sent"
	case receipt.Stale:
		return "stale", "changed since the plan was made; nothing was sent"
	case receipt.Refused:
		return "refused", "the service said no"
	case receipt.Failed:
		return "failed", "tried, and not done"
	case receipt.Blocked:
		return "blocked", "something is missing; nothing was sent"
	case receipt.Held:
		return "held", "kept back on purpose; nothing was sent"
	case receipt.NotAttempted:
		return "not attempted", "the run stopped before"
	default:
		return "unknown", "sent, and nobody could find out what became of it"
	}
}

// verdict says how the run went as a whole.
func (t *receiptText) verdict() {
	var counts []string
	for _, outcome := range receipt.Outcomes() {
		if n := t.v.counts[outcome]; n > 0 {
			name, _ := outcomeWords(outcome)
			counts = append(counts, number(n)+" "+name)
		}
	}
	if len(counts) == 0 {
		counts = []string{"nothing to do"}
	}
	t.page.gap()
	t.page.add(t.style.paint(strong, "Apply: "+strings.Join(counts, ", ")+" ("+number(t.v.planned)+" planned)."))
	if t.v.seen+t.v.unseen > 0 {
		t.page.addf("Verified: %s of %s done seen in the tenant afterwards.", number(t.v.seen), number(t.v.counts[receipt.Done]))
	}
	if t.v.stopped != "" {
		t.page.add(t.style.paint(bad, "Stopped: "+t.v.stopped))
	}
	if !t.v.complete {
		t.page.add(t.style.paint(bad, "Cut short: "+t.whatIsMissing()))
	}
}

// whatIsMissing says how far a receipt can be believed that is not complete.
func (t *receiptText) whatIsMissing() string {
	text := "this receipt was not closed: the run was killed, or is still going."
	switch {
	case t.v.torn:
		text = "the last line of this receipt is incomplete: the run was killed while writing it."
	case t.v.closed:
		text = "this receipt was closed, but lacks results."
	}
	if t.v.missing == 0 {
		return text
	}
	return text + " It says nothing of " + counted(t.v.missing, "change") + "; no write was announced for " +
		choose(t.v.missing, "it.", "them.")
}

// blocks gives the changes, those that are not done first.
func (t *receiptText) blocks() []block {
	var out []block
	for _, s := range t.v.outcomes {
		if isSettled(s) && !t.full {
			continue
		}
		out = append(out, t.block(s, len(out)))
	}
	return out
}

// isSettled reports changes that need nobody's attention.
func isSettled(s outcomeSection) bool {
	return s.outcome == receipt.Already || s.outcome == receipt.Done && !s.unverified
}

func (t *receiptText) block(s outcomeSection, keep int) block {
	name, meaning := outcomeWords(s.outcome)
	if s.unverified {
		name, meaning = "unverified", "done, and not seen in the tenant in time; reads may lag"
	}
	b := block{title: strings.ToUpper(name) + " (" + counted(s.users, "user") + ": " + meaning + ")", keep: keep, vital: true}
	for _, g := range s.groups {
		b.items = append(b.items, t.resultItem(g))
	}
	return b
}

func (t *receiptText) resultItem(g *resultGroup) item {
	const indent = "      "
	text := t.partsText(g.parts)
	if len(g.reasons) > 0 {
		text += " [" + strings.Join(g.reasons, ", ") + "]"
	}
	lines := append([]string{"  " + t.head(g.users, text)}, t.list(g.users, indent)...)
	for _, detail := range []struct{ label, text string }{
		{"", g.message}, {"hint: ", g.hint}, {"service: ", g.service}, {"request id: ", t.requestText(g)},
	} {
		if detail.text != "" {
			lines = append(lines, indent+detail.label+detail.text)
		}
	}
	return item{lines: lines, users: len(g.users)}
}

// requestText gives the request to name to the service's support, and how
// often it was tried.
func (t *receiptText) requestText(g *resultGroup) string {
	text := g.request
	if text != "" && g.attempts > 1 {
		text += " (after " + counted(g.attempts, "attempt") + ")"
	}
	if text != "" && len(g.users) > 1 {
		text += " for " + g.users[0].name
	}
	return text
}

// end says how to go on.
func (t *receiptText) end() []string {
	again := t.v.counts[receipt.Failed] + t.v.counts[receipt.Unknown] + t.v.counts[receipt.NotAttempted]
	if again == 0 {
		return nil
	}
	return []string{"Apply the same plan again to go on: what is done counts as already done, and is not sent again."}
}
