package export

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
)

// newcomer is a user who holds licenses and stands in no entry, or whom a
// selection asks for something else than they hold: an entry wins over it.
type newcomer struct {
	compose.Person
	held   licenseSet
	direct []license.Assignment
}

// place is a list that newcomers can be put into.
type place struct {
	*edit.List
	departments map[string]int // of its users, by slug
	most        string         // the most common of them; empty where none is known
	users       int            // whose department is known
}

// addUnlisted gives newcomers an entry.
func (u *update) addUnlisted() {
	newcomers := u.newcomers()
	if len(newcomers) == 0 {
		return
	}
	places := u.places()
	homeless := map[string][]newcomer{}
	for _, n := range newcomers {
		if at, lines, ok := u.fitting(n, places); ok {
			if err := at.Add(n.Name, lines); err != nil {
				u.problem(n.Name, "an entry has to be written by hand in %s: %s", at.File, err)
			}
		} else {
			slug := compose.DepartmentName(n.Department)
			homeless[slug] = append(homeless[slug], n)
		}
		u.result.Users.Added++
	}
	for _, slug := range slices.Sorted(maps.Keys(homeless)) {
		u.create(slug, homeless[slug])
	}
}

// newcomers finds the users who need an entry, sorted by name.
func (u *update) newcomers() []newcomer {
	listed, differing := u.listed(), u.selectedOtherwise()
	var out []newcomer
	for i := range u.Users {
		state := &u.Users[i]
		direct := u.direct(state)
		if !differing[state.ID] && (listed[state.ID] || len(direct) == 0) {
			continue
		}
		if obstacle := u.obstacle(state, direct); obstacle != "" {
			u.result.LeftOut = append(u.result.LeftOut, LeftOut{User: u.userName(state), Reason: obstacle})
			continue
		}
		out = append(out, newcomer{Person: u.person(state, direct), held: licenseSetOf(direct), direct: direct})
	}
	slices.SortFunc(out, func(a, b newcomer) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})
	return out
}

// listed tells which users an entry names or a selection brings in, and which
// are protected: nothing that an entry said of them would be carried out.
func (u *update) listed() map[license.GUID]bool {
	out := map[license.GUID]bool{}
	add := func(name string) {
		if state, found := u.find(name); found {
			out[state.ID] = true
		}
	}
	for _, d := range u.set.Desired.Users {
		add(d.User.Name)
	}
	for _, ref := range u.set.Policy.Protected {
		add(ref.Name)
	}
	for _, s := range u.set.Desired.Selections {
		for _, ref := range s.Users {
			add(ref.Name)
		}
		for _, id := range u.Answers[s.Query].Users {
			out[id] = true
		}
	}
	return out
}

// selectedOtherwise tells whom a selection asks for something else than they
// hold.
func (u *update) selectedOtherwise() map[license.GUID]bool {
	out := map[license.GUID]bool{}
	for _, c := range u.plan.Changes {
		if _, byEntry := u.entries[c.Source]; !byEntry && c.Selection != "" && differs(c) {
			out[c.User.ID] = true
		}
	}
	return out
}

// places lists the documents that newcomers can be put into.
func (u *update) places() []place {
	var out []place
	names := map[string]string{} // of departments, which many users share
	for _, l := range u.draft.Lists(manifest.KindUserLicenses) {
		if !l.Takes() || l.Defaults.HasLicenses {
			continue
		}
		p := place{List: l, departments: map[string]int{}}
		for _, e := range l.Entries {
			state, found := u.find(e.Name)
			if !found || u.Departments[state.ID] == "" {
				continue
			}
			department := u.Departments[state.ID]
			if _, named := names[department]; !named {
				names[department] = compose.DepartmentName(department)
			}
			p.departments[names[department]]++
			p.users++
		}
		for name, n := range p.departments {
			if best := p.departments[p.most]; n > best || n == best && name < p.most {
				p.most = name
			}
		}
		if len(l.Entries) == 0 && l.Name != compose.NoDepartment {
			p.most = l.Name // a document that nobody is in yet says by its name for whom it is
		}
		out = append(out, p)
	}
	return out
}

