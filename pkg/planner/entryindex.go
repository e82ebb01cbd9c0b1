package planner

import (
	"github.com/licensectl/licensectl/pkg/plan"
)

// entryIndex is which entries are about which user.
type entryIndex struct {
	entries []*plan.DesiredUser // user by user
	first   []int32             // by the user's index: where their entries begin; one more at the end
}

// of gives the entries of a user, sorted by place.
func (r entryIndex) of(user int) []*plan.DesiredUser {
	from, to := r.first[user], r.first[user+1]
	return r.entries[from:to:to]
}
