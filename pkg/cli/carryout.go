package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// applied is a plan and what became of it.
type applied struct {
	*reconcile.Applied
	trouble error // with what comes after the run: files, and the document; nil: none
}

// carryOut carries an approved plan out and prints the receipt.
func (o *applyOptions) carryOut(ctx context.Context, p *planned) (*applied, error) {
	done, err := reconcile.NewApplier(o.app.session()).CarryOut(ctx, p.Planned, o.runRequest())
	o.app.console.screen.clear()
	if err != nil {
		return nil, err
	}
	if done.Receipt != "" {
		o.app.console.Info("the receipt is " + done.Receipt + takeBack(done.Outcome, done.Receipt))
	}
	trouble := errors.Join(done.Trouble, p.keep(done.Outcome), o.app.printReceipt(&done.Outcome.Receipt, p.Catalog, o.output))
	return &applied{done, trouble}, nil
}

// takeBack says how to take back what a run has changed; empty: it has changed
// nothing.
func takeBack(outcome *apply.Outcome, receipt string) string {
	if !outcome.Touched {
		return ""
	}
	return "; to take the run back: `" + toolName + " plan --undo " + receipt + " --out undo.json`, look at it, and `" + toolName + " apply undo.json`"
}

// keep saves what an apply has changed in an emulated tenant.
func (p *planned) keep(outcome *apply.Outcome) error {
	if p.emulated == nil || outcome == nil || !outcome.Sent {
		return nil
	}
	return p.emulated.save()
}

// runRequest says how to carry a plan out, as the flags do.
func (o *applyOptions) runRequest() reconcile.RunRequest {
	actor, commit := o.app.env.provenance()
	verify := o.run.verifyTimeout
	if verify == 0 {
		verify = -1
	}
	return reconcile.RunRequest{
		How: apply.Options{
			Parallelism:       o.run.parallelism,
			WriteRate:         o.run.writeRate,
			StopAfterFailures: o.run.stopAfterFailures,
			Canary:            o.run.canary,
			ThrottleTimeout:   o.run.throttleTimeout,
			GroupTimeout:      o.run.groupTimeout,
			VerifyTimeout:     verify,
			RefuseStale:       o.run.onStale == staleRefuse,
			Shared:            o.app.env.Shared,
			Progress:          o.app.newProgress().step,
		},
		Receipt: o.run.receipt,
		Actor:   actor,
		Commit:  commit,
		Writing: o.app.env.HoldPipes,
	}
}

// verdict gives what the outcome means for the exit code: nil for 0. The
// context is the one that a signal cancels.
func (d *applied) verdict(ctx context.Context) error {
	counts := d.Outcome.Receipt.Counts()
	unverified := d.Outcome.Receipt.Unverified()
	open := 0
	for outcome, n := range counts {
		if outcome != receipt.Done && outcome != receipt.Already {
			open += n
		}
	}
	groups := d.Outcome.Receipt.OpenGroups()
	switch {
	case ctx.Err() != nil && (open > 0 || unverified > 0 || groups > 0):
		return d.interrupted()
	case !d.Outcome.Sent:
		return d.verdictUnsent(counts)
	case d.denied():
		return unwritten((&failure{code: CodeAuth, what: "the identity may not change licenses", next: needs(d.Outcome.Cause)}).because(d.Outcome.Cause, ""))
	case open > 0 || unverified > 0 || groups > 0 || d.Outcome.Cause != nil || d.trouble != nil || d.Plan.HasErrors():
		return d.partial(open, unverified)
	}
	return nil
}

// denied reports a run that the tenant let do nothing, for want of a
// permission.
func (d *applied) denied() bool {
	e, ok := errors.AsType[*graph.Error](d.Outcome.Cause)
	return ok && (e.Unauthorized() || e.Forbidden()) && !d.Outcome.Touched
}

func (d *applied) interrupted() *failure {
	f := &failure{code: CodeInterrupted, what: "interrupted; nothing was written"}
	if d.Outcome.Sent {
		f.what, f.next = "interrupted; the receipt tells what was done", "apply again to go on"
	}
	return f
}

