package planner_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// A plan whose groups are named when it is worked out is the one that is made
// with the names, and another one without names is not changed by it.
func TestGroupsCanBeNamedAfterwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		name := rapid.SampledFrom([]string{"Sales EMEA", "", "\"", "ops", id("ops").String()})
		names := map[license.GUID]string{id("sales"): name.Draw(t, "sales"), id("ops"): name.Draw(t, "ops")}
		result, err := planner.Work(in)
		if err != nil {
			t.Fatal(err)
		}
		nameless := result.Plan(nil)
		later := result.Plan(names)
		if diff := cmp.Diff(mustMake2(t, in), nameless); diff != "" {
			t.Errorf("made without names (-) and worked out without (+):\n%s", diff)
		}
		in.Observed.Groups = names
		first, err := planner.Make(in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, later); diff != "" {
			t.Errorf("named from the start (-) and afterwards (+):\n%s", diff)
		}
	})
}

// drawWorld makes a small random tenant and manifests for it: users that hold
// products directly and through groups, entries with plans and without, seats
// that suffice and that do not.
func drawWorld(t *rapid.T) planner.Input {
	parts := []string{"E1", "E3", "E5", "VISIO"}
	drawPlans := func(part, label string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{part + "_CHAT", part + "_MAIL"}), 0, 2, rapid.ID[string]).Draw(t, label)
	}
	var users []license.UserState
	var entries []plan.DesiredUser
	for i := range rapid.IntRange(1, 8).Draw(t, "users") {
		name := fmt.Sprintf("u%d", i)
		u := user(name)
		for _, part := range parts {
			switch rapid.IntRange(0, 4).Draw(t, "path") {
			case 0:
				u.Assignments = append(u.Assignments, direct(part, drawPlans(part, "held")...))
			case 1:
				u.Assignments = append(u.Assignments, inherited("sales", part))
			case 2:
				u.Assignments = append(u.Assignments, direct(part), inherited("ops", part))
			}
		}
		for i := range u.Assignments {
			if rapid.IntRange(0, 4).Draw(t, "failing") == 0 {
				s := rapid.SampledFrom(standings()).Draw(t, "standing")
				u.Assignments[i] = as(s[0], s[1], u.Assignments[i])
			}
		}
		license.SortAssignments(u.Assignments)
		if rapid.IntRange(0, 5).Draw(t, "place") == 0 {
			u.UsageLocation = ""
		}
		users = append(users, u)
		if rapid.IntRange(0, 5).Draw(t, "listed") == 0 {
			continue
		}
		e := entry(name)
		e.User.Source.Line = i + 1
		e.Manifest = rapid.SampledFrom([]string{"board", "staff"}).Draw(t, "manifest")
		e.UsageLocation = rapid.SampledFrom([]string{"", "", "GB"}).Draw(t, "location")
		for _, part := range parts {
			switch rapid.IntRange(0, 5).Draw(t, "wish") {
			case 0:
				e.Licenses = append(e.Licenses, lic(part))
			case 1:
				e.Licenses = append(e.Licenses, licWithout(part, drawPlans(part, "off")...))
			case 2:
				e.Licenses = append(e.Licenses, licOnly(part, drawPlans(part, "on")...))
			}
		}
		entries = append(entries, e)
	}
	var skus []license.SKU
	for _, part := range parts {
		skus = append(skus, sku(part, 0, 0))
	}
	skus = recount(skus, users)
	for i := range skus {
		skus[i].Units.Enabled = skus[i].Units.Consumed + rapid.IntRange(-1, 4).Draw(t, "spare")
	}
	in := world(entries, users, skus...)
	in.Policy.Priority = []string{"board"}
	in.Policy.UnlistedUsers = rapid.SampledFrom([]plan.UnlistedUsers{plan.UnlistedIgnore, plan.UnlistedReport, plan.UnlistedRemove}).Draw(t, "unlisted")
	in.Policy.Inherited = rapid.SampledFrom([]plan.Inherited{plan.InheritedSatisfies, plan.InheritedAssign}).Draw(t, "inherited")
	if rapid.Bool().Draw(t, "ignore") {
		in.Policy.IgnoredSKUs = []plan.Ref{{Name: "VISIO"}}
	}
	if rapid.Bool().Draw(t, "costs") {
		overlapping(in.Observed.SKUs)
		priced(&in)
	}
	if rapid.IntRange(0, 3).Draw(t, "rules") == 0 {
		drawRules(t, &in)
	}
	return in
}

// Applying a plan and planning again leaves nothing to do but what was blocked.
func TestPlanConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		first := mustMake2(t, in)
		in.Observed.Users = after(in.Observed.Users, first)
		in.Observed.SKUs = recount(in.Observed.SKUs, in.Observed.Users)
		second := mustMake2(t, in)
		for _, c := range second.Changes {
			was := slices.IndexFunc(first.Changes, func(f plan.Change) bool { return f.User.ID == c.User.ID })
			if c.OnlyAwaitsForce() {
				continue // no plan can alter that
			}
			if was < 0 || first.Changes[was].Status != plan.StatusBlocked {
				t.Fatalf("after applying %v\nthe plan is %v", lines(first), lines(second))
			}
		}
	})
}

