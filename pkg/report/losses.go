package report

import (
	"cmp"
	"slices"
	"strings"
)

// loss is what a plan takes away of one product.
type loss struct {
	product string // safe
	users   int
	swapped int // of them are given another license in the same call
	bare    int // of them keep no direct license
}

// licenses counts what is taken away.
func licenses(losses []loss) int {
	n := 0
	for _, l := range losses {
		n += l.users
	}
	return n
}

// lossesOf sums the removals of a section up by product, most users first.
func (v *planView) lossesOf(s section) []loss {
	var out []loss
	index := make(map[string]int)
	for _, b := range s.batches {
		parts := v.words(b).parts
		gives := weight(slices.ContainsFunc(parts, func(p part) bool { return p.sign == gains }))
		for _, p := range parts {
			if p.sign != loses {
				continue
			}
			i, known := index[p.product]
			if !known {
				i = len(out)
				index[p.product] = i
				out = append(out, loss{product: p.product})
			}
			out[i].users += len(b.changes)
			out[i].swapped += len(b.changes) * gives
			out[i].bare += len(b.changes) * weight(b.losesAll)
		}
	}
	slices.SortStableFunc(out, func(a, b loss) int {
		return cmp.Or(cmp.Compare(b.users, a.users), strings.Compare(a.product, b.product))
	})
	return out
}
