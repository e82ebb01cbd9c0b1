package license

import (
	_ "embed" // the built-in table
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed published/sold.tsv
var soldTSV string

// soldNames gives the published products that are sold or were sold under a
// name, by soldKey. It is read when it is first asked for.
var soldNames = sync.OnceValue(func() map[string][]SKU {
	out, err := readSold(soldTSV, publishedIndex())
	if err != nil {
		panic("license: built-in table: " + err.Error())
	}
	return out
})

// readSold reads a table of name, part number and id.
func readSold(table string, published *index) (map[string][]SKU, error) {
	out := make(map[string][]SKU)
	for n, row := range rows(table) {
		name, part, idText, _ := cut3(row)
		id, err := ParseGUID(idText)
		if err != nil {
			return nil, fmt.Errorf("sold names, line %d: %w", n, err)
		}
		sku, known := published.sku(id)
		if !known || sku.PartNumber != part || soldKey(name) == "" {
			return nil, fmt.Errorf("sold names, line %d: not the name of a published product", n)
		}
		out[soldKey(name)] = append(out[soldKey(name)], sku)
	}
	return out, nil
}

// soldKey makes names equal that differ in brackets and dashes too: Plan 1 stands
// with and without them. Marks that part products in tables stay.
func soldKey(name string) string {
	return fold(strings.Map(func(r rune) rune {
		if strings.ContainsRune("()-\u2010\u2011\u2012\u2013\u2014", r) {
			return ' '
		}
		return r
	}, name))
}

// ResolveSold finds the SKU that ref names in a text which was not written for
// this program: what ResolveSKU finds, else the one that Microsoft sells or sold
// under that name, else the one whose product name has other brackets and dashes.
// A name that could mean several of the tenant's SKUs finds none. What is written
// down by people is resolved by ResolveSKU, for the built-in names change.
//
// The errors are those of ResolveSKU.
func (c *Catalog) ResolveSold(ref string) (SKU, error) {
	sku, err := c.ResolveSKU(ref)
	if _, unknown := errors.AsType[*UnknownSKUError](err); !unknown || IsGUID(ref) {
		return sku, err
	}
	key := soldKey(ref)
	isMeant := func(sku SKU) bool {
		sameID := func(sold SKU) bool { return sold.ID == sku.ID }
		return key != "" && (soldKey(sku.Name) == key || slices.ContainsFunc(soldNames()[key], sameID))
	}
	owned, published := c.own.matching(isMeant), c.published.matching(isMeant)
	switch {
	case len(owned) == 1:
		return owned[0], nil
	case len(owned) > 1:
		return SKU{}, &AmbiguousSKUError{Ref: ref, Candidates: owned}
	case len(published) > 0:
		return SKU{}, &SKUNotInTenantError{Ref: ref, Products: published}
	default:
		return SKU{}, err
	}
}

// matching returns the SKUs that are wanted, sorted by part number.
func (ix *index) matching(isWanted func(SKU) bool) []SKU {
	var out []SKU
	for _, sku := range ix.skus {
		if isWanted(sku) {
			out = append(out, sku)
		}
	}
	return out
}
