package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// why says why a license has its verdict: who asks for it or why nobody
// does, how it is held, which service plans are on and who says so, and what
// that means for the seats. It never returns nil.
func (x *explainer) why(l plan.ExplainedLicense, action *plan.Action) []plan.Reason {
	g := &licenseReasons{explainer: x, license: l, action: action, reasons: []plan.Reason{}}
	g.sayLeftOut()
	g.sayAsked()
	g.sayReclaimed()
	g.sayManaged()
	g.sayHeld()
	g.sayGroups()
	g.saySwitched()
	g.sayException()
	g.saySeats()
	return g.reasons
}

// licenseReasons collects the reasons of one license.
type licenseReasons struct {
	*explainer
	license plan.ExplainedLicense
	action  *plan.Action // nil: the plan does nothing with it
	reasons []plan.Reason
}

func (g *licenseReasons) say(source plan.Source, format string, args ...any) {
	g.reasons = append(g.reasons, reasonAt(source, fmt.Sprintf(format, args...)))
}

// sayLeftOut says that the product takes no part.
func (g *licenseReasons) sayLeftOut() {
	policy := g.in.Policy
	switch {
	case g.license.Verdict == plan.VerdictIgnored:
		g.say(g.refersTo(policy.IgnoredSKUs, g.license.SKUID), "the policy leaves the product out (skus.ignored): it is neither given nor taken away")
	case !g.scope.Manages(g.license.SKUID):
		g.say(policy.Source, "the policy does not list the product (skus.managed): it is neither given nor taken away")
	case g.managed != nil && !g.managed.mayRemove(g.license.SKUID):
		g.say(g.managed.source, "the selection that has ended did not give it, so it is left alone")
	}
}

