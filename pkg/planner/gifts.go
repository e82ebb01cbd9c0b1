package planner

import (
	"maps"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// gifts are what groups give that the manifests do not declare for the users:
// licenses by groups are the way that Microsoft recommends, so that is no fault
// and told once for each group.
type gifts map[license.GUID]*gift

// gift is what one group gives.
type gift struct {
	skus  map[license.GUID]bool
	users int
	last  license.GUID // who was counted last: users come one after the other
}

func (g gifts) add(user license.GUID, a license.Assignment) {
	of := g[a.Group]
	if of == nil {
		of = &gift{skus: map[license.GUID]bool{}}
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
	if len(s.wants) > 0 || len(s.pending) > 0 {
		c.out.gifts = append(c.out.gifts, a)
		return
	}
	c.out.findings.addText(plan.Finding{
		Severity: plan.SeverityWarning, Code: plan.CodeInherited, User: s.name(), Group: a.Group, SKUID: a.SKUID, Source: at(s.source),
		Hint: "take the user out of the group, or declare the license",
	}, &text{"%s is not declared, but comes from group %s", []any{c.catalog.SKUName(a.SKUID), groupID(a.Group)}})
}

// maxNamedGifts bounds how many products of a group a sentence lists.
const maxNamedGifts = 5

// giftFindings tells of each group what it gives beside the manifests.
func (b *basis) giftFindings(all gifts) findings {
	var out findings
	for _, group := range slices.SortedFunc(maps.Keys(all), license.CompareGUIDs) {
		g := all[group]
		var names []string
		for sku := range g.skus {
			names = append(names, b.catalog.SKUName(sku))
		}
		slices.Sort(names)
		if more := len(names) - maxNamedGifts; more > 0 {
			names = append(names[:maxNamedGifts], quantity.Of(more, "more product"))
		}
		out.addText(plan.Finding{
			Severity: plan.SeverityInfo, Code: plan.CodeInherited, Group: group,
			Hint: "where that is meant there is nothing to do; only the group can take these licenses away",
		}, &text{"group %s gives %s what the manifests do not declare for them: %s", []any{groupID(group), quantity.Of(g.users, "user"), strings.Join(names, ", ")}})
	}
	return out
}
