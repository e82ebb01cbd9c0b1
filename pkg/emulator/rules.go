package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// rulebook is the part of the rules that a test can choose.
type rulebook struct {
	atomicity    Atomicity
	warningSeats bool // units in the warning state are assignable
	plans        *license.Rules
	groupDelay   time.Duration // below 0: group licenses wait until somebody asks
	groups       GroupWhims
}

// refusal is the service's no to a change of licenses, with the word that the
// user's licenseAssignmentStates shows for it where a group asked.
type refusal struct {
	apiError
	violation violation
}

func refuse(v violation, format string, args ...any) *refusal {
	return &refusal{badRequest(fmt.Sprintf(format, args...)), v}
}

// step is one change of one SKU on one user, its names already resolved.
type step struct {
	sku      skuRef
	remove   bool
	disabled planSet // of an addition
}

// judge carries a list of direct steps out on a copy of the user. It changes
// nothing: the answer depends on the user, the products and the steps alone.
func (d *directory) judge(u user, steps []step, now time.Time) (user, *refusal) {
	next := u
	for _, s := range steps {
		var no *refusal
		if s.remove {
			next, no = d.removeDirect(next, s.sku)
		} else {
			next, no = d.addDirect(next, s, now)
		}
		if no != nil {
			return u, no
		}
	}
	if no := d.checkPlans(u, next); no != nil {
		return u, no
	}
	if no := d.checkSeats(u, next); no != nil {
		return u, no
	}
	return next, nil
}

func (d *directory) removeDirect(u user, sku skuRef) (user, *refusal) {
	if u.find(sku, 0) >= 0 {
		return u.without(sku, 0), nil
	}
	if u.seatOf(sku) {
		return u, refuse(violationOther, "User license is inherited from a group membership and it cannot be removed directly from the user.")
	}
	return u, refuse(violationOther, "User does not have a corresponding license.")
}

// addDirect gives the user the SKU in their own name. For one they hold
// already it replaces the disabled plans: nothing is merged.
func (d *directory) addDirect(u user, s step, now time.Time) (user, *refusal) {
	if no := d.checkLocation(u.usageLocation(), s.sku); no != nil {
		return u, no
	}
	if no := d.checkAddress(u, s.sku); no != nil && u.find(s.sku, 0) < 0 {
		return u, no
	}
	return u.with(assignment{sku: s.sku, disabled: s.disabled, updated: stamp(now)}), nil
}

func (d *directory) checkLocation(location string, sku skuRef) *refusal {
	if location == "" || slices.Contains(d.products[sku].prohibited, location) {
		return refuse(violationLocation, "License assignment cannot be done for user with invalid usage location.")
	}
	return nil
}

// checkAddress refuses a mailbox for a user whose mail address is taken.
func (d *directory) checkAddress(u user, sku skuRef) *refusal {
	if u.has(flagDuplicateAddress) && d.products[sku].mailbox {
		return refuse(violationUniqueness, "Proxy address is already being used.")
	}
	return nil
}

// checkSeats refuses the change if the user would take a seat that nobody has.
// A SKU that the user holds already, by whatever path, costs none.
func (d *directory) checkSeats(was, next user) *refusal {
	for i, a := range next.held {
		if !a.takesSeat() || !firstSeat(next.held, i) || was.seatOf(a.sku) {
			continue
		}
		if no := d.checkSeat(a.sku); no != nil {
			return no
		}
	}
	return nil
}

func (d *directory) checkSeat(ref skuRef) *refusal {
	if p := d.products[ref]; d.seatsFree(p) < 1 {
		return refuse(violationCount, "Subscription with SKU %s does not have any available licenses.", p.sku.ID)
	}
	return nil
}

// planProblem is a pair of service plans that exclude each other, or a plan
// and what it needs, that a change brings about.
type planProblem struct {
	*refusal
	plans []license.GUID // those that are enabled and concerned
}

// checkPlans refuses the change if it brings about a conflict between the
// user's service plans, or leaves one without a plan that it needs. What was
// wrong before does not hinder.
func (d *directory) checkPlans(was, next user) *refusal {
	if problem := d.planProblem(was, next); problem != nil {
		return problem.refusal
	}
	return nil
}

func (d *directory) planProblem(was, next user) *planProblem {
	if slices.Equal(was.held, next.held) {
		return nil
	}
	before, after := d.enabledPlans(was), d.enabledPlans(next)
	known := d.book.plans.Conflicts(before)
	for _, c := range d.book.plans.Conflicts(after) {
		if !slices.Contains(known, c) {
			return &planProblem{refuse(violationExclusive,
				"License assignment failed because service plans %s,%s are mutually exclusive.", c.A, c.B), []license.GUID{c.A, c.B}}
		}
	}
	lacking := d.book.plans.Missing(before)
	for _, m := range d.book.plans.Missing(after) {
		if !slices.ContainsFunc(lacking, func(l license.Missing) bool { return l.Plan == m.Plan }) {
			return &planProblem{refuse(violationDependency,
				"License assignment failed because service plan %s depends on the service plan(s) %s", m.Plan, joinGUIDs(m.NeedsAny)), []license.GUID{m.Plan}}
		}
	}
	return nil
}

func joinGUIDs(ids []license.GUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return strings.Join(texts, ", ")
}

// enabledPlans are the user's service plans that some path switches on,
// possibly several times over.
func (d *directory) enabledPlans(u user) []license.GUID {
	var out []license.GUID
	for _, a := range u.held {
		if !a.takesSeat() {
			continue
		}
		for _, id := range d.products[a.sku].plans {
			if !a.disabled.has(id) {
				out = append(out, id)
			}
		}
	}
	return out
}
