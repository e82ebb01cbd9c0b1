package emulator

import (
	"maps"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// Evidence is what the service knows of how somebody uses what they hold. The
// zero Evidence is of somebody of whom nothing is known: every time is null, and
// there is a mailbox where a license comes with one.
type Evidence struct {
	Created Moment // createdDateTime
	Hired   Moment // employeeHireDate
	Leaves  Moment // employeeLeaveDateTime

	SignIns *SignIns // nil: signInActivity is null

	Uses    map[license.Workload]Moment // the last use of each service, as the report of active users has it
	Copilot Moment                      // the last use of Copilot

	Mailbox *Mailbox // nil: an ordinary one, where a license comes with a mailbox
}

// SignIns are the times of signInActivity.
type SignIns struct{ Interactive, NonInteractive, Successful Moment }

// Mailbox is a mailbox, with a license or without.
type Mailbox struct {
	None    bool   // there is none, whatever the licenses say
	Purpose string // userPurpose; empty: user
	Bytes   int64  // of storage used
	Archive bool
}

// Moment is a time in the description of a tenant. The zero Moment is null.
type Moment struct {
	at   time.Time
	days int
	kind momentKind
}

type momentKind uint8

const (
	momentNull momentKind = iota
	momentFixed
	momentDays
)

// At is the moment of a time. That of the zero time is the year one, which the
// service has been seen to write for never.
func At(t time.Time) Moment { return Moment{at: t, kind: momentFixed} }

// InDays is the moment so many days after the emulator starts; below 0: before.
func InDays(n int) Moment { return Moment{days: n, kind: momentDays} }

// Equal reports whether two moments are the same.
func (m Moment) Equal(n Moment) bool { return m.kind == n.kind && m.days == n.days && m.at.Equal(n.at) }

// from gives the moment as it is in an emulator that starts at a time.
func (m Moment) from(start time.Time) Moment {
	if m.kind == momentDays {
		return At(start.AddDate(0, 0, m.days).UTC().Truncate(time.Second))
	}
	return m
}

// isNull reports whether there is no time at all.
func (m Moment) isNull() bool { return m.kind == momentNull }

// isTime reports whether there is a time that something may have happened at.
func (m Moment) isTime() bool { return m.kind == momentFixed && !m.at.IsZero() }

// append writes the moment as a value of JSON.
func (m Moment) append(dst []byte) []byte {
	if m.isNull() {
		return append(dst, "null"...)
	}
	return append(m.at.UTC().AppendFormat(append(dst, '"'), time.RFC3339), '"')
}

// from gives the evidence as it is in an emulator that starts at a time.
func (e Evidence) from(start time.Time) Evidence {
	e.Created, e.Hired, e.Leaves, e.Copilot = e.Created.from(start), e.Hired.from(start), e.Leaves.from(start), e.Copilot.from(start)
	if s := e.SignIns; s != nil {
		e.SignIns = &SignIns{s.Interactive.from(start), s.NonInteractive.from(start), s.Successful.from(start)}
	}
	e.Uses = maps.Clone(e.Uses)
	for workload, m := range e.Uses {
		e.Uses[workload] = m.from(start)
	}
	return e
}

// isNone reports whether nothing is known.
func (e Evidence) isNone() bool {
	return e.Created.isNull() && e.Hired.isNull() && e.Leaves.isNull() && e.Copilot.isNull() && e.SignIns == nil && len(e.Uses) == 0 && e.Mailbox == nil
}

// SetEvidence has the service know something else of a user, by principal name
// or object id: they signed in meanwhile. It reports whether there is such a user.
func (e *Emulator) SetEvidence(user string, evidence Evidence) bool {
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	r, ok := e.dir.find(user)
	if ok {
		e.dir.evidence[e.dir.users[r].id] = evidence.from(e.now())
	}
	return ok
}

func appendCreated(dst []byte, d *directory, u user) []byte {
	return d.evidence[u.id].Created.append(dst)
}

func appendHired(dst []byte, d *directory, u user) []byte { return d.evidence[u.id].Hired.append(dst) }

func appendLeaves(dst []byte, d *directory, u user) []byte {
	return d.evidence[u.id].Leaves.append(dst)
}

func appendSignIns(dst []byte, d *directory, u user) []byte {
	s := d.evidence[u.id].SignIns
	if s == nil {
		return append(dst, "null"...)
	}
	for i, part := range []struct {
		name string
		at   Moment
	}{{"lastSignIn", s.Interactive}, {"lastNonInteractiveSignIn", s.NonInteractive}, {"lastSuccessfulSignIn", s.Successful}} {
		dst = append(dst, "{,,"[i])
		dst = part.at.append(append(append(append(dst, '"'), part.name...), `DateTime":`...))
		request := ""
		if part.at.isTime() {
			request = DerivedID("signIn", part.name+u.id.String()).String()
		}
		dst = append(append(append(dst, `,"`...), part.name...), `RequestId":`...)
		if part.at.isNull() {
			dst = append(dst, "null"...)
		} else {
			dst = appendString(dst, request)
		}
	}
	return append(dst, '}')
}
