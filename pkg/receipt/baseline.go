package receipt

import (
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Carries gives the run with what a receipt notes of the plan that it carries
// out.
func (r Run) Carries(p *plan.Plan) Run {
	r.PlanID, r.Tenant, r.Cloud, r.Scope = p.PlanID, p.Tenant, p.Cloud, p.Scope
	r.GroupChanges = len(p.GroupChanges)
	r.Changes, r.Sources, r.AsOf, r.LeftOut = len(p.Changes), p.Sources, p.AsOf, p.LeftOut
	r.LeftOutGroups, r.Groups = leftOutGroups(p), p.Groups
	r.Missing = nil
	for _, f := range p.Findings {
		if f.Code == plan.CodeUserNotFound {
			r.Missing = append(r.Missing, f.User)
		}
	}
	slices.Sort(r.Missing)
	r.Missing = slices.Compact(r.Missing)
	return r
}

// Baseline tells what was known of the tenant when the run ended. Of the users and
// groups in the receipt it knows what became of them. All others had no change in the
// plan: they were as declared, by the manifests that the receipt notes. That
// does not hold where options left users or groups out, where the run was cut short,
// and where the receipt does not note the manifests; Gaps and GroupGaps say so.
func (r *Receipt) Baseline() *plan.Baseline {
	out := &plan.Baseline{At: r.ended(), Scope: r.Run.Scope, Users: make(map[license.GUID]plan.BaselineUser, len(r.Results))}
	intents := make(map[license.GUID]Intent, len(r.Intents))
	for _, i := range r.Intents {
		intents[i.User.ID] = i
	}
	for _, res := range r.Results {
		intent, sent := intents[res.User.ID]
		user := res.baseline()
		if sent {
			user = res.baselineSent(intent)
		}
		user.AsDeclared = user.AsDeclared && r.Run.LeftOut == 0
		out.Users[res.User.ID] = user
	}
	out.Groups, out.GroupGaps = r.groupsThen(), r.groupGaps()
	out.Gaps = r.gaps()
	if len(out.Gaps) == 0 {
		out.Declared = &plan.Declaration{Files: r.Run.Sources, AsOf: r.Run.AsOf, Missing: r.Run.Missing, Groups: len(out.GroupGaps) == 0}
	}
	return out
}

func (r *Receipt) ended() time.Time {
	if r.End == nil {
		return r.Run.StartedAt
	}
	return r.End.FinishedAt
}

// gaps says why nothing is known of users who are not in the receipt.
func (r *Receipt) gaps() []string {
	var out []string
	if r.End == nil || len(r.Results) < r.Run.Changes || len(r.GroupResults) < r.Run.GroupChanges {
		out = append(out, "the receipt was cut short, so of users whom it does not name nothing is known")
	}
	if r.Run.LeftOut > 0 {
		out = append(out, "the apply left changes out (--user, --sku or --cause), so of users whom its receipt does not name nothing is known")
	}
	if len(r.Run.Sources) == 0 {
		out = append(out, "the receipt does not note its manifests, so of users whom it does not name nothing is known")
	}
	return out
}

// baselineSent is what is known of a user to whom something was sent, or was about to
// be.
func (res Result) baselineSent(i Intent) plan.BaselineUser {
	out := plan.BaselineUser{State: i.found(), Acted: acted(res.Actions), Whole: true, AsDeclared: true}
	switch {
	case res.Outcome == Done || res.Outcome == Already:
		out.State = i.After
	case res.Left != nil && res.Outcome != Unknown:
		out.State = *res.Left
	case res.Outcome == Unknown || res.Outcome == Stale:
		return plan.BaselineUser{}
	}
	return out
}

// found is what the user held when the run began.
func (i Intent) found() plan.State {
	if i.Found != nil {
		return *i.Found
	}
	return i.Before
}

// baseline is what is known of a user to whom nothing was sent: in the SKUs of
// the change they were as it wanted, or as before it. Of a blocked user nobody
// may have known what else they should hold.
func (res Result) baseline() plan.BaselineUser {
	state, known := recalled(res.Outcome, res.Actions)
	if !known {
		return plan.BaselineUser{}
	}
	return plan.BaselineUser{State: state, Acted: acted(res.Actions), AsDeclared: res.Outcome != Blocked}
}

// recalled is what was there in the SKUs of a change of which nothing was sent. It is
// false where that is not known: not as the plan saw it, or a journal with a hole.
func recalled(outcome Outcome, actions []plan.Action) (plan.State, bool) {
	var recall func(*plan.State, plan.Action)
	switch outcome {
	case Already:
		recall = recallAfter
	case Held, Blocked, NotAttempted:
		recall = recallBefore
	default:
		return plan.State{}, false
	}
	var out plan.State
	for _, a := range actions {
		recall(&out, a)
	}
	return out, true
}

// acted lists the SKUs of actions, the zero GUID for the usage location.
func acted(actions []plan.Action) []license.GUID {
	var out []license.GUID
	for _, a := range actions {
		out = append(out, a.SKUID)
	}
	return license.SortedGUIDs(out)
}

// recallAfter puts what an action led to into a state.
func recallAfter(s *plan.State, a plan.Action) {
	switch a.Op {
	case plan.OpSetUsageLocation:
		s.UsageLocation = a.UsageLocation
	case plan.OpAdd, plan.OpUpdate:
		s.Licenses = append(s.Licenses, stateLicense(a.SKUID, a.DisabledPlans))
	}
}

// recallBefore puts what an action found into a state.
func recallBefore(s *plan.State, a plan.Action) {
	switch {
	case a.Before == nil: // an add: not held
	case a.Op != plan.OpSetUsageLocation:
		s.Licenses = append(s.Licenses, stateLicense(a.SKUID, a.Before.DisabledPlans))
	case a.Before.UsageLocation != nil:
		s.UsageLocation = *a.Before.UsageLocation
	}
}

func stateLicense(sku license.GUID, off []plan.PlanRef) plan.StateLicense {
	out := plan.StateLicense{SKUID: sku}
	for _, p := range off {
		out.DisabledPlans = append(out.DisabledPlans, p.ID)
	}
	out.DisabledPlans = license.SortedGUIDs(out.DisabledPlans)
	return out
}
