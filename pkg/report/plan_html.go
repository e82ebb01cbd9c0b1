package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanHTML writes a plan as one page for a browser, in the order of the other
// formats: the verdict, the guards, the changes, those first that take something
// away, the findings, the seats as a chart, and the cost. Where seats are short
// they stand before the changes. The page holds all changes; its
// script lets a reader filter and search them, and without it the first of
// each kind can be read. With Options.Full all of them can.
//
// The page needs no network, and its Content-Security-Policy allows none.
//
// The error is the writer's.
func PlanHTML(w io.Writer, p *plan.Plan, o Options) error {
	h := newHTMLPlan(newPlanView(p, o), o)
	page := htmlPage{
		Title: "Plan for " + h.Tenant, Body: h, Whole: o.Full,
		Lists: &htmlData{lists: []*htmlList{h.Changes, h.Findings}},
	}
	if err := writeHTML(w, "plan", page); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// htmlPlan is what the template of a plan lays out.
type htmlPlan struct {
	Tenant   string
	About    []string
	Verdict  htmlVerdict
	Counts   []htmlCount
	Guards   []htmlGuard
	Stopped  bool // a guard has tripped, and nobody has approved it
	Approval string
	Command  string // that stands for the approval
	Unsaved  bool   // the plan has to be saved for the command
	Seats    []htmlSeats
	Short    bool // of some product there are fewer than the plan needs
	Groups   []htmlGroup
	Found    []foundRow
	Origins  []originRow
	Cost     *htmlCost
	Changes  *htmlList
	Findings *htmlList
	PlanID   string
	Genuine  bool // the plan id is one, and may be copied
	Sources  []string
	Facts    []note
}

// htmlVerdict is the first thing to read.
type htmlVerdict struct {
	Tone  string // quiet, go, warn, stop
	State string
	Title string
	Text  string
}

// htmlCount is a number with its meaning.
type htmlCount struct {
	Value string
	Label string
	Tone  string
}

func newHTMLPlan(v *planView, o Options) *htmlPlan {
	p := v.head
	h := &htmlPlan{
		Tenant:   tenantTitle(p.Tenant),
		Verdict:  planVerdict(v),
		Counts:   planCounts(v),
		Seats:    htmlSeatsOf(v.seats),
		Short:    v.isShort(),
		Groups:   htmlGroups(v.groups),
		Found:    v.found,
		Origins:  v.origins,
		Cost:     newHTMLCost(v),
		Changes:  htmlChanges(v),
		Findings: htmlFindings(v),
		PlanID:   v.planID,
		Facts: []note{
			{"Tenant", v.tenant}, {"As of", v.asOf}, {"Made", p.CreatedAt.UTC().Format("2006-01-02 15:04 UTC")}, {"Made by", toolVersion(p.Tool)},
		},
	}
	_, h.Genuine = planDigest(p.PlanID)
	h.About = []string{"as of " + v.asOf, v.managed()}
	if v.files > 0 {
		h.About = append(h.About, "from "+counted(v.files, "file"))
	}
	for _, s := range p.Sources {
		h.Sources = append(h.Sources, Safe(s.Path))
	}
	if !v.isQuiet() || !v.applyable {
		h.Guards = htmlGuards(v.guards)
	}
	h.Stopped = len(v.stopping()) > 0
	if a := v.approval; a != nil {
		h.Approval, h.Command = strings.Join(a.document(), "\n")+"\n", a.command(o.applyCommand())
		h.Unsaved = o.hasToBeSaved()
	}
	return h
}

func toolVersion(t plan.Tool) string { return strings.TrimSpace(Safe(t.Name) + " " + Safe(t.Version)) }

// planVerdict says what a reader has to know if they read nothing else.
func planVerdict(v *planView) htmlVerdict {
	n := v.summary.Changed
	changes, would := counted(n, "user")+choose(n, " changes", " change"), counted(n, "user")+" would change"
	switch groups := v.groupsText(); {
	case groups != "" && v.summary.Users == 0:
		changes, would = groups, groups
	case groups != "":
		changes, would = groups+", "+changes, groups+", "+would
	}
	verdict := htmlVerdict{Tone: "go", State: "Can be applied", Title: changes}
	switch {
	case !v.applyable:
		verdict.Tone, verdict.State, verdict.Title = "stop", "Not applyable", would
		verdict.Text = "Stopped: " + wording{}.joined(v.obstacles(), shownPlans) + "."
	case v.isQuiet():
		verdict.Tone, verdict.State, verdict.Title = "quiet", "Nothing to do", "No changes"
		verdict.Text = v.rest() + "."
	case n+v.summary.GroupsChanged == 0:
		verdict.Tone, verdict.State = "warn", "Nothing can be applied"
	}
	if v.leftOut+v.leftOutGroups > 0 && v.applyable {
		verdict.Text = v.rest() + "."
	}
	if errors := v.count(plan.SeverityError); errors > 0 && v.applyable {
		verdict.Tone, verdict.State = "warn", verdict.State+", but there "+choose(errors, "is ", "are ")+counted(errors, "error")
		verdict.Text = "The findings say what is wrong; what they concern is left alone."
	}
	return verdict
}

// planCounts are the numbers of the summary, those first that a reviewer
// fears. What is zero stands back.
func planCounts(v *planView) []htmlCount {
	s := v.summary
	if v.isQuiet() {
		return nil
	}
	t := v.taken
	counts := []htmlCount{
		{number(t.bare), choose(t.bare, "user keeps no direct license", "users keep no direct license"), "remove"},
		{number(t.losing), choose(t.losing, "user", "users") + t.lose(), "remove"},
		{number(s.Remove), choose(s.Remove, "license removed", "licenses removed"), "remove"},
		{number(t.plansOff), choose(t.plansOff, "license", "licenses") + " with a service plan off", "remove"},
		{number(s.Update), choose(s.Update, "license changed", "licenses changed"), "update"},
		{number(s.Add), choose(s.Add, "license added", "licenses added"), "add"},
		{number(s.SetUsageLocation), choose(s.SetUsageLocation, "usage location", "usage locations"), "locate"},
		{number(s.Blocked), choose(s.Blocked, "user blocked", "users blocked"), "blocked"},
		{number(s.Held), choose(s.Held, "user held", "users held"), "held"},
		{number(s.Unchanged), choose(s.Unchanged, "user unchanged", "users unchanged"), ""},
	}
	for i := range counts {
		if counts[i].Value == "0" {
			counts[i].Tone = "none"
		}
	}
	if v.cost != "" {
		counts = append(counts, htmlCount{v.cost, "a month", "cost"})
	}
	return counts
}

// actionValues name the actions of changes, those first that need a look.
func actionValues() []htmlValue {
	return []htmlValue{
		{Value: string(plan.OpRemove), Label: "Remove"},
		{Value: string(plan.OpUpdate), Label: "Update"},
		{Value: string(plan.OpAdd), Label: "Add"},
		{Value: string(plan.OpSetUsageLocation), Label: "Usage location"},
	}
}

func causeValues() []htmlValue {
	return []htmlValue{
		{Value: string(plan.CauseDrift), Label: "Drift"},
		{Value: string(plan.CausePending), Label: "Pending"},
		{Value: causeWord(plan.CauseSignal), Label: "Sign of use"},
		{Value: causeWord(plan.CauseUnknown), Label: "Unknown"},
	}
}

// htmlSectionTitles says how the sections of a plan are called on a page.
var htmlSectionTitles = [sectionCount]struct{ title, tone, status string }{
	losses:    {"Losses", "remove", string(plan.StatusReady)},
	swaps:     {"Swaps", "update", string(plan.StatusReady)},
	plansOff:  {"Service plans off", "remove", string(plan.StatusReady)},
	moves:     {"Moves to groups", "update", string(plan.StatusReady)},
	changes:   {"Other changes", "update", string(plan.StatusReady)},
	additions: {"Additions", "add", string(plan.StatusReady)},
	blocked:   {"Blocked", "blocked", string(plan.StatusBlocked)},
	held:      {"Held", "held", string(plan.StatusHeld)},
}

func htmlChanges(v *planView) *htmlList {
	list := &htmlList{Name: "changes", Noun: "user", Kind: "change", Search: htmlSearch{"user", "Search users"}, Facets: []htmlFacet{}}
	for _, s := range v.sections {
		look := htmlSectionTitles[s.kind]
		list.Total += s.users
		list.Sections = append(list.Sections, &htmlSection{
			Title: look.title, Size: sectionSize(s), Tone: look.tone,
			Batches: htmlBatches{len(s.batches), func(i int) *htmlBatch { return v.htmlChange(s.batches[i], look.status) }},
		})
	}
	counts := list.tagCounts()
	list.addFacets(
		counts.facet("action", "Action", actionValues()...),
		counts.facet("status", "Status",
			htmlValue{Value: string(plan.StatusReady), Label: "Ready"},
			htmlValue{Value: string(plan.StatusBlocked), Label: "Blocked"},
			htmlValue{Value: string(plan.StatusHeld), Label: "Held"}),
		counts.facet("cause", "Cause", causeValues()...),
		counts.facet("product", "Product"),
	)
	return list
}

func (v *planView) htmlChange(b *batch, status string) *htmlBatch {
	words := v.words(b)
	out := &htmlBatch{
		Parts: htmlParts(words.parts), Cause: words.cause, Reasons: words.reasons,
		Notes: planNotes(words.parts), Tags: partTags(words.parts, words.cause),
	}
	if words.swap {
		out.Parts = htmlSwap(words.parts)
	}
	out.Tags["status"] = []string{status}
	if words.losesAll {
		out.Warning = "keeps no direct license"
	}
	out.about(v.users(b))
	return out
}

// htmlSeverities says how findings are called, by Severity.Rank.
var htmlSeverities = [...]struct{ title, label, tone string }{
	{"Errors", "Error", "error"},
	{"Warnings", "Warning", "warning"},
	{"Notes", "Note", "info"},
}

func htmlFindings(v *planView) *htmlList {
	list := &htmlList{Name: "findings", Noun: "finding", Kind: "finding", Search: htmlSearch{"finding", "Search findings"}, Facets: []htmlFacet{}}
	var severities []htmlValue
	for _, s := range v.findings {
		look := htmlSeverities[s.severity.Rank()]
		severities = append(severities, htmlValue{Value: look.tone, Label: look.label})
		for _, b := range s.batches {
			list.Total += v.about(b).size
		}
		list.Sections = append(list.Sections, &htmlSection{
			Title: look.title, Size: counted(s.count, "finding"), Tone: look.tone,
			Batches: htmlBatches{len(s.batches), func(i int) *htmlBatch { return v.htmlFinding(s, i, look.tone) }},
		})
	}
	counts := list.tagCounts()
	list.addFacets(counts.facet("severity", "Severity", severities...), counts.facet("code", "Code"))
	return list
}

func (v *planView) htmlFinding(s findingsSection, i int, severity string) *htmlBatch {
	g := v.findingWords(s, i)
	out := &htmlBatch{
		Code: g.code, Message: g.message,
		Tags: map[string][]string{"severity": {severity}, "code": {g.code}},
	}
	out.about(v.about(s.batches[i]))
	for _, product := range g.each {
		out.Notes = append(out.Notes, note{"seats", product})
	}
	if g.cost != "" {
		out.Notes = append(out.Notes, note{"costs", g.cost + " a month"})
	}
	if g.hint != "" {
		out.Notes = append(out.Notes, note{"hint", g.hint})
	}
	if len(g.related) > 0 {
		out.Notes = append(out.Notes, note{"see also", strings.Join(g.related, ", ")})
	}
	return out
}

// tenantTitle is what people call a tenant.
func tenantTitle(t plan.Tenant) string { return cmp.Or(Safe(t.DisplayName), t.ID.String()) }
