package compose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// minSharing is how many users have to share profiles, or a usage location, for
// a document of their own. It takes seven lines, so that fewer users would
// save some already, but nobody reads a file of many short documents. The rule
// counts those users alone: one more or less moves no more than these.
const minSharing = 20

// userList is the entries of one document, with what most of them share.
type userList struct {
	name     string
	sharing  sharing
	entries  []*Entry
	location string   // the default; empty: none
	profiles []string // the default; empty: none
}

// sharing is why users stand in one document of a section. It tells the
// documents of a section apart.
type sharing struct {
	others   bool     // they do not share their profiles: they are the rest
	alone    bool     // nobody shares profiles: the rest is all there is
	profiles []string // that all of them have, where they are not the rest
	location string   // that all of them have, in lower case; empty: they do not share it
}

const noLocation = "no-location"

// spread spreads the users of a section over documents: one for each list of
// profiles that enough users share, and one for the others.
func (s section) spread() []userList {
	shared, others := splitShared(s.entries, (*Entry).list)
	var out []userList
	for _, same := range shared {
		out = append(out, byLocation(same, sharing{profiles: same[0].Profiles})...)
	}
	if len(others) > 0 || len(shared) == 0 {
		out = append(out, byLocation(others, sharing{others: true, alone: len(shared) == 0})...)
	}
	return out
}

// byLocation spreads entries over documents by usage location: one for each
// that enough of them have, one for the others, and one for those without any, whom a
// default must not reach.
func byLocation(entries []*Entry, why sharing) []userList {
	var without, within []*Entry
	for _, e := range entries {
		if e.UsageLocation == "" {
			without = append(without, e)
		} else {
			within = append(within, e)
		}
	}
	if len(within) == 0 {
		return []userList{newUserList(without, why)}
	}
	var out []userList
	if len(without) > 0 {
		out = append(out, newUserList(without, why.in(noLocation)))
	}
	shared, others := splitShared(within, func(e *Entry) string { return e.UsageLocation })
	if len(shared) == 1 && len(others) == 0 {
		return append(out, newUserList(within, why))
	}
	for _, same := range shared {
		out = append(out, newUserList(same, why.in(strings.ToLower(same[0].UsageLocation))))
	}
	if len(others) > 0 {
		out = append(out, newUserList(others, why))
	}
	return out
}

// splitShared takes the entries apart that share a value with enough others. A
// single such part keeps the others with it, if they are few.
func splitShared(entries []*Entry, value func(*Entry) string) (shared [][]*Entry, others []*Entry) {
	for _, same := range partition(entries, value) {
		if len(same) >= minSharing {
			shared = append(shared, same)
		} else {
			others = append(others, same...)
		}
	}
	if len(shared) == 1 && len(others) < minSharing {
		return [][]*Entry{append(shared[0], others...)}, nil
	}
	return shared, others
}

func (s sharing) in(location string) sharing {
	s.location = location
	return s
}

// words are what the name of a document has behind that of its section, which
// may say one of them already.
func (s sharing) words(section string) []string {
	var out []string
	switch {
	case s.alone:
	case s.others:
		out = append(out, "others")
	case len(s.profiles) == 0:
		out = append(out, noProfile)
	case s.profiles[0] == section:
		out = append(out, s.profiles[1:]...)
	default:
		out = append(out, s.profiles...)
	}
	if s.location != "" {
		out = append(out, s.location)
	}
	return out
}

// content is a different text for every document.
func (s sharing) content(section string) string {
	return fmt.Sprintf("%q %t %q %q", section, s.others, s.profiles, s.location)
}

// nameUserLists names the documents of all sections: after the section where it
// has one alone, else after the section and what the users share. It puts them
// in order.
func nameUserLists(sections []section) {
	var all []*userList
	var names, contents []string
	for i := range sections {
		s := &sections[i]
		for j := range s.userLists {
			list := &s.userLists[j]
			name, content := s.name, list.sharing.content(s.name)
			if len(s.userLists) > 1 {
				name = strings.Join(append([]string{s.name}, list.sharing.words(s.name)...), "-")
			}
			all, names, contents = append(all, list), append(names, shortened(name, content)), append(contents, content)
		}
	}
	for i, name := range distinct(names, contents) {
		all[i].name = name
	}
	for _, s := range sections {
		slices.SortFunc(s.userLists, func(a, b userList) int { return compareNames(a.name, b.name) })
	}
}

func newUserList(entries []*Entry, why sharing) userList {
	out := userList{sharing: why, entries: entries}
	slices.SortFunc(out.entries, func(a, b *Entry) int { return compareNames(a.Name, b.Name) })
	if len(entries) > 0 {
		out.location = mostCommon(entries, func(e *Entry) string { return e.UsageLocation }).UsageLocation
		out.profiles = mostCommon(entries, (*Entry).list).Profiles
	}
	return out
}

// partition puts entries together that have the same value, sorted by value;
// within a part they keep their order.
func partition(entries []*Entry, value func(*Entry) string) [][]*Entry {
	if !slices.ContainsFunc(entries, func(e *Entry) bool { return value(e) != value(entries[0]) }) {
		return [][]*Entry{entries} // as where they were put together by this value
	}
	count := map[string]int{}
	for _, e := range entries {
		count[value(e)]++
	}
	room := make([]*Entry, len(entries))
	parts := map[string]*[]*Entry{}
	out := make([][]*Entry, len(count))
	for i, v := range slices.Sorted(maps.Keys(count)) {
		n := count[v]
		out[i], room = room[:0:n], room[n:]
		parts[v] = &out[i]
	}
	for _, e := range entries {
		part := parts[value(e)]
		*part = append(*part, e)
	}
	return out
}

// mostCommon gives the first entry with the value that most of them have; of
// equally common values that which comes first in order.
func mostCommon(entries []*Entry, value func(*Entry) string) *Entry {
	return slices.MaxFunc(partition(entries, value), func(a, b []*Entry) int { return cmp.Compare(len(a), len(b)) })[0]
}