// verdictUnsent is for a run in which no write was sent.
func (d *applied) verdictUnsent(counts map[receipt.Outcome]int) error {
	switch {
	case errors.Is(d.Outcome.Cause, context.DeadlineExceeded):
		return unwritten(&failure{code: CodeLive, what: "the time was up", next: "give more with --timeout"})
	case d.Outcome.Cause != nil:
		return unsentFailure(d.Outcome.Cause)
	case d.trouble != nil:
		return d.trouble
	case d.Plan.HasErrors():
		return unwritten(findingsFailure(d.Plan))
	case counts[receipt.Blocked] > 0 && d.Plan.Summary.Blocked > 0:
		return unwritten(&failure{code: CodeInput, what: "the plan blocks " + quantity.Of(d.Plan.Summary.Blocked, "user") + ", and nothing was ready", next: "see the reasons of the plan"})
	case counts[receipt.Blocked] > 0 && d.Outcome.Receipt.OpenGroups() > 0:
		return d.groupsUnsent() // they wait for groups
	case counts[receipt.Blocked] > 0:
		return unwritten(&failure{code: CodeStale, what: quantity.Of(counts[receipt.Blocked], "user") + " found no seat that the plan counted on", next: "plan again"})
	case counts[receipt.Stale] > 0:
		return unwritten(&failure{code: CodeStale, what: quantity.Of(counts[receipt.Stale], "user") + " changed since the plan was made", next: "plan again"})
	case counts[receipt.NotAttempted] > 0:
		return &failure{code: CodeInternal, what: quantity.Of(counts[receipt.NotAttempted], "change") + " could not be sent; nothing was written", next: "the receipt says why"}
	case d.Outcome.Receipt.OpenGroups() > 0:
		return d.groupsUnsent()
	}
	return d.heldUnsent()
}

// heldUnsent is for a run in which nothing was sent, since what there was is held: it
// has not put drift right.
func (d *applied) heldUnsent() error {
	isDrift := func(a plan.Action) bool { return a.Cause == plan.CauseDrift }
	groups, users := 0, 0
	for _, res := range d.Outcome.Receipt.GroupResults {
		if res.Outcome == receipt.Held && slices.ContainsFunc(res.Actions, isDrift) {
			groups++
		}
	}
	for _, res := range d.Outcome.Receipt.Results {
		if res.Outcome == receipt.Held && slices.ContainsFunc(res.Actions, isDrift) {
			users++
		}
	}
	if groups+users == 0 {
		return nil
	}
	return &failure{code: CodePartial, what: "nothing was corrected: the drift of " + groupsAndUsers(groups, users) + " is held; nothing was written", next: "the receipt says why"}
}

// unsentFailure is for a run that was kept from sending anything.
func unsentFailure(cause error) *failure {
	f := classify(context.Background(), cause)
	switch f.code {
	case CodeLive:
		f.what, f.next = "the service could not be reached", "look for the way to it with licensectl doctor, and apply again"
	case CodeInternal:
		f.what = "the run ended before the first write"
		return f
	}
	return unwritten(f)
}

// partial is for a run that wrote and is not all as planned.
func (d *applied) partial(open, unverified int) *failure {
	f := &failure{code: CodePartial, next: "the receipt says why; apply again to retry, users who are done are left alone"}
	switch groups := d.Outcome.Receipt.OpenGroups(); {
	case groups > 0:
		f.what = "not as planned: " + d.openGroups(groups, open)
	case open > 0:
		f.what = "not as planned: " + quantity.Text(open) + " of " + quantity.Of(len(d.Plan.Changes), "user")
	case unverified > 0 && d.Outcome.Unread != nil:
		f.what, f.next = quantity.Of(unverified, "change")+" could not be looked at", "mend that, and plan again: the service has acknowledged them"
	case unverified > 0:
		f.what, f.next = quantity.Of(unverified, "change")+" did not show in time", "plan again in some minutes: reads lag behind"
	case d.Plan.HasErrors():
		f.what, f.next = "what was ready is done; "+findingsFailure(d.Plan).what, findingsFailure(d.Plan).next
	default:
		f.what = "the run did not come to its end"
	}
	for _, err := range []error{d.Outcome.Cause, d.Outcome.Unread, d.trouble} {
		if err != nil {
			f.because(err, hintOf(err))
		}
	}
	return f
}

// hintOf gives what an error itself says of what to do; empty for nothing.
func hintOf(err error) string {
	if hinted, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return hinted.Hint()
	}
	return ""
}
