package observe

import (
	"context"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// Users reads the states of the users with the ids, sorted by id; for looking
// again at users that are about to be changed, or were. A user that the
// tenant does not have is missing from the result, and so is one who cannot be
// read: nothing may follow from what they seem to hold. It always looks the users
// up, which is few requests against the one write that each of them costs.
func Users(ctx context.Context, r Finder, ids []license.GUID) ([]license.UserState, error) {
	wanted := newWantedUsers(Request{})
	for _, id := range ids {
		wanted.wantID(id)
	}
	if err := ask(ctx, r, wanted); err != nil {
		return nil, fmt.Errorf("reading %d users: %w", len(wanted.ids), err)
	}
	users, err := wanted.users()
	if err == nil {
		err = trust(users)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %d users: %w", len(wanted.ids), err)
	}
	return slices.DeleteFunc(users, func(u license.UserState) bool { return u.Unreadable != "" }), nil
}
