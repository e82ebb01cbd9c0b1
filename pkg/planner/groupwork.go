package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// groupWork is what becomes of groups: users are planned against what they will
// give. The zero groupWork is that of manifests and a policy that do not speak of
// groups.
type groupWork struct {
	managed   managedGroups
	ids       map[license.GUID]bool // of the managed groups
	planned   []*plannedGroupChange // sorted as the plan shows them
	forecasts forecasts             // of the members of those that are ready
	leftOut   int                   // groups of which options leave something out
	used      []*acceptance         // what of the policy there are differences for
	findings  findings

	// withheld are products that a group is to give and, by this plan, does not, by
	// the users who are in it: they keep what they have of them.
	withheld map[license.GUID][]license.GUID
}

// planGroups compares what groups give with what they should give. Who asks for
// changes of some users alone gets none of groups: these are about everybody who is in
// them.
func (b *basis) planGroups() groupWork {
	if !b.in.Desired.ReadsGroups(b.in.Policy) {
		return groupWork{}
	}
	w := groupWork{managed: b.manageGroups(), ids: map[license.GUID]bool{}}
	w.findings.addAll(w.managed.findings)
	unprotected := b.unknownProtectedGroups()
	w.findings.addAll(unprotected)
	for _, m := range w.managed.all {
		w.ids[m.group.ID] = true
	}
	w.compareGroups(b)
	for _, d := range w.planned {
		if len(unprotected) > 0 {
			d.block(plan.CodeProtectedGroupAbsent) // it may be the one that is meant
		}
		d.OneCall = d.adds() && b.excludes(d)
		w.findings.addAll(b.checkMembers(d))
		w.findings.addAll(b.checkProcessing(d))
	}
	w.look(b)
	return w
}

// look works out what members will hold, as far as the changes are ready, and what is
// withheld from them.
func (w *groupWork) look(b *basis) {
	w.forecasts, w.withheld = b.forecasts(w.ready()), map[license.GUID][]license.GUID{}
	for i := range w.forecasts.all {
		o := &w.forecasts.all[i]
		for _, g := range o.in {
			for _, a := range g.Actions {
				if o.now != nil && g.waits != "" && a.Op == plan.OpAdd {
					w.withheld[o.now.ID] = append(w.withheld[o.now.ID], a.SKUID)
				}
			}
		}
	}
	ready := map[*managedGroup]*plannedGroupChange{}
	for _, d := range w.ready() {
		ready[d.managed] = d
	}
	for _, m := range w.managed.all {
		d := ready[m]
		for _, sku := range m.toCome() {
			if d != nil && d.does(plan.OpAdd, sku) {
				continue // the others are blocked, held, protected, accepted, or left out by the options
			}
			for _, id := range m.group.Members {
				w.withheld[id] = append(w.withheld[id], sku)
			}
		}
	}
}

// toCome lists the products that a group is to give, and does not give yet.
func (m *managedGroup) toCome() []license.GUID {
	var out []license.GUID
	for _, wanted := range m.wants {
		if _, gives := m.group.License(wanted.sku.ID); !gives {
			out = append(out, wanted.sku.ID)
		}
	}
	return out
}

// withholds gives why a user keeps their own license of a product that they are not
// to hold directly: a group is to give it, and does not yet, or not in force for them;
// empty: no group is.
func (w *groupWork) withholds(u *license.UserState, sku license.GUID) plan.Code {
	if w == nil {
		return ""
	}
	if why := w.managed.unfound[sku]; why != "" {
		return why
	}
	failing := func(a license.Assignment) bool { return a.SKUID == sku && w.gives(a) && !a.InForce() }
	notYet := len(u.Given(sku)) == 0 && (slices.ContainsFunc(u.Assignments, failing) || w.owes(u, sku))
	if slices.Contains(w.withheld[u.ID], sku) || notYet {
		return plan.CodeGroupBlocked
	}
	return ""
}

// keepsGroup reports whether the change of a group is in the plan.
func (n narrowed) keepsGroup(d *plannedGroupChange) bool {
	return n.users == nil && (n.skus == nil || slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return n.skus[a.SKUID] }))
}

// unknownProtectedGroups tells of groups that the policy protects and the tenant does
// not have.
func (b *basis) unknownProtectedGroups() findings {
	var out findings
	for _, ref := range b.in.Policy.ProtectedGroups {
		if len(b.groupsNamed(ref.Name)) > 0 {
			continue
		}
		out.add(finding{message: msgProtectedGroupAbsent, source: ref.Source, args: []any{ref.Name}})
	}
	return out
}

// ready are the changes that can be carried out as far as is known.
func (w *groupWork) ready() []*plannedGroupChange {
	var out []*plannedGroupChange
	for _, d := range w.planned {
		if d.Status == plan.StatusReady {
			out = append(out, d)
		}
	}
	return out
}

