package manifest

import (
	"regexp"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

var (
	seatsKeys  = []string{"reserve", "priority"}
	pricesKeys = []string{"currency", "monthly"}
)

// readSeats reads which seats are kept back and who goes first. The names
// under priority are checked when all documents are read.
func (r *reader) readSeats(v strictyaml.Value, p *plan.Policy) {
	m, _ := v.Mapping(seatsKeys)
	for _, e := range readSKUEntries(m.Get("reserve")) {
		seats, _ := e.Value.Count()
		p.Reserve = append(p.Reserve, plan.Reserve{SKU: refAt(e.Key, e.Key.Literal()), Seats: seats})
	}
	items, _ := m.Get("priority").Items()
	seen := make(itemIndex)
	for item := range items {
		name, ok := item.Str()
		if !ok {
			continue
		}
		seen.add(item, name)
		p.Priority = append(p.Priority, name)
		r.priority = append(r.priority, item)
	}
}

// checkPriority reports names under seats.priority that no manifest has,
// unless it may be one that is broken.
func (r *reader) checkPriority() {
	if r.incomplete {
		return
	}
	var names []string
	for _, m := range r.manifests {
		names = append(names, m.name)
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	for _, v := range r.priority {
		if name := v.Literal(); !known[name] {
			v.Errorf(CodeUnknownName, "there is no UserLicenses manifest %q", name).Hint = strictyaml.DidYouMean(name, names)
		}
	}
}

// readSKUEntries reads a mapping by SKU.
func readSKUEntries(v strictyaml.Value) []strictyaml.Entry {
	entries, _ := v.Entries()
	seen := make(itemIndex, len(entries))
	for _, e := range entries {
		checkRef(e.Key, e.Key.Literal())
		seen.add(e.Key, e.Key.Literal())
	}
	return entries
}

var validCurrency = regexp.MustCompile(`^[A-Z]{3}$`)

func readPrices(v strictyaml.Value) *plan.Prices {
	m, ok := v.Mapping(pricesKeys)
	if !ok {
		return nil
	}
	prices := &plan.Prices{Currency: readCurrency(m.Need("currency"))}
	for _, e := range readSKUEntries(m.Need("monthly")) {
		prices.Monthly = append(prices.Monthly, plan.Price{SKU: refAt(e.Key, e.Key.Literal()), Amount: readAmount(e.Value)})
	}
	return prices
}

func readCurrency(v strictyaml.Value) string {
	code, ok := v.Str()
	if ok && !validCurrency.MatchString(code) {
		v.Errorf(CodeBadCurrency, "%q is not an ISO 4217 currency code", code).Hint =
			"write three upper-case letters, such as USD"
	}
	return code
}

// readAmount reads a price. It takes the number as written: 57.10 has no
// exact binary form.
func readAmount(v strictyaml.Value) plan.Money {
	text, ok := v.Number()
	if !ok {
		return 0
	}
	amount, err := plan.ParseMoney(text)
	switch {
	case err != nil:
		v.Errorf(strictyaml.CodeBadNumber, "%v", err).Hint = "a price has at most four decimal places"
	case amount < 0:
		v.Errorf(strictyaml.CodeBadNumber, "the price %s is negative", text)
	}
	return amount
}
