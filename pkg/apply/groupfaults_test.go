package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensectl/licensectl/pkg/apply"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// migration is a tenant in which two groups come to give E3 to those who have it of
// their own, and one of them takes VISIO.
func migration(t testing.TB, options emulator.Options) (*groupTenant, *plan.Plan) {
	t.Helper()
	users := people(6, "E3")
	g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users[:3], "VISIO"), group("office", users[3:])}}, options)
	var changes []plan.Change
	for i := range users {
		changes = append(changes, g.follows(fmt.Sprintf("u%04d", i), "E3", []string{"sales", "office"}[i/3]))
	}
	return g, planOf([]plan.GroupChange{g.change("office", "E3"), g.change("sales", "E3")}, changes...)
}

// checkMigrated holds a tenant to the plan of a migration.
func (g *groupTenant) checkMigrated() {
	g.t.Helper()
	for i := range 6 {
		if got, want := g.holds(fmt.Sprintf("u%04d", i)), "E3<"+[]string{"sales", "office"}[i/3]; got != want {
			g.t.Errorf("u%04d holds %q, want %q", i, got, want)
		}
	}
	if slices.ContainsFunc(g.without, func(text string) bool { return strings.HasSuffix(text, " E3") }) {
		g.t.Errorf("somebody was without E3: %v", g.without)
	}
}

// TestGroupFaultMatrix strikes every kind of call with every kind of fault. All of
// them pass, so in the end everything is as planned, each group was changed no more
// often than there are calls, and nobody was without what they keep.
func TestGroupFaultMatrix(t *testing.T) {
	faults := map[string]emulator.Fault{
		"429 with Retry-After": {Effect: emulator.EffectStatus, Status: 429, RetryAfter: 7 * time.Second},
		"409":                  {Effect: emulator.EffectStatus, Status: 409, Code: "Directory_ConcurrencyViolation"},
		"503":                  {Effect: emulator.EffectStatus, Status: 503},
		"504 afterwards":       {Effect: emulator.EffectLateStatus, Status: 504},
		"reset":                {Effect: emulator.EffectReset},
		"lost reply":           {Effect: emulator.EffectLostReply},
		"half a body":          {Effect: emulator.EffectHalfBody},
		"HTML from a proxy":    {Effect: emulator.EffectHTML, Status: 502},
		"an empty success":     {Effect: emulator.EffectEmptyBody, Status: 200},
		"expired tokens":       {Effect: emulator.EffectExpireTokens},
	}
	for _, route := range []string{"assignGroupLicense", "assignLicense", "listGroups", "groupMembers", "batch"} {
		for name, fault := range faults {
			t.Run(route+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g, p := migration(t, emulator.Options{GroupDelay: 20 * time.Second})
					fault.Route, fault.Count = route, 2
					g.emulator.Inject(fault)
					out := g.apply(p)
					if open := out.Receipt.OpenGroups(); open > 0 || out.Receipt.Counts()[receipt.Done] != 6 {
						g.checkOutcomes(out)
					}
					g.checkMigrated()
					if n := len(g.calls()); n != 3 {
						t.Errorf("groups were changed %d times, want 3", n)
					}
				})
			})
		}
	}
}

// TestGroupsAreKilled kills a run after every number of seconds and applies the same
// plan again: it comes to the same end, and nothing is sent twice.
func TestGroupsAreKilled(t *testing.T) {
	for after := time.Duration(0); after < 150*time.Second; after += 7 * time.Second {
		synctest.Test(t, func(t *testing.T) {
			g, p := migration(t, emulator.Options{GroupDelay: 20 * time.Second, WriteLatency: 3 * time.Second})
			g.killed(p, after)
			read, err := receipt.Read(strings.NewReader(g.file.String()))
			if err != nil && g.file.Len() > 0 {
				t.Errorf("after %s: %v", after, err)
			}
			for _, i := range intentsOf(read) {
				known := slices.ContainsFunc(read.GroupResults, func(r receipt.GroupResult) bool { return r.Group == i.Group })
				if !known {
					t.Errorf("after %s: nothing is told of group %s, to which something was sent", after, i.Group.DisplayName)
				}
			}
			time.Sleep(time.Minute)
			out := g.apply(p)
			if out.Receipt.OpenGroups() > 0 {
				g.checkOutcomes(out)
			}
			g.checkMigrated()
			if n := len(g.calls()); n != 3 {
				t.Errorf("killed after %s, groups were changed %d times, want 3", after, n)
			}
		})
	}
}

