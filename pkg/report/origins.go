package report

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
	"github.com/licensectl/licensectl/pkg/report/internal/markdown"
)

// originRow is a line of the manifests that asks for changes of several users.
// All its texts are safe.
type originRow struct {
	Text  string // `profile "knowledge-worker"`
	Place string // "manifests/profiles.yaml:8"
	Users string
	Does  string // "+40 -2 ~7"

	users            int
	add, take, alter int // actions
}

// originRows lists what asks for the ready changes of more than one user, those
// of most users first, so that one line that changes thousands comes first. It
// is nil where every user has an entry of their own to thank.
func originRows(all rows[plan.Change]) []originRow {
	var out []originRow
	index := map[plan.Origin]int{}
	for i := range all.len() {
		c := all.at(i)
		if c.Status != plan.StatusReady {
			continue
		}
		var last *originRow
		for _, a := range c.Actions {
			if !a.CausedBy.IsShared() {
				continue
			}
			at, known := index[*a.CausedBy]
			if !known {
				at = len(out)
				index[*a.CausedBy] = at
				out = append(out, newOriginRow(*a.CausedBy))
			}
			if row := &out[at]; row != last {
				row.users++
				last = row
			}
			out[at].count(a.Op)
		}
	}
	out = slices.DeleteFunc(out, func(r originRow) bool { return r.users < 2 })
	for i := range out {
		r := &out[i]
		r.Users = counted(r.users, "user")
		r.Does = "+" + number(r.add) + " -" + number(r.take) + " ~" + number(r.alter)
	}
	slices.SortStableFunc(out, func(a, b originRow) int {
		return cmp.Or(cmp.Compare(b.users, a.users), cmp.Compare(b.add+b.alter, a.add+a.alter))
	})
	return out
}

func newOriginRow(o plan.Origin) originRow {
	text := Safe(string(o.Kind))
	switch {
	case o.Kind == plan.OriginSelection:
		text = Safe(o.Name)
	case o.Kind == plan.OriginDefaults:
		text = "defaults of " + strconv.Quote(Safe(o.Name))
	case o.Name != "":
		text += " " + strconv.Quote(Safe(o.Name))
	}
	return originRow{Text: text, Place: sourceName(o.Source)}
}

func (r *originRow) count(op plan.Op) {
	switch op {
	case plan.OpAdd:
		r.add++
	case plan.OpRemove:
		r.take++
	case plan.OpUpdate, plan.OpSetUsageLocation:
		r.alter++
	}
}

// origins says which lines ask for most of the changes.
func (t *planText) origins() {
	if len(t.v.origins) == 0 {
		return
	}
	t.page.Title("ASKED FOR BY")
	rows := layout.NewTable(layout.Left, layout.Right, layout.Left, layout.Left)
	shown := t.v.origins[:t.most(len(t.v.origins), shownOrigins)]
	for _, r := range shown {
		rows.Row(layout.Text("  "+r.Text), layout.Text(r.Users), layout.Text(r.Does), layout.Toned("("+r.Place+")", layout.Faint))
	}
	t.page.Add(rows.Lines(t.style)...)
	t.leftOut(len(t.v.origins)-len(shown), "line")
}

// origins is the lines that ask for most of the changes.
func (m *planMarkdown) origins() markdown.Blocks {
	if len(m.v.origins) == 0 {
		return nil
	}
	l := markdown.Block{Head: "\n#### Asked for by\n\n" + markdown.Head("line of the manifests", "users:", "licenses", "place"),
		Notice: "| %s | | | |\n", Noun: "line", Keep: spareSeats, Brief: true}
	var rows []markdown.Entry
	for _, r := range m.v.origins {
		rows = append(rows, markdown.Once(markdown.Row(markdown.Code(r.Text), r.Users, "`"+r.Does+"`", markdown.Code(r.Place))))
	}
	l.List(rows)
	return markdown.Blocks{l}
}
