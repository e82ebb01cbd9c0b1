package emulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// memberQuery is what the query options of a list of users and groups ask for.
type memberQuery struct {
	userQuery          // of users; the filter and the order of both
	fields    []string // the properties of groups; nil: the default ones
}

// readMemberQuery reads the query options of a list of users and groups. A
// $select may name what one kind alone has.
func (e *Emulator) readMemberQuery(c *call) (memberQuery, *apiError) {
	list, ofGroups := e.splitSelect(c.query["$select"])
	sel, err := e.selectNames(c, list)
	if err != nil {
		return memberQuery{}, err
	}
	if !c.caller.holdsAny(readGroupLicenses) { // of a list of users and groups it is the users' that are asked for
		ofGroups = slices.DeleteFunc(ofGroups, func(name string) bool { return name == "assignedLicenses" })
	}
	q, err := e.readListQuery(c, sel, memberOptions)
	return memberQuery{userQuery: q, fields: ofGroups}, err
}

// splitSelect gives the values of a $select without what groups alone have, and
// the names of it that groups have; nil where there is none.
func (e *Emulator) splitSelect(list []string) (ofUsers, ofGroups []string) {
	if len(list) != 1 {
		return list, nil
	}
	known := e.dir.groupFields(group{})
	names := []string{}
	ofGroups = []string{}
	for name := range strings.SplitSeq(list[0], ",") {
		name = strings.TrimSpace(name)
		_, isOfGroup := known[name]
		if isOfGroup {
			ofGroups = append(ofGroups, name)
		}
		if _, err := findProperty(e.properties, name); err == nil || !isOfGroup {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = append(names, "id")
	}
	return []string{strings.Join(names, ",")}, ofGroups
}

// memberPage writes a page of some of a group's members.
func (e *Emulator) memberPage(c *call, members membersOf) reply {
	q, err := e.readMemberQuery(c)
	if err != nil {
		return e.failure(c, *err)
	}
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	start, err := e.readPosition(c)
	if err != nil {
		return e.failure(c, *err)
	}
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	return e.objectPage(c, v, objectList{q, members(v.directory, ref), start})
}

// objectList is a list of users and groups as it is asked for, from a place on.
type objectList struct {
	memberQuery
	all   memberList
	start uint64
}

// objectPage writes a page of a list; the lock is held.
func (e *Emulator) objectPage(c *call, v view, q objectList) reply {
	body := appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#directoryObjects"+q.selection.fields)
	if q.count {
		body = strconv.AppendInt(append(body, `,"@odata.count":`...), int64(v.countMembers(q.all, q.filter)), 10)
	}
	page, next, more := v.pageOfMembers(q.userQuery, q.all, q.start)
	if more {
		body = append(body, `,"@odata.nextLink":`...)
		body = appendString(body, e.pageLink(c, "$skiptoken", next))
	}
	body = v.appendObjects(append(body, `,"value":`...), q.memberQuery, page)
	return rawReply(http.StatusOK, append(body, '}'))
}

// pageOfMembers gives those of a list that are on the page that begins at a place
// in it, or in its order, and where the next page begins, if there is one.
func (v view) pageOfMembers(q userQuery, all memberList, start uint64) (page []member, next uint64, more bool) {
	if q.order != nil {
		var list []keyed[member]
		for i := range all.len() {
			if m := all.at(i); v.passes(m, q.filter) {
				list = append(list, keyed[member]{m, q.order.keys(v.subject(m))})
			}
		}
		page = sorted(q.order, list, start)
		return page[:min(q.top, len(page))], start + uint64(q.top), len(page) > q.top
	}
	for i := start; i < all.len(); i++ {
		m := all.at(i)
		switch {
		case !v.passes(m, q.filter):
		case len(page) == q.top:
			return page, i, true
		default:
			page = append(page, m)
		}
	}
	return page, 0, false
}

// passes reports whether a member is there and passes a filter.
func (v view) passes(m member, f *filter) bool {
	if m.app != "" {
		return f.matches(applicationSubject(m.app))
	}
	if m.group != 0 {
		return !v.groups[m.group].deleted && f.matches(groupSubject{v.directory, m.group})
	}
	u := v.user(m.user)
	return !u.has(flagDeleted) && f.matches(userSubject{v.directory, u})
}

func (v view) subject(m member) subject {
	if m.app != "" {
		return applicationSubject(m.app)
	}
	if m.group != 0 {
		return groupSubject{v.directory, m.group}
	}
	return userSubject{v.directory, v.user(m.user)}
}

// countMembers counts those of a list that are there and pass a filter.
func (v view) countMembers(list memberList, f *filter) int {
	n := 0
	for i := range list.len() {
		if v.passes(list.at(i), f) {
			n++
		}
	}
	return n
}

// appendObjects writes users, groups and applications as a list of JSON
// objects, each with its type; of an application there is the id alone.
func (v view) appendObjects(dst []byte, q memberQuery, page []member) []byte {
	dst = append(dst, '[')
	for _, m := range page {
		if m.app != "" {
			dst = append(dst, `{"@odata.type":"#microsoft.graph.servicePrincipal","id":`...)
			dst = append(appendGUID(dst, servicePrincipalID(m.app)), "},"...)
			continue
		}
		if m.group != 0 {
			dst = append(v.appendGroup(dst, q.fields, m.group), ',')
			continue
		}
		dst = append(q.selection.appendTyped(append(dst, '{'), v.directory, v.user(m.user)), ',')
	}
	return append(bytes.TrimSuffix(dst, []byte(",")), ']')
}

// appendGroup writes a group that is a member, with these properties of it.
func (v view) appendGroup(dst []byte, names []string, ref groupRef) []byte {
	fields, _ := v.selectGroup(v.groups[ref], strings.Join(names, ",")) // the names were checked
	if names != nil && len(names) == 0 {
		fields = map[string]any{"id": v.groups[ref].id}
	}
	fields["@odata.type"] = "#microsoft.graph.group"
	text, err := json.Marshal(fields)
	if err != nil {
		panic("emulator: a group cannot be written as JSON: " + err.Error())
	}
	return append(dst, text...)
}
