package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// why says why a license has its verdict: who asks for it or why nobody
// does, how it is held, which service plans are on and who says so, and what
// that means for the seats.
func (x *explainer) why(l plan.ExplainedLicense, action *plan.Action) []reason {
	g := &licenseReasons{explainer: x, license: l, action: action}
	g.addLeftOut()
	g.addAsked()
	g.addReclaimed()
	g.addManaged()
	g.addHeld()
	g.addGroups()
	g.addSwitched()
	g.addException()
	g.addSeats()
	g.addCause(l.Cause)
	return g.reasons
}

// licenseReasons collects the reasons of one license.
type licenseReasons struct {
	*explainer
	license plan.ExplainedLicense
	action  *plan.Action // nil: the plan does nothing with it
	reasons []reason
}

func (g *licenseReasons) add(r reason) { g.reasons = append(g.reasons, r) }

// addCause says on which side the difference came up, where a baseline was given.
func (g *licenseReasons) addCause(cause plan.Cause) {
	g.reasons = append(g.reasons, g.causeReasons(cause)...)
}

// causeReasons says on which side a difference came up since the baseline; nil: there is
// none.
func (b *basis) causeReasons(cause plan.Cause) []reason {
	message, known := map[plan.Cause]reasonMessage{
		plan.CauseDrift: reasonDrift, plan.CausePending: reasonPending, plan.CauseSignal: reasonSignal, plan.CauseUnknown: reasonCauseUnknown,
	}[cause]
	if !known {
		return nil
	}
	return []reason{reasonOf(message, instant(b.in.Baseline.At))}
}

// addLeftOut says that the product takes no part.
func (g *licenseReasons) addLeftOut() {
	policy := g.in.Policy
	switch {
	case g.license.Verdict == plan.VerdictIgnored:
		g.add(reasonAt(g.refersTo(policy.IgnoredSKUs, g.license.SKUID), reasonIgnored))
	case !g.scope.Manages(g.license.SKUID):
		g.add(reasonAt(policy.Source, reasonNotManaged))
	case g.decides != nil && g.managed != nil && !g.managed.mayRemove(g.license.SKUID):
		g.add(reasonAt(g.managed.source, reasonNotSelected))
	}
}

// addManaged says why what nobody asks for is taken away at all.
func (g *licenseReasons) addManaged() {
	policy := g.in.Policy
	switch {
	case g.license.Op != plan.OpRemove:
	case policy.ManagedSKUs == nil:
		g.add(reasonAt(policy.Source, reasonAllManaged))
	default:
		g.add(reasonAt(g.refersTo(policy.ManagedSKUs, g.license.SKUID), reasonProductListed))
	}
}

// refersTo finds the place in the policy that names a product.
func (g *licenseReasons) refersTo(refs []plan.Ref, sku license.GUID) plan.Source {
	for _, ref := range refs {
		if ids, err := g.namedSKUs(ref); err == nil && slices.Contains(ids, sku) {
			return ref.Source
		}
	}
	return g.in.Policy.Source
}

// addAsked says who asks for the license, or why nobody does.
func (g *licenseReasons) addAsked() {
	for _, a := range g.license.Asks {
		g.add(asked(a))
	}
	leftOut := g.license.Verdict == plan.VerdictIgnored || g.license.Verdict == plan.VerdictUnmanaged
	if len(g.license.Asks) == 0 && !leftOut {
		g.addNotAsked()
	}
}

// asked says who asks for a product, and when.
func asked(a plan.Ask) reason {
	switch by := asker(a.Profile); a.Phase {
	case askPending:
		return reasonAt(a.Source, reasonAskedFrom, by, a.From)
	case askOver:
		return reasonAt(a.Source, reasonAskedUntil, by, a.Until)
	default:
		return reasonAt(a.Source, reasonAsked, by, plan.Window{Until: a.Until})
	}
}

// addNotAsked says why no entry asks for the license.
func (g *licenseReasons) addNotAsked() {
	d := g.decides
	switch {
	case d == nil:
		g.add(reasonAt(g.in.Policy.Source, reasonUserUnlisted, g.in.Policy.UnlistedUsers))
	case d.Window.PhaseOn(g.day) == plan.Over:
		g.add(reasonAt(d.User.Source, reasonEntryEnded, d.Window.Until))
	case len(d.Licenses) == 0:
		g.add(reasonAt(d.User.Source, reasonAsksForNone))
	default:
		g.add(reasonAt(d.User.Source, reasonNotAsked))
	}
}

