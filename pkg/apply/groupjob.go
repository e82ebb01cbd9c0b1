package apply

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// groupJob is the change of one group on its way. It goes call by call: first
// what the group comes to give, then, when that has arrived, what it takes. After
// each call the members are looked at.
type groupJob struct {
	change *plan.GroupChange
	known  []plan.GroupState // that the group may be in: before, in between, after
	calls  []plan.GroupState // what the group is to give after each call; one or two
	call   int               // the next of them; len(calls): none is left
	sent   bool              // the call before it was made: its members are waited for

	began plan.GroupState // as the run found the group, without what the service added
	now   plan.GroupState // as last seen or acknowledged
	given license.Group   // as last read where it was as now, in the service's own words
	last  license.Group   // as last read
	shown bool            // since the last call it was seen to give what was sent
	gone  bool            // the tenant did not have it when it was last read

	until    time.Time // when the wait for the members ends
	progress time.Time // when something about the members last changed, or the group went
	members  map[license.GUID]*member
	waits    map[license.GUID][]license.GUID // what members do not get yet, as the plan says; by user
	taking   seatsOf                         // seats that members take by the group
	freeing  seatsOf                         // seats that members hold and may lose by it
	giving   []groupLoss                     // what the group gives up by calls that were let through; see groupRun
	looked   time.Time                       // when what the next call rests on was looked at

	attempts int
	requests []string
	ended    sentCall             // how the last call ended
	result   *receipt.GroupResult // nil: not settled
}

// seatsOf are users by a product of which they have, or are to have, a seat.
type seatsOf map[license.GUID]map[license.GUID]bool

func (s seatsOf) add(sku, user license.GUID) {
	if s[sku] == nil {
		s[sku] = map[license.GUID]bool{}
	}
	s[sku][user] = true
}

// member is a member of a group as they were last seen.
type member struct {
	user license.UserState
	seen bool // at all
	gone bool // no member any more, or not in the tenant
}

func newGroupJob(c *plan.GroupChange, given license.Group, scope plan.Scope) *groupJob {
	j := &groupJob{
		change: c, known: []plan.GroupState{c.Before, inBetween(c.Before, c.After), c.After}, given: given, last: given,
		members: map[license.GUID]*member{}, waits: map[license.GUID][]license.GUID{}, taking: seatsOf{}, freeing: seatsOf{},
		looked: time.Now(),
	}
	j.began = j.recognize(given, scope)
	j.now, j.calls = j.began, []plan.GroupState{c.After}
	gives := slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op != plan.OpRemove })
	if gives && !c.OneCall && j.takes() {
		j.calls = []plan.GroupState{inBetween(j.began, c.After), c.After}
	}
	for _, e := range c.Effects {
		for _, id := range e.Members {
			j.members[id] = &member{}
			for _, w := range e.Wait {
				j.waits[id] = append(j.waits[id], w.SKUID)
			}
		}
	}
	return j
}

// inBetween is the state between two others in which nothing is taken yet: every
// product of either, with the service plans that either has on.
func inBetween(before, after plan.GroupState) plan.GroupState {
	out := plan.GroupState{Licenses: []plan.StateLicense{}}
	for _, l := range before.Licenses {
		if next, kept := after.License(l.SKUID); kept {
			l.DisabledPlans = slices.DeleteFunc(slices.Clone(l.DisabledPlans), func(id license.GUID) bool { return !license.ContainsGUID(next.DisabledPlans, id) })
		}
		out.Licenses = append(out.Licenses, l)
	}
	for _, l := range after.Licenses {
		if _, held := before.License(l.SKUID); !held {
			out.Licenses = append(out.Licenses, l)
		}
	}
	slices.SortFunc(out.Licenses, func(a, b plan.StateLicense) int { return license.CompareGUIDs(a.SKUID, b.SKUID) })
	return out
}

// onTheWay reports whether the group is as the plan saw it, as it wants it, or
// somewhere between: a run before this one was cut short.
func (j *groupJob) onTheWay() bool {
	to := func(from, to int) bool {
		return between(asState(j.now), &plan.Change{Before: asState(j.known[from]), After: asState(j.known[to])})
	}
	return to(0, 1) || to(1, 2) || to(0, 2)
}

func asState(s plan.GroupState) plan.State { return plan.State{Licenses: s.Licenses} }

