package planner_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// drawGroups makes a random world with groups: what they give shows on their
// members, in force or in error, who hold other things directly; a group within a
// group gives nothing to its own members.
func drawGroups(t *rapid.T) planner.Input {
	in := drawWorld(t)
	names, parts := []string{"sales", "ops", "pilot"}, []string{"E1", "E3", "E5"}
	for i := range in.Observed.Users {
		u := &in.Observed.Users[i]
		u.Assignments = slices.DeleteFunc(u.Assignments, func(a license.Assignment) bool { return !a.Direct() })
	}
	var groups []license.Group
	for _, name := range names {
		g := group(name)
		for _, part := range parts {
			if rapid.IntRange(0, 2).Draw(t, "gives") == 0 {
				g.Licenses = append(g.Licenses, license.GroupLicense{SKUID: id(part), DisabledPlans: drawOff(t, part)})
			}
		}
		license.SortGroupLicenses(g.Licenses)
		for i := range in.Observed.Users {
			if rapid.IntRange(0, 1).Draw(t, "member") == 1 {
				g.Members = append(g.Members, in.Observed.Users[i].ID)
				give(t, &in.Observed.Users[i], g)
			}
		}
		switch rapid.IntRange(0, 12).Draw(t, "odd") {
		case 0:
			g.Members = nil
		case 1:
			g.Licenses = nil
		case 2:
			g.SecurityEnabled = false
		case 3:
			g.Members = append(g.Members, id("nobody who was read"))
		}
		g.Members = sortedOrNil(g.Members)
		groups = append(groups, g)
	}
	in.Observed.SKUs = recount(in.Observed.SKUs, in.Observed.Users)
	for i := range in.Observed.SKUs {
		in.Observed.SKUs[i].Units.Enabled = in.Observed.SKUs[i].Units.Consumed + rapid.IntRange(0, 4).Draw(t, "spare seats")
	}
	in = withGroups(in, groups)
	for _, name := range append(names, "gone") {
		if rapid.IntRange(0, 3).Draw(t, "listed group") == 0 {
			continue
		}
		e := groupEntry(name)
		for _, part := range parts {
			switch rapid.IntRange(0, 3).Draw(t, "wish of group") {
			case 0:
				e.Licenses = append(e.Licenses, lic(part))
			case 1:
				e.Licenses = append(e.Licenses, licWithout(part, offNames(t, part)...))
			}
		}
		if name != "gone" || rapid.IntRange(0, 5).Draw(t, "misspelt") == 0 {
			in.Desired.Groups = append(in.Desired.Groups, e)
		}
	}
	in.Policy.UnlistedGroups = rapid.SampledFrom([]plan.UnlistedUsers{plan.UnlistedIgnore, plan.UnlistedReport, plan.UnlistedRemove}).Draw(t, "unlisted groups")
	in.Policy.DirectAndInherited = rapid.SampledFrom([]plan.DirectAndInherited{"", plan.DirectAndInheritedKeep, plan.DirectAndInheritedRemove}).Draw(t, "both")
	if rapid.IntRange(0, 3).Draw(t, "protect") == 0 {
		in.Policy.Protected = []plan.Ref{{Name: in.Observed.Users[0].UserPrincipalName}}
	}
	return in
}

func sortedOrNil(ids []license.GUID) []license.GUID {
	if ids != nil {
		slices.SortFunc(ids, license.CompareGUIDs)
	}
	return ids
}

func offNames(t *rapid.T, part string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{part + "_CHAT", part + "_MAIL"}), 0, 1, rapid.ID[string]).Draw(t, "off")
}

func drawOff(t *rapid.T, part string) []license.GUID { return ids(offNames(t, part)) }

// give shows on a member what a group gives.
func give(t *rapid.T, u *license.UserState, g license.Group) {
	for _, l := range g.Licenses {
		a := license.Assignment{SKUID: l.SKUID, Group: g.ID, DisabledPlans: l.DisabledPlans, State: license.StateActive}
		if rapid.IntRange(0, 6).Draw(t, "in error") == 0 {
			a.State, a.Error = "Error", "CountViolation"
		}
		u.Assignments = append(u.Assignments, a)
	}
	license.SortAssignments(u.Assignments)
}

