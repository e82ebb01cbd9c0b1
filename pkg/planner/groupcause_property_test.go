package planner_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// drawGroupsThen makes a random world with groups, a baseline that remembers what they
// gave as it is, otherwise, in part or not at all, and differences that somebody answers for.
func drawGroupsThen(t *rapid.T) planner.Input {
	in := drawGroups(t)
	in.Policy.DriftRemovals = plan.DriftRemovalsApply
	in.Baseline = drawBaseline(t, in)
	in.Baseline.Groups = map[license.GUID]plan.BaselineGroup{}
	for _, g := range in.Observed.LicensedGroups {
		if rapid.IntRange(0, 4).Draw(t, "group remembered") == 0 {
			continue
		}
		then := plan.GroupStateOf(g, plan.Scope{})
		for _, part := range []string{"E1", "E3", "E5"} {
			gave := func(l plan.StateLicense) bool { return l.SKUID == id(part) }
			switch rapid.IntRange(0, 3).Draw(t, "gave then") {
			case 0:
				then.Licenses = slices.DeleteFunc(then.Licenses, gave)
			case 1:
				then.Licenses = append(slices.DeleteFunc(then.Licenses, gave), plan.StateLicense{SKUID: id(part), DisabledPlans: drawOff(t, part)})
			}
		}
		known := plan.BaselineGroup{State: then, Whole: true}
		if rapid.IntRange(0, 3).Draw(t, "group in part") == 0 {
			known.Whole, known.Acted = false, []license.GUID{id("E3")}
		}
		in.Baseline.Groups[g.ID] = known
	}
	for _, name := range []string{"sales", "ops", "gone"} {
		if rapid.IntRange(0, 3).Draw(t, "accepted of group") == 0 {
			in.Policy.AcceptedDrift = append(in.Policy.AcceptedDrift, acceptOf(name, "E3", rapid.SampledFrom([]string{"2027-11-22", "2026-11-21"}).Draw(t, "until")))
		}
	}
	if len(in.Observed.Users) > 0 && rapid.IntRange(0, 2).Draw(t, "accepted of user") == 0 {
		in.Policy.AcceptedDrift = append(in.Policy.AcceptedDrift, accept(in.Observed.Users[0].UserPrincipalName, "E5", "2027-11-22"))
	}
	return in
}

// groupActions gives the actions of groups by group and SKU.
func groupActions(p *plan.Plan) map[[2]license.GUID]plan.Action {
	out := map[[2]license.GUID]plan.Action{}
	for _, c := range p.GroupChanges {
		for _, a := range c.Actions {
			out[[2]license.GUID{c.Group.ID, a.SKUID}] = a
		}
	}
	return out
}

// Every action of a group has one cause, and the plans for each cause have each of them
// once.
func TestCausesPartitionWhatGroupsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroupsThen(t)
		whole, parts := groupActions(mustMake2(t, in)), map[[2]license.GUID]plan.Action{}
		for _, cause := range []plan.Cause{plan.CauseDrift, plan.CausePending, plan.CauseUnknown, plan.CauseSignal} {
			in.Options.Cause = cause
			for key, a := range groupActions(mustMake2(t, in)) {
				if _, twice := parts[key]; twice || a.Cause != cause {
					t.Fatalf("%v is among the actions of cause %s", a, cause)
				}
				parts[key] = a
			}
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Fatalf("(-whole +parts):\n%s", diff)
		}
	})
}

// A baseline changes nothing of groups but the causes.
func TestABaselineAloneChangesNoGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroupsThen(t)
		with := mustMake2(t, in)
		in.Baseline = nil
		if without := mustMake2(t, in); without.PlanID != with.PlanID {
			t.Fatalf("without:\n%v %v\nwith:\n%v %v", groupLines(without), lines(without), groupLines(with), lines(with))
		}
	})
}

// TestNightsOfGroups: the correction of drift, carried out in any order that the plan
// allows, takes from nobody what the plan does not say, and leaves groups as they are in
// everything that is merged, accepted or not known; the night after finds nothing more to
// do. By day the rest is done.
func TestNightsOfGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawGroupsThen(t)
		whole := groupActions(mustMake2(t, in))
		night := in
		night.Options.Cause = plan.CauseDrift
		p := mustMake2(t, night)
		for key, a := range groupActions(p) {
			if whole[key].Cause != plan.CauseDrift {
				t.Fatalf("%v is no drift: %v", a, groupCauses(p))
			}
		}
		checkAccepted(t, in, p)
		checkBack(t, in, p)
		f := runThrough(t, night, p)
		day := f.tenant(in)
		p = mustMake2(t, day)
		checkAccepted(t, in, p)
		for key, a := range whole {
			if left, still := groupActions(p)[key]; a.Cause != plan.CauseDrift && (!still || left.Cause != a.Cause) {
				t.Fatalf("%v is not left to the day: %v", a, groupCauses(p))
			}
		}
		runThrough(t, day, p)
	})
}

// runThrough carries a plan out and sees that all ends as the plan says.
func runThrough(t *rapid.T, in planner.Input, p *plan.Plan) *field {
	f := newField(t, in, p)
	f.run()
	first, last := f.held[0], f.held[len(f.held)-1]
	for who := range first {
		for i, held := range f.held {
			if last[who] && !held[who] {
				t.Fatalf("%s is without it after step %d: %v %v", who, i, groupLines(p), lines(p))
			}
		}
	}
	checkEffects(t, p, last)
	checkLosses(t, in, f)
	checkNext(t, in, f)
	checkUntouched(t, in, p, first, last)
	return f
}

// checkBack sees that what a night does to a group makes it give again what it gave at
// the baseline, and nothing else.
func checkBack(t *rapid.T, in planner.Input, night *plan.Plan) {
	for key, a := range groupActions(night) {
		then := in.Baseline.Groups[key[0]]
		_, gave := then.State.License(a.SKUID)
		ends := func(x plan.AcceptedDrift) bool {
			return x.Group.Name != "" && id(x.Group.Name) == key[0] && id(x.SKU.Name) == a.SKUID
		}
		if gave != (a.Op != plan.OpRemove) && !slices.ContainsFunc(in.Policy.AcceptedDrift, ends) {
			t.Fatalf("%v does not lead back to %+v", groupCauses(night), then.State)
		}
	}
}

// checkAccepted sees that what somebody answers for stays as it is.
func checkAccepted(t *rapid.T, in planner.Input, p *plan.Plan) {
	for _, a := range in.Policy.AcceptedDrift {
		if !in.Now.Before(a.Until.Begin(in.Now.Location())) {
			continue
		}
		for _, c := range p.GroupChanges {
			acts := slices.ContainsFunc(c.Actions, func(x plan.Action) bool { return x.SKUID == id(a.SKU.Name) })
			if acts && a.Group.Name == c.Group.DisplayName {
				t.Fatalf("%s is accepted of %s: %v", a.SKU.Name, a.Group.Name, groupLines(p))
			}
			if a.User.Name == "" || c.Status != plan.StatusReady {
				continue
			}
			for _, u := range in.Observed.Users {
				if u.UserPrincipalName == a.User.Name && c.Loses(u.ID, id(a.SKU.Name)) {
					t.Fatalf("%s is accepted of %s, who loses it: %v", a.SKU.Name, a.User.Name, groupLines(p))
				}
			}
		}
	}
}
