package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// forecast is what becomes of one user by the groups that they are a direct member
// of, and that change.
type forecast struct {
	now    *license.UserState // nil: the user was not read
	place  int                // of the user in the tenant; nobody: they were not read
	future license.UserState  // the same with what the groups will give and take
	in     []belonging
	seats  []memberSeat // those that groups give or take, as far as they are played through
}

// belonging is what the change of one group comes to for a member.
type belonging struct {
	*plannedGroupChange
	waits plan.Code // why they do not get what the group comes to give; empty: they do, or it gives nothing more
}

// forecasts are those of all members of groups that change.
type forecasts struct {
	all     []forecast                          // each user once; one who was not read once for each group
	of      map[*plannedGroupChange][]*forecast // in the order of the members
	byPlace []*forecast                         // by the place of the user in the tenant; nil: they are in none of the groups
}

// forecasts works out what the members of groups will hold by them: every change of
// the changes taken as made, but for what a member cannot get. Seats are another
// question: only who does not hold a product at all can lack one, and whoever
// does keeps what they have until the group's is in force.
func (b *basis) forecasts(changes []*plannedGroupChange) forecasts {
	if len(changes) == 0 {
		return forecasts{}
	}
	memberships, all := 0, 0
	groups := make([]int, len(b.in.Observed.Users)) // how many of them each user is in
	for _, d := range changes {
		memberships += len(d.places)
		for _, place := range d.places {
			if place != nobody {
				groups[place]++
			}
			if place == nobody || groups[place] == 1 {
				all++
			}
		}
	}
	out := forecasts{make([]forecast, 0, all), make(map[*plannedGroupChange][]*forecast, len(changes)), make([]*forecast, len(groups))}
	room := make([]belonging, memberships)
	for _, d := range changes {
		members := make([]*forecast, 0, len(d.places))
		for _, place := range d.places {
			var o *forecast
			n := 1
			if place != nobody {
				o, n = out.byPlace[place], groups[place]
			}
			if o == nil {
				out.all = append(out.all, b.forecastOf(int(place), room[:0:n]))
				o, room = &out.all[len(out.all)-1], room[n:]
			}
			if place != nobody {
				out.byPlace[place] = o
			}
			o.in = append(o.in, belonging{plannedGroupChange: d})
			members = append(members, o)
		}
		out.of[d] = members
	}
	for i := range out.all {
		b.look(&out.all[i])
	}
	return out
}

// alone is the forecast of the members of a group, in their order, if it alone changes.
func (b *basis) alone(d *plannedGroupChange) []*forecast {
	all, in, out := make([]forecast, len(d.places)), make([]belonging, len(d.places)), make([]*forecast, len(d.places))
	for i, place := range d.places {
		in[i].plannedGroupChange = d
		all[i] = b.forecastOf(int(place), in[i:i+1])
		b.look(&all[i])
		out[i] = &all[i]
	}
	return out
}

// forecastOf is a forecast before anybody has looked.
func (b *basis) forecastOf(place int, in []belonging) forecast {
	o := forecast{place: place, in: in}
	if place != nobody {
		o.now = &b.in.Observed.Users[place]
		o.future = *o.now
	}
	return o
}

// placesOf gives the places in the tenant of the members of a group, in their order;
// nobody for who is not there.
func (b *basis) placesOf(g *license.Group) []int32 {
	out := make([]int32, len(g.Members))
	for i, id := range g.Members {
		out[i] = nobody
		if place, known := b.users.FindID(id); known {
			out[i] = int32(place)
		}
	}
	return out
}

// isRead reports whether it is known what the member holds.
func (o *forecast) isRead() bool { return o.now != nil && o.now.Unreadable == "" }

// by gives what the change of one of the groups comes to.
func (o *forecast) by(d *plannedGroupChange) *belonging {
	return &o.in[slices.IndexFunc(o.in, func(g belonging) bool { return g.plannedGroupChange == d })]
}

// look works out the future of a member.
func (b *basis) look(o *forecast) {
	if !o.isRead() {
		for i := range o.in {
			o.in[i].wait(plan.CodeUnreadableUser)
		}
		return
	}
	o.future.Assignments = append(make([]license.Assignment, 0, len(o.now.Assignments)+len(o.in)), o.now.Assignments...)
	for _, d := range o.in {
		o.change(d.plannedGroupChange)
	}
	for i := range o.in {
		d := &o.in[i]
		if why := b.cannotGet(o, d.plannedGroupChange); why != "" {
			d.wait(why)
			o.drop(d.plannedGroupChange)
		}
	}
	license.SortAssignments(o.future.Assignments)
}

