package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// UnreadGroupsError tells of manifests or a policy that speak of what groups give,
// and a tenant that was not asked for it.
type UnreadGroupsError struct{ Source plan.Source }

// Error names the place that speaks of groups.
func (e *UnreadGroupsError) Error() string {
	return fmt.Sprintf("%s: what groups give is not known", e.Source)
}

// checkGroupsRead makes sure that groups were read where they matter: one that was
// not read must not look as if it gave nothing.
func checkGroupsRead(in Input) error {
	if !in.Desired.ReadsGroups(in.Policy) || in.Observed.LicensedGroups != nil {
		return nil
	}
	place := in.Policy.Source
	if len(in.Desired.Groups) > 0 {
		place = in.Desired.Groups[0].Group.Source
	}
	return &UnreadGroupsError{Source: place}
}

// managedGroup is one group that the plan manages: what it should give.
type managedGroup struct {
	group   *license.Group
	entries []*plan.DesiredGroup // that name the group, by place
	entitlement
	unlisted bool // it stands in no manifest, and the policy says what becomes of it
}

// managedGroups are the groups that the plan manages, by id, and what there is to
// say of those that are named.
type managedGroups struct {
	all      []*managedGroup
	doubts   []plan.Code                // why it is not known which groups the manifests mean
	unfound  map[license.GUID]plan.Code // products that a group is to give which is not found, or of which nobody knows who is in it, and which of the two it is
	findings findings
}

// manageGroups finds the groups that manifests and policy speak of, and what they
// should give on the day of the plan.
func (b *basis) manageGroups() managedGroups {
	r := groupResolver{basis: b, entries: map[license.GUID][]*plan.DesiredGroup{}}
	r.out.unfound = map[license.GUID]plan.Code{}
	r.index()
	for i := range b.in.Observed.LicensedGroups {
		g := &b.in.Observed.LicensedGroups[i]
		if m := r.manage(g); m != nil {
			r.out.all = append(r.out.all, m)
		}
	}
	return r.out
}

// groupResolver is managedGroups in the making.
type groupResolver struct {
	*basis
	entries map[license.GUID][]*plan.DesiredGroup // by group
	out     managedGroups
}

// index finds the group of each entry, and those that the policy protects.
func (r *groupResolver) index() {
	for i := range r.in.Desired.Groups {
		e := &r.in.Desired.Groups[i]
		if g, why := r.named(e.Group, e.Window.PhaseOn(r.day)); g != nil {
			r.entries[g.ID] = append(r.entries[g.ID], e)
		} else {
			r.noteUnfound(e, why)
		}
	}
	for _, entries := range r.entries {
		slices.SortFunc(entries, func(a, b *plan.DesiredGroup) int { return a.Group.Source.Compare(b.Group.Source) })
	}
}

// groupsNamed gives the groups that a name in a manifest or in the policy stands for.
func (b *basis) groupsNamed(name string) []*license.Group { return b.in.Observed.GroupsNamed(name) }

// noteUnfound remembers what a group is to give that is not found: whoever has it
// may be a member.
func (r *groupResolver) noteUnfound(e *plan.DesiredGroup, why plan.Code) {
	if e.Window.PhaseOn(r.day) == plan.Over {
		return
	}
	for _, l := range e.Licenses {
		if sku, err := r.resolveSKU(l.SKU.Name); err == nil {
			r.out.unfound[sku.ID] = why
		}
	}
}

// named gives the group that an entry means; nil where the tenant has none, or
// several, and which of the two it is. An entry that is not in force says nothing wrong by that: its group may
// come yet, or be gone.
func (r *groupResolver) named(ref plan.Ref, phase plan.Phase) (*license.Group, plan.Code) {
	found := r.groupsNamed(ref.Name)
	if len(found) == 1 {
		return found[0], ""
	}
	f := finding{message: msgGroupNotInForce, source: ref.Source, args: []any{ref.Name}}
	switch {
	case len(found) > 1:
		f.message, f.args = msgGroupsAlike, []any{len(found), ref.Name, groupsAlike(found[:min(len(found), maxNamedGroups)])}
	case phase == plan.Active:
		f.message = msgGroupAbsent
	}
	r.out.findings.add(f)
	// Which group is meant is not known, so nobody may be taken for unlisted.
	r.out.doubts = noted(r.out.doubts, f.code)
	return nil, f.code
}

