package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	req := get(OpFindGroups, r.client.root.url("/groups?"+query))
	var out []Group
	for page, err := range pages(ctx, r.client, req, listOf(wireGroup.decode)) {
		if err != nil {
			return nil, err
		}
		for _, g := range page {
			out = append(out, Group{ID: license.GUID(g.ID), DisplayName: g.DisplayName})
		}
	}
	return out, nil
}

// typeOfUsers is how the service marks users among the members of a group.
const typeOfUsers = "#microsoft.graph.user"

// GroupMembers reads who is a member of a group, be it through groups in it, in
// the order of the service. Members that are no users are left out. It takes a
// request for every PageSize members of any kind.
//
// The list is not cast to users by the service: a cast is an advanced query,
// which an index answers that lags behind (Graph docs,
// group-list-transitivemembers). What the users hold is not asked for: that
// members give licenses is nowhere documented.
func (r *Reader) GroupMembers(ctx context.Context, group license.GUID) ([]license.GUID, error) {
	path := "/groups/" + group.String() + "/transitiveMembers?$select=id&$top=" + strconv.Itoa(PageSize)
	return r.client.ids(ctx, get(OpListMembers, r.client.root.url(path)), wireMember.decode)
}

// UserIDs reads which users pass a filter, in the order of the service. It
// takes a request for every PageSize of them. A filter that the service does
// not support by itself is asked again as an advanced query, which takes one
// request more and is answered by an index that lags behind; one that it
// refuses then is an *Error with the status 400.
func (r *Reader) UserIDs(ctx context.Context, filter string) ([]license.GUID, error) {
	query := "/users?$select=id&$top=" + strconv.Itoa(PageSize) + "&$filter=" + escapeQuery(filter)
	req := get(OpFilterUsers, r.client.root.url(query))
	users, err := r.client.ids(ctx, req, wireMember.decodeUser)
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Status != http.StatusBadRequest {
		return users, err
	}
	req.url, req.eventual = r.client.root.url(query+"&$count=true"), true
	return r.client.ids(ctx, req, wireMember.decodeUser)
}

// ids reads a collection of which the ids alone are wanted. Zero ids are left
// out. A refusal of another page than the first, such as of a link that has
// expired, says nothing of what was asked: it is an *IncompleteError.
func (c *client) ids(ctx context.Context, req request, decode func(wireMember) (license.GUID, error)) ([]license.GUID, error) {
	var out []license.GUID
	begun := false
	for page, err := range pages(ctx, c, req, listOf(decode)) {
		if refused, ok := errors.AsType[*Error](err); ok && begun && refused.Status == http.StatusBadRequest {
			return nil, cutShort(req, refused)
		}
		if err != nil {
			return nil, err
		}
		begun = true
		for _, id := range page {
			if id != (license.GUID{}) {
				out = append(out, id)
			}
		}
	}
	return out, nil
}

// wireMember is a directory object, of which groups have several kinds.
type wireMember struct {
	Type string `json:"@odata.type"`
	ID   guid   `json:"id"`
}

// decode gives the id of a user, and the zero id of any other object. An object
// that does not say what it is may be either.
func (w wireMember) decode() (license.GUID, error) {
	switch {
	case w.ID.isZero():
		return license.GUID{}, errors.New("a member without an id")
	case w.Type == "":
		return license.GUID{}, fmt.Errorf("member %s: no @odata.type", license.GUID(w.ID))
	case !strings.EqualFold(w.Type, typeOfUsers):
		return license.GUID{}, nil
	}
	return license.GUID(w.ID), nil
}

func (w wireMember) decodeUser() (license.GUID, error) {
	if w.ID.isZero() {
		return license.GUID{}, errors.New("a user without an id")
	}
	return license.GUID(w.ID), nil
}