func intentsOf(r *receipt.Receipt) []receipt.GroupIntent {
	if r == nil {
		return nil
	}
	return r.GroupIntents
}

// TestMigrationUnderThrottling leads users from licenses of their own to a group's,
// while the tenant throttles and lags, the service loses answers, and the process is
// killed three times. Nobody is without the license at any moment, and in the end
// everybody has it from the group alone.
func TestMigrationUnderThrottling(t *testing.T) { migrate(t, 250) }

func migrate(t *testing.T, size int) {
	synctest.Test(t, func(t *testing.T) {
		users := people(size, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Products: groupTenantProducts(size), Groups: []emulator.Group{group("sales", users)}}, emulator.Options{
			GroupDelay: 3 * time.Minute, WriteLatency: 200 * time.Millisecond, Seed: 7,
			LogSize: 1 << 20,
			Limits:  emulator.Limits{Writes: 150, WriteWindow: 10 * time.Second, ResourceUnits: 400 + size/4},
			Lag:     emulator.Lag{Delay: 5 * time.Second, Share: 0.3},
			Faults: []emulator.Fault{
				{Route: "assignGroupLicense", Effect: emulator.EffectLostReply, Count: 1},
				{Route: "assignLicense", Effect: emulator.EffectLostReply, Probability: 0.02, Count: size / 50},
				{Route: "batch", Effect: emulator.EffectStatus, Status: 503, Probability: 0.05, Count: size / 50},
			},
		})
		var changes []plan.Change
		for i := range users {
			changes = append(changes, g.follows(fmt.Sprintf("u%04d", i), "E3", "sales"))
		}
		p := planOf([]plan.GroupChange{g.change("sales", "E3")}, changes...)
		for _, after := range []time.Duration{10 * time.Second, 4 * time.Minute, time.Duration(size) * time.Second / 25} {
			g.killed(p, after)
		}
		time.Sleep(time.Minute)
		out := g.apply(p)
		counts := out.Receipt.Counts()
		for _, res := range out.Receipt.Results {
			if res.Outcome != receipt.Done && res.Outcome != receipt.Already {
				t.Errorf("%s is %s: %s (%d attempts)", res.User.UserPrincipalName, res.Outcome, res.Message, res.Attempts)
			}
		}
		if counts[receipt.Done]+counts[receipt.Already] != size || out.Receipt.OpenGroups() > 0 || counts[receipt.Already] == 0 {
			t.Errorf("counts %v, groups %v, cause %v", counts, out.Receipt.GroupCounts(), out.Cause)
		}
		for i := range size {
			if name := fmt.Sprintf("u%04d", i); g.holds(name) != "E3<sales" {
				t.Errorf("%s holds %q", name, g.holds(name))
			}
		}
		if len(g.without) > 0 {
			t.Errorf("%d times somebody was without the license: %v", len(g.without), g.without[:min(len(g.without), 5)])
		}
		if n := len(g.calls()); n != 1 {
			t.Errorf("the group was changed %d times", n)
		}
	})
}

// TestGroupsAreStopped: an interruption is told, change by change.
func TestGroupsAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, p := migration(t, emulator.Options{GroupDelay: 20 * time.Second})
		stopped, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(10*time.Second, func() { stop(errors.New("interrupted")) })
		out, err := g.run(stopped, p)
		if err != nil {
			t.Fatal(err)
		}
		g.checkOutcomes(out, "office done unverified 0/3", "sales not_attempted 0/3", "u0000 not_attempted", "u0001 not_attempted", "u0002 not_attempted", "u0003 not_attempted", "u0004 not_attempted", "u0005 not_attempted")
		if res := out.Receipt.GroupResults[1]; res.Left == nil || !strings.Contains(res.Message, "got E3; then: interrupted") || out.Cause == nil {
			t.Errorf("sales: %q, left %+v, cause %v", res.Message, res.Left, out.Cause)
		}
	})
}

