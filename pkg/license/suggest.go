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

// similarity says how close a reference is to a name. Less is closer.
type similarity struct {
	kind similarityKind
	// distance is the edit distance, or for likeWords the number of
	// characters that the name has and the reference has not.
	distance int
}

type similarityKind int

const (
	similarTypo  similarityKind = iota // a few characters differ
	similarWords                       // every word of the reference is in the name
	notSimilar
)

func compareSimilarity(a, b similarity) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.distance, b.distance))
}

// typedName is a reference prepared for many comparisons.
type typedName struct {
	keys  []string // what it may stand for, squashed
	words []string // squashed, none empty
}

// newTypedName prepares a reference. It reports false where nothing can be
// suggested: for ids, and for what is too short or too long for a name.
func newTypedName(ref string) (typedName, bool) {
	key := squash(ref)
	if len(ref) > maxSuggestable || len(key) < 2 || IsGUID(ref) {
		return typedName{}, false
	}
	t := typedName{keys: []string{key}}
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

// mostSimilar returns the similarity to that of the names which is closest.
func (t typedName) mostSimilar(names ...string) similarity {
	best := similarity{kind: notSimilar}
	for _, name := range names {
		best = closer(best, t.similarityTo(squash(name)))
	}
	return best
}

// similarityTo compares with one squashed name. A name that has every word of
// the reference and more is no misspelling of it, however short the rest.
func (t typedName) similarityTo(name string) similarity {
	typo := similarity{kind: notSimilar}
	for _, key := range t.keys {
		typo = closer(typo, typoSimilarity(key, name))
	}
	same := similarity{kind: similarTypo, distance: 0}
	if words := t.wordSimilarity(name); words.kind == similarWords && typo != same {
		return words
	}
	return typo
}

func closer(a, b similarity) similarity {
	if compareSimilarity(b, a) < 0 {
		return b
	}
	return a
}

func typoSimilarity(key, name string) similarity {
	allowed := allowedTypos(key)
	if longer := len(name) - len(key); longer > allowed || -longer > allowed {
		return similarity{kind: notSimilar}
	}
	if d := levenshtein.ComputeDistance(key, name); d <= allowed {
		return similarity{kind: similarTypo, distance: d}
	}
	return similarity{kind: notSimilar}
}

// allowedTypos lets one character in four differ, none in a very short name.
func allowedTypos(key string) int { return min(len(key)/4, maxTypos) }

func (t typedName) wordSimilarity(name string) similarity {
	for _, word := range t.words {
		if !strings.Contains(name, word) {
			return similarity{kind: notSimilar}
		}
	}
	return similarity{kind: similarWords, distance: len(name) - len(t.keys[0])}
}

// squash reduces a name to what people remember of it: its letters and
// digits.
func squash(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), isSeparator), "")
}

func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// candidate is something that a reference may have meant.
type candidate[T any] struct {
	value      T
	name       string // orders candidates that are equal otherwise
	familiar   bool   // preferred, whatever the similarity
	rarity     int    // less is preferred
	similarity similarity
}

// closest returns the best few candidates, the familiar ones first. Those
// that are further off than the best one by a step that people see are left
// out; a familiar one is held against the familiar ones alone.
func closest[T any](candidates []candidate[T]) []T {
	best, bestFamiliar := similarity{kind: notSimilar}, similarity{kind: notSimilar}
	for _, c := range candidates {
		best = closer(best, c.similarity)
		if c.familiar {
			bestFamiliar = closer(bestFamiliar, c.similarity)
		}
	}
	near := slices.DeleteFunc(candidates, func(c candidate[T]) bool {
		return !c.similarity.rivals(best) && !(c.familiar && c.similarity.rivals(bestFamiliar))
	})
	slices.SortFunc(near, compareCandidates)
	var out []T
	for _, c := range near[:min(len(near), maxSuggestions)] {
		out = append(out, c.value)
	}
	return out
}

// rivals reports whether l is so close to the best similarity that it is worth
// suggesting beside it.
func (l similarity) rivals(best similarity) bool {
	switch {
	case l.kind == notSimilar || l.kind != best.kind:
		return false
	case l.kind == similarTypo && best.distance == 0:
		return l.distance == 0
	case l.kind == similarTypo:
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
	distance := cmp.Compare(a.similarity.distance, b.similarity.distance)
	rarity := cmp.Compare(a.rarity, b.rarity)
	if a.similarity.kind == similarWords {
		distance, rarity = rarity, distance
	}
	return cmp.Or(cmp.Compare(a.similarity.kind, b.similarity.kind), distance, rarity, cmp.Compare(a.name, b.name))
}

// suggestSKUs returns the products that ref may have meant.
func (c *Catalog) suggestSKUs(ref string) []SKUSuggestion {
	typed, ok := newTypedName(ref)
	if !ok {
		return nil
	}
	var candidates []candidate[SKUSuggestion]
	consider := func(s SKUSuggestion) {
		candidates = append(candidates, candidate[SKUSuggestion]{
			value:      s,
			name:       s.SKU.PartNumber,
			familiar:   s.Owned,
			rarity:     rarityOf(s.SKU.ID),
			similarity: typed.mostSimilar(s.SKU.PartNumber, s.SKU.Name),
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
	typed, ok := newTypedName(ref)
	if !ok {
		return nil
	}
	candidates := make([]candidate[ServicePlan], len(sku.Plans))
	for i, p := range sku.Plans {
		candidates[i] = candidate[ServicePlan]{value: p, name: p.Name, similarity: typed.mostSimilar(p.Name, c.friendlyName(p))}
	}
	return closest(candidates)
}

// NearNames returns the few of the names that ref may have meant, the likeliest
// first: names of users, for one. It returns nil where none is close.
func NearNames(ref string, names []string) []string {
	typed, ok := newTypedName(ref)
	if !ok {
		return nil
	}
	candidates := make([]candidate[string], len(names))
	for i, name := range names {
		candidates[i] = candidate[string]{value: name, name: name, similarity: typed.mostSimilar(name)}
	}
	return closest(candidates)
}
