package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/layout"
)

// PlanDiff writes a plan as a unified diff of what each user holds, as YAML in
// the words of manifests: products by part number, service plans by name, the
// usage location. The users come as in every view, those first
// who lose something. A line in front of each says whether the change is ready,
// blocked or held; lines that begin with # are no part of the diff. Highlighters
// and patch read it, and it can stand in a ```diff block: no name can begin a
// line.
//
// The error is the writer's.
func PlanDiff(w io.Writer, p *plan.Plan, o Options) error {
	v := newPlanView(p, o)
	d := planDiff{v: v, states: newStateNamer(v.planRows, v.namer), page: layout.NewPage(w, o.Style)}
	d.header()
	for _, r := range v.groups {
		d.group(r)
	}
	for c := range v.changes() {
		if d.change(c); d.page.Failed() {
			break
		}
	}
	if err := d.page.Close(); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// planDiff lays a plan out as a diff.
type planDiff struct {
	v      *planView
	states stateNamer
	page   *layout.Page
}

// header says what the diff is about. There is no room for more: whoever wants
// to know about seats and findings takes another view.
func (d *planDiff) header() {
	d.page.Add("# Tenant  "+d.v.tenant, "# "+d.v.sum())
	if !d.v.applyable {
		d.page.Add("# " + d.page.Style.Paint(layout.Bad, "NOT APPLYABLE: "+strings.Join(d.v.obstacles(), ", ")+"."))
	}
	d.page.Add("# Plan id: " + d.v.planID)
}

func (d *planDiff) change(c *plan.Change) {
	style, name := d.page.Style, userName(c.User)
	d.page.Add("", "# "+style.Paint(layout.Strong, name+": "+statusText(c)))
	for _, a := range c.Actions {
		if len(a.KeptBy) > 0 {
			p := d.v.part(a)
			d.page.Add("# " + p.what + d.v.keptText(p))
		}
	}
	hunks := layout.Diff(d.states.yaml(name, c.Before), d.states.yaml(name, c.After))
	if len(hunks) == 0 {
		return // nobody knows what the user should hold, and the reasons say why
	}
	d.page.Add(style.Paint(layout.Strong, "--- a/"+fileName(name)), style.Paint(layout.Strong, "+++ b/"+fileName(name)))
	for _, h := range hunks {
		d.page.Add(h.Lines(style)...)
	}
}

// statusText gives "blocked, seat-shortage (manifests/sales.yaml:12)".
func statusText(c *plan.Change) string {
	text := Safe(string(c.Status))
	for _, reason := range c.Reasons {
		text += ", " + Safe(string(reason))
	}
	if where := sourceName(c.Source); where != "" {
		text += " (" + where + ")"
	}
	return text
}

// fileName gives the name of the file that a user would be. It names no folder
// and holds no space, so that patch and highlighters read it as one name.
func fileName(user string) string {
	return fileEscapes.Replace(user) + ".yaml"
}

var fileEscapes = strings.NewReplacer("/", `\x2f`, " ", `\x20`, `"`, `\x22`)
