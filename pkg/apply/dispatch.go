package apply

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// queue holds the changes that have not been started, the most important
// first. It is used by one goroutine.
type queue struct {
	waiting []*job
	ledger  *seatLedger
}

// next takes out the first change whose seats are free; nil where there is
// none.
func (q *queue) next() *job {
	i := slices.IndexFunc(q.waiting, q.ledger.admits)
	if i < 0 {
		return nil
	}
	j := q.waiting[i]
	copy(q.waiting[1:i+1], q.waiting[:i]) // mostly i is 0
	q.waiting = q.waiting[1:]
	if j.flight == nil {
		q.ledger.start(j)
	}
	return j
}

// putBack takes a change in again that has given way: behind all others, with
// the seats that it has.
func (q *queue) putBack(j *job) { q.waiting = append(q.waiting, j) }

// triage settles the checked changes that need no write and gives jobs for the
// others, in the order in which they go for seats.
func (r *run) triage(checked []check) []*job {
	var jobs []*job
	for _, c := range checked {
		switch {
		case c.readiness == isReady:
			jobs = append(jobs, newJob(c))
		case c.readiness == isAlready:
			r.settle(r.result(c.change, receipt.Already, ""), nil)
		default:
			r.settle(r.stale(c), nil)
		}
	}
	slices.SortStableFunc(jobs, func(a, b *job) int { return cmp.Compare(a.change.Priority, b.change.Priority) })
	return jobs
}

// stale is the result of a change whose user is not as it rests on.
func (r *run) stale(c check) *receipt.Result {
	res := r.result(c.change, receipt.Stale, c.why)
	switch {
	case c.planned != "":
		res.Hint = "somebody was renamed, or the plan was edited: plan again and look who is meant"
	case c.found:
		res.Hint = planAgain
	}
	return res
}

// dispatch carries out up to most changes of the queue, many at a time, each
// when its seats are free. It returns when none can be started any more and
// all that were have come to their end.
func (r *run) dispatch(ctx context.Context, q *queue, most int) {
	var flights sync.WaitGroup
	finished := make(chan *job)
	underway := 0
	for {
		for most > 0 && underway < r.window.Limit() && !r.suspicious() {
			j := q.next()
			if j == nil {
				break
			}
			most--
			underway++
			flights.Go(func() {
				r.carry(ctx, j)
				finished <- j
			})
		}
		if underway == 0 {
			if r.convict() {
				continue
			}
			break
		}
		j := <-finished
		underway--
		if !j.settled {
			most++
			q.putBack(j)
			continue
		}
		q.ledger.finish(j, r.outcomeOf(j.change.User.ID))
	}
	flights.Wait()
}

// carry brings one change to its outcome, or to where it gives way to others,
// if the run still goes on.
func (r *run) carry(ctx context.Context, j *job) {
	stop := r.halted(ctx)
	switch {
	case stop != nil && j.flight != nil:
		r.settle(j.flight.abandon(ctx, "the run was stopped before the change could be sent again: "+stop.Error()), nil)
		j.settled = true
	case stop != nil:
		r.settle(r.result(j.change, receipt.NotAttempted, stop.Error()), nil)
		j.settled = true
	case j.flight == nil:
		var err error
		if j.flight, err = r.takeOff(j.check); err != nil {
			r.settle(j.flight.end(receipt.NotAttempted, err.Error()), err)
			j.settled = true
			return
		}
		j.settled = j.flight.advance(ctx)
	default:
		j.settled = j.flight.advance(ctx)
	}
}

// leftover settles what could not be started for want of a seat: a change that
// was to free one did not succeed, or somebody else took it.
func (r *run) leftover(ctx context.Context, q *queue) {
	for _, j := range q.waiting {
		if stop := r.halted(ctx); stop != nil {
			r.settle(r.result(j.change, receipt.NotAttempted, stop.Error()), nil)
			continue
		}
		res := r.result(j.change, receipt.Blocked, "no seat came free: "+r.lacking(q.ledger, j))
		res.Reasons = append(res.Reasons, string(plan.CodeSeatShortage))
		res.Hint = "buy seats, or plan again to see who waits for whom"
		r.settle(res, nil)
	}
	q.waiting = nil
}

func (r *run) lacking(l *seatLedger, j *job) string {
	for _, sku := range j.takes {
		if l.free[sku] < 1 {
			return r.o.Names.SKUName(sku)
		}
	}
	return "others hold it"
}
