package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// missing is a world in which a filter finds somebody else, and Ada, whom
// nobody names, is to lose E3. The texts are hers.
func missing(filter string, texts map[string]string) planner.Input {
	q := plan.Query{Filter: filter}
	in := world(nil, []license.UserState{user("ada", direct("E3")), user("bob", direct("E3"))}, sku("E3", 9, 2))
	in.Desired.Selections = []plan.Selection{selects(1, q, lic("E3"))}
	in.Observed.Answers = map[plan.Query]plan.Answer{q: answer(q, "bob")}
	in.Policy.UnlistedUsers = plan.UnlistedRemove
	in.Observed.Attributes = plan.Attributes{}
	for property, text := range texts {
		in.Observed.Attributes[property] = map[license.GUID]string{id("ada"): text}
	}
	return in
}

// Nobody loses a license for the way in which an attribute of theirs is
// written.
func TestNearMissesLoseNothing(t *testing.T) {
	for _, tc := range []struct{ name, filter, property, text string }{
		{"case", "department eq 'Sales'", "department", "SALES"},
		{"a blank behind", "department eq 'Sales'", "department", "Sales "},
		{"a blank in front", "department eq 'Sales'", "department", " Sales"},
		{"two blanks within", "department eq 'Field Sales'", "department", "Field  Sales"},
		{"a blank that does not break", "department eq 'Field Sales'", "department", "Field\u00a0Sales"},
		{"a tab", "department eq 'Field Sales'", "department", "Field\tSales"},
		{"no width", "department eq 'Sales'", "department", "Sa\u200bles"},
		{"a mark of byte order", "department eq 'Sales'", "department", "\ufeffSales"},
		{"a soft hyphen", "department eq 'Sales'", "department", "Sa\u00adles"},
		{"a direction", "department eq 'Sales'", "department", "Sales\u200e"},
		{"composed or not", "department eq 'Büro'", "department", "Bu\u0308ro"},
		{"without its accent", "city eq 'Zürich'", "city", "Zurich"},
		{"full width", "department eq 'Sales'", "department", "Ｓａｌｅｓ"},
		{"sharp s", "department eq 'Straße'", "department", "STRASSE"},
		{"a dash", "department eq 'Sales-EMEA'", "department", "Sales\u2013EMEA"},
		{"an apostrophe", "companyName eq 'O''Brien'", "companyName", "O\u2019Brien"},
		{"a list", "department in ('Sales','Marketing')", "department", "marketing "},
		{"the name of a country", "country eq 'CH'", "country", "Switzerland"},
		{"its name in its language", "country eq 'CH'", "country", "Schweiz"},
		{"its name in the order of ISO 3166", "country eq 'KR'", "country", "Korea, Republic of"},
		{"another name in that order", "country eq 'Tanzania'", "country", "TANZANIA, UNITED REPUBLIC OF"},
		{"what it calls itself", "country eq 'ES'", "country", "Kingdom of Spain"},
		{"what it calls itself, with an article", "country eq 'Netherlands'", "country", "Kingdom of the Netherlands"},
		{"an ampersand", "country eq 'BA'", "country", "Bosnia and Herzegovina"},
		{"a saint", "country eq 'LC'", "country", "Saint Lucia"},
		{"without what stands in brackets", "country eq 'MM'", "country", "Myanmar"},
		{"with something in brackets", "country eq 'GB'", "country", "United Kingdom (UK)"},
		{"a short name", "country eq 'HK'", "country", "Hong Kong"},
		{"in another one", "country eq 'CH'", "country", "Suisse"},
		{"two names", "country eq 'Switzerland'", "country", "Svizzera"},
		{"its code", "country eq 'Switzerland'", "country", "CH"},
		{"its long code", "country eq 'CH'", "country", "CHE"},
		{"an old code", "country eq 'United Kingdom'", "country", "UK"},
		{"a code with dots", "country eq 'US'", "country", "U.S.A."},
		{"a long name", "country eq 'US'", "country", "United States of America"},
		{"an article", "country eq 'NL'", "country", "The Netherlands"},
		{"the beginning", "startsWith(jobTitle,'Sales')", "jobTitle", "sales manager"},
		{"in spite of something unknown", "department eq 'Sales' and endsWith(mail,'@contoso.com')", "department", "sales"},
		{"either of two", "department eq 'Sales' or country eq 'CH'", "country", "Switzerland"},
		{"a name in another case", "Department EQ 'Sales'", "department", "sales"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := mustMake(t, missing(tc.filter, map[string]string{tc.property: tc.text}))
			if diff := cmp.Diff([]string{"ada blocked: -E3 [selection-near-miss]"}, lines(p)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !strings.Contains(strings.Join(codes(p), " "), "error selection-near-miss ada") {
				t.Errorf("findings %v", codes(p))
			}
		})
	}
}

