package planner_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// TestWindows plays time-bound items through: before from an item asks for
// nothing and takes nothing away, from until on its licenses are not desired.
func TestWindows(t *testing.T) {
	during := func(from, until string) plan.Window {
		var w plan.Window
		if from != "" {
			w.From = day(from)
		}
		if until != "" {
			w.Until = day(until)
		}
		return w
	}
	bound := func(e plan.DesiredUser, w plan.Window) plan.DesiredUser {
		e.Window = w
		return e
	}
	boundLic := func(l plan.DesiredLicense, w plan.Window) plan.DesiredLicense {
		l.Window = w
		return l
	}
	for _, tc := range []struct {
		name     string
		entries  []plan.DesiredUser
		held     []license.Assignment
		changes  []string
		findings []string
	}{
		{"an entry before its time is inert", []plan.DesiredUser{bound(entry("ada", lic("E5")), during("2026-11-22", ""))},
			[]license.Assignment{direct("E3")}, nil, nil},
		{"an entry begins with its first day", []plan.DesiredUser{bound(entry("ada", lic("E5")), during("2026-11-21", ""))},
			[]license.Assignment{direct("E3")}, []string{"ada ready: -E3 +E5"}, nil},
		{"an entry ends with the day of until", []plan.DesiredUser{bound(entry("ada", lic("E5")), during("", "2026-11-21"))},
			[]license.Assignment{direct("E5")}, []string{"ada ready: -E5"}, nil},
		{"the day before it still holds", []plan.DesiredUser{bound(entry("ada", lic("E5")), during("", "2026-11-22"))},
			[]license.Assignment{direct("E5")}, nil, []string{"warning until-soon ada"}},
		{"a license before its time is neither given nor taken", []plan.DesiredUser{entry("ada", lic("E3"), boundLic(lic("E5"), during("2026-12-01", "")))},
			[]license.Assignment{direct("E5")}, []string{"ada ready: +E3"}, []string{"info pending-item ada"}},
		{"a license after its time is taken", []plan.DesiredUser{entry("ada", lic("E3"), boundLic(lic("E5"), during("", "2026-11-01")))},
			[]license.Assignment{direct("E5"), direct("E3")}, []string{"ada ready: -E5"}, nil},
		{"of two entries the one in force speaks", []plan.DesiredUser{
			bound(entry("ada", lic("E3")), during("", "2026-11-01")), bound(entry("ada", lic("E5")), during("2026-11-01", "")),
		}, []license.Assignment{direct("E3")}, []string{"ada ready: -E3 +E5"}, nil},
		{"between two entries nothing is desired", []plan.DesiredUser{
			bound(entry("ada", lic("E3")), during("", "2026-11-01")), bound(entry("ada", lic("E5")), during("2026-12-01", "")),
		}, []license.Assignment{direct("E3")}, []string{"ada ready: -E3"}, nil},
		{"of entries that have ended the last one speaks, and takes what it gave", []plan.DesiredUser{
			bound(silent("ada"), during("", "2026-11-01")), bound(entry("ada", lic("E3")), during("2026-11-01", "2026-11-15")),
		}, []license.Assignment{direct("E3")}, []string{"ada ready: -E3"}, nil},
		{"whichever stands first", []plan.DesiredUser{
			bound(entry("ada", lic("E3")), during("2026-11-01", "2026-11-15")), bound(silent("ada"), during("", "2026-11-01")),
		}, []license.Assignment{direct("E3")}, []string{"ada ready: -E3"}, nil},
		{"where the last one managed no license, nothing is taken", []plan.DesiredUser{
			bound(entry("ada", lic("E3")), during("", "2026-11-01")), bound(silent("ada"), during("2026-11-01", "2026-11-15")),
		}, []license.Assignment{direct("E3")}, nil, nil},
		{"in the other order as well", []plan.DesiredUser{
			bound(silent("ada"), during("2026-11-01", "2026-11-15")), bound(entry("ada", lic("E3")), during("", "2026-11-01")),
		}, []license.Assignment{direct("E3")}, nil, nil},
		{"two entries in force at once", []plan.DesiredUser{
			bound(entry("ada", lic("E3")), during("", "2026-12-01")), bound(entry("ada", lic("E5")), during("2026-11-30", "")),
		}, []license.Assignment{direct("E3")}, []string{"ada blocked: [user-declared-twice]"}, []string{"error user-declared-twice ada"}},
		{"nobody has to exist before or after their entry", []plan.DesiredUser{
			bound(entry("new", lic("E3")), during("2026-12-01", "")), bound(entry("gone", lic("E3")), during("", "2026-11-01")),
		}, nil, nil, []string{"info user-not-found gone", "info user-not-found new"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := mustMake(t, world(tc.entries, []license.UserState{user("ada", tc.held...)}, sku("E3", 9, 0), sku("E5", 9, 0)))
			if diff := cmp.Diff(nonNil(tc.changes), lines(p)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(nonNil(tc.findings), codes(p)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// silent is an entry that manages no license.
func silent(name string) plan.DesiredUser {
	e := entry(name)
	e.ManagesLicenses = false
	return e
}

func TestDayBeginsInTheTimeZoneOfThePolicy(t *testing.T) {
	e := entry("ada", lic("E3"))
	e.Window.From = day("2026-11-22")
	in := world([]plan.DesiredUser{e}, []license.UserState{user("ada")}, sku("E3", 1, 0))
	in.Now = time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC)
	if p := mustMake(t, in); len(p.Changes) != 0 || p.AsOf != day("2026-11-21") {
		t.Errorf("in UTC: %v as of %s", lines(p), p.AsOf)
	}
	in.Policy.Location = time.FixedZone("Berlin", 3600)
	if p := mustMake(t, in); len(p.Changes) != 1 || p.AsOf != day("2026-11-22") {
		t.Errorf("in Berlin: %v as of %s", lines(p), p.AsOf)
	}
	in.Options.At = day("2026-01-01")
	if p := mustMake(t, in); len(p.Changes) != 0 {
		t.Errorf("at an earlier day: %v", lines(p))
	}
}

// TestWindowArithmetic holds windows against the days that lie in them.
func TestWindowArithmetic(t *testing.T) {
	days := []string{"2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06"}
	date := rapid.Custom(func(t *rapid.T) plan.Date {
		i := rapid.IntRange(-1, len(days)-1).Draw(t, "day")
		if i < 0 {
			return plan.Date{}
		}
		return day(days[i])
	})
	rapid.Check(t, func(t *rapid.T) {
		v := plan.Window{From: date.Draw(t, "v.from"), Until: date.Draw(t, "v.until")}
		w := plan.Window{From: date.Draw(t, "w.from"), Until: date.Draw(t, "w.until")}
		common := false
		for _, s := range append(days, "2026-10-31", "2026-11-07") {
			d := day(s)
			both := v.PhaseOn(d) == plan.Active && w.PhaseOn(d) == plan.Active
			common = common || both
			if got := v.Intersect(w).PhaseOn(d) == plan.Active; got != both {
				t.Fatalf("on %s: in both %v, in the intersection %v", s, both, got)
			}
		}
		if common && !v.Overlaps(w) {
			t.Fatalf("%v and %v share a day and do not overlap", v, w)
		}
	})
}
