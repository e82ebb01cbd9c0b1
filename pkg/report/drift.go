package report

import (
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// driftView is what every format says of how a tenant differs from its
// manifests: a plan, seen from what was done in the tenant.
type driftView struct {
	*planView
	text wording // how differences are worded
}

// newDriftView sorts the changes of a plan by what was done in the tenant. Notes
// that have nothing to do with a difference are left to the plan, unless
// Options.Full.
func newDriftView(p *plan.Plan, o Options, w wording) *driftView {
	v := newPlanView(withoutAsides(p, o), o)
	v.sections = sectionsOf(v.changeRows, byHand())
	return &driftView{v, w}
}

// withoutAsides gives the plan without the notes that are about no difference.
func withoutAsides(p *plan.Plan, o Options) *plan.Plan {
	if o.Full {
		return p
	}
	out := *p
	out.Findings = slices.DeleteFunc(slices.Clone(p.Findings), func(f plan.Finding) bool {
		return f.Severity.Rank() == plan.SeverityInfo.Rank() && f.Code != plan.CodeAcceptedDrift
	})
	return &out
}

// The kinds of differences, in the order in which they are shown. A user who
// lost something may be unable to work now.
const (
	lost sectionKind = iota
	given
	altered
	unexplained // on which side it came up nobody can tell
	signalled   // a rule of the policy takes or gives by a sign of use
	waiting     // in the manifests, and not applied yet
	differences
)

// byHand sorts changes by what was done in the tenant.
func byHand() sorting { return sorting{differences, differenceOf} }

// differenceOf gives the kind of the worst that was done to the user of a
// change. Without a baseline every difference is taken for done in the tenant.
func differenceOf(c *plan.Change) sectionKind {
	return differenceAmong(c.Actions)
}

func differenceAmong(actions []plan.Action) sectionKind {
	if len(actions) == 0 {
		return unexplained // no write would put it right
	}
	most := waiting
	for _, a := range actions {
		most = min(most, differenceIn(a))
	}
	return most
}

func differenceIn(a plan.Action) sectionKind {
	switch {
	case a.Cause == plan.CausePending:
		return waiting
	case isBySignal(a):
		return signalled
	case a.Cause == plan.CauseUnknown:
		return unexplained
	case a.Op == plan.OpAdd:
		return lost
	case a.Op == plan.OpRemove:
		return given
	default:
		return altered
	}
}

// differenceLooks says how each kind of difference is laid out.
var differenceLooks = [differences]struct {
	title   string // with a baseline
	without string // without one
	marker  sign
	tone    layout.Tone
	keep    int
}{
	lost:        {"TAKEN AWAY IN THE TENANT", "MISSING IN THE TENANT", loses, layout.Bad, keepLosses},
	given:       {"GIVEN IN THE TENANT", "IN THE TENANT, AND NOT DECLARED", gains, layout.Good, keepErrors},
	altered:     {"CHANGED IN THE TENANT", "OTHERWISE THAN DECLARED", alters, layout.Worth, keepChanges},
	unexplained: {"NOT KNOWN SINCE WHEN", "DIFFERENT, AND NOT TO BE PUT RIGHT BY A WRITE", "?", layout.Worth, keepAdditions},
	signalled:   {"BY SIGNS OF USE", "BY SIGNS OF USE", "=", layout.Worth, keepAdditions},
	waiting:     {"MERGED AND NOT APPLIED YET", "", "=", layout.Faint, keepHeld},
}

// title is what a kind of difference is called.
func (v *driftView) title(k sectionKind) string {
	look := differenceLooks[k]
	if !v.hasBaseline() && look.without != "" {
		return look.without
	}
	return look.title
}

// repairing gives the command that puts everything right; empty: there is none
// that says it all.
func (o Options) repairing() string {
	if o.knowsCommand() {
		return o.Apply
	}
	return ""
}

func (v *driftView) hasBaseline() bool { return !v.head.Since.IsZero() }

// since gives "since 2026-11-20 18:00 UTC", or nothing without a baseline.
func (v *driftView) since() string {
	if !v.hasBaseline() {
		return ""
	}
	return "since " + stamp(v.head.Since)
}

// stamp gives "2026-11-19 22:10 UTC".
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// nothing is the one line for a tenant in which nothing differs.
func (v *driftView) nothing() string {
	none := "No drift"
	if since := v.since(); since != "" {
		none += " " + since
	}
	if n := v.count(plan.SeverityError); n > 0 {
		none = "No drift was found, but " + counted(n, "error") + choose(n, " keeps", " keep") + " some of it from being seen"
	}
	return none + ": " + v.rest() + ", tenant " + v.tenant + "."
}

// difference is a part of a change, seen from what is in the tenant.
type difference struct {
	part
	cause   plan.Cause
	country string // that is there in place of the one declared; safe, empty: none
}

// differencesOf puts the differences of a batch into words.
func (v *planView) differencesOf(b *batch) []difference {
	return v.differencesAmong(v.changeRows.at(int(b.changes[0])).Actions)
}

func (v *planView) differencesAmong(actions []plan.Action) []difference {
	var out []difference
	for _, a := range actions {
		d := difference{part: v.part(a), cause: a.Cause}
		d.what += v.keptText(d.part)
		if isBySignal(a) {
			d.cause = plan.CauseSignal
		}
		if a.Before != nil && a.Before.UsageLocation != nil {
			d.country = Safe(*a.Before.UsageLocation)
		}
		out = append(out, d)
	}
	return out
}

// doneText says what was done in the tenant, and what the manifests ask for
// beside it.
func (v *driftView) doneText(all []difference) string {
	var done, asked, ruled []string
	for _, d := range all {
		switch d.cause {
		case plan.CausePending:
			asked = append(asked, v.text.partsText([]part{d.part}))
		case plan.CauseSignal:
			ruled = append(ruled, v.text.partsText([]part{d.part}))
		default:
			done = append(done, v.done(d))
		}
	}
	if len(ruled) > 0 {
		done = append(done, bySignals+strings.Join(ruled, ", "))
	}
	switch {
	case len(all) == 0:
		return "differs from what is declared, in what no write puts right"
	case len(done) == 0:
		return strings.Join(asked, ", ")
	case len(asked) > 0:
		done = append(done, notApplied+strings.Join(asked, ", "))
	}
	return strings.Join(done, "; ")
}

// notApplied begins what the manifests ask for, and nobody has applied.
const notApplied = "merged and not applied yet: "

// bySignals begins what rules of the policy take or give by signs of use.
const bySignals = "by signs of use: "

// isBySignal reports whether a rule of the policy takes or gives by a sign of use,
// which is known of what is taken without a baseline too.
func isBySignal(a plan.Action) bool {
	return a.Cause == plan.CauseSignal || a.CausedBy != nil && a.CausedBy.Kind == plan.OriginReclaim
}

// isNotDrift reports whether a difference was not made in the tenant.
func (d difference) isNotDrift() bool {
	return d.cause == plan.CausePending || d.cause == plan.CauseSignal
}

// done says of one difference what was done in the tenant: the opposite of what
// puts it right. Of what nobody knows the cause of it says what is.
func (v *driftView) done(d difference) string {
	words := [...]string{lost: " is missing", given: " is there", altered: " differs"}
	if d.cause == plan.CauseDrift {
		words = [...]string{lost: " was taken away", given: " was given", altered: " was changed"}
	}
	switch d.op {
	case plan.OpAdd:
		return v.text.style.Paint(layout.Bad, d.product+words[lost])
	case plan.OpReprocess:
		return v.text.style.Paint(layout.Worth, "groups could not give something, and may now")
	case plan.OpRemove:
		if len(d.kept) > 0 {
			return v.text.style.Paint(layout.Worth, d.product+words[given]+" directly, although a group gives it as well")
		}
		return v.text.style.Paint(layout.Good, d.product+words[given])
	case plan.OpSetUsageLocation:
		if d.country == "" {
			return v.text.style.Paint(layout.Worth, d.what+" is missing")
		}
		return v.text.style.Paint(layout.Worth, "usage location is "+d.country)
	}
	seen := d.part
	seen.off, seen.on = d.on, d.off
	return v.text.style.Paint(layout.Worth, d.product+words[altered]+v.text.plansText(seen))
}

// rightParts gives what puts the differences of a batch right; nil where nothing
// is to be put right, or no write does it.
func rightParts(all []difference) []part {
	var parts []part
	for _, d := range all {
		if !d.isNotDrift() {
			parts = append(parts, d.part)
		}
	}
	return parts
}

// keptBack says what is in the way of putting a batch right, or nothing.
func (v *driftView) keptBack(b *batch, all []difference) string {
	reasons := v.words(b).reasons
	if len(reasons) == 0 || len(all) > 0 && len(rightParts(all)) == 0 {
		return ""
	}
	return "kept back: " + strings.Join(reasons, ", ")
}

// rightAtOnce says what putting everything right does, and how.
func (v *driftView) rightAtOnce(repair repair) []string {
	lines := []string{"Putting it right " + repair.text() + "."}
	if !repair.attributed && v.hasBaseline() && repair.drifted {
		lines = append(lines, "Who did it is not known: that takes the permissions AuditLog.Read.All and Directory.Read.All, and the log is some minutes behind and goes back 7 or 30 days.")
	}
	if repair.takesAway && repair.drifted {
		lines = append(lines, "At night, changes that take something away are held. By day, leave out --cause. Or accept the difference with acceptedDrift, or allow such changes with drift.removals in the policy.")
	}
	if !v.applyable {
		lines = append(lines, v.text.style.Paint(layout.Bad, "apply refuses all of it as it stands: "+strings.Join(v.obstaclesInShort(), ", ")+"."))
	}
	return lines
}

// driftSum counts the users of each kind.
func (v *driftView) driftSum() string {
	words := [differences]string{
		lost: "lost something", given: "got something", altered: "changed otherwise",
		unexplained: "not known to the baseline", signalled: "by signs of use", waiting: "merged and not applied yet",
	}
	if !v.hasBaseline() {
		words[unexplained] = "kept back"
	}
	var counts []string
	for _, s := range v.sections {
		counts = append(counts, counted(s.users, "user")+" "+words[s.kind])
	}
	return "Drift: " + strings.Join(append(v.groupSums(words), counts...), ", ") + "; " + v.rest() + "."
}

// repair is what putting differences right does.
type repair struct {
	gives, takes, moves, plans, countries int

	groups     int  // come to give what is declared
	members    int  // lose something by these
	drifted    bool // something is known to be drift
	takesAway  bool // some of the drift is put right by taking something away
	attributed bool // somebody is named who did some of it
}

// repair sums up what puts the differences right, those aside that are blocked, which
// no command puts right, or that are merged and not applied yet, or may be.
func (v *driftView) repair() repair {
	var out repair
	out.addGroups(v)
	for i := range v.changeRows.len() {
		c := v.changeRows.at(i)
		out.attributed = out.attributed || len(c.Audit) > 0
		if c.Status == plan.StatusBlocked {
			continue
		}
		for _, a := range c.Actions {
			out.add(a)
		}
	}
	return out
}

func (r *repair) add(a plan.Action) {
	if a.Cause == plan.CausePending || a.Cause == plan.CauseUnknown || isBySignal(a) {
		return
	}
	if a.Cause == plan.CauseDrift {
		r.drifted, r.takesAway = true, r.takesAway || a.Op == plan.OpRemove || turnsOff(a)
	}
	switch a.Op {
	case plan.OpAdd:
		r.gives++
	case plan.OpRemove:
		r.takes += weight(a.Loses())
		r.moves += weight(!a.Loses())
	case plan.OpSetUsageLocation:
		r.countries++
	default:
		r.plans++
	}
}

func (r repair) isNothing() bool { return r == repair{attributed: r.attributed} }

// text gives "gives 3 licenses, takes 1 license away".
func (r repair) text() string {
	var parts []string
	if r.gives > 0 {
		parts = append(parts, "gives "+counted(r.gives, "license"))
	}
	if r.takes > 0 {
		parts = append(parts, "takes "+counted(r.takes, "license")+" away")
	}
	if r.moves > 0 {
		parts = append(parts, "takes "+counted(r.moves, "license")+" away that groups go on giving")
	}
	if r.plans > 0 {
		parts = append(parts, "sets the service plans of "+counted(r.plans, "license"))
	}
	if r.countries > 0 {
		parts = append(parts, "sets "+counted(r.countries, "usage location"))
	}
	if r.groups > 0 {
		text := "changes what " + counted(r.groups, "group") + choose(r.groups, " gives", " give")
		if r.members > 0 {
			text += " (" + counted(r.members, "member") + choose(r.members, " loses", " lose") + " something)"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
