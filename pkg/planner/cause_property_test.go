package planner_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// drawBaseline remembers the users of a world as they are, otherwise, in part
// or not at all.
func drawBaseline(t *rapid.T, in planner.Input) *plan.Baseline {
	b := &plan.Baseline{Users: map[license.GUID]plan.BaselineUser{}}
	parts := []string{"E1", "E3", "E5", "VISIO"}
	for _, u := range in.Observed.Users {
		if rapid.IntRange(0, 4).Draw(t, "remembered") == 0 {
			continue
		}
		u.Assignments = slices.Clone(u.Assignments)
		for _, part := range parts {
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				u.Assignments = slices.DeleteFunc(u.Assignments, func(a license.Assignment) bool { return a.Direct() && a.SKUID == id(part) })
			case 1:
				if _, held := u.DirectLicense(id(part)); !held {
					u.Assignments = append(u.Assignments, direct(part))
				}
			}
		}
		license.SortAssignments(u.Assignments)
		u.UsageLocation = rapid.SampledFrom([]string{u.UsageLocation, "GB", ""}).Draw(t, "place then")
		known := remembered(u).Users[u.ID]
		if rapid.IntRange(0, 3).Draw(t, "in part") == 0 {
			known.Whole, known.Acted = false, []license.GUID{id("E3"), {}}
		}
		b.Users[u.ID] = known
	}
	return b
}

// bySKU gives the cause of each action by user and SKU.
func bySKU(p *plan.Plan) map[[2]license.GUID]plan.Action {
	out := map[[2]license.GUID]plan.Action{}
	for _, c := range p.Changes {
		for _, a := range c.Actions {
			out[[2]license.GUID{c.User.ID, a.SKUID}] = a
		}
	}
	return out
}

// Every action has one cause, and the plans for each cause have each action of
// the whole plan once.
func TestCausesPartitionThePlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		in.Baseline = drawBaseline(t, in)
		whole := bySKU(mustMake2(t, in))
		parts := map[[2]license.GUID]plan.Action{}
		for _, cause := range []plan.Cause{plan.CauseDrift, plan.CausePending, plan.CauseUnknown, plan.CauseSignal} {
			in.Options.Cause = cause
			for key, a := range bySKU(mustMake2(t, in)) {
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

// In every SKU that is not drift a user is after the plan as they are now, and
// the seats are those of the drift alone.
func TestCorrectingDriftTouchesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		in.Baseline = drawBaseline(t, in)
		whole := bySKU(mustMake2(t, in))
		in.Options.Cause = plan.CauseDrift
		night := mustMake2(t, in)
		for _, c := range night.Changes {
			for _, l := range slices.Concat(c.Before.Licenses, c.After.Licenses) {
				if whole[[2]license.GUID{c.User.ID, l.SKUID}].Cause != plan.CauseDrift && !slices.EqualFunc(find(c.Before, l), find(c.After, l), sameLicense) {
					t.Fatalf("from %+v to %+v by %v", c.Before, c.After, causes(night))
				}
			}
			if whole[[2]license.GUID{c.User.ID, {}}].Cause != plan.CauseDrift && c.Before.UsageLocation != c.After.UsageLocation {
				t.Fatalf("the usage location goes from %q to %q", c.Before.UsageLocation, c.After.UsageLocation)
			}
			if c.Status == plan.StatusReady && c.TakesAway() {
				t.Fatalf("takes something away at night: %v", lines(night))
			}
		}
		back, err := plan.Decode(bytes.NewReader(encode(t, night)))
		if err != nil || back.PlanID != night.PlanID {
			t.Fatalf("the plan does not survive its file: %v", err)
		}
	})
}

func find(s plan.State, like plan.StateLicense) []plan.StateLicense {
	return slices.DeleteFunc(slices.Clone(s.Licenses), func(l plan.StateLicense) bool { return l.SKUID != like.SKUID })
}

func sameLicense(a, b plan.StateLicense) bool {
	return a.SKUID == b.SKUID && slices.Equal(a.DisabledPlans, b.DisabledPlans)
}

// Applying the drift alone leaves every pending and unknown action where it
// is, and no drift of those who were ready.
func TestCorrectingDriftRollsNothingOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		in.Policy.DriftRemovals = plan.DriftRemovalsApply
		in.Baseline = drawBaseline(t, in)
		before := bySKU(mustMake2(t, in))
		night := in
		night.Options.Cause = plan.CauseDrift
		corrected := mustMake2(t, night)
		in.Observed.Users = after(in.Observed.Users, corrected)
		in.Observed.SKUs = recount(in.Observed.SKUs, in.Observed.Users)
		left := bySKU(mustMake2(t, in))
		for _, c := range corrected.Changes {
			for _, a := range c.Actions {
				if c.Status == plan.StatusReady {
					delete(before, [2]license.GUID{c.User.ID, a.SKUID})
				}
			}
		}
		if diff := cmp.Diff(before, left); diff != "" {
			t.Fatalf("what was left to do before and after (-want +got):\n%s", diff)
		}
	})
}

// A baseline changes nothing but the causes.
func TestABaselineAloneChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		without := encode(t, mustMake2(t, in))
		if bytes.Contains(without, []byte(`"cause"`)) || bytes.Contains(without, []byte(`"leftOut"`)) {
			t.Fatalf("a plan without a baseline speaks of causes:\n%s", without)
		}
		in.Baseline = drawBaseline(t, in)
		p := mustMake2(t, in)
		for _, c := range p.Changes {
			for i := range c.Actions {
				if c.Actions[i].Cause == "" {
					t.Fatalf("%v has no cause", c.Actions[i])
				}
				c.Actions[i].Cause = ""
			}
		}
		if with := encode(t, p); !bytes.Equal(with, without) {
			t.Fatalf("without:\n%s\nwith:\n%s", without, with)
		}
	})
}
