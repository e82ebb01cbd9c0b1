package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/pace"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// What members show of a group is behind what the group gives: a license that
// somebody has taken from a group today may be Active for its members until
// tomorrow, and so may that of a group which they have left. So before something is
// taken that a group's license makes up for, the group is asked as well.

// givers are groups on which removals rest, as they were read last.
type givers struct {
	groups map[license.GUID]license.Group // without those that the tenant does not have
	looks  map[license.GUID]int           // how often each was
	at     time.Time
}

// memberList is who is in a group, as it was read last.
type memberList struct {
	ids    []license.GUID // sorted
	untold bool           // the tenant does not tell all of them
	looks  int            // how often it was read since at; 0: not yet
	at     time.Time
}

// lacks reports whether the user of a path is known to be no member of its group.
func (m memberList) lacks(p path) bool {
	return m.looks > 0 && !m.untold && !license.ContainsGUID(m.ids, p.user)
}

// given is what groups give, and to whom, as far as it was asked.
type given struct {
	groups  map[license.GUID]license.Group
	members map[license.GUID]memberList
}

// giversLast is how long groups are not read again: users whose turn comes late are
// looked at one by one, and rest on the same few groups.
const giversLast = 30 * time.Second

// path is a group's license as a user shows it.
type path struct {
	license.Assignment
	user license.GUID
}

// missing says why a group does not give any more what a user still shows; empty: it
// gives it, with every service plan that the user has on by it.
func (p path) missing(of given, names planNames) string {
	group, there := of.groups[p.Group]
	now, gives := group.License(p.SKUID)
	switch {
	case !there:
		return fmt.Sprintf("the tenant no longer has the group %s, from which the user still shows %s", names.groups.Quoted(p.Group), names.SKUName(p.SKUID))
	case group.Licenses == nil:
		return fmt.Sprintf("the tenant does not say what the group %s gives, from which the user shows %s", names.group(group), names.SKUName(p.SKUID))
	case !group.SecurityEnabled:
		return fmt.Sprintf("the group %s is not security-enabled any more, and gives no licenses", names.group(group))
	case !gives:
		return fmt.Sprintf("the group %s does not give %s any more, although the user still shows it", names.group(group), names.SKUName(p.SKUID))
	case !containsAll(p.DisabledPlans, now.DisabledPlans):
		return fmt.Sprintf("the group %s gives fewer service plans of %s now than the user still shows", names.group(group), names.SKUName(p.SKUID))
	case of.members[p.Group].lacks(p):
		return fmt.Sprintf("the user is no member of group %s any more, although they still show %s from it", names.group(group), names.SKUName(p.SKUID))
	}
	return ""
}

// pathsOf lists the groups' licenses in force on which a change rests that takes
// something away: that it has to leave the user with, and that make up for what it
// takes.
func (l *rechecker) pathsOf(c check) []path {
	if l.groups == nil || c.readiness != isReady || c.change.Preconditions == nil || !c.takesAway() {
		return nil
	}
	var out []path
	for _, a := range c.user.Assignments {
		if a.Direct() || !a.InForce() {
			continue
		}
		left := func(g plan.RequiredAssignment) bool { return g.SKUID == a.SKUID && g.Group == a.Group }
		_, promised := l.promises[a.Group].License(a.SKUID)
		makesUp := promised && takesDirect(c.change, a.SKUID) && slices.Contains(c.change.WaitsForGroups, a.Group)
		if makesUp || slices.ContainsFunc(c.change.Preconditions.InForce, left) {
			out = append(out, path{a, c.user.ID})
		}
	}
	return out
}

// pathsOfAll lists them for many changes.
func (l *rechecker) pathsOfAll(checked []check) []path {
	var out []path
	for _, c := range checked {
		out = append(out, l.pathsOf(c)...)
	}
	return out
}

// giversOf reads the groups of paths. One that does not show what it is to give is
// read again for a moment, as reads lag behind what this run has just written.
func (l *rechecker) giversOf(ctx context.Context, paths []path) (given, error) {
	if l.groups == nil || len(paths) == 0 {
		return given{}, nil
	}
	l.giving.Lock()
	defer l.giving.Unlock()
	if time.Since(l.givers.at) > giversLast {
		l.givers = givers{groups: map[license.GUID]license.Group{}, looks: map[license.GUID]int{}, at: time.Now()}
	}
	for pause := firstLook; ; pause *= 2 {
		ids := l.givers.toRead(paths, l.names)
		if len(ids) == 0 {
			return given{maps.Clone(l.givers.groups), maps.Clone(l.members)}, nil
		}
		if slices.ContainsFunc(ids, func(id license.GUID) bool { return l.givers.looks[id] > 0 }) {
			if err := pace.Sleep(ctx, pause); err != nil {
				return given{}, err
			}
		}
		if err := l.readGivers(ctx, ids); err != nil {
			return given{}, err
		}
	}
}

