package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// formerMembers are the members that a group had until a change.
type formerMembers struct {
	until   uint64 // the last change, of all, before the one that ended it
	members memberList
}

// touchGroup lets delta queries know that a group has changed, and from what.
func (d *directory) touchGroup(ref groupRef, before group) {
	g := &d.groups[ref]
	g.past = append(g.past, formerMembers{d.changes, memberList{users: before.members, groups: before.below}})
	d.changes++
	g.touched = d.changes
}

// membersAt gives the members that a group had after so many changes.
func (d *directory) membersAt(ref groupRef, changes uint64) memberList {
	for _, was := range d.groups[ref].past {
		if was.until >= changes {
			return was.members
		}
	}
	return d.direct(ref)
}

// groupDelta is what a delta query of groups asks for.
type groupDelta struct {
	filter  *filter
	fields  string // the text of $select without members; empty: the default ones
	members bool
	hidden  bool // the members of groups with hidden membership as well
	top     int
}

func (e *Emulator) readGroupDelta(c *call) (groupDelta, *apiError) {
	if err := checkOptions(c.query, "$select", "$top", "$skiptoken", "$deltatoken", "$filter"); err != nil {
		return groupDelta{}, err
	}
	if err := c.mayReadGroupLicenses(); err != nil {
		return groupDelta{}, err
	}
	q := groupDelta{members: true, hidden: c.caller.holdsAny(readHidden)}
	if text := c.query.Get("$select"); text != "" {
		names := strings.Split(text, ",")
		q.members = slices.Contains(names, "members")
		names = append(slices.DeleteFunc(names, func(name string) bool { return name == "members" || name == "id" }), "id")
		q.fields = strings.Join(names, ",")
	}
	if _, err := e.dir.selectGroup(group{}, q.fields); err != nil {
		return q, err
	}
	var err *apiError
	if q.filter, err = deltaFilter(c); err != nil {
		return q, err
	}
	q.top, err = readTop(c.query.Get("$top"))
	return q, err
}

// groupsDelta answers GET /groups/delta: first every group with its members,
// then those that have changed, with who came and who left.
func (e *Emulator) groupsDelta(c *call) reply {
	q, err := e.readGroupDelta(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	body := map[string]any{"@odata.context": c.root() + "/$metadata#groups"}
	if token := c.query.Get("$deltatoken"); token != "" {
		since := e.dir.changes
		if token != "latest" {
			if since, err = e.pages.read(token, pageQuery(c), e.now()); err != nil {
				return e.failure(c, *err)
			}
		}
		body["value"] = e.dir.groupsSince(q, since)
		body["@odata.deltaLink"] = e.pageLink(c, "$deltatoken", e.dir.changes)
		return jsonReply(http.StatusOK, body)
	}
	position, err := e.readPosition(c)
	if err != nil {
		return e.failure(c, *err)
	}
	if position == 0 {
		position = e.dir.changes << deltaShift
	}
	since := position >> deltaShift
	page, next, more := e.dir.pageOf(groupQuery{filter: q.filter, top: q.top, start: uint64(uint32(position))}, e.dir.live(e.dir.allGroups()))
	list := []any{}
	for _, ref := range page {
		list = append(list, e.dir.deltaGroup(q, ref, memberList{}))
	}
	body["value"] = list
	if more {
		body["@odata.nextLink"] = e.pageLink(c, "$skiptoken", since<<deltaShift|next)
	} else {
		body["@odata.deltaLink"] = e.pageLink(c, "$deltatoken", since)
	}
	return jsonReply(http.StatusOK, body)
}

// groupsSince are the groups that have changed since.
func (d *directory) groupsSince(q groupDelta, since uint64) []any {
	list := []any{}
	for ref := range d.allGroups() {
		switch g := d.groups[ref]; {
		case g.touched <= since || !q.filter.matches(groupSubject{d, ref}):
		case g.deleted:
			list = append(list, removed(g.id, "deleted"))
		default:
			list = append(list, d.deltaGroup(q, ref, d.membersAt(ref, since)))
		}
	}
	return list
}

// deltaGroup writes a group with what is different from the members it had.
func (d *directory) deltaGroup(q groupDelta, ref groupRef, had memberList) map[string]any {
	fields, _ := d.selectGroup(d.groups[ref], q.fields) // the names were checked
	now := d.present(d.direct(ref))
	changes := []any{}
	for _, o := range d.missingFrom(had, now) {
		changes = append(changes, map[string]any{"@odata.type": "#microsoft.graph." + o.kind, "id": o.id})
	}
	for _, o := range d.missingFrom(now, had) {
		gone := removed(o.id, "deleted")
		gone["@odata.type"] = "#microsoft.graph." + o.kind
		changes = append(changes, gone)
	}
	if isShown := q.hidden || !d.groups[ref].hidden; q.members && isShown && len(changes) > 0 {
		fields["members@delta"] = changes
	}
	return fields
}

// present gives those members of a list that are not deleted.
func (d *directory) present(l memberList) memberList {
	l.users = slices.DeleteFunc(slices.Clone(l.users), func(r userRef) bool { return d.users[r].has(flagDeleted) })
	l.groups = slices.DeleteFunc(slices.Clone(l.groups), func(ref groupRef) bool { return d.groups[ref].deleted })
	return l
}

// touchGroupsOf lets delta queries know of the groups that a user is in who is
// deleted or restored.
func (d *directory) touchGroupsOf(r userRef) {
	for ref := range d.allGroups() {
		if d.isMember(ref, r) {
			before := d.groups[ref]
			before.members = d.present(d.direct(ref)).users
			d.touchGroup(ref, before)
		}
	}
}

func removed(id license.GUID, reason string) map[string]any {
	return map[string]any{"id": id, "@removed": map[string]string{"reason": reason}}
}

// identity is the type and the id of an object.
type identity struct {
	kind string
	id   license.GUID
}

// missingFrom are the members of the second list that are not in the first.
func (d *directory) missingFrom(first, second memberList) []identity {
	var out []identity
	for _, r := range second.users {
		if _, ok := slices.BinarySearch(first.users, r); !ok {
			out = append(out, identity{d.users[r].kind(), d.users[r].id})
		}
	}
	for _, ref := range second.groups {
		if _, ok := slices.BinarySearch(first.groups, ref); !ok {
			out = append(out, identity{"group", d.groups[ref].id})
		}
	}
	return out
}
