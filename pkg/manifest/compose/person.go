package compose

import (
	"cmp"
	"slices"
	"strings"
)

// Person is a user with the licenses that the manifests are to ask for.
type Person struct {
	Name          string // as manifests name users: a user principal name or an object id
	UsageLocation string // ISO 3166-1 alpha-2 in upper case; empty: none is written
	Department    string // as the tenant has it; may be empty
	Licenses      []License
	Remark        string // goes behind the entry as a comment; may be empty
}

// License is one product for one person.
type License struct {
	SKU           string // the reference that manifests use: a part number or an id
	Product       string // what people call it, for names and comments; may be empty
	Weight        int    // how much of a suite it is: its number of service plans
	DisabledPlans []Plan // none: the plans are not mentioned
}

// Plan is a service plan that is switched off.
type Plan struct {
	Ref  string // the reference that manifests use: a name or an id
	Name string // what people call it, for comments; may be empty
}

// OmittedUser is a user who stands in no entry but in a comment, because
// manifests have nothing to say of them.
type OmittedUser struct {
	Name       string
	Department string
	Remark     string
}

// key tells licenses apart: one product with two choices of plans is two.
func (l License) key() string {
	if len(l.DisabledPlans) == 0 {
		return l.SKU
	}
	parts := make([]string, 0, len(l.DisabledPlans)+1)
	parts = append(parts, l.SKU)
	for _, p := range l.DisabledPlans {
		parts = append(parts, p.Ref)
	}
	return strings.Join(parts, "\n")
}

// compareLicenses orders licenses as people name them: the largest suite
// first, then by reference.
func compareLicenses(a, b License) int {
	if c := cmp.Or(cmp.Compare(b.Weight, a.Weight), strings.Compare(a.SKU, b.SKU)); c != 0 {
		return c
	}
	return strings.Compare(a.key(), b.key())
}

func compareOmitted(a, b OmittedUser) int {
	return cmp.Or(compareFolded(a.Name, b.Name), strings.Compare(a.Remark, b.Remark))
}

// entriesOf gives entries for the persons by name, each with their licenses and plans
// in canonical order, and without a profile yet. What was given stays as it is.
func entriesOf(persons []Person) []Entry {
	order := make([]*Person, len(persons))
	for i := range persons {
		order[i] = &persons[i]
	}
	slices.SortFunc(order, func(a, b *Person) int { return compareNames(a.Name, b.Name) })
	out := make([]Entry, len(persons))
	for i, p := range order {
		out[i].Person = *p
		out[i].Licenses = InOrder(p.Licenses)
	}
	return out
}

// InOrder gives licenses and their plans in canonical order; the same
// slice where they are.
func InOrder(licenses []License) []License {
	inOrder := func(l License) bool { return slices.IsSortedFunc(l.DisabledPlans, comparePlans) }
	if slices.IsSortedFunc(licenses, compareLicenses) && !slices.ContainsFunc(licenses, func(l License) bool { return !inOrder(l) }) {
		return licenses
	}
	out := slices.Clone(licenses)
	for i := range out {
		out[i].DisabledPlans = slices.SortedFunc(slices.Values(out[i].DisabledPlans), comparePlans)
	}
	slices.SortFunc(out, compareLicenses)
	return out
}

func comparePlans(a, b Plan) int { return strings.Compare(a.Ref, b.Ref) }
