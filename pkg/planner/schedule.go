package planner

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// scheduled is what the seats make of the ready changes.
type scheduled struct {
	ledger   seatLedger                        // after those that find their seats
	waits    map[*plannedChange][]license.GUID // the users who must have freed a seat before, sorted; absent: nobody
	short    map[*plannedChange]plan.Code      // those for which there is no seat, for them or for the group that they wait for, and why
	findings findings
}

// schedule plays the ready changes through in an order that the seats allow.
// For what is left over there is no such order.
func (b *basis) schedule(changes []*plannedChange, groups *groupWork) scheduled {
	ready := filterChanges(changes, func(d *plannedChange) bool { return d.Status == plan.StatusReady })
	// Who stands first in the manifests goes first, and those of one selection by
	// their names.
	slices.SortStableFunc(ready, func(a, b *plannedChange) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.Source.Compare(b.Source))
	})
	r := replay{newSeatLedger(b.in.Observed.SKUs, b.reserves), map[*plannedChange][]license.GUID{}}
	short := map[*plannedChange]plan.Code{}
	seats := b.newGroupSeats(&r, groups, ready)
	ready = filterChanges(seats.play(ready), func(d *plannedChange) bool {
		if !d.managed.forecast.fails(d) {
			return true
		}
		short[d] = plan.CodeGroupBlocked
		return false
	})
	running, waiting := affordable(ready, r.seatLedger)
	cyclic := r.play(running)
	inCycle := map[*plannedChange]bool{}
	for _, d := range cyclic {
		inCycle[d] = true
	}
	stuck := r.playInTurn(append(cyclic, waiting...))
	out := scheduled{ledger: r.seatLedger, waits: r.waits, short: short}
	spare := seatsToUnblock(r.seatLedger, filterChanges(stuck, func(d *plannedChange) bool { return inCycle[d] }))
	used := map[license.GUID][]any{} // the arguments of msgNoSeat, which findings share
	for sku, a := range r.seatLedger {
		used[sku] = []any{product(sku), &seatUse{a, b.reserves[sku]}}
	}
	for _, d := range stuck {
		for _, sku := range lacking(d, r.seatLedger) {
			f := finding{message: msgNoSeat, args: used[sku]}
			if inCycle[d] {
				f = finding{message: msgCyclicSeat, args: []any{product(sku), spare}}
			}
			out.short[d] = f.code
			out.findings.add(shortOfSeat(d, sku, f))
		}
	}
	seats.finish() // when it is settled who is short
	return out
}

// seatsToUnblock gives the spare seats that would let the changes through that wait
// for each other: each is given to the first that still waits, until nobody
// does.
func seatsToUnblock(ledger seatLedger, cyclic []*plannedChange) spareSeats {
	trial, spare := replay{ledger.clone(), map[*plannedChange][]license.GUID{}}, spareSeats{}
	for rest := cyclic; len(rest) > 0; {
		sku, _ := trial.short(rest[0])
		trial.seatLedger[sku].free++
		spare[sku]++
		rest = trial.play(rest)
	}
	return spare
}

// affordable splits changes, the most important first, into those that the
// seats suffice for once all of them are through and those that have to wait:
// always the least important one that takes a seat of which there are too few.
// A change that waits frees no seat either, so it may push others out.
func affordable(ready []*plannedChange, ledger seatLedger) (running, waiting []*plannedChange) {
	b := newSeatBalance(ready, ledger)
	out := map[*plannedChange]bool{}
	for {
		i := b.leastImportantShort()
		if i < 0 {
			break
		}
		out[ready[i]] = true
		b.count(ready[i], -1)
	}
	running = filterChanges(ready, func(d *plannedChange) bool { return !out[d] })
	waiting = filterChanges(ready, func(d *plannedChange) bool { return out[d] })
	return running, waiting
}

// seatBalance is the seats that would be free once changes are through, in
// whatever order: below zero where there are too few.
type seatBalance struct {
	free map[license.GUID]int

	// takers are the changes that take a seat of each SKU, by their place among
	// all, the least important last. Each is taken off when it is put out, or
	// found to be out.
	takers map[license.GUID][]int
	out    map[int]bool
}

func newSeatBalance(ready []*plannedChange, ledger seatLedger) *seatBalance {
	b := &seatBalance{free: map[license.GUID]int{}, takers: map[license.GUID][]int{}, out: map[int]bool{}}
	for sku, a := range ledger {
		b.free[sku] = a.free
	}
	for i, d := range ready {
		b.count(d, +1)
		for _, sku := range d.takes {
			b.takers[sku] = append(b.takers[sku], i)
		}
	}
	return b
}

