package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// skuAsk is a place in the user's entries that asks for a product.
type skuAsk struct {
	plan.Ask
	sku     license.GUID
	license *plan.DesiredLicense
}

// The words for the phase of an ask.
const (
	askActive  = "active"
	askPending = "pending"
	askOver    = "over"
)

// findAsks lists what the user's entries ask for. Names that stand for nothing
// are left to the findings.
func (x *explainer) findAsks() []skuAsk {
	var out []skuAsk
	for _, e := range x.entries {
		for i := range e.Licenses {
			l := &e.Licenses[i]
			sku, err := x.resolveSKU(l.SKU.Name)
			if err != nil {
				continue
			}
			window := e.Window.Intersect(l.Window)
			out = append(out, skuAsk{sku: sku.ID, license: l, Ask: plan.Ask{
				Source: l.SKU.Source, Profile: l.Profile, Phase: phaseOf(x.day, e.Window, l.Window), From: window.From, Until: window.Until,
			}})
		}
	}
	slices.SortStableFunc(out, func(a, b skuAsk) int { return a.Source.Compare(b.Source) })
	return out
}

// phaseOf is where the day lies in a window within another one.
func phaseOf(day plan.Date, outer, inner plan.Window) string {
	for _, w := range []plan.Window{outer, inner} {
		switch w.PhaseOn(day) {
		case plan.Pending:
			return askPending
		case plan.Over:
			return askOver
		}
	}
	return askActive
}

// licenses explains every product that the user holds, or that an entry asks
// for now or later.
func (x *explainer) licenses() []plan.ExplainedLicense {
	out := []plan.ExplainedLicense{}
	for _, sku := range x.concerned() {
		l := plan.ExplainedLicense{SKUID: sku, SKUPartNumber: x.partNumber(sku), Paths: x.paths(sku), Asks: []plan.Ask{}}
		for _, a := range x.asks {
			if a.sku == sku {
				l.Asks = append(l.Asks, a.Ask)
			}
		}
		if i := slices.IndexFunc(x.plan.Seats, func(s plan.Seats) bool { return s.SKUID == sku }); i >= 0 {
			l.Seats = &x.plan.Seats[i]
		}
		action := x.action(sku)
		if action != nil {
			l.Op, l.KeptBy, l.Cause = action.Op, action.KeptBy, action.Cause
		}
		l.Verdict = x.verdict(l)
		l.Reasons = x.words.reasons(x.why(l, action))
		out = append(out, l)
	}
	shown := plan.Verdicts()
	slices.SortFunc(out, func(a, b plan.ExplainedLicense) int {
		return cmp.Or(cmp.Compare(slices.Index(shown, a.Verdict), slices.Index(shown, b.Verdict)), strings.Compare(a.SKUPartNumber, b.SKUPartNumber), license.CompareGUIDs(a.SKUID, b.SKUID))
	})
	return out
}

// concerned lists the products to explain.
func (x *explainer) concerned() []license.GUID {
	out := slices.Clone(x.user.Unexplained)
	for _, a := range x.user.Assignments {
		out = append(out, a.SKUID)
	}
	for _, a := range x.asks {
		if a.Phase != askOver {
			out = append(out, a.sku)
		}
	}
	for _, e := range x.effects {
		for _, a := range e.change.Actions {
			out = append(out, a.SKUID)
		}
	}
	return license.SortedGUIDs(out)
}

// paths lists the ways in which the user holds a product. It never returns
// nil.
func (x *explainer) paths(sku license.GUID) []plan.Path {
	out := []plan.Path{}
	for _, a := range x.user.Assignments {
		if a.SKUID != sku {
			continue
		}
		path := plan.Path{Kind: plan.PathDirect, Group: a.Group, DisabledPlans: x.servicePlanRefs(a.DisabledPlans), State: a.State, Error: a.Error, InForce: a.InForce()}
		if !a.Direct() {
			path.Kind, path.GroupName = plan.PathGroup, x.words.groups.Name(a.Group)
		}
		out = append(out, path)
	}
	if slices.Contains(x.user.Unexplained, sku) {
		out = append(out, plan.Path{Kind: plan.PathUnknown, DisabledPlans: []plan.PlanRef{}})
	}
	return out
}

