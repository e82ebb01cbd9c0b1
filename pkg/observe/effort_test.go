package observe_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/observe"
)

// What reading the users costs, for tenants whose size is known from a SKU
// that everybody holds, and for some that keep it to themselves.
func TestRequests(t *testing.T) {
	for _, tc := range []struct {
		tenant, consumed, declared int
		pages, finds               int
	}{
		{tenant: 60, consumed: 60, declared: 60, finds: 1},
		{tenant: 60, consumed: 0, declared: 60, finds: 1},
		{tenant: 20_000, consumed: 20_000, declared: 60, finds: 1},
		{tenant: 20_000, consumed: 20_000, declared: 3000, finds: 10},
		{tenant: 20_000, consumed: 18_000, declared: 5700, finds: 19},
		{tenant: 1998, consumed: 1998, declared: 1998, pages: 2},
		{tenant: 2000, consumed: 2000, declared: 2000, pages: 2, finds: 1}, // the last two in one lookup
		{tenant: 19_980, consumed: 0, declared: 19_980, pages: 20},
		{tenant: 10_000, consumed: 10_000, declared: 3300, finds: 11},
		{tenant: 10_000, consumed: 10_000, declared: 4000, pages: 2, finds: 7}, // the first pages show 1998 of them
		{tenant: 5000, consumed: 100, declared: 600, pages: 1},                 // all on the first page
	} {
		synctest.Test(t, func(t *testing.T) { // where replies take no time
			f := newTenant(t, tc.tenant, tc.consumed)
			got := read(t, f, observe.Request{Users: upns(1, tc.declared)})
			if len(got.Users) != tc.declared || f.count("page") != tc.pages || f.count("find") != tc.finds {
				t.Errorf("%+v: %d users in %d pages and %d lookups", tc, len(got.Users), f.count("page"), f.count("find"))
			}
		})
	}
}

// TestUsersWhoAreListedLate: where the first pages show nobody of those who are
// wanted, they are asked for after as many pages as that would have taken at
// once, and no page is asked for ahead in vain.
func TestUsersWhoAreListedLate(t *testing.T) {
	for _, tc := range []struct{ first, last, pages, finds int }{
		{4001, 4600, 2, 2},
		{4001, 4900, 3, 3},
		{1000, 1600, 2, 0}, // but for those on a page
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newTenant(t, 5000, 100)
			got := read(t, f, observe.Request{Users: upns(tc.first, tc.last)})
			if len(got.Users) != tc.last-tc.first+1 || f.count("page") != tc.pages || f.count("find") != tc.finds {
				t.Errorf("%+v: %d users in %d pages and %d lookups", tc, len(got.Users), f.count("page"), f.count("find"))
			}
		})
	}
}

// Where replies take no time, then whatever the tenant, the order of its listing and who is declared, reading
// takes at most twice the requests of the better way. The better way cannot
// leave out the second look at users that a listing did not show.
func TestNeverWorseThanTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(0, 6000).Draw(rt, "tenant")
		first := rapid.IntRange(1, size+1).Draw(rt, "first declared") // by the order of the listing
		last := rapid.IntRange(first-1, size).Draw(rt, "last declared")
		absent := rapid.IntRange(0, 700).Draw(rt, "absent")
		consumed := rapid.IntRange(0, size).Draw(rt, "consumed")
		refs := upns(first, last)
		for i := range absent {
			refs = append(refs, fmt.Sprintf("absent%d@contoso.com", i))
		}
		var f *tenant
		synctest.Test(t, func(*testing.T) {
			f = newTenant(rt, size, consumed)
			read(rt, f, observe.Request{Users: refs})
		})

		asking := graph.FindRequests(0, len(refs))
		listing := max(1, (size+graph.PageSize-1)/graph.PageSize) + graph.FindRequests(0, absent)
		if got := f.count("page") + f.count("find"); got > 2*min(asking, listing) {
			rt.Errorf("%d requests; asking takes %d, listing %d", got, asking, listing)
		}
	})
}
