package apply

import (
	"strconv"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// planNames puts groups into words as well, as far as a plan has their names.
type planNames struct {
	Names
	groups plan.GroupNames
}

// group names a group as the tenant calls it now.
func (n planNames) group(g license.Group) string {
	if g.DisplayName == "" || g.DisplayName == n.groups.Name(g.ID) {
		return n.groups.Quoted(g.ID)
	}
	return strconv.Quote(g.DisplayName)
}

// from says from which group a license comes, or that it is assigned directly.
func (n planNames) from(group license.GUID) string {
	if group == (license.GUID{}) {
		return ", assigned directly,"
	}
	return ", from group " + n.groups.Quoted(group) + ","
}