// Whom a selection rightly passes by is no near miss.
func TestWhatIsNoNearMiss(t *testing.T) {
	for _, tc := range []struct {
		name, filter string
		texts        map[string]string
	}{
		{"another text", "department eq 'Sales'", map[string]string{"department": "Legal"}},
		{"none", "department eq 'Sales'", map[string]string{"department": ""}},
		{"part of a text", "department eq 'Sales'", map[string]string{"department": "Presales"}},
		{"another country", "country eq 'CH'", map[string]string{"country": "China"}},
		{"another republic of the name", "country eq 'KR'", map[string]string{"country": "Korea, Democratic People's Republic of"}},
		{"a longer name", "country eq 'NE'", map[string]string{"country": "Federal Republic of Nigeria"}},
		{"a country as a department", "department eq 'CH'", map[string]string{"department": "Switzerland"}},
		{"no country at all", "country eq 'CH'", map[string]string{"country": "Chalet"}},
		{"another part of the filter keeps them out", "department eq 'Sales' and country eq 'CH'", map[string]string{"department": "sales ", "country": "France"}},
		{"guests are not meant", "department eq 'Sales' and userType eq 'Guest'", map[string]string{"department": "sales "}},
		{"disabled accounts are not meant", "department eq 'Sales' and accountEnabled eq false", map[string]string{"department": "sales "}},
		{"nothing is compared", "accountEnabled eq false", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := mustMake(t, missing(tc.filter, tc.texts))
			if diff := cmp.Diff([]string{"ada ready: -E3"}, lines(p)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What a selection misses is of no matter where nothing is taken away, where
// an entry speaks, and where the selection does not hold.
func TestNearMissesThatDoNotMatter(t *testing.T) {
	near := func() planner.Input { return missing("country eq 'CH'", map[string]string{"country": "Switzerland"}) }
	own, ended, ignored := near(), near(), near()
	own.Desired.Users = []plan.DesiredUser{entry("ada")}
	ended.Desired.Selections[0].Entry.Window.Until = day("2026-11-01")
	ignored.Policy.UnlistedUsers = plan.UnlistedIgnore
	for name, want := range map[string]struct {
		in    planner.Input
		lines []string
	}{
		"an entry": {own, []string{"ada ready: -E3"}}, "a selection that has ended": {ended, []string{"ada ready: -E3", "bob ready: -E3"}}, "nothing taken": {ignored, []string{}},
	} {
		if diff := cmp.Diff(want.lines, lines(mustMake(t, want.in))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A selection that finds a user for less than they hold is no better than none.
func TestNearMissesOfSomebodySelectedOtherwise(t *testing.T) {
	in := missing("department eq 'Sales'", map[string]string{"department": "Sales "})
	in.Desired.Selections = append(in.Desired.Selections, selects(2, salesGroup))
	in.Observed.Answers[salesGroup] = answer(salesGroup, "ada")
	if diff := cmp.Diff([]string{"ada blocked: -E3 [selection-near-miss]"}, lines(mustMake(t, in))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestUnsure(t *testing.T) {
	asked := func(in planner.Input) string {
		users, properties, err := planner.Unsure(in)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, u := range in.Observed.Users {
			if slices.Contains(users, u.ID) {
				out = append(out, u.DisplayName)
			}
		}
		return strings.Join(append(out, properties...), " ")
	}
	in := missing("country eq 'CH' and department in ('A','B') and city ne 'X'", nil)
	if got := asked(in); got != "ADA country department" {
		t.Errorf("asked for %q", got)
	}
	in.Observed.Departments = map[license.GUID]string{id("bob"): "A"}
	if got := asked(in); got != "ADA country" {
		t.Errorf("with the departments asked for %q", got)
	}
	in.Observed.Attributes = plan.Attributes{"country": nil}
	if got := asked(in); got != "" {
		t.Errorf("with everything known asked for %q", got)
	}
	in.Observed.Attributes = nil
	in.Desired.Users = []plan.DesiredUser{entry("ada")}
	if got := asked(in); got != "" {
		t.Errorf("for somebody with an entry asked for %q", got)
	}
	group := missing("", nil)
	group.Desired.Selections = []plan.Selection{selects(1, salesGroup)}
	group.Observed.Answers = map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "bob")}
	if got := asked(group); got != "" {
		t.Errorf("for a group asked for %q", got)
	}
}

// A plan tells what every selection found.
func TestPlansTellWhatSelectionsFound(t *testing.T) {
	in := missing("department eq 'Sales'", map[string]string{"department": "Legal"})
	byID := plan.Query{Group: id("Sales").String()}
	lost := plan.Query{Group: "Sails"}
	in.Desired.Selections = append(in.Desired.Selections, selects(3, byID), selects(2, lost), list(4, []string{"ada", "bob"}))
	in.Observed.Answers[byID], in.Observed.Answers[lost] = answer(salesGroup, "ada", "bob"), plan.Answer{}
	two, one := 2, 1
	want := []plan.FoundSelection{
		{Source: where(1), Text: `filter "department eq 'Sales'"`, Found: &one},
		{Source: where(2), Text: `group "Sails"`},
		{Source: where(3), Text: `group "Sales"`, Found: &two},
		{Source: where(4), Text: "people.csv", Found: &two},
	}
	if diff := cmp.Diff(want, mustMake(t, in).Selections); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
