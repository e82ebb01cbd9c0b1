package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
)

// departure is what a user had when they were deleted, for as long as they can
// be restored.
type departure struct {
	at   time.Time
	held []assignment
}

// restorable is how long a deleted user can be restored (Graph docs,
// directory-deleteditems).
const restorable = 30 * 24 * time.Hour

// createUser answers POST /users. Who comes holds nothing.
func (e *Emulator) createUser(c *call) reply {
	fields, err := readPatch(c.body)
	if err != nil {
		return e.failure(c, *err)
	}
	name, err := e.newName(fields)
	if err != nil {
		return e.failure(c, *err)
	}
	edits, err := e.readEdits(fields)
	if err != nil {
		return e.failure(c, *err)
	}
	r, ok := e.dir.addUser(name, edits, e.now())
	if !ok {
		return e.failure(c, nameIsTaken())
	}
	c.mutated = true
	out := e.userReply(c, selection{props: e.properties[:defaultProperties]}, r)
	out.status = http.StatusCreated
	return out
}

func nameIsTaken() apiError {
	return badRequest("Another object with the same value for property userPrincipalName already exists.")
}

// newName checks what the body of a new user has to have, and gives the
// principal name. The password, which is not kept, is taken out.
func (e *Emulator) newName(fields map[string]json.RawMessage) (string, *apiError) {
	for _, name := range []string{"accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"} {
		if raw, ok := fields[name]; !ok || string(raw) == "null" {
			return "", ptr(badRequest(fmt.Sprintf("A value is required for property '%s' of resource 'User'.", name)))
		}
	}
	var name string
	local := ""
	if json.Unmarshal(fields["userPrincipalName"], &name) == nil {
		local, _, _ = strings.Cut(name, "@")
	}
	switch {
	case local == "" || strings.ContainsAny(name, " \x00") || strings.Count(name, "@") != 1:
		return "", ptr(badRequest("Property userPrincipalName is invalid."))
	case !strings.EqualFold(name[len(local)+1:], e.dir.tenant.defaultDomain):
		return "", ptr(badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."))
	}
	for _, taken := range []string{"userPrincipalName", "passwordProfile", "id"} {
		delete(fields, taken)
	}
	return name, nil
}

// addUser adds a user, unless the name is taken.
func (d *directory) addUser(name string, edits []edit, now time.Time) (userRef, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := user{id: uuid.New(), upn: name, flags: flagCreated}
	r := userRef(len(d.users))
	if !d.claim(name, r) {
		return 0, false
	}
	absent := u
	absent.flags |= flagDeleted
	d.users = append(d.users, absent)
	d.newcomers[u.id] = r
	for _, change := range edits {
		u = change(d, u)
	}
	d.evidence[u.id] = Evidence{Created: At(now.UTC().Truncate(time.Second))}
	d.put(r, u, now)
	return r, true
}

// claim gives a principal name to a user, unless somebody who is there has it.
// One who was deleted has it no more.
func (d *directory) claim(name string, r userRef) bool {
	i, found := d.searchUPN(name)
	switch {
	case found && d.byUPN[i] != r && !d.users[d.byUPN[i]].has(flagDeleted):
		return false
	case found:
		d.byUPN[i] = r
	default:
		d.byUPN = slices.Insert(d.byUPN, i, r)
	}
	return true
}

// deleteUser answers DELETE /users/{id}: the seats are free at once.
func (e *Emulator) deleteUser(c *call) reply {
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	if e.restricted(r) {
		return e.failure(c, forbidden())
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	e.dir.depart(r, e.now())
	c.mutated = true
	return noContent()
}

// depart deletes a user, and keeps what it takes to restore them.
func (d *directory) depart(r userRef, now time.Time) {
	next := d.users[r]
	if next.has(flagDeleted) {
		return // somebody else was faster
	}
	d.departed[next.id] = departure{at: now, held: next.held}
	next.flags |= flagDeleted
	next.held = nil
	d.put(r, next, now)
}

// departedUsers are the users that can be restored, in the order of the
// directory.
func (d *directory) departedUsers(now time.Time) []userRef {
	var refs []userRef
	for id, gone := range d.departed {
		if now.Sub(gone.at) < restorable {
			refs = append(refs, d.place(id))
		}
	}
	slices.Sort(refs)
	return refs
}

// place is where a user is that is known to be in the directory, deleted or not.
func (d *directory) place(id license.GUID) userRef {
	if r, ok := d.newcomers[id]; ok {
		return r
	}
	r, _ := d.findID(id)
	return r
}

// asDeleted gives a deleted user as the service shows them: the id stands
// before the name, which somebody else may have by now.
func (u user) asDeleted() user {
	u.upn = strings.ReplaceAll(u.id.String(), "-", "") + u.upn
	return u
}

func appendDeleted(dst []byte, d *directory, u user) []byte {
	if gone, ok := d.departed[u.id]; ok {
		return At(gone.at).append(dst)
	}
	return append(dst, "null"...)
}

// deletedUsers answers GET /directory/deletedItems/microsoft.graph.user.
func (e *Emulator) deletedUsers(c *call) reply {
	q, err := e.readUserQuery(c, memberOptions)
	if err != nil {
		return e.failure(c, *err)
	}
	start, err := e.readPosition(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	body := appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#users"+q.selection.fields)
	all := e.dir.deletedList(q, e.now())
	if q.count {
		body = strconv.AppendInt(append(body, `,"@odata.count":`...), int64(len(all)), 10)
	}
	all = all[min(start, uint64(len(all))):]
	if len(all) > q.top {
		body = appendString(append(body, `,"@odata.nextLink":`...), e.pageLink(c, "$skiptoken", start+uint64(q.top)))
		all = all[:q.top]
	}
	var page []user
	for _, r := range all {
		page = append(page, e.dir.users[r].asDeleted())
	}
	sel := q.selection
	if c.query.Get("$select") == "" {
		sel = sel.with(e.properties, "deletedDateTime")
	}
	return rawReply(http.StatusOK, sel.appendList(body, e.dir, page))
}

// deletedList are the users that can be restored and pass the query, in its
// order.
func (d *directory) deletedList(q userQuery, now time.Time) []userRef {
	var list []keyed[userRef]
	for _, r := range d.departedUsers(now) {
		if s := (userSubject{d, d.users[r].asDeleted()}); q.filter.matches(s) {
			list = append(list, keyed[userRef]{r, q.order.keys(s)})
		}
	}
	return sorted(q.order, list, 0)
}

// countDeletedUsers answers the same with $count.
func (e *Emulator) countDeletedUsers(c *call) reply {
	return e.counted(c, func() (int, *apiError) {
		f, err := e.userFilter(c, queryAdvanced)
		if err != nil {
			return 0, err
		}
		e.dir.mu.RLock()
		defer e.dir.mu.RUnlock()
		return len(e.dir.deletedList(userQuery{filter: f}, e.now())), nil
	})
}

// deletedGroups answers GET /directory/deletedItems/microsoft.graph.group.
// Security groups, of which there are no others here, are gone for good.
func (e *Emulator) deletedGroups(c *call) reply {
	if err := checkOptions(c.query, "$select", "$top", "$count"); err != nil {
		return e.failure(c, *err)
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata#groups", "value": []any{}})
}

// targetDeleted finds the deleted user that a call is about, by their id.
func (e *Emulator) targetDeleted(c *call) (userRef, *apiError) {
	name := strings.TrimPrefix(c.params[0], quotedKey)
	id, err := license.ParseGUID(name)
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	gone, ok := e.dir.departed[id]
	if err != nil || !ok || e.now().Sub(gone.at) >= restorable {
		return 0, ptr(notFound(name))
	}
	return e.dir.place(id), nil
}

// deletedItem answers GET /directory/deletedItems/{id}.
func (e *Emulator) deletedItem(c *call) reply {
	err := checkOptions(c.query, "$select")
	if err != nil {
		return e.failure(c, *err)
	}
	sel, err := e.selectFor(c)
	if err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetDeleted(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	body := appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#directoryObjects/$entity")
	body = append(body, `,"@odata.type":"#microsoft.graph.user",`...)
	return rawReply(http.StatusOK, sel.with(e.properties, "deletedDateTime").appendProperties(body, e.dir, e.dir.users[r].asDeleted()))
}

// forgetUser answers DELETE /directory/deletedItems/{id}: they cannot be
// restored any more.
func (e *Emulator) forgetUser(c *call) reply {
	r, err := e.targetDeleted(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	delete(e.dir.departed, e.dir.users[r].id)
	c.mutated = true
	return noContent()
}

// restoreUser answers POST /directory/deletedItems/{id}/restore. The user has
// their licenses again, whether there are seats left or not (Entra docs,
// users-restore).
func (e *Emulator) restoreUser(c *call) reply {
	r, err := e.targetDeleted(c)
	if err != nil {
		return e.failure(c, *err)
	}
	var options map[string]json.RawMessage
	if len(c.body) > 0 && (json.Unmarshal(c.body, &options) != nil || len(options) > 0) {
		return e.failure(c, notEmulated("a restore under another name or address"))
	}
	if !e.dir.restore(r, e.now()) {
		return e.failure(c, nameIsTaken())
	}
	c.mutated = true
	return e.userReply(c, selection{props: e.properties[:defaultProperties]}, r)
}

// restore brings a user back, and reports whether it could: nobody has their
// name by now.
func (d *directory) restore(r userRef, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := d.users[r]
	gone, ok := d.departed[next.id]
	if !ok || !d.claim(next.upn, r) {
		return false // restored or forgotten meanwhile, or the name is taken
	}
	next.held = slices.DeleteFunc(slices.Clone(gone.held), func(a assignment) bool {
		return !a.direct() && (d.groups[a.group].deleted || !d.isMember(a.group, r))
	})
	next.flags &^= flagDeleted
	delete(d.departed, next.id)
	d.put(r, next, now)
	for ref := range d.allGroups() {
		if d.isMember(ref, r) && len(d.groups[ref].licenses) > 0 {
			d.enqueue(ref, now) // it may give something else by now
		}
	}
	return true
}
