package receipt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Undo gives the desired state that takes back what the run did, for an
// ordinary plan under ordinary guards. Of each user whom it is known to have
// changed, the SKUs that it changed go back to what they were; what else the
// user holds by now stays as it is. Where nobody knows what became of a write,
// what it would have taken and is missing is given back, and nothing is taken
// away. NotUndone has every user who was announced and of whom nothing, or not
// everything, is taken back.
//
// A usage location that the run set where there was none stays: the service
// has no way to take one away. Plan with an Observed that is not Whole, so
// that users whom the run did not touch are no business of the plan.
func (r *Receipt) Undo(now plan.Observed) plan.Desired {
	states := make(map[license.GUID]license.UserState, len(now.Users))
	for _, u := range now.Users {
		states[u.ID] = u
	}
	results := make(map[license.GUID]*Result, len(r.Results))
	for i := range r.Results {
		results[r.Results[i].User.ID] = &r.Results[i]
	}
	var out plan.Desired
	seen := map[license.GUID]bool{}
	for _, i := range r.Intents {
		if seen[i.User.ID] {
			continue
		}
		seen[i.User.ID] = true
		u := undoing{intent: i, now: plan.StateOf(states[i.User.ID], r.Run.Scope)}
		if entry, some := u.of(results[i.User.ID]); some {
			out.Users = append(out.Users, entry)
		}
		out.NotUndone = append(out.NotUndone, u.notUndone...)
	}
	groups, notUndone := r.undoGroups(now.LicensedGroups)
	out.Groups, out.NotUndone = groups, append(out.NotUndone, notUndone...)
	return out
}

// undoing is taking one user's change back.
type undoing struct {
	intent    Intent
	now       plan.State
	notUndone []plan.NotUndone
}

// of gives the entry for the user, and whether there is anything to take back.
// A result that is nil is not known.
func (u *undoing) of(res *Result) (plan.DesiredUser, bool) {
	switch {
	case res == nil || res.inDoubt():
		u.notUndone = append(u.notUndone, plan.NotUndone{User: u.intent.User})
		return u.doubtful()
	case res.Outcome == Done:
		return u.back(u.intent.After), true
	case res.Left != nil:
		return u.back(*res.Left), true
	}
	u.notUndone = append(u.notUndone, plan.NotUndone{User: u.intent.User, Outcome: strings.ReplaceAll(string(res.Outcome), "_", " ")})
	return plan.DesiredUser{}, false
}

// inDoubt reports whether nobody knows that the change was made, or not. That the
// service acknowledged it is not enough where it was looked for and not seen: it
// has been seen to acknowledge what it did not do, and what the user holds by now
// may be from somebody else.
func (r *Result) inDoubt() bool {
	return r.Outcome == Unknown || r.Outcome == Done && r.Verification == Unverified || !slices.Contains(Outcomes(), r.Outcome)
}

// back is the entry where the run has left the user with a state: what it has
// changed as planned goes back.
func (u *undoing) back(left plan.State) plan.DesiredUser {
	entry, found := u.entry(), u.intent.found()
	if !strings.EqualFold(left.UsageLocation, found.UsageLocation) {
		entry.UsageLocation = strings.ToUpper(found.UsageLocation)
	}
	changed := map[license.GUID]bool{}
	for _, a := range u.intent.Actions {
		is := describeLicense(left, a.SKUID)
		changed[a.SKUID] = is == describeLicense(u.intent.After, a.SKUID) && is != describeLicense(found, a.SKUID)
	}
	u.keep(&entry, found, func(sku license.GUID) bool { return changed[sku] })
	u.keep(&entry, u.now, func(sku license.GUID) bool { return !changed[sku] })
	return entry
}

// doubtful is the entry where nobody knows what the run did.
func (u *undoing) doubtful() (plan.DesiredUser, bool) {
	entry, found := u.entry(), u.intent.found()
	missing := map[license.GUID]bool{}
	for _, a := range u.intent.Actions {
		missing[a.SKUID] = describeLicense(found, a.SKUID) != "" && describeLicense(u.now, a.SKUID) == ""
	}
	u.keep(&entry, found, func(sku license.GUID) bool { return missing[sku] })
	u.keep(&entry, u.now, func(license.GUID) bool { return true })
	return entry, true
}

func (u *undoing) entry() plan.DesiredUser {
	return plan.DesiredUser{User: plan.Ref{Name: u.intent.User.ID.String(), Source: u.intent.Source}, ManagesLicenses: true}
}

// keep asks for those licenses of a state that are wanted.
func (u *undoing) keep(entry *plan.DesiredUser, state plan.State, wanted func(license.GUID) bool) {
	for _, l := range state.Licenses {
		if wanted(l.SKUID) {
			entry.Licenses = append(entry.Licenses, exactly(l, u.intent.Source))
		}
	}
}

// describeLicense describes how a SKU is held, for comparison; empty where it is not.
func describeLicense(state plan.State, sku license.GUID) string {
	for _, l := range state.Licenses {
		if l.SKUID == sku {
			return fmt.Sprint("held, off: ", l.DisabledPlans)
		}
	}
	return ""
}