// field is a tenant in which a plan is carried out step by step, as an apply does.
type field struct {
	t     *rapid.T
	plan  *plan.Plan
	users map[license.GUID]*license.UserState
	seats map[license.GUID]int // bought
	held  []map[string]bool    // after every step, who holds what
	done  map[string]bool      // steps
}

func newField(t *rapid.T, in planner.Input, p *plan.Plan) *field {
	f := &field{t: t, plan: p, users: map[license.GUID]*license.UserState{}, seats: map[license.GUID]int{}, done: map[string]bool{}}
	for _, u := range in.Observed.Users {
		u.Assignments = slices.Clone(u.Assignments)
		f.users[u.ID] = &u
	}
	for _, s := range in.Observed.SKUs {
		f.seats[s.ID] = s.Units.Enabled
	}
	f.note()
	return f
}

// note remembers who holds what, and sees that no more seats are taken than were bought.
func (f *field) note() {
	held, used := map[string]bool{}, map[license.GUID]int{}
	for _, u := range f.users {
		for _, a := range u.Assignments {
			if !a.InForce() {
				continue
			}
			held[u.UserPrincipalName+" "+a.SKUID.String()] = true
			for _, servicePlan := range servicePlans(a.SKUID) {
				if !license.ContainsGUID(a.DisabledPlans, servicePlan) {
					held[u.UserPrincipalName+" "+servicePlan.String()] = true
				}
			}
		}
		for sku := range f.seats {
			if u.Holds(sku) {
				used[sku]++
			}
		}
	}
	for sku, n := range used {
		if n > f.seats[sku] {
			f.t.Fatalf("%d of %d seats of %s are taken, after %v of %v %v", n, f.seats[sku], sku, f.done, groupLines(f.plan), lines(f.plan))
		}
	}
	f.held = append(f.held, held)
}

// servicePlans are those of a product that can be switched.
func servicePlans(sku license.GUID) []license.GUID {
	for _, part := range []string{"E1", "E3", "E5", "VISIO"} {
		if id(part) == sku {
			return ids([]string{part + "_CHAT", part + "_MAIL"})
		}
	}
	return nil
}

// step is one call of an apply, with what has to be done before it.
type step struct {
	name  string
	after []string
	do    func()
}

func gainOf(group license.GUID) string { return "gain " + group.String() }
func lossOf(group license.GUID) string { return "loss " + group.String() }
func userOf(user license.GUID) string  { return "user " + user.String() }

func named(name func(license.GUID) string, all []license.GUID) []string {
	var out []string
	for _, id := range all {
		out = append(out, name(id))
	}
	return out
}

func (f *field) steps() []step {
	var out []step
	for i := range f.plan.GroupChanges {
		c := &f.plan.GroupChanges[i]
		if c.Status != plan.StatusReady {
			continue
		}
		gain := step{gainOf(c.Group.ID), append(named(lossOf, c.WaitsFor), named(userOf, c.WaitsForUsers)...), func() { f.group(c, false) }}
		loss := step{lossOf(c.Group.ID), []string{gainOf(c.Group.ID)}, func() { f.group(c, true) }}
		if c.KeptBy != nil {
			loss.after = append(append(loss.after, named(gainOf, c.KeptBy.Groups)...), named(userOf, c.KeptBy.Users)...)
		}
		out = append(out, gain, loss)
	}
	for i := range f.plan.Changes {
		c := &f.plan.Changes[i]
		if c.Status == plan.StatusReady {
			before := append(append(named(userOf, c.WaitsFor), named(gainOf, c.WaitsForGroups)...), named(lossOf, c.WaitsForSeatsOf)...)
			out = append(out, step{userOf(c.User.ID), before, func() { f.user(c) }})
		}
	}
	return out
}

