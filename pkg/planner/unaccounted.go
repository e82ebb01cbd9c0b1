package planner

import (
	"github.com/licensectl/licensectl/pkg/license"
)

// maxUnaccounted is how many units of a product may be in use beyond what
// the users hold, or one in five, whichever is more: users that were deleted a
// moment ago, licenses that changed while the tenant was read.
const maxUnaccounted = 20

// unaccountedUnits warns of products of which far fewer users hold a license
// than units are in use: some of what users hold may have been kept back.
func (b *basis) unaccountedUnits() findings {
	if !b.in.Observed.Whole {
		return nil
	}
	var out findings
	holders := map[license.GUID]int{}
	for i := range b.in.Observed.Users {
		countHeld(&b.in.Observed.Users[i], holders)
	}
	for _, sku := range b.in.Observed.SKUs {
		used, held := sku.Units.Consumed, holders[sku.ID]
		if sku.AppliesTo == license.AppliesToCompany || used-held <= max(maxUnaccounted, used/5) {
			continue
		}
		out.add(finding{message: msgUnaccounted, args: []any{used, product(sku.ID), held}})
	}
	return out
}

// countHeld counts every product of a user once. Assignments are sorted, so
// that the paths of one product stand together.
func countHeld(u *license.UserState, holders map[license.GUID]int) {
	var last license.GUID
	for _, a := range u.Assignments {
		if a.SKUID != last {
			holders[a.SKUID]++
			last = a.SKUID
		}
	}
	for _, sku := range u.Unexplained {
		holders[sku]++
	}
}
