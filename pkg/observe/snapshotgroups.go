package observe

import (
	"errors"
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// wireGroup is a group of a snapshot. What is null in it was not told.
type wireGroup struct {
	ID               license.GUID       `json:"id"`
	DisplayName      string             `json:"displayName,omitempty"`
	SecurityEnabled  bool               `json:"securityEnabled"`
	Dynamic          bool               `json:"dynamic,omitempty"`
	OnPremisesSynced bool               `json:"onPremisesSyncEnabled,omitempty"`
	ProcessingState  string             `json:"licenseProcessingState,omitempty"`
	Licenses         []wireGroupLicense `json:"assignedLicenses"`
	Members          []license.GUID     `json:"members"` // direct ones that are users, sorted
}

type wireGroupLicense struct {
	SKUID         license.GUID   `json:"skuId"`
	DisabledPlans []license.GUID `json:"disabledPlans"`
}

// wireGroups are the groups of a snapshot; nil where nobody asked for them.
func wireGroups(groups []license.Group) []wireGroup {
	if groups == nil {
		return nil
	}
	out := make([]wireGroup, 0, len(groups))
	for _, g := range groups {
		w := wireGroup{
			ID: g.ID, DisplayName: g.DisplayName, SecurityEnabled: g.SecurityEnabled, Dynamic: g.Dynamic,
			OnPremisesSynced: g.OnPremisesSynced, ProcessingState: g.ProcessingState, Members: g.Members,
		}
		if g.Licenses != nil {
			w.Licenses = []wireGroupLicense{}
		}
		for _, l := range g.Licenses {
			w.Licenses = append(w.Licenses, wireGroupLicense{l.SKUID, append([]license.GUID{}, l.DisabledPlans...)})
		}
		out = append(out, w)
	}
	return out
}

// groups gives the groups of the snapshot, sorted by id; nil where it does not
// tell.
func (w wireSnapshot) groups() ([]license.Group, error) {
	if w.Groups == nil {
		return nil, nil
	}
	out := []license.Group{}
	seen := map[license.GUID]bool{}
	for i, g := range w.Groups {
		read, ok := g.group()
		if !ok || seen[g.ID] {
			return nil, fmt.Errorf("group %d of the snapshot is not whole, or is there twice", i+1)
		}
		seen[g.ID] = true
		out = append(out, read)
	}
	return sortGroups(out), nil
}

// group gives the group, and whether it is whole: what it gives is there with its
// plans, once.
func (w wireGroup) group() (license.Group, bool) {
	out := license.Group{
		ID: w.ID, DisplayName: w.DisplayName, SecurityEnabled: w.SecurityEnabled, Dynamic: w.Dynamic,
		OnPremisesSynced: w.OnPremisesSynced, ProcessingState: w.ProcessingState,
	}
	whole := w.ID != license.GUID{}
	if w.Members != nil {
		out.Members = append([]license.GUID{}, license.SortedGUIDs(w.Members)...)
	}
	if w.Licenses != nil {
		out.Licenses = []license.GroupLicense{}
	}
	for _, l := range w.Licenses {
		_, twice := out.License(l.SKUID)
		whole = whole && !twice && l.SKUID != license.GUID{} && l.DisabledPlans != nil
		out.Licenses = append(out.Licenses, license.GroupLicense{SKUID: l.SKUID, DisabledPlans: append([]license.GUID{}, l.DisabledPlans...)})
	}
	license.SortGroupLicenses(out.Licenses)
	return out, whole
}

func (w wireGroup) bounded() error {
	if isTooLong(w.DisplayName) || isTooLong(w.ProcessingState) {
		return fmt.Errorf("has a name of more than %d bytes", maxSnapshotText)
	}
	plans := func(l wireGroupLicense) bool { return len(l.DisabledPlans) > maxSnapshotPlans }
	if len(w.Licenses) > maxSnapshotAssignments || len(w.Members) > maxSnapshotUsers || slices.ContainsFunc(w.Licenses, plans) {
		return errors.New("holds more than is read")
	}
	return nil
}
