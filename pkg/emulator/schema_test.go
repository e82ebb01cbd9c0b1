package emulator_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// The shapes of Graph's answers, from its published metadata (v1.0, 2026-08):
// each property with its type, a question mark where null is allowed. A
// property that is not listed must not be sent.
var graphTypes = map[string]map[string]string{
	"user": {
		"id": "string", "deletedDateTime": "time?", "accountEnabled": "bool?", "assignedLicenses": "[]assignedLicense",
		"assignedPlans": "[]assignedPlan", "businessPhones": "[]string", "city": "string?", "companyName": "string?", "country": "string?",
		"employeeId": "string?", "isManagementRestricted": "bool?", "createdDateTime": "time?", "department": "string?",
		"displayName": "string?", "givenName": "string?", "jobTitle": "string?", "licenseAssignmentStates": "[]licenseAssignmentState",
		"mail": "string?", "mobilePhone": "string?", "officeLocation": "string?", "onPremisesSyncEnabled": "bool?",
		"preferredLanguage": "string?", "surname": "string?", "usageLocation": "string?", "userPrincipalName": "string?", "userType": "string?",
		"ageGroup": "string?", "consentProvidedForMinor": "string?", "passwordPolicies": "string?", "showInAddressList": "bool?",
		"employeeType": "string?", "faxNumber": "string?", "mailNickname": "string?", "onPremisesImmutableId": "string?", "postalCode": "string?",
		"state": "string?", "streetAddress": "string?", "employeeHireDate": "time?", "employeeLeaveDateTime": "time?", "signInActivity": "signInActivity?",
		"identities": "[]objectIdentity",
	},
	"objectIdentity": {"issuer": "string?", "issuerAssignedId": "string?", "signInType": "string?"},
	"signInActivity": {
		"lastSignInDateTime": "time?", "lastSignInRequestId": "string?", "lastNonInteractiveSignInDateTime": "time?",
		"lastNonInteractiveSignInRequestId": "string?", "lastSuccessfulSignInDateTime": "time?", "lastSuccessfulSignInRequestId": "string?",
	},
	"servicePrincipal": {
		"id": "string", "appId": "string?", "displayName": "string?", "servicePrincipalType": "string?", "accountEnabled": "bool?",
		"appOwnerOrganizationId": "guid?",
	},
	"userPurpose":    {"value": "string"},
	"reportSettings": {"displayConcealedNames": "bool?"},
	"companySubscription": {
		"id": "string", "commerceSubscriptionId": "string?", "createdDateTime": "time?", "isTrial": "bool?", "nextLifecycleDateTime": "time?",
		"ownerId": "string?", "ownerTenantId": "string?", "ownerType": "string?", "serviceStatus": "[]servicePlanInfo", "skuId": "string?",
		"skuPartNumber": "string?", "status": "string?", "totalLicenses": "int?",
	},
	"domain": {
		"id": "string", "authenticationType": "string", "isAdminManaged": "bool", "isDefault": "bool", "isInitial": "bool", "isRoot": "bool",
		"isVerified": "bool", "supportedServices": "[]string",
	},
	"group": {
		"id": "string", "deletedDateTime": "time?", "assignedLicenses": "[]assignedLicense", "createdDateTime": "time?", "displayName": "string?",
		"description": "string?", "mailNickname": "string?", "mail": "string?", "proxyAddresses": "[]string",
		"groupTypes": "[]string", "licenseProcessingState": "licenseProcessingState?", "mailEnabled": "bool?",
		"membershipRule": "string?", "membershipRuleProcessingState": "string?", "onPremisesSyncEnabled": "bool?", "securityEnabled": "bool?", "visibility": "string?",
	},
	"assignedPlan":    {"assignedDateTime": "time?", "capabilityStatus": "string?", "service": "string?", "servicePlanId": "guid?"},
	"assignedLicense": {"disabledPlans": "[]guid", "skuId": "guid?"},
	"licenseAssignmentState": {
		"assignedByGroup": "string?", "disabledPlans": "[]guid", "error": "string?", "lastUpdatedDateTime": "time?", "skuId": "guid?", "state": "string?",
	},
	"licenseProcessingState": {"state": "string?"},
	"licenseUnitsDetail":     {"enabled": "int?", "lockedOut": "int?", "suspended": "int?", "warning": "int?"},
	"servicePlanInfo":        {"appliesTo": "string?", "provisioningStatus": "string?", "servicePlanId": "guid?", "servicePlanName": "string?"},
	"subscribedSku": {
		"id": "string", "accountId": "string?", "accountName": "string?", "appliesTo": "string?", "capabilityStatus": "string?", "consumedUnits": "int?",
		"prepaidUnits": "licenseUnitsDetail?", "servicePlans": "[]servicePlanInfo", "skuId": "guid?", "skuPartNumber": "string?", "subscriptionIds": "[]string",
	},
	"licenseDetails": {"id": "string", "servicePlans": "[]servicePlanInfo", "skuId": "guid?", "skuPartNumber": "string?"},
	"organization": {
		"id": "string", "displayName": "string?", "countryLetterCode": "string?", "tenantType": "string?", "verifiedDomains": "[]verifiedDomain",
	},
	"verifiedDomain": {"name": "string", "isDefault": "bool", "isInitial": "bool", "type": "string", "capabilities": "string"},
	"directoryAudit": {
		"id": "string", "activityDateTime": "time", "activityDisplayName": "string", "additionalDetails": "[]any", "category": "string",
		"correlationId": "string?", "initiatedBy": "auditActivityInitiator?", "loggedByService": "string?", "operationType": "string?",
		"result": "string?", "resultReason": "string?", "targetResources": "[]targetResource",
	},
	"auditActivityInitiator": {"app": "appIdentity?", "user": "userIdentity?"},
	"appIdentity":            {"appId": "string?", "displayName": "string?", "servicePrincipalId": "string?", "servicePrincipalName": "string?"},
	"userIdentity":           {"id": "string?", "displayName": "string?", "ipAddress": "string?", "userPrincipalName": "string?"},
	"targetResource": {
		"id": "string?", "displayName": "string?", "type": "string?", "userPrincipalName": "string?", "groupType": "string?", "modifiedProperties": "[]any",
	},
	"error":       {"error": "mainError"},
	"mainError":   {"code": "string", "message": "string", "details": "[]errorDetail", "innerError": "innerError"},
	"errorDetail": {"code": "string", "message": "string", "target": "string"},
	"innerError": {
		"date": "zonelessTime", "request-id": "guid", "client-request-id": "string", "code": "string", "message": "string", "status": "string",
	},
	"batch":     {"responses": "[]batchItem"},
	"batchItem": {"id": "string", "status": "int", "headers": "map", "body": "any"},
}

