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

// TestGroupGains: a group gains a product, the members are seen with it, and the
// same plan applied again changes nothing.
func TestGroupGains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(3)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: time.Minute})
		p := planOf([]plan.GroupChange{g.change("sales", "E3")})
		out := g.apply(p)
		g.checkOutcomes(out, "sales done verified 3/3")
		if got := g.holds("u0000"); got != "E3<sales" || !out.Sent || !out.Touched || out.Receipt.OpenGroups() != 0 {
			t.Errorf("u0000 holds %q, outcome %+v", got, out)
		}
		read, err := receipt.Read(strings.NewReader(g.file.String()))
		if err != nil || len(read.GroupIntents) != 1 || read.GroupResults[0].Attempts != 1 || len(read.GroupResults[0].RequestIDs) != 1 || read.Run.GroupChanges != 1 || read.End.GroupCounts[receipt.Done] != 1 {
			t.Errorf("the receipt is not whole: %+v, %v", read, err)
		}
		again := g.apply(p)
		g.checkOutcomes(again, "sales already verified 3/3")
		if again.Sent || len(g.calls()) != 1 {
			t.Error("applied again, something was sent")
		}
	})
}

// TestGroupSwaps: what a group gives comes first, in a call of its own, and what it
// takes when all members were seen with it. Nobody is without either in between.
func TestGroupSwaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(3)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{GroupDelay: time.Minute})
		g.checkOutcomes(g.apply(planOf([]plan.GroupChange{g.change("sales", "E5")})), "sales done verified 3/3")
		calls := g.calls()
		if len(calls) != 2 || calls[1].Sub(calls[0]) < time.Minute {
			t.Errorf("calls at %v", calls)
		}
		if got := g.holds("u0002"); got != "E5<sales" {
			t.Errorf("u0002 holds %q", got)
		}
	})
}

// TestGroupsWithoutMembersSwap: nobody shows when the service is done with the first
// call, and a second one would lose it. What the service says is all there is; where
// it lies, the group is looked at in the end.
func TestGroupsWithoutMembersSwap(t *testing.T) {
	for lies, want := range map[bool]string{false: "sales done verified", true: "sales done unverified"} {
		synctest.Test(t, func(t *testing.T) {
			g := newGroupTenant(t, emulator.Tenant{Users: people(1), Groups: []emulator.Group{group("sales", nil, "E3")}},
				emulator.Options{GroupDelay: time.Minute, Groups: emulator.GroupWhims{CompleteEarly: lies}})
			out := g.apply(planOf([]plan.GroupChange{g.change("sales", "E5")}))
			g.checkOutcomes(out, want)
			calls := g.calls()
			if gap := calls[1].Sub(calls[0]); !lies && gap < time.Minute || len(calls) != 2 {
				t.Errorf("lying %t: calls at %v", lies, calls)
			}
			if res := out.Receipt.GroupResults[0]; lies != strings.Contains(res.Message, "was not seen to give what was sent") || lies != slices.Contains(res.Reasons, receipt.ReasonNotSeen) || out.Receipt.OpenGroups() > 0 != lies {
				t.Errorf("lying %t: %q", lies, res.Message)
			}
		})
	}
}

// TestGroupThatStaysAtWork: where the service is not done with what a group gained
// when the wait ends, the group takes nothing: the call would overlap.
func TestGroupThatStaysAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroupTenant(t, emulator.Tenant{Users: people(1), Groups: []emulator.Group{group("sales", nil, "E3")}}, emulator.Options{GroupDelay: 2 * time.Hour})
		out := g.apply(planOf([]plan.GroupChange{g.change("sales", "E5")}), func(o *apply.Options) { o.GroupTimeout = 20 * time.Minute })
		g.checkOutcomes(out, "sales blocked")
		if res := out.Receipt.GroupResults[0]; len(g.calls()) != 1 || res.Left == nil || !strings.Contains(res.Message, "the service is still at the last change of the group") {
			t.Errorf("%d calls, left %+v: %q", len(g.calls()), res.Left, res.Message)
		}
	})
}

