package apply_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/observe"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
	"github.com/licensectl/licensectl/pkg/receipt"
)

// groupWorld is a random tenant with groups, what is wanted of it, and what goes
// wrong.
type groupWorld struct {
	tenant  emulator.Tenant
	options emulator.Options
	desired plan.Desired
	policy  plan.Policy
}

func drawGroupWorld(t *rapid.T) groupWorld {
	w := groupWorld{policy: plan.DefaultPolicy()}
	some := func(label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(allSKUs), 0, 2, rapid.ID[string]).Draw(t, label)
	}
	off := func(part string) []license.GUID {
		return rapid.SampledFrom([][]license.GUID{nil, nil, {id(part + "_CHAT")}, {id(part + "_MAIL")}}).Draw(t, "off")
	}
	for i := range rapid.IntRange(1, 7).Draw(t, "users") {
		w.tenant.Users = append(w.tenant.Users, person(fmt.Sprintf("u%04d", i)))
		w.tenant.Users[i].Licenses = givesWithout(off, some("of their own"))
	}
	for _, name := range []string{"sales", "office", "pilot"} {
		members := []emulator.User{}
		for _, u := range w.tenant.Users {
			if rapid.Bool().Draw(t, "is member") {
				members = append(members, u)
			}
		}
		g := group(name, members)
		g.Licenses = givesWithout(off, some("of the group"))
		w.tenant.Groups = append(w.tenant.Groups, g)
		if rapid.IntRange(0, 3).Draw(t, "is declared") > 0 {
			w.desired.Groups = append(w.desired.Groups, plan.DesiredGroup{Group: plan.Ref{Name: name}, ManagesLicenses: true, Licenses: wishes(off, some("wanted of the group"))})
		}
	}
	for _, u := range w.tenant.Users {
		if rapid.IntRange(0, 2).Draw(t, "is declared") > 0 {
			w.desired.Users = append(w.desired.Users, plan.DesiredUser{User: plan.Ref{Name: u.UserPrincipalName}, ManagesLicenses: true, Licenses: wishes(off, some("wanted of the user"))})
		}
	}
	w.tenant.Products = groupTenantProducts(0)
	for i := range w.tenant.Products {
		own := 0 // which are taken as they are
		for _, u := range w.tenant.Users {
			if slices.ContainsFunc(u.Licenses, func(l emulator.License) bool { return l.SKU == w.tenant.Products[i].SKU.ID }) {
				own++
			}
		}
		w.tenant.Products[i].SKU.Units.Enabled = own + rapid.IntRange(0, 7).Draw(t, "seats to spare")
	}
	w.policy.Guards = plan.Guards{}
	w.policy.UnlistedGroups = rapid.SampledFrom([]plan.UnlistedUsers{plan.UnlistedIgnore, plan.UnlistedRemove}).Draw(t, "unlisted groups")
	w.policy.DirectAndInherited = rapid.SampledFrom([]plan.DirectAndInherited{"", plan.DirectAndInheritedRemove}).Draw(t, "direct and inherited")
	w.options = emulator.Options{Seed: rapid.Uint64().Draw(t, "seed"), GroupDelay: rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(t, "delay"), WriteLatency: 100 * time.Millisecond}
	w.options.Groups.CompleteEarly = rapid.Bool().Draw(t, "states lie")
	for range rapid.IntRange(0, 3).Draw(t, "faults") {
		w.options.Faults = append(w.options.Faults, emulator.Fault{
			Route:       rapid.SampledFrom([]string{"assignLicense", "assignGroupLicense", "batch", "listGroups", "groupMembers"}).Draw(t, "route"),
			Effect:      rapid.SampledFrom([]emulator.Effect{emulator.EffectStatus, emulator.EffectLateStatus, emulator.EffectLostReply, emulator.EffectReset}).Draw(t, "effect"),
			Status:      rapid.SampledFrom([]int{429, 409, 503}).Draw(t, "status"),
			Count:       rapid.IntRange(1, 3).Draw(t, "count"),
			After:       20, // the reading before the plan comes through
			Probability: 0.5,
		})
	}
	return w
}

