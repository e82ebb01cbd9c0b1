package apply

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// callTimeout bounds one write or look, also when the run is stopping: what is
// under way is finished, but not waited for without end.
const callTimeout = 2 * time.Minute

// flight is one user's change on its way. It goes write by write, and always
// sends the difference between what the user is known to hold and the
// after-state.
type flight struct {
	run    *run
	change *plan.Change
	began  plan.State // as the run found them
	now    plan.State // as last seen or acknowledged

	attempts   int // writes sent
	throttled  int // of them, turned away unread
	requestIDs []string
	last       *graph.Error
	doubt      bool // a write may have happened that nobody could look at
}

// send carries a ready change out.
func (r *run) send(ctx context.Context, c check) {
	f := &flight{run: r, change: c.change, began: c.now, now: c.now}
	intent := receipt.Intent{
		User: c.change.User, Source: c.change.Source, Actions: c.change.Actions,
		Before: c.change.Before, After: c.change.After, At: time.Now().UTC(),
	}
	if err := r.o.Journal.Intent(intent); err != nil {
		r.settle(f.end(receipt.NotAttempted, err.Error()), err)
		return
	}
	for {
		if res, cause := f.step(ctx); res != nil {
			r.settle(res, cause)
			return
		}
	}
}

// step sends the next write. It gives the result once there is one, and the
// reason where that ends the whole run.
func (f *flight) step(ctx context.Context) (*receipt.Result, error) {
	rest := difference(f.now, f.change.After)
	if rest.nothing() {
		return f.end(receipt.Done, ""), nil
	}
	if f.attempts-f.throttled >= f.run.o.MaxAttempts {
		return f.giveUp("the retries are used up"), nil
	}
	if err := f.run.pace.wait(ctx); err != nil {
		return f.giveUp("the run was stopped before the change could be sent"), err
	}
	err := f.write(ctx, rest)
	if err == nil {
		f.run.window.widen()
		f.acknowledge(rest)
		return nil, nil
	}
	return f.react(ctx, rest, err)
}

// write sends the usage location where it is missing, else the license call.
func (f *flight) write(ctx context.Context, rest remaining) error {
	f.attempts++
	f.run.noteSent()
	ctx, cancel := inFlight(ctx)
	defer cancel()
	user := f.change.User.ID
	if rest.usageLocation != "" {
		reply, err := f.run.o.Writer.SetUsageLocation(ctx, user, rest.usageLocation)
		return f.note(reply, err)
	}
	reply, err := f.run.o.Writer.AssignLicense(ctx, user, rest.licenses)
	return f.note(reply, err)
}

// inFlight is the context of a request that is sent to its end although the
// run may be stopping.
func inFlight(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
}

func (r *run) noteSent() {
	r.mu.Lock()
	r.sent = true
	r.mu.Unlock()
}

func (r *run) noteTouched() {
	r.mu.Lock()
	r.touched = true
	r.mu.Unlock()
}

// note keeps the ids of a request, answered or not.
func (f *flight) note(reply graph.Reply, err error) error {
	id := reply.RequestID
	if err == nil {
		f.run.pace.heed(reply.ThrottlePercentage)
	}
	if e, ok := errors.AsType[*graph.Error](err); ok {
		id = e.RequestID
		if id == "" {
			id = e.ClientRequestID
		}
	}
	if id != "" {
		f.requestIDs = append(f.requestIDs, id)
	}
	return err
}

// acknowledge takes a write that succeeded for done: the reply does not carry
// the licenses.
func (f *flight) acknowledge(rest remaining) {
	f.doubt = false
	f.run.noteTouched()
	if rest.usageLocation != "" {
		f.now.UsageLocation = rest.usageLocation
		return
	}
	f.now.Licenses = f.change.After.Licenses
}

// react decides what a failed write means.
func (f *flight) react(ctx context.Context, rest remaining, err error) (*receipt.Result, error) {
	e, ok := errors.AsType[*graph.Error](err)
	if !ok {
		e = &graph.Error{Err: err}
	}
	f.last = e
	switch {
	case e.Unauthorized(), e.Forbidden():
		return f.end(receipt.Refused, ""), e
	case e.Doubtful():
		return f.lookAfterDoubt(ctx, e), nil
	case e.Throttled():
		f.throttled++
		f.run.pace.pause(max(e.RetryAfter, f.run.pace.backoff(f.throttled)))
		return nil, nil
	case e.Transient():
		if e.Concurrent() {
			f.run.window.narrow()
		}
		_ = sleep(ctx, f.run.pace.backoff(f.attempts)) // a stop shows at the next wait
		return nil, nil
	default:
		return f.lookAfterRefusal(ctx, rest, e), nil
	}
}

