package planner

import (
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
// *OptionError for an option that names nothing, or an *UnansweredError for a
// selection of which the input does not tell whom it selects.
func Make(in Input) (*plan.Plan, error) {
	r, err := Work(in)
	if err != nil {
		return nil, err
	}
	return r.Plan(in.Observed.Groups), nil
}

// Work does what Make does, but for the names of groups: nobody knows before
// which of them a plan speaks of. It does not heed Observed.Groups.
func Work(in Input) (*Result, error) {
	b, err := prepare(in)
	if err != nil {
		return nil, err
	}
	return b.work(b.index()), nil
}

// Result is a plan that is worked out and not yet put into words.
type Result struct {
	plan     plan.Plan      // without findings
	findings []findings     // of the steps
	given    []plan.Finding // those of the input, in words
	accepted []acceptedFinding
	catalog  *license.Catalog
}

// Groups lists the groups that the plan speaks of, sorted: those whose names are
// worth asking the tenant for.
func (r *Result) Groups() []license.GUID {
	var out []license.GUID
	for _, said := range r.findings {
		for _, f := range said {
			i := meeting(r.accepted, f.wordless())
			if shown := i < 0 || r.accepted[i].over; shown && f.group != (license.GUID{}) {
				out = append(out, f.group)
			}
		}
	}
	return license.SortedGUIDs(out)
}

// Plan gives the plan, with the names of groups as far as they are known; nil:
// none is.
func (r *Result) Plan(groups map[license.GUID]string) *plan.Plan {
	out, w := r.plan, newWords(r.catalog, groups)
	out.Findings = accept(r.accepted, w.findings(r.given, r.findings...), w)
	return &out
}

// prepare gives the basis of an input that can be planned with.
func prepare(in Input) (*basis, error) {
	if err := checkAnswered(in); err != nil {
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
	compared := b.compareAll(declared)
	seated := b.schedule(compared.changes)
	changes := published(compared.changes, seated)

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
		Changes:       changes,
		Seats:         b.seats(seated.ledger),
		Cost:          b.cost(seated.ledger),
		Summary:       plan.Summarize(changes, compared.census.users),
		LeftOut:       compared.leftOut,
	}
	if b.in.Baseline != nil {
		out.Since = b.in.Baseline.At.UTC()
	}
	out.PlanID = plan.Identify(&out)
	counts := b.count(compared.changes, changes)
	out.Guards = b.approved(b.guards(counts, compared.census), out.PlanID)
	out.Applyable = !slices.ContainsFunc(out.Guards, plan.Guard.Stops)
	said := []findings{
		b.rules.findings, declared.findings, compared.findings, seated.findings, b.warnOfNarrowing(compared, counts), b.remarks(compared, &out),
	}
	return &Result{out, said, b.in.Desired.Findings, b.acceptedFindings, b.catalog}
}

// published gives planned changes as plans have them, as the seats let them be. It never
// returns nil.
func published(planned []*plannedChange, s scheduled) []plan.Change {
	out := make([]plan.Change, 0, len(planned))
	for _, d := range planned {
		c := d.Change
		if waits := s.waits[d]; waits != nil {
			c.WaitsFor = waits
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
