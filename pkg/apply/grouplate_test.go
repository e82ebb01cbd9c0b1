package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
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

// TestLateCallOfAGroup: the service carries a call out that it seemed to fail with,
// shows it late, and asks to wait meanwhile. It is not told as somebody else's.
func TestLateCallOfAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("sales")})
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectLateStatus, Status: 503, RetryAfter: 2 * time.Minute, Count: 1})
		out := g.apply(p, func(o *apply.Options) { o.GroupReader = &laggingGroups{groupTenant: g, lag: 90 * time.Second} })
		g.checkOutcomes(out, "sales done verified 2/2")
		if n := len(g.calls()); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

// laggingGroups is a reader that shows groups for a time as they were before they
// were changed.
type laggingGroups struct {
	*groupTenant
	lag time.Duration
	was []license.Group
}

func (l *laggingGroups) Groups(ctx context.Context, ids []license.GUID) ([]license.Group, error) {
	calls := l.calls()
	if l.was != nil && len(calls) > 0 && time.Since(calls[0]) < l.lag {
		return l.was, nil
	}
	found, err := l.groupTenant.Groups(ctx, ids)
	l.was = found
	return found, err
}

// TestUsersWhoCannotBeReadAgain: the group's license is there, and what it rests on
// cannot be read just now.
func TestUsersWhoCannotBeReadAgain(t *testing.T) {
	for failures, want := range map[int]string{1: "u0000 done verified", 1000: "u0000 blocked"} {
		synctest.Test(t, func(t *testing.T) {
			users := people(1, "E3")
			g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
			p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"))
			reader := &brokenGroups{groupTenant: g, failures: failures}
			out := g.apply(p, func(o *apply.Options) { o.GroupReader = reader })
			g.checkOutcomes(out, "sales done verified 1/1", want)
			res := out.Receipt.Results[0]
			if strings.Contains(want, "blocked") && !strings.Contains(res.Message, "could not be read") {
				t.Errorf("%q, %q", res.Message, res.Hint)
			}
		})
	}
}

// TestUsersWhoCanBeReadTooLate: by the time that it can be read again, the group's
// license is not in force any more.
func TestUsersWhoCanBeReadTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"))
		reader := &brokenGroups{groupTenant: g, failures: 1, then: func() {
			_ = g.emulator.SetInherited("u0000@contoso.com", license.Assignment{SKUID: id("E3"), Group: id("sales"), State: "ActiveWithError", Error: "Other"})
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begun := time.Now()
		out, err := g.run(ctx, p, func(o *apply.Options) { o.GroupReader = reader })
		if err != nil {
			t.Fatal(err)
		}
		g.checkOutcomes(out, "sales done verified 1/1", "u0000 blocked")
		if took := time.Since(begun); took > 10*time.Minute || g.holds("u0000") != "E3 E3<sales!Other" {
			t.Errorf("after %s u0000 holds %q", took, g.holds("u0000"))
		}
	})
}

// brokenGroups is a reader of groups that fails so many times, once the members of a
// group show its license.
type brokenGroups struct {
	*groupTenant
	failures int
	then     func() // what happens when it has failed for the last time; may be nil
}

func (b *brokenGroups) Groups(ctx context.Context, ids []license.GUID) ([]license.Group, error) {
	if b.failures > 0 && strings.Contains(b.file.String(), "groupResult") {
		if b.failures--; b.failures == 0 && b.then != nil {
			b.then()
		}
		return nil, &graph.Error{Op: graph.OpReadGroups, Method: "GET", Path: "/v1.0/groups", Status: 503}
	}
	return b.groupTenant.Groups(ctx, ids)
}

// TestGroupChangedWhileItWaits: a group whose turn comes late is looked at again
// before it gives something, too.
func TestGroupChangedWhileItWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		licenses []emulator.License
		delay    time.Duration
		want     string
	}{
		"to something else":     {gives("VISIO"), time.Second, "sales stale"},
		"to the same otherwise": {[]emulator.License{{SKU: id("E3"), DisabledPlans: []license.GUID{id("E3_CHAT")}}}, time.Second, "sales stale"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(4)
				products := groupTenantProducts(2)
				g := newGroupTenant(t, emulator.Tenant{Users: users, Products: products, Groups: []emulator.Group{group("sales", users[:2]), group("office", users[2:], "E3")}}, emulator.Options{GroupDelay: 5 * time.Minute})
				time.Sleep(10 * time.Minute)
				sales := g.change("sales", "E3")
				sales.WaitsFor = []license.GUID{id("office")}
				p := planOf([]plan.GroupChange{g.change("office"), sales})
				time.AfterFunc(270*time.Second, func() { _ = g.emulator.SetGroupLicenses(id("sales"), tc.licenses...) })
				out := g.apply(p)
				g.checkOutcomes(out, "office done verified 2/2", tc.want)
				found, err := g.Groups(t.Context(), []license.GUID{id("sales")})
				if err != nil || fmt.Sprint(found[0].Licenses) != fmt.Sprint(asGroupLicenses(tc.licenses)) {
					t.Errorf("sales gives %v, %v", found, err)
				}
			})
		})
	}
}

