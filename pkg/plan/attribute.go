package plan

import (
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// AuditRecord is an entry of the tenant's audit log about one user, as it was
// read: the event, and whether it says what it changed.
type AuditRecord struct {
	AuditEvent
	Correlation   string // what entries of one operation have in common; may be empty
	Told          bool   // the entry says what it changed; else it may be anything
	License       bool   // where it does not say: it is about licenses, by its activity
	UsageLocation bool   // it is about the usage location
}

// maxAudit bounds the audit events of one user.
const maxAudit = 3

// Attributed gives the plan with who changed the users of whom something is drift: the
// latest of the records, which come by user in any order. A record is named as a cause
// where it says that it changed what differs, and of those that do not say what
// they changed where no other explains the difference. One that has the same on
// both sides changed nothing. It is the same plan with them or without.
func (p *Plan) Attributed(records map[license.GUID][]AuditRecord) *Plan {
	out := *p
	out.Changes = slices.Clone(p.Changes)
	for i := range out.Changes {
		c := &out.Changes[i]
		if !c.Has(CauseDrift) {
			continue
		}
		latest := c.causedBy(joined(records[c.User.ID]))
		slices.SortStableFunc(latest, func(a, b AuditEvent) int { return b.At.Compare(a.At) })
		c.Audit = latest[:min(len(latest), maxAudit)]
	}
	return &out
}

// joined leaves out entries that do not say what they changed where another
// entry of the same operation does, which takes over who did it if it does not
// say that itself.
func joined(records []AuditRecord) []AuditRecord {
	out := make([]AuditRecord, 0, len(records))
	for _, r := range records {
		if r.Told {
			out = append(out, r)
		}
	}
	for _, r := range records {
		if r.Told {
			continue
		}
		twin := slices.IndexFunc(out, func(other AuditRecord) bool { return other.Told && r.sameOperation(other) })
		if twin < 0 {
			out = append(out, r)
		} else if out[twin].Actor == "" {
			out[twin].Actor = r.Actor
		}
	}
	return out
}

// sameOperation reports whether two entries are about one operation: they say
// so, or, where one does not, are of the same second.
func (r *AuditRecord) sameOperation(other AuditRecord) bool {
	if r.Correlation != "" && other.Correlation != "" {
		return r.Correlation == other.Correlation
	}
	return r.At.Truncate(time.Second).Equal(other.At.Truncate(time.Second))
}

// causedBy gives the events that may have led to the drift of a change.
func (c *Change) causedBy(records []AuditRecord) []AuditEvent {
	var out, untold []AuditEvent
	unexplained := map[license.GUID]bool{} // the zero id stands for the usage location
	for _, a := range c.Actions {
		if a.Cause == CauseDrift {
			unexplained[a.SKUID] = true
		}
	}
	drifted := func(sku license.GUID) bool { _, differs := unexplained[sku]; return differs }
	for _, r := range records {
		subjects := r.SKUIDs
		if r.UsageLocation {
			subjects = append(slices.Clone(subjects), license.GUID{})
		}
		if !r.Told || !slices.ContainsFunc(subjects, drifted) {
			continue
		}
		out = append(out, r.AuditEvent)
		for _, subject := range subjects {
			if drifted(subject) {
				unexplained[subject] = false
			}
		}
	}
	for _, r := range records {
		if !r.Told && r.mayExplain(unexplained) {
			untold = append(untold, r.AuditEvent)
		}
	}
	return append(out, untold...)
}

// mayExplain reports whether an entry that does not say what it changed is of
// the kind of something that nothing else explains.
func (r *AuditRecord) mayExplain(unexplained map[license.GUID]bool) bool {
	for subject, open := range unexplained {
		isLocation := subject == license.GUID{}
		if open && (isLocation && r.UsageLocation || !isLocation && r.License) {
			return true
		}
	}
	return false
}
