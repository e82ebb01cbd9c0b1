package emulator

import "slices"

// kindOf gives the type of a property of a kind of object, as edmTypeName reads
// it.
func kindOf(entity, property string) string {
	if kind, ok := edmKinds[entity+"."+property]; ok {
		return kind
	}
	return edmKinds[property]
}

// edmKinds are the types of the properties that are not text, whatever they are
// properties of.
var edmKinds = map[string]string{
	"accessType":                           "groupAccessType",
	"accountEnabled":                       "Boolean",
	"activityDateTime":                     "DateTimeOffset",
	"additionalDetails":                    "[]keyValue",
	"allowExternalSenders":                 "Boolean",
	"appOwnerOrganizationId":               "Guid",
	"assignedLabels":                       "[]assignedLabel",
	"assignedLicenses":                     "[]assignedLicense",
	"assignedPlans":                        "[]assignedPlan",
	"authorizationInfo":                    "authorizationInfo",
	"autoSubscribeNewMembers":              "Boolean",
	"businessPhones":                       "[]String",
	"consumedUnits":                        "Int32",
	"createdDateTime":                      "DateTimeOffset",
	"customSecurityAttributes":             "customSecurityAttributeValue",
	"deviceEnrollmentLimit":                "Int32",
	"displayConcealedNames":                "Boolean",
	"domain.state":                         "domainState",
	"employeeHireDate":                     "DateTimeOffset",
	"employeeLeaveDateTime":                "DateTimeOffset",
	"employeeOrgData":                      "employeeOrgData",
	"expirationDateTime":                   "DateTimeOffset",
	"externalUserStateChangeDateTime":      "DateTimeOffset",
	"groupTypes":                           "[]String",
	"hasMembersWithLicenseErrors":          "Boolean",
	"hideFromAddressLists":                 "Boolean",
	"hideFromOutlookClients":               "Boolean",
	"identities":                           "[]objectIdentity",
	"imAddresses":                          "[]String",
	"infoCatalogs":                         "[]String",
	"initiatedBy":                          "auditActivityInitiator",
	"isAdminManaged":                       "Boolean",
	"isArchived":                           "Boolean",
	"isAssignableToRole":                   "Boolean",
	"isDefault":                            "Boolean",
	"isFavorite":                           "Boolean",
	"isInitial":                            "Boolean",
	"isManagementRestricted":               "Boolean",
	"isResourceAccount":                    "Boolean",
	"isRoot":                               "Boolean",
	"isSubscribedByMail":                   "Boolean",
	"isTrial":                              "Boolean",
	"isVerified":                           "Boolean",
	"lastPasswordChangeDateTime":           "DateTimeOffset",
	"licenseAssignmentStates":              "[]licenseAssignmentState",
	"licenseProcessingState":               "licenseProcessingState",
	"mailEnabled":                          "Boolean",
	"marketingNotificationEmails":          "[]String",
	"mobileDeviceManagementAuthority":      "mdmAuthority",
	"nextLifecycleDateTime":                "DateTimeOffset",
	"onPremisesExtensionAttributes":        "onPremisesExtensionAttributes",
	"onPremisesLastSyncDateTime":           "DateTimeOffset",
	"onPremisesProvisioningErrors":         "[]onPremisesProvisioningError",
	"onPremisesSyncEnabled":                "Boolean",
	"otherMails":                           "[]String",
	"partnerTenantType":                    "partnerTenantType",
	"passwordProfile":                      "passwordProfile",
	"passwordNotificationWindowInDays":     "Int32",
	"passwordValidityPeriodInDays":         "Int32",
	"prepaidUnits":                         "licenseUnitsDetail",
	"print":                                "userPrint",
	"privacyProfile":                       "privacyProfile",
	"provisionedPlans":                     "[]provisionedPlan",
	"proxyAddresses":                       "[]String",
	"renewedDateTime":                      "DateTimeOffset",
	"resourceBehaviorOptions":              "[]String",
	"resourceProvisioningOptions":          "[]String",
	"result":                               "operationResult",
	"securityComplianceNotificationMails":  "[]String",
	"securityComplianceNotificationPhones": "[]String",
	"securityEnabled":                      "Boolean",
	"servicePlans":                         "[]servicePlanInfo",
	"serviceProvisioningErrors":            "[]serviceProvisioningError",
	"serviceStatus":                        "[]servicePlanInfo",
	"showInAddressList":                    "Boolean",
	"signInActivity":                       "signInActivity",
	"signInSessionsValidFromDateTime":      "DateTimeOffset",
	"licenseDetails.skuId":                 "Guid",
	"subscribedSku.skuId":                  "Guid",
	"subscriptionIds":                      "[]String",
	"supportedServices":                    "[]String",
	"targetResources":                      "[]targetResource",
	"technicalNotificationMails":           "[]String",
	"totalLicenses":                        "Int32",
	"unseenConversationsCount":             "Int32",
	"unseenCount":                          "Int32",
	"unseenMessagesCount":                  "Int32",
	"verifiedDomains":                      "[]verifiedDomain",
	"welcomeMessageEnabled":                "Boolean",
}

