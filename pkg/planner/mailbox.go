package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// checkMailbox holds a change that takes the last service plan with a mailbox from
// a user, where the mailbox is one that must not go, or cannot be told.
func (c *comparer) checkMailbox(d *plannedChange) {
	if c.in.Policy.MailboxCheck != plan.MailboxCheckHold || d.Status == plan.StatusBlocked || !d.TakesAway() || !c.takesMailbox(d) {
		return
	}
	d.mailbox = true
	for _, risk := range c.in.Observed.Signals.MailboxRisks(d.User.ID) {
		of := msgMailbox(risk)
		c.out.findings.add(finding{message: of, user: d.managed.name(), source: d.Source})
		d.deferFor(of.code)
	}
}

// takesMailbox reports whether a change may take the last service plan with a
// mailbox that the user has on.
func (c *comparer) takesMailbox(d *plannedChange) bool {
	before := slices.ContainsFunc(d.managed.now.Assignments, func(a license.Assignment) bool {
		return !a.GivesNothing() && c.mayHaveMailbox(a.SKUID, a.DisabledPlans)
	})
	return before && !c.keepsMailbox(d)
}

// keepsMailbox reports whether the user certainly has a service plan with a mailbox
// on after the change: by what stays in force, or what the change assigns.
func (c *comparer) keepsMailbox(d *plannedChange) bool {
	for _, l := range d.After.Licenses {
		held, there := d.managed.user.DirectLicense(l.SKUID)
		if (!there || held.InForce()) && c.hasMailbox(l.SKUID, l.DisabledPlans) {
			return true
		}
	}
	return slices.ContainsFunc(d.managed.user.Assignments, func(a license.Assignment) bool {
		stays := !a.Direct() || !c.scope.Manages(a.SKUID)
		return stays && a.InForce() && c.hasMailbox(a.SKUID, a.DisabledPlans)
	})
}

// hasMailbox reports whether a product has a service plan with a mailbox on.
func (b *basis) hasMailbox(sku license.GUID, off []license.GUID) bool {
	s, _ := b.catalog.SKU(sku)
	return slices.ContainsFunc(s.Plans, func(p license.ServicePlan) bool { return p.HasMailbox() && !license.ContainsGUID(off, p.ID) })
}

// mayHaveMailbox is hasMailbox where the product is not known as well: it may.
func (b *basis) mayHaveMailbox(sku license.GUID, off []license.GUID) bool {
	_, known := b.catalog.SKU(sku)
	return !known || b.hasMailbox(sku, off)
}
