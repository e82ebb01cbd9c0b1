package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// TestGroupsThatGiveNoMore: somebody takes a group's license away while its members
// still show it. Nothing goes that rests on it: not the license of their own, and not
// what another group gives.
func TestGroupsThatGiveNoMore(t *testing.T) {
	const own = "does not give E3 any more, although the user still shows it"
	for name, tc := range map[string]struct {
		direct, sales, pilot []emulator.License
		taken                string // the group from which it is taken
		plan                 func(g *groupTenant) *plan.Plan
		says                 string
	}{
		"of their own": {gives("E3"), gives("E3"), nil, "sales", func(g *groupTenant) *plan.Plan {
			return planOf([]plan.GroupChange{g.change("office", "VISIO")}, g.follows("u0000", "E3", "sales"))
		}, own},
		"of their own, of a group that has just come to give it": {gives("E3"), nil, nil, "pilot", func(g *groupTenant) *plan.Plan {
			c := g.follows("u0000", "E3", "pilot")
			c.Preconditions.InForce = []plan.RequiredAssignment{} // it is not there yet
			return planOf([]plan.GroupChange{g.change("pilot", "E3")}, c)
		}, own},
		"of another group": {nil, gives("E3"), gives("E3"), "sales", func(g *groupTenant) *plan.Plan {
			return planOf([]plan.GroupChange{g.change("pilot")})
		}, "u0000@contoso.com would lose E3"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(1)
				users[0].Licenses = tc.direct
				sales, pilot := group("sales", users), group("pilot", users)
				sales.Licenses, pilot.Licenses = tc.sales, tc.pilot
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{sales, pilot, group("office", users)}}, emulator.Options{GroupDelay: time.Minute})
				time.Sleep(2 * time.Minute)
				out := g.apply(tc.plan(g), func(o *apply.Options) { o.Reader = &taker{groupTenant: g, group: tc.taken} })
				time.Sleep(10 * time.Minute)
				if got := g.holds("u0000"); !strings.Contains(got, "E3") || len(g.without) > 0 {
					t.Errorf("u0000 holds %q, without %v: %v", got, g.without, groupOutcomes(&out.Receipt))
				}
				if !strings.Contains(g.file.String(), tc.says) {
					t.Errorf("the receipt does not say %q: %v", tc.says, groupOutcomes(&out.Receipt))
				}
			})
		})
	}
}

// taker is a reader during whose reads somebody takes what a group gives, once its
// members show it in force.
type taker struct {
	*groupTenant
	group string
	took  bool
}

func (k *taker) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	users, err := k.groupTenant.Users(ctx, ids)
	for _, u := range users {
		shows := func(a license.Assignment) bool { return a.Group == id(k.group) && a.InForce() }
		if !k.took && slices.ContainsFunc(u.Assignments, shows) {
			k.took = true
			if err := k.emulator.SetGroupLicenses(id(k.group)); err != nil {
				return nil, err
			}
		}
	}
	return users, err
}

// TestWhoLeavesAGroup goes on showing its license for a while. Nothing goes that rests
// on it.
func TestWhoLeavesAGroup(t *testing.T) {
	for name, tc := range map[string]struct {
		direct, sales, pilot []emulator.License
		plan                 func(g *groupTenant) *plan.Plan
		says                 string
	}{
		"of their own": {gives("E3"), gives("E3"), nil, func(g *groupTenant) *plan.Plan {
			return planOf([]plan.GroupChange{g.change("office", "VISIO")}, g.follows("u0000", "E3", "sales"))
		}, `the user is no member of group \"sales\" any more, although they still show E3 from it`},
		"of another group": {nil, gives("E3"), gives("E3"), func(g *groupTenant) *plan.Plan {
			return planOf([]plan.GroupChange{g.change("pilot")})
		}, "u0000@contoso.com would lose E3"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(1)
				users[0].Licenses = tc.direct
				sales, pilot := group("sales", users), group("pilot", users)
				sales.Licenses, pilot.Licenses = tc.sales, tc.pilot
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{sales, pilot, group("office", users)}}, emulator.Options{GroupDelay: 10 * time.Minute})
				time.Sleep(20 * time.Minute)
				p := tc.plan(g)
				if err := g.emulator.RemoveMember(id("sales"), "u0000@contoso.com"); err != nil {
					t.Fatal(err)
				}
				out := g.apply(p)
				time.Sleep(20 * time.Minute)
				if got := g.holds("u0000"); !strings.Contains(got, "E3") {
					t.Errorf("u0000 holds %q, without %v: %v", got, g.without, groupOutcomes(&out.Receipt))
				}
				if !strings.Contains(g.file.String(), tc.says) {
					t.Errorf("the receipt does not say %q: %v", tc.says, groupOutcomes(&out.Receipt))
				}
			})
		})
	}
}

// TestGroupOfEverybody: a few users rest on a group that takes long to be read. They do
// not wait for it, and nobody is held back for not being known to be in it.
func TestGroupOfEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
		p := planOf(nil, g.follows("u0000", "E3", "sales"), g.follows("u0001", "E3", "sales"))
		p.Summary.Groups = 1
		begun := time.Now()
		out := g.apply(p, func(o *apply.Options) { o.GroupReader = slowMembers{g, time.Hour} })
		if counts := out.Receipt.Counts(); counts[receipt.Done] != 2 || time.Since(begun) > 2*time.Minute {
			t.Errorf("after %s: %v", time.Since(begun), groupOutcomes(&out.Receipt))
		}
	})
}

// TestListsOfMembers: a list that lacks a member for a moment is read again, and one
// that is old too.
func TestListsOfMembers(t *testing.T) {
	for left, want := range map[bool][]string{false: {"office done verified 1/1", "u0000 done verified", "u0001 done verified"}, true: {"office done verified 1/1", "u0000 done verified", "u0001 stale"}} {
		synctest.Test(t, func(t *testing.T) {
			users := people(2, "E3")
			g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3"), group("office", users[1:])}}, emulator.Options{GroupDelay: 10 * time.Minute})
			time.Sleep(20 * time.Minute)
			late := g.follows("u0001", "E3", "sales")
			late.WaitsForGroups = []license.GUID{id("office")}
			p := planOf([]plan.GroupChange{g.change("office", "VISIO")}, g.follows("u0000", "E3", "sales"), late)
			if left {
				time.AfterFunc(8*time.Minute, func() { _ = g.emulator.RemoveMember(id("sales"), "u0001@contoso.com") })
			}
			g.checkOutcomes(g.apply(p, func(o *apply.Options) { o.GroupReader = &shortLists{groupTenant: g} }), want...)
			if len(g.without) > 0 {
				t.Errorf("without %v", g.without)
			}
		})
	}
}

// shortLists is a reader whose first answer lacks everybody.
type shortLists struct {
	*groupTenant
	told bool
}

func (s *shortLists) Members(ctx context.Context, group license.GUID) ([]license.GUID, error) {
	members, err := s.groupTenant.Members(ctx, group)
	if group == id("sales") && !s.told {
		s.told = true
		return []license.GUID{}, err
	}
	return members, err
}
