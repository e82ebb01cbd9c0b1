package compose

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// The names of sections of those who have nothing to be sorted by.
const (
	everybody    = "users"         // where there is one section alone
	NoDepartment = "no-department" // in a layout by department
	noProfile    = "no-profile"    // in a layout by licenses
)

// section is the users of one file.
type section struct {
	name      string // of its documents, or what their names begin with
	file      string
	entries   []*Entry   // sorted by name
	userLists []userList // the same, spread over documents
	omitted   []OmittedUser
}

// sectionsOf spreads users over files, sorted by file.
func sectionsOf(in Input, entries []Entry) []section {
	index := newSectionIndex(in)
	for i := range entries {
		e := &entries[i]
		s := index.section(e.Department, e.Profiles)
		s.entries = append(s.entries, e)
	}
	omitted := slices.Clone(in.Omitted)
	slices.SortFunc(omitted, compareOmitted)
	for _, u := range omitted {
		s := index.section(u.Department, nil)
		s.omitted = append(s.omitted, u)
	}
	if len(index.sections) == 0 {
		index.section("", nil)
	}
	out := make([]section, 0, len(index.sections))
	for _, s := range index.sections {
		s.userLists = s.spread()
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b section) int {
		return cmp.Or(strings.Compare(a.file, b.file), strings.Compare(a.name, b.name))
	})
	nameUserLists(out)
	return out
}

// sectionIndex finds the section that a user belongs to.
type sectionIndex struct {
	layout   Layout
	names    map[string]string // of departments, as the tenant has them
	sections map[string]*section
}

func newSectionIndex(in Input) *sectionIndex {
	s := &sectionIndex{layout: in.Layout, sections: map[string]*section{}}
	if s.layout == "" {
		s.layout = ByDepartment
	}
	if s.layout != ByDepartment {
		return s
	}
	s.names = map[string]string{}
	for _, p := range in.Persons {
		s.names[p.Department] = ""
	}
	for _, b := range in.Omitted {
		s.names[b.Department] = ""
	}
	if len(s.names) == 0 {
		s.names[""] = "" // one section, with nobody in it
	}
	keys := map[string]bool{}
	for department := range s.names {
		keys[departmentKey(department)] = true
	}
	names := departmentNames(keys)
	for department := range s.names {
		s.names[department] = names[departmentKey(department)]
	}
	return s
}

// section gives the section for a user of a department with these profiles.
func (s *sectionIndex) section(department string, profiles []string) *section {
	name := everybody
	switch {
	case s.layout == ByDepartment:
		name = s.names[department]
	case s.layout == ByLicenses && len(profiles) > 0:
		name = profiles[0]
	case s.layout == ByLicenses:
		name = noProfile
	}
	if s.sections[name] == nil {
		s.sections[name] = &section{name: name, file: fileName(name)}
	}
	return s.sections[name]
}

// departmentKey makes departments equal that differ in case and blanks alone:
// they are typed by hand, once for every user.
func departmentKey(department string) string {
	return strings.ToLower(strings.Join(strings.Fields(department), " "))
}

// DepartmentName is the name of a department by itself.
func DepartmentName(department string) string {
	key := departmentKey(department)
	return departmentNames(map[string]bool{key: true, "": true})[key]
}

// departmentNames names departments, each by itself. Where no user has one,
// nobody is sorted by it.
func departmentNames(keys map[string]bool) map[string]string {
	if len(keys) == 0 || len(keys) == 1 && keys[""] {
		return map[string]string{"": everybody}
	}
	contents := slices.Sorted(maps.Keys(keys))
	names := make([]string, len(contents))
	for i, key := range contents {
		name := slug(key)
		switch {
		case key == "":
			name = NoDepartment
		case name == "", name == NoDepartment, name == everybody, isReserved(name):
			name = "department-" + digest(key)
		}
		names[i] = shortened(name, key)
	}
	out := map[string]string{}
	for i, name := range distinct(names, contents) {
		out[contents[i]] = name
	}
	return out
}

// fileName makes a name of lower-case words good for every file system.
func fileName(name string) string {
	if isReserved(name) {
		return name + "-" + digest(name)
	}
	return name
}
