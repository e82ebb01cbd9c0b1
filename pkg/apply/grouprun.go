package apply

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// groupRun carries out the changes of groups, and lets the changes of users go
// that wait for them. It is used by one goroutine. Only calls go out at once, and
// each may have to look again at its own group before: of the others it sees what
// they give up.
type groupRun struct {
	mu sync.Mutex // of the giving of all jobs

	run     *run
	jobs    []*groupJob // in the order of the plan
	byGroup map[license.GUID]*groupJob
	ledger  *seatLedger
	held    []*plan.Change                     // of users, that wait for a group, and are as planned
	users   map[license.GUID]license.UserState // of those, as last seen
	until   time.Time                          // when the wait ends for what no call of the run is to bring
	looked  time.Time                          // when groups and users were last looked at; zero: not yet
	unread  int                                // how often in a row users who may go could not be read
	lagging map[license.GUID]time.Time         // since when users, when looked at again, do not show what they had shown

	mailboxReport mailboxReport // for what groups take
}

// splitWaiting tells the users' changes that may go at once, or not at all, from
// those that wait for a group: what they rest on cannot be there yet, and is looked
// at when they go.
func splitWaiting(checked []check) (free []check, held []*plan.Change) {
	for _, c := range checked {
		if c.readiness == isReady && waitsForGroup(c.change) {
			held = append(held, c.change)
		} else {
			free = append(free, c)
		}
	}
	return free, held
}

func waitsForGroup(c *plan.Change) bool { return len(c.WaitsForGroups)+len(c.WaitsForSeatsOf) > 0 }

// checkedGroups are the groups of a plan as they were found.
type checkedGroups struct {
	jobs []*groupJob  // of those that can go on
	left []groupCheck // those that are left alone

	aside []*plan.GroupChange // that the plan itself does not let through
}

func (c checkedGroups) stale() []plan.Group {
	var out []plan.Group
	for _, v := range c.left {
		out = append(out, v.change.Group)
	}
	return out
}

// newGroupRun settles the groups that are left alone, and takes the others on.
func (r *run) newGroupRun(checked checkedGroups, held []*plan.Change, ledger *seatLedger) *groupRun {
	g := &groupRun{
		run: r, jobs: checked.jobs, byGroup: map[license.GUID]*groupJob{}, ledger: ledger,
		held: held, users: map[license.GUID]license.UserState{}, until: time.Now().Add(r.o.GroupTimeout),
		lagging: map[license.GUID]time.Time{},
	}
	r.groups, r.rechecker.awaited = g, g.awaited
	for _, j := range g.jobs {
		g.byGroup[j.change.Group.ID] = j
	}
	for _, c := range checked.aside {
		g.byGroup[c.Group.ID] = &groupJob{change: c, result: groupResult(c, receipt.Blocked, "")} // nobody needs to wait for it
	}
	for _, v := range checked.left {
		res := groupResult(v.change, receipt.Stale, v.why)
		res.Hint = planAgain
		r.settleGroup(res)
		g.byGroup[v.change.Group.ID] = &groupJob{change: v.change, result: res}
	}
	return g
}

// any reports whether there is anything to do.
func (g *groupRun) any() bool { return len(g.jobs)+len(g.held) > 0 }

// precheckGroups reads the groups of all ready changes, and settles none: it gives
// the jobs of those that can go on, and why the others cannot.
func (r *run) precheckGroups(ctx context.Context, p *plan.Plan) (checkedGroups, error) {
	var out checkedGroups
	var ready []*plan.GroupChange
	var ids []license.GUID
	for i := range p.GroupChanges {
		c := &p.GroupChanges[i]
		if c.Status != plan.StatusReady {
			out.aside = append(out.aside, c)
			continue
		}
		ready, ids = append(ready, c), append(ids, c.Group.ID)
	}
	if len(ready) == 0 {
		return out, nil
	}
	found, err := r.o.GroupReader.Groups(ctx, ids)
	if err != nil {
		return out, err
	}
	byID := map[license.GUID]license.Group{}
	for _, g := range found {
		byID[g.ID] = g
	}
	for _, c := range ready {
		given, there := byID[c.Group.ID]
		if !there {
			out.left = append(out.left, groupCheck{c, "the tenant no longer has this group"})
			continue
		}
		j := newGroupJob(c, given, r.scope)
		why, err := r.checkGroup(ctx, j)
		switch {
		case err != nil:
			return out, fmt.Errorf("group %q: %w", c.Group.DisplayName, err)
		case why != "":
			out.left = append(out.left, groupCheck{c, why})
		default:
			out.jobs = append(out.jobs, j)
		}
	}
	return out, nil
}

