package emulator

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// memberOf answers GET /users/{id}/memberOf: the groups that have the user for
// a member of their own.
func (e *Emulator) memberOf(c *call) reply { return e.membershipPage(c, (*directory).direct) }

// transitiveMemberOf answers the same of groups that have the user in a group
// below them as well.
func (e *Emulator) transitiveMemberOf(c *call) reply {
	return e.membershipPage(c, (*directory).transitive)
}

// groupsOf are the groups that have the user among these members, sorted.
func (d *directory) groupsOf(r userRef, members func(*directory, groupRef) memberList) []groupRef {
	var out []groupRef
	for i := 1; i < len(d.groups); i++ {
		if !d.groups[i].deleted && slices.Contains(members(d, groupRef(i)).users, r) {
			out = append(out, groupRef(i))
		}
	}
	return out
}

// membershipPage writes a page of a user's groups.
func (e *Emulator) membershipPage(c *call, members func(*directory, groupRef) memberList) reply {
	q, err := e.readGroupQuery(c)
	if err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	groups := groupList{context: "directoryObjects", refs: slices.Values(e.dir.groupsOf(r, members)), typed: "#microsoft.graph.group"}
	return e.groupPage(c, q, groups)
}

// memberGroups answers POST /users/{id}/getMemberGroups and checkMemberGroups:
// the ids of the groups that have the user for a member, however deep; of the
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
		return e.failure(c, malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."))
	case check && body.GroupIDs == nil:
		return e.failure(c, badRequest("One or more parameters of the operation 'checkMemberGroups' are missing from the request payload. The missing parameters are: groupIds."))
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	list := []license.GUID{}
	for _, ref := range e.dir.groupsOf(r, (*directory).transitive) {
		id := e.dir.groups[ref].id
		if !check && body.SecurityEnabledOnly && e.dir.groups[ref].mailOnly {
			continue
		}
		if !check || slices.ContainsFunc(*body.GroupIDs, func(text string) bool { named, err := license.ParseGUID(text); return err == nil && named == id }) {
			list = append(list, id)
		}
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata#Collection(Edm.String)", "value": list})
}
