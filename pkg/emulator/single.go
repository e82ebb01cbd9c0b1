package emulator

import (
	"net/http"
	"strings"
)

// one answers with the one object of a collection whose id the call names last,
// with the properties that $select leaves.
func (e *Emulator) one(c *call, collection string, list []map[string]any) reply {
	if err := checkOptions(c.query, "$select"); err != nil {
		return e.failure(c, *err)
	}
	id := strings.TrimPrefix(c.params[len(c.params)-1], quotedKey)
	for _, fields := range list {
		if text, ok := fields["id"].(string); !ok || !strings.EqualFold(text, id) {
			continue
		}
		if err := selectFields(fields, c.query.Get("$select")); err != nil {
			return e.failure(c, *err)
		}
		fields["@odata.context"] = c.root() + "/$metadata#" + collection + "/$entity"
		return jsonReply(http.StatusOK, fields)
	}
	return e.failure(c, notFound(id))
}

// subscribedSku answers GET /subscribedSkus/{tenant}_{sku}.
func (e *Emulator) subscribedSku(c *call) reply {
	var list []map[string]any
	for _, sku := range e.skus(e.view(c)) {
		list = append(list, e.subscribedSKU(sku))
	}
	return e.one(c, "subscribedSkus", list)
}

// organizationByID answers GET /organization/{id}.
func (e *Emulator) organizationByID(c *call) reply {
	return e.one(c, "organization", []map[string]any{e.organizationFields(c)})
}

// domains answers GET /domains with the one that the tenant has.
func (e *Emulator) domains(c *call) reply {
	if err := checkListOptions(c.query, "$select", "$top"); err != nil {
		return e.failure(c, *err)
	}
	fields := e.domain()
	if err := selectFields(fields, c.query.Get("$select")); err != nil {
		return e.failure(c, *err)
	}
	return jsonReply(http.StatusOK, map[string]any{"@odata.context": c.root() + "/$metadata#domains", "value": []any{fields}})
}

// domainByID answers GET /domains/{name}.
func (e *Emulator) domainByID(c *call) reply {
	return e.one(c, "domains", []map[string]any{e.domain()})
}

func (e *Emulator) domain() map[string]any {
	return map[string]any{
		"id": e.dir.tenant.defaultDomain, "authenticationType": "Managed", "isAdminManaged": true, "isDefault": true, "isInitial": true,
		"availabilityStatus": nil, "manufacturer": nil, "model": nil, "passwordNotificationWindowInDays": nil,
		"passwordValidityPeriodInDays": nil, "state": nil, "isRoot": true, "isVerified": true, "supportedServices": []string{"Email", "OfficeCommunicationsOnline"},
	}
}

// licenseDetail answers GET /users/{id}/licenseDetails/{id}.
func (e *Emulator) licenseDetail(c *call) reply {
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	return e.oneDetail(c, r)
}

// oneDetail answers with that one of a user's license details that the call
// names last.
func (e *Emulator) oneDetail(c *call, r userRef) reply {
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	u := v.user(r)
	return e.one(c, "users('"+u.id.String()+"')/licenseDetails", v.licenseDetails(u))
}
