package planner

import (
	"cmp"
	"maps"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// effects gives what a group change means for its members: those whom the same
// happens to together, who gains or loses most first. By what members keep what
// the group takes away comes with it; nil: by nothing that the plan changes.
func (b *basis) effects(d *groupDraft, of forecasts, own map[license.GUID]*plan.Change) ([]plan.MemberEffect, *plan.KeptBy) {
	alike := map[string]*plan.MemberEffect{}
	for _, id := range d.managed.group.Members {
		o := of[id]
		e := plan.MemberEffect{Gain: []license.GUID{}, Lose: []license.GUID{}, Wait: append([]plan.Waiting{}, o.waits[d]...)}
		if o.now != nil && o.now.Unreadable == "" {
			b.effect(&e, o, own[id], d)
		}
		key := effectKey(e)
		if alike[key] == nil {
			alike[key] = &e
		}
		alike[key].Members = append(alike[key].Members, id)
	}
	out := []plan.MemberEffect{}
	for _, key := range slices.Sorted(maps.Keys(alike)) {
		slices.SortFunc(alike[key].Members, license.CompareGUIDs)
		if e := alike[key]; len(e.Lose) > 0 {
			e.Names = of.names(e.Members)
		}
		out = append(out, *alike[key])
	}
	slices.SortStableFunc(out, func(a, b plan.MemberEffect) int {
		return cmp.Or(-cmp.Compare(len(a.Lose), len(b.Lose)), -cmp.Compare(len(a.Wait), len(b.Wait)), -cmp.Compare(len(a.Gain), len(b.Gain)))
	})
	return out, b.keptBy(d, of, own)
}

// names gives the user principal names of members, in their order.
func (all forecasts) names(members []license.GUID) []string {
	out := make([]string, len(members))
	for i, id := range members {
		if now := all[id].now; now != nil {
			out[i] = now.UserPrincipalName
		}
	}
	return out
}

// keptBy gives by which changes of the plan members keep what a group takes away; nil: by
// none.
func (b *basis) keptBy(d *groupDraft, of forecasts, own map[license.GUID]*plan.Change) *plan.KeptBy {
	var kept plan.KeptBy
	for _, id := range d.managed.group.Members {
		b.keep(&kept, of[id], own[id], d)
	}
	if len(kept.Groups)+len(kept.Users) == 0 {
		return nil
	}
	kept.Groups = append([]license.GUID{}, license.SortedGUIDs(kept.Groups)...)
	kept.Users = append([]license.GUID{}, license.SortedGUIDs(kept.Users)...)
	return &kept
}

// isKept reports whether a member keeps what a group takes away by another change.
func (b *basis) isKept(d *groupDraft, of forecasts, own map[license.GUID]*plan.Change) bool {
	return slices.ContainsFunc(d.managed.group.Members, func(id license.GUID) bool {
		var kept plan.KeptBy
		b.keep(&kept, of[id], own[id], d)
		return len(kept.Groups)+len(kept.Users) > 0
	})
}

// effect finds what a member gets and loses.
func (b *basis) effect(e *plan.MemberEffect, o *forecast, own *plan.Change, d *groupDraft) {
	final := b.final(o, own)
	for _, a := range d.Actions {
		waits := slices.ContainsFunc(e.Wait, func(w plan.Waiting) bool { return w.SKUID == a.SKUID })
		if a.Op != plan.OpRemove && !waits && b.gains(o, final, d.Group.ID, a.SKUID) {
			e.Gain = append(e.Gain, a.SKUID)
		}
		if a.TakesAway() && b.loses(o, final, d.Group.ID, a.SKUID) {
			e.Lose = append(e.Lose, a.SKUID)
			if ends := (paths{all: final, sku: a.SKUID, counts: inForce}); !ends.none() {
				e.Part = append(e.Part, a.SKUID)
			}
		}
	}
	slices.SortFunc(e.Gain, license.CompareGUIDs)
	slices.SortFunc(e.Lose, license.CompareGUIDs)
	slices.SortFunc(e.Part, license.CompareGUIDs)
}

// keep finds by which changes of the plan a member keeps what the group takes away.
func (b *basis) keep(kept *plan.KeptBy, o *forecast, own *plan.Change, d *groupDraft) {
	if o.now == nil || o.now.Unreadable != "" || !d.TakesAway() {
		return
	}
	final := b.final(o, own)
	for i := range d.Actions {
		sku := d.Actions[i].SKUID
		if !d.Actions[i].TakesAway() || !b.keepsByChange(o, final, paths{o.now.Assignments, sku, d.Group.ID, mayGive}) {
			continue
		}
		if changesDirect(own, sku) {
			kept.Users = append(kept.Users, o.now.ID)
		}
		for _, x := range final {
			if x.SKUID == sku && x.Group != d.Group.ID && o.promised(x) {
				kept.Groups = append(kept.Groups, x.Group)
			}
		}
	}
}

// keepsByChange reports whether a member goes on having something that they may have
// by some paths, and does so only by what the plan changes.
func (b *basis) keepsByChange(o *forecast, final []license.Assignment, now paths) bool {
	ends := paths{all: final, sku: now.sku, counts: inForce}
	if now.none() || ends.none() {
		return false
	}
	already := paths{all: o.already(final, now.sku), sku: now.sku, counts: inForce}
	switch {
	case already.none():
		return true
	case already.allOn():
		return false
	}
	sku, _ := b.catalog.SKU(now.sku)
	return slices.ContainsFunc(sku.Plans, func(p license.ServicePlan) bool { return now.on(p.ID) && ends.on(p.ID) && !already.on(p.ID) })
}

// already gives what of some assignments of a product the member has before any change
// of the plan: by the same path, with the service plans that are on now and then.
func (o *forecast) already(final []license.Assignment, sku license.GUID) []license.Assignment {
	var out []license.Assignment
	for _, x := range final {
		if x.SKUID != sku {
			continue
		}
		if was := pathOf(o.now, x); was != nil && was.InForce() {
			x.DisabledPlans = license.SortedGUIDs(slices.Concat(x.DisabledPlans, was.DisabledPlans))
			out = append(out, x)
		}
	}
	return out
}

// changesDirect reports whether a change that is carried out assigns a product to
// the user, or alters it.
func changesDirect(own *plan.Change, sku license.GUID) bool {
	return own != nil && own.Status == plan.StatusReady &&
		slices.ContainsFunc(own.Actions, func(a plan.Action) bool { return a.SKUID == sku && assigns(a) })
}

// effectKey is equal for equal effects, and sorts them.
func effectKey(e plan.MemberEffect) string {
	var key []byte
	for _, ids := range [][]license.GUID{e.Gain, e.Lose, e.Part} {
		for _, id := range ids {
			key = append(key, id[:]...)
		}
		key = append(key, 0)
	}
	for _, w := range e.Wait {
		key = append(append(append(key, w.SKUID[:]...), w.Reason...), 0)
	}
	return string(key)
}
