package planner_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// selectionWorld is a random tenant of users, of whom each holds some of three
// products directly, with entries, selections by query and by list, groups that
// are missing, and windows around 2026-11-21.
func selectionWorld(t *rapid.T) planner.Input {
	parts := []string{"E1", "E3", "E5"}
	var users []license.UserState
	var names []string
	for i := range rapid.IntRange(1, 6).Draw(t, "users") {
		name := fmt.Sprintf("u%d", i)
		u := user(name)
		for _, part := range rapid.SliceOfDistinct(rapid.SampledFrom(parts), rapid.ID[string]).Draw(t, "held") {
			u.Assignments = append(u.Assignments, direct(part))
		}
		license.SortAssignments(u.Assignments)
		users, names = append(users, u), append(names, name)
	}
	some := func(label string) []string {
		return rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, label)
	}
	demand := func(e plan.DesiredUser) plan.DesiredUser {
		e.Window = rapid.SampledFrom([]plan.Window{{}, {}, {}, {From: day("2026-12-01")}, {Until: day("2026-11-01")}, {Until: day("2026-11-21")}}).Draw(t, "window")
		e.ManagesLicenses = rapid.IntRange(0, 5).Draw(t, "manages") > 0
		if !e.ManagesLicenses {
			return e
		}
		for _, part := range rapid.SliceOfDistinct(rapid.SampledFrom(parts), rapid.ID[string]).Draw(t, "wanted") {
			e.Licenses = append(e.Licenses, lic(part))
		}
		return e
	}
	in := world(nil, users, sku("E1", 100, 0), sku("E3", 100, 0), sku("E5", 100, 0))
	in.Observed.Answers = map[plan.Query]plan.Answer{}
	for i, name := range some("entries") {
		e := demand(entry(name))
		e.User.Source.Line = i + 1
		in.Desired.Users = append(in.Desired.Users, e)
	}
	if rapid.IntRange(0, 5).Draw(t, "misspelt") == 0 {
		e := demand(entry("nobody"))
		e.User.Source.Line = 90
		in.Desired.Users = append(in.Desired.Users, e)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "selections") {
		q := plan.Query{Group: fmt.Sprintf("g%d", i)}
		var s plan.Selection
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			s = list(100+i, some("listed"))
		case 1:
			s = selects(100+i, q)
			in.Observed.Answers[q] = plan.Answer{} // no such group
		default:
			s = selects(100+i, q)
			in.Observed.Answers[q] = answer(q, some("selected")...)
		}
		s.Entry = demand(s.Entry)
		s.AllowEmpty = rapid.Bool().Draw(t, "allow empty")
		in.Desired.Selections = append(in.Desired.Selections, s)
	}
	in.Policy.UnlistedUsers = rapid.SampledFrom([]plan.UnlistedUsers{plan.UnlistedIgnore, plan.UnlistedRemove}).Draw(t, "unlisted")
	return in
}

// oracle says in the plainest way what each user is to hold after an apply:
// the part numbers, sorted. Whoever must not be touched holds what they held.
func oracle(in planner.Input) map[string]string {
	today := day("2026-11-21")
	unsure, unsureUnlisted := false, false
	for _, e := range in.Desired.Users {
		if phase := e.Window.PhaseOn(today); e.User.Name == upn("nobody") {
			unsure = unsure || phase == plan.Active
			unsureUnlisted = unsureUnlisted || phase == plan.Pending || !e.ManagesLicenses
		}
	}
	chosen := map[string][]plan.DesiredUser{}
	for _, s := range in.Desired.Selections {
		users := s.Users
		for _, u := range in.Observed.Users {
			if slices.Contains(in.Observed.Answers[s.Query].Users, u.ID) {
				users = append(users, plan.Ref{Name: u.UserPrincipalName})
			}
		}
		for _, u := range users {
			chosen[u.Name] = append(chosen[u.Name], s.Entry)
		}
		missing := s.Query.Group != "" && len(in.Observed.Answers[s.Query].Groups) == 0
		if len(users) == 0 && s.Entry.Window.PhaseOn(today) == plan.Active {
			unsure = unsure || missing || !s.AllowEmpty
		}
		unsureUnlisted = unsureUnlisted || missing
	}
	out := map[string]string{}
	for _, u := range in.Observed.Users {
		var own []plan.DesiredUser
		for _, e := range in.Desired.Users {
			if e.User.Name == u.UserPrincipalName {
				own = append(own, e)
			}
		}
		out[u.UserPrincipalName] = fate(in, u, own, chosen[u.UserPrincipalName], unsure || unsureUnlisted && len(own)+len(chosen[u.UserPrincipalName]) == 0)
	}
	return out
}

