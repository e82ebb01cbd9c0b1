package observe_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

// odd makes users of a tenant ones who cannot be read.
func odd(f *tenant, reason string, users ...int) *tenant {
	for _, n := range users {
		u := &f.users[n-1]
		u.Unreadable, u.Assignments, u.UsageLocation = reason, nil, ""
	}
	return f
}

func numbers(from, to int) []int {
	var out []int
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}

// TestTrust: a few odd users are read past, most of them are a permission that
// is missing, and many of them are a reading not to be trusted.
func TestTrust(t *testing.T) {
	const broken = "no assignedLicenses"
	for _, tc := range []struct {
		name    string
		tenant  *tenant
		masked  bool
		refused bool
	}{
		{"one odd user of ten", odd(newTenant(t, 10, 5), broken, 3), false, false},
		{"five of eleven", odd(newTenant(t, 11, 2), broken, numbers(3, 7)...), false, false},
		{"six of thirteen", odd(newTenant(t, 13, 2), broken, numbers(3, 8)...), false, true},
		{"half of four", odd(newTenant(t, 4, 2), broken, 3, 4), false, false},
		{"one in fifty", odd(newTenant(t, 1000, 2), broken, numbers(3, 22)...), false, false},
		{"more than one in fifty", odd(newTenant(t, 1000, 2), broken, numbers(3, 23)...), false, true},
		{"the only one, for a reason of their own", odd(newTenant(t, 1, 0), broken, 1), false, false},
		{"the only one, masked", odd(newTenant(t, 1, 0), license.Masked, 1), true, false},
		{"everybody masked", odd(newTenant(t, 5, 2), license.Masked, numbers(1, 5)...), true, false},
		{"all but the caller", odd(newTenant(t, 3, 2), license.Masked, 2, 3), true, false},
		{"everybody null", odd(newTenant(t, 5, 2), broken, numbers(1, 5)...), true, false},
		{"everybody nonsense", odd(newTenant(t, 5, 2), "/value/0/accountEnabled is a JSON string", numbers(1, 5)...), false, true},
		{"two of three nonsense", odd(newTenant(t, 3, 1), "/value/0/accountEnabled is a JSON string", 2, 3), false, true},
		{"nonsense, and one null", odd(odd(newTenant(t, 5, 2), "a JSON string", numbers(1, 4)...), broken, 5), true, false},
	} {
		for _, req := range []observe.Request{{Whole: true}, {Users: upns(1, len(tc.tenant.users))}} {
			got, err := observe.Tenant(t.Context(), tc.tenant, req)
			_, masked := errors.AsType[*observe.MaskedError](err)
			_, refused := errors.AsType[*graph.IncompleteError](err)
			if masked != tc.masked || refused != tc.refused || (err == nil) != (len(got.Users) == len(tc.tenant.users)) {
				t.Errorf("%s: whole: %v: %d users, error %v", tc.name, req.Whole, len(got.Users), err)
			}
		}
	}
}

// Whoever is looked up by a name and comes without one is there: that the service
// keeps names back is no proof that nobody has them.
func TestUsersWithoutNames(t *testing.T) {
	namesBack := func(hidden int) (*tenant, observe.Request) {
		f := newTenant(t, 40, 20)
		f.replica = func(u license.UserState) license.UserState {
			if slices.ContainsFunc(f.users[:hidden], func(h license.UserState) bool { return h.ID == u.ID }) {
				u.UserPrincipalName, u.Assignments, u.Unreadable = u.ID.String(), nil, license.Nameless
			}
			return u
		}
		return f, observe.Request{Users: upns(1, 40)}
	}
	f, req := namesBack(40)
	_, err := observe.Tenant(t.Context(), f, req)
	if masked, ok := errors.AsType[*observe.MaskedError](err); !ok || masked.Users != 40 {
		t.Errorf("all names: error %v", err)
	}
	f, req = namesBack(1)
	got, err := observe.Tenant(t.Context(), f, req)
	if err != nil || len(got.Users) != 40 || got.Users[0].Unreadable != license.Nameless {
		t.Errorf("one name: %d users, error %v", len(got.Users), err)
	}
}