// The order in which files, users and products come makes no difference.
func TestPlanIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		first := encode(t, mustMake2(t, in))
		shuffle := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		in.Desired.Users = slices.Clone(in.Desired.Users)
		shuffle.Shuffle(len(in.Desired.Users), func(i, j int) {
			e := in.Desired.Users
			e[i], e[j] = e[j], e[i]
		})
		for i := range in.Desired.Users {
			l := slices.Clone(in.Desired.Users[i].Licenses)
			shuffle.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
			in.Desired.Users[i].Licenses = l
		}
		in.Now = in.Now.Add(time.Hour)
		second := encode(t, mustMake2(t, in))
		second = bytes.Replace(second, []byte("13:00:00Z"), []byte("12:00:00Z"), 1)
		if !bytes.Equal(first, second) {
			t.Fatalf("first:\n%s\nsecond:\n%s", first, second)
		}
	})
}

// Carried out in any order that heeds waitsFor, no product is ever given to
// more users than were bought, beyond what was overdrawn already.
func TestSeatsSufficeAtEveryMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		p := mustMake2(t, in)
		pending := map[license.GUID]plan.Change{}
		for _, c := range p.Changes {
			if c.Status == plan.StatusReady {
				pending[c.User.ID] = c
			}
		}
		users := in.Observed.Users
		for len(pending) > 0 {
			var open []plan.Change
			for _, c := range p.Changes {
				_, isPending := pending[c.User.ID]
				waiting := slices.ContainsFunc(c.WaitsFor, func(id license.GUID) bool { _, is := pending[id]; return is })
				if isPending && !waiting {
					open = append(open, c)
				}
			}
			if len(open) == 0 {
				t.Fatalf("the ready changes wait for each other: %v %v", lines(p), waits(p))
			}
			next := open[rapid.IntRange(0, len(open)-1).Draw(t, "next")]
			delete(pending, next.User.ID)
			before := recount(in.Observed.SKUs, users)
			users = after(users, &plan.Plan{Scope: p.Scope, Changes: []plan.Change{next}})
			for i, s := range recount(in.Observed.SKUs, users) {
				if s.Units.Consumed > s.Units.Enabled && s.Units.Consumed > before[i].Units.Consumed {
					t.Fatalf("%s was given out %d times, %d were bought, in %v %v", s.PartNumber, s.Units.Consumed, s.Units.Enabled, lines(p), waits(p))
				}
			}
		}
	})
}

// Nobody waits for a seat of one product and needs nothing else while a less
// important user is given one.
func TestTheLessImportantWait(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		p := mustMake2(t, in)
		for _, c := range p.Changes {
			need := seatsTaken(in, c)
			if !slices.Contains(c.Reasons, plan.CodeSeatShortage) || len(need) != 1 {
				continue
			}
			for _, other := range p.Changes {
				if other.Status == plan.StatusReady && other.Priority > c.Priority && slices.Contains(seatsTaken(in, other), need[0]) {
					t.Fatalf("%s waits, %s does not: %v", c.User.UserPrincipalName, other.User.UserPrincipalName, lines(p))
				}
			}
		}
	})
}

// seatsTaken gives the products of which a change takes a seat: one that a
// group gives takes none.
func seatsTaken(in planner.Input, c plan.Change) []license.GUID {
	var out []license.GUID
	u := in.Observed.Users[slices.IndexFunc(in.Observed.Users, func(u license.UserState) bool { return u.ID == c.User.ID })]
	for _, a := range c.Actions {
		if a.Op == plan.OpAdd && !u.Holds(a.SKUID) {
			out = append(out, a.SKUID)
		}
	}
	return out
}

// What an option narrows or tightens is never more than without it.
func TestOptionsNeverWiden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawWorld(t)
		in.Policy.Guards = plan.DefaultPolicy().Guards
		whole := mustMake2(t, in)
		in.Options.AdditionsOnly = true
		in.Options.Tighten = map[plan.GuardName]int{plan.GuardMaxUsersChanged: rapid.IntRange(0, 9).Draw(t, "tighten")}
		narrow := mustMake2(t, in)
		for i, c := range narrow.Changes {
			if c.Status == plan.StatusReady && c.TakesAway() {
				t.Fatalf("additions only, and yet %v", lines(narrow)[i])
			}
		}
		for i, g := range narrow.Guards {
			if g.Name == plan.GuardMaxUsersChanged && *g.Limit > *whole.Guards[len(whole.Guards)-1].Limit {
				t.Fatalf("guard %d was loosened", i)
			}
		}
	})
}

// Every ready change does what its actions say, and a plan survives its file.
func TestPlanIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := mustMake2(t, drawWorld(t))
		text := encode(t, p)
		back, err := plan.Decode(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if again := encode(t, back); !bytes.Equal(text, again) {
			t.Fatalf("written:\n%s\nread and written:\n%s", text, again)
		}
		for _, c := range p.Changes {
			if (len(c.Actions) > 0) == c.Before.Equal(c.After) {
				t.Fatalf("%d actions from %+v to %+v", len(c.Actions), c.Before, c.After)
			}
		}
	})
}

func mustMake2(t *rapid.T, in planner.Input) *plan.Plan {
	p, err := planner.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func encode(t *rapid.T, p *plan.Plan) []byte {
	var b bytes.Buffer
	if err := plan.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
