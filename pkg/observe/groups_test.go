package observe_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
)

// withGroups is a tenant with an office, which gives B, with users 1 and 2, two
// groups called Sales, of which one gives B, and one that is empty.
func withGroups(t *testing.T) *tenant {
	f := newTenant(t, 6, 2)
	f.skus[1].AppliesTo = license.AppliesToUser
	b := []license.GroupLicense{{SKUID: id(900_002), DisabledPlans: []license.GUID{}}}
	f.licensed = []license.Group{
		{ID: id(801), DisplayName: "Office", SecurityEnabled: true, Licenses: b},
		{ID: id(802), DisplayName: "Sales", SecurityEnabled: true, Licenses: b},
		{ID: id(803), DisplayName: "sales", SecurityEnabled: true, Licenses: []license.GroupLicense{}},
		{ID: id(804), DisplayName: "Empty", Licenses: []license.GroupLicense{}},
	}
	f.members = map[license.GUID][]license.GUID{id(801): {id(2), id(1)}, id(802): {id(3)}, id(803): {id(4)}, id(804): nil}
	return f
}

// found are groups of the tenant as they are to be read: with their members.
func (f *tenant) found(ids ...license.GUID) []license.Group {
	var out []license.Group
	for _, g := range f.licensed {
		if g.Members = append([]license.GUID{}, license.SortedGUIDs(f.members[g.ID])...); slices.Contains(ids, g.ID) {
			out = append(out, g)
		}
	}
	return out
}

func TestGroupsAreRead(t *testing.T) {
	for name, tc := range map[string]struct {
		ask   observe.GroupRequest
		want  []license.GUID
		users int
		calls int // about groups
	}{
		"those that give":        {observe.GroupRequest{Giving: true}, []license.GUID{id(801), id(802)}, 3, 1 + 2},
		"one by name":            {observe.GroupRequest{Named: []string{"OFFICE", "OFFICE"}}, []license.GUID{id(801)}, 2, 1 + 1},
		"one by id":              {observe.GroupRequest{Named: []string{id(804).String()}}, []license.GUID{id(804)}, 0, 1 + 1},
		"two of a name":          {observe.GroupRequest{Named: []string{"sales"}}, []license.GUID{id(802), id(803)}, 2, 1 + 2},
		"by every way":           {observe.GroupRequest{Named: []string{"Sales", "Office", id(801).String(), id(899).String(), "Nowhere"}, Giving: true}, []license.GUID{id(801), id(802), id(803)}, 4, 5 + 3},
		"none that is not there": {observe.GroupRequest{Named: []string{"Nowhere"}}, nil, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := withGroups(t)
			got := read(t, f, observe.Request{Groups: &tc.ask})
			if diff := cmp.Diff(append([]license.Group{}, f.found(tc.want...)...), got.LicensedGroups); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			if calls := f.count("groups ") + f.count("direct members"); calls != tc.calls || len(got.Users) != tc.users {
				t.Errorf("%d users, %d calls, want %d and %d: %v", len(got.Users), calls, tc.users, tc.calls, f.log)
			}
		})
	}
}

func TestGroupsAreNotReadUnasked(t *testing.T) {
	f := withGroups(t)
	if got := read(t, f, observe.Request{Users: upns(1, 2)}); got.LicensedGroups != nil || f.count("group") != 0 {
		t.Errorf("groups %v after %v", got.LicensedGroups, f.log)
	}
}

// TestMembersThatAreNotTold: who they are is then not known, which is not nobody.
func TestMembersThatAreNotTold(t *testing.T) {
	for name, spoil := range map[string]func(*tenant){
		"of a type that nobody knows": func(f *tenant) { f.untold = []graph.Member{{ID: id(5), Type: "#microsoft.graph.new"}} },
		"by an index that lags":       func(f *tenant) { f.lagging = true },
		"as they are hidden":          func(f *tenant) { f.licensed[0].HiddenMembership, f.members[id(801)] = true, nil },
	} {
		f := withGroups(t)
		spoil(f)
		got := read(t, f, observe.Request{Groups: &observe.GroupRequest{Named: []string{"Office"}}})
		if len(got.LicensedGroups) != 1 || got.LicensedGroups[0].Members != nil {
			t.Errorf("%s: %v", name, got.LicensedGroups)
		}
		if _, err := observe.Members(t.Context(), f, id(801)); err == nil {
			t.Errorf("%s: believed", name)
		}
	}
}

// TestGroupsThatCannotBeRead: one read that fails is the failure of all, but a
// group that was deleted meanwhile is just not there.
func TestGroupsThatCannotBeRead(t *testing.T) {
	ask := &observe.GroupRequest{Named: []string{"Office", id(804).String()}, Giving: true}
	for _, call := range []string{"groups giving " + id(900_002).String(), "groups called Office", "groups by id", "direct members of " + id(802).String()} {
		f := withGroups(t)
		f.failures[call] = errors.New("no")
		if got, err := observe.Tenant(t.Context(), f, observe.Request{Groups: ask}); err == nil {
			t.Errorf("without %s: %v", call, got.LicensedGroups)
		}
	}
	f := withGroups(t)
	f.failures["direct members of "+id(802).String()] = &graph.Error{Status: http.StatusNotFound}
	got := read(t, f, observe.Request{Groups: ask})
	if diff := cmp.Diff(f.found(id(801), id(804)), got.LicensedGroups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestGroupsAreLookedAtAgain(t *testing.T) {
	f := withGroups(t)
	groups, err := observe.Groups(t.Context(), f, []license.GUID{id(803), id(801), id(899)})
	if err != nil || len(groups) != 2 || groups[0].ID != id(801) || groups[0].Members != nil {
		t.Errorf("groups %v, %v", groups, err)
	}
	if empty, err := observe.Members(t.Context(), f, id(804)); err != nil || empty == nil || len(empty) > 0 {
		t.Errorf("members of a group without any: %v, %v", empty, err)
	}
	f.licensed[0].HiddenMembership = true // and they are shown
	members, err := observe.Members(t.Context(), f, id(801))
	if diff := cmp.Diff([]license.GUID{id(1), id(2)}, members); diff != "" || err != nil {
		t.Errorf("members %v, %v", members, err)
	}
}
