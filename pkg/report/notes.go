package report

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/receipt"
)

// note is something else that is known of a user or of a batch. Both texts are
// safe.
type note struct {
	Label string `json:"label"` // "audit log"
	Text  string `json:"text"`
}

// listedEvents is how many entries of the audit log are listed of one user.
const listedEvents = 5

// isRemarkable reports a user of whom there are remarks.
func (m member) isRemarkable() bool { return len(m.waits)+len(m.audit)+len(m.notes) > 0 }

// remarks gives what is known of a user beside what is to change: who has to
// give a seat up first, and who changed the user in the tenant.
func (m member) remarks() []note {
	out := m.notes
	if len(m.waits) > 0 {
		out = append(out, note{"takes the seat of", wording{}.joined(m.waitsFor(), shownUsers)})
	}
	for _, e := range m.events(listedEvents) {
		out = append(out, note{"in the tenant", e.text()})
	}
	if more := len(m.audit) - listedEvents; more > 0 {
		out = append(out, note{"in the tenant", number(more) + choose(more, " older entry", " older entries")})
	}
	return out
}

// requestNotes names the last request of a change, for the service's support.
func requestNotes(res *receipt.Result) []note {
	if len(res.RequestIDs) == 0 {
		return nil
	}
	text := Safe(res.RequestIDs[len(res.RequestIDs)-1])
	if res.Attempts > 1 {
		text += " (after " + counted(res.Attempts, "attempt") + ")"
	}
	return []note{{"request id", text}}
}

// planNotes list in full the service plans for which a line is too short.
func planNotes(parts []part) []note {
	var out []note
	for _, p := range parts {
		if len(p.off) > shownPlans {
			out = append(out, note{p.what + ", service plans off", strings.Join(p.off, ", ")})
		}
		if len(p.on) > shownPlans {
			out = append(out, note{p.what + ", service plans on", strings.Join(p.on, ", ")})
		}
	}
	return out
}
