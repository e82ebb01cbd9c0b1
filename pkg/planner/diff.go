package planner

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// plannedChange is a change in the making, with what the later steps need to know.
type plannedChange struct {
	plan.Change
	managed *managedUser
	key     string         // of the user, for sorting
	leftOut bool           // it had actions that Options.Cause leaves out
	mailbox bool           // it takes the last service plan with a mailbox
	takes   []license.GUID // SKUs of which the change takes a seat; sorted
	frees   []license.GUID // SKUs of which it frees one; sorted
	both    []license.GUID // SKUs of which it takes the direct license, since a group gives the same
}

// comparison is what comes of comparing one user with what they should hold.
type comparison struct {
	change     *plannedChange       // nil: nothing has to change, or nothing may
	suppressed []plan.Action        // what would have to change, were the user not protected
	accepted   []license.GUID       // SKUs in which they differ, and somebody answers for it
	undeclared []license.Assignment // what groups give them and nobody declares
	used       []*acceptance        // what of the policy there are differences for
	both       []license.Assignment // what groups give them that they hold directly as well, and are to keep
	replaced   []license.Assignment // what groups give them in the place of a direct license that goes
	findings   findings
}

// comparer compares users with what they should hold.
type comparer struct {
	*basis
	whom    *declaredUsers
	origins map[plan.Origin]*plan.Origin // those that changes share
	out     comparison                   // of the current user
}

func newComparer(b *basis, declared *declaredUsers) *comparer {
	return &comparer{basis: b, whom: declared, origins: map[plan.Origin]*plan.Origin{}}
}

// compare compares a user. The result lasts until the next one is compared, but
// for its change.
func (c *comparer) compare(s *managedUser) *comparison {
	c.out = comparison{undeclared: c.out.undeclared[:0], used: c.out.used[:0], both: c.out.both[:0], replaced: c.out.replaced[:0], findings: c.out.findings[:0]}
	c.out.change = c.planned(s)
	return &c.out
}

// planned gives the change of a user; nil: nothing has to change, or nothing may.
func (c *comparer) planned(s *managedUser) *plannedChange {
	c.remark(s)
	// Most users do not differ, and theirs is forgotten.
	d := plannedChange{managed: s, Change: plan.Change{
		User:      plan.UserRef{ID: s.user.ID, UserPrincipalName: s.user.UserPrincipalName},
		Source:    s.source,
		Selection: s.selection,
		Priority:  c.rank(s),
		Status:    plan.StatusReady,
		Actions:   []plan.Action{},
		WaitsFor:  []license.GUID{},
		Reasons:   []plan.Code{},
	}}
	c.setUsageLocation(&d)
	switch {
	case len(s.problems) > 0:
		c.markAccepted(s)
	case s.manages:
		c.compareLicenses(&d)
		c.reprocess(&d)
	}
	if len(d.Actions) == 0 && len(s.problems) == 0 && len(c.unmet(&d)) == 0 {
		return nil
	}
	if c.isProtected(s.user) {
		c.protect(&d)
		return nil
	}
	return c.completed(d)
}

// completed fills in what a change needs beside its actions.
func (c *comparer) completed(d plannedChange) *plannedChange {
	s := d.managed
	d.key = license.UPNKey(s.user.UserPrincipalName)
	d.Before = c.state(s.user)
	c.attribute(&d)
	c.setCauses(&d)
	c.checkInForce(&d)
	c.checkUsageLocation(&d)
	d.block(s.problems)
	d.block(c.problems)
	if !s.hasOwnEntry && d.TakesAway() {
		// An entry or a selection that cannot be told may mean this user too.
		d.block(c.whom.doubts)
		d.block(c.nearMisses(s))
	}
	c.checkGroups(&d)
	slices.SortFunc(d.Actions, compareActions)
	d.After = d.Before.After(d.Actions)
	c.checkMailbox(&d)
	d.Preconditions = c.preconditions(&d)
	return &d
}

// block marks the change as one that cannot be carried out.
func (d *plannedChange) block(reasons []plan.Code) {
	if len(reasons) > 0 {
		d.Status = plan.StatusBlocked
		d.Reasons = append(d.Reasons, reasons...)
	}
}

func (c *comparer) setUsageLocation(d *plannedChange) {
	want, have := d.managed.usageLocation, d.managed.user.UsageLocation
	if want == "" || d.managed.user.Unreadable != "" || strings.EqualFold(want, have) {
		return
	}
	before := have // a variable of its own: most users have none to be pointed at
	d.Actions = append(d.Actions, plan.Action{Op: plan.OpSetUsageLocation, UsageLocation: want, Before: &plan.Before{UsageLocation: &before}})
}

// compareLicenses finds the adds, updates and removes: C is what the user
// holds directly, G what comes from groups and is in force, and what they should hold is D.
func (c *comparer) compareLicenses(d *plannedChange) {
	s := d.managed
	for _, w := range s.wants {
		id := w.sku.ID
		direct, held := s.user.DirectLicense(id)
		if held {
			if !c.givesWay(s, direct) {
				c.update(d, w, direct)
			}
			continue
		}
		given := s.user.Given(id)
		if len(given) > 0 && !c.assignsInherited() {
			c.compareInherited(s, w, given)
			continue
		}
		d.Actions = append(d.Actions, plan.Action{
			Op: plan.OpAdd, SKUID: id, SKUPartNumber: w.sku.PartNumber,
			DisabledPlans: c.servicePlanRefs(w.plans.disabled),
		})
		if len(s.now.Given(id)) == 0 {
			d.takes = append(d.takes, id)
		}
	}
	for _, a := range s.user.Assignments {
		if _, wanted := s.wants.of(a.SKUID); !wanted && s.mayRemove(a.SKUID) && c.scope.Manages(a.SKUID) {
			c.remove(d, a)
		}
	}
	c.compareBoth(d)
	c.accept(d)
	c.tellReclaims(d)
	slices.SortFunc(d.takes, license.CompareGUIDs)
	slices.SortFunc(d.frees, license.CompareGUIDs)
}

