package apply

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// needs says in plain words that a service plan needs another one: which
// product brings it, and which of the user's products has the other one off.
// It gives nothing where the service names fewer than two plans.
func needs(message string, after plan.State, names Names) string {
	ids := idsIn(message)
	if len(ids) < 2 {
		return ""
	}
	dependent, wanted := ids[0], ids[1:]
	labels := make([]string, len(wanted))
	for i, id := range wanted {
		labels[i] = names.PlanName(id)
	}
	text := fmt.Sprintf("%s needs %s", withProduct(dependent, after, names), strings.Join(labels, " or "))
	for _, id := range wanted {
		if sku, off := switchedOff(id, after); off {
			return text + fmt.Sprintf(", which %s has switched off", names.SKUName(sku))
		}
	}
	return text + ", which is on in no license beside it"
}

// excludes says in plain words that service plans exclude each other.
func excludes(message string, after plan.State, names Names) string {
	ids := idsIn(message)
	if len(ids) < 2 {
		return ""
	}
	return fmt.Sprintf("%s and %s exclude each other", withProduct(ids[0], after, names), withProduct(ids[1], after, names))
}

// withProduct names a service plan together with the product that the user
// was to have it from.
func withProduct(id license.GUID, after plan.State, names Names) string {
	name := names.PlanName(id)
	for _, l := range after.Licenses {
		sku, known := names.SKU(l.SKUID)
		if _, has := sku.Plan(id); known && has && !license.ContainsGUID(l.DisabledPlans, id) {
			return fmt.Sprintf("%s of %s", name, names.SKUName(l.SKUID))
		}
	}
	return name
}

// switchedOff finds the license that has a service plan and has it off.
func switchedOff(id license.GUID, after plan.State) (license.GUID, bool) {
	i := slices.IndexFunc(after.Licenses, func(l plan.StateLicense) bool { return license.ContainsGUID(l.DisabledPlans, id) })
	if i < 0 {
		return license.GUID{}, false
	}
	return after.Licenses[i].SKUID, true
}

// idsIn gives the ids that a message of the service names, in their order.
func idsIn(message string) []license.GUID {
	var out []license.GUID
	for _, text := range guidPattern.FindAllString(message, -1) {
		if id, err := license.ParseGUID(text); err == nil {
			out = append(out, id)
		}
	}
	return out
}
