package emulator

import (
	"sort"
	"unique"

	"github.com/licensectl/licensectl/pkg/license"
)

// planSet is a set of service plans. Equal sets share their memory: tenants
// hold few distinct sets, and users many copies of them. The zero planSet is
// empty. Sets can be compared with ==.
type planSet struct {
	packed unique.Handle[string] // the ids one after another, sorted; zero where there are none
}

// guidSize is the length of an id in a planSet.
const guidSize = len(license.GUID{})

// newPlanSet returns the set of plans given in any order.
func newPlanSet(plans []license.GUID) planSet {
	if len(plans) == 0 {
		return planSet{}
	}
	packed := make([]byte, 0, len(plans)*guidSize)
	for _, id := range license.SortedGUIDs(plans) {
		packed = append(packed, id[:]...)
	}
	return planSet{unique.Make(string(packed))}
}

// text is the packed ids.
func (s planSet) text() string {
	if s == (planSet{}) {
		return ""
	}
	return s.packed.Value()
}

// list returns the plans, sorted; nil for none.
func (s planSet) list() []license.GUID {
	var out []license.GUID
	for packed := s.text(); packed != ""; packed = packed[guidSize:] {
		out = append(out, license.GUID([]byte(packed[:guidSize])))
	}
	return out
}

// has reports whether a plan is in the set.
func (s planSet) has(id license.GUID) bool {
	packed, key := s.text(), string(id[:])
	n := len(packed) / guidSize
	i := sort.Search(n, func(i int) bool { return packed[i*guidSize:(i+1)*guidSize] >= key })
	return i < n && packed[i*guidSize:(i+1)*guidSize] == key
}

// words keeps every department, country and job title once. Position 0 is the
// absent word. Beyond 65,535 distinct words further ones are taken as absent.
type words struct {
	list  []string
	index map[string]wordRef
}

func newWords() words {
	return words{list: []string{""}, index: map[string]wordRef{"": 0}}
}

func (w *words) intern(s string) wordRef {
	if ref, ok := w.index[s]; ok {
		return ref
	}
	ref := wordRef(len(w.list))
	if int(ref) != len(w.list) {
		return 0
	}
	w.list = append(w.list, s)
	w.index[s] = ref
	return ref
}

func (w *words) get(ref wordRef) string { return w.list[ref] }
