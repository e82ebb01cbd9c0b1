package report

import (
	"cmp"
	"iter"
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

// lossesOf sums up by product what sections take away, most users first.
func (v *planView) lossesOf(sections ...section) []loss {
	var out []loss
	index := make(map[string]int)
	for b := range batchesOf(sections) {
		parts := v.words(b).parts
		gives := weight(slices.ContainsFunc(parts, func(p part) bool { return p.sign == gains }))
		for _, p := range parts {
			if p.sign != loses || len(p.kept) > 0 {
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

// batchesOf gives the batches of each section in turn.
func batchesOf(sections []section) iter.Seq[*batch] {
	return func(yield func(*batch) bool) {
		for _, s := range sections {
			for _, b := range s.batches {
				if !yield(b) {
					return
				}
			}
		}
	}
}

// removing gives the sections of the plan in which licenses are taken away.
func (v *planView) removing() []section {
	return slices.DeleteFunc(slices.Clone(v.sections), func(s section) bool { return s.kind != losses && s.kind != swaps })
}
