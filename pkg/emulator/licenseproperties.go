package emulator

import (
	"iter"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// appendAssignedLicenses writes every SKU that the user holds, by whatever
// path. What two paths disable between them is what both disable.
func appendAssignedLicenses(dst []byte, d *directory, u user) []byte {
	dst = append(dst, '[')
	for i, a := range u.held {
		if !a.takesSeat() || !firstSeat(u.held, i) {
			continue
		}
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"disabledPlans":`...)
		dst = appendGUIDs(dst, d.disabledPlans(u, a.sku))
		dst = append(dst, `,"skuId":`...)
		dst = appendGUID(dst, d.products[a.sku].sku.ID)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendAssignedPlans writes the service plans that the user's licenses enable.
func appendAssignedPlans(dst []byte, d *directory, u user) []byte {
	dst = append(dst, '[')
	for id, a := range d.plansWithLicense(u) {
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"assignedDateTime":"`...)
		dst = a.updatedAt().AppendFormat(dst, time.RFC3339)
		dst = append(dst, `","capabilityStatus":"Enabled","service":`...)
		dst = appendOptional(dst, d.services[id])
		dst = append(dst, `,"servicePlanId":`...)
		dst = append(appendGUID(dst, id), '}')
	}
	return append(dst, ']')
}

// plansWithLicense yields the service plans that the user's licenses enable, each
// with the license that it comes from.
func (d *directory) plansWithLicense(u user) iter.Seq2[license.GUID, assignment] {
	return func(yield func(license.GUID, assignment) bool) {
		for i, a := range u.held {
			if !a.takesSeat() || !firstSeat(u.held, i) {
				continue
			}
			disabled := d.disabledPlans(u, a.sku)
			for _, id := range d.products[a.sku].plans {
				if !license.ContainsGUID(disabled, id) && !yield(id, a) {
					return
				}
			}
		}
	}
}

// disabledPlans are the plans of a SKU that every path to it disables.
func (d *directory) disabledPlans(u user, sku skuRef) []license.GUID {
	var common []license.GUID
	first := true
	for _, a := range u.held {
		if a.sku != sku || !a.takesSeat() {
			continue
		}
		if first {
			common, first = a.disabled.list(), false
			continue
		}
		common = slices.DeleteFunc(common, func(id license.GUID) bool { return !a.disabled.has(id) })
	}
	return common
}

// appendAssignmentStates writes every path by which the user holds a SKU, or
// should.
func appendAssignmentStates(dst []byte, d *directory, u user) []byte {
	dst = append(dst, '[')
	for i, a := range u.held {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"skuId":`...)
		dst = appendGUID(dst, d.products[a.sku].sku.ID)
		dst = append(dst, `,"disabledPlans":`...)
		dst = appendGUIDs(dst, a.disabled.list())
		dst = append(dst, `,"assignedByGroup":`...)
		if a.direct() {
			dst = append(dst, "null"...)
		} else {
			dst = appendGUID(dst, d.groups[a.group].id)
		}
		dst = append(dst, `,"state":"`...)
		dst = append(dst, a.state.String()...)
		dst = append(dst, `","error":"`...)
		dst = append(dst, a.err.String()...)
		dst = append(dst, `","lastUpdatedDateTime":"`...)
		dst = a.updatedAt().AppendFormat(dst, time.RFC3339)
		dst = append(dst, `"}`...)
	}
	return append(dst, ']')
}

// appendIdentities writes the one way to sign in that everybody has, as real
// tenants have it.
func appendIdentities(dst []byte, d *directory, u user) []byte {
	dst = append(dst, `[{"signInType":"userPrincipalName","issuer":`...)
	dst = appendString(dst, d.tenant.defaultDomain)
	dst = append(dst, `,"issuerAssignedId":`...)
	return append(appendString(dst, u.upn), "}]"...)
}
