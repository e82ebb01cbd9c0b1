package planner

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// setCauses says of every action on which side its difference came up since the
// baseline, and drops those that Options.Cause leaves out: in their SKUs the
// user stays as they are. What is left is one call still.
func (c *comparer) setCauses(d *plannedChange) {
	if c.in.Baseline == nil {
		return
	}
	for i := range d.Actions {
		if d.Actions[i].Op == plan.OpReprocess {
			continue // no baseline tells of it
		}
		d.Actions[i].Cause = d.withGroups(c.cause(d.managed, d.Actions[i]), d.Actions[i])
	}
	only := c.in.Options.Cause
	if only == "" {
		return
	}
	d.leftOut = d.drop(func(a plan.Action) bool { return a.Cause != only })
}

// drop takes actions out of a change, with the seats that they take and free,
// and reports whether there were any.
func (d *plannedChange) drop(unwanted func(plan.Action) bool) bool {
	before := len(d.Actions)
	d.Actions = slices.DeleteFunc(d.Actions, unwanted)
	acts := func(sku license.GUID) bool {
		return slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.SKUID == sku })
	}
	d.takes, d.frees = filter(d.takes, acts), filter(d.frees, acts)
	return len(d.Actions) < before
}

// cause compares three states: what the user was at the baseline, is now, and
// should be. An action means that the last two differ, so it is enough to ask
// whether the user was at the baseline as they should be: then the tenant was
// changed since; otherwise the manifests say something that was not so then,
// whether or not the tenant was changed as well.
//
// A difference that somebody answered for, and no longer does, is drift
// whatever the baseline says.
func (b *basis) cause(s *managedUser, a plan.Action) plan.Cause {
	if a.Op == plan.OpRemove && s.isReclaimed(a.SKUID) {
		return plan.CauseSignal
	}
	if x := b.acceptance(s.user, a); x != nil && x.over {
		return plan.CauseDrift
	}
	return b.unlessSignal(b.causeOf(s, a), s, a)
}

// causeOf is the cause where no rule takes anything back.
func (b *basis) causeOf(s *managedUser, a plan.Action) plan.Cause {
	baseline := b.in.Baseline
	then, known := baseline.Users[s.user.ID]
	inScope := a.Op == plan.OpSetUsageLocation || baseline.Scope.Manages(a.SKUID)
	switch {
	case inScope && slices.Contains(then.Acted, a.SKUID):
		return b.causeSince(then, s, a)
	case (!known || then.AsDeclared) && b.since != nil && b.declaredSame(s):
		return plan.CauseDrift
	case inScope && then.Whole:
		return b.causeSince(then, s, a)
	default:
		return plan.CauseUnknown
	}
}

// unlessSignal corrects the cause of an addition of what rules take back: the
// user may have been without it at the baseline as a rule wanted them to be, and
// was seen since. That is no drift, unless they are known to have had it.
func (b *basis) unlessSignal(cause plan.Cause, s *managedUser, a plan.Action) plan.Cause {
	isRuled := func(r *reclaimRule) bool { return (r.skus == nil || r.skus[a.SKUID]) && !r.leavesOut(s.user) }
	if a.Op != plan.OpAdd || !slices.ContainsFunc(b.reclaims, isRuled) {
		return cause
	}
	then := b.in.Baseline.Users[s.user.ID]
	isTold := then.Whole || slices.Contains(then.Acted, a.SKUID)
	_, held := then.State.License(a.SKUID)
	switch {
	case isTold && held:
		return cause
	case isTold && b.since != nil && b.declaredSame(s):
		return plan.CauseSignal
	case cause == plan.CauseDrift:
		return plan.CauseUnknown
	}
	return cause
}

// declaredSame reports whether certainly the same was declared of a user at
// the baseline. One about whom no entry of their own decides today depends on all
// manifests, and where one selects users, on who was selected then, which
// nobody noted.
func (b *basis) declaredSame(s *managedUser) bool {
	if !s.hasOwnEntry && (len(b.in.Desired.Selections) > 0 || !b.since.all) {
		return false
	}
	return b.since.sameFor(s.entries, b.in.Policy)
}

// causeSince is the cause where the user's state at the baseline is known.
func (b *basis) causeSince(then plan.BaselineUser, s *managedUser, a plan.Action) plan.Cause {
	if b.fitted(then, s, a) {
		return plan.CauseDrift
	}
	return plan.CausePending
}

// fitted reports whether the user was at the baseline as the action wants
// them to be.
func (b *basis) fitted(then plan.BaselineUser, s *managedUser, a plan.Action) bool {
	if a.Op == plan.OpSetUsageLocation {
		return strings.EqualFold(then.State.UsageLocation, a.UsageLocation)
	}
	held := slices.IndexFunc(then.State.Licenses, func(l plan.StateLicense) bool { return l.SKUID == a.SKUID })
	if a.Op == plan.OpRemove {
		return held < 0
	}
	if held < 0 {
		return b.in.Policy.Inherited != plan.InheritedAssign && license.ContainsGUID(then.Inherited, a.SKUID)
	}
	w, _ := s.wants.of(a.SKUID)
	return w.plans.mode == plan.PlansUnmanaged || samePlans(w, then.State.Licenses[held].DisabledPlans)
}

// baselineGaps says what the baseline does not tell.
func (b *basis) baselineGaps() findings {
	if b.in.Baseline == nil {
		return nil
	}
	var out findings
	for _, gap := range b.in.Baseline.Gaps {
		out.add(finding{message: msgBaselineGap, args: []any{gap}})
	}
	out.addAll(b.groupGaps())
	if b.since != nil && !b.since.knows() {
		out.add(finding{message: msgNoFileSame})
	}
	return out
}
