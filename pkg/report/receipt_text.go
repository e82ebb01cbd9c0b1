package report

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
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
		v:       newReceiptView(r, o),
		wording: o.wording(),
		page:    o.page(w),
	}
	t.header()
	t.verdict()
	if lines := t.groupLines(); len(lines) > 0 {
		t.page.Gap()
		t.page.Add(append([]string{t.v.groupCounts()}, lines...)...)
	}
	t.wording.blocks(t.page, t.parts(), t.end)
	t.end(t.page)
	if err := t.page.Close(); err != nil {
		return fmt.Errorf("writing the receipt: %w", err)
	}
	return nil
}

// receiptText lays a receipt out as text.
type receiptText struct {
	v *receiptView
	wording
	page *layout.Page
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
	t.page.Add("Tenant   "+t.v.tenant, run, "Plan id  "+t.v.planID)
	if t.v.limits != "" {
		t.page.Add("Note     " + t.v.limits)
	}
}

// verdict says how the run went as a whole.
func (t *receiptText) verdict() {
	t.page.Gap()
	t.page.Add(t.style.Paint(layout.Strong, "Apply: "+t.v.countsText()+"."))
	if seen := t.v.verifiedText(); seen != "" {
		t.page.Add(seen)
	}
	if t.v.stopped != "" {
		t.page.Add(t.style.Paint(layout.Bad, "Stopped: "+t.v.stopped))
	}
	if !t.v.complete {
		t.page.Add(t.style.Paint(layout.Bad, "Cut short: "+t.v.whatIsMissing()))
	}
}

// parts gives the changes, those that are not done first.
func (t *receiptText) parts() []layout.Block {
	var out []layout.Block
	for _, s := range t.v.outcomes {
		if isSettled(s) && !t.full {
			continue
		}
		out = append(out, t.block(s, len(out)))
	}
	return out
}

func (t *receiptText) block(s outcomeSection, keep int) layout.Block {
	name, meaning := s.words()
	return layout.Block{
		Title: strings.ToUpper(name) + " (" + counted(s.users, "user") + ": " + meaning + ")", Keep: keep, Least: 1, Size: len(s.batches),
		Item: func(i int) layout.Item {
			return layout.Item{Users: len(s.batches[i].results), Lines: func(yield func(string) bool) { t.resultLines(s, i)(yield) }}
		},
	}
}

// resultLines gives the changes of one batch. Why they ended as they did stands
// above them, once for all batches that share it.
func (t *receiptText) resultLines(s outcomeSection, i int) iter.Seq[string] {
	const indent = "      "
	g, users := t.v.words(s.batches[i]), t.v.users(s.batches[i])
	why := t.whyLines(g)
	head := "  " + t.head(users, t.partsText(g.parts)+tags(g.cause, g.reasons))
	if len(why) > 0 {
		head = "  " + head
	}
	if i > 0 && slices.Equal(why, t.whyLines(t.v.words(s.batches[i-1]))) {
		why = nil
	}
	var details []string
	if text := requestText(g, users); text != "" {
		details = append(details, indent+"request id: "+text)
	}
	return joinLines(lines(why...), lines(head), t.list(users, indent), lines(details...))
}

// whyLines say why a batch ended as it did, and what to do about it; nil where
// nothing is known.
func (t *receiptText) whyLines(g resultWords) []string {
	var why []string
	for _, line := range []struct{ label, text string }{{"", g.message}, {"hint: ", g.hint}, {"service: ", g.service}} {
		if line.text != "" {
			why = append(why, "  "+line.label+line.text)
		}
	}
	return why
}

// requestText gives the request to name to the service's support, and how
// often it was tried.
func requestText(g resultWords, users userList) string {
	text := g.request
	if text != "" && g.attempts > 1 {
		text += " (after " + counted(g.attempts, "attempt") + ")"
	}
	if text != "" && users.size > 1 {
		text += " for " + users.at(0).name()
	}
	return text
}

// end says how to go on.
func (t *receiptText) end(p *layout.Page) {
	if next := t.v.howToGoOn(); next != "" {
		p.Gap()
		p.Add(next)
	}
}
