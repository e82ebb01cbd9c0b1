package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// holdMailboxes holds the changes of groups by which a member loses the last service
// plan with a mailbox, where the mailbox is one that must not go, or cannot be told. It
// reports whether there were any.
func (w *groupWork) holdMailboxes(b *basis, own ownChanges) (held bool) {
	if b.in.Policy.MailboxCheck != plan.MailboxCheckHold {
		return false
	}
	for _, d := range w.ready() {
		d.Mailboxes = nil
		if !d.TakesAway() {
			continue
		}
		for _, o := range w.forecasts.of[d] {
			if o.now == nil || !b.takesMailboxFrom(d, o) || b.anyMailbox(b.final(o, own.of(o)), license.Assignment.InForce) {
				continue
			}
			d.Mailboxes = append(d.Mailboxes, o.now.ID)
			for _, risk := range b.in.Observed.Signals.MailboxRisks(o.now.ID) {
				of := msgMailbox(risk)
				d.Status, d.Reasons, held = plan.StatusHeld, noted(d.Reasons, of.code), true
				w.findings.add(finding{message: of, user: o.now.UserPrincipalName, group: d.Group.ID, source: d.Source})
			}
		}
		slices.Sort(d.Reasons)
		d.Mailboxes = license.SortedGUIDs(d.Mailboxes)
	}
	return held
}

// takesMailboxFrom reports whether a group takes a service plan with a mailbox from a
// member that they may have by it.
func (b *basis) takesMailboxFrom(d *plannedGroupChange, o *forecast) bool {
	return slices.ContainsFunc(o.now.Assignments, func(a license.Assignment) bool {
		return a.Group == d.Group.ID && !a.GivesNothing() && d.takes(a.SKUID) && b.mayHaveMailbox(a.SKUID, a.DisabledPlans)
	})
}

// anyMailbox reports whether one of the assignments that count has a service plan
// with a mailbox on.
func (b *basis) anyMailbox(all []license.Assignment, counts func(license.Assignment) bool) bool {
	return slices.ContainsFunc(all, func(a license.Assignment) bool { return counts(a) && b.hasMailbox(a.SKUID, a.DisabledPlans) })
}

// membersLosingMailboxes lists the members of groups who lose the last service plan
// with a mailbox by them, unless a change of their own gives them another one.
func (w *groupWork) membersLosingMailboxes(b *basis) []license.GUID {
	var out []license.GUID
	for _, d := range w.ready() {
		if !d.TakesAway() {
			continue
		}
		for _, o := range w.forecasts.of[d] {
			if o.now != nil && b.takesMailboxFrom(d, o) && !b.anyMailbox(o.future.Assignments, license.Assignment.InForce) {
				out = append(out, o.now.ID)
			}
		}
	}
	return out
}
