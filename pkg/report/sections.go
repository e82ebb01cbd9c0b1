package report

import (
	"cmp"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// sectionKind is a part of a plan, in the order in which the parts are shown.
type sectionKind int

const (
	removals  sectionKind = iota // take a license away, alone or for another
	changes                      // alter service plans or the usage location
	additions                    // give licenses
	blocked
	held
	sectionCount
)

// section is the changes of one kind.
type section struct {
	kind     sectionKind
	groups   []*group // the heaviest first
	users    int
	licenses int // that are taken away
	plansOff int // users for whom service plans go off
}

// noPlace stands for the place of a change that no manifest asks for: its user
// stands in none, or the plan was made of something else.
const noPlace = "in no manifest"

// group is the changes of one section that do the same, for the same reasons.
type group struct {
	parts    []part
	reasons  []string // why it is blocked or held
	cause    string   // on which side the difference came up, where all parts share that
	losesAll bool     // nothing is left of what the user holds directly and the policy manages
	plansOff bool     // a service plan goes off; guards count that as a removal
	users    crowd
	changes  []*plan.Change // of the users
}

// sectionsOf sorts the changes of a plan into sections and groups. Sections
// without a change are left out.
func sectionsOf(all []plan.Change, n namer) []section {
	sections := make([]section, sectionCount)
	byKey, waited := make(map[string]*group), waitedFor(all)
	for i := range all {
		c := &all[i]
		kind := kindOf(c)
		s := &sections[kind]
		s.kind = kind
		s.users++
		s.licenses += countOp(c.Actions, plan.OpRemove)
		key := groupKey(kind, c)
		g, known := byKey[key]
		if !known {
			g = newGroup(c, n)
			byKey[key] = g
			s.groups = append(s.groups, g)
		}
		s.plansOff += weight(g.plansOff)
		g.users, g.changes = append(g.users, memberOf(c, waited)), append(g.changes, c)
	}
	for _, s := range sections {
		slices.SortStableFunc(s.groups, heaviestFirst)
	}
	return slices.DeleteFunc(sections, func(s section) bool { return s.users == 0 })
}

// waitedFor gives the safe names of the users for whom others wait.
func waitedFor(all []plan.Change) map[license.GUID]string {
	out := make(map[license.GUID]string)
	for i := range all {
		for _, id := range all[i].WaitsFor {
			out[id] = id.String()
		}
	}
	for i := range all {
		if _, waited := out[all[i].User.ID]; waited {
			out[all[i].User.ID] = userName(all[i].User)
		}
	}
	return out
}

func memberOf(c *plan.Change, waited map[license.GUID]string) member {
	m := member{name: userName(c.User), place: cmp.Or(placeName(c.Source), noPlace), audit: auditedEvents(c.Audit)}
	if c.Selection != "" {
		m.place += ", by " + Safe(c.Selection)
	}
	for _, id := range c.WaitsFor {
		m.waits = append(m.waits, waited[id])
	}
	return m
}

func kindOf(c *plan.Change) sectionKind {
	switch {
	case c.Status == plan.StatusBlocked:
		return blocked
	case c.Status != plan.StatusReady:
		return held
	case countOp(c.Actions, plan.OpRemove) > 0:
		return removals
	case countOp(c.Actions, plan.OpAdd) == 0 || countOp(c.Actions, plan.OpUpdate) > 0:
		return changes
	default:
		return additions
	}
}

func countOp(actions []plan.Action, op plan.Op) int {
	n := 0
	for _, a := range actions {
		if a.Op == op {
			n++
		}
	}
	return n
}

func newGroup(c *plan.Change, n namer) *group {
	g := &group{parts: n.parts(c.Actions), losesAll: losesAll(c)}
	g.cause = liftCause(g.parts)
	for _, reason := range c.Reasons {
		g.reasons = append(g.reasons, Safe(string(reason)))
	}
	g.plansOff = slices.ContainsFunc(g.parts, func(p part) bool { return p.sign == alters && len(p.off) > 0 })
	return g
}

func losesAll(c *plan.Change) bool {
	return len(c.Before.Licenses) > 0 && len(c.After.Licenses) == 0
}

// groupKey tells groups apart. Losing one's only license is not the same as
// losing one of several.
func groupKey(kind sectionKind, c *plan.Change) string {
	key := []byte{byte(kind), 0}
	if losesAll(c) {
		key[1] = 1
	}
	for _, reason := range c.Reasons {
		key = appendText(key, string(reason))
	}
	return shapeKey(c.Actions) + string(key)
}

// heaviestFirst puts the groups first that hurt most: users who lose all, then
// service plans that go off, then many users before few.
func heaviestFirst(a, b *group) int {
	return cmp.Or(
		cmp.Compare(weight(b.losesAll), weight(a.losesAll)),
		cmp.Compare(weight(b.plansOff), weight(a.plansOff)),
		cmp.Compare(len(b.users), len(a.users)),
	)
}

func weight(is bool) int {
	if is {
		return 1
	}
	return 0
}