// edmRelations are the relations of each kind of object that there are
// here. Those of users and groups lead to objects that are there without them,
// those of the others belong to what they are of.
var edmRelations = map[string][]string{
	"user": {
		"directReports []directoryObject", "licenseDetails []licenseDetails", "manager directoryObject",
		"memberOf []directoryObject", "transitiveMemberOf []directoryObject",
	},
	"group": {
		"memberOf []directoryObject", "members []directoryObject", "membersWithLicenseErrors []directoryObject",
		"owners []directoryObject", "transitiveMemberOf []directoryObject", "transitiveMembers []directoryObject",
	},
	"directory":    {"deletedItems []directoryObject", "subscriptions []companySubscription"},
	"auditLogRoot": {"directoryAudits []directoryAudit"},
	"admin":        {"reportSettings adminReportSettings"},
	"copilotRoot":  {"reports copilotReportRoot"},
}

// edmComplexTypes are the types of values that have properties.
func edmComplexTypes() []edmType {
	kind := func(name string, properties ...string) edmType {
		return edmType{Name: name, Properties: edmProperties(properties...)}
	}
	open := edmType{Name: "customSecurityAttributeValue", Open: true}
	abstract := kind("serviceProvisioningError", "createdDateTime DateTimeOffset", "isResolved Boolean", "serviceInstance")
	abstract.Abstract = true
	return slices.Concat(edmLicenseTypes(kind), []edmType{
		open, abstract,
		kind("appIdentity", "appId", "displayName", "servicePrincipalId", "servicePrincipalName"),
		kind("assignedLabel", "displayName", "labelId"),
		kind("auditActivityInitiator", "app appIdentity", "user userIdentity"),
		kind("authorizationInfo", "certificateUserIds []String"),
		kind("domainState", "lastActionDateTime DateTimeOffset", "operation", "status"),
		kind("employeeOrgData", "costCenter", "division"),
		kind("keyValue", "key", "value"),
		kind("modifiedProperty", "displayName", "newValue", "oldValue"),
		kind("objectIdentity", "issuer", "issuerAssignedId", "signInType"),
		kind("onPremisesExtensionAttributes", "extensionAttribute1", "extensionAttribute2", "extensionAttribute3", "extensionAttribute4",
			"extensionAttribute5", "extensionAttribute6", "extensionAttribute7", "extensionAttribute8", "extensionAttribute9", "extensionAttribute10",
			"extensionAttribute11", "extensionAttribute12", "extensionAttribute13", "extensionAttribute14", "extensionAttribute15"),
		kind("onPremisesProvisioningError", "category", "occurredDateTime DateTimeOffset", "propertyCausingError", "value"),
		kind("passwordProfile", "forceChangePasswordNextSignIn Boolean", "forceChangePasswordNextSignInWithMfa Boolean", "password"),
		kind("privacyProfile", "contactEmail", "statementUrl"),
		kind("signInActivity", "lastNonInteractiveSignInDateTime DateTimeOffset", "lastNonInteractiveSignInRequestId",
			"lastSignInDateTime DateTimeOffset", "lastSignInRequestId", "lastSuccessfulSignInDateTime DateTimeOffset", "lastSuccessfulSignInRequestId"),
		kind("targetResource", "displayName", "groupType groupType", "id", "modifiedProperties []modifiedProperty", "type", "userPrincipalName"),
		kind("userIdentity", "displayName", "id", "ipAddress", "userPrincipalName"),
		kind("userPrint"),
		kind("verifiedDomain", "capabilities", "isDefault Boolean", "isInitial Boolean", "name", "type"),
	})
}