// fitting finds the document in which the entry of a newcomer takes the fewest
// lines, among those of their department. Where the documents are made by
// department and none is of this one, there is none.
func (u *update) fitting(n newcomer, places []place) (best place, lines []string, found bool) {
	department := ""
	if n.Department != "" {
		department = compose.DepartmentName(n.Department)
	}
	byDepartment := areByDepartment(places)
	// Those without a department have a document of their own, or none.
	sorted := byDepartment && (department != "" || slices.ContainsFunc(places, func(p place) bool { return p.most == "" }))
	for _, p := range places {
		isOther := sorted && p.most != department
		if isOther || n.UsageLocation == "" && p.Defaults.UsageLocation != "" || hasTimed(p.Defaults.Profiles) {
			continue
		}
		text := u.entry(n, p.Defaults)
		better := !found || cmp.Or(cmp.Compare(len(text), len(lines)), -cmp.Compare(p.share(department), best.share(department))) < 0
		if better {
			best, lines, found = p, text, true
		}
	}
	return best, lines, found
}

// share is how many in a hundred of the users are of the department.
func (p place) share(department string) int {
	const all = 100
	return p.departments[department] * all / max(p.users, 1)
}

// areByDepartment reports whether nearly all documents are of one department
// each.
func areByDepartment(places []place) bool {
	const nearlyAll = 80
	known, pure := 0, 0
	names := map[string]bool{}
	for _, p := range places {
		if p.users == 0 {
			continue
		}
		known++
		names[p.most] = true
		if p.share(p.most) >= nearlyAll {
			pure++
		}
	}
	return len(names) > 1 && pure*100 >= known*nearlyAll
}

func hasTimed(profiles []edit.Profile) bool {
	return slices.ContainsFunc(profiles, func(p edit.Profile) bool { return p.Dates != (edit.Dates{}) })
}

// entry writes the entry of a newcomer for a document with these defaults.
func (u *update) entry(n newcomer, d edit.Request) []string {
	defaults := compose.Defaults{UsageLocation: d.UsageLocation}
	covered := map[license.GUID]bool{}
	fits := len(d.Profiles) > 0
	for _, p := range d.Profiles {
		defaults.Profiles = append(defaults.Profiles, p.Name)
		fits = fits && n.held.has(u.book.byName[p.Name], u.catalog)
	}
	var profiles []string
	if fits {
		profiles = slices.Clone(defaults.Profiles)
		for _, name := range profiles {
			u.book.mark(name, covered)
		}
	}
	return u.composed(n, append(profiles, u.covering(n, covered)...), covered).Lines(defaults)
}

// covering finds profiles for what a newcomer holds.
func (u *update) covering(n newcomer, covered map[license.GUID]bool) []string {
	return u.book.cover(covered, func(p bookedProfile) bool { return n.held.has(p, u.catalog) })
}

// composed is the entry of a newcomer with these profiles.
func (u *update) composed(n newcomer, profiles []string, covered map[license.GUID]bool) compose.Entry {
	out := compose.Entry{Person: n.Person, Profiles: profiles}
	for _, a := range n.direct {
		if !covered[a.SKUID] {
			sku, _ := u.catalog.SKU(a.SKUID)
			out.Extra = append(out.Extra, u.spelling.License(sku, a.DisabledPlans))
		}
	}
	return out
}

// create writes documents for newcomers who fit into none: one for those with
// a usage location, one for those without.
func (u *update) create(slug string, together []newcomer) {
	parts := map[string][]compose.Entry{}
	for _, n := range together {
		name := slug
		if n.UsageLocation == "" {
			name += "-no-location"
		}
		covered := map[license.GUID]bool{}
		parts[name] = append(parts[name], u.composed(n, u.covering(n, covered), covered))
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		free := u.freeName(name)
		f := compose.UsersFile{Path: "users/" + free + ".yaml", Name: free, Schema: u.options.Schema, Entries: parts[name]}.File()
		f.Path = u.pathOf(free)
		u.created = append(u.created, f)
	}
	slices.SortFunc(u.created, compareFiles)
}

// pathOf is where a new document of users goes.
func (u *update) pathOf(name string) string {
	return strings.TrimSuffix(u.options.Folder, "/") + "/users/" + name + ".yaml"
}

// freeName finds a name that no document has and that no file is called by.
func (u *update) freeName(name string) string {
	taken := map[string]bool{}
	for _, f := range u.set.Desired.Files {
		taken[strings.ToLower(f.Path)] = true
	}
	for _, f := range u.created {
		taken[strings.ToLower(f.Path)] = true
	}
	for _, l := range u.draft.Lists(manifest.KindUserLicenses) {
		taken[strings.ToLower(l.Name)] = true
	}
	return compose.FreeName(name, func(name string) bool { return !taken[name] && !taken[strings.ToLower(u.pathOf(name))] })
}
