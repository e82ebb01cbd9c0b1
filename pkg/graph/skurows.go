package graph

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// products makes one product of all rows that have its skuId, whatever their
// order: a tenant that bought it through two accounts has two rows, with the
// seats of each (Graph docs, subscribedsku-list). A row that comes twice, as
// it may where a page begins anew, counts once; where it says two things nobody
// knows which is true.
func products(rows []skuRow) ([]license.SKU, error) {
	byRow := map[string]license.SKU{}
	byProduct := map[license.GUID]int{}
	out := make([]license.SKU, 0, len(rows))
	for _, row := range rows {
		if known, twice := byRow[row.id]; twice && row.id != "" {
			if !sameSKU(known, row.sku) {
				return nil, fmt.Errorf("SKU %s: a row came twice, and not the same both times", row.sku.ID)
			}
			continue
		}
		byRow[row.id] = row.sku
		if at, known := byProduct[row.sku.ID]; known {
			out[at] = joined(out[at], row.sku)
			continue
		}
		byProduct[row.sku.ID] = len(out)
		out = append(out, row.sku)
	}
	slices.SortFunc(out, compareSKUs)
	return out, nil
}

func sameSKU(a, b license.SKU) bool {
	return a.ID == b.ID && a.PartNumber == b.PartNumber && a.AppliesTo == b.AppliesTo &&
		a.CapabilityStatus == b.CapabilityStatus && a.Units == b.Units && slices.Equal(a.Plans, b.Plans)
}

// joined adds the seats of two rows of a product. It has every plan of either,
// is for users where one of them is, and is as able as the better one: seats of
// an account in good standing can be given out, whatever became of the other.
func joined(a, b license.SKU) license.SKU {
	out := a
	out.PartNumber = min(a.PartNumber, b.PartNumber)
	if b.AppliesTo == license.AppliesToUser {
		out.AppliesTo = b.AppliesTo
	}
	if better(b.CapabilityStatus, a.CapabilityStatus) {
		out.CapabilityStatus = b.CapabilityStatus
	}
	out.Units = license.Units{
		Enabled: a.Units.Enabled + b.Units.Enabled, Warning: a.Units.Warning + b.Units.Warning,
		Suspended: a.Units.Suspended + b.Units.Suspended, LockedOut: a.Units.LockedOut + b.Units.LockedOut,
		Consumed: a.Units.Consumed + b.Units.Consumed,
	}
	out.Plans = joinedPlans(a.Plans, b.Plans)
	return out
}

// joinedPlans gives every plan once, in the state that is better.
func joinedPlans(a, b []license.ServicePlan) []license.ServicePlan {
	out := slices.Clone(a)
	for _, p := range b {
		at := slices.IndexFunc(out, func(q license.ServicePlan) bool { return q.ID == p.ID })
		switch {
		case at < 0:
			out = append(out, p)
		case better(p.ProvisioningStatus, out[at].ProvisioningStatus):
			out[at].ProvisioningStatus = p.ProvisioningStatus
		}
	}
	slices.SortFunc(out, comparePlans)
	return out
}

// better orders the states of a product and of a plan, the ablest first; those
// that nobody knows come last, by name, so that the order of rows does not
// show.
func better(a, b string) bool {
	order := []string{
		"Enabled", "Warning", "Suspended", "LockedOut", "Deleted", // capabilityStatus
		"Success", "PendingProvisioning", "PendingActivation", "PendingInput", "Error", "Disabled", // provisioningStatus
	}
	rank := func(state string) int {
		if at := slices.Index(order, state); at >= 0 {
			return at
		}
		return len(order)
	}
	return rank(a) < rank(b) || rank(a) == rank(b) && a < b
}
