package emulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// property is a property of a user and how it is written.
type property struct {
	name   string
	append func(dst []byte, d *directory, u user) []byte // gives nil for one that is left out
}

// defaultProperties is how many of the userProperties are returned without
// $select, and by assignLicense.
const defaultProperties = 11

// userProperties are the properties that the emulator knows, the default ones
// first, in the order in which the service writes them. Those that it does not
// hold are null.
func userProperties() []property {
	list := []property{
		{"businessPhones", func(dst []byte, _ *directory, _ user) []byte { return append(dst, "[]"...) }},
		{"displayName", func(dst []byte, _ *directory, u user) []byte { return appendString(dst, u.displayName) }},
		{"givenName", func(dst []byte, _ *directory, u user) []byte { return appendString(dst, u.givenName()) }},
		{"jobTitle", func(dst []byte, d *directory, u user) []byte { return appendOptional(dst, d.words.get(u.jobTitle)) }},
		{"mail", func(dst []byte, _ *directory, u user) []byte { return appendString(dst, u.mail()) }},
		{"mobilePhone", appendNull},
		{"officeLocation", appendNull},
		{"preferredLanguage", appendNull},
		{"surname", func(dst []byte, _ *directory, u user) []byte { return appendOptional(dst, u.surname()) }},
		{"userPrincipalName", func(dst []byte, _ *directory, u user) []byte { return appendString(dst, u.upn) }},
		{"id", func(dst []byte, _ *directory, u user) []byte { return appendGUID(dst, u.id) }},

		{"accountEnabled", func(dst []byte, _ *directory, u user) []byte { return strconv.AppendBool(dst, !u.has(flagDisabled)) }},
		{"assignedLicenses", appendAssignedLicenses},
		{"assignedPlans", appendAssignedPlans},
		{"city", appendNull},
		{"companyName", appendNull},
		{"country", func(dst []byte, d *directory, u user) []byte { return appendOptional(dst, d.words.get(u.country)) }},
		{"createdDateTime", appendCreated},
		{"deletedDateTime", appendDeleted},
		{"department", func(dst []byte, d *directory, u user) []byte { return appendOptional(dst, d.words.get(u.department)) }},
		{"employeeHireDate", appendHired},
		{"employeeId", appendNull},
		{"employeeLeaveDateTime", appendLeaves},
		{"identities", appendIdentities},
		{"isManagementRestricted", appendRestricted},
		{"licenseAssignmentStates", appendAssignmentStates},
		{"onPremisesSyncEnabled", appendNull},
		{"signInActivity", appendSignIns},
		{"state", appendNull},
		{"usageLocation", func(dst []byte, _ *directory, u user) []byte { return appendOptional(dst, u.usageLocation()) }},
		{"userType", func(dst []byte, _ *directory, u user) []byte { return appendString(dst, u.userType()) }},
	}
	for _, name := range emptyProperties {
		list = append(list, property{name, appendNull})
	}
	for _, name := range emptyLists {
		list = append(list, property{name, func(dst []byte, _ *directory, _ user) []byte { return append(dst, "[]"...) }})
	}
	return withHeldTexts(list)
}

// The other properties that the published metadata (v1.0, 2026-08) declares for
// a user, which hold nothing here: one value, or a list.
var (
	emptyProperties = []string{
		"ageGroup", "authorizationInfo", "consentProvidedForMinor", "creationType", "customSecurityAttributes", "deviceEnrollmentLimit",
		"employeeOrgData", "employeeType", "externalUserState",
		"externalUserStateChangeDateTime", "faxNumber", "identityParentId", "isResourceAccount", "lastPasswordChangeDateTime",
		"legalAgeGroupClassification", "mailNickname", "onPremisesDistinguishedName", "onPremisesDomainName",
		"onPremisesExtensionAttributes", "onPremisesImmutableId", "onPremisesLastSyncDateTime", "onPremisesSamAccountName",
		"onPremisesSecurityIdentifier", "onPremisesUserPrincipalName", "passwordPolicies", "passwordProfile", "postalCode",
		"preferredDataLocation", "print", "securityIdentifier", "showInAddressList", "signInSessionsValidFromDateTime",
		"streetAddress",
	}
	emptyLists = []string{
		"imAddresses", "onPremisesProvisioningErrors", "otherMails", "provisionedPlans", "proxyAddresses",
		"serviceProvisioningErrors",
	}
)

