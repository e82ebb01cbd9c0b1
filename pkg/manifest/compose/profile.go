package compose

import (
	"math/bits"
	"slices"
)

// profile is what a profile is about to be written for: licenses that persons
// hold together. A license is in one profile at most.
type profile struct {
	name     string
	licenses []License // sorted
	holders  personSet // who holds all of them
}

// How many lines a profile has to save to be written. It takes seven of its
// own, and one that is the main license of its users is wanted for its name
// long before it saves them.
const (
	worthItself = 8
	worthAName  = 3
)

// profilesOf finds the profiles: first every license that enough persons hold,
// then licenses that go together are put into one.
func profilesOf(entries []Entry) []profile {
	holders, licenses := holdersOf(entries)
	main := map[string]int{}
	for i := range entries {
		if held := entries[i].Licenses; len(held) > 0 {
			main[held[0].key()]++
		}
	}
	var out []profile
	for _, l := range licenses {
		key := l.key()
		if saved := savedLines(l); holders[key].size()*saved >= worthItself || main[key]*saved >= worthAName {
			out = append(out, profile{licenses: []License{l}, holders: holders[key]})
		}
	}
	out = merged(out)
	nameProfiles(out)
	slices.SortFunc(out, compareProfiles)
	return out
}

// holdersOf tells who holds each license, and gives the licenses in order.
func holdersOf(entries []Entry) (map[string]personSet, []License) {
	holders := map[string]personSet{}
	var licenses []License
	for i := range entries {
		for _, l := range entries[i].Licenses {
			key := l.key()
			set, known := holders[key]
			if !known {
				set = newPersonSet(len(entries))
				holders[key] = set
				licenses = append(licenses, l)
			}
			set.add(i)
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

// merged puts profiles together that nearly the same persons hold. The few who
// hold one part alone get it in their entries.
func merged(all []profile) []profile {
	for i := 0; i < len(all); i++ {
		for j := i + 1; j < len(all); {
			if !goTogether(all[i], all[j]) {
				j++
				continue
			}
			all[i] = profile{
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
func goTogether(a, b profile) bool {
	const maxExceptions, among = 3, 10
	both := a.holders.common(b.holders)
	exceptions := a.holders.size() + b.holders.size() - 2*both
	return both > 0 && exceptions <= maxExceptions && exceptions*among <= both
}

func compareProfiles(a, b profile) int {
	if c := compareLicenses(a.licenses[0], b.licenses[0]); c != 0 {
		return c
	}
	return compareNames(a.name, b.name)
}

// personSet is a set of persons by number.
type personSet []uint64

const wordBits = 64

func newPersonSet(n int) personSet { return make(personSet, (n+wordBits-1)/wordBits) }

func (s personSet) add(i int)      { s[i/wordBits] |= 1 << (i % wordBits) }
func (s personSet) has(i int) bool { return s[i/wordBits]&(1<<(i%wordBits)) != 0 }

func (s personSet) size() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s personSet) common(t personSet) int {
	n := 0
	for i, w := range s {
		n += bits.OnesCount64(w & t[i])
	}
	return n
}

func (s personSet) and(t personSet) personSet {
	out := slices.Clone(s)
	for i := range out {
		out[i] &= t[i]
	}
	return out
}
