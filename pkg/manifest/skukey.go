package manifest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// maxResolved bounds the names of SKUs, and of service plans, that are looked
// up among the published products: an unknown one takes a millisecond.
const maxResolved = 100

// skuKeys tells whether two names mean one SKU or one service plan: a part
// number, a GUID and a product name do. What is not in the table of published
// products is compared by its text. The tenant may know more; the plan finds
// that out.
type skuKeys struct {
	catalog *license.Catalog // nil until needed
	skus    map[string]knownSKU
	plans   map[planName]string
}

type knownSKU struct {
	key string
	sku license.SKU // zero where it is not known
}

type planName struct{ sku, name string }

func newSKUKeys() *skuKeys {
	return &skuKeys{skus: make(map[string]knownSKU), plans: make(map[planName]string)}
}

// key gives the same text for all names of one SKU.
func (k *skuKeys) key(ref plan.Ref) string { return k.lookUp(ref.Name).key }

func (k *skuKeys) lookUp(name string) knownSKU {
	if known, ok := k.skus[name]; ok {
		return known
	}
	out := knownSKU{key: strings.ToLower(name)}
	if len(k.skus) >= maxResolved {
		return out
	}
	if k.catalog == nil {
		k.catalog = license.Published()
	}
	if sku, err := k.catalog.ResolveSKU(name); err == nil {
		out = knownSKU{key: sku.ID.String(), sku: sku}
	}
	k.skus[name] = out
	return out
}

// planKey gives the same text for all ways to write one plan choice of a SKU.
func (k *skuKeys) planKey(sku plan.Ref, choice plan.PlanChoice) string {
	if choice.Mode == plan.PlansUnmanaged {
		return ""
	}
	keys := make([]string, len(choice.Plans))
	for i, p := range choice.Plans {
		keys[i] = k.plan(sku.Name, p.Name)
	}
	slices.Sort(keys)
	return strconv.Itoa(int(choice.Mode)) + "\n" + strings.Join(slices.Compact(keys), "\n")
}

func (k *skuKeys) plan(sku, name string) string {
	known := k.lookUp(sku)
	id := planName{sku: known.key, name: name}
	if key, ok := k.plans[id]; ok {
		return key
	}
	key := strings.ToLower(name)
	if len(k.plans) >= maxResolved || known.sku.ID == (license.GUID{}) {
		return key
	}
	if p, err := k.catalog.ResolvePlan(known.sku, name); err == nil {
		key = p.ID.String()
	}
	k.plans[id] = key
	return key
}