// TestGroupSwapsInOneCall: where the products exclude each other the plan says that
// it is one call.
func TestGroupSwapsInOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
		c := g.change("sales", "E5")
		c.OneCall = true
		g.checkOutcomes(g.apply(planOf([]plan.GroupChange{c})), "sales done verified 2/2")
		if len(g.calls()) != 1 || g.holds("u0001") != "E5<sales" {
			t.Errorf("%d calls, u0001 holds %q", len(g.calls()), g.holds("u0001"))
		}
	})
}

// TestFromDirectToGroup: the licenses of their own go when the group's are in force,
// member by member; one for whom it is not keeps theirs.
func TestFromDirectToGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(4, "E3")
		products := groupTenantProducts(4)
		products[2].SKU.Units.Enabled = 3 // VISIO
		g := newGroupTenant(t, emulator.Tenant{Users: users, Products: products, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: time.Minute})
		changes := []plan.Change{}
		for _, u := range users {
			name, _, _ := strings.Cut(u.UserPrincipalName, "@")
			changes = append(changes, g.follows(name, "E3", "sales"))
		}
		out := g.apply(planOf([]plan.GroupChange{g.change("sales", "E3", "VISIO")}, changes...))
		last := slices.MaxFunc(users, func(a, b emulator.User) int { return license.CompareGUIDs(a.ID, b.ID) }) // for whom there is no seat
		want := []string{"sales done unverified 3/4", "u0000 done verified", "u0001 done verified", "u0002 done verified", "u0003 done verified"}
		name, _, _ := strings.Cut(last.UserPrincipalName, "@")
		want[slices.Index(want, name+" done verified")] = name + " blocked"
		g.checkOutcomes(out, want...)
		res := out.Receipt.GroupResults[0]
		if len(res.Failing) != 2 || res.Failing[0].User.UserPrincipalName != last.UserPrincipalName || res.Members.Failing != 1 || out.Receipt.FailingMembers() != 1 || out.Receipt.OpenGroups() != 1 {
			t.Errorf("failing %+v, members %+v", res.Failing, res.Members)
		}
		if !strings.Contains(res.Message, "1 of 4 members not as planned yet: VISIO: Error, CountViolation (1)") {
			t.Errorf("message %q", res.Message)
		}
		if blocked := result(t, out, name); !strings.Contains(blocked.Message, `E3 from group "sales" is not in force for the user (Error, Other)`) || blocked.Hint == "" {
			t.Errorf("%s: %q, %q", name, blocked.Message, blocked.Hint)
		}
		if got := g.holds(name); got != "E3 E3<sales!Other VISIO<sales!CountViolation" || g.holds("u0001") != "E3<sales VISIO<sales" {
			t.Errorf("%s holds %q, u0001 %q", name, got, g.holds("u0001"))
		}
		if len(g.without) > 0 {
			t.Errorf("somebody was without a product: %v", g.without)
		}
	})
}

// TestUsersWaitForAllOfAGroup: a group that gives one product already is waited for
// until it gives the other one as well.
func TestUsersWaitForAllOfAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1, "E3", "VISIO")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "VISIO")}}, emulator.Options{GroupDelay: time.Minute})
		c := g.follows("u0000", "E3", "sales")
		c.Actions = append(c.Actions, plan.Action{Op: plan.OpRemove, SKUID: id("VISIO"), SKUPartNumber: "VISIO", Before: &plan.Before{DisabledPlans: []plan.PlanRef{}}})
		c.After, c.Preconditions.InForce = c.Before.After(c.Actions), []plan.RequiredAssignment{}
		g.checkOutcomes(g.apply(planOf([]plan.GroupChange{g.change("sales", "VISIO", "E3")}, c)), "sales done verified 1/1", "u0000 done verified")
		if got := g.holds("u0000"); got != "E3<sales VISIO<sales" || len(g.without) > 0 {
			t.Errorf("u0000 holds %q, without %v", got, g.without)
		}
	})
}