// manage finds out what a group should give; nil: it is not managed.
func (r *groupResolver) manage(g *license.Group) *managedGroup {
	entries := r.entries[g.ID]
	if len(entries) == 0 {
		return r.unlistedGroup(g)
	}
	if m := r.declaredTwice(g, entries); m != nil {
		return m
	}
	e := r.decides(entries)
	if e == nil {
		return nil
	}
	m := &managedGroup{group: g, entries: entries, entitlement: entitlement{
		source: e.Group.Source, manifest: e.Manifest, phase: e.Window.PhaseOn(r.day), until: e.Window.Until, manages: e.ManagesLicenses,
	}}
	if m.phase == plan.Over || len(e.Licenses) == 0 {
		return m
	}
	all := r.want(e.Licenses)
	m.wanted, m.problems = all.wanted, slices.Clip(all.problems)
	for _, f := range all.findings {
		f.group = g.ID
		r.out.findings = append(r.out.findings, f)
	}
	if g.Members == nil {
		for _, sku := range m.toCome() {
			r.out.unfound[sku] = plan.CodeGroupUntold // whoever has it may be a member
		}
	}
	return m
}

// decides picks the entry that decides: the one in force, or of those that are over
// the one that ended last; nil: all begin later.
func (r *groupResolver) decides(entries []*plan.DesiredGroup) *plan.DesiredGroup {
	for _, phase := range []plan.Phase{plan.Active, plan.Over} {
		var out *plan.DesiredGroup
		for _, e := range entries {
			if e.Window.PhaseOn(r.day) == phase && (out == nil || out.Window.Until.Before(e.Window.Until)) {
				out = e
			}
		}
		if out != nil {
			return out
		}
	}
	return nil
}

// declaredTwice finds entries that mean one group on the same day, which manifests
// cannot see where one names it by display name and another by object id; nil: there are none.
func (r *groupResolver) declaredTwice(g *license.Group, entries []*plan.DesiredGroup) *managedGroup {
	for i, a := range entries {
		for _, b := range entries[i+1:] {
			if !a.Window.Overlaps(b.Window) {
				continue
			}
			r.out.findings.add(finding{
				message: msgGroupDeclaredTwice, group: g.ID, source: a.Group.Source, related: []plan.Source{b.Group.Source},
				args: []any{groupID(g.ID), a.Group.Name, b.Group.Name},
			})
			return &managedGroup{group: g, entitlement: entitlement{source: a.Group.Source, manages: true, problems: []plan.Code{plan.CodeGroupDeclaredTwice}}}
		}
	}
	return nil
}

// unlistedGroup treats a group that stands in no manifest, as the policy says; nil:
// it is not managed.
func (r *groupResolver) unlistedGroup(g *license.Group) *managedGroup {
	gives := slices.ContainsFunc(g.Licenses, func(l license.GroupLicense) bool { return r.scope.Manages(l.SKUID) })
	mode := r.in.Policy.UnlistedGroups
	switch {
	case !gives || r.in.Desired.OnlyListed || mode != plan.UnlistedReport && mode != plan.UnlistedRemove || r.isProtectedGroup(g):
		return nil
	case mode == plan.UnlistedReport:
		r.out.findings.add(finding{message: msgUnlistedGroup, group: g.ID, args: []any{groupID(g.ID)}})
		return nil
	}
	m := &managedGroup{group: g, unlisted: true, entitlement: entitlement{source: r.in.Policy.Source, manages: true}}
	// What seems to be unlisted may be what a misspelt entry meant.
	m.problems = slices.Clone(r.out.doubts)
	return m
}

// isProtectedGroup reports whether the policy forbids to touch a group. Of several
// with a protected name each is.
func (b *basis) isProtectedGroup(g *license.Group) bool {
	return slices.ContainsFunc(b.in.Policy.ProtectedGroups, func(ref plan.Ref) bool {
		return strings.EqualFold(ref.Name, g.DisplayName) || strings.EqualFold(ref.Name, g.ID.String())
	})
}

// plannedGroupChange is a group change in the making.
type plannedGroupChange struct {
	plan.GroupChange
	managed *managedGroup
	places  []int32 // of the members in the tenant; nobody: one who is not there
	leftOut bool    // it had actions that Options.Cause leaves out
}

func newPlannedGroupChange(m *managedGroup) *plannedGroupChange {
	return &plannedGroupChange{managed: m, GroupChange: plan.GroupChange{
		Group: plan.Group{ID: m.group.ID, DisplayName: m.group.DisplayName}, Source: m.source, Status: plan.StatusReady,
		Actions: []plan.Action{}, WaitsFor: []license.GUID{}, Reasons: []plan.Code{}, Effects: []plan.MemberEffect{},
	}}
}

