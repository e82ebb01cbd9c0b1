package planner

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Input is everything that a plan depends on.
type Input struct {
	Desired  plan.Desired
	Policy   plan.Policy
	Observed plan.Observed
	Options  Options

	// Baseline tells changes of the tenant from changes of the manifests; nil:
	// differences have no cause. The plan for all causes is the same with it
	// and without but for that.
	Baseline *plan.Baseline

	Now   time.Time // when the plan is made
	Tool  plan.Tool
	Cloud string // global, usgov, usgov-dod or china
}

// Options narrow or tighten one plan. None of them widens what a plan may do.
type Options struct {
	At            plan.Date  // the day to plan for; zero: the day of Now
	AdditionsOnly bool       // hold every change that takes something away
	Users         []string   // only changes of these users: UPN or object id; empty: all
	SKUs          []string   // only changes that touch one of these SKUs; empty: all
	Cause         plan.Cause // only actions of this cause, which takes a Baseline; empty: all

	Tighten map[plan.GuardName]int // lower limits than the policy's
}

// Make works out the plan. Everything that is wrong with the input but does
// not make planning impossible is a finding in the plan; the error is an
// *OptionError for an option that names nothing, an *UnansweredError for a
// selection of which the input does not tell whom it selects, or an
// *UnreadGroupsError where it does not tell what groups give and that matters.
func Make(in Input) (*plan.Plan, error) {
	r, err := Work(in)
	if err != nil {
		return nil, err
	}
	return r.Plan(nil), nil
}

// Work does what Make does, but for names of groups that the input does not have:
// nobody knows before which of them a plan speaks of.
func Work(in Input) (*Result, error) {
	b, err := prepare(in)
	if err != nil {
		return nil, err
	}
	return b.work(b.index()), nil
}

// Result is a plan that is worked out and not yet put into words.
type Result struct {
	plan     plan.Plan  // without findings
	findings []findings // of the steps
	accepted []acceptedFinding
	catalog  *license.Catalog
	names    map[license.GUID]string // of groups, as far as the input has them
	groups   *groupWork              // what becomes of groups

	// mentioned are the groups that changes speak of, sorted; nil where neither
	// manifests nor policy speak of groups.
	mentioned []license.GUID
}

// Groups lists the groups that the plan speaks of, sorted: those whose names are
// worth asking the tenant for, since it was not asked yet.
func (r *Result) Groups() []license.GUID {
	isNamed := func(id license.GUID) bool { _, known := r.names[id]; return known }
	out := filter(r.mentioned, func(id license.GUID) bool { return !isNamed(id) })
	for _, said := range r.findings {
		for _, f := range said {
			i := meeting(r.accepted, f.wordless())
			shown := i < 0 || r.accepted[i].over
			if shown && f.group != (license.GUID{}) && !isNamed(f.group) {
				out = append(out, f.group)
			}
		}
	}
	return license.SortedGUIDs(out)
}

// Plan gives the plan, with the names of groups as far as they are known; nil:
// none is.
func (r *Result) Plan(groups map[license.GUID]string) *plan.Plan {
	all := make(map[license.GUID]string, len(r.names)+len(groups))
	maps.Copy(all, r.names)
	maps.Copy(all, groups)
	names := plan.NamesOf(all)
	out, w := r.plan, newWords(r.catalog, names)
	out.Findings = accept(r.accepted, w.findings(r.findings...), w)
	out.Groups = r.namedBeside(names)
	return &out
}

// namedBeside gives the names of groups that changes speak of and that do not change
// themselves, and of those that share a name with one of either.
func (r *Result) namedBeside(names plan.GroupNames) []plan.Group {
	var changed []license.GUID
	for i := range r.plan.GroupChanges {
		changed = append(changed, r.plan.GroupChanges[i].Group.ID)
	}
	var out []plan.Group
	for _, g := range names.Of(slices.Concat(r.mentioned, changed)) {
		if !slices.Contains(changed, g.ID) {
			out = append(out, g)
		}
	}
	return out
}

