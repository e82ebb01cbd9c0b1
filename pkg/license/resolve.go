package license

import (
	"cmp"
	"slices"
)

// ResolveSKU finds the SKU that a person means by ref: an id in any case, a
// part number (as it is written, else without regard to case) or a product
// name (without regard to case and the amount of white space).
//
// The error is one of *UnknownSKUError, *SKUNotInTenantError and
// *AmbiguousSKUError. Working out the suggestions of the first takes about a
// millisecond, so resolve each distinct name once.
func (c *Catalog) ResolveSKU(ref string) (SKU, error) {
	found := c.own.find(ref)
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return SKU{}, c.notOwned(ref)
	default:
		return SKU{}, &AmbiguousSKUError{Ref: ref, Candidates: found}
	}
}

func (c *Catalog) notOwned(ref string) error {
	products := c.published.find(ref)
	if len(products) == 0 {
		return &UnknownSKUError{Ref: ref, Suggestions: c.suggestSKUs(ref)}
	}
	return &SKUNotInTenantError{Ref: ref, Products: products, SameName: c.own.withName(products[0].Name)}
}

// ResolvePlan finds the service plan of sku that a person means by ref: an id
// in any case, a name (as it is written, else without regard to case) or a
// friendly name (without regard to case and the amount of white space). The
// SKU may come from this catalog or from anywhere else.
//
// The error is one of *UnknownPlanError and *AmbiguousPlanError.
func (c *Catalog) ResolvePlan(sku SKU, ref string) (ServicePlan, error) {
	for _, matches := range c.planMatchers(ref) {
		found := filterPlans(sku.Plans, matches)
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return ServicePlan{}, &AmbiguousPlanError{Ref: ref, SKU: sku, Twin: c.own.isShared(skuLabel(sku), sku.ID), Candidates: found}
		}
	}
	return ServicePlan{}, &UnknownPlanError{
		Ref:         ref,
		SKU:         sku,
		Twin:        c.own.isShared(skuLabel(sku), sku.ID),
		Suggestions: c.suggestPlans(sku, ref),
		FoundIn:     c.skusWithPlan(ref),
	}
}

type planMatcher func(ServicePlan) bool

// planMatchers returns the ways in which ref can name a plan, the strictest
// first.
func (c *Catalog) planMatchers(ref string) []planMatcher {
	if id, err := ParseGUID(ref); err == nil {
		return []planMatcher{func(p ServicePlan) bool { return p.ID == id }}
	}
	key := fold(ref)
	if key == "" {
		return nil
	}
	return []planMatcher{
		func(p ServicePlan) bool { return p.Name == ref },
		func(p ServicePlan) bool { return fold(p.Name) == key },
		func(p ServicePlan) bool { return fold(c.friendlyName(p)) == key },
	}
}

func (c *Catalog) friendlyName(p ServicePlan) string {
	return cmp.Or(p.DisplayName, c.published.plans[p.ID].DisplayName)
}

func filterPlans(plans []ServicePlan, keep planMatcher) []ServicePlan {
	var out []ServicePlan
	for _, p := range plans {
		if keep(p) {
			out = append(out, p)
		}
	}
	return out
}

// skusWithPlan returns a few SKUs that have a plan which ref names: the
// tenant's, or published ones where the tenant has none.
func (c *Catalog) skusWithPlan(ref string) []SKU {
	matchers := c.planMatchers(ref)
	named := func(p ServicePlan) bool {
		return slices.ContainsFunc(matchers, func(matches planMatcher) bool { return matches(p) })
	}
	if out := c.own.skusWithPlan(named); out != nil {
		return out
	}
	return c.published.skusWithPlan(named)
}
