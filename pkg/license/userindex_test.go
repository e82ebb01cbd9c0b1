package license_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
)

// Users are found by name in any case and by id, in whatever order they come.
func TestUserIndex(t *testing.T) {
	var users []license.UserState
	for _, name := range []string{"Ada@contoso.com", "bob@contoso.com", "cyd@contoso.com", "dan@contoso.com"} {
		users = append(users, license.UserState{ID: uuid.NewSHA1(uuid.Nil, []byte(name)), UserPrincipalName: name})
	}
	slices.SortFunc(users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	backward := slices.Clone(users)
	slices.Reverse(backward)
	for order, users := range map[string][]license.UserState{"sorted": users, "backward": backward} {
		x := license.NewUserIndex(users)
		for _, name := range []string{"ada@CONTOSO.com", "bob@contoso.com", "dan@contoso.com"} {
			i, found := x.Find(name)
			if !found || license.UPNKey(users[i].UserPrincipalName) != license.UPNKey(name) {
				t.Errorf("%s: %s: got %d, %v", order, name, i, found)
			}
			id := users[i].ID
			if j, found := x.FindID(id); !found || i != j {
				t.Errorf("%s: id of %s: got %d, %v, want %d", order, name, j, found, i)
			}
			if j, found := x.Find(id.String()); !found || i != j {
				t.Errorf("%s: id of %s as a name: got %d, %v, want %d", order, name, j, found, i)
			}
		}
		for _, name := range []string{"eve@contoso.com", "", "me", uuid.NewSHA1(uuid.Nil, []byte("eve")).String()} {
			if i, found := x.Find(name); found {
				t.Errorf("%s: %q was found at %d", order, name, i)
			}
		}
	}
}

// A name is shared in whatever case users have it.
func TestSharedNames(t *testing.T) {
	for _, test := range []struct{ names, want []string }{
		{nil, nil},
		{[]string{"ada@contoso.com", "bob@contoso.com", "ad@acontoso.com"}, nil},
		{[]string{"ada@contoso.com", "bob@contoso.com", "Ada@Contoso.com"}, []string{"ada@contoso.com"}},
		{[]string{"b@contoso.com", "a@contoso.com", "b@contoso.com", "a@contoso.com", "b@contoso.com", "c@contoso.com"}, []string{"a@contoso.com", "b@contoso.com"}},
	} {
		var users []license.UserState
		for _, name := range test.names {
			users = append(users, license.UserState{UserPrincipalName: name})
		}
		if got := slices.Sorted(maps.Keys(license.SharedNames(users))); !slices.Equal(got, test.want) {
			t.Errorf("of %q: got %q, want %q", test.names, got, test.want)
		}
	}
}
