package apply

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

func groupResult(c *plan.GroupChange, outcome receipt.Outcome, message string) *receipt.GroupResult {
	res := &receipt.GroupResult{Group: c.Group, Source: c.Source, Actions: c.Actions, Outcome: outcome, Message: message}
	for _, code := range c.Reasons {
		res.Reasons = append(res.Reasons, string(code))
	}
	return res
}

// half is the result of a change that ends before its last call.
func (r *run) half(j *groupJob, why refusedTake) *receipt.GroupResult {
	res := groupResult(j.change, why.outcome, why.message)
	res.Hint = why.hint
	r.tellGroupPart(j, res)
	return res
}

// tellGroupPart says what was carried out all the same of a change that ended
// half-way.
func (r *run) tellGroupPart(j *groupJob, res *receipt.GroupResult) {
	if j.now.Equal(j.began) {
		return
	}
	f := &flight{run: r, of: groupAssignee{r, j}, began: asState(j.began), now: asState(j.now)}
	left, part := j.now, halfway(f.part())
	res.Left = &left
	res.Reasons = append(res.Reasons, part.code)
	res.Message = part.message + "; then: " + res.Message
	if res.Hint == planAgain {
		res.Hint = "" // part says it
	}
	res.Hint = strings.TrimPrefix(res.Hint+"; "+part.hint, "; ")
}

const planAgain = "plan again"

// fromCall is the result of a change of which a call did not succeed.
func (r *run) fromCall(j *groupJob, call *receipt.Result) *receipt.GroupResult {
	res := groupResult(j.change, call.Outcome, call.Message)
	res.Reasons, res.Hint = append(res.Reasons, call.Reasons...), call.Hint
	res.Status, res.ServiceCode, res.ServiceMessage = call.Status, call.ServiceCode, call.ServiceMessage
	if j.call > 0 || call.Left == nil {
		r.tellGroupPart(j, res)
	} else {
		res.Left = &plan.GroupState{Licenses: call.Left.Licenses}
	}
	return res
}

// whole is the result of a change of which every call was made.
func (r *run) whole(j *groupJob) *receipt.GroupResult {
	res := groupResult(j.change, receipt.Done, "")
	if j.attempts == 0 {
		res.Outcome = receipt.Already
	}
	awaited, _ := j.inLine()
	res.Verification = receipt.Verified
	if len(awaited) > 0 {
		res.Verification = receipt.Unverified
		res.Message, res.Hint = r.missing(j, awaited), "plan again later: the service goes on with what it has accepted; see to members who are in error"
	}
	if !j.isSeen() {
		why := notSeen(j)
		res.Verification, res.Reasons = receipt.Unverified, append(res.Reasons, why.code)
		res.Message, res.Hint = strings.TrimSuffix(why.message+"; "+res.Message, "; "), why.hint
	}
	if why, hint := r.inTheWay(j); why != "" && res.Verification == receipt.Unverified {
		res.Message, res.Hint = why+"; "+res.Message, hint
	}
	res.SwitchedOff = j.switchedOff()
	if said := r.addedPlans(j); said != "" {
		res.Message = strings.TrimPrefix(res.Message+"; "+said, "; ")
	}
	return res
}

// notSeen is the reason where a group does not show what was sent.
func notSeen(j *groupJob) reason {
	out := reason{"not-seen", "the group was not seen to give what was sent", "plan again: another change of the group may have overlapped with this one"}
	if j.shown {
		out.message, out.hint = "the group gives something else now than what was sent", "plan again: somebody else has changed the group"
	}
	return out
}

// inTheWay says what keeps the run from seeing a group's members come to what is
// planned, and what to do; empty: nothing that is known.
func (r *run) inTheWay(j *groupJob) (why, hint string) {
	unread := r.unreadNow()
	switch {
	case j.gone:
		return "the tenant no longer has this group", planAgain
	case j.last.ID != (license.GUID{}) && staleGroup(j.change, j.last) != "":
		return staleGroup(j.change, j.last), planAgain
	case unread != nil:
		no := unreadTake(unread)
		return "the group or its members could not be read: " + unread.Error(), no.hint
	}
	return "", ""
}

// notArrived is why a group takes nothing while members have not got what it gives.
func (r *run) notArrived(j *groupJob, awaited []license.GUID) refusedTake {
	out := refusedTake{receipt.Blocked, r.missing(j, awaited), seeToMembers}
	if why, hint := r.inTheWay(j); why != "" {
		out.message, out.hint = why+"; "+out.message, hint
	}
	return out
}

// switchedOff lists the service plans, by product, that the group was asked to give and
// was last seen without: beside all that it was asked for, or as before the call.
func (j *groupJob) switchedOff() []plan.StateLicense {
	var out []plan.StateLicense
	for _, sku := range j.expects().gives {
		off := j.addedBy(sku)
		if !j.isSeen() && !j.shown {
			off = j.stillOff(sku)
		}
		if len(off) > 0 {
			out = append(out, plan.StateLicense{SKUID: sku, DisabledPlans: off})
		}
	}
	return out
}

