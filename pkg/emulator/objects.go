package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// mostByIDs is how many ids one call looks up (Graph docs,
// directoryobject-getbyids).
const mostByIDs = 1000

// objectsByIDs answers POST /directoryObjects/getByIds: the users, groups and
// applications with these ids. Others are left out.
func (e *Emulator) objectsByIDs(c *call) reply {
	var body struct {
		IDs   []string `json:"ids"`
		Types []string `json:"types"`
	}
	if json.Unmarshal(c.body, &body) != nil || body.IDs == nil {
		return e.failure(c, badRequest("One or more parameters of the operation 'getByIds' are missing from the request payload. The missing parameters are: ids."))
	}
	if len(body.IDs) > mostByIDs {
		return e.failure(c, badRequest("Too many elements are included in the 'ids' parameter. Max allowed: 1000"))
	}
	ids, err := readIDs(&body.IDs)
	if err != nil {
		return e.failure(c, *err)
	}
	sel, err := e.selectFor(c)
	if err != nil {
		return e.failure(c, *err)
	}
	wanted := func(kind string) bool {
		return len(body.Types) == 0 || slices.Contains(body.Types, kind) || slices.Contains(body.Types, "directoryObject")
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	list := []any{}
	for _, id := range ids {
		if o, ok := e.object(c, id); ok && wanted(o.kind()) {
			list = append(list, json.RawMessage(e.appendTyped([]byte{'{'}, o, sel)))
		}
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata#directoryObjects", "value": list})
}

// countAllGroups answers GET /groups/$count.
func (e *Emulator) countAllGroups(c *call) reply {
	return e.counted(c, func() (int, *apiError) {
		f, err := groupFilters().newFilter(c.query.Get("$filter"), queryAdvanced)
		if err == nil {
			f, err = groupFilters().withSearch(f, c)
		}
		if err != nil {
			return 0, err
		}
		e.dir.mu.RLock()
		defer e.dir.mu.RUnlock()
		return e.dir.countGroups(f, e.dir.live(e.dir.allGroups())), nil
	})
}

// countMembers answers GET /groups/{id}/members/$count, and of owners and
// transitive members.
func (e *Emulator) countMembers(c *call) reply {
	return e.counted(c, func() (int, *apiError) {
		f, err := e.userFilter(c, queryAdvanced)
		if err != nil {
			return 0, err
		}
		ref, err := e.targetGroup(c)
		if err != nil {
			return 0, err
		}
		v := e.view(c)
		v.mu.RLock()
		defer v.mu.RUnlock()
		all := map[string]membersOf{"members": c.direct(), "transitiveMembers": c.transitive(), "owners": (*directory).owners}[c.route.pattern[2]](v.directory, ref)
		if slices.Contains(c.route.pattern, "user") {
			all.groups = nil
		}
		return v.countMembers(all, f), nil
	})
}

// counted answers with a bare number.
func (e *Emulator) counted(c *call, count func() (int, *apiError)) reply {
	if !isEventual(c) {
		return e.failure(c, badRequest("$count is not currently supported."))
	}
	err := checkOptions(c.query, "$filter", "$search", "$count")
	n := 0
	if err == nil {
		n, err = count()
	}
	if err != nil {
		return e.failure(c, *err)
	}
	out := rawReply(http.StatusOK, strconv.AppendInt(nil, int64(n), 10))
	out.header.Set("Content-Type", "text/plain")
	return out
}

// owners gives the owners of a group.
func (d *directory) owners(ref groupRef) memberList {
	return memberList{users: d.groups[ref].owners, apps: d.groups[ref].appOwners}
}

// groupOwners answers GET /groups/{id}/owners.
func (e *Emulator) groupOwners(c *call) reply { return e.memberPage(c, (*directory).owners) }

// myLicenseDetail answers GET /me/licenseDetails/{id}.
func (e *Emulator) myLicenseDetail(c *call) reply {
	detail := c.params
	c.params = nil // of the path alone: it names no user
	r, err := e.targetUser(c)
	c.params = detail
	if err != nil {
		return e.failure(c, *err)
	}
	return e.oneDetail(c, r)
}
