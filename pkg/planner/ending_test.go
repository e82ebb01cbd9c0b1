package planner_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestEndings states when a plan warns of an end: fourteen days before, and
// only of what a user will lose by it. It is 2026-11-21.
func TestEndings(t *testing.T) {
	until := func(s string) plan.Window { return plan.Window{Until: day(s)} }
	from := func(s string) plan.Window { return plan.Window{From: day(s)} }
	bound := func(e plan.DesiredUser, w plan.Window) plan.DesiredUser {
		e.Window = w
		return e
	}
	boundLic := func(l plan.DesiredLicense, w plan.Window) plan.DesiredLicense {
		l.Window = w
		return l
	}
	holds := []license.Assignment{direct("E5")}
	e5 := lic("E5")
	soon := until("2026-12-05") // in fourteen days
	for _, tc := range []struct {
		name    string
		entries []plan.DesiredUser
		held    []license.Assignment
		adjust  func(*planner.Input)
		want    []string
	}{
		{"an entry that ends", []plan.DesiredUser{bound(entry("ada", e5), soon)}, holds, nil, []string{"ada E5 2026-12-05"}},
		{"a day too far", []plan.DesiredUser{bound(entry("ada", e5), until("2026-12-06"))}, holds, nil, nil},
		{"a license that ends", []plan.DesiredUser{entry("ada", boundLic(e5, soon))}, holds, nil, []string{"ada E5 2026-12-05"}},
		{"what comes first counts", []plan.DesiredUser{bound(entry("ada", boundLic(e5, until("2026-11-30"))), soon)}, holds, nil, []string{"ada E5 2026-11-30"}},
		{"a license that is yet to be given", []plan.DesiredUser{bound(entry("ada", e5), soon)}, nil, nil, []string{"ada E5 2026-12-05"}},
		{"a license that a group gives as well", []plan.DesiredUser{bound(entry("ada", e5), soon)}, []license.Assignment{direct("E5"), inherited("g", "E5")}, nil, []string{"ada E5 2026-12-05"}},
		{"a license that a group gives alone", []plan.DesiredUser{bound(entry("ada", e5), soon)}, []license.Assignment{inherited("g", "E5")}, nil, nil},
		{"another item that goes on", []plan.DesiredUser{entry("ada", boundLic(e5, soon), e5)}, holds, nil, nil},
		{"another item that begins then", []plan.DesiredUser{entry("ada", boundLic(e5, soon), boundLic(e5, from("2026-12-05")))}, holds, nil, nil},
		{"another item that begins later", []plan.DesiredUser{entry("ada", boundLic(e5, soon), boundLic(e5, from("2027-12-05")))}, holds, nil, nil},
		{"another entry that takes over", []plan.DesiredUser{bound(entry("ada", e5), soon), bound(entry("ada", e5), from("2026-12-05"))}, holds, nil, nil},
		{"another entry that wants less", []plan.DesiredUser{bound(entry("ada", e5), soon), bound(entry("ada"), from("2026-12-05"))}, holds, nil, []string{"ada E5 2026-12-05"}},
		{"another entry that manages nothing", []plan.DesiredUser{bound(entry("ada", e5), soon), {
			User: plan.Ref{Name: upn("ada")}, Window: from("2026-12-05")}}, holds, nil, nil},
		{"another entry after a gap", []plan.DesiredUser{bound(entry("ada", e5), soon), bound(entry("ada", e5), from("2026-12-06"))}, holds, nil, []string{"ada E5 2026-12-05"}},
		{"a selection that takes over", []plan.DesiredUser{bound(entry("ada", e5), soon)}, holds, func(in *planner.Input) {
			in.Desired.Selections = []plan.Selection{selects(1, salesGroup, e5)}
			in.Observed.Answers = map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")}
		}, nil},
		{"a selection that ends", nil, holds, func(in *planner.Input) {
			s := selects(1, salesGroup, e5)
			s.Entry.Window = soon
			in.Desired.Selections = []plan.Selection{s}
			in.Observed.Answers = map[plan.Query]plan.Answer{salesGroup: answer(salesGroup, "ada")}
		}, []string{"ada E5 2026-12-05"}},
		{"a protected user loses nothing", []plan.DesiredUser{bound(entry("ada", e5), soon)}, holds, func(in *planner.Input) {
			in.Policy.Protected = []plan.Ref{{Name: upn("ada")}}
		}, nil},
		{"the policy says how early", []plan.DesiredUser{bound(entry("ada", e5), until("2027-02-19"))}, holds, func(in *planner.Input) {
			in.Policy.WarnBeforeUntil = 90
		}, []string{"ada E5 2027-02-19"}},
		{"the policy says never", []plan.DesiredUser{bound(entry("ada", e5), soon)}, holds, func(in *planner.Input) {
			in.Policy.WarnBeforeUntil = 0
		}, nil},
		{"the day that is planned for counts", []plan.DesiredUser{bound(entry("ada", e5), until("2027-06-10"))}, holds, func(in *planner.Input) {
			in.Options.At = day("2027-06-01")
		}, []string{"ada E5 2027-06-10"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := world(tc.entries, []license.UserState{user("ada", tc.held...)}, sku("E5", 100, 10))
			if tc.adjust != nil {
				tc.adjust(&in)
			}
			if diff := cmp.Diff(tc.want, endings(mustMake(t, in))); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// endings lists the warnings of a plan: user, product, day.
func endings(p *plan.Plan) []string {
	var out []string
	for _, f := range p.Findings {
		if f.Code != plan.CodeUntilSoon {
			continue
		}
		name, _, _ := strings.Cut(f.User, "@")
		product, _, _ := strings.Cut(f.Message, " ")
		_, rest, _ := strings.Cut(f.Message, " from ")
		date, _, _ := strings.Cut(rest, " ")
		date = strings.TrimSuffix(date, ":")
		out = append(out, strings.Join([]string{name, product, date}, " "))
	}
	return out
}

func TestAddDays(t *testing.T) {
	for _, tc := range []struct {
		from string
		n    int
		want string
	}{{"2026-12-31", 1, "2027-01-01"}, {"2028-02-28", 1, "2028-02-29"}, {"2026-03-28", 2, "2026-03-30"}, {"2026-01-01", -1, "2025-12-31"}} {
		if got := day(tc.from).AddDays(tc.n); got != day(tc.want) {
			t.Errorf("%s and %d days is %s", tc.from, tc.n, got)
		}
	}
}
