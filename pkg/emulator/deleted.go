package emulator

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// restorableUsers are the users that can be restored, in the order of the
// directory.
func (d *directory) restorableUsers(now time.Time) []userRef {
	var refs []userRef
	for id, gone := range d.deletedItems {
		if now.Sub(gone.at) < restorable {
			refs = append(refs, d.place(id))
		}
	}
	slices.Sort(refs)
	return refs
}

// place is where a user is that is known to be in the directory, deleted or not.
func (d *directory) place(id license.GUID) userRef {
	if r, ok := d.created[id]; ok {
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
	if gone, ok := d.deletedItems[u.id]; ok {
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
	for _, r := range d.restorableUsers(now) {
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

// targetDeleted finds the deleted user that a call is about, by their id.
func (e *Emulator) targetDeleted(c *call) (userRef, *apiError) {
	name := strings.TrimPrefix(c.params[0], quotedKey)
	id, err := license.ParseGUID(name)
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	gone, ok := e.dir.deletedItems[id]
	if err != nil || !ok || e.now().Sub(gone.at) >= restorable {
		return 0, ptr(notFound(name))
	}
	return e.dir.place(id), nil
}

// deletedItem answers GET /directory/deletedItems/{id}.
func (e *Emulator) deletedItem(c *call) reply {
	if ref, ok := e.deletedGroup(c); ok {
		return e.writeDeletedGroup(c, ref)
	}
	err := checkOptions(c.query, "$select")
	if err == nil && !c.caller.holdsAny(readUsers) {
		err = ptr(forbidden())
	}
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

// forgetItem answers DELETE /directory/deletedItems/{id}: who or what it is
// cannot be restored any more.
func (e *Emulator) forgetItem(c *call) reply {
	if ref, ok := e.deletedGroup(c); ok {
		return e.forgetGroup(c, ref)
	}
	if !c.caller.holdsAny(deleteUsers) {
		return e.failure(c, forbidden())
	}
	r, err := e.targetDeleted(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	delete(e.dir.deletedItems, e.dir.users[r].id)
	c.mutated = true
	return noContent()
}

// restoreItem answers POST /directory/deletedItems/{id}/restore. A user has
// their licenses again, whether there are seats left or not (Entra docs,
// users-restore), and the name that the body gives, where it gives one.
func (e *Emulator) restoreItem(c *call) reply {
	if ref, ok := e.deletedGroup(c); ok {
		return e.restoreGroup(c, ref)
	}
	if !c.caller.holdsAny(deleteUsers) {
		return e.failure(c, forbidden())
	}
	r, err := e.targetDeleted(c)
	if err != nil {
		return e.failure(c, *err)
	}
	name, err := e.readRestore(c.body)
	if err != nil {
		return e.failure(c, *err)
	}
	if err := e.dir.restore(r, name, e.now()); err != nil {
		return e.failure(c, *err)
	}
	c.mutated = true
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	body := appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#directoryObjects/$entity")
	return rawReply(http.StatusOK, selection{props: e.properties[:defaultProperties]}.appendTyped(append(body, ','), e.dir, e.dir.users[r]))
}

// readRestore reads the body of a restore, and gives the name that it asks for;
// empty: the one that there was. Addresses, which are not kept here, are in
// nobody's way.
func (e *Emulator) readRestore(body []byte) (string, *apiError) {
	var options map[string]json.RawMessage
	if len(body) == 0 {
		return "", nil
	}
	if json.Unmarshal(body, &options) != nil {
		return "", ptr(unreadable())
	}
	for name, raw := range options {
		var reconcile bool
		switch {
		case name == "newUserPrincipalName", strings.HasPrefix(name, "@odata."):
		case name == "autoReconcileProxyConflict" && json.Unmarshal(raw, &reconcile) == nil:
		default:
			return "", ptr(badRequest("The parameter '" + clip(name) + "' in the request payload is not a valid parameter for the operation 'restore'."))
		}
	}
	if raw, ok := options["newUserPrincipalName"]; ok && string(raw) != "null" {
		return e.readName(raw)
	}
	return "", nil
}

// restore brings a user back under a name, the old one if it is empty, unless
// another object has it by now. What groups give is looked at again when they are
// processed next: they may give something else by now, or nothing.
func (d *directory) restore(r userRef, name string, now time.Time) *apiError {
	d.mu.Lock()
	defer d.mu.Unlock()
	gone, ok := d.deletedItems[d.users[r].id]
	if !ok {
		return ptr(notFound(d.users[r].id.String())) // restored or forgotten meanwhile
	}
	if err := d.rename(r, cmp.Or(name, d.users[r].upn), now); err != nil {
		return err
	}
	d.touchGroupsOf(r)
	next := d.users[r]
	next.held = slices.DeleteFunc(slices.Clone(gone.held), func(a assignment) bool {
		return !a.direct() && (d.groups[a.group].deleted || !d.isMember(a.group, r))
	})
	next.flags &^= flagDeleted
	delete(d.deletedItems, next.id)
	d.put(r, next, now)
	for ref := range d.allGroups() {
		if d.concerns(ref, r) {
			d.enqueue(ref, now)
		}
	}
	return nil
}
