package apply

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/pace"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// callTimeout bounds one write or look, also when the run is stopping: what is
// under way is finished, but not waited for without end.
const callTimeout = 2 * time.Minute

// flight is one change on its way, of a user or of a group. It goes write by
// write, and always sends the difference between what the user or group is known
// to hold and the after-state.
type flight struct {
	run    *run
	of     assignee
	change *plan.Change // of a group: one call of its change, in the form of a user's
	began  plan.State   // as the run found them
	now    plan.State   // as last seen or acknowledged
	looked time.Time    // when what the change rests on was looked at

	tries      int // writes tried, sent or not
	attempts   int // of them, those that may have reached the service
	throttled  int // of them, turned away unread
	settling   int // of them, refused for a reason that may pass by itself
	requestIDs []string
	sent       remaining    // what was sent last
	last       *graph.Error // what came last of what was sent
	unsent     error        // why the last write did not leave; nil: it did
	doubt      bool         // a write may have happened that nobody could look at

	reprocessed bool   // the groups of the user were tried again, where that is planned
	forbidden   reason // why this user may not be changed; zero: it is not that

	turnedAway time.Time // since when the tenant throttles this change; zero: it does not
	asked      time.Time // when it last did
	alone      bool      // it throttles this change while others get through
	notBefore  time.Time // when the change, which has given way, may be sent again; zero: it has not
}

// takeOff announces a ready change, which has to be on disk before anything is
// sent.
func (r *run) takeOff(c check) (*flight, error) {
	f := &flight{run: r, of: userAssignee{r, c.change}, change: c.change, began: c.now, now: c.now, looked: c.at}
	intent := receipt.Intent{
		User: c.change.User, Source: c.change.Source, Actions: c.change.Actions,
		Before: c.change.Before, After: c.change.After, At: time.Now().UTC(),
	}
	if !c.now.Equal(c.change.Before) {
		intent.Found = &c.now
	}
	return f, r.o.Journal.Intent(intent)
}

// advance brings a change to its outcome, or to where it gives way to others:
// then it reports false.
func (f *flight) advance(ctx context.Context) bool {
	if !f.notBefore.IsZero() {
		_ = f.run.pace.Sleep(ctx, time.Until(f.notBefore)) // a stop shows at the next wait
		f.notBefore = time.Time{}
	}
	for f.notBefore.IsZero() {
		if e := f.step(ctx); e.reached() {
			f.run.settle(e.result, e.cause)
			return true
		}
	}
	return false
}

const stoppedBefore = "the run was stopped before the change could be sent"

// ending is how a flight ends. With the zero value it goes on.
type ending struct {
	result *receipt.Result
	cause  error // why the whole run ends; nil: it does not
}

func (e ending) reached() bool { return e.result != nil }

// step sends the next write.
func (f *flight) step(ctx context.Context) ending {
	rest := f.rest()
	if rest.nothing() {
		return ending{result: f.end(receipt.Done, "")}
	}
	if f.tries-f.throttled-f.settling >= f.run.o.MaxAttempts {
		// Where there is no way to the service, there is none for the others.
		return ending{f.abandon(ctx, "the retries are used up"), f.unsent}
	}
	if err := f.run.turn(ctx); err != nil {
		return ending{f.abandon(ctx, stoppedBefore), err}
	}
	if res := f.of.lookAgain(ctx, f); res != nil {
		return ending{result: res}
	}
	if rest = f.rest(); rest.nothing() {
		return ending{result: f.end(receipt.Done, "")} // the look has shown it
	}
	err := f.write(ctx, rest)
	if err == nil {
		f.run.window.Widen()
		f.run.accepted(f.of.op(rest))
		f.acknowledge(rest)
		return ending{}
	}
	return f.react(ctx, rest, err)
}

// turn waits until a write may be sent: by the pace of the run, and of those
// that it shares a quota with.
func (r *run) turn(ctx context.Context) error {
	if err := r.pace.Wait(ctx, 1); err != nil || r.o.Shared == nil {
		return err
	}
	return r.o.Shared.Wait(ctx)
}

