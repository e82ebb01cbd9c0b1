package emulator

import (
	"cmp"
	"slices"
	"strings"
)

// ordering is an $orderby: the properties by which a list is sorted, the most
// significant first; nil: the order of the directory.
type ordering []sortKey

type sortKey struct {
	property   string
	descending bool
}

// readOrder reads an $orderby. Without what advanced queries need, a list is
// sorted by a name alone, and not if it is filtered as well
// (microsoft-graph-docs#10835).
func (schema filterSchema) readOrder(c *call) (ordering, *apiError) {
	text := c.query.Get("$orderby")
	if text == "" {
		return nil, nil
	}
	order, err := parseOrder(text)
	if err != nil {
		return nil, ptr(malformed("Invalid orderby clause: " + err.Error()))
	}
	allowed := schema.sorts
	if c.level() == queryAdvanced {
		allowed = slices.Concat(schema.texts, []string{"createdDateTime"})
	}
	filtered := c.query.Get("$filter") != "" && c.level() == queryDefault
	for _, key := range order {
		if filtered || !slices.Contains(allowed, key.property) {
			return nil, ptr(unsupported("Sorting not supported for current query."))
		}
	}
	return order, nil
}

// parseOrder parses names that commas part, each with asc or desc or nothing.
func parseOrder(text string) (ordering, error) {
	var order ordering
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 1 {
			words = append(words, "asc")
		}
		if len(words) != 2 || words[1] != "asc" && words[1] != "desc" {
			return nil, filterErrorf("Syntax error in '%s'.", clip(text))
		}
		order = append(order, sortKey{words[0], words[1] == "desc"})
	}
	return order, nil
}

// keys are what an object is sorted by, without regard to case.
func (o ordering) keys(s subject) []string {
	keys := make([]string, len(o))
	for i, key := range o {
		keys[i] = strings.ToLower(s.text(key.property))
	}
	return keys
}

// compare compares the keys of two objects.
func (o ordering) compare(a, b []string) int {
	for i, key := range o {
		if c := cmp.Compare(a[i], b[i]); c != 0 {
			if key.descending {
				return -c
			}
			return c
		}
	}
	return 0
}

// keyed is an object with what it is sorted by.
type keyed[R any] struct {
	ref  R
	keys []string
}

// sorted sorts objects and gives those from a position on. Objects with the
// same keys stay in the order of the directory.
func sorted[R any](o ordering, list []keyed[R], start uint64) []R {
	slices.SortStableFunc(list, func(a, b keyed[R]) int { return o.compare(a.keys, b.keys) })
	var out []R
	for _, k := range list[min(start, uint64(len(list))):] {
		out = append(out, k.ref)
	}
	return out
}
