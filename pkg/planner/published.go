package planner

import (
	"errors"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// UnpublishedNames gives a warning for every name of a product or service plan
// that stands in no table of Microsoft's products, with what may have been
// meant. A tenant may have products of its own, so that need not be a mistake.
// Ids are no names. The warnings are sorted as Make sorts them.
func UnpublishedNames(d plan.Desired, policy plan.Policy) []plan.Finding {
	s := search{catalog: license.Published(), seen: map[plan.Ref]bool{}}
	for _, e := range d.Users {
		s.licenses(e.Licenses)
	}
	for _, e := range d.Groups {
		s.licenses(e.Licenses)
	}
	for _, selection := range d.Selections {
		s.licenses(selection.Entry.Licenses)
	}
	for _, ref := range skuRefs(policy) {
		s.product(ref)
	}
	return newWords(s.catalog, plan.GroupNames{}).findings(s.found)
}

// skuRefs lists where a policy names products.
func skuRefs(p plan.Policy) []plan.Ref {
	out := slices.Concat(p.ManagedSKUs, p.IgnoredSKUs)
	for _, r := range p.Reserve {
		out = append(out, r.SKU)
	}
	if p.Prices != nil {
		for _, price := range p.Prices.Monthly {
			out = append(out, price.SKU)
		}
	}
	for _, a := range p.AcceptedDrift {
		out = append(out, a.SKU)
	}
	for _, a := range p.AcceptedFindings {
		out = append(out, a.SKU)
	}
	return out
}

// search looks names up, each place once: users share profiles.
type search struct {
	catalog *license.Catalog
	seen    map[plan.Ref]bool
	found   findings
}

func (s *search) licenses(wanted []plan.DesiredLicense) {
	for _, l := range wanted {
		if s.seen[l.SKU] {
			continue
		}
		sku, known := s.product(l.SKU)
		for _, ref := range l.Plans.Plans {
			if known && !license.IsGUID(ref.Name) {
				s.plan(sku, ref)
			}
		}
	}
}

// product looks a product up, and tells which one it is.
func (s *search) product(ref plan.Ref) (license.SKU, bool) {
	if ref.Name == "" || s.seen[ref] {
		return license.SKU{}, false
	}
	s.seen[ref] = true
	sku, err := s.catalog.ResolveSKU(ref.Name)
	if _, unknown := errors.AsType[*license.UnknownSKUError](err); unknown && !license.IsGUID(ref.Name) {
		s.warn(skuFinding(err, ref))
	}
	return sku, err == nil
}

func (s *search) plan(sku license.SKU, ref plan.Ref) {
	_, err := s.catalog.ResolvePlan(sku, ref.Name)
	if _, unknown := errors.AsType[*license.UnknownPlanError](err); unknown {
		s.warn(planFinding(err, ref))
	}
}

func (s *search) warn(f finding) {
	f.severity = plan.SeverityWarning
	s.found.add(f)
}
