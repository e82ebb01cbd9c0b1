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
	whole bool // everybody is kept, wanted or not
	ids   map[license.GUID]*mention
	names map[string]*mention // by license.UPNKey
	rest  unseen
	read  []license.UserState // in the order of reading
}

// mention is how a user was asked for.
type mention struct {
	ref  string // as it was written
	seen bool
}

func newRoster(req Request) *roster {
	r := &roster{whole: req.Whole, ids: map[license.GUID]*mention{}, names: map[string]*mention{}}
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
	if r.names[key] == nil {
		r.names[key] = &mention{ref: ref}
		r.rest.names++
	}
}

func (r *roster) wantAll(ids []license.GUID) {
	for _, id := range ids {
		r.wantID(id)
	}
}

func (r *roster) wantID(id license.GUID) {
	if r.ids[id] == nil {
		r.ids[id] = &mention{ref: id.String()}
		r.rest.ids++
	}
}

// add takes in users that were read; those that nobody wants are dropped.
func (r *roster) add(users ...license.UserState) {
	for _, u := range users {
		byID, byName := r.ids[u.ID], r.names[license.UPNKey(u.UserPrincipalName)]
		if byID != nil && !byID.seen {
			byID.seen = true
			r.rest.ids--
		}
		if byName != nil && !byName.seen {
			byName.seen = true
			r.rest.names--
		}
		if r.whole || byID != nil || byName != nil {
			r.read = append(r.read, u)
		}
	}
}

// unseen counts the wanted users that were not read yet.
func (r *roster) unseen() unseen { return r.rest }

// missing gives the refs of the wanted users that were not read yet, sorted.
func (r *roster) missing() []string {
	refs := make([]string, 0, r.rest.ids+r.rest.names)
	for _, m := range r.ids {
		if !m.seen {
			refs = append(refs, m.ref)
		}
	}
	for _, m := range r.names {
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
	slices.SortStableFunc(r.read, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	var out []license.UserState
	named := make(map[string]license.GUID, len(r.read))
	for i, u := range r.read {
		if i > 0 && r.read[i-1].ID == u.ID {
			if !reflect.DeepEqual(u, r.read[i-1]) {
				return nil, contradiction("user %s came twice, and not the same both times", u.ID)
			}
			continue
		}
		key := license.UPNKey(u.UserPrincipalName)
		if other, taken := named[key]; taken {
			return nil, contradiction("users %s and %s came with the same name", other, u.ID)
		}
		named[key] = u.ID
		out = append(out, u)
	}
	return out, nil
}

// contradiction is a reading of which not everything can be true.
func contradiction(format string, args ...any) error {
	return &graph.IncompleteError{Op: graph.OpListUsers, Path: "/v1.0/users", Reason: fmt.Sprintf(format, args...)}
}
