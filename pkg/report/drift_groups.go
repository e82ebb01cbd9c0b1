package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// driftGroup is how one group differs, seen from what was done in the tenant. All its
// texts are safe.
type driftGroup struct {
	groupRow
	kind  sectionKind
	done  string // "Microsoft 365 E3 was taken away"
	right []part // what puts it right; nil: nothing is to be put right, or no write does it
}

// groupsByHand lists the groups that differ, those first from which something was taken:
// their members may be unable to work now.
func (v *driftView) groupsByHand() []driftGroup {
	var out []driftGroup
	for _, r := range v.groups {
		all := v.differencesAmong(r.change.Actions)
		g := driftGroup{groupRow: r, kind: differenceAmong(r.change.Actions), done: v.doneText(all), right: rightParts(all)}
		if len(all) == 0 {
			g.done = "whether it gives what is declared is not told"
		}
		if g.kind == waiting {
			g.done = notApplied + g.done
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b driftGroup) int { return cmp.Compare(a.kind, b.kind) })
	return out
}

// keptBack says what is in the way of putting the group right, or nothing.
func (g driftGroup) keptBack() string {
	if len(g.tags) == 0 || len(g.change.Actions) > 0 && len(g.right) == 0 {
		return ""
	}
	return "kept back: " + strings.Join(g.tags, ", ")
}

// groupSums counts the groups of each kind, in words.
func (v *driftView) groupSums(words [differences]string) []string {
	var counts [differences]int
	untold, differing := 0, 0
	for _, r := range v.groups {
		if len(r.change.Actions) == 0 {
			untold++
			continue
		}
		differing++
		counts[differenceAmong(r.change.Actions)]++
	}
	var out []string
	if untold > 0 {
		out = append(out, "of "+counted(untold, "group")+" it is not told")
	}
	if differing > 0 && !v.hasBaseline() {
		return append([]string{counted(differing, "group") + choose(differing, " gives", " give") + " something else than declared"}, out...)
	}
	for kind, n := range counts {
		if n > 0 {
			out = append(out, counted(n, "group")+" "+words[kind])
		}
	}
	return out
}

// addGroups takes in what puts groups right: with a baseline their drift alone.
func (r *repair) addGroups(v *driftView) {
	if !v.hasBaseline() {
		r.groups, r.members = v.summary.GroupsChanged, v.taken.byGroups
		return
	}
	losing := map[license.GUID]bool{}
	for _, row := range v.groups {
		c := row.change
		if !c.Has(plan.CauseDrift) || c.Status == plan.StatusBlocked {
			continue
		}
		r.drifted = true
		r.groups++
		for _, a := range c.Actions {
			if a.Cause != plan.CauseDrift || !a.TakesAway() {
				continue
			}
			r.takesAway = true
			for _, e := range c.Effects {
				if slices.Contains(e.Lose, a.SKUID) {
					for _, member := range e.Members {
						losing[member] = true
					}
				}
			}
		}
	}
	r.members = len(losing)
}

// groups shows how groups differ, before users: one of them may be worth a thousand of
// these.
func (t *driftText) groups() {
	all := t.drift.groupsByHand()
	if len(all) == 0 {
		return
	}
	t.page.Title("GROUPS (" + counted(len(all), "group") + ")")
	shown := 0
	for i, g := range all {
		if i >= t.most(len(all), shownGroups) && !g.takes() && g.kind != lost {
			continue
		}
		shown++
		t.page.Add(t.groupLines(g)...)
	}
	t.page.Add(t.leftOut(len(all)-shown, "group")...)
}

func (t *driftText) groupLines(g driftGroup) []string {
	look := differenceLooks[g.kind]
	out := []string{"  " + t.style.Paint(look.tone, string(look.marker)) + " " + g.name + ": " + g.done + " (" + g.place + ")"}
	var right []string
	if len(g.right) > 0 {
		right = append(right, "to put right: "+t.partsText(g.right))
	}
	if kept := g.keptBack(); kept != "" {
		right = append(right, kept)
	}
	if len(right) > 0 {
		out = append(out, "      "+strings.Join(right, "; "))
	}
	means := g.means
	if g.takes() {
		means = t.style.Paint(layout.Bad, means)
	}
	return append(append(out, "      by the change "+means), t.losingLines(g.groupRow)...)
}

// groupBlocks is how groups differ, as a table.
func (m *driftMarkdown) groupBlocks() markdown.Blocks {
	all := m.drift.groupsByHand()
	if len(all) == 0 {
		return nil
	}
	l := markdown.Block{
		Head:   "\n#### Groups (" + counted(len(all), "group") + ")\n\n" + markdown.Head("group", "what", "by the change", "where"),
		Notice: "| %s | | | |\n", Noun: "group", Keep: spareLosses, Vital: true,
	}
	var rows []markdown.Entry
	for _, g := range all {
		means := g.means
		if g.takes() {
			means = "**" + means + "**"
		}
		if losing := g.losing(); losing.size > 0 {
			means += "<br>" + losingMarkdown(losing)
		}
		what := markdown.Prose(g.done)
		if len(g.right) > 0 {
			what += "<br>to put right: " + partsMarkdown(g.right)
		}
		if kept := g.keptBack(); kept != "" {
			what += "<br>" + markdown.Prose(kept)
		}
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(g.name), what, means, markdown.Code(g.place))))
	}
	l.List(rows)
	return markdown.Blocks{l}
}

// htmlDriftGroups is how groups differ, for the template.
func (v *driftView) htmlDriftGroups() []htmlGroup {
	var out []htmlGroup
	for _, g := range v.groupsByHand() {
		h := htmlGroups([]groupRow{g.groupRow})[0]
		h.Parts = []string{g.done}
		for _, p := range g.right {
			h.Parts = append(h.Parts, "to put right: "+plainPart(p))
		}
		out = append(out, h)
	}
	return out
}
