package emulator

import (
	"cmp"
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// The states of licenseProcessingState.
const (
	processingQueued   = "QueuedForProcessing"
	processingRunning  = "ProcessingInProgress"
	processingComplete = "ProcessingComplete"
)

// GroupWhims are ways in which group licensing was seen to go, or may, beside
// those that are documented.
type GroupWhims struct {
	// LoseOverlapping loses what one change of a group did where another comes
	// before its members are processed: the second starts from the licenses of
	// before the first.
	LoseOverlapping bool

	// AlsoDisabled are service plans that the service disables by itself where a
	// group is given the product, as with plans that people may sign up for.
	AlsoDisabled []License

	// CompleteEarly says ProcessingComplete from the start, while the members
	// still wait for their licenses.
	CompleteEarly bool

	// EndsAs is the processing state that groups end in, such as
	// ProcessingFailed; empty: ProcessingComplete. The members have their licenses
	// all the same.
	EndsAs string
}

// alsoDisabled are the service plans that are off after an addition.
func (b rulebook) alsoDisabled(s step, sku license.GUID) planSet {
	for _, l := range b.groups.AlsoDisabled {
		if l.SKU == sku && !s.remove {
			return newPlanSet(append(s.disabled.list(), l.DisabledPlans...))
		}
	}
	return s.disabled
}

// endState is the processing state of a group that has been processed.
func (b rulebook) endState() string { return cmp.Or(b.groups.EndsAs, processingComplete) }

// waits reports whether a group is still to be processed.
func (d *directory) waits(g groupRef) bool {
	return slices.ContainsFunc(d.jobs, func(j groupJob) bool { return j.group == g })
}

// groupJob is a group whose members wait for its licenses. With no due time it
// waits until somebody asks.
type groupJob struct {
	group groupRef
	begin time.Time
	due   time.Time
}

// enqueue has a group's members processed later.
func (d *directory) enqueue(g groupRef, now time.Time) {
	d.groups[g].state = processingQueued
	if d.book.groups.CompleteEarly {
		d.groups[g].state = processingComplete
	}
	job := groupJob{group: g}
	if delay := d.book.groupDelay; delay >= 0 {
		job.begin, job.due = now.Add(delay/2), now.Add(delay)
	}
	d.jobs = slices.DeleteFunc(d.jobs, func(j groupJob) bool { return j.group == g })
	d.jobs = append(d.jobs, job)
}

// settle does the group processing that is due, in the order in which it
// was asked for. There is no goroutine that would do it in time, and nobody
// can tell: everything that looks at the directory settles first.
func (d *directory) settle(now time.Time) {
	if !d.hasDueJobs(now) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var rest []groupJob
	for _, job := range d.jobs {
		switch {
		case job.due.IsZero() || now.Before(job.begin):
			rest = append(rest, job)
		case now.Before(job.due):
			if !d.book.groups.CompleteEarly {
				d.groups[job.group].state = processingRunning
			}
			rest = append(rest, job)
		default:
			d.processGroup(job.group, job.due)
		}
	}
	d.jobs = rest
}

func (d *directory) hasDueJobs(now time.Time) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.ContainsFunc(d.jobs, func(j groupJob) bool { return !j.due.IsZero() && !now.Before(j.begin) })
}

// processAll does all group processing that waits, whether it is due or not.
func (d *directory) processAll(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, job := range d.jobs {
		d.processGroup(job.group, now)
	}
	d.jobs = nil
}

// processGroup gives every member of a group its licenses, takes away what is
// no longer the group's, and takes everything from those who left it.
func (d *directory) processGroup(g groupRef, now time.Time) {
	for _, r := range d.groups[g].members {
		next, _ := d.inherit(d.users[r], g, now)
		d.putHeld(r, next, now)
	}
	for _, r := range d.groups[g].former {
		d.putHeld(r, d.disinherit(d.users[r], g), now)
	}
	d.groups[g].former = nil
	d.groups[g].state = d.book.endState()
}

