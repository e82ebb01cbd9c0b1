package export

import (
	"errors"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
	"github.com/licensectl/licensectl/pkg/manifest/compose"
	"github.com/licensectl/licensectl/pkg/manifest/edit"
	"github.com/licensectl/licensectl/pkg/plan"
)

// updateGroups brings the entries of groups up to date: those of groups that the tenant no
// longer has go, those that say something else than the group gives change, and groups
// that give licenses and stand nowhere get one. What users should hold themselves rests
// on what groups give, so the set goes on with what the groups give.
func (u *update) updateGroups() {
	if u.set.Desired.Groups == nil {
		return
	}
	changes := map[plan.Source]plan.GroupChange{}
	for _, c := range u.plan.GroupChanges {
		if len(c.Actions) > 0 {
			changes[c.Source] = c
		}
	}
	set, groups := *u.set, []plan.DesiredGroup{}
	listed := map[license.GUID]bool{}
	for _, d := range u.set.Desired.Groups {
		found := u.GroupsNamed(d.Group.Name)
		for _, g := range found {
			listed[g.ID] = true
		}
		c, differs := changes[d.Group.Source]
		switch {
		case len(found) == 0 && d.Window.PhaseOn(u.plan.AsOf) != plan.Pending:
			u.removeGroup(d)
			continue
		case differs:
			u.changeGroup(d, *found[0], c)
			d.ManagesLicenses, d.Licenses = true, u.asGiven(*found[0])
		}
		groups = append(groups, d)
	}
	set.Desired.Groups = append(groups, u.addGroups(listed)...)
	u.set = &set
}

func (u *update) removeGroup(d plan.DesiredGroup) {
	if err := u.entryAt(d.Group.Source, (*edit.Entry).Remove); err != nil {
		u.problem("group "+d.Group.Name, "the tenant has no such group, and the entry at %s has to go by hand: %s", d.Group.Source, err)
		return
	}
	u.result.Groups.Removed++
}

// changeGroup changes the entry of a group that gives something else than it says.
func (u *update) changeGroup(d plan.DesiredGroup, g license.Group, c plan.GroupChange) {
	if d.Window.PhaseOn(u.plan.AsOf) == plan.Over {
		u.problem("group "+d.Group.Name, "the entry at %s has ended, and the group gives licenses; change its dates or take it out", d.Group.Source)
		return
	}
	err := u.entryAt(d.Group.Source, func(e *edit.Entry) error {
		given := u.givenBy(g)
		if obstacle := u.groupObstacle(g, given); obstacle != "" {
			return errors.New(obstacle)
		}
		r := newRevision(u, e, d.Licenses)
		for _, a := range c.Actions {
			r.ops[a.SKUID] = a.Op
		}
		r.held = licenseSetOf(assignments(given))
		var change edit.Change
		if err := r.revise(&change); err != nil {
			return err
		}
		return e.Change(change)
	})
	if err != nil {
		u.problem("group "+d.Group.Name, "the entry at %s has to be changed by hand: %s", d.Group.Source, err)
		return
	}
	u.result.Groups.Changed++
}

// assignments gives what a group gives as users hold it.
func assignments(given []license.GroupLicense) []license.Assignment {
	out := make([]license.Assignment, len(given))
	for i, l := range given {
		out[i] = license.Assignment{SKUID: l.SKUID, DisabledPlans: l.DisabledPlans, State: license.StateActive}
	}
	return out
}

// asGiven is what an entry asks for that says what a group gives.
func (u *update) asGiven(g license.Group) []plan.DesiredLicense {
	var out []plan.DesiredLicense
	for _, l := range u.givenBy(g) {
		sku, _ := u.catalog.SKU(l.SKUID)
		choice := plan.PlanChoice{Mode: plan.PlansDisabled}
		for _, servicePlan := range u.spelling.License(sku, l.DisabledPlans).DisabledPlans {
			choice.Plans = append(choice.Plans, plan.Ref{Name: servicePlan.Ref})
		}
		out = append(out, plan.DesiredLicense{SKU: plan.Ref{Name: l.SKUID.String()}, Plans: choice})
	}
	return out
}