// stillOff lists the service plans of a product that a call switches on, and that were off
// before it and are in the last that was seen of the group.
func (j *groupJob) stillOff(sku license.GUID) []license.GUID {
	last, _ := j.last.License(sku)
	began, _ := j.began.License(sku)
	want, _ := j.change.After.License(sku)
	return slices.DeleteFunc(slices.Clone(last.DisabledPlans), func(id license.GUID) bool {
		return license.ContainsGUID(want.DisabledPlans, id) || !license.ContainsGUID(began.DisabledPlans, id)
	})
}

// addedPlans names the service plans that the service has switched off by itself;
// empty: there are none.
func (r *run) addedPlans(j *groupJob) string {
	var parts []string
	for _, sku := range j.expects().gives {
		var plans []string
		for _, id := range j.addedBy(sku) {
			plans = append(plans, r.o.Names.PlanName(id))
		}
		if len(plans) > 0 {
			parts = append(parts, fmt.Sprintf("the service itself has switched %s of %s off", strings.Join(plans, ", "), r.o.Names.SKUName(sku)))
		}
	}
	return strings.Join(parts, "; ")
}

// missing says how many members are not as planned, and which errors they have.
func (r *run) missing(j *groupJob, awaited []license.GUID) string {
	want, errors := j.expects(), map[string]int{}
	for _, id := range awaited {
		m := j.members[id]
		if m.seen && len(m.user.Unexplained) > 0 {
			errors["the tenant contradicts itself about what they hold"]++
		} else if j.standingOf(m, want) == failing {
			worst := j.failures(m, want)[0]
			errors[r.o.Names.SKUName(worst.SKUID)+": "+worst.Standing()]++
		}
	}
	text := fmt.Sprintf("%s of %s not as planned yet", quantity.Text(len(awaited)), quantity.Of(len(j.members), "member"))
	var parts []string
	for what, n := range errors {
		parts = append(parts, fmt.Sprintf("%s (%s)", what, quantity.Text(n)))
	}
	if slices.Sort(parts); len(parts) > 0 {
		text += ": " + strings.Join(parts, "; ")
	}
	return text
}

// settle takes the outcome of a group's change down, once for each.
func (g *groupRun) settle(j *groupJob, res *receipt.GroupResult) {
	res.Attempts, res.RequestIDs = j.attempts, j.requests
	g.run.tally(j, res)
	j.result = res
	g.run.settleGroup(res)
}

// tally counts the members by what they were seen with, and names those in error.
func (r *run) tally(j *groupJob, res *receipt.GroupResult) {
	if !res.Outcome.Succeeded() && j.now.Equal(j.began) {
		return // nothing came about that they could show
	}
	want, counts := j.expects(), receipt.MemberCounts{Total: len(j.members)}
	seen := false
	for id, m := range j.members {
		seen = seen || m.seen || m.gone
		switch j.standingOf(m, want) {
		case arrived:
			counts.Arrived++
		case waiting:
			counts.Waiting++
		case gone:
			counts.Gone++
		case failing:
			counts.Failing++
			for _, a := range j.failures(m, want) {
				sku, _ := r.o.Names.SKU(a.SKUID)
				res.Failing = append(res.Failing, receipt.FailingMember{
					User:  plan.UserRef{ID: id, UserPrincipalName: m.user.UserPrincipalName},
					SKUID: a.SKUID, SKUPartNumber: sku.PartNumber, State: a.State, Error: a.Error,
				})
			}
		}
	}
	if seen {
		res.Members = &counts
	}
	slices.SortFunc(res.Failing, func(a, b receipt.FailingMember) int {
		return cmp.Or(strings.Compare(a.User.UserPrincipalName, b.User.UserPrincipalName), license.CompareGUIDs(a.SKUID, b.SKUID))
	})
}

// settleGroup takes a result down.
func (r *run) settleGroup(res *receipt.GroupResult) {
	res.At = time.Now().UTC()
	err := r.o.Journal.GroupResult(*res)

	r.mu.Lock()
	r.groupResults = append(r.groupResults, res)
	r.count(res.Outcome)
	r.stop(err)
	r.mu.Unlock()
	r.o.Progress(r.progress())
}

// end settles what has not come to its end: the run was stopped, or what it waits
// for does not come.
func (g *groupRun) end(ctx context.Context) {
	stop := g.run.halted(ctx)
	for _, j := range g.jobs {
		switch {
		case j.result != nil:
		case j.call >= len(j.calls):
			g.settle(j, g.run.whole(j))
		case stop != nil:
			g.settle(j, g.run.half(j, refusedTake{receipt.NotAttempted, stop.Error(), ""}))
		default:
			g.settle(j, g.run.half(j, refusedTake{receipt.Blocked, "it waits for other changes that wait for it", planAgain}))
		}
	}
	for _, c := range g.held {
		res := g.run.result(c, receipt.Blocked, "it waits for a group, which waits for other changes")
		if stop != nil {
			res.Outcome, res.Message = receipt.NotAttempted, stop.Error()
		}
		g.run.settle(res, nil)
	}
	g.held = nil
}
