package apply

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/pace"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// run is one apply under way.
type run struct {
	o         Options
	scope     plan.Scope
	rechecker *rechecker
	groups    *groupRun // nil: the plan does not speak of groups
	pace      *pace.Pace
	window    *pace.Concurrency
	canary    int // users that are still to be carried out and verified before all others

	mu           sync.Mutex
	results      map[license.GUID]*receipt.Result
	groupResults []*receipt.GroupResult      // in the order in which they came
	order        []license.GUID              // in which the results came
	after        map[license.GUID]plan.State // what the changed users should come to hold
	total        int                         // changes of the plan
	totalGroups  int                         // of them, of groups
	awaited      int                         // members of groups
	busy         int                         // groups that wait for the end of somebody else's change
	sent         bool
	touched      bool
	failures     int // refused or failed users
	streak       int // of them, in a row
	unseen       int // done users who are looked for in the tenant

	setbacks      int   // writes that were turned away for now, or not answered
	why           error // what came in place of the answer of the last of them
	stopped       error
	unreadMembers error // why members of groups could not be looked at last; nil: they could
	unread        error // why changed users could not be looked at; nil: they could

	throttling throttling
	permission permission
}

// maxFailureStreak ends a run in which nothing works any more.
const maxFailureStreak = 25

var (
	errFailures = errors.New("too many users were refused or failed")
	errCanary   = errors.New("the canary users did not come out as planned")
	errStreak   = errors.New("many users in a row were refused or failed: something is wrong with all of them")
)

func newRun(o Options, l *rechecker) *run {
	return &run{o: o, canary: o.Canary, scope: l.scope, rechecker: l, pace: pace.New(pace.Steady(o.WriteRate)), window: pace.NewConcurrency(firstWindow, o.Parallelism), results: map[license.GUID]*receipt.Result{}}
}

// names puts products, service plans and groups into words.
func (r *run) names() planNames { return r.rechecker.names }

// setAside gives the changes that the plan itself does not let through their
// outcome.
func (r *run) setAside(p *plan.Plan) {
	r.total, r.totalGroups = len(p.Changes)+len(p.GroupChanges), len(p.GroupChanges)
	r.setGroupsAside(p.GroupChanges)
	r.after = make(map[license.GUID]plan.State, len(p.Changes))
	for i := range p.Changes {
		c := &p.Changes[i]
		r.after[c.User.ID] = c.After
		switch c.Status {
		case plan.StatusBlocked:
			r.settle(r.result(c, receipt.Blocked, "the plan blocks it"), nil)
		case plan.StatusHeld:
			res := r.result(c, receipt.Held, "the plan holds it back")
			res.Hint = heldHint(c.Reasons)
			r.settle(res, nil)
		}
	}
}

// setGroupsAside does the same for the changes of groups.
func (r *run) setGroupsAside(changes []plan.GroupChange) {
	for i := range changes {
		c := &changes[i]
		switch c.Status {
		case plan.StatusBlocked:
			r.settleGroup(groupResult(c, receipt.Blocked, "the plan blocks it"))
		case plan.StatusHeld:
			res := groupResult(c, receipt.Held, "the plan holds it back")
			res.Hint = heldHint(c.Reasons)
			r.settleGroup(res)
		}
	}
}

// heldHint says what lets a held change through, for those who have the receipt
// and not the plan. It is empty where the reason is not known.
func heldHint(reasons []plan.Code) string {
	switch {
	case slices.Contains(reasons, plan.CodeDriftRemoval):
		return "it takes something away, and drift alone is corrected: apply it without --cause, accept it (acceptedDrift), or set drift.removals to apply in the policy"
	case slices.Contains(reasons, plan.CodeAdditionsOnly):
		return "it takes something away: plan without --additions-only"
	case slices.ContainsFunc(reasons, isOfMailbox):
		return "it takes the last license with a mailbox that must not go, or of which nothing is told: protect the user, or take the license away by hand"
	default:
		return ""
	}
}

func isOfMailbox(c plan.Code) bool {
	return slices.Contains([]plan.Code{plan.CodeMailboxShared, plan.CodeMailboxLarge, plan.CodeMailboxArchive, plan.CodeMailboxUnknown}, c)
}

func (r *run) result(c *plan.Change, outcome receipt.Outcome, message string) *receipt.Result {
	res := &receipt.Result{User: c.User, Source: c.Source, Actions: c.Actions, Outcome: outcome, Message: message}
	for _, code := range c.Reasons {
		res.Reasons = append(res.Reasons, string(code))
	}
	return res
}