// The properties that hold nothing in the emulator are null, or an empty list.
var (
	nullOfUser = strings.Fields("ageGroup authorizationInfo consentProvidedForMinor creationType customSecurityAttributes deviceEnrollmentLimit deletedDateTime " +
		"employeeOrgData employeeType externalUserState externalUserStateChangeDateTime faxNumber identityParentId print " +
		"isResourceAccount lastPasswordChangeDateTime legalAgeGroupClassification mailNickname onPremisesDistinguishedName " +
		"onPremisesDomainName onPremisesExtensionAttributes onPremisesImmutableId onPremisesLastSyncDateTime onPremisesSamAccountName " +
		"onPremisesSecurityIdentifier onPremisesUserPrincipalName passwordPolicies passwordProfile postalCode preferredDataLocation " +
		"securityIdentifier showInAddressList signInSessionsValidFromDateTime streetAddress")
	emptyOfUser = strings.Fields("imAddresses onPremisesProvisioningErrors otherMails provisionedPlans proxyAddresses serviceProvisioningErrors")
	nullOfGroup = strings.Fields("accessType allowExternalSenders autoSubscribeNewMembers hideFromAddressLists hideFromOutlookClients isArchived isFavorite " +
		"isSubscribedByMail onPremisesExtensionAttributes organizationId unseenConversationsCount unseenCount unseenMessagesCount " +
		"welcomeMessageEnabled classification description expirationDateTime isAssignableToRole isManagementRestricted mail mailNickname " +
		"membershipRule onPremisesDomainName onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesSamAccountName " +
		"onPremisesSecurityIdentifier onPremisesSyncEnabled preferredDataLocation preferredLanguage renewedDateTime securityIdentifier theme " +
		"uniqueName visibility")
	emptyOfGroup = strings.Fields("assignedLabels infoCatalogs onPremisesProvisioningErrors proxyAddresses resourceBehaviorOptions " +
		"resourceProvisioningOptions serviceProvisioningErrors")
	nullOfTenant = strings.Fields("city country createdDateTime defaultUsageLocation mobileDeviceManagementAuthority onPremisesLastSyncDateTime " +
		"onPremisesSyncEnabled partnerTenantType postalCode preferredLanguage privacyProfile state street")
	emptyOfTenant = strings.Fields("assignedPlans businessPhones marketingNotificationEmails provisionedPlans securityComplianceNotificationMails " +
		"securityComplianceNotificationPhones technicalNotificationMails")
	nullOfDomain = strings.Fields("availabilityStatus manufacturer model passwordNotificationWindowInDays passwordValidityPeriodInDays state")
)