// recognize gives what a group gives of the products in scope. The service has
// been seen to switch further service plans off than it was asked to
// (terraform-provider-microsoft365#2619): a license that has all plans off that a
// call asks for, and more, and is not as it was before, is the one of that call.
func (j *groupJob) recognize(given license.Group, scope plan.Scope) plan.GroupState {
	out := plan.GroupStateOf(given, scope)
	for i, l := range out.Licenses {
		if slices.ContainsFunc(j.known, func(s plan.GroupState) bool {
			return describeLicense(s.Licenses, l.SKUID) == describeLicense(out.Licenses, l.SKUID)
		}) {
			continue
		}
		for _, s := range slices.Backward(j.known[1:]) {
			if want, is := s.License(l.SKUID); is && containsAll(l.DisabledPlans, want.DisabledPlans) {
				out.Licenses[i] = want
				break
			}
		}
	}
	return out
}

func containsAll(all, some []license.GUID) bool {
	return !slices.ContainsFunc(some, func(id license.GUID) bool { return !license.ContainsGUID(all, id) })
}

// addedBy lists the service plans of a product that the service has switched off
// by itself.
func (j *groupJob) addedBy(sku license.GUID) []license.GUID {
	given, _ := j.given.License(sku)
	want, is := j.change.After.License(sku)
	if !is {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(given.DisabledPlans), func(id license.GUID) bool { return license.ContainsGUID(want.DisabledPlans, id) })
}

// rest is what the next call has to do; nothing where none is left.
func (j *groupJob) rest() remaining {
	if j.call >= len(j.calls) {
		return remaining{}
	}
	return difference(asState(j.now), asState(j.calls[j.call]))
}

// takes reports whether the next call takes a product or a service plan from the
// members.
func (j *groupJob) takes() bool {
	if j.call >= len(j.calls) {
		return false
	}
	return check{change: &plan.Change{After: asState(j.calls[j.call])}, now: asState(j.now)}.takesAway()
}

// expected are the products by which members are judged after a call.
type expected struct {
	gives []license.GUID // that the group has come to give: to be seen with them
	took  []license.GUID // that it does not give any more: to be seen without them, by this group
}

func (j *groupJob) expects() expected {
	var out expected
	for _, a := range j.change.Actions {
		_, now := j.now.License(a.SKUID)
		switch {
		case now && (a.Op == plan.OpAdd || a.Op == plan.OpUpdate):
			out.gives = append(out.gives, a.SKUID)
		case !now && a.Op == plan.OpRemove:
			out.took = append(out.took, a.SKUID)
		}
	}
	return out
}

// standing is what was seen of a member.
type standing int

const (
	arrived standing = iota // with everything that was looked for
	waiting                 // without something, and nothing is said against it
	failing                 // the service says that it cannot give, or take, something
	gone                    // no member any more
)

// standingOf tells how far a member is.
func (j *groupJob) standingOf(m *member, want expected) standing {
	switch {
	case m.gone:
		return gone
	case !m.seen:
		return waiting
	case len(j.failures(m, want)) > 0:
		return failing
	}
	for _, sku := range want.gives {
		if a := m.by(j.change.Group.ID, sku); a == nil || !slices.Equal(a.DisabledPlans, j.plansOff(sku)) {
			return waiting
		}
	}
	for _, sku := range want.took {
		if m.by(j.change.Group.ID, sku) != nil {
			return waiting
		}
	}
	return arrived
}

// failures lists the group's assignments that are in error for a member, those
// first that say more than that another one is. Where one that was to come is, all
// others of the group are told as well: the service may take from a member what they
// had of it (azure-docs#109702).
func (j *groupJob) failures(m *member, want expected) []license.Assignment {
	var out []license.Assignment
	comes := func(a license.Assignment) bool {
		return a.Group == j.change.Group.ID && !a.InForce() && slices.Contains(want.gives, a.SKUID)
	}
	if slices.ContainsFunc(m.user.Assignments, comes) {
		for _, a := range m.user.Assignments {
			if a.Group == j.change.Group.ID && !a.InForce() {
				out = append(out, a)
			}
		}
	}
	for _, sku := range want.took {
		if a := m.by(j.change.Group.ID, sku); a != nil && a.Error != "" {
			out = append(out, *a)
		}
	}
	vague := func(a license.Assignment) int { return strings.Count(a.Error, "Other") }
	slices.SortStableFunc(out, func(a, b license.Assignment) int { return cmp.Compare(vague(a), vague(b)) })
	return out
}