// change takes the actions of a group as done.
func (o *forecast) change(d *plannedGroupChange) {
	for i := range d.Actions {
		a := &d.Actions[i]
		at := slices.IndexFunc(o.future.Assignments, func(x license.Assignment) bool { return x.SKUID == a.SKUID && x.Group == d.Group.ID })
		switch {
		case a.Op == plan.OpRemove && at >= 0:
			o.future.Assignments = slices.Delete(o.future.Assignments, at, at+1)
		case a.Op == plan.OpUpdate && at >= 0:
			o.future.Assignments[at].DisabledPlans = plan.ServicePlanIDs(a.DisabledPlans)
		case a.Op == plan.OpAdd && at < 0:
			o.future.Assignments = append(o.future.Assignments, license.Assignment{
				SKUID: a.SKUID, Group: d.Group.ID, DisabledPlans: plan.ServicePlanIDs(a.DisabledPlans), State: license.StateActive,
			})
		}
	}
}

// drop takes back what a group comes to give the member: all of it, since the
// service gives none of a group's products where it cannot give one
// (entra-docs, licensing-groups-resolve-problems). Service plans that the group
// switches off may be gone all the same.
func (o *forecast) drop(d *plannedGroupChange) {
	o.future.Assignments = slices.DeleteFunc(o.future.Assignments, func(x license.Assignment) bool {
		return x.Group == d.Group.ID && d.does(plan.OpAdd, x.SKUID) && pathOf(o.now, x) == nil
	})
	for i := range o.future.Assignments {
		x := &o.future.Assignments[i]
		if was := pathOf(o.now, *x); was != nil && x.Group == d.Group.ID && d.does(plan.OpUpdate, x.SKUID) {
			x.DisabledPlans = license.SortedGUIDs(slices.Concat(x.DisabledPlans, was.DisabledPlans))
		}
	}
}

// pathOf finds the assignment of the same product by the same path; nil: the user
// has none.
func pathOf(u *license.UserState, a license.Assignment) *license.Assignment {
	for i := range u.Assignments {
		if license.CompareAssignments(u.Assignments[i], a) == 0 {
			return &u.Assignments[i]
		}
	}
	return nil
}

// wait notes that the member does not get what the group comes to give.
func (g *belonging) wait(why plan.Code) {
	if g.adds() {
		g.waits = why
	}
}

// waiting lists what a member does not get who waits; sorted. It is never nil.
func (g *belonging) waiting() []plan.Waiting {
	out := []plan.Waiting{}
	for _, a := range g.Actions {
		if g.waits != "" && a.Op == plan.OpAdd {
			out = append(out, plan.Waiting{SKUID: a.SKUID, Reason: g.waits})
		}
	}
	slices.SortFunc(out, plan.Waiting.Compare)
	return out
}

// withholds reports whether the member waits for a product that the group comes to
// give.
func (g *belonging) withholds(sku license.GUID) bool { return g.waits != "" && g.does(plan.OpAdd, sku) }

// cannotGet gives why the service will not give a member what a group comes to
// give; empty: it will, as far as is known.
func (b *basis) cannotGet(o *forecast, d *plannedGroupChange) plan.Code {
	if !d.adds() {
		return ""
	}
	if o.now.UsageLocation == "" && !o.holdsAllAdded(d) {
		return plan.CodeNoUsageLocation
	}
	var some, all [24]license.GUID // room, which seldom is not enough
	rules, added := license.ObservedRules(), b.appendAdded(some[:0], o, d)
	if len(added) == 0 {
		return ""
	}
	switch on := b.appendOn(append(all[:0], added...), o, d); {
	case rules.AnyExcluded(added, on):
		return plan.CodePlansExclude
	case rules.AnyLacking(added, on):
		return plan.CodePlanMissing
	}
	return ""
}

// holdsAllAdded reports whether the member holds everything that a group comes to
// give by another path.
func (o *forecast) holdsAllAdded(d *plannedGroupChange) bool {
	return !slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.Op == plan.OpAdd && !o.now.Holds(a.SKUID) })
}

// appendAdded appends the service plans that come to a member with the products that a
// group comes to give: as far as rules speak of them, and the member does not hold the
// product.
func (b *basis) appendAdded(out []license.GUID, o *forecast, d *plannedGroupChange) []license.GUID {
	for i := range d.Actions {
		if a := &d.Actions[i]; a.Op == plan.OpAdd && !o.now.Holds(a.SKUID) {
			out = b.appendRuled(out, a.SKUID, plan.ServicePlanIDs(a.DisabledPlans))
		}
	}
	return out
}

