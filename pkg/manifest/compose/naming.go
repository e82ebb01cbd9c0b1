package compose

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// nameProfiles names profiles after what is in them.
func nameProfiles(all []profile) {
	names, contents := make([]string, len(all)), make([]string, len(all))
	for i, p := range all {
		contents[i] = p.content()
		names[i] = p.ownName()
	}
	for i, name := range distinct(names, contents) {
		all[i].name = name
	}
}

func (p profile) content() string {
	keys := make([]string, len(p.licenses))
	for i, l := range p.licenses {
		keys[i] = l.key()
	}
	return strings.Join(keys, "\n\n")
}

// maxListed is how many things a name lists. More of them are counted, and
// the name is marked by its content.
const maxListed = 2

// ownName names a profile by its content alone: microsoft-365-e5,
// microsoft-365-e3-without-sway, microsoft-365-e3-with-visio-plan-2.
func (p profile) ownName() string {
	name := p.licenses[0].ownName()
	switch rest := p.licenses[1:]; {
	case len(rest) > maxListed:
		name = fmt.Sprintf("%s-with-%d-more-%s", name, len(rest), digest(p.content()))
	case len(rest) > 0:
		words := make([]string, len(rest))
		for i, l := range rest {
			words[i] = l.ownName()
		}
		name += "-with-" + strings.Join(words, "-and-")
	}
	return shortened(name, p.content())
}

func (l License) ownName() string {
	name := cmp.Or(slug(l.Product), slug(l.SKU), "license-"+digest(l.SKU))
	switch off := l.DisabledPlans; {
	case len(off) > maxListed:
		name = fmt.Sprintf("%s-without-%d-plans-%s", name, len(off), digest(l.key()))
	case len(off) > 0:
		words := make([]string, len(off))
		for i, p := range off {
			words[i] = cmp.Or(slug(p.Ref), digest(p.Ref))
		}
		name += "-without-" + strings.Join(words, "-and-")
	}
	return name
}

// compareNames orders names without regard to case.
func compareNames(a, b string) int {
	if c := compareFolded(a, b); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// compareFolded orders texts by what they are in lower case. Up to where they
// differ most are ASCII, so that nothing has to be written down in lower case.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x == y && x < utf8.RuneSelf {
			continue // as what two names begin with mostly is
		}
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			return strings.Compare(strings.ToLower(a[i:]), strings.ToLower(b[i:]))
		}
		if c := cmp.Compare(folded(x), folded(y)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// folded is an ASCII letter in lower case, and any other byte as it is.
func folded(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
