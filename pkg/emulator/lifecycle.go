package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// deletedItem is what a user had when they were deleted, for as long as they can
// be restored.
type deletedItem struct {
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
	r, err := e.dir.addUser(name, edits, e.now())
	if err != nil {
		return e.failure(c, *err)
	}
	c.mutated = true
	out := e.userReply(c, selection{props: e.properties[:defaultProperties]}, r)
	out.status = http.StatusCreated
	return out
}

// newName checks what the body of a new user has to have, and gives the
// principal name. The password, which is not kept, is taken out.
func (e *Emulator) newName(fields map[string]json.RawMessage) (string, *apiError) {
	for _, name := range []string{"accountEnabled", "displayName", "mailNickname", "userPrincipalName"} {
		if raw, ok := fields[name]; !ok || string(raw) == "null" {
			return "", ptr(missingValue("User", name))
		}
	}
	if err := checkPassword(fields["passwordProfile"]); err != nil {
		return "", err
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

// checkPassword refuses a new user who would have no password
// (msgraph-sdk-powershell#3307).
func checkPassword(raw json.RawMessage) *apiError {
	var profile struct {
		Password string `json:"password"`
	}
	if raw != nil && json.Unmarshal(raw, &profile) != nil {
		return ptr(invalidValue("User", "passwordProfile"))
	}
	if profile.Password == "" {
		return ptr(badRequest("A password must be specified to create a new user."))
	}
	return nil
}

// readName reads a principal name that a client gives to somebody.
func (e *Emulator) readName(raw json.RawMessage) (string, *apiError) {
	var name string
	if json.Unmarshal(raw, &name) != nil || !isPrincipalName(name) {
		return "", ptr(badRequest("Property userPrincipalName is invalid.").about("userPrincipalName", "InvalidValue"))
	}
	if _, domain, _ := strings.Cut(name, "@"); !strings.EqualFold(domain, e.dir.tenant.defaultDomain) {
		return "", ptr(badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."))
	}
	return name, nil
}

// addUser adds a user, unless another object has the name.
func (d *directory) addUser(name string, edits []edit, now time.Time) (userRef, *apiError) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := user{id: uuid.New(), upn: name, flags: flagCreated}
	r := userRef(len(d.users))
	if err := d.nameConflict(name, r); err != nil {
		return 0, err
	}
	absent := u
	absent.flags |= flagDeleted
	d.users = append(d.users, absent)
	d.created[u.id] = r
	d.claim(name, r)
	for _, change := range edits {
		u = change(d, u)
	}
	d.evidence[u.id] = Evidence{Created: At(now.UTC().Truncate(time.Second))}
	d.put(r, u, now)
	return r, nil
}

// nameConflict refuses a principal name for a user that somebody else has who is
// there, or that is the address of a group.
func (d *directory) nameConflict(name string, r userRef) *apiError {
	if other, ok := d.findUPN(name); ok && other != r {
		return ptr(conflict("userPrincipalName"))
	}
	if slices.ContainsFunc(d.groups, func(g group) bool { return !g.deleted && strings.EqualFold(d.mailOf(g), name) }) {
		return ptr(conflict("proxyAddresses"))
	}
	return nil
}

// claim gives a principal name to a user. One who was deleted has it no more.
func (d *directory) claim(name string, r userRef) {
	if i, found := d.searchUPN(name); found {
		d.byUPN[i] = r
	} else {
		d.byUPN = slices.Insert(d.byUPN, i, r)
	}
}

// rename gives a user a principal name, unless another object has it.
func (d *directory) rename(r userRef, name string, now time.Time) *apiError {
	if err := d.nameConflict(name, r); err != nil {
		return err
	}
	if i, found := d.searchUPN(d.users[r].upn); found && d.byUPN[i] == r {
		d.byUPN = slices.Delete(d.byUPN, i, i+1)
	}
	if d.users[r].upn != name {
		d.userHistory.wrote(r, d.users[r], now)
		d.touch(r)
		d.users[r].upn = name
	}
	d.claim(name, r)
	return nil
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
	e.dir.delete(r, e.now())
	c.mutated = true
	return noContent()
}

// delete deletes a user, and keeps what it takes to restore them.
func (d *directory) delete(r userRef, now time.Time) {
	next := d.users[r]
	if next.has(flagDeleted) {
		return // somebody else was faster
	}
	d.deletedItems[next.id] = deletedItem{at: now, held: next.held}
	d.touchGroupsOf(r)
	next.flags |= flagDeleted
	next.held = nil
	d.put(r, next, now)
}