func asGroupLicenses(of []emulator.License) []license.GroupLicense {
	var out []license.GroupLicense
	for _, l := range of {
		out = append(out, license.GroupLicense{SKUID: l.SKU, DisabledPlans: append([]license.GUID{}, l.DisabledPlans...)})
	}
	return out
}

// TestGroupAtWorkWhenItsTurnComes: somebody has changed a group just before its turn
// came, to what leaves it as planned as far as products are managed. A call would overlap.
func TestGroupAtWorkWhenItsTurnComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(4)
		products := groupTenantProducts(2)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Products: products, Groups: []emulator.Group{group("sales", users[:2]), group("office", users[2:], "E3")}}, emulator.Options{GroupDelay: 5 * time.Minute})
		time.Sleep(10 * time.Minute)
		sales := g.change("sales", "E3")
		sales.WaitsFor = []license.GUID{id("office")}
		p := planOf([]plan.GroupChange{g.change("office"), sales})
		p.Scope.Ignored = []license.GUID{id("VISIO")}
		time.AfterFunc(270*time.Second, func() { _ = g.emulator.SetGroupLicenses(id("sales"), gives("VISIO")...) })
		out := g.apply(p)
		g.checkOutcomes(out, "office done verified 2/2", "sales done verified 2/2")
		time.Sleep(time.Hour)
		if got := g.holds("u0000"); got != "E3<sales VISIO<sales" {
			t.Errorf("u0000 holds %q", got)
		}
	})
}

// TestDeletedWhileItIsWaitedFor: a group at an earlier change is not waited for once
// it is gone, and the wait says what it is for.
func TestDeletedWhileItIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1)
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: time.Hour})
		time.Sleep(time.Hour)
		if err := g.emulator.SetGroupLicenses(id("sales"), gives("VISIO")...); err != nil {
			t.Fatal(err)
		}
		p := planOf([]plan.GroupChange{g.change("sales", "VISIO", "E3")})
		time.AfterFunc(time.Minute, func() {
			if err := g.emulator.DeleteGroup(id("sales")); err != nil {
				t.Error(err)
			}
		})
		begun := time.Now()
		var told atomic.Bool
		out := g.apply(p, func(o *apply.Options) {
			o.Progress = func(p apply.Progress) {
				if p.Busy == 1 {
					told.Store(true)
				}
			}
		})
		res := out.Receipt.GroupResults[0]
		if took := time.Since(begun); took > 5*time.Minute || !strings.Contains(res.Message, "no longer has this group") || !told.Load() {
			t.Errorf("after %s, told %t: %s, %q", took, told.Load(), res.Outcome, res.Message)
		}
	})
}

// TestStoppedWhileGroupsAreAsked: that the run was stopped is no failure to read.
func TestStoppedWhileGroupsAreAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(1, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
		p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"))
		stopped, stop := context.WithCancelCause(t.Context())
		out, err := g.run(stopped, p, func(o *apply.Options) {
			o.GroupReader = &forgetful{groupTenant: g, then: func() { stop(errors.New("interrupted")) }}
		})
		if err != nil {
			t.Fatal(err)
		}
		g.checkOutcomes(out, "sales done verified 1/1", "u0000 not_attempted")
		if out.Unread != nil {
			t.Errorf("unread: %v", out.Unread)
		}
	})
}

// forgetful shows what a group gives no more, once its change is settled, and tells of it.
type forgetful struct {
	*groupTenant
	then func()
}

func (f *forgetful) Groups(ctx context.Context, ids []license.GUID) ([]license.Group, error) {
	found, err := f.groupTenant.Groups(ctx, ids)
	if err == nil && strings.Contains(f.file.String(), "groupResult") {
		found[0].Licenses = []license.GroupLicense{}
		time.AfterFunc(time.Second, f.then)
		f.then = func() {}
	}
	return found, err
}

