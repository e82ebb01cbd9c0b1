package plan

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// StateOf gives what a user holds directly of the SKUs in scope: the form in
// which plans and receipts keep it.
func StateOf(u license.UserState, scope Scope) State {
	out := State{UsageLocation: u.UsageLocation, Licenses: []StateLicense{}}
	for _, a := range u.Assignments {
		if a.Direct() && scope.Manages(a.SKUID) {
			out.Licenses = append(out.Licenses, StateLicense{SKUID: a.SKUID, DisabledPlans: ids(a.DisabledPlans)})
		}
	}
	return out
}

// License gives the direct license of a SKU.
func (st State) License(sku license.GUID) (StateLicense, bool) {
	i := slices.IndexFunc(st.Licenses, func(l StateLicense) bool { return l.SKUID == sku })
	if i < 0 {
		return StateLicense{}, false
	}
	return st.Licenses[i], true
}

// After gives the state after the actions.
func (st State) After(actions []Action) State {
	out := State{UsageLocation: st.UsageLocation, Licenses: slices.Clone(st.Licenses)}
	for _, a := range actions {
		if a.Op == OpSetUsageLocation {
			out.UsageLocation = a.UsageLocation
			continue
		}
		if a.Op == OpReprocess {
			continue
		}
		out.Licenses = slices.DeleteFunc(out.Licenses, func(l StateLicense) bool { return l.SKUID == a.SKUID })
		if a.Op != OpRemove {
			out.Licenses = append(out.Licenses, StateLicense{SKUID: a.SKUID, DisabledPlans: ServicePlanIDs(a.DisabledPlans)})
		}
	}
	slices.SortFunc(out.Licenses, func(a, b StateLicense) int { return license.CompareGUIDs(a.SKUID, b.SKUID) })
	return out
}

// Equal reports whether two states are the same.
func (st State) Equal(other State) bool {
	return strings.EqualFold(st.UsageLocation, other.UsageLocation) &&
		slices.EqualFunc(st.Licenses, other.Licenses, func(a, b StateLicense) bool {
			return a.SKUID == b.SKUID && slices.Equal(a.DisabledPlans, b.DisabledPlans)
		})
}
