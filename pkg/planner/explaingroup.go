package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// UnknownGroupError is a name for which the tenant has no group, or several.
type UnknownGroupError struct {
	Name  string
	Found []plan.Group // those of the name, sorted by id; nil: none
}

// Error says which it is.
func (e *UnknownGroupError) Error() string {
	if len(e.Found) == 0 {
		return fmt.Sprintf("the tenant has no group %q", e.Name)
	}
	return fmt.Sprintf("%d groups have the name %q", len(e.Found), e.Name)
}

// Hint lists the object ids of several.
func (e *UnknownGroupError) Hint() string {
	if len(e.Found) == 0 {
		return "give its display name or its object id"
	}
	return "give the object id of the one that is meant: " + plainWords(groupIDs(e.Found)).(string)
}

// ExplainGroup says why one group, named by display name or object id, gives, comes to
// give or stops giving each product. The whole plan is explained, so Options.Users and
// Options.SKUs are not heeded. The group has to be among Observed.LicensedGroups: the
// error is an *UnknownGroupError otherwise.
func ExplainGroup(in Input, name string) (*plan.GroupExplanation, error) {
	in.Options.Users, in.Options.SKUs = nil, nil
	b, err := prepare(in)
	if err != nil {
		return nil, err
	}
	found := b.groupsNamed(name)
	if len(found) != 1 {
		return nil, &UnknownGroupError{Name: name, Found: groupRefs(found)}
	}
	result := b.work(b.index())
	x := groupExplainer{basis: b, plan: result.Plan(in.Observed.Groups), group: found[0]}
	for _, m := range result.groups.managed.all {
		if m.group == x.group {
			x.managed = m
		}
	}
	if i := slices.IndexFunc(x.plan.GroupChanges, func(c plan.GroupChange) bool { return c.Group.ID == x.group.ID }); i >= 0 {
		x.change = &x.plan.GroupChanges[i]
	}
	return x.explain(), nil
}

// groupExplainer looks at a plan for the sake of one group.
type groupExplainer struct {
	*basis
	plan    *plan.Plan
	group   *license.Group
	managed *managedGroup     // nil: it is not managed
	change  *plan.GroupChange // nil: nothing changes
}

func (x *groupExplainer) explain() *plan.GroupExplanation {
	p, g := x.plan, x.group
	out := &plan.GroupExplanation{
		FormatVersion: plan.FormatVersion, PlanID: p.PlanID, Applyable: p.Applyable, CreatedAt: p.CreatedAt, Tool: p.Tool,
		Tenant: p.Tenant, Cloud: p.Cloud, Sources: p.Sources, AsOf: p.AsOf,
		Group: plan.ExplainedGroup{
			ID: g.ID, DisplayName: g.DisplayName, SecurityEnabled: g.SecurityEnabled, Dynamic: g.Dynamic,
			OnPremisesSynced: g.OnPremisesSynced, ProcessingState: g.ProcessingState,
		},
		Protected: x.isProtectedGroup(g), Reasons: x.reasons(), Licenses: x.licenses(), Change: x.change, Findings: []plan.Finding{},
	}
	if g.Members != nil {
		n := len(g.Members)
		out.Group.Members = &n
	}
	for _, f := range p.Findings {
		if f.Group == g.ID {
			out.Findings = append(out.Findings, f)
		}
	}
	return out
}

