package emulator

import (
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// The references by which users name what they share. They are positions in
// the directory's tables, kept short because a tenant may have a million users.
type (
	userRef  uint32
	skuRef   uint16
	groupRef uint16 // 0 is no group: the license is direct
	wordRef  uint16 // a department, country or job title; 0 is none
)

// user is a user as the directory keeps them. It is a value: held is replaced
// on every change and never changed in place, so that a copy stays what it was.
type user struct {
	id          license.GUID
	upn         string
	displayName string
	held        []assignment // sorted by SKU, the direct path first
	department  wordRef
	country     wordRef
	jobTitle    wordRef
	location    [2]byte // zero: no usage location
	flags       userFlags
}

type userFlags uint8

const (
	flagDisabled userFlags = 1 << iota
	flagGuest
	flagDuplicateAddress
	flagRestricted
	flagDeleted
	flagChanged // differs from the tenant the emulator started from
	flagAgent
	flagCreated // came after the start
)

func (u user) has(f userFlags) bool { return u.flags&f != 0 }

func (u user) usageLocation() string {
	if u.location == [2]byte{} {
		return ""
	}
	return string(u.location[:])
}

// assignment is one path by which a user holds, or should hold, a SKU.
type assignment struct {
	updated  uint32 // seconds since 1970
	disabled planSet
	sku      skuRef
	group    groupRef
	state    assignmentState
	err      violation
}

func (a assignment) direct() bool { return a.group == 0 }

// takesSeat reports whether the path gives the user the product. One in the
// Error state is an assignment that never came about, and one that is Disabled
// has ended.
func (a assignment) takesSeat() bool { return a.state != stateError && a.state != stateDisabled }

// stamp is a time as an assignment keeps it.
func stamp(t time.Time) uint32 { return uint32(t.Unix()) }

func (a assignment) updatedAt() time.Time { return time.Unix(int64(a.updated), 0).UTC() }

func compareHeld(a, b assignment) int {
	if a.sku != b.sku {
		return int(a.sku) - int(b.sku)
	}
	return int(a.group) - int(b.group)
}

// assignmentState is licenseAssignmentState.state.
type assignmentState uint8

const (
	stateActive assignmentState = iota
	stateActiveWithError
	stateError
	stateDisabled
	statePending
)

var stateNames = [...]string{"Active", "ActiveWithError", "Error", "Disabled", "PendingInput"}

func (s assignmentState) String() string { return stateNames[s] }

// stateNamed returns the state of that name; the empty name is Active.
func stateNamed(name string) (assignmentState, bool) {
	i := slices.Index(stateNames[:], name)
	return assignmentState(max(i, 0)), i >= 0 || name == ""
}

// violation is licenseAssignmentState.error. On success the service writes the
// string "None", although its documentation says null.
type violation uint8

const (
	violationNone violation = iota
	violationCount
	violationExclusive
	violationDependency
	violationLocation
	violationUniqueness
	violationOther
)

var violationNames = [...]string{
	"None", "CountViolation", "MutuallyExclusiveViolation", "DependencyViolation",
	"ProhibitedInUsageLocationViolation", "UniquenessViolation", "Other",
}

func (v violation) String() string { return violationNames[v] }

// violationNamed returns the violation of that name; the empty name is none.
func violationNamed(name string) (violation, bool) {
	i := slices.Index(violationNames[:], name)
	return violation(max(i, 0)), i >= 0 || name == ""
}

// find returns the position of the assignment of a SKU by a path, or -1.
func (u user) find(sku skuRef, group groupRef) int {
	i, found := slices.BinarySearchFunc(u.held, assignment{sku: sku, group: group}, compareHeld)
	if !found {
		return -1
	}
	return i
}

// seatOf reports whether the user takes a seat of the SKU, by any path.
func (u user) seatOf(sku skuRef) bool {
	return slices.ContainsFunc(u.held, func(a assignment) bool { return a.sku == sku && a.takesSeat() })
}

// holdsFrom reports whether the user has something by a group, or should.
func (u user) holdsFrom(group groupRef) bool {
	return slices.ContainsFunc(u.held, func(a assignment) bool { return a.group == group })
}

// with returns the user with the assignment added, or put in place of the one
// by the same path.
func (u user) with(a assignment) user {
	held := slices.Clone(u.held)
	i, found := slices.BinarySearchFunc(held, a, compareHeld)
	if found {
		held[i] = a
	} else {
		held = slices.Insert(held, i, a)
	}
	u.held = slices.Clip(held)
	return u
}

// without returns the user without the assignment by that path.
func (u user) without(sku skuRef, group groupRef) user {
	return u.withoutAll(func(a assignment) bool { return a.sku == sku && a.group == group })
}

// withoutAll returns the user without those of their assignments.
func (u user) withoutAll(gone func(assignment) bool) user {
	if slices.ContainsFunc(u.held, gone) {
		u.held = slices.DeleteFunc(slices.Clone(u.held), gone)
	}
	return u
}
