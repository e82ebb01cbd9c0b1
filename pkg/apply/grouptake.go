package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// refusedTake is why a group takes nothing from its members.
type refusedTake struct {
	outcome       receipt.Outcome
	message, hint string
}

// looksForOwnWrite is how often a group is read that does not show what this run
// has just written: reads lag.
const looksForOwnWrite = 4

// mayCall looks, just before a call, at all that it rests on: the group, and where
// the call takes something, its members. nil: it may go, unless the service turns out
// to be at somebody else's change, or it has come about. The flight is that of a call
// that is tried again; nil: it was not tried yet.
func (g *groupRun) mayCall(ctx context.Context, j *groupJob, f *flight) *refusedTake {
	looked := time.Now()
	why, err := g.lookForOwnWrite(ctx, j, f)
	switch {
	case err != nil:
		return unreadTake(err)
	case why != "":
		return &refusedTake{receipt.Stale, why, planAgain}
	}
	if j.takes() && (f != nil || !j.isKeptWaiting()) {
		if no := g.mayTake(ctx, j); no != nil {
			return no
		}
	}
	j.looked = looked
	return nil
}

// mayTake looks at who is in a group now, and at what each of them would be left with
// by a call that takes something. nil: it may go.
func (g *groupRun) mayTake(ctx context.Context, j *groupJob) *refusedTake {
	members, err := g.run.o.GroupReader.Members(ctx, j.change.Group.ID)
	var users map[license.GUID]license.UserState
	unlisted := j.unlisted(members)
	if err == nil {
		users, err = g.run.readAll(ctx, slices.Concat(members, unlisted))
	}
	if err != nil {
		return unreadTake(err)
	}
	for id, m := range j.members {
		m.gone = !license.ContainsGUID(members, id)
	}
	j.see(users)
	if awaited, _ := j.inLine(); len(awaited) > 0 {
		no := g.run.notArrived(j, awaited)
		return &no
	}
	losses := lossesOf(j.now, j.calls[j.call])
	left, err := g.stillGiven(ctx, j, losses, users)
	if err != nil {
		return unreadTake(err)
	}
	unlisted = slices.DeleteFunc(unlisted, func(id license.GUID) bool { return users[id].ID != id }) // who is not in the tenant loses nothing
	if why := g.run.wouldLose(j, losses, left, slices.Concat(members, unlisted)); why != "" {
		return &refusedTake{receipt.Stale, why, planAgain}
	}
	if refused := g.mayTakeMailboxes(ctx, j, left); refused != nil {
		return refused
	}
	g.letThrough(j, losses)
	for _, l := range losses {
		for _, id := range members {
			if holdsSeat(users[id], l.sku) && !l.kept {
				j.freeing.add(l.sku, id)
			}
		}
	}
	return nil
}

// unlisted are those of the planned members whom a list of members does not have. Whoever
// still shows the license of the group may be in it all the same: a list has come back
// empty, or they have left and what they hold lags.
func (j *groupJob) unlisted(members []license.GUID) []license.GUID {
	return slices.DeleteFunc(j.change.MemberIDs(), func(id license.GUID) bool { return license.ContainsGUID(members, id) })
}

func unreadTake(err error) *refusedTake {
	hint := "apply the plan again when they can be read"
	if e, ok := errors.AsType[*graph.Error](err); ok {
		hint = strings.TrimPrefix(e.Hint()+"; "+hint, "; ")
	}
	return &refusedTake{receipt.Failed, "the group or its members could not be read before the call: " + err.Error(), hint}
}

// letThrough notes what a group gives up, for those who look at others.
func (g *groupRun) letThrough(j *groupJob, losses []groupLoss) {
	g.mu.Lock()
	defer g.mu.Unlock()
	j.giving = losses
}

const seeToMembers = "see to those members, and plan again: until then the group takes nothing"

