package emulator

import (
	"net/http"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// readApplications are the permissions that show the applications of a tenant
// (Graph docs, serviceprincipal-get).
var readApplications = []string{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}

// servicePrincipalID is the object id of an application in the tenant: what
// its tokens name as oid.
func servicePrincipalID(appID string) license.GUID { return DerivedID("servicePrincipal", appID) }

// applicationIDs are the client ids of the applications that a call can name:
// those of the tenant, and the one that calls.
func (e *Emulator) applicationIDs(c *call) []string {
	own := strings.ToLower(c.caller.appID)
	var out []string
	for _, app := range e.apps {
		if id := strings.ToLower(app.ClientID); id != own {
			out = append(out, id)
		}
	}
	return append(out, own)
}

// servicePrincipals are the applications of the tenant as objects.
func (e *Emulator) servicePrincipals(c *call) []map[string]any {
	var out []map[string]any
	for _, id := range e.applicationIDs(c) {
		out = append(out, e.servicePrincipalFields(id))
	}
	return out
}

func (e *Emulator) servicePrincipalFields(appID string) map[string]any {
	return map[string]any{
		"id": servicePrincipalID(appID).String(), "appId": appID, "displayName": applicationName(appID),
		"servicePrincipalType": "Application", "accountEnabled": true, "appOwnerOrganizationId": e.dir.tenant.id.String(),
	}
}

// applicationFilters is what a filter may name in an application.
func applicationFilters() filterSchema {
	return filterSchema{
		resource: "ServicePrincipal",
		texts:    []string{"id", "appId", "displayName", "servicePrincipalType"},
		flags:    []string{"accountEnabled"},
		lists:    []string{"servicePrincipalNames"},
		maybe:    []string{"alternativeNames", "appOwnerOrganizationId", "appRoleAssignmentRequired", "createdDateTime", "homepage", "preferredSingleSignOnMode", "publisherName", "tags"},
	}
}

// applicationSubject is an application, by its client id, as a filter and an
// order see it.
type applicationSubject string

func (s applicationSubject) text(property string) string {
	switch property {
	case "id":
		return servicePrincipalID(string(s)).String()
	case "appId":
		return string(s)
	case "displayName":
		return applicationName(string(s))
	case "servicePrincipalType":
		return "Application"
	case "accountEnabled":
		return "true"
	}
	return ""
}

// items gives the names of an application: its client id is one, and others it
// has none.
func (s applicationSubject) items(list string) []item {
	if list != "servicePrincipalNames" {
		return nil
	}
	return []item{{"": string(s)}}
}

func (applicationSubject) holds(license.GUID) bool { return false }
func (applicationSubject) holdsAny() bool          { return false }

// object finds a user, a group or an application by its object id; the lock is
// held.
func (e *Emulator) object(c *call, id license.GUID) (object, bool) {
	for _, appID := range e.applicationIDs(c) {
		if servicePrincipalID(appID) == id {
			return object{app: appID, id: id}, true
		}
	}
	return e.dir.object(id)
}

// selectApplication leaves of a service principal what $select names.
func selectApplication(fields map[string]any, text string) *apiError {
	for name := range strings.SplitSeq(text, ",") {
		if _, ok := fields[name]; text != "" && !ok {
			return ptr(notEmulated("the property '" + clip(name) + "' of service principals"))
		}
	}
	return selectFields(fields, text)
}

// listServicePrincipals answers GET /servicePrincipals.
func (e *Emulator) listServicePrincipals(c *call) reply {
	err := checkListOptions(c.query, "$select", "$top", "$filter", "$count")
	if err != nil {
		return e.failure(c, *err)
	}
	f, err := applicationFilters().newFilter(c.query.Get("$filter"), c.level())
	if err != nil {
		return e.failure(c, *err)
	}
	list := []any{}
	for _, id := range e.applicationIDs(c) {
		if !f.matches(applicationSubject(id)) {
			continue
		}
		fields := e.servicePrincipalFields(id)
		if err := selectApplication(fields, c.query.Get("$select")); err != nil {
			return e.failure(c, *err)
		}
		list = append(list, fields)
	}
	body := map[string]any{"@odata.context": c.root() + "/$metadata#servicePrincipals", "value": list}
	if c.level() == queryAdvanced {
		body["@odata.count"] = len(list)
	}
	return jsonReply(http.StatusOK, body)
}

// servicePrincipal answers GET /servicePrincipals/{id}.
func (e *Emulator) servicePrincipal(c *call) reply {
	if err := checkOptions(c.query, "$select"); err != nil {
		return e.failure(c, *err)
	}
	property, key := "id", strings.TrimPrefix(c.params[0], quotedKey)
	if appID, ok := strings.CutPrefix(key, alternateKey); ok {
		property, key = "appId", appID
	}
	for _, fields := range e.servicePrincipals(c) {
		if id, _ := fields[property].(string); !strings.EqualFold(id, key) {
			continue
		}
		if err := selectApplication(fields, c.query.Get("$select")); err != nil {
			return e.failure(c, *err)
		}
		fields["@odata.context"] = c.root() + "/$metadata#servicePrincipals/$entity"
		return jsonReply(http.StatusOK, fields)
	}
	return e.failure(c, notFound(key))
}

// directoryObject answers GET /directoryObjects/{id}: the user, the group or
// the service principal with that id.
func (e *Emulator) directoryObject(c *call) reply {
	key := strings.TrimPrefix(c.params[0], quotedKey)
	id, err := license.ParseGUID(key)
	if err != nil {
		return e.failure(c, notFound(key))
	}
	sel, no := e.selectFor(c)
	if no != nil {
		return e.failure(c, *no)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	o, ok := e.object(c, id)
	if !ok {
		return e.failure(c, notFound(key))
	}
	body := appendString([]byte(`{"@odata.context":`), c.root()+"/$metadata#directoryObjects/$entity")
	return rawReply(http.StatusOK, e.appendTyped(append(body, ','), o, sel))
}

// appendTyped writes the rest of a JSON object, which the caller has begun: the
// type of an object of the directory and its properties. The lock is held.
func (e *Emulator) appendTyped(dst []byte, o object, sel selection) []byte {
	var fields map[string]any
	switch {
	case o.app != "":
		fields = e.servicePrincipalFields(o.app)
		fields["@odata.type"] = "#microsoft.graph.servicePrincipal"
	case o.group != 0:
		fields, _ = e.dir.selectGroup(e.dir.groups[o.group], "") // there is no $select to be wrong
		fields["@odata.type"] = "#microsoft.graph.group"
	default:
		return sel.appendTyped(dst, e.dir, e.dir.users[o.user])
	}
	return append(dst, jsonReply(http.StatusOK, fields).body[1:]...)
}
