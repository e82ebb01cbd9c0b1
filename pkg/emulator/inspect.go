package emulator

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// Users returns the state of every user, sorted by id, as it is now: no
// replica lag, no pages. Deleted users are left out.
func (e *Emulator) Users() []license.UserState {
	e.dir.settle(e.now())
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	out := make([]license.UserState, 0, len(e.dir.users))
	for _, u := range e.dir.users {
		if !u.has(flagDeleted) {
			out = append(out, e.dir.userState(u))
		}
	}
	slices.SortFunc(out, func(a, b license.UserState) int { return license.CompareGUIDs(a.ID, b.ID) })
	return out
}

// User returns the state of the user with that principal name or object id,
// as it is now.
func (e *Emulator) User(ref string) (license.UserState, bool) {
	e.dir.settle(e.now())
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	r, ok := e.dir.find(ref)
	if !ok {
		return license.UserState{}, false
	}
	return e.dir.userState(e.dir.users[r]), true
}

// SKUs returns the tenant's products with their seats, sorted by part number,
// as they are now.
func (e *Emulator) SKUs() []license.SKU {
	e.dir.settle(e.now())
	return e.skus(view{directory: e.dir, now: e.now()})
}

// skus renders the products in the project's vocabulary, as a reader sees them.
func (e *Emulator) skus(v view) []license.SKU {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := make([]license.SKU, 0, len(v.products))
	for i, p := range v.products {
		sku := p.sku
		sku.Plans = slices.Clone(sku.Plans)
		sku.Units.Consumed = v.consumed(skuRef(i))
		out = append(out, sku)
	}
	return out
}

// TenantID returns the tenant's id.
func (e *Emulator) TenantID() license.GUID { return e.dir.tenant.id }

// Domain returns the tenant's default domain.
func (e *Emulator) Domain() string { return e.dir.tenant.defaultDomain }
