package manifest

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/plan"
)

var (
	groupLicensesKeys = []string{"defaults", "groups"}
	groupDefaultsKeys = []string{"profiles", "licenses"}
	groupEntryKeys    = []string{"group", "profiles", "licenses", "from", "until"}
)

// groupLicenses is a GroupLicenses document as it is written.
type groupLicenses struct {
	name     string
	defaults request
	entries  []groupEntry
}

// groupEntry is one group of a GroupLicenses document.
type groupEntry struct {
	group  plan.Ref // at the place of the entry
	window plan.Window
	request
}

func ofGroups() itemKeys { return itemKeys{groupLicenseKeys, groupProfileRefKeys} }

func (r *reader) readGroupLicenses(m strictyaml.Mapping) {
	name := r.readName(m, KindGroupLicenses)
	spec, _ := m.Need("spec").Mapping(groupLicensesKeys)
	m, _ = spec.Get("defaults").Mapping(groupDefaultsKeys)
	defaults := readRequest(m, ofGroups())
	for i := range defaults.licenses {
		defaults.licenses[i].Default = true
	}
	r.groups = append(r.groups, &groupLicenses{name: name.Name, defaults: defaults, entries: readGroupEntries(spec.Need("groups"))})
}

func readGroupEntries(v strictyaml.Value) []groupEntry {
	if v.Kind() == strictyaml.KindNull {
		v.WrongType("a list").Hint = "write [] for no group"
		return nil
	}
	items, _ := v.Drain()
	entries := make([]groupEntry, 0, v.Len())
	for item := range items {
		entries = append(entries, readGroupEntry(item))
	}
	return entries
}

// readGroupEntry reads an entry in the short form, the group alone, or the long
// one.
func readGroupEntry(v strictyaml.Value) groupEntry {
	if v.Kind() != strictyaml.KindMapping {
		return groupEntry{group: refAt(v, readGroup(v))}
	}
	m, _ := v.Mapping(groupEntryKeys)
	group := readGroup(m.Need("group"))
	return groupEntry{group: refAt(v, group), window: readWindow(m), request: readRequest(m, ofGroups())}
}

// appendGroups gives what the entries of a document come to.
func (x *expander) appendGroups(groups []plan.DesiredGroup, m *groupLicenses) []plan.DesiredGroup {
	for _, e := range m.entries {
		full := e.over(m.defaults)
		licenses, _ := x.expand(full)
		groups = append(groups, plan.DesiredGroup{
			Group:           e.group,
			Manifest:        m.name,
			Window:          e.window,
			ManagesLicenses: full.hasProfiles || full.hasLicenses,
			Licenses:        licenses,
			Files:           x.profileFiles(full.profiles),
		})
	}
	return groups
}

// desiredGroups gives the groups of all documents; nil where there is no
// document, which does not mean none.
func (x *expander) desiredGroups() []plan.DesiredGroup {
	if len(x.reader.groups) == 0 {
		return nil
	}
	out := []plan.DesiredGroup{}
	for _, m := range x.reader.groups {
		out = x.appendGroups(out, m)
	}
	x.checkGroupsOnce(out)
	return out
}

// checkGroupsOnce reports groups that two entries declare for the same day. That
// a display name and an object id are one group only the tenant knows.
func (r *reader) checkGroupsOnce(groups []plan.DesiredGroup) {
	byName := make(map[string][]span, len(groups))
	for _, g := range groups {
		if key := strings.ToLower(g.Group.Name); key != "" { // an error already
			byName[key] = append(byName[key], span{g.Group, g.Window})
		}
	}
	for _, entries := range byName {
		checkApart(entries, r.reportGroupTwice)
	}
}

func (r *reader) reportGroupTwice(first, later span) {
	r.reportTwice(r.report(later.name.Source, CodeDuplicateGroup, "the group %q is declared twice, first at %s", later.name.Name, first.name.Source), first)
}

// readGroupPolicy reads what a policy says of groups.
func readGroupPolicy(spec strictyaml.Mapping, p *plan.Policy) {
	p.UnlistedGroups = oneOf(spec.Get("unlistedGroups"), p.UnlistedGroups, plan.UnlistedIgnore, plan.UnlistedReport, plan.UnlistedRemove)
	p.ProtectedGroups = readGroupRefs(spec.Get("protectedGroups"))
	p.DirectAndInherited = oneOf(spec.Get("directAndInherited"), p.DirectAndInherited,
		plan.DirectAndInheritedKeep, plan.DirectAndInheritedReport, plan.DirectAndInheritedRemove)
	p.GroupErrors = oneOf(spec.Get("groupErrors"), p.GroupErrors, plan.GroupErrorsReport, plan.GroupErrorsReprocess)
}

// readGroupRefs reads a list of groups that may hold each one once.
func readGroupRefs(v strictyaml.Value) []plan.Ref {
	items, ok := v.Items()
	if !ok {
		return nil
	}
	refs := make([]plan.Ref, 0, v.Len())
	seen := make(itemIndex, v.Len())
	for item := range items {
		ref := refAt(item, readGroup(item))
		seen.add(item, ref.Name)
		refs = append(refs, ref)
	}
	return refs
}

// checkWritten refuses manifests that would take something from everybody whom
// they do not name, by naming nobody: emptiness must be written.
func (r *reader) checkWritten() {
	policy := r.policyOrDefault()
	unlistedUsers := policy.UnlistedUsers == plan.UnlistedRemove
	switch {
	case len(r.manifests) == 0 && (len(r.groups) == 0 || unlistedUsers):
		hint := "give a path that has one; where nobody is to hold a license, write users: []"
		if len(r.groups) > 0 {
			hint = "unlistedUsers: remove would take every license from everybody; where that is meant, write a UserLicenses document with users: []"
		}
		r.errs.Add(&Error{Code: CodeNoUsers, Msg: "no document of kind UserLicenses was found", Hint: hint})
	case len(r.groups) == 0 && policy.UnlistedGroups == plan.UnlistedRemove:
		e := &Error{Pos: pos(policy.Source), Code: CodeNoGroups, Msg: "unlistedGroups: remove stands in the policy, and no document of kind GroupLicenses was found"}
		e.Hint = "give a path that has one; where no group is to give a license, write groups: []"
		r.errs.Add(e)
	}
}
