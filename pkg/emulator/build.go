package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// builder turns a Tenant into a directory and collects every mistake in it.
type builder struct {
	dir         *directory
	now         time.Time
	memberships map[string][]license.GUID // the users that name a group, by its name
	managers    map[license.GUID]string   // the users who have a manager, with the name of that
	errs        []error
}

// newDirectory builds the state that a tenant describes. All mistakes of the
// tenant are in the one error.
func newDirectory(t Tenant, book rulebook, now time.Time) (*directory, error) {
	b := builder{now: now, memberships: map[string][]license.GUID{}, managers: map[license.GUID]string{}, dir: &directory{
		bySKU: map[license.GUID]skuRef{}, services: map[license.GUID]string{}, byGroup: map[license.GUID]groupRef{},
		words: newWords(), groups: make([]group, 1), book: book,
		created: map[license.GUID]userRef{}, texts: map[license.GUID]map[string]string{}, deletedItems: map[license.GUID]deletedItem{}, managers: map[userRef]userRef{},
		touched: map[userRef]uint64{}, evidence: map[license.GUID]Evidence{},
	}}
	b.tenant(t)
	b.products(t.Products)
	b.users(t)
	b.manage()
	b.groups(t.Groups)
	b.nest(t.Groups)
	b.inherit()
	b.dir.origins = map[userRef]uint64{}
	return b.dir, errors.Join(b.errs...)
}

func (b *builder) failf(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf(format, args...))
}

func (b *builder) tenant(t Tenant) {
	domain := cmp.Or(t.DefaultDomain, "contoso.com")
	b.dir.tenant = tenantInfo{
		id:            orDerived(t.ID, "tenant", domain),
		displayName:   cmp.Or(t.DisplayName, "Contoso"),
		defaultDomain: domain,
		country:       cmp.Or(t.CountryLetterCode, "US"),
		revealNames:   t.RevealNames,
	}
	if !license.IsCountry(b.dir.tenant.country) {
		b.failf("tenant: %q is not an ISO 3166-1 country code", t.CountryLetterCode)
	}
}

func orDerived(id license.GUID, kind, name string) license.GUID {
	if id == (license.GUID{}) {
		return DerivedID(kind, name)
	}
	return id
}

func (b *builder) products(list []Product) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y Product) int { return cmp.Compare(x.SKU.PartNumber, y.SKU.PartNumber) })
	for _, p := range list {
		id := orDerived(p.SKU.ID, "sku", p.SKU.PartNumber)
		if _, twice := b.dir.bySKU[id]; twice {
			b.failf("product %q: the id %s is there twice", p.SKU.PartNumber, id)
			continue
		}
		if len(b.dir.products) == math.MaxUint16 {
			b.failf("product %q: more than %d products", p.SKU.PartNumber, math.MaxUint16)
			return
		}
		b.dir.bySKU[id] = skuRef(len(b.dir.products))
		b.dir.products = append(b.dir.products, newProduct(p, id))
		for _, plan := range p.SKU.Plans {
			if service := serviceOf(plan); service != "" {
				b.dir.services[plan.ID] = service
			}
		}
		b.dir.products[len(b.dir.products)-1].subscriptions = subscriptionsOf(p, b.now)
	}
}

func newProduct(p Product, id license.GUID) product {
	sku := p.SKU
	sku.ID = id
	sku.AppliesTo = cmp.Or(sku.AppliesTo, license.AppliesToUser)
	sku.CapabilityStatus = cmp.Or(sku.CapabilityStatus, capability(sku.Units))
	sku.Units.Consumed = 0
	sku.Plans = slices.Clone(sku.Plans)
	var plans []license.GUID
	mailbox := false
	for i := range sku.Plans {
		plan := &sku.Plans[i]
		plan.AppliesTo = cmp.Or(plan.AppliesTo, license.AppliesToUser)
		plan.ProvisioningStatus = cmp.Or(plan.ProvisioningStatus, "Success")
		if plan.AppliesTo == license.AppliesToUser {
			plans = append(plans, plan.ID)
			mailbox = mailbox || plan.HasMailbox()
		}
	}
	return product{
		sku: sku, plans: license.SortedGUIDs(plans), mailbox: mailbox, prohibited: slices.Clone(p.ProhibitedIn),
	}
}

