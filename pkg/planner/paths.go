package planner

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// paths are the assignments by which somebody has a product, as far as they count.
type paths struct {
	all    []license.Assignment // among others
	sku    license.GUID
	group  license.GUID // that it comes from; zero: from anywhere
	counts func(*license.Assignment) bool
}

func isInForce(a *license.Assignment) bool { return a.InForce() }

func mayGive(a *license.Assignment) bool { return !a.GivesNothing() }

func whatever(*license.Assignment) bool { return true }

func (p *paths) has(a *license.Assignment) bool {
	return a.SKUID == p.sku && (p.group == license.GUID{} || a.Group == p.group) && p.counts(a)
}

// none reports whether there is no such path.
func (p *paths) none() bool {
	for i := range p.all {
		if p.has(&p.all[i]) {
			return false
		}
	}
	return true
}

// on reports whether one of them has a service plan on.
func (p *paths) on(servicePlan license.GUID) bool {
	for i := range p.all {
		if a := &p.all[i]; p.has(a) && !license.ContainsGUID(a.DisabledPlans, servicePlan) {
			return true
		}
	}
	return false
}

// allOn reports whether one of them has every service plan on.
func (p *paths) allOn() bool {
	for i := range p.all {
		if a := &p.all[i]; p.has(a) && len(a.DisabledPlans) == 0 {
			return true
		}
	}
	return false
}

// exceed reports whether somebody has the product, or a service plan of it, by p and not
// by other paths. Most often one of the two has nothing of it.
func (b *basis) exceed(p, other paths) bool {
	switch {
	case p.none():
		return false
	case other.none():
		return true
	case other.allOn():
		return false
	}
	sku, _ := b.catalog.SKU(p.sku)
	return slices.ContainsFunc(sku.Plans, func(s license.ServicePlan) bool { return p.on(s.ID) && !other.on(s.ID) })
}
