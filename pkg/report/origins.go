package report

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/licensectl/licensectl/pkg/plan"
)

// originRow is a line of the manifests that asks for changes of several users.
// All its texts are safe.
type originRow struct {
	Text  string // `profile "knowledge-worker"`
	Place string // "manifests/profiles.yaml:8"
	Users string
	Does  string // "+40 -2 ~7"

	users            int
	latest           int // change that was counted, from 1
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
			out[at].count(i, a.Op)
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

// count takes in an action of the change with the number, which may have others.
func (r *originRow) count(change int, op plan.Op) {
	if r.latest != change+1 {
		r.users++
		r.latest = change + 1
	}
	switch op {
	case plan.OpAdd:
		r.add++
	case plan.OpRemove:
		r.take++
	case plan.OpUpdate, plan.OpSetUsageLocation:
		r.alter++
	}
}