// TestGroupThatIsNotAsPlanned: nothing is sent for a group that is another one now,
// or for one who came into it would lose something.
func TestGroupThatIsNotAsPlanned(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*groupTenant) error
		want string
	}{
		"renamed":     {func(g *groupTenant) error { return g.emulator.RenameGroup(id("sales"), "Buyers") }, `is called "Buyers" now`},
		"deleted":     {func(g *groupTenant) error { return g.emulator.DeleteGroup(id("sales")) }, "no longer has this group"},
		"for mail":    {func(g *groupTenant) error { return g.emulator.DisableSecurity(id("sales")) }, "not security-enabled"},
		"relicensed":  {func(g *groupTenant) error { return g.emulator.SetGroupLicenses(id("sales"), gives("E3", "E5")...) }, "no longer as the plan saw it"},
		"a newcomer":  {func(g *groupTenant) error { return g.emulator.AddMember(id("sales"), "eve@contoso.com") }, "eve@contoso.com came into the group"},
		"others left": {func(g *groupTenant) error { return g.emulator.SetLicenses("u0001@contoso.com") }, "u0001@contoso.com would lose E3, which the plan says they keep"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(2)
				users[1].Licenses = gives("E3") // besides
				g := newGroupTenant(t, emulator.Tenant{Users: append(users, person("eve")), Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
				p := planOf([]plan.GroupChange{g.change("sales")})
				if err := tc.edit(g); err != nil {
					t.Fatal(err)
				}
				g.emulator.ProcessGroups()
				out := g.apply(p)
				res := out.Receipt.GroupResults[0]
				if res.Outcome != receipt.Stale || !strings.Contains(res.Message, tc.want) || res.Hint == "" || out.Sent {
					t.Errorf("%s: %q, sent %v", res.Outcome, res.Message, out.Sent)
				}
				if _, err := g.run(t.Context(), p, func(o *apply.Options) { o.RefuseStale = true }); name != "others left" && err == nil {
					t.Error("with RefuseStale the run began")
				}
			})
		})
	}
}

// TestNewcomersWhoLoseNothing: one who came since and has the product besides, or
// only gains, does not make the group stale.
func TestNewcomersWhoLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: append(users, person("eve", "E3")), Groups: []emulator.Group{group("sales", users, "E3"), group("office", users)}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("sales"), g.change("office", "VISIO")})
		for _, name := range []string{"sales", "office"} {
			if err := g.emulator.AddMember(id(name), "eve@contoso.com"); err != nil {
				t.Fatal(err)
			}
		}
		g.emulator.ProcessGroups()
		g.checkOutcomes(g.apply(p), "office done verified 2/2", "sales done verified 2/2")
		if got := g.holds("eve"); got != "E3 VISIO<office" {
			t.Errorf("eve holds %q", got)
		}
	})
}

// TestNewcomerInMidRun: who comes while the group gains is found before it takes.
func TestNewcomerInMidRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: append(users, person("eve")), Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{GroupDelay: time.Minute})
		p := planOf([]plan.GroupChange{g.change("sales", "E5")})
		time.AfterFunc(20*time.Second, func() { _ = g.emulator.AddMember(id("sales"), "eve@contoso.com") })
		out := g.apply(p)
		res := out.Receipt.GroupResults[0]
		if res.Outcome != receipt.Stale || res.Left == nil || !strings.Contains(res.Message, "eve@contoso.com came into the group") || !strings.Contains(res.Message, "got E5") {
			t.Errorf("%s: %q, left %+v", res.Outcome, res.Message, res.Left)
		}
		if got := g.holds("u0000"); got != "E3<sales E5<sales" || len(g.without) > 0 {
			t.Errorf("u0000 holds %q, without %v", got, g.without)
		}
	})
}