// run carries everything out, in an order that the plan allows, drawn anew.
func (f *field) run() {
	rest := f.steps()
	for len(rest) > 0 {
		var open []int
		for i, s := range rest {
			if !slices.ContainsFunc(s.after, func(name string) bool { return !f.done[name] }) {
				open = append(open, i)
			}
		}
		if open == nil {
			var names []string
			for _, s := range rest {
				names = append(names, fmt.Sprintf("%s after %v", s.name, s.after))
			}
			f.t.Fatalf("everybody waits for somebody else:\n%q", names)
		}
		i := rapid.SampledFrom(open).Draw(f.t, "next")
		rest[i].do()
		f.done[rest[i].name] = true
		rest = slices.Delete(rest, i, i+1)
		f.note()
	}
}

// group does what a group comes to give, or what it takes away.
func (f *field) group(c *plan.GroupChange, takes bool) {
	for _, e := range c.Effects {
		for _, member := range e.Members {
			u := f.users[member]
			for _, a := range c.Actions {
				if u != nil {
					f.act(u, c.Group.ID, a, e, takes)
				}
			}
		}
	}
}

// act does one action for a member: what it gives, or then what it takes.
func (f *field) act(u *license.UserState, group license.GUID, a plan.Action, e plan.MemberEffect, takes bool) {
	at := slices.IndexFunc(u.Assignments, func(x license.Assignment) bool { return x.SKUID == a.SKUID && x.Group == group })
	switch {
	case a.Op == plan.OpRemove && at >= 0 && takes:
		u.Assignments = slices.Delete(u.Assignments, at, at+1)
	case a.Op == plan.OpUpdate && at >= 0:
		off := plan.ServicePlanIDs(a.DisabledPlans)
		if before := plan.ServicePlanIDs(a.Before.DisabledPlans); !takes {
			off = slices.DeleteFunc(off, func(id license.GUID) bool { return !license.ContainsGUID(before, id) })
		}
		if len(e.Wait) > 0 { // what the group cannot give the member as a whole it does not switch on either
			off = slices.Concat(off, u.Assignments[at].DisabledPlans)
		}
		u.Assignments[at].DisabledPlans = license.SortedGUIDs(off)
	case a.Op == plan.OpAdd && at < 0 && !takes:
		x := license.Assignment{SKUID: a.SKUID, Group: group, DisabledPlans: plan.ServicePlanIDs(a.DisabledPlans), State: license.StateActive}
		if slices.ContainsFunc(e.Wait, func(w plan.Waiting) bool { return w.SKUID == a.SKUID }) {
			x.State, x.Error = "Error", "CountViolation"
		}
		u.Assignments = append(u.Assignments, x)
		license.SortAssignments(u.Assignments)
	}
}

func (f *field) user(c *plan.Change) {
	one := &plan.Plan{Scope: f.plan.Scope, Changes: []plan.Change{*c}}
	*f.users[c.User.ID] = after([]license.UserState{*f.users[c.User.ID]}, one)[0]
}

// TestGroupWorlds: carried out in any order that a plan allows, everybody ends with
// what the plan says, nobody is for a moment without a product that they had before
// and have after, no seat is taken that was not bought, and the next plan has nothing left to do.
func TestGroupWorlds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroups(t)
		p := mustMake2(t, in)
		runThrough(t, in, p)
	})
}

// checkEffects sees that members gain what the plan says.
func checkEffects(t *rapid.T, p *plan.Plan, last map[string]bool) {
	for _, c := range p.GroupChanges {
		if c.Status != plan.StatusReady {
			continue
		}
		for _, e := range c.Effects {
			for _, member := range e.Members {
				name := nameOf(member)
				for _, a := range c.Actions {
					who := name + " " + a.SKUID.String()
					if a.Op == plan.OpAdd && slices.Contains(e.Gain, a.SKUID) && !last[who] {
						t.Fatalf("%s was to gain %s by %s, and did not", name, a.SKUPartNumber, c.Group.DisplayName)
					}
				}
			}
		}
	}
}

