package receipt

import (
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Undo gives the desired state that takes back what the run did, for an
// ordinary plan under ordinary guards. Of each user that was written to, the
// SKUs that the run touched go back to what they were, whether or not the
// write succeeded; what else the user holds by now stays as it is.
//
// A usage location that the run set where there was none stays: the service
// has no way to take one away. Plan with an Observed that is not Whole, so
// that users whom the run did not touch are no business of the plan.
func (r *Receipt) Undo(now plan.Observed) plan.Desired {
	states := make(map[license.GUID]license.UserState, len(now.Users))
	for _, u := range now.Users {
		states[u.ID] = u
	}
	var out plan.Desired
	done := map[license.GUID]bool{}
	for _, i := range r.Intents {
		if !done[i.User.ID] {
			done[i.User.ID] = true
			out.Users = append(out.Users, i.undo(plan.StateOf(states[i.User.ID], r.Run.Scope)))
		}
	}
	return out
}

// undo is the entry for one user who holds now.
func (i Intent) undo(now plan.State) plan.DesiredUser {
	entry := plan.DesiredUser{
		User:            plan.Ref{Name: i.User.ID.String(), Source: i.Source},
		UsageLocation:   i.Before.UsageLocation,
		ManagesLicenses: true,
	}
	touched := map[license.GUID]bool{}
	for _, a := range i.Actions {
		touched[a.SKUID] = true
	}
	for _, l := range i.Before.Licenses {
		if touched[l.SKUID] {
			entry.Licenses = append(entry.Licenses, i.license(l))
		}
	}
	for _, l := range now.Licenses {
		if !touched[l.SKUID] {
			entry.Licenses = append(entry.Licenses, i.license(l))
		}
	}
	return entry
}

// license asks for exactly this license, by ids.
func (i Intent) license(l plan.StateLicense) plan.DesiredLicense {
	out := plan.DesiredLicense{
		SKU:   plan.Ref{Name: l.SKUID.String(), Source: i.Source},
		Plans: plan.PlanChoice{Mode: plan.PlansDisabled},
	}
	for _, id := range l.DisabledPlans {
		out.Plans.Plans = append(out.Plans.Plans, plan.Ref{Name: id.String(), Source: i.Source})
	}
	return out
}
