package license

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
)

const (
	maxSuggestions = 3

	// maxSuggestable is the longest reference, in bytes, that suggestions are
	// made for: the longest published name has well under half of it.
	maxSuggestable = 256

	// maxTypos bounds the edit distance of a near miss; shorter names allow
	// fewer (see allowedTypos).
	maxTypos = 4
)

// likeness says how close a reference is to a name. Less is closer.
type likeness struct {
	kind kindOfLikeness
	// distance is the edit distance, or for likeWords the number of
	// characters that the name has and the reference has not.
	distance int
}

type kindOfLikeness int

const (
	likeTypo  kindOfLikeness = iota // a few characters differ
	likeWords                       // every word of the reference is in the name
	unlike
)

func compareLikeness(a, b likeness) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.distance, b.distance))
}

// asTyped is a reference prepared for many comparisons.
type asTyped struct {
	keys  []string // what it may stand for, squashed
	words []string // squashed, none empty
}

// newAsTyped prepares a reference. It reports false where nothing can be
// suggested: for ids, and for what is too short or too long for a name.
func newAsTyped(ref string) (asTyped, bool) {
	key := squash(ref)
	if len(ref) > maxSuggestable || len(key) < 2 || IsGUID(ref) {
		return asTyped{}, false
	}
	t := asTyped{keys: []string{key}}
	for _, brand := range []struct{ short, long string }{{"m365", "microsoft365"}, {"o365", "office365"}} {
		if rest, ok := strings.CutPrefix(key, brand.short); ok {
			t.keys = append(t.keys, brand.long+rest)
		}
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(ref), isSeparator) {
		t.words = append(t.words, word)
	}
	return t, true
}

// likest returns the likeness to that of the names which is closest.
func (t asTyped) likest(names ...string) likeness {
	best := likeness{kind: unlike}
	for _, name := range names {
		best = closer(best, t.likenessTo(squash(name)))
	}
	return best
}

// likenessTo compares with one squashed name. A name that has every word of
// the reference and more is no misspelling of it, however short the rest.
func (t asTyped) likenessTo(name string) likeness {
	typo := likeness{kind: unlike}
	for _, key := range t.keys {
		typo = closer(typo, typoLikeness(key, name))
	}
	same := likeness{kind: likeTypo, distance: 0}
	if words := t.wordLikeness(name); words.kind == likeWords && typo != same {
		return words
	}
	return typo
}

func closer(a, b likeness) likeness {
	if compareLikeness(b, a) < 0 {
		return b
	}
	return a
}

func typoLikeness(key, name string) likeness {
	allowed := allowedTypos(key)
	if longer := len(name) - len(key); longer > allowed || -longer > allowed {
		return likeness{kind: unlike}
	}
	if d := levenshtein.ComputeDistance(key, name); d <= allowed {
		return likeness{kind: likeTypo, distance: d}
	}
	return likeness{kind: unlike}
}

// allowedTypos lets one character in four differ, none in a very short name.
func allowedTypos(key string) int { return min(len(key)/4, maxTypos) }

func (t asTyped) wordLikeness(name string) likeness {
	for _, word := range t.words {
		if !strings.Contains(name, word) {
			return likeness{kind: unlike}
		}
	}
	return likeness{kind: likeWords, distance: len(name) - len(t.keys[0])}
}

// squash reduces a name to what people remember of it: its letters and
// digits.
func squash(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), isSeparator), "")
}

func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// candidate is something that a reference may have meant.
type candidate[T any] struct {
	value    T
	name     string // orders candidates that are equal otherwise
	familiar bool   // preferred, whatever the likeness
	rarity   int    // less is preferred
	likeness likeness
}

// closest returns the best few candidates, the familiar ones first. Those
// that are further off than the best one by a step that people see are left
// out; a familiar one is held against the familiar ones alone.
func closest[T any](candidates []candidate[T]) []T {
	best, bestFamiliar := likeness{kind: unlike}, likeness{kind: unlike}
	for _, c := range candidates {
		best = closer(best, c.likeness)
		if c.familiar {
			bestFamiliar = closer(bestFamiliar, c.likeness)
		}
	}
	near := slices.DeleteFunc(candidates, func(c candidate[T]) bool {
		return !c.likeness.rivals(best) && !(c.familiar && c.likeness.rivals(bestFamiliar))
	})
	slices.SortFunc(near, compareCandidates)
	var out []T
	for _, c := range near[:min(len(near), maxSuggestions)] {
		out = append(out, c.value)
	}
	return out
}

// rivals reports whether l is so close to the best likeness that it is worth
// suggesting beside it.
func (l likeness) rivals(best likeness) bool {
	switch {
	case l.kind == unlike || l.kind != best.kind:
		return false
	case l.kind == likeTypo && best.distance == 0:
		return l.distance == 0
	case l.kind == likeTypo:
		return l.distance <= best.distance+1
	default:
		return true
	}
}

// compareCandidates orders candidates, the best first. Where words alone
// match, what is common says more than the length of the name.
func compareCandidates[T any](a, b candidate[T]) int {
	if a.familiar != b.familiar {
		if a.familiar {
			return -1
		}
		return 1
	}
	distance := cmp.Compare(a.likeness.distance, b.likeness.distance)
	rarity := cmp.Compare(a.rarity, b.rarity)
	if a.likeness.kind == likeWords {
		distance, rarity = rarity, distance
	}
	return cmp.Or(cmp.Compare(a.likeness.kind, b.likeness.kind), distance, rarity, cmp.Compare(a.name, b.name))
}

// suggestSKUs returns the products that ref may have meant.
func (c *Catalog) suggestSKUs(ref string) []SKUSuggestion {
	typed, ok := newAsTyped(ref)
	if !ok {
		return nil
	}
	var candidates []candidate[SKUSuggestion]
	consider := func(s SKUSuggestion) {
		candidates = append(candidates, candidate[SKUSuggestion]{
			value:    s,
			name:     s.SKU.PartNumber,
			familiar: s.Owned,
			rarity:   rarityOf(s.SKU.ID),
			likeness: typed.likest(s.SKU.PartNumber, s.SKU.Name),
		})
	}
	for _, sku := range c.own.skus {
		consider(SKUSuggestion{SKU: sku, Owned: true})
	}
	for _, sku := range c.published.skus {
		if _, owned := c.own.sku(sku.ID); !owned {
			consider(SKUSuggestion{SKU: sku})
		}
	}
	return closest(candidates)
}

// suggestPlans returns the plans of sku that ref may have meant.
func (c *Catalog) suggestPlans(sku SKU, ref string) []ServicePlan {
	typed, ok := newAsTyped(ref)
	if !ok {
		return nil
	}
	candidates := make([]candidate[ServicePlan], len(sku.Plans))
	for i, p := range sku.Plans {
		candidates[i] = candidate[ServicePlan]{value: p, name: p.Name, likeness: typed.likest(p.Name, c.friendlyName(p))}
	}
	return closest(candidates)
}

// NearNames returns the few of the names that ref may have meant, the likeliest
// first: names of users, for one. It returns nil where none is close.
func NearNames(ref string, names []string) []string {
	typed, ok := newAsTyped(ref)
	if !ok {
		return nil
	}
	candidates := make([]candidate[string], len(names))
	for i, name := range names {
		candidates[i] = candidate[string]{value: name, name: name, likeness: typed.likest(name)}
	}
	return closest(candidates)
}
