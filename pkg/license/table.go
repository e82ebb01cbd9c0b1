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

// CommonSKU is a published product that tenants commonly hold.
type CommonSKU struct {
	SKU     SKU
	Segment string // "m365-enterprise", "education", …
	Core    bool   // one of the most common
}

// commonSKUs is the built-in choice, read when it is first asked for.
var commonSKUs = sync.OnceValue(func() map[GUID]CommonSKU {
	common, err := readCommon(commonTSV, publishedIndex())
	if err != nil {
		panic("license: built-in table: " + err.Error())
	}
	return common
})

func readCommon(table string, published *index) (map[GUID]CommonSKU, error) {
	common := make(map[GUID]CommonSKU)
	for n, row := range rows(table) {
		segment, _, rest, _ := cut3(row)
		idText, tier, _ := strings.Cut(rest, "\t")
		id, err := ParseGUID(idText)
		if err != nil {
			return nil, fmt.Errorf("common products, line %d: %w", n, err)
		}
		sku, ok := published.sku(id)
		if !ok || tier != "core" && tier != "common" {
			return nil, fmt.Errorf("common products, line %d: not a published product and its tier", n)
		}
		common[id] = CommonSKU{SKU: sku, Segment: segment, Core: tier == "core"}
	}
	return common, nil
}

// CommonSKUs returns the products that tenants commonly hold, sorted by
// segment and part number. It is a choice made for this project.
func CommonSKUs() []CommonSKU {
	out := make([]CommonSKU, 0, len(commonSKUs()))
	for _, c := range commonSKUs() {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b CommonSKU) int {
		if c := strings.Compare(a.Segment, b.Segment); c != 0 {
			return c
		}
		return compareSKUs(a.SKU, b.SKU)
	})
	return out
}

// rarityOf ranks a product: 0 for the most common.
func rarityOf(id GUID) int {
	common, ok := commonSKUs()[id]
	switch {
	case ok && common.Core:
		return 0
	case ok:
		return 1
	default:
		return 2
	}
}
