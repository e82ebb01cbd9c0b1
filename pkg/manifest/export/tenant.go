package export

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Groups lists the groups that licenses come from, sorted: their names stand
// in comments, so that a caller may look them up.
func Groups(observed plan.Observed) []license.GUID {
	found := map[license.GUID]bool{}
	for i := range observed.Users {
		for _, a := range observed.Users[i].Assignments {
			if !a.Direct() {
				found[a.Group] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), license.CompareGUIDs)
}

// tenant is what is observed, with ways to look things up in it.
type tenant struct {
	plan.Observed
	catalog  *license.Catalog
	spelling *compose.Spelling
	scope    plan.Scope
	twice    map[string]bool              // user principal names that two users have, by license.UPNKey
	spelt    map[string][]compose.License // what users hold, as licensesOf spelt it
	paths    map[path]string              // what comes from a group, in words
}

// path is a product that comes from a group.
type path struct{ sku, group license.GUID }

func newTenant(observed plan.Observed, catalog *license.Catalog, scope plan.Scope) *tenant {
	return &tenant{
		Observed: observed, catalog: catalog, scope: scope, spelling: compose.NewSpelling(catalog),
		twice: license.SharedNames(observed.Users), spelt: map[string][]compose.License{}, paths: map[path]string{},
	}
}

// userName is how manifests name a user: by principal name, and by object id
// where no manifest takes the former or it does not tell who is meant.
func (t *tenant) userName(u *license.UserState) string {
	isShared := len(t.twice) > 0 && t.twice[license.UPNKey(u.UserPrincipalName)]
	if isShared || isMasked(u) || !manifest.IsUser(u.UserPrincipalName) {
		return u.ID.String()
	}
	return u.UserPrincipalName
}

// isMasked reports a principal name that is made of the object id, as in a
// redacted snapshot: the tenant knows nobody by it.
func isMasked(u *license.UserState) bool {
	local, _, found := strings.Cut(u.UserPrincipalName, "@")
	return found && len(local) == len("00000000-0000-0000-0000-000000000000") && local == u.ID.String()
}

// direct gives what a user holds in their own name of the products in scope,
// each product once. It must not be changed: where that is everything, it is the
// user's own list.
func (t *tenant) direct(u *license.UserState) []license.Assignment {
	var out []license.Assignment
	for i, a := range u.Assignments {
		first := len(out) == 0 || out[len(out)-1].SKUID != a.SKUID
		switch {
		case !a.Direct() || !first || !t.scope.Manages(a.SKUID):
		case len(out) == i:
			out = u.Assignments[: i+1 : i+1]
		default:
			out = append(out, a)
		}
	}
	return out
}

// obstacle says why no manifest can ask for what the user holds. It is empty
// where one can.
func (t *tenant) obstacle(u *license.UserState, direct []license.Assignment) string {
	if u.Unreadable != "" {
		return "the tenant does not say what the user holds: " + u.Unreadable
	}
	if len(u.Unexplained) > 0 {
		return fmt.Sprintf("the tenant does not say whether %s comes from a group", t.catalog.SKUName(u.Unexplained[0]))
	}
	for _, a := range direct {
		sku, owned := t.catalog.SKU(a.SKUID)
		switch {
		case !owned:
			return fmt.Sprintf("%s is not among the products of the tenant", t.catalog.SKUName(a.SKUID))
		case sku.AppliesTo == license.AppliesToCompany:
			return fmt.Sprintf("%s applies to the company as a whole", t.catalog.SKUName(a.SKUID))
		}
	}
	if len(direct) > manifest.MaxLicenses {
		return fmt.Sprintf("these are %d licenses, and a manifest takes %d for one user", len(direct), manifest.MaxLicenses)
	}
	return ""
}

// person is the entry for a user.
func (t *tenant) person(u *license.UserState, direct []license.Assignment) compose.Person {
	name := t.userName(u)
	return compose.Person{
		Name: name, UsageLocation: usageLocation(u), Department: t.Departments[u.ID], Licenses: t.licensesOf(direct),
		Remark: t.remark(u, called{name, direct}),
	}
}

// licensesOf spells what a user holds. Users who hold the same share it, since
// most of a tenant holds one of a few things.
func (t *tenant) licensesOf(direct []license.Assignment) []compose.License {
	var room [256]byte
	key := room[:0]
	for _, a := range direct {
		key = append(append(key, a.SKUID[:]...), byte(len(a.DisabledPlans)), byte(len(a.DisabledPlans)>>8))
		for _, id := range a.DisabledPlans {
			key = append(key, id[:]...)
		}
	}
	out, known := t.spelt[string(key)]
	if known {
		return out
	}
	for _, a := range direct {
		sku, _ := t.catalog.SKU(a.SKUID)
		out = append(out, t.spelling.License(sku, a.DisabledPlans))
	}
	out = compose.InOrder(out)
	t.spelt[string(key)] = out
	return out
}

// usageLocation is the country as manifests write it; empty where they
// cannot.
func usageLocation(u *license.UserState) string {
	if code := strings.ToUpper(u.UsageLocation); license.IsCountry(code) {
		return code
	}
	return ""
}

// called is a user as manifests call them, with what they hold in their own name.
type called struct {
	name   string
	direct []license.Assignment
}

// remark says of a user what their entry does not.
func (t *tenant) remark(u *license.UserState, entry called) string {
	var parts []string
	if entry.name != u.UserPrincipalName && !isMasked(u) {
		parts = append(parts, u.UserPrincipalName)
	}
	if strings.EqualFold(u.UserType, "Guest") {
		parts = append(parts, "guest")
	}
	if !u.AccountEnabled {
		parts = append(parts, "account disabled")
	}
	for _, a := range entry.direct {
		if !a.InForce() {
			parts = append(parts, t.productName(a.SKUID)+notInForce(a))
		}
	}
	if groups := t.inherited(u); groups != "" {
		parts = append(parts, groups)
	}
	return strings.Join(parts, "; ")
}

// productName is how manifests spell a product.
func (t *tenant) productName(id license.GUID) string {
	if sku, owned := t.catalog.SKU(id); owned {
		return t.spelling.SKU(sku)
	}
	return t.catalog.SKUName(id)
}

// notInForce says of an assignment that it gives nothing that is certain; empty
// where it is in force.
func notInForce(a license.Assignment) string {
	if a.InForce() {
		return ""
	}
	return " (not in force: " + a.Standing() + ")"
}

// inherits reports whether a user holds anything in scope through groups.
func (t *tenant) inherits(u *license.UserState) bool {
	return slices.ContainsFunc(u.Assignments, func(a license.Assignment) bool { return !a.Direct() && t.scope.Manages(a.SKUID) })
}

// inherited lists what a user holds through groups: `SPE_E3 from group
// "Sales"`.
func (t *tenant) inherited(u *license.UserState) string {
	var parts []string
	for _, a := range u.Assignments {
		if !a.Direct() && t.scope.Manages(a.SKUID) {
			parts = append(parts, t.through(path{a.SKUID, a.Group})+notInForce(a))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// through words a product that comes from a group.
func (t *tenant) through(p path) string {
	out, known := t.paths[p]
	if known {
		return out
	}
	group := p.group.String()
	if name := t.Groups[p.group]; name != "" {
		group = strconv.Quote(name)
	}
	out = t.productName(p.sku) + " from group " + group
	t.paths[p] = out
	return out
}
