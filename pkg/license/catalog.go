package license

import (
	"slices"
	"strings"
	"sync"
)

// Catalog turns what people write into SKUs and service plans: a part number,
// a GUID or a product name. The tenant's own SKUs come first, their ids and
// plan lists are the truth; the built-in table of published products adds
// names, suggestions and the knowledge that a SKU exists though this tenant
// does not own it. A Catalog is immutable and safe for concurrent use.
type Catalog struct {
	own       *index // the tenant's SKUs; the same as published in Published()
	published *index
	labels    map[GUID]string // what SKUName gives for the tenant's SKUs
}

// publishedIndex is the built-in table, read when it is first asked for.
var publishedIndex = sync.OnceValue(func() *index {
	return newIndex(mustReadTable())
})

// Published returns the catalog of the built-in table alone, in which the
// "tenant" owns every published product. Its SKUs have no units. A name that
// two published products share is ambiguous there, though a tenant may own but
// one of them: without a tenant that is no proof of a mistake.
func Published() *Catalog { return publishedCatalog() }

var publishedCatalog = sync.OnceValue(func() *Catalog {
	table := publishedIndex()
	return newCatalog(table, table)
})

// NewCatalog returns the catalog of a tenant that owns these SKUs. Product
// names and friendly plan names that the SKUs lack are taken from the built-in
// table, by id; Graph sends none. The argument is not changed.
func NewCatalog(tenant []SKU) *Catalog {
	published := publishedIndex()
	skus := slices.Clone(tenant)
	for i := range skus {
		skus[i] = published.named(skus[i])
	}
	slices.SortStableFunc(skus, compareSKUs)
	return newCatalog(newIndex(skus), published)
}

func newCatalog(own, published *index) *Catalog {
	c := &Catalog{own: own, published: published, labels: make(map[GUID]string, len(own.skus))}
	for _, sku := range own.skus {
		c.labels[sku.ID] = c.label(sku)
	}
	return c
}

// SKUs returns the tenant's SKUs with their names, sorted by part number. The
// plans of the SKUs are shared with the catalog: do not change them.
func (c *Catalog) SKUs() []SKU { return slices.Clone(c.own.skus) }

// SKU returns the SKU with that id, and whether the tenant owns it.
func (c *Catalog) SKU(id GUID) (SKU, bool) { return c.own.sku(id) }

// SKUName names a SKU for people, and no other product of the tenant with the
// same words: by its product name, followed by the part number in brackets where
// another product is called like that, and by the id too where that is not
// enough: part numbers were seen twice in a tenant, with two ids
// (azure-docs#108975). It is the part number where no name is known, and the id
// where nothing is known; it is never empty.
func (c *Catalog) SKUName(id GUID) string {
	if label, ok := c.labels[id]; ok {
		return label
	}
	if sku, ok := c.published.sku(id); ok {
		return c.label(sku)
	}
	return id.String()
}

func (c *Catalog) label(sku SKU) string {
	switch {
	case sku.Name == "" && sku.PartNumber == "":
		return sku.ID.String()
	case sku.Name == "" && c.isShared(sku.PartNumber, sku.ID):
		return sku.PartNumber + " (" + sku.ID.String() + ")"
	case sku.Name == "":
		return sku.PartNumber
	case !c.isShared(sku.Name, sku.ID):
		return sku.Name
	case sku.PartNumber == "":
		return sku.Name + " (" + sku.ID.String() + ")"
	case c.isShared(sku.PartNumber, sku.ID):
		return sku.Name + " (" + sku.PartNumber + ", " + sku.ID.String() + ")"
	default:
		return sku.Name + " (" + sku.PartNumber + ")"
	}
}

// isShared reports whether another product of the tenant has a text as its name
// or part number; of a product that the tenant does not own, another published
// one too.
func (c *Catalog) isShared(text string, id GUID) bool {
	if _, owned := c.own.sku(id); !owned && c.published.isShared(text, id) {
		return true
	}
	return c.own.isShared(text, id)
}

// PlanName names a service plan for people: its friendly name, followed by
// its name in brackets where two published plans share the friendly name. It
// is the name where no friendly one is known, and the id where nothing is
// known; it is never empty.
func (c *Catalog) PlanName(id GUID) string {
	if label, ok := c.published.planLabels[id]; ok {
		return label
	}
	if label, ok := c.own.planLabels[id]; ok {
		return label
	}
	return id.String()
}

func compareSKUs(a, b SKU) int {
	if c := strings.Compare(a.PartNumber, b.PartNumber); c != 0 {
		return c
	}
	return CompareGUIDs(a.ID, b.ID)
}
