package emulator

import (
	"cmp"
	"net/http"
	"slices"
)

// usersDelta answers GET /users/delta: first every user, page by page, then a
// delta link; from that on whoever has changed since. The service does not
// track licenseAssignmentStates, so licenses neither appear in the states nor
// make a user appear (Graph docs, user-delta).
func (e *Emulator) usersDelta(c *call) reply {
	err := checkOptions(c.query, "$select", "$top", "$skiptoken", "$deltatoken", "$filter")
	if err != nil {
		return e.failure(c, *err)
	}
	q := userQuery{}
	if q.filter, err = deltaFilter(c); err != nil {
		return e.failure(c, *err)
	}
	if q.selection, err = e.selectFor(c); err != nil {
		return e.failure(c, *err)
	}
	q.selection = q.selection.without("licenseAssignmentStates").with(e.properties, "id")
	if q.top, err = readTop(c.query.Get("$top")); err != nil {
		return e.failure(c, *err)
	}
	if token := c.query.Get("$deltatoken"); token != "" {
		return e.deltaSince(c, q, token)
	}
	return e.deltaStart(c, q)
}

// mostTracked is how many objects the $filter of a delta names (Graph docs,
// user-delta).
const mostTracked = 50

// deltaFilter reads the $filter of a delta, which names objects by their ids and
// nothing else; nil for none.
func deltaFilter(c *call) (*filter, *apiError) {
	text := c.query.Get("$filter")
	if text == "" {
		return nil, nil
	}
	root, err := parseFilter(text)
	if err != nil {
		return nil, ptr(malformed("Invalid filter clause: " + err.Error()))
	}
	parts := []node{root}
	if all, ok := root.(junction); ok && all.word == joinOr {
		parts = all.parts
	}
	namesID := func(n node) bool {
		named, ok := n.(comparison)
		return ok && named.path == "id" && named.op == "eq"
	}
	if len(parts) > mostTracked || slices.ContainsFunc(parts, func(n node) bool { return !namesID(n) }) {
		return nil, ptr(unsupported("Unsupported or invalid query filter clause specified for the delta of a collection."))
	}
	return &filter{root}, nil
}

// A delta's skip token holds the position of the next user and, in its upper
// half, the count of changes at the start: what changes while the first pages
// are read belongs to the next delta.
const deltaShift = 32

// deltaStart writes a page of the first enumeration.
func (e *Emulator) deltaStart(c *call, q userQuery) reply {
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	position := v.changes << deltaShift
	if token := c.query.Get("$skiptoken"); token != "" {
		var err *apiError
		if position, err = e.pages.read(token, pageQuery(c), v.now); err != nil {
			return e.failure(c, *err)
		}
	}
	since := position >> deltaShift
	page, next, more := v.selectUsers(q, uint64(userRef(position)))
	link := `,"@odata.deltaLink":`
	url := e.pageLink(c, "$deltatoken", since)
	if more {
		link, url = `,"@odata.nextLink":`, e.pageLink(c, "$skiptoken", since<<deltaShift|next)
	}
	body := append(deltaHead(c, q), link...)
	return rawReply(http.StatusOK, q.selection.appendList(appendString(body, url), v.directory, page))
}

func deltaHead(c *call, q userQuery) []byte {
	return appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#users"+q.selection.fields)
}

// deltaSince writes who has changed since a delta link was given, in one page.
func (e *Emulator) deltaSince(c *call, q userQuery, token string) reply {
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	since := v.changes
	if token != "latest" {
		var err *apiError
		if since, err = e.pages.read(token, pageQuery(c), v.now); err != nil {
			return e.failure(c, *err)
		}
	}
	body := append(deltaHead(c, q), `,"@odata.deltaLink":`...)
	body = append(appendString(body, e.pageLink(c, "$deltatoken", v.changes)), `,"value":[`...)
	for _, r := range v.changedSince(since) {
		u := v.user(r)
		if !q.filter.matches(userSubject{v.directory, u}) {
			continue
		}
		if body[len(body)-1] != '[' {
			body = append(body, ',')
		}
		if u.has(flagDeleted) {
			body = append(appendGUID(append(body, `{"id":`...), u.id), `,"@removed":{"reason":"changed"}}`...)
		} else {
			body = q.selection.appendUser(body, v.directory, u)
		}
	}
	return rawReply(http.StatusOK, append(body, "]}"...))
}

// changedSince returns the users that changed since, in the order of their
// last changes.
func (d *directory) changedSince(since uint64) []userRef {
	var refs []userRef
	for r, at := range d.touched {
		if at > since {
			refs = append(refs, r)
		}
	}
	slices.SortFunc(refs, func(a, b userRef) int { return cmp.Compare(d.touched[a], d.touched[b]) })
	return refs
}

// without returns the selection less a property.
func (s selection) without(name string) selection {
	s.props = slices.DeleteFunc(slices.Clone(s.props), func(p property) bool { return p.name == name })
	return s
}

// with returns the selection with a property that it may already have.
func (s selection) with(props []property, name string) selection {
	if slices.ContainsFunc(s.props, func(p property) bool { return p.name == name }) {
		return s
	}
	for _, p := range props {
		if p.name == name {
			s.props = append(slices.Clone(s.props), p)
		}
	}
	return s
}
