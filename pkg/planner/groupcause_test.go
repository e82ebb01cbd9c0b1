package planner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// groupCauses says why each action of a group is in the plan: "sales +E5 drift".
func groupCauses(p *plan.Plan) []string {
	out := []string{}
	for _, c := range p.GroupChanges {
		for _, a := range c.Actions {
			out = append(out, fmt.Sprintf("%s %s %s", c.Group.DisplayName, word(a), a.Cause))
		}
	}
	return out
}

// rememberGroups adds to a baseline what groups gave, as a snapshot tells it.
func rememberGroups(b *plan.Baseline, groups ...license.Group) *plan.Baseline {
	b.Groups = map[license.GUID]plan.BaselineGroup{}
	for _, g := range groups {
		b.Groups[g.ID] = plan.BaselineGroup{State: plan.GroupStateOf(g, plan.Scope{}), Whole: true}
	}
	return b
}

// without is a group that gives a product with service plans off.
func without(g license.Group, part string, off ...string) license.Group {
	g.Licenses = append(g.Licenses, license.GroupLicense{SKUID: id(part), DisabledPlans: ids(off)})
	license.SortGroupLicenses(g.Licenses)
	return g
}

// TestGroupCauseFromStates compares what a group gave, gives and should give.
func TestGroupCauseFromStates(t *testing.T) {
	sales := group("sales", "ada")
	for _, tc := range []struct {
		name      string
		then, now license.Group
		want      plan.DesiredGroup
		causes    []string
	}{
		{"taken in the tenant", giving(sales, "E3"), sales, groupEntry("sales", lic("E3")), []string{"sales +E3 drift"}},
		{"given in the tenant", sales, giving(sales, "E3"), groupEntry("sales"), []string{"sales -E3 drift"}},
		{"declared, not applied", sales, sales, groupEntry("sales", lic("E3")), []string{"sales +E3 pending"}},
		{"no longer declared, not applied", giving(sales, "E3"), giving(sales, "E3"), groupEntry("sales"), []string{"sales -E3 pending"}},
		{"both at once, in different products", giving(sales, "E3"), sales, groupEntry("sales", lic("E3"), lic("E5")), []string{"sales +E3 drift", "sales +E5 pending"}},
		{"both at once, in one product", without(sales, "E3", "E3_CHAT"), giving(sales, "E3"), groupEntry("sales", licWithout("E3", "E3_MAIL")), []string{"sales ~E3!E3_MAIL pending"}},
		{"plans switched in the tenant", without(sales, "E3", "E3_CHAT"), giving(sales, "E3"), groupEntry("sales", licWithout("E3", "E3_CHAT")), []string{"sales ~E3!E3_CHAT drift"}},
		{"plans declared anew", giving(sales, "E3"), giving(sales, "E3"), groupEntry("sales", licWithout("E3", "E3_CHAT")), []string{"sales ~E3!E3_CHAT pending"}},
		{"plans that are not managed make no difference", without(sales, "E3", "E3_CHAT"), sales, groupEntry("sales", lic("E3")), []string{"sales +E3 drift"}},
		{"a group that the baseline does not have", group("ops"), sales, groupEntry("sales", lic("E3")), []string{"sales +E3 unknown"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(nil, []license.UserState{user("ada")}, sku("E3", 9, 1), sku("E5", 9, 1)), []license.Group{tc.now}, tc.want)
			in.Baseline = rememberGroups(remembered(user("ada")), tc.then)
			p := mustMake(t, in)
			if diff := cmp.Diff(tc.causes, groupCauses(p)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkExplainedGroupCauses(t, in, p)
		})
	}
}

// checkExplainedGroupCauses holds explanations to the plan: that of the group has the
// causes of its actions, and both that and the one of a member say so.
func checkExplainedGroupCauses(t *testing.T, in planner.Input, p *plan.Plan) {
	t.Helper()
	e, err := planner.ExplainGroup(in, "sales")
	if err != nil {
		t.Fatal(err)
	}
	ada := mustExplain(t, in, upn("ada"))
	for _, a := range p.GroupChanges[0].Actions {
		i := slices.IndexFunc(e.Licenses, func(l plan.ExplainedGroupLicense) bool { return l.SKUID == a.SKUID })
		if said := sentences(e.Licenses[i].Reasons); e.Licenses[i].Cause != a.Cause || !strings.Contains(strings.Join(said, "\n"), "("+string(a.Cause)+")") {
			t.Errorf("%s: explained as %q, planned as %q: %q", word(a), e.Licenses[i].Cause, a.Cause, said)
		}
		if said := why(ada, a.SKUPartNumber); !strings.Contains(strings.Join(said, "\n"), "("+string(a.Cause)+")") {
			t.Errorf("%s: of a member it says %q", word(a), said)
		}
	}
}

