package compose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// Group is what a group gives. It is named by its object id, which stays when the
// group gets another name, or another group the same.
type Group struct {
	ID       string
	Name     string // for a comment
	Profiles []string
	Licenses []License // those that no profile brings
}

// Lines writes the entry for a document whose defaults have these profiles. There is no
// indentation, and no dash before the first line.
func (g Group) Lines(profiles []string) []string {
	var keys []string
	if !slices.Equal(g.Profiles, profiles) {
		keys = append(keys, "profiles: "+flow(g.Profiles))
	}
	keys = append(keys, extraLines(g.Licenses)...)
	if len(keys) == 0 {
		return []string{Scalar(g.ID) + remark(g.Name)}
	}
	return append([]string{"group: " + Scalar(g.ID) + remark(g.Name)}, keys...)
}

// The document that says what groups give, and its file in every layout but Single.
const (
	groupsFile = "groups.yaml"
	groupsName = "licensing-groups"
)

// GroupsFile is a file with one document of groups.
type GroupsFile struct {
	Path   string // relative to the folder of the manifests
	Name   string // of the document; empty: as in every export
	Schema string // as in Input
	Groups []Group
}

// File writes it.
func (g GroupsFile) File() manifest.File {
	return page{schema: g.Schema, documents: []document{groupDocument(cmp.Or(g.Name, groupsName), g.Groups)}}.file(g.Path)
}

// groupDocument writes what groups give, by name.
func groupDocument(name string, groups []Group) lines {
	d := append(head(manifest.KindGroupLicenses, name), "  groups:")
	inOrder := slices.SortedFunc(slices.Values(groups), func(a, b Group) int {
		if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, g := range inOrder {
		d = append(d, item("    ", g.Lines(nil))...)
	}
	return d
}
