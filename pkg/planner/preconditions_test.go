package planner_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// restsOn says what a change rests on, in one line: "ada@contoso.com E5 E3 from
// sales !E3_CHAT; by group "Sales"; not by …".
func restsOn(p *plan.Preconditions) string {
	if p == nil {
		return "nothing"
	}
	out := p.UserPrincipalName
	for _, g := range p.InForce {
		out += " " + g.SKUPartNumber
		for _, group := range []string{"sales", "board"} {
			if g.Group == id(group) {
				out += fmt.Sprintf(" from %s with %d off", group, len(g.DisabledPlans))
			}
		}
	}
	for _, q := range p.SelectedBy {
		out += "; by " + q.String()
	}
	for _, q := range p.NotSelectedBy {
		out += "; not by " + q.String()
	}
	return out
}

func TestPreconditions(t *testing.T) {
	e3, e5 := lic("E3"), lic("E5")
	failing := as("Error", "CountViolation", inherited("board", "E5"))
	group, filter := plan.Query{Group: "Sales"}, plan.Query{Filter: "department eq 'Ops'"}
	later := func(s plan.Selection) plan.Selection { s.Entry.Window.From = day("2026-12-01"); return s }
	over := func(s plan.Selection) plan.Selection { s.Entry.Window.Until = day("2026-11-01"); return s }
	for _, tc := range []struct {
		name       string
		held       []license.Assignment
		entries    []plan.DesiredUser
		selections []plan.Selection
		selected   bool // by the group
		want       string
	}{
		{name: "what only gives", entries: []plan.DesiredUser{entry("ada", e3, e5)}, held: []license.Assignment{direct("E3")}, want: "nothing"},
		{name: "a swap", entries: []plan.DesiredUser{entry("ada", e5)}, held: []license.Assignment{direct("E3")}, want: "ada@contoso.com"},
		{name: "a group's license", entries: []plan.DesiredUser{entry("ada", e5)}, held: []license.Assignment{direct("E3"), inherited("sales", "E5", "E5_CHAT"), failing}, want: "ada@contoso.com E5 from sales with 1 off"},
		{name: "the user's own before a group's", entries: []plan.DesiredUser{entry("ada", e5)}, held: []license.Assignment{direct("E3"), direct("E5"), inherited("sales", "E5")}, want: "ada@contoso.com E5"},
		{name: "the user's own that fails", entries: []plan.DesiredUser{entry("ada", e5)}, held: []license.Assignment{direct("E3"), as("Error", "Other", direct("E5")), inherited("sales", "E5")}, want: "ada@contoso.com E5 from sales with 0 off"},
		{name: "what is left where nothing is declared", entries: []plan.DesiredUser{entry("ada")}, held: []license.Assignment{direct("E3"), inherited("sales", "VISIO"), failing}, want: "ada@contoso.com VISIO from sales with 0 off"},
		{name: "a plan that is switched off", entries: []plan.DesiredUser{entry("ada", licWithout("E3", "E3_CHAT"))}, held: []license.Assignment{direct("E3")}, want: "ada@contoso.com E3"},
		{name: "a plan that is switched on", entries: []plan.DesiredUser{entry("ada", licWithout("E3"))}, held: []license.Assignment{direct("E3", "E3_CHAT")}, want: "nothing"},
		{name: "an entry of their own, whatever selects them", entries: []plan.DesiredUser{entry("ada")}, selections: []plan.Selection{selects(1, group, e5)}, selected: true, held: []license.Assignment{direct("E3")}, want: "ada@contoso.com"},
		{name: "a selection, and none that says something else", selections: []plan.Selection{selects(1, group, e5), selects(2, filter, e3), later(selects(3, plan.Query{Group: "Later"}, e3))}, selected: true, held: []license.Assignment{direct("E3")}, want: "ada@contoso.com; by group \"Sales\"; not by filter \"department eq 'Ops'\""},
		{name: "one that has ended, and none that holds", selections: []plan.Selection{over(selects(1, group, e3)), selects(2, filter, e5), later(selects(3, plan.Query{Group: "Later"}, e3))}, selected: true, held: []license.Assignment{direct("E3")}, want: "ada@contoso.com; by group \"Sales\"; not by filter \"department eq 'Ops'\""},
		{name: "an entry that has ended, and no selection that holds", entries: []plan.DesiredUser{boundEntry(entry("ada", e3), "", "2026-11-01")}, selections: []plan.Selection{selects(1, group, e3)}, held: []license.Assignment{direct("E3")}, want: "ada@contoso.com; not by group \"Sales\""},
		{name: "no selection at all, be it to come", selections: []plan.Selection{selects(1, group, e5), later(selects(3, plan.Query{Group: "Later"}, e3))}, held: []license.Assignment{direct("E3")}, want: "ada@contoso.com; not by group \"Later\"; not by group \"Sales\""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world(tc.entries, []license.UserState{user("ada", tc.held...), user("zoe")}, sku("E3", 9, 1), sku("E5", 9, 1), sku("VISIO", 9, 1))
			in.Desired.Selections = tc.selections
			in.Policy.UnlistedUsers = plan.UnlistedRemove
			in.Observed.Answers = map[plan.Query]plan.Answer{group: answer(group, "zoe"), filter: answer(filter, "zoe"), {Group: "Later"}: answer(plan.Query{Group: "Later"}, "zoe")}
			if tc.selected {
				in.Observed.Answers[group] = answer(group, "ada", "zoe")
			}
			p := mustMake(t, in)
			i := slices.IndexFunc(p.Changes, func(c plan.Change) bool { return c.User.ID == id("ada") })
			if i < 0 || p.Changes[i].Status != plan.StatusReady {
				t.Fatalf("%v %v", lines(p), codes(p))
			}
			if diff := cmp.Diff(tc.want, restsOn(p.Changes[i].Preconditions)); diff != "" {
				t.Errorf("%v (-want +got):\n%s", lines(p), diff)
			}
		})
	}
}

// A saved plan with a ground that this program does not know is not read: it
// would be carried out without being looked at.
func TestUnknownPreconditionsAreRefused(t *testing.T) {
	p := mustMake(t, world([]plan.DesiredUser{entry("ada")}, []license.UserState{user("ada", direct("E3"))}, sku("E3", 9, 1)))
	var b bytes.Buffer
	if err := plan.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if _, err := plan.Decode(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	for what, edited := range map[string]string{
		"a ground of tomorrow": strings.Replace(text, `"inForce": []`, `"inForce": [], "signedInSince": "2026-11-01"`, 1),
		"no list":              strings.Replace(text, `"inForce": []`, `"inForce": null`, 1),
		"no name":              strings.Replace(text, `"preconditions": {"userPrincipalName": "ada@contoso.com", `, `"preconditions": {`, 1),
	} {
		if edited == text {
			t.Fatalf("%s: nothing is edited:\n%s", what, text)
		}
		if _, err := plan.Decode(strings.NewReader(edited)); err == nil {
			t.Errorf("%s is read", what)
		}
	}
}
