package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// Group is a group of the tenant.
type Group struct {
	ID          license.GUID
	DisplayName string // may be empty
}

// GroupsNamed reads the groups with this display name, which need not be one
// alone: the service does not keep names apart. It takes one request.
func (r *Reader) GroupsNamed(ctx context.Context, name string) ([]Group, error) {
	query := "$select=id,displayName&$filter=" + escapeQuery("displayName eq "+quote(name))
	req := get(OpFindGroups, r.client.root.url("/groups?"+query)).abreast(1)
	// The service compares names without regard to case.
	asked := func(g Group) bool {
		return strings.EqualFold(strings.TrimSpace(g.DisplayName), strings.TrimSpace(name))
	}
	found, err := gather(ctx, r.client, req, listOf(groupsThat(asked)))
	return found.items, err
}

// Selected tells who is selected.
type Selected struct {
	Users  []license.GUID // in the order of the service
	Groups []license.GUID // that are members themselves, in the same order

	// Untold are members of which the service does not say, in words that are
	// known, what they are: each may be a user. Usually nil.
	Untold []Member

	// Lagging tells that an index gave the answer which lags behind the
	// directory: somebody may be missing from it who is selected since.
	Lagging bool
}

// ErrUntoldMembers says that it is not known of everybody whether they are in a group.
var ErrUntoldMembers = errors.New("the tenant does not tell all who are members of the group")

// Member is a directory object of which only this is known.
type Member struct {
	ID   license.GUID
	Type string // as the service writes it; may be empty
}

// GroupMembers reads who is a member of a group, be it through groups in it.
// Members that are known to be no users are left out. It takes a request for
// every PageSize members of any kind.
//
// The list is not cast to users by the service: a cast is an advanced query,
// which an index answers that lags behind (Graph docs,
// group-list-transitivemembers). What the users hold is not asked for: that
// members give licenses is nowhere documented. The index is asked, for the
// same list, only where the directory does not give it to its end.
func (r *Reader) GroupMembers(ctx context.Context, group license.GUID) (Selected, error) {
	path := "/groups/" + group.String() + "/transitiveMembers?$select=id&$top=" + strconv.Itoa(PageSize)
	return r.client.selected(ctx, get(OpListMembers, r.client.root.url(path)).abreast(memberUnits), readMember)
}

// memberUnits are the resource units of a page of members, at the most (Graph
// docs, throttling limits).
const memberUnits = 3

// HiddenGroups reads which of some groups have a hidden membership: whoever may not see
// who is in them is told of nobody (Graph docs, group-list-members,
// Member.Read.Hidden). It takes a request for every 15 groups, which go side by side.
func (r *Reader) HiddenGroups(ctx context.Context, groups []license.GUID) ([]license.GUID, error) {
	chunks := slices.Collect(slices.Chunk(groups, maxFilterValues))
	found, err := sideBySide(ctx, len(chunks), func(ctx context.Context, i int) ([]license.GUID, error) {
		query := "$select=id,visibility&$filter=" + escapeQuery(idFilter(chunks[i]))
		req := get(OpListMembers, r.client.root.url("/groups?"+query)).abreast(1)
		found, err := gather(ctx, r.client, req, listOf(func(w *walk) (license.GUID, error) { return readHidden(w, chunks[i]) }))
		return found.items, err
	})
	return slices.DeleteFunc(slices.Concat(found...), func(id license.GUID) bool { return id == license.GUID{} }), err
}

// readHidden reads a group, which has to be one that was asked for; the zero id for
// one whose membership is not hidden.
func readHidden(w *walk, asked []license.GUID) (license.GUID, error) {
	var id license.GUID
	var visibility string
	_, err := w.fields(field{"id", w.idInto(&id)}, field{"visibility", w.stringInto(&visibility)})
	if err == nil && !slices.Contains(asked, id) {
		err = fmt.Errorf("group %s is not one that was asked for", id)
	}
	if !strings.EqualFold(visibility, hiddenMembership) {
		id = license.GUID{}
	}
	return id, err
}

// hiddenMembership is the visibility of a group whose members are hidden.
const hiddenMembership = "HiddenMembership"

// UserIDs reads which users pass a filter. It takes a request for every
// PageSize of them. A filter that the service does not support by itself, or
// refuses twice, is asked again as an advanced query, which takes one request
// more; one that it refuses then is an *Error with the status 400.
func (r *Reader) UserIDs(ctx context.Context, filter string) (Selected, error) {
	query := "/users?$select=id&$top=" + strconv.Itoa(PageSize) + "&$filter=" + escapeQuery(filter)
	req := get(OpFilterUsers, r.client.root.url(query)).abreast(1)
	found, err := r.client.selected(ctx, req, readSelectedUser)
	if !isRefusal(err) {
		return found, err
	}
	// Any other refusal may be a whim, and the index is worse than the directory.
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code != "Request_UnsupportedQuery" {
		if found, err = r.client.selected(ctx, req, readSelectedUser); !isRefusal(err) {
			return found, err
		}
	}
	return r.client.indexed(ctx, req, readSelectedUser)
}

