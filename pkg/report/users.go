package report

import (
	"cmp"
	"iter"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// userList is the users that one entry of a report is about, in the order of the
// plan. Its members are made when they are looked at: there may be a million.
type userList struct {
	size   int
	member func(i int) member
}

// alone is a list of one user.
func alone(m member) userList { return userList{1, func(int) member { return m }} }

func (c userList) at(i int) member { return c.member(i) }

// all gives the members in their order.
func (c userList) all() iter.Seq[member] {
	return func(yield func(member) bool) {
		for i := range c.size {
			if !yield(c.member(i)) {
				return
			}
		}
	}
}

// isNamed reports whether a list is of users, and not just of places.
func (c userList) isNamed() bool { return c.size > 0 && c.at(0).name() != "" }

// names gives those of the first members.
func (c userList) names(most int) []string {
	out := make([]string, min(most, c.size))
	for i := range out {
		out[i] = c.at(i).name()
	}
	return out
}

// member is one of a list of users. A finding that concerns no user has members
// without a name, one for each place.
//
// Nothing of it is made safe before it is shown: most members of a large list of users
// are counted alone.
type member struct {
	user   plan.UserRef
	source source

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

// sources gives the first place and how many others there are.
func (c userList) sources() (first string, others int) {
	if c.size == 1 {
		return c.at(0).source.text(), 0
	}
	seen := newSourceCounter(c.size)
	for m := range c.all() {
		if m.source == (source{}) {
			continue
		}
		if first == "" {
			first = m.source.text()
		}
		seen.add(m.source)
	}
	return first, max(0, seen.count()-1)
}

// waitsFor names the first of those whom somebody of the list of users waits for, each
// once, and counts the others.
func (c userList) waitsFor(most int) (first []string, others int) {
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

// userCount is how many users of a list of users something is said of.
type userCount struct {
	who   string
	users int
}

// changedBy tells who made the latest change of each user in the tenant, who
// made most of them first.
func (c userList) changedBy() []userCount {
	var out []userCount
	index := make(map[string]int)
	for m := range c.all() {
		if len(m.audit) == 0 {
			continue
		}
		actor := newAuditedEvent(m.audit[0]).actor
		i, known := index[actor]
		if !known {
			i = len(out)
			index[actor] = i
			out = append(out, userCount{who: actor})
		}
		out[i].users++
	}
	slices.SortStableFunc(out, func(a, b userCount) int { return cmp.Compare(b.users, a.users) })
	return out
}
