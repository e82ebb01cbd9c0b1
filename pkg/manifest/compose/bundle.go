package compose

import (
	"math/bits"
	"slices"
)

// bundle is what a profile is about to be written for: licenses that persons
// hold together. A license is in one bundle at most.
type bundle struct {
	name     string
	licenses []License // sorted
	holders  crowd     // who holds all of them
}

// How many lines a profile has to save to be written. It takes seven of its
// own, and one that is the main license of its users is wanted for its name
// long before it saves them.
const (
	worthItself = 8
	worthAName  = 3
)

// bundles finds the profiles: first every license that enough persons hold,
// then licenses that go together are put into one.
func bundles(persons []Person) []bundle {
	holders, licenses := holdersOf(persons)
	main := map[string]int{}
	for _, p := range persons {
		if len(p.Licenses) > 0 {
			main[p.Licenses[0].key()]++
		}
	}
	var out []bundle
	for _, l := range licenses {
		key := l.key()
		if saved := savedLines(l); holders[key].size()*saved >= worthItself || main[key]*saved >= worthAName {
			out = append(out, bundle{licenses: []License{l}, holders: holders[key]})
		}
	}
	out = merged(out)
	nameBundles(out)
	slices.SortFunc(out, compareBundles)
	return out
}

// holdersOf tells who holds each license, and gives the licenses in order.
func holdersOf(persons []Person) (map[string]crowd, []License) {
	holders := map[string]crowd{}
	var licenses []License
	for i, p := range persons {
		for _, l := range p.Licenses {
			key := l.key()
			crowd, known := holders[key]
			if !known {
				crowd = newCrowd(len(persons))
				holders[key] = crowd
				licenses = append(licenses, l)
			}
			crowd.add(i)
		}
	}
	slices.SortFunc(licenses, compareLicenses)
	return holders, licenses
}

// savedLines is how many lines fewer an entry has where a profile brings the
// license: one that has plans switched off takes several.
func savedLines(l License) int {
	if len(l.DisabledPlans) > 0 {
		return 2
	}
	return 1
}

// merged puts bundles together that nearly the same persons hold. The few who
// hold one part alone get it in their entries.
func merged(all []bundle) []bundle {
	for i := 0; i < len(all); i++ {
		for j := i + 1; j < len(all); {
			if !goTogether(all[i], all[j]) {
				j++
				continue
			}
			all[i] = bundle{
				licenses: slices.SortedFunc(slices.Values(slices.Concat(all[i].licenses, all[j].licenses)), compareLicenses),
				holders:  all[i].holders.and(all[j].holders),
			}
			all = slices.Delete(all, j, j+1)
			j = i + 1
		}
	}
	return all
}

// goTogether reports whether one profile for both saves more lines than the
// exceptions take: at most three persons, and one in ten.
func goTogether(a, b bundle) bool {
	const maxExceptions, among = 3, 10
	both := a.holders.common(b.holders)
	exceptions := a.holders.size() + b.holders.size() - 2*both
	return both > 0 && exceptions <= maxExceptions && exceptions*among <= both
}

func compareBundles(a, b bundle) int {
	if c := compareLicenses(a.licenses[0], b.licenses[0]); c != 0 {
		return c
	}
	return compareNames(a.name, b.name)
}

// crowd is a set of persons by number.
type crowd []uint64

const wordBits = 64

func newCrowd(n int) crowd { return make(crowd, (n+wordBits-1)/wordBits) }

func (c crowd) add(i int)      { c[i/wordBits] |= 1 << (i % wordBits) }
func (c crowd) has(i int) bool { return c[i/wordBits]&(1<<(i%wordBits)) != 0 }

func (c crowd) size() int {
	n := 0
	for _, w := range c {
		n += bits.OnesCount64(w)
	}
	return n
}

func (c crowd) common(d crowd) int {
	n := 0
	for i, w := range c {
		n += bits.OnesCount64(w & d[i])
	}
	return n
}

func (c crowd) and(d crowd) crowd {
	out := slices.Clone(c)
	for i := range out {
		out[i] &= d[i]
	}
	return out
}
