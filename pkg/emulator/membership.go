package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// memberOf answers GET /users/{id}/memberOf and /groups/{id}/memberOf: the
// groups that have the user or the group for a member of their own; and
// transitiveMemberOf, those that have them in a group below as well.
func (e *Emulator) memberOf(c *call) reply {
	q, err := e.readGroupQuery(c)
	if err != nil {
		return e.failure(c, *err)
	}
	refs, err := e.groupsAround(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	return e.groupPage(c, q, groupList{context: "directoryObjects", refs: e.dir.live(slices.Values(refs)), typed: "#microsoft.graph.group"})
}

// countMemberOf answers the same with $count.
func (e *Emulator) countMemberOf(c *call) reply {
	return e.counted(c, func() (int, *apiError) {
		f, err := groupFilters().newFilter(c.query.Get("$filter"), queryAdvanced)
		if err == nil {
			f, err = groupFilters().withSearch(f, c)
		}
		if err != nil {
			return 0, err
		}
		refs, err := e.groupsAround(c)
		if err != nil {
			return 0, err
		}
		e.dir.mu.RLock()
		defer e.dir.mu.RUnlock()
		return e.dir.countGroups(f, e.dir.live(slices.Values(refs))), nil
	})
}

// groupsAround finds the groups that have the user or the group of a call for a
// member, however deep if the path says so.
func (e *Emulator) groupsAround(c *call) ([]groupRef, *apiError) {
	members := c.direct()
	if slices.Contains(c.route.pattern, "transitiveMemberOf") || slices.Contains([]string{"getMemberGroups", "checkMemberGroups"}, c.route.name) {
		members = c.transitive()
	}
	if c.route.pattern[0] == "directoryObjects" {
		return e.groupsAboveObject(c, members)
	}
	if c.route.pattern[0] == "groups" {
		ref, err := e.targetGroup(c)
		if err != nil {
			return nil, err
		}
		e.dir.mu.RLock()
		defer e.dir.mu.RUnlock()
		return e.dir.groupsWith(func(l memberList) bool { return slices.Contains(l.groups, ref) }, members), nil
	}
	r, err := e.targetUser(c)
	if err != nil {
		return nil, err
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	return e.dir.groupsOf(r, members), nil
}

// groupsAboveObject is groupsAround for an object of whatever type.
func (e *Emulator) groupsAboveObject(c *call, members membersOf) ([]groupRef, *apiError) {
	key := strings.TrimPrefix(c.params[0], quotedKey)
	id, err := license.ParseGUID(key)
	if err != nil {
		return nil, ptr(notFound(key))
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	o, ok := e.object(c, id)
	switch {
	case !ok:
		return nil, ptr(notFound(key))
	case o.app != "":
		return nil, nil
	case o.group != 0:
		return e.dir.groupsWith(func(l memberList) bool { return slices.Contains(l.groups, o.group) }, members), nil
	}
	return e.dir.groupsOf(o.user, members), nil
}

// groupsOf are the groups that have the user among these members, sorted.
func (d *directory) groupsOf(r userRef, members membersOf) []groupRef {
	return d.groupsWith(func(l memberList) bool { return slices.Contains(l.users, r) }, members)
}

// groupsWith are the groups whose members have what is looked for, sorted.
func (d *directory) groupsWith(has func(memberList) bool, members membersOf) []groupRef {
	var out []groupRef
	for i := 1; i < len(d.groups); i++ {
		if !d.groups[i].deleted && has(members(d, groupRef(i))) {
			out = append(out, groupRef(i))
		}
	}
	return out
}

// memberGroups answers POST /users/{id}/getMemberGroups and checkMemberGroups,
// and of groups and directory objects: the ids of the groups that have the
// object for a member, however deep; of the
// first those alone that are for security, where the body says so, and of the
// second those that it names.
func (e *Emulator) memberGroups(c *call) reply {
	var body struct {
		GroupIDs            *[]string `json:"groupIds"`
		SecurityEnabledOnly bool      `json:"securityEnabledOnly"`
	}
	check := c.route.name == "checkMemberGroups"
	switch err := json.Unmarshal(c.body, &body); {
	case err != nil:
		return e.failure(c, unreadable())
	case check && body.GroupIDs == nil:
		return e.failure(c, badRequest("One or more parameters of the operation 'checkMemberGroups' are missing from the request payload. The missing parameters are: groupIds."))
	case check && len(*body.GroupIDs) > mostChecked:
		return e.failure(c, badRequest("Too many elements are included in the 'groupIds' parameter. Max allowed: 20"))
	}
	asked, err := readIDs(body.GroupIDs)
	if err != nil {
		return e.failure(c, *err)
	}
	refs, err := e.groupsAround(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	list := []license.GUID{}
	for _, ref := range refs {
		id := e.dir.groups[ref].id
		if !check && body.SecurityEnabledOnly && e.dir.groups[ref].mailOnly {
			continue
		}
		if !check || slices.Contains(asked, id) {
			list = append(list, id)
		}
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata#Collection(Edm.String)", "value": list})
}

// mostChecked is how many groups one call of checkMemberGroups names (Graph docs,
// directoryobject-checkmembergroups).
const mostChecked = 20

// readIDs reads ids of objects, of which one that is none makes the whole request
// fail; nil for none.
func readIDs(list *[]string) ([]license.GUID, *apiError) {
	if list == nil {
		return nil, nil
	}
	var out []license.GUID
	for _, text := range *list {
		id, err := license.ParseGUID(text)
		if err != nil {
			return nil, ptr(badRequest("Invalid GUID:" + clip(text)))
		}
		out = append(out, id)
	}
	return out, nil
}
