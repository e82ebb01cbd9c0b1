package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
)

// groupEdit is a change of one property of a group.
type groupEdit func(*group)

// createGroup answers POST /groups: a security group or a Microsoft 365 group,
// with the members and owners that the body binds, or with a rule, which nothing
// follows here.
func (e *Emulator) createGroup(c *call) reply {
	fields, err := readPatch(c.body)
	if err != nil {
		return e.failure(c, *err)
	}
	for _, name := range []string{"displayName", "mailEnabled", "mailNickname", "securityEnabled"} {
		if raw, ok := fields[name]; !ok || string(raw) == "null" {
			return e.failure(c, missingValue("Group", name))
		}
	}
	delete(fields, "id")
	edits, err := e.readGroupEdits(c, fields)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	if len(e.dir.groups) > math.MaxUint16 {
		return e.failure(c, badRequest("The directory object quota limit for the tenant has been exceeded."))
	}
	g := group{id: uuid.New(), created: e.now(), fresh: true}
	for _, change := range edits {
		change(&g)
	}
	if err := g.check(); err != nil {
		return e.failure(c, *err)
	}
	if err := e.dir.addressConflict(g); err != nil {
		return e.failure(c, *err)
	}
	if g.unified && g.visibility == "" {
		g.visibility = "Public"
	}
	ref := groupRef(len(e.dir.groups))
	e.dir.groups = append(e.dir.groups, g)
	e.dir.byGroup[g.id] = ref
	e.dir.touchGroup(ref, group{})
	c.mutated = true
	out := e.groupReply(c, ref)
	out.status = http.StatusCreated
	out.header.Set("Location", c.root()+"/groups/"+g.id.String())
	return out
}

// groupReply answers with a group; the lock is held.
func (e *Emulator) groupReply(c *call, ref groupRef) reply {
	fields, _ := e.dir.selectGroup(e.dir.groups[ref], "") // there is no $select to be wrong
	fields["@odata.context"] = c.root() + "/$metadata#groups/$entity"
	return jsonReply(http.StatusOK, fields)
}

// patchGroup answers PATCH /groups/{id}.
func (e *Emulator) patchGroup(c *call) reply {
	fields, err := readPatch(c.body)
	if err != nil {
		return e.failure(c, *err)
	}
	edits, err := e.readGroupEdits(c, fields)
	if err != nil {
		return e.failure(c, *err)
	}
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	_, binds := fields[bindMembers]
	before := e.dir.groups[ref]
	next := before
	for _, change := range edits {
		change(&next)
	}
	switch {
	case !isSameID(before.id, fields["id"]):
		err = ptr(cannotBeSet("id"))
	case binds || before.synced:
		err = before.fixedMembers()
	}
	if err == nil {
		err = next.checkAfter(before)
	}
	if err == nil {
		err = e.dir.addressConflict(next)
	}
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.groups[ref] = next
	e.dir.touchGroup(ref, before)
	e.dir.regroup(ref, e.now())
	c.mutated = true
	return noContent()
}

// The annotations by which a body names objects that a group gets.
const (
	bindMembers = "members@odata.bind"
	bindOwners  = "owners@odata.bind"
)

// readGroupEdits reads the properties that a body sets.
func (e *Emulator) readGroupEdits(c *call, fields map[string]json.RawMessage) ([]groupEdit, *apiError) {
	var edits []groupEdit
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		change, err := e.readGroupEdit(c, name, fields[name])
		if err != nil {
			return nil, err
		}
		if change != nil {
			edits = append(edits, change)
		}
	}
	return edits, nil
}

// readGroupEdit reads one property; of one that changes nothing it is nil.
func (e *Emulator) readGroupEdit(c *call, name string, raw json.RawMessage) (groupEdit, *apiError) {
	if err := checkText("Group", name, raw); err != nil {
		return nil, err
	}
	var change groupEdit
	ok := false
	switch name {
	case "displayName", "description", "mailNickname", "membershipRule", "membershipRuleProcessingState", "visibility":
		change, ok = readGroupText(name, raw)
	case "securityEnabled", "mailEnabled":
		change, ok = readGroupFlag(name, raw)
	case "groupTypes":
		change, ok = readGroupTypes(raw)
	case bindMembers, bindOwners:
		return e.readBind(c, name, raw)
	default:
		return nil, e.checkOtherOfGroup(name, raw)
	}
	if !ok {
		return nil, ptr(invalidValue("Group", name))
	}
	return change, nil
}

