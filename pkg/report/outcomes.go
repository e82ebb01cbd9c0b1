package report

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/receipt"
)

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

// words gives what the outcome of a section is called, and what it means.
func (s outcomeSection) words() (name, meaning string) {
	if s.unverified {
		return "unverified", "done, and not seen in the tenant in time; reads may lag"
	}
	return outcomeWords(s.outcome)
}

// isSettled reports changes that need nobody's attention.
func isSettled(s outcomeSection) bool {
	return s.outcome == receipt.Already || s.outcome == receipt.Done && !s.unverified
}

// countsText gives "2 done, 1 refused (3 planned)".
func (v *receiptView) countsText() string {
	var counts []string
	for _, outcome := range receipt.Outcomes() {
		if n := v.counts[outcome]; n > 0 {
			name, _ := outcomeWords(outcome)
			counts = append(counts, number(n)+" "+name)
		}
	}
	switch {
	case len(counts) > 0:
	case v.groupCounts() != "":
		counts = []string{"no user to change"}
	default:
		counts = []string{"nothing to do"}
	}
	return strings.Join(counts, ", ") + " (" + number(v.planned) + " planned)"
}

// verifiedText says how many of the done changes were seen afterwards, or
// nothing where nobody looked.
func (v *receiptView) verifiedText() string {
	if v.seen+v.unseen == 0 {
		return ""
	}
	return "Verified: " + number(v.seen) + " of " + number(v.counts[receipt.Done]) + " done seen in the tenant afterwards."
}

// whatIsMissing says how far a receipt can be believed that is not complete.
func (v *receiptView) whatIsMissing() string {
	text := "this receipt was not closed: the run was killed, or is still going."
	switch {
	case v.torn:
		text = "the last line of this receipt is incomplete: the run was killed while writing it."
	case v.closed:
		text = "this receipt was closed, but lacks results."
	}
	if v.missing == 0 {
		return text
	}
	return text + " It says nothing of " + counted(v.missing, "change") + "; no write was announced for " +
		choose(v.missing, "it.", "them.")
}

// howToGoOn says what to do next, or nothing where there is nothing to do.
func (v *receiptView) howToGoOn() string {
	if v.counts[receipt.Failed]+v.counts[receipt.Unknown]+v.counts[receipt.NotAttempted] == 0 {
		return ""
	}
	return "Apply the same plan again to go on: what is done counts as already done, and is not sent again."
}