// rest is what is still to be sent.
func (f *flight) rest() remaining {
	rest := difference(f.now, f.change.After)
	rest.reprocess = !f.reprocessed && reprocesses(f.change)
	return rest
}

func (f *flight) write(ctx context.Context, rest remaining) error {
	f.tries++
	f.sent = rest
	ctx, cancel := inFlight(ctx)
	defer cancel()
	return f.note(f.of.send(ctx, rest))
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

// note counts a request that was sent and keeps its id, answered or not. What
// the writer gives besides a *graph.Error is its own refusal to send.
func (f *flight) note(reply graph.Reply, err error) error {
	e, isCall := errors.AsType[*graph.Error](err)
	if err != nil && (!isCall || e.NotSent) {
		f.unsent = err
		return err
	}
	f.unsent, f.attempts = nil, f.attempts+1
	f.run.noteSent()
	id := reply.RequestID
	if err == nil {
		f.run.pace.Heed(reply.ThrottlePercentage)
	} else {
		id = cmp.Or(e.RequestID, e.ClientRequestID)
	}
	if id != "" {
		f.requestIDs = append(f.requestIDs, id)
	}
	return err
}

// acknowledge takes a write that succeeded for done: the reply does not carry
// the licenses.
func (f *flight) acknowledge(rest remaining) {
	f.doubt, f.alone, f.turnedAway, f.asked = false, false, time.Time{}, time.Time{}
	f.run.noteTouched()
	switch {
	case rest.usageLocation != "":
		f.now.UsageLocation = rest.usageLocation
	case rest.noLicenses():
		f.reprocessed = true
	default:
		f.now.Licenses = f.change.After.Licenses
	}
}

// react decides what a failed write means.
func (f *flight) react(ctx context.Context, rest remaining, err error) ending {
	e, ok := errors.AsType[*graph.Error](err)
	if !ok {
		return ending{result: f.giveUp("")} // it is about this change: others may well be sent
	}
	f.run.setBack(e)
	if e.NotSent {
		return f.reactUnsent(ctx, e)
	}
	f.last = e
	switch {
	case e.Doubtful():
		return f.lookAfterDoubt(ctx, e)
	case e.Throttled():
		return f.wait(ctx, e)
	case e.Transient() && e.Refused():
		if e.Concurrent() {
			f.run.window.Narrow()
		}
		_ = pace.Sleep(ctx, f.run.backoff(f.tries)) // a stop shows at the next wait
		return ending{}
	case e.Transient():
		return ending{result: f.lookForTraces(ctx, "the answer was not clear")}
	default:
		return f.lookAfterRefusal(ctx, rest, e)
	}
}

// reactUnsent decides what to do after a write that never left. Without a
// connection it is tried again; what else keeps it back, as a credential that
// fails, keeps the others back as well.
func (f *flight) reactUnsent(ctx context.Context, e *graph.Error) ending {
	if !e.Transient() {
		return ending{f.giveUp(""), e}
	}
	_ = pace.Sleep(ctx, f.run.backoff(f.tries)) // a stop shows at the next wait
	return ending{}
}

// lookAfterDoubt finds out whether a write that seemed to fail has happened.
// Reads lag behind writes, so a user who looks as before is looked at again
// for a while before the write is sent once more.
func (f *flight) lookAfterDoubt(ctx context.Context, e *graph.Error) ending {
	f.run.noteTouched()
	var stop error
	if e.RetryAfter > 0 {
		stop = f.run.hold(e.RetryAfter)
	}
	res := f.lookForTraces(ctx, "the answer was lost")
	if res == nil && stop != nil {
		res = f.abandon(ctx, "the tenant asked to wait for longer than this run waits")
	}
	return ending{res, stop}
}

// lookForTraces looks at the user until they show what a write has done, or
// until the time for doubts is up. It gives a result where nobody can tell what
// the write did.
func (f *flight) lookForTraces(ctx context.Context, what string) *receipt.Result {
	f.doubt = true
	now, err := f.lookUntilChanged(ctx)
	switch {
	case err != nil:
		f.run.noteTouched()
		return f.giveUp(what + ", and the " + f.of.noun() + " could not be read: " + err.Error())
	case !between(now, f.change):
		f.run.noteTouched()
		f.now = now
		return f.giveUp(what + ", and the " + f.of.noun() + "'s licenses are now neither as before nor as planned")
	}
	f.doubt = !f.progress(now) && ctx.Err() != nil
	if f.doubt {
		f.run.noteTouched()
	}
	return nil
}

// progress takes over what was read where it is nearer to the after-state than
// what is known, and reports whether it is. Reads lag: what looks like less
// than was acknowledged is no news.
func (f *flight) progress(now plan.State) bool {
	if !f.nearer(now) {
		return false
	}
	f.run.noteTouched()
	f.now = now
	return true
}

func (f *flight) nearer(now plan.State) bool {
	return between(now, f.change) && difference(now, f.change.After).size() < difference(f.now, f.change.After).size()
}

// lookUntilChanged reads the user again and again until they look changed, or
// until the time for doubts is up, and gives what was read last. When
// stopping it looks once and at once.
func (f *flight) lookUntilChanged(ctx context.Context) (plan.State, error) {
	deadline := time.Now().Add(f.run.o.DoubtTimeout)
	for pause := f.run.backoff(f.tries); ; pause = min(2*pause, maxLook) {
		stopped := pace.Sleep(ctx, pause)
		now, err := f.look(ctx)
		last := stopped != nil || !time.Now().Before(deadline)
		if last || err == nil && (f.nearer(now) || !between(now, f.change)) {
			return now, err
		}
	}
}

// lookAfterRefusal finds out what a refused call has done all the same: nobody
// documents that a call with several products is all or nothing, and who gave
// the answer need not know. After the service's own clear refusal one look is
// enough, and where even that is not to be had, its word for a single change;
// after any other answer the user is looked at as after a lost one.
func (f *flight) lookAfterRefusal(ctx context.Context, rest remaining, e *graph.Error) ending {
	if !e.Refused() {
		return f.lookAfterAnswer(ctx, e)
	}
	look := f.look
	if notHeld(e) && rest.size() > 1 {
		look = f.lookUntilChanged // the service contradicts what was read: reads lag
	}
	now, err := look(ctx)
	if err != nil {
		f.run.noteTouched() // nobody has seen that it was not
		if rest.size() > 1 && !e.NotFound() {
			f.doubt = true
			return ending{f.giveUp("the call was refused, and what it did all the same could not be read: " + err.Error()), fatal(e)}
		}
		return f.refused(ctx, rest, e)
	}
	if f.progress(now) {
		return ending{}
	}
	return f.refused(ctx, rest, e)
}

// lookAfterAnswer finds out what a write has done that something else than the
// service answered, or the service in words that nobody knows.
func (f *flight) lookAfterAnswer(ctx context.Context, e *graph.Error) ending {
	before := f.now
	if res := f.lookForTraces(ctx, "the answer was not clear"); res != nil {
		return ending{res, fatal(e)}
	}
	switch {
	case !f.now.Equal(before):
		return ending{}
	case f.doubt:
		return ending{f.giveUp("the answer was not clear, and the run was stopped before the " + f.of.noun() + " could be looked at for long enough"), fatal(e)}
	case e.Spoken():
		return f.turnDown(ctx, receipt.Refused, e)
	}
	return f.turnDown(ctx, receipt.Failed, e)
}

// fatal gives an error that may concern everybody, where nobody can tell.
func fatal(e *graph.Error) error {
	if e.Unauthorized() || e.Forbidden() {
		return e
	}
	return nil
}

// refused decides what a clear refusal means that has changed nothing.
func (f *flight) refused(ctx context.Context, rest remaining, e *graph.Error) ending {
	switch {
	case notHeld(e) && rest.size() == 1 && len(rest.licenses.Remove) == 1:
		// The service knows better than a read that lags.
		f.run.noteTouched()
		f.now.Licenses = f.change.After.Licenses
		return ending{}
	case f.maySettle(rest, e):
		f.settling++
		_ = pace.Sleep(ctx, f.run.backoff(f.settling)) // a stop shows at the next wait
		return ending{}
	}
	return f.turnDown(ctx, receipt.Refused, e)
}

// maxSettling is how often a change is sent again that the directory refuses
// for what it is about to know, which takes half a minute in all.
const maxSettling = 5

// maySettle reports a refusal that contradicts what was read a moment ago, or
// what this run has written: the user is there, or has a usage location. The
// parts of the directory come to know of such a change one after the other.
func (f *flight) maySettle(rest remaining, e *graph.Error) bool {
	if f.settling >= maxSettling {
		return false
	}
	return e.NotFound() || badLocation(e) && rest.usageLocation == "" && f.now.UsageLocation != ""
}

// look reads the user or group as they are now. Who is gone is an error.
func (f *flight) look(ctx context.Context) (plan.State, error) {
	ctx, cancel := inFlight(ctx)
	defer cancel()
	return f.of.look(ctx)
}

// abandon ends a change that is not to be sent again. What was sent before was
// turned away, and that is looked at once before it is said.
func (f *flight) abandon(ctx context.Context, message string) *receipt.Result {
	if f.attempts == 0 || f.doubt {
		return f.giveUp(message)
	}
	now, err := f.look(ctx)
	if err != nil {
		f.run.noteTouched() // nobody has seen that nothing was done
		return f.giveUp(message)
	}
	if f.progress(now) && f.rest().nothing() {
		return f.end(receipt.Done, "")
	}
	return f.giveUp(message)
}

// giveUp ends a change that is not done: failed, or unknown where a write may
// have happened.
func (f *flight) giveUp(message string) *receipt.Result {
	switch {
	case f.doubt:
		res := f.end(receipt.Unknown, message)
		res.Hint = "apply the plan again: it looks at the " + f.of.noun() + " first"
		return res
	case f.attempts == 0:
		return f.end(receipt.NotAttempted, message)
	default:
		return f.end(receipt.Failed, message)
	}
}

// end makes the result. It says in plain words why the last write was not
// sent, or else why the service refused or failed.
func (f *flight) end(outcome receipt.Outcome, message string) *receipt.Result {
	res := f.run.result(f.change, outcome, message)
	res.Attempts, res.RequestIDs = f.attempts, f.requestIDs
	if outcome == receipt.Done {
		return res
	}
	if f.last != nil {
		res.Status, res.ServiceCode, res.ServiceMessage = f.last.Status, f.last.Code, f.last.Message
		f.tellWhy(res, f.reason())
	}
	if f.unsent != nil {
		why := neverSent(f.unsent)
		res.Message = strings.TrimPrefix(res.Message+": "+why.message, ": ")
		f.tellWhy(res, why)
	}
	f.tellPart(res)
	return res
}

// reason is why the last write that was sent did not do.
func (f *flight) reason() reason {
	if f.forbidden.code != "" {
		return f.forbidden
	}
	if notHeld(f.last) && len(f.sent.licenses.Remove) == 0 {
		// Nothing was to be removed: nobody knows what the service means.
		return unknownRefusal(f.last, f.run.o.Names)
	}
	return f.of.word(explain(f.last, f.change.After, f.run.o.Names))
}

// tellWhy adds a reason to a result.
func (f *flight) tellWhy(res *receipt.Result, why reason) {
	res.Reasons = append(res.Reasons, why.code)
	if res.Message == "" {
		res.Message = why.message
	}
	if res.Hint == "" {
		res.Hint = why.hint
	}
}

// tellPart says what was carried out all the same of a change that ended
// half-way: somebody may be left without a license.
func (f *flight) tellPart(res *receipt.Result) {
	if f.now.Equal(f.began) {
		return
	}
	left, half := f.now, halfway(f.part())
	res.Left = &left
	if !between(f.now, f.change) {
		return // somebody else has changed it
	}
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
		parts = append(parts, f.of.empty())
	}
	return strings.Join(parts, ", ")
}