// compareGroups finds what has to change in what groups give, sorted as the plan
// shows it.
func (w *groupWork) compareGroups(b *basis) {
	for _, m := range w.managed.all {
		d := newPlannedGroupChange(m)
		d.Before = plan.GroupStateOf(*m.group, b.scope)
		if m.manages && m.group.Licenses != nil && len(m.problems) == 0 {
			w.findings.addAll(b.compareGroup(d))
			w.acceptGroup(b, d)
		} else {
			w.markAccepted(b, m.group)
		}
		b.setGroupCauses(d)
		w.findings.addAll(b.checkGroup(d))
		d.After = d.Before.After(d.Actions)
		switch {
		case d.isEmpty() && !d.leftOut:
		case b.isProtectedGroup(m.group):
			if !d.isEmpty() {
				w.findings.add(protectedGroup(d))
			}
		default:
			w.admit(b, d)
		}
	}
	slices.SortFunc(w.planned, func(a, b *plannedGroupChange) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Group.DisplayName), strings.ToLower(b.Group.DisplayName)), license.CompareGUIDs(a.Group.ID, b.Group.ID))
	})
}

// isEmpty reports whether nothing is to be told of the change.
func (d *plannedGroupChange) isEmpty() bool {
	return len(d.Actions) == 0 && d.Status == plan.StatusReady
}

// admit takes in a change, unless the options leave it out.
func (w *groupWork) admit(b *basis, d *plannedGroupChange) {
	admitted := !d.isEmpty() && b.narrowed.keepsGroup(d)
	if admitted {
		d.places = b.placesOf(d.managed.group)
		w.planned = append(w.planned, d)
	}
	if !admitted || d.leftOut {
		w.leftOut++
	}
}

// compareGroup finds what a group has to come to give, and what to take away.
func (b *basis) compareGroup(d *plannedGroupChange) findings {
	var said findings
	m := d.managed
	for _, w := range m.wants {
		held, gives := m.group.License(w.sku.ID)
		for _, kept := range []keptPlans{{msgPlansKeptOff, keptOff(w, held)}, {msgPlansCameBackOff, b.cameBackOff(m.group.ID, w, held)}} {
			if len(kept.plans) == 0 {
				continue
			}
			w.plans.disabled = license.SortedGUIDs(slices.Concat(w.plans.disabled, kept.plans))
			said.add(finding{message: kept.message, group: d.Group.ID, sku: w.sku.ID, source: w.asked.SKU.Source, args: []any{groupID(d.Group.ID), product(w.sku.ID), servicePlans(kept.plans)}})
		}
		switch {
		case !gives:
			d.act(b, plan.Action{Op: plan.OpAdd, SKUID: w.sku.ID, DisabledPlans: b.servicePlanRefs(w.plans.disabled)})
		case w.plans.mode != plan.PlansUnmanaged && !samePlans(w, held.DisabledPlans):
			d.act(b, plan.Action{Op: plan.OpUpdate, SKUID: w.sku.ID, DisabledPlans: b.servicePlanRefs(w.plans.disabled),
				Before: &plan.Before{DisabledPlans: b.servicePlanRefs(held.DisabledPlans)}})
		}
	}
	for _, held := range m.group.Licenses {
		if _, wanted := m.wants.of(held.SKUID); wanted || !b.scope.Manages(held.SKUID) {
			continue
		}
		if place, later := m.pending[held.SKUID]; later {
			said.add(finding{message: msgGroupPending, group: d.Group.ID, source: place, args: []any{groupID(d.Group.ID), product(held.SKUID)}})
			continue
		}
		d.act(b, plan.Action{Op: plan.OpRemove, SKUID: held.SKUID, Before: &plan.Before{DisabledPlans: b.servicePlanRefs(held.DisabledPlans)}})
	}
	slices.SortFunc(d.Actions, compareActions)
	return said
}

// keptOff lists the service plans that the service keeps off for a group by itself: of
// a trial that people sign up for, and named in no manifest. A list of what is to be
// off does not name what is to be on; one of what is to be on does.
func keptOff(w wantedLicense, held license.GroupLicense) []license.GUID {
	if w.plans.mode != plan.PlansDisabled {
		return nil
	}
	return filter(held.DisabledPlans, func(id license.GUID) bool {
		servicePlan, known := w.sku.Plan(id)
		return known && w.sku.SelfService(servicePlan) && !license.ContainsGUID(w.plans.disabled, id)
	})
}

