package observe

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Baseline tells what every user held when the snapshot was taken.
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
	return out
}
