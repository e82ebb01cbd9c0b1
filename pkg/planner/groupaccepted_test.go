package planner_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// acceptOf is an entry of acceptedDrift for a group.
func acceptOf(name, part, until string) plan.AcceptedDrift {
	out := accept("", part, until)
	out.User, out.Group = plan.Ref{}, plan.Ref{Name: name, Source: where(1)}
	return out
}

// TestAcceptedDriftOfGroups lets sales give E3 and VISIO, of which it is declared to
// give neither, and lack E5.
func TestAcceptedDriftOfGroups(t *testing.T) {
	const open, over = "2027-11-22", "2026-11-21"
	for _, tc := range []struct {
		name     string
		accepted []plan.AcceptedDrift
		adjust   func(*planner.Input)
		group    []string
		findings []string
	}{
		{"a product too many is left, the rest is not", []plan.AcceptedDrift{acceptOf("Sales", "VISIO", open)}, nil,
			[]string{"sales ready: -E3 +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"info accepted-drift"}},
		{"one that is missing is left, and by object id too", []plan.AcceptedDrift{acceptOf(id("sales").String(), "E5", open)}, nil,
			[]string{"sales ready: -E3 -VISIO (0 gain 1 lose 0 keep 0 wait)"}, []string{"info accepted-drift"}},
		{"all of them", []plan.AcceptedDrift{acceptOf("sales", "VISIO", open), acceptOf("sales", "E5", open), acceptOf("sales", "E3", open)}, nil,
			nil, []string{"info accepted-drift", "info accepted-drift", "info accepted-drift"}},
		{"on its day it is over", []plan.AcceptedDrift{acceptOf("sales", "VISIO", over)}, nil,
			[]string{"sales ready: -E3 -VISIO +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-expired"}},
		{"it is told before it ends", []plan.AcceptedDrift{acceptOf("sales", "VISIO", "2026-11-22")}, nil,
			[]string{"sales ready: -E3 +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"warning until-soon", "info accepted-drift"}},
		{"an entry that is renewed counts, the old one can go", []plan.AcceptedDrift{acceptOf("sales", "VISIO", over), acceptOf("sales", "VISIO", open)}, nil,
			[]string{"sales ready: -E3 +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused", "info accepted-drift"}},
		{"nothing to accept", []plan.AcceptedDrift{acceptOf("ops", "E3", open)}, nil,
			[]string{"sales ready: -E3 -VISIO +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused"}},
		{"a group that the tenant does not have may have been renamed, so none loses the product", []plan.AcceptedDrift{acceptOf("seals", "E3", open)}, nil,
			[]string{"sales blocked: -E3 -VISIO +E5 (1 gain 1 lose 0 keep 0 wait) [accepted-drift-unused]"}, []string{"warning accepted-drift-unused"}},
		{"none was that is named by its object id", []plan.AcceptedDrift{acceptOf(id("seals").String(), "E3", open)}, nil,
			[]string{"sales ready: -E3 -VISIO +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused"}},
		{"of another product it may", []plan.AcceptedDrift{acceptOf("seals", "E5", open)}, nil,
			[]string{"sales ready: -E3 -VISIO +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused"}},
		{"nor does one keep anything whose day has come", []plan.AcceptedDrift{acceptOf("seals", "E3", over)}, nil,
			[]string{"sales ready: -E3 -VISIO +E5 (1 gain 1 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused"}},
		{"a product that nobody knows blocks: it may be a misspelt exception", []plan.AcceptedDrift{acceptOf("sales", "E33", open)}, nil,
			[]string{"sales blocked: -E3 -VISIO +E5 (1 gain 1 lose 0 keep 0 wait) [policy-unknown-sku]"}, []string{"error policy-unknown-sku", "warning accepted-drift-unused"}},
		{"what is blocked as a whole may have the difference", []plan.AcceptedDrift{acceptOf("sales", "VISIO", open)},
			func(in *planner.Input) { in.Desired.Groups[0].Licenses = []plan.DesiredLicense{lic("E55")} },
			[]string{"sales blocked: (0 gain 0 lose 1 keep 0 wait) [unknown-sku]"}, []string{"error unknown-sku"}},
		{"where nobody speaks of groups there is no difference", []plan.AcceptedDrift{acceptOf("seals", "VISIO", open)},
			func(in *planner.Input) { in.Desired.Groups, in.Observed.LicensedGroups = nil, nil },
			nil, []string{"warning accepted-drift-unused"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(nil, []license.UserState{user("ada", inherited("sales", "E3"), inherited("sales", "VISIO"))}, sku("E3", 9, 1), sku("E5", 9, 0), sku("VISIO", 9, 1)),
				[]license.Group{giving(group("sales", "ada"), "E3", "VISIO"), group("ops")}, groupEntry("sales", lic("E5")))
			in.Policy.AcceptedDrift = tc.accepted
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(nonNil(tc.group), groupLines(p)); diff != "" {
				t.Errorf("group changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.findings), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, f := range p.Findings {
				if strings.HasPrefix(string(f.Code), "accepted-drift") && (!strings.Contains(f.Message, "finance") || !strings.Contains(f.Message, "-11-2")) {
					t.Errorf("does not name the owner and the day: %s", f.Message)
				}
			}
		})
	}
}

// TestExpiredAcceptanceOfAGroupIsDrift: the difference was there at the baseline, and
// nobody answers for it any more.
func TestExpiredAcceptanceOfAGroupIsDrift(t *testing.T) {
	sales := giving(group("sales", "ada"), "E3")
	in := withGroups(world(nil, []license.UserState{user("ada", inherited("sales", "E3"))}, sku("E3", 9, 1)), []license.Group{sales}, groupEntry("sales"))
	in.Policy.AcceptedDrift = []plan.AcceptedDrift{acceptOf("sales", "E3", "2026-11-21")}
	in.Baseline = rememberGroups(remembered(user("ada")), sales)
	if diff := cmp.Diff([]string{"sales -E3 drift"}, groupCauses(mustMake(t, in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestGroupsTakeNothingThatIsAccepted: who is named in acceptedDrift keeps the product,
// by whatever path they have it.
func TestGroupsTakeNothingThatIsAccepted(t *testing.T) {
	const open, over = "2027-11-22", "2026-11-21"
	inSales := func(name string) license.UserState { return user(name, inherited("sales", "E3")) }
	for _, tc := range []struct {
		name     string
		users    []license.UserState
		entries  []plan.DesiredUser
		accepted plan.AcceptedDrift
		want     plan.DesiredGroup
		group    []string
		findings []string
	}{
		{"a user of no manifest", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(upn("ada"), "E3", open), groupEntry("sales"),
			[]string{"sales blocked: -E3 (0 gain 2 lose 0 keep 0 wait) [group-takes-accepted]"}, []string{"error group-takes-accepted"}},
		{"one who is declared to have it, and would get their own", []license.UserState{inSales("ada"), inSales("bob")}, []plan.DesiredUser{entry("ada", lic("E3"))},
			accept(upn("ada"), "E3", open), groupEntry("sales"),
			[]string{"sales blocked: -E3 (0 gain 2 lose 0 keep 0 wait) [group-takes-accepted]"}, []string{"error group-takes-accepted"}},
		{"by a service plan", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(id("ada").String(), "E3", open), groupEntry("sales", licWithout("E3", "E3_MAIL")),
			[]string{"sales blocked: ~E3!E3_MAIL (0 gain 2 lose 0 keep 0 wait) [group-takes-accepted]"}, []string{"error group-takes-accepted"}},
		{"who keeps it by another path is no hindrance", []license.UserState{user("ada", direct("E3"), inherited("sales", "E3")), inSales("bob")}, nil, accept(upn("ada"), "E3", open), groupEntry("sales"),
			[]string{"sales ready: -E3 (0 gain 1 lose 1 keep 0 wait)"}, []string{"warning accepted-drift-unused ada"}},
		{"from its day on it is taken", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(upn("ada"), "E3", over), groupEntry("sales"),
			[]string{"sales ready: -E3 (0 gain 2 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused ada"}},
		{"another product is taken", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(upn("ada"), "E5", open), groupEntry("sales"),
			[]string{"sales ready: -E3 (0 gain 2 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused ada"}},
		{"a user of whose name the tenant has nobody may be any of those who lose it", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(upn("old"), "E3", open), groupEntry("sales"),
			[]string{"sales blocked: -E3 (0 gain 2 lose 0 keep 0 wait) [accepted-drift-unused]"}, []string{"warning accepted-drift-unused old"}},
		{"so they may by a service plan", []license.UserState{inSales("ada"), user("bob", direct("E3"), inherited("sales", "E3"))}, nil, accept(upn("old"), "E3", open), groupEntry("sales", licWithout("E3", "E3_MAIL")),
			[]string{"sales blocked: ~E3!E3_MAIL (0 gain 1 lose 1 keep 0 wait) [accepted-drift-unused]"}, []string{"warning accepted-drift-unused old", "info direct-and-inherited"}},
		{"nobody may who keeps it by another path", []license.UserState{user("ada", direct("E3"), inherited("sales", "E3")), user("bob", direct("E3"), inherited("sales", "E3"))}, nil, accept(upn("old"), "E3", open), groupEntry("sales"),
			[]string{"sales ready: -E3 (0 gain 0 lose 2 keep 0 wait)"}, []string{"warning accepted-drift-unused old"}},
		{"nor anybody of another product", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(upn("old"), "E5", open), groupEntry("sales"),
			[]string{"sales ready: -E3 (0 gain 2 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused old"}},
		{"nor from its day on", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(upn("old"), "E3", over), groupEntry("sales"),
			[]string{"sales ready: -E3 (0 gain 2 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused old"}},
		{"nor by an object id, which stays", []license.UserState{inSales("ada"), inSales("bob")}, nil, accept(id("old").String(), "E3", open), groupEntry("sales"),
			[]string{"sales ready: -E3 (0 gain 2 lose 0 keep 0 wait)"}, []string{"warning accepted-drift-unused " + id("old").String()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := withGroups(world(tc.entries, tc.users, sku("E3", 9, 2), sku("E5", 9, 0)), []license.Group{giving(group("sales", "ada", "bob"), "E3")}, tc.want)
			in.Policy.AcceptedDrift = []plan.AcceptedDrift{tc.accepted}
			p := mustMake(t, in)
			if diff := cmp.Diff(nonNil(tc.group), groupLines(p)); diff != "" {
				t.Errorf("group changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.findings), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAcceptedGroupsKeepWhatTheyReplace: while a group is let be without a product that
// it is to give, its members keep their own.
func TestAcceptedGroupsKeepWhatTheyReplace(t *testing.T) {
	in := withGroups(world([]plan.DesiredUser{entry("ada")}, []license.UserState{user("ada", direct("E3"))}, sku("E3", 9, 1)),
		[]license.Group{group("sales", "ada")}, groupEntry("sales", lic("E3")))
	in.Policy.AcceptedDrift = []plan.AcceptedDrift{acceptOf("sales", "E3", "2027-11-22")}
	if diff := cmp.Diff([]string{"ada blocked: -E3 [group-blocked]"}, lines(mustMake(t, in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