// prepare gives the basis of an input that can be planned with.
func prepare(in Input) (*basis, error) {
	if err := cmp.Or(checkAnswered(in), checkGroupsRead(in)); err != nil {
		return nil, err
	}
	b := newBasis(in)
	var err error
	b.narrowed, err = b.narrowing()
	return b, err
}

// work makes the plan, step by step. A step reads the basis and what the steps
// before it hand on, and alters neither.
func (b *basis) work(declared *declaredUsers) *Result {
	groups := b.planGroups()
	compared, seated, changes := b.planUsers(declared, &groups)
	groupChanges := groups.changes(b, b.ownChanges(&groups, compared.changes, func(i int) *plan.Change { return &changes[i] }))

	out := plan.Plan{
		FormatVersion: plan.FormatVersion,
		CreatedAt:     b.in.Now.UTC().Truncate(time.Second),
		Tool:          b.in.Tool,
		Tenant:        b.in.Observed.Tenant,
		Cloud:         b.in.Cloud,
		Sources:       append([]plan.SourceFile{}, b.in.Desired.Files...),
		Manifests:     b.in.Desired.Manifests,
		AsOf:          b.day,
		TimeZone:      location(b.in.Policy).String(),
		Scope:         b.scope,
		Selections:    declared.found,
		GroupChanges:  groupChanges,
		Changes:       changes,
		Seats:         b.seats(seated.ledger),
		Cost:          b.cost(seated.ledger),
		Summary:       plan.Summarize(changes, compared.census.users).WithGroups(groupChanges, len(groups.managed.all)),
		LeftOut:       compared.leftOut,
		LeftOutGroups: groups.leftOutOf(),
	}
	if b.in.Policy.MailboxCheck == plan.MailboxCheckHold {
		out.MailboxCheck = plan.MailboxCheckHold
	}
	if b.in.Baseline != nil {
		out.Since = b.in.Baseline.At.UTC()
	}
	out.PlanID = plan.Identify(&out)
	counts := b.count(compared.changes, &out, &groups)
	out.Guards = b.approved(b.guards(counts, compared.census), out.PlanID)
	out.Applyable = !slices.ContainsFunc(out.Guards, plan.Guard.Stops)
	said := []findings{
		b.rules.findings, declared.findings, compared.findings, seated.findings, groups.findings, waitingFindings(groupChanges),
		b.warnOfNarrowing(compared, &out, counts), b.remarks(compared, &groups, &out), undoFindings(b.in.Desired.NotUndone),
	}
	r := &Result{plan: out, findings: said, accepted: b.acceptedFindings, catalog: b.catalog, names: b.namesOfGroups(), groups: &groups}
	if groupChanges != nil {
		r.mentioned = license.SortedGUIDs(append(out.MentionedGroups(), b.failingGroups(changes)...))
	}
	return r
}

// planUsers plans users against what groups will give. Where a group would take
// something from who must not lose it, its change is blocked, and users are planned
// anew: there are as many turns as groups at the most.
func (b *basis) planUsers(declared *declaredUsers, groups *groupWork) (compared, scheduled, []plan.Change) {
	for {
		whom := *declared
		whom.groups = groups
		c := b.compareAll(&whom)
		s := b.schedule(c.changes, groups)
		changes := groups.published(c.changes, s)
		if !groups.blockForMembers(b, c, changes) {
			return c, s, changes
		}
	}
}

// published gives planned changes as plans have them, as the seats let them be. It never
// returns nil.
func (w *groupWork) published(planned []*plannedChange, s scheduled) []plan.Change {
	out := make([]plan.Change, 0, len(planned))
	for _, d := range planned {
		c := d.Change
		for _, giver := range s.waits[d] {
			if w.ids[giver] {
				c.WaitsForSeatsOf = append(c.WaitsForSeatsOf, giver)
			} else {
				c.WaitsFor = append(c.WaitsFor, giver)
			}
		}
		if why, short := s.short[d]; short {
			c.Status, c.Reasons = plan.StatusBlocked, append(slices.Clip(c.Reasons), why)
		}
		slices.Sort(c.Reasons)
		c.Reasons = slices.Compact(c.Reasons)
		out = append(out, c)
	}
	return out
}
