package planner

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// undoFindings says which changes of a run are not taken back, or not as a whole.
func undoFindings(all []plan.NotUndone) findings {
	var out findings
	for _, n := range all {
		f := finding{user: n.User.UserPrincipalName, group: n.Group.ID}
		byGroup, known := n.Group != (plan.Group{}), n.Outcome != ""
		switch {
		case byGroup && known:
			f.saying, f.args = sayGroupNotUndone, []any{n.Group.DisplayName, n.Outcome}
		case byGroup:
			f.saying, f.args = sayGroupUndoUnknown, []any{n.Group.DisplayName}
		case known:
			f.saying, f.args = sayNotUndone, []any{n.Outcome}
		default:
			f.saying = sayUndoUnknown
		}
		out.add(f)
	}
	return out
}

// groupsWithNames are the groups whose names the input has, whatever Observed.Groups
// is. Later ones win.
func groupsWithNames(in Input) []license.Group {
	var out []license.Group
	for _, n := range in.Desired.NotUndone {
		if n.Group != (plan.Group{}) {
			out = append(out, license.Group{ID: n.Group.ID, DisplayName: n.Group.DisplayName})
		}
	}
	return append(out, in.Observed.LicensedGroups...)
}