// addHeld says by which paths the license is held, and which of them do not
// count.
func (g *licenseReasons) addHeld() {
	var groups givingGroups
	for _, p := range g.license.Paths {
		if p.Kind == plan.PathGroup && p.InForce {
			groups = append(groups, p.Group)
		}
		g.addFailing(p)
	}
	switch {
	case hasPath(g.license, plan.PathUnknown):
		g.add(reasonOf(reasonContradicted))
	case isGiven(g.license, plan.PathDirect) && len(groups) > 0:
		g.add(reasonOf(reasonDirectAndGroup, groups))
	case isGiven(g.license, plan.PathDirect):
		g.add(reasonOf(reasonDirect))
	case len(g.license.Paths) == 0:
		g.add(reasonOf(reasonNotHeld))
	case len(groups) == 0:
		return // what there is does not count, as was said
	case g.license.Op == plan.OpAdd:
		g.add(reasonAt(g.in.Policy.Source, reasonInheritedAssign, groups))
	case g.license.Verdict == plan.VerdictSatisfied:
		g.add(reasonAt(g.in.Policy.Source, reasonInheritedEnough, groups))
	default:
		g.add(reasonOf(reasonInherited, groups))
	}
}

// addFailing says of a path that it is not in force, and why.
func (g *licenseReasons) addFailing(p plan.Path) {
	switch {
	case p.InForce || p.Kind == plan.PathUnknown:
	case p.Kind == plan.PathDirect:
		g.add(reasonOf(reasonDirectFailing, stateOf(p)))
	default:
		g.add(reasonOf(reasonInheritedFailing, groupID(p.Group), stateOf(p)))
	}
}

// addSwitched says which service plans are off, go off or go on, and who says
// so.
func (g *licenseReasons) addSwitched() {
	w, wanted := wantedLicense{}, false
	if g.managed != nil {
		w, wanted = g.managed.wants.of(g.license.SKUID)
	}
	switch {
	case !wanted || g.license.Op == plan.OpRemove:
		return
	case g.action != nil && g.action.Op == plan.OpUpdate:
		before, after := plan.ServicePlanIDs(g.action.Before.DisabledPlans), plan.ServicePlanIDs(g.action.DisabledPlans)
		g.addPlans(w, missingFrom(after, before), reasonPlansGoOff)
		g.addPlans(w, missingFrom(before, after), reasonPlansGoOn)
	case g.action != nil:
		g.addPlans(w, plan.ServicePlanIDs(g.action.DisabledPlans), reasonPlansToBeOff)
	case hasPath(g.license, plan.PathDirect):
		a, _ := g.user.DirectLicense(g.license.SKUID)
		g.addPlans(w, a.DisabledPlans, reasonPlansOff)
	}
}

// missingFrom gives the ids of a that b lacks.
func missingFrom(a, b []license.GUID) []license.GUID {
	return filter(a, func(id license.GUID) bool { return !license.ContainsGUID(b, id) })
}

func (g *licenseReasons) addPlans(w wantedLicense, plans []license.GUID, message reasonMessage) {
	if len(plans) == 0 {
		return
	}
	var switched nameList
	for _, ref := range g.servicePlanRefs(plans) {
		switched = append(switched, ref.Name)
	}
	g.add(reasonAt(w.asked.SKU.Source, message, switched, w.plans.mode))
}

// addException says what keeps a difference from becoming a change, beside what is
// said of the user as a whole.
func (g *licenseReasons) addException() {
	switch g.license.Verdict {
	case plan.VerdictAccepted:
		a := g.acceptedFor(g.user, g.license.SKUID)
		g.add(reasonAt(a.SKU.Source, reasonAccepted, a.Until, a.Reason, a.Owner))
	case plan.VerdictPending:
		if hasPath(g.license, plan.PathDirect) {
			g.add(reasonOf(reasonKeptUntilThen))
		}
	case plan.VerdictFailing:
		g.add(reasonOf(reasonFailing))
	case plan.VerdictProtected, plan.VerdictBlocked:
		if g.license.Op == "" {
			g.add(reasonOf(reasonUnclear))
		}
	}
}

// addSeats says what a change means for the seats.
func (g *licenseReasons) addSeats() {
	s, verdict := g.license.Seats, g.license.Verdict
	if s == nil || g.license.Op == "" || g.license.Op == plan.OpUpdate {
		return
	}
	byGroup := isGiven(g.license, plan.PathGroup)
	switch {
	case verdict == plan.VerdictGain && byGroup:
		g.add(reasonOf(reasonNoFurtherSeat))
	case verdict == plan.VerdictLose && (byGroup || len(g.license.KeptBy) > 0):
		g.add(reasonOf(reasonFreesNoSeat))
	case verdict == plan.VerdictGain:
		g.add(reasonOf(reasonTakesSeat, s))
	case verdict == plan.VerdictLose && !g.user.FreesSeat(g.license.SKUID):
		g.add(reasonOf(reasonSeatUncertain))
	case verdict == plan.VerdictLose:
		g.add(reasonOf(reasonFreesSeat, s))
	case g.license.Op == plan.OpAdd && !byGroup && verdict != plan.VerdictProtected:
		g.add(reasonOf(reasonWouldTakeSeat, s))
	}
}