// checkLosses sees that who is to lose a product ends without it, or without one of
// its service plans.
func checkLosses(t *rapid.T, in planner.Input, f *field) {
	for _, c := range f.plan.GroupChanges {
		for _, e := range c.Effects {
			for _, member := range e.Members {
				for _, sku := range e.Lose {
					i, known := slices.BinarySearchFunc(in.Observed.Users, member, func(u license.UserState, id license.GUID) int { return license.CompareGUIDs(u.ID, id) })
					if c.Status == plan.StatusReady && known && !lessOf(in.Observed.Users[i], *f.users[member], sku) {
						t.Fatalf("%s was to lose %s by %s, and lost nothing", nameOf(member), sku, c.Group.DisplayName)
					}
				}
			}
		}
	}
}

// lessOf reports whether a user has less of a product than they may have had.
func lessOf(before, after license.UserState, sku license.GUID) bool {
	on := func(u license.UserState, plan string) bool {
		return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool {
			return a.SKUID == sku && a.InForce() && !license.ContainsGUID(a.DisabledPlans, id(plan))
		})
	}
	for _, part := range []string{"E1", "E3", "E5"} {
		for _, name := range []string{part + "_BASE", part + "_CHAT", part + "_MAIL"} {
			if id(part) == sku && on(before, name) && !on(after, name) {
				return true
			}
		}
	}
	mayHave := func(a license.Assignment) bool { return a.SKUID == sku && !a.GivesNothing() && !a.InForce() }
	return slices.ContainsFunc(before.Assignments, mayHave)
}

// checkNext sees that the next plan does nothing that this one did. Where the change
// of a group is blocked, which is told, it may have come unblocked.
func checkNext(t *rapid.T, in planner.Input, f *field) {
	if slices.ContainsFunc(f.plan.GroupChanges, func(c plan.GroupChange) bool { return c.Status != plan.StatusReady }) {
		return
	}
	next := mustMake2(t, f.tenant(in))
	for _, c := range next.GroupChanges {
		did := slices.ContainsFunc(f.plan.GroupChanges, func(x plan.GroupChange) bool { return x.Group.ID == c.Group.ID && x.Status == plan.StatusReady })
		if did {
			t.Fatalf("the next plan changes group %s again: %v", c.Group.DisplayName, groupLines(next))
		}
	}
	for _, c := range next.Changes {
		did := slices.ContainsFunc(f.plan.Changes, func(x plan.Change) bool { return x.User.ID == c.User.ID && x.Status == plan.StatusReady })
		if did && c.Status == plan.StatusReady && !waitsForGroup(f.plan, c.User.ID) {
			t.Fatalf("the next plan changes %s again: %v, after %v %v %v; they hold %+v", c.User.UserPrincipalName, lines(next), groupLines(f.plan), lines(f.plan), codes(f.plan), f.users[c.User.ID].Assignments)
		}
	}
}

// tenant is the input with the tenant as the run left it.
func (f *field) tenant(in planner.Input) planner.Input {
	in.Observed.Users = slices.Clone(in.Observed.Users)
	for i := range in.Observed.Users {
		in.Observed.Users[i] = *f.users[in.Observed.Users[i].ID]
	}
	in.Observed.LicensedGroups = slices.Clone(in.Observed.LicensedGroups)
	for _, c := range f.plan.GroupChanges {
		for i := range in.Observed.LicensedGroups {
			if g := &in.Observed.LicensedGroups[i]; c.Status == plan.StatusReady && g.ID == c.Group.ID {
				outside := slices.DeleteFunc(slices.Clone(g.Licenses), func(l license.GroupLicense) bool { return f.plan.Scope.Manages(l.SKUID) })
				g.Licenses = append([]license.GroupLicense{}, outside...)
				for _, l := range c.After.Licenses {
					g.Licenses = append(g.Licenses, license.GroupLicense{SKUID: l.SKUID, DisabledPlans: l.DisabledPlans})
				}
				license.SortGroupLicenses(g.Licenses)
			}
		}
	}
	in.Observed.SKUs = recount(in.Observed.SKUs, in.Observed.Users)
	return in
}

// waitsForGroup reports whether a group could not give a member something, which is told:
// what they are declared to hold they get directly, the next time.
func waitsForGroup(p *plan.Plan, user license.GUID) bool {
	return slices.ContainsFunc(p.GroupChanges, func(c plan.GroupChange) bool {
		return slices.ContainsFunc(c.Effects, func(e plan.MemberEffect) bool { return len(e.Wait) > 0 && license.ContainsGUID(e.Members, user) })
	})
}

