package observe

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// wireReading is a signal in a snapshot.
type wireReading struct {
	AsOf   time.Time           `json:"asOf,omitzero"`
	Untold license.Unavailable `json:"untold,omitempty"`
	Reason string              `json:"reason,omitempty"`
	Users  []wireSign          `json:"users"` // sorted by id
}

// wireSign is what a signal tells of one user; what is left out is null.
type wireSign struct {
	ID license.GUID `json:"id"`

	At       time.Time        `json:"dateTime,omitzero"` // of the signals that are one time
	SignIns  *wireSignIns     `json:"signInActivity,omitempty"`
	Assigned []wireAssignedAt `json:"licenses,omitempty"`
	Uses     []wireLastUse    `json:"lastUses,omitempty"`

	NoMailbox bool   `json:"noMailbox,omitempty"`
	Purpose   string `json:"userPurpose,omitempty"`
	Bytes     *int64 `json:"storageUsedInBytes,omitempty"`
	Archive   *bool  `json:"hasArchive,omitempty"`
}

type wireSignIns struct {
	Interactive    time.Time `json:"lastSignInDateTime,omitzero"`
	NonInteractive time.Time `json:"lastNonInteractiveSignInDateTime,omitzero"`
	Successful     time.Time `json:"lastSuccessfulSignInDateTime,omitzero"`
}

type wireAssignedAt struct {
	SKUID license.GUID `json:"skuId"`
	Group license.GUID `json:"assignedByGroup,omitzero"`
	At    time.Time    `json:"lastUpdatedDateTime,omitzero"`
}

type wireLastUse struct {
	Workload license.Workload `json:"workload"`
	Day      time.Time        `json:"dateTime"`
}

type wireSubscriptions struct {
	AsOf   time.Time           `json:"asOf,omitzero"`
	Untold license.Unavailable `json:"untold,omitempty"`
	Reason string              `json:"reason,omitempty"`
	All    []wireSubscription  `json:"subscriptions"`
}

type wireSubscription struct {
	ID         string       `json:"commerceSubscriptionId,omitempty"`
	SKUID      license.GUID `json:"skuId"`
	PartNumber string       `json:"skuPartNumber,omitempty"`
	Status     string       `json:"status"`
	Trial      bool         `json:"isTrial,omitempty"`
	Created    time.Time    `json:"createdDateTime,omitzero"`
	Seats      int          `json:"totalLicenses"`
	Changes    time.Time    `json:"nextLifecycleDateTime,omitzero"`
}

// wireSignals gives the signals that were asked for; nil for none.
func wireSignals(s license.Signals) map[license.Signal]wireReading {
	out := map[license.Signal]wireReading{}
	put(out, license.SignalSignIns, s.SignIns, func(v license.SignIns, w *wireSign) {
		w.SignIns = &wireSignIns{v.Interactive, v.NonInteractive, v.Successful}
	})
	ofTime := func(v time.Time, w *wireSign) { w.At = v }
	put(out, license.SignalCreated, s.Created, ofTime)
	put(out, license.SignalLeave, s.Leave, ofTime)
	put(out, license.SignalCopilot, s.Copilot, ofTime)
	put(out, license.SignalAssigned, s.Assigned, func(v []license.AssignedAt, w *wireSign) {
		for _, a := range v {
			w.Assigned = append(w.Assigned, wireAssignedAt(a))
		}
	})
	put(out, license.SignalActivity, s.Activity, func(v []license.LastUse, w *wireSign) {
		for _, u := range v {
			w.Uses = append(w.Uses, wireLastUse(u))
		}
	})
	put(out, license.SignalPurpose, s.Purpose, func(v license.MailboxPurpose, w *wireSign) { w.NoMailbox, w.Purpose = v.None, v.Purpose })
	put(out, license.SignalMailboxUse, s.MailboxUse, func(v license.MailboxUse, w *wireSign) { w.Bytes, w.Archive = v.Bytes, v.Archive })
	if len(out) == 0 {
		return nil
	}
	return out
}

// put writes a reading, if there is one.
func put[T any](into map[license.Signal]wireReading, signal license.Signal, r *license.Reading[T], write func(T, *wireSign)) {
	if r == nil {
		return
	}
	out := wireReading{AsOf: r.AsOf, Untold: r.Unavailable, Reason: r.Reason, Users: make([]wireSign, 0, len(r.Users))}
	for _, id := range slices.SortedFunc(maps.Keys(r.Users), license.CompareGUIDs) {
		sign := wireSign{ID: id}
		write(r.Users[id], &sign)
		out.Users = append(out.Users, sign)
	}
	into[signal] = out
}

