package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// groupEffect is what the change of a group means for the user.
type groupEffect struct {
	change *plan.GroupChange
	plan.MemberEffect
}

// groupEffects lists the changes of the groups that the user is in, in the order of
// the plan.
func groupEffects(p *plan.Plan, user license.GUID) []groupEffect {
	var out []groupEffect
	for i := range p.GroupChanges {
		for _, e := range p.GroupChanges[i].Effects {
			if license.ContainsGUID(e.Members, user) {
				out = append(out, groupEffect{&p.GroupChanges[i], e})
			}
		}
	}
	return out
}

// does gives what the change of the group does with a product; empty: nothing.
func (e groupEffect) does(sku license.GUID) plan.Op {
	if i := slices.IndexFunc(e.change.Actions, func(a plan.Action) bool { return a.SKUID == sku }); i >= 0 {
		return e.change.Actions[i].Op
	}
	return ""
}

// byGroups is the verdict over a product that groups give the user or take from them;
// empty: none does.
func (x *explainer) byGroups(sku license.GUID) plan.Verdict {
	var out plan.Verdict
	for _, e := range x.effects {
		switch {
		case e.does(sku) == "":
		case e.change.Status == plan.StatusBlocked:
			out = plan.VerdictBlocked
		case e.change.Status == plan.StatusHeld:
			out = plan.VerdictHeld
		case slices.Contains(e.Lose, sku) && e.does(sku) == plan.OpRemove:
			return plan.VerdictLose
		case slices.Contains(e.Lose, sku):
			return plan.VerdictUpdate
		case slices.Contains(e.Gain, sku):
			out = plan.VerdictGain
		case slices.ContainsFunc(e.Wait, func(w plan.Waiting) bool { return w.SKUID == sku }):
			out = plan.VerdictBlocked
		}
	}
	return out
}

// sayGroups says what the user's groups will do with the product.
func (g *licenseReasons) sayGroups() {
	sku := g.license.SKUID
	for _, e := range g.effects {
		name, place := quotedGroup(e.change.Group), e.change.Source
		op := e.does(sku)
		switch {
		case op == "":
			continue
		case e.change.Status != plan.StatusReady:
			g.say(place, "the group %s would %s it, and its change is %s: %s", name, verbOf(op), e.change.Status, e.change.Reasons[0])
		case slices.Contains(e.Lose, sku) && op == plan.OpRemove:
			g.say(place, "the group %s stops giving it, and the user has it by no other path", name)
		case slices.Contains(e.Lose, sku):
			g.say(place, "the group %s switches service plans of it off, and the user has these by no other path", name)
		case op == plan.OpRemove:
			g.say(place, "the group %s stops giving it, and the user keeps it by another path", name)
		case slices.Contains(e.Gain, sku):
			g.say(place, "the group %s comes to give it", name)
		default:
			g.sayNoDifference(e, sku)
		}
	}
}

func (g *licenseReasons) sayNoDifference(e groupEffect, sku license.GUID) {
	name, place := quotedGroup(e.change.Group), e.change.Source
	if i := slices.IndexFunc(e.Wait, func(w plan.Waiting) bool { return w.SKUID == sku }); i >= 0 {
		g.say(place, "the group %s comes to give it, and the user will not get it yet: %s", name, e.Wait[i].Reason)
		return
	}
	g.say(place, "the group %s comes to give it as well, which changes nothing for the user", name)
}

func verbOf(op plan.Op) string {
	switch op {
	case plan.OpAdd:
		return "come to give"
	case plan.OpRemove:
		return "stop giving"
	}
	return "alter"
}

func quotedGroup(g plan.Group) string {
	return groupName(map[license.GUID]string{g.ID: g.DisplayName}, g.ID)
}