// count adds a change to the balance, or with -1 takes it back.
func (b *seatBalance) count(d *plannedChange, sign int) {
	for _, sku := range d.takes {
		b.free[sku] -= sign
	}
	for _, sku := range d.frees {
		b.free[sku] += sign
	}
}

// leastImportantShort puts out the least important change that takes a seat of
// which there are too few, and gives its place; -1 where there is none.
func (b *seatBalance) leastImportantShort() int {
	last := -1
	for sku, takers := range b.takers {
		for len(takers) > 0 && b.out[takers[len(takers)-1]] {
			takers = takers[:len(takers)-1]
		}
		b.takers[sku] = takers
		if b.free[sku] < 0 && len(takers) > 0 {
			last = max(last, takers[len(takers)-1])
		}
	}
	b.out[last] = true
	return last
}

// replay plays changes through, and notes who has to wait for whom.
type replay struct {
	seatLedger
	waits map[*plannedChange][]license.GUID // sorted
}

// play runs the changes that can run and returns the others in their order.
// Those that free a seat go first, as long as there is any: only they can open
// the way for others.
func (r *replay) play(changes []*plannedChange) []*plannedChange {
	stuck := filterChanges(changes, func(d *plannedChange) bool { return len(d.frees) > 0 || len(d.takes) == 0 })
	for before := -1; before != len(stuck); {
		before = len(stuck)
		stuck = r.pass(stuck)
	}
	for _, d := range changes {
		if len(d.frees) > 0 || len(d.takes) == 0 {
			continue
		}
		if _, short := r.short(d); short {
			stuck = append(stuck, d)
		} else {
			r.run(d)
		}
	}
	return stuck
}

// playInTurn hands out the seats that are left, the most important change
// first, and returns those that got none. Among equals those that free a seat go
// first.
func (r *replay) playInTurn(changes []*plannedChange) []*plannedChange {
	stuck := slices.SortedStableFunc(slices.Values(changes), func(a, b *plannedChange) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), -cmp.Compare(min(len(a.frees), 1), min(len(b.frees), 1)))
	})
	for before := -1; before != len(stuck); {
		before = len(stuck)
		stuck = r.pass(stuck)
	}
	return stuck
}

// pass tries every change once, the first one first, and again when a seat
// that it lacked comes free.
func (r *replay) pass(changes []*plannedChange) []*plannedChange {
	ran := make([]bool, len(changes))
	lacking := map[license.GUID][]int{} // places in changes, the first one first
	try := func(i int) {
		if sku, short := r.short(changes[i]); short {
			at, _ := slices.BinarySearch(lacking[sku], i)
			lacking[sku] = slices.Insert(lacking[sku], at, i)
			return
		}
		r.run(changes[i])
		ran[i] = true
	}
	for i, d := range changes {
		try(i)
		if !ran[i] {
			continue
		}
		for open := slices.Clone(d.frees); len(open) > 0; {
			sku := open[len(open)-1]
			queue := lacking[sku]
			if len(queue) == 0 || r.seatLedger[sku] == nil || r.seatLedger[sku].free < 1 {
				open = open[:len(open)-1]
				continue
			}
			lacking[sku] = queue[1:]
			if try(queue[0]); ran[queue[0]] {
				open = append(open, changes[queue[0]].frees...)
			}
		}
	}
	var stuck []*plannedChange
	for i, d := range changes {
		if !ran[i] {
			stuck = append(stuck, d)
		}
	}
	return stuck
}

// shortOfSeat is a finding about a product of which a change finds no seat. That is
// a mistake of whoever asks for more than there is, unless a group is to give the
// product and cannot: then it is a state of the tenant, and the manifests are right.
func shortOfSeat(d *plannedChange, sku license.GUID, f finding) finding {
	f.user, f.source = d.managed.name(), d.Source
	if len(d.managed.user.Inherited(sku)) > 0 {
		f.severity = plan.SeverityWarning
	}
	return f
}

// lacking gives the SKUs of which a change needs a seat that is not free.
func lacking(d *plannedChange, ledger seatLedger) []license.GUID {
	return filter(d.takes, func(sku license.GUID) bool { return ledger[sku].free < 1 })
}

func filterChanges(planned []*plannedChange, keep func(*plannedChange) bool) []*plannedChange {
	var out []*plannedChange
	for _, d := range planned {
		if keep(d) {
			out = append(out, d)
		}
	}
	return out
}
