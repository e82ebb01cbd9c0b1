package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/receipt"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// groupWords is what a receipt says of the change of one group. All of it is
// safe.
type groupWords struct {
	name    string
	parts   []part
	outcome string
	settled bool   // it needs nobody's attention
	tone    string // of the page
	members string // "897 of 900 members as planned, 3 in error"; empty: nobody was looked at
	message string
	hint    string
	service string
	failing []string // "eve@contoso.com: Office 365 E3: Error, CountViolation", in order
}

// groupWordsOf puts the changes of groups into words, those that need somebody's
// attention first.
func (v *receiptView) groupWordsOf() []groupWords {
	var out []groupWords
	for i := range v.head.GroupResults {
		out = append(out, v.wordsOfGroup(&v.head.GroupResults[i]))
	}
	slices.SortStableFunc(out, func(a, b groupWords) int { return cmp.Compare(attention(a), attention(b)) })
	return out
}

func attention(g groupWords) int {
	if g.settled {
		return 1
	}
	return 0
}

func (v *receiptView) wordsOfGroup(res *receipt.GroupResult) groupWords {
	name, _ := outcomeWords(known(res.Outcome))
	out := groupWords{
		name: Safe(res.Group.DisplayName), parts: v.parts(res.Actions), outcome: name, settled: !res.Open(), tone: outcomeTone(known(res.Outcome)),
		message: SafeMessage(res.Message), hint: SafeMessage(res.Hint), members: seenText(res),
		service: serviceText(&receipt.Result{Status: res.Status, ServiceCode: res.ServiceCode, ServiceMessage: res.ServiceMessage}),
	}
	switch {
	case out.name == "":
		out.name = res.Group.ID.String()
	case v.hasNamesake(res):
		out.name += " (" + res.Group.ID.String() + ")"
	}
	if res.Verification == receipt.Unverified {
		out.outcome += ", not seen for all members"
	}
	if !out.settled && out.tone == "add" {
		out.tone = "warning"
	}
	for _, f := range res.Failing {
		words := []string{userName(f.User), v.sku(f.SKUID, f.SKUPartNumber), Safe(license.Assignment{State: f.State, Error: f.Error}.Standing())}
		out.failing = append(out.failing, strings.Join(words, ": "))
	}
	return out
}

// hasNamesake reports whether the change of another group with that name, in any case,
// was part of the run.
func (v *receiptView) hasNamesake(res *receipt.GroupResult) bool {
	return slices.ContainsFunc(v.head.GroupResults, func(other receipt.GroupResult) bool {
		return other.Group.ID != res.Group.ID && strings.EqualFold(other.Group.DisplayName, res.Group.DisplayName)
	})
}

// seenText counts the members by what they were seen with.
func seenText(res *receipt.GroupResult) string {
	m := res.Members
	if m == nil {
		return ""
	}
	text := number(m.Arrived) + " of " + counted(m.Total, "member") + " as planned"
	if !res.Outcome.Succeeded() {
		text = number(m.Arrived) + " of " + counted(m.Total, "member") + " with what was carried out"
	}
	for _, part := range []struct {
		n    int
		what string
	}{{m.Failing, "in error"}, {m.Waiting, "waiting"}, {m.Gone, "no members any more"}} {
		if part.n > 0 {
			text += ", " + number(part.n) + " " + part.what
		}
	}
	return text
}

// groupCounts says how the changes of groups ended: "Groups: 2 done, 1 blocked (3
// planned), 4 members in error."; empty where there was none.
func (v *receiptView) groupCounts() string {
	r := v.head
	planned := max(r.Run.GroupChanges, len(r.GroupResults))
	if planned == 0 {
		return ""
	}
	var parts []string
	counts := r.GroupCounts()
	for _, outcome := range receipt.Outcomes() {
		if n := counts[outcome]; n > 0 {
			name, _ := outcomeWords(outcome)
			parts = append(parts, number(n)+" "+name)
		}
	}
	text := "Groups: " + strings.Join(parts, ", ") + " (" + number(planned) + " planned)"
	if n := r.FailingMembers(); n > 0 {
		text += ", " + counted(n, "member") + " in error"
	}
	return text + "."
}

