package emulator

import (
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// deletedGroups answers GET /directory/deletedItems/microsoft.graph.group: the
// Microsoft 365 groups. Security groups are gone for good.
func (e *Emulator) deletedGroups(c *call) reply {
	q, err := e.readGroupQuery(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	return e.groupPage(c, q, groupList{context: "groups", refs: e.dir.restorableGroups(e.now())})
}

// restorableGroups yields the groups that can be restored.
func (d *directory) restorableGroups(now time.Time) iter.Seq[groupRef] {
	return func(yield func(groupRef) bool) {
		for ref := range d.allGroups() {
			if d.groups[ref].restorable(now) && !yield(ref) {
				return
			}
		}
	}
}

func (g group) restorable(now time.Time) bool {
	return g.deleted && !g.gone.IsZero() && now.Sub(g.gone) < restorable
}

// writeDeletedGroup answers GET /directory/deletedItems/{id} of a group.
func (e *Emulator) writeDeletedGroup(c *call, ref groupRef) reply {
	if !c.caller.holdsAny(readGroups) {
		return e.failure(c, forbidden())
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	fields, err := e.dir.selectGroup(e.dir.groups[ref], c.query.Get("$select"))
	if err != nil {
		return e.failure(c, *err)
	}
	fields["@odata.context"], fields["@odata.type"] = c.root()+"/$metadata#directoryObjects/$entity", "#microsoft.graph.group"
	return jsonReply(http.StatusOK, fields)
}

// forgetGroup answers DELETE /directory/deletedItems/{id} of a group.
func (e *Emulator) forgetGroup(c *call, ref groupRef) reply {
	if !c.caller.holdsAny(writeGroups) {
		return e.failure(c, forbidden())
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	e.dir.groups[ref].gone = time.Time{}
	c.mutated = true
	return noContent()
}

// deletedGroup finds the deleted group that a call is about, by its id, if it is
// about one.
func (e *Emulator) deletedGroup(c *call) (groupRef, bool) {
	id, err := license.ParseGUID(strings.TrimPrefix(c.params[0], quotedKey))
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	ref, ok := e.dir.byGroup[id]
	return ref, err == nil && ok && e.dir.groups[ref].restorable(e.now())
}

// restoreGroup answers POST /directory/deletedItems/{id}/restore of a group.
func (e *Emulator) restoreGroup(c *call, ref groupRef) reply {
	if !c.caller.holdsAny(writeGroups) {
		return e.failure(c, forbidden())
	}
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	g := &e.dir.groups[ref]
	if !g.restorable(e.now()) {
		return e.failure(c, notFound(g.id.String())) // somebody else was faster
	}
	if err := e.dir.addressConflict(*g); err != nil {
		return e.failure(c, *err)
	}
	e.dir.touchGroup(ref, group{}) // whoever has seen it go sees its members come
	g.deleted, g.gone = false, time.Time{}
	c.mutated = true
	fields, _ := e.dir.selectGroup(*g, "") // there is no $select to be wrong
	fields["@odata.context"], fields["@odata.type"] = c.root()+"/$metadata#directoryObjects/$entity", "#microsoft.graph.group"
	return jsonReply(http.StatusOK, fields)
}
