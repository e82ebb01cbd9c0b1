package graph

import "strings"

// Op names what a call does, in the form that errors begin with.
type Op string

// The operations of Reader and Writer.
const (
	OpReadOrganization Op = "reading the organization"
	OpReadSKUs         Op = "reading the subscribed SKUs"
	OpReadMe           Op = "reading the signed-in user"
	OpListUsers        Op = "listing the users"
	OpFindUsers        Op = "looking up users"
	OpFilterUsers      Op = "selecting users by a filter"
	OpListMembers      Op = "reading the members of a group"
	OpAssignLicense    Op = "assigning licenses"
	OpSetUsageLocation Op = "setting the usage location"
	OpLicenseGroup     Op = "assigning licenses to a group"
	OpReprocess        Op = "reprocessing the licenses of a user"
)

// Permission is what an operation needs. Each list begins with the least
// privileged permission that the Graph docs name and goes on with the higher
// ones; any one of a list is enough.
type Permission struct {
	Application []string // for an app of its own
	Delegated   []string // for an app on behalf of a signed-in user
	Also        []string // each of these is needed besides; nil for most operations
}

// String names the least privileged permission of either kind.
func (p Permission) String() string {
	var kinds []string
	if len(p.Application) > 0 {
		kinds = append(kinds, p.Application[0]+" (application)")
	}
	if len(p.Delegated) > 0 {
		kinds = append(kinds, p.Delegated[0]+" (delegated)")
	}
	return strings.Join(append([]string{strings.Join(kinds, " or ")}, p.Also...), ", and ")
}

// Permission gives what the operation needs, after the permission tables of
// the Graph docs: organization-list, subscribedsku-list, user-get, user-list,
// group-list, group-list-members, group-list-transitivemembers, user-assignlicense,
// group-assignlicense, user-reprocesslicenseassignment, user-update,
// directoryaudit-list. What groups give is more than the basic properties that
// GroupMember.Read.All opens (permissions reference). On behalf of a user, assigning licenses also takes a
// role: License Administrator, User Administrator or Directory Writers; reading
// the audit log takes Reports Reader or Security Reader.
func (op Op) Permission() Permission {
	switch op {
	case OpReadOrganization:
		return Permission{
			Application: []string{"Organization.Read.All", "Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All"},
			Delegated:   []string{"User.Read", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"},
		}
	case OpReadSKUs:
		return both("LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All")
	case OpReadMe:
		// There is no signed-in user to read for an app of its own.
		return Permission{Delegated: []string{"User.Read", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}}
	case OpListUsers, OpFindUsers, OpFilterUsers, OpListDepartments, OpReadAttributes:
		return both("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	case OpAssignLicense:
		return both("LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
	case OpLicenseGroup:
		return both("LicenseAssignment.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
	case OpReprocess:
		return both("User.ReadWrite.All", "Directory.ReadWrite.All")
	case OpReadGroups:
		return both("Group.Read.All", "Directory.Read.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
	case OpFindGroups, OpListMembers:
		return both("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
	case OpReadAudits:
		p := both("AuditLog.Read.All")
		p.Also = []string{"Directory.Read.All"}
		return p
	case OpSetUsageLocation:
		return both("User.ReadUpdate.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
	}
	return op.permissionOfSignals()
}

func both(permissions ...string) Permission {
	return Permission{Application: permissions, Delegated: permissions}
}