// EveryID reads the ids of all users, as an advanced query: the index may lack
// who came a moment ago. It is for a tenant whose listing breaks off. It takes
// a request for every PageSize users.
func (r *Reader) EveryID(ctx context.Context) ([]license.GUID, error) {
	req := get(OpListUsers, r.client.root.url("/users?$select=id&$top="+strconv.Itoa(PageSize)))
	found, err := r.client.indexed(ctx, req, readSelectedUser)
	return found.Users, err
}

func isRefusal(err error) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Status == http.StatusBadRequest
}

// selected reads a list of members to its end: of the directory, or where its
// pages break off again and again, of the index.
func (c *client) selected(ctx context.Context, req request, decode func(*walk) (Member, error)) (Selected, error) {
	found, err := gather(ctx, c, req, listOf(decode))
	if IsBrokenOff(err) {
		return c.indexed(ctx, req, decode)
	}
	return sorted(found.items), err
}

// indexed reads a list of members as an advanced query. It is believed where
// it has as many members as it says: an answer that is not counted, or lacks
// somebody, is asked for again, and then an *IncompleteError.
func (c *client) indexed(ctx context.Context, req request, decode func(*walk) (Member, error)) (Selected, error) {
	req.url, req.eventual = req.url+"&$count=true", true
	read := false // to its end
	again := func(err error, attempt int) bool { return err != nil && read && attempt <= maxRestarts }
	return repeat(ctx, repetition{c, req.op, again}, func() (Selected, error) {
		found, err := gather(ctx, c, req, listOf(decode))
		if read = err == nil; read {
			err = found.counted(req)
		}
		if err != nil {
			return Selected{}, err
		}
		out := sorted(found.items)
		out.Lagging = true
		return out, nil
	})
}

// counted makes sure that a collection has as many members as it says, each
// counted once.
func (g gathered[T]) counted(req request) error {
	if g.total == nil {
		return incomplete(req, &exchange{}, errors.New("it does not say how many there are"))
	}
	distinct := map[any]bool{}
	for _, item := range g.items {
		distinct[item] = true
	}
	if len(distinct) != *g.total {
		return incomplete(req, &exchange{}, fmt.Errorf("it has %d of %d", len(distinct), *g.total))
	}
	return nil
}

// sorted tells users from what may be users and from what is none.
func sorted(members []Member) Selected {
	var out Selected
	for _, m := range members {
		switch kind := kindOf(m.Type); {
		case slices.Contains(userTypes(), kind):
			out.Users = append(out.Users, m.ID)
		case kind == "group":
			out.Groups = append(out.Groups, m.ID)
		case !slices.Contains(otherTypes(), kind):
			m.Type = oneLine(m.Type)
			out.Untold = append(out.Untold, m)
		}
	}
	return out
}

// kindOf gives the name of a type without its namespace, in lower case: it was
// seen with and without the "#" before it.
func kindOf(odataType string) string {
	kind, ours := strings.CutPrefix(strings.ToLower(strings.TrimPrefix(odataType, "#")), "microsoft.graph.")
	if !ours {
		return ""
	}
	return kind
}

// userTypes are the types of users. An agentUser inherits from user, is a
// member of groups and is licensed (Graph docs, agentUser).
func userTypes() []string { return []string{"user", "agentuser"} }

// otherTypes are the types of directory objects that are neither users nor groups and
// may be members of a group (Graph docs, group-list-members; metadata, directoryObject).
func otherTypes() []string {
	return []string{
		"device", "orgcontact", "serviceprincipal", "application", "agentidentity", "agentidentityblueprintprincipal",
		"administrativeunit", "directoryrole", "contract", "organization",
	}
}

// readMember reads a directory object, of which groups have several kinds.
func readMember(w *walk) (Member, error) {
	var m Member
	_, err := w.fields(field{"@odata.type", w.stringInto(&m.Type)}, field{"id", w.idInto(&m.ID)})
	if err == nil && m.ID == (license.GUID{}) {
		err = errors.New("a member without an id")
	}
	return m, err
}

// readSelectedUser reads an item of a list of users alone, which does not say
// what its items are.
func readSelectedUser(w *walk) (Member, error) {
	m, err := readMember(w)
	m.Type = "#microsoft.graph.user"
	return m, err
}
