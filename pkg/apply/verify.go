package apply

import (
	"context"
	"errors"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/internal/pace"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// The times between looks at users whose after-state does not show yet: reads
// come from replicas that lag behind writes by seconds to minutes.
const (
	firstLook = time.Second
	maxLook   = 15 * time.Second
)

// tryFirst carries out as many users as the canary still lacks, and lets the others go
// only when these have come to hold what was planned.
func (r *run) tryFirst(ctx context.Context, q *queue) {
	if r.canary == 0 || len(q.waiting) == 0 {
		return
	}
	waiting := len(q.waiting)
	r.dispatch(ctx, q, r.canary)
	r.canary -= waiting - len(q.waiting)
	r.verify(ctx)
	r.checkCanary()
}

// checkCanary ends the run unless every user that was carried out so far has
// come to hold what was planned.
func (r *run) checkCanary() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range r.order {
		res := r.results[id]
		if res.Attempts > 0 && res.Verification != receipt.Verified {
			r.stop(errCanary)
		}
	}
}

// verify reads the changed users until they show the after-state or the time
// is up. A user who does not show it is unverified, which is no failure: the
// service has acknowledged the change.
func (r *run) verify(ctx context.Context) {
	waiting := map[license.GUID]plan.State{}
	for _, id := range r.order {
		if res := r.results[id]; res.Outcome == receipt.Done && res.Verification == receipt.NotVerified {
			waiting[id] = r.after[id]
		}
	}
	if r.o.VerifyTimeout < 0 {
		return
	}
	seen := map[license.GUID]string{}
	ctx, cancel := context.WithTimeout(ctx, r.o.VerifyTimeout)
	defer cancel()
	unread := errUnanswered
	defer r.lookingFor(0)
	for pause := firstLook; len(waiting) > 0; pause = min(2*pause, maxLook) {
		if err := r.lookAt(ctx, waiting, seen); err == nil || ctx.Err() == nil {
			unread = err // where the time ends a read, that is no failure of it
		}
		r.lookingFor(len(waiting))
		if len(waiting) == 0 || hopeless(unread) || pace.Sleep(ctx, pause) != nil {
			break
		}
	}
	for id := range waiting {
		r.unverified(id, unread, seen[id])
	}
}

// errUnanswered is why nobody could be looked at where the time ended the first look.
var errUnanswered = errors.New("no look at the users was answered in time")

// hopeless reports a read that no waiting heals: it is not let in, or shows a bug.
func hopeless(err error) bool {
	_, bug := errors.AsType[*caught.Panic](err)
	e, ok := errors.AsType[*graph.Error](err)
	return bug || ok && (e.Unauthorized() || e.Forbidden())
}

// lookAt reads the users once and drops those that are as they should be. Of
// the others it notes what is wrong, unless reads may just lag. A read that
// fails shows nothing, and the next one may succeed.
func (r *run) lookAt(ctx context.Context, waiting map[license.GUID]plan.State, seen map[license.GUID]string) error {
	ids := make([]license.GUID, 0, len(waiting))
	for id := range waiting {
		ids = append(ids, id)
	}
	users, err := r.o.Reader.Users(ctx, license.SortedGUIDs(ids))
	if err != nil {
		return err
	}
	for _, u := range users {
		after, asked := waiting[u.ID]
		if !asked {
			continue
		}
		seen[u.ID] = r.doubtful(u)
		if seen[u.ID] == "" && plan.StateOf(u, r.scope).Equal(after) {
			r.verified(receipt.Verify{User: u.ID, Verification: receipt.Verified})
			delete(waiting, u.ID)
		}
	}
	return nil
}

// doubtful says why a user is not as planned although their direct licenses may
// be: the tenant contradicts itself, or a license that came is not in force.
// Empty: nothing of the kind.
func (r *run) doubtful(u license.UserState) string {
	if why := contradiction(u, r.o.Names); why != "" {
		return why
	}
	change := &plan.Change{Actions: r.results[u.ID].Actions}
	if reprocesses(change) {
		return groupFails(u, r.names())
	}
	return check{change: change, user: u}.addsFailing(r.o.Names)
}

// unverified notes a change that was not seen, and why it could not be looked
// at, or what was seen instead, where that is so.
func (r *run) unverified(user license.GUID, unread error, seen string) {
	v := receipt.Verify{User: user, Verification: receipt.Unverified, Message: seen}
	if unread != nil {
		v.Message = "the user could not be read: " + unread.Error()
		r.unread = unread
	}
	r.verified(v)
}

func (r *run) verified(v receipt.Verify) {
	v.At = time.Now().UTC()
	r.results[v.User].Verification, r.results[v.User].VerificationMessage = v.Verification, v.Message
	if err := r.o.Journal.Verify(v); err != nil {
		r.stop(err)
	}
}
