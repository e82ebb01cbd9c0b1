package manifest

import "github.com/licensectl/licensectl/pkg/plan"

// KeyOrder gives the keys of a mapping in the order in which they are written:
// that of the documentation. The path leads to the mapping from the root of a
// document of that kind, by keys, with nothing for the items of a list: the
// entries of users are at "spec", "users". It is nil where the order means
// nothing or is not known.
func KeyOrder(kind string, path ...string) []string {
	switch len(path) {
	case 0:
		return documentKeys
	case 1:
		return topOrder(kind, path[0])
	}
	if path[0] != "spec" {
		return nil
	}
	last := path[len(path)-1]
	if kind == KindPolicy && path[1] == "guards" && path[1] != last {
		return limitKeys
	}
	switch kind {
	case KindFleet:
		return fleetOrder(path[1:])
	case KindLicenseProfile:
		return map[string][]string{"licenses": licenseKeys}[last]
	case KindUserLicenses:
		return map[string][]string{"defaults": defaultsKeys, "users": entryKeys, "profiles": profileRefKeys, "licenses": licenseKeys,
			"select": selectionKeys}[last]
	case KindGroupLicenses:
		return map[string][]string{"defaults": groupDefaultsKeys, "groups": groupEntryKeys, "profiles": groupProfileRefKeys, "licenses": groupLicenseKeys}[last]
	case KindPolicy:
		return map[string][]string{
			"skus": policySKUKeys, "guards": guardOrder(), "seats": seatsKeys, "prices": pricesKeys,
			"drift": driftKeys, "acceptedDrift": acceptedKeys, "acceptedFindings": acceptedFindingKeys,
			"reclaim": reclaimKeys, "idle": idleKeys, "left": daysKeys, "never": daysKeys, "except": exceptKeys,
		}[last]
	}
	return nil
}

func topOrder(kind, key string) []string {
	if key == "metadata" {
		return metadataKeys
	}
	if key != "spec" {
		return nil
	}
	return map[string][]string{
		KindLicenseProfile: profileKeys, KindUserLicenses: userLicensesKeys, KindGroupLicenses: groupLicensesKeys, KindPolicy: policyKeys,
		KindApproval: approvalKeys, KindFleet: fleetKeys,
	}[kind]
}

func guardOrder() []string {
	var out []string
	for _, name := range plan.GuardNames() {
		out = append(out, string(name))
	}
	return out
}

// fleetOrder is KeyOrder below the spec of a Fleet. Labels have any order.
func fleetOrder(path []string) []string {
	switch {
	case len(path) == 2 && path[0] == "guards":
		return limitKeys
	case len(path) != 1:
		return nil
	}
	return map[string][]string{
		"defaults": fleetDefaultKeys, "guards": fleetGuardKeys(), "applicationWrites": quotaKeys, "tenants": fleetTenantKeys,
	}[path[0]]
}
