package emulator

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userQuery is what the query options of a list of users ask for.
type userQuery struct {
	selection selection
	filter    *filter // of $search as well
	order     ordering
	top       int
	count     bool // @odata.count is wanted, and can be had
}

// The page sizes of GET /users (Graph docs, user-list).
const (
	defaultTop = 100
	mostTop    = 999
)

// mostAdvancedURL is how long the URL of an advanced query may be, which takes
// the place of the limit of fifteen values (Graph docs, filter parameter).
const mostAdvancedURL = 2048

// memberOptions are the query options of lists of users that are part of
// something, and userOptions those of the list of all.
var (
	memberOptions = []string{"$select", "$filter", "$top", "$count", "$skiptoken", "$search", "$orderby"}
	userOptions   = slices.Concat(memberOptions, []string{"$expand"})
)

// readUserQuery reads the query options of a list of users.
func (e *Emulator) readUserQuery(c *call, options []string) (userQuery, *apiError) {
	if err := checkOptions(c.query, options...); err != nil {
		return userQuery{}, err
	}
	sel, err := e.selectFor(c)
	if err != nil {
		return userQuery{}, err
	}
	return e.readListQuery(c, sel, options)
}

// readListQuery is readUserQuery with the properties that $select names.
func (e *Emulator) readListQuery(c *call, sel selection, options []string) (userQuery, *apiError) {
	if err := checkOptions(c.query, options...); err != nil {
		return userQuery{}, err
	}
	level := c.level()
	q := userQuery{selection: sel, count: level == queryAdvanced}
	if level == queryAdvanced && len(c.target) > mostAdvancedURL {
		return q, ptr(newError(http.StatusRequestURITooLong, "UriTooLong", "The request URI is too long."))
	}
	var err *apiError
	if q.top, err = readTop(c.query.Get("$top")); err != nil {
		return q, err
	}
	if err = q.bound(e.opts.SignInPages); err != nil {
		return q, err
	}
	if q.order, err = userFilters().readOrder(c); err != nil {
		return q, err
	}
	if err = e.expandUsers(c, &q.selection); err != nil {
		return q, err
	}
	q.filter, err = e.userFilter(c, level)
	return q, err
}

// userFilter reads a $filter and a $search over users. One over sign-ins, or over
// when somebody leaves, is for those alone who may see that.
func (e *Emulator) userFilter(c *call, level queryLevel) (*filter, *apiError) {
	text := c.query.Get("$filter")
	if strings.Contains(text, signInPath) {
		if err := e.maySeeSignIns(c); err != nil {
			return nil, err
		}
	}
	if strings.Contains(text, "employeeLeaveDateTime") && !c.caller.holdsAny(readLifecycle) {
		return nil, ptr(forbidden())
	}
	f, err := userFilters().newFilter(text, level)
	if err != nil {
		return nil, err
	}
	return userFilters().withSearch(f, c)
}

// level tells whether the call has what advanced queries need.
func (c *call) level() queryLevel {
	if isEventual(c) && c.query.Get("$count") == "true" {
		return queryAdvanced
	}
	return queryDefault
}

func isEventual(c *call) bool { return strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual") }

// checkOptions refuses query options that the operation does not support: those
// that nobody knows and those that are there twice as Graph does, and those
// that Graph may support here in the emulator's own name.
func checkOptions(query url.Values, supported ...string) *apiError {
	if err := checkOptionNames(query); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case slices.Contains(supported, name) || name == "$format":
		case slices.Contains(maybeOptions, name):
			return ptr(notEmulated(fmt.Sprintf("the query option '%s' for this request", name)))
		default:
			return ptr(unsupported(fmt.Sprintf("The query option '%s' is not supported for this request.", name)))
		}
	}
	return nil
}

// checkListOptions is checkOptions for a list of which it is not known what Graph
// supports: what narrows a list down is refused in the emulator's name.
func checkListOptions(query url.Values, supported ...string) *apiError {
	if err := checkOptionNames(query); err != nil {
		return err
	}
	for _, name := range []string{"$filter", "$top", "$count"} {
		if query.Has(name) && !slices.Contains(supported, name) {
			return ptr(notEmulated(fmt.Sprintf("the query option '%s' for this request", name)))
		}
	}
	return checkOptions(query, supported...)
}

// checkOptionNames refuses query options that nobody knows, and those that are
// there twice, which no operation takes.
func checkOptionNames(query url.Values) *apiError {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case !slices.Contains(knownOptions, name):
			return ptr(badRequest(fmt.Sprintf("Unrecognized query argument specified: '%s'.", clip(name))))
		case len(query[name]) > 1:
			return ptr(malformed(fmt.Sprintf("Query option '%s' was specified more than once, but it must be specified at most once.", name)))
		case name == "$count" && !slices.Contains([]string{"true", "false"}, query.Get(name)):
			return ptr(malformed(fmt.Sprintf("Invalid value '%s' for $count query option found. Valid values are 'true, false'.", clip(query.Get(name)))))
		}
	}
	return nil
}

// readOptions takes query options without their dollar sign for what they are,
// where the service does: in beta (Graph docs, query-parameters).
func (c *call) readOptions() {
	if c.version != "beta" {
		return
	}
	for name, values := range c.query {
		if slices.Contains(knownOptions, "$"+name) {
			delete(c.query, name)
			c.query["$"+name] = append(c.query["$"+name], values...)
		}
	}
}