// checkGroup says why a group is stale; empty: it is not.
func (r *run) checkGroup(ctx context.Context, j *groupJob) (string, error) {
	why := staleGroup(j.change, j.given)
	switch {
	case why != "":
		return why, nil
	case !j.onTheWay():
		return notAsPlanned, nil
	case !j.takesInAll():
		return "", nil
	}
	members, err := r.o.GroupReader.Members(ctx, j.change.Group.ID)
	if err != nil {
		return "", err
	}
	came := slices.DeleteFunc(slices.Clone(members), func(id license.GUID) bool { return j.members[id] != nil })
	if len(came) == 0 {
		return "", nil
	}
	users, err := r.readAll(ctx, came)
	if err != nil {
		return "", err
	}
	return r.wouldLose(j, lossesOf(j.now, j.change.After), users, came), nil
}

const notAsPlanned = "what the group gives is no longer as the plan saw it"

// groupCheck is a group that is left alone.
type groupCheck struct {
	change *plan.GroupChange
	why    string
}

// staleGroup says why a group is not the one that the plan means; empty: it is.
func staleGroup(c *plan.GroupChange, now license.Group) string {
	switch {
	case now.DisplayName != c.Group.DisplayName:
		return fmt.Sprintf("the group is called %q now", now.DisplayName)
	case now.Licenses == nil:
		return "the tenant does not say what the group gives"
	case !now.SecurityEnabled:
		return "the group is not security-enabled any more, and gives no licenses"
	}
	return ""
}

// takesInAll reports whether any call that is left takes something.
func (j *groupJob) takesInAll() bool {
	return j.call < len(j.calls) && check{change: &plan.Change{After: asState(j.change.After)}, now: asState(j.now)}.takesAway()
}

// carryOutGroups goes on as long as something moves: it sends what groups may give
// or take, lets users go whose groups have arrived, and looks at the members in
// between.
func (g *groupRun) carryOut(ctx context.Context, q *queue) {
	defer g.run.waitingFor(0, 0)
	for pause := firstLook; ; {
		moved := g.send(ctx)
		moved = g.release(ctx, q) || moved
		left := len(q.waiting)
		if left > g.run.canary || len(g.held) > 0 {
			g.run.tryFirst(ctx, q)
		}
		g.run.dispatch(ctx, q, len(q.waiting))
		moved = moved || len(q.waiting) < left
		if g.run.halted(ctx) != nil || !moved && !g.waits() {
			break
		}
		if moved {
			pause = firstLook
		}
		if g.waits() {
			begun := time.Now()
			_ = g.run.pace.Sleep(ctx, pause) // a stop shows above
			g.look(ctx)
			pause = max(min(2*pause, maxLook), time.Since(begun)-pause) // reads take half of the time at most
		}
	}
	g.end(ctx)
}

// waits reports whether somebody is looked for.
func (g *groupRun) waits() bool {
	waits := func(j *groupJob) bool { return j.isWatched() || j.isKeptWaiting() }
	return g.unread > 0 || slices.ContainsFunc(g.jobs, waits) || slices.ContainsFunc(g.held, g.mayStillGet) || slices.ContainsFunc(g.held, g.mayLag)
}

// mayStillGet reports whether a user may still get what a group without a change of its
// own is to give them.
func (g *groupRun) mayStillGet(c *plan.Change) bool {
	unchanged := func(id license.GUID) bool { return g.byGroup[id] == nil }
	return slices.ContainsFunc(c.WaitsForGroups, unchanged) && !g.isOver()
}

// isOver reports whether the wait has ended for what no call of the run is to bring,
// and was looked for since: what comes before it may take long.
func (g *groupRun) isOver() bool { return !g.looked.Before(g.until) }

// send makes the next call of every group that may have it, and reports whether
// anything went on.
func (g *groupRun) send(ctx context.Context) bool {
	var ready []*groupJob
	moved := false
	for _, j := range g.jobs {
		if j.result != nil || j.sent || g.run.halted(ctx) != nil {
			continue
		}
		state, why := g.mayGo(j)
		switch {
		case state == sendNever:
			g.settle(j, g.run.half(j, refusedTake{receipt.Blocked, why, planAgain}))
			moved = true
		case state == sendNow && g.prepare(ctx, j):
			ready, moved = append(ready, j), true
		case state == sendNow:
			moved = true
		}
	}
	var calls errgroup.Group
	calls.SetLimit(firstWindow)
	for _, j := range ready {
		calls.Go(func() error {
			j.ended = g.run.sendGroup(ctx, j)
			return nil
		})
	}
	_ = calls.Wait() // no call gives an error: all they have to say is in the outcomes
	for _, j := range ready {
		g.sentOff(j)
	}
	g.run.convict()
	return moved
}

