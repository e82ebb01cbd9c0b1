package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// groupRow is the change of one group, in words. All its texts are safe.
type groupRow struct {
	change *plan.GroupChange
	name   string // `group "Office workers"`
	parts  []part
	means  string // "900 of 903 members lose something, 3 see no difference"
	notes  []string
	tags   []string // why it is blocked or held
	place  string
}

// takes reports whether members lose something by the change, and it is ready.
func (r groupRow) takes() bool {
	return r.change.Status == plan.StatusReady && r.change.Members.Lose > 0
}

// losing lists the members who lose something by the change, by name; nobody where an
// older plan does not name them.
func (r groupRow) losing() userList {
	n := 0
	for _, e := range r.change.Effects {
		n += min(len(e.Names), len(e.Members))
	}
	all, byName := make([]plan.UserRef, 0, n), make([]namedPlace, 0, n)
	for _, e := range r.change.Effects {
		for i, name := range e.Names[:min(len(e.Names), len(e.Members))] {
			byName = append(byName, namedPlace{license.UPNKey(name), len(all)})
			all = append(all, plan.UserRef{ID: e.Members[i], UserPrincipalName: name})
		}
	}
	slices.SortFunc(byName, func(a, b namedPlace) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.place, b.place))
	})
	return userList{len(all), func(i int) member { return member{user: all[byName[i].place]} }}
}

// namedPlace is the place in a list of whoever has a name.
type namedPlace struct {
	key   string // of the name
	place int
}

// losingText begins the names of the members who lose something.
const losingText = "who loses something: "

// sign marks what the change does to members.
func (r groupRow) sign() sign {
	switch m := r.change.Members; {
	case r.change.Status != plan.StatusReady:
		return "!"
	case m.Lose > 0:
		return loses
	case m.Gain > 0:
		return gains
	}
	return alters
}

// groupRows lists the changes of groups, those first by which most members lose
// something, and those last that are not carried out.
func groupRows(p *plan.Plan, n namer) []groupRow {
	var out []groupRow
	names := namesOfGroups(p)
	for i := range p.GroupChanges {
		c := &p.GroupChanges[i]
		r := groupRow{change: c, name: names(c.Group.ID), parts: n.parts(c.Actions), means: meansText(c), place: sourceName(c.Source)}
		for _, reason := range c.Reasons {
			r.tags = append(r.tags, Safe(string(reason)))
		}
		r.notes = groupNotes(c, names)
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b groupRow) int {
		return cmp.Or(cmp.Compare(weight(a.change.Status != plan.StatusReady), weight(b.change.Status != plan.StatusReady)),
			cmp.Compare(b.change.Members.Lose, a.change.Members.Lose), cmp.Compare(b.change.Members.Wait, a.change.Members.Wait),
			cmp.Compare(b.change.Members.Gain, a.change.Members.Gain))
	})
	return out
}

// namesOfGroups gives what names the groups of a plan: `group "Office workers"`, with
// the id where two have that name, and the id alone where the plan has no name. The
// names are safe.
func namesOfGroups(p *plan.Plan) func(license.GUID) string {
	known := p.GroupNames()
	return func(id license.GUID) string { return "group " + Safe(known.Quoted(id)) }
}

// meansText says what a change means for members, as far as it is known.
func meansText(c *plan.GroupChange) string {
	if !c.IsTold() {
		return "what it means for members is not told"
	}
	return membersText(c.Members)
}

// membersText says what a change means for members: "900 of 903 members lose
// something, 3 see no difference".
func membersText(m plan.MemberCounts) string {
	if m.Total == 0 {
		return "no members"
	}
	var texts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{m.Lose, choose(m.Lose, "loses", "lose") + " something"},
		{m.Wait, choose(m.Wait, "does", "do") + " not get it yet"},
		{m.Gain, choose(m.Gain, "gains", "gain") + " something"},
		{m.Keep, choose(m.Keep, "sees", "see") + " no difference"},
	} {
		if part.n > 0 {
			texts = append(texts, number(part.n)+" "+part.what)
		}
	}
	return "of " + counted(m.Total, "member") + " " + strings.Join(texts, ", ")
}

// groupNotes says in which order a change is carried out, where that is not plain.
func groupNotes(c *plan.GroupChange, names func(license.GUID) string) []string {
	var out []string
	if c.OneCall {
		out = append(out, "in one call, since what is given and what is taken exclude each other")
	}
	if len(c.WaitsFor) > 0 {
		out = append(out, "takes seats that are given up by "+namesOf(c.WaitsFor, names))
	}
	if n := len(c.WaitsForUsers); n > 0 {
		out = append(out, "takes seats that are given up by "+counted(n, "user"))
	}
	if k := c.KeptBy; k != nil {
		var by []string
		if len(k.Groups) > 0 {
			by = append(by, namesOf(k.Groups, names))
		}
		if n := len(k.Users); n > 0 {
			by = append(by, counted(n, "user")+" with changes of their own")
		}
		out = append(out, "takes away when it is proven that members keep by: "+strings.Join(by, ", "))
	}
	return out
}

