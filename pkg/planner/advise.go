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
func (p *planner) adviseOnPlans(changes []*draft) {
	rules := license.ObservedRules()
	for _, d := range changes {
		if !slices.ContainsFunc(d.Actions, assigns) {
			continue
		}
		on := p.enabledPlans(d)
		for _, c := range rules.Conflicts(on) {
			p.warn(d, plan.CodePlansExclude, fmt.Sprintf("%s and %s exclude each other, and both will be on", p.catalog.PlanName(c.A), p.catalog.PlanName(c.B)),
				"switch one of them off with disabledPlans; the service may refuse the change")
		}
		for _, m := range rules.Missing(on) {
			p.warn(d, plan.CodePlanMissing, fmt.Sprintf("%s needs %s, and that will be off", p.catalog.PlanName(m.Plan), p.anyOf(m.NeedsAny)),
				"switch it on, or switch the other one off; the service may refuse the change")
		}
	}
}

func (p *planner) warn(d *draft, code plan.Code, message, hint string) {
	p.findings.add(plan.Finding{Severity: plan.SeverityWarning, Code: code, User: d.managed.name(), Source: at(d.Source), Message: message, Hint: hint})
}

// enabledPlans is every service plan that the user will have on, over all
// licenses and all paths that give something. The result is sorted.
func (p *planner) enabledPlans(d *draft) []license.GUID {
	var on []license.GUID
	add := func(sku license.GUID, off []license.GUID) {
		s, _ := p.catalog.SKU(sku)
		for _, servicePlan := range s.Plans {
			if !license.ContainsGUID(off, servicePlan.ID) {
				on = append(on, servicePlan.ID)
			}
		}
	}
	for _, l := range d.After.Licenses {
		add(l.SKUID, l.DisabledPlans)
	}
	for _, a := range d.managed.user.Assignments {
		if !a.GivesNothing() && (!a.Direct() || !p.scope.Manages(a.SKUID)) {
			add(a.SKUID, a.DisabledPlans)
		}
	}
	return license.SortedGUIDs(on)
}

// maxNamed bounds how many alternatives a sentence lists.
const maxNamed = 3

func (p *planner) anyOf(plans []license.GUID) string {
	var names []string
	for _, id := range plans[:min(len(plans), maxNamed)] {
		names = append(names, p.catalog.PlanName(id))
	}
	if len(plans) > maxNamed {
		names = append(names, "others")
	}
	return strings.Join(names, " or ")
}
