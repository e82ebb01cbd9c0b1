package planner

import (
	"errors"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// resolvePolicy turns the names in the policy into ids. A product that is
// known but not owned by the tenant is no mistake there: policies outlive
// subscriptions. A name that nobody knows may be a misspelt exception, so it
// blocks every change.
func (b *basis) resolvePolicy() rules {
	r := policyResolver{basis: b}
	policy := b.in.Policy
	r.scope = plan.Scope{Managed: r.policySKUs(policy.ManagedSKUs), Ignored: r.policySKUs(policy.IgnoredSKUs)}
	if policy.ManagedSKUs == nil {
		r.scope.Managed = nil
	}
	r.reserves = map[license.GUID]int{}
	for _, reserve := range policy.Reserve {
		for _, id := range r.policySKU(reserve.SKU) {
			r.reserves[id] = reserve.Seats
		}
	}
	r.prices = map[license.GUID]plan.Money{}
	if policy.Prices != nil {
		for _, price := range policy.Prices.Monthly {
			for _, id := range r.policySKU(price.SKU) {
				r.prices[id] = price.Amount
			}
		}
	}
	r.resolveAccepted()
	r.resolveAcceptedFindings()
	r.resolveProtected()
	r.resolveReclaims()
	r.priority = map[string]int{}
	for i, name := range policy.Priority {
		r.priority[name] = i
	}
	return r.rules
}

// policyResolver is the rules in the making.
type policyResolver struct {
	*basis // without rules
	rules
}

// resolveProtected finds the protected users. One that the tenant does not
// have may be a misspelt or renamed account, whom nothing would protect, so it
// blocks every change.
func (r *policyResolver) resolveProtected() {
	r.protected = map[string]bool{}
	for _, u := range r.in.Policy.Protected {
		r.protected[license.UPNKey(u.Name)] = true
		if _, known := r.users.Find(u.Name); known {
			continue
		}
		r.problems = append(r.problems, plan.CodeProtectedNotFound)
		r.findings.add(finding{message: msgProtectedNotFound, user: u.Name, source: u.Source})
	}
}

// policySKUs returns the sorted ids of the SKUs, never nil.
func (r *policyResolver) policySKUs(refs []plan.Ref) []license.GUID {
	out := []license.GUID{}
	for _, ref := range refs {
		out = append(out, r.policySKU(ref)...)
	}
	slices.SortFunc(out, license.CompareGUIDs)
	return slices.Compact(out)
}

// policySKU gives the ids of a name. One that nobody knows is a problem of the
// policy.
func (r *policyResolver) policySKU(ref plan.Ref) []license.GUID {
	ids, err := r.namedSKUs(ref)
	if err == nil {
		return ids
	}
	r.problems = append(r.problems, plan.CodePolicyUnknownSKU)
	r.findings.add(finding{message: msgPolicyUnknownSKU, source: ref.Source, args: []any{err, catalogHint{err}}})
	return nil
}

// namedSKUs gives the ids of a name in the policy: several where products that
// the tenant does not own share it.
func (b *basis) namedSKUs(ref plan.Ref) ([]license.GUID, error) {
	sku, err := b.catalog.ResolveSKU(ref.Name)
	if err == nil {
		return []license.GUID{sku.ID}, nil
	}
	var absent *license.SKUNotInTenantError
	if !errors.As(err, &absent) {
		return nil, err
	}
	var out []license.GUID
	for _, product := range absent.Products {
		out = append(out, product.ID)
	}
	return out, nil
}

// isProtected reports whether the policy forbids to touch the user.
func (b *basis) isProtected(u *license.UserState) bool {
	return len(b.protected) > 0 && (b.protected[license.UPNKey(u.UserPrincipalName)] || b.protected[u.ID.String()])
}
