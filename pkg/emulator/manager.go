package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
)

// managerOf gives the manager of a user, who may have none: one who was deleted
// is nobody's.
func (d *directory) managerOf(r userRef) (userRef, bool) {
	manager, ok := d.managers[r]
	return manager, ok && !d.users[manager].has(flagDeleted)
}

// reportsOf are the users whom somebody manages, sorted.
func (d *directory) reportsOf(manager userRef) []userRef {
	var out []userRef
	for r, m := range d.managers {
		if m == manager && !d.users[r].has(flagDeleted) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

// noManager is the answer of the service to whoever asks for the manager of a
// user without one: as if an object were not there (aspnet-snippets-sample#6).
func noManager() apiError { return notFound("manager") }

// manager answers GET /users/{id}/manager.
func (e *Emulator) manager(c *call) reply {
	err := checkOptions(c.query, "$select", "$expand")
	if err != nil {
		return e.failure(c, *err)
	}
	sel, err := e.selectFor(c)
	if err == nil {
		err = e.expandUsers(c, &sel)
	}
	if err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	manager, ok := v.managerOf(r)
	if !ok {
		return e.failure(c, noManager())
	}
	body := appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#directoryObjects"+sel.fields+"/$entity")
	return rawReply(http.StatusOK, sel.appendTyped(append(body, ','), v.directory, v.user(manager)))
}

// managerLink answers GET /users/{id}/manager/$ref.
func (e *Emulator) managerLink(c *call) reply {
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	manager, ok := e.dir.managerOf(r)
	if !ok {
		return e.failure(c, noManager())
	}
	return jsonReply(http.StatusOK, map[string]any{
		"@odata.context": c.root() + "/$metadata#$ref", "@odata.id": c.root() + "/directoryObjects/" + e.dir.users[manager].id.String(),
	})
}

// setManager answers PUT /users/{id}/manager/$ref.
func (e *Emulator) setManager(c *call) reply {
	var body struct {
		ID string `json:"@odata.id"`
	}
	if json.Unmarshal(c.body, &body) != nil || body.ID == "" {
		return e.failure(c, badRequest("Invalid URL format specified in @odata.id for reference update."))
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	o, err := e.linked(c, body.ID)
	if err == nil && o.kind() != "user" {
		err = ptr(badRequest("The reference target '" + o.id.String() + "' is invalid for the 'manager' reference."))
	}
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	e.dir.managers[r] = o.user
	c.mutated = true
	return noContent()
}

// removeManager answers DELETE /users/{id}/manager/$ref.
func (e *Emulator) removeManager(c *call) reply {
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	if _, ok := e.dir.managerOf(r); !ok {
		return e.failure(c, noManager())
	}
	delete(e.dir.managers, r)
	c.mutated = true
	return noContent()
}

// directReports answers GET /users/{id}/directReports.
func (e *Emulator) directReports(c *call) reply {
	q, err := e.readMemberQuery(c)
	if err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetUser(c)
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
	return e.objectPage(c, v, objectList{q, memberList{users: v.reportsOf(r)}, start})
}

// countDirectReports answers the same with $count.
func (e *Emulator) countDirectReports(c *call) reply {
	return e.counted(c, func() (int, *apiError) {
		f, err := e.userFilter(c, queryAdvanced)
		if err != nil {
			return 0, err
		}
		r, err := e.targetUser(c)
		if err != nil {
			return 0, err
		}
		v := e.view(c)
		v.mu.RLock()
		defer v.mu.RUnlock()
		return v.countMembers(memberList{users: v.reportsOf(r)}, f), nil
	})
}

// manager writes the manager of a user. Of one without it is left out.
func (x expansion) manager(sel selection) property {
	return property{x.relation, func(dst []byte, d *directory, u user) []byte {
		manager, ok := d.managerOf(d.place(u.id))
		if !ok {
			return nil
		}
		return sel.appendTyped(append(dst, '{'), d, d.users[manager])
	}}
}

// reports writes the first of the users whom a user manages.
func (x expansion) reports(sel selection) property {
	return property{x.relation, func(dst []byte, d *directory, u user) []byte {
		dst = append(dst, '[')
		for i, r := range d.reportsOf(d.place(u.id)) {
			if i == mostExpanded {
				break
			}
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = sel.appendTyped(append(dst, '{'), d, d.users[r])
		}
		return append(dst, ']')
	}}
}
