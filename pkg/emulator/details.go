package emulator

import (
	"encoding/base64"
	"net/http"

	"github.com/licensectl/licensectl/pkg/license"
)

// licenseDetails answers GET /users/{id}/licenseDetails: what the user holds,
// by whatever path, and how each service plan of it stands.
func (e *Emulator) licenseDetails(c *call) reply {
	if err := checkListOptions(c.query, "$select"); err != nil {
		return e.failure(c, *err)
	}
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	v := e.view(c)
	v.mu.RLock()
	defer v.mu.RUnlock()
	u := v.user(r)
	list := v.licenseDetails(u)
	for _, fields := range list {
		if err := selectFields(fields, c.query.Get("$select")); err != nil {
			return e.failure(c, *err)
		}
	}
	return jsonReply(http.StatusOK, map[string]any{
		"@odata.context": c.root() + "/$metadata#users('" + u.id.String() + "')/licenseDetails", "value": list,
	})
}

// licenseDetails are the products that a user holds, each once; empty for none.
func (v view) licenseDetails(u user) []map[string]any {
	list := []map[string]any{}
	for i, a := range u.held {
		if a.takesSeat() && firstSeat(u.held, i) {
			list = append(list, v.licenseDetail(u, a.sku))
		}
	}
	return list
}

func (v view) licenseDetail(u user, ref skuRef) map[string]any {
	sku := v.products[ref].sku
	disabled := v.disabledPlans(u, ref)
	plans := []license.ServicePlan{}
	for _, p := range sku.Plans {
		if license.ContainsGUID(disabled, p.ID) {
			p.ProvisioningStatus = "Disabled"
		}
		plans = append(plans, p)
	}
	sku.Plans = plans
	return detailFields(u, sku)
}

// detailFields are the properties of a license detail, with the service plans
// as they stand for the user.
func detailFields(u user, sku license.SKU) map[string]any {
	return map[string]any{
		"id":    base64.RawURLEncoding.EncodeToString(append(u.id[:], sku.ID[:]...)),
		"skuId": sku.ID, "skuPartNumber": sku.PartNumber, "servicePlans": servicePlans(sku.Plans),
	}
}

// reprocessLicenses answers POST /users/{id}/reprocessLicenseAssignment: the
// licenses of all the user's groups are tried again, and what is against one
// is the answer.
func (e *Emulator) reprocessLicenses(c *call) reply {
	r, err := e.targetUser(c)
	if err != nil {
		return e.failure(c, *err)
	}
	no := e.dir.reprocess(r, e.now())
	c.mutated = true
	if no != nil {
		return e.failure(c, no.apiError)
	}
	return e.userReply(c, selection{props: e.properties[:defaultProperties]}, r)
}
