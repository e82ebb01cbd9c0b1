package apply

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// job is one change that is ready to be carried out, with the seats it needs.
type job struct {
	check
	takes []license.GUID // SKUs of which the user does not have a seat yet
	frees []license.GUID // SKUs of which the user gives the seat up

	flight  *flight // nil: not begun
	settled bool    // it has its outcome
}

// newJob works out the seats from what the user holds now. A SKU that a group
// gives as well takes no seat and frees none. What is not in force holds none.
func newJob(c check) *job {
	j := &job{check: c}
	for _, l := range c.change.After.Licenses {
		if _, direct := c.user.DirectLicense(l.SKUID); !direct && !c.user.Holds(l.SKUID) {
			j.takes = append(j.takes, l.SKUID)
		}
	}
	for _, l := range c.now.Licenses {
		if _, kept := find(c.change.After.Licenses, l.SKUID); !kept && c.user.FreesSeat(l.SKUID) {
			j.frees = append(j.frees, l.SKUID)
		}
	}
	return j
}

// moves reports a change that needs a seat and gives one up.
func (j *job) moves() bool { return len(j.takes) > 0 && len(j.frees) > 0 }

// halfDone reports a change of which something was carried out.
func (j *job) halfDone() bool { return j.flight != nil && !j.flight.now.Equal(j.flight.began) }

// seatLedger keeps count of the free seats while a run goes on, so that no
// write is sent for which there can be none. It is used by one goroutine.
type seatLedger struct {
	free map[license.GUID]int

	// movers counts the changes not yet started that need a seat of the SKU
	// and give one up. As long as there are any, a change that only takes must
	// leave them enough: it could stop the ring in which they turn.
	movers map[license.GUID]int
}

// newSeatLedger counts the seats as they are now, less those that the plan
// keeps in reserve.
func newSeatLedger(skus []license.SKU, planned []plan.Seats, jobs []*job) *seatLedger {
	l := &seatLedger{free: map[license.GUID]int{}, movers: map[license.GUID]int{}}
	for _, s := range skus {
		l.free[s.ID] = s.Units.Enabled - s.Units.Consumed
	}
	for _, s := range planned {
		l.free[s.SKUID] -= s.Reserve
	}
	for _, j := range jobs {
		l.announce(j, +1)
	}
	return l
}

func (l *seatLedger) announce(j *job, count int) {
	if j.moves() {
		for _, sku := range j.takes {
			l.movers[sku] += count
		}
	}
}

// admits reports whether the seats for a change are free.
func (l *seatLedger) admits(j *job) bool {
	if j.flight != nil {
		return true // it has them
	}
	return !slices.ContainsFunc(j.takes, func(sku license.GUID) bool {
		spoken := 0
		if !j.moves() {
			spoken = l.movers[sku]
		}
		return l.free[sku] <= spoken
	})
}

// start takes the seats of a change.
func (l *seatLedger) start(j *job) {
	l.announce(j, -1)
	for _, sku := range j.takes {
		l.free[sku]--
	}
}

// finish gives back the seats that a change has not taken, or has freed. An
// outcome that nobody knows gives nothing back, nor does a change that ended
// half-way: it may have taken them.
func (l *seatLedger) finish(j *job, outcome receipt.Outcome) {
	var back []license.GUID
	switch outcome {
	case receipt.Done, receipt.Already:
		back = j.frees
	case receipt.Unknown, receipt.Failed:
	default:
		if !j.halfDone() {
			back = j.takes
		}
	}
	for _, sku := range back {
		l.free[sku]++
	}
}

// stopMoving forgets the movers that cannot start any more, so that what they
// would have needed serves others.
func (l *seatLedger) stopMoving() { clear(l.movers) }
