package planner_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestExplainTellsWhatGroupsWillDo: whoever asks about a user learns what their groups
// come to give and take away, and for whom a change of their own waits.
func TestExplainTellsWhatGroupsWillDo(t *testing.T) {
	users := []license.UserState{
		user("ada", direct("E3")), user("bob", inherited("old", "E5")), user("cleo"), nowhere(user("dan")),
	}
	groups := []license.Group{group("new", "ada", "cleo", "dan"), giving(group("old", "bob"), "E5")}
	in := withGroups(world([]plan.DesiredUser{entry("ada")}, users, sku("E3", 9, 1), sku("E5", 9, 1)), groups, groupEntry("new", lic("E3")), groupEntry("old"))
	for _, tc := range []struct {
		user, part, verdict, reason string
	}{
		{"ada", "E3", "E3 lose", `the group "new" comes to give it as well, which changes nothing for the user (manifests/users.yaml:50)`},
		{"bob", "E5", "E5 lose", `the group "old" stops giving it, and the user has it by no other path (manifests/users.yaml:50)`},
		{"cleo", "E3", "E3 gain", `the group "new" comes to give it (manifests/users.yaml:50)`},
		{"dan", "E3", "E3 blocked ()", `the group "new" comes to give it, and the user will not get it yet: no-usage-location (manifests/users.yaml:50)`},
	} {
		e := mustExplain(t, in, upn(tc.user))
		if diff := cmp.Diff([]string{tc.verdict}, verdicts(e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.user, diff)
		}
		if got := why(e, tc.part); !slices.Contains(got, tc.reason) {
			t.Errorf("%s: %q", tc.user, got)
		}
	}
	for _, said := range why(mustExplain(t, in, upn("ada")), "E3") {
		if strings.Contains(said, "it frees a seat") {
			t.Errorf("ada keeps the product by a group, and yet %s", said)
		}
	}
	ada := strings.Join(sentences(mustExplain(t, in, upn("ada")).Reasons), "\n")
	if !strings.Contains(ada, `it waits until what these groups come to give is in force for the user: "new"`) {
		t.Errorf("ada's change waits:\n%s", ada)
	}
}

// TestExplainGroup: whoever asks about a group learns who asks for what it gives, and
// what becomes of it and of its members.
func TestExplainGroup(t *testing.T) {
	users := []license.UserState{user("ada", inherited("sales", "E3")), user("bob", inherited("sales", "E3"), direct("E3"))}
	groups := []license.Group{giving(group("sales", "ada", "bob"), "E3"), {ID: id("twin"), DisplayName: "Twin"}, {ID: id("twin2"), DisplayName: "twin"}}
	in := withGroups(world(nil, users, sku("E3", 9, 2), sku("E5", 9, 0)), groups, groupEntry("sales", lic("E5")))
	e, err := planner.ExplainGroup(in, "SALES")
	if err != nil {
		t.Fatal(err)
	}
	if e.Group.ID != id("sales") || *e.Group.Members != 2 || e.Change == nil || e.Change.Members.Lose != 1 {
		t.Errorf("got %+v", e)
	}
	want := []string{"E3 true remove: nothing asks for it (manifests/users.yaml:50)", "E5 false add: the entry asks for it (manifests/users.yaml:7)"}
	var got []string
	for _, l := range e.Licenses {
		got = append(got, fmt.Sprintf("%s %t %s: %s", l.SKUPartNumber, l.Gives, l.Op, strings.Join(sentences(l.Reasons), "; ")))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantReasons := []string{
		`the manifest "groups" lists the group (manifests/users.yaml:50)`,
		"2 members: 1 losing something, 2 gaining something, 0 not getting it yet, 0 without a difference",
		"what it comes to give is proven for its members before anything is taken away",
	}
	if diff := cmp.Diff(wantReasons, sentences(e.Reasons)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range []string{"twin", "nobody", "VISIO"} {
		_, err := planner.ExplainGroup(in, name)
		unknown, ok := errors.AsType[*planner.UnknownGroupError](err)
		if !ok || unknown.Hint() == "" || (name == "twin") != (len(unknown.Found) == 2) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
