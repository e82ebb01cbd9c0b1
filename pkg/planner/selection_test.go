package planner_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// The queries of these tests.
var (
	salesGroup = plan.Query{Group: "Sales"}
	opsFilter  = plan.Query{Filter: "department eq 'Ops'"}
)

// selects is a selection at a line of the manifest, of users who are to hold
// these licenses.
func selects(line int, q plan.Query, wanted ...plan.DesiredLicense) plan.Selection {
	return plan.Selection{Name: q.String(), Query: q, Entry: plan.DesiredUser{
		User: plan.Ref{Source: where(line)}, Manifest: "selected", ManagesLicenses: true, Licenses: wanted,
	}}
}

// list is a selection of the users of a file.
func list(line int, names []string, wanted ...plan.DesiredLicense) plan.Selection {
	s := selects(line, plan.Query{}, wanted...)
	s.Name = "people.csv"
	for i, name := range names {
		s.Users = append(s.Users, plan.Ref{Name: upn(name), Source: plan.Source{File: "manifests/people.csv", Line: i + 2, Column: 1}})
	}
	return s
}

// answer is that the tenant selects these users.
func answer(q plan.Query, names ...string) plan.Answer {
	a := plan.Answer{Users: ids(names)}
	if q.Group != "" {
		a.Groups = []plan.Group{{ID: id(q.Group), DisplayName: q.Group}}
	}
	return a
}

func boundEntry(e plan.DesiredUser, from, until string) plan.DesiredUser {
	for text, date := range map[string]*plan.Date{from: &e.Window.From, until: &e.Window.Until} {
		if text != "" {
			*date = day(text)
		}
	}
	return e
}

