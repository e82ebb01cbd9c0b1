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
	losses    sectionKind = iota // leave users with less than they have: licenses that no other one comes for, or service plans besides
	swaps                        // take licenses and give as many others in the same call
	plansOff                     // turn service plans off of licenses that stay
	moves                        // take licenses of which groups go on giving the product
	changes                      // alter something else: service plans that go on, the usage location
	additions                    // give licenses
	blocked
	held
	sectionCount
)

// section is the changes of one kind.
type section struct {
	kind     sectionKind
	batches  []*batch // the heaviest first
	users    int
	licenses int // that are taken away
	plansOff int // users for whom service plans go off
}

// batch is the changes of one section that do the same, for the same reasons.
type batch struct {
	changes  []int32 // their places among those of the plan
	losesAll bool    // nothing is left of what the user holds directly and the policy manages
	plansOff bool    // a service plan goes off; guards count that as a removal
	swap     bool    // as many licenses are given as are taken, and nothing else is lost
}

// changeWords is what is said of a batch. All of it is safe.
type changeWords struct {
	parts    []part
	swap     bool     // what goes stands first, and what comes in its place behind it
	reasons  []string // why it is blocked or held
	cause    string   // on which side the difference came up, where all parts share that
	losesAll bool
}

// sorting says how changes are told apart.
type sorting struct {
	kinds sectionKind // how many there are
	of    func(*plan.Change) sectionKind
}

// byEffect sorts changes by what they do to their user.
func byEffect() sorting { return sorting{sectionCount, kindOf} }

// sectionsOf sorts the changes of a plan into sections and batches. Sections
// without a change are left out.
func sectionsOf(all rows[plan.Change], by sorting) []section {
	sections := make([]section, by.kinds)
	byKey := make(map[string]*batch)
	var key []byte
	for i := range all.len() {
		c := all.at(i)
		kind := by.of(c)
		s := &sections[kind]
		s.kind = kind
		s.users++
		s.licenses += lostLicenses(c.Actions)
		key = appendBatch(key[:0], kind, c)
		b, known := byKey[string(key)]
		if !known {
			b = &batch{losesAll: losesAll(c), plansOff: slices.ContainsFunc(c.Actions, turnsOff), swap: kind == swaps}
			byKey[string(key)] = b
			s.batches = append(s.batches, b)
		}
		s.plansOff += weight(b.plansOff)
		b.changes = append(b.changes, int32(i))
	}
	for _, s := range sections {
		slices.SortStableFunc(s.batches, heaviestFirst)
	}
	return slices.DeleteFunc(sections, func(s section) bool { return s.users == 0 })
}

// words puts what a batch does into words.
func (v *planView) words(b *batch) changeWords {
	c := v.changeRows.at(int(b.changes[0]))
	out := changeWords{parts: v.parts(c.Actions), losesAll: b.losesAll, swap: b.swap}
	for i, p := range out.parts {
		out.parts[i].what += v.keptText(p)
	}
	if b.swap {
		slices.SortStableFunc(out.parts, func(a, b part) int { return cmp.Compare(weight(b.sign == loses), weight(a.sign == loses)) })
	}
	out.cause = liftCause(out.parts)
	for _, reason := range c.Reasons {
		out.reasons = append(out.reasons, Safe(string(reason)))
	}
	return out
}

// keptText says by which groups the user keeps what a part takes; empty: by none.
func (v *planView) keptText(p part) string {
	if len(p.kept) == 0 {
		return ""
	}
	return ", kept by " + namesOf(p.kept, v.called)
}

// users are those of a batch.
func (v *planView) users(b *batch) userList {
	return userList{len(b.changes), func(i int) member { return v.memberOf(v.changeRows.at(int(b.changes[i]))) }}
}

func (v *planView) memberOf(c *plan.Change) member {
	m := member{user: c.User, source: sourceOf(c.Source), waits: c.WaitsFor, called: v.waited, audit: c.Audit}
	m.source.nowhere = c.Source.File == ""
	if c.Selection != "" {
		m.source.selection = Safe(c.Selection)
	}
	return m
}

// waitedFor gives what names the users for whom others wait. The names are
// safe.
func waitedFor(all rows[plan.Change]) func(license.GUID) string {
	index := make(map[license.GUID]int32)
	for i := range all.len() {
		for _, id := range all.raw(i).WaitsFor {
			index[id] = -1
		}
	}
	for i := range all.len() {
		if _, waited := index[all.raw(i).User.ID]; waited {
			index[all.raw(i).User.ID] = int32(i)
		}
	}
	return func(id license.GUID) string {
		if i, known := index[id]; known && i >= 0 {
			return userName(all.at(int(i)).User)
		}
		return id.String()
	}
}

// kindOf gives the part of the plan in which a change stands: that of the worst
// it does to its user.
func kindOf(c *plan.Change) sectionKind {
	given, taken := countOp(c.Actions, plan.OpAdd), lostLicenses(c.Actions)
	off := slices.ContainsFunc(c.Actions, turnsOff)
	switch {
	case c.Status == plan.StatusBlocked:
		return blocked
	case c.Status != plan.StatusReady:
		return held
	case taken > given || taken > 0 && off || losesAll(c):
		return losses
	case taken > 0:
		return swaps
	case off:
		return plansOff
	case countOp(c.Actions, plan.OpRemove) > 0:
		return moves
	case given == 0 || countOp(c.Actions, plan.OpUpdate) > 0:
		return changes
	default:
		return additions
	}
}

// lostLicenses counts the products that actions take away and that no group goes on giving.
func lostLicenses(actions []plan.Action) int {
	n := 0
	for _, a := range actions {
		n += weight(a.Loses())
	}
	return n
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

// turnsOff reports an action that turns off a service plan of a license that
// stays.
func turnsOff(a plan.Action) bool {
	if a.Op == plan.OpSetUsageLocation || a.Op == plan.OpAdd || a.Op == plan.OpRemove || a.Op == plan.OpReprocess {
		return false
	}
	off, _ := planDelta(a)
	return len(off) > 0
}

func losesAll(c *plan.Change) bool {
	return len(c.Before.Licenses) > 0 && len(c.After.Licenses) == 0 && lostLicenses(c.Actions) == countOp(c.Actions, plan.OpRemove)
}

// appendBatch appends what tells batches apart. Losing one's only license is not
// the same as losing one of several.
func appendBatch(key []byte, kind sectionKind, c *plan.Change) []byte {
	key = append(key, byte(kind), byte(weight(losesAll(c))))
	for _, reason := range c.Reasons {
		key = appendText(key, string(reason))
	}
	return appendShape(append(key, 0), c.Actions)
}

// heaviestFirst puts the batches first that hurt most: users who lose all, then
// service plans that go off, then many users before few.
func heaviestFirst(a, b *batch) int {
	return cmp.Or(
		cmp.Compare(weight(b.losesAll), weight(a.losesAll)),
		cmp.Compare(weight(b.plansOff), weight(a.plansOff)),
		cmp.Compare(len(b.changes), len(a.changes)),
	)
}
