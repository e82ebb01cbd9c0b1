package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// GroupNames knows what groups are called, as far as somebody has read it, and which
// of them share a name. The zero value knows none.
type GroupNames struct {
	names  map[license.GUID]string
	shared map[string]int // how many groups have a name, in lower case
}

// NamesOf gives the names of groups, by id. An empty name is none.
func NamesOf(names map[license.GUID]string) GroupNames {
	out := GroupNames{names, make(map[string]int, len(names))}
	for _, name := range names {
		out.shared[strings.ToLower(name)]++
	}
	return out
}

// Name gives the name of a group alone; empty: it is not known.
func (n GroupNames) Name(group license.GUID) string { return n.names[group] }

// IsShared reports whether another group has the name of one, in any case.
func (n GroupNames) IsShared(group license.GUID) bool {
	name := n.names[group]
	return name != "" && n.shared[strings.ToLower(name)] > 1
}

// Quoted names a group in quotes, with its id where another group has that name, in
// any case; the id alone where the name is not known.
func (n GroupNames) Quoted(group license.GUID) string {
	name := n.names[group]
	switch {
	case name == "":
		return group.String()
	case n.IsShared(group):
		return strconv.Quote(name) + " (" + group.String() + ")"
	}
	return strconv.Quote(name)
}

// Of lists some of the groups, with those that share a name with one of them, sorted by
// id; nil: no name is known.
func (n GroupNames) Of(groups []license.GUID) []Group {
	wanted := make(map[string]bool, len(groups))
	for _, id := range groups {
		if name := n.names[id]; name != "" {
			wanted[strings.ToLower(name)] = true
		}
	}
	var out []Group
	for id, name := range n.names {
		if wanted[strings.ToLower(name)] {
			out = append(out, Group{id, name})
		}
	}
	slices.SortFunc(out, func(a, b Group) int { return license.CompareGUIDs(a.ID, b.ID) })
	return out
}

// GroupNames gives the names of the groups that the plan speaks of, as far as it has
// them: of those that change, and of those in Groups.
func (p *Plan) GroupNames() GroupNames {
	names := make(map[license.GUID]string, len(p.Groups)+len(p.GroupChanges))
	for _, g := range p.Groups {
		names[g.ID] = g.DisplayName
	}
	for i := range p.GroupChanges {
		g := &p.GroupChanges[i].Group
		names[g.ID] = g.DisplayName
	}
	return NamesOf(names)
}

// MentionedGroups lists the other groups for which the change waits, in any order.
func (c *GroupChange) MentionedGroups() []license.GUID {
	out := slices.Clone(c.WaitsFor)
	if c.KeptBy != nil {
		out = append(out, c.KeptBy.Groups...)
	}
	return out
}

// MentionedGroups lists the groups on which changes rest or for which they wait, sorted.
func (p *Plan) MentionedGroups() []license.GUID {
	seen := map[license.GUID]bool{}
	note := func(ids []license.GUID) {
		for _, id := range ids {
			seen[id] = true
		}
	}
	for i := range p.GroupChanges {
		note(p.GroupChanges[i].MentionedGroups())
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		note(c.WaitsForGroups)
		note(c.WaitsForSeatsOf)
		for _, a := range c.Actions {
			note(a.KeptBy)
		}
		if c.Preconditions != nil {
			c.Preconditions.noteGroups(seen)
		}
	}
	return slices.SortedFunc(maps.Keys(seen), license.CompareGUIDs)
}

// noteGroups notes the groups whose licenses have to be in force.
func (p *Preconditions) noteGroups(seen map[license.GUID]bool) {
	for _, a := range p.InForce {
		if a.Group != (license.GUID{}) {
			seen[a.Group] = true
		}
	}
}
