package planner

import (
	"fmt"
	"slices"
	"strings"

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
	warn := func(code plan.Code, message, hint string) {
		out.add(plan.Finding{Severity: plan.SeverityWarning, Code: code, User: u.UserPrincipalName, Source: at(c.Source), Message: message, Hint: hint})
	}
	rules, on := license.ObservedRules(), b.enabledPlans(c, u)
	for _, c := range rules.Conflicts(on) {
		warn(plan.CodePlansExclude, fmt.Sprintf("%s and %s exclude each other, and both will be on", b.catalog.PlanName(c.A), b.catalog.PlanName(c.B)),
			"switch one of them off with disabledPlans; the service may refuse the change")
	}
	for _, m := range rules.Missing(on) {
		warn(plan.CodePlanMissing, fmt.Sprintf("%s needs %s, and that will be off", b.catalog.PlanName(m.Plan), b.anyOf(m.NeedsAny)),
			"switch it on, or switch the other one off; the service may refuse the change")
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

// maxNamed bounds how many alternatives a sentence lists.
const maxNamed = 3

func (b *basis) anyOf(plans []license.GUID) string {
	var names []string
	for _, id := range plans[:min(len(plans), maxNamed)] {
		names = append(names, b.catalog.PlanName(id))
	}
	if len(plans) > maxNamed {
		names = append(names, "others")
	}
	return strings.Join(names, " or ")
}
