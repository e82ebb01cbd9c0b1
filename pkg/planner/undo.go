package planner

import "github.com/licensectl/licensectl/pkg/plan"

// undoFindings says which changes of a run are not taken back, or not as a whole.
func undoFindings(all []plan.NotUndone) findings {
	var out findings
	for _, n := range all {
		f := finding{user: n.User.UserPrincipalName, group: n.Group.ID}
		byGroup, known := n.Group != (plan.Group{}), n.Outcome != ""
		switch {
		case byGroup && known:
			f.message, f.args = msgGroupNotUndone, []any{n.Group.DisplayName, n.Outcome}
		case byGroup:
			f.message, f.args = msgGroupUndoUnknown, []any{n.Group.DisplayName}
		case known:
			f.message, f.args = msgNotUndone, []any{n.Outcome}
		default:
			f.message = msgUndoUnknown
		}
		out.add(f)
	}
	return out
}
