package observe_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
)

func TestTenant(t *testing.T) {
	f := newTenant(t, 4, 4)
	f.me = f.users[2]
	got := read(t, f, observe.Request{Users: []string{"USER2@contoso.com", plan.Me, id(4).String(), "nobody@contoso.com", upn(2), plan.Me}})
	want := plan.Observed{
		Tenant: plan.Tenant{ID: contoso.ID, DisplayName: "Contoso"},
		SKUs:   f.skus,
		Users:  f.users[1:4],
		Me:     id(3),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(f.log) == 4 {
		slices.Sort(f.log[1:3]) // these two are asked side by side
	}
	if diff := cmp.Diff([]string{"organization", "me", "skus", "find"}, f.log); diff != "" {
		t.Error(diff)
	}
}

func TestMeIsAskedForOnlyWhenNamed(t *testing.T) {
	f := newTenant(t, 1, 0)
	f.me = f.users[0]
	if got := read(t, f, observe.Request{Users: upns(1, 1)}); got.Me != (license.GUID{}) || f.count("me") != 0 {
		t.Errorf("me is %s after %v", got.Me, f.log)
	}
	// Who is named both ways is read once.
	f.log = nil
	got := read(t, f, observe.Request{Users: []string{plan.Me, upn(1), id(1).String()}})
	if got.Me != id(1) || len(got.Users) != 1 || f.count("find")+f.count("page") != 0 {
		t.Errorf("%v after %v", got, f.log)
	}
}

func TestNobodyIsDeclared(t *testing.T) {
	f := newTenant(t, 5000, 5000)
	if got := read(t, f, observe.Request{}); len(got.Users) != 0 || len(f.log) != 2 {
		t.Errorf("%d users after %v", len(got.Users), f.log)
	}
}

func TestWholeTenant(t *testing.T) {
	f := newTenant(t, 2500, 10)
	got := read(t, f, observe.Request{Users: upns(1, 5), Whole: true})
	if !got.Whole || len(got.Users) != 2500 || f.count("page") != 3 || f.count("find") != 0 {
		t.Errorf("%d users after %v", len(got.Users), f.log)
	}
}

// A user that moved between two pages while they were read is not absent.
func TestUserMissedByTheListing(t *testing.T) {
	for _, whole := range []bool{true, false} {
		f := newTenant(t, 1500, 1500)
		f.hidden[id(700)] = true
		got := read(t, f, observe.Request{Users: append(upns(1, 1500), "nobody@contoso.com"), Whole: whole})
		if len(got.Users) != 1500 || f.count("find") != 1 {
			t.Errorf("whole %v: %d users after %v", whole, len(got.Users), f.log)
		}
	}
}

// A user on two pages counts once, if both say the same. Where they do not, the
// truth is not known, and must not depend on the order of the pages.
func TestUserOnTwoPages(t *testing.T) {
	f := newTenant(t, 1200, 1200)
	again := f.users[3]
	f.users = append(f.users, again)
	if got := read(t, f, observe.Request{Whole: true}); len(got.Users) != 1200 {
		t.Errorf("%d users", len(got.Users))
	}
	again.Assignments = []license.Assignment{{SKUID: id(900_001)}}
	f.users[1200] = again
	_, err := observe.Tenant(context.Background(), f, observe.Request{Whole: true})
	if _, incomplete := errors.AsType[*graph.IncompleteError](err); !incomplete {
		t.Errorf("with two states of one user: %v", err)
	}
}

// A name that went from one user to another while they were read is nobody's.
func TestTwoUsersOfOneName(t *testing.T) {
	f := newTenant(t, 1200, 1200)
	f.users[500].UserPrincipalName = strings.ToUpper(upn(3))
	for name, req := range map[string]observe.Request{
		"whole":    {Whole: true},
		"declared": {Users: upns(1, 999)},
		"looked":   {Users: upns(3, 3)},
	} {
		_, err := observe.Tenant(context.Background(), f, req)
		if _, incomplete := errors.AsType[*graph.IncompleteError](err); !incomplete || !strings.Contains(err.Error(), id(3).String()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := read(t, f, observe.Request{Users: upns(4, 9)}); len(got.Users) != 6 {
		t.Errorf("others: %d users", len(got.Users))
	}
}

func TestWrongTenant(t *testing.T) {
	f := newTenant(t, 1, 1)
	_, err := observe.Tenant(context.Background(), f, observe.Request{Users: upns(1, 1), TenantID: id(7)})
	var wrong *observe.TenantError
	if !errors.As(err, &wrong) || wrong.Actual.ID != contoso.ID || len(f.log) != 1 || !strings.Contains(err.Error(), id(7).String()) {
		t.Errorf("error %v after %v", err, f.log)
	}
	if _, err := observe.Tenant(context.Background(), f, observe.Request{Users: upns(1, 1), TenantID: contoso.ID}); err != nil {
		t.Error(err)
	}
}

// Every failed read is an error that says which one, with its cause.
func TestFailures(t *testing.T) {
	cause := errors.New("boom")
	for call, want := range map[string]string{
		"organization": "reading the tenant: boom",
		"skus":         "reading the SKUs of the tenant: boom",
		"me":           `reading who "me" is: boom`,
		"page 2":       "reading the users of the tenant: page 2: boom",
		"find":         "reading the users of the tenant: boom",
	} {
		f := newTenant(t, 2000, 2000)
		f.failures[call] = cause
		got, err := observe.Tenant(context.Background(), f, observe.Request{Users: append(upns(1, 2000), plan.Me, "nobody@contoso.com")})
		if !errors.Is(err, cause) || err.Error() != want {
			t.Errorf("%s: error %v", call, err)
		}
		if diff := cmp.Diff(plan.Observed{}, got); diff != "" {
			t.Errorf("%s: half a tenant: %s", call, diff)
		}
	}
}

// Where everybody is read, the page that failed is told as well.
func TestFailuresOfAWholeReading(t *testing.T) {
	for _, call := range []string{"page 1", "page 3"} {
		f := newTenant(t, 3000, 3000)
		f.failures[call] = errors.New("boom")
		_, err := observe.Tenant(context.Background(), f, observe.Request{Whole: true})
		if want := "reading the users of the tenant: " + call + ": boom"; err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestUsers(t *testing.T) {
	f := newTenant(t, 10, 10)
	got, err := observe.Users(context.Background(), f, []license.GUID{id(7), id(2), id(7), id(99)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]license.UserState{f.users[1], f.users[6]}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := observe.Users(context.Background(), f, nil); err != nil || got != nil || f.count("find") != 1 {
		t.Errorf("%v, error %v after %v", got, err, f.log)
	}
	f.failures["find"] = errors.New("boom")
	if _, err := observe.Users(context.Background(), f, []license.GUID{id(1)}); err == nil || err.Error() != "reading 1 users: boom" {
		t.Errorf("error %v", err)
	}
}

// The way of reading leaves no trace: neither the estimate of the tenant's
// size nor the order of the listing changes what is observed.
func TestTheWayOfReadingDoesNotShow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 1500).Draw(rt, "tenant")
		var refs []string
		for i := range n + 20 {
			switch rapid.IntRange(0, 5).Draw(rt, "declared") {
			case 0, 1:
				refs = append(refs, upn(i))
			case 2:
				refs = append(refs, strings.ToUpper(upn(i)), id(i).String())
			}
		}
		var results []plan.Observed
		for _, consumed := range []int{0, n / 2, n} {
			f := newTenant(rt, n, 1)
			f.skus[1].Units.Consumed = consumed
			f.users = rapid.Permutation(f.users).Draw(rt, "order")
			refs = rapid.Permutation(refs).Draw(rt, "refs")
			got := read(rt, f, observe.Request{Users: refs})
			if !slices.IsSortedFunc(got.Users, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) }) {
				rt.Fatal("users out of order")
			}
			got.SKUs = nil
			results = append(results, got)
		}
		for _, other := range results[1:] {
			if diff := cmp.Diff(results[0], other); diff != "" {
				rt.Fatal(diff)
			}
		}
	})
}
