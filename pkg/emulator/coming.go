package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
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
		return e.conflict(c, "userPrincipalName")
	}
	c.mutated = true
	out := e.userReply(c, selection{props: e.properties[:defaultProperties]}, r)
	out.status = http.StatusCreated
	return out
}

// newName checks what the body of a new user has to have, and gives the
// principal name. The password, which is not kept, is taken out.
func (e *Emulator) newName(fields map[string]json.RawMessage) (string, *apiError) {
	for _, name := range []string{"accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"} {
		if raw, ok := fields[name]; !ok || string(raw) == "null" {
			return "", ptr(badRequest(fmt.Sprintf("A value is required for property '%s' of resource 'User'.", name)))
		}
	}
	name, err := e.readName(fields["userPrincipalName"])
	if err != nil {
		return "", err
	}
	for _, taken := range []string{"userPrincipalName", "passwordProfile", "id"} {
		delete(fields, taken)
	}
	return name, nil
}

// readName reads a principal name that a client gives to somebody.
func (e *Emulator) readName(raw json.RawMessage) (string, *apiError) {
	var name string
	local := ""
	if json.Unmarshal(raw, &name) == nil {
		local, _, _ = strings.Cut(name, "@")
	}
	switch {
	case local == "" || strings.ContainsAny(name, " \x00") || strings.Count(name, "@") != 1:
		return "", ptr(badRequest("Property userPrincipalName is invalid."))
	case !strings.EqualFold(name[len(local)+1:], e.dir.tenant.defaultDomain):
		return "", ptr(badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."))
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

// rename gives a user a principal name, unless somebody who is there has it.
func (d *directory) rename(r userRef, name string, now time.Time) bool {
	if i, found := d.searchUPN(name); found && d.byUPN[i] != r && !d.users[d.byUPN[i]].has(flagDeleted) {
		return false
	}
	if i, found := d.searchUPN(d.users[r].upn); found && d.byUPN[i] == r {
		d.byUPN = slices.Delete(d.byUPN, i, i+1)
	}
	if d.users[r].upn != name {
		d.userHistory.wrote(r, d.users[r], now)
		d.touch(r)
		d.users[r].upn = name
	}
	return d.claim(name, r)
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
	d.touchGroupsOf(r)
