package planner

import (
	"maps"
	"slices"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
)

// undeclared are what groups give that the manifests do not declare for the users:
// licenses by groups are the way that Microsoft recommends, so that is no fault
// and told once for each group.
type undeclared map[license.GUID]*groupGives

// groupGives is what one group gives.
type groupGives struct {
	skus  map[license.GUID]bool
	users int
	last  license.GUID // who was counted last: users come one after the other
}

func (g undeclared) add(user license.GUID, a license.Assignment) {
	of := g[a.Group]
	if of == nil {
		of = &groupGives{skus: map[license.GUID]bool{}}
		g[a.Group] = of
	}
	of.skus[a.SKUID] = true
	if of.last != user {
		of.users++
		of.last = user
	}
}

// givenByGroup notes a license that nobody declares and a group gives. Who is
// declared to hold nothing is meant to lose it, so that is a warning about them.
func (c *comparer) givenByGroup(s *managedUser, a license.Assignment) {
	if s.isReclaimed(a.SKUID) {
		return // that is told
	}
	if len(s.wants) > 0 || len(s.pending) > 0 {
		c.out.undeclared = append(c.out.undeclared, a)
		return
	}
	c.out.findings.add(finding{
		message: msgGroupGives, user: s.name(), group: a.Group, sku: a.SKUID, source: s.source,
		args: []any{product(a.SKUID), groupID(a.Group)},
	})
}

// findings tells of each group what it gives beside the manifests.
func (all undeclared) findings() findings {
	var out findings
	for _, group := range slices.SortedFunc(maps.Keys(all), license.CompareGUIDs) {
		g := all[group]
		out.add(finding{message: msgGroupGivesBeside, group: group, args: []any{groupID(group), quantity.Of(g.users, "user"), givenProducts(g.skus)}})
	}
	return out
}