// reasons says what is true of the group as a whole.
func (x *groupExplainer) reasons() []plan.Reason {
	out := []plan.Reason{x.standing()}
	if x.isProtectedGroup(x.group) {
		out = append(out, reasonAt(x.in.Policy.Source, "the policy protects the group: nothing is changed, whatever a manifest says"))
	}
	if x.change == nil {
		return out
	}
	c := x.change
	m := c.Members
	out = append(out, reasonAt(plan.Source{}, fmt.Sprintf("of %s %s lose something, %s gain something, %s cannot get it yet, and %s see no difference",
		quantity.Of(m.Total, "member"), quantity.Text(m.Lose), quantity.Text(m.Gain), quantity.Text(m.Wait), quantity.Text(m.Keep))))
	if c.Status != plan.StatusReady {
		var why []string
		for _, code := range c.Reasons {
			why = append(why, string(code))
		}
		return append(out, reasonAt(plan.Source{}, fmt.Sprintf("the change is %s: %s", c.Status, strings.Join(why, ", "))))
	}
	if c.OneCall {
		out = append(out, reasonAt(plan.Source{}, "what is given and what is taken exclude each other, so both are one call"))
	} else if c.TakesAway() && slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd }) {
		out = append(out, reasonAt(plan.Source{}, "what it comes to give is proven for its members before anything is taken away"))
	}
	for _, g := range x.plan.Guards {
		if g.Tripped {
			out = append(out, reasonAt(x.in.Policy.Source, guardText(g)))
		}
	}
	return out
}

// standing says how manifests and policy treat the group.
func (x *groupExplainer) standing() plan.Reason {
	m := x.managed
	switch {
	case m == nil:
		return reasonAt(x.in.Policy.Source, fmt.Sprintf("no manifest says on this day what the group gives (unlistedGroups: %s)", cmp.Or(x.in.Policy.UnlistedGroups, plan.UnlistedIgnore)))
	case m.unlisted:
		return reasonAt(x.in.Policy.Source, "no manifest lists the group, and the policy takes managed licenses from such groups (unlistedGroups: remove)")
	case m.phase == plan.Over:
		return reasonAt(m.source, fmt.Sprintf("the entry of the group ended on %s, and nothing is asked for since", m.until))
	case !m.manages:
		return reasonAt(m.source, "the entry names neither licenses nor profiles, so it manages nothing of what the group gives")
	}
	return reasonAt(m.source, fmt.Sprintf("the manifest %q lists the group", m.manifest))
}

// licenses explains every product that the group gives, or is to give.
func (x *groupExplainer) licenses() []plan.ExplainedGroupLicense {
	out := []plan.ExplainedGroupLicense{}
	var skus []license.GUID
	for _, l := range x.group.Licenses {
		skus = append(skus, l.SKUID)
	}
	if x.managed != nil {
		for _, w := range x.managed.wants {
			skus = append(skus, w.sku.ID)
		}
	}
	for _, sku := range license.SortedGUIDs(skus) {
		out = append(out, x.license(sku))
	}
	slices.SortStableFunc(out, func(a, b plan.ExplainedGroupLicense) int { return strings.Compare(a.SKUPartNumber, b.SKUPartNumber) })
	return out
}

func (x *groupExplainer) license(sku license.GUID) plan.ExplainedGroupLicense {
	held, gives := x.group.License(sku)
	out := plan.ExplainedGroupLicense{SKUID: sku, SKUPartNumber: x.partNumber(sku), Gives: gives, DisabledPlans: x.servicePlanRefs(held.DisabledPlans), Reasons: []plan.Reason{}}
	if x.change != nil {
		if i := slices.IndexFunc(x.change.Actions, func(a plan.Action) bool { return a.SKUID == sku }); i >= 0 {
			out.Op = x.change.Actions[i].Op
		}
	}
	var w wantedLicense
	wanted := false
	if x.managed != nil {
		w, wanted = x.managed.wants.of(sku)
	}
	switch {
	case !x.scope.Manages(sku):
		out.Reasons = append(out.Reasons, reasonAt(x.in.Policy.Source, "the policy leaves the product out: it is neither given nor taken away"))
	case wanted && w.asked.Profile != "":
		out.Reasons = append(out.Reasons, reasonAt(w.asked.SKU.Source, fmt.Sprintf("the profile %q asks for it", w.asked.Profile)))
	case wanted:
		out.Reasons = append(out.Reasons, reasonAt(w.asked.SKU.Source, "the entry asks for it"))
	case x.managed == nil || !x.managed.manages:
		out.Reasons = append(out.Reasons, reasonAt(plan.Source{}, "no manifest says whether the group is to give it"))
	default:
		out.Reasons = append(out.Reasons, reasonAt(x.managed.source, "nothing asks for it"))
	}
	return out
}
