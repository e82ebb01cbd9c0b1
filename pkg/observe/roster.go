package observe

import (
	"fmt"
	"reflect"
	"slices"

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
	rest     unseen                // of the mentions
	read     [][]license.UserState // page by page, in the order of reading
	clash    bool                  // a name came with two ids
}

// mention is how a user was asked for, and who came by that name.
type mention struct {
	ref  string       // as it was written; empty for a name that nobody asked for
	seen bool         // the user was read
	id   license.GUID // of the user with the name; zero while none was read
}

func newRoster(req Request) *roster {
	r := &roster{whole: req.Whole, ids: map[license.GUID]int{}, names: make(map[string]int, len(req.Users))}
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
		r.ids[id] = r.mention(mention{ref: id.String()})
		r.rest.ids++
	}
}

func (r *roster) mention(m mention) int {
	r.mentions = append(r.mentions, m)
	return len(r.mentions) - 1
}

// add takes in users that were read; those that nobody wants are dropped. The
// slice is the roster's from now on.
func (r *roster) add(users ...license.UserState) {
	r.read = append(r.read, slices.DeleteFunc(users, func(u license.UserState) bool { return !r.takes(&u) }))
}

// takes notes that a user was read, and reports whether they are to be kept.
func (r *roster) takes(u *license.UserState) bool {
	byID, hasID := r.ids[u.ID]
	if hasID && !r.mentions[byID].seen {
		r.mentions[byID].seen = true
		r.rest.ids--
	}
	key := license.UPNKey(u.UserPrincipalName)
	byName, hasName := r.names[key]
	switch {
	case hasName:
		r.meet(&r.mentions[byName], u.ID)
	case hasID || r.whole:
		r.names[key] = r.mention(mention{seen: true, id: u.ID})
	}
	return r.whole || hasID || hasName
}

// meet notes that a user has the name of a mention.
func (r *roster) meet(m *mention, id license.GUID) {
	if !m.seen {
		m.seen = true
		r.rest.names--
	}
	r.clash = r.clash || m.id != license.GUID{} && m.id != id
	m.id = id
}

// unseen counts the wanted users that were not read yet.
func (r *roster) unseen() unseen { return r.rest }

// missing gives the refs of the wanted users that were not read yet, sorted.
func (r *roster) missing() []string {
	refs := make([]string, 0, r.rest.ids+r.rest.names)
	for _, m := range r.mentions {
		if !m.seen {
			refs = append(refs, m.ref)
		}
	}
	slices.Sort(refs)
	return refs
}

// users gives everyone who was read and kept, sorted by id. A user who was
// read twice with different licenses is an error: which is the truth is not
// known, and may not depend on the order of pages. So are two users of one
// name, which went from one to the other meanwhile: nobody can tell whose
// licenses an entry with that name is about.
func (r *roster) users() ([]license.UserState, error) {
	read := slices.Concat(r.read...)
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