func namesOf(ids []license.GUID, names func(license.GUID) string) string {
	const most = 3
	var out []string
	for _, id := range ids[:min(len(ids), most)] {
		out = append(out, names(id))
	}
	if more := len(ids) - most; more > 0 {
		out = append(out, counted(more, "other group"))
	}
	return strings.Join(out, ", ")
}

// groupsText says in one line what the groups of a plan do: `2 groups change (900
// members lose something, 12 gain)`; empty where none does anything.
func (v *planView) groupsText() string {
	if rest := len(v.groups) - v.summary.GroupsChanged; rest > 0 {
		return v.changingGroups(counted(rest, "group") + " blocked or held")
	}
	return v.changingGroups()
}

// changingGroups counts those that change and what that means for members, with what else
// there is to say beside it; empty where the plan has no change of a group.
func (v *planView) changingGroups(beside ...string) string {
	n := v.summary.GroupsChanged
	if len(v.groups) == 0 {
		return ""
	}
	text := counted(n, "group") + choose(n, " changes", " change")
	var m plan.MemberCounts
	for _, r := range v.groups {
		if r.change.Status == plan.StatusReady {
			m.Lose += r.change.Members.Lose
			m.Gain += r.change.Members.Gain
			m.Wait += r.change.Members.Wait
		}
	}
	var parts []string
	if m.Lose > 0 {
		parts = append(parts, counted(m.Lose, "member")+choose(m.Lose, " loses", " lose")+" something")
	}
	if m.Gain > 0 {
		parts = append(parts, counted(m.Gain, "member")+choose(m.Gain, " gains", " gain")+" something")
	}
	if m.Wait > 0 {
		parts = append(parts, number(m.Wait)+choose(m.Wait, " waits", " wait"))
	}
	if parts = append(parts, beside...); len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

// countGroups adds what members lose by the changes of groups, each user and product
// once, and each user once who loses something by a change of their own as well.
func (t *taken) countGroups(p planRows, sections []section) {
	lost := lostByGroups(p.head.GroupChanges)
	for i, l := range lost {
		t.licenses += weight(l.whole)
		t.plansOff += weight(!l.whole)
		t.byGroups += weight(i == 0 || lost[i-1].user != l.user)
	}
	t.losing += t.byGroups
	if len(lost) == 0 {
		return
	}
	for _, s := range sections {
		if s.kind == blocked || s.kind == held {
			continue
		}
		for b := range batchesOf([]section{s}) {
			for _, place := range b.changes {
				c := p.changeRows.at(int(place))
				if products := lostBy(c.User.ID, lost); len(products) > 0 {
					t.losing -= weight(s.kind == losses || s.kind == plansOff)
					t.uncount(c.Actions, products)
				}
			}
		}
	}
}

// uncount takes back what a user's own change takes of the products that they lose by
// groups.
func (t *taken) uncount(actions []plan.Action, products []lostProduct) {
	for _, a := range actions {
		if slices.ContainsFunc(products, func(l lostProduct) bool { return l.sku == a.SKUID }) {
			t.licenses -= weight(a.Op == plan.OpRemove)
			t.plansOff -= weight(turnsOff(a))
		}
	}
}

// lostProduct is a product that a user loses by groups.
type lostProduct struct {
	user, sku license.GUID
	whole     bool // and not just service plans of it
}

// lostByGroups lists what users lose by groups, each product once, by user.
func lostByGroups(changes []plan.GroupChange) []lostProduct {
	n := 0
	for _, c := range changes {
		for _, e := range c.Effects {
			n += len(e.Lose) * len(e.Members)
		}
	}
	out := make([]lostProduct, 0, n)
	for _, c := range changes {
		if c.Status != plan.StatusReady {
			continue
		}
		for _, e := range c.Effects {
			for _, sku := range e.Lose {
				whole := removes(c.Actions, sku)
				for _, user := range e.Members {
					out = append(out, lostProduct{user, sku, whole})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b lostProduct) int {
		// Of the same product by two groups the one that goes as a whole comes first.
		return cmp.Or(license.CompareGUIDs(a.user, b.user), license.CompareGUIDs(a.sku, b.sku), cmp.Compare(weight(b.whole), weight(a.whole)))
	})
	return slices.CompactFunc(out, func(a, b lostProduct) bool { return a.user == b.user && a.sku == b.sku })
}

// lostBy gives those of one user.
func lostBy(user license.GUID, all []lostProduct) []lostProduct {
	first, _ := slices.BinarySearchFunc(all, user, func(l lostProduct, user license.GUID) int { return license.CompareGUIDs(l.user, user) })
	end := first
	for end < len(all) && all[end].user == user {
		end++
	}
	return all[first:end]
}

func removes(actions []plan.Action, sku license.GUID) bool {
	return slices.ContainsFunc(actions, func(a plan.Action) bool { return a.Op == plan.OpRemove && a.SKUID == sku })
}
