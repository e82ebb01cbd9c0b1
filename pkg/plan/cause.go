package plan

import (
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// CountCause counts the users of whom something has the cause.
func (p *Plan) CountCause(cause Cause) int {
	n := 0
	for i := range p.Changes {
		if p.Changes[i].Has(cause) {
			n++
		}
	}
	return n
}

// CountGroupCause counts the groups of which something has the cause.
func (p *Plan) CountGroupCause(cause Cause) int {
	n := 0
	for i := range p.GroupChanges {
		if p.GroupChanges[i].Has(cause) {
			n++
		}
	}
	return n
}

// Drifted lists the users of whom something is drift, sorted by id.
func (p *Plan) Drifted() []license.GUID {
	var out []license.GUID
	for _, c := range p.Changes {
		if c.Has(CauseDrift) {
			out = append(out, c.User.ID)
		}
	}
	return license.SortedGUIDs(out)
}

// Has reports whether an action of the change has the cause.
func (c *Change) Has(cause Cause) bool { return hasCause(c.Actions, cause) }

// Has reports whether an action of the change has the cause.
func (c *GroupChange) Has(cause Cause) bool { return hasCause(c.Actions, cause) }

func hasCause(actions []Action, cause Cause) bool {
	return slices.ContainsFunc(actions, func(a Action) bool { return a.Cause == cause })
}
