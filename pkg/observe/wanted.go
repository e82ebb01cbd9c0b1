package observe

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// wantedUsers gathers users: who is wanted, who of them was seen, and the states.
type wantedUsers struct {
	whole      bool // everybody is kept, wanted or not
	references []reference
	ids        map[license.GUID]int // the reference of a user who is wanted by id
	names      map[string]int       // by license.UPNKey; those too of users who are kept for another reason
	rest       unseen               // the references that are not settled
	queue      []int                // the references to look up, in order; nil: not made yet
	read       []license.UserState  // in the order of reading
	clash      bool                 // a name that is in names came with two ids
}

// reference is how a user was asked for, and who came by that name.
type reference struct {
	ref  string       // as it was written; empty for a name that nobody asked for
	byID bool         // it is an id
	id   license.GUID // of the user with the name; zero while none was read
	seen way          // how the user was read; 0: not yet
	both bool         // the user of this id came by a name that was asked for, too
	look lookup
}

// way is how a user was read: several ways together are a set.
type way uint8

const (
	byListing way = 1 << iota
	byLookup
)

// lookup is how far looking a user up is.
type lookup uint8

const (
	notAsked lookup = iota
	isAsked
	isAnswered // and there is nobody but those who came
)

// settled reports that it is known who the user is, or that they are
// not there.
func (one reference) settled() bool { return one.seen != 0 || one.look == isAnswered }

// seenElse reports that the user was read by the other way alone.
func (one reference) seenElse(by way) bool { return one.seen != 0 && one.seen&by == 0 }

// newWantedUsers wants those who are asked for.
func newWantedUsers(req Request) *wantedUsers {
	room := len(req.Users)
	r := &wantedUsers{whole: req.Whole, references: make([]reference, 0, room), ids: map[license.GUID]int{}, names: make(map[string]int, room), read: slices.Grow([]license.UserState(nil), room)}
	for _, ref := range req.Users {
		if ref != plan.Me {
			r.want(ref)
		}
	}
	return r
}

func (r *wantedUsers) want(ref string) {
	if id, err := license.ParseGUID(ref); err == nil {
		r.wantID(id)
		return
	}
	key := license.UPNKey(ref)
	if _, known := r.names[key]; !known {
		r.names[key] = r.note(reference{ref: ref})
		r.rest.names++
	}
}

func (r *wantedUsers) wantAll(ids []license.GUID) {
	for _, id := range ids {
		r.wantID(id)
	}
}

func (r *wantedUsers) wantID(id license.GUID) {
	if _, known := r.ids[id]; !known {
		r.ids[id] = r.note(reference{ref: id.String(), byID: true})
		r.rest.ids++
	}
}

func (r *wantedUsers) note(one reference) int {
	r.references = append(withRoom(r.references), one)
	return len(r.references) - 1
}

// withRoom gives a list with room for one more. There are as many as there are users,
// who are copied whenever it grows: it takes twice the room where there is none left.
func withRoom[T any](all []T) []T {
	if len(all) < cap(all) {
		return all
	}
	return slices.Grow(all, len(all)+1)
}

// add takes in users that were read, and passes by those that nobody wants. They are
// copied at once, while they are at hand.
func (r *wantedUsers) add(by way, users ...license.UserState) {
	for i := range users {
		if r.takes(by, &users[i]) {
			r.read = append(withRoom(r.read), users[i])
		}
	}
}

// takes notes that a user was read, and reports whether they are to be kept.
// Whoever was read before by the other way alone is not, under the same name or,
// where no name was asked for, under any: the first word holds, since replicas may
// lag, and a change in between is no contradiction.
func (r *wantedUsers) takes(by way, u *license.UserState) bool {
	byID, hasID := r.ids[u.ID]
	key := license.UPNKey(u.UserPrincipalName)
	byName, hasName := r.names[key]
	asked := hasName && r.references[byName].ref != ""
	switch {
	case hasName && r.references[byName].id == u.ID && r.references[byName].seenElse(by):
		return false
	case hasID && !asked && !r.references[byID].both && r.references[byID].seenElse(by):
		return false
	}
	if hasID {
		r.see(by, byID)
		r.references[byID].both = r.references[byID].both || asked
	}
	switch {
	case hasName:
		one := &r.references[byName]
		r.see(by, byName)
		r.clash = r.clash || one.id != license.GUID{} && one.id != u.ID
		one.id = u.ID
	case hasID || nameless(by, u) || r.whole && u.Unreadable != "":
		r.names[key] = r.note(reference{seen: by, id: u.ID})
	}
	return r.whole || hasID || hasName || nameless(by, u)
}