// TestSlowStartDoesNotEndAWait: those who wait for a group without a change of its own
// are looked at, however long others take before them.
func TestSlowStartDoesNotEndAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(3, "E3")
		g := newGroupTenant(t, emulator.Tenant{Users: append(users, person("ada", "E3")), Groups: []emulator.Group{group("sales", nil, "E3")}}, emulator.Options{GroupDelay: 5 * time.Minute})
		time.Sleep(10 * time.Minute)
		var changes []plan.Change
		for i := range users {
			c := g.follows(fmt.Sprintf("u%04d", i), "E3", "sales")
			c.WaitsForGroups, c.Preconditions.InForce = nil, []plan.RequiredAssignment{}
			changes = append(changes, c)
		}
		if err := g.emulator.AddMember(id("sales"), "ada@contoso.com"); err != nil {
			t.Fatal(err)
		}
		p := planOf(nil, append(changes, g.follows("ada", "E3", "sales"))...)
		p.Summary.Groups = 1
		out := g.apply(p, func(o *apply.Options) { o.WriteRate = 0.001 })
		if res := result(t, out, "ada"); res.Outcome != receipt.Done {
			t.Errorf("ada: %s: %q", res.Outcome, res.Message)
		}
	})
}

// TestLargeGroupsAreReadToTheEnd: looking again at a group before its call takes as long
// as it takes, and ends when the run is stopped.
func TestLargeGroupsAreReadToTheEnd(t *testing.T) {
	for after, want := range map[time.Duration]string{time.Hour: "sales done verified 2/2", 4 * time.Minute: "sales not_attempted", 7 * time.Minute: "sales failed"} {
		synctest.Test(t, func(t *testing.T) {
			users := people(2)
			g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{})
			p := planOf([]plan.GroupChange{g.change("sales")})
			g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectStatus, Status: 429, RetryAfter: 10 * time.Second, Count: 1})
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			timer := time.AfterFunc(after, func() { stop(errors.New("interrupted")) })
			defer timer.Stop()
			begun := time.Now()
			out, err := g.run(ctx, p, func(o *apply.Options) { o.GroupReader = slowMembers{g, 3 * time.Minute} })
			if err != nil {
				t.Fatal(err)
			}
			g.checkOutcomes(out, want)
			if took := time.Since(begun); took > after+10*time.Second || strings.Contains(out.Receipt.GroupResults[0].Message, "canceled") {
				t.Errorf("stopped after %s, it ended after %s: %q", after, took, out.Receipt.GroupResults[0].Message)
			}
		})
	}
}

// slowMembers is a reader that takes a time for the members of a group.
type slowMembers struct {
	*groupTenant
	takes time.Duration
}

func (s slowMembers) Members(ctx context.Context, group license.GUID) ([]license.GUID, error) {
	select {
	case <-time.After(s.takes):
		return s.groupTenant.Members(ctx, group)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestCanaryAmongThoseWhoWait: where all users wait for a group, the first of them whom
// it reaches go before the others.
func TestCanaryAmongThoseWhoWait(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"refused":  {Effect: emulator.EffectStatus, Status: 400, Code: "Request_BadRequest", Message: "Something new."},
		"and well": {Route: "deltaOfNobody"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(9, "E3")
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{GroupDelay: time.Minute})
				var changes []plan.Change
				for i := range users {
					changes = append(changes, g.follows(fmt.Sprintf("u%04d", i), "E3", "sales"))
				}
				p := planOf([]plan.GroupChange{g.change("sales", "E3")}, changes...)
				if fault.Route == "" {
					fault.Route = "assignLicense"
				}
				g.emulator.Inject(fault)
				out := g.apply(p, func(o *apply.Options) { o.Canary = 2 })
				counts := out.Receipt.Counts()
				if refused := name == "refused"; refused && (counts[receipt.Refused] != 2 || counts[receipt.NotAttempted] != 7) || !refused && counts[receipt.Done] != 9 {
					t.Errorf("counts %v, cause %v", counts, out.Cause)
				}
			})
		})
	}
}

// TestMaskedGroup: where the tenant does not say what a group gives, that is nothing
// that somebody else has done, and no proof that it gives nothing.
func TestMaskedGroup(t *testing.T) {
	for after, want := range map[time.Duration]string{500 * time.Millisecond: "sales done unverified 2/2", 10 * time.Second: "sales done verified 2/2"} {
		synctest.Test(t, func(t *testing.T) {
			users := people(2)
			g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{GroupDelay: time.Minute})
			time.Sleep(2 * time.Minute)
			p := planOf([]plan.GroupChange{g.change("sales")})
			time.AfterFunc(after, func() {
				g.emulator.Inject(emulator.Fault{Route: "listGroups", Effect: emulator.EffectNulled, Property: "assignedLicenses"})
			})
			out := g.apply(p)
			g.checkOutcomes(out, want)
			res := out.Receipt.GroupResults[0]
			if told := strings.Contains(res.Message, "the tenant does not say what the group gives; the group was not seen to give what was sent"); told != strings.Contains(want, "unverified") {
				t.Errorf("%q, %q", res.Message, res.Hint)
			}
		})
	}
}