// keptPlans are service plans that stay off although a manifest has them on, and what is
// said of them.
type keptPlans struct {
	message message
	plans   []license.GUID
}

// cameBackOff lists the service plans that the run of the baseline asked a group to give,
// and that were off afterwards all the same: asked for once more they would be off again.
// Those of which keptOff tells are not among them.
func (b *basis) cameBackOff(group license.GUID, w wantedLicense, held license.GroupLicense) []license.GUID {
	if b.in.Baseline == nil || w.plans.mode == plan.PlansUnmanaged {
		return nil
	}
	known := keptOff(w, held)
	var out []license.GUID
	for _, l := range b.in.Baseline.Groups[group].SwitchedOff {
		if l.SKUID == w.sku.ID {
			out = append(out, filter(l.DisabledPlans, func(id license.GUID) bool {
				return license.ContainsGUID(held.DisabledPlans, id) && !license.ContainsGUID(w.plans.disabled, id) && !license.ContainsGUID(known, id)
			})...)
		}
	}
	return out
}

// act adds an action, with what asks for it.
func (d *plannedGroupChange) act(b *basis, a plan.Action) {
	a.SKUPartNumber = b.partNumber(a.SKUID)
	a.CausedBy = &plan.Origin{Kind: plan.OriginEntry, Source: d.Source}
	if d.managed.unlisted {
		a.CausedBy.Kind = plan.OriginPolicy
	}
	if w, wanted := d.managed.wants.of(a.SKUID); wanted {
		switch {
		case w.asked.Profile != "":
			*a.CausedBy = plan.Origin{Kind: plan.OriginProfile, Name: w.asked.Profile, Source: w.asked.SKU.Source}
		case w.asked.Default:
			*a.CausedBy = plan.Origin{Kind: plan.OriginDefaults, Name: d.managed.manifest, Source: w.asked.SKU.Source}
		default:
			a.CausedBy.Source = w.asked.SKU.Source
		}
	}
	d.Actions = append(d.Actions, a)
}

// block marks the change as one that cannot be carried out.
func (d *plannedGroupChange) block(reasons ...plan.Code) {
	if len(reasons) == 0 {
		return
	}
	d.Status = plan.StatusBlocked
	d.Reasons = append(d.Reasons, reasons...)
	slices.Sort(d.Reasons)
	d.Reasons = slices.Compact(d.Reasons)
}

// hold keeps the change back on purpose.
func (d *plannedGroupChange) hold(reason plan.Code) {
	if d.Status == plan.StatusReady {
		d.Status, d.Reasons = plan.StatusHeld, append(d.Reasons, reason)
	}
}

// checkGroup blocks a change that the service would refuse, and one of which too
// little is known: what was not told takes nothing away.
func (b *basis) checkGroup(d *plannedGroupChange) findings {
	var said findings
	m := d.managed
	if !m.manages {
		return nil
	}
	d.block(m.problems...)
	g := m.group
	refuse := func(s message) {
		d.block(s.code)
		said.add(finding{message: s, group: g.ID, source: d.Source, args: []any{groupID(g.ID)}})
	}
	changes := len(d.Actions) > 0
	switch {
	case g.Licenses == nil:
		refuse(msgGroupUnknown)
	case changes && !g.SecurityEnabled:
		refuse(msgGroupNotSecurity)
	case changes && g.Members == nil:
		refuse(msgMembersUnread)
	}
	if !changes {
		return said
	}
	d.block(b.problems...)
	b.doubtAccepted(d)
	b.deferGroupRemovals(d)
	return said
}

// deferGroupRemovals keeps back a change that takes something away, as the options and
// the policy say.
func (b *basis) deferGroupRemovals(d *plannedGroupChange) {
	if !d.TakesAway() {
		return
	}
	if b.in.Options.AdditionsOnly {
		d.hold(plan.CodeAdditionsOnly)
	}
	if b.holdsDriftRemovals() {
		d.hold(plan.CodeDriftRemoval)
	}
}

// protectedGroup tells of a difference in a group that the policy protects.
func protectedGroup(d *plannedGroupChange) finding {
	return finding{message: msgProtectedGroup, group: d.Group.ID, source: d.Source, args: []any{groupID(d.Group.ID), suppressedActions(d.Actions)}}
}

// groupRefs names groups.
func groupRefs(all []*license.Group) []plan.Group {
	out := make([]plan.Group, 0, len(all))
	for _, g := range all {
		out = append(out, plan.Group{ID: g.ID, DisplayName: g.DisplayName})
	}
	return out
}