// lookForOwnWrite reads a group until it shows what this run knows of it, or what the
// flight has brought about, and says why it is stale; empty: it is not.
func (g *groupRun) lookForOwnWrite(ctx context.Context, j *groupJob, f *flight) (string, error) {
	sent := f != nil && f.attempts > 0
	pause := firstLook
	for n := 1; ; n++ {
		found, err := g.run.o.GroupReader.Groups(ctx, []license.GUID{j.change.Group.ID})
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			return "the tenant no longer has this group", nil
		}
		if why := staleGroup(j.change, found[0]); why != "" {
			return why, nil
		}
		now := j.recognize(found[0], g.run.scope)
		if now.Equal(j.now) || sent && f.progress(asState(now)) {
			j.now, j.given, j.last = now, found[0], found[0]
			return "", nil
		}
		if n == looksForOwnWrite || j.attempts == 0 && !sent {
			return notAsPlanned, nil
		}
		if err := g.run.pace.Sleep(ctx, pause); err != nil {
			return "", err
		}
		pause *= 2
	}
}

// readAll reads users by id. One who is not in the tenant, or cannot be read, is
// missing.
func (r *run) readAll(ctx context.Context, ids []license.GUID) (map[license.GUID]license.UserState, error) {
	out := make(map[license.GUID]license.UserState, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	users, err := r.o.Reader.Users(ctx, license.SortedGUIDs(ids))
	for _, u := range users {
		out[u.ID] = u
	}
	return out, err
}

// groupLoss is a product that a group takes away, or of which it switches service
// plans off.
type groupLoss struct {
	sku  license.GUID
	kept bool           // the group goes on giving the product
	off  []license.GUID // the plans that are off then, where it does; sorted
}

// lossesOf lists what a group takes away on the way from one state to another.
func lossesOf(now, after plan.GroupState) []groupLoss {
	var out []groupLoss
	for _, have := range now.Licenses {
		next, kept := after.License(have.SKUID)
		if !kept || !containsAll(have.DisabledPlans, next.DisabledPlans) {
			out = append(out, groupLoss{have.SKUID, kept, next.DisabledPlans})
		}
	}
	return out
}

// wouldLose names a member who would be left without something of which the plan
// does not say so: they came since, or what they had beside the group is gone.
// Empty: there is none.
func (r *run) wouldLose(j *groupJob, losses []groupLoss, users map[license.GUID]license.UserState, members []license.GUID) string {
	for _, id := range members {
		u, read := users[id]
		for _, l := range losses {
			planned, left := j.change.Loses(id, l.sku), r.withoutGivenUp(u, j)
			altogether := read && j.change.LosesPart(id, l.sku) && l.leavesNothing(left, j.change.Group.ID)
			if !altogether && (planned || read && !l.hits(left, j.change.Group.ID)) {
				continue
			}
			switch name := r.o.Names.SKUName(l.sku); {
			case altogether:
				return fmt.Sprintf("%s would lose %s altogether, of which the plan says that they keep a part", u.UserPrincipalName, name)
			case !read:
				return fmt.Sprintf("what the member %s holds cannot be read, and they may lose %s", id, name)
			case j.members[id] != nil && j.members[id].gone:
				return fmt.Sprintf("%s is not listed in the group any more, still has %s from it, and would lose it, which the plan says they keep", u.UserPrincipalName, name)
			case j.members[id] == nil:
				return fmt.Sprintf("%s came into the group since the plan was made, and would lose %s", u.UserPrincipalName, name)
			default:
				return fmt.Sprintf("%s would lose %s, which the plan says they keep", u.UserPrincipalName, name)
			}
		}
	}
	return ""
}

// withoutGivenUp gives a user as if all calls had been carried out by which other
// groups take something in this run: what they still show is on its way out.
func (r *run) withoutGivenUp(u license.UserState, than *groupJob) license.UserState {
	if r.groups == nil {
		return u
	}
	r.groups.mu.Lock()
	defer r.groups.mu.Unlock()
	var left []license.Assignment
	for _, a := range u.Assignments {
		j := r.groups.byGroup[a.Group]
		if j == nil || j == than {
			left = append(left, a)
			continue
		}
		switch at := slices.IndexFunc(j.giving, func(l groupLoss) bool { return l.sku == a.SKUID }); {
		case at < 0:
			left = append(left, a)
		case j.giving[at].kept:
			a.DisabledPlans = j.giving[at].off
			left = append(left, a)
		}
	}
	u.Assignments = left
	return u
}

// hits reports whether a user may be left without the product, or without a
// service plan of it, when the group takes it away. What the tenant contradicts
// itself about counts as lost.
func (l groupLoss) hits(u license.UserState, group license.GUID) bool {
	if license.ContainsGUID(u.Unexplained, l.sku) {
		return true
	}
	var before, after [][]license.GUID // the plans that are off, by path
	given := false
	for _, a := range u.Assignments {
		if a.SKUID != l.sku || a.GivesNothing() {
			continue
		}
		before = append(before, a.DisabledPlans)
		switch {
		case a.Group == group:
			given = true
		case a.InForce():
			after = append(after, a.DisabledPlans)
		}
	}
	if !given {
		return false
	}
	if l.kept {
		after = append(after, l.off)
	}
	return len(after) == 0 || !containsAll(offInAll(before), offInAll(after))
}

// leavesNothing reports whether a user has the product by the group and is left with no
// other way to it.
func (l groupLoss) leavesNothing(u license.UserState, group license.GUID) bool {
	given := func(a license.Assignment) bool { return a.SKUID == l.sku && a.Group == group && !a.GivesNothing() }
	other := func(a license.Assignment) bool { return a.SKUID == l.sku && a.Group != group && a.InForce() }
	return !l.kept && slices.ContainsFunc(u.Assignments, given) && !slices.ContainsFunc(u.Assignments, other)
}

// offInAll lists the service plans that no path has on.
func offInAll(paths [][]license.GUID) []license.GUID {
	return slices.DeleteFunc(slices.Clone(paths[0]), func(id license.GUID) bool {
		return slices.ContainsFunc(paths, func(off []license.GUID) bool { return !license.ContainsGUID(off, id) })
	})
}

// holdsSeat reports whether a user has a seat of a product, or may have one.
func holdsSeat(u license.UserState, sku license.GUID) bool {
	return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return a.SKUID == sku && !a.GivesNothing() })
}