// TestGroupsOfWhichABaselineDoesNotTell: not told is not "gave nothing".
func TestGroupsOfWhichABaselineDoesNotTell(t *testing.T) {
	in := withGroups(world(nil, []license.UserState{user("ada", inherited("sales", "E3"))}, sku("E3", 9, 1)), []license.Group{giving(group("sales", "ada"), "E3")}, groupEntry("sales"))
	in.Baseline = remembered(user("ada"))
	in.Baseline.GroupGaps = []string{"of groups nothing is known"}
	p := mustMake(t, in)
	if diff := cmp.Diff([]string{"sales -E3 unknown"}, groupCauses(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"warning baseline-gap"}, codes(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.Options.Cause, in.Policy.DriftRemovals = plan.CauseDrift, plan.DriftRemovalsApply
	if p := mustMake(t, in); len(p.GroupChanges) > 0 || p.LeftOutGroups == nil || *p.LeftOutGroups != 1 {
		t.Errorf("takes something for drift of which nobody knows: %v, left out %v", groupLines(p), p.LeftOutGroups)
	}
	in.Baseline.Groups = map[license.GUID]plan.BaselineGroup{id("sales"): {Whole: true}}
	in.Baseline.Scope = plan.Scope{Ignored: []license.GUID{id("E3")}}
	in.Options.Cause = ""
	if diff := cmp.Diff([]string{"sales -E3 unknown"}, groupCauses(mustMake(t, in))); diff != "" {
		t.Errorf("a product that took no part then (-want +got):\n%s", diff)
	}
	in.Desired.Groups, in.Observed.LicensedGroups = nil, nil
	if got := codes(mustMake(t, in)); slices.Contains(got, "warning baseline-gap") {
		t.Errorf("where nobody speaks of groups nobody misses them: %v", got)
	}
}

// TestGroupCauseFromManifests judges groups of which the receipt of an apply says
// nothing: they were as declared, so the same declaration means drift.
func TestGroupCauseFromManifests(t *testing.T) {
	file := func(path, sum string) plan.SourceFile { return plan.SourceFile{Path: path, SHA256: sum} }
	const here = "manifests/users.yaml"
	policyFile := plan.Source{File: "policy.yaml", Line: 1}
	sales := func(in *planner.Input) *plan.DesiredGroup { return &in.Desired.Groups[0] }
	for _, tc := range []struct {
		name   string
		adjust func(*planner.Input)
		cause  plan.Cause
	}{
		{"all as it was", func(*planner.Input) {}, plan.CauseDrift},
		{"a baseline that does not tell of groups", func(in *planner.Input) { in.Baseline.Declared.Groups = false }, plan.CauseUnknown},
		{"another file came", func(in *planner.Input) { in.Desired.Files = append(in.Desired.Files, file("z.yaml", "z1")) }, plan.CauseDrift},
		{"the entry's file changed", func(in *planner.Input) { in.Desired.Files[0].SHA256 = "m2" }, plan.CauseUnknown},
		{"the policy changed", func(in *planner.Input) { in.Desired.Files[1].SHA256 = "p2" }, plan.CauseUnknown},
		{"a profile of the entry changed", func(in *planner.Input) {
			in.Desired.Files = append(in.Desired.Files, file("profile.yaml", "q2"))
			sales(in).Files = []string{"profile.yaml"}
		}, plan.CauseUnknown},
		{"the license began meanwhile", func(in *planner.Input) { sales(in).Licenses[0].Window.From = day("2026-11-15") }, plan.CauseUnknown},
		{"the entry began meanwhile", func(in *planner.Input) { sales(in).Window.From = day("2026-11-15") }, plan.CauseUnknown},
		{"the run dealt with it, and did not make it so", func(in *planner.Input) {
			in.Baseline.Groups = map[license.GUID]plan.BaselineGroup{id("sales"): {Acted: []license.GUID{id("E3")}, AsDeclared: true}}
		}, plan.CausePending},
		{"the run dealt with another product of it", func(in *planner.Input) {
			in.Baseline.Groups = map[license.GUID]plan.BaselineGroup{id("sales"): {Acted: []license.GUID{id("E5")}, AsDeclared: true}}
		}, plan.CauseDrift},
		{"the run left something of it out", func(in *planner.Input) {
			in.Baseline.Groups = map[license.GUID]plan.BaselineGroup{id("sales"): {Acted: []license.GUID{id("E5")}}}
		}, plan.CauseUnknown},
		{"nobody knows what the run did", func(in *planner.Input) {
			in.Baseline.Groups = map[license.GUID]plan.BaselineGroup{id("sales"): {}}
		}, plan.CauseUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(nil, []license.UserState{user("ada")}, sku("E3", 9, 1)), []license.Group{group("sales", "ada")}, groupEntry("sales", lic("E3")))
			in.Desired.Files = []plan.SourceFile{file(here, "m1"), file(policyFile.File, "p1")}
			in.Policy.Source = policyFile
			in.Baseline = &plan.Baseline{Declared: &plan.Declaration{AsOf: day("2026-11-10"), Groups: true, Files: slices.Clone(in.Desired.Files)}}
			tc.adjust(&in)
			if diff := cmp.Diff([]string{"sales +E3 " + string(tc.cause)}, groupCauses(mustMake(t, in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}

	t.Run("what stands in no manifest depends on all of them", func(t *testing.T) {
		in := withGroups(world(nil, []license.UserState{user("ada", inherited("sales", "E3"))}, sku("E3", 9, 1)), []license.Group{giving(group("sales", "ada"), "E3")})
		in.Policy.Source, in.Policy.UnlistedGroups = policyFile, plan.UnlistedRemove
		in.Desired.Files = []plan.SourceFile{file(policyFile.File, "p1")}
		in.Baseline = &plan.Baseline{Declared: &plan.Declaration{Groups: true, Files: slices.Clone(in.Desired.Files)}}
		if diff := cmp.Diff([]string{"sales -E3 drift"}, groupCauses(mustMake(t, in))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		in.Baseline.Declared.Files = append(in.Baseline.Declared.Files, file("groups.yaml", "g1"))
		if diff := cmp.Diff([]string{"sales -E3 unknown"}, groupCauses(mustMake(t, in))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestOneCauseOfGroupsAlone corrects the drift of groups and nothing else, and takes
// nothing away at night unless the policy lets it.
func TestOneCauseOfGroupsAlone(t *testing.T) {
	for _, tc := range []struct {
		name    string
		then    license.Group
		now     license.Group
		want    plan.DesiredGroup
		users   []license.UserState
		entries []plan.DesiredUser
		adjust  func(*planner.Input)
		group   []string
		changes []string
		leftOut int
	}{
		{
			name: "what was taken comes back, what is merged waits", then: giving(group("sales", "ada"), "E3"), now: group("sales", "ada"), want: groupEntry("sales", lic("E3"), lic("E5")),
			users: []license.UserState{user("ada")}, group: []string{"sales ready: +E3 (1 gain 0 lose 0 keep 0 wait)"}, leftOut: 1,
		},
		{
			name: "what was given is held at night", then: group("sales", "ada"), now: giving(group("sales", "ada"), "E3"), want: groupEntry("sales"),
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, group: []string{"sales held: -E3 (0 gain 1 lose 0 keep 0 wait) [drift-removal]"},
		},
		{
			name: "and taken where the policy lets it", then: group("sales", "ada"), now: giving(group("sales", "ada"), "E3"), want: groupEntry("sales"),
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, adjust: func(in *planner.Input) { in.Policy.DriftRemovals = plan.DriftRemovalsApply },
			group: []string{"sales ready: -E3 (0 gain 1 lose 0 keep 0 wait)"},
		},
		{
			name: "who is to get it by a merged change of the group keeps their own", then: group("sales", "ada"), now: group("sales", "ada"), want: groupEntry("sales", lic("E3")),
			users: []license.UserState{user("ada", direct("E3"))}, entries: []plan.DesiredUser{entry("ada")},
			adjust: func(in *planner.Input) {
				in.Policy.DriftRemovals = plan.DriftRemovalsApply
				in.Baseline.Users[id("ada")] = plan.BaselineUser{Whole: true}
			},
			changes: []string{"ada blocked: -E3 [group-blocked]"}, leftOut: 1,
		},
		{
			name: "so too where the group gets something else back", then: giving(group("sales", "ada"), "E5"), now: group("sales", "ada"), want: groupEntry("sales", lic("E3"), lic("E5")),
			users: []license.UserState{user("ada", direct("E3"))}, entries: []plan.DesiredUser{entry("ada")},
			adjust: func(in *planner.Input) {
				in.Policy.DriftRemovals = plan.DriftRemovalsApply
				in.Baseline.Users[id("ada")] = plan.BaselineUser{Whole: true}
			},
			group: []string{"sales ready: +E5 (1 gain 0 lose 0 keep 0 wait)"}, changes: []string{"ada blocked: -E3 [group-blocked]"}, leftOut: 1,
		},
		{
			name: "who keeps it by a merged change of their own does not lose it by the night", then: group("sales", "ada"), now: giving(group("sales", "ada"), "E3"), want: groupEntry("sales"),
			users: []license.UserState{user("ada", inherited("sales", "E3"))}, entries: []plan.DesiredUser{entry("ada", lic("E3"))},
			adjust: func(in *planner.Input) {
				in.Policy.DriftRemovals = plan.DriftRemovalsApply
				in.Baseline.Users[id("ada")] = plan.BaselineUser{Whole: true}
			},
			group: []string{"sales blocked: -E3 (0 gain 1 lose 0 keep 0 wait) [group-takes-declared]"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(tc.entries, tc.users, sku("E3", 9, 1), sku("E5", 9, 1)), []license.Group{tc.now}, tc.want)
			in.Baseline = rememberGroups(remembered(tc.users...), tc.then)
			in.Options.Cause = plan.CauseDrift
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(nonNil(tc.group), groupLines(p)); diff != "" {
				t.Errorf("group changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.changes), lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if p.LeftOutGroups == nil || *p.LeftOutGroups != tc.leftOut {
				t.Errorf("left out %v groups, want %d", p.LeftOutGroups, tc.leftOut)
			}
		})
	}
}

// TestUsersGoWithTheirGroups: a change of a user that is there because of what a group
// comes to give, or to take, has the cause of that, and no more certain one.
func TestUsersGoWithTheirGroups(t *testing.T) {
	sales := group("sales", "ada")
	for _, tc := range []struct {
		name      string
		then, now license.Group
		want      plan.DesiredGroup
		before    license.UserState
		after     license.UserState
		entry     plan.DesiredUser
		causes    []string
	}{
		{
			"the group is to give it no more, so the user gets their own", giving(sales, "E3"), giving(sales, "E3"), groupEntry("sales"),
			user("ada", inherited("sales", "E3")), user("ada", inherited("sales", "E3")), entry("ada", lic("E3")), []string{"ada +E3 pending"},
		},
		{
			"somebody gave it to the group, and took the user's own", sales, giving(sales, "E3"), groupEntry("sales"),
			user("ada", direct("E3")), user("ada", inherited("sales", "E3")), entry("ada", lic("E3")), []string{"ada +E3 drift"},
		},
		{
			"the group is to give it, so the user's own goes", sales, sales, groupEntry("sales", lic("E3")),
			user("ada"), user("ada", direct("E3")), entry("ada", lic("E3")), []string{"ada -E3 pending"},
		},
		{
			"the group lost it, and the user got their own meanwhile", giving(sales, "E3"), sales, groupEntry("sales", lic("E3")),
			user("ada", inherited("sales", "E3")), user("ada", direct("E3")), entry("ada", lic("E3")), []string{"ada -E3 drift"},
		},
		{
			"what has nothing to do with the group keeps its own cause", giving(sales, "E3"), giving(sales, "E3"), groupEntry("sales"),
			user("ada", inherited("sales", "E3")), user("ada", direct("E5"), inherited("sales", "E3")), entry("ada", lic("E3")), []string{"ada -E5 drift", "ada +E3 pending"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world([]plan.DesiredUser{tc.entry}, []license.UserState{tc.after}, sku("E3", 9, 1), sku("E5", 9, 1)), []license.Group{tc.now}, tc.want)
			in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove
			in.Baseline = rememberGroups(remembered(tc.before), tc.then)
			if diff := cmp.Diff(tc.causes, causes(mustMake(t, in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestNoteOfReplacedLicenses counts those alone whose license the plan takes, and not
// those whom an option leaves out.
func TestNoteOfReplacedLicenses(t *testing.T) {
	ada, bob := user("ada", direct("E3"), inherited("sales", "E3")), user("bob", direct("E3"), inherited("sales", "E3"))
	in := withGroups(world([]plan.DesiredUser{entry("ada", lic("E3")), entry("bob", lic("E3"))}, []license.UserState{ada, bob}, sku("E3", 9, 2)),
		[]license.Group{giving(group("sales", "ada", "bob"), "E3")}, groupEntry("sales", lic("E3")))
	in.Policy.DirectAndInherited = plan.DirectAndInheritedRemove
	notes := func() []string {
		var out []string
		for _, f := range mustMake(t, in).Findings {
			if f.Code == plan.CodeDirectAndInherited {
				out = append(out, f.Message)
			}
		}
		return out
	}
	if got := notes(); len(got) != 1 || !strings.Contains(got[0], "for 2 users: their direct license is among those that are taken away") {
		t.Errorf("%q", got)
	}
	in.Options.Users = []string{upn("ada")}
	if got := notes(); len(got) != 1 || !strings.Contains(got[0], "for 1 user: ") {
		t.Errorf("one user alone: %q", got)
	}
	in.Options.Users = nil
	in.Baseline, in.Options.Cause = rememberGroups(remembered(ada, bob), giving(group("sales", "ada", "bob"), "E3")), plan.CauseDrift
	if got := notes(); len(got) != 0 {
		t.Errorf("drift alone: %q", got)
	}
}

// TestPlansThatCameBackOff: what the run of the baseline asked a group for and the service
// switched off is said, and not asked for every night; what somebody switched off besides
// is drift.
func TestPlansThatCameBackOff(t *testing.T) {
	chatOff := []plan.StateLicense{{SKUID: id("E3"), DisabledPlans: ids([]string{"E3_CHAT"})}}
	for _, tc := range []struct {
		name   string
		wanted plan.DesiredLicense
		now    []string // service plans that are off
		off    []plan.StateLicense
		want   []string
		told   []string
	}{
		{"asked for, and off again", licWithout("E3"), []string{"E3_CHAT"}, chatOff, []string{}, []string{"info plans-kept-off"}},
		{"by a list of what is to be on too", licOnly("E3", "E3_BASE", "E3_CHAT", "E3_MAIL"), []string{"E3_CHAT"}, chatOff, []string{}, []string{"info plans-kept-off"}},
		{"nobody knows of it", licWithout("E3"), []string{"E3_CHAT"}, nil, []string{"sales ~E3 pending"}, nil},
		{"it came on since", licWithout("E3"), nil, chatOff, []string{}, nil},
		{"another one is switched off by hand", licWithout("E3"), []string{"E3_CHAT", "E3_MAIL"}, chatOff, []string{"sales ~E3!E3_CHAT drift"}, []string{"info plans-kept-off"}},
		{"it is declared off by now", licWithout("E3", "E3_CHAT"), []string{"E3_CHAT"}, chatOff, []string{}, nil},
		{"service plans are not managed", lic("E3"), []string{"E3_CHAT"}, chatOff, []string{}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(nil, []license.UserState{user("ada", inherited("sales", "E3", tc.now...))}, sku("E3", 9, 1)),
				[]license.Group{without(group("sales", "ada"), "E3", tc.now...)}, groupEntry("sales", tc.wanted))
			in.Baseline = rememberGroups(remembered(user("ada", inherited("sales", "E3", "E3_CHAT"))), without(group("sales", "ada"), "E3", "E3_CHAT"))
			then := in.Baseline.Groups[id("sales")]
			then.SwitchedOff = tc.off
			in.Baseline.Groups[id("sales")] = then
			p := mustMake(t, in)
			if diff := cmp.Diff(tc.want, groupCauses(p)); diff != "" && len(tc.want)+len(groupCauses(p)) > 0 {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.told), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
