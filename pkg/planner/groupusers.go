package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// checkGroups makes a change that takes something away wait for what groups will
// give the user, so that they are never without. Who cannot get by a group what it
// is to give keeps their own.
func (c *comparer) checkGroups(d *plannedChange) {
	if !d.TakesAway() {
		return
	}
	d.WaitsForGroups = d.managed.forecast.awaited(d)
	if d.managed.forecast.fails(d) {
		d.block([]plan.Code{plan.CodeGroupBlocked})
	}
	for i, a := range d.Actions {
		if a.Op != plan.OpRemove {
			continue
		}
		if slices.Contains(d.both, a.SKUID) {
			d.Actions[i].CausedBy = c.sharedOrigin(plan.Origin{Kind: plan.OriginPolicy, Source: c.in.Policy.Source})
		}
		if why := c.whom.groups.withholds(d.managed.user, a.SKUID); why != "" {
			d.block([]plan.Code{why})
		}
		d.Actions[i].KeptBy = c.keepers(d.managed, a.SKUID)
	}
}

// keepers are the groups that give a user all that is on in their direct license of a
// product; nil: none do, or nobody speaks of groups.
func (c *comparer) keepers(s *managedUser, sku license.GUID) []license.GUID {
	direct, held := s.user.DirectLicense(sku)
	given := s.user.Given(sku)
	if c.whom.groups == nil || len(c.whom.groups.ids) == 0 || !held || len(given) == 0 ||
		c.exceed(paths{all: []license.Assignment{direct}, sku: sku, counts: whatever}, paths{all: given, sku: sku, counts: whatever}) {
		return nil
	}
	var out []license.GUID
	for _, a := range given {
		out = append(out, a.Group)
	}
	return license.SortedGUIDs(out)
}

// countMembers takes into a census what managed groups give a user, be they managed
// or not: what groups take away is measured against it. It reports whether one of
// them gives the user something.
func (c *census) countMembers(u *license.UserState, w *groupWork, scope plan.Scope) (isMember bool) {
	if w == nil || len(w.ids) == 0 {
		return false
	}
	var last license.GUID
	for _, a := range u.Assignments {
		if !w.gives(a) || !scope.Manages(a.SKUID) {
			continue
		}
		isMember = true
		if _, direct := u.DirectLicense(a.SKUID); !direct && a.SKUID != last {
			c.licenses++
			c.perSKU[a.SKUID]++
			last = a.SKUID
		}
	}
	return isMember
}

// bothMode is what becomes of direct licenses that a group gives as well. Where
// neither manifests nor policy speak of it nothing does.
func (b *basis) bothMode() plan.DirectAndInherited {
	mode := b.in.Policy.DirectAndInherited
	switch {
	case b.in.Desired.OnlyListed: // a way back has what was held directly before
		return plan.DirectAndInheritedKeep
	case mode != "":
		return mode
	case b.in.Desired.ReadsGroups(b.in.Policy):
		return plan.DirectAndInheritedReport
	}
	return plan.DirectAndInheritedKeep
}

// compareBoth treats the direct licenses of a user that a group gives as well, and
// that nothing else changes.
func (c *comparer) compareBoth(d *plannedChange) {
	mode, s := c.bothMode(), d.managed
	if mode == plan.DirectAndInheritedKeep {
		return
	}
	for _, a := range s.user.Assignments {
		if !a.Direct() || !c.scope.Manages(a.SKUID) || d.acts(a.SKUID) {
			continue
		}
		given := c.stepsIn(s, a.SKUID)
		if len(given) == 0 {
			continue
		}
		if mode != plan.DirectAndInheritedRemove || !c.covers(s, given, a) {
			c.out.both = append(c.out.both, given[0])
			continue
		}
		d.both = append(d.both, a.SKUID)
		c.out.replaced = append(c.out.replaced, given[0])
		d.Actions = append(d.Actions, plan.Action{
			Op: plan.OpRemove, SKUID: a.SKUID, SKUPartNumber: c.partNumber(a.SKUID),
			Before: &plan.Before{DisabledPlans: c.servicePlanRefs(a.DisabledPlans)},
		})
	}
}

// addBoth counts what a user whom no manifest declares holds directly and managed
// groups give as well.
func (out *compared) addBoth(b *basis, place int, w *groupWork) {
	if w == nil || len(w.ids) == 0 || b.bothMode() != plan.DirectAndInheritedReport {
		return
	}
	u := &b.in.Observed.Users[place]
	if o := w.forecast(place); o != nil {
		u = &o.future
	}
	for _, a := range u.Assignments {
		if !a.Direct() || !b.scope.Manages(a.SKUID) {
			continue
		}
		given := u.Given(a.SKUID)
		if i := slices.IndexFunc(given, w.gives); i >= 0 {
			out.both[groupProduct{given[i].Group, a.SKUID}]++
		}
	}
}

// stepsIn gives the assignments by which groups give a user what they hold directly;
// nil: none does that may stand in for the direct one. Of a user whom no manifest
// declares only groups that stand in one count.
func (c *comparer) stepsIn(s *managedUser, sku license.GUID) []license.Assignment {
	_, wanted := s.wants.of(sku)
	_, later := s.pending[sku]
	switch {
	case wanted && c.assignsInherited(), later:
		return nil
	case wanted:
		return s.user.Given(sku)
	}
	return slices.DeleteFunc(s.user.Given(sku), func(a license.Assignment) bool { return !c.whom.groups.gives(a) })
}

// assignsInherited reports whether what a group gives has to be assigned directly as
// well: as the policy says, and on a way back, which knows what was held directly.
func (b *basis) assignsInherited() bool {
	return b.in.Policy.Inherited == plan.InheritedAssign || b.in.Desired.OnlyListed
}