// TestGroupsThatAreRefused: the service's no is told in plain words, and users who
// wait keep what they have.
func TestGroupsThatAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  emulator.Fault
		want   receipt.Outcome
		reason string
		says   string
	}{
		"in its own words": {emulator.Fault{Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "The group is not to your liking."}, receipt.Refused, "refused", "not to your liking"},
		"not allowed":      {emulator.Fault{Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"}, receipt.Refused, "permission", "does not let this identity change the group"},
		"no location":      {emulator.Fault{Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "License assignment cannot be done for user with invalid usage location."}, receipt.Refused, "no-usage-location", "of a member, or of the tenant"},
		"inherited":        {emulator.Fault{Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "User license is inherited from a group membership and it cannot be removed directly from the user."}, receipt.Refused, "inherited-license", "is inherited"},
		"synchronized":     {emulator.Fault{Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."}, receipt.Refused, "mastered-elsewhere", "the group is synchronized"},
		"address":          {emulator.Fault{Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "Proxy address is already being used."}, receipt.Refused, "address-conflict", "of the group or of a member"},
		"needs":            {emulator.Fault{Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "License assignment failed because service plan " + id("VISIO_CHAT").String() + " depends on the service plan(s) " + id("E5_CHAT").String()}, receipt.Refused, "plan-needs-another", "is on in no license beside it"},
		"gone":             {emulator.Fault{Effect: emulator.EffectStatus, Status: 404, Code: "Request_ResourceNotFound"}, receipt.Refused, "group-not-found", "no longer has this group"},
		"for ever down":    {emulator.Fault{Effect: emulator.EffectStatus, Status: 503}, receipt.Failed, "unavailable", "the retries are used up"},
		"for ever slow":    {emulator.Fault{Effect: emulator.EffectStatus, Status: 429}, receipt.Failed, "throttled", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(2, "E3")
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
				p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"))
				tc.fault.Route = "assignGroupLicense"
				g.emulator.Inject(tc.fault)
				out := g.apply(p)
				res := out.Receipt.GroupResults[0]
				if res.Outcome != tc.want || !slices.Contains(res.Reasons, tc.reason) || !strings.Contains(res.Message, tc.says) || strings.Contains(res.Message, "user") || strings.Contains(res.Hint, "the user") {
					t.Errorf("%s %v: %q, %q", res.Outcome, res.Reasons, res.Message, res.Hint)
				}
				if user := out.Receipt.Results[0]; user.Outcome != receipt.Blocked && user.Outcome != receipt.NotAttempted || g.holds("u0000") != "E3" {
					t.Errorf("u0000 is %s and holds %q", user.Outcome, g.holds("u0000"))
				}
			})
		})
	}
}

// TestWhatKeepsAGroup: whoever waits in vain is told why, and the time is not waited
// out for what does not come.
func TestWhatKeepsAGroup(t *testing.T) {
	changed := func(edit func(g *groupTenant) error) func(*groupTenant) {
		return func(g *groupTenant) { time.AfterFunc(5*time.Second, func() { _ = edit(g) }) }
	}
	refused := func(f emulator.Fault) func(*groupTenant) { return func(g *groupTenant) { g.emulator.Inject(f) } }
	for name, tc := range map[string]struct {
		edit        func(*groupTenant)
		group, user string // what is said of them
		hint        string // for the group
	}{
		"deleted":        {changed(func(g *groupTenant) error { return g.emulator.DeleteGroup(id("sales")) }), "the tenant no longer has this group; ", `the tenant no longer has group "sales"`, "plan again"},
		"for mail":       {changed(func(g *groupTenant) error { return g.emulator.DisableSecurity(id("sales")) }), "", "the group \"sales\" is not security-enabled any more", ""},
		"left":           {changed(func(g *groupTenant) error { return g.emulator.RemoveMember(id("sales"), "u0000@contoso.com") }), "", `the user is no member of group "sales" any more`, ""},
		"taken back":     {changed(func(g *groupTenant) error { return g.emulator.SetGroupLicenses(id("sales")) }), "the group gives something else now than what was sent; ", "did not come to be in force", "somebody else has changed the group"},
		"refused":        {refused(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "No."}), "the service refused the change: No.", `the change of group "sales", which was to give the license, did not come about (refused)`, ""},
		"groups unread":  {refused(emulator.Fault{Route: "listGroups", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied", After: 2}), "could not be read: reading groups:", "could not be read", "Group.Read.All"},
		"members unread": {refused(emulator.Fault{Route: "groupMembers", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied", After: 1}), "could not be read: reading the members of a group", "could not be read", "GroupMember.Read.All"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(2, "E3")
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: time.Minute})
				p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"))
				tc.edit(g)
				begun := time.Now()
				out := g.apply(p)
				group, user := out.Receipt.GroupResults[0], out.Receipt.Results[0]
				if !strings.Contains(group.Message, tc.group) || !strings.Contains(group.Hint, tc.hint) {
					t.Errorf("the group is %s: %q, %q", group.Outcome, group.Message, group.Hint)
				}
				if user.Outcome != receipt.Blocked && user.Outcome != receipt.Stale || !strings.Contains(user.Message, tc.user) || !strings.Contains(g.holds("u0000"), "E3") {
					t.Errorf("the user is %s and holds %q: %q", user.Outcome, g.holds("u0000"), user.Message)
				}
				if took := time.Since(begun); took > 10*time.Minute {
					t.Errorf("waited %s", took)
				}
			})
		})
	}
}