// takeSeats looks at the members before a call, and takes from the ledger the seats
// of those who are to get a product that they do not have. What cannot be read is
// not known to take one: the service has the last word.
func (g *groupRun) takeSeats(ctx context.Context, j *groupJob) {
	if j.call > 0 || len(j.rest().licenses.Add) == 0 {
		return
	}
	ids := j.change.MemberIDs()
	users, err := g.run.readAll(ctx, ids)
	if err != nil {
		g.run.noteUnread(ctx, err)
		return
	}
	for _, add := range j.rest().licenses.Add {
		for _, id := range ids {
			u, there := users[id]
			if there && !holdsSeat(u, add.SKUID) && !slices.Contains(j.waits[id], add.SKUID) {
				g.ledger.free[add.SKUID]--
				j.taking.add(add.SKUID, id)
			}
		}
	}
}

// giveSeats gives the ledger what has come free when the wait for members ends:
// seats that some did not get after all, and those that others have lost.
func (g *groupRun) giveSeats(j *groupJob) {
	for sku, users := range j.taking {
		for id := range users {
			m := j.members[id]
			at := j.standingOf(m, j.expects())
			if at == gone || at == failing && !holdsSeat(m.user, sku) {
				g.ledger.free[sku]++
			}
		}
	}
	j.taking = seatsOf{}
	for sku, users := range j.freeing {
		for id := range users {
			if m := j.members[id]; m != nil && m.seen && !holdsSeat(m.user, sku) {
				g.ledger.free[sku]++
			}
		}
	}
	j.freeing = seatsOf{}
}