// forecast gives what becomes of the user at a place by the groups that they are in;
// nil: nothing, or it is not known what they hold.
func (w *groupWork) forecast(place int) *forecast {
	if w == nil || w.forecasts.byPlace == nil {
		return nil
	}
	o := w.forecasts.byPlace[place]
	if o == nil || !o.isRead() {
		return nil
	}
	return o
}

// gives reports whether an assignment comes from a managed group.
func (w *groupWork) gives(a license.Assignment) bool {
	return w != nil && !a.Direct() && w.ids[a.Group]
}

// checkMembers blocks a change that takes something from a member of whom it is not
// known what they hold: they may lose what nobody sees.
func (b *basis) checkMembers(d *plannedGroupChange) findings {
	if !d.TakesAway() || d.managed.group.Members == nil {
		return nil
	}
	unknown := 0
	for _, place := range d.places {
		if place == nobody || b.in.Observed.Users[place].Unreadable != "" || slices.ContainsFunc(b.in.Observed.Users[place].Unexplained, d.takes) {
			unknown++
		}
	}
	if unknown == 0 {
		return nil
	}
	d.block(plan.CodeGroupUntold)
	return findings{{message: msgMemberLicensesUnknown, group: d.Group.ID, source: d.Source, args: []any{quantity.Of(unknown, "member"), groupID(d.Group.ID)}}}
}

// takes reports whether the change takes a product away, or a service plan of it.
func (d *plannedGroupChange) takes(sku license.GUID) bool {
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.SKUID == sku && a.TakesAway() })
}

// checkProcessing warns of a group with an earlier change that the service is
// still at: what members hold lags.
func (b *basis) checkProcessing(d *plannedGroupChange) findings {
	state := d.managed.group.ProcessingState
	if d.Status != plan.StatusReady || state != "QueuedForProcessing" && state != "ProcessingInProgress" {
		return nil
	}
	return findings{{message: msgGroupProcessing, group: d.Group.ID, source: d.Source, args: []any{groupID(d.Group.ID)}}}
}

// final is what a member holds in the end: by groups, and directly after their own
// change; nil: they have none that is carried out.
func (b *basis) final(o *forecast, own *plan.Change) []license.Assignment {
	if own == nil || own.Status != plan.StatusReady {
		return o.future.Assignments
	}
	var out []license.Assignment
	for _, a := range o.future.Assignments {
		if !a.Direct() || !b.scope.Manages(a.SKUID) {
			out = append(out, a)
		}
	}
	for _, l := range own.After.Licenses {
		a := license.Assignment{SKUID: l.SKUID, DisabledPlans: l.DisabledPlans, State: license.StateActive}
		if held, has := o.now.DirectLicense(l.SKUID); has {
			a.State, a.Error = held.State, held.Error
		}
		out = append(out, a)
	}
	return out
}

// loses reports whether a member ends without a product, or without a service plan
// of it, that they may have now by a group.
func (b *basis) loses(o *forecast, final []license.Assignment, group, sku license.GUID) bool {
	return b.exceed(paths{o.now.Assignments, sku, group, mayGive}, paths{all: final, sku: sku, counts: isInForce})
}

// gains reports whether a member gets a product, or a service plan of it, that they
// do not have now.
func (b *basis) gains(o *forecast, final []license.Assignment, group, sku license.GUID) bool {
	return b.exceed(paths{final, sku, group, isInForce}, paths{all: o.now.Assignments, sku: sku, counts: isInForce})
}

// losesAllBy reports whether a member who may hold a license in scope ends with none
// that is in force.
func (b *basis) losesAllBy(o *forecast, final []license.Assignment) bool {
	any := func(all []license.Assignment, counts func(*license.Assignment) bool) bool {
		for i := range all {
			if counts(&all[i]) && b.scope.Manages(all[i].SKUID) {
				return true
			}
		}
		return false
	}
	return any(o.now.Assignments, mayGive) && !any(final, isInForce)
}

// blockForMembers blocks the changes of groups that would take something from who must not
// lose it, and reports whether there were any: then what members will hold is
// another question again. Nobody who is protected loses anything, and nobody what
// they are declared to hold.
func (w *groupWork) blockForMembers(b *basis, c compared, changes []plan.Change) (blocked bool) {
	if len(w.forecasts.all) == 0 {
		return false
	}
	own := b.ownChanges(w, c.changes, func(i int) *plan.Change { return &changes[i] })
	planned := make([]*plannedChange, len(w.forecasts.byPlace))
	for _, d := range slices.Concat(c.changes, c.aside) {
		planned[d.managed.place] = d
	}
	for _, d := range w.ready() {
		if !d.TakesAway() {
			continue
		}
		var why plan.Code
		victims, movers := []string{}, []string{}
		for _, o := range w.forecasts.of[d] {
			if o.now == nil {
				continue
			}
			code, final := b.mustKeep(o, planned[o.place]), b.final(o, own.of(o))
			switch {
			case code != "" && b.losesAnything(o, final, d, planned[o.place]):
				why = code
				victims = append(victims, o.now.UserPrincipalName)
			case w.movesInVain(b, o, final, d):
				movers = append(movers, o.now.UserPrincipalName)
			}
		}
		if why != "" {
			blocked = true
			d.block(why)
			w.findings.add(takesFrom(d, why, victims))
		}
		if len(movers) > 0 {
			blocked = true
			d.block(plan.CodeGroupTakesDeclared)
			w.findings.add(finding{message: msgTakesMoving, group: d.Group.ID, source: d.Source, args: []any{groupID(d.Group.ID), someNames(movers)}})
		}
	}
	blocked = w.keepAccepted(b, own) || blocked
	blocked = w.holdMailboxes(b, own) || blocked
	if blocked {
		w.look(b)
	}
	return blocked
}

