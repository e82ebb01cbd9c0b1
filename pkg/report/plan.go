package report

import (
	"fmt"
	"iter"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// planView is what every format says of a plan: grouped, ordered, named and
// made safe. It holds places of changes and findings, and makes words of them
// as they are asked for.
type planView struct {
	namer
	planRows

	planID   string
	tenant   string
	asOf     string
	files    int
	leftOut  int // users of whom options leave something out
	summary  plan.Summary
	currency string
	cost     string    // a month; empty where there is nothing to say of it
	costs    []costRow // the same by product
	guards   []guardRow
	seats    []seatsRow
	found    []foundRow  // the selections
	origins  []originRow // what asks for changes of many
	groups   []groupRow  // what changes in what groups give
	sections []section
	taken    taken
	findings []findingsSection
	waited   func(license.GUID) string // the safe names of users for whom others wait
	called   func(license.GUID) string // the safe names of groups

	applyable bool
	approval  *approval // nil where none is needed

	leftOutGroups int // groups of which they do
}

// planRows is a plan as it is to be read.
type planRows struct {
	head        *plan.Plan // all but the changes and findings
	changeRows  rows[plan.Change]
	findingRows rows[plan.Finding]
}

func newPlanRows(p *plan.Plan, o Options) planRows {
	if o.Redact {
		return redactPlan(p)
	}
	head := *p
	head.Changes, head.Findings = nil, nil
	return planRows{&head, rows[plan.Change]{all: p.Changes}, rows[plan.Finding]{all: p.Findings}}
}

func newPlanView(p *plan.Plan, o Options) *planView {
	r := newPlanRows(p, o)
	n := newNamer(o.Names, planProducts(r))
	sections := sectionsOf(r.changeRows, byEffect())
	takes := takenBy(r.changeRows, sections)
	takes.countGroups(r, sections)
	leftOutGroups := 0
	if n := r.head.LeftOutGroups; n != nil {
		leftOutGroups = *n
	}
	return &planView{
		namer:         n,
		planRows:      r,
		planID:        Safe(r.head.PlanID),
		tenant:        tenantName(r.head.Tenant, r.head.Cloud),
		asOf:          r.head.AsOf.String(),
		files:         len(r.head.Sources),
		leftOut:       r.head.LeftOut,
		leftOutGroups: leftOutGroups,
		summary:       r.head.Summary,
		currency:      currencyOf(r.head.Cost),
		cost:          costText(r.head.Cost),
		costs:         costRows(r.head.Cost, n),
		guards:        takes.explain(guardRows(r.head.Guards)),
		seats:         seatsRows(r, n),
		found:         foundRows(r),
		origins:       originRows(r.changeRows),
		groups:        groupRows(r.head, n),
		sections:      sections,
		taken:         takes,
		findings:      findingSections(r.findingRows),
		waited:        waitedFor(r.changeRows),
		called:        namesOfGroups(r.head),
		applyable:     r.head.Applyable,
		approval:      approvalFor(r.head),
	}
}

// stopping gives the guards that keep the plan from being applied.
func (v *planView) stopping() []guardRow {
	var out []guardRow
	for _, g := range v.guards {
		if g.state == guardStops {
			out = append(out, g)
		}
	}
	return out
}

// count gives the number of findings of a severity.
func (v *planView) count(s plan.Severity) int {
	for _, f := range v.findings {
		if f.severity == s {
			return f.count
		}
	}
	return 0
}

// isQuiet reports a plan in which nothing is to be done and nothing waits.
func (v *planView) isQuiet() bool { return len(v.sections)+len(v.groups) == 0 }

// changes gives every change in the order of the sections and batches.
func (v *planView) changes() iter.Seq[*plan.Change] {
	return func(yield func(*plan.Change) bool) {
		for _, s := range v.sections {
			for _, b := range s.batches {
				for _, i := range b.changes {
					if !yield(v.changeRows.at(int(i))) {
						return
					}
				}
			}
		}
	}
}

// sum says in one line what an apply would do, and what it would not.
func (v *planView) sum() string {
	s := v.summary
	if v.isQuiet() {
		if n := v.count(plan.SeverityError); n > 0 {
			return "No changes, but " + counted(n, "error") + ": see above."
		}
		return "No changes. " + v.rest() + "."
	}
	sum := "Plan: "
	if groups := v.groupsText(); groups != "" {
		if s.Users == 0 {
			return sum + groups + "; " + number(v.unchangedGroups()) + " unchanged." + v.leftOutText()
		}
		sum += v.changingGroups() + ", "
	}
	sum += fmt.Sprintf("%s %s, +%s -%s ~%s", counted(s.Changed, "user"), choose(s.Changed, "changes", "change"),
		number(s.Add), number(s.Remove), number(s.Update))
	if s.SetUsageLocation > 0 {
		sum += ", " + counted(s.SetUsageLocation, "usage location")
	}
	if s.Reprocess > 0 {
		sum += ", " + counted(s.Reprocess, "user") + " to try again"
	}
	return sum + "; " + v.othersText() + "." + v.leftOutText()
}

// othersText counts those whom an apply does not change: where groups are managed as well,
// users and groups each by themselves.
func (v *planView) othersText() string {
	s := v.summary
	if s.Groups == 0 {
		return fmt.Sprintf("%s blocked, %s held, %s unchanged", number(s.Blocked), number(s.Held), number(s.Unchanged))
	}
	both := func(users, groups int) string {
		if users+groups == 0 {
			return "0"
		}
		return usersAndGroups(users, groups)
	}
	return both(s.Blocked, v.groupsThatAre(plan.StatusBlocked)) + " blocked, " + both(s.Held, v.groupsThatAre(plan.StatusHeld)) + " held, " +
		both(s.Unchanged, v.unchangedGroups()) + " unchanged"
}

// groupsThatAre counts the changes of groups of a status.
func (v *planView) groupsThatAre(status plan.Status) int {
	n := 0
	for _, r := range v.groups {
		if r.change.Status == status {
			n++
		}
	}
	return n
}

// leftOutText says of whom options leave changes out; empty: of nobody.
func (v *planView) leftOutText() string {
	if v.leftOut+v.leftOutGroups == 0 {
		return ""
	}
	return " " + v.rest() + "."
}

// managed says for whom the plan was made: "6 users and 2 groups".
func (v *planView) managed() string { return usersAndGroups(v.summary.Users, v.summary.Groups) }

// unchangedGroups counts the groups that the plan manages and has no change for.
func (v *planView) unchangedGroups() int { return max(v.summary.Groups-len(v.groups), 0) }

// rest says what is with the users and groups that have no change: they are as declared,
// or options leave their changes out.
func (v *planView) rest() string {
	if users, groups := v.leftOut, v.leftOutGroups; users+groups > 0 {
		return usersAndGroups(users, groups) + choose(users+groups, " differs", " differ") + " in what --user, --sku or --cause leave out"
	}
	users, groups := v.summary.Unchanged, v.unchangedGroups()
	if users+groups == 0 && v.summary.Users == 0 && v.summary.Groups > 0 {
		return "0 groups are as declared" // users are not declared at all
	}
	return usersAndGroups(users, groups) + choose(users+groups, " is", " are") + " as declared"
}

// usersAndGroups counts both, without what there is none of; nobody at all are no users.
func usersAndGroups(users, groups int) string {
	switch {
	case groups == 0:
		return counted(users, "user")
	case users == 0:
		return counted(groups, "group")
	}
	return counted(users, "user") + " and " + counted(groups, "group")
}

// obstaclesInShort says why the plan cannot be applied in one line, guards per
// SKU drawn together. It is never empty.
func (v *planView) obstaclesInShort() []string {
	var reasons []string
	perSKU := make(map[string]int)
	for _, g := range v.stopping() {
		if g.sku != "" {
			perSKU[g.name]++
		}
	}
	for _, g := range v.stopping() {
		switch n := perSKU[g.name]; {
		case g.sku == "" || n == 1:
			reasons = append(reasons, guardName(g)+" ("+guardCount(g)+")")
		case n > 1:
			reasons = append(reasons, g.name+" ("+counted(n, "product")+")")
			perSKU[g.name] = -1
		}
	}
	if len(reasons) == 0 {
		return v.obstacles()
	}
	return reasons
}

// obstacles says why the plan cannot be applied. It is never empty.
func (v *planView) obstacles() []string {
	var reasons []string
	for _, g := range v.stopping() {
		reasons = append(reasons, guardName(g)+" ("+guardCount(g)+")")
	}
	if n := v.count(plan.SeverityError); n > 0 && len(reasons) == 0 {
		reasons = append(reasons, counted(n, "error"))
	}
	if len(reasons) == 0 {
		return []string{"the plan says so"}
	}
	return reasons
}