// Of several reasons the one that a permission would mend is told, and else the
// first.
func TestTheReasonThatIsTold(t *testing.T) {
	const broken, other = "no assignedLicenses", "no id"
	for _, tc := range []struct {
		reasons []string
		want    string
	}{
		{[]string{broken, license.Masked, license.Masked, broken}, license.Masked},
		{[]string{license.Masked, broken, broken}, license.Masked},
		{[]string{broken, other, other}, broken},
	} {
		f := newTenant(t, len(tc.reasons), 0)
		for i, reason := range tc.reasons {
			odd(f, reason, i+1)
		}
		_, err := observe.Tenant(t.Context(), f, observe.Request{Whole: true})
		if masked, ok := errors.AsType[*observe.MaskedError](err); !ok || masked.Reason != tc.want || masked.Users != len(tc.reasons) || masked.Of != len(tc.reasons) {
			t.Errorf("%q: error %v", tc.reasons, err)
		}
	}
}

// A service that keeps usage locations back says so to everybody but the
// caller, and to no more than one in ten who got theirs by another way.
func TestMaskedUsageLocations(t *testing.T) {
	for _, tc := range []struct {
		hold, bare int // users with a license of their own, and those of them without a location
		masked     bool
	}{
		{4, 2, false}, {4, 3, true}, {4, 4, true}, {3, 3, true}, {3, 2, false}, {5, 3, false},
		{19, 18, true}, {19, 17, false}, {20, 18, true}, {20, 17, false}, {30, 27, true}, {30, 26, false},
	} {
		f := newTenant(t, tc.hold+2, tc.hold)
		for i := range f.users[:tc.bare] {
			f.users[i].UsageLocation = ""
		}
		_, err := observe.Tenant(t.Context(), f, observe.Request{Whole: true})
		masked, ok := errors.AsType[*observe.MaskedError](err)
		if ok != tc.masked || !ok && err != nil {
			t.Errorf("%+v: error %v", tc, err)
		}
		if ok && (masked.Users != tc.bare || masked.Of != tc.hold || !strings.Contains(masked.Hint(), "User.Read.All (application)")) {
			t.Errorf("%+v: error %v", tc, err)
		}
	}
	f := newTenant(t, 6, 3)
	for i := range f.users {
		f.users[i].UsageLocation = ""
		for j := range f.users[i].Assignments {
			f.users[i].Assignments[j].Group = id(801) // a group's license takes the tenant's location
		}
	}
	read(t, f, observe.Request{Whole: true})
}

