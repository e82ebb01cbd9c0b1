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
func (p *planner) resolvePolicy() {
	policy := p.in.Policy
	p.scope = plan.Scope{Managed: p.policySKUs(policy.ManagedSKUs), Ignored: p.policySKUs(policy.IgnoredSKUs)}
	if policy.ManagedSKUs == nil {
		p.scope.Managed = nil
	}
	p.reserves = map[license.GUID]int{}
	for _, r := range policy.Reserve {
		for _, id := range p.policySKU(r.SKU) {
			p.reserves[id] = r.Seats
		}
	}
	p.prices = map[license.GUID]plan.Money{}
	if policy.Prices != nil {
		for _, price := range policy.Prices.Monthly {
			for _, id := range p.policySKU(price.SKU) {
				p.prices[id] = price.Amount
			}
		}
	}
	p.resolveAccepted()
	p.resolveAcceptedFindings()
	p.resolveProtected()
	p.priority = map[string]int{}
	for i, name := range policy.Priority {
		p.priority[name] = i
	}
}

// resolveProtected finds the protected users. One that the tenant does not
// have may be a misspelt or renamed account, whom nothing would protect, so it
// blocks every change.
func (p *planner) resolveProtected() {
	p.protected = map[string]bool{}
	for _, u := range p.in.Policy.Protected {
		p.protected[license.UPNKey(u.Name)] = true
		if _, known := p.users.named(u.Name); known {
			continue
		}
		p.policyProblems = append(p.policyProblems, plan.CodeProtectedNotFound)
		p.findings.add(plan.Finding{
			Severity: plan.SeverityError, Code: plan.CodeProtectedNotFound, User: u.Name, Source: at(u.Source),
			Message: "is protected by the policy, and the tenant has no such user: nobody is protected by this name",
			Hint:    "check the spelling; a renamed user has a new user principal name, an object id stays",
		})
	}
}

// policySKUs returns the sorted ids of the SKUs, never nil.
func (p *planner) policySKUs(refs []plan.Ref) []license.GUID {
	out := []license.GUID{}
	for _, ref := range refs {
		out = append(out, p.policySKU(ref)...)
	}
	slices.SortFunc(out, license.CompareGUIDs)
	return slices.Compact(out)
}

// policySKU gives the ids of a name. One that nobody knows is a problem of the
// policy.
func (p *planner) policySKU(ref plan.Ref) []license.GUID {
	ids, err := p.namedSKUs(ref)
	if err == nil {
		return ids
	}
	p.policyProblems = append(p.policyProblems, plan.CodePolicyUnknownSKU)
	f := skuFinding(err, ref)
	f.Code, f.Message = plan.CodePolicyUnknownSKU, "the policy names a product that is not known: "+f.Message
	p.findings.add(f)
	return nil
}

// namedSKUs gives the ids of a name in the policy: several where products that
// the tenant does not own share it.
func (p *planner) namedSKUs(ref plan.Ref) ([]license.GUID, error) {
	sku, err := p.catalog.ResolveSKU(ref.Name)
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
func (p *planner) isProtected(u *license.UserState) bool {
	return len(p.protected) > 0 && (p.protected[license.UPNKey(u.UserPrincipalName)] || p.protected[u.ID.String()])
}