// TestNewcomerWhileTheServiceIsAtWork: a call that was turned away looks at the members
// again, also where the service is at somebody else's change of the group by then.
func TestNewcomerWhileTheServiceIsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := people(2)
		g := newGroupTenant(t, emulator.Tenant{Users: append(users, person("eve")), Groups: []emulator.Group{group("sales", users, "E3")}}, emulator.Options{GroupDelay: time.Minute})
		time.Sleep(2 * time.Minute)
		p := planOf([]plan.GroupChange{g.change("sales")})
		p.Scope.Ignored = []license.GUID{id("VISIO")}
		g.emulator.Inject(emulator.Fault{Route: "assignGroupLicense", Effect: emulator.EffectStatus, Status: 429, RetryAfter: 10 * time.Minute, Count: 1})
		time.AfterFunc(5*time.Minute, func() { _ = g.emulator.AddMember(id("sales"), "eve@contoso.com") })
		time.AfterFunc(9*time.Minute+30*time.Second, func() { _ = g.emulator.SetGroupLicenses(id("sales"), gives("E3", "VISIO")...) })
		out := g.apply(p)
		g.checkOutcomes(out, "sales stale")
		if !strings.Contains(out.Receipt.GroupResults[0].Message, "eve@contoso.com came into the group") || len(g.calls()) > 0 {
			t.Errorf("%q, %d calls", out.Receipt.GroupResults[0].Message, len(g.calls()))
		}
	})
}

// TestPartOfAProduct: who is to lose some service plans of a product by a group, since
// they have a license of their own without these, does not lose all of it where that is
// gone by then.
func TestPartOfAProduct(t *testing.T) {
	for taken, want := range map[bool]string{false: "sales done verified 1/1", true: "sales stale"} {
		synctest.Test(t, func(t *testing.T) {
			users := people(1)
			users[0].Licenses = []emulator.License{{SKU: id("E3"), DisabledPlans: []license.GUID{id("E3_CHAT")}}}
			w := groupWorld{policy: plan.DefaultPolicy(), tenant: emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users, "E3")}}}
			w.policy.Guards = plan.Guards{}
			w.desired.Groups = []plan.DesiredGroup{{Group: plan.Ref{Name: "sales"}, ManagesLicenses: true}}
			g := newGroupTenant(t, w.tenant, emulator.Options{})
			p := g.makeGroupPlan(w)
			if taken {
				if err := g.emulator.SetLicenses("u0000@contoso.com"); err != nil {
					t.Fatal(err)
				}
			}
			out := g.apply(p)
			g.checkOutcomes(out, want)
			if res := out.Receipt.GroupResults[0]; taken && !strings.Contains(res.Message, "u0000@contoso.com would lose E3 altogether, of which the plan says that they keep a part") || g.holds("u0000") == "" {
				t.Errorf("%q, u0000 holds %q", res.Message, g.holds("u0000"))
			}
		})
	}
}

// TestUsersWhoShowTheGroupsLicenseByTurns: of two replicas one is behind, so that what a
// user has shown is missing from the next read. They are looked at again, and are told only
// where it stays so.
func TestUsersWhoShowTheGroupsLicenseByTurns(t *testing.T) {
	for _, tc := range []struct {
		name string
		lag  time.Duration
		want string
	}{
		{"for some seconds", 12 * time.Second, "u0000 done verified"},
		{"for good", time.Hour, "u0000 stale"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				users := people(1, "E3")
				g := newGroupTenant(t, emulator.Tenant{Users: users, Groups: []emulator.Group{group("sales", users)}}, emulator.Options{})
				p := planOf([]plan.GroupChange{g.change("sales", "E3")}, g.follows("u0000", "E3", "sales"))
				out := g.apply(p, func(o *apply.Options) { o.Reader = &byTurns{Reader: o.Reader, tenant: g, lag: tc.lag} })
				g.checkOutcomes(out, "sales done verified 1/1", tc.want)
			})
		})
	}
}

// byTurns is a reader of which every other reply is without what groups have given for a
// time.
type byTurns struct {
	apply.Reader
	tenant *groupTenant
	lag    time.Duration
	reads  int
}

func (b *byTurns) Users(ctx context.Context, ids []license.GUID) ([]license.UserState, error) {
	found, err := b.Reader.Users(ctx, ids)
	calls := b.tenant.calls()
	if len(calls) == 0 || time.Since(calls[0]) >= b.lag {
		return found, err
	}
	shown := func(u license.UserState) bool {
		return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return !a.Direct() })
	}
	if !slices.ContainsFunc(found, shown) {
		return found, err
	}
	if b.reads++; b.reads%2 == 1 {
		return found, err
	}
	for i := range found {
		found[i].Assignments = slices.DeleteFunc(slices.Clone(found[i].Assignments), func(a license.Assignment) bool { return !a.Direct() })
	}
	return found, err
}
