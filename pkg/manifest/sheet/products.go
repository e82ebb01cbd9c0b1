package sheet

import (
	"errors"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// products looks names of products up, each of them once.
type products struct {
	catalog *license.Catalog
	aliases map[string]string // by aliasKey
	known   map[string]lookup
}

type lookup struct {
	sku license.SKU
	err error
}

func newProducts(catalog *license.Catalog, aliases map[string]string) *products {
	p := &products{catalog: catalog, aliases: map[string]string{}, known: map[string]lookup{}}
	for name, meant := range aliases {
		p.aliases[aliasKey(name)] = meant
	}
	return p
}

func aliasKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// one finds a product by alias, part number, id, product name or a name that it is
// sold under. The part number may stand behind the name of the tenant, as in
// contoso:ENTERPRISEPACK.
func (p *products) one(name string) (license.SKU, error) {
	if l, ok := p.known[name]; ok {
		return l.sku, l.err
	}
	meant := name
	if alias, ok := p.aliases[aliasKey(name)]; ok {
		meant = alias
	}
	sku, err := p.catalog.ResolveSold(meant)
	if _, part, found := strings.Cut(name, ":"); err != nil && found && part != "" {
		if other, otherErr := p.catalog.ResolveSKU(strings.TrimSpace(part)); otherErr == nil {
			sku, err = other, nil
		} else if isAccount(name) {
			err = otherErr
		}
	}
	p.known[name] = lookup{sku, err}
	return sku, err
}

// isAccount reports a name of the form tenant:PART_NUMBER.
func isAccount(name string) bool { return !strings.Contains(name, " ") }

// The marks that separate names in one field, the most telling first. A name
// may have one in it.
const separators = "+;|\n,"

// list finds the products that a field lists. With an error it gives those
// that were found all the same.
func (p *products) list(text string) ([]license.SKU, error) {
	if sku, err := p.one(text); err == nil {
		return []license.SKU{sku}, nil
	}
	var out []license.SKU
	err := eachName(text, func(name string) error {
		sku, err := p.one(name)
		if err == nil {
			out = append(out, sku)
		}
		return err
	})
	return out, err
}

// eachName cuts a field into names and gives them to found, which tells by an
// error that there is no such thing. Pieces that mean nothing by themselves are
// put together again as far as that makes a name. It gives the first error.
func eachName(text string, found func(name string) error) error {
	mark := separatorIn(text)
	if mark == "" {
		return found(text)
	}
	var first error
	pieces := strings.Split(text, mark)
	for len(pieces) > 0 {
		n, err := longest(pieces, mark, found)
		if err != nil && first == nil {
			first = err
		}
		pieces = pieces[n:]
	}
	return first
}

// separatorIn gives the most telling separator that a text has; nothing where
// it has none.
func separatorIn(text string) string {
	for _, mark := range separators {
		if strings.ContainsRune(text, mark) {
			return string(mark)
		}
	}
	return ""
}

// maxJoined is how many pieces of a field can make one name.
const maxJoined = 4

// longest finds the name that the pieces begin with, and how many of them it
// takes: one, unless that is no name and more together are.
func longest(pieces []string, mark string, found func(string) error) (int, error) {
	name := strings.TrimSpace(pieces[0])
	if isNothing(name) {
		return 1, nil
	}
	err := found(name)
	for n := 2; err != nil && n <= min(len(pieces), maxJoined); n++ {
		if found(strings.TrimSpace(strings.Join(pieces[:n], mark))) == nil {
			return n, nil
		}
	}
	return 1, err
}

// plans finds the service plans that a field lists. Each belongs to every one
// of the products that has it.
func (p *products) plans(text string, skus []license.SKU) (map[license.GUID][]license.GUID, error) {
	out := map[license.GUID][]license.GUID{}
	err := eachName(text, func(name string) error {
		var first error
		isKnown := false
		for _, sku := range skus {
			plan, err := p.catalog.ResolvePlan(sku, name)
			if err != nil {
				if first == nil {
					first = err
				}
				continue
			}
			isKnown = true
			out[sku.ID] = append(out[sku.ID], plan.ID)
		}
		if isKnown {
			return nil
		}
		return first
	})
	return out, err
}

// hintOf is what an error of the catalog says to do.
func hintOf(err error) string {
	hinter, ok := errors.AsType[interface {
		error
		Hint() string
	}](err)
	if !ok {
		return ""
	}
	return hinter.Hint()
}