// timing is when something may be sent.
type timing int

const (
	sendNow   timing = iota
	sendLater        // it waits for something that may still come
	sendNever        // what it waits for will not come
)

// mayGo tells when the next call of a group may be made, and why never.
func (g *groupRun) mayGo(j *groupJob) (timing, string) {
	state := sendNow
	wait := func(s timing) { state = max(state, s) }
	switch {
	case j.isKeptWaiting() && j.gone && time.Since(j.progress) >= failingSettles:
		return sendNever, "the tenant no longer has this group"
	case j.isKeptWaiting() && !g.isOver():
		wait(sendLater)
	case j.isKeptWaiting():
		return sendNever, "the service is still at an earlier change of the group, and another one would overlap with it"
	}
	if len(j.rest().licenses.Add) > 0 {
		for _, id := range j.change.WaitsFor {
			other := g.byGroup[id]
			switch {
			case other == nil || other.result != nil && other.isDone():
			case other.result != nil:
				return sendNever, fmt.Sprintf("seats were to come free by group %s, whose change did not come about", g.run.names().groups.Quoted(id))
			default:
				wait(sendLater)
			}
		}
		for _, id := range j.change.WaitsForUsers {
			res := g.run.resultOf(id)
			switch {
			case res == nil && g.run.isPlanned(id):
				wait(sendLater)
			case res == nil, res.Outcome == receipt.Done, res.Outcome == receipt.Already:
			default:
				return sendNever, "a seat was to come free by " + res.User.UserPrincipalName + ", whose change did not come about"
			}
		}
	}
	if kept := j.change.KeptBy; kept != nil && j.takes() {
		// Where one of these has failed, the last look finds who would lose something.
		for _, id := range kept.Groups {
			if other := g.byGroup[id]; other != nil && other.result == nil && (other.sent || other.call == 0) {
				wait(sendLater)
			}
		}
		for _, id := range kept.Users {
			if g.run.resultOf(id) == nil && g.run.isPlanned(id) {
				wait(sendLater)
			}
		}
	}
	return state, ""
}

func (j *groupJob) isDone() bool { return j.result.Outcome.Succeeded() }

// mayFollow tells when the change of a user may go that waits for groups: the
// license of each has come to be in force for them, as far as was seen. What it
// rests on is looked at again before it is sent.
func (g *groupRun) mayFollow(c *plan.Change) (timing, string) {
	state := sendNow
	for _, id := range c.WaitsForGroups {
		u := g.users[c.User.ID]
		if g.followsOn(c, u, id) {
			continue
		}
		switch j := g.byGroup[id]; {
		case j == nil && !g.isOver(), j != nil && j.result == nil && (j.call == 0 || j.sent && j.call == 1), g.mayLag(c):
			state = sendLater
		default:
			return sendNever, g.whyNot(c, u, id)
		}
	}
	for _, id := range c.WaitsForSeatsOf {
		if j := g.byGroup[id]; j != nil && j.result == nil {
			state = sendLater
		}
	}
	return state, ""
}

// followsOn reports whether a group has come to give a user in force what their
// change waits for: all that the group comes to give, as far as the plan says that
// they get it, and all that they give up of their own and have from the group, with
// the service plans that the plan counts on. Of a group without a change of its own
// that is one product at least.
func (g *groupRun) followsOn(c *plan.Change, u license.UserState, group license.GUID) bool {
	m := &member{user: u}
	for _, sku := range g.waitedFor(c, group) {
		if a := m.by(group, sku); a == nil || !a.InForce() {
			return false
		}
	}
	given := false
	for _, a := range u.Assignments {
		if a.Group == group && takesDirect(c, a.SKUID) {
			if !a.InForce() || len(g.missingPlans(c, u, a)) > 0 {
				return false
			}
			given = true
		}
	}
	return given || g.byGroup[group] != nil && u.ID != (license.GUID{})
}

