package report

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// group is the diff of what a group gives, with what it means for its members.
func (d *planDiff) group(r groupRow) {
	style, c := d.page.Style, r.change
	text := Safe(string(c.Status))
	for _, reason := range r.tags {
		text += ", " + reason
	}
	d.page.Add("", "# "+style.Paint(layout.Strong, r.name+": "+text+" ("+r.place+")"), "# "+r.means)
	for _, note := range r.notes {
		d.page.Add("# " + note)
	}
	// A group has no usage location to be shown.
	yaml := func(st plan.GroupState) string {
		return "group" + strings.TrimPrefix(d.states.yaml(Safe(c.Group.DisplayName), plan.State{Licenses: st.Licenses}), "user")
	}
	hunks := layout.Diff(yaml(c.Before), yaml(c.After))
	if len(hunks) == 0 {
		return
	}
	file := "group-" + c.Group.ID.String() + ".yaml"
	d.page.Add(style.Paint(layout.Strong, "--- a/"+file), style.Paint(layout.Strong, "+++ b/"+file))
	for _, h := range hunks {
		d.page.Add(h.Lines(style)...)
	}
}