// putHeld replaces a user if what they hold has changed.
func (d *directory) putHeld(r userRef, next user, now time.Time) {
	if !d.users[r].has(flagDeleted) && !slices.Equal(next.held, d.users[r].held) {
		d.put(r, next, now)
	}
}

func (d *directory) isMember(g groupRef, r userRef) bool {
	_, ok := slices.BinarySearch(d.groups[g].members, r)
	return ok
}

// inherit returns the user with the licenses of a group they are a member of,
// and without those that were the group's and no longer are. Where the rules
// are against one, all of them fail together: that one with its error, the
// others with Other. The refusal is the first error.
func (d *directory) inherit(u user, g groupRef, now time.Time) (user, *refusal) {
	former := func(a assignment) bool { return a.group == g && !d.gives(g, a.sku) }
	swapped := d.withGroup(u.withoutAll(former), g, now)
	if _, no := d.inheritFaults(u, swapped, g); no == nil {
		return swapped, nil
	}
	next := d.drop(u, former)
	want := d.withGroup(next, g, now)
	faults, no := d.inheritFaults(next, want, g)
	if no == nil {
		return want, nil
	}
	for i, l := range d.groups[g].licenses {
		a := assignment{sku: l.sku, group: g, disabled: l.disabled, updated: stamp(now), state: stateError, err: faults[i]}
		if was := u.find(l.sku, g); was >= 0 && u.held[was].takesSeat() {
			a.state, a.disabled = stateActiveWithError, u.held[was].disabled
		}
		if a.err == violationNone {
			a.err = violationOther
		}
		next = next.with(a)
	}
	return next, no
}

// gives reports whether a SKU is among a group's licenses.
func (d *directory) gives(g groupRef, sku skuRef) bool {
	return slices.ContainsFunc(d.groups[g].licenses, func(l groupLicense) bool { return l.sku == sku })
}

// withGroup returns the user with every license of a group, whatever is
// against it. One that does not change keeps its time.
func (d *directory) withGroup(u user, g groupRef, now time.Time) user {
	for _, l := range d.groups[g].licenses {
		if i := u.find(l.sku, g); i >= 0 && u.held[i].disabled == l.disabled && u.held[i].state == stateActive {
			continue
		}
		u = u.with(assignment{sku: l.sku, group: g, disabled: l.disabled, updated: stamp(now)})
	}
	return u
}

// inheritFaults finds what is against each license of a group, in the order of
// the group's licenses.
func (d *directory) inheritFaults(was, want user, g groupRef) (faults []violation, first *refusal) {
	licenses := d.groups[g].licenses
	faults = make([]violation, len(licenses))
	problem := d.planProblem(was, want)
	for i, l := range licenses {
		no := d.inheritFault(was, l.sku)
		if no == nil && problem != nil && slices.ContainsFunc(problem.plans, d.products[l.sku].hasPlan) {
			no = problem.refusal
		}
		if no == nil {
			continue
		}
		faults[i] = no.violation
		if first == nil {
			first = no
		}
	}
	if first == nil && problem != nil {
		first = problem.refusal
	}
	return faults, first
}

func (d *directory) inheritFault(u user, sku skuRef) *refusal {
	location := u.usageLocation()
	if location == "" {
		location = d.tenant.country // a user without a location gets the tenant's
	}
	if no := d.checkLocation(location, sku); no != nil {
		return no
	}
	if u.seatOf(sku) {
		return nil
	}
	if no := d.checkAddress(u, sku); no != nil {
		return no
	}
	return d.checkSeat(sku)
}

// disinherit returns the user without any license of the group.
func (d *directory) disinherit(u user, g groupRef) user {
	return d.drop(u, func(a assignment) bool { return a.group == g })
}

// drop returns the user without some of their licenses. One that another
// license needs stays, with an error.
func (d *directory) drop(u user, gone func(assignment) bool) user {
	for _, a := range slices.Clone(u.held) {
		if !gone(a) {
			continue
		}
		next := u.without(a.sku, a.group)
		if a.takesSeat() && d.planProblem(u, next) != nil {
			a.state, a.err = stateActiveWithError, violationDependency
			next = u.with(a)
		}
		u = next
	}
	return u
}
