package planner

import (
	"cmp"
	"slices"
	"strings"
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
	p, err := prepare(in)
	if err != nil {
		return nil, err
	}
	r, _ := p.work(nil)
	return r, nil
}

// Result is a plan that is worked out and not yet put into words.
type Result struct {
	plan     plan.Plan // without findings
	findings findings
	accepted []acceptedFinding
}

// Groups lists the groups that the plan speaks of, sorted: those whose names are
// worth asking the tenant for.
func (r *Result) Groups() []license.GUID {
	var out []license.GUID
	for _, f := range r.findings.all {
		i := meeting(r.accepted, &f.Finding)
		if shown := i < 0 || r.accepted[i].over; shown && f.Group != (license.GUID{}) {
			out = append(out, f.Group)
		}
	}
	return license.SortedGUIDs(out)
}

// Plan gives the plan, with the names of groups as far as they are known; nil:
// none is.
func (r *Result) Plan(groups map[license.GUID]string) *plan.Plan {
	out := r.plan
	out.Findings = accept(r.accepted, r.findings.worded(groups), groups)
	return &out
}

// prepare makes a planner for an input that can be planned with.
func prepare(in Input) (*planner, error) {
	if err := checkAnswered(in); err != nil {
		return nil, err
	}
	p := newPlanner(in)
	var err error
	p.keep, err = p.narrowing()
	return p, err
}

// work does what Work is for, and tells what becomes of one user; nil: of nobody.
func (p *planner) work(follow *license.UserState) (*Result, fate) {
	in := p.in
	for _, f := range in.Desired.Findings {
		p.findings.add(f)
	}
	changes, census, followed := p.changes(follow)
	ledger := newSeatLedger(in.Observed.SKUs, p.reserves)
	p.schedule(changes, ledger)

	out := plan.Plan{
		FormatVersion: plan.FormatVersion,
		CreatedAt:     in.Now.UTC().Truncate(time.Second),
		Tool:          in.Tool,
		Tenant:        in.Observed.Tenant,
		Cloud:         in.Cloud,
		Sources:       append([]plan.SourceFile{}, in.Desired.Files...),
		Manifests:     in.Desired.Manifests,
		AsOf:          p.day,
		TimeZone:      location(in.Policy).String(),
		Scope:         p.scope,
		Changes:       published(changes),
		Seats:         p.seats(ledger),
	}
	out.PlanID = plan.Identify(&out)
	out.Summary = plan.Summarize(out.Changes, census.users)
	out.Cost = p.cost(ledger)
	out.Guards = p.guards(changes, census)
	for i := range out.Guards {
		p.approve(&out.Guards[i], out.PlanID)
	}
	out.Applyable = !slices.ContainsFunc(out.Guards, plan.Guard.Stops)
	out.LeftOut = p.leftOut
	if in.Baseline != nil {
		out.Since = in.Baseline.At.UTC()
	}
	out.Selections = p.found
	p.adviseOnPlans(changes)
	p.remarkUnused(out.Seats)
	p.remarkUnaccounted()
	for _, d := range changes {
		p.remarkRedundant(d.managed, d)
	}
	p.remarkGifts()
	p.reportUnaccepted()
	p.reportGaps()
	return &Result{out, p.findings, p.acceptedFindings}, followed
}

// planner holds what the steps of Make share.
type planner struct {
	in               Input
	catalog          *license.Catalog
	day              plan.Date
	findings         findings
	names            nameCache
	servicePlanNames map[license.GUID]string // service plan names of the tenant's SKUs

	scope     plan.Scope
	reserves  map[license.GUID]int
	prices    map[license.GUID]plan.Money
	accepted  map[acceptedKey]*acceptance
	protected map[string]bool // UPN keys and ids in text form
	priority  map[string]int  // manifest name to rank, 0 first

	policyProblems []plan.Code // the policy names somebody or something that nobody knows

	keep        func(*draft) bool // whether a change is in the plan
	users       *userIndex
	entries     entryIndex
	memberships map[license.GUID][]*membership    // by user
	nets        []net                             // the selections that compare texts, by place
	found       []plan.FoundSelection             // what every selection found, by place
	resolved    map[*plan.DesiredLicense]resolved // licenses that entries share, by the first of them

	redundancies redundancies
	gifts        gifts
	origins      map[plan.Origin]*plan.Origin
	selectors    selectors

	// doubts are why it is not known whom the manifests mean: an entry names a
	// user that the tenant does not have, or a selection cannot be told.
	doubts []plan.Code

	// unlistedDoubts are the same of entries and selections that begin later, or
	// have ended. Whom these mean may keep something by them, so nobody may be taken
	// for unlisted.
	unlistedDoubts []plan.Code

	acceptedFindings []acceptedFinding // all of the policy, in its order
	acceptances      []*acceptance     // all of the policy, in its order
	declared         *declared         // nil: the baseline does not tell
	leftOut          int               // users of whom options leave something out
	whole            plan.GuardCounts  // what the changes of all users would do, those too that options leave out
}

