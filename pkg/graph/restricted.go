package graph

import (
	"context"
	"fmt"

	"github.com/licensectl/licensectl/pkg/license"
)

// ManagementRestricted reports whether a user is in a restricted management
// administrative unit, so that only who has a role in it may change them (Graph
// docs, user resource). The property is for single users: nothing reads it in
// bulk. Null stands for false there.
func (r *Reader) ManagementRestricted(ctx context.Context, user license.GUID) (bool, error) {
	req := get(OpFindUsers, r.client.root.url("/users/"+user.String()+"?$select=id,isManagementRestricted"))
	body, ex, err := r.client.read(ctx, req)
	if err != nil {
		return false, err
	}
	var wire struct {
		ID         license.GUID `json:"id"`
		Restricted *bool        `json:"isManagementRestricted"`
	}
	if err := decodeJSON(body, &wire); err != nil {
		return false, incomplete(req, ex, err)
	}
	if wire.ID != user {
		return false, incomplete(req, ex, fmt.Errorf("the reply is about user %s", wire.ID))
	}
	return wire.Restricted != nil && *wire.Restricted, nil
}
