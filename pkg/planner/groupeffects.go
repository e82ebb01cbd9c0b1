package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// memberEffect is what a group change means for some of the members.
type memberEffect struct {
	plan.MemberEffect
	key  string // equal for equal effects, and sorts them
	size int    // how many members
}

// effects gives what a group change means for its members, whose forecasts are in their
// order: those whom the same happens to together, who gains or loses most first. By what
// members keep what the group takes away comes with it; nil: by nothing that the plan
// changes.
func (b *basis) effects(d *plannedGroupChange, members []*forecast, own ownChanges) ([]plan.MemberEffect, *plan.KeptBy) {
	var all []memberEffect
	known, which := map[string]int{}, make([]int, len(members)) // the place in all by key, and by member
	var key []byte
	e := plan.MemberEffect{}
	for i, o := range members {
		e.Gain, e.Lose, e.Part, e.Wait = e.Gain[:0], e.Lose[:0], e.Part[:0], o.by(d).waiting()
		if o.isRead() {
			b.effect(&e, o, own.of(o), d)
		}
		key = appendEffectKey(key[:0], &e)
		at, alike := known[string(key)]
		if !alike {
			at = len(all)
			known[string(key)] = at
			all = append(all, newMemberEffect(e, string(key)))
		}
		which[i] = at
		all[at].size++
	}
	for i, at := range which {
		all[at].add(d.managed.group.Members[i], members[i])
	}
	slices.SortFunc(all, func(a, b memberEffect) int {
		return cmp.Or(cmp.Compare(len(b.Lose), len(a.Lose)), cmp.Compare(len(b.Wait), len(a.Wait)), cmp.Compare(len(b.Gain), len(a.Gain)), strings.Compare(a.key, b.key))
	})
	out := make([]plan.MemberEffect, 0, len(all))
	for _, e := range all {
		out = append(out, e.MemberEffect)
	}
	return out, b.keptBy(d, members, own)
}

// newMemberEffect is an effect that lasts, of nobody yet.
func newMemberEffect(e plan.MemberEffect, key string) memberEffect {
	return memberEffect{key: key, MemberEffect: plan.MemberEffect{
		Gain: append([]license.GUID{}, e.Gain...), Lose: append([]license.GUID{}, e.Lose...), Part: append([]license.GUID(nil), e.Part...), Wait: e.Wait,
	}}
}

// add adds a member. All of them have to be counted before.
func (e *memberEffect) add(id license.GUID, o *forecast) {
	if e.Members == nil {
		e.Members = make([]license.GUID, 0, e.size)
	}
	e.Members = append(e.Members, id)
	if len(e.Lose) == 0 {
		return
	}
	if e.Names == nil {
		e.Names = make([]string, 0, e.size)
	}
	name := ""
	if o.now != nil {
		name = o.now.UserPrincipalName
	}
	e.Names = append(e.Names, name)
}

// keptBy gives by which changes of the plan members keep what a group takes away; nil: by
// none.
func (b *basis) keptBy(d *plannedGroupChange, members []*forecast, own ownChanges) *plan.KeptBy {
	if !d.TakesAway() {
		return nil
	}
	var kept plan.KeptBy
	for _, o := range members {
		b.keep(&kept, o, own.of(o), d)
	}
	if len(kept.Groups)+len(kept.Users) == 0 {
		return nil
	}
	kept.Groups = append([]license.GUID{}, license.SortedGUIDs(kept.Groups)...)
	kept.Users = append([]license.GUID{}, license.SortedGUIDs(kept.Users)...)
	return &kept
}

// isKept reports whether a member keeps what a group takes away by another change.
func (b *basis) isKept(d *plannedGroupChange, members []*forecast, own ownChanges) bool {
	if !d.TakesAway() {
		return false
	}
	var kept plan.KeptBy
	return slices.ContainsFunc(members, func(o *forecast) bool {
		b.keep(&kept, o, own.of(o), d)
		return len(kept.Groups)+len(kept.Users) > 0
	})
}

// effect finds what a member gets and loses.
func (b *basis) effect(e *plan.MemberEffect, o *forecast, own *plan.Change, d *plannedGroupChange) {
	final := b.final(o, own)
	for i := range d.Actions {
		a := &d.Actions[i]
		waits := a.Op == plan.OpAdd && len(e.Wait) > 0
		if a.Op != plan.OpRemove && !waits && b.gains(o, final, d.Group.ID, a.SKUID) {
			e.Gain = append(e.Gain, a.SKUID)
		}
		if a.TakesAway() && b.loses(o, final, d.Group.ID, a.SKUID) {
			e.Lose = append(e.Lose, a.SKUID)
			if ends := (paths{all: final, sku: a.SKUID, counts: isInForce}); !ends.none() {
				e.Part = append(e.Part, a.SKUID)
			}
		}
	}
	slices.SortFunc(e.Gain, license.CompareGUIDs)
	slices.SortFunc(e.Lose, license.CompareGUIDs)
	slices.SortFunc(e.Part, license.CompareGUIDs)
}

// keep finds by which changes of the plan a member keeps what the group takes away.
func (b *basis) keep(kept *plan.KeptBy, o *forecast, own *plan.Change, d *plannedGroupChange) {
	if !o.isRead() {
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
	ends := paths{all: final, sku: now.sku, counts: isInForce}
	if now.none() || ends.none() {
		return false
	}
	already := paths{all: o.already(final, now.sku), sku: now.sku, counts: isInForce}
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

// appendEffectKey appends what is equal for equal effects, and sorts them.
func appendEffectKey(key []byte, e *plan.MemberEffect) []byte {
	for _, ids := range [...][]license.GUID{e.Gain, e.Lose, e.Part} {
		for _, id := range ids {
			key = append(key, id[:]...)
		}
		key = append(key, 0)
	}
	for _, w := range e.Wait {
		key = append(append(append(key, w.SKUID[:]...), w.Reason...), 0)
	}
	return key
}
