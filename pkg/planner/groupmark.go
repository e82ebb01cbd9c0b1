package planner

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
)

// groupMark gives the id of a group with what tells it from another one of its name, as far
// as that was read: "… (3 members, by a rule, gives Visio Plan 2)".
func (w words) groupMark(g *license.Group) string {
	marks := []string{"members not told"}
	if g.Members != nil {
		marks[0] = quantity.Of(len(g.Members), "member")
	}
	for _, kind := range []struct {
		is   bool
		name string
	}{{g.Dynamic, "by a rule"}, {g.OnPremisesSynced, "synchronized from elsewhere"}, {!g.SecurityEnabled, "not security-enabled"}} {
		if kind.is {
			marks = append(marks, kind.name)
		}
	}
	given := map[license.GUID]bool{}
	for _, l := range g.Licenses {
		given[l.SKUID] = true
	}
	switch {
	case g.Licenses == nil:
		marks = append(marks, "what it gives is not told")
	case len(given) == 0:
		marks = append(marks, "gives nothing")
	default:
		marks = append(marks, "gives "+w.givenProducts(given))
	}
	return g.ID.String() + " (" + strings.Join(marks, ", ") + ")"
}