// Units that are in use are somebody's.
func TestProductsThatNobodyHolds(t *testing.T) {
	f := newTenant(t, 5, 0)
	f.skus[1].Units.Consumed = 3
	if _, err := observe.Tenant(t.Context(), f, observe.Request{Whole: true}); err == nil || !strings.Contains(err.Error(), "3 units of B are in use, and of 5 users nobody holds it") {
		t.Errorf("the error is %v", err)
	}
	read(t, f, observe.Request{Users: upns(1, 5)}) // others may hold it
	for name, change := range map[string]func(){
		"for the company": func() { f.skus[1].AppliesTo = license.AppliesToCompany },
		"deleted":         func() { f.skus[1].CapabilityStatus = "Deleted" },
		"locked out":      func() { f.skus[1].CapabilityStatus = "LockedOut" },
		"by a group": func() {
			f.users[4].Assignments = []license.Assignment{{SKUID: f.skus[1].ID, Group: id(801), State: "Active"}}
		},
		"unexplained": func() { f.users[4].Unexplained = []license.GUID{f.skus[1].ID} },
		"unreadable":  func() { odd(f, "no assignedLicenses", 2) },
	} {
		f = newTenant(t, 5, 0)
		f.skus[1].Units.Consumed = 3
		change()
		if _, err := observe.Tenant(t.Context(), f, observe.Request{Whole: true}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever has licenses has them of some product.
func TestTenantWithoutProducts(t *testing.T) {
	for _, req := range []observe.Request{{Whole: true}, {Users: upns(1, 5)}} {
		f := newTenant(t, 5, 5)
		f.skus = nil
		for i := range f.users {
			f.users[i].Assignments = nil
		}
		if _, err := observe.Tenant(t.Context(), f, req); err != nil {
			t.Errorf("nobody has a license: %v", err)
		}
		for name, give := range map[string]func(*license.UserState){
			"unexplained": func(u *license.UserState) { u.Unexplained = []license.GUID{id(77)} },
			"assigned":    func(u *license.UserState) { u.Assignments = []license.Assignment{{SKUID: id(77), State: "Active"}} },
		} {
			f.users[3].Unexplained, f.users[3].Assignments = nil, nil
			give(&f.users[3])
			_, err := observe.Tenant(t.Context(), f, req)
			if _, incomplete := errors.AsType[*graph.IncompleteError](err); !incomplete || !strings.Contains(err.Error(), "the tenant has no product, and "+id(4).String()) {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}

// Whoever cannot be read is missing from a second look, so that nobody takes
// them for somebody who holds nothing.
func TestSecondLookLeavesOutWhoCannotBeRead(t *testing.T) {
	f := odd(newTenant(t, 9, 9), "no assignedLicenses", 4)
	got, err := observe.Users(t.Context(), f, []license.GUID{id(3), id(4), id(5)})
	if err != nil || len(got) != 2 || got[0].ID != id(3) || got[1].ID != id(5) {
		t.Errorf("%v, error %v", got, err)
	}
	_, err = observe.Users(t.Context(), odd(newTenant(t, 9, 9), license.Masked, 4), []license.GUID{id(4)})
	if _, masked := errors.AsType[*observe.MaskedError](err); !masked {
		t.Errorf("error %v", err)
	}
}

// A list of users that breaks off begins anew, and nothing of the first reading
// is used; one that never ends is made from lookups.
func TestListsThatBreakOff(t *testing.T) {
	for breaks, lists := range map[int]int{0: 1, 1: 2, 3: 4, 9: 4} {
		for _, whole := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				f := newTenant(t, 2500, 2500)
				f.breaks = breaks
				want := slices.Clone(f.users)
				begun := time.Now()
				got := read(t, f, observe.Request{Whole: whole, Users: upns(1, 2500)})
				slices.SortFunc(want, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
				if f.count("pause") != lists-1 {
					t.Errorf("breaks %d, whole %v: tells of %d pauses", breaks, whole, f.count("pause"))
				}
				if len(got.Users) != len(want) || f.count("page 1") != lists || (f.count("every id") == 1) != (whole && breaks > 3) {
					t.Errorf("breaks %d, whole %v: %d users after %d lists and %d finds", breaks, whole, len(got.Users), f.count("page 1"), f.count("find"))
				}
				// It waits a second before the second list, and one more before each after that.
				if took, want := time.Since(begun), time.Duration(lists*(lists-1)/2)*time.Second; took != want {
					t.Errorf("breaks %d, whole %v: it took %s, want %s", breaks, whole, took, want)
				}
			})
		}
	}
}

// Of a reading that broke off nothing is left: who was on its first page and is
// gone since is not there.
func TestNothingOfABrokenListIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTenant(t, 1500, 1500)
		f.breaks = 1
		gone := f.users[0]
		f.onBreak = func() { f.users = f.users[1:] }
		got := read(t, f, observe.Request{Whole: true})
		if len(got.Users) != 1499 || slices.ContainsFunc(got.Users, func(u license.UserState) bool { return u.ID == gone.ID }) {
			t.Errorf("%d users", len(got.Users))
		}
	})
}

// What the tenant could not tell of a selection is part of what was observed.
func TestDoubtfulAnswers(t *testing.T) {
	f := selectingTenant(t)
	f.untold, f.lagging = []graph.Member{{ID: id(9), Type: "#microsoft.graph.shiny"}, {ID: id(8)}}, true
	ops := plan.Query{Filter: "department eq 'Ops'"}
	got := read(t, f, observe.Request{Queries: []plan.Query{byGroup("Sales"), ops}})
	sales := got.Answers[byGroup("Sales")]
	if !slices.Equal(sales.Untold, []plan.Member{{ID: id(8)}, {ID: id(9), Type: "#microsoft.graph.shiny"}}) || sales.Lagging || !got.Answers[ops].Lagging {
		t.Errorf("%+v", got.Answers)
	}
}
