package fleet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/plan"
)

func named(names ...string) fleet.Fleet {
	f := fleet.Fleet{Name: "customers", Guards: fleet.DefaultGuards()}
	for i, name := range names {
		f.Tenants = append(f.Tenants, fleet.Tenant{Name: name, Labels: map[string]string{"tier": []string{"gold", "silver"}[i%2]}})
	}
	return f
}

func picked(t *testing.T, f fleet.Fleet, s fleet.Selection) string {
	t.Helper()
	tenants, err := f.Pick(s)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tenant := range tenants {
		names = append(names, tenant.Name)
	}
	return strings.Join(names, " ")
}

func TestPick(t *testing.T) {
	f := named("d", "c", "b", "a")
	for want, s := range map[string]fleet.Selection{
		"a b c d": {},
		"a d":     {Names: []string{"d", "a"}},
		"b d":     {Labels: []fleet.Label{{Key: "tier", Value: "gold"}}},
		"d":       {Names: []string{"d", "a"}, Labels: []fleet.Label{{Key: "tier", Value: "gold"}}},
	} {
		if got := picked(t, f, s); got != want {
			t.Errorf("%+v picks %q, want %q", s, got, want)
		}
	}
	for _, s := range []fleet.Selection{
		{Names: []string{"e"}}, {Labels: []fleet.Label{{Key: "tier", Value: "bronze"}}}, {Labels: []fleet.Label{{Key: "region", Value: "gold"}}},
	} {
		var unknown *fleet.UnknownError
		if _, err := f.Pick(s); !errors.As(err, &unknown) || len(unknown.Known) == 0 {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// Every tenant is in one shard, and one that comes moves no other.
func TestShardsAreStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,8}`), 1, 40, rapid.ID).Draw(t, "names")
		n := rapid.IntRange(1, 7).Draw(t, "shards")
		in := func(names []string) map[string]int {
			out := map[string]int{}
			for i := range n {
				tenants, err := named(names...).Pick(fleet.Selection{Shard: fleet.Shard{I: i, N: n}})
				if err != nil {
					t.Fatal(err)
				}
				for _, tenant := range tenants {
					if _, twice := out[tenant.Name]; twice {
						t.Fatalf("%s is in two shards", tenant.Name)
					}
					out[tenant.Name] = i
				}
			}
			return out
		}
		all, most := in(names), in(names[1:])
		if len(all) != len(names) {
			t.Fatalf("%d of %d tenants are in a shard", len(all), len(names))
		}
		for name, shard := range most {
			if all[name] != shard {
				t.Fatalf("%s moves from %d to %d", name, shard, all[name])
			}
		}
	})
}

// Shards are about as large as one another.
func TestShardsAreEven(t *testing.T) {
	var sizes [3]int
	for n := range 3000 {
		for i := range sizes {
			if (fleet.Shard{I: i, N: 3}).Has(fmt.Sprintf("customer-%d", n)) {
				sizes[i]++
			}
		}
	}
	if slices.Max(sizes[:])-slices.Min(sizes[:]) > 300 {
		t.Errorf("the sizes are %v", sizes)
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]fleet.Shard{"0/1": {0, 1}, "2/3": {2, 3}} {
		if got, err := fleet.ParseShard(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "3/3", "-1/3", "0/0", "a/b", "1/2/3", "0/100000", "0 / 3"} {
		if got, err := fleet.ParseShard(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

func planned(name string, changed, removals int) fleet.Row {
	return fleet.Row{
		Name: name, Outcome: fleet.Changes, Files: map[string]string{}, StartedAt: time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC), Seconds: 2,
		Plan: &fleet.PlanFacts{
			PlanID: "sha256:" + name, Applyable: true, Summary: plan.Summary{Users: 10, Changed: changed, Remove: removals}, Removals: removals, SeatsInUse: 100,
			Tripped: []string{}, Cost: &fleet.Cost{Currency: "EUR", MonthlyDelta: plan.Money(changed) * 10_000},
		},
	}
}

func reported(t *testing.T, shard string, rows ...fleet.Row) fleet.Report {
	t.Helper()
	r := fleet.Begin(named("a"), nil)
	r.Verb, r.Shard, r.Tenants = "plan", shard, rows
	if err := r.Sum(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGuards(t *testing.T) {
	var rows []fleet.Row
	for n := range 30 {
		rows = append(rows, planned(fmt.Sprintf("t%02d", n), 1, 4))
	}
	r := reported(t, "", rows...)
	// 20 tenants or a tenth; 100 removals or 2 % of 3,000 seats.
	if *r.Guards[0].Limit != 20 || !r.Guards[0].Tripped || r.Guards[0].Actual != 30 {
		t.Errorf("tenants: %+v, limit %d", r.Guards[0], *r.Guards[0].Limit)
	}
	if *r.Guards[1].Limit != 100 || !r.Guards[1].Tripped || r.Guards[1].Actual != 120 {
		t.Errorf("removals: %+v, limit %d", r.Guards[1], *r.Guards[1].Limit)
	}
	if r.Applyable {
		t.Error("it can be applied")
	}
	if idle := r.Allow([]fleet.GuardName{fleet.MaxRemovals}); len(idle) > 0 || r.Applyable {
		t.Errorf("one of two: idle %v, applyable %t", idle, r.Applyable)
	}
	if idle := r.Allow([]fleet.GuardName{fleet.MaxTenantsChanged, fleet.MaxRemovals}); !slices.Equal(idle, []fleet.GuardName{fleet.MaxRemovals}) || !r.Applyable {
		t.Errorf("both: idle %v, applyable %t", idle, r.Applyable)
	}
	few := reported(t, "", rows[:20]...)
	if few.Guards[0].Tripped || few.Guards[1].Tripped || !few.Applyable {
		t.Errorf("just within: %+v", few.Guards)
	}
}

// All shards together may do no more than one run.
func TestShardsStayWithinTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count, n := rapid.IntRange(0, 50).Draw(t, "count"), rapid.IntRange(1, 7).Draw(t, "shards")
		sum := 0
		for i := range n {
			r := fleet.Begin(fleet.Fleet{Guards: fleet.Guards{MaxTenantsChanged: plan.Limit{Count: count}}}, nil)
			r.Shard = fleet.Shard{I: i, N: n}.String()
			if err := r.Sum(); err != nil {
				t.Fatal(err)
			}
			sum += *r.Guards[0].Limit
		}
		if sum > count {
			t.Fatalf("%d shards may change %d tenants, and one run %d", n, sum, count)
		}
	})
}

// However a run is cut into shards, joined they are the run.
func TestJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "shards")
		var whole []fleet.Row
		parts := make([][]fleet.Row, n)
		for i := range rapid.IntRange(0, 20).Draw(t, "tenants") {
			row := planned(fmt.Sprintf("t%02d", i), i%3, i)
			whole = append(whole, row)
			for s := range n {
				if (fleet.Shard{I: s, N: n}).Has(row.Name) {
					parts[s] = append(parts[s], row)
				}
			}
		}
		make1 := func(shard string, rows []fleet.Row) fleet.Report {
			r := fleet.Begin(named("a"), nil)
			r.Verb, r.Shard, r.Tenants = "plan", shard, slices.Clone(rows)
			if err := r.Sum(); err != nil {
				t.Fatal(err)
			}
			return r
		}
		var reports []fleet.Report
		for s, rows := range parts {
			reports = append(reports, make1(fleet.Shard{I: s, N: n}.String(), rows))
		}
		slices.Reverse(reports)
		joined, missing, err := fleet.Join(reports)
		if err != nil || len(missing) > 0 {
			t.Fatalf("missing %v, %v", missing, err)
		}
		want := make1("", whole)
		a, _ := json.Marshal(joined)
		b, _ := json.Marshal(want)
		if len(whole) > 0 && !bytes.Equal(a, b) {
			t.Fatalf("they differ:\n%s\n%s", a, b)
		}
	})
}

// What every part was let pass is let pass by the whole.
func TestJoinKeepsWhatWasAllowed(t *testing.T) {
	parts := []fleet.Report{reported(t, "0/2", planned("a", 1, 200)), reported(t, "1/2", planned("b", 1, 200))}
	for i := range parts {
		if joined, _, err := fleet.Join(parts); err != nil || joined.Applyable {
			t.Fatalf("%d parts were let pass: applyable %t, %v", i, joined.Applyable, err)
		}
		parts[i].Allow([]fleet.GuardName{fleet.MaxRemovals})
	}
	joined, _, err := fleet.Join(parts)
	if err != nil || !joined.Applyable || joined.Guards[1].ApprovedBy != fleet.ByAllow || !joined.Guards[1].Tripped {
		t.Errorf("applyable %t, %+v, %v", joined.Applyable, joined.Guards, err)
	}
}

func TestReportsThatDoNotBelongTogether(t *testing.T) {
	a := reported(t, "0/2", planned("a", 1, 0))
	for name, change := range map[string]func(*fleet.Report){
		"another fleet":    func(r *fleet.Report) { r.Fleet = "others" },
		"another verb":     func(r *fleet.Report) { r.Verb = "apply" },
		"another document": func(r *fleet.Report) { r.Source.SHA256 = "x" },
		"more shards":      func(r *fleet.Report) { r.Shard = "1/3" },
		"no shard":         func(r *fleet.Report) { r.Shard = "one/2" },
		"a tenant twice":   func(r *fleet.Report) { r.Tenants[0].Name = "a" },
	} {
		b := reported(t, "1/2", planned("b", 1, 0))
		change(&b)
		if _, _, err := fleet.Join([]fleet.Report{a, b}); err == nil {
			t.Errorf("%s: they are joined", name)
		}
	}
	if _, _, err := fleet.Join(nil); err == nil {
		t.Error("nothing is joined")
	}
	if _, missing, err := fleet.Join([]fleet.Report{reported(t, "1/3", planned("b", 1, 0))}); err != nil || !slices.Equal(missing, []string{"0/3", "2/3"}) {
		t.Errorf("missing %v, %v", missing, err)
	}
}

func TestSum(t *testing.T) {
	failed := fleet.Row{Name: "b", Outcome: fleet.Failed}
	dollars := planned("c", 2, 1)
	dollars.Plan.Cost.Currency = "USD"
	dollars.Outcomes = map[string]int{"done": 2}
	r := reported(t, "", dollars, failed, planned("a", 1, 3))
	if got := []string{r.Tenants[0].Name, r.Tenants[1].Name, r.Tenants[2].Name}; !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("sorted as %v", got)
	}
	want := fleet.Summary{
		Tenants: 3, Outcomes: map[fleet.Outcome]int{fleet.Changes: 2, fleet.Failed: 1}, Changed: 2,
		Users: plan.Summary{Users: 20, Changed: 3, Remove: 4}, Removals: 4, SeatsInUse: 200,
		Cost: []fleet.Cost{{Currency: "EUR", MonthlyDelta: 10_000}, {Currency: "USD", MonthlyDelta: 20_000}}, Applied: map[string]int{"done": 2},
	}
	if diff := cmp.Diff(want, r.Summary); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Seconds != 2 || r.ByNeed()[0].Name != "b" {
		t.Errorf("%g seconds, %s first", r.Seconds, r.ByNeed()[0].Name)
	}
	other := reported(t, "", dollars, failed, planned("a", 1, 3))
	other.Tenants[0].Plan.PlanID = "sha256:other"
	if err := other.Sum(); err != nil || other.PlanID == r.PlanID || r.PlanID == "" {
		t.Errorf("the plan ids are %q and %q", r.PlanID, other.PlanID)
	}
}

func TestDecode(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "half": `{"formatVersion": "1", "fleet": "a"`, "a plan": `{"formatVersion": "1", "planId": "x"}`,
		"another version": `{"formatVersion": "2", "fleet": "a", "verb": "plan"}`, "no name": `{"formatVersion": "1", "fleet": "a", "verb": "plan", "tenants": [{}]}`,
		"a way out": `{"formatVersion": "1", "fleet": "a", "verb": "plan", "tenants": [{"name": "../../etc"}]}`, "a list": `[]`, "two": `{"formatVersion": "1", "fleet": "a", "verb": "plan"}{}`,
	} {
		if _, err := fleet.Decode(strings.NewReader(text)); err == nil {
			t.Errorf("%s is taken for a report", name)
		}
	}
	if r, err := fleet.Decode(strings.NewReader(`{"formatVersion": "1", "fleet": "a", "verb": "plan", "later": 1}`)); err != nil || r.Fleet != "a" {
		t.Errorf("what a later version adds: %v", err)
	}
}

// The facts of a plan are those of its guards, seats and findings.
func TestFactsOf(t *testing.T) {
	ten := 10
	p := &plan.Plan{
		PlanID: "sha256:a", Applyable: false, Summary: plan.Summary{Users: 3, Blocked: 1},
		Seats:    []plan.Seats{{Consumed: 4}, {Consumed: 5}},
		Guards:   []plan.Guard{{Name: plan.GuardMaxRemovalsPerSKU, Limit: &ten, Actual: 12, Tripped: true}, {Name: plan.GuardMaxRemovals, Limit: &ten, Actual: 12, Tripped: true}, {Name: plan.GuardMaxUsersChanged, Limit: &ten, Tripped: true, ApprovedBy: "reorg"}},
		Findings: []plan.Finding{{Severity: plan.SeverityError}, {Severity: plan.SeverityWarning}, {Severity: plan.SeverityInfo}},
		Cost:     &plan.Cost{Currency: "EUR", MonthlyDelta: 5},
	}
	want := &fleet.PlanFacts{
		PlanID: "sha256:a", Summary: p.Summary, Removals: 12, SeatsInUse: 9, Errors: 1, Warnings: 1, Tripped: []string{"maxRemovals", "maxRemovalsPerSku"},
		Cost: &fleet.Cost{Currency: "EUR", MonthlyDelta: 5},
	}
	got := fleet.FactsOf(p)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.Changes() || got.Ready() {
		t.Error("blocked changes are changes, and not ready")
	}
}
