package emulator

import (
	"fmt"

	"github.com/licensectl/licensectl/pkg/license"
)

// The methods of this file are what another administrator does: they change
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
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	r, ok := e.dir.find(name)
	if !ok {
		return fmt.Errorf("changing the emulated tenant: no user %q", name)
	}
	e.dir.delete(r, e.now())
	return nil
}

func (e *Emulator) edit(name string, change func(user) (user, error)) error {
	e.dir.settle(e.now())
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
	return e.editMembers(id, name, linkList.add)
}

// RemoveMember takes a user out of a group, whose licenses they lose when it
// is processed next.
func (e *Emulator) RemoveMember(id license.GUID, name string) error {
	return e.editMembers(id, name, linkList.remove)
}

// SetInherited puts what a user inherits of a product from a group into a state,
// with an error, by their names in licenseAssignmentStates; empty: Active, and
// none. It is how an error comes late.
func (e *Emulator) SetInherited(name string, from license.Assignment) error {
	return e.edit(name, func(next user) (user, error) {
		i := next.find(e.dir.bySKU[from.SKUID], e.dir.byGroup[from.Group])
		state, known := stateNamed(from.State)
		err, named := violationNamed(from.Error)
		if from.Direct() || i < 0 || !known || !named {
			return next, fmt.Errorf("changing the emulated tenant: %q inherits no product %s from group %s, or nothing is called %s", name, from.SKUID, from.Group, from.Standing())
		}
		a := next.held[i]
		a.state, a.err, a.updated = state, err, stamp(e.now())
		return next.with(a), nil
	})
}

// SetGroupLicenses gives a group exactly these licenses, which its members have
// when it is processed next.
func (e *Emulator) SetGroupLicenses(id license.GUID, licenses ...License) error {
	return e.editGroup(id, func(g *group) error {
		var next []groupLicense
		for _, l := range licenses {
			s, no := e.dir.resolveAddition(l)
			if no != nil {
				return fmt.Errorf("setting the licenses of the group %q: %s", g.name, no.message)
			}
			next = append(next, groupLicense{sku: s.sku, disabled: s.disabled})
		}
		g.licenses, g.changed = next, true
		e.dir.enqueue(e.dir.byGroup[id], e.now())
		return nil
	})
}

// RenameGroup gives a group another display name.
func (e *Emulator) RenameGroup(id license.GUID, name string) error {
	return e.editGroup(id, func(g *group) error {
		g.name = name
		return nil
	})
}

// DeleteGroup deletes a group. Its members lose its licenses at once, which the
// real service does later, where it lets such a group be deleted at all.
func (e *Emulator) DeleteGroup(id license.GUID) error {
	return e.editGroup(id, func(g *group) error {
		g.deleted, g.licenses = true, nil
		e.dir.processGroup(e.dir.byGroup[id], e.now())
		return nil
	})
}

// DisableSecurity makes a group one that is for mail alone.
func (e *Emulator) DisableSecurity(id license.GUID) error {
	return e.editGroup(id, func(g *group) error {
		g.mailOnly, g.mailEnabled = true, true
		return nil
	})
}

func (e *Emulator) editGroup(id license.GUID, change func(*group) error) error {
	e.dir.settle(e.now())
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	ref, ok := e.dir.byGroup[id]
	if !ok {
		return fmt.Errorf("changing the emulated tenant: no group %s", id)
	}
	e.dir.touchGroup(ref, e.dir.groups[ref])
	return change(&e.dir.groups[ref])
}

func (e *Emulator) editMembers(id license.GUID, name string, change func(linkList, object)) error {
	e.dir.settle(e.now())
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
	e.dir.touchGroup(ref, e.dir.groups[ref])
	change(e.dir.groups[ref].list("members"), object{user: r})
	e.dir.enqueue(ref, e.now())
	return nil
}

// ProcessGroups does all group licensing that waits, whether it is due or not.
func (e *Emulator) ProcessGroups() { e.dir.processAll(e.now()) }