// givesWithout are licenses of products with some service plans off.
func givesWithout(off func(string) []license.GUID, parts []string) []emulator.License {
	out := gives(parts...)
	for i, part := range parts {
		out[i].DisabledPlans = off(part)
	}
	return out
}

// wishes ask for products: with the service plans that they have, or with some off.
func wishes(off func(string) []license.GUID, parts []string) []plan.DesiredLicense {
	out := []plan.DesiredLicense{}
	for _, part := range parts {
		l := plan.DesiredLicense{SKU: plan.Ref{Name: part}}
		for _, id := range off(part) {
			l.Plans.Mode = plan.PlansDisabled
			l.Plans.Plans = append(l.Plans.Plans, plan.Ref{Name: id.String()})
		}
		out = append(out, l)
	}
	return out
}

// makeGroupPlan plans a world as it is now.
func (g *groupTenant) makeGroupPlan(w groupWorld) *plan.Plan {
	g.t.Helper()
	req := observe.Request{Groups: &observe.GroupRequest{Named: w.desired.NamedGroups(w.policy), Giving: true}}
	for _, u := range w.tenant.Users {
		req.Users = append(req.Users, u.UserPrincipalName)
	}
	observed, err := observe.Tenant(g.t.Context(), g.reader, req)
	if err != nil {
		g.t.Fatal(err)
	}
	p, err := planner.Make(planner.Input{Desired: w.desired, Policy: w.policy, Observed: observed, Now: time.Now()})
	if err != nil {
		g.t.Fatal(err)
	}
	return p
}

// possessions tell by user and product, and by user and service plan, whether
// somebody has it, by whatever way.
func (g *groupTenant) possessions(w groupWorld) map[string]bool {
	out := map[string]bool{}
	for _, u := range w.tenant.Users {
		state, _ := g.emulator.User(u.UserPrincipalName)
		name, _, _ := strings.Cut(u.UserPrincipalName, "@")
		for _, part := range allSKUs {
			if has(state, part) {
				out[name+" "+part] = true
			}
			for _, plan := range plansOf(part) {
				if hasPlan(state, plan) {
					out[name+" "+plan] = true
				}
			}
		}
	}
	return out
}

// announced tells whether a plan says that a user loses a product, or a service plan
// of it: "u0001 E3", "u0001 E3_CHAT".
func announced(p *plan.Plan, lost string) bool {
	name, what, _ := strings.Cut(lost, " ")
	part, _, _ := strings.Cut(what, "_")
	user, sku := id(name), id(part)
	group := slices.ContainsFunc(p.GroupChanges, func(c plan.GroupChange) bool { return c.Status == plan.StatusReady && c.Loses(user, sku) })
	return group || slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
		return c.User.ID == user && slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.SKUID == sku && a.TakesAway() })
	})
}

// TestGroupsOfRandomWorlds plans random worlds and carries the plans out, whatever
// goes wrong. Nobody is at any moment without a product that they had before and have
// after; nobody loses what the plan did not say; what is told as done is so; and where
// everything is, another plan has nothing to do.
func TestGroupsOfRandomWorlds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawGroupWorld(rt)
		synctest.Test(t, func(t *testing.T) {
			g := newGroupTenant(t, w.tenant, w.options)
			time.Sleep(2 * time.Minute) // what the tenant began with is processed
			before, failing := g.possessions(w), g.failing(w)
			p := g.makeGroupPlan(w)
			g.without, g.withoutPlans = nil, nil
			out, err := g.run(t.Context(), p)
			if err != nil {
				return // it did not begin, and g.run has sent nothing
			}
			after := g.possessions(w)
			for _, lost := range slices.Concat(g.without, g.withoutPlans) {
				// What the plan says is lost may come back by an error that passes.
				if before[lost] && after[lost] && !announced(p, lost) {
					t.Errorf("%s: gone for a while", lost)
				}
			}
			for had := range maps.Keys(before) {
				if !after[had] && !announced(p, had) {
					t.Errorf("%s: lost, and the plan does not say so", had)
				}
			}
			g.checkTold(p, &out.Receipt)
			isWarning := func(f plan.Finding) bool { return f.Severity != plan.SeverityInfo }
			if !everythingDone(&out.Receipt) || slices.ContainsFunc(p.Findings, isWarning) {
				return
			}
			next := g.makeGroupPlan(w)
			if followsUp(next, failing) {
				if out, err := g.run(t.Context(), next); err == nil && everythingDone(&out.Receipt) {
					next = g.makeGroupPlan(w)
				}
			}
			if len(next.GroupChanges)+len(next.Changes) > 0 {
				t.Errorf("all is done, and another plan has %+v\n%+v\n%+v\nafter %+v\n%+v", next.Summary, next.GroupChanges, next.Changes, p.GroupChanges, p.Changes)
			}
		})
	})
}

