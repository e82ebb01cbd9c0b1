package compose

import (
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// Group is what a group gives. It is named by its object id, which stays when the
// group gets another name, or another group the same.
type Group struct {
	ID       string
	Name     string // for a comment
	Licenses []License
}

// The document that says what groups give, and its file in every layout but Single.
const (
	groupsFile = "groups.yaml"
	groupsName = "licensing-groups"
)

// groupDocument writes what groups give, by name.
func groupDocument(groups []Group) document {
	d := append(head(manifest.KindGroupLicenses, groupsName), "  groups:")
	inOrder := slices.SortedFunc(slices.Values(groups), func(a, b Group) int {
		if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, g := range inOrder {
		lines := append([]string{"group: " + Scalar(g.ID) + remark(g.Name)}, extraLines(g.Licenses)...)
		d = append(d, item("    ", lines)...)
	}
	return d
}
