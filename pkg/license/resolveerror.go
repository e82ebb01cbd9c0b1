package license

import (
	"cmp"
	"fmt"
	"strings"
)

// UnknownSKUError is a reference that names no product, of the tenant or
// published.
type UnknownSKUError struct {
	Ref         string
	Suggestions []SKUSuggestion // best first, the tenant's own before others; at most three
}

// SKUSuggestion is a product that a reference may have meant.
type SKUSuggestion struct {
	SKU   SKU
	Owned bool // by the tenant
}

func (e *UnknownSKUError) Error() string {
	return fmt.Sprintf("no product %s is known", quote(e.Ref))
}

// Hint asks for the products that may have been meant and says which of them
// the tenant does not own. It is empty where there is nothing to suggest.
func (e *UnknownSKUError) Hint() string {
	skus := make([]SKU, len(e.Suggestions))
	for i, s := range e.Suggestions {
		skus[i] = s.SKU
	}
	names := describeSKUs(skus)
	for i, s := range e.Suggestions {
		if !s.Owned {
			names[i] += " [not owned]"
		}
	}
	return didYouMean(names)
}

// SKUNotInTenantError is a reference to a published product that the tenant
// does not own.
type SKUNotInTenantError struct {
	Ref      string
	Products []SKU // what ref names; several where products share the name
	SameName []SKU // the tenant's SKUs of the same product name; mostly nil
}

func (e *SKUNotInTenantError) Error() string {
	return "the tenant does not own " + list(describeSKUs(e.Products), "or")
}

// Hint names the tenant's products of the same name. It is empty where there
// are none.
func (e *SKUNotInTenantError) Hint() string {
	if len(e.SameName) == 0 {
		return ""
	}
	return "it owns a product of the same name: " + list(describeSKUs(e.SameName), "and")
}

// AmbiguousSKUError is a reference that names several of the tenant's
// products.
type AmbiguousSKUError struct {
	Ref        string
	Candidates []SKU // sorted by part number
}

func (e *AmbiguousSKUError) Error() string {
	return fmt.Sprintf("%s names %d products: %s", quote(e.Ref), len(e.Candidates), list(e.distinctNames(), "and"))
}

// Hint says how to name one of the products alone.
func (e *AmbiguousSKUError) Hint() string {
	return "use " + list(e.distinctNames(), "or")
}

// distinctNames tells the candidates apart: by part number, else by id.
func (e *AmbiguousSKUError) distinctNames() []string {
	names := make([]string, len(e.Candidates))
	seen := make(map[string]bool, len(names))
	for i, sku := range e.Candidates {
		names[i] = sku.PartNumber
		seen[fold(sku.PartNumber)] = true
	}
	if len(seen) < len(names) || seen[""] {
		for i, sku := range e.Candidates {
			names[i] = sku.ID.String()
		}
	}
	return names
}

// UnknownPlanError is a reference that names no service plan of a SKU.
type UnknownPlanError struct {
	Ref         string
	SKU         SKU
	Twin        bool          // another product of the tenant is called like the SKU
	Suggestions []ServicePlan // of the SKU, best first; at most three
	FoundIn     []SKU         // SKUs that do have such a plan, the tenant's if it owns one; at most three
}

func (e *UnknownPlanError) Error() string {
	return fmt.Sprintf("%s has no service plan %s", e.skuName(), quote(e.Ref))
}

// Hint says where the plan is at home, or asks for the plans that may have
// been meant. It is empty where there is nothing to suggest.
func (e *UnknownPlanError) Hint() string {
	names := make([]string, len(e.Suggestions))
	for i, p := range e.Suggestions {
		names[i] = describe(p.Name, p.DisplayName)
	}
	question := didYouMean(names)
	if len(e.FoundIn) == 0 {
		return question
	}
	elsewhere := "it is a service plan of " + list(describeSKUs(e.FoundIn), "and")
	if question == "" {
		return elsewhere
	}
	return elsewhere + "; " + question
}

// AmbiguousPlanError is a reference that names several service plans of one
// SKU.
type AmbiguousPlanError struct {
	Ref        string
	SKU        SKU
	Twin       bool          // another product of the tenant is called like the SKU
	Candidates []ServicePlan // sorted by name
}

func (e *AmbiguousPlanError) Error() string {
	return fmt.Sprintf("%s names %d service plans of %s", quote(e.Ref), len(e.Candidates), e.skuName())
}

// Hint says how to name one of the plans alone.
func (e *AmbiguousPlanError) Hint() string {
	names := make([]string, len(e.Candidates))
	for i, p := range e.Candidates {
		names[i] = fmt.Sprintf("%s (%s)", p.Name, p.ID)
	}
	return "use " + list(names, "or")
}

func skuLabel(sku SKU) string {
	return cmp.Or(sku.PartNumber, sku.Name, sku.ID.String())
}

func (e *UnknownPlanError) skuName() string {
	if e.Twin {
		return labelWithID(e.SKU)
	}
	return skuLabel(e.SKU)
}

func (e *AmbiguousPlanError) skuName() string {
	if e.Twin {
		return labelWithID(e.SKU)
	}
	return skuLabel(e.SKU)
}

func labelWithID(sku SKU) string {
	if label := skuLabel(sku); label != sku.ID.String() {
		return label + " (" + sku.ID.String() + ")"
	}
	return sku.ID.String()
}

// describeSKUs names SKUs, with their ids where two would be called alike.
func describeSKUs(skus []SKU) []string {
	out := make([]string, len(skus))
	times := make(map[string]int, len(skus))
	for i, sku := range skus {
		out[i] = describe(skuLabel(sku), sku.Name)
		times[fold(out[i])]++
	}
	for i, sku := range skus {
		if times[fold(out[i])] > 1 {
			out[i] += " [" + sku.ID.String() + "]"
		}
	}
	return out
}

// describe gives "SPE_E5 (Microsoft 365 E5)".
func describe(name, friendly string) string {
	if friendly == "" || friendly == name {
		return name
	}
	return name + " (" + friendly + ")"
}

func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "did you mean " + list(names, "or") + "?"
}

// list gives "a, b or c".
func list(items []string, conjunction string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " " + conjunction + " " + items[last]
}

// maxQuoted bounds how much of a reference is repeated in a message, in
// characters.
const maxQuoted = 80

func quote(ref string) string {
	if runes := []rune(ref); len(runes) > maxQuoted {
		ref = string(runes[:maxQuoted]) + "…"
	}
	return fmt.Sprintf("%q", ref)
}
