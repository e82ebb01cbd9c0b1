package compose

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// Layout says how users are spread over files.
type Layout string

// The layouts.
const (
	ByDepartment Layout = "department" // a file for each department
	ByLicenses   Layout = "licenses"   // a file for each profile that comes first
	Single       Layout = "single"     // everything in one file
)

// Layouts lists the layouts, the default one first.
func Layouts() []Layout { return []Layout{ByDepartment, ByLicenses, Single} }

// Input is what manifests are to say.
type Input struct {
	Persons []Person      // in any order; names differ
	Omitted []OmittedUser // in any order
	Groups  []Group       // in any order; where there is none nothing is said of groups
	Layout  Layout        // empty: ByDepartment
	Policy  *Policy       // nil: no policy is written
	Schema  string        // the path of a JSON Schema beside the manifests, such as SchemaFile; empty: there is none
}

// The files that there are in every layout but Single, and the one of Single.
const (
	policyFile   = "policy.yaml"
	profilesFile = "profiles.yaml"
	usersFolder  = "users/"
	singleFile   = "licenses.yaml"
)

// Files writes the manifests. Their paths are relative, with forward slashes,
// sorted, and good on every file system. There is always a UserLicenses
// document, were nobody in it.
func Files(in Input) []manifest.File {
	entries := entriesOf(in.Persons)
	profiles := profilesOf(entries)
	grant(entries, profiles)
	sections := sectionsOf(in, entries)
	if in.Layout == Single {
		return []manifest.File{singlePage(in, profiles, sections)}
	}
	var out []manifest.File
	if in.Policy != nil {
		out = append(out, page{schema: in.Schema, documents: []document{policyDocument(*in.Policy)}}.file(policyFile))
	}
	if len(profiles) > 0 {
		out = append(out, page{schema: in.Schema, documents: profileDocuments(profiles)}.file(profilesFile))
	}
	if len(in.Groups) > 0 {
		out = append(out, page{schema: in.Schema, documents: []document{groupDocument(groupsName, in.Groups)}}.file(groupsFile))
	}
	for _, s := range sections {
		out = append(out, page{schema: in.Schema, documents: s.documents(), foot: s.omitted}.file(usersFolder+s.file+".yaml"))
	}
	slices.SortFunc(out, func(a, b manifest.File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func singlePage(in Input, profiles []profile, sections []section) manifest.File {
	p := page{schema: in.Schema}
	if in.Policy != nil {
		p.documents = append(p.documents, policyDocument(*in.Policy))
	}
	p.documents = append(p.documents, profileDocuments(profiles)...)
	if len(in.Groups) > 0 {
		p.documents = append(p.documents, groupDocument(groupsName, in.Groups))
	}
	for _, s := range sections {
		p.documents = append(p.documents, s.documents()...)
		p.foot = append(p.foot, s.omitted...)
	}
	return p.file(singleFile)
}

// grant gives every person the profiles that they hold as a whole. Persons with
// the same profiles share the list of them.
func grant(entries []Entry, profiles []profile) {
	grants := map[string]granted{}
	var which []byte // the profiles of a person, by number
	for i := range entries {
		which = which[:0]
		for n, profile := range profiles {
			if profile.holders.has(i) {
				which = binary.AppendUvarint(which, uint64(n))
			}
		}
		g, known := grants[string(which)]
		if !known {
			g = grantedTo(i, profiles)
			grants[string(which)] = g
		}
		e := &entries[i]
		e.Profiles, e.joined = g.profiles, g.joined
		for _, l := range e.Licenses {
			if !g.brought[l.key()] {
				e.Extra = append(e.Extra, l)
			}
		}
	}
}

// granted is what some profiles come to.
type granted struct {
	profiles []string        // their names
	joined   string          // the same as one word
	brought  map[string]bool // the licenses that they bring
}

// grantedTo gives the profiles of a person.
func grantedTo(i int, profiles []profile) granted {
	out := granted{brought: map[string]bool{}}
	for _, p := range profiles {
		if !p.holders.has(i) {
			continue
		}
		out.profiles = append(out.profiles, p.name)
		for _, l := range p.licenses {
			out.brought[l.key()] = true
		}
	}
	out.joined = joined(out.profiles)
	return out
}