// capability is the status that a SKU's units amount to.
func capability(u license.Units) string {
	switch {
	case u.Enabled > 0:
		return "Enabled"
	case u.Warning > 0:
		return "Warning"
	case u.Suspended > 0:
		return "Suspended"
	case u.LockedOut > 0:
		return "LockedOut"
	}
	return "Deleted"
}

func (b *builder) users(t Tenant) {
	for u := range t.allUsers() {
		b.dir.users = append(b.dir.users, b.user(u))
	}
	b.dir.users = slices.Clip(b.dir.users)
	slices.SortFunc(b.dir.users, compareUsers)
	b.dir.byUPN = make([]userRef, len(b.dir.users))
	keys := make([]string, len(b.dir.users))
	for i, u := range b.dir.users {
		b.dir.byUPN[i], keys[i] = userRef(i), license.UPNKey(u.upn)
		if i > 0 && u.id == b.dir.users[i-1].id {
			b.failf("user %q: the id %s is there twice", u.upn, u.id)
		}
		b.count(u)
	}
	slices.SortFunc(b.dir.byUPN, func(x, y userRef) int { return strings.Compare(keys[x], keys[y]) })
	for i := 1; i < len(keys); i++ {
		if r := b.dir.byUPN[i]; keys[r] == keys[b.dir.byUPN[i-1]] {
			b.failf("user %q: the name is there twice", b.dir.users[r].upn)
		}
	}
}

// manage gives users their managers, when all of them are there.
func (b *builder) manage() {
	for r, u := range b.dir.users {
		name, named := b.managers[u.id]
		manager, ok := b.dir.find(name)
		switch {
		case named && !ok:
			b.failf("user %q: no user %q, who is to be the manager", u.upn, name)
		case named:
			b.dir.managers[userRef(r)] = manager
		}
	}
}

func (b *builder) count(u user) {
	for i, a := range u.held {
		if a.takesSeat() && firstSeat(u.held, i) {
			b.dir.products[a.sku].consumed++
		}
	}
}

func (b *builder) user(u User) user {
	out := user{
		id: orDerived(u.ID, "user", u.UserPrincipalName), upn: u.UserPrincipalName,
		displayName: cmp.Or(u.DisplayName, u.UserPrincipalName),
		department:  b.dir.words.intern(u.Department),
		country:     b.dir.words.intern(u.Country),
		jobTitle:    b.dir.words.intern(u.JobTitle),
		flags:       flagsOf(u),
	}
	if u.UserPrincipalName == "" {
		b.failf("user %s: no userPrincipalName", out.id)
	}
	if u.UsageLocation != "" && !license.IsCountry(u.UsageLocation) {
		b.failf("user %q: %q is not an ISO 3166-1 country code", u.UserPrincipalName, u.UsageLocation)
	} else {
		copy(out.location[:], u.UsageLocation)
	}
	if !u.Evidence.isNone() {
		b.dir.evidence[out.id] = u.Evidence.from(b.now)
	}
	for _, l := range u.Licenses {
		b.direct(&out, l)
	}
	if u.Manager != "" {
		b.managers[out.id] = u.Manager
	}
	for _, name := range u.MemberOf {
		b.memberships[name] = append(b.memberships[name], out.id)
	}
	out.held = slices.Clip(out.held)
	return out
}

func flagsOf(u User) userFlags {
	var flags userFlags
	if u.Disabled {
		flags |= flagDisabled
	}
	if u.Guest {
		flags |= flagGuest
	}
	if u.DuplicateProxyAddress {
		flags |= flagDuplicateAddress
	}
	if u.ManagementRestricted {
		flags |= flagRestricted
	}
	if u.Agent {
		flags |= flagAgent
	}
	return flags
}