// TestNewcomerDuringAPause: who comes while the tenant has all calls wait is found
// before any group takes, were its own call never turned away.
func TestNewcomerDuringAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: append(users, person("eve"), person("pat")), Groups: []emulator.Group{group("sales", users, "E3"), group("office", users, "E5")}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("office"), g.change("sales")})
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectStatus, Status: 429, RetryAfter: 10 * time.Minute, Count: 1})
		time.AfterFunc(6*time.Minute, func() {
			_, _ = g.emulator.AddMember(id("sales"), "eve@contoso.com"), g.emulator.AddMember(id("office"), "pat@contoso.com")
			g.emulator.ProcessGroups()
		})
		g.checkOutcomes(g.apply(p), "office stale", "sales stale")
		if g.holds("eve") != "E3<sales" || g.holds("pat") != "E5<office" {
			t.Errorf("eve holds %q, pat holds %q: %v", g.holds("eve"), g.holds("pat"), g.without)
		}
	})
}

// TestGroupsLookAgainAtOnce: groups that were kept waiting together look again side
// by side, each at what the others give up, and take what they were to take.
func TestGroupsLookAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(4, "E3", "E5")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("office", users, "E3"), group("sales", users, "E5")}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("office"), g.change("sales")})
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectStatus, Status: 429, RetryAfter: 10 * time.Minute, Count: 1})
		g.checkOutcomes(g.apply(p), "office done verified 4/4", "sales done verified 4/4")
		if got := g.holds("u0000"); got != "E3 E5" || len(g.without) > 0 {
			t.Errorf("u0000 holds %q, without %v", got, g.without)
		}
	})
}

// TestErrorsKeepWhatThereIs: where a member cannot get the new product the group
// does not take the old one.
func TestErrorsKeepWhatThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(3)
		products := groupTenantProducts(1000)
		products[1].SKU.Units.Enabled = 2 // E5
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}, Products: products}, emulator.Options{GroupDelay: 10 * time.Second})
		begun := time.Now()
		out := g.apply(planOf([]plan.GroupChange{g.change("sales", "E5")}))
		g.checkOutcomes(out, "sales blocked 2/3")
		res := out.Receipt.GroupResults[0]
		if !strings.Contains(res.Message, "1 of 3 members not as planned yet: E5: Error, CountViolation (1)") || res.Left == nil {
			t.Errorf("message %q, left %+v", res.Message, res.Left)
		}
		if len(g.without) > 0 || len(g.calls()) != 1 || len(res.Failing) != 2 {
			t.Errorf("without %v after %d calls, failing %v", g.without, len(g.calls()), res.Failing) // E5, and with it E3
		}
		if took := time.Since(begun); took > 2*time.Minute {
			t.Errorf("errors that do not pass were waited for %s", took)
		}
	})
}

// TestGroupsWaitForSeats: what one group takes is what another one gives.
func TestGroupsWaitForSeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(4)
		products := groupTenantProducts(2)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Products: products, Groups: []emulator.Group{group("sales", users[:2], "E3"), group("office", users[2:])}}, emulator.Options{GroupDelay: 30 * time.Second})
		office := g.change("office", "E3")
		office.WaitsFor = []license.GUID{id("sales")}
		g.checkOutcomes(g.apply(planOf([]plan.GroupChange{office, g.change("sales")})), "office done verified 2/2", "sales done verified 2/2")
		if got := g.holds("u0003"); got != "E3<office" {
			t.Errorf("u0003 holds %q", got)
		}
	})
}

// TestUsersWaitForSeatsOfGroups, and groups for those of users.
func TestUsersWaitForSeatsOfGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := []emulator.User{person("ada"), person("bob", "VISIO"), person("cay")}
		products := groupTenantProducts(1)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Products: products, Groups: []emulator.Group{group("sales", users[:1], "E3"), group("office", users[:1])}}, emulator.Options{GroupDelay: 30 * time.Second})
		office := g.change("office", "VISIO")
		office.WaitsForUsers = []license.GUID{id("bob")}
		bob := g.follows("bob", "VISIO", "office")
		bob.WaitsForGroups, bob.Preconditions.InForce = nil, []plan.RequiredAssignment{}
		cay := plan.Change{
			User: plan.UserRef{ID: id("cay"), UserPrincipalName: "cay@contoso.com"}, Status: plan.StatusReady, Before: plan.State{UsageLocation: "DE"},
			Actions: []plan.Action{{Op: plan.OpAdd, SKUID: id("E3"), SKUPartNumber: "E3"}}, WaitsForSeatsOf: []license.GUID{id("sales")},
			After: plan.State{UsageLocation: "DE", Licenses: []plan.StateLicense{{SKUID: id("E3"), DisabledPlans: []license.GUID{}}}},
		}
		out := g.apply(planOf([]plan.GroupChange{office, g.change("sales")}, bob, cay))
		g.checkOutcomes(out, "office done verified 1/1", "sales done verified 1/1", "bob done verified", "cay done verified")
	})
}

