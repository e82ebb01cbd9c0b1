package report

import (
	"fmt"
	"io"
	"time"

	"github.com/licensectl/licensectl/pkg/receipt"
)

// ReceiptHTML writes a receipt as one page for a browser: how the run went,
// and what became of every change, what went wrong first. It is built as the
// page of a plan is, and as PlanHTML says.
//
// The error is the writer's.
func ReceiptHTML(w io.Writer, r *receipt.Receipt, o Options) error {
	h := newHTMLReceipt(newReceiptView(r, o))
	page := htmlPage{
		Title: "Receipt for " + h.Tenant, Body: h, Whole: o.Full,
		Lists: &htmlData{lists: []*htmlList{h.Results}},
	}
	if err := writeHTML(w, "receipt", page); err != nil {
		return fmt.Errorf("writing the receipt: %w", err)
	}
	return nil
}

// htmlReceipt is what the template of a receipt lays out.
type htmlReceipt struct {
	Tenant   string
	About    []string
	Verdict  htmlVerdict
	Outcomes []htmlOutcome
	Alerts   []string // why the receipt is not what was planned
	Groups   []htmlGroupResult
	Counts   string // of the groups
	Results  *htmlList
	Next     string // how to go on
	PlanID   string
	Genuine  bool // the plan id is one, and may be copied
	Facts    []note
}

// htmlOutcome is one outcome with its share of the changes.
type htmlOutcome struct {
	Name, Meaning, Count string
	Tone                 string
	At, Bar              string // where its bar begins and how long it is: "48.5%"
}

func newHTMLReceipt(v *receiptView) *htmlReceipt {
	run := v.head.Run
	h := &htmlReceipt{
		Tenant:   tenantTitle(run.Tenant),
		About:    []string{"started " + v.started.UTC().Format("2006-01-02 15:04:05 UTC")},
		Verdict:  receiptVerdict(v),
		Outcomes: htmlOutcomes(v),
		Groups:   v.htmlGroupResults(),
		Counts:   v.groupCounts(),
		Results:  htmlResults(v),
		Next:     v.howToGoOn(),
		PlanID:   v.planID,
		Facts:    receiptFacts(v),
	}
	_, h.Genuine = planDigest(run.PlanID)
	if v.took != 0 {
		h.About = append(h.About, "took "+v.took.Round(time.Second).String())
	}
	if v.actor != "" {
		h.About = append(h.About, "by "+v.actor)
	}
	if v.stopped != "" {
		h.Alerts = append(h.Alerts, "Stopped: "+v.stopped)
	}
	if !v.complete {
		h.Alerts = append(h.Alerts, "Cut short: "+v.whatIsMissing())
	}
	return h
}

func receiptFacts(v *receiptView) []note {
	facts := []note{{"Tenant", v.tenant}, {"Run", v.runID}}
	if v.commit != "" {
		facts = append(facts, note{"Commit", v.commit})
	}
	if v.limits != "" {
		facts = append(facts, note{"Note", v.limits})
	}
	return append(facts, note{"Made by", toolVersion(v.head.Run.Tool)})
}

// receiptVerdict says how the run went as a whole.
func receiptVerdict(v *receiptView) htmlVerdict {
	if verdict, only := v.groupVerdict(); only {
		return verdict
	}
	settled := v.counts[receipt.Done] + v.counts[receipt.Already]
	verdict := htmlVerdict{
		Tone: "go", State: "Done",
		Title: number(settled) + " of " + counted(v.planned, "change") + choose(settled, " is", " are") + " in place",
		Text:  v.verifiedText(),
	}
	switch {
	case v.planned == 0:
		verdict.Tone, verdict.State, verdict.Title = "quiet", "Nothing to do", "No changes"
	case !v.complete:
		verdict.Tone, verdict.State = "stop", "Cut short"
	case settled < v.planned:
		verdict.Tone, verdict.State = "stop", "Done in part"
	case v.head.OpenGroups() > 0:
		verdict.Tone, verdict.State = "stop", "Done in part"
		verdict.Text = v.groupCounts()
	case v.unseen > 0:
		verdict.Tone, verdict.State = "warn", "Done, not all of it seen"
	}
	return verdict
}

func htmlOutcomes(v *receiptView) []htmlOutcome {
	var out []htmlOutcome
	begin := 0
	share := func(n int) string { return fmt.Sprintf("%.2f%%", 100*float64(n)/float64(max(v.planned, 1))) }
	for _, outcome := range receipt.Outcomes() {
		n := v.counts[outcome]
		if n == 0 {
			continue
		}
		name, meaning := outcomeWords(outcome)
		out = append(out, htmlOutcome{
			Name: name, Meaning: meaning, Count: number(n), Tone: outcomeTone(outcome), At: share(begin), Bar: share(n),
		})
		begin += n
	}
	return out
}

func outcomeTone(o receipt.Outcome) string {
	switch o {
	case receipt.Done, receipt.Already:
		return "add"
	case receipt.Refused, receipt.Failed, receipt.Unknown:
		return "error"
	case receipt.Stale, receipt.Blocked:
		return "warning"
	default:
		return "held"
	}
}

func htmlResults(v *receiptView) *htmlList {
	list := &htmlList{Name: "results", Noun: "user", Kind: "result", Search: htmlSearch{"user", "Search users"}, Facets: []htmlFacet{}}
	var outcomes []htmlValue
	for _, s := range v.outcomes {
		name, meaning := s.words()
		tone := outcomeTone(s.outcome)
		if s.unverified {
			tone = "warning"
		}
		title := capital(name)
		outcomes = append(outcomes, htmlValue{Value: name, Label: title})
		list.Total += s.users
		list.Sections = append(list.Sections, &htmlSection{
			Title: title, Size: counted(s.users, "user") + ": " + meaning, Tone: tone,
			Batches: htmlBatches{len(s.batches), func(i int) *htmlBatch { return v.htmlResult(s.batches[i], name) }},
		})
	}
	counts := list.tagCounts()
	list.addFacets(
		counts.facet("outcome", "Outcome", outcomes...),
		counts.facet("action", "Action", actionValues()...),
		counts.facet("product", "Product"),
	)
	return list
}

func (v *receiptView) htmlResult(b *resultBatch, outcome string) *htmlBatch {
	words, users := v.words(b), v.users(b)
	out := &htmlBatch{
		Parts: htmlParts(words.parts), Cause: words.cause, Message: words.message, Reasons: words.reasons,
		Notes: planNotes(words.parts), Tags: partTags(words.parts, words.cause),
	}
	out.Tags["outcome"] = []string{outcome}
	out.about(userList{users.size, func(i int) member {
		m := users.at(i)
		m.notes = requestNotes(v.resultRows.at(int(b.results[i])))
		return m
	}})
	for _, n := range []note{{"hint", words.hint}, {"service", words.service}} {
		if n.Text != "" {
			out.Notes = append(out.Notes, n)
		}
	}
	return out
}
