package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// assignLicense answers POST /users/{id}/assignLicense and /me/assignLicense.
// The answer has the default properties alone: a write cannot be verified from
// its own reply.
func (e *Emulator) assignLicense(c *call) reply {
	change, err := readChange(c.body)
	if err == nil && len(change.add)+len(change.remove) == 0 {
		err = ptr(badRequest("No license changes provided. At least one license to add or remove must be specified.")) // msgraph-sdk-powershell#3286
	}
	if err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	if e.restricted(r) {
		return e.failure(c, forbidden())
	}
	before := e.audited(r)
	changed, no := e.dir.assign(r, change, e.now())
	c.mutated = changed
	if changed {
		e.note(c, activityLicense, before)
	}
	if no != nil {
		return e.failure(c, no.apiError)
	}
	return e.userReply(c, selection{props: e.properties[:defaultProperties]}, r)
}

// readChange reads the body of an assignLicense call. Both parameters have to
// be there; null stands for an empty list, as real clients send it.
func readChange(body []byte) (change, *apiError) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return change{}, ptr(unreadable())
	}
	if err := checkParameters(fields); err != nil {
		return change{}, err
	}
	var out change
	var err *apiError
	if out.add, err = readAdditions(fields["addLicenses"]); err != nil {
		return change{}, err
	}
	out.remove, err = readGUIDs(fields["removeLicenses"])
	return out, err
}