// missingPlans are the service plans that a user has on of their own and gives up,
// that a group is to have on for them by the plan, and does not have on.
func (g *groupRun) missingPlans(c *plan.Change, u license.UserState, given license.Assignment) []license.GUID {
	j := g.byGroup[given.Group]
	if j == nil {
		return nil
	}
	planned, _ := j.change.After.License(given.SKUID)
	own, _ := c.Before.License(given.SKUID)
	left, stays := c.After.License(given.SKUID)
	other := func(id license.GUID) bool {
		return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool {
			return a.SKUID == given.SKUID && !a.Direct() && a.InForce() && !license.ContainsGUID(a.DisabledPlans, id)
		})
	}
	return slices.DeleteFunc(slices.Clone(given.DisabledPlans), func(id license.GUID) bool {
		return license.ContainsGUID(planned.DisabledPlans, id) || license.ContainsGUID(own.DisabledPlans, id) ||
			stays && !license.ContainsGUID(left.DisabledPlans, id) || other(id)
	})
}

// awaited says why a user does not have what their change waits for; empty: they have.
func (g *groupRun) awaited(c *plan.Change, u license.UserState) string {
	for _, id := range c.WaitsForGroups {
		if !g.followsOn(c, u, id) {
			return g.whyNot(c, u, id)
		}
	}
	return ""
}

// waitedFor are the products of which a group's license has to be in force for a
// user before their change goes; nil for a group without a change of its own.
func (g *groupRun) waitedFor(c *plan.Change, group license.GUID) []license.GUID {
	j := g.byGroup[group]
	if j == nil {
		return nil
	}
	comes := func(sku license.GUID) bool {
		return slices.ContainsFunc(j.change.Actions, func(a plan.Action) bool { return a.SKUID == sku && a.Op != plan.OpRemove })
	}
	var out []license.GUID
	for _, l := range j.change.After.Licenses {
		if (comes(l.SKUID) || takesDirect(c, l.SKUID)) && !slices.Contains(j.waits[c.User.ID], l.SKUID) {
			out = append(out, l.SKUID)
		}
	}
	return out
}

// takesDirect reports whether a change takes the user's own license of a product,
// or a service plan of it.
func takesDirect(c *plan.Change, sku license.GUID) bool {
	return slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.SKUID == sku && a.TakesAway() })
}

// whyNot says what kept a group's license from a user.
func (g *groupRun) whyNot(c *plan.Change, u license.UserState, group license.GUID) string {
	name := g.run.names().groups.Quoted(group)
	for _, a := range u.Assignments {
		if a.Group != group || !takesDirect(c, a.SKUID) {
			continue
		}
		product := g.run.o.Names.SKUName(a.SKUID)
		if !a.InForce() {
			return fmt.Sprintf("%s from group %s is not in force for the user (%s)", product, name, a.Standing())
		}
		if missing := g.missingPlans(c, u, a); len(missing) > 0 {
			return fmt.Sprintf("%s from group %s has %s off for the user, which their own license has on and the plan counts on", product, name, g.run.o.Names.PlanName(missing[0]))
		}
	}
	if why := contradiction(u, g.run.o.Names); why != "" {
		return why
	}
	switch j := g.byGroup[group]; {
	case j == nil:
	case j.members[c.User.ID] != nil && j.members[c.User.ID].gone:
		return fmt.Sprintf("the user is no member of group %s any more, which was to give the license", name)
	case j.gone:
		return fmt.Sprintf("the tenant no longer has group %s, which was to give the license", name)
	case j.result != nil && j.call == 0:
		return fmt.Sprintf("the change of group %s, which was to give the license, did not come about (%s)", name, words(j.result.Outcome))
	case g.run.unreadNow() != nil:
		return fmt.Sprintf("whether the license of group %s is in force for the user could not be read", name)
	}
	return fmt.Sprintf("the license of group %s did not come to be in force for the user in time", name)
}

func words(o receipt.Outcome) string { return strings.ReplaceAll(string(o), "_", " ") }