// by finds the assignment of a product that a member has from a group; nil: there
// is none.
func (m *member) by(group, sku license.GUID) *license.Assignment {
	for i, a := range m.user.Assignments {
		if a.SKUID == sku && a.Group == group {
			return &m.user.Assignments[i]
		}
	}
	return nil
}

// plansOff are the service plans of a product that are off for the members, as the
// service has it; sorted.
func (j *groupJob) plansOff(sku license.GUID) []license.GUID {
	given, _ := j.given.License(sku)
	return given.DisabledPlans
}

// inLine lists the members who are not known to be as planned, in order: those who
// are waited for, and those who, as the plan says, do not get something yet.
func (j *groupJob) inLine() (awaited, others []license.GUID) {
	want := j.expects()
	for id, m := range j.members {
		switch at := j.standingOf(m, want); {
		case at == arrived || at == gone:
		case slices.ContainsFunc(want.gives, func(sku license.GUID) bool { return slices.Contains(j.waits[id], sku) }):
			others = append(others, id)
		default:
			awaited = append(awaited, id)
		}
	}
	return license.SortedGUIDs(awaited), license.SortedGUIDs(others)
}

// failingSettles is how long members may show an error before they are believed to
// keep it: what the service says of them may be of before the change.
const failingSettles = 30 * time.Second

// isOver reports whether the members need not be waited for any longer: all have
// arrived, those who have not are in error for good, or the time is up.
func (j *groupJob) isOver(now time.Time) bool {
	if !now.Before(j.until) {
		return true
	}
	if j.gone {
		return now.Sub(j.progress) >= failingSettles
	}
	if !j.isSeen() {
		return !isProcessing(j.last) && now.Sub(j.progress) >= unseenSettles
	}
	if j.call < len(j.calls) && isProcessing(j.last) {
		return false
	}
	awaited, _ := j.inLine()
	if len(awaited) == 0 {
		return true
	}
	want := j.expects()
	hopeful := func(id license.GUID) bool { return j.standingOf(j.members[id], want) != failing }
	return !slices.ContainsFunc(awaited, hopeful) && now.Sub(j.progress) >= failingSettles
}

// isSeen reports whether the group was seen, when it was last read, to give what was
// sent.
func (j *groupJob) isSeen() bool { return j.given.Licenses != nil }

// unseenSettles is how long a group may not show what was sent, as reads lag, before
// it is believed not to come to give it: another change has overlapped with this
// one, or the service keeps service plans off by itself.
const unseenSettles = 2 * time.Minute

// isProcessing reports whether the service says that it is not done with the last
// call for a group. That it is, or says nothing, proves nothing: the members do. But
// while it is not, another call would overlap with it, and one of the two might be
// lost.
func isProcessing(g license.Group) bool {
	state := strings.ToLower(g.ProcessingState)
	return strings.HasPrefix(state, "queued") || strings.HasSuffix(state, "inprogress")
}

// isWatched reports whether the members are waited for.
func (j *groupJob) isWatched() bool { return j.result == nil && j.sent }

// isKeptWaiting reports whether the first call has to wait, since the service is at
// a change that somebody else has made.
func (j *groupJob) isKeptWaiting() bool {
	return j.result == nil && !j.sent && j.call == 0 && isProcessing(j.last) && !j.rest().nothing()
}

// asChange is the next call in the form of a user's change.
func (j *groupJob) asChange() *plan.Change {
	return &plan.Change{
		User:   plan.UserRef{ID: j.change.Group.ID, UserPrincipalName: j.change.Group.DisplayName},
		Source: j.change.Source, Actions: j.actionsOf(j.rest()),
		Before: asState(j.now), After: asState(j.calls[j.call]),
	}
}

// actionsOf are the actions of the change of which a call is a part.
func (j *groupJob) actionsOf(rest remaining) []plan.Action {
	skus := slices.Clone(rest.licenses.Remove)
	for _, a := range rest.licenses.Add {
		skus = append(skus, a.SKUID)
	}
	return slices.DeleteFunc(slices.Clone(j.change.Actions), func(a plan.Action) bool { return !slices.Contains(skus, a.SKUID) })
}