// appendRestricted writes null where the user is in no restricted unit: the
// default of the published metadata.
func appendRestricted(dst []byte, d *directory, u user) []byte {
	if !u.has(flagRestricted) {
		return appendNull(dst, d, u)
	}
	return append(dst, "true"...)
}

// notOnLists are properties that exist but that the service does not give for
// users: it answers 501 (Graph docs, user-list).
var notOnLists = []string{
	"aboutMe", "birthday", "hireDate", "interests", "mailboxSettings", "mySite", "pastProjects", "preferredName",
	"responsibilities", "schools", "skills",
}

// selection is the properties to write, and how the context names them.
type selection struct {
	props  []property
	fields string // "(id,displayName)"; empty for the default ones
}

// selectProperties reads $select. The service takes names in any case.
func selectProperties(props []property, list []string) (selection, *apiError) {
	if len(list) == 0 {
		return selection{props: props[:defaultProperties]}, nil
	}
	if len(list) > 1 {
		return selection{}, ptr(malformed("Query option '$select' was specified more than once, but it must be specified at most once."))
	}
	var sel selection
	var names []string
	for name := range strings.SplitSeq(list[0], ",") {
		p, err := findProperty(props, strings.TrimSpace(name))
		if err != nil {
			return selection{}, err
		}
		if !slices.Contains(names, p.name) {
			sel.props, names = append(sel.props, p), append(names, p.name)
		}
	}
	sel.fields = "(" + strings.Join(names, ",") + ")"
	return sel, nil
}

func findProperty(props []property, name string) (property, *apiError) {
	for _, p := range props {
		if strings.EqualFold(p.name, name) {
			return p, nil
		}
	}
	if name == "*" {
		return property{}, ptr(notEmulated("the query option '$select=*'"))
	}
	if slices.Contains(notOnLists, name) {
		return property{}, ptr(notImplemented("The property '" + name + "' is not given for users."))
	}
	return property{}, ptr(malformed(fmt.Sprintf(
		"Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.user'.", clip(name))))
}

// appendUser writes a user as a JSON object.
func (s selection) appendUser(dst []byte, d *directory, u user) []byte {
	dst = append(dst, '{')
	return s.appendProperties(dst, d, u)
}

// appendList ends a list answer, which has begun with its context, with its
// users.
func (s selection) appendList(dst []byte, d *directory, page []user) []byte {
	dst = append(dst, `,"value":[`...)
	for i, u := range page {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendUser(dst, d, u)
	}
	return append(dst, "]}"...)
}

// appendEntity writes a user as an answer of its own, with its context.
func (s selection) appendEntity(root string, d *directory, u user) []byte {
	dst := append([]byte(nil), `{"@odata.context":`...)
	dst = appendString(dst, root+"/$metadata#users"+s.fields+"/$entity")
	return s.appendProperties(append(dst, ','), d, u)
}

// appendTyped writes the rest of a JSON object, which the caller has begun: the
// type of a user and their properties.
func (s selection) appendTyped(dst []byte, d *directory, u user) []byte {
	return s.appendProperties(append(dst, `"@odata.type":"#microsoft.graph.`+u.kind()+`",`...), d, u)
}

func (s selection) appendProperties(dst []byte, d *directory, u user) []byte {
	for i, p := range s.props {
		before := dst
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, p.name...)
		dst = append(dst, `":`...)
		if dst = p.append(dst, d, u); dst == nil {
			dst = before
		}
	}
	return append(dst, '}')
}

// givenName and surname split the display name, which is all that is stored.
func (u user) givenName() string {
	first, _, _ := strings.Cut(u.displayName, " ")
	return first
}

func (u user) surname() string {
	_, rest, _ := strings.Cut(u.displayName, " ")
	return rest
}

// mail is the principal name; of a guest, the address that it was made from.
func (u user) mail() string {
	local, _, external := strings.Cut(u.upn, "#EXT#")
	if i := strings.LastIndexByte(local, '_'); external && i > 0 {
		return local[:i] + "@" + local[i+1:]
	}
	return u.upn
}