// assigned is a product of a user that comes from a group.
type assigned struct{ user, sku, group license.GUID }

// failing are the assignments of groups that are not in force.
func (g *groupTenant) failing(w groupWorld) map[assigned]bool {
	out := map[assigned]bool{}
	for _, u := range w.tenant.Users {
		state, _ := g.emulator.User(u.UserPrincipalName)
		for _, a := range state.Assignments {
			if !a.Direct() && !a.InForce() {
				out[assigned{state.ID, a.SKUID, a.Group}] = true
			}
		}
	}
	return out
}

// followsUp tells a plan that only lets go of what groups give as well by assignments
// that failed before: these come into force when what they did not go with is gone,
// which no plan before knows.
func followsUp(p *plan.Plan, failing map[assigned]bool) bool {
	return len(p.GroupChanges) == 0 && len(p.Changes) > 0 && !slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
		return slices.ContainsFunc(c.Actions, func(a plan.Action) bool {
			failed := func(group license.GUID) bool { return failing[assigned{c.User.ID, a.SKUID, group}] }
			return a.Op != plan.OpRemove || !slices.ContainsFunc(a.KeptBy, failed)
		})
	})
}

func everythingDone(r *receipt.Receipt) bool {
	counts := r.Counts()
	return r.OpenGroups() == 0 && counts[receipt.Done]+counts[receipt.Already] == len(r.Results)
}

// checkTold holds a receipt to the tenant.
func (g *groupTenant) checkTold(p *plan.Plan, r *receipt.Receipt) {
	g.t.Helper()
	for i, res := range r.GroupResults {
		change := p.GroupChanges[slices.IndexFunc(p.GroupChanges, func(c plan.GroupChange) bool { return c.Group == res.Group })]
		found, err := g.Groups(g.t.Context(), []license.GUID{res.Group.ID})
		if err != nil || len(found) != 1 {
			g.t.Fatal(found, err)
		}
		now := plan.GroupStateOf(found[0], plan.Scope{})
		if res.Verification == receipt.Unverified {
			continue // nobody says more than that it was sent
		}
		if done := res.Outcome == receipt.Done || res.Outcome == receipt.Already; done != now.Equal(change.After) && (done || res.Left == nil && res.Outcome != receipt.Unknown) {
			g.t.Errorf("group %s is %s and gives %+v, planned %+v: %s", res.Group.DisplayName, res.Outcome, now, change.After, res.Message)
		}
		if res.Members != nil && res.Members.Arrived+res.Members.Waiting+res.Members.Failing+res.Members.Gone != len(change.MemberIDs()) {
			g.t.Errorf("result %d: %+v are not %d members", i, res.Members, len(change.MemberIDs()))
		}
	}
	for _, res := range r.Results {
		u, _ := g.emulator.User(res.User.UserPrincipalName)
		change := p.Changes[slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.User == res.User })]
		if now := plan.StateOf(u, p.Scope); res.Outcome == receipt.Done && !now.Equal(change.After) {
			g.t.Errorf("%s is done and holds %+v", res.User.UserPrincipalName, now)
		}
	}
	if len(r.Results) != len(p.Changes) || len(r.GroupResults) != len(p.GroupChanges) {
		g.t.Errorf("%d results and %d of groups for %d changes and %d", len(r.Results), len(r.GroupResults), len(p.Changes), len(p.GroupChanges))
	}
	for _, sku := range g.emulator.SKUs() {
		if sku.Units.Consumed > sku.Units.Enabled {
			g.t.Errorf("%d of %d seats of %s are used", sku.Units.Consumed, sku.Units.Enabled, sku.PartNumber)
		}
	}
}
