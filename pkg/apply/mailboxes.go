package apply

import (
	"context"
	"slices"
	"sync"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// Where the policy has mailboxes looked at, that is for those too of which the plan did
// not see that they would go: what the user had beside it then may be gone by now.

// hasMailbox reports whether a product has a service plan with a mailbox on.
func (n planNames) hasMailbox(sku license.GUID, off []license.GUID) bool {
	s, _ := n.SKU(sku)
	return slices.ContainsFunc(s.Plans, func(p license.ServicePlan) bool { return p.HasMailbox() && !license.ContainsGUID(off, p.ID) })
}

// mayHaveMailbox is hasMailbox where the product is not known as well: it may.
func (n planNames) mayHaveMailbox(sku license.GUID, off []license.GUID) bool {
	_, known := n.SKU(sku)
	return !known || n.hasMailbox(sku, off)
}

// mailboxGoes reports whether a change takes the last service plan with a mailbox that
// the user has on: as the plan says, or as they are now.
func (l *rechecker) mailboxGoes(c check) bool {
	p := c.change.Preconditions
	if p == nil || c.readiness != isReady || p.Mailbox || !l.mailboxes {
		return p != nil && p.Mailbox
	}
	has := func(a license.Assignment) bool {
		return !a.GivesNothing() && l.names.mayHaveMailbox(a.SKUID, a.DisabledPlans)
	}
	return slices.ContainsFunc(c.user.Assignments, has) && !l.keepsMailbox(c)
}

// keepsMailbox reports whether the user certainly has a service plan with a mailbox on
// after the change: by what it leaves or assigns directly, or by what stays in force.
func (l *rechecker) keepsMailbox(c check) bool {
	direct := func(have plan.StateLicense) bool {
		held, there := c.user.DirectLicense(have.SKUID)
		return (!there || held.InForce()) && l.names.hasMailbox(have.SKUID, have.DisabledPlans)
	}
	stays := func(a license.Assignment) bool {
		return (!a.Direct() || !l.scope.Manages(a.SKUID)) && a.InForce() && l.names.hasMailbox(a.SKUID, a.DisabledPlans)
	}
	return slices.ContainsFunc(c.change.After.Licenses, direct) || slices.ContainsFunc(c.user.Assignments, stays)
}

// losesMailbox reports whether the next call of a group takes the last service plan with
// a mailbox that a member has on.
func (n planNames) losesMailbox(j *groupJob, u license.UserState) bool {
	after := func(a license.Assignment) bool {
		l, gives := j.calls[j.call].License(a.SKUID)
		return gives && n.hasMailbox(a.SKUID, l.DisabledPlans)
	}
	has, keeps := false, false
	for _, a := range u.Assignments {
		switch ofGroup := a.Group == j.change.Group.ID; {
		case ofGroup && !after(a):
			has = has || !a.GivesNothing() && n.mayHaveMailbox(a.SKUID, a.DisabledPlans)
		case ofGroup, n.hasMailbox(a.SKUID, a.DisabledPlans):
			keeps = keeps || a.InForce()
		}
	}
	return has && !keeps
}

// mayTakeMailboxes looks at the mailboxes that a group takes from members who are still
// there: left are these as they are by what is certain to be theirs. nil: they may go.
func (g *groupRun) mayTakeMailboxes(ctx context.Context, j *groupJob, left map[license.GUID]license.UserState) *refusedTake {
	var users []license.UserState
	for id, u := range left {
		if license.ContainsGUID(j.change.Mailboxes, id) || g.run.rechecker.mailboxes && g.run.names().losesMailbox(j, u) {
			users = append(users, u)
		}
	}
	if len(users) == 0 {
		return nil
	}
	slices.SortFunc(users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	signals, err := g.mailboxSignals(ctx, users)
	if err != nil {
		return &refusedTake{receipt.Failed, "the mailboxes of members could not be looked at before they are taken: " + err.Error(), "apply the plan again"}
	}
	for _, u := range users {
		if risks := signals.MailboxRisks(u.ID); len(risks) > 0 {
			return &refusedTake{receipt.Stale, "of " + u.UserPrincipalName + ": " + mailboxText(risks[0]), planAgain}
		}
	}
	return nil
}

// mailboxReport is the report of how mailboxes are used, of those alone of whom it was
// asked: it is of the day, and may be had a few times in ten minutes alone.
type mailboxReport struct {
	mu    sync.Mutex
	users map[license.GUID]license.UserState // of whom it was asked
	use   *license.Reading[license.MailboxUse]
}

// mailboxSignals tells what mailboxes are for, and how they are used: the report of that
// is read once in a run, for all of whom the plan says that a group takes their mailbox,
// and again where somebody else turns up.
func (g *groupRun) mailboxSignals(ctx context.Context, users []license.UserState) (license.Signals, error) {
	var ids []license.GUID
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	out, err := g.run.o.Reader.Signals(ctx, license.SignalRequest{license.SignalPurpose: ids}, users)
	if err != nil {
		return out, err
	}
	r := &g.mailboxReport
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.ContainsFunc(ids, func(id license.GUID) bool { _, asked := r.users[id]; return !asked }) {
		err = g.readMailboxReport(ctx, users)
	}
	out.MailboxUse = r.use
	return out, err
}

// readMailboxReport reads the report for some users, and for all for whom it will be
// needed as far as the plan knows. The caller holds the lock.
func (g *groupRun) readMailboxReport(ctx context.Context, users []license.UserState) error {
	all := map[license.GUID]license.UserState{}
	for _, u := range users {
		all[u.ID] = u
	}
	var others []license.GUID
	for _, j := range g.jobs {
		for _, id := range j.change.Mailboxes {
			if _, there := all[id]; !there {
				others = append(others, id)
			}
		}
	}
	read, err := g.run.readAll(ctx, others)
	if err != nil {
		return err
	}
	for id, u := range read {
		all[id] = u
	}
	var asked []license.UserState
	var ids []license.GUID
	for id, u := range all {
		asked, ids = append(asked, u), append(ids, id)
	}
	slices.SortFunc(asked, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	told, err := g.run.o.Reader.Signals(ctx, license.SignalRequest{license.SignalMailboxUse: license.SortedGUIDs(ids)}, asked)
	if err == nil {
		g.mailboxReport.users, g.mailboxReport.use = all, told.MailboxUse
	}
	return err
}

func mailboxText(risk license.MailboxRisk) string {
	switch risk {
	case license.MailboxShared:
		return "the mailbox that would go is shared, of a room or of equipment"
	case license.MailboxLarge:
		return "the mailbox that would go is larger than 50 GB"
	case license.MailboxArchive:
		return "the mailbox that would go has an archive"
	}
	return "what kind of mailbox would go cannot be told any more"
}