// The query options of Graph, and those of them that it supports in more places
// than the emulator does.
var (
	knownOptions = []string{"$select", "$filter", "$top", "$skip", "$count", "$orderby", "$search", "$expand", "$format", "$skiptoken", "$deltatoken"}
	maybeOptions = []string{"$orderby", "$search", "$expand"}
)

func readTop(text string) (int, *apiError) {
	if text == "" {
		return defaultTop, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, ptr(malformed(fmt.Sprintf("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", clip(text))))
	}
	if n < 1 || n > mostTop {
		return 0, ptr(unsupported(fmt.Sprintf("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", n, mostTop)))
	}
	return n, nil
}

// listUsers answers GET /users with one page.
func (e *Emulator) listUsers(c *call) reply {
	q, err := e.readUserQuery(c, userOptions)
	if err != nil {
		return e.failure(c, *err)
	}
	start, err := e.readPosition(c)
	if err != nil {
		return e.failure(c, *err)
	}
	return rawReply(http.StatusOK, e.userPage(c, q, start))
}

// pageQuery is the query that a page token belongs to: all of the request's
// but the tokens themselves.
func pageQuery(c *call) string {
	query := url.Values{}
	for name, values := range c.query {
		if name != "$skiptoken" && name != "$deltatoken" {
			query[name] = values
		}
	}
	return strings.ReplaceAll(query.Encode(), "%24", "$")
}

// userPage writes the page that begins at a user, or at a place in their order.
func (e *Emulator) userPage(c *call, q userQuery, start uint64) []byte {
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	body := append([]byte(nil), `{"@odata.context":`...)
	body = appendString(body, c.root()+"/$metadata#users"+q.selection.fields)
	if q.count {
		body = append(body, `,"@odata.count":`...)
		body = strconv.AppendInt(body, int64(v.countUsers(q.filter)), 10)
	}
	page, next, more := v.selectUsers(q, start)
	if more {
		body = append(body, `,"@odata.nextLink":`...)
		body = appendString(body, e.pageLink(c, "$skiptoken", next))
	}
	return q.selection.appendList(body, v.directory, page)
}

// pageLink is the link to another page of a list: the request's own query with
// a token for the position.
func (e *Emulator) pageLink(c *call, option string, position uint64) string {
	return e.pageLinkOf(c, option, position, e.now())
}

// pageLinkOf is a link that was given at a time.
func (e *Emulator) pageLinkOf(c *call, option string, position uint64, given time.Time) string {
	query := pageQuery(c)
	token := option + "=" + e.pages.make(position, query, given)
	if query != "" {
		token = query + "&" + token
	}
	path, _, _ := strings.Cut(c.target, "?")
	return c.base + path + "?" + token
}

// selectUsers returns a page of the users that pass the filter, and where the
// next one begins, if there is one.
func (v view) selectUsers(q userQuery, start uint64) (page []user, next uint64, more bool) {
	if q.order != nil {
		refs := v.ordered(q, start)
		for _, r := range refs[:min(q.top, len(refs))] {
			page = append(page, v.user(r))
		}
		return page, start + uint64(q.top), len(refs) > q.top
	}
	for r, u := range v.walk(q.filter, userRef(start)) {
		if len(page) == q.top {
			return page, uint64(r), true
		}
		page = append(page, u)
	}
	return page, 0, false
}

// countUsers answers GET /users/$count with a bare number.
func (e *Emulator) countUsers(c *call) reply {
	return e.counted(c, func() (int, *apiError) {
		f, err := e.userFilter(c, queryAdvanced)
		if err != nil {
			return 0, err
		}
		v := e.view(c)
		v.mu.RLock()
		defer v.mu.RUnlock()
		return v.countUsers(f), nil
	})
}

// targetUser finds the user that a call is about: the one in its path, or the
// signed-in user. It takes the directory's lock for reading.
func (e *Emulator) targetUser(c *call) (userRef, *apiError) {
	ref := c.caller.user
	if len(c.params) > 0 {
		ref = c.params[0]
		if strings.HasPrefix(ref, "$") {
			// A name that begins with $ is understood as users('$x') alone.
			return 0, ptr(malformed("The request URI is not valid. Since the segment 'users' refers to a collection, this must be the last segment in the request URI or it must be followed by a function or action that can be bound to it."))
		}
		ref = strings.TrimPrefix(ref, quotedKey)
	} else if !c.caller.delegated() {
		return 0, ptr(malformed("/me request is only valid with delegated authentication flow."))
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	r, ok := e.dir.find(ref)
	if !ok {
		return 0, ptr(notFound(ref))
	}
	return r, nil
}

// getUser answers GET /users/{id} and GET /me.
func (e *Emulator) getUser(c *call) reply {
	if err := checkOptions(c.query, "$select", "$expand"); err != nil {
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
	return e.userReply(c, sel, r)
}

func (e *Emulator) userReply(c *call, sel selection, r userRef) reply {
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	if u := v.user(r); u.has(flagCreated) && u.has(flagDeleted) {
		return e.failure(c, notFound(u.id.String())) // not there yet, as far as this replica knows
	}
	return rawReply(http.StatusOK, sel.appendEntity(c.root(), v.directory, v.user(r)))
}

// restricted reports a user whom no application may change that has no role in
// their administrative unit; none has one.
func (e *Emulator) restricted(r userRef) bool {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	return e.dir.users[r].has(flagRestricted)
}
