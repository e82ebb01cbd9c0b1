package planner

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Retake gives a saved plan whose guards have the limits of a policy, the
// approvals of manifests and the counts of a tenant as it is now, in the place
// of what its file says: its id does not cover these, so they may have been
// edited. A limit of the file that is lower stays, since options may have
// tightened it. The errors are those of Make.
func Retake(p *plan.Plan, in Input) (*plan.Plan, error) {
	now, err := prepare(in)
	if err != nil {
		return nil, err
	}
	all := now.census()
	skus, did := skusOf(p), plan.NewGuardCounts()
	did.CountGroups(p.GroupChanges)
	for i := range p.Changes {
		did.Count(&p.Changes[i])
	}
	guards := slices.Clone(p.Guards)
	for i := range guards {
		g := &guards[i]
		if g.Name == plan.GuardMaxUsersLosingAll {
			g.Actual = max(g.Actual, now.losingAll(p))
		}
		if sku := cmp.Or(g.SKUID, skus[g.SKUPartNumber]); g.Name == plan.GuardMaxRemovalsPerSKU {
			*g = now.retaken(*g, now.guard(g.Name, now.in.Policy.Guards.MaxRemovalsPerSKU, measureOf(did, sku, all)))
			continue
		}
		limit, m := now.measure(g, did, all)
		*g = now.retaken(*g, now.guard(g.Name, limit, m))
	}
	return p.WithGuards(now.approved(guards, p.PlanID)), nil
}

// census counts what the managed users hold.
func (b *basis) census() census {
	out, resolver := newCensus(), newResolver(b, b.index())
	groups := b.planGroups()
	for i := range b.in.Observed.Users {
		isMember := out.countMembers(&b.in.Observed.Users[i], &groups, b.scope)
		if s, _ := resolver.user(i); s != nil {
			out.count(s.now, b.scope)
		} else if isMember {
			out.members++
		}
	}
	return out
}

// retaken is a guard with its limit of now, or that of before where it is lower.
func (b *basis) retaken(saved, now plan.Guard) plan.Guard {
	if saved.Limit != nil && (now.Limit == nil || *saved.Limit < *now.Limit) {
		now.Limit = saved.Limit
	}
	now.SKUPartNumber, now.SKUID = saved.SKUPartNumber, saved.SKUID
	now.Tripped = now.Limit != nil && now.Actual > *now.Limit
	return now
}

// measure gives the limit that the policy has for a guard of the whole plan, and
// what is held against it.
func (b *basis) measure(g *plan.Guard, did plan.GuardCounts, c census) (plan.Limit, measure) {
	limits := b.in.Policy.Guards
	switch g.Name {
	case plan.GuardMaxRemovals:
		return limits.MaxRemovals, measureAll(did, c)
	case plan.GuardMaxUsersLosingAll:
		return limits.MaxUsersLosingAll, measure{actual: g.Actual, of: c.licensed}
	case plan.GuardMaxUsersChanged:
		return limits.MaxUsersChanged, measure{actual: g.Actual, of: c.users + c.members}
	}
	// A guard of a later version: what is not known here lets nothing through.
	return plan.Limit{}, measure{actual: g.Actual}
}

// losingAll counts the users who end with nothing by the ready changes, their own
// and those of their groups.
func (b *basis) losingAll(p *plan.Plan) int {
	w := groupWork{forecasts: b.forecasts(b.savedGroupChanges(p))}
	own, n := map[license.GUID]*plan.Change{}, 0
	for i := range p.Changes {
		own[p.Changes[i].User.ID] = &p.Changes[i]
	}
	for i := range b.in.Observed.Users {
		now := &b.in.Observed.Users[i]
		s := managedUser{user: now, now: now}
		o := w.forecast(i)
		if o != nil {
			s.user = &o.future
		}
		c := own[now.ID]
		switch {
		case c != nil && c.Status == plan.StatusReady && b.losesAll(c, &s):
			n++
		case (c == nil || c.Status != plan.StatusReady) && o != nil && b.losesAllBy(o, o.future.Assignments):
			n++
		}
	}
	return n
}

// savedGroupChanges gives the ready group changes of a plan as they were planned.
func (b *basis) savedGroupChanges(p *plan.Plan) []*plannedGroupChange {
	var out []*plannedGroupChange
	for _, c := range p.GroupChanges {
		if c.Status == plan.StatusReady {
			group := &license.Group{ID: c.Group.ID, DisplayName: c.Group.DisplayName, Members: c.MemberIDs()}
			out = append(out, &plannedGroupChange{GroupChange: c, managed: &managedGroup{group: group}, places: b.placesOf(group)})
		}
	}
	return out
}

// skusOf gives the ids of the products that the actions name, by part number.
func skusOf(p *plan.Plan) map[string]license.GUID {
	out := map[string]license.GUID{}
	note := func(actions []plan.Action) {
		for _, a := range actions {
			out[a.SKUPartNumber] = a.SKUID
		}
	}
	for _, c := range p.Changes {
		note(c.Actions)
	}
	for _, c := range p.GroupChanges {
		note(c.Actions)
	}
	return out
}