// direct gives a user a license without asking the rules: a tenant may hold
// more than was bought.
func (b *builder) direct(u *user, l License) {
	ref, ok := b.license("user", u.upn, l)
	if !ok {
		return
	}
	if u.find(ref, 0) >= 0 {
		b.failf("user %q: the product %s is there twice", u.upn, l.SKU)
		return
	}
	a := assignment{sku: ref, disabled: newPlanSet(l.DisabledPlans), updated: b.updated(*u, l)}
	var known [2]bool
	a.state, known[0] = stateNamed(l.State)
	a.err, known[1] = violationNamed(l.Error)
	if known != [2]bool{true, true} {
		b.failf("user %q: a license has the state %q and the error %q", u.upn, l.State, l.Error)
	}
	*u = u.with(a)
}

// updated is when a license that a user starts with was last touched.
func (b *builder) updated(u user, l License) uint32 {
	for _, m := range []Moment{l.Updated.from(b.now), b.dir.evidence[u.id].Created} {
		if m.isTime() {
			return stamp(m.at)
		}
	}
	return stamp(b.now)
}

// license checks that a license names a product of the tenant and its plans.
func (b *builder) license(kind, owner string, l License) (skuRef, bool) {
	ref, ok := b.dir.bySKU[l.SKU]
	if !ok {
		b.failf("%s %q: the tenant has no product %s", kind, owner, l.SKU)
		return 0, false
	}
	for _, plan := range l.DisabledPlans {
		if !b.dir.products[ref].hasPlan(plan) {
			b.failf("%s %q: the product %s has no service plan %s", kind, owner, b.dir.products[ref].sku.PartNumber, plan)
			ok = false
		}
	}
	return ref, ok
}

func (b *builder) groups(list []Group) {
	for _, g := range list {
		id := orDerived(g.ID, "group", g.Name)
		if _, twice := b.dir.byGroup[id]; twice {
			b.failf("group %q: the id %s is there twice", g.Name, id)
			continue
		}
		if len(b.dir.groups) > math.MaxUint16 {
			b.failf("group %q: more than %d groups", g.Name, math.MaxUint16)
			return
		}
		b.dir.byGroup[id] = groupRef(len(b.dir.groups))
		b.dir.groups = append(b.dir.groups, b.group(g, id))
	}
	for name, ids := range b.memberships {
		b.failf("user %s: no group %q", ids[0], name)
	}
}

func (b *builder) group(g Group, id license.GUID) group {
	out := group{id: id, name: g.Name, created: b.now, mailOnly: g.NotSecurityEnabled, mailEnabled: g.NotSecurityEnabled,
		dynamic: g.Dynamic, synced: g.OnPremisesSynced, hidden: g.HiddenMembership}
	if g.Dynamic {
		out.rule = `user.department -eq "Sales"`
	}
	if g.NotSecurityEnabled && len(g.Licenses) > 0 {
		b.failf("group %q: only a security group takes licenses", g.Name)
	}
	for _, name := range g.Members {
		ref, ok := b.dir.find(name)
		if !ok {
			b.failf("group %q: no user %q", g.Name, name)
			continue
		}
		out.members = append(out.members, ref)
	}
	for _, id := range b.memberships[g.Name] {
		if ref, ok := b.dir.findID(id); ok {
			out.members = append(out.members, ref)
		}
	}
	delete(b.memberships, g.Name)
	slices.Sort(out.members)
	out.members = slices.Compact(out.members)
	for _, l := range g.Licenses {
		ref, ok := b.license("group", g.Name, l)
		if l.State != "" || l.Error != "" {
			b.failf("group %q: the licenses of a group are in no state, those of its members are", g.Name)
		}
		if ok {
			out.licenses = append(out.licenses, groupLicense{sku: ref, disabled: newPlanSet(l.DisabledPlans)})
		}
	}
	return out
}

// inherit lets the members of each group inherit its licenses, by the same
// rules as later on: a member for whom no seat is left starts with an error.
func (b *builder) inherit() {
	if len(b.errs) > 0 {
		return
	}
	for ref := range b.dir.groups {
		if len(b.dir.groups[ref].licenses) > 0 {
			b.dir.processGroup(groupRef(ref), b.now)
		}
	}
}
