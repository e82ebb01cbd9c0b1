package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// compared is what comes of comparing all managed users with what they should
// hold.
type compared struct {
	changes    []*plannedChange // of the users that differ, sorted as the plan shows them
	aside      []*plannedChange // those that options leave out, of members of groups that change: what they are to hold no group may take
	census     census
	whole      plan.GuardCounts // what the changes of all users would do, those too that options leave out
	leftOut    int              // users of whom options leave something out
	undeclared undeclared       // what groups give and nobody declares

	both     map[groupProduct]int // how many users hold directly what a group gives them as well, and keep both
	replaced map[groupProduct]int // how many of such users are to keep the group's alone
	notes
}

// notes are what a step has to say of users, and which of the policy's accepted
// differences it came upon.
type notes struct {
	findings findings
	used     map[*acceptance]bool
}

// compareAll resolves and compares user by user: of a million few have anything to
// be remembered.
func (b *basis) compareAll(d *declaredUsers) compared {
	out := compared{census: newCensus(), whole: plan.NewGuardCounts(), undeclared: undeclared{}, both: map[groupProduct]int{}, replaced: map[groupProduct]int{}, notes: notes{used: map[*acceptance]bool{}}}
	resolver, comparer, redundant := newResolver(b, d), newComparer(b, d), newRedundancies(b)
	out.findings.addAll(resolver.findings)
	for i := range b.in.Observed.Users {
		s, said := resolver.user(i)
		out.findings.addAll(said)
		isMember := out.census.countMembers(&b.in.Observed.Users[i], d.groups, b.scope)
		if s == nil && isMember {
			out.census.members++
		}
		if s == nil {
			out.addBoth(b, i, d.groups)
			continue
		}
		out.census.count(s.now, b.scope)
		c := comparer.compare(s)
		out.take(b, s, c)
		if c.change != nil {
			out.admit(b, s, c.change)
		} else {
			out.addRedundant(b, s, redundant.of(s, nil))
		}
	}
	out.findings.addAll(resolver.hidden.findings())
	slices.SortFunc(out.changes, func(a, b *plannedChange) int {
		return cmp.Or(strings.Compare(a.key, b.key), license.CompareGUIDs(a.User.ID, b.User.ID))
	})
	return out
}

// take takes in what came of comparing one user, but for their change.
func (out *compared) take(b *basis, s *managedUser, c *comparison) {
	out.findings.addAll(c.findings)
	for _, a := range c.used {
		out.used[a] = true
	}
	for _, a := range c.undeclared {
		out.undeclared.add(s.user.ID, a)
	}
	for _, a := range c.both {
		out.both[groupProduct{a.Group, a.SKUID}]++
	}
	for _, a := range c.replaced {
		if c.change != nil && c.change.acts(a.SKUID) && b.narrowed.keeps(c.change) {
			out.replaced[groupProduct{a.Group, a.SKUID}]++
		}
	}
}

// admit takes in a change, unless the options leave it out.
func (out *compared) admit(b *basis, s *managedUser, d *plannedChange) {
	b.tally(&out.whole, &d.Change, s)
	admitted := !d.isEmptied() && b.narrowed.keeps(d)
	if !admitted || d.leftOut {
		out.leftOut++
	}
	switch {
	case admitted:
		d.managed = s.clone()
		b.deferRemovals(d)
		out.changes = append(out.changes, d)
	case s.forecast != nil:
		d.managed = s.clone()
		out.aside = append(out.aside, d)
	}
}

// addRedundant takes in the redundant licenses of a user. What somebody answers
// for in the policy is passed over.
func (out *notes) addRedundant(b *basis, s *managedUser, found []*redundancy) {
	for _, r := range found {
		if a := b.acceptedFor(s.user, r.sku); a != nil && !a.over {
			out.used[a] = true
		} else {
			out.findings.add(b.redundancyFinding(s, r))
		}
	}
}

// isEmptied reports whether Options.Cause leaves nothing of the change.
func (d *plannedChange) isEmptied() bool { return d.leftOut && len(d.Actions) == 0 }

// deferRemovals keeps back what the options do not let through, and what takes
// something away where drift alone is corrected, unless the policy lets it: at
// night nobody is there to ask. A change is one call, so it waits as a whole.
func (b *basis) deferRemovals(d *plannedChange) {
	if d.Status != plan.StatusReady || !d.TakesAway() {
		return
	}
	if b.in.Options.AdditionsOnly {
		d.deferFor(plan.CodeAdditionsOnly)
	}
	if b.holdsDriftRemovals() {
		d.deferFor(plan.CodeDriftRemoval)
	}
}

// holdsDriftRemovals reports whether drift alone is corrected, and the policy does not
// let that take anything away.
func (b *basis) holdsDriftRemovals() bool {
	return b.in.Options.Cause == plan.CauseDrift && b.in.Policy.DriftRemovals != plan.DriftRemovalsApply
}

func (d *plannedChange) deferFor(reason plan.Code) {
	d.Status = plan.StatusHeld
	d.Reasons = append(d.Reasons, reason)
}
