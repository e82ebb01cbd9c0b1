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

// causeOf is the cause of that.
func (e groupEffect) causeOf(sku license.GUID) plan.Cause {
	if i := slices.IndexFunc(e.change.Actions, func(a plan.Action) bool { return a.SKUID == sku }); i >= 0 {
		return e.change.Actions[i].Cause
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

// addGroups says what the user's groups will do with the product.
func (g *licenseReasons) addGroups() {
	sku := g.license.SKUID
	for _, e := range g.effects {
		group, at := groupID(e.change.Group.ID), e.change.Source
		op := e.does(sku)
		switch {
		case op == "":
			continue
		case e.change.Status != plan.StatusReady:
			g.add(reasonAt(at, reasonGroupNotReady, group, groupOp(op), e.change.Status, e.change.Reasons[0]))
		case slices.Contains(e.Lose, sku) && op == plan.OpRemove:
			g.add(reasonAt(at, reasonGroupTakes, group))
		case slices.Contains(e.Lose, sku):
			g.add(reasonAt(at, reasonGroupSwitchesOff, group))
		case op == plan.OpRemove:
			g.add(reasonAt(at, reasonGroupTakesNothing, group))
		case slices.Contains(e.Gain, sku):
			g.add(reasonAt(at, reasonGroupGives, group))
		default:
			g.addNoDifference(e, sku)
		}
		g.addCause(e.causeOf(sku))
	}
}

func (g *licenseReasons) addNoDifference(e groupEffect, sku license.GUID) {
	group, at := groupID(e.change.Group.ID), e.change.Source
	if i := slices.IndexFunc(e.Wait, func(w plan.Waiting) bool { return w.SKUID == sku }); i >= 0 {
		g.add(reasonAt(at, reasonGroupGivesLater, group, e.Wait[i].Reason))
		return
	}
	g.add(reasonAt(at, reasonGroupGivesNothing, group))
}
