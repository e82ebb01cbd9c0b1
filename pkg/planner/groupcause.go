package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/plan"
)

// setGroupCauses says of every action of a group on which side its difference came up
// since the baseline, and drops those that Options.Cause leaves out: in their SKUs the
// group goes on as it does.
func (b *basis) setGroupCauses(d *plannedGroupChange) {
	if b.in.Baseline == nil {
		return
	}
	for i := range d.Actions {
		d.Actions[i].Cause = b.groupCause(d.managed, d.Actions[i])
	}
	only := b.in.Options.Cause
	if only == "" {
		return
	}
	before := len(d.Actions)
	d.Actions = slices.DeleteFunc(d.Actions, func(a plan.Action) bool { return a.Cause != only })
	d.leftOut = len(d.Actions) < before
}

// groupCause is cause for what a group gives.
func (b *basis) groupCause(m *managedGroup, a plan.Action) plan.Cause {
	if x := b.groupAcceptance(m.group, a.SKUID); x != nil && x.over {
		return plan.CauseDrift
	}
	baseline := b.in.Baseline
	then, known := baseline.Groups[m.group.ID]
	inScope := baseline.Scope.Manages(a.SKUID)
	switch {
	case inScope && slices.Contains(then.Acted, a.SKUID):
		return m.causeSince(then, a)
	case (!known || then.AsDeclared) && b.since != nil && b.since.groups && b.declaredSameGroup(m):
		return plan.CauseDrift
	case inScope && then.Whole:
		return m.causeSince(then, a)
	}
	return plan.CauseUnknown
}

// declaredSameGroup reports whether certainly the same was declared of a group at the
// baseline. One of which no entry speaks depends on all manifests.
func (b *basis) declaredSameGroup(m *managedGroup) bool {
	return (len(m.entries) > 0 || b.since.all) && b.since.sameForGroup(m.entries, b.in.Policy)
}

// causeSince is the cause where it is known what the group gave at the baseline.
func (m *managedGroup) causeSince(then plan.BaselineGroup, a plan.Action) plan.Cause {
	gave, given := then.State.License(a.SKUID)
	fitted := !given
	if a.Op != plan.OpRemove {
		w, _ := m.wants.of(a.SKUID)
		w.plans.disabled = plan.ServicePlanIDs(a.DisabledPlans) // with those that the service keeps off
		fitted = given && (w.plans.mode == plan.PlansUnmanaged || samePlans(w, gave.DisabledPlans))
	}
	if fitted {
		return plan.CauseDrift
	}
	return plan.CausePending
}

// withGroups corrects the cause of an action that is there only because of what groups
// come to give or to take: it is part of their change, and no more drift than this.
func (d *plannedChange) withGroups(cause plan.Cause, a plan.Action) plan.Cause {
	s := d.managed
	if s.forecast == nil || cause == plan.CauseSignal {
		return cause
	}
	var rests func(plan.Op) bool // whether the action is there because a group does this
	switch {
	case a.Op == plan.OpAdd && len(s.now.Given(a.SKUID)) > 0:
		rests = func(op plan.Op) bool { return op == plan.OpRemove }
	case a.Op == plan.OpRemove && slices.Contains(d.both, a.SKUID):
		rests = func(op plan.Op) bool { return op != plan.OpRemove }
	default:
		return cause
	}
	for _, group := range s.forecast.in {
		for _, of := range group.Actions {
			if of.SKUID == a.SKUID && rests(of.Op) {
				cause = lessCertain(cause, of.Cause)
			}
		}
	}
	return cause
}

// lessCertain gives the cause of what has two: what the manifests ask for, or nobody
// knows of, is not drift.
func lessCertain(a, b plan.Cause) plan.Cause {
	for _, cause := range []plan.Cause{plan.CausePending, plan.CauseUnknown} {
		if a == cause || b == cause {
			return cause
		}
	}
	return a
}

// groupGaps says what the baseline does not tell of groups, where that matters.
func (b *basis) groupGaps() findings {
	var out findings
	if !b.in.Desired.ReadsGroups(b.in.Policy) {
		return nil
	}
	for _, gap := range b.in.Baseline.GroupGaps {
		out.add(finding{message: msgBaselineGap, args: []any{gap}})
	}
	return out
}
