package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// TestManifestsWithoutAPriorityComeLast: whom seats.priority names goes before
// whom it does not, whatever their names.
func TestManifestsWithoutAPriorityComeLast(t *testing.T) {
	for _, tc := range []struct {
		named string
		want  []string
	}{
		{"board", []string{"ada blocked: +E3 [seat-shortage]", "zoe ready: +E3"}},
		{"staff", []string{"ada ready: +E3", "zoe blocked: +E3 [seat-shortage]"}},
	} {
		in := world(
			[]plan.DesiredUser{entry("ada", lic("E3")), important(entry("zoe", lic("E3")))},
			[]license.UserState{user("ada"), user("zoe")}, sku("E3", 1, 0),
		)
		in.Policy.Priority = []string{tc.named}
		if diff := cmp.Diff(tc.want, lines(mustMake(t, in))); diff != "" {
			t.Errorf("%s alone is named (-want +got):\n%s", tc.named, diff)
		}
	}
}

// TestBlockedChangesTripNoGuard: what is not carried out takes nothing away.
func TestBlockedChangesTripNoGuard(t *testing.T) {
	in := leavers(3, 20)
	in.Desired.Users[0].UsageLocation = "Germany" // no country that the service takes
	p := mustMake(t, in)
	want := []string{"maxRemovals 2 of 10", "maxRemovalsPerSkuE3 2 of 5", "maxUsersLosingAll 2 of 2", "maxUsersChanged 2 of 25"}
	if diff := cmp.Diff(want, guardLines(p)); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
	if c := p.Changes[0]; c.Status != plan.StatusBlocked || len(c.After.Licenses) > 0 {
		t.Errorf("the change is to be blocked, and to leave nothing: %q", lines(p))
	}
}

// TestTheEntryThatEndedLastSpeaks: of two entries that are over, the last one
// says what was meant for the user, in whatever order they stand.
func TestTheEntryThatEndedLastSpeaks(t *testing.T) {
	for _, tc := range []struct {
		first, second string // the ends of the entry that manages licenses, and of the one that does not
		want          []string
	}{
		{"2026-01-31", "2026-06-30", []string{}},
		{"2026-06-30", "2026-01-31", []string{"ada ready: -E3"}},
	} {
		manages, leaves := entry("ada", lic("E3")), entry("ada")
		leaves.ManagesLicenses = false
		manages.Window, leaves.Window = plan.Window{Until: day(tc.first)}, plan.Window{Until: day(tc.second)}
		earlier := &manages
		if tc.second < tc.first {
			earlier = &leaves
		}
		later := &leaves
		if earlier == &leaves {
			later = &manages
		}
		later.Window.From = earlier.Window.Until.AddDays(1)
		for _, entries := range [][]plan.DesiredUser{{manages, leaves}, {leaves, manages}} {
			in := world(entries, []license.UserState{user("ada", direct("E3"))}, sku("E3", 9, 1))
			if diff := cmp.Diff(tc.want, lines(mustMake(t, in))); diff != "" {
				t.Errorf("ends %s and %s (-want +got):\n%s", tc.first, tc.second, diff)
			}
		}
	}
}

// TestProductsOutOfScopeAreNotRemarkedOn: what is wrong with a product that
// takes no part is no business of the plan.
func TestProductsOutOfScopeAreNotRemarkedOn(t *testing.T) {
	for name, tc := range map[string]struct {
		adjust func(*planner.Input)
		want   []string
	}{
		"in scope":     {func(*planner.Input) {}, []string{"warning assignment-error ada", "info inherited-license"}},
		"out of scope": {func(in *planner.Input) { in.Policy.IgnoredSKUs = []plan.Ref{{Name: "E5"}} }, []string{}},
	} {
		in := world(
			[]plan.DesiredUser{entry("ada", lic("E3"))},
			[]license.UserState{user("ada", direct("E3"), as("Error", "CountViolation", inherited("sales", "E5")))},
			sku("E3", 9, 1), sku("E5", 9, 1),
		)
		tc.adjust(&in)
		if diff := cmp.Diff(tc.want, codes(mustMake(t, in))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