// lookAfterDoubt finds out whether a write that seemed to fail has happened.
// Reads lag behind writes, so a user who looks as before is looked at again
// for a while before the write is sent once more.
func (f *flight) lookAfterDoubt(ctx context.Context, e *graph.Error) *receipt.Result {
	f.doubt = true
	f.run.noteTouched()
	if e.RetryAfter > 0 {
		f.run.pace.pause(e.RetryAfter)
	}
	now, err := f.lookUntilChanged(ctx)
	switch {
	case err != nil:
		return f.giveUp("the answer was lost, and the user could not be read: " + err.Error())
	case !between(now, f.change):
		f.doubt = false
		return f.end(receipt.Failed, "the answer was lost, and the user's licenses are now neither as before nor as planned")
	}
	f.doubt = ctx.Err() != nil && now.Equal(f.now)
	f.now = now
	return nil
}

// lookUntilChanged reads the user again and again until they look different,
// or until the time for doubts is up, and gives what was read last. When
// stopping it looks once and at once.
func (f *flight) lookUntilChanged(ctx context.Context) (plan.State, error) {
	deadline := time.Now().Add(f.run.o.DoubtTimeout)
	for pause := f.run.pace.backoff(f.attempts); ; pause = min(2*pause, maxLook) {
		stopped := sleep(ctx, pause)
		now, err := f.look(ctx)
		last := stopped != nil || !time.Now().Before(deadline)
		if last || err == nil && !now.Equal(f.now) {
			return now, err
		}
	}
}

// lookAfterRefusal finds out what a refused call has done all the same: nobody
// documents that a call with several products is all or nothing.
func (f *flight) lookAfterRefusal(ctx context.Context, rest remaining, e *graph.Error) *receipt.Result {
	if rest.usageLocation != "" || rest.skus() == 1 && !notHeld(e) {
		return f.end(receipt.Refused, "")
	}
	look := f.look
	if notHeld(e) && rest.skus() > 1 {
		look = f.lookUntilChanged // the service contradicts what was read: reads lag
	}
	now, err := look(ctx)
	if err != nil {
		f.doubt = true
		return f.giveUp("the call was refused, and what it did all the same could not be read: " + err.Error())
	}
	if notHeld(e) && rest.skus() == 1 {
		// The service knows better than a read that lags.
		f.run.noteTouched()
		f.now.Licenses = f.change.After.Licenses
		return nil
	}
	left := difference(now, f.change.After)
	if !between(now, f.change) || left.skus() >= rest.skus() {
		return f.end(receipt.Refused, "")
	}
	f.run.noteTouched()
	f.now = now
	return nil
}

// look reads the user as they are now. A user that is gone is an error.
func (f *flight) look(ctx context.Context) (plan.State, error) {
	ctx, cancel := inFlight(ctx)
	defer cancel()
	user := f.change.User.ID
	states, err := readStates(ctx, f.run.o.Reader, f.run.scope, []license.GUID{user})
	if err != nil {
		return plan.State{}, err
	}
	now, found := states[user]
	if !found {
		return plan.State{}, errors.New("the tenant no longer has this user")
	}
	return now, nil
}

// giveUp ends a change that is not done: failed, or unknown where a write may
// have happened.
func (f *flight) giveUp(message string) *receipt.Result {
	switch {
	case f.doubt:
		res := f.end(receipt.Unknown, message)
		res.Hint = "apply the plan again: it looks at the user first"
		return res
	case f.attempts == 0:
		return f.end(receipt.NotAttempted, message)
	default:
		return f.end(receipt.Failed, message)
	}
}

// end makes the result. Where the service refused or failed last, it says why
// in plain words.
func (f *flight) end(outcome receipt.Outcome, message string) *receipt.Result {
	res := f.run.result(f.change, outcome, message)
	res.Attempts, res.RequestIDs = f.attempts, f.requestIDs
	if outcome == receipt.Done || f.last == nil {
		return res
	}
	res.Status, res.ServiceCode, res.ServiceMessage = f.last.Status, f.last.Code, f.last.Message
	why := explain(f.last, f.change.After, f.run.o.Names)
	res.Reasons = append(res.Reasons, why.code)
	if res.Message == "" {
		res.Message = why.message
	}
	if res.Hint == "" {
		res.Hint = why.hint
	}
	f.tellPart(res)
	return res
}

// tellPart says what was carried out all the same of a change that ended
// half-way: somebody may be left without a license.
func (f *flight) tellPart(res *receipt.Result) {
	if f.now.Equal(f.began) {
		return
	}
	left, half := f.now, halfway(f.part())
	res.Left = &left
	res.Reasons = append(res.Reasons, half.code)
	res.Message = half.message + "; then: " + res.Message
	res.Hint = strings.TrimPrefix(res.Hint+"; "+half.hint, "; ")
}

// part lists what has changed for the user so far.
func (f *flight) part() string {
	done := difference(f.began, f.now)
	var parts []string
	for _, id := range done.licenses.Remove {
		parts = append(parts, "lost "+f.run.o.Names.SKUName(id))
	}
	for _, add := range done.licenses.Add {
		parts = append(parts, "got "+f.run.o.Names.SKUName(add.SKUID))
	}
	if done.usageLocation != "" {
		parts = append(parts, "usage location "+done.usageLocation)
	}
	if len(f.now.Licenses) == 0 {
		parts = append(parts, "holds no managed license of their own now")
	}
	return strings.Join(parts, ", ")
}
