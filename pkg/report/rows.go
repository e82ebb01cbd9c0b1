package report

import "github.com/licensectl/licensectl/pkg/report/internal/pseudonym"

// rows are the entries of a document in the order in which they are shown: the
// changes or the findings of a plan, or the results of a receipt. A redacted
// entry is made when it is looked at and forgotten afterwards, so that of a
// million there is never more than one.
type rows[T any] struct {
	all   []T
	order []int32        // places in all; nil: as they stand
	names *pseudonym.Set // nil: nobody's name is replaced
}

func (r rows[T]) len() int { return len(r.all) }

// raw gives an entry as the document has it, for what no name decides.
func (r rows[T]) raw(i int) *T {
	if r.order != nil {
		i = int(r.order[i])
	}
	return &r.all[i]
}

// at gives an entry for reading.
func (r rows[T]) at(i int) *T {
	if r.names == nil {
		return r.raw(i)
	}
	return pseudonym.Copy(r.names, r.raw(i))
}

// each gives the entries one after the other, for reading.
func (r rows[T]) each(yield func(*T) bool) {
	for i := range r.len() {
		if !yield(r.at(i)) {
			return
		}
	}
}

// indexes gives 0 to n-1, to be sorted.
func indexes(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}