// shownFailing is how many members in error a report for people names of one
// group, where it is not to tell everything.
const shownFailing = 10

// someFailing are the members in error to be named, and how many are left out.
func (g groupWords) someFailing(most int) ([]string, int) {
	n := min(len(g.failing), most)
	return g.failing[:n], len(g.failing) - n
}

// groupLines writes the groups for a terminal.
func (t *receiptText) groupLines() []string {
	var out []string
	for _, g := range t.v.groupWordsOf() {
		out = append(out, "  "+g.name+"  "+t.partsText(g.parts)+"  "+g.outcome)
		for _, line := range []struct{ label, text string }{{"", g.members}, {"", g.message}, {"hint: ", g.hint}, {"service: ", g.service}} {
			if line.text != "" {
				out = append(out, "      "+line.label+line.text)
			}
		}
		most := shownFailing
		if t.full {
			most = len(g.failing)
		}
		named, rest := g.someFailing(most)
		for _, line := range named {
			out = append(out, "      "+line)
		}
		if rest > 0 {
			out = append(out, "      and "+number(rest)+" more: --full lists them")
		}
	}
	return out
}

// groupBlock lists the groups as a table.
func (m *receiptMarkdown) groupBlock() markdown.Block {
	groups := m.v.groupWordsOf()
	return markdown.Block{
		Head: "\n#### " + strings.TrimSuffix(m.v.groupCounts(), ".") + "\n\n" + markdown.Head("group", "what", "became", "why"), Notice: "| %s | | | |\n",
		Noun: "group", Keep: 0, Vital: true, Size: len(groups),
		Entry: func(i int) markdown.Entry {
			return markdown.Once(groupResultRow(groups[i]))
		},
	}
}

// groupResultRow is what became of one group.
func groupResultRow(g groupWords) string {
	named, rest := g.someFailing(shownFailing)
	var why []string
	for _, text := range append([]string{g.message, g.hint, g.service}, named...) {
		if text != "" {
			why = append(why, markdown.Prose(short(text)))
		}
	}
	if rest > 0 {
		why = append(why, "and "+number(rest)+" more")
	}
	return markdown.Row(markdown.Code(short(g.name)), partsMarkdown(g.parts), strings.TrimSuffix(g.outcome+"; "+g.members, "; "), strings.Join(why, "<br>"))
}

// htmlGroupResult is a group on the page of a receipt.
type htmlGroupResult struct {
	Name, Outcome, Tone, Members string
	Parts                        []htmlPart
	Why                          []string
}

func (v *receiptView) htmlGroupResults() []htmlGroupResult {
	var out []htmlGroupResult
	for _, g := range v.groupWordsOf() {
		h := htmlGroupResult{Name: g.name, Outcome: g.outcome, Tone: g.tone, Members: g.members, Parts: htmlParts(g.parts)}
		for _, text := range append([]string{g.message, g.hint, g.service}, g.failing...) {
			if text != "" {
				h.Why = append(h.Why, text)
			}
		}
		out = append(out, h)
	}
	return out
}

// groupVerdict says how a run went that had changes of groups alone.
func (v *receiptView) groupVerdict() (htmlVerdict, bool) {
	groups := max(v.head.Run.GroupChanges, len(v.head.GroupResults))
	if v.planned > 0 || groups == 0 {
		return htmlVerdict{}, false
	}
	open := v.head.OpenGroups()
	out := htmlVerdict{Tone: "go", State: "Done", Title: number(groups-open) + " of " + counted(groups, "group") + " as planned", Text: v.groupCounts()}
	switch {
	case !v.complete:
		out.Tone, out.State = "stop", "Cut short"
	case open > 0:
		out.Tone, out.State = "stop", "Done in part"
	}
	return out, true
}