// answerTypes tells what an operation answers with, by the shape of its path.
var answerTypes = []struct{ method, path, answer string }{
	{"GET", `/users`, "[]user"},
	{"GET", `/users/(microsoft\.graph\.)?delta(\(\))?`, "[]user"},
	{"GET", `/(me|users/[^/]+|users\(.*'.*'\))`, "user"},
	{"GET", `/(me|users/[^/]+|groups/[^/]+)/(usageLocation|accountenabled|assignedLicenses|displayName|description)`, "map"},
	{"POST", `/(me|users/[^/]+|users\('.*'\))/(?i:(microsoft\.graph\.)?(assignLicense|reprocessLicenseAssignment))`, "user"},
	{"GET", `/(me|users/[^/]+)/licenseDetails`, "[]licenseDetails"},
	{"GET", `/(me|users/[^/]+)/licenseDetails/[^/]+`, "licenseDetails"},
	{"GET", `/(me|users/[^/]+)/(memberOf|transitiveMemberOf)(/microsoft\.graph\.group)?`, "[]group"},
	{"POST", `/(me|(users|groups|directoryObjects)/[^/]+)/(getMemberGroups|checkMemberGroups)`, "[]guid"},
	{"POST", `/users`, "user"},
	{"POST", `/groups`, "group"},
	{"GET", `/groups/(microsoft\.graph\.)?delta(\(\))?`, "[]group"},
	{"GET", `/groups/[^/]+/(memberOf|transitiveMemberOf)(/microsoft\.graph\.group)?`, "[]group"},
	{"GET", `/(me|users/[^/]+)/directReports`, "[]user"},
	{"GET", `/(me|users/[^/]+)/manager`, "user"},
	{"GET", `/users/[^/]+/manager/\$ref`, "any"},
	{"GET", `/`, "map"},
	{"GET", `/groups/[^/]+/owners`, "[]user"},
	{"GET", `/groups/[^/]+/(members|owners)/[^/]+/\$ref`, "any"},
	{"GET", `/directory/deletedItems/microsoft\.graph\.user`, "[]user"},
	{"GET", `/directory/deletedItems/microsoft\.graph\.group`, "[]group"},
	{"GET", `/directory/deletedItems/[^/]+`, "user"},
	{"POST", `/directory/deletedItems/[^/]+/restore`, "user"},
	{"POST", `/directoryObjects/getByIds`, "[]any"},
	{"GET", `/directoryObjects/[^/]+`, "any"},
	{"GET", `/servicePrincipals`, "[]servicePrincipal"},
	{"GET", `/servicePrincipals(/[^/]+|\(.*\))`, "servicePrincipal"},
	{"GET", `/subscribedSkus/[^/]+`, "subscribedSku"},
	{"GET", `/organization/[^/]+`, "organization"},
	{"GET", `/domains`, "[]domain"},
	{"GET", `/domains/[^/]+`, "domain"},
	{"GET", `/subscribedSkus`, "[]subscribedSku"},
	{"GET", `/organization`, "[]organization"},
	{"GET", `/groups`, "[]group"},
	{"GET", `/groups/[^/]+`, "group"},
	{"POST", `/groups/[^/]+/assignLicense`, "group"},
	{"GET", `/groups/[^/]+/(members|transitiveMembers|membersWithLicenseErrors)(/microsoft\.graph\.user)?`, "[]user"},
	{"GET", `/auditLogs/directoryAudits`, "[]directoryAudit"},
	{"GET", `/users/[^/]+/mailboxSettings/userPurpose`, "userPurpose"},
	{"GET", `/directory/subscriptions`, "[]companySubscription"},
	{"GET", `/admin/reportSettings`, "reportSettings"},
	{"POST", `/\$batch`, "batch"},
}

