package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// DriftText writes for people how a tenant differs from its manifests. It
// speaks of what was done in the tenant, and by whom, where a plan speaks of
// what has to be done. Options.Apply is the command that puts it right. Where
// nothing differs it is one line, and the errors and warnings there are. Notes
// that have nothing to do with a difference are left to the plan, unless
// Options.Full.
//
// The error is the writer's.
func DriftText(w io.Writer, p *plan.Plan, o Options) error {
	p = withoutAsides(p, o)
	v := newPlanView(p, o)
	v.sections = sectionsOf(v.changeRows, byHand())
	t := driftText{planText{v: v, wording: wording{style: o.Style, full: o.Full}, page: layout.NewPage(w, o.Style), apply: o.Apply}}
	if !o.knowsCommand() {
		t.apply = ""
	}
	t.header()
	t.wording.blocks(t.page, t.parts(), t.end)
	t.end(t.page)
	if err := t.page.Close(); err != nil {
		return fmt.Errorf("writing the drift: %w", err)
	}
	return nil
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

// driftText lays differences out as text.
type driftText struct{ planText }

// The kinds of differences, in the order in which they are shown. A user who
// lost something may be unable to work now.
const (
	lost sectionKind = iota
	given
	altered
	unexplained // on which side it came up nobody can tell
	waiting     // in the manifests, and not applied yet
	differences
)

// byHand sorts changes by what was done in the tenant.
func byHand() sorting { return sorting{differences, differenceOf} }

// differenceOf gives the kind of the worst that was done to the user of a
// change. Without a baseline every difference is taken for done in the tenant.
func differenceOf(c *plan.Change) sectionKind {
	if len(c.Actions) == 0 {
		return unexplained // no write would put it right
	}
	most := waiting
	for _, a := range c.Actions {
		most = min(most, differenceIn(a))
	}
	return most
}

func differenceIn(a plan.Action) sectionKind {
	switch {
	case a.Cause == plan.CausePending:
		return waiting
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
	waiting:     {"MERGED AND NOT APPLIED YET", "", "=", layout.Faint, keepHeld},
}

func (t *driftText) hasBaseline() bool { return !t.v.head.Since.IsZero() }

// since gives "since 2026-11-20 18:00 UTC", or nothing without a baseline.
func (t *driftText) since() string {
	if !t.hasBaseline() {
		return ""
	}
	return "since " + stamp(t.v.head.Since)
}

// stamp gives "2026-11-19 22:10 UTC".
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

func (t *driftText) header() {
	if t.v.isQuiet() {
		t.page.Add(t.nothing())
		return
	}
	about := "Drift   "
	if t.hasBaseline() {
		about += t.since() + ", the time of the baseline"
	} else {
		about += "from the manifests; without --baseline nobody can tell since when, and what is merged and not applied counts too"
	}
	t.page.Add("Tenant  "+t.v.tenant, about)
}

// nothing is the one line for a tenant in which nothing differs.
func (t *driftText) nothing() string {
	none := "No drift"
	if since := t.since(); since != "" {
		none += " " + since
	}
	if n := t.v.count(plan.SeverityError); n > 0 {
		none = "No drift was found, but " + counted(n, "error") + choose(n, " keeps", " keep") + " some of it from being seen"
	}
	return none + ": " + t.v.rest() + ", tenant " + t.v.tenant + "."
}

// parts gives the differences and the findings.
func (t *driftText) parts() []layout.Block {
	var out []layout.Block
	for _, s := range t.v.sections {
		out = append(out, t.differenceBlock(s))
	}
	for _, f := range t.v.findings {
		out = append(out, t.findingsBlock(f))
	}
	return out
}

func (t *driftText) differenceBlock(s section) layout.Block {
	look := differenceLooks[s.kind]
	title := look.title
	if !t.hasBaseline() && look.without != "" {
		title = look.without
	}
	mark := "  " + t.style.Paint(look.tone, string(look.marker)) + " "
	b := layout.Block{
		Title: title + " (" + counted(s.users, "user") + ")", Keep: look.keep, Size: len(s.batches),
		Item: func(i int) layout.Item {
			return layout.Item{Users: len(s.batches[i].changes), Lines: func(yield func(string) bool) {
				users, all := t.v.users(s.batches[i]), t.v.differencesOf(s.batches[i])
				head := lines(mark + t.head(users, t.doneText(all)))
				joinLines(head, t.userLines(users), lines(t.rightLines(s.batches[i], all)...))(yield)
			}}
		},
	}
	if s.kind == lost {
		b.Least = leastLosses
	}
	return b
}

// difference is a part of a change, seen from what is in the tenant.
type difference struct {
	part
	cause   plan.Cause
	country string // that is there in place of the one declared; safe, empty: none
}

// differencesOf puts the differences of a batch into words.
func (v *planView) differencesOf(b *batch) []difference {
	var out []difference
	for _, a := range v.changeRows.at(int(b.changes[0])).Actions {
		d := difference{part: v.part(a), cause: a.Cause}
		if a.Before != nil && a.Before.UsageLocation != nil {
			d.country = Safe(*a.Before.UsageLocation)
		}
		out = append(out, d)
	}
	return out
}

// doneText says what was done in the tenant, and what the manifests ask for
// beside it.
func (t *driftText) doneText(all []difference) string {
	var done, asked []string
	for _, d := range all {
		if d.cause == plan.CausePending {
			asked = append(asked, t.partsText([]part{d.part}))
		} else {
			done = append(done, t.done(d))
		}
	}
	switch {
	case len(all) == 0:
		return "differs from what is declared, in what no write puts right"
	case len(done) == 0:
		return strings.Join(asked, ", ")
	case len(asked) > 0:
		done = append(done, "merged and not applied yet: "+strings.Join(asked, ", "))
	}
	return strings.Join(done, "; ")
}

// done says of one difference what was done in the tenant: the opposite of what
// puts it right. Of what nobody knows the cause of it says what is.
func (t *driftText) done(d difference) string {
	words := [...]string{lost: " is missing", given: " is there", altered: " differs"}
	if d.cause == plan.CauseDrift {
		words = [...]string{lost: " was taken away", given: " was given", altered: " was changed"}
	}
	switch d.op {
	case plan.OpAdd:
		return t.style.Paint(layout.Bad, d.product+words[lost])
	case plan.OpRemove:
		return t.style.Paint(layout.Good, d.product+words[given])
	case plan.OpSetUsageLocation:
		if d.country == "" {
			return t.style.Paint(layout.Worth, d.what+" is missing")
		}
		return t.style.Paint(layout.Worth, "usage location is "+d.country)
	}
	seen := d.part
	seen.off, seen.on = d.on, d.off
	return t.style.Paint(layout.Worth, d.product+words[altered]+t.plansText(seen))
}

// rightLines say what puts a difference right, and what is in the way of it.
func (t *driftText) rightLines(b *batch, all []difference) []string {
	const indent = "      "
	var parts []part
	for _, d := range all {
		if d.cause != plan.CausePending {
			parts = append(parts, d.part)
		}
	}
	if len(all) == 0 {
		return []string{indent + "kept back: " + strings.Join(t.v.words(b).reasons, ", ")}
	}
	if len(parts) == 0 {
		return nil
	}
	text := indent + "to put right: " + t.partsText(parts)
	words := t.v.words(b)
	if words.losesAll {
		text += t.style.Paint(layout.Bad, ", keeping no direct license")
	}
	if len(words.reasons) > 0 {
		text += "; kept back: " + strings.Join(words.reasons, ", ")
	}
	return []string{text}
}

// end adds the last lines: the sum, what putting it right does, and how.
func (t *driftText) end(p *layout.Page) {
	if t.v.isQuiet() {
		return
	}
	p.Gap()
	p.Add(t.style.Paint(layout.Strong, t.driftSum()))
	if repair := t.repair(); !repair.isNothing() {
		p.Add(t.rightAtOnce(repair)...)
	}
}

// rightAtOnce says what putting everything right does, and how.
func (t *driftText) rightAtOnce(repair repair) []string {
	lines := []string{"Putting it right " + repair.text() + "."}
	if !repair.attributed && t.hasBaseline() && repair.drifted {
		lines = append(lines, "Who did it is not known: that takes the permissions AuditLog.Read.All and Directory.Read.All, and the log is some minutes behind and goes back 7 or 30 days.")
	}
	if repair.takesAway && repair.drifted {
		lines = append(lines, "What takes something away is held at night: by day leave --cause out, or accept it (acceptedDrift), or let the policy (drift: {removals: apply}).")
	}
	if !t.v.applyable {
		lines = append(lines, t.style.Paint(layout.Bad, "apply refuses all of it as it stands: "+strings.Join(t.v.obstaclesInShort(), ", ")+"."))
	}
	if t.apply != "" {
		lines = append(lines, "To put it right: "+t.apply)
	}
	return lines
}

// driftSum counts the users of each kind.
func (t *driftText) driftSum() string {
	words := [differences]string{
		lost: "lost something", given: "got something", altered: "changed otherwise",
		unexplained: "of whom the baseline does not tell", waiting: "merged and not applied yet",
	}
	if !t.hasBaseline() {
		words[unexplained] = "kept back"
	}
	var counts []string
	for _, s := range t.v.sections {
		counts = append(counts, counted(s.users, "user")+" "+words[s.kind])
	}
	return "Drift: " + strings.Join(counts, ", ") + "; " + t.v.rest() + "."
}

// repair is what putting differences right does.
type repair struct {
	gives, takes, plans, countries int

	drifted    bool // something is known to be drift
	takesAway  bool // some of the drift is put right by taking something away
	attributed bool // somebody is named who did some of it
}

// repair sums up what puts the differences right, those aside that are merged
// and not applied yet, or may be.
func (t *driftText) repair() repair {
	var out repair
	for i := range t.v.changeRows.len() {
		c := t.v.changeRows.at(i)
		out.attributed = out.attributed || len(c.Audit) > 0
		for _, a := range c.Actions {
			out.add(a)
		}
	}
	return out
}

func (r *repair) add(a plan.Action) {
	if a.Cause == plan.CausePending || a.Cause == plan.CauseUnknown {
		return
	}
	if a.Cause == plan.CauseDrift {
		r.drifted, r.takesAway = true, r.takesAway || a.Op == plan.OpRemove || turnsOff(a)
	}
	switch a.Op {
	case plan.OpAdd:
		r.gives++
	case plan.OpRemove:
		r.takes++
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
	if r.plans > 0 {
		parts = append(parts, "sets the service plans of "+counted(r.plans, "license"))
	}
	if r.countries > 0 {
		parts = append(parts, "sets "+counted(r.countries, "usage location"))
	}
	return strings.Join(parts, ", ")
}