func nameOf(user license.GUID) string {
	for i := range 9 {
		if name := fmt.Sprintf("u%d", i); id(name) == user {
			return upn(name)
		}
	}
	return user.String()
}

// checkUntouched sees that nobody lost a product whom neither a change of their own
// nor the effect of a group names.
func checkUntouched(t *rapid.T, in planner.Input, p *plan.Plan, first, last map[string]bool) {
	for _, u := range in.Observed.Users {
		for _, s := range in.Observed.SKUs {
			who := u.UserPrincipalName + " " + s.ID.String()
			if !first[who] || last[who] {
				continue
			}
			own := slices.ContainsFunc(p.Changes, func(c plan.Change) bool {
				return c.User.ID == u.ID && slices.ContainsFunc(c.Actions, func(a plan.Action) bool { return a.Op == plan.OpRemove && a.SKUID == s.ID })
			})
			group := slices.ContainsFunc(p.GroupChanges, func(c plan.GroupChange) bool { return c.Loses(u.ID, s.ID) })
			if !own && !group {
				t.Fatalf("%s lost %s, and nothing says so", u.UserPrincipalName, s.PartNumber)
			}
			if len(in.Policy.Protected) > 0 && in.Policy.Protected[0].Name == u.UserPrincipalName {
				t.Fatalf("%s lost %s, and is protected", u.UserPrincipalName, s.PartNumber)
			}
		}
	}
}

// TestGroupPlansDoNotDependOnOrder: entries, groups and members come in any order.
func TestGroupPlansDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroups(t)
		first := mustMake2(t, in)
		in.Desired.Groups = slices.Clone(in.Desired.Groups)
		slices.Reverse(in.Desired.Groups)
		if diff := cmp.Diff(first, mustMake2(t, in)); diff != "" {
			t.Fatalf("(-first +reversed):\n%s", diff)
		}
	})
}

// TestExplainGroupsOfWorlds: the explanation of a group says what the plan says of it.
func TestExplainGroupsOfWorlds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroups(t)
		p := mustMake2(t, in)
		for _, g := range in.Observed.LicensedGroups {
			x, err := planner.ExplainGroup(in, g.ID.String())
			if err != nil {
				t.Fatal(err)
			}
			var change *plan.GroupChange
			if i := slices.IndexFunc(p.GroupChanges, func(c plan.GroupChange) bool { return c.Group.ID == g.ID }); i >= 0 {
				change = &p.GroupChanges[i]
			}
			if diff := cmp.Diff(change, x.Change); diff != "" || x.PlanID != p.PlanID {
				t.Fatalf("%s (-plan +explanation):\n%s", g.DisplayName, diff)
			}
			findings := slices.DeleteFunc(slices.Clone(p.Findings), func(f plan.Finding) bool { return f.Group != g.ID })
			if diff := cmp.Diff(append([]plan.Finding{}, findings...), x.Findings); diff != "" {
				t.Fatalf("findings about %s (-plan +explanation):\n%s", g.DisplayName, diff)
			}
			checkExplainedLicenses(t, change, x)
		}
	})
}

// checkExplainedLicenses sees that each product has what the change does with it, and a
// reason.
func checkExplainedLicenses(t *rapid.T, c *plan.GroupChange, x *plan.GroupExplanation) {
	done := 0
	for _, l := range x.Licenses {
		want := plan.Op("")
		if c != nil {
			if i := slices.IndexFunc(c.Actions, func(a plan.Action) bool { return a.SKUID == l.SKUID }); i >= 0 {
				want = c.Actions[i].Op
				done++
			}
		}
		if l.Op != want || len(l.Reasons) == 0 || l.Gives != (want == plan.OpRemove || want == plan.OpUpdate || want == "" && l.Gives) {
			t.Fatalf("%s: %+v, and the plan does %q", x.Group.DisplayName, l, want)
		}
	}
	if c != nil && done != len(c.Actions) {
		t.Fatalf("%s: %d of %d actions are explained", x.Group.DisplayName, done, len(c.Actions))
	}
}