// TestPlansThatStayOff: what the service keeps switching off is not waited for until
// the end of the wait, and not told as seen.
func TestPlansThatStayOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1)
		whims := emulator.GroupWhims{AlsoDisabled: []emulator.License{{SKU: id("E3"), DisabledPlans: []license.GUID{id("E3_CHAT")}}}}
		sales := group("sales", users)
		sales.Licenses = []emulator.License{{SKU: id("E3"), DisabledPlans: []license.GUID{id("E3_CHAT")}}}
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{sales}}, emulator.Options{Groups: whims})
		c := g.change("sales", "E3")
		c.Actions = []plan.Action{{Op: plan.OpUpdate, SKUID: id("E3"), SKUPartNumber: "E3", DisabledPlans: []plan.PlanRef{}, Before: &plan.Before{DisabledPlans: []plan.PlanRef{{ID: id("E3_CHAT")}}}}}
		c.After = c.Before.After(c.Actions)
		begun := time.Now()
		out := g.apply(planOf([]plan.GroupChange{c}))
		g.checkOutcomes(out, "sales done unverified 0/1")
		if took := time.Since(begun); took > 5*time.Minute || !strings.Contains(out.Receipt.GroupResults[0].Message, "was not seen to give what was sent") {
			t.Errorf("after %s: %q", took, out.Receipt.GroupResults[0].Message)
		}
		if off := out.Receipt.GroupResults[0].SwitchedOff; len(off) != 1 || off[0].SKUID != id("E3") || !slices.Equal(off[0].DisabledPlans, []license.GUID{id("E3_CHAT")}) {
			t.Errorf("what came back switched off is %v", off)
		}
	})
}

// TestNobodyWaitsForABlockedGroup: who waits for a group that the plan does not let
// through keeps what they have, and the run does not wait for it.
func TestNobodyWaitsForABlockedGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
		c := g.change("sales", "E3")
		c.Status, c.Reasons = plan.StatusBlocked, []plan.Code{plan.CodeSeatShortage}
		begun := time.Now()
		g.checkOutcomes(g.apply(planOf([]plan.GroupChange{c}, g.follows("u0000", "E3", "sales"))), "sales blocked", "u0000 blocked")
		if took := time.Since(begun); took > time.Minute || g.holds("u0000") != "E3" {
			t.Errorf("after %s u0000 holds %q", took, g.holds("u0000"))
		}
	})
}

// TestTwoGroupsTakeTheSame: where each of two groups alone could take a product from
// a member, both must not, although what the first has taken still shows.
func TestTwoGroupsTakeTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("office", users, "E3"), group("sales", users, "E3")}}, emulator.Options{GroupDelay: time.Minute})
		out := g.apply(planOf([]plan.GroupChange{g.change("office"), g.change("sales")})) // each without the other in mind
		g.checkOutcomes(out, "office done verified 1/1", "sales stale")
		if got := g.holds("u0000"); got != "E3<sales" || !strings.Contains(out.Receipt.GroupResults[1].Message, "would lose E3") {
			t.Errorf("u0000 holds %q: %s", got, out.Receipt.GroupResults[1].Message)
		}
	})
}

