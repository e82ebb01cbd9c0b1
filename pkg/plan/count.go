package plan

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// GuardCounts is what the guards bound.
type GuardCounts struct {
	Changed   int // users
	Removals  int // licenses taken away, and licenses of which a service plan is switched off
	MostOfOne int // the most removals of one user
	LosingAll int // users who end with no license; Count leaves it alone, since a change does not tell it
	Swapped   int // of the removals, those for which the user gets another product

	PerSKU        map[license.GUID]int // the removals by product
	SwappedPerSKU map[license.GUID]int // of these, those for which the user gets another product

	// byGroups are what members of groups lose by them, and an empty list for those
	// who only get something. What a change of their own takes from them of the same
	// products is not counted again. Nil where no group changes.
	byGroups map[license.GUID][]license.GUID
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
	lost, isMember := g.byGroups[c.User.ID]
	if !isMember {
		g.Changed++
	}
	of, swap := len(lost), c.swaps()
	for _, a := range c.Actions {
		if !a.TakesAway() || slices.Contains(lost, a.SKUID) {
			continue
		}
		of++
		g.remove(a.SKUID, 1)
		if swap && a.Op == OpRemove {
			g.swap(a.SKUID, 1)
		}
	}
	g.MostOfOne = max(g.MostOfOne, of)
}

// CountGroups takes in what the ready changes of groups do to their members, as if
// it were done to each by a change of their own. It comes before Count.
func (g *GuardCounts) CountGroups(changes []GroupChange) {
	members := 0
	for _, c := range changes {
		for _, e := range c.Effects {
			members += len(e.Members)
		}
	}
	if g.byGroups == nil && members > 0 {
		g.byGroups = make(map[license.GUID][]license.GUID, members)
	}
	for i := range changes {
		if changes[i].Status != StatusReady {
			continue
		}
		for j := range changes[i].Effects {
			if e := &changes[i].Effects[j]; e.counts() {
				g.countEffect(e)
			}
		}
	}
}

func (g *GuardCounts) countEffect(e *MemberEffect) {
	first := 0 // members who are in none of the effects before, which are most of them
	for _, user := range e.Members {
		lost, known := g.byGroups[user]
		if !known {
			first++
			g.byGroups[user] = slices.Clip(e.Lose)
			continue
		}
		for _, sku := range e.Lose {
			if !slices.Contains(lost, sku) {
				lost = append(lost, sku)
				g.loses(sku, e, 1)
			}
		}
		g.byGroups[user] = lost
		g.MostOfOne = max(g.MostOfOne, len(lost))
	}
	if first == 0 {
		return
	}
	g.Changed += first
	g.MostOfOne = max(g.MostOfOne, len(e.Lose))
	for _, sku := range e.Lose {
		g.loses(sku, e, first)
	}
}

// loses counts a product that so many members of an effect lose.
func (g *GuardCounts) loses(sku license.GUID, e *MemberEffect, users int) {
	g.remove(sku, users)
	if len(e.Gain) >= len(e.Lose) {
		g.swap(sku, users)
	}
}

func (g *GuardCounts) remove(sku license.GUID, users int) {
	g.Removals += users
	g.PerSKU[sku] += users
}

func (g *GuardCounts) swap(sku license.GUID, users int) {
	g.Swapped += users
	g.SwappedPerSKU[sku] += users
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

// WithGroups gives the summary with so many managed groups and their changes.
func (s Summary) WithGroups(changes []GroupChange, groups int) Summary {
	s.Groups, s.GroupsChanged = groups, 0
	for _, c := range changes {
		if c.Status == StatusReady {
			s.GroupsChanged++
		}
	}
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
		case OpReprocess:
			s.Reprocess++
		}
	}
}

// ChangesSomething reports whether there is a ready change, of a user or a group.
func (s Summary) ChangesSomething() bool { return s.Changed+s.GroupsChanged > 0 }
