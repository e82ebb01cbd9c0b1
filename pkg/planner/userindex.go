package planner

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// userIndex finds users by how they are named. It gives their place in
// Observed.Users.
type userIndex struct {
	users []license.UserState
	me    license.GUID // zero: nobody asked
	byUPN map[string]int
	byID  map[license.GUID]int // nil until somebody is looked for by an id
}

func newUserIndex(o plan.Observed) *userIndex {
	x := &userIndex{users: o.Users, me: o.Me, byUPN: make(map[string]int, len(o.Users))}
	for i := range o.Users {
		x.byUPN[license.UPNKey(o.Users[i].UserPrincipalName)] = i
	}
	return x
}

// find gives the user whom an entry names, which may be plan.Me, and whether the
// tenant has one.
func (x *userIndex) find(name string) (int, bool) {
	if name == plan.Me {
		return x.findID(x.me)
	}
	return x.named(name)
}

// named gives the user of a user principal name in any case, or of an object id,
// and whether the tenant has one.
func (x *userIndex) named(name string) (int, bool) {
	if id, err := license.ParseGUID(name); err == nil {
		return x.findID(id)
	}
	i, ok := x.byUPN[license.UPNKey(name)]
	return i, ok
}

func (x *userIndex) findID(id license.GUID) (int, bool) {
	if x.byID == nil {
		x.byID = make(map[license.GUID]int, len(x.users))
		for i := range x.users {
			x.byID[x.users[i].ID] = i
		}
	}
	i, ok := x.byID[id]
	return i, ok
}