// edmLicenseTypes are those of them that licensing is about.
func edmLicenseTypes(kind func(name string, properties ...string) edmType) []edmType {
	return []edmType{
		kind("assignedLicense", "disabledPlans []Guid", "skuId Guid"),
		kind("assignedPlan", "assignedDateTime DateTimeOffset", "capabilityStatus", "service", "servicePlanId Guid"),
		kind("licenseAssignmentState", "assignedByGroup", "disabledPlans []Guid", "error", "lastUpdatedDateTime DateTimeOffset", "skuId Guid", "state"),
		kind("licenseProcessingState", "state"),
		kind("licenseUnitsDetail", "enabled Int32", "lockedOut Int32", "suspended Int32", "warning Int32"),
		kind("provisionedPlan", "capabilityStatus", "provisioningStatus", "service"),
		kind("servicePlanInfo", "appliesTo", "provisioningStatus", "servicePlanId Guid", "servicePlanName"),
	}
}

// edmEnums are the types that list their values.
func edmEnums() []edmEnum {
	enum := func(name string, first int, members ...string) edmEnum {
		out := edmEnum{Name: name}
		for i, member := range append(members, "unknownFutureValue") {
			out.Members = append(out.Members, edmMember{member, first + i})
		}
		return out
	}
	authority := enum("mdmAuthority", 0, "unknown", "intune", "sccm", "office365")
	authority.Members = authority.Members[:4] // nothing is to come
	return []edmEnum{
		enum("groupAccessType", 0, "none", "private", "secret", "public"),
		enum("groupType", 0, "unifiedGroups", "azureAD"),
		authority,
		enum("operationResult", 0, "success", "failure", "timeout"),
		enum("partnerTenantType", 1, "microsoftSupport", "syndicatePartner", "breadthPartner", "breadthPartnerDelegatedAdmin",
			"resellerPartnerDelegatedAdmin", "valueAddedResellerPartnerDelegatedAdmin"),
	}
}

// edmOperationOf is an operation on an object or a list of a kind.
func edmOperationOf(name, of, returns string, parameters ...string) edmOperation {
	return edmOperation{name, true, edmProperties(append([]string{"bindingParameter " + of}, parameters...)...), edmReturns{edmTypeName(returns)}}
}

// edmActions are the operations that are posted.
func edmActions() []edmOperation {
	return []edmOperation{
		edmOperationOf("assignLicense", "group", "group", "addLicenses []assignedLicense", "removeLicenses []Guid"),
		edmOperationOf("assignLicense", "user", "user", "addLicenses []assignedLicense", "removeLicenses []Guid"),
		edmOperationOf("checkMemberGroups", "directoryObject", "[]String", "groupIds []String"),
		edmOperationOf("getByIds", "[]directoryObject", "[]directoryObject", "ids []String", "types []String"),
		edmOperationOf("getMemberGroups", "directoryObject", "[]String", "securityEnabledOnly Boolean"),
		edmOperationOf("reprocessLicenseAssignment", "user", "user"),
		edmOperationOf("restore", "directoryObject", "directoryObject", "autoReconcileProxyConflict Boolean", "newUserPrincipalName"),
	}
}

// edmFunctions are those that are read.
func edmFunctions() []edmOperation {
	return []edmOperation{
		edmOperationOf("delta", "[]group", "[]group"),
		edmOperationOf("delta", "[]user", "[]user"),
		edmOperationOf("getMailboxUsageDetail", "reportRoot", "Stream", "period"),
		edmOperationOf("getMicrosoft365CopilotUsageUserDetail", "copilotReportRoot", "Stream", "period"),
		edmOperationOf("getOffice365ActiveUserDetail", "reportRoot", "Stream", "period"),
	}
}

// edmContainerOf has what an address can begin with.
func edmContainerOf() edmContainer {
	set := func(name, kind string, relations ...string) edmSet {
		out := edmSet{Name: name, Type: "microsoft.graph." + kind}
		for _, relation := range relations {
			out.Bindings = append(out.Bindings, edmBinding{relation, "directoryObjects"})
		}
		return out
	}
	single := func(name, kind string) edmSingleton { return edmSingleton{name, "microsoft.graph." + kind} }
	return edmContainer{
		Name: "GraphService",
		Sets: []edmSet{
			set("directoryObjects", "directoryObject"), set("domains", "domain"),
			set("groups", "group", "memberOf", "members", "membersWithLicenseErrors", "owners", "transitiveMemberOf", "transitiveMembers"),
			set("organization", "organization"), set("servicePrincipals", "servicePrincipal"), set("subscribedSkus", "subscribedSku"),
			set("users", "user", "directReports", "manager", "memberOf", "transitiveMemberOf"),
		},
		Singletons: []edmSingleton{
			single("admin", "admin"), single("auditLogs", "auditLogRoot"), single("copilot", "copilotRoot"), single("directory", "directory"),
			single("me", "user"), single("reports", "reportRoot"),
		},
	}
}
