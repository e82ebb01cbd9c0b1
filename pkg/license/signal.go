package license

import (
	"cmp"
	"slices"
	"time"
)

// Signal is a kind of evidence of whether somebody uses what they hold.
type Signal string

// The signals. Each is read of those users alone of whom somebody asks.
const (
	SignalSignIns    Signal = "signIns"    // when somebody signed in last (signInActivity)
	SignalCreated    Signal = "created"    // when their account came (createdDateTime)
	SignalLeave      Signal = "leave"      // when they leave (employeeLeaveDateTime)
	SignalAssigned   Signal = "assigned"   // when each of their licenses came (licenseAssignmentStates)
	SignalActivity   Signal = "activity"   // when they used which service last (getOffice365ActiveUserDetail)
	SignalCopilot    Signal = "copilot"    // when they used Copilot last (getMicrosoft365CopilotUsageUserDetail)
	SignalPurpose    Signal = "purpose"    // what their mailbox is for (mailboxSettings/userPurpose)
	SignalMailboxUse Signal = "mailboxUse" // how large their mailbox is (getMailboxUsageDetail)
)

// AllSignals lists the signals, in the order of their constants.
func AllSignals() []Signal {
	return []Signal{SignalSignIns, SignalCreated, SignalLeave, SignalAssigned, SignalActivity, SignalCopilot, SignalPurpose, SignalMailboxUse}
}

// Unavailable is why a signal tells nothing of users of whom it was asked. Whatever
// it is, it is never a sign that they are idle.
type Unavailable string

// The reasons.
const (
	UnavailablePermission Unavailable = "permission" // the app, or the role of the signed-in user, may not read it
	UnavailablePremium    Unavailable = "premium"    // the tenant has no Entra ID P1 or P2
	UnavailableConcealed  Unavailable = "concealed"  // the report has hashes in place of names
	UnavailableCloud      Unavailable = "cloud"      // the cloud of the tenant does not have it
	UnavailableRefused    Unavailable = "refused"    // it could not be had for another reason, which Reason quotes
	UnavailableAbsent     Unavailable = "absent"     // the answer does not hold them
)

// Reading is what a signal tells of users.
type Reading[T any] struct {
	// AsOf is up to when the signal tells: of a report the beginning of the
	// day, in UTC, up to which it was made, of all else the time when it was
	// read. Zero where nothing was told.
	AsOf time.Time

	// Users are those of whom it tells something, be it null, which is a zero
	// value. Of a user who is not there nothing is known. Nil for nobody.
	Users map[GUID]T

	// Unavailable is why users of whom it was asked are not among Users; empty
	// where all of them are.
	Unavailable Unavailable

	// Reason is what the service said to it, a stranger's text on one line; it
	// may be empty.
	Reason string
}

// Of gives what is told of a user, and false where nothing is. A nil reading is
// one that nobody asked for.
func (r *Reading[T]) Of(user GUID) (T, bool) {
	if r == nil {
		var none T
		return none, false
	}
	told, ok := r.Users[user]
	return told, ok
}

// Why tells why nothing is told of anybody of whom Of knows nothing: empty where
// it was not asked for.
func (r *Reading[T]) Why() Unavailable {
	if r == nil {
		return ""
	}
	return r.Unavailable
}

// Signals are the signals that were asked for: nil is one that was not. The
// zero Signals tell nothing of anybody.
type Signals struct {
	SignIns    *Reading[SignIns]
	Created    *Reading[time.Time] // zero: null
	Leave      *Reading[time.Time] // zero: null, which is no date, or no permission to see it
	Assigned   *Reading[[]AssignedAt]
	Activity   *Reading[[]LastUse]
	Copilot    *Reading[time.Time]      // the day of the last use, in UTC; zero: the report has no date
	Purpose    *Reading[MailboxPurpose] // a zero one is told, and not known
	MailboxUse *Reading[MailboxUse]
}

// Asked lists the signals that were asked for, in the order of AllSignals; nil
// for none.
func (s Signals) Asked() []Signal {
	asked := map[Signal]bool{
		SignalSignIns: s.SignIns != nil, SignalCreated: s.Created != nil, SignalLeave: s.Leave != nil, SignalAssigned: s.Assigned != nil,
		SignalActivity: s.Activity != nil, SignalCopilot: s.Copilot != nil, SignalPurpose: s.Purpose != nil, SignalMailboxUse: s.MailboxUse != nil,
	}
	var out []Signal
	for _, signal := range AllSignals() {
		if asked[signal] {
			out = append(out, signal)
		}
	}
	return out
}

// SignIns are the times at which somebody signed in last. Each is zero where it
// is null: nobody signed in, or it was before the service took it down. A
// successful one is known since December 2023 alone; the others may have been
// attempts that failed (Graph docs, signInActivity).
type SignIns struct {
	Interactive    time.Time
	NonInteractive time.Time
	Successful     time.Time
}

// Latest gives the latest of the times; zero where all of them are null, which
// does not mean that somebody is idle.
func (s SignIns) Latest() time.Time {
	latest := s.Interactive
	for _, at := range []time.Time{s.NonInteractive, s.Successful} {
		if at.After(latest) {
			latest = at
		}
	}
	return latest
}

// AssignedAt is when an assignment was last touched: given, or changed since. It
// is no earlier than when the license came.
type AssignedAt struct {
	SKUID GUID
	Group GUID      // the group it is inherited from; zero when direct
	At    time.Time // zero: null
}

// LastUse is when somebody used a service last, as the report knows it.
type LastUse struct {
	Workload Workload
	Day      time.Time // its beginning in UTC; never zero
}

// MailboxPurpose is what a mailbox is for, or that there is none.
type MailboxPurpose struct {
	None bool // the service says that there is no mailbox

	// Purpose is user, linked, shared, room, equipment or others (Graph docs,
	// userPurpose); open, and empty where it is not told.
	Purpose string
}

// MailboxUse is what the usage report says of a mailbox.
type MailboxUse struct {
	Bytes   *int64 // of storage used; nil: not told
	Archive *bool  // whether it has an archive; nil: not told
}

// SignalRequest says of whom which signals are wanted: ids by signal, in any
// order. A signal of nobody is not asked for.
type SignalRequest map[Signal][]GUID

// Signals lists the signals that are asked for, in the order of AllSignals; nil
// for none.
func (r SignalRequest) Signals() []Signal {
	return slices.DeleteFunc(AllSignals(), func(s Signal) bool { return len(r[s]) == 0 })
}

// With gives the signals with those of another reading in the place of the ones
// that were not asked for before.
func (s Signals) With(more Signals) Signals {
	return Signals{
		SignIns: cmp.Or(s.SignIns, more.SignIns), Created: cmp.Or(s.Created, more.Created), Leave: cmp.Or(s.Leave, more.Leave),
		Assigned: cmp.Or(s.Assigned, more.Assigned), Activity: cmp.Or(s.Activity, more.Activity), Copilot: cmp.Or(s.Copilot, more.Copilot),
		Purpose: cmp.Or(s.Purpose, more.Purpose), MailboxUse: cmp.Or(s.MailboxUse, more.MailboxUse),
	}
}
