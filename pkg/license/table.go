package license

import (
	_ "embed" // the built-in table
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The built-in table. The first two files are Microsoft's content under
// CC BY 4.0, as their headers say, rebuilt by internal/tablegen; the others
// are this project's.
var (
	//go:embed published/plans.tsv
	plansTSV string
	//go:embed published/products.tsv
	productsTSV string
	//go:embed published/common.tsv
	commonTSV string
	//go:embed published/rules.tsv
	rulesTSV string
)

// mustReadTable returns the published products, sorted by part number. A
// table that cannot be read is a defect of the program.
func mustReadTable() []SKU {
	products, err := readProducts(productsTSV, plansTSV, embeddedRules().company)
	if err != nil {
		panic("license: built-in table: " + err.Error())
	}
	return products
}

// readProducts reads the tables of products and of service plans. The
// published list does not say what a product or plan applies to: users are
// assumed, except for the plans seen to apply to the company.
func readProducts(products, plans string, company map[GUID]bool) ([]SKU, error) {
	byRef, err := readPlans(plans, company)
	if err != nil {
		return nil, err
	}
	var out []SKU
	for n, row := range rows(products) {
		sku, err := readProduct(row, byRef)
		if err != nil {
			return nil, fmt.Errorf("products, line %d: %w", n, err)
		}
		out = append(out, sku)
	}
	slices.SortFunc(out, compareSKUs)
	return out, nil
}

// readPlans reads the table of service plans. Each can be referred to by id
// and, where the name is not shared, by name.
func readPlans(table string, company map[GUID]bool) (map[string]ServicePlan, error) {
	byRef := make(map[string]ServicePlan)
	shared := make(map[string]bool)
	for n, row := range rows(table) {
		name, id, friendly, ok := cut3(row)
		if !ok {
			return nil, fmt.Errorf("plans, line %d: not three columns", n)
		}
		p := ServicePlan{Name: name, DisplayName: friendly, AppliesTo: AppliesToUser}
		var err error
		if p.ID, err = ParseGUID(id); err != nil {
			return nil, fmt.Errorf("plans, line %d: %w", n, err)
		}
		if company[p.ID] {
			p.AppliesTo = AppliesToCompany
		}
		_, taken := byRef[name]
		shared[name] = shared[name] || taken
		byRef[name], byRef[id] = p, p
	}
	for name, twice := range shared {
		if twice {
			delete(byRef, name)
		}
	}
	return byRef, nil
}

func readProduct(row string, plans map[string]ServicePlan) (SKU, error) {
	partNumber, id, rest, ok := cut3(row)
	name, refs, more := strings.Cut(rest, "\t")
	if !ok || !more {
		return SKU{}, errors.New("not four columns")
	}
	sku := SKU{PartNumber: partNumber, Name: name, AppliesTo: AppliesToUser}
	var err error
	if sku.ID, err = ParseGUID(id); err != nil {
		return SKU{}, err
	}
	sku.Plans = make([]ServicePlan, 0, strings.Count(refs, ",")+1)
	for ref := range strings.SplitSeq(refs, ",") {
		p, ok := plans[ref]
		if !ok {
			return SKU{}, fmt.Errorf("no service plan %q", ref)
		}
		sku.Plans = append(sku.Plans, p)
	}
	slices.SortFunc(sku.Plans, comparePlans)
	return sku, nil
}

// rows yields the lines of a table with their numbers, without comments and
// empty lines.
func rows(table string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(table) {
			n++
			line = strings.TrimSuffix(line, "\n")
			if line != "" && !strings.HasPrefix(line, "#") && !yield(n, line) {
				return
			}
		}
	}
}

// cut3 splits a row at its first two tabs.
func cut3(row string) (a, b, c string, ok bool) {
	a, rest, _ := strings.Cut(row, "\t")
	b, c, ok = strings.Cut(rest, "\t")
	return a, b, c, ok
}

// rarities ranks the products that tenants commonly hold, by the built-in
// choice: 0 for the most common. It is read when it is first asked for.
var rarities = sync.OnceValue(func() map[GUID]int {
	out, err := readCommon(commonTSV, publishedIndex())
	if err != nil {
		panic("license: built-in table: " + err.Error())
	}
	return out
})

// readCommon reads a table of segment, part number, id and tier.
func readCommon(table string, published *index) (map[GUID]int, error) {
	ranks := map[string]int{"core": 0, "common": 1}
	out := make(map[GUID]int)
	for n, row := range rows(table) {
		_, _, rest, _ := cut3(row)
		idText, tier, _ := strings.Cut(rest, "\t")
		id, err := ParseGUID(idText)
		if err != nil {
			return nil, fmt.Errorf("common products, line %d: %w", n, err)
		}
		rank, isTier := ranks[tier]
		if _, known := published.sku(id); !known || !isTier {
			return nil, fmt.Errorf("common products, line %d: not a published product and its tier", n)
		}
		out[id] = rank
	}
	return out, nil
}

// rarityOf ranks a product: 0 for the most common.
func rarityOf(id GUID) int {
	const rare = 2
	if rank, common := rarities()[id]; common {
		return rank
	}
	return rare
}
