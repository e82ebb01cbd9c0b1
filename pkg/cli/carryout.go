package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/reconcile"
)

// applied is a plan and what became of it.
type applied struct {
	plan    *plan.Plan
	outcome *apply.Outcome
	trouble error // with what comes after the run: files, and the document
}

// carryOut carries an approved plan out and prints the receipt.
func (o *applyOptions) carryOut(ctx context.Context, d *planned) (*applied, error) {
	run := o.runOptions(d)
	run.Permitted, run.Restricted = d.conn.Permits(ctx), d.Reader.ManagementRestricted
	kept := &journal{path: o.receiptFile(d.Plan), secrets: o.app.secrets}
	if d.Plan.Summary.Changed > 0 {
		writer, err := reconcile.NewWriter(d.conn.Connection)
		if err != nil {
			return nil, err
		}
		run.Writer, run.Journal = writer, kept
		o.app.env.HoldPipes()
	}
	if o.run.receipt != "" {
		// Whoever names a file wants it: it is the baseline of the nightly run.
		run.Journal = kept
	}
	outcome, err := apply.Run(ctx, d.Plan, run)
	o.app.console.screen.clear()
	closed := kept.close()
	if err != nil {
		return nil, err
	}
	if kept.file != nil {
		o.app.console.Info("the receipt is " + kept.path + takeBack(outcome, kept.path))
	}
	trouble := errors.Join(closed, d.conn.keep(outcome), o.app.printReceipt(&outcome.Receipt, d.Catalog, o.output))
	return &applied{plan: d.Plan, outcome: outcome, trouble: trouble}, nil
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
func (c connection) keep(outcome *apply.Outcome) error {
	if c.emulated == nil || outcome == nil || !outcome.Sent {
		return nil
	}
	return c.emulated.save()
}

func (o *applyOptions) receiptFile(p *plan.Plan) string {
	if o.run.receipt != "" {
		return o.run.receipt
	}
	return receiptPath(o.app.env.Now(), p.PlanID)
}

// runOptions are those of a run that sends nothing, until it is given a writer.
func (o *applyOptions) runOptions(d *planned) apply.Options {
	actor, commit := o.app.env.provenance()
	verify := o.run.verifyTimeout
	if verify == 0 {
		verify = -1
	}
	return apply.Options{
		Reader:            liveUsers{d.Reader},
		Journal:           noJournal{},
		Names:             d.Catalog,
		Run:               receipt.Run{RunID: uuid.NewString(), Tool: o.app.tool(), StartedAt: o.app.env.Now().UTC(), Actor: actor, Commit: commit, Limits: d.Limits},
		Parallelism:       o.run.parallelism,
		WriteRate:         o.run.writeRate,
		StopAfterFailures: o.run.stopAfterFailures,
		Canary:            o.run.canary,
		ThrottleTimeout:   o.run.throttleTimeout,
		VerifyTimeout:     verify,
		RefuseStale:       o.run.onStale == staleRefuse,
		Progress:          o.app.newProgress().step,
	}
}

// liveUsers reads users and seats as they are now.
type liveUsers struct{ *graph.Reader }

// Users reads the users with the ids.
func (r liveUsers) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	return observe.Users(ctx, r.Reader, ids)
}

// Answers asks who is selected.
func (r liveUsers) Answers(ctx context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	return observe.Answers(ctx, r.Reader, queries)
}

// verdict gives what the outcome means for the exit code: nil for 0. The
// context is the one that a signal cancels.
func (d *applied) verdict(ctx context.Context) error {
	counts := d.outcome.Receipt.Counts()
	unverified := d.outcome.Receipt.Unverified()
	open := 0
	for outcome, n := range counts {
		if outcome != receipt.Done && outcome != receipt.Already {
			open += n
		}
	}
	switch {
	case ctx.Err() != nil && (open > 0 || unverified > 0):
		return d.interrupted()
	case !d.outcome.Sent:
		return d.verdictUnsent(counts)
	case d.denied():
		return unwritten((&failure{code: CodeAuth, what: "the identity may not change licenses", next: needs(d.outcome.Cause)}).because(d.outcome.Cause, ""))
	case open > 0 || unverified > 0 || d.outcome.Cause != nil || d.trouble != nil || d.plan.HasErrors():
		return d.partial(open, unverified)
	}
	return nil
}