// TestSelections states how selections, entries and answers make a plan.
func TestSelections(t *testing.T) {
	e3, e5 := lic("E3"), lic("E5")
	bound := func(s plan.Selection, from, until string) plan.Selection {
		if from != "" {
			s.Entry.Window.From = day(from)
		}
		if until != "" {
			s.Entry.Window.Until = day(until)
		}
		return s
	}
	ended := entry("ada", e5)
	ended.Window.Until = day("2026-11-01")
	coming := entry("ada", e5)
	coming.Window.From = day("2026-12-01")
	removing := func(in *planner.Input) { in.Policy.UnlistedUsers = plan.UnlistedRemove }
	for _, tc := range []struct {
		name       string
		selections []plan.Selection
		entries    []plan.DesiredUser
		answers    map[plan.Query]plan.Answer
		users      []license.UserState
		adjust     func(*planner.Input)
		changes    []string
		findings   []string
	}{
		{
			name:       "members of a group get what the manifest says, and nobody else",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada", "ben")},
			users:      []license.UserState{user("ada"), user("ben", direct("E5")), user("cyn", direct("E5"))},
			changes:    []string{"ada ready: +E3", "ben ready: -E5 +E3"},
		},
		{
			name:       "a list selects by name and by id",
			selections: []plan.Selection{list(1, []string{"ada"}, e3)},
			users:      []license.UserState{user("ada"), user("ben")},
			changes:    []string{"ada ready: +E3"},
		},
		{
			name:       "an entry wins over a selection",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			entries:    []plan.DesiredUser{entry("ada", e5)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:      []license.UserState{user("ada", direct("E5"))},
		},
		{
			name:       "an entry that manages no license wins as well",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			entries:    []plan.DesiredUser{{User: plan.Ref{Name: id("ada").String(), Source: where(9)}}},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:      []license.UserState{user("ada", direct("E5"))},
		},
		{
			name:       "before an entry begins and after it has ended, the selection speaks",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			entries:    []plan.DesiredUser{ended, coming},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:      []license.UserState{user("ada", direct("E5"))},
			changes:    []string{"ada ready: -E5 +E3"},
		},
		{
			name:       "a selection before its time is inert, and its users are not unlisted",
			selections: []plan.Selection{bound(selects(1, salesGroup, e3), "2026-12-01", "")},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:      []license.UserState{user("ada", direct("E5"))},
			adjust:     removing,
		},
		{
			name:       "a selection that has ended takes what it gave",
			selections: []plan.Selection{bound(selects(1, salesGroup, e3), "", "2026-11-21")},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:      []license.UserState{user("ada", direct("E3"))},
			changes:    []string{"ada ready: -E3"},
		},
		{
			name: "of selections that have ended the last one takes what it gave, and no other",
			selections: []plan.Selection{
				bound(selects(1, salesGroup, e3), "", "2026-11-01"), bound(list(2, []string{"ada"}, e5), "2026-11-01", "2026-11-15"),
			},
			answers: map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:   []license.UserState{user("ada", direct("E3"), direct("E5"))},
			changes: []string{"ada ready: -E5"},
		},
		{
			name: "whichever of them stands first",
			selections: []plan.Selection{
				bound(list(1, []string{"ada"}, e5), "2026-11-01", "2026-11-15"), bound(selects(2, salesGroup, e3), "", "2026-11-01"),
			},
			answers: map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:   []license.UserState{user("ada", direct("E3"), direct("E5"))},
			changes: []string{"ada ready: -E5"},
		},
		{
			name: "whom a selection will mean that cannot be told keeps what they hold until then",
			selections: []plan.Selection{
				bound(selects(1, salesGroup, e3), "2026-12-01", ""), bound(selects(2, opsFilter, e3), "2026-12-01", ""), list(3, []string{"ben"}, e3),
			},
			answers: map[plan.Query]plan.Answer{
				salesGroup: {Groups: []plan.Group{{ID: id("a")}, {ID: id("b")}}}, opsFilter: {Refused: "no"},
			},
			users:    []license.UserState{user("ada", direct("E5")), user("ben", direct("E5"))},
			adjust:   removing,
			changes:  []string{"ada blocked: [ambiguous-group] [filter-refused]", "ben ready: -E5 +E3"},
			findings: []string{"info ambiguous-group", "info filter-refused"},
		},
		{
			name:       "a group that is still to be filled holds up nothing",
			selections: []plan.Selection{bound(selects(1, salesGroup, e3), "2026-12-01", ""), bound(selects(2, opsFilter, e3), "", "2026-11-01")},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup), opsFilter: {}},
			users:      []license.UserState{user("ada", direct("E5"))},
			adjust:     removing,
			changes:    []string{"ada ready: -E5"},
			findings:   []string{"info selection-empty", "info selection-empty"},
		},
		{
			name:       "a group that is not there before its time may have another name, and somebody unlisted be in it",
			selections: []plan.Selection{bound(selects(1, salesGroup, e3), "2026-12-01", "")},
			entries:    []plan.DesiredUser{entry("ben")},
			answers:    map[plan.Query]plan.Answer{salesGroup: {}},
			users:      []license.UserState{user("ada", direct("E5")), user("ben", direct("E5"))},
			adjust:     removing,
			changes:    []string{"ada blocked: [group-not-found]", "ben ready: -E5"},
			findings:   []string{"info group-not-found"},
		},
		{
			name:       "whom a selection that has ended and cannot be told has selected keep what it did not give",
			selections: []plan.Selection{bound(selects(1, salesGroup, e3), "", "2026-11-01"), bound(selects(2, opsFilter, e3), "", "2026-11-01")},
			answers:    map[plan.Query]plan.Answer{salesGroup: {}, opsFilter: {Refused: "no"}},
			users:      []license.UserState{user("ada", direct("E5"))},
			adjust:     removing,
			changes:    []string{"ada blocked: [filter-refused] [group-not-found]"},
			findings:   []string{"info filter-refused", "info group-not-found"},
		},
		{
			name:     "who was renamed may be whom an entry will mean that begins later",
			entries:  []plan.DesiredUser{boundEntry(entry("adda", e3), "2026-12-01", ""), entry("ben")},
			users:    []license.UserState{user("ada", direct("E5")), user("ben", direct("E5"))},
			adjust:   removing,
			changes:  []string{"ada blocked: [user-not-found]", "ben ready: -E5"},
			findings: []string{"info user-not-found adda"},
		},
		{
			name:    "or whose licenses somebody answers for, until the day that ends it",
			entries: []plan.DesiredUser{entry("ben")},
			users:   []license.UserState{user("ada", direct("E5")), user("ben", direct("E5"))},
			adjust: func(in *planner.Input) {
				removing(in)
				in.Policy.AcceptedDrift = []plan.AcceptedDrift{accept(upn("adda"), "E5", "2027-11-22")}
			},
			changes:  []string{"ada blocked: [accepted-drift-unused]", "ben ready: -E5"},
			findings: []string{"warning accepted-drift-unused adda"},
		},
		{
			name:  "not by an object id, which stays",
			users: []license.UserState{user("ada", direct("E5"))},
			adjust: func(in *planner.Input) {
				removing(in)
				in.Policy.AcceptedDrift = []plan.AcceptedDrift{accept(id("adda").String(), "E5", "2027-11-22")}
			},
			changes:  []string{"ada ready: -E5"},
			findings: []string{"warning accepted-drift-unused " + id("adda").String()},
		},
		{
			name:  "not once that day has come",
			users: []license.UserState{user("ada", direct("E5"))},
			adjust: func(in *planner.Input) {
				removing(in)
				in.Policy.AcceptedDrift = []plan.AcceptedDrift{accept(upn("adda"), "E5", "2026-11-21")}
			},
			changes:  []string{"ada ready: -E5"},
			findings: []string{"warning accepted-drift-unused adda"},
		},
		{
			name:       "or a list",
			selections: []plan.Selection{bound(list(1, []string{"adda"}, e3), "2026-12-01", ""), bound(list(2, []string{"old"}, e3), "", "2026-11-01")},
			users:      []license.UserState{user("ada", direct("E5"))},
			adjust:     removing,
			changes:    []string{"ada blocked: [user-not-found]"},
			findings:   []string{"info selection-empty", "info selection-empty", "info user-not-found adda", "info user-not-found old"},
		},
		{
			name:     "or an entry whose profile begins later",
			entries:  []plan.DesiredUser{entry("adda", plan.DesiredLicense{SKU: e3.SKU, Profile: "office", Window: plan.Window{From: day("2026-12-01")}})},
			users:    []license.UserState{user("ada", direct("E5"))},
			adjust:   removing,
			changes:  []string{"ada blocked: [user-not-found]"},
			findings: []string{"error user-not-found adda"},
		},
		{
			name: "an entry that has ended spares nobody, unless it manages no license",
			entries: []plan.DesiredUser{
				boundEntry(entry("gone", e3), "", "2026-11-01"),
				boundEntry(plan.DesiredUser{User: plan.Ref{Name: upn("adda")}, UsageLocation: "DE"}, "", "2026-11-01"),
			},
			users:    []license.UserState{user("ada", direct("E5"))},
			adjust:   removing,
			changes:  []string{"ada blocked: [user-not-found]"},
			findings: []string{"info user-not-found adda", "info user-not-found gone"},
		},
		{
			name:     "a leaver whose entry has ended holds up nothing",
			entries:  []plan.DesiredUser{boundEntry(entry("gone", e3), "", "2026-11-01")},
			users:    []license.UserState{user("ada", direct("E5"))},
			adjust:   removing,
			changes:  []string{"ada ready: -E5"},
			findings: []string{"info user-not-found gone"},
		},
		{
			name:       "a selection that has ended takes nothing that it did not give: its users of today may be others",
			selections: []plan.Selection{bound(selects(1, salesGroup, e3, lic("GONE")), "", "2026-11-21")},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada", "new")},
			users:      []license.UserState{user("ada", direct("E3"), direct("E5")), user("new", direct("E5"), inherited("G", "E1"))},
			changes:    []string{"ada ready: -E3"},
		},
		{
			name:       "two selections that say the same are fine",
			selections: []plan.Selection{selects(1, salesGroup, lic("E3"), e5), selects(2, opsFilter, lic(id("E5").String()), e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada"), opsFilter: answer(opsFilter, "ada")},
			users:      []license.UserState{user("ada", direct("E3"))},
			changes:    []string{"ada ready: +E5"},
		},
		{
			name:       "two selections that disagree block their common users",
			selections: []plan.Selection{selects(1, salesGroup, e3), selects(2, opsFilter, e5)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada", "ben"), opsFilter: answer(opsFilter, "ada")},
			users:      []license.UserState{user("ada", direct("E3")), user("ben")},
			changes:    []string{"ada blocked: [selections-disagree]", "ben ready: +E3"},
			findings:   []string{"error selections-disagree ada"},
		},
		{
			name:       "an entry settles what selections disagree about",
			selections: []plan.Selection{selects(1, salesGroup, e3), selects(2, opsFilter, e5)},
			entries:    []plan.DesiredUser{entry("ada", e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada"), opsFilter: answer(opsFilter, "ada")},
			users:      []license.UserState{user("ada", direct("E3"))},
		},
		{
			name:       "an empty selection is an error",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup)},
			users:      []license.UserState{user("ada", direct("E3"))},
			findings:   []string{"error selection-empty"},
		},
		{
			name: "an empty selection that is meant",
			selections: []plan.Selection{func() plan.Selection {
				s := selects(1, salesGroup, e3)
				s.AllowEmpty = true
				return s
			}()},
			answers: map[plan.Query]plan.Answer{salesGroup: answer(salesGroup)},
			users:   []license.UserState{user("ada", direct("E3"))},
			adjust:  removing,
			changes: []string{"ada ready: -E3"},
		},
		{
			name:       "no removal follows from members of which nobody knows what they are",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			entries:    []plan.DesiredUser{entry("dan")},
			answers: map[plan.Query]plan.Answer{salesGroup: {
				Groups: answer(salesGroup).Groups, Users: []license.GUID{id("ada")}, Untold: []plan.Member{{ID: id("cyn"), Type: "#microsoft.graph.shiny"}},
			}},
			users:    []license.UserState{user("ada"), user("cyn", direct("E3")), user("dan", direct("E3"))},
			adjust:   removing,
			changes:  []string{"cyn blocked: [member-type-unknown]", "dan ready: -E3"},
			findings: []string{"error member-type-unknown"},
		},
		{
			name:       "nobody is taken for unlisted where an index that lags has answered",
			selections: []plan.Selection{selects(1, opsFilter, e3)},
			answers:    map[plan.Query]plan.Answer{opsFilter: {Users: []license.GUID{id("ada")}, Lagging: true}},
			users:      []license.UserState{user("ada"), user("cyn", direct("E3"))},
			adjust:     removing,
			changes:    []string{"ada ready: +E3", "cyn blocked: [selection-lagging]"},
			findings:   []string{"warning selection-lagging"},
		},
		{
			name:       "nor by one that has ended",
			selections: []plan.Selection{bound(selects(1, opsFilter, e3), "", "2026-11-21")},
			answers:    map[plan.Query]plan.Answer{opsFilter: {Users: []license.GUID{id("ada")}, Lagging: true}},
			users:      []license.UserState{user("ada"), user("cyn", direct("E5"))},
			adjust:     removing,
			changes:    []string{"cyn blocked: [selection-lagging]"},
			findings:   []string{"warning selection-lagging"},
		},
		{
			name:       "which matters to nobody where the unlisted are left alone",
			selections: []plan.Selection{selects(1, opsFilter, e3)},
			answers:    map[plan.Query]plan.Answer{opsFilter: {Users: []license.GUID{id("ada")}, Lagging: true}},
			users:      []license.UserState{user("ada"), user("cyn", direct("E3"))},
			changes:    []string{"ada ready: +E3"},
			findings:   []string{"info selection-lagging"},
		},
		{
			name:       "no removal follows from a group that is not there",
			selections: []plan.Selection{selects(1, salesGroup, e3), selects(2, opsFilter, e5)},
			entries:    []plan.DesiredUser{entry("dan")},
			answers:    map[plan.Query]plan.Answer{salesGroup: {}, opsFilter: answer(opsFilter, "ada", "ben")},
			users:      []license.UserState{user("ada", direct("E3")), user("ben"), user("cyn", direct("E3")), user("dan", direct("E3"))},
			adjust:     removing,
			changes: []string{
				"ada blocked: -E3 +E5 [group-not-found]", "ben ready: +E5", "cyn blocked: [group-not-found]", "dan ready: -E3",
			},
			findings: []string{"error group-not-found"},
		},
		{
			name:       "no removal follows from a misspelt entry",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			entries:    []plan.DesiredUser{entry("adda", e5)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:      []license.UserState{user("ada", direct("E5"))},
			changes:    []string{"ada blocked: -E5 +E3 [user-not-found]"},
			findings:   []string{"error user-not-found adda"},
		},
		{
			name:       "a misspelt user of a list",
			selections: []plan.Selection{list(1, []string{"ada", "benn"}, e3)},
			users:      []license.UserState{user("ada"), user("ben", direct("E3"))},
			adjust:     removing,
			changes:    []string{"ada ready: +E3", "ben blocked: [user-not-found]"},
			findings:   []string{"error user-not-found benn"},
		},
		{
			name:       "two groups of one name",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: {Groups: []plan.Group{{ID: id("a")}, {ID: id("b")}}}},
			users:      []license.UserState{user("ada", direct("E3"))},
			adjust:     removing,
			changes:    []string{"ada blocked: [ambiguous-group]"},
			findings:   []string{"error ambiguous-group"},
		},
		{
			name:       "a filter that the service refuses",
			selections: []plan.Selection{selects(1, opsFilter, e3)},
			answers:    map[plan.Query]plan.Answer{opsFilter: {Refused: "Invalid filter clause"}},
			users:      []license.UserState{user("ada", direct("E3"))},
			findings:   []string{"error filter-refused"},
		},
		{
			name:       "before its time nobody who is listed minds a group that is not there",
			entries:    []plan.DesiredUser{entry("ada")},
			selections: []plan.Selection{bound(selects(1, salesGroup, e3), "2026-12-01", "")},
			answers:    map[plan.Query]plan.Answer{salesGroup: {}},
			users:      []license.UserState{user("ada", direct("E3"))},
			adjust:     removing,
			changes:    []string{"ada ready: -E3"},
			findings:   []string{"info group-not-found"},
		},
		{
			name:       "a selected user who is gone is a remark",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada", "gone")},
			users:      []license.UserState{user("ada", direct("E3"))},
			findings:   []string{"info selected-user-gone " + id("gone").String()},
		},
		{
			name:       "where all who are selected are gone the selection is empty",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "gone")},
			users:      []license.UserState{user("ada", direct("E3"))},
			findings:   []string{"error selection-empty", "info selected-user-gone " + id("gone").String()},
		},
		{
			name:       "what a selection gets wrong is said once, and blocks its users",
			selections: []plan.Selection{selects(1, salesGroup, lic("E33"))},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada", "ben")},
			users:      []license.UserState{user("ada", direct("E3")), user("ben")},
			changes:    []string{"ada blocked: [unknown-sku]", "ben blocked: [unknown-sku]"},
			findings:   []string{"error unknown-sku"},
		},
		{
			name:       "a protected user is left alone",
			selections: []plan.Selection{selects(1, salesGroup, e3)},
			answers:    map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")},
			users:      []license.UserState{user("ada", direct("E5"))},
			adjust:     func(in *planner.Input) { in.Policy.Protected = []plan.Ref{{Name: upn("ada")}} },
			findings:   []string{"warning protected-user ada"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world(tc.entries, tc.users, sku("E3", 100, 10), sku("E5", 100, 10))
			in.Desired.Selections, in.Observed.Answers = tc.selections, tc.answers
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			p := mustMake(t, in)
			if diff := cmp.Diff(append([]string{}, tc.changes...), lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.findings...), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// A change says which selection brings its user in, and where it stands; what
// two selections disagree about names both.
func TestSelectionsAreNamed(t *testing.T) {
	in := world(nil, []license.UserState{user("ada"), user("ben")}, sku("E3", 100, 0), sku("E5", 100, 0))
	in.Desired.Selections = []plan.Selection{selects(2, opsFilter, lic("E5")), selects(1, salesGroup, lic("E3"))}
	in.Observed.Answers = map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada", "ben"), opsFilter: answer(opsFilter, "ben")}
	p := mustMake(t, in)
	if c := p.Changes[0]; c.Selection != `group "Sales"` || c.Source != where(1) {
		t.Errorf("ada is brought in by %q at %s", c.Selection, c.Source)
	}
	f := p.Findings[0]
	if !strings.Contains(f.Message, `group "Sales"`) || !strings.Contains(f.Message, `filter "department eq 'Ops'"`) || *f.Source != where(1) || f.Related[0] != where(2) {
		t.Errorf("the finding is %+v", f)
	}
}

func TestUnansweredSelectionIsNoPlan(t *testing.T) {
	in := world(nil, []license.UserState{user("ada", direct("E3"))}, sku("E3", 100, 0))
	in.Desired.Selections = []plan.Selection{selects(4, salesGroup, lic("E3"))}
	_, err := planner.Make(in)
	var unanswered *planner.UnansweredError
	if !errors.As(err, &unanswered) || unanswered.Selection.Query != salesGroup || !strings.HasPrefix(err.Error(), "manifests/users.yaml:4:3: ") {
		t.Errorf("the error is %v", err)
	}
}

func TestQueries(t *testing.T) {
	d := plan.Desired{Selections: []plan.Selection{
		selects(1, salesGroup), selects(2, opsFilter), list(3, []string{"ada"}), selects(4, salesGroup),
	}}
	if diff := cmp.Diff([]plan.Query{opsFilter, salesGroup}, d.Queries()); diff != "" {
		t.Error(diff)
	}
}

// TestExplainSelections tells by which selection a user comes in, which entry
// wins, and which selection cannot be told.
func TestExplainSelections(t *testing.T) {
	in := world([]plan.DesiredUser{entry("ben", lic("E3"))}, []license.UserState{user("ada", direct("E5")), user("ben")}, sku("E3", 100, 0), sku("E5", 100, 0))
	in.Desired.Selections = []plan.Selection{selects(1, salesGroup, lic("E3"))}
	in.Observed.Answers = map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada", "ben"), opsFilter: {Refused: "Invalid filter clause"}}
	ada := mustExplain(t, in, upn("ada"))
	want := []plan.ExplainedEntry{{Name: upn("ada"), Selection: `group "Sales"`, Manifest: "selected", Source: where(1), Decides: true, ManagesLicenses: true}}
	if diff := cmp.Diff(want, ada.Entries); diff != "" || ada.Standing != plan.StandingListed {
		t.Errorf("ada is %s, entries (-want +got):\n%s", ada.Standing, diff)
	}
	if diff := cmp.Diff(`the manifest "selected" selects the user by group "Sales"`, ada.Reasons[0].Message); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"E5 lose", "E3 gain"}, verdicts(ada)); diff != "" {
		t.Error(diff)
	}
	ben := mustExplain(t, in, upn("ben"))
	if len(ben.Entries) != 2 || ben.Entries[0].Decides || !ben.Entries[1].Decides || ben.Entries[1].Selection != "" {
		t.Errorf("the entries of ben are %+v", ben.Entries)
	}
	in.Desired.Selections[0].Entry.Window.Until = day("2026-11-01")
	ada = mustExplain(t, in, upn("ada"))
	if diff := cmp.Diff([]string{"E5 unmanaged"}, verdicts(ada)); diff != "" || len(ada.Licenses[0].Reasons) == 0 || !strings.Contains(ada.Licenses[0].Reasons[0].Message, "did not give it") {
		t.Errorf("%+v\n%s", ada.Licenses, diff)
	}
	in.Desired.Selections[0].Entry.Window.Until = plan.Date{}
	in.Desired.Selections = append(in.Desired.Selections, selects(2, opsFilter, lic("E5")))
	ada = mustExplain(t, in, upn("ada"))
	last := ada.Reasons[len(ada.Reasons)-1]
	if ada.Status != plan.StatusBlocked || !strings.Contains(last.Message, `the tenant refuses filter "department eq 'Ops'"`) || *last.Source != where(2) {
		t.Errorf("ada is %s: %+v", ada.Status, ada.Reasons)
	}
}