// mustKeep gives why a member must not lose what a group takes away; empty: they
// may.
func (b *basis) mustKeep(o *forecast, own *plannedChange) plan.Code {
	switch {
	case b.isProtected(o.now):
		return plan.CodeProtectedUser
	case own != nil && (len(own.managed.wants) > 0 || len(own.managed.problems) > 0):
		return plan.CodeGroupTakesDeclared
	}
	return ""
}

// losesAnything reports whether a member loses something by a group: of somebody who
// has a change of their own, something that they are declared to hold, or that they may be.
func (b *basis) losesAnything(o *forecast, final []license.Assignment, d *plannedGroupChange, own *plannedChange) bool {
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool {
		if !a.TakesAway() || !b.loses(o, final, d.Group.ID, a.SKUID) {
			return false
		}
		if own == nil || len(own.managed.problems) > 0 || b.isProtected(o.now) {
			return true
		}
		return b.lacks(own.managed, final, a.SKUID)
	})
}

// lacks reports whether a user ends without a product that they are declared to hold,
// or without a service plan that they are declared to have on.
func (b *basis) lacks(s *managedUser, final []license.Assignment, sku license.GUID) bool {
	w, wanted := s.wants.of(sku)
	if !wanted {
		return false
	}
	ends := paths{all: final, sku: sku, counts: isInForce}
	return ends.none() || w.plans.mode != plan.PlansUnmanaged && slices.ContainsFunc(b.plansOn(sku, w.plans.disabled), func(id license.GUID) bool { return !ends.on(id) })
}

// movesInVain reports whether a member loses by a group a product that another one is
// to give them, and by this plan does not, or not in force yet.
func (w *groupWork) movesInVain(b *basis, o *forecast, final []license.Assignment, d *plannedGroupChange) bool {
	awaits := func(sku license.GUID) bool {
		return slices.Contains(w.withheld[o.now.ID], sku) || w.owes(o.now, sku) || slices.ContainsFunc(o.in, func(other belonging) bool { return other.withholds(sku) })
	}
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool {
		return a.Op == plan.OpRemove && awaits(a.SKUID) && b.loses(o, final, d.Group.ID, a.SKUID)
	})
}

// takesFrom says why a group takes nothing away.
func takesFrom(d *plannedGroupChange, why plan.Code, victims []string) finding {
	f := finding{message: msgTakesDeclared, group: d.Group.ID, source: d.Source, args: []any{groupID(d.Group.ID), someNames(victims)}}
	if why == plan.CodeProtectedUser {
		f.message = msgTakesFromProtected
	}
	return f
}

// ownChanges are the changes of users, by the place of the user in the tenant; nil:
// there are none that matter to groups.
type ownChanges []*plan.Change

// ownChanges gives the changes of users, each as change gives it by the place of the
// planned one.
func (b *basis) ownChanges(w *groupWork, planned []*plannedChange, change func(int) *plan.Change) ownChanges {
	if len(w.planned)*len(planned) == 0 {
		return nil
	}
	out := make(ownChanges, len(b.in.Observed.Users))
	for i, d := range planned {
		out[d.managed.place] = change(i)
	}
	return out
}

// of gives the change of a member; nil: there is none.
func (own ownChanges) of(o *forecast) *plan.Change {
	if own == nil || o.place == nobody {
		return nil
	}
	return own[o.place]
}

// leftOutOf counts the groups of which options leave something out; nil where nobody
// speaks of groups.
func (w *groupWork) leftOutOf() *int {
	if w.ids == nil {
		return nil
	}
	n := w.leftOut
	return &n
}

// changes gives the group changes, with what they mean for every member; nil where
// nobody speaks of groups.
func (w *groupWork) changes(b *basis, own ownChanges) []plan.GroupChange {
	if w.ids == nil {
		return nil
	}
	out := []plan.GroupChange{}
	for _, d := range w.planned {
		members := w.forecasts.of[d]
		if d.Status != plan.StatusReady {
			members = b.alone(d) // what it would mean by itself
		}
		c := d.GroupChange
		c.Effects, c.KeptBy = b.effects(d, members, own)
		c.Members = plan.CountMembers(c.Effects)
		out = append(out, c)
	}
	return out
}
