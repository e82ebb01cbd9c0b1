package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// adviseOnPlans warns of service plans that exclude or miss each other among
// what a user will have on. The rules are what is known to hold today and may
// be out of date, so they warn and do not block: the service's answer wins.
func (b *basis) adviseOnPlans(c *plan.Change, u *license.UserState) findings {
	if !slices.ContainsFunc(c.Actions, assigns) {
		return nil
	}
	var out findings
	warn := func(of message, args ...any) {
		out.add(finding{message: of, user: u.UserPrincipalName, source: c.Source, args: args})
	}
	rules, on := license.ObservedRules(), b.enabledPlans(c, u)
	for _, c := range rules.Conflicts(on) {
		warn(msgExclude, servicePlanID(c.A), servicePlanID(c.B))
	}
	for _, m := range rules.Missing(on) {
		warn(msgPlanMissing, servicePlanID(m.Plan), anyOfPlans(m.NeedsAny))
	}
	return out
}

// enabledPlans is every service plan that the user will have on, over all
// licenses and all paths that give something. The result is sorted.
func (b *basis) enabledPlans(c *plan.Change, u *license.UserState) []license.GUID {
	var on []license.GUID
	add := func(sku license.GUID, off []license.GUID) {
		s, _ := b.catalog.SKU(sku)
		for _, servicePlan := range s.Plans {
			if !license.ContainsGUID(off, servicePlan.ID) {
				on = append(on, servicePlan.ID)
			}
		}
	}
	for _, l := range c.After.Licenses {
		add(l.SKUID, l.DisabledPlans)
	}
	for _, a := range u.Assignments {
		if !a.GivesNothing() && (!a.Direct() || !b.scope.Manages(a.SKUID)) {
			add(a.SKUID, a.DisabledPlans)
		}
	}
	return license.SortedGUIDs(on)
}
