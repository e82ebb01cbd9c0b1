package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/licensectl/licensectl/pkg/plan"
)

// PlanDiff writes a plan as a unified diff of what each user holds, as YAML in
// the words of manifests: products by part number, service plans by name, the
// usage location. The users come as in every view, removals first. A line in
// front of each says whether the change is ready, blocked or held; lines that
// begin with # are no part of the diff. Highlighters and patch read it, and it
// can stand in a ```diff block: no name can begin a line.
//
// The error is the writer's.
func PlanDiff(w io.Writer, p *plan.Plan, o Options) error {
	v := newPlanView(p, o)
	d := planDiff{v: v, states: newStateNamer(v.planRows, v.namer), page: newPage(w, o.Style)}
	d.header()
	for c := range v.changes() {
		if d.change(c); d.page.err != nil {
			break
		}
	}
	if err := d.page.close(); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// planDiff lays a plan out as a diff.
type planDiff struct {
	v      *planView
	states stateNamer
	page   *page
}

// header says what the diff is about. There is no room for more: whoever wants
// to know about seats and findings takes another view.
func (d *planDiff) header() {
	d.page.add("# Tenant  "+d.v.tenant, "# "+d.v.sum())
	if !d.v.applyable {
		d.page.add("# " + d.page.style.paint(bad, "NOT APPLYABLE: "+strings.Join(d.v.obstacles(), ", ")+"."))
	}
	d.page.add("# Plan id: " + d.v.planID)
}

func (d *planDiff) change(c *plan.Change) {
	style, name := d.page.style, userName(c.User)
	d.page.add("", "# "+style.paint(strong, name+": "+statusText(c)))
	hunks := hunksOf(compareLines(d.states.yaml(name, c.Before), d.states.yaml(name, c.After)))
	if len(hunks) == 0 {
		return // nobody knows what the user should hold, and the reasons say why
	}
	d.page.add(style.paint(strong, "--- a/"+fileName(name)), style.paint(strong, "+++ b/"+fileName(name)))
	for _, h := range hunks {
		d.page.add(style.paint(faint, h.header()))
		for _, line := range h.lines {
			d.page.add(line.painted(style))
		}
	}
}

// statusText gives "blocked, seat-shortage (manifests/sales.yaml:12)".
func statusText(c *plan.Change) string {
	text := Safe(string(c.Status))
	for _, reason := range c.Reasons {
		text += ", " + Safe(string(reason))
	}
	if place := placeName(c.Source); place != "" {
		text += " (" + place + ")"
	}
	return text
}

// fileName gives the name of the file that a user would be. It names no folder
// and holds no space, so that patch and highlighters read it as one name.
func fileName(user string) string {
	return fileEscapes.Replace(user) + ".yaml"
}

var fileEscapes = strings.NewReplacer("/", `\x2f`, " ", `\x20`, `"`, `\x22`)
