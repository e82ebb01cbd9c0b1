package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// route is one operation: its address, who may call it, and what it costs.
type route struct {
	name    string // "assignLicense": names the operation in faults, logs and counters
	method  string
	pattern []string // "{}" stands for any segment
	cost    int      // resource units; 0: not metered
	write   bool     // counts against the write quota
	open    bool     // of the token service: anybody may call it
	scopes  []string // any of these permissions lets the caller in; nil: none is needed
	also    []string // and any of these as well; nil: none is needed
	role    bool     // a signed-in user needs a role
	names   []string // what the last variable segment can be, in any case; nil: anything
	handle  func(*Emulator, *call) reply
}

// The permissions that each kind of operation takes, as the API reference
// lists them, and no more.
var (
	readUsers         = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readMe            = append([]string{"User.Read", "User.ReadWrite"}, readUsers...)
	readDetails       = append([]string{"LicenseAssignment.Read.All"}, readUsers...)
	readMyDetails     = append([]string{"User.Read"}, readDetails...)
	writeUsers        = []string{"User.ReadUpdate.All", "User.ReadWrite.All", "Directory.ReadWrite.All"}
	assignUsers       = []string{"LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"}
	reprocess         = []string{"User.ReadWrite.All", "Directory.ReadWrite.All"}
	readSKUs          = []string{"LicenseAssignment.Read.All", "Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readTenant        = []string{"Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	nameTenant        = append([]string{"User.Read"}, readTenant...) // what it is called, and no more
	readGroups        = []string{"GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readGroupLicenses = []string{"Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readUserGroups    = append([]string{"User.Read.All", "User.ReadWrite.All"}, readGroups...)
	readMyGroups      = append([]string{"User.Read"}, readUserGroups...)
	readDomains       = []string{"Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readAudits        = []string{"AuditLog.Read.All"}
	readDirectory     = []string{"Directory.Read.All"}
	createUsers       = []string{"User.ReadWrite.All", "Directory.ReadWrite.All"}
	deleteUsers       = []string{"User.DeleteRestore.All", "User.ReadWrite.All", "Directory.ReadWrite.All"}
	createGroups      = []string{"Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"}
	writeGroups       = []string{"Group.ReadWrite.All", "Directory.ReadWrite.All"}
	writeMembers      = []string{"GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"}
	readObjects       = []string{"Directory.Read.All", "Directory.ReadWrite.All", "User.Read.All", "User.ReadWrite.All"}
	assignGroup       = []string{"LicenseAssignment.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"}
)

// graphRoutes are the operations below /v1.0. The first that matches counts.
// Costs are those of the throttling reference.
func graphRoutes() []route {
	return slices.Concat(userRoutes(), groupRoutes(), []route{
		get("serviceDocument", "", (*Emulator).serviceDocument).free(),
		get("metadata", "$metadata", (*Emulator).metadata).free(),
		post("getByIds", "directoryObjects/getByIds", (*Emulator).objectsByIDs).reading().needing(readObjects),
		get("getDirectoryObject", "directoryObjects/{}", (*Emulator).directoryObject).needing(readObjects),
		post("getMemberGroups", "directoryObjects/{}/getMemberGroups", (*Emulator).memberGroups).reading().needing(readObjects),
		post("checkMemberGroups", "directoryObjects/{}/checkMemberGroups", (*Emulator).memberGroups).reading().needing(readObjects),
		get("listServicePrincipals", "servicePrincipals", (*Emulator).listServicePrincipals).needing(readApplications),
		get("getServicePrincipal", "servicePrincipals/{}", (*Emulator).servicePrincipal).needing(readApplications),
		get("subscribedSkus", "subscribedSkus", (*Emulator).subscribedSkus).costing(3).needing(readSKUs),
		get("getSubscribedSku", "subscribedSkus/{}", (*Emulator).subscribedSku).needing(readSKUs),
		get("organization", "organization", (*Emulator).organization).needing(nameTenant),
		get("getOrganization", "organization/{}", (*Emulator).organizationByID).needing(nameTenant),
		get("domains", "domains", (*Emulator).domains).needing(readDomains),
		get("getDomain", "domains/{}", (*Emulator).domainByID).needing(readDomains),
		get("directoryAudits", "auditLogs/directoryAudits", (*Emulator).directoryAudits).needing(readAudits).andAlso(readDirectory),
		get("subscriptions", "directory/subscriptions", (*Emulator).subscriptions).needing(readTenant),
		get("reportSettings", "admin/reportSettings", (*Emulator).reportSettings).costing(0).needing(readSettings).byRole(),
		get("getOffice365ActiveUserDetail", "reports/getOffice365ActiveUserDetail(period='{}')", (*Emulator).usageReport).costing(0).needing(readReports).byRole(),
		get("getMailboxUsageDetail", "reports/getMailboxUsageDetail(period='{}')", (*Emulator).usageReport).costing(0).needing(readReports).byRole(),
		get("getMicrosoft365CopilotUsageUserDetail", "copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='{}')", (*Emulator).usageReport).
			costing(0).needing(readReports).byRole(),
		{name: "batch", method: "POST", pattern: segments("$batch"), handle: (*Emulator).batch},
	})
}

// userRoutes are the operations on users, the deleted ones among them.
func userRoutes() []route {
	return []route{
		get("listUsers", "users", (*Emulator).listUsers).costing(2).needing(readUsers),
		get("countUsers", "users/$count", (*Emulator).countUsers).needing(readUsers),
		get("usersDelta", "users/delta", (*Emulator).usersDelta).needing(readUsers),
		post("createUser", "users", (*Emulator).createUser).needing(createUsers),
		remove("deleteUser", "users/{}", (*Emulator).deleteUser).needing(deleteUsers),
		get("deletedUsers", "directory/deletedItems/user", (*Emulator).deletedUsers).needing(readUsers),
		get("deletedGroups", "directory/deletedItems/group", (*Emulator).deletedGroups).needing(readGroups),
		get("countDeletedUsers", "directory/deletedItems/user/$count", (*Emulator).countDeletedUsers).needing(readUsers),
		get("deletedItem", "directory/deletedItems/{}", (*Emulator).deletedItem).needing(slices.Concat(readUsers, readGroups)),
		remove("forgetUser", "directory/deletedItems/{}", (*Emulator).forgetItem).needing(slices.Concat(deleteUsers, writeGroups)),
		post("restoreUser", "directory/deletedItems/{}/restore", (*Emulator).restoreItem).needing(slices.Concat(deleteUsers, writeGroups)),
		get("getMe", "me", (*Emulator).getUser).needing(readMe),
		get("getUser", "users/{}", (*Emulator).getUser).needing(readUsers),
		patch("patchUser", "users/{}", (*Emulator).patchUser).needing(writeUsers),
		get("licenseDetails", "me/licenseDetails", (*Emulator).licenseDetails).costing(2).needing(readMyDetails),
		get("licenseDetails", "users/{}/licenseDetails", (*Emulator).licenseDetails).costing(2).needing(readDetails),
		get("licenseDetail", "me/licenseDetails/{}", (*Emulator).myLicenseDetail).needing(readMyDetails),
		get("licenseDetail", "users/{}/licenseDetails/{}", (*Emulator).licenseDetail).needing(readDetails),
		get("memberOf", "me/memberOf", (*Emulator).memberOf).costing(2).needing(readMyGroups),
		get("memberOf", "users/{}/memberOf", (*Emulator).memberOf).costing(2).needing(readUserGroups),
		get("memberOf", "me/memberOf/group", (*Emulator).memberOf).costing(2).needing(readMyGroups),
		get("memberOf", "users/{}/memberOf/group", (*Emulator).memberOf).costing(2).needing(readUserGroups),
		get("transitiveMemberOf", "me/transitiveMemberOf", (*Emulator).memberOf).costing(2).needing(readMyGroups),
		get("transitiveMemberOf", "users/{}/transitiveMemberOf", (*Emulator).memberOf).costing(2).needing(readUserGroups),
		get("transitiveMemberOf", "me/transitiveMemberOf/group", (*Emulator).memberOf).costing(2).needing(readMyGroups),
		get("transitiveMemberOf", "users/{}/transitiveMemberOf/group", (*Emulator).memberOf).costing(2).needing(readUserGroups),
		get("countMemberOf", "me/memberOf/$count", (*Emulator).countMemberOf).needing(readMyGroups),
		get("countMemberOf", "users/{}/memberOf/$count", (*Emulator).countMemberOf).needing(readUserGroups),
		get("countMemberOf", "users/{}/memberOf/group/$count", (*Emulator).countMemberOf).needing(readUserGroups),
		get("countMemberOf", "me/transitiveMemberOf/$count", (*Emulator).countMemberOf).needing(readMyGroups),
		get("countMemberOf", "users/{}/transitiveMemberOf/$count", (*Emulator).countMemberOf).needing(readUserGroups),
		get("countMemberOf", "users/{}/transitiveMemberOf/group/$count", (*Emulator).countMemberOf).needing(readUserGroups),
		get("manager", "me/manager", (*Emulator).manager).needing(readMe),
		get("manager", "users/{}/manager", (*Emulator).manager).needing(readUsers),
		get("managerLink", "users/{}/manager/$ref", (*Emulator).managerLink).needing(readUsers),
		put("setManager", "users/{}/manager/$ref", (*Emulator).setManager).needing(createUsers),
		remove("removeManager", "users/{}/manager/$ref", (*Emulator).removeManager).needing(createUsers),
		get("directReports", "me/directReports", (*Emulator).directReports).needing(readMe),
		get("directReports", "users/{}/directReports", (*Emulator).directReports).needing(readUsers),
		get("countDirectReports", "users/{}/directReports/$count", (*Emulator).countDirectReports).needing(readUsers),
		post("getMemberGroups", "me/getMemberGroups", (*Emulator).memberGroups).reading().needing(readMyGroups),
		post("getMemberGroups", "users/{}/getMemberGroups", (*Emulator).memberGroups).reading().needing(readUserGroups),
		post("checkMemberGroups", "me/checkMemberGroups", (*Emulator).memberGroups).reading().needing(readMyGroups),
		post("checkMemberGroups", "users/{}/checkMemberGroups", (*Emulator).memberGroups).reading().needing(readUserGroups),
		post("assignLicense", "me/assignLicense", (*Emulator).assignLicense).needing(assignUsers),
		post("assignLicense", "users/{}/assignLicense", (*Emulator).assignLicense).needing(assignUsers),
		post("reprocessLicenseAssignment", "me/reprocessLicenseAssignment", (*Emulator).reprocessLicenses).needing(reprocess),
		post("reprocessLicenseAssignment", "users/{}/reprocessLicenseAssignment", (*Emulator).reprocessLicenses).needing(reprocess),
		get("userPurpose", "users/{}/mailboxSettings/userPurpose", (*Emulator).userPurpose).costing(0).needing(readMailboxes),
		get("getUserProperty", "me/{}", (*Emulator).userProperty).needing(readMe).among(userPropertyNames()),
		get("getUserProperty", "users/{}/{}", (*Emulator).userProperty).needing(readUsers).among(userPropertyNames()),
	}
}

// groupRoutes are the operations on groups.
func groupRoutes() []route {
	return []route{
		get("listGroups", "groups", (*Emulator).listGroups).needing(readGroups),
		get("groupsDelta", "groups/delta", (*Emulator).groupsDelta).needing(readGroups),
		get("countGroups", "groups/$count", (*Emulator).countAllGroups).needing(readGroups),
		post("createGroup", "groups", (*Emulator).createGroup).needing(createGroups),
		patch("patchGroup", "groups/{}", (*Emulator).patchGroup).needing(writeGroups),
		remove("deleteGroup", "groups/{}", (*Emulator).deleteGroup).needing(writeGroups),
		post("getMemberGroups", "groups/{}/getMemberGroups", (*Emulator).memberGroups).reading().needing(readGroups),
		post("checkMemberGroups", "groups/{}/checkMemberGroups", (*Emulator).memberGroups).reading().needing(readGroups),
		get("getMember", "groups/{}/members/{}/$ref", (*Emulator).getLink).needing(readGroups),
		get("getOwner", "groups/{}/owners/{}/$ref", (*Emulator).getLink).needing(readGroups),
		get("groupOwners", "groups/{}/owners", (*Emulator).groupOwners).needing(readGroups),
		get("groupMemberOf", "groups/{}/memberOf", (*Emulator).memberOf).needing(readGroups),
		get("groupMemberOf", "groups/{}/memberOf/group", (*Emulator).memberOf).needing(readGroups),
		get("groupMemberOf", "groups/{}/transitiveMemberOf", (*Emulator).memberOf).needing(readGroups),
		get("groupMemberOf", "groups/{}/transitiveMemberOf/group", (*Emulator).memberOf).needing(readGroups),
		get("countMemberOf", "groups/{}/memberOf/$count", (*Emulator).countMemberOf).needing(readGroups),
		get("countMemberOf", "groups/{}/transitiveMemberOf/$count", (*Emulator).countMemberOf).needing(readGroups),
		get("countMembers", "groups/{}/members/$count", (*Emulator).countMembers).needing(readGroups),
		get("countMembers", "groups/{}/transitiveMembers/$count", (*Emulator).countMembers).needing(readGroups),
		get("countMembers", "groups/{}/members/user/$count", (*Emulator).countMembers).needing(readGroups),
		get("countMembers", "groups/{}/transitiveMembers/user/$count", (*Emulator).countMembers).needing(readGroups),
		get("countMembers", "groups/{}/owners/$count", (*Emulator).countMembers).needing(readGroups),
		post("addMember", "groups/{}/members/$ref", (*Emulator).addLink).needing(writeMembers),
		remove("removeMember", "groups/{}/members/{}/$ref", (*Emulator).removeLink).needing(writeMembers),
		post("addOwner", "groups/{}/owners/$ref", (*Emulator).addLink).needing(writeGroups),
		remove("removeOwner", "groups/{}/owners/{}/$ref", (*Emulator).removeLink).needing(writeGroups),
		get("getGroup", "groups/{}", (*Emulator).getGroup).needing(readGroups),
		get("groupMembers", "groups/{}/members", (*Emulator).groupMembers).costing(3).needing(readGroups),
		get("groupMembers", "groups/{}/members/user", (*Emulator).memberUsers).costing(3).needing(readGroups),
		get("groupMembers", "groups/{}/transitiveMembers", (*Emulator).transitiveMembers).costing(3).needing(readGroups),
		get("groupMembers", "groups/{}/transitiveMembers/user", (*Emulator).transitiveUsers).costing(3).needing(readGroups),
		get("groupLicenseErrors", "groups/{}/membersWithLicenseErrors", (*Emulator).groupLicenseErrors).needing(readGroups),
		get("getGroupProperty", "groups/{}/{}", (*Emulator).groupProperty).needing(readGroups).among(groupPropertyNames()),
		post("assignGroupLicense", "groups/{}/assignLicense", (*Emulator).assignGroupLicense).needing(assignGroup),
	}
}

// get is an operation that reads, for one resource unit.
func get(name, pattern string, handle func(*Emulator, *call) reply) route {
	return route{name: name, method: "GET", pattern: segments(pattern), cost: 1, handle: handle}
}

// post is an operation that writes.
func post(name, pattern string, handle func(*Emulator, *call) reply) route {
	return route{name: name, method: "POST", pattern: segments(pattern), cost: 1, write: true, handle: handle}
}

func patch(name, pattern string, handle func(*Emulator, *call) reply) route {
	r := post(name, pattern, handle)
	r.method = "PATCH"
	return r
}

func put(name, pattern string, handle func(*Emulator, *call) reply) route {
	r := post(name, pattern, handle)
	r.method = "PUT"
	return r
}

// remove is an operation that deletes.
func remove(name, pattern string, handle func(*Emulator, *call) reply) route {
	r := post(name, pattern, handle)
	r.method = "DELETE"
	return r
}

func (r route) costing(units int) route {
	r.cost = units
	return r
}

func (r route) needing(scopes []string) route {
	r.scopes = scopes
	return r
}

// among is for an operation whose last variable segment is one of some names.
func (r route) among(names []string) route {
	r.names = names
	return r
}

// takes reports whether the variable segments of a path can be those of the
// operation.
func (r *route) takes(params []string) bool {
	return r.names == nil || slices.ContainsFunc(r.names, func(name string) bool { return strings.EqualFold(name, params[len(params)-1]) })
}

// reading is for an action that is posted and changes nothing.
func (r route) reading() route {
	r.write = false
	return r
}

// andAlso is for an operation that takes two permissions, and of a signed-in
// user a role.
func (r route) andAlso(scopes []string) route {
	r.also = scopes
	return r.byRole()
}

// byRole is for an operation that a signed-in user needs a role for.
func (r route) byRole() route {
	r.role = true
	return r
}

// free is an operation that anybody may call and that costs nothing.
func (r route) free() route {
	r.open, r.cost, r.write = true, 0, false
	return r
}

func segments(pattern string) []string { return strings.Split(pattern, "/") }

// findRoute finds the operation that a path means and sets the call's
// parameters.
func findRoute(c *call, routes []route, path []string) *apiError {
	known := false
	for i := range routes {
		r := &routes[i]
		params, ok := match(r.pattern, path)
		if !ok || !r.takes(params) || r.pattern[len(path)-1] == "{}" && hasOneMethod(path) {
			continue // a count or a delta is no object
		}
		known = true
		if r.method == c.method {
			c.route, c.params = r, params
			return nil
		}
	}
	if known && hasOneMethod(path) {
		return ptr(newError(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."))
	}
	return ptr(notEmulated(fmt.Sprintf("%s /%s", clip(c.method), clip(withoutKeys(path)))))
}

// withoutKeys writes a path with {id} for each key in it, so that what is not
// there is named once, whoever it was asked for.
func withoutKeys(path []string) string {
	shown := slices.Clone(path)
	for i, segment := range path {
		_, err := license.ParseGUID(segment)
		if i > 0 && (err == nil || strings.HasPrefix(segment, quotedKey) || strings.Contains(segment, "@")) {
			shown[i] = "{id}"
		}
	}
	return strings.Join(shown, "/")
}

// hasOneMethod reports whether Graph itself has but one method at a path:
// actions are posted, and what is counted or a delta is read.
func hasOneMethod(path []string) bool {
	switch strings.ToLower(trimNamespace(path[len(path)-1])) {
	case "assignlicense", "getmembergroups", "checkmembergroups", "reprocesslicenseassignment", "getbyids", "$batch", "$count", "delta":
		return true
	}
	return false
}

// match compares a path with a pattern and returns the variable segments.
// Actions go by any case and with or without their namespace: all three
// spellings are in use by real clients.
func match(pattern, path []string) ([]string, bool) {
	if len(pattern) != len(path) {
		return nil, false
	}
	var params []string
	for i, want := range pattern {
		got := path[i]
		if want == "{}" {
			params = append(params, got)
			continue
		}
		if function, ok := strings.CutSuffix(want, periodOfFunction); ok {
			period, ok := periodOf(function, trimNamespace(got))
			if !ok {
				return nil, false
			}
			params = append(params, period)
			continue
		}
		if !strings.EqualFold(want, trimNamespace(got)) {
			return nil, false
		}
	}
	return params, !slices.Contains(params, "")
}

// periodOfFunction is how a pattern writes the parameter of a function.
const periodOfFunction = "(period='{}')"

// periodOf gives the parameter with which a segment calls a function.
func periodOf(function, segment string) (string, bool) {
	name, parameter, ok := strings.Cut(segment, "(period='")
	return strings.TrimSuffix(parameter, "')"), ok && strings.EqualFold(name, function) && strings.HasSuffix(parameter, "')")
}

// trimNamespace takes off what may stand around the name of an action or a
// type: its namespace or the alias of that, and the empty parentheses with
// which the official SDKs write a function.
func trimNamespace(segment string) string {
	segment = strings.TrimSuffix(segment, "()")
	for _, namespace := range []string{"microsoft.graph.", "graph."} {
		if len(segment) > len(namespace) && strings.EqualFold(segment[:len(namespace)], namespace) {
			return segment[len(namespace):]
		}
	}
	return segment
}
