package report

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// FleetMarkdown writes the report of a fleet for a pull request or a job summary.
// Its first line is
//
//	<!-- licensectl:fleet v1 verb=plan fleet=NAME plan=sha256:… -->
//
// so that a pipeline finds its own comment again. Tenants that need a person come
// first, those where nothing is to be done last and folded away. It takes at most
// the budget: what does not fit is counted.
//
// The error is the writer's, or that of a budget below MinMarkdownBudget.
func FleetMarkdown(w io.Writer, r fleet.Report, o MarkdownOptions) error {
	budget, err := o.budget()
	if err == nil {
		err = fleetBlocks(r).Write(w, budget, fleetBegin(r), fleetEnd(r))
	}
	if err != nil {
		return fmt.Errorf("writing the report of the fleet: %w", err)
	}
	return nil
}

func fleetBegin(r fleet.Report) string {
	var out strings.Builder
	fmt.Fprintf(&out, "<!-- licensectl:fleet v1 verb=%s fleet=%s plan=%s -->\n", commentWord(r.Verb), commentWord(r.Fleet), commentWord(r.PlanID))
	out.WriteString("### " + markdown.Prose(fleetHeadline(r)) + "\n\n")
	var facts []string
	for _, n := range fleetSums(r) {
		facts = append(facts, n.Label+" "+markdown.Code(short(n.Text)))
	}
	if len(facts) > 0 {
		out.WriteString(strings.Join(facts, ". ") + ".\n")
	}
	for _, line := range fleetGuards(r) {
		out.WriteString("\n> [!WARNING]\n> " + markdown.Prose(short(line)) + "\n")
	}
	return out.String()
}

// commentWord makes a text fit for a comment of HTML: whatever could end it, or
// the word, is left out. Of dashes in a row one is left, since two may end it.
func commentWord(s string) string {
	word := strings.Map(func(r rune) rune {
		if strings.ContainsRune(":._-", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
	return dashes.ReplaceAllString(word, "-")
}

var dashes = regexp.MustCompile(`-+`)

func fleetEnd(r fleet.Report) string {
	return "\n---\n\nFleet " + markdown.Code(short(Safe(r.Fleet))) + ". All of it: `licensectl fleet show DIR`.\n"
}

// fleetBlocks gives the mistakes of the manifests, and the tenants by outcome.
func fleetBlocks(r fleet.Report) markdown.Blocks {
	var out markdown.Blocks
	if len(r.Problems) > 0 {
		b := markdown.Block{Head: "\n#### Manifests (" + counted(len(r.Problems), "problem") + ")\n\n", Notice: "- %s\n", Noun: "problem", Vital: true}
		var entries []markdown.Entry
		for _, p := range r.Problems {
			entries = append(entries, markdown.Once("- "+markdown.Prose(short(problemLine(p)))+"\n"))
		}
		b.List(entries)
		out = append(out, b)
	}
	rows := r.ByNeed()
	for i, outcome := range fleet.Outcomes() {
		if b, some := fleetBlock(rows, outcome); some {
			b.Keep = i + 1
			out = append(out, b)
		}
	}
	return out
}

func fleetBlock(rows []fleet.Row, outcome fleet.Outcome) (markdown.Block, bool) {
	var entries []markdown.Entry
	for _, row := range rows {
		if row.Outcome == outcome {
			entries = append(entries, markdown.Once(markdown.Row(markdown.Code(short(Safe(row.Name))), orDash(markdown.Prose(short(rowChanges(row)))),
				orDash(markdown.Prose(short(rowFindings(row)))), orDash(markdown.Prose(rowCost(row))), orDash(fleetWhyMarkdown(row)))))
		}
	}
	title := capital(outcomeWord(outcome)) + " (" + counted(len(entries), "tenant") + ")"
	b := markdown.Block{Head: "\n#### " + title + "\n\n", Notice: "| %s | | | | |\n", Noun: "tenant", Vital: outcome.NeedsPerson()}
	if outcome == fleet.Clean {
		b.Head, b.Tail = "\n"+markdown.Folded(title), "\n</details>\n"
	}
	b.Head += markdown.Head("tenant", "changes", "findings", "cost a month", "why")
	b.List(entries)
	return b, len(entries) > 0
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// why says what is in the way of a tenant, and what to do about it.
func why(row fleet.Row) string { return cmp.Or(rowMessage(row), rowGuards(row)) }

// fleetWhyMarkdown is why in a cell, where both are cut.
func fleetWhyMarkdown(row fleet.Row) string {
	text := markdown.Prose(short(cmp.Or(SafeMessage(row.Message), rowGuards(row))))
	if row.Hint != "" && row.Message != "" {
		text += "<br>" + markdown.Prose(short(SafeMessage(row.Hint)))
	}
	return text
}
