package receipt

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// leftOutGroups counts what Run.LeftOutGroups says.
func leftOutGroups(p *plan.Plan) *int {
	if p.LeftOutGroups == nil {
		return nil
	}
	n := *p.LeftOutGroups
	for _, f := range p.Findings {
		isUnfound := f.Code == plan.CodeGroupNotFound || f.Code == plan.CodeAmbiguousGroup
		if isUnfound && f.Severity == plan.SeverityError {
			n++
		}
	}
	return &n
}

// groupsThen is what is known of each group in the receipt when the run ended.
func (r *Receipt) groupsThen() map[license.GUID]plan.BaselineGroup {
	if r.Run.LeftOutGroups == nil && len(r.GroupResults) == 0 {
		return nil
	}
	out := make(map[license.GUID]plan.BaselineGroup, len(r.GroupResults))
	for _, res := range r.GroupResults {
		first, last := r.announced(res.Group.ID)
		group := res.baseline()
		if first.Group.ID == res.Group.ID {
			group = res.baselineSent(first, last)
		}
		group.AsDeclared = group.AsDeclared && r.Run.LeftOutGroups != nil && *r.Run.LeftOutGroups == 0
		out[res.Group.ID] = group
	}
	return out
}

// groupGaps says why nothing is known of groups that are not in the receipt, beside what
// gaps says.
func (r *Receipt) groupGaps() []string {
	const unknown = "so of groups that it does not name nothing is known"
	switch left := r.Run.LeftOutGroups; {
	case left == nil:
		return []string{"the receipt does not tell what was declared for groups, " + unknown}
	case *left > 0:
		return []string{"the apply left changes of groups out (--user, --sku or --cause), or did not find a group of the manifests, and the receipt does not say which, " + unknown}
	}
	return nil
}

// baselineSent is what is known of a group about which something was sent, by its first
// call and the last one.
func (res *GroupResult) baselineSent(first, last GroupIntent) plan.BaselineGroup {
	out := plan.BaselineGroup{State: first.Before, Acted: acted(res.Actions), Whole: true, AsDeclared: true}
	switch {
	case res.Outcome == Done || res.Outcome == Already:
		out.State, out.SwitchedOff = without(last.After, res.SwitchedOff), res.SwitchedOff
	case res.Left != nil && res.Outcome != Unknown:
		out.State = *res.Left
	case res.Outcome == Unknown || res.Outcome == Stale:
		return plan.BaselineGroup{}
	}
	return out
}

// without is what a group gives when service plans of it are off besides.
func without(s plan.GroupState, off []plan.StateLicense) plan.GroupState {
	out := plan.GroupState{Licenses: slices.Clone(s.Licenses)}
	for i := range out.Licenses {
		l := &out.Licenses[i]
		for _, more := range off {
			if more.SKUID == l.SKUID {
				l.DisabledPlans = license.SortedGUIDs(slices.Concat(l.DisabledPlans, more.DisabledPlans))
			}
		}
	}
	return out
}

// baseline is what is known of a group about which nothing was sent.
func (res *GroupResult) baseline() plan.BaselineGroup {
	state, known := recalled(res.Outcome, res.Actions)
	if !known {
		return plan.BaselineGroup{}
	}
	return plan.BaselineGroup{State: plan.GroupState{Licenses: state.Licenses}, Acted: acted(res.Actions), AsDeclared: res.Outcome != Blocked}
}
