package license

import (
	"hash/maphash"
	"slices"
	"sort"
)

// UserIndex finds users of a tenant by how people name them. It gives their place
// in the slice that it was made from, which has to stay as it is.
type UserIndex struct {
	users  []UserState
	byName map[string]int32 // by UPNKey
	byID   map[GUID]int32   // nil: the users are sorted by id
}

// NewUserIndex indexes users, at best sorted by id: that takes half the room. Of
// several who have one name or one id the last one is found.
func NewUserIndex(users []UserState) *UserIndex {
	x := &UserIndex{users: users, byName: make(map[string]int32, len(users))}
	// Package sort compares places; slices would copy two users for each comparison.
	if !sort.SliceIsSorted(users, func(i, j int) bool { return CompareGUIDs(users[i].ID, users[j].ID) < 0 }) {
		x.byID = make(map[GUID]int32, len(users))
	}
	for i := range users {
		x.byName[UPNKey(users[i].UserPrincipalName)] = int32(i)
		if x.byID != nil {
			x.byID[users[i].ID] = int32(i)
		}
	}
	return x
}

// Find gives the user of a user principal name in any case, or of an object id,
// and whether there is one.
func (x *UserIndex) Find(name string) (int, bool) {
	if id, err := ParseGUID(name); err == nil {
		return x.FindID(id)
	}
	i, found := x.byName[UPNKey(name)]
	return int(i), found
}

// FindID gives the user of an object id, and whether there is one.
func (x *UserIndex) FindID(id GUID) (int, bool) {
	if x.byID != nil {
		i, found := x.byID[id]
		return int(i), found
	}
	i := sort.Search(len(x.users), func(i int) bool { return CompareGUIDs(x.users[i].ID, id) >= 0 })
	return i, i < len(x.users) && x.users[i].ID == id
}

// SharedNames gives the user principal names that several users have, by UPNKey. In
// nearly every tenant there is none, which hashes alone tell at a tenth of the cost
// of an index.
func SharedNames(users []UserState) map[string]bool {
	seed := maphash.MakeSeed()
	hashes := make([]uint64, len(users))
	for i := range users {
		hashes[i] = maphash.String(seed, UPNKey(users[i].UserPrincipalName))
	}
	slices.Sort(hashes)
	if len(slices.Compact(hashes)) == len(users) {
		return nil
	}
	count := make(map[string]int, len(users))
	shared := map[string]bool{}
	for i := range users {
		key := UPNKey(users[i].UserPrincipalName)
		if count[key]++; count[key] > 1 {
			shared[key] = true
		}
	}
	return shared
}