// signals gives what a snapshot tells of the use of licenses. A signal of another
// version is not told.
func (w wireSnapshot) signals() (license.Signals, error) {
	for signal, r := range w.Signals {
		if err := r.check(); err != nil {
			return license.Signals{}, fmt.Errorf("the signal %q of the snapshot %w", signal, err)
		}
	}
	ofTime := func(w wireSign) time.Time { return w.At }
	return license.Signals{
		SignIns: take(w, license.SignalSignIns, func(w wireSign) license.SignIns {
			if w.SignIns == nil {
				return license.SignIns{}
			}
			return license.SignIns(*w.SignIns)
		}),
		Created: take(w, license.SignalCreated, ofTime), Leave: take(w, license.SignalLeave, ofTime), Copilot: take(w, license.SignalCopilot, ofTime),
		Assigned: take(w, license.SignalAssigned, func(w wireSign) []license.AssignedAt {
			out := make([]license.AssignedAt, 0, len(w.Assigned))
			for _, a := range w.Assigned {
				out = append(out, license.AssignedAt(a))
			}
			return out
		}),
		Activity: take(w, license.SignalActivity, func(w wireSign) []license.LastUse {
			var out []license.LastUse
			for _, u := range w.Uses {
				out = append(out, license.LastUse(u))
			}
			return out
		}),
		Purpose: take(w, license.SignalPurpose, func(w wireSign) license.MailboxPurpose {
			return license.MailboxPurpose{None: w.NoMailbox, Purpose: w.Purpose}
		}),
		MailboxUse: take(w, license.SignalMailboxUse, func(w wireSign) license.MailboxUse { return license.MailboxUse{Bytes: w.Bytes, Archive: w.Archive} }),
	}, nil
}

// take reads a reading; nil where the snapshot has none.
func take[T any](w wireSnapshot, signal license.Signal, read func(wireSign) T) *license.Reading[T] {
	r, ok := w.Signals[signal]
	if !ok {
		return nil
	}
	out := &license.Reading[T]{AsOf: r.AsOf, Unavailable: r.Untold, Reason: r.Reason}
	if len(r.Users) > 0 {
		out.Users = make(map[license.GUID]T, len(r.Users))
	}
	for _, u := range r.Users {
		out.Users[u.ID] = read(u)
	}
	return out
}

// check refuses what no reading holds: a user without an id or twice, a use
// without a day, and more than there can be.
func (r wireReading) check() error {
	if r.Users == nil || len(r.Users) > maxSnapshotUsers || isTooLong(r.Reason) || isTooLong(string(r.Untold)) {
		return errors.New("lacks its users, or is larger than is read")
	}
	seen := make(map[license.GUID]bool, len(r.Users))
	for i, u := range r.Users {
		noDay := func(u wireLastUse) bool { return u.Day.IsZero() || isTooLong(string(u.Workload)) }
		switch {
		case u.ID == license.GUID{} || seen[u.ID]:
			return fmt.Errorf("has its user %d without an id, or twice", i+1)
		case len(u.Assigned) > maxSnapshotAssignments || len(u.Uses) > maxSnapshotAssignments || isTooLong(u.Purpose):
			return fmt.Errorf("holds more of its user %d than is read", i+1)
		case slices.ContainsFunc(u.Uses, noDay):
			return fmt.Errorf("has a use without a day of its user %d", i+1)
		}
		seen[u.ID] = true
	}
	return nil
}

func wireSubscriptionsOf(s *license.Subscriptions) *wireSubscriptions {
	if s == nil {
		return nil
	}
	out := &wireSubscriptions{AsOf: s.AsOf, Untold: s.Untold, Reason: s.Reason, All: []wireSubscription{}}
	for _, sub := range s.All {
		out.All = append(out.All, wireSubscription(sub))
	}
	return out
}

// subscriptions gives the purchases; nil where the snapshot does not tell.
func (w *wireSubscriptions) subscriptions() (*license.Subscriptions, error) {
	if w == nil {
		return nil, nil
	}
	out := &license.Subscriptions{AsOf: w.AsOf, Untold: w.Untold, Reason: w.Reason}
	if w.All == nil || len(w.All) > maxSnapshotSKUs || isTooLong(w.Reason) || isTooLong(string(w.Untold)) {
		return nil, errors.New("the subscriptions of the snapshot are not whole, or more than are read")
	}
	for i, s := range w.All {
		if s.SKUID == (license.GUID{}) || s.Status == "" || s.Seats < 0 || isTooLong(s.Status) || isTooLong(s.ID) || isTooLong(s.PartNumber) {
			return nil, fmt.Errorf("subscription %d of the snapshot is not whole", i+1)
		}
		out.All = append(out.All, license.Subscription(s))
	}
	return out, nil
}

// groupNames gives the names of groups; nil where the snapshot does not tell.
func (w wireSnapshot) groupNames() (map[license.GUID]string, error) {
	if w.GroupNames == nil {
		return nil, nil
	}
	out := make(map[license.GUID]string, len(w.GroupNames))
	for i, g := range w.GroupNames {
		if g.ID == (license.GUID{}) || isTooLong(g.DisplayName) || len(w.GroupNames) > maxSnapshotSelections*maxSnapshotAttributes {
			return nil, fmt.Errorf("group name %d of the snapshot is not whole, or more than are read", i+1)
		}
		out[g.ID] = g.DisplayName
	}
	return out, nil
}