// covers reports whether groups give a user just the service plans that they are
// declared to have; where nobody declares that, all that are on in their direct license.
func (c *comparer) covers(s *managedUser, given []license.Assignment, direct license.Assignment) bool {
	if w, wanted := s.wants.of(direct.SKUID); wanted && w.plans.mode != plan.PlansUnmanaged {
		return samePlans(w, offInAll(given))
	}
	sku := direct.SKUID
	return !c.exceed(paths{all: []license.Assignment{direct}, sku: sku, counts: whatever}, paths{all: given, sku: sku, counts: whatever})
}

// givesWay reports whether the direct license of a user goes for what groups give.
func (c *comparer) givesWay(s *managedUser, direct license.Assignment) bool {
	if c.bothMode() != plan.DirectAndInheritedRemove {
		return false
	}
	given := c.stepsIn(s, direct.SKUID)
	return len(given) > 0 && c.covers(s, given, direct)
}

// offInAll lists the service plans that are off in all of some assignments; sorted.
func offInAll(given []license.Assignment) []license.GUID {
	off := given[0].DisabledPlans
	for _, a := range given[1:] {
		off = filter(off, func(id license.GUID) bool { return license.ContainsGUID(a.DisabledPlans, id) })
	}
	return off
}

// acts reports whether the change does something with a product.
func (d *plannedChange) acts(sku license.GUID) bool {
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.SKUID == sku })
}

// groupProduct is a product that a group gives.
type groupProduct struct{ group, sku license.GUID }

// bothFindings tells how many users hold directly what a group gives them as well,
// and of how many the direct license is to go.
func (b *basis) bothFindings(all, replaced map[groupProduct]int) findings {
	var out findings
	for of, n := range all {
		f := finding{message: msgBoth, group: of.group, sku: of.sku, args: []any{product(of.sku), groupID(of.group), quantity.Of(n, "user")}}
		if b.bothMode() == plan.DirectAndInheritedRemove {
			f.message = msgBothKept
		}
		out.add(f)
	}
	for of, n := range replaced {
		out.add(finding{message: msgReplaced, group: of.group, sku: of.sku, args: []any{product(of.sku), groupID(of.group), quantity.Of(n, "user")}})
	}
	return out
}

// onlyByGroups makes a user managed whom no manifest declares, and for whom the
// policy says what becomes of what they have by managed groups. Nothing else of theirs is touched.
func (r *resolver) onlyByGroups(s *managedUser) bool {
	w := r.whom.groups
	if w == nil || len(w.ids) == 0 || len(s.user.Unexplained) > 0 {
		return false
	}
	holdsBoth := func(a license.Assignment) bool {
		return a.Direct() && r.scope.Manages(a.SKUID) && slices.ContainsFunc(s.user.Given(a.SKUID), w.gives)
	}
	toReprocess := func(a license.Assignment) bool { return w.gives(a) && r.isMended(s.now, a) }
	if !(r.bothMode() == plan.DirectAndInheritedRemove && slices.ContainsFunc(s.user.Assignments, holdsBoth)) &&
		!slices.ContainsFunc(s.now.Assignments, toReprocess) {
		return false
	}
	s.source, s.manages, s.grantedBySelection = r.in.Policy.Source, true, map[license.GUID]bool{}
	return true
}

// reprocess has the service try again what groups could not give a user, where the
// cause is gone and the policy says so.
func (c *comparer) reprocess(d *plannedChange) {
	if slices.ContainsFunc(d.managed.now.Assignments, func(a license.Assignment) bool { return c.isMended(d.managed.now, a) }) {
		d.Actions = append(d.Actions, plan.Action{Op: plan.OpReprocess})
	}
}

// failingGroups are those whose licenses are not in force for users for whom the service
// tries again: what becomes of them is told by group.
func (b *basis) failingGroups(changes []plan.Change) []license.GUID {
	var out []license.GUID
	for i := range changes {
		c := &changes[i]
		if !slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op == plan.OpReprocess }) {
			continue
		}
		user, _ := b.users.FindID(c.User.ID)
		for _, a := range b.in.Observed.Users[user].Assignments {
			if !a.Direct() && !a.InForce() {
				out = append(out, a.Group)
			}
		}
	}
	return out
}

// The errors of assignments whose cause can be seen (Graph: licenseAssignmentState).
const (
	errorCount      = "CountViolation"
	errorExclusive  = "MutuallyExclusiveViolation"
	errorDependency = "DependencyViolation"
)

// isMended reports whether the policy has the service try again an assignment that a
// group failed to give, and the cause is gone as far as can be seen.
func (b *basis) isMended(u *license.UserState, a license.Assignment) bool {
	if b.in.Policy.GroupErrors != plan.GroupErrorsReprocess || a.Direct() || a.InForce() || !b.scope.Manages(a.SKUID) {
		return false
	}
	sku, known := b.catalog.SKU(a.SKUID)
	plans := b.plansOn(a.SKUID, a.DisabledPlans)
	on := slices.Clone(plans)
	for _, held := range u.Assignments {
		if held.InForce() {
			on = append(on, b.plansOn(held.SKUID, held.DisabledPlans)...)
		}
	}
	rules := license.ObservedRules()
	switch a.Error {
	case errorCount:
		return known && sku.Units.Available(b.reserves[a.SKUID]) > 0
	case errorExclusive:
		return !slices.ContainsFunc(rules.Conflicts(on), func(c license.Conflict) bool { return slices.Contains(plans, c.A) || slices.Contains(plans, c.B) })
	case errorDependency:
		return !slices.ContainsFunc(rules.Missing(on), func(m license.Missing) bool { return slices.Contains(plans, m.Plan) })
	}
	return false
}