func (c *comparer) update(d *plannedChange, w wantedLicense, held license.Assignment) {
	if w.plans.mode == plan.PlansUnmanaged || samePlans(w, held.DisabledPlans) {
		return
	}
	d.Actions = append(d.Actions, plan.Action{
		Op: plan.OpUpdate, SKUID: w.sku.ID, SKUPartNumber: w.sku.PartNumber,
		DisabledPlans: c.servicePlanRefs(w.plans.disabled),
		Before:        &plan.Before{DisabledPlans: c.servicePlanRefs(held.DisabledPlans)},
	})
}

// samePlans compares the plans that are off with those that should be. Plans
// that the tenant's SKU no longer has cannot be switched, so they make no
// difference. Under an allow-list neither do plans that apply to the company:
// nobody documents that the service keeps them in a user's list.
func samePlans(w wantedLicense, held []license.GUID) bool {
	counts := func(id license.GUID) bool {
		servicePlan, known := w.sku.Plan(id)
		return known && (w.plans.mode == plan.PlansDisabled || servicePlan.AppliesTo != license.AppliesToCompany)
	}
	return slices.Equal(filter(w.plans.disabled, counts), filter(held, counts))
}

// filter gives the ids that count, in their order.
func filter(ids []license.GUID, counts func(license.GUID) bool) []license.GUID {
	var out []license.GUID
	for _, id := range ids {
		if counts(id) {
			out = append(out, id)
		}
	}
	return out
}

// remove takes a license away that nobody declares, if it is the user's own.
// Only the group can take an inherited one away.
func (c *comparer) remove(d *plannedChange, a license.Assignment) {
	s := d.managed
	if place, later := s.pending[a.SKUID]; later {
		c.out.findings.add(finding{message: msgPending, user: s.name(), source: place, args: []any{product(a.SKUID)}})
		return
	}
	if !a.Direct() {
		if !c.isAccepted(s, a.SKUID) && !c.whom.groups.gives(a) {
			c.givenByGroup(s, a)
		}
		return
	}
	d.Actions = append(d.Actions, plan.Action{
		Op: plan.OpRemove, SKUID: a.SKUID, SKUPartNumber: c.partNumber(a.SKUID),
		Before: &plan.Before{DisabledPlans: c.servicePlanRefs(a.DisabledPlans)},
	})
	if s.user.FreesSeat(a.SKUID) && s.now.FreesSeat(a.SKUID) {
		d.frees = append(d.frees, a.SKUID)
	}
}

// compareInherited warns where a group grants the license with other plans
// than the entry wants: the plans of a user's inherited licenses are the union
// of what the groups have on.
func (c *comparer) compareInherited(s *managedUser, w wantedLicense, inherited []license.Assignment) {
	off := inherited[0].DisabledPlans
	for _, a := range inherited[1:] {
		off = filter(off, func(id license.GUID) bool { return license.ContainsGUID(a.DisabledPlans, id) })
	}
	if w.plans.mode == plan.PlansUnmanaged || samePlans(w, off) || c.isAccepted(s, w.sku.ID) {
		return
	}
	c.out.findings.add(finding{
		message: msgGroupPlans, user: s.name(), group: inherited[0].Group, sku: w.sku.ID, source: w.asked.SKU.Source,
		args: []any{product(w.sku.ID), groupID(inherited[0].Group)},
	})
}

// checkUsageLocation blocks a change that the service would refuse: a license
// needs to know the country that its user is in. What no manifest may have can
// come from a receipt or a snapshot.
func (c *comparer) checkUsageLocation(d *plannedChange) {
	s := d.managed
	set := slices.IndexFunc(d.Actions, func(a plan.Action) bool { return a.Op == plan.OpSetUsageLocation })
	if set >= 0 && !license.IsCountry(d.Actions[set].UsageLocation) {
		d.block([]plan.Code{plan.CodeBadUsageLocation})
		c.out.findings.add(finding{message: msgBadLocation, user: s.name(), source: s.source, args: []any{d.Actions[set].UsageLocation}})
		return
	}
	if set >= 0 || s.user.UsageLocation != "" || !slices.ContainsFunc(d.Actions, assigns) {
		return
	}
	d.block([]plan.Code{plan.CodeNoUsageLocation})
	c.out.findings.add(finding{message: msgNoLocation, user: s.name(), source: s.source})
}

func assigns(a plan.Action) bool { return a.Op == plan.OpAdd || a.Op == plan.OpUpdate }

// protect drops the change of a user whom the policy forbids to touch.
func (c *comparer) protect(d *plannedChange) {
	slices.SortFunc(d.Actions, compareActions)
	c.out.suppressed = d.Actions
	c.out.findings.add(finding{message: msgProtected, user: d.managed.name(), source: d.Source, args: []any{suppressedActions(d.Actions)}})
}