// prepare looks before a call at what it rests on, and takes the seats that the
// members will need. It reports whether the call is to be made: one of which
// everything is there already is not, nor one that has to wait for somebody else's.
func (g *groupRun) prepare(ctx context.Context, j *groupJob) bool {
	if !j.rest().nothing() && (j.takes() || time.Since(j.looked) > giversLast) {
		no := g.mayCall(ctx, j, nil)
		switch {
		case no != nil && ctx.Err() != nil:
			return false // it could not be looked at to the end
		case no != nil:
			g.settle(j, g.run.half(j, *no))
			return false
		case j.isKeptWaiting():
			return false
		}
	}
	g.takeSeats(ctx, j)
	if j.rest().nothing() {
		g.watch(j)
		return false
	}
	return true
}

// sendGroup makes one call, announced before.
func (r *run) sendGroup(ctx context.Context, j *groupJob) sentCall {
	c := j.asChange()
	err := r.o.Journal.GroupIntent(receipt.GroupIntent{
		Group: j.change.Group, Source: j.change.Source, Actions: c.Actions, At: time.Now().UTC(),
		Before: j.now, After: j.calls[j.call],
	})
	f := &flight{run: r, of: groupAssignee{r, j}, change: c, began: c.Before, now: c.Before}
	if err != nil {
		return sentCall{f, ending{f.end(receipt.NotAttempted, err.Error()), err}}
	}
	for {
		if !f.notBefore.IsZero() {
			_ = r.pace.Sleep(ctx, time.Until(f.notBefore)) // a stop shows at the next wait
			f.notBefore = time.Time{}
		}
		if e := f.step(ctx); e.reached() {
			return sentCall{f, e}
		}
	}
}

// sentCall is how a call ended.
type sentCall struct {
	flight *flight
	ending
}

// sentOff takes in how a call ended: its members are waited for, or the change ends
// with it.
func (g *groupRun) sentOff(j *groupJob) {
	f, res := j.ended.flight, j.ended.result
	j.attempts, j.requests = j.attempts+f.attempts, append(j.requests, f.requestIDs...)
	j.now = plan.GroupState{Licenses: f.now.Licenses}
	if res.Outcome != receipt.Done {
		g.run.stopFor(j.ended.cause)
		g.settle(j, g.run.fromCall(j, res))
		return
	}
	g.watch(j)
}

// watch begins to wait for the members of a group.
func (g *groupRun) watch(j *groupJob) {
	now := time.Now()
	j.sent, j.call, j.until, j.progress = true, j.call+1, now.Add(g.run.o.GroupTimeout), now
	j.given, j.shown = license.Group{}, false // of before the call
}

// look reads the groups and the members who are waited for once, and ends the
// waits that are over. A read that fails shows nothing, and the next one may
// succeed.
func (g *groupRun) look(ctx context.Context) {
	g.looked = time.Now()
	watched, kept := g.jobsThat((*groupJob).isWatched), g.jobsThat((*groupJob).isKeptWaiting)
	err := g.readGroups(ctx, slices.Concat(watched, kept))
	if err == nil {
		err = g.readMembers(ctx, watched)
	}
	g.run.noteUnread(ctx, err)
	now, unseen := time.Now(), 0
	for _, j := range watched {
		if hopeless(err) {
			j.until = now
		}
		awaited, _ := j.inLine()
		unseen += len(awaited)
		if j.isOver(now) {
			g.arrive(ctx, j)
		}
	}
	g.run.waitingFor(unseen, len(g.jobsThat((*groupJob).isKeptWaiting)))
}

// jobsThat gives the jobs of which something is so.
func (g *groupRun) jobsThat(is func(*groupJob) bool) []*groupJob {
	return slices.DeleteFunc(slices.Clone(g.jobs), func(j *groupJob) bool { return !is(j) })
}