// addGroups gives an entry to every group that gives licenses and is not listed, and that
// the policy does not protect: nothing that an entry said of it would be carried out.
func (u *update) addGroups(listed map[license.GUID]bool) []plan.DesiredGroup {
	for _, ref := range u.set.Policy.ProtectedGroups {
		for _, g := range u.GroupsNamed(ref.Name) {
			listed[g.ID] = true
		}
	}
	var added []plan.DesiredGroup
	var homeless []compose.Group
	for _, g := range u.groupsByName() {
		given := u.givenBy(g)
		obstacle := u.groupObstacle(g, given)
		switch {
		case listed[g.ID]:
		case obstacle != "":
			u.result.LeftOut = append(u.result.LeftOut, LeftOut{User: groupTitle(g), Reason: obstacle})
		case len(given) > 0:
			if !u.addGroup(g, assignments(given)) {
				homeless = append(homeless, u.composedGroup(g, assignments(given), nil))
			}
			u.result.Groups.Added++
			added = append(added, plan.DesiredGroup{Group: plan.Ref{Name: g.ID.String()}, ManagesLicenses: true, Licenses: u.asGiven(g)})
		}
	}
	if len(homeless) > 0 {
		name := u.freeGroupsName()
		f := compose.GroupsFile{Path: name + ".yaml", Name: name, Schema: u.options.Schema, Groups: homeless}.File()
		f.Path = u.groupsPath(name)
		u.created = append(u.created, f)
	}
	return added
}

// groupsByName are the groups in the order in which a new document has them.
func (u *update) groupsByName() []license.Group {
	return slices.SortedStableFunc(slices.Values(u.LicensedGroups), func(a, b license.Group) int {
		return strings.Compare(strings.ToLower(a.DisplayName), strings.ToLower(b.DisplayName))
	})
}

// addGroup puts an entry into the document in which it takes the fewest lines, and
// reports whether there is one that takes it.
func (u *update) addGroup(g license.Group, given []license.Assignment) bool {
	var best *edit.List
	var lines []string
	for _, l := range u.draft.Lists(manifest.KindGroupLicenses) {
		if !l.Takes() || l.Defaults.HasLicenses || hasTimed(l.Defaults.Profiles) {
			continue
		}
		var defaults []string
		for _, p := range l.Defaults.Profiles {
			defaults = append(defaults, p.Name)
		}
		if text := u.composedGroup(g, given, defaults).Lines(defaults); best == nil || len(text) < len(lines) {
			best, lines = l, text
		}
	}
	return best != nil && best.Add(g.ID.String(), lines) == nil
}

// composedGroup is the entry of a group in a document with these default profiles, which it
// keeps where all of them are for it.
func (u *update) composedGroup(g license.Group, given []license.Assignment, defaults []string) compose.Group {
	held, covered := licenseSetOf(given), map[license.GUID]bool{}
	out := compose.Group{ID: g.ID.String(), Name: g.DisplayName}
	if u.haveAll(held, defaults) {
		out.Profiles = append(out.Profiles, defaults...)
		for _, name := range defaults {
			u.book.mark(name, covered)
		}
	}
	out.Profiles = append(out.Profiles, u.book.cover(covered, func(p bookedProfile) bool { return held.has(p, u.catalog) })...)
	for _, a := range given {
		if !covered[a.SKUID] {
			sku, _ := u.catalog.SKU(a.SKUID)
			out.Licenses = append(out.Licenses, u.spelling.License(sku, a.DisabledPlans))
		}
	}
	return out
}

// haveAll reports whether profiles ask for nothing but what is held.
func (u *update) haveAll(held licenseSet, profiles []string) bool {
	for _, name := range profiles {
		if !held.has(u.book.byName[name], u.catalog) {
			return false
		}
	}
	return true
}

// freeGroupsName finds a name that no document of groups has and no file is called by.
func (u *update) freeGroupsName() string {
	taken := map[string]bool{}
	for _, f := range u.set.Desired.Files {
		taken[strings.ToLower(f.Path)] = true
	}
	for _, l := range u.draft.Lists(manifest.KindGroupLicenses) {
		taken[strings.ToLower(l.Name)] = true
	}
	return compose.FreeName("licensing-groups", func(name string) bool {
		return !taken[strings.ToLower(name)] && !taken[strings.ToLower(u.groupsPath(name))]
	})
}

// groupsPath is where a new document of groups goes.
func (u *update) groupsPath(name string) string {
	return strings.TrimSuffix(u.options.Folder, "/") + "/" + name + ".yaml"
}