// TestMembersWhoLeave are not waited for.
func TestMembersWhoLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(3)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: time.Minute})
		p := planOf([]plan.GroupChange{g.change("sales", "E3")})
		time.AfterFunc(10*time.Second, func() { _ = g.emulator.RemoveMember(id("sales"), "u0001@contoso.com") })
		begun := time.Now()
		out := g.apply(p)
		g.checkOutcomes(out, "sales done verified 2/3")
		if m := out.Receipt.GroupResults[0].Members; m.Gone != 1 || time.Since(begun) > 10*time.Minute {
			t.Errorf("members %+v after %s", m, time.Since(begun))
		}
	})
}

// TestWaitForMembersEnds: the service takes longer than the run waits. What it has
// accepted counts as done and is not seen; users who wait keep what they have.
func TestWaitForMembersEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}},
			emulator.Options{GroupDelay: 2 * time.Hour, Groups: emulator.GroupWhims{CompleteEarly: true}})
		p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"))
		begun := time.Now()
		out := g.apply(p, func(o *apply.Options) { o.GroupTimeout = 20 * time.Minute })
		g.checkOutcomes(out, "sales done unverified 0/2", "u0000 blocked")
		if took := time.Since(begun); took < 20*time.Minute || took > 25*time.Minute || len(g.without) > 0 {
			t.Errorf("waited %s, without %v", took, g.without)
		}
		time.Sleep(2 * time.Hour)
		g.checkOutcomes(g.apply(p), "sales already verified 2/2", "u0000 done verified")
	})
}

// TestProcessingStatesAreNotBelieved: what members show counts, whatever the
// service says of the group.
func TestProcessingStatesAreNotBelieved(t *testing.T) {
	for name, whims := range map[string]emulator.GroupWhims{"failed": {EndsAs: "ProcessingFailed"}, "complete too early": {CompleteEarly: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(2, "E3")
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: time.Minute, Groups: whims})
				out := g.apply(planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales")))
				g.checkOutcomes(out, "sales done verified 2/2", "u0000 done verified")
				if len(g.without) > 0 {
					t.Errorf("without %v", g.without)
				}
			})
		})
	}
}

// TestErrorsThatComeLate: a license that was in force a moment ago, and is not when
// the user's own is about to go, keeps it.
func TestErrorsThatComeLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: 10 * time.Second})
		p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"), g.follows("u0001", "E3", "sales"))
		late := &lateError{groupTenant: g, user: "u0001@contoso.com", from: license.Assignment{SKUID: id("E3"), Group: id("sales"), State: "ActiveWithError", Error: "Other"}}
		out := g.apply(p, func(o *apply.Options) { o.Reader = late })
		if res := result(t, out, "u0001"); res.Outcome == receipt.Done || res.Attempts > 0 {
			t.Errorf("u0001 is %s: %s", res.Outcome, res.Message)
		}
		if got := g.holds("u0001"); got != "E3 E3<sales!Other" {
			t.Errorf("u0001 holds %q", got)
		}
	})
}

// lateError is a reader that lets an error come right after the first read that
// shows a user's inherited license in force.
type lateError struct {
	*groupTenant
	user string
	from license.Assignment
	came bool
}

func (l *lateError) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	users, err := l.groupTenant.Users(ctx, ids)
	for _, u := range users {
		if u.UserPrincipalName == l.user && len(u.Given(l.from.SKUID)) > 0 && !l.came {
			l.came = true
			if err := l.emulator.SetInherited(l.user, l.from); err != nil {
				return nil, err
			}
		}
	}
	return users, err
}

// TestServiceSwitchesMorePlansOff: what comes back is longer than what was sent, and
// is what was sent all the same.
func TestServiceSwitchesMorePlansOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		whims := emulator.GroupWhims{AlsoDisabled: []emulator.License{{SKU: id("E3"), DisabledPlans: []license.GUID{id("E3_CHAT")}}}}
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{Groups: whims})
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectLostReply, Count: 1})
		out := g.apply(planOf([]plan.GroupChange{g.change("sales", "E3")}))
		g.checkOutcomes(out, "sales done verified 2/2")
		if res := out.Receipt.GroupResults[0]; !strings.Contains(res.Message, "the service itself has switched E3_CHAT of E3 off") || len(g.calls()) != 1 {
			t.Errorf("message %q after %d calls", res.Message, len(g.calls()))
		}
	})
}