// readGroups reads what groups give now.
func (g *groupRun) readGroups(ctx context.Context, jobs []*groupJob) error {
	var ids []license.GUID
	for _, j := range jobs {
		ids = append(ids, j.change.Group.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := g.run.o.GroupReader.Groups(ctx, ids)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		gone := !slices.ContainsFunc(found, func(group license.Group) bool { return group.ID == j.change.Group.ID })
		if gone && !j.gone {
			j.progress = time.Now()
		}
		j.gone = gone
	}
	for _, group := range found {
		j := g.byGroup[group.ID]
		j.last = group
		switch {
		case group.Licenses == nil: // not told: that proves nothing
		case j.recognize(group, g.run.scope).Equal(j.now):
			j.given, j.shown = group, true
		default:
			j.given = license.Group{} // it lags, or somebody has changed it
		}
	}
	return nil
}

// readMembers reads the members who have not arrived, and the users who wait for a
// group. Where nothing came of it for a group, it is asked who still is a member.
func (g *groupRun) readMembers(ctx context.Context, jobs []*groupJob) error {
	var ids []license.GUID
	for _, j := range jobs {
		awaited, others := j.inLine()
		ids = append(append(ids, awaited...), others...)
	}
	for _, c := range g.held {
		ids = append(ids, c.User.ID)
	}
	ids = license.SortedGUIDs(ids)
	if len(ids) == 0 {
		return nil
	}
	users, err := g.run.o.Reader.Users(ctx, ids)
	if err != nil {
		return err
	}
	byID := make(map[license.GUID]license.UserState, len(users))
	for _, u := range users {
		byID[u.ID] = u
	}
	for _, c := range g.held {
		if u, there := byID[c.User.ID]; there {
			g.users[u.ID] = u
		}
	}
	for _, j := range jobs {
		if moved := j.see(byID); moved {
			j.progress = time.Now()
		} else if err := g.whoLeft(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

// see takes in users who were read, and reports whether any member has come
// further.
func (j *groupJob) see(users map[license.GUID]license.UserState) bool {
	want, moved := j.expects(), false
	for id, m := range j.members {
		u, read := users[id]
		if !read || m.gone {
			continue
		}
		was := j.standingOf(m, want)
		m.user, m.seen = u, true
		moved = j.standingOf(m, want) != was || moved
	}
	return moved
}

// whoLeft finds out who of those who are waited for is no member any more.
func (g *groupRun) whoLeft(ctx context.Context, j *groupJob) error {
	awaited, _ := j.inLine()
	if len(awaited) == 0 {
		return nil
	}
	now, err := g.run.o.GroupReader.Members(ctx, j.change.Group.ID)
	if err != nil {
		return err
	}
	for _, id := range awaited {
		if !license.ContainsGUID(now, id) {
			j.members[id].gone = true
			j.progress = time.Now()
		}
	}
	return nil
}

// arrive ends the wait for the members of a group after a call: the next call may
// go, or the change is settled.
func (g *groupRun) arrive(ctx context.Context, j *groupJob) {
	j.sent = false
	g.giveSeats(j)
	awaited, _ := j.inLine()
	switch {
	case j.call < len(j.calls) && len(awaited) > 0:
		g.settle(j, g.run.half(j, g.run.notArrived(j, awaited)))
	case j.call < len(j.calls) && isProcessing(j.last):
		g.settle(j, g.run.half(j, refusedTake{receipt.Blocked, "the service is still at the last change of the group", "plan again when it is done: until then the group takes nothing"}))
	case j.call >= len(j.calls):
		g.settle(j, g.run.whole(j))
	}
}

// release lets the users' changes go whose groups have arrived, and settles those
// who wait in vain. It reports whether there were any.
func (g *groupRun) release(ctx context.Context, q *queue) bool {
	if g.run.halted(ctx) != nil {
		return false
	}
	var free, rest []*plan.Change
	moved := false
	for _, c := range g.held {
		switch state, why := g.mayFollow(c); state {
		case sendNow:
			free = append(free, c)
		case sendNever:
			res := g.run.result(c, receipt.Blocked, why)
			res.Hint = "their own license stays; see to what keeps the group's from them, and plan again"
			g.run.settle(res, nil)
			moved = true
		default:
			rest = append(rest, c)
		}
	}
	g.held = rest
	if len(free) == 0 {
		g.unread = 0
		return moved
	}
	checked, err := g.run.rechecker.precheck(ctx, free)
	if err != nil {
		g.run.noteUnread(ctx, err)
		g.held = append(rest, g.tryAgain(ctx, free, err)...)
		return moved || g.unread == 0
	}
	g.unread = 0
	shown, lagging := g.splitLagging(checked)
	g.held = append(rest, lagging...)
	for _, j := range g.run.triage(shown) {
		q.ledger.announce(j, +1)
		q.waiting = append(q.waiting, j)
	}
	return moved || len(shown) > 0
}

// tryAgain gives the users' changes that are tried again after the next look, since
// what they rest on could not be read. Where that does not heal they are settled.
func (g *groupRun) tryAgain(ctx context.Context, free []*plan.Change, err error) []*plan.Change {
	if g.unread++; g.unread < looksForOwnWrite && !hopeless(err) || g.run.halted(ctx) != nil {
		return free
	}
	g.unread = 0
	for _, c := range free {
		res := g.run.result(c, receipt.Blocked, "what the change rests on could not be read again: "+err.Error())
		res.Hint = "their own license stays; apply the plan again when it can be read"
		g.run.settle(res, nil)
	}
	return nil
}