// nameless reports a user who was looked up by a name, and came without one. They
// are somebody who is wanted, although nobody knows who.
func nameless(by way, u *license.UserState) bool {
	return by == byLookup && u.Unreadable != "" && license.UPNKey(u.UserPrincipalName) == u.ID.String()
}

// see notes that the user of a reference was read.
func (r *wantedUsers) see(by way, i int) {
	one := &r.references[i]
	if !one.settled() {
		r.settled(one)
	}
	one.seen |= by
}

// settled takes a reference from those that are not.
func (r *wantedUsers) settled(one *reference) {
	if one.byID {
		r.rest.ids--
	} else {
		r.rest.names--
	}
}

// unseen counts the wanted users who are not settled.
func (r *wantedUsers) unseen() unseen { return r.rest }

// next gives some of the wanted users who were neither read nor asked for, as
// many as a request asks for at the most: those by id first, sorted. They count
// as asked for from now on.
func (r *wantedUsers) next() []string {
	if r.queue == nil {
		r.queue = r.waiting()
	}
	var refs []string
	byID := false
	for len(r.queue) > 0 && len(refs) < graph.MostRefs {
		one := &r.references[r.queue[0]]
		if len(refs) > 0 && byID != one.byID {
			break // ids and names do not share a query
		}
		r.queue = r.queue[1:]
		if !one.settled() {
			one.look, byID = isAsked, one.byID
			refs = append(refs, one.ref)
		}
	}
	return refs
}

// wants reports whether it is not known yet of one of these who they are.
func (r *wantedUsers) wants(refs []string) bool {
	return slices.ContainsFunc(refs, func(ref string) bool {
		one := r.referenceOf(ref)
		return one == nil || !one.settled()
	})
}

// waiting are the references of users to look up, in order.
func (r *wantedUsers) waiting() []int {
	out := make([]int, 0, r.rest.ids+r.rest.names)
	for i, one := range r.references {
		if !one.settled() && one.look == notAsked {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b int) int { return compareReferences(&r.references[a], &r.references[b]) })
	return out
}

// compareReferences puts those by id first.
func compareReferences(a, b *reference) int {
	switch {
	case a.byID == b.byID:
		return strings.Compare(a.ref, b.ref)
	case a.byID:
		return -1
	}
	return 1
}

// answer notes that a lookup for these refs was answered, and that its users
// were added.
func (r *wantedUsers) answer(refs []string) {
	for _, ref := range refs {
		one := r.referenceOf(ref)
		if one == nil {
			continue
		}
		if !one.settled() {
			r.settled(one)
		}
		one.look = isAnswered
	}
}

// referenceOf finds the reference of a ref; nil where nobody asked for it.
func (r *wantedUsers) referenceOf(ref string) *reference {
	i, known := r.names[license.UPNKey(ref)]
	if id, err := license.ParseGUID(ref); err == nil {
		i, known = r.ids[id]
	}
	if !known {
		return nil
	}
	return &r.references[i]
}

// askAnew forgets who was asked for and has no answer.
func (r *wantedUsers) askAnew() {
	for i := range r.references {
		if one := &r.references[i]; one.look == isAsked {
			one.look = notAsked
		}
	}
	r.queue = nil
}

// users gives everyone who was read and kept, sorted by id; nil: nobody. A user who was
// read twice with different licenses is an error: which is the truth is not
// known, and may not depend on the order of pages. So are two users of one
// name, which went from one to the other meanwhile: nobody can tell whose
// licenses an entry with that name is about.
func (r *wantedUsers) users() ([]license.UserState, error) {
	read := r.read
	if len(read) == 0 {
		return nil, nil
	}
	slices.SortFunc(read, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	out := read[:0]
	for i := range read {
		u, last := &read[i], len(out)-1
		switch {
		case last < 0 || out[last].ID != u.ID:
			out = append(out, *u)
		case !reflect.DeepEqual(*u, out[last]):
			return nil, contradiction("user %s came twice, and not the same both times", u.ID)
		}
	}
	if r.clash || r.whole {
		if err := namesakes(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// namesakes finds the first two users of one name.
func namesakes(users []license.UserState) error {
	shared := license.SharedNames(users)
	if len(shared) == 0 {
		return nil
	}
	named := map[string]license.GUID{}
	for i := range users {
		u := &users[i]
		key := license.UPNKey(u.UserPrincipalName)
		if other, taken := named[key]; taken {
			return contradiction("users %s and %s came with the same name", other, u.ID)
		}
		if shared[key] {
			named[key] = u.ID
		}
	}
	return nil
}

// contradiction is a reading of which not everything can be true.
func contradiction(format string, args ...any) error {
	return &graph.IncompleteError{Op: graph.OpListUsers, Path: "/v1.0/users", Reason: fmt.Sprintf(format, args...)}
}