// TestOwnLicenseStaysForServicePlans: the service switches a service plan off for a
// group by itself, or is slow to switch one on. A direct license that has it on does
// not go before it is on by the group.
func TestOwnLicenseStaysForServicePlans(t *testing.T) {
	chat := []license.GUID{id("E3_CHAT")}
	for _, tc := range []struct {
		name   string
		group  []emulator.License // that the group gives before
		whims  emulator.GroupWhims
		holds  string
		result receipt.Outcome
		says   string
	}{
		{"the service keeps it off", nil, emulator.GroupWhims{AlsoDisabled: []emulator.License{{SKU: id("E3"), DisabledPlans: chat}}}, "E3 E3<sales", receipt.Blocked, "E3_CHAT off"},
		{"switched on by the plan", []emulator.License{{SKU: id("E3"), DisabledPlans: chat}}, emulator.GroupWhims{}, "E3<sales", receipt.Done, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(1, "E3")
				w := groupWorld{policy: plan.DefaultPolicy(), tenant: emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}}
				w.tenant.Groups[0].Licenses = tc.group
				w.policy.DirectAndInherited = plan.DirectAndInheritedRemove
				w.desired.Groups = []plan.DesiredGroup{{Group: plan.Ref{Name: "sales"}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{{SKU: plan.Ref{Name: "E3"}, Plans: plan.PlanChoice{Mode: plan.PlansDisabled}}}}}
				g := newGroupTenant(t, w.tenant, emulator.Options{GroupDelay: time.Minute, Groups: tc.whims})
				time.Sleep(2 * time.Minute)
				g.withoutPlans = nil
				out := g.apply(g.makeGroupPlan(w))
				if got := g.holds("u0000"); got != tc.holds || len(g.withoutPlans) > 0 {
					t.Errorf("u0000 holds %q, without %v", got, g.withoutPlans)
				}
				if res := out.Receipt.Results[0]; res.Outcome != tc.result || !strings.Contains(res.Message, tc.says) {
					t.Errorf("%s: %s", res.Outcome, res.Message)
				}
			})
		})
	}
}

// TestPlansOfTrialsKeptOff: the service keeps service plans of a trial off by itself.
// The next plan leaves them so, and says it.
func TestPlansOfTrialsKeptOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		trial := license.SKU{ID: id("TRIAL"), PartNumber: "SALES_VIRAL_TRIAL", AppliesTo: license.AppliesToUser, Units: license.Units{Enabled: 9}, Plans: []license.ServicePlan{
			{ID: id("APPS"), Name: "APPS", AppliesTo: license.AppliesToUser}, {ID: id("FLOW"), Name: "FLOW", AppliesTo: license.AppliesToUser},
		}}
		w := groupWorld{policy: plan.DefaultPolicy(), tenant: emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}, Products: []emulator.Product{{SKU: trial}}}}
		w.desired.Groups = []plan.DesiredGroup{{Group: plan.Ref{Name: "sales"}, ManagesLicenses: true, Licenses: []plan.DesiredLicense{{
			SKU: plan.Ref{Name: trial.PartNumber}, Plans: plan.PlanChoice{Mode: plan.PlansDisabled, Plans: []plan.Ref{{Name: "APPS"}}},
		}}}}
		whims := emulator.GroupWhims{AlsoDisabled: []emulator.License{{SKU: trial.ID, DisabledPlans: []license.GUID{id("FLOW")}}}}
		g := newGroupTenant(t, w.tenant, emulator.Options{GroupDelay: time.Minute, Groups: whims})
		g.checkOutcomes(g.apply(g.makeGroupPlan(w)), "sales done verified 2/2")
		next := g.makeGroupPlan(w)
		if len(next.GroupChanges) > 0 || len(next.Findings) != 1 || next.Findings[0].Code != plan.CodePlansKeptOff {
			t.Errorf("the next plan has %+v and says %+v", next.GroupChanges, next.Findings)
		}
	})
}
