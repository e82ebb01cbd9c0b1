package apply

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// readiness is what a user's present state means for a planned change.
type readiness int

const (
	isReady   readiness = iota // as the plan saw them, or half-way: a run was cut short
	isAlready                  // the after-state is there
	isStale                    // anything else
)

// check is one change with what its user looks like now.
type check struct {
	change    *plan.Change
	planned   string // how the plan calls a user who has another name now; empty: the same
	readiness readiness
	why       string // it is stale
	lags      bool   // since the user does not show what a group has come to give them
	found     bool
	user      license.UserState
	now       plan.State // of the SKUs in scope
	at        time.Time  // of the look
	mailbox   bool       // the change takes the last service plan with a mailbox, which has to be looked at
}

// precheck reads the users of all changes, asks again who is selected where a
// removal rests on it, and judges each change. It sends no write.
func (l *rechecker) precheck(ctx context.Context, changes []*plan.Change) ([]check, error) {
	out, err := l.look(ctx, changes)
	if err != nil {
		return nil, err
	}
	return out, l.checkAll(ctx, out)
}

// checkAll judges what the removals of many changes rest on: who is in groups is read
// for all of them together.
func (l *rechecker) checkAll(ctx context.Context, checked []check) error {
	if err := l.readMembers(ctx, l.pathsOfAll(checked)); err != nil {
		return err
	}
	return l.checkPreconditions(ctx, checked)
}

// look reads the users of changes, and judges each but for what a removal rests
// on.
func (l *rechecker) look(ctx context.Context, changes []*plan.Change) ([]check, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	ids := make([]license.GUID, len(changes))
	for i, c := range changes {
		ids[i] = c.User.ID
	}
	at := time.Now()
	users, err := l.reader.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[license.GUID]license.UserState, len(users))
	for _, u := range users {
		byID[u.ID] = u
	}
	out := make([]check, len(changes))
	for i, c := range changes {
		user, found := byID[c.User.ID]
		out[i] = check{change: c, found: found, user: user, now: plan.StateOf(user, l.scope), at: at}
		out[i].readiness, out[i].why = out[i].decide(l.names)
		out[i].mailbox = l.mailboxGoes(out[i])
		if out[i].isRenamed() {
			out[i].rename()
		}
	}
	return out, nil
}

// checkPreconditions judges what the removals of changes rest on.
func (l *rechecker) checkPreconditions(ctx context.Context, checked []check) error {
	seen, err := l.recheck(ctx, checked)
	if err != nil {
		return err
	}
	for i := range checked {
		if c := &checked[i]; c.readiness == isReady && c.takesAway() {
			seen.paths = l.pathsOf(*c)
			c.why = c.brokenPrecondition(seen, l.names)
			if l.awaited != nil {
				awaited := l.awaited(c.change, c.user)
				c.why, c.lags = cmp.Or(c.why, awaited), awaited != ""
			}
			if c.why != "" {
				c.readiness = isStale
			}
		}
	}
	return nil
}

// readStates reads users in the form in which plans keep them. Users that are
// not in the tenant are absent. A user whose licenses the tenant does not explain
// is an error: what they hold is not known.
func readStates(ctx context.Context, r Reader, scope plan.Scope, ids []license.GUID) (map[license.GUID]plan.State, error) {
	users, err := r.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[license.GUID]plan.State, len(users))
	for _, u := range users {
		if len(u.Unexplained) > 0 {
			return nil, errors.New("the tenant contradicts itself about the licenses of " + u.UserPrincipalName)
		}
		out[u.ID] = plan.StateOf(u, scope)
	}
	return out, nil
}

// decide compares a user with the change as the plan does, and says why it is
// stale.
func (c check) decide(names planNames) (readiness, string) {
	if !c.found {
		return isStale, "the tenant no longer has this user, or does not say what they hold"
	}
	if why := contradiction(c.user, names); why != "" {
		return isStale, why
	}
	if c.now.Equal(c.change.After) {
		if reprocesses(c.change) && groupFails(c.user, names) != "" {
			return isReady, ""
		}
		if why := c.addsFailing(names); why != "" {
			return isStale, why
		}
		return isAlready, ""
	}
	if between(c.now, c.change) {
		return isReady, ""
	}
	return isStale, "the user's licenses are no longer as the plan saw them"
}

// isRenamed reports whether the user is called otherwise than the plan says.
// They were renamed since, or the name was edited, which the plan id does not
// cover: whoever reviewed the plan meant somebody else.
func (c check) isRenamed() bool {
	return c.found && license.UPNKey(c.user.UserPrincipalName) != license.UPNKey(c.change.User.UserPrincipalName)
}

// rename calls the user as the tenant does, and leaves them alone.
func (c *check) rename() {
	called := *c.change
	c.planned = called.User.UserPrincipalName
	called.User.UserPrincipalName = c.user.UserPrincipalName
	c.change = &called
	if c.readiness == isReady {
		c.readiness, c.why = isStale, "the plan calls this user "+c.planned
	}
}
