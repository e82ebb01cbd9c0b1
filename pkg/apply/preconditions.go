package apply

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// recheckAfter is how long a look at what a removal rests on is good: whoever waits
// longer for their turn is looked at again.
const recheckAfter = 5 * time.Minute

// rechecker reads what changes rest on. It is safe for concurrent use.
type rechecker struct {
	reader Reader
	scope  plan.Scope
	names  planNames

	mailboxes bool // the policy has mailboxes looked at before they go

	// awaited says why what groups were to give a user before their change is not there;
	// empty: it is. Nil: nobody waits for groups yet.
	awaited func(*plan.Change, license.UserState) string

	// Of a plan that speaks of groups: what reads them, and what the groups that
	// change are to give; nil where it does not.
	groups   GroupReader
	promises map[license.GUID]plan.GroupState

	giving  sync.Mutex // of what follows
	givers  givers
	members map[license.GUID]memberList

	mu      sync.Mutex
	answers map[plan.Query]plan.Answer
	asked   time.Time // when the oldest of the answers was asked for
	looked  signalCache
}

// answersTo asks who is selected, each query once in lookedFor.
func (l *rechecker) answersTo(ctx context.Context, queries []plan.Query) (map[plan.Query]plan.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.asked) > recheckAfter {
		l.answers, l.asked = map[plan.Query]plan.Answer{}, time.Now()
	}
	missing := slices.DeleteFunc(slices.Clone(queries), func(q plan.Query) bool { _, known := l.answers[q]; return known })
	if len(missing) > 0 {
		found, err := l.reader.Answers(ctx, missing)
		if err != nil {
			return nil, fmt.Errorf("asking again who is selected: %w", err)
		}
		for _, q := range missing {
			l.answers[q] = found[q]
		}
	}
	out := make(map[plan.Query]plan.Answer, len(queries))
	for _, q := range queries {
		out[q] = l.answers[q]
	}
	return out, nil
}

// again looks once more at a change whose write comes long after the look that
// let it through, if it takes something away. What it cannot read is an error.
func (l *rechecker) again(ctx context.Context, c check) (check, error) {
	if !c.takesAway() || time.Since(c.at) <= recheckAfter {
		return c, nil
	}
	checked, err := l.look(ctx, []*plan.Change{c.change})
	if err == nil {
		err = l.checkPreconditions(ctx, checked)
	}
	if err != nil {
		return check{}, err
	}
	return checked[0], nil
}

// lookAgain looks just before a write at a user who has waited long. It gives the
// result where the change rests on what is not so any more.
func (userAssignee) lookAgain(ctx context.Context, f *flight) *receipt.Result {
	ctx, cancel := inFlight(ctx)
	defer cancel()
	c, err := f.run.rechecker.again(ctx, check{change: f.change, now: f.now, at: f.looked})
	switch {
	case err != nil:
		if f.attempts > 0 {
			f.run.noteTouched() // nobody has seen that nothing was done
		}
		return f.giveUp("the user waited long, and could not be read again: " + err.Error())
	case c.readiness == isAlready && f.attempts == 0:
		return f.end(receipt.Already, "")
	case c.readiness == isAlready:
		return f.end(receipt.Done, "")
	case c.readiness == isStale && !f.now.Equal(f.began):
		return f.end(receipt.Failed, c.why)
	case c.readiness == isStale:
		res := f.run.stale(c)
		res.Attempts, res.RequestIDs = f.attempts, f.requestIDs
		return res
	}
	f.looked = c.at
	return nil
}

// queriesOf lists what has to be asked about changes, each query once.
func queriesOf(checked []check) []plan.Query {
	var out []plan.Query
	for _, c := range checked {
		if p := c.change.Preconditions; c.readiness == isReady && p != nil && c.takesAway() {
			out = append(append(out, p.SelectedBy...), p.NotSelectedBy...)
		}
	}
	slices.SortFunc(out, plan.Query.Compare)
	return slices.Compact(out)
}

// takesAway reports whether what is left to do takes something from the user.
func (c check) takesAway() bool {
	rest := difference(c.now, c.change.After)
	if len(rest.licenses.Remove) > 0 {
		return true
	}
	for _, add := range rest.licenses.Add {
		have, held := find(c.now.Licenses, add.SKUID)
		if held && slices.ContainsFunc(add.DisabledPlans, func(id license.GUID) bool { return !license.ContainsGUID(have.DisabledPlans, id) }) {
			return true
		}
	}
	return false
}

// brokenPrecondition says why what the change takes away may not be taken any more;
// empty: it may.
func (c check) brokenPrecondition(seen recheckedFacts, names planNames) string {
	p := c.change.Preconditions
	if p == nil {
		return "the plan does not say what taking something away rests on: another version made it"
	}
	if license.UPNKey(p.UserPrincipalName) != license.UPNKey(c.user.UserPrincipalName) {
		return fmt.Sprintf("the user is called %s now, and was %s in the plan", c.user.UserPrincipalName, p.UserPrincipalName)
	}
	for _, g := range p.InForce {
		if said := c.missingAssignment(g); said != "" {
			return names.SKUName(g.SKUID) + names.from(g.Group) + said + ", which the plan counts on"
		}
	}
	if why := c.addsFailing(names); why != "" {
		return why
	}
	for _, q := range slices.Concat(p.SelectedBy, p.NotSelectedBy) {
		answer := seen.answers[q]
		switch selected := answer.Has(c.user.ID); {
		case !answer.Knows(q):
			return fmt.Sprintf("whom %s selects cannot be told any more", q)
		case selected && slices.Contains(p.NotSelectedBy, q):
			return fmt.Sprintf("%s selects the user now", q)
		case !selected && slices.Contains(p.SelectedBy, q):
			return fmt.Sprintf("%s does not select the user any more", q)
		}
	}
	for _, p := range seen.paths {
		if why := p.missing(seen.given, names); why != "" {
			return why
		}
	}
	return c.laterSignal(seen.signals, names)
}

// missingAssignment says what has become of an assignment that has to be in force;
// empty: it is.
func (c check) missingAssignment(g plan.RequiredAssignment) string {
	for _, a := range c.user.Assignments {
		switch {
		case a.SKUID != g.SKUID || a.Group != g.Group:
		case !a.InForce():
			return " is not in force (" + a.Standing() + ")"
		case !a.Direct() && !containsAll(g.DisabledPlans, a.DisabledPlans):
			return " has other service plans now"
		default:
			return ""
		}
	}
	return " is gone"
}

// addsFailing names a license that the change assigns, that is there, and is not
// in force; empty: there is none.
func (c check) addsFailing(names Names) string {
	for _, a := range c.change.Actions {
		held, there := c.user.DirectLicense(a.SKUID)
		if a.Op == plan.OpAdd && there && !held.InForce() {
			return names.SKUName(a.SKUID) + " is assigned and not in force (" + held.Standing() + ")"
		}
	}
	return ""
}

// contradiction says what the tenant does not explain of a user; empty: nothing.
func contradiction(u license.UserState, names Names) string {
	if len(u.Unexplained) == 0 {
		return ""
	}
	return "the tenant does not say clearly whether the user holds " + names.SKUName(u.Unexplained[0]) + ", and how it is assigned"
}
