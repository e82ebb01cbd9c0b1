package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// seatLedger counts the seats of every SKU while the plan is played through.
type seatLedger map[license.GUID]*seatAccount

type seatAccount struct {
	sku license.SKU

	// free is enabled − consumed − reserve. It is below zero where the tenant
	// holds more than it bought: then removals must first make up for that.
	free int

	taken, freed int

	// spare are the users whose removal has freed a seat that nobody has taken
	// since, and settled those whose removal went into making up a deficit.
	spare   []license.GUID
	settled []license.GUID
}

func newSeatLedger(skus []license.SKU, reserves map[license.GUID]int) seatLedger {
	l := seatLedger{}
	for _, s := range skus {
		l[s.ID] = &seatAccount{sku: s, free: s.Units.Enabled - s.Units.Consumed - reserves[s.ID]}
	}
	return l
}

// clone copies the balances, for trying something out. What was taken and
// freed so far is left behind.
func (l seatLedger) clone() seatLedger {
	out := seatLedger{}
	for sku, a := range l {
		out[sku] = &seatAccount{sku: a.sku, free: a.free}
	}
	return out
}

// short names a SKU of which the change needs a seat that is not free.
func (l seatLedger) short(d *plannedChange) (license.GUID, bool) {
	i := slices.IndexFunc(d.takes, func(sku license.GUID) bool { return l[sku].free < 1 })
	if i < 0 {
		return license.GUID{}, false
	}
	return d.takes[i], true
}

// run plays a change through: it takes its seats, then gives back its own.
func (r *replay) run(d *plannedChange) {
	var waits []license.GUID
	for _, sku := range d.takes {
		waits = append(waits, r.seatLedger[sku].take()...)
	}
	for _, sku := range d.frees {
		if a := r.seatLedger[sku]; a != nil {
			a.give(d.User.ID)
		}
	}
	if len(waits) > 0 {
		r.waits[d] = license.SortedGUIDs(waits)
	}
}

// take uses one seat and names the users that must have given theirs up for
// it: none while seats were free from the start.
func (a *seatAccount) take() []license.GUID {
	a.taken++
	a.free--
	if a.free >= len(a.spare) {
		return nil
	}
	giver := a.spare[0]
	a.spare = a.spare[1:]
	return append(slices.Clone(a.settled), giver)
}

func (a *seatAccount) give(user license.GUID) {
	a.freed++
	a.free++
	if a.free > 0 {
		a.spare = append(a.spare, user)
	} else if n := len(a.settled); n == 0 || a.settled[n-1] != user { // a group gives many
		a.settled = append(a.settled, user)
	}
}

// seats shows every SKU that users can hold and that is in scope, sorted by
// part number, as the plan leaves it. It never returns nil.
func (b *basis) seats(ledger seatLedger) []plan.Seats {
	out := []plan.Seats{}
	for _, s := range b.in.Observed.SKUs {
		if s.AppliesTo == license.AppliesToCompany || !b.scope.Manages(s.ID) {
			continue
		}
		a := ledger[s.ID]
		out = append(out, plan.Seats{
			SKUID: s.ID, SKUPartNumber: s.PartNumber,
			Enabled: s.Units.Enabled, Warning: s.Units.Warning, Consumed: s.Units.Consumed,
			Reserve: b.reserves[s.ID], Add: a.taken, Remove: a.freed, After: s.Units.Consumed + a.taken - a.freed,
		})
	}
	slices.SortFunc(out, compareSeats)
	return out
}

func compareSeats(a, b plan.Seats) int {
	return cmp.Or(strings.Compare(a.SKUPartNumber, b.SKUPartNumber), license.CompareGUIDs(a.SKUID, b.SKUID))
}
