package emulator

import (
	"slices"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// change is an assignLicense request as it was sent, its GUIDs read.
type change struct {
	add    []License
	remove []license.GUID
}

// resolve turns a request into steps, removals first: the seat and the plans
// that go away make room for what comes.
func (d *directory) resolve(c change) ([]step, *refusal) {
	if no := duplicates(c); no != nil {
		return nil, no
	}
	var steps []step
	for _, id := range c.remove {
		ref, ok := d.bySKU[id]
		if !ok {
			return nil, unknownSKU(id)
		}
		steps = append(steps, step{sku: ref, remove: true})
	}
	for _, l := range c.add {
		s, no := d.resolveAddition(l)
		if no != nil {
			return nil, no
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func (d *directory) resolveAddition(l License) (step, *refusal) {
	ref, ok := d.bySKU[l.SKU]
	if !ok {
		return step{}, unknownSKU(l.SKU)
	}
	p := d.products[ref]
	if p.sku.AppliesTo != license.AppliesToUser {
		return step{}, refuse(violationOther, "License %s cannot be assigned to a user.", l.SKU)
	}
	for _, plan := range l.DisabledPlans {
		if !p.hasPlan(plan) {
			return step{}, refuse(violationOther, "The service plan %s does not belong to the subscription with SKU %s.", plan, l.SKU)
		}
	}
	return step{sku: ref, disabled: newPlanSet(l.DisabledPlans)}, nil
}

func unknownSKU(id license.GUID) *refusal {
	return refuse(violationOther, "License %s does not correspond to a valid company License.", id)
}

// duplicates refuses a request that names a SKU twice, in one list or in both.
func duplicates(c change) *refusal {
	seen := map[license.GUID]bool{}
	ids := slices.Clone(c.remove)
	for _, l := range c.add {
		ids = append(ids, l.SKU)
	}
	for _, id := range ids {
		if seen[id] {
			return refuse(violationOther, "License %s is listed more than once in addLicenses and removeLicenses.", id)
		}
		seen[id] = true
	}
	return nil
}

// assign carries an assignLicense call out on a user, and reports whether it
// changed anything.
func (d *directory) assign(r userRef, c change, now time.Time) (changed bool, no *refusal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	steps, no := d.resolve(c)
	if no != nil {
		return false, no
	}
	next, no := d.judge(d.users[r], steps, now)
	if no == nil {
		d.put(r, next, now)
		return len(steps) > 0, nil
	}
	if d.book.atomicity == AsFarAsItGets {
		return d.assignPrefix(r, steps, now), no
	}
	return false, no
}

// assignPrefix carries out the steps of a refused call one by one, up to the
// first that is refused by itself, and reports whether there were any.
func (d *directory) assignPrefix(r userRef, steps []step, now time.Time) (changed bool) {
	for _, s := range steps {
		next, no := d.judge(d.users[r], []step{s}, now)
		if no != nil {
			return changed
		}
		d.put(r, next, now)
		changed = true
	}
	return changed
}

// edit carries a PATCH of a user out, with another name unless it is empty. It
// does nothing where another object has the name.
func (d *directory) edit(r userRef, name string, edits []edit, now time.Time) *apiError {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name != "" {
		if err := d.rename(r, name, now); err != nil {
			return err
		}
	}
	next := d.users[r]
	for _, change := range edits {
		next = change(d, next)
	}
	d.put(r, next, now)
	return nil
}

// reprocess tries the licenses of all the groups of a user again, and returns
// the first refusal.
func (d *directory) reprocess(r userRef, now time.Time) (first *refusal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ref := range d.allGroups() {
		switch {
		case !d.concerns(ref, r):
		case !d.isMember(ref, r):
			d.putHeld(r, d.disinherit(d.users[r], ref), now)
		default:
			next, no := d.inherit(d.users[r], ref, now)
			d.putHeld(r, next, now)
			if first == nil {
				first = no
			}
		}
	}
	return first
}

// concerns reports whether the processing of a group can change what a user
// holds: the group gives something to its member, or they hold something that it
// gave, even if it gives nothing any more.
func (d *directory) concerns(ref groupRef, r userRef) bool {
	return d.isMember(ref, r) && len(d.groups[ref].licenses) > 0 || d.users[r].holdsFrom(ref)
}