// TestSomebodyElsesChange is not told as carried out by the run.
func TestSomebodyElsesChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("sales", "E3")})
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectReset, Count: 1})
		time.AfterFunc(100*time.Millisecond, func() { _ = g.emulator.SetGroupLicenses(id("sales"), gives("VISIO")...) })
		res := g.apply(p).Receipt.GroupResults[0]
		if res.Outcome != receipt.Unknown || strings.Contains(res.Message, "carried out in part") || res.Left == nil || res.Members != nil {
			t.Errorf("%s: %q, left %+v, members %+v", res.Outcome, res.Message, res.Left, res.Members)
		}
	})
}

// TestEarlierChangeIsWaitedFor: another call while the service is at somebody else's
// change would overlap with it, and one of the two would be lost.
func TestEarlierChangeIsWaitedFor(t *testing.T) {
	for delay, want := range map[time.Duration]string{10 * time.Minute: "sales done verified 1/1", 2 * time.Hour: "sales blocked"} {
		synctest.Test(t, func(t *testing.T) {
			users := people(1)
			g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: delay})
			time.Sleep(delay)
			if err := g.emulator.SetGroupLicenses(id("sales"), gives("VISIO")...); err != nil {
				t.Fatal(err)
			}
			out := g.apply(planOf([]plan.GroupChange{g.change("sales", "VISIO", "E3")}))
			g.checkOutcomes(out, want)
			if calls := g.calls(); want == "sales blocked" && len(calls) > 0 || !strings.Contains(want, "blocked") && g.holds("u0000") != "E3<sales VISIO<sales" {
				t.Errorf("after %d calls u0000 holds %q: %s", len(calls), g.holds("u0000"), out.Receipt.GroupResults[0].Message)
			}
		})
	}
}

// TestMembersThatCannotBeRead: nothing is taken from a group whose members are not
// all told.
func TestMembersThatCannotBeRead(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"of an unknown type": {Route: "groupMembers", Effect: emulator.EffectUnknownType},
		"not at all":         {Route: "groupMembers", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(2)
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
				p := planOf([]plan.GroupChange{g.change("sales")})
				g.emulator.Inject(fault)
				if out, err := g.run(t.Context(), p); err == nil {
					t.Errorf("the run began: %+v", out.Receipt.GroupResults)
				}
				if len(g.calls()) > 0 || g.holds("u0000") != "E3<sales" {
					t.Errorf("%d calls, u0000 holds %q", len(g.calls()), g.holds("u0000"))
				}
			})
		})
	}
}

// TestMembersThatAreHidden: a group that looks empty because its members are hidden
// takes nothing from them.
func TestMembersThatAreHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		sales := group("sales", users, "E3")
		sales.HiddenMembership = true
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{sales, group("office", users, "E3")}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("office")}) // as whoever may see the members has planned it
		p.GroupChanges[0].Group = plan.Group{ID: id("sales"), DisplayName: "sales"}
		out, err := g.run(t.Context(), p)
		if err == nil || !strings.Contains(err.Error(), "Member.Read.Hidden") {
			t.Errorf("%+v, %v", out, err)
		}
		if len(g.calls()) > 0 || g.holds("u0000") != "E3<office E3<sales" {
			t.Errorf("%d calls, u0000 holds %q", len(g.calls()), g.holds("u0000"))
		}
	})
}

