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
	which string       // what tells them apart
}

// Error says which it is.
func (e *UnknownGroupError) Error() string {
	if len(e.Found) == 0 {
		return fmt.Sprintf("the tenant has no group %q", e.Name)
	}
	return fmt.Sprintf("%d groups have the name %q", len(e.Found), e.Name)
}

// Hint lists the object ids of several, with what tells them apart.
func (e *UnknownGroupError) Hint() string {
	if len(e.Found) == 0 {
		return "give its display name or its object id"
	}
	return "give the object id of the one that is meant: " + e.which
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
		return nil, &UnknownGroupError{Name: name, Found: groupRefs(found), which: listOf(found[:min(len(found), maxNamedGroups)], "; ", newWords(b.catalog, plan.GroupNames{}).groupMark)}
	}
	result := b.work(b.index())
	x := groupExplainer{basis: b, plan: result.Plan(nil), group: found[0], words: newWords(b.catalog, plan.NamesOf(b.namesOfGroups())), used: result.groups.used}
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
	words   words
	used    []*acceptance // there are differences for
}

func (x *groupExplainer) explain() *plan.GroupExplanation {
	p, g := x.plan, x.group
	out := &plan.GroupExplanation{
		FormatVersion: plan.FormatVersion, PlanID: p.PlanID, Applyable: p.Applyable, CreatedAt: p.CreatedAt, Tool: p.Tool,
		Tenant: p.Tenant, Cloud: p.Cloud, Sources: p.Sources, AsOf: p.AsOf,
		Group: plan.ExplainedGroup{
			ID: g.ID, DisplayName: g.DisplayName, SecurityEnabled: g.SecurityEnabled, Dynamic: g.Dynamic,
			OnPremisesSynced: g.OnPremisesSynced, ProcessingState: g.ProcessingState, Untold: g.Licenses == nil,
		},
		Protected: x.isProtectedGroup(g), Reasons: x.words.reasons(x.reasons()), Licenses: x.licenses(), Change: x.change, Findings: []plan.Finding{},
	}
	if c := x.change; c != nil {
		out.Groups = x.words.groups.Of(c.MentionedGroups())
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
func (x *groupExplainer) reasons() []reason {
	out := []reason{x.standing()}
	if x.isProtectedGroup(x.group) {
		out = append(out, reasonAt(x.in.Policy.Source, reasonGroupProtected))
	}
	if x.change == nil {
		return out
	}
	c := x.change
	if m := c.Members; c.IsTold() {
		out = append(out, reasonOf(reasonMembers, quantity.Of(m.Total, "member"), count(m.Lose), count(m.Gain), count(m.Wait), count(m.Keep)))
	}
	if c.Status != plan.StatusReady {
		return append(out, reasonOf(reasonCode, c.Status, codes(c.Reasons)))
	}
	if c.OneCall {
		out = append(out, reasonOf(reasonOneCall))
	} else if c.TakesAway() && slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd }) {
		out = append(out, reasonOf(reasonProvenFirst))
	}
	return append(append(out, x.waits()...), x.trippedGuards(x.plan)...)
}

// waits says for whom the change waits.
func (x *groupExplainer) waits() []reason {
	var out []reason
	c := x.change
	if len(c.WaitsFor) > 0 {
		out = append(out, reasonOf(reasonWaitsForSeatsOf, groupList(c.WaitsFor)))
	}
	if n := len(c.WaitsForUsers); n > 0 {
		out = append(out, reasonOf(reasonWaitsForSeatsOfUsers, quantity.Of(n, "user")))
	}
	if k := c.KeptBy; k != nil && len(k.Groups) > 0 {
		out = append(out, reasonOf(reasonKeepByGroups, groupList(k.Groups)))
	}
	if k := c.KeptBy; k != nil && len(k.Users) > 0 {
		out = append(out, reasonOf(reasonKeepByUsers, quantity.Of(len(k.Users), "user")))
	}
	return out
}

// standing says how manifests and policy treat the group.
func (x *groupExplainer) standing() reason {
	m := x.managed
	switch {
	case m == nil:
		return reasonAt(x.in.Policy.Source, reasonGroupUnlisted, cmp.Or(x.in.Policy.UnlistedGroups, plan.UnlistedIgnore))
	case m.unlisted:
		return reasonAt(x.in.Policy.Source, reasonGroupUnlistedTaken)
	case m.phase == plan.Over:
		return reasonAt(m.source, reasonGroupEnded, m.until)
	case !m.manages:
		return reasonAt(m.source, reasonGroupManages)
	}
	return reasonAt(m.source, reasonGroupListed, m.manifest)
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
	out := plan.ExplainedGroupLicense{SKUID: sku, SKUPartNumber: x.partNumber(sku), Gives: gives, DisabledPlans: x.servicePlanRefs(held.DisabledPlans)}
	if x.change != nil {
		if i := slices.IndexFunc(x.change.Actions, func(a plan.Action) bool { return a.SKUID == sku }); i >= 0 {
			out.Op, out.Cause = x.change.Actions[i].Op, x.change.Actions[i].Cause
		}
	}
	why := []reason{x.why(sku)}
	if a := x.groupAcceptance(x.group, sku); slices.Contains(x.used, a) && !a.over {
		why = append(why, reasonAt(a.SKU.Source, reasonAccepted, a.Until, a.Reason, a.Owner))
	}
	out.Reasons = x.words.reasons(append(why, x.causeReasons(out.Cause)...))
	return out
}

// why says who asks that the group give a product, or that nobody does.
func (x *groupExplainer) why(sku license.GUID) reason {
	var w wantedLicense
	wanted := false
	if x.managed != nil {
		w, wanted = x.managed.wants.of(sku)
	}
	switch {
	case !x.scope.Manages(sku):
		return reasonAt(x.in.Policy.Source, reasonGroupIgnored)
	case wanted:
		return reasonAt(w.asked.SKU.Source, reasonGroupAsked, asker(w.asked.Profile))
	case x.managed == nil || !x.managed.manages:
		return reasonOf(reasonGroupNobody)
	default:
		return reasonAt(x.managed.source, reasonGroupNotAsked)
	}
}