// toRead lists the groups that were not read, or do not show what they are to give
// and were not looked at often enough; sorted.
func (g givers) toRead(paths []path, names planNames) []license.GUID {
	var out []license.GUID
	for _, p := range paths {
		if n := g.looks[p.Group]; n == 0 || n < looksForOwnWrite && p.missing(given{groups: g.groups}, names) != "" {
			out = append(out, p.Group)
		}
	}
	return license.SortedGUIDs(out)
}

func (l *rechecker) readGivers(ctx context.Context, ids []license.GUID) error {
	found, err := l.groups.Groups(ctx, ids)
	if err != nil {
		return fmt.Errorf("asking again what groups give: %w", err)
	}
	for _, id := range ids {
		l.givers.looks[id]++
		delete(l.givers.groups, id)
	}
	for _, g := range found {
		l.givers.groups[g.ID] = g
	}
	return nil
}

// How long it may take to read who is in groups: what the writes take that rest on it,
// and a moment at the least. A few users may rest on a group of everybody.
const (
	leastListTime   = 30 * time.Second
	listTimePerUser = time.Second / defaultWriteRate
)

// readMembers reads who is in the groups of paths, where it was not read of late. It is
// for many users together: for one alone it would be too much. A list that lacks the
// user of a path is read again for a moment, as reads lag. Of a group that takes too
// long it is not known.
func (l *rechecker) readMembers(ctx context.Context, paths []path) error {
	if l.groups == nil {
		return nil
	}
	limit := max(leastListTime, time.Duration(len(paths))*listTimePerUser)
	l.giving.Lock()
	defer l.giving.Unlock()
	for pause := firstLook; ; pause *= 2 {
		ids, again := l.listsToRead(paths)
		if len(ids) == 0 {
			return nil
		}
		if again {
			if err := pace.Sleep(ctx, pause); err != nil {
				return err
			}
		}
		limited, cancel := context.WithTimeout(ctx, limit)
		err := l.readLists(limited, ids)
		cancel()
		if err != nil {
			return fmt.Errorf("asking again who is in groups: %w", err)
		}
	}
}

// listsToRead lists the groups of which it is to be read who is in them, sorted, and
// reports whether one of them was read a moment ago. Lists that are too old are
// forgotten.
func (l *rechecker) listsToRead(paths []path) (ids []license.GUID, again bool) {
	for _, p := range paths {
		list := l.members[p.Group]
		if list.looks > 0 && time.Since(list.at) > recheckAfter {
			delete(l.members, p.Group)
			list = memberList{}
		}
		if list.looks == 0 || list.looks < looksForOwnWrite && list.lacks(p) {
			ids, again = append(ids, p.Group), again || list.looks > 0
		}
	}
	return license.SortedGUIDs(ids), again
}

// readLists reads who is in groups. Of one that the tenant does not have, does not tell
// the members of, or not until the deadline of the context, nobody is known not to be
// in it.
func (l *rechecker) readLists(ctx context.Context, ids []license.GUID) error {
	lists := make([]memberList, len(ids))
	asking, within := errgroup.WithContext(ctx)
	asking.SetLimit(graph.MostAbreast)
	for i, id := range ids {
		lists[i] = l.members[id]
		asking.Go(func() (err error) {
			if lists[i].looks++; lists[i].looks == 1 {
				lists[i].at = time.Now()
			}
			lists[i].ids, err = l.groups.Members(within, id)
			gone, ok := errors.AsType[*graph.Error](err)
			late := errors.Is(ctx.Err(), context.DeadlineExceeded)
			if lists[i].untold = late || errors.Is(err, graph.ErrUntoldMembers) || ok && gone.NotFound(); lists[i].untold {
				return nil
			}
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		return err
	}
	for i, id := range ids {
		l.members[id] = lists[i]
	}
	return nil
}

// stillGiven gives users without what they show of other groups than the one that
// is to take something, and these do not give any more.
func (g *groupRun) stillGiven(ctx context.Context, j *groupJob, losses []groupLoss, users map[license.GUID]license.UserState) (map[license.GUID]license.UserState, error) {
	var paths []path
	makesUp := func(a license.Assignment) bool {
		return !a.Direct() && a.InForce() && a.Group != j.change.Group.ID && slices.ContainsFunc(losses, func(l groupLoss) bool { return l.sku == a.SKUID })
	}
	out := make(map[license.GUID]license.UserState, len(users))
	for id, u := range users {
		u = g.run.withoutGivenUp(u, j)
		out[id] = u
		for _, a := range u.Assignments {
			if makesUp(a) {
				paths = append(paths, path{a, id})
			}
		}
	}
	if len(paths) == 0 {
		return out, nil
	}
	if err := g.run.rechecker.readMembers(ctx, paths); err != nil {
		return out, err
	}
	giving, err := g.run.rechecker.giversOf(ctx, paths)
	if err != nil {
		return out, err
	}
	for id, u := range out {
		u.Assignments = slices.DeleteFunc(slices.Clone(u.Assignments), func(a license.Assignment) bool {
			return makesUp(a) && path{a, id}.missing(giving, g.run.names()) != ""
		})
		out[id] = u
	}
	return out, nil
}
