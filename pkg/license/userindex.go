package license

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
	if !areSorted(users) {
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
	low, high := 0, len(x.users)
	for low < high {
		middle := low + (high-low)/2
		if CompareGUIDs(x.users[middle].ID, id) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(x.users) && x.users[low].ID == id
}

// areSorted reports whether users are sorted by id. It is by hand, as is FindID, since
// package slices copies users for each comparison.
func areSorted(users []UserState) bool {
	for i := 1; i < len(users); i++ {
		if CompareGUIDs(users[i-1].ID, users[i].ID) > 0 {
			return false
		}
	}
	return true
}
