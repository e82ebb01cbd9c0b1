package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
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
	ada := strings.Join(sentences(mustExplain(t, in, upn("ada")).Reasons), "\n")
	if !strings.Contains(ada, `it waits until what these groups come to give is in force for the user: "new"`) {
		t.Errorf("ada's change waits:\n%s", ada)
	}
}
