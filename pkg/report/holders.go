package report

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report/internal/pseudonym"
)

// Holders are who of a tenant holds what, by which path.
type Holders struct {
	Tenant   plan.Tenant
	Cloud    string // global, usgov, usgov-dod or china
	TakenAt  time.Time
	Observed plan.Observed // of Users, SKUs, Departments, Groups, LicensedGroups and Signals.Assigned

	Currency string                      // ISO 4217; empty: no prices are known
	Prices   map[license.GUID]plan.Money // of one seat a month, by product; may be nil
}

// holder is a user who holds something, or of whom nobody knows.
type holder struct {
	user       license.UserState
	name       string // under which the report has them
	display    string // empty where it is redacted
	department string
	products   []licensedProduct // by part number
}

// licensedProduct is a product that a user holds, by one path or several.
type licensedProduct struct {
	id         license.GUID
	partNumber string
	product    string        // empty where nobody published a name
	price      *plan.Money   // of the seat that it takes; nil: none is known, or it takes none
	paths      []licensePath // the direct one first; none where the tenant does not say by which
}

// licensePath is one assignment.
type licensePath struct {
	license.Assignment

	groupName string // empty where it is not known
	since     time.Time
}

// holdersView reads holdings for a report.
type holdersView struct {
	Holders

	options Options
	skus    map[license.GUID]license.SKU
	groups  map[license.GUID]string
	names   *pseudonym.Set // nil: nobody is redacted
}

func newHoldersView(h Holders, o Options) holdersView {
	v := holdersView{Holders: h, options: o, skus: map[license.GUID]license.SKU{}, groups: map[license.GUID]string{}}
	for _, sku := range h.Observed.SKUs {
		v.skus[sku.ID] = sku
	}
	for _, g := range h.Observed.LicensedGroups {
		v.groups[g.ID] = g.DisplayName
	}
	for id, name := range h.Observed.Groups {
		v.groups[id] = name
	}
	if o.Redact {
		users := h.Observed.Users
		v.names = pseudonym.New(h.Tenant.ID, len(users), func(i int32) plan.UserRef {
			return plan.UserRef{ID: users[i].ID, UserPrincipalName: users[i].UserPrincipalName}
		})
	}
	return v
}

// text gives a text without the names of people in it where the report is
// redacted.
func (v holdersView) text(s string) string {
	if v.names == nil {
		return s
	}
	return v.names.In(s)
}

// department gives that of a user: empty where there is none, or it is redacted,
// since a department of two tells who they are.
func (v holdersView) department(u license.UserState) string {
	if v.names != nil {
		return ""
	}
	return v.Observed.Departments[u.ID]
}

// name gives what a user is called in the report.
func (v holdersView) name(u license.UserState) string {
	if v.names == nil {
		return u.UserPrincipalName
	}
	return v.names.Of(u.ID)
}

// order gives the places of the users by department, those without one last, and
// name.
func (v holdersView) order() []int {
	users := v.Observed.Users
	keys := make([]string, len(users))
	places := make([]int, len(users))
	for i, u := range users {
		keys[i], places[i] = license.UPNKey(v.name(u)), i
	}
	slices.SortFunc(places, func(a, b int) int {
		x, y := v.department(users[a]), v.department(users[b])
		return cmp.Or(cmp.Compare(weight(x == ""), weight(y == "")), strings.Compare(x, y), strings.Compare(keys[a], keys[b]), cmp.Compare(a, b))
	})
	return places
}

// holders gives the users who hold something, or of whom it is not known.
func (v holdersView) holders() iter.Seq[holder] {
	return func(yield func(holder) bool) {
		for _, i := range v.order() {
			u := v.Observed.Users[i]
			if len(u.Assignments) == 0 && len(u.Unexplained) == 0 && u.Unreadable == "" {
				continue
			}
			h := holder{user: u, name: v.name(u), department: v.department(u), products: v.products(u)}
			if v.names == nil {
				h.display = u.DisplayName
			}
			if !yield(h) {
				return
			}
		}
	}
}

// products gives what a user holds, by part number.
func (v holdersView) products(u license.UserState) []licensedProduct {
	since, _ := v.Observed.Signals.Assigned.Of(u.ID)
	var out []licensedProduct
	for _, a := range u.Assignments {
		if len(out) == 0 || out[len(out)-1].id != a.SKUID {
			out = append(out, v.product(a.SKUID))
		}
		p := &out[len(out)-1]
		path := licensePath{Assignment: a, groupName: v.text(v.groups[a.Group])}
		for _, s := range since {
			if s.SKUID == a.SKUID && s.Group == a.Group {
				path.since = s.At
			}
		}
		p.paths = append(p.paths, path)
	}
	for _, id := range u.Unexplained {
		if !slices.ContainsFunc(out, func(p licensedProduct) bool { return p.id == id }) {
			out = append(out, v.product(id))
		}
	}
	for i := range out {
		if !out[i].takesSeat() {
			out[i].price = nil
		}
	}
	slices.SortStableFunc(out, func(a, b licensedProduct) int { return strings.Compare(a.partNumber, b.partNumber) })
	return out
}

// product names a product, with its price.
func (v holdersView) product(id license.GUID) licensedProduct {
	sku := v.skus[id]
	sku.ID = id
	out := licensedProduct{id: id, partNumber: cmp.Or(sku.PartNumber, id.String()), product: productName(sku, v.options.Names)}
	if price, ok := v.Prices[id]; ok {
		out.price = &price
	}
	return out
}

// takesSeat reports whether the product may take a seat: a user takes one,
// however many paths lead to it, and none by paths that give nothing.
func (p licensedProduct) takesSeat() bool {
	return len(p.paths) == 0 || slices.ContainsFunc(p.paths, func(a licensePath) bool { return !a.GivesNothing() })
}

// holdersSum is what users hold together.
type holdersSum struct {
	department string
	users      int
	seats      int
	cost       plan.Money
	unpriced   int // seats of which no price is known
}

func (s *holdersSum) add(h holder) {
	s.users++
	for _, p := range h.products {
		if !p.takesSeat() {
			continue
		}
		s.seats++
		if p.price == nil {
			s.unpriced++
			continue
		}
		s.cost += *p.price
	}
}

// sums adds up by department, in the order of the holders, and in all.
func (v holdersView) sums() (departments []holdersSum, all holdersSum) {
	for h := range v.holders() {
		if len(departments) == 0 || departments[len(departments)-1].department != h.department {
			departments = append(departments, holdersSum{department: h.department})
		}
		departments[len(departments)-1].add(h)
		all.add(h)
	}
	return departments, all
}

// pathName says by which path somebody holds a product, as documents have it.
func (p licensePath) pathName() string {
	if p.Direct() {
		return "direct"
	}
	return "group"
}
