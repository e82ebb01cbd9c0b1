package apply

import (
	"context"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// verdict is what a user's present state means for a planned change.
type verdict int

const (
	isReady   verdict = iota // as the plan saw them, or half-way: a run was cut short
	isAlready                // the after-state is there
	isStale                  // anything else
)

// check is one change with what its user looks like now.
type check struct {
	change  *plan.Change
	planned string // how the plan calls a user who has another name now; empty: the same
	verdict verdict
	found   bool
	user    license.UserState
	now     plan.State // of the SKUs in scope
}

// precheck reads the users of all changes and judges each change. It sends no
// write.
func precheck(ctx context.Context, r Reader, scope plan.Scope, changes []*plan.Change) ([]check, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	ids := make([]license.GUID, len(changes))
	for i, c := range changes {
		ids[i] = c.User.ID
	}
	users, err := r.Users(ctx, ids)
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
		now := plan.StateOf(user, scope)
		out[i] = check{change: c, found: found, user: user, now: now}
		out[i].verdict = out[i].judge()
		if out[i].isRenamed() {
			out[i].rename()
		}
	}
	return out, nil
}

// readStates reads users in the form in which plans keep them. Users that are
// not in the tenant are absent.
func readStates(ctx context.Context, r Reader, scope plan.Scope, ids []license.GUID) (map[license.GUID]plan.State, error) {
	users, err := r.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[license.GUID]plan.State, len(users))
	for _, u := range users {
		out[u.ID] = plan.StateOf(u, scope)
	}
	return out, nil
}

func (c check) judge() verdict {
	switch {
	case !c.found:
		return isStale
	case c.now.Equal(c.change.After):
		return isAlready
	case between(c.now, c.change):
		return isReady
	default:
		return isStale
	}
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
	if c.verdict == isReady {
		c.verdict = isStale
	}
}