// checkShape fails the test if an answer of Graph is not of its published
// shape. Every answer that the tests get goes through it.
func checkShape(t *testing.T, method, path string, a answer) {
	t.Helper()
	if a.status >= 400 {
		checkType(t, path, "error", a.json)
		return
	}
	if a.status == 204 || a.status == 304 || strings.HasSuffix(path, "/$count") {
		return
	}
	for _, known := range answerTypes {
		if known.method != method || !regexp.MustCompile(`^`+known.path+`$`).MatchString(path) {
			continue
		}
		if item, ok := strings.CutPrefix(known.answer, "[]"); ok {
			checkType(t, path, "[]"+item, a.json["value"])
			return
		}
		checkType(t, path, known.answer, a.json)
		return
	}
	t.Errorf("%s %s: no published shape for the answer", method, path)
}

// reporter is what a check needs of a test.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

var guidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func checkType(t reporter, place, kind string, v any) {
	t.Helper()
	kind, nullable := strings.CutSuffix(kind, "?")
	if v == nil {
		if !nullable {
			t.Errorf("%s: null, want %s", place, kind)
		}
		return
	}
	if item, ok := strings.CutPrefix(kind, "[]"); ok {
		list, ok := v.([]any)
		if !ok {
			t.Errorf("%s: %v, want a list of %s", place, v, item)
		}
		for i, v := range list {
			checkType(t, fmt.Sprintf("%s[%d]", place, i), item, v)
		}
		return
	}
	if object, ok := v.(map[string]any); ok && (kind == "user" || kind == "group") && object["@odata.type"] == "#microsoft.graph.group" {
		kind = "group" // of a list of both
	}
	if fields, ok := graphTypes[kind]; ok {
		checkObject(t, place, fields, v)
		return
	}
	if !isScalar(kind, v) {
		t.Errorf("%s: %v, want %s", place, v, kind)
	}
}

func checkObject(t reporter, place string, fields map[string]string, v any) {
	t.Helper()
	object, ok := v.(map[string]any)
	if !ok {
		t.Errorf("%s: %v, want an object", place, v)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if strings.Contains(name, "@") {
			continue
		}
		kind, ok := fields[name]
		if !ok && object[name] == nil && slices.Contains(slices.Concat(nullOfUser, nullOfGroup, nullOfTenant, nullOfDomain), name) {
			continue
		}
		if list, isList := object[name].([]any); !ok && isList && len(list) == 0 && slices.Contains(slices.Concat(emptyOfUser, emptyOfGroup, emptyOfTenant), name) {
			continue
		}
		if !ok {
			t.Errorf("%s: the property %q is not published", place, name)
			continue
		}
		checkType(t, place+"."+name, kind, object[name])
	}
}

func isScalar(kind string, v any) bool {
	text, isText := v.(string)
	switch kind {
	case "any":
		return true
	case "map":
		_, ok := v.(map[string]any)
		return ok
	case "bool":
		_, ok := v.(bool)
		return ok
	case "int":
		n, ok := v.(float64)
		return ok && n == float64(int32(n))
	case "guid":
		return guidPattern.MatchString(text)
	case "time":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	case "zonelessTime":
		_, err := time.Parse("2006-01-02T15:04:05", text)
		return err == nil
	}
	return kind == "string" && isText
}

// TestShapesAreChecked shows that checkShape sees what is wrong.
func TestShapesAreChecked(t *testing.T) {
	w := start(t, emulator.Options{})
	for _, target := range []string{
		"/users?$select=id,assignedPlans,licenseAssignmentStates,assignedLicenses,createdDateTime", "/subscribedSkus", "/organization", "/groups", groupPath("/members"),
	} {
		w.get(target)
	}
	for name, v := range map[string]any{
		"an unknown property": map[string]any{"id": "x", "shoeSize": 1.0},
		"a wrong type":        map[string]any{"id": "x", "accountEnabled": "true"},
		"null":                map[string]any{"id": nil},
		"no list":             map[string]any{"id": "x", "businessPhones": ""},
		"a bad GUID":          map[string]any{"id": "x", "assignedLicenses": []any{map[string]any{"skuId": "X"}}},
		"no object":           "x",
	} {
		probe := &probe{}
		checkType(probe, "user", "user", v)
		if !probe.failed {
			t.Errorf("%s went through", name)
		}
	}
}

// probe takes the reports of a check that is itself tested.
type probe struct{ failed bool }

func (p *probe) Helper()               {}
func (p *probe) Errorf(string, ...any) { p.failed = true }
