package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestExplainGroupThatIsNotTold: what is not told of a group is not counted as none.
func TestExplainGroupThatIsNotTold(t *testing.T) {
	bare, hidden := group("sales", "ada"), group("sales")
	bare.Licenses, hidden.Members = nil, nil
	for name, tc := range map[string]struct {
		group  license.Group
		untold bool
	}{"what it gives": {bare, true}, "who is in it": {hidden, false}} {
		t.Run(name, func(t *testing.T) {
			e, err := planner.ExplainGroup(withGroups(world(nil, []license.UserState{user("ada")}, sku("E3", 9, 0)), []license.Group{tc.group}, groupEntry("sales", lic("E3"))), "sales")
			if err != nil {
				t.Fatal(err)
			}
			if e.Group.Untold != tc.untold || e.Change == nil || e.Change.IsTold() || e.Change.Status != plan.StatusBlocked {
				t.Errorf("got %+v, %+v", e.Group, e.Change)
			}
			if said := sentences(e.Reasons); slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "losing something") }) {
				t.Errorf("it counts members: %q", said)
			}
		})
	}
}

// TestExplainWhatIsTriedAgain: nothing is assigned and nothing taken, and no selection is
// told of where there is none.
func TestExplainWhatIsTriedAgain(t *testing.T) {
	users := []license.UserState{user("ada", as("Error", "CountViolation", inherited("sales", "E3")))}
	in := withGroups(world(nil, users, sku("E3", 9, 0)), []license.Group{giving(group("sales", "ada"), "E3")}, groupEntry("sales", lic("E3")))
	in.Policy.GroupErrors = plan.GroupErrorsReprocess
	e := mustExplain(t, in, upn("ada"))
	if !e.Reprocess || e.Status != plan.StatusReady {
		t.Errorf("tried again: %t, %q", e.Reprocess, e.Status)
	}
	for _, said := range why(e, "E3") {
		if strings.Contains(said, "selection") {
			t.Errorf("nobody selects anybody, and yet %s", said)
		}
	}
}

// TestExplanationsNameGroups: where an id of a group stands its name stands beside it.
func TestExplanationsNameGroups(t *testing.T) {
	users := []license.UserState{user("ada", direct("E3"), inherited("new", "E3")), user("bob", inherited("old", "E3"))}
	in := withGroups(world([]plan.DesiredUser{entry("ada")}, users, sku("E3", 9, 2)),
		[]license.Group{giving(group("new", "ada"), "E3"), group("next", "bob"), giving(group("old", "bob"), "E3")},
		groupEntry("new", lic("E3")), groupEntry("next", lic("E3")), groupEntry("old"))
	e := mustExplain(t, in, upn("ada"))
	if len(e.Groups) != 1 || e.Groups[0].DisplayName != "new" || !slices.Equal(e.Licenses[0].KeptBy, []license.GUID{e.Groups[0].ID}) {
		t.Errorf("of ada: %+v", e.Groups)
	}
	g, err := planner.ExplainGroup(in, "old")
	if err != nil || g.Change.KeptBy == nil || len(g.Groups) != 1 || g.Groups[0].ID != g.Change.KeptBy.Groups[0] || g.Groups[0].DisplayName != "next" {
		t.Errorf("of old: %+v, %v", g.Groups, err)
	}
}
