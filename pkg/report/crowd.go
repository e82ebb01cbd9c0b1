package report

import (
	"cmp"
	"iter"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// crowd is the users that one entry of a report is about, in the order of the
// plan. Its members are made when they are looked at: there may be a million.
type crowd struct {
	size   int
	member func(i int) member
}

// alone is a crowd of one.
func alone(m member) crowd { return crowd{1, func(int) member { return m }} }

func (c crowd) at(i int) member { return c.member(i) }

// all gives the members in their order.
func (c crowd) all() iter.Seq[member] {
	return func(yield func(member) bool) {
		for i := range c.size {
			if !yield(c.member(i)) {
				return
			}
		}
	}
}

// isNamed reports whether a crowd is of users, and not just of places.
func (c crowd) isNamed() bool { return c.size > 0 && c.at(0).name() != "" }

// names gives those of the first members.
func (c crowd) names(most int) []string {
	out := make([]string, min(most, c.size))
	for i := range out {
		out[i] = c.at(i).name()
	}
	return out
}

// member is one of a crowd. A finding that concerns no user has members
// without a name, one for each place.
//
// Nothing of it is made safe before it is shown: most members of a large crowd
// are counted alone.
type member struct {
	user  plan.UserRef
	place place

	waits  []license.GUID            // whose change has to free a seat first
	called func(license.GUID) string // the safe names of those
	audit  []plan.AuditEvent         // who changed the user in the tenant, the latest first
	notes  []note                    // what else is known
}

// name gives the safe name of the user; empty for a place alone.
func (m member) name() string {
	if m.user == (plan.UserRef{}) {
		return ""
	}
	return userName(m.user)
}

// waitsFor gives the safe names of those for whom the member waits.
func (m member) waitsFor() []string {
	var out []string
	for _, id := range m.waits {
		out = append(out, m.called(id))
	}
	return out
}

// events gives the latest changes of the user in the tenant.
func (m member) events(most int) []auditedEvent {
	var out []auditedEvent
	for _, e := range m.audit[:min(most, len(m.audit))] {
		out = append(out, newAuditedEvent(e))
	}
	return out
}

// auditedEvent is an entry of the tenant's audit log in words.
type auditedEvent struct {
	at       string // "2026-11-19 22:10 UTC"
	activity string // safe
	actor    string // safe; never empty
}

// nobodyKnown stands for an actor that the audit log does not name.
const nobodyKnown = "somebody unnamed"

func newAuditedEvent(e plan.AuditEvent) auditedEvent {
	return auditedEvent{
		at:       e.At.UTC().Format("2006-01-02 15:04 UTC"),
		activity: Safe(e.Activity),
		actor:    cmp.Or(Safe(e.Actor), nobodyKnown),
	}
}

// places gives the first place and how many others there are.
func (c crowd) places() (first string, others int) {
	if c.size == 1 {
		return c.at(0).place.text(), 0
	}
	seen := newPlaceCounter(c.size)
	for m := range c.all() {
		if m.place == (place{}) {
			continue
		}
		if first == "" {
			first = m.place.text()
		}
		seen.add(m.place)
	}
	return first, max(0, seen.count()-1)
}

// waitsFor names the first of those whom somebody of the crowd waits for, each
// once, and counts the others.
func (c crowd) waitsFor(most int) (first []string, others int) {
	var all []license.GUID
	for m := range c.all() {
		for _, id := range m.waits {
			all = append(all, id)
			if len(first) == most {
				continue
			}
			if name := m.called(id); !slices.Contains(first, name) {
				first = append(first, name)
			}
		}
	}
	return first, max(0, len(license.SortedGUIDs(all))-len(first))
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
	for m := range c.all() {
		if len(m.audit) == 0 {
			continue
		}
		actor := newAuditedEvent(m.audit[0]).actor
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
