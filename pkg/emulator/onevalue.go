package emulator

import (
	"net/http"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// userPropertyNames are what an address can name below a user.
func userPropertyNames() []string {
	var names []string
	for _, p := range userProperties() {
		names = append(names, p.name)
	}
	return names
}

// groupPropertyNames are what an address can name below a group.
func groupPropertyNames() []string {
	var names []string
	for name := range new(directory).groupFields(group{}) {
		names = append(names, name)
	}
	return names
}

// userProperty answers GET /users/{id}/{property} and /me/{property}.
func (e *Emulator) userProperty(c *call) reply {
	name := c.params[len(c.params)-1]
	err := checkOptions(c.query)
	if err != nil {
		return e.failure(c, *err)
	}
	sel, err := e.selectNames(c, []string{name})
	if err != nil {
		return e.failure(c, *err)
	}
	c.params = c.params[:len(c.params)-1]
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	u := v.user(r)
	return oneValue(c, propertyPath{"users", u.id, sel.props[0].name}, sel.props[0].append(nil, v.directory, u))
}

// groupProperty answers GET /groups/{id}/{property}.
func (e *Emulator) groupProperty(c *call) reply {
	err := checkOptions(c.query)
	if err != nil {
		return e.failure(c, *err)
	}
	if strings.EqualFold(c.params[1], "assignedLicenses") && !c.caller.holdsAny(readGroupLicenses) {
		return e.failure(c, forbidden())
	}
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	g := e.dir.groups[ref]
	for name, value := range e.dir.groupFields(g) {
		if strings.EqualFold(name, c.params[1]) {
			return oneValue(c, propertyPath{"groups", g.id, name}, jsonReply(http.StatusOK, value).body)
		}
	}
	return e.failure(c, notFound(c.params[1]))
}

// propertyPath names a property of an object.
type propertyPath struct {
	set  string
	id   license.GUID
	name string
}

// oneValue answers with a value, which is JSON; null is an answer without a body
// (OData 4.01, part 1, requesting individual properties).
func oneValue(c *call, of propertyPath, value []byte) reply {
	if string(value) == "null" {
		return noContent()
	}
	body := appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#"+of.set+"('"+of.id.String()+"')/"+of.name)
	body = append(append(body, `,"value":`...), value...)
	return rawReply(http.StatusOK, append(body, '}'))
}
