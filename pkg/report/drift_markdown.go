package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// DriftMarkdown writes how a tenant differs from its manifests, as DriftText
// does, for an issue or a job summary. Its first line is
//
//	<!-- licensectl:drift v1 plan=sha256:… tenant=… -->
//
// by which a program finds the issue that it has opened before. The report takes
// at most the budget; what does not fit is left out and counted, what somebody
// lost at the very last. Options.Apply is the command that puts it right.
//
// The error is the writer's, or that of a budget below MinMarkdownBudget.
func DriftMarkdown(w io.Writer, p *plan.Plan, o MarkdownOptions) error {
	budget, err := o.budget()
	if err == nil {
		drift := newDriftView(p, o.Options, wording{})
		m := driftMarkdown{planMarkdown{drift.planView, o.Options}, drift}
		err = m.blocks().Write(w, budget, m.begin(), m.end())
	}
	if err != nil {
		return fmt.Errorf("writing the drift: %w", err)
	}
	return nil
}

// driftMarkdown lays differences out as markdown.
type driftMarkdown struct {
	planMarkdown
	drift *driftView
}

func (m *driftMarkdown) begin() string {
	begin := marker("drift", "plan", m.v.head.PlanID, m.v.head.Tenant.ID) + "### licensectl drift: "
	if m.v.isQuiet() {
		return begin + "none\n\n" + markdown.Prose(m.drift.nothing()) + "\n"
	}
	begin += strings.TrimSuffix(strings.TrimPrefix(m.drift.driftSum(), "Drift: "), ".") + "\n\nTenant " + markdown.Code(short(m.v.tenant)) + ", "
	if m.drift.hasBaseline() {
		return begin + m.drift.since() + ", the time of the baseline.\n"
	}
	return begin + "held against the manifests alone: without a baseline nobody can tell since when, and what is merged and not applied counts too.\n"
}

// end says what putting everything right does, and how.
func (m *driftMarkdown) end() string {
	repair := m.drift.repair()
	if m.v.isQuiet() || repair.isNothing() {
		return ""
	}
	out := "\n---\n"
	for _, line := range m.drift.rightAtOnce(repair) {
		out += "\n" + markdown.Prose(line) + "\n"
	}
	if command := m.o.repairing(); command != "" {
		out += "\nTo put it right: " + markdown.Code(command) + "\n"
	}
	return out
}

// blocks gives the differences and the findings.
func (m *driftMarkdown) blocks() markdown.Blocks {
	out := m.groupBlocks()
	for _, s := range m.v.sections {
		title := m.drift.title(s.kind)
		out = append(out, markdown.Block{
			Head:   "\n#### " + title[:1] + strings.ToLower(title[1:]) + " (" + counted(s.users, "user") + ")\n\n" + markdown.Head("who", "what", "where"),
			Notice: "| %s | | |\n", Noun: "kind", Keep: int(s.kind), Vital: s.kind == lost,
			Size: len(s.batches), Entry: func(i int) markdown.Entry { return m.batchEntry(s.batches[i]) },
		})
	}
	for _, f := range m.v.findings {
		out = append(out, m.findings(f))
	}
	return out
}

// batchEntry is a row for the users of whom the same is said, and as its longer
// form a row for each, where that is worth it.
func (m *driftMarkdown) batchEntry(b *batch) markdown.Entry {
	users := m.v.users(b)
	row := func(users userList) string {
		return markdown.Row(someUsers(users), m.doneText(b)+m.usersText(users)+m.rightText(b), sourcesMarkdown(users))
	}
	e := markdown.Entry{Users: users.size, Forms: []markdown.Form{func(most int) (string, bool) { return markdown.Fixed(row(users))(most) }}}
	if users.size > 1 && (m.o.Full || users.size <= shownUsers) {
		e.Forms = append(e.Forms, markdown.Pieced(func(yield func(string) bool) {
			for u := range users.all() {
				if !yield(row(alone(u))) {
					return
				}
			}
		}))
	}
	return e
}

// doneText says what was done in the tenant, and what the manifests ask for
// beside it.
func (m *driftMarkdown) doneText(b *batch) string {
	all := m.v.differencesOf(b)
	if len(all) == 0 {
		return m.drift.doneText(all)
	}
	var done []string
	for _, d := range all {
		if !d.isNotDrift() {
			done = append(done, markdown.Prose(m.drift.done(d)))
		}
	}
	for _, d := range all {
		if d.cause == plan.CauseSignal {
			done = append(done, bySignals+partsMarkdown([]part{d.part}))
		}
		if d.cause == plan.CausePending {
			done = append(done, notApplied+partsMarkdown([]part{d.part}))
		}
	}
	return strings.Join(done, "; ")
}

// rightText says what puts a difference right, and what is in the way of it.
func (m *driftMarkdown) rightText(b *batch) string {
	all, text := m.v.differencesOf(b), ""
	if parts := rightParts(all); len(parts) > 0 {
		text += "<br>to put right: " + partsMarkdown(parts)
		if b.losesAll {
			text += ", **keeping no direct license**"
		}
	}
	if kept := m.drift.keptBack(b, all); kept != "" {
		text += "<br>" + markdown.Prose(kept)
	}
	return text
}