func checkParameters(fields map[string]json.RawMessage) *apiError {
	var missing []string
	for _, name := range []string{"addLicenses", "removeLicenses"} {
		if _, ok := fields[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return ptr(badRequest(fmt.Sprintf(
			"One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: %s.", strings.Join(missing, ", "))))
	}
	for name := range fields {
		if name != "addLicenses" && name != "removeLicenses" && !strings.HasPrefix(name, "@odata.") {
			return ptr(badRequest(fmt.Sprintf("The parameter '%s' in the request payload is not a valid parameter for the operation 'assignLicense'.", clip(name))))
		}
	}
	return nil
}

func readAdditions(raw json.RawMessage) ([]License, *apiError) {
	var items []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, ptr(badRequest("The value of the parameter 'addLicenses' is not a collection of microsoft.graph.assignedLicense."))
	}
	var out []License
	for _, item := range items {
		l, err := readAddition(item)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

func readAddition(item map[string]json.RawMessage) (License, *apiError) {
	for name := range item {
		if name != "skuId" && name != "disabledPlans" && !strings.HasPrefix(name, "@odata.") {
			return License{}, ptr(badRequest(fmt.Sprintf("The property '%s' does not exist on type 'microsoft.graph.assignedLicense'.", clip(name))))
		}
	}
	sku, err := readGUID(item["skuId"])
	if err != nil {
		return License{}, err
	}
	plans, err := readGUIDs(item["disabledPlans"])
	return License{SKU: sku, DisabledPlans: plans}, err
}

// readGUIDs reads a list of GUIDs; absent and null are the empty list.
func readGUIDs(raw json.RawMessage) ([]license.GUID, *apiError) {
	if raw == nil || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil, badGUID()
	}
	var out []license.GUID
	for _, item := range items {
		id, err := readGUID(item)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

func readGUID(raw json.RawMessage) (license.GUID, *apiError) {
	var text string
	if raw == nil || json.Unmarshal(raw, &text) != nil {
		return license.GUID{}, badGUID()
	}
	id, err := license.ParseGUID(text)
	if err != nil {
		return license.GUID{}, badGUID()
	}
	return id, nil
}

func badGUID() *apiError {
	return ptr(badRequest("Cannot convert a primitive value to the expected type 'Edm.Guid'. See the inner exception for more details."))
}

// subscribedSkus answers GET /subscribedSkus, in one page. It supports no
// query option but $select.
func (e *Emulator) subscribedSkus(c *call) reply {
	if err := checkOptions(c.query, "$select"); err != nil {
		return e.failure(c, *err)
	}
	list := []any{}
	for _, sku := range e.skus(e.view(c)) {
		fields := e.subscribedSKU(sku)
		if err := selectFields(fields, c.query.Get("$select")); err != nil {
			return e.failure(c, *err)
		}
		list = append(list, fields)
	}
	return jsonReply(http.StatusOK, map[string]any{
		"@odata.context": c.root() + "/$metadata#subscribedSkus", "value": list,
	})
}

func (e *Emulator) subscribedSKU(sku license.SKU) map[string]any {
	tenant := e.dir.tenant
	return map[string]any{
		"id": tenant.id.String() + "_" + sku.ID.String(), "accountId": tenant.id, "accountName": tenant.displayName,
		"appliesTo": sku.AppliesTo, "capabilityStatus": sku.CapabilityStatus, "consumedUnits": sku.Units.Consumed,
		"prepaidUnits": map[string]int{
			"enabled": sku.Units.Enabled, "warning": sku.Units.Warning,
			"suspended": sku.Units.Suspended, "lockedOut": sku.Units.LockedOut,
		},
		"servicePlans": servicePlans(sku.Plans), "skuId": sku.ID, "skuPartNumber": sku.PartNumber,
		"subscriptionIds": []string{DerivedID("subscription", sku.ID.String()).String()},
	}
}

// selectFields leaves the properties that $select names, all where it is empty.
func selectFields(fields map[string]any, text string) *apiError {
	if text == "" {
		return nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if _, ok := fields[name]; !ok {
			return ptr(malformed(fmt.Sprintf("Parsing OData Select and Expand failed: Could not find a property named '%s'.", clip(name))))
		}
	}
	maps.DeleteFunc(fields, func(name string, _ any) bool { return !slices.Contains(names, name) })
	return nil
}

func servicePlans(plans []license.ServicePlan) []any {
	list := []any{}
	for _, p := range plans {
		list = append(list, map[string]any{
			"servicePlanId": p.ID, "servicePlanName": p.Name, "provisioningStatus": p.ProvisioningStatus, "appliesTo": p.AppliesTo,
		})
	}
	return list
}

// organization answers GET /organization with the one tenant. To whom may no
// more than sign in, what is beside its name is null (Graph docs,
// organization-list).
func (e *Emulator) organization(c *call) reply {
	if err := checkListOptions(c.query, "$select"); err != nil {
		return e.failure(c, *err)
	}
	fields := e.organizationFields(c)
	if err := selectFields(fields, c.query.Get("$select")); err != nil {
		return e.failure(c, *err)
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata#organization", "value": []any{fields}})
}

// organizationFields are the properties of the tenant that the caller may see.
func (e *Emulator) organizationFields(c *call) map[string]any {
	tenant := e.dir.tenant
	var country, kind any
	if c.caller.holdsAny(readTenant) {
		country, kind = tenant.country, "AAD"
	}
	fields := map[string]any{
		"id": tenant.id.String(), "displayName": tenant.displayName, "countryLetterCode": country, "tenantType": kind,
		"verifiedDomains": []any{map[string]any{
			"name": tenant.defaultDomain, "isDefault": true, "isInitial": true, "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline",
		}},
	}
	for _, name := range emptyTenantProperties {
		fields[name] = nil
	}
	for _, name := range emptyTenantLists {
		fields[name] = []any{}
	}
	return fields
}

// The other properties that the published metadata (v1.0, 2026-08) declares for
// an organization, which hold nothing here: one value, or a list.
var (
	emptyTenantProperties = []string{
		"city", "country", "createdDateTime", "defaultUsageLocation", "deletedDateTime", "mobileDeviceManagementAuthority",
		"onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "partnerTenantType", "postalCode", "preferredLanguage", "privacyProfile",
		"state", "street",
	}
	emptyTenantLists = []string{
		"assignedPlans", "businessPhones", "marketingNotificationEmails", "provisionedPlans", "securityComplianceNotificationMails",
		"securityComplianceNotificationPhones", "technicalNotificationMails",
	}
)
