package graph

import (
	"errors"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// userProperties are selected wherever users are read. Most of them come on
// $select alone (Graph docs, user resource).
const userProperties = "id,userPrincipalName,displayName,accountEnabled,userType,usageLocation,assignedLicenses,licenseAssignmentStates"

// wireUser is a user as Graph sends it, as far as it was selected. Pointers
// tell what is absent or null from what is empty.
type wireUser struct {
	ID                guid               `json:"id"`
	UserPrincipalName string             `json:"userPrincipalName"`
	DisplayName       string             `json:"displayName"`
	AccountEnabled    bool               `json:"accountEnabled"`
	UserType          string             `json:"userType"`
	UsageLocation     string             `json:"usageLocation"`
	AssignedLicenses  *[]wireLicense     `json:"assignedLicenses"`
	States            *[]wireAssignState `json:"licenseAssignmentStates"`
}

type wireLicense struct {
	SKUID guid `json:"skuId"`
}

type wireAssignState struct {
	SKUID           guid    `json:"skuId"`
	AssignedByGroup string  `json:"assignedByGroup"` // null, absent or empty: direct
	DisabledPlans   *[]guid `json:"disabledPlans"`
	State           string  `json:"state"`
	Error           string  `json:"error"`
}

func (w wireUser) decode() (license.UserState, error) {
	if w.ID.isZero() {
		return license.UserState{}, errors.New("a user without an id")
	}
	user, err := w.state()
	if err != nil {
		return license.UserState{}, fmt.Errorf("user %s: %w", license.GUID(w.ID), err)
	}
	return user, nil
}

func (w wireUser) state() (license.UserState, error) {
	switch {
	case w.UserPrincipalName == "":
		return license.UserState{}, errors.New("no userPrincipalName")
	case w.AssignedLicenses == nil:
		return license.UserState{}, errors.New("no assignedLicenses")
	case w.States == nil:
		return license.UserState{}, errors.New("no licenseAssignmentStates")
	}
	assignments, err := assignmentsOf(*w.States)
	if err != nil {
		return license.UserState{}, err
	}
	unexplained, err := unexplained(*w.AssignedLicenses, assignments)
	if err != nil {
		return license.UserState{}, err
	}
	return license.UserState{
		ID:                license.GUID(w.ID),
		UserPrincipalName: w.UserPrincipalName,
		DisplayName:       w.DisplayName,
		AccountEnabled:    w.AccountEnabled,
		UserType:          w.UserType,
		UsageLocation:     w.UsageLocation,
		Assignments:       assignments,
		Unexplained:       unexplained,
	}, nil
}

// assignmentsOf gives the assignments in canonical order; nil for none.
func assignmentsOf(wire []wireAssignState) ([]license.Assignment, error) {
	if len(wire) == 0 {
		return nil, nil
	}
	assignments, err := collect(wire, wireAssignState.decode)
	if err != nil {
		return nil, fmt.Errorf("licenseAssignmentStates: %w", err)
	}
	license.SortAssignments(assignments)
	return assignments, nil
}

func (w wireAssignState) decode() (license.Assignment, error) {
	if w.SKUID.isZero() {
		return license.Assignment{}, errors.New("no skuId")
	}
	if w.DisabledPlans == nil {
		return license.Assignment{}, errors.New("no disabledPlans")
	}
	a := license.Assignment{
		SKUID:         license.GUID(w.SKUID),
		DisabledPlans: guids(*w.DisabledPlans),
		State:         w.State,
		Error:         w.Error,
	}
	// The docs say null for no error; the service sends "None".
	if a.Error == "None" {
		a.Error = ""
	}
	if w.AssignedByGroup == "" {
		return a, nil
	}
	group, err := license.ParseGUID(w.AssignedByGroup)
	if err != nil {
		return license.Assignment{}, fmt.Errorf("assignedByGroup: %w", err)
	}
	a.Group = group
	return a, nil
}

// unexplained gives the SKUs that a user holds and no assignment accounts
// for, sorted; nil for none. It checks one property against the other because
// the states have been seen to miss some (microsoft-graph-docs#9636, #13002).
func unexplained(held []wireLicense, assignments []license.Assignment) ([]license.GUID, error) {
	var skus []license.GUID
	for _, l := range held {
		if l.SKUID.isZero() {
			return nil, errors.New("assignedLicenses: no skuId")
		}
		sku := license.GUID(l.SKUID)
		explains := func(a license.Assignment) bool { return a.SKUID == sku }
		if !slices.ContainsFunc(assignments, explains) {
			skus = append(skus, sku)
		}
	}
	return license.SortedGUIDs(skus), nil
}