// sayManaged says why what nobody asks for is taken away at all.
func (g *licenseReasons) sayManaged() {
	policy := g.in.Policy
	switch {
	case g.license.Op != plan.OpRemove:
	case policy.ManagedSKUs == nil:
		g.say(policy.Source, "the policy manages all products")
	default:
		g.say(g.refersTo(policy.ManagedSKUs, g.license.SKUID), "the policy manages the product (skus.managed)")
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

// sayAsked says who asks for the license, or why nobody does.
func (g *licenseReasons) sayAsked() {
	for _, a := range g.license.Asks {
		g.say(a.Source, "%s", askText(a))
	}
	leftOut := g.license.Verdict == plan.VerdictIgnored || g.license.Verdict == plan.VerdictUnmanaged
	if len(g.license.Asks) == 0 && !leftOut {
		g.sayNotAsked()
	}
}

// askText says who asks for a product, and when.
func askText(a plan.Ask) string {
	who := "the entry"
	if a.Profile != "" {
		who = fmt.Sprintf("the profile %q", a.Profile)
	}
	switch a.Phase {
	case askPending:
		return fmt.Sprintf("%s asks for it from %s on", who, a.From)
	case askOver:
		return fmt.Sprintf("%s asked for it until %s, and that day has come", who, a.Until)
	default:
		return who + " asks for it" + windowText(plan.Window{Until: a.Until})
	}
}

// sayNotAsked says why no entry asks for the license.
func (g *licenseReasons) sayNotAsked() {
	d := g.decides
	switch {
	case d == nil:
		g.say(g.in.Policy.Source, "no manifest lists the user (unlistedUsers: %s)", g.in.Policy.UnlistedUsers)
	case d.Window.PhaseOn(g.day) == plan.Over:
		g.say(d.User.Source, "the entry of the user ended on %s, and nothing is asked for since", d.Window.Until)
	case len(d.Licenses) == 0:
		g.say(d.User.Source, "the entry asks for no license at all")
	default:
		g.say(d.User.Source, "the entry does not ask for it, and neither do its profiles")
	}
}

// sayHeld says by which paths the license is held, and which of them do not
// count.
func (g *licenseReasons) sayHeld() {
	var groups []string
	for _, p := range g.license.Paths {
		if p.Kind == plan.PathGroup && p.InForce {
			groups = append(groups, groupName(g.in.Observed.Groups, p.Group))
		}
		g.sayFailing(p)
	}
	byGroup := "the group " + strings.Join(groups, " and the group ")
	switch {
	case hasPath(g.license, plan.PathUnknown):
		g.say(plan.Source{}, "the user holds it, and the tenant does not say whether directly or through a group")
	case isGiven(g.license, plan.PathDirect) && len(groups) > 0:
		g.say(plan.Source{}, "the user holds it directly, and %s gives it as well", byGroup)
	case isGiven(g.license, plan.PathDirect):
		g.say(plan.Source{}, "the user holds it directly")
	case len(g.license.Paths) == 0:
		g.say(plan.Source{}, "the user does not hold it now")
	case len(groups) == 0:
		return // what there is does not count, as was said
	case g.license.Op == plan.OpAdd:
		g.say(g.in.Policy.Source, "%s gives it, and the policy wants it assigned directly as well (inherited: assign)", byGroup)
	case g.license.Verdict == plan.VerdictSatisfied:
		g.say(g.in.Policy.Source, "%s gives it, and that is enough for the policy (inherited: satisfies)", byGroup)
	default:
		g.say(plan.Source{}, "%s gives it, and only the group can take it away", byGroup)
	}
}

// sayFailing says of a path that it is not in force, and why.
func (g *licenseReasons) sayFailing(p plan.Path) {
	switch {
	case p.InForce || p.Kind == plan.PathUnknown:
	case p.Kind == plan.PathDirect:
		g.say(plan.Source{}, "it is assigned directly and is not in force (%s), so it does not count", stateOf(p))
	default:
		g.say(plan.Source{}, "the group %s assigns it and it is not in force (%s), so it does not count", groupName(g.in.Observed.Groups, p.Group), stateOf(p))
	}
}

// saySwitched says which service plans are off, go off or go on, and who says
// so.
func (g *licenseReasons) saySwitched() {
	w, wanted := wantedLicense{}, false
	if g.managed != nil {
		w, wanted = g.managed.wants.of(g.license.SKUID)
	}
	switch {
	case !wanted || g.license.Op == plan.OpRemove:
		return
	case g.action != nil && g.action.Op == plan.OpUpdate:
		before, after := plan.ServicePlanIDs(g.action.Before.DisabledPlans), plan.ServicePlanIDs(g.action.DisabledPlans)
		g.sayPlans(w, missingFrom(after, before), "go off")
		g.sayPlans(w, missingFrom(before, after), "go on")
	case g.action != nil:
		g.sayPlans(w, plan.ServicePlanIDs(g.action.DisabledPlans), "will be off")
	case hasPath(g.license, plan.PathDirect):
		a, _ := g.user.DirectLicense(g.license.SKUID)
		g.sayPlans(w, a.DisabledPlans, "are off")
	}
}

// missingFrom gives the ids of a that b lacks.
func missingFrom(a, b []license.GUID) []license.GUID {
	return filter(a, func(id license.GUID) bool { return !license.ContainsGUID(b, id) })
}

func (g *licenseReasons) sayPlans(w wantedLicense, plans []license.GUID, what string) {
	if len(plans) == 0 {
		return
	}
	var names []string
	for _, ref := range g.servicePlanRefs(plans) {
		names = append(names, ref.Name)
	}
	who := "no manifest says which service plans are on, so they stay as they are"
	switch w.plans.mode {
	case plan.PlansDisabled:
		who = "disabledPlans says which are off"
	case plan.PlansEnabled:
		who = "enabledPlans says which are on, and all others are off"
	}
	g.say(w.asked.SKU.Source, "service plans that %s: %s; %s", what, strings.Join(names, ", "), who)
}

// sayException says what keeps a difference from becoming a change, beside what is
// said of the user as a whole.
func (g *licenseReasons) sayException() {
	switch g.license.Verdict {
	case plan.VerdictAccepted:
		a := g.acceptedFor(g.user, g.license.SKUID)
		g.say(a.SKU.Source, "the policy accepts the difference until %s: %s (%s)", a.Until, a.Reason, a.Owner)
	case plan.VerdictPending:
		if hasPath(g.license, plan.PathDirect) {
			g.say(plan.Source{}, "what is held is kept until then")
		}
	case plan.VerdictFailing:
		g.say(plan.Source{}, "no change of the plan alters that; nothing is taken from the user until it is in force")
	case plan.VerdictProtected, plan.VerdictBlocked:
		if g.license.Op == "" {
			g.say(plan.Source{}, "nobody knows for sure what the user should hold, so nothing is touched")
		}
	}
}

// saySeats says what a change means for the seats.
func (g *licenseReasons) saySeats() {
	s, verdict := g.license.Seats, g.license.Verdict
	if s == nil || g.license.Op == "" || g.license.Op == plan.OpUpdate {
		return
	}
	byGroup := isGiven(g.license, plan.PathGroup)
	switch {
	case verdict == plan.VerdictGain && byGroup:
		g.say(plan.Source{}, "it takes no further seat, since a group gives it already")
	case verdict == plan.VerdictLose && byGroup:
		g.say(plan.Source{}, "it frees no seat, since a group gives it all the same")
	case verdict == plan.VerdictGain:
		g.say(plan.Source{}, "it takes a seat: %s", seatsText(s))
	case verdict == plan.VerdictLose && !g.user.FreesSeat(g.license.SKUID):
		g.say(plan.Source{}, "no seat is counted on: what is not in force may hold one or not")
	case verdict == plan.VerdictLose:
		g.say(plan.Source{}, "it frees a seat: %s", seatsText(s))
	case g.license.Op == plan.OpAdd && !byGroup && verdict != plan.VerdictProtected:
		g.say(plan.Source{}, "it would take a seat: %s", seatsText(s))
	}
}

func seatsText(s *plan.Seats) string {
	text := quantity.Text(s.Enabled) + " bought, " + quantity.Text(s.Consumed) + " used now, " + quantity.Text(s.After) + " after the plan"
	if s.Reserve > 0 {
		text += ", " + quantity.Text(s.Reserve) + " kept in reserve"
	}
	if s.Warning > 0 {
		text += ", " + quantity.Text(s.Warning) + " expired and not counted"
	}
	return text
}