// TestReprocess has the service try again what a group could not give: once for each
// user, with its reason where it still cannot, and not for whom there is nothing to
// try.
func TestReprocess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(3)
		products := groupTenantProducts(2)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Products: products, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
		var changes []plan.Change
		var starved string
		for _, u := range users {
			name, _, _ := strings.Cut(u.UserPrincipalName, "@")
			if g.holds(name) != "E3<sales" {
				starved = name
			}
			state := plan.State{UsageLocation: "DE", Licenses: []plan.StateLicense{}}
			changes = append(changes, plan.Change{
				User: plan.UserRef{ID: u.ID, UserPrincipalName: u.UserPrincipalName}, Status: plan.StatusReady, Before: state, After: state,
				Actions: []plan.Action{{Op: plan.OpReprocess}},
			})
		}
		out := g.apply(planOf(nil, changes...))
		if res := result(t, out, starved); res.Outcome != receipt.Refused || !slices.Contains(res.Reasons, "seat-shortage") || out.Receipt.Counts()[receipt.Already] != 2 {
			t.Errorf("%s is %s %v: %q, %v", starved, res.Outcome, res.Reasons, res.Message, out.Receipt.Counts())
		}
		if err := g.emulator.SetUnits(id("E3"), license.Units{Enabled: 3}); err != nil {
			t.Fatal(err)
		}
		g.emulator.Inject(emulator.Fault{Route: "reprocessLicenseAssignment", Effect: emulator.EffectLostReply, Count: 1})
		out = g.apply(planOf(nil, changes...))
		if res := result(t, out, starved); res.Outcome != receipt.Done || res.Verification != receipt.Verified || g.holds(starved) != "E3<sales" {
			t.Errorf("%s is %s %s and holds %q: %s", starved, res.Outcome, res.Verification, g.holds(starved), res.Message)
		}
	})
}

// TestOneGroupThatMayNotBeChanged: where the permission is known to be there, a refusal is
// about that group, and the run goes on.
func TestOneGroupThatMayNotBeChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users), group("ops", users)}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("sales", "E3"), g.change("ops", "VISIO")})
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectStatus, Status: 403, Code: "Authorization_RequestDenied", Count: 1})
		out := g.apply(p, func(o *apply.Options) { o.Permitted = func(graph.Op) bool { return true } })
		var refused, done int
		for _, res := range out.Receipt.GroupResults {
			switch res.Outcome {
			case receipt.Done:
				done++
			case receipt.Refused:
				refused++
				if !slices.Equal(res.Reasons, []string{"group-forbidden"}) || !strings.Contains(res.Message, "may not change this group") || !strings.Contains(res.Hint, "restricted management") {
					t.Errorf("%q: %q, %q", res.Reasons, res.Message, res.Hint)
				}
			}
		}
		if refused != 1 || done != 1 || out.Cause != nil {
			t.Errorf("%d refused, %d done, cause %v", refused, done, out.Cause)
		}
	})
}

// TestAnswersThatSayNothingAreSetbacks: what came in place of the service's answer is told
// while the run looks for what became of the write, which takes a minute.
func TestAnswersThatSayNothingAreSetbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectStatus, Status: 200, Count: 1})
		var mu sync.Mutex
		var why error
		out := g.apply(planOf([]plan.GroupChange{g.change("sales", "E3")}), func(o *apply.Options) {
			o.Progress = func(p apply.Progress) {
				mu.Lock()
				defer mu.Unlock()
				if p.Setbacks == 1 && why == nil {
					why = p.Why
				}
			}
		})
		g.checkOutcomes(out, "sales done verified 1/1")
		if why == nil || !strings.Contains(why.Error(), "200") {
			t.Errorf("the setback is %v", why)
		}
	})
}

// TestMembersWhoAreNotListedLoseNothing: the list of members comes back empty right before a
// group takes something. Whoever still shows the group's license, and keeps it by the plan,
// may be in the group all the same.
func TestMembersWhoAreNotListedLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
		c := g.change("sales")
		for i := range c.Effects { // others are to give it to them
			c.Effects[i].Lose, c.Effects[i].Part = []license.GUID{}, nil
		}
		g.emulator.Inject(emulator.Fault{Route: "groupMembers", Effect: emulator.EffectEmptyList, After: 0})
		out := g.apply(planOf([]plan.GroupChange{c}))
		g.checkOutcomes(out, "sales stale")
		if res := out.Receipt.GroupResults[0]; !strings.Contains(res.Message, "is not listed in the group any more") || len(g.without) > 0 {
			t.Errorf("%q; without: %v", res.Message, g.without)
		}
	})
}