// appendOn appends the service plans that the member has on at the moment at which a
// group comes to give its products: as far as rules speak of them, in any order and
// several times. What groups and the user's own changes take away goes later, but for
// what is taken in the same call.
func (b *basis) appendOn(out []license.GUID, o *forecast, d *plannedGroupChange) []license.GUID {
	for i := range o.now.Assignments {
		a := &o.now.Assignments[i]
		if a.GivesNothing() || d.OneCall && a.Group == d.Group.ID && d.does(plan.OpRemove, a.SKUID) {
			continue
		}
		out = b.appendRuled(out, a.SKUID, a.DisabledPlans)
	}
	for _, other := range o.in {
		for i := range other.Actions {
			if a := &other.Actions[i]; a.Op == plan.OpAdd {
				out = b.appendRuled(out, a.SKUID, plan.ServicePlanIDs(a.DisabledPlans))
			}
		}
	}
	return out
}

// appendRuled appends the service plans of a product that are on and of which a rule
// speaks: a few of many.
func (b *basis) appendRuled(out []license.GUID, sku license.GUID, off []license.GUID) []license.GUID {
	for _, id := range b.ruledPlans[sku] {
		if !license.ContainsGUID(off, id) {
			out = append(out, id)
		}
	}
	return out
}

// plansOn lists the service plans of a product that are on, in the order of the
// product.
func (b *basis) plansOn(sku license.GUID, off []license.GUID) []license.GUID {
	var out []license.GUID
	s, _ := b.catalog.SKU(sku)
	for _, servicePlan := range s.Plans {
		if !license.ContainsGUID(off, servicePlan.ID) {
			out = append(out, servicePlan.ID)
		}
	}
	return out
}

// excludes reports whether what a group comes to give and what it takes away
// cannot be held together.
func (b *basis) excludes(d *plannedGroupChange) bool {
	var given, taken []license.GUID
	for _, a := range d.Actions {
		switch a.Op {
		case plan.OpAdd:
			given = append(given, b.plansOn(a.SKUID, plan.ServicePlanIDs(a.DisabledPlans))...)
		case plan.OpRemove:
			taken = append(taken, b.plansOn(a.SKUID, plan.ServicePlanIDs(a.Before.DisabledPlans))...)
		}
	}
	return slices.ContainsFunc(license.ObservedRules().Conflicts(slices.Concat(given, taken)), func(c license.Conflict) bool {
		return slices.Contains(given, c.A) && slices.Contains(taken, c.B) || slices.Contains(given, c.B) && slices.Contains(taken, c.A)
	})
}

// adds reports whether the group comes to give a product.
func (d *plannedGroupChange) adds() bool {
	for i := range d.Actions {
		if d.Actions[i].Op == plan.OpAdd {
			return true
		}
	}
	return false
}

// does reports whether the group's change does something with a product.
func (d *plannedGroupChange) does(op plan.Op, sku license.GUID) bool {
	for i := range d.Actions {
		if a := &d.Actions[i]; a.Op == op && a.SKUID == sku {
			return true
		}
	}
	return false
}

// awaited are the groups that must have given the member something before a change
// of their own takes something away, sorted; nil: none. A group that switches service
// plans on is one where the change takes the same product.
func (o *forecast) awaited(d *plannedChange) []license.GUID {
	if o == nil {
		return nil
	}
	restsOn := func(a license.Assignment) bool { return a.InForce() && o.promised(a) && d.takesAway(a.SKUID) }
	var out []license.GUID
	for _, g := range o.in {
		given := func(a license.Assignment) bool { return a.Group == g.Group.ID && restsOn(a) }
		if g.waits == "" && (g.adds() || slices.ContainsFunc(o.future.Assignments, given)) {
			out = append(out, g.Group.ID)
		}
	}
	return license.SortedGUIDs(out)
}

// takesAway reports whether the change takes a product, or a service plan of it.
func (d *plannedChange) takesAway(sku license.GUID) bool {
	return slices.ContainsFunc(d.Actions, func(a plan.Action) bool { return a.SKUID == sku && a.TakesAway() })
}

// fails reports whether something that a change of the user takes away, or waits for,
// comes from a group that cannot give the user all that it is to give: the service
// sets all of that group's licenses in error, then.
func (o *forecast) fails(d *plannedChange) bool {
	if o == nil {
		return false
	}
	for _, g := range o.in {
		if g.waits == "" {
			continue
		}
		given := func(a license.Assignment) bool { return a.Group == g.Group.ID && d.takesAway(a.SKUID) }
		if slices.Contains(d.WaitsForGroups, g.Group.ID) || slices.ContainsFunc(o.future.Assignments, given) {
			return true
		}
	}
	return false
}

// promised reports an assignment that a group will give and does not yet, or not yet
// with all the service plans.
func (o *forecast) promised(a license.Assignment) bool {
	if o == nil || a.Direct() || o.now == nil {
		return false
	}
	was := pathOf(o.now, a)
	return was == nil || slices.ContainsFunc(was.DisabledPlans, func(id license.GUID) bool { return !license.ContainsGUID(a.DisabledPlans, id) })
}
