package emulator

import "slices"

// memberList is the members or owners of a group that a call is about, users first.
type memberList struct {
	users  []userRef  // sorted
	groups []groupRef // sorted
	apps   []string   // client ids of applications
}

func (l memberList) len() uint64 { return uint64(len(l.users) + len(l.groups) + len(l.apps)) }

// member is a user, or the group where that is not 0, or the application where
// that is not empty.
type member struct {
	user  userRef
	group groupRef
	app   string
}

// at gives the member at a place of the list.
func (l memberList) at(i uint64) member {
	users, groups := uint64(len(l.users)), uint64(len(l.groups))
	switch {
	case i < users:
		return member{user: l.users[i]}
	case i < users+groups:
		return member{group: l.groups[i-users]}
	}
	return member{app: l.apps[i-users-groups]}
}

// membersOf gives some of the members of a group.
type membersOf func(*directory, groupRef) memberList

// direct gives the members that groups have of their own and that the caller may
// see: those of a group with hidden membership take a permission (Graph docs,
// group-list-members).
func (c *call) direct() membersOf {
	if c.caller.holdsAny(readHidden) {
		return (*directory).direct
	}
	return (*directory).directShown
}

// transitive gives those of groups and of all groups below them.
func (c *call) transitive() membersOf {
	if c.caller.holdsAny(readHidden) {
		return (*directory).transitive
	}
	return (*directory).transitiveShown
}

// direct gives the members of a group that are its own.
func (d *directory) direct(ref groupRef) memberList {
	g := d.groups[ref]
	return memberList{users: g.members, groups: g.below}
}

// directShown gives those of them who are shown to everybody.
func (d *directory) directShown(ref groupRef) memberList {
	if d.groups[ref].hidden {
		return memberList{}
	}
	return d.direct(ref)
}

// transitive gives the members of a group and of all groups below it, each
// once, however many paths lead there.
func (d *directory) transitive(ref groupRef) memberList {
	return d.reach(ref, func(group) bool { return true })
}

// transitiveShown gives those of them who are shown to everybody: nobody who is in a
// group whose members are hidden.
func (d *directory) transitiveShown(ref groupRef) memberList {
	return d.reach(ref, func(g group) bool { return !g.hidden })
}

// reach gives the members of a group and of all groups below it that open up.
func (d *directory) reach(ref groupRef, opens func(group) bool) memberList {
	var out memberList
	seen := map[groupRef]bool{ref: true}
	for open := []groupRef{ref}; len(open) > 0; {
		g := d.groups[open[0]]
		open = open[1:]
		if !opens(g) {
			continue
		}
		out.users = append(out.users, g.members...)
		for _, below := range g.below {
			if !seen[below] && !d.groups[below].deleted {
				seen[below] = true
				open = append(open, below)
				out.groups = append(out.groups, below)
			}
		}
	}
	slices.Sort(out.users)
	slices.Sort(out.groups)
	out.users = slices.Compact(out.users)
	return out
}

// nest puts groups into groups, when all of them are there.
func (b *builder) nest(list []Group) {
	byName := map[string]groupRef{}
	for ref, g := range b.dir.groups {
		byName[g.name], byName[g.id.String()] = groupRef(ref), groupRef(ref)
	}
	for _, g := range list {
		ref := b.dir.byGroup[orDerived(g.ID, "group", g.Name)]
		for _, name := range g.Groups {
			below, ok := byName[name]
			if !ok || below == ref || ref == 0 {
				b.failf("group %q: no other group %q", g.Name, name)
				continue
			}
			b.dir.groups[ref].below = append(b.dir.groups[ref].below, below)
		}
		slices.Sort(b.dir.groups[ref].below)
	}
}
