package emulator

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// expansion is an $expand: a relation to give with each object, with which
// properties.
type expansion struct {
	relation string
	fields   string // the text of $select; empty: the default properties
}

// mostExpanded is how many objects of a relation are given (Graph docs,
// query-parameters: expand).
const mostExpanded = 20

// expandForm is "relation" or "relation($select=a,b)".
var expandForm = regexp.MustCompile(`^\s*(\w+)\s*(?:\(\s*\$select=([\w,]+)\s*\))?\s*$`)

// readExpand reads the $expand of a call. What Graph expands is not written
// down in full, so that another relation, several of them and other options in
// parentheses are refused in the emulator's name. A zero expansion is none.
func readExpand(c *call, relations ...string) (expansion, *apiError) {
	text := c.query.Get("$expand")
	if text == "" {
		return expansion{}, nil
	}
	parts := expandForm.FindStringSubmatch(text)
	for _, relation := range relations {
		if parts != nil && strings.EqualFold(parts[1], relation) {
			return expansion{relation, parts[2]}, nil
		}
	}
	return expansion{}, ptr(notEmulated("the query option '$expand=" + clip(text) + "' for this request"))
}

// expandUsers adds to a selection the groups of each user, or the users above and
// below them.
func (e *Emulator) expandUsers(c *call, sel *selection) *apiError {
	x, err := readExpand(c, "memberOf", "transitiveMemberOf", "manager", "directReports")
	if err != nil || x.relation == "" {
		return err
	}
	if _, err := e.dir.selectGroup(group{}, x.fields); err != nil && strings.HasSuffix(x.relation, "emberOf") {
		return err
	}
	if strings.Contains(x.fields, "assignedLicenses") && !c.caller.holdsAny(readGroupLicenses) {
		return ptr(forbidden())
	}
	switch x.relation {
	case "memberOf":
		sel.props = append(sel.props[:len(sel.props):len(sel.props)], x.groupsBy(c.direct()))
	case "transitiveMemberOf":
		sel.props = append(sel.props[:len(sel.props):len(sel.props)], x.groupsBy(c.transitive()))
	default:
		return e.expandToUsers(c, x, sel)
	}
	return nil
}

// expandToUsers adds to a selection the manager or the direct reports of each
// user.
func (e *Emulator) expandToUsers(c *call, x expansion, sel *selection) *apiError {
	var list []string
	if x.fields != "" {
		list = []string{x.fields}
	}
	of, err := e.selectNames(c, list)
	if err != nil {
		return err
	}
	related := x.reports
	if x.relation == "manager" {
		related = x.manager
	}
	sel.props = append(sel.props[:len(sel.props):len(sel.props)], related(of))
	return nil
}

// groupsBy writes the groups of a user, by their members.
func (x expansion) groupsBy(members membersOf) property {
	return property{x.relation, func(dst []byte, d *directory, u user) []byte {
		list := []any{}
		if r, ok := d.findID(u.id); ok {
			for _, ref := range d.groupsOf(r, members) {
				if len(list) < mostExpanded {
					fields, _ := d.selectGroup(d.groups[ref], x.fields) // the names were checked
					fields["@odata.type"] = "#microsoft.graph.group"
					list = append(list, fields)
				}
			}
		}
		return append(dst, jsonReply(http.StatusOK, list).body...)
	}}
}

// readGroupExpand reads the $expand of groups, and gives what adds it to the
// properties of a group; nil for none.
func (e *Emulator) readGroupExpand(c *call) (func(groupRef, map[string]any), *apiError) {
	x, err := readExpand(c, "members", "transitiveMembers", "owners", "memberOf", "transitiveMemberOf")
	if err != nil || x.relation == "" {
		return nil, err
	}
	if strings.Contains(x.fields, "assignedLicenses") && !c.caller.holdsAny(readGroupLicenses) {
		return nil, ptr(forbidden())
	}
	var list []string
	if x.fields != "" {
		list = []string{x.fields}
	}
	ofUsers, ofGroups := e.splitSelect(list)
	sel, err := e.selectNames(c, ofUsers)
	if err != nil {
		return nil, err
	}
	q := memberQuery{userQuery: userQuery{selection: sel, top: mostExpanded}, fields: ofGroups}
	return func(ref groupRef, fields map[string]any) {
		v := e.view(c)
		page, _, _ := v.pageOfMembers(q.userQuery, v.related(c, x.relation, ref), 0)
		fields[x.relation] = json.RawMessage(v.appendObjects(nil, q, page))
	}, nil
}

// related are the objects of a relation of a group, as far as the caller may see
// them.
func (v view) related(c *call, relation string, of groupRef) memberList {
	around := func(members membersOf) memberList {
		return memberList{groups: v.groupsWith(func(l memberList) bool { return slices.Contains(l.groups, of) }, members)}
	}
	switch relation {
	case "members":
		return c.direct()(v.directory, of)
	case "transitiveMembers":
		return c.transitive()(v.directory, of)
	case "owners":
		return v.owners(of)
	case "transitiveMemberOf":
		return around(c.transitive())
	case "memberOf":
		return around(c.direct())
	}
	return memberList{}
}