// checkOtherOfGroup refuses what a body sets of a group that cannot be set, or
// not here; a property that holds nothing may be set to nothing.
func (e *Emulator) checkOtherOfGroup(name string, raw json.RawMessage) *apiError {
	_, known := e.dir.groupFields(group{})[name]
	switch {
	case name == "id" || isAnnotation(name):
		return nil
	case slices.Contains(readOnlyOfGroup, name):
		return ptr(cannotBeSet(name))
	case !known && !isBeyond("group", name):
		return ptr(noSuchProperty(name))
	case known && (isNothing(raw) || name == "isAssignableToRole" && string(raw) == "false"):
		return nil
	}
	return ptr(notEmulated(fmt.Sprintf("the setting of a group's '%s'", clip(name))))
}

// mostBound is how many objects one body binds (Graph docs, group-post-members).
const mostBound = 20

func (e *Emulator) readBind(c *call, name string, raw json.RawMessage) (groupEdit, *apiError) {
	var links []string
	if json.Unmarshal(raw, &links) != nil || len(links) > mostBound {
		return nil, ptr(invalidValue("Group", name))
	}
	var all []object
	for _, link := range links {
		o, err := e.linked(c, link)
		if err == nil && o.app != "" && name == bindMembers {
			err = ptr(appAsMember())
		}
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return func(g *group) {
		for _, o := range all {
			g.list(strings.TrimSuffix(name, "@odata.bind")).add(o)
		}
	}, nil
}

// deleteGroup answers DELETE /groups/{id}. One that has licenses is not
// deleted (Entra docs, licensing-group-advanced).
func (e *Emulator) deleteGroup(c *call) reply {
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	g := &e.dir.groups[ref]
	switch {
	case len(g.licenses) > 0:
		return e.failure(c, badRequest("Groups with active license assignments cannot be deleted."))
	case g.synced:
		return e.failure(c, masteredElsewhere())
	}
	e.dir.touchGroup(ref, *g)
	g.deleted = true
	if g.unified {
		g.gone = e.now() // the others are gone for good
	}
	e.dir.processGroup(ref, e.now())
	c.mutated = true
	return noContent()
}

// object is a user, a group or an application that another object has a link
// to.
type object struct {
	user  userRef
	group groupRef // 0: it is no group
	app   string   // the client id; empty: it is no application
	id    license.GUID
}

// kind is the name of the object's type, as clients ask for it.
func (o object) kind() string {
	switch {
	case o.app != "":
		return "servicePrincipal"
	case o.group != 0:
		return "group"
	}
	return "user"
}

// appAsMember is the answer to an application that is to be a member.
func appAsMember() apiError { return notEmulated("groups with applications for members") }

// linked finds the object that a link names: by its id, in the last segment.
func (e *Emulator) linked(c *call, link string) (object, *apiError) {
	text := link[strings.LastIndexByte(link, '/')+1:]
	if _, key, ok := strings.Cut(text, "('"); ok {
		text = strings.TrimSuffix(key, "')")
	}
	id, err := license.ParseGUID(text)
	if err != nil || !strings.Contains(link, "/") {
		return object{}, ptr(badRequest("Invalid URL format specified in @odata.id for reference update."))
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	o, ok := e.object(c, id)
	if !ok {
		return object{}, ptr(notFound(text))
	}
	return o, nil
}

func (d *directory) object(id license.GUID) (object, bool) {
	if r, ok := d.findID(id); ok {
		return object{user: r, id: id}, true
	}
	ref, ok := d.byGroup[id]
	return object{group: ref, id: id}, ok && !d.groups[ref].deleted
}

// linkList is a list of links of a group: its members or its owners.
type linkList struct {
	name   string
	users  *[]userRef
	groups *[]groupRef // nil: groups cannot be in it
	apps   *[]string   // nil: applications cannot be in it
	former *[]userRef  // who left it, where that matters
}

// list gives the members or the owners of a group.
func (g *group) list(name string) linkList {
	if name == "owners" {
		return linkList{name: name, users: &g.owners, apps: &g.appOwners}
	}
	return linkList{name: name, users: &g.members, groups: &g.below, former: &g.former}
}

func (l linkList) has(o object) bool {
	if o.app != "" {
		return l.apps != nil && slices.Contains(*l.apps, o.app)
	}
	if o.group != 0 {
		return l.groups != nil && slices.Contains(*l.groups, o.group)
	}
	return slices.Contains(*l.users, o.user)
}

// add puts an object into the list, which is made anew: readers may hold the
// old one.
func (l linkList) add(o object) {
	switch {
	case l.has(o):
	case o.app != "":
		*l.apps = append(slices.Clone(*l.apps), o.app)
	case o.group == 0:
		*l.users = sortedWith(*l.users, o.user)
		l.forget(o)
	case l.groups != nil:
		*l.groups = sortedWith(*l.groups, o.group)
	}
}

func (l linkList) forget(o object) {
	if l.former != nil {
		*l.former = slices.DeleteFunc(*l.former, func(r userRef) bool { return r == o.user })
	}
}

func (l linkList) remove(o object) {
	if o.app != "" {
		*l.apps = slices.DeleteFunc(slices.Clone(*l.apps), func(id string) bool { return id == o.app })
		return
	}
	if o.group != 0 {
		*l.groups = slices.DeleteFunc(slices.Clone(*l.groups), func(ref groupRef) bool { return ref == o.group })
		return
	}
	*l.users = slices.DeleteFunc(slices.Clone(*l.users), func(r userRef) bool { return r == o.user })
	if l.former != nil {
		*l.former = append(*l.former, o.user)
	}
}

func sortedWith[R userRef | groupRef](list []R, r R) []R {
	i, _ := slices.BinarySearch(list, r)
	return slices.Insert(slices.Clone(list), i, r)
}

// fixedMembers refuses a change of members that are not the group's own affair.
func (g group) fixedMembers() *apiError {
	switch {
	case g.synced:
		return ptr(masteredElsewhere())
	case g.dynamic:
		return ptr(forbidden())
	case g.mailEnabled && !g.unified:
		return ptr(mailGroup())
	}
	return nil
}

func masteredElsewhere() apiError {
	return badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.")
}

// regroup has the members of a group processed, if it licenses them or did, or
// somebody who left holds something that it gave.
func (d *directory) regroup(ref groupRef, now time.Time) {
	g := &d.groups[ref]
	holds := func(r userRef) bool { return d.users[r].holdsFrom(ref) }
	if len(g.licenses) > 0 || d.waits(ref) || slices.ContainsFunc(g.former, holds) {
		d.enqueue(ref, now)
	} else {
		g.former = nil
	}
}

// addLink answers POST /groups/{id}/members/$ref and owners/$ref.
func (e *Emulator) addLink(c *call) reply {
	var body struct {
		ID string `json:"@odata.id"`
	}
	if json.Unmarshal(c.body, &body) != nil || body.ID == "" {
		return e.failure(c, badRequest("Invalid URL format specified in @odata.id for reference update."))
	}
	o, err := e.linked(c, body.ID)
	if err != nil {
		return e.failure(c, *err)
	}
	return e.relink(c, o, func(l linkList) *apiError {
		if l.has(o) {
			return ptr(badRequest("One or more added object references already exist for the following modified properties: '" + l.name + "'."))
		}
		if o.group != 0 && l.groups == nil {
			return ptr(badRequest("The reference target '" + o.id.String() + "' of type 'Group' is invalid for the 'owners' reference."))
		}
		if o.app != "" && l.apps == nil {
			return ptr(appAsMember())
		}
		l.add(o)
		return nil
	})
}

// getLink answers GET /groups/{id}/members/{id}/$ref and owners/{id}/$ref, by
// which clients ask whether somebody is in the group.
func (e *Emulator) getLink(c *call) reply {
	key := strings.TrimPrefix(c.params[1], quotedKey)
	o, err := e.linked(c, "/"+key)
	if err != nil {
		return e.failure(c, notFound(key))
	}
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	g := e.dir.groups[ref]
	if c.route.pattern[2] == "members" && g.hidden && !c.caller.holdsAny(readHidden) || !g.list(c.route.pattern[2]).has(o) {
		return e.failure(c, notFound(key))
	}
	return jsonReply(http.StatusOK, map[string]any{
		"@odata.context": c.root() + "/$metadata#$ref", "@odata.id": c.root() + "/directoryObjects/" + o.id.String(),
		"id": o.id.String(), "url": c.root() + "/directoryObjects/" + o.id.String(),
	})
}

// removeLink answers DELETE /groups/{id}/members/{id}/$ref and owners/{id}/$ref.
func (e *Emulator) removeLink(c *call) reply {
	o, err := e.linked(c, "/"+strings.TrimPrefix(c.params[1], quotedKey))
	if err != nil {
		return e.failure(c, notFound(strings.TrimPrefix(c.params[1], quotedKey)))
	}
	return e.relink(c, o, func(l linkList) *apiError {
		if !l.has(o) {
			return ptr(notFound(o.id.String()))
		}
		l.remove(o)
		return nil
	})
}

// relink changes the list of a group that the path names third.
func (e *Emulator) relink(c *call, o object, change func(linkList) *apiError) reply {
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	g := &e.dir.groups[ref]
	list := g.list(c.route.pattern[2])
	if list.name == "members" {
		if err := g.fixedMembers(); err != nil {
			return e.failure(c, *err)
		}
	}
	if o.group == ref {
		return e.failure(c, badRequest("A group cannot be a member of itself."))
	}
	before := *g
	if err := change(list); err != nil {
		return e.failure(c, *err)
	}
	e.dir.touchGroup(ref, before)
	e.dir.regroup(ref, e.now())
	c.mutated = true
	return noContent()
}
