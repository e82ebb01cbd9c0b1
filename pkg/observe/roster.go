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

// roster gathers users: who is wanted, who of them was seen, and the states.
type roster struct {
	whole    bool // everybody is kept, wanted or not
	mentions []mention
	ids      map[license.GUID]int  // the mention of a user who is wanted by id
	names    map[string]int        // by license.UPNKey; those too of users who are kept for another reason
	rest     unseen                // the mentions that are not settled
	queue    []int                 // the mentions to look up, in order; nil: not made yet
	read     [][]license.UserState // page by page, in the order of reading
	clash    bool                  // a name came with two ids
}

// mention is how a user was asked for, and who came by that name.
type mention struct {
	ref  string       // as it was written; empty for a name that nobody asked for
	byID bool         // it is an id
	id   license.GUID // of the user with the name; zero while none was read
	seen way          // how the user was read; 0: not yet
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

// settled reports that it is known who the mentioned user is, or that they are
// not there.
func (m mention) settled() bool { return m.seen != 0 || m.look == isAnswered }

// newRoster wants those who are asked for. A tenant that is read as a whole has at
// least so many users, by a number of its own, which may be wrong.
func newRoster(req Request, atLeast int) *roster {
	const believed = 1 << 17
	room := len(req.Users)
	if req.Whole {
		room = max(room, min(atLeast, believed))
	}
	r := &roster{whole: req.Whole, mentions: make([]mention, 0, room), ids: map[license.GUID]int{}, names: make(map[string]int, room)}
	for _, ref := range req.Users {
		if ref != plan.Me {
			r.want(ref)
		}
	}
	return r
}

func (r *roster) want(ref string) {
	if id, err := license.ParseGUID(ref); err == nil {
		r.wantID(id)
		return
	}
	key := license.UPNKey(ref)
	if _, known := r.names[key]; !known {
		r.names[key] = r.mention(mention{ref: ref})
		r.rest.names++
	}
}

func (r *roster) wantAll(ids []license.GUID) {
	for _, id := range ids {
		r.wantID(id)
	}
}

func (r *roster) wantID(id license.GUID) {
	if _, known := r.ids[id]; !known {
		r.ids[id] = r.mention(mention{ref: id.String(), byID: true})
		r.rest.ids++
	}
}

func (r *roster) mention(m mention) int {
	r.mentions = append(r.mentions, m)
	return len(r.mentions) - 1
}

// add takes in users that were read; those that nobody wants are dropped. The
// slice is the roster's from now on.
func (r *roster) add(by way, users ...license.UserState) {
	r.read = append(r.read, slices.DeleteFunc(users, func(u license.UserState) bool { return !r.takes(by, &u) }))
}

// takes notes that a user was read, and reports whether they are to be kept.
// Whoever was read before by the other way alone, under the same name, is not:
// the first word holds, since replicas may lag, and a change in between is no
// contradiction.
func (r *roster) takes(by way, u *license.UserState) bool {
	byID, hasID := r.ids[u.ID]
	key := license.UPNKey(u.UserPrincipalName)
	byName, hasName := r.names[key]
	if hasName && r.mentions[byName].id == u.ID && r.mentions[byName].seen&by == 0 && r.mentions[byName].seen != 0 {
		return false
	}
	if hasID {
		r.see(by, byID)
	}
	switch {
	case hasName:
		m := &r.mentions[byName]
		r.see(by, byName)
		r.clash = r.clash || m.id != license.GUID{} && m.id != u.ID
		m.id = u.ID
	case hasID || r.whole:
		r.names[key] = r.mention(mention{seen: by, id: u.ID})
	}
	return r.whole || hasID || hasName
}

// see notes that the user of a mention was read.
func (r *roster) see(by way, i int) {
	m := &r.mentions[i]
	if !m.settled() {
		r.settled(m)
	}
	m.seen |= by
}

// settled takes a mention from those that are not.
func (r *roster) settled(m *mention) {
	if m.byID {
		r.rest.ids--
	} else {
		r.rest.names--
	}
}

// unseen counts the wanted users who are not settled.
func (r *roster) unseen() unseen { return r.rest }

// next gives some of the wanted users who were neither read nor asked for, as
// many as a request asks for at the most: those by id first, sorted. They count
// as asked for from now on.
func (r *roster) next() []string {
	if r.queue == nil {
		r.queue = r.waiting()
	}
	var refs []string
	byID := false
	for len(r.queue) > 0 && len(refs) < graph.MostRefs {
		m := &r.mentions[r.queue[0]]
		if len(refs) > 0 && byID != m.byID {
			break // ids and names do not share a query
		}
		r.queue = r.queue[1:]
		if !m.settled() {
			m.look, byID = isAsked, m.byID
			refs = append(refs, m.ref)
		}
	}
	return refs
}

// wants reports whether it is not known yet of one of these who they are.
func (r *roster) wants(refs []string) bool {
	return slices.ContainsFunc(refs, func(ref string) bool {
		m := r.mentionOf(ref)
		return m == nil || !m.settled()
	})
}

// waiting are the mentions of users to look up, in order.
func (r *roster) waiting() []int {
	out := make([]int, 0, r.rest.ids+r.rest.names)
	for i, m := range r.mentions {
		if !m.settled() && m.look == notAsked {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b int) int { return compareMentions(&r.mentions[a], &r.mentions[b]) })
	return out
}

// compareMentions puts those by id first.
func compareMentions(a, b *mention) int {
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
func (r *roster) answer(refs []string) {
	for _, ref := range refs {
		m := r.mentionOf(ref)
		if m == nil {
			continue
		}
		if !m.settled() {
			r.settled(m)
		}
		m.look = isAnswered
	}
}

// mentionOf finds the mention of a ref; nil where nobody asked for it.
func (r *roster) mentionOf(ref string) *mention {
	i, known := r.names[license.UPNKey(ref)]
	if id, err := license.ParseGUID(ref); err == nil {
		i, known = r.ids[id]
	}
	if !known {
		return nil
	}
	return &r.mentions[i]
}

// askAnew forgets who was asked for and has no answer.
func (r *roster) askAnew() {
	for i := range r.mentions {
		if m := &r.mentions[i]; m.look == isAsked {
			m.look = notAsked
		}
	}
	r.queue = nil
}

// users gives everyone who was read and kept, sorted by id. A user who was
// read twice with different licenses is an error: which is the truth is not
// known, and may not depend on the order of pages. So are two users of one
// name, which went from one to the other meanwhile: nobody can tell whose
// licenses an entry with that name is about.
func (r *roster) users() ([]license.UserState, error) {
	count := 0
	for _, page := range r.read {
		count += len(page)
	}
	read := slices.Grow([]license.UserState(nil), count)
	for i, page := range r.read {
		read, r.read[i] = append(read, page...), nil // not all of it twice in memory
	}
	r.read = nil
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
	if r.clash {
		if err := namesakes(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// namesakes finds the first two users of one name.
func namesakes(users []license.UserState) error {
	named := make(map[string]license.GUID, len(users))
	for _, u := range users {
		key := license.UPNKey(u.UserPrincipalName)
		if other, taken := named[key]; taken {
			return contradiction("users %s and %s came with the same name", other, u.ID)
		}
		named[key] = u.ID
	}
	return nil
}

// contradiction is a reading of which not everything can be true.
func contradiction(format string, args ...any) error {
	return &graph.IncompleteError{Op: graph.OpListUsers, Path: "/v1.0/users", Reason: fmt.Sprintf(format, args...)}
}
