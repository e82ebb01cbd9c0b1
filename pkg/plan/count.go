package plan

import "github.com/licensectl/licensectl/pkg/license"

// GuardCounts is what the guards bound.
type GuardCounts struct {
	Changed   int // users
	Removals  int // licenses taken away, and licenses of which a service plan is switched off
	MostOfOne int // the most removals of one user
	LosingAll int // users who end with no license; Count leaves it alone, since a change does not tell it
	Swapped   int // of the removals, those for which the user gets another product

	PerSKU        map[license.GUID]int // the removals by product
	SwappedPerSKU map[license.GUID]int // of these, those for which the user gets another product
}

// NewGuardCounts gives the counts of no change.
func NewGuardCounts() GuardCounts {
	return GuardCounts{PerSKU: map[license.GUID]int{}, SwappedPerSKU: map[license.GUID]int{}}
}

// Count takes in what a change does, if it is ready.
func (g *GuardCounts) Count(c *Change) {
	if c.Status != StatusReady {
		return
	}
	g.Changed++
	before, swap := g.Removals, c.swaps()
	for _, a := range c.Actions {
		if !a.TakesAway() {
			continue
		}
		g.Removals++
		g.PerSKU[a.SKUID]++
		if swap && a.Op == OpRemove {
			g.Swapped++
			g.SwappedPerSKU[a.SKUID]++
		}
	}
	g.MostOfOne = max(g.MostOfOne, g.Removals-before)
}

// swaps reports a change that gives at least as many products as it takes.
func (c *Change) swaps() bool {
	var s Summary
	s.count(c.Actions)
	return s.Remove > 0 && s.Add >= s.Remove
}

// Summarize counts what the changes of so many managed users do.
func Summarize(changes []Change, users int) Summary {
	s := Summary{Users: users}
	for _, c := range changes {
		switch c.Status {
		case StatusBlocked:
			s.Blocked++
		case StatusHeld:
			s.Held++
		case StatusReady:
			s.Changed++
			s.count(c.Actions)
		}
	}
	s.Unchanged = s.Users - s.Changed - s.Blocked - s.Held
	return s
}

func (s *Summary) count(actions []Action) {
	for _, a := range actions {
		switch a.Op {
		case OpAdd:
			s.Add++
		case OpUpdate:
			s.Update++
		case OpRemove:
			s.Remove++
		case OpSetUsageLocation:
			s.SetUsageLocation++
		}
	}
}
