package planner

import (
	"cmp"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// maxSignalAge is for how many days a sign of use is good. Reports lag by two days;
// what is much older says nothing of today.
const maxSignalAge = 7

// signalSeen is what a rule saw of a user.
type signalSeen struct {
	signal license.Signal // empty: that the account is disabled
	at     time.Time      // what the signal told; zero: that there was nothing
	day    plan.Date      // the same as a day; zero: no day is told

	workloads []license.Workload // of a report: whose use counts
}

// ruleResult is what a rule makes of a product of a user. Where something is hidden
// or fails, the rest means nothing.
type ruleResult struct {
	rule   *reclaimRule
	begins plan.Date // the first day on which all conditions hold
	taken  plan.Date // the first day on which it is taken: the notice has passed
	today  plan.Date
	seen   []signalSeen

	fails  bool          // a condition certainly does not hold
	hidden []hiddenCause // why it cannot be told whether the conditions hold
}

// hiddenCause is why a sign of use tells nothing of a user.
type hiddenCause struct {
	signal license.Signal
	why    license.Unavailable
	reason string // what the service said; may be empty
}

// Why a sign tells nothing, beside the reasons of license: of one user, or in a plan.
const (
	unavailableNull    license.Unavailable = "null"    // it is told, and null
	unavailableOld     license.Unavailable = "old"     // it was told long ago
	unavailableMissing license.Unavailable = "missing" // nobody asked: a snapshot does not have it
	unavailableNobody  license.Unavailable = "nobody"  // it tells of nobody that they ever signed in
	unavailableProduct license.Unavailable = "product" // no report knows the product
)

// ruleEvaluation is a ruleResult in the making.
type ruleEvaluation struct {
	*basis
	user *managedUser
	sku  license.GUID
	ruleResult
}

// evaluate holds the conditions of a rule against what is told of a product of a user.
func (b *basis) evaluate(rule *reclaimRule, s *managedUser, sku license.GUID) ruleResult {
	j := &ruleEvaluation{basis: b, user: s, sku: sku, ruleResult: ruleResult{rule: rule, today: b.day}}
	if rule.Disabled {
		j.seen = append(j.seen, signalSeen{})
	}
	if rule.Left != nil {
		j.left()
	}
	if rule.Never != nil {
		j.never()
	}
	if rule.Idle.Days > 0 {
		j.idle()
	}
	if rule.dependsOnUse() && rule.Newcomers > 0 {
		j.newcomers()
	}
	j.renewed()
	if j.day.Before(j.begins) {
		j.fails = true // whatever is hidden
	}
	j.taken = j.begins.AddDays(rule.Notice)
	if j.begins.IsZero() {
		j.taken = j.today
	}
	return j.ruleResult
}

// from notes that a condition holds from a day on.
func (j *ruleEvaluation) from(d plan.Date) { j.begins = plan.LaterDate(j.begins, d) }

// hide notes that a sign tells nothing of the user.
func (j *ruleEvaluation) hide(signal license.Signal, why license.Unavailable, reason string) {
	j.hidden = append(j.hidden, hiddenCause{signal, why, reason})
}

// left holds from so many days after the user left. A null is no date, which most
// people have. Where nobody has one, dates may be there and not be seen: without the
// permission they are null (Graph docs, employeeLeaveDateTime).
func (j *ruleEvaluation) left() {
	at, ok := signalOf(j, license.SignalLeave, j.in.Observed.Signals.Leave)
	switch {
	case !ok:
	case at.IsZero() && !j.tellsLeave:
		j.hide(license.SignalLeave, unavailableNobody, "")
	case at.IsZero():
		j.fails = true
	default:
		// Personnel systems write a day as its midnight in UTC, which is the evening
		// before in the west: nobody has left a day early.
		day := plan.LaterDate(j.dayOf(at), plan.DateOf(at.UTC()))
		j.seen = append(j.seen, signalSeen{signal: license.SignalLeave, at: at, day: day})
		j.from(day.AddDays(*j.rule.Left))
	}
}

// never holds from so many days after the account came, where nobody ever signed
// in to it, and the tenant tells of others that they did.
func (j *ruleEvaluation) never() {
	signIns := j.in.Observed.Signals.SignIns
	last, ok := signalOf(j, license.SignalSignIns, signIns)
	switch {
	case !ok:
		return
	case !last.Latest().IsZero():
		j.fails = true
		return
	case !j.tellsSignIns:
		j.hide(license.SignalSignIns, unavailableNobody, "")
	}
	j.seen = append(j.seen, signalSeen{signal: license.SignalSignIns})
	if day, at, ok := j.created(); ok {
		j.seen = append(j.seen, signalSeen{signal: license.SignalCreated, at: at, day: day})
		j.from(day.AddDays(*j.rule.Never + gap(j, signIns)))
	}
}

// created tells when the account came.
func (j *ruleEvaluation) created() (plan.Date, time.Time, bool) {
	at, ok := signalOf(j, license.SignalCreated, j.in.Observed.Signals.Created)
	if ok && at.IsZero() {
		j.hide(license.SignalCreated, unavailableNull, "")
		ok = false
	}
	return j.dayOf(at), at, ok
}

// idle holds from so many days after the last use on: as far as that is known,
// which is up to the day of the signal.
func (j *ruleEvaluation) idle() {
	signs := j.in.Observed.Signals
	if j.rule.Idle.By == plan.IdleByReport {
		j.idleByReport()
		return
	}
	last, ok := signalOf(j, license.SignalSignIns, signs.SignIns)
	if ok {
		at := last.Latest()
		j.used(signalSeen{signal: license.SignalSignIns, at: at, day: j.dayOf(at)}, gap(j, signs.SignIns))
	}
}

// idleByReport looks at the reports that know the product.
func (j *ruleEvaluation) idleByReport() {
	signs := j.in.Observed.Signals
	sku, _ := j.catalog.SKU(j.sku)
	workloads := sku.Workloads()
	if len(workloads) == 0 && !sku.HasCopilot() {
		j.hide(license.SignalActivity, unavailableProduct, "")
		return
	}
	var seen []signalSeen
	gaps := 0
	if len(workloads) > 0 {
		uses, ok := signalOf(j, license.SignalActivity, signs.Activity)
		if ok {
			at := latestUse(uses, workloads)
			seen = append(seen, signalSeen{signal: license.SignalActivity, at: at, day: plan.DateOf(at.UTC()), workloads: workloads})
			gaps = max(gaps, gap(j, signs.Activity))
		}
	}
	if sku.HasCopilot() {
		if at, ok := signalOf(j, license.SignalCopilot, signs.Copilot); ok {
			seen = append(seen, signalSeen{signal: license.SignalCopilot, at: at, day: plan.DateOf(at.UTC())})
			gaps = max(gaps, gap(j, signs.Copilot))
		}
	}
	if len(j.hidden) > 0 {
		return
	}
	slices.SortStableFunc(seen, func(a, b signalSeen) int { return -a.at.Compare(b.at) })
	j.used(seen[0], gaps)
	j.seen = append(j.seen, seen[1:]...)
}

// latestUse gives the last use of any of the services; zero: there is none.
func latestUse(uses []license.LastUse, of []license.Workload) time.Time {
	var out time.Time
	for _, use := range uses {
		if slices.Contains(of, use.Workload) && use.Day.After(out) {
			out = use.Day
		}
	}
	return out
}

// used notes the last use. None at all is null, and null is not idle.
func (j *ruleEvaluation) used(last signalSeen, gap int) {
	if last.at.IsZero() {
		j.hide(last.signal, unavailableNull, "")
		return
	}
	j.seen = append(j.seen, last)
	j.from(last.day.AddDays(j.rule.Idle.Days + gap))
}

// newcomers lets nobody count as idle whose license or account came lately. Of a
// license that is not held there is no day.
func (j *ruleEvaluation) newcomers() {
	if day, _, ok := j.created(); ok {
		j.from(day.AddDays(j.rule.Newcomers))
	}
	if _, held := j.user.user.DirectLicense(j.sku); !held {
		return
	}
	given, ok := signalOf(j, license.SignalAssigned, j.in.Observed.Signals.Assigned)
	if !ok {
		return
	}
	i := slices.IndexFunc(given, func(a license.AssignedAt) bool {
		return a.SKUID == j.sku && a.Group == license.GUID{} && !a.At.IsZero()
	})
	if i < 0 {
		j.hide(license.SignalAssigned, unavailableNull, "")
		return
	}
	j.from(j.dayOf(given[i].At).AddDays(j.rule.Newcomers))
}

// renewed counts a day on which somebody asked for the product anew as one of
// use: every number of days of the rule begins there.
func (j *ruleEvaluation) renewed() {
	asked := plan.LaterDate(j.user.renewed, j.user.renewals[j.sku])
	if asked.IsZero() {
		return
	}
	days := j.rule.Idle.Days
	for _, n := range []*int{j.rule.Left, j.rule.Never} {
		if n != nil {
			days = max(days, *n)
		}
	}
	if j.rule.KnowsDay() {
		j.from(asked.AddDays(days))
	}
}

// signalOf gives what a signal tells of the user; false: nothing, and why is noted.
func signalOf[T any](j *ruleEvaluation, signal license.Signal, reading *license.Reading[T]) (T, bool) {
	value, ok := reading.Of(j.user.user.ID)
	switch {
	case reading == nil:
		j.hide(signal, unavailableMissing, "")
	case !ok:
		j.hide(signal, cmp.Or(reading.Unavailable, license.UnavailableAbsent), reading.Reason)
	case age(j.basis, reading.AsOf) > maxSignalAge:
		j.hide(signal, unavailableOld, "")
		ok = false
	}
	return value, ok
}

// age is how many days have passed since a time. A sign from after now is of now.
func age(b *basis, asOf time.Time) int {
	return max(0, plan.DateOf(asOf.In(location(b.in.Policy))).DaysUntil(plan.DateOf(b.in.Now.In(location(b.in.Policy)))))
}

// gap is for how many of the last days before the day of the plan a signal does
// not tell whether there was any use. Nobody is idle on them. A plan for a day to
// come takes it that nobody will be seen until then.
func gap[T any](j *ruleEvaluation, reading *license.Reading[T]) int {
	today := plan.DateOf(j.in.Now.In(location(j.in.Policy)))
	told := plan.DateOf(reading.AsOf.In(location(j.in.Policy)))
	if j.day.Before(today) {
		return max(0, told.DaysUntil(j.day))
	}
	return max(0, told.DaysUntil(today))
}

// dayOf gives the day of a time in the time zone of the policy; zero for none.
func (j *ruleEvaluation) dayOf(at time.Time) plan.Date {
	if at.IsZero() {
		return plan.Date{}
	}
	return plan.DateOf(at.In(location(j.in.Policy)))
}

// evidence gives the signs that an apply has to find as they were.
func (j *ruleResult) evidence() []plan.SignalSeen {
	out := []plan.SignalSeen{}
	for _, s := range j.seen {
		if s.signal != "" && s.signal != license.SignalCreated {
			out = append(out, plan.SignalSeen{Signal: s.signal, At: s.at.UTC(), Workloads: s.workloads})
		}
	}
	slices.SortFunc(out, func(a, b plan.SignalSeen) int { return cmp.Compare(a.Signal, b.Signal) })
	return slices.CompactFunc(out, func(a, b plan.SignalSeen) bool { return a.Signal == b.Signal })
}