// denied reports a run that the tenant let do nothing, for want of a
// permission.
func (d *applied) denied() bool {
	e, ok := errors.AsType[*graph.Error](d.outcome.Cause)
	return ok && (e.Unauthorized() || e.Forbidden()) && !d.outcome.Touched
}

func (d *applied) interrupted() *failure {
	f := &failure{code: CodeInterrupted, what: "interrupted; nothing was written"}
	if d.outcome.Sent {
		f.what, f.next = "interrupted; the receipt tells what was done", "apply again to go on"
	}
	return f
}

// verdictUnsent is for a run in which no write was sent.
func (d *applied) verdictUnsent(counts map[receipt.Outcome]int) error {
	switch {
	case errors.Is(d.outcome.Cause, context.DeadlineExceeded):
		return unwritten(&failure{code: CodeLive, what: "the time was up", next: "give more with --timeout"})
	case d.outcome.Cause != nil:
		return unsentFailure(d.outcome.Cause)
	case d.trouble != nil:
		return d.trouble
	case d.plan.HasErrors():
		return unwritten(findingsFailure(d.plan))
	case counts[receipt.Blocked] > 0 && d.plan.Summary.Blocked > 0:
		return unwritten(&failure{code: CodeInput, what: "the plan blocks " + quantity.Of(d.plan.Summary.Blocked, "user") + ", and nothing was ready", next: "see the reasons of the plan"})
	case counts[receipt.Blocked] > 0:
		return unwritten(&failure{code: CodeStale, what: quantity.Of(counts[receipt.Blocked], "user") + " found no seat that the plan counted on", next: "plan again"})
	case counts[receipt.Stale] > 0:
		return unwritten(&failure{code: CodeStale, what: quantity.Of(counts[receipt.Stale], "user") + " changed since the plan was made", next: "plan again"})
	case counts[receipt.NotAttempted] > 0:
		return &failure{code: CodeInternal, what: quantity.Of(counts[receipt.NotAttempted], "change") + " could not be sent; nothing was written", next: "the receipt says why"}
	case heldDrift(d.outcome.Receipt) > 0:
		return &failure{code: CodePartial, what: "nothing was corrected: the drift of " + quantity.Of(heldDrift(d.outcome.Receipt), "user") + " is held; nothing was written", next: "the receipt says why"}
	}
	return nil
}

// heldDrift counts the users of whom something was changed in the tenant, and is
// kept back. It is not put right by a run that had nothing else to do either.
func heldDrift(r receipt.Receipt) int {
	n := 0
	for _, res := range r.Results {
		if res.Outcome == receipt.Held && slices.ContainsFunc(res.Actions, func(a plan.Action) bool { return a.Cause == plan.CauseDrift }) {
			n++
		}
	}
	return n
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
	switch {
	case open > 0:
		f.what = "not as planned: " + quantity.Text(open) + " of " + quantity.Of(len(d.plan.Changes), "user")
	case unverified > 0 && d.outcome.Unread != nil:
		f.what, f.next = quantity.Of(unverified, "change")+" could not be looked at", "mend that, and plan again: the service has acknowledged them"
	case unverified > 0:
		f.what, f.next = quantity.Of(unverified, "change")+" did not show in time", "plan again in some minutes: reads lag behind"
	case d.plan.HasErrors():
		f.what, f.next = "what was ready is done; "+findingsFailure(d.plan).what, findingsFailure(d.plan).next
	default:
		f.what = "the run did not come to its end"
	}
	for _, err := range []error{d.outcome.Cause, d.outcome.Unread, d.trouble} {
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