func fate(in planner.Input, u license.UserState, own, chosen []plan.DesiredUser, unsure bool) string {
	held := heldParts(u)
	in1 := func(all []plan.DesiredUser, phase plan.Phase) []plan.DesiredUser {
		return slices.DeleteFunc(slices.Clone(all), func(e plan.DesiredUser) bool { return e.Window.PhaseOn(day("2026-11-21")) != phase })
	}
	careful := func(want string) string {
		for part := range strings.FieldsSeq(held) {
			if unsure && !strings.Contains(want, part) {
				return held
			}
		}
		return want
	}
	switch active, ended := in1(chosen, plan.Active), append(in1(own, plan.Over), in1(chosen, plan.Over)...); {
	case len(in1(own, plan.Active)) > 0:
		return wantedParts(in1(own, plan.Active)[0], held)
	case len(active) > 0:
		for _, e := range active {
			if wantedParts(e, "?") != wantedParts(active[0], "?") {
				return held
			}
		}
		return careful(wantedParts(active[0], held))
	case len(ended) > 0:
		// An entry that has ended speaks before a selection that has; of several
		// the one that ended last.
		best := ended[0]
		for _, e := range ended[1:] {
			if len(in1(own, plan.Over)) == 0 && best.Window.Until.Before(e.Window.Until) {
				best = e
			}
		}
		if len(in1(own, plan.Over)) == 0 {
			// A selection takes what it gave and nothing else.
			best.Licenses = slices.DeleteFunc(partsOf(held), func(l plan.DesiredLicense) bool { return slices.ContainsFunc(best.Licenses, sameSKU(l)) })
			return careful(wantedParts(best, held))
		}
		best.Licenses = nil
		return careful(wantedParts(best, held))
	case len(own)+len(chosen) == 0 && in.Policy.UnlistedUsers == plan.UnlistedRemove:
		return careful("")
	}
	return held
}

// partsOf asks for what is held.
func partsOf(held string) []plan.DesiredLicense {
	var out []plan.DesiredLicense
	for part := range strings.FieldsSeq(held) {
		out = append(out, lic(part))
	}
	return out
}

func sameSKU(l plan.DesiredLicense) func(plan.DesiredLicense) bool {
	return func(other plan.DesiredLicense) bool { return l.SKU.Name == other.SKU.Name }
}

func wantedParts(e plan.DesiredUser, held string) string {
	if !e.ManagesLicenses {
		return held
	}
	var parts []string
	for _, l := range e.Licenses {
		parts = append(parts, l.SKU.Name)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func heldParts(u license.UserState) string {
	var parts []string
	for _, part := range []string{"E1", "E3", "E5"} {
		if _, held := u.DirectLicense(id(part)); held {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// A plan over entries, groups, lists and windows makes of every user what the
// plainest reading of the rules makes of them.
func TestSelectionsAgainstAnOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := selectionWorld(t)
		want := oracle(in)
		p := mustMake2(t, in)
		for _, u := range after(in.Observed.Users, p) {
			if got := heldParts(u); got != want[u.UserPrincipalName] {
				t.Fatalf("%s holds %q, want %q\nchanges %q\nfindings %q", u.UserPrincipalName, got, want[u.UserPrincipalName], lines(p), codes(p))
			}
		}
	})
}

// Users share what they hold, and entries what they ask for: planning changes
// nothing of its input.
func TestPlanningLeavesItsInputAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := selectionWorld(t)
		before := fmt.Sprintf("%+v", in)
		r, err := planner.Work(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range in.Observed.Users {
			if _, err := planner.Explain(in, u.UserPrincipalName); err != nil {
				t.Fatal(err)
			}
		}
		r.Plan(map[license.GUID]string{})
		if after := fmt.Sprintf("%+v", in); after != before {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
	})
}

// The order of entries, selections and the users of a list does not show.
func TestSelectionsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := selectionWorld(t)
		first := encode(t, mustMake2(t, in))
		shuffle := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		in.Desired.Users, in.Desired.Selections = slices.Clone(in.Desired.Users), slices.Clone(in.Desired.Selections)
		shuffle.Shuffle(len(in.Desired.Users), func(i, j int) {
			in.Desired.Users[i], in.Desired.Users[j] = in.Desired.Users[j], in.Desired.Users[i]
		})
		shuffle.Shuffle(len(in.Desired.Selections), func(i, j int) {
			in.Desired.Selections[i], in.Desired.Selections[j] = in.Desired.Selections[j], in.Desired.Selections[i]
		})
		for i := range in.Desired.Selections {
			users := slices.Clone(in.Desired.Selections[i].Users)
			shuffle.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
			in.Desired.Selections[i].Users = users
		}
		if second := encode(t, mustMake2(t, in)); !bytes.Equal(first, second) {
			t.Fatalf("first:\n%s\nsecond:\n%s", first, second)
		}
	})
}
