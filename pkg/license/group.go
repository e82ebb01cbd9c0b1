package license

import "slices"

// Group is what the tenant says of one group that gives licenses, or may come to
// give some.
type Group struct {
	ID          GUID
	DisplayName string // not unique in a tenant

	// SecurityEnabled tells a group that can give licenses from one that cannot
	// (entra-docs, licensing-group-advanced).
	SecurityEnabled  bool
	Dynamic          bool // a rule says who is in it
	OnPremisesSynced bool // its members are those of a directory elsewhere

	// HiddenMembership tells a group whose members are shown to those alone who may
	// see them: to others it looks empty.
	HiddenMembership bool

	// ProcessingState is how far the service is with the group's latest change:
	// QueuedForProcessing, ProcessingInProgress, ProcessingComplete; open, and
	// empty where it is not told. Until it is complete what members hold lags.
	ProcessingState string

	Licenses []GroupLicense // sorted by SKU id; nil: not told, which does not mean none

	// Members are the users who are direct members, sorted; nil: not read, which
	// does not mean none. Members of groups within the group get no license by it.
	Members []GUID
}

// GroupLicense is one product that a group gives its members.
type GroupLicense struct {
	SKUID         GUID
	DisabledPlans []GUID // sorted
}

// License returns what the group gives of a SKU. It is false as well where the
// licenses are not told.
func (g Group) License(sku GUID) (GroupLicense, bool) {
	i := slices.IndexFunc(g.Licenses, func(l GroupLicense) bool { return l.SKUID == sku })
	if i < 0 {
		return GroupLicense{}, false
	}
	return g.Licenses[i], true
}

// SortGroupLicenses puts licenses and their disabled plans, each once, in
// canonical order, in place.
func SortGroupLicenses(ls []GroupLicense) {
	for i := range ls {
		slices.SortFunc(ls[i].DisabledPlans, CompareGUIDs)
		ls[i].DisabledPlans = slices.Compact(ls[i].DisabledPlans)
	}
	slices.SortFunc(ls, func(a, b GroupLicense) int { return CompareGUIDs(a.SKUID, b.SKUID) })
}