// settle takes a change's outcome down, once for each change. It ends the run
// when failures pile up or when the journal can take no more.
func (r *run) settle(res *receipt.Result, cause error) {
	res.At = time.Now().UTC()
	err := r.o.Journal.Result(*res)

	r.mu.Lock()
	r.results[res.User.ID] = res
	r.order = append(r.order, res.User.ID)
	r.count(res.Outcome)
	r.stop(err)
	r.stop(cause)
	r.mu.Unlock()
	r.o.Progress(r.progress())
}

// count keeps the tally of failures. The caller holds the lock.
func (r *run) count(outcome receipt.Outcome) {
	switch outcome {
	case receipt.Done:
		r.streak = 0
	case receipt.Refused, receipt.Failed, receipt.Unknown:
		r.failures++
		r.streak++
	}
	if r.o.StopAfterFailures > 0 && r.failures >= r.o.StopAfterFailures {
		r.stop(errFailures)
	}
	if r.streak >= maxFailureStreak {
		r.stop(errStreak)
	}
}

// stop ends the run for the first reason given. The caller holds the lock.
func (r *run) stop(reason error) {
	if r.stopped == nil && reason != nil {
		r.stopped = reason
		r.pace.Halt()
	}
}

// halted gives the reason for which no new write may be sent, if any.
func (r *run) halted(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped != nil {
		return r.stopped
	}
	return context.Cause(ctx)
}

// setBack tells of a write that was turned away for now, or not answered,
// before anybody waits because of it.
func (r *run) setBack(why *graph.Error) {
	if !why.Transient() && !why.Doubtful() {
		return
	}
	r.mu.Lock()
	r.setbacks++
	r.why = why
	r.mu.Unlock()
	r.o.Progress(r.progress())
}

// lookingFor tells how many users are looked for in the tenant.
func (r *run) lookingFor(n int) {
	r.mu.Lock()
	r.unseen = n
	r.mu.Unlock()
}

// waitingFor tells how many members of groups are waited for, and how many groups at
// which the service is for somebody else.
func (r *run) waitingFor(members, groups int) {
	r.mu.Lock()
	r.awaited, r.busy = members, groups
	r.mu.Unlock()
}

func (r *run) outcomeOf(user license.GUID) receipt.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.results[user].Outcome
}

// resultOf gives the result of a user's change; nil: it has none yet, or there is
// no such change.
func (r *run) resultOf(user license.GUID) *receipt.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.results[user]
}

// isPlanned reports whether the plan changes a user.
func (r *run) isPlanned(user license.GUID) bool {
	_, planned := r.after[user]
	return planned
}

// stopFor ends the run for a reason; nil is none.
func (r *run) stopFor(reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop(reason)
}

// noteUnread keeps why members could not be looked at; nil: they could. That the run
// was stopped is no reason.
func (r *run) noteUnread(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unreadMembers = err
}

// unreadNow gives why members could not be looked at last; nil: they could.
func (r *run) unreadNow() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unreadMembers
}

// finish closes the journal and gives the receipt.
func (r *run) finish(ctx context.Context, head receipt.Run) *Outcome {
	out := &Outcome{Sent: r.sent, Touched: r.touched, Cause: r.stopped, Unread: r.unread}
	cut := slices.ContainsFunc(r.groupResults, func(g *receipt.GroupResult) bool { return g.Outcome == receipt.NotAttempted })
	if out.Cause == nil && (cut || slices.ContainsFunc(r.order, r.wasNotAttempted)) {
		out.Cause = context.Cause(ctx)
	}
	if out.Unread == nil {
		out.Unread = r.unreadMembers
	}
	if out.Cause == nil {
		out.Cause = r.nobodyPermitted()
	}
	head.FormatVersion = receipt.FormatVersion
	rec := receipt.Receipt{Run: head}
	for _, id := range r.order {
		rec.Results = append(rec.Results, *r.results[id])
	}
	for _, res := range r.groupResults {
		rec.GroupResults = append(rec.GroupResults, *res)
	}
	rec.Sort()
	end := receipt.End{FinishedAt: time.Now().UTC(), Counts: rec.Counts(), Unverified: rec.Unverified()}
	if len(r.groupResults) > 0 {
		end.GroupCounts, end.FailingMembers = rec.GroupCounts(), rec.FailingMembers()
	}
	if out.Cause != nil {
		end.StopReason = out.Cause.Error()
	}
	if err := r.o.Journal.End(end); err != nil && out.Cause == nil {
		out.Cause = err
	}
	rec.End = &end
	out.Receipt = rec
	return out
}

func (r *run) wasNotAttempted(user license.GUID) bool {
	return r.results[user].Outcome == receipt.NotAttempted
}
