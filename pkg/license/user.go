package license

import (
	"cmp"
	"slices"
	"strings"
)

// UserState is what the tenant says of one user.
type UserState struct {
	ID                GUID
	UserPrincipalName string
	DisplayName       string
	AccountEnabled    bool
	UserType          string       // Member or Guest; open
	UsageLocation     string       // ISO 3166-1 alpha-2, empty where none is set
	Assignments       []Assignment // sorted by CompareAssignments

	// Unexplained are the SKUs about which the user's assignedLicenses and
	// their licenseAssignmentStates disagree, sorted; usually nil: one lists it,
	// and the other does not, or does not say how it is held.
	// Graph has been seen to omit states (microsoft-graph-docs#9636 and
	// #13002), so the path of such a license, direct or inherited, and its
	// disabled plans are not known: it must be neither taken away nor
	// believed absent on that evidence alone.
	Unexplained []GUID

	// Unreadable is why what the user holds is not known: the service sent
	// null, or nonsense, where a list must be. Of such a user only ID is sure,
	// which also stands for a name that was not told, and Assignments is nil,
	// which does not mean none: they must be given nothing, and nothing taken.
	// Empty for everybody else.
	Unreadable string
}

// Why a user is Unreadable of whom something was asked for that did not come, or
// came as null.
const (
	// Masked is said of an account that the service calls neither enabled nor
	// disabled. Of whole tenants it was seen to send null there, and beside it empty
	// lists of licenses of users who hold some (microsoft-graph-docs#16054).
	Masked = "accountEnabled is not told"

	Nameless   = "no userPrincipalName"
	NoLicenses = "no assignedLicenses"
	NoStates   = "no licenseAssignmentStates"
)

// KeptBack reports that a user is Unreadable for what did not come, which a missing
// permission may explain, rather than for nonsense, which none does.
func KeptBack(reason string) bool {
	return reason == Masked || reason == Nameless || reason == NoLicenses || reason == NoStates
}

// Assignment is one path by which a user holds a SKU. A user that holds a SKU
// both directly and through groups has one Assignment for each path, and
// consumes one seat (entra-docs, licensing-group-advanced).
type Assignment struct {
	SKUID         GUID
	Group         GUID   // the group it is inherited from; zero when direct
	DisabledPlans []GUID // sorted
	State         string // Active, ActiveWithError, Disabled or Error; open, and empty where it is not told
	Error         string // CountViolation, DependencyViolation, …; empty for none
}

// Direct reports whether the user holds the SKU in their own name.
func (a Assignment) Direct() bool { return a.Group == GUID{} }

// StateActive is the only state in which an assignment is known to be in force.
const StateActive = "Active"

// InForce reports whether the assignment is known to give the user the SKU. One
// with an error, in any other state or in none that is told, may give nothing,
// or no longer: it counts for nothing that somebody could lose by.
func (a Assignment) InForce() bool { return a.State == StateActive && a.Error == "" }

// GivesNothing reports whether the assignment is known to give the user
// nothing, and to hold no seat: it never came about, or was switched off. What
// is neither this nor in force may give the SKU or not (ActiveWithError).
func (a Assignment) GivesNothing() bool { return a.State == "Error" || a.State == "Disabled" }

// Standing says in which state an assignment is, for people: "Active", or
// "Error, CountViolation". It is never empty. Both words are the service's.
func (a Assignment) Standing() string {
	state := cmp.Or(a.State, "no state is told")
	if a.Error == "" {
		return state
	}
	return state + ", " + a.Error
}

// CompareAssignments orders assignments by SKU, the direct path first.
func CompareAssignments(a, b Assignment) int {
	if c := CompareGUIDs(a.SKUID, b.SKUID); c != 0 {
		return c
	}
	return CompareGUIDs(a.Group, b.Group)
}

// SortAssignments puts assignments and their disabled plans, each once, in
// canonical order, in place, so that pages read in any order give equal states.
func SortAssignments(as []Assignment) {
	for i := range as {
		slices.SortFunc(as[i].DisabledPlans, CompareGUIDs)
		as[i].DisabledPlans = slices.Compact(as[i].DisabledPlans)
	}
	slices.SortFunc(as, CompareAssignments)
}

// DirectLicense returns the direct assignment of a SKU.
func (u UserState) DirectLicense(sku GUID) (Assignment, bool) {
	for i := range u.Assignments {
		if a := &u.Assignments[i]; a.SKUID == sku && a.Direct() {
			return *a, true
		}
	}
	return Assignment{}, false
}

// Holds reports whether the user is known to hold a SKU, by whatever path.
func (u UserState) Holds(sku GUID) bool {
	for i := range u.Assignments {
		if a := &u.Assignments[i]; a.SKUID == sku && a.InForce() {
			return true
		}
	}
	return false
}

// Given returns the assignments of a SKU that come from groups and are in
// force.
func (u UserState) Given(sku GUID) []Assignment {
	return slices.DeleteFunc(u.Inherited(sku), func(a Assignment) bool { return !a.InForce() })
}

// FreesSeat reports whether taking the direct license of a SKU away certainly
// frees a seat: it holds one, and no other path may hold the same.
func (u UserState) FreesSeat(sku GUID) bool {
	direct, _ := u.DirectLicense(sku)
	return direct.InForce() && !slices.ContainsFunc(u.Inherited(sku), func(a Assignment) bool { return !a.GivesNothing() })
}

// Inherited returns the assignments of a SKU that come from groups, in force or
// not.
func (u UserState) Inherited(sku GUID) []Assignment {
	var out []Assignment
	for i := range u.Assignments {
		if a := &u.Assignments[i]; a.SKUID == sku && !a.Direct() {
			out = append(out, *a)
		}
	}
	return out
}

// UPNKey folds a user principal name for comparison: Graph compares them
// without regard to case.
func UPNKey(upn string) string { return strings.ToLower(upn) }
