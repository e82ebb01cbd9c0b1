package report

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// planColumns are the columns of a plan as CSV. Programs rely on their names
// and their order: new ones come at the end.
var planColumns = [...]string{
	"user", "userId", "status", "op", "skuId", "skuPartNumber", "product", "plansOff", "plansOn",
	"usageLocationBefore", "usageLocationAfter", "reasons", "cause", "waitsFor", "selection", "file", "line", "monthlyDelta",
	"causedBy", "causedByName", "causedByPlace",
}

// groupColumns come behind them in a plan that speaks of what groups give.
var groupColumns = [...]string{"group", "groupId", "members", "gain", "lose", "keep", "wait", "keptBy"}

// PlanCSV writes the changes of a plan as a table with a row for every action,
// in the order of every view; those of groups, which have no user, come first. A blocked change without an action has a row
// without an op. Several values in one field are separated by semicolons.
// Where a text would be taken for a formula by a spreadsheet it has an
// apostrophe in front.
//
// The monthlyDelta of a ready action is what it adds to the bill, where that can
// be told by action: not where the policy has no price, nor of a product of
// which an added license takes no seat since a group gives one already. Those
// that are there add up to the cost of their products.
//
// The error is the writer's.
func PlanCSV(w io.Writer, p *plan.Plan, o Options) error {
	v := newPlanView(p, o)
	t := planTable{v, actionPrices(v.planRows), v.head.GroupNames()}
	columns := planColumns[:]
	if p.GroupChanges != nil {
		columns = slices.Concat(columns, groupColumns[:])
	}
	return writeCSV(w, columns, t.rows())
}

// planTable lays a plan out as a table.
type planTable struct {
	*planView
	prices map[license.GUID]plan.Money // of products whose actions each have a price
	groups plan.GroupNames
}

// rows gives a row for every action.
func (t planTable) rows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for _, r := range t.planView.groups {
			for _, a := range orNone(r.change.Actions) {
				if !yield(t.groupRow(r, a)) {
					return
				}
			}
		}
		for c := range t.changes() {
			for _, a := range orNone(c.Actions) {
				if !yield(t.row(c, a)) {
					return
				}
			}
		}
	}
}

// orNone gives an empty action where there is none.
func orNone(actions []plan.Action) []plan.Action {
	if len(actions) == 0 {
		return []plan.Action{{}}
	}
	return actions
}

func (t planTable) row(c *plan.Change, a plan.Action) []string {
	product, skuID := "", ""
	if a.SKUID != (license.GUID{}) {
		product, skuID = t.sku(a.SKUID, a.SKUPartNumber), a.SKUID.String()
	}
	before, after := locations(a)
	line := ""
	if c.Source.File != "" {
		line = strconv.Itoa(c.Source.Line)
	}
	p := t.part(a)
	kind, name, place := originWords(a.CausedBy)
	row := []string{
		field(userName(c.User)), c.User.ID.String(), field(string(c.Status)), field(string(a.Op)),
		skuID, field(a.SKUPartNumber), field(product), fields(p.off), fields(p.on),
		field(before), field(after), fields(reasonWords(c.Reasons)), field(string(a.Cause)), fields(t.memberOf(c).waitsFor()),
		field(c.Selection), field(c.Source.File), line, t.delta(c, a),
		field(kind), field(name), field(place),
	}
	if t.head.GroupChanges != nil {
		row = append(append(row, make([]string, len(groupColumns)-1)...), fields(t.keepers(a)))
	}
	return row
}

// keepers names the groups by which the user keeps what an action takes.
func (t planTable) keepers(a plan.Action) []string {
	var out []string
	for _, id := range a.KeptBy {
		name := Safe(cmp.Or(t.groups.Name(id), id.String()))
		if t.groups.IsShared(id) {
			name += " (" + id.String() + ")"
		}
		out = append(out, name)
	}
	return out
}

// groupRow is an action of a group: no user has it, and the columns of groups say
// what it means for the members.
func (t planTable) groupRow(r groupRow, a plan.Action) []string {
	c := r.change
	row := t.row(&plan.Change{Source: c.Source, Status: c.Status, Reasons: c.Reasons}, a)
	row[0], row[1], row[17] = "", "", ""
	m := c.Members
	return append(row[:len(planColumns)], field(Safe(c.Group.DisplayName)), c.Group.ID.String(),
		strconv.Itoa(m.Total), strconv.Itoa(m.Gain), strconv.Itoa(m.Lose), strconv.Itoa(m.Keep), strconv.Itoa(m.Wait), "")
}

// originWords gives what asks for an action: its kind, name and place.
func originWords(o *plan.Origin) (kind, name, place string) {
	if o == nil {
		return "", "", ""
	}
	return string(o.Kind), o.Name, sourceName(o.Source)
}

// locations gives the usage location before and after an action that sets it.
func locations(a plan.Action) (before, after string) {
	if a.Before != nil && a.Before.UsageLocation != nil {
		before = *a.Before.UsageLocation
	}
	return before, a.UsageLocation
}

func reasonWords(codes []plan.Code) []string {
	out := make([]string, len(codes))
	for i, code := range codes {
		out[i] = Safe(string(code))
	}
	return out
}

func (t planTable) delta(c *plan.Change, a plan.Action) string {
	price, known := t.prices[a.SKUID]
	if !known || c.Status != plan.StatusReady {
		return ""
	}
	return (price * plan.Money(seatsTaken(a))).String()
}

// seatsTaken is how many seats an action takes by itself.
func seatsTaken(a plan.Action) int {
	switch a.Op {
	case plan.OpAdd:
		return 1
	case plan.OpRemove:
		return -1
	default:
		return 0
	}
}

// actionPrices gives the prices of the products of which every added license
// takes a seat and every removed one frees one.
func actionPrices(p planRows) map[license.GUID]plan.Money {
	out := make(map[license.GUID]plan.Money)
	if p.head.Cost == nil {
		return out
	}
	taken := make(map[license.GUID]int)
	for i := range p.changeRows.len() {
		c := p.changeRows.raw(i)
		if c.Status != plan.StatusReady {
			continue
		}
		for _, a := range c.Actions {
			taken[a.SKUID] += seatsTaken(a)
		}
	}
	for _, product := range p.head.Cost.Products {
		if product.MonthlyPrice != nil && product.Seats == taken[product.SKUID] {
			out[product.SKUID] = *product.MonthlyPrice
		}
	}
	return out
}
