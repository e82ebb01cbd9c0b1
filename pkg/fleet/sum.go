package fleet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/plan"
)

// Begin gives the report of a run in which nothing has happened yet: a row for
// each tenant that takes part.
func Begin(f Fleet, tenants []Tenant) Report {
	r := Report{FormatVersion: FormatVersion, Fleet: f.Name, Limits: f.Guards.limits(), Tenants: make([]Row, len(tenants))}
	for i, t := range tenants {
		r.Tenants[i] = Row{Name: t.Name, TenantID: t.TenantID, Labels: t.Labels, Outcome: NotAttempted, Files: map[string]string{}}
	}
	return r
}

func (g Guards) limits() map[string]*Limit {
	of := func(l plan.Limit) *Limit { return &Limit{Off: l.Off, Count: l.Count, Percent: l.Percent} }
	return map[string]*Limit{string(MaxTenantsChanged): of(g.MaxTenantsChanged), string(MaxRemovals): of(g.MaxRemovals)}
}

// Sum works out what the rows come to: order, summary, times, plan id and
// guards. The exit code is its caller's to give. In a shard each limit is the
// shard's part, so that all shards together stay within it.
func (r *Report) Sum() error {
	shard := Shard{}
	if r.Shard != "" {
		var err error
		if shard, err = ParseShard(r.Shard); err != nil {
			return err
		}
	}
	slices.SortFunc(r.Tenants, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	r.Problems = gathered(r.Problems)
	r.Summary = sumOf(r.Tenants)
	r.StartedAt, r.Seconds = span(r.Tenants)
	r.PlanID = planID(r.Tenants)
	r.Guards = r.hold(shard.Count())
	r.Applyable = !slices.ContainsFunc(r.Guards, Guard.Stops)
	return nil
}

func sumOf(rows []Row) Summary {
	s := Summary{Tenants: len(rows), Outcomes: map[Outcome]int{}, Cost: []Cost{}}
	costs := map[string]plan.Money{}
	for _, row := range rows {
		s.Outcomes[row.Outcome]++
		for outcome, n := range row.Outcomes {
			if s.Applied == nil {
				s.Applied = map[string]int{}
			}
			s.Applied[outcome] += n
		}
		if row.Plan != nil {
			s.add(*row.Plan, costs)
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(costs)) {
		s.Cost = append(s.Cost, Cost{currency, costs[currency]})
	}
	return s
}

// add takes the plan of one tenant in.
func (s *Summary) add(p PlanFacts, costs map[string]plan.Money) {
	if p.Ready() {
		s.Changed++
	}
	u := &s.Users
	u.Users, u.Changed, u.Unchanged = u.Users+p.Summary.Users, u.Changed+p.Summary.Changed, u.Unchanged+p.Summary.Unchanged
	u.Blocked, u.Held = u.Blocked+p.Summary.Blocked, u.Held+p.Summary.Held
	u.Add, u.Update, u.Remove = u.Add+p.Summary.Add, u.Update+p.Summary.Update, u.Remove+p.Summary.Remove
	u.SetUsageLocation, u.Reprocess = u.SetUsageLocation+p.Summary.SetUsageLocation, u.Reprocess+p.Summary.Reprocess
	u.Groups, u.GroupsChanged = u.Groups+p.Summary.Groups, u.GroupsChanged+p.Summary.GroupsChanged
	s.Removals += p.Removals
	s.SeatsInUse += p.SeatsInUse
	s.Errors += p.Errors
	s.Warnings += p.Warnings
	if p.Cost != nil {
		costs[p.Cost.Currency] += p.Cost.MonthlyDelta
	}
}

// gathered puts the same problem of several tenants together.
func gathered(problems []Problem) []Problem {
	type key struct {
		place         plan.Source
		code, message string
	}
	found := map[key]*Problem{}
	for _, p := range problems {
		k := key{plan.Source{File: p.File, Line: p.Line, Column: p.Column}, p.Code, p.Message}
		if found[k] == nil {
			first := p
			first.Tenants = nil
			found[k] = &first
		}
		found[k].Tenants = append(found[k].Tenants, p.Tenants...)
	}
	var out []Problem
	for _, p := range found {
		slices.Sort(p.Tenants)
		p.Tenants = slices.Compact(p.Tenants)
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column, cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return out
}

// span is from the first begin to the last end.
func span(rows []Row) (begun time.Time, seconds float64) {
	var ended time.Time
	for _, row := range rows {
		if row.StartedAt.IsZero() {
			continue
		}
		if begun.IsZero() || row.StartedAt.Before(begun) {
			begun = row.StartedAt
		}
		if end := row.StartedAt.Add(time.Duration(row.Seconds * float64(time.Second))); end.After(ended) {
			ended = end
		}
	}
	return begun, ended.Sub(begun).Round(time.Millisecond).Seconds()
}

// planID is the hash of all tenants that have a plan with their plan ids: what
// somebody reviewed who looked at all of them. Empty: nobody has a plan.
func planID(rows []Row) string {
	hash, any := sha256.New(), false
	for _, row := range rows {
		if row.Plan != nil {
			fmt.Fprintf(hash, "%s %s\n", row.TenantID, row.Plan.PlanID)
			any = true
		}
	}
	if !any {
		return ""
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// hold holds the limits against the rows, of which there are so many shards.
func (r *Report) hold(shards int) []Guard {
	guard := func(name GuardName, actual, of int) Guard {
		g := Guard{Name: name, Actual: actual}
		if l := r.Limits[string(name)]; l != nil && !l.Off {
			limit := max(l.Count/shards, int(l.Percent*float64(of)/100))
			g.Limit, g.Tripped = &limit, actual > limit
		}
		return g
	}
	return []Guard{
		guard(MaxTenantsChanged, r.Summary.Changed, r.Summary.Tenants),
		guard(MaxRemovals, r.Summary.Removals, r.Summary.SeatsInUse),
	}
}

// ByAllow stands in Guard.ApprovedBy where whoever applies lets a limit pass.
const ByAllow = "--allow"

// Allow lets the tripped guards of these names pass. It returns the names of
// which no guard stops anything.
func (r *Report) Allow(names []GuardName) (idle []GuardName) {
	for _, name := range names {
		i := slices.IndexFunc(r.Guards, func(g Guard) bool { return g.Name == name && g.Stops() })
		if i < 0 {
			idle = append(idle, name)
			continue
		}
		r.Guards[i].ApprovedBy = ByAllow
	}
	r.Applyable = !slices.ContainsFunc(r.Guards, Guard.Stops)
	return idle
}
