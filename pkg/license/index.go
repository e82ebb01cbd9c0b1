package license

import (
	"cmp"
	"slices"
	"strings"
)

// index finds SKUs by each of the ways to name one.
type index struct {
	skus         []SKU // sorted by part number
	byID         map[GUID]int
	byPartNumber map[string][]int // as it is written
	byKey        map[string][]int // by the folded part number
	byName       map[string][]int // by the folded product name
	plans        map[GUID]ServicePlan
	planLabels   map[GUID]string // what PlanName gives
}

// newIndex takes the SKUs over: the caller must not change them any more.
func newIndex(skus []SKU) *index {
	ix := &index{
		skus:         skus,
		byID:         make(map[GUID]int, len(skus)),
		byPartNumber: make(map[string][]int, len(skus)),
		byKey:        make(map[string][]int, len(skus)),
		byName:       make(map[string][]int, len(skus)),
	}
	for i, sku := range skus {
		if _, twice := ix.byID[sku.ID]; twice {
			continue
		}
		ix.byID[sku.ID] = i
		ix.byPartNumber[sku.PartNumber] = append(ix.byPartNumber[sku.PartNumber], i)
		ix.byKey[fold(sku.PartNumber)] = append(ix.byKey[fold(sku.PartNumber)], i)
		if sku.Name != "" {
			ix.byName[fold(sku.Name)] = append(ix.byName[fold(sku.Name)], i)
		}
	}
	ix.indexPlans()
	return ix
}

// indexPlans works out what each service plan is called.
func (ix *index) indexPlans() {
	ix.plans = make(map[GUID]ServicePlan)
	sharing := make(map[string]int) // plans by friendly name
	for _, sku := range ix.skus {
		for _, p := range sku.Plans {
			if _, known := ix.plans[p.ID]; !known {
				ix.plans[p.ID] = p
				sharing[p.DisplayName]++
			}
		}
	}
	ix.planLabels = make(map[GUID]string, len(ix.plans))
	for id, p := range ix.plans {
		label := cmp.Or(p.DisplayName, p.Name, id.String())
		if p.DisplayName != "" && p.Name != "" && sharing[p.DisplayName] > 1 {
			label += " (" + p.Name + ")"
		}
		ix.planLabels[id] = label
	}
}

func (ix *index) sku(id GUID) (SKU, bool) {
	i, ok := ix.byID[id]
	if !ok {
		return SKU{}, false
	}
	return ix.skus[i], true
}

// withName returns the SKUs of that product name.
func (ix *index) withName(name string) []SKU { return ix.pick(ix.byName[fold(name)]) }

// isShared reports whether another SKU than that of the id has a text as its
// name or part number.
func (ix *index) isShared(text string, id GUID) bool {
	key := fold(text)
	other := func(i int) bool { return ix.skus[i].ID != id }
	return key != "" && (slices.ContainsFunc(ix.byKey[key], other) || slices.ContainsFunc(ix.byName[key], other))
}

// find returns the SKUs that ref names: by id, else by exact part number,
// else by folded part number, else by product name. Several SKUs are found
// only where they share that part number or name.
func (ix *index) find(ref string) []SKU {
	if id, err := ParseGUID(ref); err == nil {
		if sku, ok := ix.sku(id); ok {
			return []SKU{sku}
		}
		return nil
	}
	key := fold(ref)
	if key == "" {
		return nil
	}
	if found := ix.byPartNumber[ref]; found != nil {
		return ix.pick(found)
	}
	if found := ix.byKey[key]; found != nil {
		return ix.pick(found)
	}
	return ix.pick(ix.byName[key])
}

func (ix *index) pick(positions []int) []SKU {
	if len(positions) == 0 {
		return nil
	}
	out := make([]SKU, len(positions))
	for i, p := range positions {
		out[i] = ix.skus[p]
	}
	return out
}

// skusWithPlan returns the first few SKUs that have a plan so named.
func (ix *index) skusWithPlan(named planMatcher) []SKU {
	ids := make(map[GUID]bool)
	for id, p := range ix.plans {
		if named(p) {
			ids[id] = true
		}
	}
	var out []SKU
	for _, sku := range ix.skus {
		if len(out) < maxSuggestions && slices.ContainsFunc(sku.Plans, func(p ServicePlan) bool { return ids[p.ID] }) {
			out = append(out, sku)
		}
	}
	return out
}

// named returns the SKU with the names filled in that the index knows and the
// SKU lacks, and with its plans in order.
func (ix *index) named(sku SKU) SKU {
	if known, ok := ix.sku(sku.ID); ok && sku.Name == "" {
		sku.Name = known.Name
	}
	sku.Plans = slices.Clone(sku.Plans)
	for i, p := range sku.Plans {
		if p.DisplayName == "" {
			sku.Plans[i].DisplayName = ix.plans[p.ID].DisplayName
		}
	}
	slices.SortFunc(sku.Plans, comparePlans)
	return sku
}

func comparePlans(a, b ServicePlan) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return CompareGUIDs(a.ID, b.ID)
}

// fold makes names equal that differ in case, white space and invisible
// characters alone.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(Visible(s)), " "))
}
