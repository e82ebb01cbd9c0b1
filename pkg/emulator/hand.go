package emulator

import (
	"fmt"
	"slices"

	"github.com/licensectl/licensectl/pkg/license"
)

// The methods of this file are the hand of another administrator: they change
// the tenant behind the client's back, at once and without asking the rules.

// SetLicenses gives a user exactly these direct licenses.
func (e *Emulator) SetLicenses(name string, licenses ...License) error {
	return e.edit(name, func(next user) (user, error) {
		next = next.withoutAll(assignment.direct)
		for _, l := range licenses {
			s, no := e.dir.resolveAddition(l)
			if no != nil {
				return next, fmt.Errorf("setting the licenses of %q: %s", name, no.message)
			}
			next = next.with(assignment{sku: s.sku, disabled: s.disabled, updated: stamp(e.now())})
		}
		return next, nil
	})
}

// SetUsageLocation sets a user's usage location; empty takes it away.
func (e *Emulator) SetUsageLocation(name, location string) error {
	if location != "" && !license.IsCountry(location) {
		return fmt.Errorf("setting the usage location of %q: %q is not an ISO 3166-1 country code", name, location)
	}
	return e.edit(name, func(next user) (user, error) {
		next.location = [2]byte{}
		copy(next.location[:], location)
		return next, nil
	})
}

// DeleteUser deletes a user; their seats are free at once.
func (e *Emulator) DeleteUser(name string) error {
	return e.edit(name, func(next user) (user, error) {
		next.flags |= flagDeleted
		next.held = nil
		return next, nil
	})
}

func (e *Emulator) edit(name string, change func(user) (user, error)) error {
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	r, ok := e.dir.find(name)
	if !ok {
		return fmt.Errorf("changing the emulated tenant: no user %q", name)
	}
	next, err := change(e.dir.users[r])
	if err == nil {
		e.dir.put(r, next, e.now())
	}
	return err
}

// SetUnits sets how many seats of a product are bought. Its count of consumed
// seats stays what it is.
func (e *Emulator) SetUnits(sku license.GUID, units license.Units) error {
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	ref, ok := e.dir.bySKU[sku]
	if !ok {
		return fmt.Errorf("changing the emulated tenant: no product %s", sku)
	}
	units.Consumed = 0
	p := &e.dir.products[ref]
	p.sku.Units = units
	p.sku.CapabilityStatus = capability(units)
	return nil
}

// AddMember puts a user into a group, whose licenses they inherit when it is
// processed next.
func (e *Emulator) AddMember(id license.GUID, name string) error {
	return e.editMembers(id, name, func(g *group, r userRef) {
		g.members = append(g.members, r)
		g.former = slices.DeleteFunc(g.former, func(f userRef) bool { return f == r })
	})
}

// RemoveMember takes a user out of a group, whose licenses they lose when it
// is processed next.
func (e *Emulator) RemoveMember(id license.GUID, name string) error {
	return e.editMembers(id, name, func(g *group, r userRef) {
		g.members = slices.DeleteFunc(g.members, func(m userRef) bool { return m == r })
		g.former = append(g.former, r)
	})
}

func (e *Emulator) editMembers(id license.GUID, name string, change func(*group, userRef)) error {
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	ref, ok := e.dir.byGroup[id]
	if !ok {
		return fmt.Errorf("changing the emulated tenant: no group %s", id)
	}
	r, ok := e.dir.find(name)
	if !ok {
		return fmt.Errorf("changing the emulated tenant: no user %q", name)
	}
	g := &e.dir.groups[ref]
	change(g, r)
	slices.Sort(g.members)
	g.members = slices.Compact(g.members)
	e.dir.enqueue(ref, e.now())
	return nil
}

// ProcessGroups does all group licensing that waits, whether it is due or not.
func (e *Emulator) ProcessGroups() { e.dir.processAll(e.now()) }