// action is what the plan does, or would do, with a product of the user; nil
// for nothing.
func (x *explainer) action(sku license.GUID) *plan.Action {
	actions := x.actions()
	if i := slices.IndexFunc(actions, func(a plan.Action) bool { return a.SKUID == sku && a.Op != plan.OpSetUsageLocation }); i >= 0 {
		return &actions[i]
	}
	return nil
}

// verdict decides what becomes of a license. What the plan does comes first;
// where it does nothing the rest says why.
func (x *explainer) verdict(l plan.ExplainedLicense) plan.Verdict {
	switch {
	case license.ContainsGUID(x.scope.Ignored, l.SKUID):
		return plan.VerdictIgnored
	case !x.scope.Manages(l.SKUID):
		return plan.VerdictUnmanaged
	case l.Op != "":
		return x.verdictOf(l.Op)
	case x.byGroups(l.SKUID) != "":
		return x.byGroups(l.SKUID)
	case x.managed == nil || !x.managed.manages || !x.managed.mayRemove(l.SKUID):
		return pendingOr(plan.VerdictUnmanaged, l)
	case len(x.managed.problems) > 0:
		return x.unclear()
	}
	if slices.Contains(x.compared.accepted, l.SKUID) {
		return plan.VerdictAccepted
	}
	if x.managed.isReclaimed(l.SKUID) && !isGiven(l, plan.PathGroup) {
		return plan.VerdictReclaimed
	}
	_, wanted := x.managed.wants.of(l.SKUID)
	switch {
	case wanted && isGiven(l, plan.PathDirect):
		return plan.VerdictKeep
	case wanted && isFailing(l):
		return plan.VerdictFailing
	case wanted:
		return plan.VerdictSatisfied
	default:
		return pendingOr(plan.VerdictInherited, l)
	}
}

// verdictOf is the verdict over something that the plan does, or would do.
func (x *explainer) verdictOf(op plan.Op) plan.Verdict {
	switch x.status() {
	case plan.StatusBlocked:
		return plan.VerdictBlocked
	case plan.StatusHeld:
		return plan.VerdictHeld
	case "":
		return plan.VerdictProtected
	}
	switch op {
	case plan.OpAdd:
		return plan.VerdictGain
	case plan.OpRemove:
		return plan.VerdictLose
	default:
		return plan.VerdictUpdate
	}
}

// unclear is the verdict where nobody knows what the user should hold.
func (x *explainer) unclear() plan.Verdict {
	if x.status() == "" {
		return plan.VerdictProtected
	}
	return plan.VerdictBlocked
}

// pendingOr prefers to say that a product is asked for later.
func pendingOr(v plan.Verdict, l plan.ExplainedLicense) plan.Verdict {
	if slices.ContainsFunc(l.Asks, func(a plan.Ask) bool { return a.Phase == askPending }) {
		return plan.VerdictPending
	}
	return v
}

// hasPath reports whether there is a path of that kind, in force or not.
func hasPath(l plan.ExplainedLicense, kind plan.PathKind) bool {
	return slices.ContainsFunc(l.Paths, func(p plan.Path) bool { return p.Kind == kind })
}

// isGiven reports whether a path of that kind is in force.
func isGiven(l plan.ExplainedLicense, kind plan.PathKind) bool {
	return slices.ContainsFunc(l.Paths, func(p plan.Path) bool { return p.Kind == kind && p.InForce })
}

// isFailing reports a license of which there are paths and none is in force.
func isFailing(l plan.ExplainedLicense) bool {
	return len(l.Paths) > 0 && !isGiven(l, plan.PathDirect) && !isGiven(l, plan.PathGroup)
}

// stateOf says in which state a path is.
func stateOf(p plan.Path) string {
	return license.Assignment{State: p.State, Error: p.Error}.Standing()
}
