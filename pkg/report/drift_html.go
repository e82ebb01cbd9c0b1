package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// DriftHTML writes how a tenant differs from its manifests as one page for a
// browser, as DriftText does. It is built as the page of a plan is, and as
// PlanHTML says.
//
// The error is the writer's.
func DriftHTML(w io.Writer, p *plan.Plan, o Options) error {
	drift := newDriftView(p, o, wording{})
	h := newHTMLDrift(drift, o)
	page := htmlPage{
		Title: "Drift of " + h.Tenant, Body: h, Whole: o.Full,
		Lists: &htmlData{lists: []*htmlList{h.Changes, h.Findings}},
	}
	if err := writeHTML(w, "drift", page); err != nil {
		return fmt.Errorf("writing the drift: %w", err)
	}
	return nil
}

// htmlDrift is what the template of a drift lays out.
type htmlDrift struct {
	Tenant   string
	About    []string
	Verdict  htmlVerdict
	Counts   []htmlCount
	Groups   []htmlGroup
	Right    []string // what putting it right does
	Command  string   // that does it; empty: none is known
	Changes  *htmlList
	Findings *htmlList
	PlanID   string
	Genuine  bool // the plan id is one, and may be copied
	Facts    []note
}

func newHTMLDrift(v *driftView, o Options) *htmlDrift {
	p := v.head
	h := &htmlDrift{
		Tenant:   tenantTitle(p.Tenant),
		About:    []string{"held against the manifests alone"},
		Verdict:  driftVerdict(v),
		Command:  o.repairing(),
		Groups:   v.htmlDriftGroups(),
		Changes:  htmlDifferences(v),
		Findings: htmlFindings(v.planView),
		PlanID:   v.planID,
		Facts: []note{
			{"Tenant", v.tenant}, {"As of", v.asOf}, {"Made", stamp(p.CreatedAt)}, {"Made by", toolVersion(p.Tool)},
		},
	}
	_, h.Genuine = planDigest(p.PlanID)
	if v.hasBaseline() {
		h.About = []string{v.since() + ", the time of the baseline"}
	}
	for _, s := range v.sections {
		title := v.title(s.kind)
		h.Counts = append(h.Counts, htmlCount{number(s.users), strings.ToLower(title), differenceTones[s.kind]})
	}
	if repair := v.repair(); !v.isQuiet() && !repair.isNothing() {
		h.Right = v.rightAtOnce(repair)
	} else {
		h.Command = ""
	}
	return h
}

// driftVerdict says what a reader has to know if they read nothing else.
func driftVerdict(v *driftView) htmlVerdict {
	if v.isQuiet() {
		verdict := htmlVerdict{Tone: "quiet", State: "As declared", Title: "No drift", Text: v.nothing()}
		if v.count(plan.SeverityError) > 0 {
			verdict.Tone, verdict.State = "warn", "Not all could be seen"
		}
		return verdict
	}
	users := 0
	for _, s := range v.sections {
		users += s.users
	}
	who := counted(users, "user") + choose(users, " differs", " differ")
	if groups := len(v.groups); groups > 0 && users == 0 {
		who = counted(groups, "group") + choose(groups, " differs", " differ")
	} else if groups > 0 {
		who = counted(groups, "group") + " and " + counted(users, "user") + " differ"
	}
	return htmlVerdict{Tone: "warn", State: "Differs", Title: who, Text: v.driftSum()}
}

// differenceTones are the classes of the kinds of differences.
var differenceTones = [differences]string{lost: "remove", given: "add", altered: "update", unexplained: "blocked", signalled: "held", waiting: "held"}

func htmlDifferences(v *driftView) *htmlList {
	list := &htmlList{Name: "changes", Noun: "user", Kind: "difference", Search: htmlSearch{"user", "Search users"}, Facets: []htmlFacet{}}
	for _, s := range v.sections {
		title := v.title(s.kind)
		list.Total += s.users
		list.Sections = append(list.Sections, &htmlSection{
			Title: title[:1] + strings.ToLower(title[1:]), Size: counted(s.users, "user"), Tone: differenceTones[s.kind],
			Batches: htmlBatches{len(s.batches), func(i int) *htmlBatch { return v.htmlDifference(s.batches[i]) }},
		})
	}
	counts := list.tagCounts()
	list.addFacets(counts.facet("cause", "Cause", causeValues()...), counts.facet("product", "Product"))
	return list
}

func (v *driftView) htmlDifference(b *batch) *htmlBatch {
	all, words := v.differencesOf(b), v.words(b)
	out := &htmlBatch{Message: v.doneText(all), Notes: planNotes(words.parts), Tags: partTags(words.parts, words.cause)}
	if parts := rightParts(all); len(parts) > 0 {
		out.Notes = append(out.Notes, note{"to put right", v.text.partsText(parts)})
		if b.losesAll {
			out.Warning = "keeps no direct license"
		}
	}
	if kept := v.keptBack(b, all); kept != "" {
		out.Reasons = words.reasons
	}
	out.about(v.users(b))
	return out
}
