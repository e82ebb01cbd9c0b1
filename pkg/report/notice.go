package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/safetext"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// notice is a plan or a receipt in a few lines, for a channel in which people
// talk. All its texts are safe, and bounded so that the largest notice fits
// into what Teams and Slack take.
type notice struct {
	title  string
	about  []string // sentences
	facts  []fact
	lists  []noticeList
	footer string
}

type fact struct{ name, value string }

// noticeList is users or reasons under a heading: the first, and how many more
// there are.
type noticeList struct {
	heading string
	lines   []string
	more    int
}

// The bounds of a notice.
const (
	maxNoticeLines = 10  // of a list
	maxNoticeText  = 130 // characters of a line
)

// add takes in a line, or counts it.
func (l *noticeList) add(text string) {
	if len(l.lines) == maxNoticeLines {
		l.more++
		return
	}
	l.lines = append(l.lines, clipped(text))
}

func clipped(text string) string { return safetext.Line(text, maxNoticeText) }

// all gives the lines with one that counts the rest.
func (l noticeList) all() []string {
	if l.more == 0 {
		return l.lines
	}
	return append(l.lines[:len(l.lines):len(l.lines)], "and "+number(l.more)+" more")
}

// addList takes in a list that has something in it.
func (n *notice) addList(l noticeList) {
	if len(l.lines) > 0 {
		n.lists = append(n.lists, l)
	}
}

// addFact takes in a number of users or findings that is not 0.
func (n *notice) addFact(name string, count int) {
	if count > 0 {
		n.facts = append(n.facts, fact{name, number(count)})
	}
}

// noticeStyle makes the parts of a notice into elements of a message.
type noticeStyle[E any] interface {
	title(text string) E
	about(sentences []string) []E
	facts(all []fact) E // at least one
	list(l noticeList) []E
	footer(text string) E
}

// elementsOf gives the elements of a notice in the order of every channel.
func elementsOf[E any](n notice, style noticeStyle[E]) []E {
	out := append([]E{style.title(n.title)}, style.about(n.about)...)
	if len(n.facts) > 0 {
		out = append(out, style.facts(n.facts))
	}
	for _, l := range n.lists {
		out = append(out, style.list(l)...)
	}
	return append(out, style.footer(n.footer))
}

// writeMessage writes what a channel takes. The error is the writer's.
func writeMessage(w io.Writer, message any) error {
	if err := WriteJSON(w, message); err != nil {
		return fmt.Errorf("writing the message: %w", err)
	}
	return nil
}

// planNotice says what a plan would do, and first of all what it takes away.
func planNotice(p *plan.Plan, o Options) notice {
	v := newPlanView(p, o)
	out := notice{
		title:  clipped("licensectl plan: " + strings.TrimSuffix(strings.TrimPrefix(v.sum(), "Plan: "), ".")),
		about:  []string{clipped("Tenant " + v.tenant + "."), "As of " + v.asOf + ", for " + v.managed() + "."},
		footer: clipped("Plan id " + v.planID),
	}
	out.about = append(out.about, "Takes away: "+v.taken.amount()+".")
	if v.cost != "" {
		out.about = append(out.about, clipped("Cost a month: "+v.cost+"."))
	}
	out.addFact("Keep no direct license", v.taken.bare)
	out.addFact("Lose a license or a service plan", v.taken.losing)
	out.addFact("Groups changed", v.summary.GroupsChanged)
	out.addFact("Users changed", v.summary.Changed)
	out.addFact("Blocked", v.summary.Blocked)
	out.addFact("Held", v.summary.Held)
	out.addFact("Groups changed in the tenant", p.CountGroupCause(plan.CauseDrift))
	out.addFact("Changed in the tenant", p.CountCause(plan.CauseDrift))
	out.addFact("Merged, not applied", p.CountCause(plan.CausePending))
	out.addFact("By signs of use", p.CountCause(plan.CauseSignal))
	out.addFact("Errors", v.count(plan.SeverityError))
	out.addFact("Warnings", v.count(plan.SeverityWarning))
	if !v.applyable {
		stopped := noticeList{heading: "Not applyable"}
		for _, reason := range v.obstacles() {
			stopped.add(reason)
		}
		out.addList(stopped)
	}
	losses := noticeList{heading: "Takes away"}
	for _, r := range v.groups {
		if r.takes() {
			losses.add(r.name + ": " + r.means)
		}
	}
	for c := range v.changes() {
		if lost := v.lost(c); lost != "" && c.Status == plan.StatusReady {
			losses.add(userName(c.User) + ": " + lost)
		}
	}
	out.addList(losses)
	return out
}

// lost names the products that a change takes away; empty for none.
func (v *planView) lost(c *plan.Change) string {
	var products []string
	for _, a := range c.Actions {
		if a.Loses() {
			products = append(products, v.part(a).what)
		}
	}
	return strings.Join(products, ", ")
}

// receiptNotice says what became of a plan, and first of all what did not come
// about.
func receiptNotice(r *receipt.Receipt, o Options) notice {
	v := newReceiptView(r, o)
	out := notice{
		title:  clipped("licensectl apply: " + v.countsText()),
		about:  []string{clipped("Tenant " + v.tenant + "."), "Started " + v.started.UTC().Format("2006-01-02 15:04:05 UTC") + "."},
		footer: clipped("Plan id " + v.planID + ", run " + v.runID),
	}
	if v.actor != "" {
		out.about = append(out.about, clipped("By "+v.actor+"."))
	}
	if seen := v.verifiedText(); seen != "" {
		out.about = append(out.about, clipped(seen))
	}
	if v.stopped != "" {
		out.about = append(out.about, clipped("Stopped: "+v.stopped))
	}
	if !v.complete {
		out.about = append(out.about, clipped("Cut short: "+v.whatIsMissing()))
	}
	for _, outcome := range receipt.Outcomes() {
		name, _ := outcomeWords(outcome)
		out.addFact(strings.ToUpper(name[:1])+name[1:], v.counts[outcome])
	}
	if groups := v.groupCounts(); groups != "" {
		out.about = append(out.about, clipped(groups))
	}
	failures := noticeList{heading: "Not done"}
	for _, g := range v.groupWordsOf() {
		if !g.settled {
			failures.add(g.name + ": " + g.outcome + ", " + cmp.Or(g.message, g.members))
		}
	}
	for _, section := range v.outcomes {
		if section.outcome == receipt.Done || section.outcome == receipt.Already {
			continue
		}
		for _, group := range section.batches {
			for _, i := range group.results {
				failures.add(outcomeLine(v.resultRows.at(int(i))))
			}
		}
	}
	out.addList(failures)
	return out
}

// outcomeLine says of one user what became of the change, and why.
func outcomeLine(r *receipt.Result) string {
	name, meaning := outcomeWords(r.Outcome)
	return fmt.Sprintf("%s: %s, %s", userName(r.User), name, cmp.Or(SafeMessage(r.Message), meaning))
}