func newPlanner(in Input) *planner {
	p := &planner{
		in:               in,
		catalog:          license.NewCatalog(in.Observed.SKUs),
		day:              in.Options.At,
		names:            newNameCache(),
		servicePlanNames: map[license.GUID]string{},
		resolved:         map[*plan.DesiredLicense]resolved{},

		redundancies: redundancies{known: map[string][]redundancy{}},
		whole:        plan.NewGuardCounts(),
		gifts:        gifts{},
		origins:      map[plan.Origin]*plan.Origin{},
	}
	for _, sku := range in.Observed.SKUs {
		for _, servicePlan := range sku.Plans {
			p.servicePlanNames[servicePlan.ID] = servicePlan.Name
		}
	}
	if p.day.IsZero() {
		p.day = plan.DateOf(in.Now.In(location(in.Policy)))
	}
	p.users = newUserIndex(in.Observed)
	p.selectors = selectors{day: p.day, answers: in.Observed.Answers, all: in.Desired.Selections}
	p.resolvePolicy()
	p.declared = newDeclared(in, p.day)
	p.entries, p.memberships = p.indexEntries(), p.indexSelections()
	return p
}

func location(policy plan.Policy) *time.Location {
	if policy.Location == nil {
		return time.UTC
	}
	return policy.Location
}

// fate is what becomes of one user.
type fate struct {
	managed *managedUser // nil: they are not managed
	change  *draft       // nil: nothing has to change, or nothing may
}

// changes makes the drafts of all users that differ, sorted as the plan shows
// them, counts what all managed users hold, and tells what becomes of one of
// them; nil: of nobody.
func (p *planner) changes(follow *license.UserState) ([]*draft, census, fate) {
	var out []*draft
	var followed fate
	all := newCensus()
	for s := range p.managedUsers() {
		all.count(s.user, p.scope)
		d := p.draft(s)
		if d == nil {
			p.remarkRedundant(s, nil)
		} else if p.admits(d) {
			d.managed = s.clone()
			p.hold(d)
			out = append(out, d)
		} else {
			d = nil
		}
		if s.user == follow {
			followed = fate{s.clone(), d}
		}
	}
	slices.SortFunc(out, func(a, b *draft) int {
		return cmp.Or(strings.Compare(a.key, b.key), license.CompareGUIDs(a.User.ID, b.User.ID))
	})
	return out, all, followed
}

// admits reports whether a change is in the plan, and notes what the options
// leave out of it.
func (p *planner) admits(d *draft) bool {
	p.tally(&p.whole, d)
	admitted := !d.isEmptied() && p.keep(d)
	if !admitted || d.leftOut {
		d.managed.leftOut = true
		p.leftOut++
	}
	return admitted
}

// isEmptied reports whether Options.Cause leaves nothing of the change.
func (d *draft) isEmptied() bool { return d.leftOut && len(d.Actions) == 0 }

// hold keeps back what the options do not let through, and what takes
// something away where drift alone is corrected, unless the policy lets it: at
// night nobody is there to ask. A change is one call, so it waits as a whole.
func (p *planner) hold(d *draft) {
	if d.Status != plan.StatusReady || !d.TakesAway() {
		return
	}
	if p.in.Options.AdditionsOnly {
		d.hold(plan.CodeAdditionsOnly)
	}
	if p.in.Options.Cause == plan.CauseDrift && p.in.Policy.DriftRemovals != plan.DriftRemovalsApply {
		d.hold(plan.CodeDriftRemoval)
	}
}

func (d *draft) hold(reason plan.Code) {
	d.Status = plan.StatusHeld
	d.Reasons = append(d.Reasons, reason)
}

// published gives the changes of drafts. It never returns nil.
func published(drafts []*draft) []plan.Change {
	out := make([]plan.Change, 0, len(drafts))
	for _, d := range drafts {
		slices.Sort(d.Reasons)
		d.Reasons = slices.Compact(d.Reasons)
		out = append(out, d.Change)
	}
	return out
}
