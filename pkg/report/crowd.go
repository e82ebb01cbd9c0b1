package report

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/plan"
)

// crowd is the users that one entry of a report is about, in the order of the
// plan.
type crowd []member

// member is one of them. A finding that concerns no user has members without a
// name, one for each place.
type member struct {
	name  string // safe
	place string // safe; empty where no manifest is concerned

	waits []string       // whose change has to free a seat first; safe
	audit []auditedEvent // who changed the user in the tenant, the latest first
}

// auditedEvent is an entry of the tenant's audit log in words.
type auditedEvent struct {
	at       string // "2026-11-19 22:10 UTC"
	activity string // safe
	actor    string // safe; never empty
}

// nobodyKnown stands for an actor that the audit log does not name.
const nobodyKnown = "somebody unnamed"

func auditedEvents(events []plan.AuditEvent) []auditedEvent {
	var out []auditedEvent
	for _, e := range events {
		out = append(out, auditedEvent{
			at:       e.At.UTC().Format("2006-01-02 15:04 UTC"),
			activity: Safe(e.Activity),
			actor:    cmp.Or(Safe(e.Actor), nobodyKnown),
		})
	}
	return out
}

// places gives the first place and how many others there are.
func (c crowd) places() (first string, others int) {
	seen := make(map[string]bool)
	for _, m := range c {
		if m.place == "" {
			continue
		}
		seen[m.place] = true
		if first == "" {
			first = m.place
		}
	}
	return first, max(0, len(seen)-1)
}

// waitsFor lists those whom somebody of the crowd waits for, each once.
func (c crowd) waitsFor() []string {
	var out []string
	seen := make(map[string]bool)
	for _, m := range c {
		for _, name := range m.waits {
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	return out
}

// tally is how many users of a crowd something is said of.
type tally struct {
	what  string
	users int
}

// changedBy tells who made the latest change of each user in the tenant, who
// made most of them first.
func (c crowd) changedBy() []tally {
	var out []tally
	place := make(map[string]int)
	for _, m := range c {
		if len(m.audit) == 0 {
			continue
		}
		actor := m.audit[0].actor
		i, known := place[actor]
		if !known {
			i = len(out)
			place[actor] = i
			out = append(out, tally{what: actor})
		}
		out[i].users++
	}
	slices.SortStableFunc(out, func(a, b tally) int { return cmp.Compare(b.users, a.users) })
	return out
}
