package license_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
)

func TestUserStateTellsDirectFromInherited(t *testing.T) {
	e5, visio, group := guid(t, idSPEE5), guid(t, idVisio), guid(t, idPrivate)
	direct := license.Assignment{SKUID: e5, DisabledPlans: guids(t, idYammer), State: "Active"}
	inherited := license.Assignment{SKUID: e5, Group: group, State: "Active"}
	u := license.UserState{Assignments: []license.Assignment{direct, inherited, {SKUID: visio, Group: group}}}

	got, ok := u.DirectLicense(e5)
	if !ok || !cmp.Equal(got, direct) || !got.Direct() {
		t.Errorf("DirectLicense = %+v, %v; want %+v", got, ok, direct)
	}
	if _, ok := u.DirectLicense(visio); ok {
		t.Error("DirectLicense finds a license that is inherited alone")
	}
	if diff := cmp.Diff([]license.Assignment{inherited}, u.Inherited(e5)); diff != "" {
		t.Errorf("Inherited differs (-want +got):\n%s", diff)
	}
}

func TestSortAssignmentsIsCanonical(t *testing.T) {
	ids := guids(t, idSPEE3, idSPEE5, idVisio, idYammer, idTeams)
	assignments := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) license.Assignment {
		return license.Assignment{
			SKUID:         rapid.SampledFrom(ids).Draw(t, "sku"),
			Group:         rapid.SampledFrom([]license.GUID{{}, ids[3], ids[4]}).Draw(t, "group"),
			DisabledPlans: rapid.SliceOfDistinct(rapid.SampledFrom(ids), rapid.ID).Draw(t, "disabled"),
		}
	}), 0, 10, func(a license.Assignment) [2]license.GUID { return [2]license.GUID{a.SKUID, a.Group} })
	rapid.Check(t, func(t *rapid.T) {
		as := assignments.Draw(t, "assignments")
		shuffled := rapid.Permutation(as).Draw(t, "shuffled")
		for i := range shuffled {
			shuffled[i].DisabledPlans = slices.Clone(shuffled[i].DisabledPlans)
			slices.Reverse(shuffled[i].DisabledPlans)
		}
		license.SortAssignments(as)
		license.SortAssignments(shuffled)
		if diff := cmp.Diff(as, shuffled, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the order of pages shows:\n%s", diff)
		}
	})
}

func TestUPNKeyIgnoresCase(t *testing.T) {
	if license.UPNKey("Ada@Contoso.COM") != license.UPNKey("ada@contoso.com") {
		t.Error("two spellings of one user principal name differ")
	}
}

func TestAvailableSeats(t *testing.T) {
	tests := []struct {
		what    string
		units   license.Units
		reserve int
		want    int
	}{
		{"some left", license.Units{Enabled: 25, Consumed: 14}, 0, 11},
		{"kept back", license.Units{Enabled: 25, Consumed: 14}, 5, 6},
		{"all kept back", license.Units{Enabled: 25, Consumed: 14}, 20, 0},
		{"units in the grace period are not counted on", license.Units{Enabled: 10, Warning: 5, Consumed: 10}, 0, 0},
		{"more consumed than bought", license.Units{Enabled: 10, Consumed: 12}, 0, 0},
	}
	for _, tt := range tests {
		if got := tt.units.Available(tt.reserve); got != tt.want {
			t.Errorf("%s: %d available, want %d", tt.what, got, tt.want)
		}
	}
}
