package observe

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Baseline tells what every user held when the snapshot was taken, and what the groups
// gave that it has.
func (s Snapshot) Baseline() *plan.Baseline {
	out := &plan.Baseline{At: s.TakenAt, Users: make(map[license.GUID]plan.BaselineUser, len(s.Observed.Users))}
	for _, u := range s.Observed.Users {
		if len(u.Unexplained) > 0 || u.Unreadable != "" {
			continue // what of it was direct, nobody knows
		}
		user := plan.BaselineUser{State: plan.StateOf(u, plan.Scope{}), Whole: true}
		for _, a := range u.Assignments {
			if !a.Direct() && a.InForce() {
				user.Inherited = append(user.Inherited, a.SKUID)
			}
		}
		user.Inherited = license.SortedGUIDs(user.Inherited)
		out.Users[u.ID] = user
	}
	out.Groups = s.groupsThen()
	if out.Groups == nil {
		out.GroupGaps = []string{"the snapshot was taken without groups, so of what they gave nothing is known"}
	}
	return out
}

// groupsThen is what each group gave; nil where nobody asked for groups.
func (s Snapshot) groupsThen() map[license.GUID]plan.BaselineGroup {
	if s.Observed.LicensedGroups == nil {
		return nil
	}
	out := map[license.GUID]plan.BaselineGroup{}
	for _, g := range s.Observed.LicensedGroups {
		if g.Licenses != nil {
			out[g.ID] = plan.BaselineGroup{State: plan.GroupStateOf(g, plan.Scope{}), Whole: true}
		}
	}
	return out
}
