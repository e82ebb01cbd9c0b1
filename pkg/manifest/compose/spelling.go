package compose

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// Spelling finds out how manifests name products and service plans: by part
// number and name, and by id where those mean something else to somebody, or
// cannot stand in a manifest.
type Spelling struct {
	catalog   *license.Catalog
	published *license.Catalog
	refs      map[license.GUID]string // of SKUs
	sharing   map[string]int          // how many SKUs have a part number, folded
}

// NewSpelling spells the products of a catalog.
func NewSpelling(catalog *license.Catalog) *Spelling {
	s := &Spelling{catalog: catalog, published: license.Published(), refs: map[license.GUID]string{}, sharing: map[string]int{}}
	for _, sku := range catalog.SKUs() {
		s.sharing[strings.ToLower(sku.PartNumber)]++
	}
	return s
}

// SKU gives the reference to a SKU of the catalog.
func (s *Spelling) SKU(sku license.SKU) string {
	ref, known := s.refs[sku.ID]
	if !known {
		ref = sku.ID.String()
		if manifest.IsReference(sku.PartNumber) && s.means(sku) {
			ref = sku.PartNumber
		}
		s.refs[sku.ID] = ref
	}
	return ref
}

// means reports whether the part number of a SKU is understood as this SKU:
// by the tenant, and by who reads the manifests without one, to whom names that
// differ in case alone are one.
func (s *Spelling) means(sku license.SKU) bool {
	own, err := s.catalog.ResolveSKU(sku.PartNumber)
	if err != nil || own.ID != sku.ID || s.sharing[strings.ToLower(sku.PartNumber)] > 1 {
		return false
	}
	known, err := s.published.ResolveSKU(sku.PartNumber)
	return err != nil || known.ID == sku.ID
}

// License spells a license with the service plans that are off, sorted by
// reference. Plans that
// the SKU does not have, or no longer has, are left out: nobody can switch
// them.
func (s *Spelling) License(sku license.SKU, disabled []license.GUID) License {
	out := License{SKU: s.SKU(sku), Product: s.product(sku), Weight: len(sku.Plans)}
	for _, id := range disabled {
		if p, has := sku.Plan(id); has {
			out.DisabledPlans = append(out.DisabledPlans, Plan{Ref: s.plan(sku, p), Name: s.planName(p)})
		}
	}
	slices.SortFunc(out.DisabledPlans, func(a, b Plan) int { return strings.Compare(a.Ref, b.Ref) })
	return out
}

// product names a SKU for people, without the id where that is the reference.
func (s *Spelling) product(sku license.SKU) string {
	if id := sku.ID.String(); s.SKU(sku) == id {
		return strings.NewReplacer(" ("+id+")", "", ", "+id+")", ")").Replace(s.catalog.SKUName(sku.ID))
	}
	return s.catalog.SKUName(sku.ID)
}

func (s *Spelling) plan(sku license.SKU, p license.ServicePlan) string {
	found, err := s.catalog.ResolvePlan(sku, p.Name)
	if !manifest.IsReference(p.Name) || err != nil || found.ID != p.ID || sharesName(sku, p) {
		return p.ID.String()
	}
	return p.Name
}

// sharesName reports whether another plan of the SKU has the same name but
// for its case: a list that had both would name one thing twice.
func sharesName(sku license.SKU, p license.ServicePlan) bool {
	for _, other := range sku.Plans {
		if other.ID != p.ID && strings.EqualFold(other.Name, p.Name) {
			return true
		}
	}
	return false
}

// planName names a plan for people, where that says more than its reference.
func (s *Spelling) planName(p license.ServicePlan) string {
	if name := s.catalog.PlanName(p.ID); !strings.EqualFold(name, p.Name) {
		return name
	}
	return ""
}
