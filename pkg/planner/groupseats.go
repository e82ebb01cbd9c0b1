package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// groupSeats hands out seats to the members of groups, before users get theirs:
// groups gain first.
type groupSeats struct {
	*basis
	*replay
	work *groupWork
	own  ownChanges // ready changes of users

	// The ready changes of groups of which nobody keeps by another change what they take
	// away: those that only take, and those that give too.
	first, later []*plannedGroupChange
}

// memberSeat is the seat of one member for one product, which a group's loss has given
// back, or a group's gain has taken.
type memberSeat struct {
	sku    license.GUID
	givers []license.GUID // who must have given theirs up for it
}

// seat finds what became of the member's seat for a product; nil: nothing yet.
func (o *forecast) seat(sku license.GUID) *memberSeat {
	for i := range o.seats {
		if o.seats[i].sku == sku {
			return &o.seats[i]
		}
	}
	return nil
}

// newGroupSeats is for ready changes of users.
func (b *basis) newGroupSeats(r *replay, w *groupWork, ready []*plannedChange) *groupSeats {
	s := &groupSeats{basis: b, replay: r, work: w}
	if len(w.forecasts.all) == 0 {
		return s
	}
	s.own = b.ownChanges(w, ready, func(i int) *plan.Change { return &ready[i].Change })
	for _, d := range w.ready() {
		switch {
		case s.isKept(d, w.forecasts.of[d], s.own):
		case d.adds():
			s.later = append(s.later, d)
		default:
			s.first = append(s.first, d)
		}
	}
	return s
}

// play plays the changes of groups through, before those of users: what only takes
// away, and users who give a seat that a group needs; then what groups gain, as far
// as there are seats; then what these lose. It gives the changes of users that are
// left to be played. Whoever waits for a seat waits for nobody who waits for them.
func (s *groupSeats) play(ready []*plannedChange) []*plannedChange {
	if len(s.work.forecasts.all) == 0 {
		return ready
	}
	for _, d := range s.first {
		s.give(d, isGivenByOne)
	}
	gaining := slices.DeleteFunc(s.work.ready(), func(d *plannedGroupChange) bool { return !d.adds() })
	rest := s.giveOfUsers(gaining, ready)
	for _, d := range gaining {
		s.take(d)
	}
	for _, d := range s.later {
		s.give(d, isGivenByOne)
	}
	return rest
}

// finish plays what groups take away while members keep it by other changes, and what
// several groups take from one member: it comes after everything else, so that nobody can wait for its seats.
func (s *groupSeats) finish() {
	for _, d := range s.work.ready() {
		s.give(d, func(*forecast, license.GUID) bool { return true })
	}
}

// isGivenByOne reports whether one group alone takes a product from a member, who has
// it by no other path: the seat is free as soon as that is done.
func isGivenByOne(o *forecast, sku license.GUID) bool {
	if _, direct := o.now.DirectLicense(sku); direct {
		return false
	}
	n := 0
	for _, d := range o.in {
		if d.does(plan.OpRemove, sku) {
			n++
		}
	}
	return n == 1
}

// give gives back the seats of the members who end without a product by a group, where
// that counts.
func (s *groupSeats) give(d *plannedGroupChange, counts func(*forecast, license.GUID) bool) {
	for _, a := range d.Actions {
		if a.Op != plan.OpRemove || s.seatLedger[a.SKUID] == nil {
			continue
		}
		for _, o := range s.work.forecasts.of[d] {
			if o.now == nil || o.seat(a.SKUID) != nil || !counts(o, a.SKUID) || !o.now.Holds(a.SKUID) || holdsSeat(s.final(o, s.change(o)), a.SKUID) {
				continue
			}
			o.seats = append(o.seats, memberSeat{sku: a.SKUID})
			s.seatLedger[a.SKUID].give(d.Group.ID)
		}
	}
}

// change is the ready change of a member; nil: there is none, or it waits for a group,
// which may come to nothing.
func (s *groupSeats) change(o *forecast) *plan.Change {
	if c := s.own.of(o); c != nil && len(c.WaitsForGroups) == 0 {
		return c
	}
	return nil
}

// holdsSeat reports whether one of the assignments may hold a seat of a product.
func holdsSeat(all []license.Assignment, sku license.GUID) bool {
	p := paths{all: all, sku: sku, counts: mayGive}
	return !p.none()
}

// giveOfUsers plays the changes of users that free a seat which a group needs, take
// none and wait for nobody. It gives the others.
func (s *groupSeats) giveOfUsers(gaining []*plannedGroupChange, ready []*plannedChange) []*plannedChange {
	needs := func(sku license.GUID) bool {
		return slices.ContainsFunc(gaining, func(d *plannedGroupChange) bool { return d.does(plan.OpAdd, sku) })
	}
	var rest []*plannedChange
	for _, d := range ready {
		if len(d.takes) == 0 && len(d.WaitsForGroups) == 0 && slices.ContainsFunc(d.frees, needs) {
			s.run(d)
		} else {
			rest = append(rest, d)
		}
	}
	return rest
}

// take takes the seats of the members who come to hold a product by a group. Those
// for whom there is none wait, and get nothing of what the group comes to give.
func (s *groupSeats) take(d *plannedGroupChange) {
	var waits []license.GUID
	for _, o := range s.work.forecasts.of[d] {
		if o.now == nil || o.by(d).waits != "" {
			continue
		}
		needed := s.needed(d, o)
		if slices.ContainsFunc(needed, func(sku license.GUID) bool { return s.seatLedger[sku].free < 1 }) {
			o.by(d).wait(plan.CodeSeatShortage)
			o.drop(d)
			continue
		}
		for _, sku := range needed {
			o.seats = append(o.seats, memberSeat{sku, s.seatLedger[sku].take()})
		}
		for i := range d.Actions {
			if seat := o.seat(d.Actions[i].SKUID); seat != nil {
				waits = append(waits, seat.givers...)
			}
		}
	}
	d.WaitsFor, d.WaitsForUsers = []license.GUID{}, nil
	for _, giver := range license.SortedGUIDs(waits) {
		if s.work.ids[giver] {
			d.WaitsFor = append(d.WaitsFor, giver)
		} else {
			d.WaitsForUsers = append(d.WaitsForUsers, giver)
		}
	}
}

// needed lists the products of which a member needs a seat that they do not hold.
func (s *groupSeats) needed(d *plannedGroupChange, o *forecast) []license.GUID {
	var out []license.GUID
	for i := range d.Actions {
		a := &d.Actions[i]
		if a.Op == plan.OpAdd && s.seatLedger[a.SKUID] != nil && o.seat(a.SKUID) == nil && !o.now.Holds(a.SKUID) {
			out = append(out, a.SKUID)
		}
	}
	return out
}

// waitingFindings tells how many members of each group do not get what it comes to
// give, and why.
func waitingFindings(changes []plan.GroupChange) findings {
	var out findings
	for _, c := range changes {
		if c.Status != plan.StatusReady {
			continue
		}
		counts := map[plan.Waiting]int{}
		for _, e := range c.Effects {
			for _, w := range e.Wait {
				counts[w] += len(e.Members)
			}
		}
		for w, n := range counts {
			out.add(finding{
				message: msgMembersWait(w.Reason), group: c.Group.ID, sku: w.SKUID, source: c.Source,
				args: []any{quantity.Text(n), quantity.Of(c.Members.Total, "member"), groupID(c.Group.ID), product(w.SKUID)},
			})
		}
	}
	return out
}
